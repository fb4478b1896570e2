//! Columns with a type and a meaning, and files of them: Parquet, CSV and JSON lines.

mod arrow_schema;
pub(crate) mod hashed;
pub(crate) mod parquet_file;
pub(crate) mod parquet_rows;
pub(crate) mod sink;

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use parquet::data_type::ByteArray;

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text.
    Text,
    /// One of a few texts.
    Category,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Truth,
    /// A day.
    Date,
    /// An instant, UTC, to the microsecond.
    Instant,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: Cow<'static, str>,
    pub(crate) kind: Kind,
    /// Of its numbers; empty where they have none.
    pub(crate) unit: &'static str,
    /// What a value says, and what null says.
    pub(crate) meaning: Cow<'static, str>,
}

/// A value; what is not known is [`Value::Null`] and never zero.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Text(ByteArray),
    Integer(i64),
    Number(f64),
    Truth(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01 UTC.
    Instant(i64),
}

impl Kind {
    /// What it is called in a data dictionary: the type in Arrow.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Category => "dictionary<int32, string>",
            Self::Integer => "int64",
            Self::Number => "float64",
            Self::Truth => "bool",
            Self::Date => "date32",
            Self::Instant => "timestamp[us, UTC]",
        }
    }
}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(ByteArray::from(text))
    }

    pub(crate) fn date(date: NaiveDate) -> Self {
        let days = date.signed_duration_since(NaiveDate::default()).num_days();
        i32::try_from(days).map_or(Self::Null, Self::Date)
    }

    pub(crate) fn instant(instant: DateTime<Utc>) -> Self {
        Self::Instant(instant.timestamp_micros())
    }

    /// What `value` makes, or null.
    pub(crate) fn or_null<T>(value: Option<T>, make: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Null, make)
    }

    /// As text of which another program can read the same value: every digit, dates and instants of ISO 8601; null is empty.
    pub(crate) fn exact(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) => String::from_utf8_lossy(text.data()).into_owned(),
            Self::Integer(value) => value.to_string(),
            Self::Number(value) => value.to_string(),
            Self::Truth(value) => value.to_string(),
            Self::Date(days) => day_of(*days).map_or_else(String::new, |day| day.to_string()),
            Self::Instant(micros) => {
                let instant = DateTime::from_timestamp_micros(*micros);
                instant.map_or_else(String::new, |instant| {
                    instant.to_rfc3339_opts(SecondsFormat::Micros, true)
                })
            }
        }
    }
}

/// The day so many days after 1970-01-01.
pub(crate) fn day_of(days: i32) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(chrono::TimeDelta::days(days.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_instants_are_written_as_they_are_read() {
        let day: NaiveDate = "2024-07-17".parse().unwrap();
        assert_eq!(Value::date(day), Value::Date(19_921));
        assert_eq!(Value::date(day).exact(), "2024-07-17");
        let before: NaiveDate = "1969-12-31".parse().unwrap();
        assert_eq!(Value::date(before), Value::Date(-1));
        assert_eq!(Value::Instant(1).exact(), "1970-01-01T00:00:00.000001Z");
        assert_eq!(Value::Null.exact(), "");
    }
}
