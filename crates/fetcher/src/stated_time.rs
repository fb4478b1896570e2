//! Reads a publication time as pages and feeds write it.

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, TimeZone as _};
use newsprint_domain::article::StatedTime;

/// Times with an offset.
const INSTANT_FORMATS: [&str; 5] = [
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%dT%H:%M%#z",
    "%a, %d %b %Y %H:%M:%S %z",
    "%d %b %Y %H:%M:%S %z",
    "%Y%m%dT%H%M%S%#z",
];

/// Times without one.
const LOCAL_FORMATS: [&str; 12] = [
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y/%m/%dT%H:%M:%S",
    "%Y/%m/%dT%H:%M",
    "%B %d, %YT%I:%M %p",
    "%B %d, %Y at %I:%M %p",
    "%B %d, %Y %I:%M %p",
    "%B %d, %Y %H:%M",
    "%d %B %Y %H:%M",
    "%d %B %Y, %H:%M",
    "%a, %d %b %Y %H:%M:%S",
    "%d.%m.%YT%H:%M",
];

/// Dates alone.
const DAY_FORMATS: [&str; 9] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y%m%d",
    "%B %d, %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%A, %B %d, %Y",
    "%A, %d %B %Y",
    "%d.%m.%Y",
];

/// Zone names that are written instead of an offset, in hours from UTC.
const NAMED_OFFSETS: [(&str, i32); 14] = [
    (" UTC", 0),
    (" GMT", 0),
    (" Z", 0),
    (" EST", -5),
    (" EDT", -4),
    (" CST", -6),
    (" CDT", -5),
    (" MST", -7),
    (" MDT", -6),
    (" PST", -8),
    (" PDT", -7),
    (" BST", 1),
    (" AEST", 10),
    (" AEDT", 11),
];

/// The time that `text` states, where it states one between 1970 and 2100.
pub(crate) fn parse(text: &str) -> Option<StatedTime> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    let stated = parse_instant(text)
        .or_else(|| parse_local(text))
        .or_else(|| parse_day(text))?;
    let year = match stated {
        StatedTime::Instant(instant) => instant.year(),
        StatedTime::Local(local) => local.year(),
        StatedTime::Day(day) => day.year(),
    };
    (1970..=2100).contains(&year).then_some(stated)
}

fn parse_instant(text: &str) -> Option<StatedTime> {
    if let Some(instant) = epoch(text) {
        return Some(StatedTime::Instant(instant));
    }
    let (without_name, offset) = named_offset(text);
    if let Some(offset) = offset {
        let StatedTime::Local(local) = parse_local(without_name)? else {
            return None;
        };
        return offset
            .from_local_datetime(&local)
            .single()
            .map(StatedTime::Instant);
    }
    let joined = joined(text);
    let candidates = [text.to_owned(), joined.clone(), joined.replace(' ', "")];
    let formats = INSTANT_FORMATS
        .iter()
        .flat_map(|format| candidates.iter().map(move |text| (text, format)));
    let parsed = formats
        .filter_map(|(text, format)| DateTime::parse_from_str(text, format).ok())
        .next();
    parsed
        .or_else(|| DateTime::parse_from_rfc3339(text).ok())
        .map(StatedTime::Instant)
}

fn parse_local(text: &str) -> Option<StatedTime> {
    let candidates = [text.to_owned(), joined(text)];
    let formats = LOCAL_FORMATS
        .iter()
        .flat_map(|format| candidates.iter().map(move |text| (text, format)));
    formats
        .filter_map(|(text, format)| NaiveDateTime::parse_from_str(text, format).ok())
        .next()
        .map(StatedTime::Local)
}

fn parse_day(text: &str) -> Option<StatedTime> {
    DAY_FORMATS
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(text, format).ok())
        .map(StatedTime::Day)
}

/// Seconds or milliseconds since 1970.
fn epoch(text: &str) -> Option<DateTime<FixedOffset>> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    let instant = match text.len() {
        // From 2033 on ten digits are more likely a date and an hour.
        10 if number < 2_000_000_000 => DateTime::from_timestamp(number, 0),
        13 => DateTime::from_timestamp_millis(number),
        _ => None,
    };
    instant.map(|instant| instant.fixed_offset())
}

/// Takes a zone name off the end; "Z" after digits is left to the formats.
fn named_offset(text: &str) -> (&str, Option<FixedOffset>) {
    let named = NAMED_OFFSETS
        .iter()
        .find_map(|(name, hours)| Some((text.strip_suffix(name)?, *hours)));
    match named {
        Some((without_name, hours)) => (without_name, FixedOffset::east_opt(hours * 3600)),
        None => (text, None),
    }
}

/// "2024-07-17 08:10" as "2024-07-17T08:10": the first space that is followed by a digit and preceded by one.
fn joined(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let space = bytes
        .iter()
        .enumerate()
        .find(|(at, byte)| **byte == b' ' && *at > 0 && is_digit(at - 1) && is_digit(at + 1));
    match space {
        Some((at, _)) => format!("{}T{}", &text[..at], &text[at + 1..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let stated = parse(text).map(|stated| stated.to_string());
        assert_eq!(stated.as_deref(), Some(expected), "{text}");
    }

    #[test]
    fn instants_keep_their_offset() {
        check("2024-07-17T08:10:00+10:00", "2024-07-17T08:10:00+10:00");
        check("2024-07-17T08:10+1000", "2024-07-17T08:10:00+10:00");
        check("2024-07-17T08:10:00.123Z", "2024-07-17T08:10:00.123Z");
        check("2024-07-17 08:10:00 +10:00", "2024-07-17T08:10:00+10:00");
        check("Wed, 17 Jul 2024 08:10:00 GMT", "2024-07-17T08:10:00Z");
        check(
            "Wed, 17 Jul 2024 08:10:00 -0400",
            "2024-07-17T08:10:00-04:00",
        );
        check("2024-07-17 08:10:00 EDT", "2024-07-17T08:10:00-04:00");
        check("1721167800", "2024-07-16T22:10:00Z");
        check("1721167800000", "2024-07-16T22:10:00Z");
    }

    #[test]
    fn times_without_an_offset_stay_local() {
        check("2024-07-17T08:10:00", "2024-07-17T08:10:00");
        check("2024-07-17 08:10", "2024-07-17T08:10:00");
        check("July 17, 2024 8:10 pm", "2024-07-17T20:10:00");
    }

    #[test]
    fn dates_stay_dates() {
        check("2024-07-11", "2024-07-11");
        check("July 11, 2024", "2024-07-11");
        check("11 July 2024", "2024-07-11");
        check(" 20240711 ", "2024-07-11");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "yesterday",
            "2024-13-45",
            "0001-01-01T00:00:00Z",
            "12",
            "17/07/24",
            "2024071608",
            &"9".repeat(100),
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
