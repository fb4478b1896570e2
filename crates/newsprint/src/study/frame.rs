//! A file of columns that somebody brings along: what is not known in it stays unknown, and what cannot be read is named by line and column.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::NaiveDate;

use crate::columnar::parquet_rows::{MAGIC, ParquetRows};
use crate::exit::misuse;

/// What stands for a value that is not known.
const UNKNOWN: [&str; 7] = ["", "nan", "na", "n/a", "null", "none", "."];

/// Columns of equal length by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    path: PathBuf,
    names: Vec<String>,
    columns: Vec<Vec<String>>,
}

impl Frame {
    /// Reads a Parquet file, or a CSV file with a header.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let bytes =
            std::fs::read(path).map_err(|error| misuse(format!("read {shown}: {error}")))?;
        let is_named_so = path.extension().is_some_and(|ending| ending == "parquet");
        if is_named_so || bytes.starts_with(MAGIC) {
            return Self::read_parquet(path);
        }
        let text = String::from_utf8(bytes).map_err(|_| {
            misuse(format!(
                "read {shown}: it is no UTF-8 text: save it as CSV in UTF-8"
            ))
        })?;
        Self::parse(path, text.trim_start_matches('\u{feff}'))
    }

    fn read_parquet(path: &Path) -> anyhow::Result<Self> {
        let rows = ParquetRows::open(path)?;
        let names: Vec<String> = rows.names().map(str::to_owned).collect();
        let mut columns = vec![Vec::new(); names.len()];
        for row in rows.into_rows() {
            let row = row.map_err(|error| misuse(format!("{}: {error}", path.display())))?;
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        Self::of(path, names, columns)
    }

    /// Columns of different names.
    fn of(path: &Path, names: Vec<String>, columns: Vec<Vec<String>>) -> anyhow::Result<Self> {
        let twice = names
            .iter()
            .enumerate()
            .find(|(place, name)| names[..*place].contains(name));
        if let Some((_, twice)) = twice {
            let shown = path.display();
            return Err(misuse(format!(
                "{shown}: column \"{twice}\" stands twice: rename one"
            )));
        }
        Ok(Self {
            path: path.to_owned(),
            names,
            columns,
        })
    }

    fn parse(path: &Path, text: &str) -> anyhow::Result<Self> {
        let shown = path.display();
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let header = reader.headers().with_context(|| format!("read {shown}"))?;
        let names: Vec<String> = header.iter().map(str::to_owned).collect();
        let mut columns = vec![Vec::new(); names.len()];
        for record in reader.records() {
            let record = record.map_err(|error| misuse(format!("{shown}: {error}")))?;
            for (column, value) in columns.iter_mut().zip(&record) {
                column.push(value.to_owned());
            }
        }
        Self::of(path, names, columns)
    }

    /// How many rows there are.
    pub(super) fn n_rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// The columns' names in their order.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// A column as it stands; an error that names the columns there are.
    pub(super) fn texts(&self, name: &str) -> anyhow::Result<&[String]> {
        let place = self.names.iter().position(|known| known == name);
        let place = place.ok_or_else(|| {
            let known = self.names.join(", ");
            misuse(format!(
                "{}: it has no column \"{name}\": there are {known}",
                self.path.display()
            ))
        })?;
        Ok(&self.columns[place])
    }

    /// A column of numbers; `None` where a value is not known.
    pub(super) fn numbers(&self, name: &str) -> anyhow::Result<Vec<Option<f64>>> {
        self.each(name, "no finite number", |text| {
            let number = text.parse().ok().filter(|number: &f64| number.is_finite());
            number.or_else(|| {
                text.replace(' ', "")
                    .parse()
                    .ok()
                    .filter(|number: &f64| number.is_finite())
            })
        })
    }

    /// A column of days; an instant counts as the day that it names in its own zone. Each row needs one.
    pub(super) fn dates(&self, name: &str) -> anyhow::Result<Vec<NaiveDate>> {
        let dates = self.each(name, "no date like 2024-07-17", |text| {
            let day = text.get(..10).unwrap_or(text);
            let after = text.get(10..);
            let is_day = after.is_some_and(|rest| rest.is_empty() || rest.starts_with(['T', ' ']));
            day.parse().ok().filter(|_| is_day)
        })?;
        let unknown = dates.iter().position(Option::is_none);
        match unknown {
            None => Ok(dates.into_iter().flatten().collect()),
            Some(row) => Err(self.problem(row, name, "holds no date")),
        }
    }

    fn each<T>(
        &self,
        name: &str,
        problem: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> anyhow::Result<Vec<Option<T>>> {
        let texts = self.texts(name)?.iter().enumerate();
        let values = texts.map(|(row, text)| {
            if UNKNOWN
                .iter()
                .any(|unknown| text.eq_ignore_ascii_case(unknown))
            {
                return Ok(None);
            }
            let value = read(text);
            value
                .map(Some)
                .ok_or_else(|| self.problem(row, name, &format!("\"{text}\" is {problem}")))
        });
        values.collect()
    }

    /// An error that names the file, the line and the column.
    pub(super) fn problem(&self, row: usize, column: &str, problem: &str) -> anyhow::Error {
        misuse(format!(
            "{}: row {}, column \"{column}\": {problem}",
            self.path.display(),
            row + 1
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columnar::parquet_file::ParquetFile;
    use crate::columnar::{Column, Kind, Value};

    fn frame(text: &str) -> anyhow::Result<Frame> {
        Frame::parse(Path::new("f.csv"), text)
    }

    #[test]
    fn a_parquet_file_is_read_by_its_first_bytes_as_csv_is() {
        let column = |name: &'static str, kind| Column {
            name: name.into(),
            kind,
            unit: "",
            meaning: "".into(),
        };
        let columns = [
            column("date", Kind::Date),
            column("at", Kind::Instant),
            column("x", Kind::Number),
            column("asset", Kind::Category),
        ];
        let mut file = ParquetFile::begin(Vec::new(), &columns, &[]).unwrap();
        let day = 19_921;
        for x in [Value::Number(1.5), Value::Null, Value::Number(f64::NAN)] {
            let instant = Value::Instant(i64::from(day) * 86_400_000_000 + 1);
            let row = [Value::Date(day), instant, x, Value::text("RUT")];
            file.write(&row).unwrap();
        }
        let bytes = file.finish().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("factors.dat");
        std::fs::write(&path, &bytes).unwrap();
        let frame = Frame::read(&path).unwrap();
        assert_eq!(frame.names(), ["date", "at", "x", "asset"]);
        assert_eq!(frame.numbers("x").unwrap(), [Some(1.5), None, None]);
        assert_eq!(frame.texts("asset").unwrap(), ["RUT"; 3]);
        for column in ["date", "at"] {
            assert_eq!(frame.dates(column).unwrap()[0].to_string(), "2024-07-17");
        }
        let cut = folder.path().join("cut.parquet");
        std::fs::write(&cut, &bytes[..60]).unwrap();
        let error = Frame::read(&cut).unwrap_err().to_string();
        assert!(
            error.starts_with("read ") && error.contains("cut.parquet: "),
            "{error}"
        );
    }

    #[test]
    fn what_is_not_known_is_none_and_never_zero() {
        let frame =
            frame("date,x\n2024-07-16,1.5\n2024-07-17T09:00:00Z,NaN\n2024-07-18,\n").unwrap();
        assert_eq!(frame.numbers("x").unwrap(), [Some(1.5), None, None]);
        assert_eq!(frame.dates("date").unwrap()[1].to_string(), "2024-07-17");
        assert_eq!(frame.n_rows(), 3);
    }

    #[test]
    fn what_cannot_be_read_is_named_by_row_and_column() {
        let broken = frame("date,x\n16.07.2024,1\n2024-07-17,1e999\n").unwrap();
        let message = |error: anyhow::Error| error.to_string();
        assert_eq!(
            message(broken.numbers("x").unwrap_err()),
            "f.csv: row 2, column \"x\": \"1e999\" is no finite number"
        );
        assert_eq!(
            message(broken.dates("date").unwrap_err()),
            "f.csv: row 1, column \"date\": \"16.07.2024\" is no date like 2024-07-17"
        );
        let short = frame("date\n2024-7-1\n").unwrap();
        assert!(message(short.dates("date").unwrap_err()).contains("\"2024-7-1\" is no date"));
        assert_eq!(
            message(broken.numbers("y").unwrap_err()),
            "f.csv: it has no column \"y\": there are date, x"
        );
        assert!(message(frame("a,a\n1,2\n").unwrap_err()).contains("stands twice"));
    }
}
