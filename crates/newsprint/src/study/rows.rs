//! Rows of a file that a statistic can be made of: complete, and in the order of their days.

use chrono::NaiveDate;

use super::frame::Frame;

/// Columns that say of which day a row is.
const DAY_COLUMNS: [&str; 4] = ["date", "session", "day", "time"];

/// Two columns in the rows that have both.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pairs {
    pub(super) x: Vec<f64>,
    pub(super) y: Vec<f64>,
    /// How many rows were left out, since a value is not known.
    pub(super) n_dropped: usize,
}

impl Pairs {
    /// Columns `x` and `y`; days that are given have to ascend, since lags count rows.
    pub(super) fn read(frame: &Frame, (x, y): (&str, &str)) -> anyhow::Result<Self> {
        if let Some(day) = day_column(frame) {
            ascending_days(frame, &day)?;
        }
        let (left, right) = (frame.numbers(x)?, frame.numbers(y)?);
        let complete = left.into_iter().zip(right);
        let complete = complete.filter_map(|(x, y)| Some((x?, y?)));
        let (x, y): (Vec<f64>, Vec<f64>) = complete.unzip();
        Ok(Self {
            n_dropped: frame.n_rows() - x.len(),
            x,
            y,
        })
    }

    pub(super) fn n_rows(&self) -> usize {
        self.x.len()
    }

    /// What was left out, where something was.
    pub(super) fn dropped_note(&self) -> Option<String> {
        (self.n_dropped > 0).then(|| {
            let n_dropped = self.n_dropped;
            format!(
                "{n_dropped} rows left out, in which a value is not known: lags count the others"
            )
        })
    }
}

/// The column of days, where there is one.
pub(super) fn day_column(frame: &Frame) -> Option<String> {
    let is_day = |name: &&String| DAY_COLUMNS.iter().any(|day| name.eq_ignore_ascii_case(day));
    frame.names().iter().find(is_day).cloned()
}

/// A column of days, each after the one before; an error names the first that is not.
pub(super) fn ascending_days(frame: &Frame, column: &str) -> anyhow::Result<Vec<NaiveDate>> {
    let days = frame.dates(column)?;
    let wrong = days.windows(2).position(|pair| pair[1] <= pair[0]);
    match wrong {
        None => Ok(days),
        Some(row) => {
            let problem = out_of_order(days[row + 1], days[row]);
            Err(frame.problem(row + 1, column, &problem))
        }
    }
}

/// What is wrong with a day that does not follow the one before it.
pub(super) fn out_of_order(day: NaiveDate, before: NaiveDate) -> String {
    if day == before {
        format!("{day} stands twice: keep one row a day")
    } else {
        format!("{day} stands after {before}: sort the rows by day")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(text: &str) -> Frame {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("f.csv");
        std::fs::write(&path, text).unwrap();
        Frame::read(&path).unwrap()
    }

    #[test]
    fn rows_without_a_value_are_left_out_and_counted() {
        let pairs = Pairs::read(&frame("x,y\n1,2\nnan,3\n4,\n5,6\n"), ("x", "y")).unwrap();
        assert_eq!(
            (pairs.x.as_slice(), pairs.y.as_slice()),
            ([1.0, 5.0].as_slice(), [2.0, 6.0].as_slice())
        );
        assert_eq!(pairs.n_dropped, 2);
    }

    #[test]
    fn days_that_do_not_ascend_are_named() {
        let problem = |text: &str| {
            Pairs::read(&frame(text), ("x", "x"))
                .unwrap_err()
                .to_string()
        };
        assert!(
            problem("date,x\n2024-07-02,1\n2024-07-01,2\n")
                .contains("row 2, column \"date\": 2024-07-01 stands after 2024-07-02")
        );
        assert!(problem("Date,x\n2024-07-02,1\n2024-07-02,2\n").contains("stands twice"));
    }
}
