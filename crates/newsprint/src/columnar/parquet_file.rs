//! A Parquet file, written in row groups of bounded size. The same rows give the same bytes.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{ColumnPath, Type};

use super::{Column, Kind, Value, arrow_schema};

/// Rows of a row group: what is held in memory at a time.
const ROWS: usize = 1 << 18;

/// Values of a column that are not null.
enum Values {
    Texts(Vec<ByteArray>),
    Longs(Vec<i64>),
    Ints(Vec<i32>),
    Numbers(Vec<f64>),
    Truths(Vec<bool>),
}

/// A column of the row group that is being filled.
struct Filled {
    values: Values,
    /// 1 where there is a value, 0 where it is null.
    levels: Vec<i16>,
}

/// A Parquet file that is being written.
pub(crate) struct ParquetFile<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    filled: Vec<Filled>,
    n_filled: usize,
}

impl<W: Write + Send> ParquetFile<W> {
    /// Begins a file of `columns`, with `pairs` and each column's comment in its metadata.
    pub(crate) fn begin(
        out: W,
        columns: &[Column],
        pairs: &[(String, String)],
    ) -> Result<Self, ParquetError> {
        let fields = columns.iter().map(field).collect::<Result<_, _>>()?;
        let schema = Type::group_type_builder("schema").with_fields(fields);
        let properties = properties(columns, pairs);
        let writer =
            SerializedFileWriter::new(out, Arc::new(schema.build()?), Arc::new(properties))?;
        let filled = columns.iter().map(|column| Filled::new(column.kind));
        Ok(Self {
            writer,
            filled: filled.collect(),
            n_filled: 0,
        })
    }

    /// Adds a row.
    pub(crate) fn write(&mut self, row: &[Value]) -> Result<(), ParquetError> {
        for (filled, value) in self.filled.iter_mut().zip(row) {
            filled.push(value)?;
        }
        self.n_filled += 1;
        if self.n_filled == ROWS {
            self.write_group()?;
        }
        Ok(())
    }

    /// Writes what is left; what the file was written to.
    pub(crate) fn finish(mut self) -> Result<W, ParquetError> {
        if self.n_filled > 0 {
            self.write_group()?;
        }
        self.writer.into_inner()
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for filled in &mut self.filled {
            if let Some(column) = group.next_column()? {
                filled.write(column)?;
            }
        }
        group.close()?;
        self.n_filled = 0;
        Ok(())
    }
}

impl Filled {
    fn new(kind: Kind) -> Self {
        let values = match kind {
            Kind::Text | Kind::Category => Values::Texts(vec![]),
            Kind::Integer | Kind::Instant => Values::Longs(vec![]),
            Kind::Date => Values::Ints(vec![]),
            Kind::Number => Values::Numbers(vec![]),
            Kind::Truth => Values::Truths(vec![]),
        };
        Self {
            values,
            levels: vec![],
        }
    }

    fn push(&mut self, value: &Value) -> Result<(), ParquetError> {
        match (&mut self.values, value) {
            (_, Value::Null) => {}
            (Values::Texts(texts), Value::Text(text)) => texts.push(text.clone()),
            (Values::Longs(longs), Value::Integer(value) | Value::Instant(value)) => {
                longs.push(*value);
            }
            (Values::Ints(ints), Value::Date(value)) => ints.push(*value),
            (Values::Numbers(numbers), Value::Number(value)) => numbers.push(*value),
            (Values::Truths(truths), Value::Truth(value)) => truths.push(*value),
            (_, other) => {
                let problem = format!("{other:?} is of another type than its column");
                return Err(ParquetError::General(problem));
            }
        }
        self.levels.push(i16::from(*value != Value::Null));
        Ok(())
    }

    fn write(&mut self, mut column: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = Some(self.levels.as_slice());
        match &mut self.values {
            Values::Texts(values) => {
                column
                    .typed::<ByteArrayType>()
                    .write_batch(values, levels, None)?;
                values.clear();
            }
            Values::Longs(values) => {
                column
                    .typed::<Int64Type>()
                    .write_batch(values, levels, None)?;
                values.clear();
            }
            Values::Ints(values) => {
                column
                    .typed::<Int32Type>()
                    .write_batch(values, levels, None)?;
                values.clear();
            }
            Values::Numbers(values) => {
                column
                    .typed::<DoubleType>()
                    .write_batch(values, levels, None)?;
                values.clear();
            }
            Values::Truths(values) => {
                column
                    .typed::<BoolType>()
                    .write_batch(values, levels, None)?;
                values.clear();
            }
        }
        self.levels.clear();
        column.close()
    }
}

fn field(column: &Column) -> Result<Arc<Type>, ParquetError> {
    let (physical, logical) = match column.kind {
        Kind::Text | Kind::Category => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Integer => (Physical::INT64, None),
        Kind::Number => (Physical::DOUBLE, None),
        Kind::Truth => (Physical::BOOLEAN, None),
        Kind::Date => (Physical::INT32, Some(LogicalType::Date)),
        Kind::Instant => (
            Physical::INT64,
            Some(LogicalType::timestamp(true, TimeUnit::MICROS)),
        ),
    };
    let field = Type::primitive_type_builder(&column.name, physical)
        .with_logical_type(logical)
        .with_repetition(Repetition::OPTIONAL);
    Ok(Arc::new(field.build()?))
}

/// How columns are laid out: texts that repeat by a dictionary, others by what they share with the one before, as rows of one article do.
fn properties(columns: &[Column], pairs: &[(String, String)]) -> WriterProperties {
    let mut metadata = vec![KeyValue::new(
        arrow_schema::KEY.to_owned(),
        arrow_schema::encoded(columns, pairs),
    )];
    let comments = columns.iter().filter(|column| !column.meaning.is_empty());
    let comments = comments.map(|column| {
        (
            format!("comment:{}", column.name),
            column.meaning.to_string(),
        )
    });
    let pairs = pairs.iter().cloned().chain(comments);
    metadata.extend(pairs.map(|(key, value)| KeyValue::new(key, value)));
    let mut properties = WriterProperties::builder()
        .set_created_by("newsprint".into())
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_write_batch_size(8192)
        .set_max_row_group_row_count(Some(ROWS))
        .set_key_value_metadata(Some(metadata));
    for column in columns {
        let encoding = match column.kind {
            Kind::Category | Kind::Truth | Kind::Number => continue,
            Kind::Text => Encoding::DELTA_BYTE_ARRAY,
            Kind::Integer | Kind::Date | Kind::Instant => Encoding::DELTA_BINARY_PACKED,
        };
        let path = || ColumnPath::from(column.name.as_ref());
        properties = properties
            .set_column_dictionary_enabled(path(), false)
            .set_column_encoding(path(), encoding);
    }
    properties.build()
}
