//! Reads a CSV file of daily closes. What is doubtful is refused by line and never guessed.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use csv::{Position, StringRecord};
use newsprint_domain::identifier::IndexId;
use newsprint_domain::index::IndexDefinition;

use super::header;
use super::layout::{Layout, ProblemOfDate};

/// What is to be said of some lines of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    /// First and last line; 0 where it is of no line.
    pub(super) lines: (u64, u64),
    /// What it is, and what to do.
    pub(super) says: String,
}

/// What a row says of an index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) date: NaiveDate,
    pub(super) close: Close,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Close {
    Value(f64),
    /// The row says that there is none.
    None,
    /// It has been refused.
    Refused,
}

/// What a file holds.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ParsedFile {
    /// In the order of the file.
    pub(super) rows: BTreeMap<IndexId, Vec<Row>>,
    /// Rows that are left out.
    pub(super) refused: Vec<Finding>,
    /// What is odd, and left out of nothing.
    pub(super) noted: Vec<Finding>,
}

impl Finding {
    /// Of one line.
    pub(super) fn at(line: u64, says: impl Into<String>) -> Self {
        Self {
            lines: (line, line),
            says: says.into(),
        }
    }

    /// The file and its lines, as messages name them.
    pub(super) fn place(&self, file: &str) -> String {
        match self.lines {
            (0, _) => file.to_owned(),
            (first, last) if first == last => format!("{file} line {first}"),
            (first, last) => format!("{file} lines {first} to {last}"),
        }
    }
}

/// Reads `bytes` of the file called `name`; `Err` says why nothing of it can be used. `problem_of_date` says why an index
/// cannot have a close on a date.
pub(super) fn parse(
    bytes: &[u8],
    name: &str,
    indices: &[IndexDefinition],
    wanted: Option<&IndexDefinition>,
    problem_of_date: &ProblemOfDate<'_>,
) -> Result<ParsedFile, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(bytes)?)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let mut records = reader.records().peekable();
    let first = match records.next() {
        Some(Ok(header)) => header,
        Some(Err(error)) => return Err(format!("no CSV file: {error}")),
        None => return Err("it is empty".into()),
    };
    let of_yfinance = match records.peek() {
        Some(Ok(second)) => header::of_yfinance(&first, second),
        _ => None,
    };
    let is_of_yfinance = of_yfinance.is_some();
    let header = of_yfinance.unwrap_or(first);
    let layout = Layout::of(&header, name, indices, wanted)?;
    let mut parsed = ParsedFile::default();
    for column in &layout.unknown {
        let says = format!(
            "column {column} is no index's series: add it to a series list in indices.toml"
        );
        parsed.refused.push(Finding::at(1, says));
    }
    let mut adjusted = Vec::new();
    // yfinance's header goes on for two lines.
    for record in records.skip(if is_of_yfinance { 2 } else { 0 }) {
        match &record {
            Ok(record) => {
                let line = record.position().map_or(0, Position::line);
                parsed.take(line, &layout, record, indices, problem_of_date);
                adjusted.extend(layout.is_adjusted(record).then_some(line));
            }
            Err(error) => {
                let line = error.position().map_or(0, Position::line);
                parsed.refused.push(Finding::at(line, error.to_string()));
            }
        }
    }
    if let [first, ..] = adjusted[..] {
        let n = adjusted.len();
        let says = format!(
            "adjusted close and close differ in {n} rows, as those of funds and shares do: check that it is the index; the close is used"
        );
        parsed.noted.push(Finding::at(first, says));
    }
    if parsed == ParsedFile::default() {
        return Err(match wanted {
            Some(index) => format!("it holds a header and no rows of {}", index.id),
            None => "it holds a header and no rows".into(),
        });
    }
    Ok(parsed)
}

impl ParsedFile {
    fn take(
        &mut self,
        line: u64,
        layout: &Layout<'_>,
        record: &StringRecord,
        indices: &[IndexDefinition],
        problem_of_date: &ProblemOfDate<'_>,
    ) {
        let readings = match layout.read(record, indices, problem_of_date) {
            Ok(readings) => readings,
            Err(problem) => return self.refused.push(Finding::at(line, problem)),
        };
        for reading in readings {
            let close = match reading.close {
                Ok(Some(close)) => Close::Value(close),
                Ok(None) => Close::None,
                Err(problem) => {
                    self.refused.push(Finding::at(line, problem));
                    Close::Refused
                }
            };
            let row = Row {
                line,
                date: reading.date,
                close,
            };
            self.rows.entry(reading.index).or_default().push(row);
        }
    }
}

/// What stands between the columns, by the first line: the one of comma, semicolon and tab that is there most often. `Err` of what is
/// no table.
fn delimiter(bytes: &[u8]) -> Result<u8, String> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("it is in UTF-16: save it as UTF-8".into());
    }
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(400)]);
    let start = start.trim_start();
    let is_markup = start.starts_with("<!") || start.to_ascii_lowercase().starts_with("<html");
    if is_markup || start.starts_with(['{', '[']) {
        let shown: String = start.split_whitespace().collect::<Vec<_>>().join(" ");
        let shown: String = shown.chars().take(160).collect();
        return Err(format!("it is no CSV file but says: {shown}"));
    }
    let header = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    Ok([b'\t', b';', b',']
        .into_iter()
        .max_by_key(|delimiter| count(*delimiter))
        .unwrap_or(b','))
}

#[cfg(test)]
pub(super) mod tests;
