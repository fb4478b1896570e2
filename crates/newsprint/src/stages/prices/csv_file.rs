//! Reads a CSV file of daily closes. What is doubtful is refused by line and never guessed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use csv::{Position, StringRecord};
use newsprint_domain::identifier::IndexId;
use newsprint_domain::index::{IndexDefinition, SeriesKind};

use super::stem;
use crate::stages::Skip;

/// Names of the date column: ours, Yahoo's and Stooq's, FRED's.
const DATE_COLUMNS: [&str; 2] = ["date", "observation_date"];
/// The most that a yield in percent can be; more is a price in the wrong column.
const MAX_YIELD: f64 = 100.0;

/// What a file holds.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ParsedFile {
    pub(super) closes: BTreeMap<IndexId, BTreeMap<NaiveDate, f64>>,
    pub(super) bad_rows: Vec<Skip>,
}

/// Where the columns are.
struct Layout<'a> {
    date: usize,
    close: usize,
    symbol: Option<usize>,
    /// The index of the whole file, where there is no symbol column.
    index: Option<&'a IndexDefinition>,
}

/// Reads `bytes` of the file called `name`; `Err` says why nothing of it can be used.
pub(super) fn parse(
    bytes: &[u8],
    name: &str,
    indices: &[IndexDefinition],
    wanted: Option<&str>,
    today: NaiveDate,
) -> Result<ParsedFile, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let header = reader
        .headers()
        .map_err(|error| format!("no CSV file: {error}"))?
        .clone();
    let layout = Layout::of(&header, name, indices, wanted)?;
    let mut parsed = ParsedFile::default();
    let mut doubtful: BTreeSet<(IndexId, NaiveDate)> = BTreeSet::new();
    for record in reader.records() {
        let (line, row) = match &record {
            Ok(record) => (
                record.position().map_or(0, Position::line),
                layout.read(record, indices, today),
            ),
            Err(error) => (
                error.position().map_or(0, Position::line),
                Err(error.to_string()),
            ),
        };
        let problem = match row {
            Ok(None) => continue,
            Ok(Some((index, date, close))) => {
                match parsed.add(&index, date, close, &mut doubtful) {
                    Some(problem) => problem,
                    None => continue,
                }
            }
            Err(problem) => problem,
        };
        parsed.bad_rows.push(Skip {
            input: format!("{name} line {line}"),
            problem,
        });
    }
    Ok(parsed)
}

impl ParsedFile {
    /// Adds a close; a second, different one of the same day leaves that day without any.
    #[expect(
        clippy::float_cmp,
        reason = "a close is the same only where every digit is"
    )]
    fn add(
        &mut self,
        index: &IndexId,
        date: NaiveDate,
        close: f64,
        doubtful: &mut BTreeSet<(IndexId, NaiveDate)>,
    ) -> Option<String> {
        let closes = self.closes.entry(index.clone()).or_default();
        let is_doubtful = doubtful.contains(&(index.clone(), date));
        match closes.get(&date) {
            Some(before) if *before != close => {
                let problem =
                    format!("{date} has two closes, {before} and {close}: neither is used");
                closes.remove(&date);
                doubtful.insert((index.clone(), date));
                Some(problem)
            }
            None if is_doubtful => Some(format!("{date} has several closes: none is used")),
            _ => {
                closes.insert(date, close);
                None
            }
        }
    }
}

impl<'a> Layout<'a> {
    fn of(
        header: &StringRecord,
        name: &str,
        indices: &'a [IndexDefinition],
        wanted: Option<&str>,
    ) -> Result<Self, String> {
        let column = |names: &[&str]| {
            header
                .iter()
                .position(|column| names.iter().any(|name| name.eq_ignore_ascii_case(column)))
        };
        let shown = header.iter().collect::<Vec<_>>().join(",");
        let date = column(&DATE_COLUMNS);
        let date = date.ok_or_else(|| {
            format!("its header \"{shown}\" has no column date or observation_date")
        })?;
        let of_series = header
            .iter()
            .enumerate()
            .find_map(|(place, column)| Some((place, index_of(indices, column)?)));
        let (close, of_header) = match (column(&["close"]), of_series) {
            (Some(close), _) => (close, None),
            (None, Some((place, index))) => (place, Some(index)),
            (None, None) => {
                return Err(format!(
                    "its header \"{shown}\" has no column close and none named after a series"
                ));
            }
        };
        let symbol = column(&["symbol", "ticker"]).filter(|_| wanted.is_none());
        let index = wanted.and_then(|id| indices.iter().find(|index| index.id.as_str() == id));
        let index = index
            .or(of_header)
            .or_else(|| index_of(indices, stem(name)));
        if symbol.is_none() && index.is_none() {
            return Err(
                "neither its header nor its name says which index it holds: give --index ID".into(),
            );
        }
        Ok(Self {
            date,
            close,
            symbol,
            index,
        })
    }

    /// Reads a row; `None` where the series has no value that day.
    fn read(
        &self,
        record: &StringRecord,
        indices: &[IndexDefinition],
        today: NaiveDate,
    ) -> Result<Option<(IndexId, NaiveDate, f64)>, String> {
        let field = |place: usize| {
            record
                .get(place)
                .ok_or_else(|| format!("it has only {} columns", record.len()))
        };
        let date_text = field(self.date)?;
        let date: NaiveDate = date_text
            .parse()
            .map_err(|_| format!("date \"{date_text}\" is not of the form YYYY-MM-DD"))?;
        if date > today {
            return Err(format!("{date} is in the future"));
        }
        let index = match self.symbol {
            Some(place) => {
                let symbol = field(place)?;
                let known = index_of(indices, symbol);
                known.ok_or_else(|| {
                    format!(
                        "symbol \"{symbol}\" is no index: add it to a series list in indices.toml"
                    )
                })?
            }
            None => self.index.ok_or("which index it belongs to is not known")?,
        };
        let close = field(self.close)?;
        // FRED writes "." or nothing on a day without a value.
        if close.is_empty() || close == "." {
            return Ok(None);
        }
        Ok(Some((
            index.id.clone(),
            date,
            valid_close(close, index.kind)?,
        )))
    }
}

fn valid_close(text: &str, kind: SeriesKind) -> Result<f64, String> {
    let close: f64 = text
        .parse()
        .map_err(|_| format!("close \"{text}\" is no number with a decimal point"))?;
    let is_valid = match kind {
        SeriesKind::Price | SeriesKind::Volatility => close.is_finite() && close > 0.0,
        SeriesKind::Yield => close.is_finite() && close.abs() < MAX_YIELD,
    };
    if is_valid {
        Ok(close)
    } else {
        Err(format!("close {text} cannot be: check the column"))
    }
}

/// The index that price files call `name`: by id or series, without a leading "^", in any case.
fn index_of<'a>(indices: &'a [IndexDefinition], name: &str) -> Option<&'a IndexDefinition> {
    let plain = |name: &str| name.trim_start_matches('^').to_ascii_lowercase();
    let wanted = plain(name);
    indices.iter().find(|index| {
        plain(index.id.as_str()) == wanted
            || index.series.iter().any(|series| plain(series) == wanted)
    })
}

#[cfg(test)]
mod tests {
    use newsprint_domain::identifier::Mic;

    use super::*;

    fn indices() -> Vec<IndexDefinition> {
        let index = |id: &str, kind, series: &str| IndexDefinition {
            id: IndexId::new(id).unwrap(),
            name: id.into(),
            exchange: Mic::new("XNYS").unwrap(),
            kind,
            series: vec![series.into()],
            aliases: vec![id.into()],
            cased: vec![],
            none: vec![],
        };
        vec![
            index("RUT", SeriesKind::Price, "^RUT"),
            index("UST10Y", SeriesKind::Yield, "DGS10"),
        ]
    }

    fn parsed(text: &str, name: &str) -> Result<ParsedFile, String> {
        parse(
            text.as_bytes(),
            name,
            &indices(),
            None,
            "2024-08-01".parse().unwrap(),
        )
    }

    fn closes(text: &str, name: &str) -> Vec<String> {
        let parsed = parsed(text, name).unwrap();
        let rows = parsed.closes.iter().flat_map(|(index, closes)| {
            closes
                .iter()
                .map(move |(date, close)| format!("{index} {date} {close}"))
        });
        rows.collect()
    }

    fn problems(text: &str, name: &str) -> Vec<String> {
        let bad_rows = parsed(text, name).unwrap().bad_rows;
        bad_rows
            .into_iter()
            .map(|skip| format!("{}: {}", skip.input, skip.problem))
            .collect()
    }

    #[test]
    fn files_of_fred_stooq_and_many_symbols_are_recognised() {
        let fred = "observation_date,DGS10\n2024-07-15,4.23\n2024-07-16,.\n2024-07-17,4.16\n";
        assert_eq!(
            closes(fred, "download.csv"),
            ["UST10Y 2024-07-15 4.23", "UST10Y 2024-07-17 4.16"]
        );
        let stooq = "Date,Open,High,Low,Close,Volume\n2024-07-16,1,2,1,2263.67,5\n";
        assert_eq!(closes(stooq, "^rut.csv"), ["RUT 2024-07-16 2263.67"]);
        let many = "symbol,date,close\nRUT,2024-07-16,2263.67\nDGS10,2024-07-16,4.17\n";
        assert_eq!(
            closes(many, "all.csv"),
            ["RUT 2024-07-16 2263.67", "UST10Y 2024-07-16 4.17"]
        );
    }

    #[test]
    fn bad_rows_are_named_and_lose_nothing_else() {
        let text = "Date,Close\n2024-07-15,2187.02\n2024-07-16,n/a\n2024-13-45,1\n2024-07-17,\"2.239,67\"\n\
                    2025-01-01,2000\n2024-07-18,-1\n2024-07-19\n2024-07-22,2220.65\n";
        assert_eq!(
            closes(text, "RUT.csv"),
            ["RUT 2024-07-15 2187.02", "RUT 2024-07-22 2220.65"]
        );
        assert_eq!(
            problems(text, "RUT.csv"),
            [
                "RUT.csv line 3: close \"n/a\" is no number with a decimal point",
                "RUT.csv line 4: date \"2024-13-45\" is not of the form YYYY-MM-DD",
                "RUT.csv line 5: close \"2.239,67\" is no number with a decimal point",
                "RUT.csv line 6: 2025-01-01 is in the future",
                "RUT.csv line 7: close -1 cannot be: check the column",
                "RUT.csv line 8: it has only 1 columns",
            ]
        );
    }

    #[test]
    fn a_day_with_two_closes_has_none() {
        let text =
            "Date,Close\n2024-07-15,1\n2024-07-16,2\n2024-07-16,3\n2024-07-16,2\n2024-07-15,1\n";
        assert_eq!(closes(text, "RUT.csv"), ["RUT 2024-07-15 1"]);
        assert_eq!(problems(text, "RUT.csv").len(), 2);
    }

    #[test]
    fn a_file_that_cannot_be_placed_says_what_to_do() {
        assert!(
            parsed("Date,Close\n", "x.csv")
                .unwrap_err()
                .contains("--index")
        );
        assert!(parsed("a,b\n", "RUT.csv").unwrap_err().contains("\"a,b\""));
        assert!(
            parsed("Date,Price\n", "RUT.csv")
                .unwrap_err()
                .contains("no column close")
        );
    }
}
