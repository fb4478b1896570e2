//! Values as both drivers bind and read them.

use serde_json::Value as Json;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Column as _, Row as _, TypeInfo as _, ValueRef as _};

/// A value that is bound to a statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Integer(Option<i64>),
    Real(Option<f64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Truth(bool),
}

/// A row that was read.
#[derive(Debug)]
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Self {
        Self::Sqlite(row)
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Self {
        Self::Postgres(row)
    }
}

/// A type that columns are read as.
pub(crate) trait Field: Sized {
    fn read(row: &Row, place: usize) -> Result<Self, sqlx::Error>;
}

impl Row {
    /// The value of a column.
    ///
    /// # Panics
    /// If the statement gives no such column, or one of another type: an error of this crate, whatever the store holds.
    pub(crate) fn get<T: Field>(&self, place: usize) -> T {
        T::read(self, place).unwrap_or_else(|error| panic!("column {place}: {error}"))
    }

    /// The same of a store that may be damaged.
    pub(crate) fn try_get<T: Field>(&self, place: usize) -> Result<T, sqlx::Error> {
        T::read(self, place)
    }

    /// The value of a column as SQLite keeps it, whatever its type: truths are 0 or 1.
    pub(crate) fn value(&self, place: usize) -> Result<Value, sqlx::Error> {
        if self.is_null(place)? {
            return Ok(Value::Integer(None));
        }
        let kind = match self {
            Self::Sqlite(row) => row.try_get_raw(place)?.type_info().name().to_owned(),
            Self::Postgres(row) => row.try_get_raw(place)?.type_info().name().to_owned(),
        };
        Ok(match kind.as_str() {
            "INTEGER" | "INT8" | "INT4" | "INT2" => Value::Integer(self.try_get(place)?),
            "BOOL" => Value::Integer(Some(bool::read(self, place)?.into())),
            "REAL" | "FLOAT8" => Value::Real(self.try_get(place)?),
            "BLOB" | "BYTEA" => Value::Bytes(self.try_get(place)?),
            _ => Value::Text(self.try_get(place)?),
        })
    }

    fn is_null(&self, place: usize) -> Result<bool, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get_raw(place)?.is_null(),
            Self::Postgres(row) => row.try_get_raw(place)?.is_null(),
        })
    }
}

impl Field for i64 {
    fn read(row: &Row, place: usize) -> Result<Self, sqlx::Error> {
        match row {
            Row::Sqlite(row) => row.try_get(place),
            Row::Postgres(row) => match row.column(place).type_info().name() {
                "INT2" => row.try_get::<i16, _>(place).map(Self::from),
                "INT4" => row.try_get::<i32, _>(place).map(Self::from),
                _ => row.try_get(place),
            },
        }
    }
}

/// Types that both drivers read alike.
macro_rules! read_natively {
    ($($type:ty),*) => {$(
        impl Field for $type {
            fn read(row: &Row, place: usize) -> Result<Self, sqlx::Error> {
                match row {
                    Row::Sqlite(row) => row.try_get(place),
                    Row::Postgres(row) => row.try_get(place),
                }
            }
        }
    )*};
}
read_natively!(bool, f64, String, Vec<u8>);

/// Integers that are stored as such of 64 bits.
macro_rules! read_as_integer {
    ($($type:ty),*) => {$(
        impl Field for $type {
            fn read(row: &Row, place: usize) -> Result<Self, sqlx::Error> {
                let wide = i64::read(row, place)?;
                Self::try_from(wide).map_err(|error| sqlx::Error::Decode(error.into()))
            }
        }

        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::Integer(Some(value.into()))
            }
        }

        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Self::Integer(value.map(Into::into))
            }
        }
    )*};
}
read_as_integer!(i8, i32, u32);

impl<T: Field> Field for Option<T> {
    fn read(row: &Row, place: usize) -> Result<Self, sqlx::Error> {
        if row.is_null(place)? {
            return Ok(None);
        }
        T::read(row, place).map(Some)
    }
}

/// Values that are bound as they are.
macro_rules! bind_as {
    ($($type:ty => $variant:ident $convert:expr),*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant($convert(value))
            }
        }
    )*};
}
bind_as!(
    i64 => Integer Some,
    Option<i64> => Integer |value| value,
    f64 => Real Some,
    Option<f64> => Real |value| value,
    bool => Truth |value| value,
    Vec<u8> => Bytes Some,
    &[u8] => Bytes |value: &[u8]| Some(value.to_vec()),
    String => Text |value| Some(storable(value)),
    &String => Text |value: &String| Some(storable(value.clone())),
    &str => Text |value: &str| Some(storable(value.to_owned())),
    Option<String> => Text |value: Option<String>| value.map(storable),
    &Option<String> => Text |value: &Option<String>| value.clone().map(storable),
    Option<&str> => Text |value: Option<&str>| value.map(|text| storable(text.to_owned()))
);

/// Text without the one character that PostgreSQL does not store; left out on both engines, so that they hold the same.
fn storable(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    }
}

/// Rows as the JSON array that a statement reads with `json_each`.
pub(crate) fn json_rows(rows: Vec<Json>) -> String {
    let text = Json::Array(rows).to_string();
    // An escaped NUL, or the text of one: only then is it worth looking closer.
    if !text.contains("\\u0000") {
        return text;
    }
    let rows = serde_json::from_str(&text).unwrap_or_default();
    without_nul(rows).to_string()
}

fn without_nul(value: Json) -> Json {
    match value {
        Json::String(text) => Json::String(storable(text)),
        Json::Array(values) => values.into_iter().map(without_nul).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_one_engine_cannot_store_neither_does() {
        assert_eq!(Value::from("a\0b"), Value::Text(Some("a\u{fffd}b".into())));
        let rows = json_rows(vec![json!(["a\0b", "\\u0000", 1])]);
        assert_eq!(rows, "[[\"a\u{fffd}b\",\"\\\\u0000\",1]]");
    }
}
