//! Between domain values and columns.

use chrono::{DateTime, NaiveDate, Utc};
use newsprint_domain::sentence::Part;
use newsprint_domain::sentiment::{Sentiment, Tone};

use crate::error::StoreError;

/// Microseconds since 1970, as every time is stored.
pub(crate) fn micros(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_micros()
}

/// Reads what [`micros`] writes.
pub(crate) fn instant(table: &'static str, micros: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| corrupt(table, format!("the time {micros}")))
}

/// Reads an ISO 8601 date.
pub(crate) fn date(table: &'static str, text: &str) -> Result<NaiveDate, StoreError> {
    text.parse()
        .map_err(|_| corrupt(table, format!("the date \"{text}\"")))
}

/// Reads a tone in millionths.
pub(crate) fn tone(
    table: &'static str,
    millionths: Option<i32>,
) -> Result<Option<Tone>, StoreError> {
    let Some(millionths) = millionths else {
        return Ok(None);
    };
    let tone = Tone::from_millionths(millionths);
    tone.map(Some)
        .ok_or_else(|| corrupt(table, format!("the tone {millionths}")))
}

/// Reads probabilities in millionths.
pub(crate) fn sentiment(
    table: &'static str,
    negative: i32,
    positive: i32,
) -> Result<Sentiment, StoreError> {
    let sentiment = Sentiment::from_millionths(negative, positive);
    sentiment.ok_or_else(|| {
        corrupt(
            table,
            format!("the probabilities {negative} and {positive}"),
        )
    })
}

/// Reads `title` or `body`.
pub(crate) fn part(table: &'static str, text: &str) -> Result<Part, StoreError> {
    match text {
        "title" => Ok(Part::Title),
        "body" => Ok(Part::Body),
        other => Err(corrupt(table, format!("the part \"{other}\""))),
    }
}

/// Reads a byte offset.
pub(crate) fn offset(table: &'static str, value: i64) -> Result<usize, StoreError> {
    usize::try_from(value).map_err(|_| corrupt(table, format!("the offset {value}")))
}

/// A byte offset as a column.
pub(crate) fn offset_column(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(crate) fn corrupt(table: &'static str, problem: String) -> StoreError {
    StoreError::Corrupt { table, problem }
}
