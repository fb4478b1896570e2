//! A file that rows go to, in any of the forms of an export.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Map, Value as Json, json};

use super::hashed::Hashed;
use super::parquet_file::ParquetFile;
use super::{Column, Value};
use crate::table::unformulated;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    Parquet,
    Csv,
    JsonLines,
}

type Out = Hashed<BufWriter<File>>;

/// A file that is being written.
enum Writer {
    Parquet(ParquetFile<Out>),
    Csv(Box<csv::Writer<Out>>),
    JsonLines(Out, Vec<String>),
}

/// A file that rows go to.
pub(crate) struct Sink {
    writer: Writer,
    n_rows: u64,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) n_rows: u64,
    pub(crate) n_bytes: u64,
    pub(crate) sha256: String,
}

impl Form {
    pub(crate) const ALL: [Self; 3] = [Self::Parquet, Self::Csv, Self::JsonLines];

    /// What it is called, which its files' names end in.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }
}

impl Sink {
    /// Begins a new file; `pairs` go where the form has a place for them.
    pub(crate) fn begin(
        path: &Path,
        form: Form,
        columns: &[Column],
        pairs: &[(String, String)],
    ) -> anyhow::Result<Self> {
        let out = Hashed::create(path).with_context(|| format!("write {}", path.display()))?;
        let names = columns.iter().map(|column| column.name.to_string());
        let writer = match form {
            Form::Parquet => Writer::Parquet(ParquetFile::begin(out, columns, pairs)?),
            Form::JsonLines => Writer::JsonLines(out, names.collect()),
            Form::Csv => {
                let mut writer = csv::Writer::from_writer(out);
                writer.write_record(names)?;
                Writer::Csv(Box::new(writer))
            }
        };
        Ok(Self { writer, n_rows: 0 })
    }

    /// Adds a row.
    pub(crate) fn write(&mut self, row: &[Value]) -> anyhow::Result<()> {
        self.n_rows += 1;
        match &mut self.writer {
            Writer::Parquet(file) => file.write(row)?,
            Writer::Csv(writer) => writer.write_record(row.iter().map(csv_cell))?,
            Writer::JsonLines(out, names) => {
                let cells = names.iter().cloned().zip(row.iter().map(json_value));
                let line = Json::Object(cells.collect::<Map<_, _>>());
                serde_json::to_writer(&mut *out, &line)?;
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    /// Writes all of it to the disk.
    pub(crate) fn finish(self) -> anyhow::Result<Written> {
        let out = match self.writer {
            Writer::Parquet(file) => file.finish()?,
            Writer::JsonLines(out, _) => out,
            Writer::Csv(writer) => writer
                .into_inner()
                .map_err(|error| anyhow::anyhow!("write CSV: {error}"))?,
        };
        let (sha256, n_bytes) = out.finish().context("write to the disk")?;
        Ok(Written {
            n_rows: self.n_rows,
            n_bytes,
            sha256,
        })
    }
}

/// Text that a spreadsheet would run is quoted.
fn csv_cell(value: &Value) -> String {
    match value {
        Value::Text(_) => unformulated(value.exact()),
        other => other.exact(),
    }
}

fn json_value(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(value) => json!(value),
        Value::Number(value) => json!(value),
        Value::Truth(value) => json!(value),
        other => Json::String(other.exact()),
    }
}
