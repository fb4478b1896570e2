//! Rows of a Parquet file, whoever wrote it, as texts: how they are compared, and how a frame takes them.

use std::fs::File;
use std::path::Path;

use chrono::{DateTime, SecondsFormat};
use parquet::basic::{Compression, ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use parquet::schema::types::ColumnDescriptor;

use super::Value;
use crate::exit::misuse;

/// The first bytes of a Parquet file.
pub(crate) const MAGIC: &[u8] = b"PAR1";

/// A Parquet file that is read row by row.
pub(crate) struct ParquetRows {
    reader: SerializedFileReader<File>,
    /// Names of its columns, and by what power of ten they count seconds where they are instants.
    columns: Vec<(String, Option<i64>)>,
}

impl ParquetRows {
    /// Opens a file of plain columns.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let refused = |problem: String| misuse(format!("read {shown}: {problem}"));
        let file = File::open(path).map_err(|error| refused(error.to_string()))?;
        let reader = SerializedFileReader::new(file).map_err(|error| refused(error.to_string()))?;
        if let Some(problem) = unreadable(&reader) {
            return Err(refused(problem));
        }
        let schema = reader.metadata().file_metadata().schema_descr();
        let columns = schema.columns().iter().map(|column| {
            let name = column.path().string();
            match problem_of(column) {
                Some(problem) => Err(refused(format!("column \"{name}\": {problem}"))),
                None => Ok((name, units_per_second(column))),
            }
        });
        Ok(Self {
            columns: columns.collect::<anyhow::Result<_>>()?,
            reader,
        })
    }

    /// The columns' names in their order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// Every row as texts; null is empty.
    pub(crate) fn into_rows(self) -> impl Iterator<Item = anyhow::Result<Vec<String>>> {
        let units: Vec<Option<i64>> = self.columns.iter().map(|(_, units)| *units).collect();
        let rows = RowIter::from_file_into(Box::new(self.reader));
        rows.map(move |row| Ok(texts(&row?, &units)))
    }
}

fn texts(row: &Row, units: &[Option<i64>]) -> Vec<String> {
    let cells = row.get_column_iter().zip(units);
    cells
        .map(|((_, field), units)| text(field, *units))
        .collect()
}

/// What keeps the file's pages from being unpacked.
fn unreadable(reader: &SerializedFileReader<File>) -> Option<String> {
    let groups = reader.metadata().row_groups().iter();
    let mut packed =
        groups.flat_map(|group| group.columns().iter().map(|column| column.compression()));
    let other = packed.find(|packed| {
        !matches!(
            packed,
            Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_)
        )
    })?;
    let name = other.to_string().to_lowercase();
    let name = name.split('(').next().unwrap_or(&name);
    Some(format!(
        "it is compressed with {name}: write it with snappy (pandas and duckdb do; polars: compression=\"snappy\")"
    ))
}

/// What keeps a column from being read as texts.
fn problem_of(column: &ColumnDescriptor) -> Option<String> {
    use ConvertedType as Is;
    if column.path().parts().len() != 1 || column.max_rep_level() > 0 {
        return Some("it is nested: leave it out, or spread it over columns of its own".into());
    }
    let is_known = match column.physical_type() {
        Physical::INT32 => !matches!(column.converted_type(), Is::TIME_MILLIS),
        Physical::INT64 => !matches!(column.converted_type(), Is::TIME_MICROS),
        Physical::BYTE_ARRAY => matches!(
            column.converted_type(),
            Is::UTF8 | Is::ENUM | Is::JSON | Is::DECIMAL
        ),
        Physical::FIXED_LEN_BYTE_ARRAY => matches!(column.converted_type(), Is::DECIMAL),
        Physical::BOOLEAN | Physical::FLOAT | Physical::DOUBLE | Physical::INT96 => true,
    };
    (!is_known).then(|| "it is neither text, number, truth, day nor instant: leave it out".into())
}

fn units_per_second(column: &ColumnDescriptor) -> Option<i64> {
    match column.logical_type_ref() {
        Some(LogicalType::Timestamp(kind)) => Some(match kind.unit {
            TimeUnit::MILLIS => 1_000,
            TimeUnit::MICROS => 1_000_000,
            TimeUnit::NANOS => 1_000_000_000,
        }),
        _ => None,
    }
}

fn text(field: &Field, units: Option<i64>) -> String {
    match (field, units) {
        (Field::Null, _) => String::new(),
        (Field::Str(text), _) => text.clone(),
        (Field::Long(value), Some(units)) => moment(*value, units),
        (Field::TimestampMillis(value), _) => moment(*value, 1_000),
        (Field::TimestampMicros(value), _) => moment(*value, 1_000_000),
        (Field::Date(days), _) => Value::Date(*days).exact(),
        (Field::Bool(value), _) => value.to_string(),
        (Field::Double(value), _) => value.to_string(),
        (Field::Float(value), _) => value.to_string(),
        (other, _) => other.to_string(),
    }
}

/// An instant to the microsecond; of a day's beginning in UTC the day is its first ten letters.
fn moment(value: i64, units_per_second: i64) -> String {
    let seconds = value.div_euclid(units_per_second);
    let nanos = value.rem_euclid(units_per_second) * (1_000_000_000 / units_per_second);
    let moment = DateTime::from_timestamp(seconds, u32::try_from(nanos).unwrap_or_default());
    moment.map_or_else(String::new, |moment| {
        moment.to_rfc3339_opts(SecondsFormat::Micros, true)
    })
}
