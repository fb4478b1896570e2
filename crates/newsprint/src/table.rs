//! Tables as text, Markdown, CSV, JSON or Parquet.

mod binary;
mod markdown;

use anyhow::Context as _;
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table as TextTable};
use serde_json::{Map, Value, json};

use crate::exit::{Outcome, misuse};
use crate::output::{print, print_bytes};
use crate::progress::say;

/// How a table is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Aligned text, with notes below it
    Table,
    /// CSV with a header; notes go to standard error
    Csv,
    /// One JSON object: table, rows, notes
    Json,
    /// One JSON object per row; notes go to standard error
    Jsonl,
    /// A table of GitHub's Markdown, with notes below it
    Md,
    /// A Parquet file on standard output, with notes in its metadata
    Parquet,
}

/// A cell; what is not known is [`Cell::Null`] and never zero.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Text(String),
    Count(i64),
    /// A number and how many decimals people want to see of it.
    Number(f64, usize),
}

/// A named table with notes on what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) notes: Vec<String>,
}

impl Cell {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number, or null.
    pub(crate) fn number(value: Option<f64>, decimals: usize) -> Self {
        value.map_or(Self::Null, |value| Self::Number(value, decimals))
    }

    pub(crate) fn count(value: usize) -> Self {
        Self::Count(i64::try_from(value).unwrap_or(i64::MAX))
    }

    /// For people: as many decimals as they want to see, a dash for null.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Null => "–".into(),
            Self::Text(text) => printable(text),
            Self::Count(count) => count.to_string(),
            Self::Number(value, decimals) => format!("{value:.decimals$}"),
        }
    }

    /// For CSV: every digit of a number, nothing of null, and no text that a spreadsheet would run as a formula.
    pub(crate) fn exact(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) => unformulated(text.clone()),
            Self::Count(count) => count.to_string(),
            Self::Number(value, _) => value.to_string(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => json!(text),
            Self::Count(count) => json!(count),
            Self::Number(value, _) => json!(value),
        }
    }
}

impl Table {
    /// Prints the table in `format`; notes that the format has no place for go to standard error.
    pub(crate) fn print(&self, format: Format) -> anyhow::Result<()> {
        if format == Format::Parquet {
            return print_bytes(&binary::parquet(self)?);
        }
        if matches!(format, Format::Csv | Format::Jsonl) {
            self.notes.iter().for_each(|note| say(note));
        }
        print(&self.rendered(format)?)
    }

    /// Prints the table and below it `second`, whose rows are a field of the one JSON object; forms of one table hold only the first of the two.
    pub(crate) fn print_with(&self, second: &Self, format: Format) -> anyhow::Result<()> {
        match format {
            Format::Csv | Format::Jsonl | Format::Parquet => self.print(format),
            Format::Table => print(&(self.as_text() + "\n" + &second.as_text())),
            Format::Md => print(&(markdown::markdown(self) + "\n" + &markdown::markdown(second))),
            Format::Json => {
                let mut whole = self.json();
                whole[second.name] = second.json_rows();
                print(&(serde_json::to_string_pretty(&whole)? + "\n"))
            }
        }
    }

    /// What printing it comes to: nothing, where it has no rows.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.rows.is_empty() {
            true => Outcome::Nothing,
            false => Outcome::Done,
        }
    }

    /// The whole table in `format`, with a final newline.
    pub(crate) fn rendered(&self, format: Format) -> anyhow::Result<String> {
        match format {
            Format::Table => Ok(self.as_text()),
            Format::Csv => self.as_csv(),
            Format::Json => self.as_json(),
            Format::Jsonl => self.as_json_lines(),
            Format::Md => Ok(markdown::markdown(self)),
            Format::Parquet => Err(misuse("a Parquet file is no text: write it to a file")),
        }
    }

    fn as_text(&self) -> String {
        let mut table = TextTable::new();
        table.load_style(NOTHING).set_header(self.columns.clone());
        for row in &self.rows {
            table.add_row(row.iter().map(|cell| {
                let aligned = if matches!(cell, Cell::Text(_)) {
                    CellAlignment::Left
                } else {
                    CellAlignment::Right
                };
                comfy_table::Cell::new(cell.shown()).set_alignment(aligned)
            }));
        }
        let lines = table.to_string();
        let lines = lines
            .lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n");
        let notes: String = self
            .notes
            .iter()
            .map(|note| format!("  {}\n", printable(note)))
            .collect();
        let body = if self.rows.is_empty() {
            "  (no rows)".to_owned()
        } else {
            lines
        };
        format!("{}\n{body}\n{notes}", self.name)
    }

    fn as_csv(&self) -> anyhow::Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.columns)?;
        for row in &self.rows {
            writer.write_record(row.iter().map(Cell::exact))?;
        }
        let bytes = writer.into_inner().context("write CSV")?;
        String::from_utf8(bytes).context("write CSV")
    }

    fn as_json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(&self.json())? + "\n")
    }

    fn json(&self) -> Value {
        json!({ "table": self.name, "rows": self.json_rows(), "notes": self.notes })
    }

    fn json_rows(&self) -> Value {
        self.rows.iter().map(|row| self.json_row(row)).collect()
    }

    fn as_json_lines(&self) -> anyhow::Result<String> {
        let lines = self.rows.iter().map(|row| {
            let line = serde_json::to_string(&self.json_row(row))?;
            Ok(line + "\n")
        });
        lines.collect()
    }

    fn json_row(&self, row: &[Cell]) -> Value {
        let cells = self
            .columns
            .iter()
            .zip(row)
            .map(|(column, cell)| ((*column).to_owned(), cell.json()));
        Value::Object(cells.collect::<Map<_, _>>())
    }
}

/// Text that a spreadsheet would run as a formula, quoted; other text as it is.
pub(crate) fn unformulated(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text
    }
}

/// Text of the outside world without characters that could move a terminal's cursor or turn the reading direction.
pub(crate) fn printable(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|c| if c.is_control() || turns(c) { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let rows = vec![
            vec![
                Cell::text("=HYPERLINK(1)"),
                Cell::Number(1.0 / 3.0, 2),
                Cell::Null,
            ],
            vec![
                Cell::text("a\u{1b}[31m, b"),
                Cell::Number(-2.0, 2),
                Cell::Count(3),
            ],
        ];
        Table {
            name: "t",
            columns: vec!["title", "tone", "n"],
            rows,
            notes: vec!["2 articles".into()],
        }
    }

    #[test]
    fn text_shows_null_as_a_dash_and_no_control_characters() {
        let expected = "t\n title          tone   n\n =HYPERLINK(1)   0.33  –\n a [31m, b      -2.00  3\n  2 articles\n";
        let shown = table().rendered(Format::Table).unwrap();
        assert_eq!(squeezed(&shown), squeezed(expected));
        assert!(!shown.contains('\u{1b}'));
    }

    #[test]
    fn csv_keeps_every_digit_and_runs_no_formula() {
        let expected =
            "title,tone,n\n'=HYPERLINK(1),0.3333333333333333,\n\"a\u{1b}[31m, b\",-2,3\n";
        assert_eq!(table().rendered(Format::Csv).unwrap(), expected);
    }

    #[test]
    fn json_keeps_null() {
        let value: Value = serde_json::from_str(&table().rendered(Format::Json).unwrap()).unwrap();
        assert_eq!(value["rows"][0]["n"], Value::Null);
        assert_eq!(value["notes"][0], "2 articles");
    }

    #[test]
    fn json_lines_hold_a_row_each_and_parquet_is_no_text() {
        let lines = table().rendered(Format::Jsonl).unwrap();
        let rows: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!((rows.len(), &rows[1]["n"]), (2, &json!(3)));
        assert!(table().rendered(Format::Parquet).is_err());
    }

    fn squeezed(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
