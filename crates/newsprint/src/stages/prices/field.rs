//! Dates and closes as price files write them. What can be read in two ways is refused, and the message says how to write it.

use chrono::{Datelike as _, NaiveDate};
use newsprint_domain::index::SeriesKind;

/// The most that a yield in percent can be; more is a price in the wrong column.
const MAX_YIELD: f64 = 100.0;
/// No series has closes of before.
const FIRST_YEAR: i32 = 1700;

/// Whether a field says that there is no value: FRED writes "." or nothing, Yahoo "null", Stooq "N/D".
pub(super) fn is_empty(text: &str) -> bool {
    ["", ".", "-", "null", "N/D"].contains(&text)
}

/// A date of the form YYYY-MM-DD, YYYY/MM/DD or YYYYMMDD; midnight may stand behind it.
pub(super) fn date(text: &str) -> Result<NaiveDate, String> {
    let (day, time) = match text.find([' ', 'T']) {
        Some(place) => (&text[..place], &text[place + 1..]),
        None => (text, ""),
    };
    let bad = |why: &str| {
        Err(format!(
            "date \"{text}\" is not of the form YYYY-MM-DD{why}"
        ))
    };
    let Some(date) = plain_date(day) else {
        return match two_readings(day) {
            Some((one, other)) => bad(&format!(
                ": it may be {one} or {other}; save the file with the year first"
            )),
            None if number(text).is_some() => {
                bad(": it is a number; check which column holds the dates")
            }
            None => bad(""),
        };
    };
    if !is_midnight(time) {
        return bad(" alone: it has a time of day; closes of whole days are wanted");
    }
    if date.year() < FIRST_YEAR {
        return Err(format!("date \"{text}\" cannot be: check the year"));
    }
    Ok(date)
}

fn plain_date(text: &str) -> Option<NaiveDate> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.len() {
        8 if is_digits => NaiveDate::parse_from_str(text, "%Y%m%d").ok(),
        10 if text.as_bytes()[4] == b'/' => NaiveDate::parse_from_str(text, "%Y/%m/%d").ok(),
        10 if text.as_bytes()[4] == b'-' => text.parse().ok(),
        _ => None,
    }
}

/// Whether `text` is nothing or midnight, with or without an offset: yfinance writes `00:00:00-04:00`.
fn is_midnight(text: &str) -> bool {
    let (time, offset) = match text.find(['+', '-', 'Z']) {
        Some(place) => text.split_at(place),
        None => (text, ""),
    };
    let is_offset = |byte: u8| byte.is_ascii_digit() || b":+-Z".contains(&byte);
    time.bytes().all(|byte| b"0:.".contains(&byte)) && offset.bytes().all(is_offset)
}

/// What a date with the year last may mean, where day and month may each be either.
fn two_readings(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    let parts: Vec<&str> = text.split(['/', '.', '-']).collect();
    let [first, second, year] = parts[..] else {
        return None;
    };
    let (first, second): (u32, u32) = (first.parse().ok()?, second.parse().ok()?);
    let year = match year.len() {
        4 => year.parse().ok()?,
        2 => 2000 + year.parse::<i32>().ok()?,
        _ => return None,
    };
    let one = NaiveDate::from_ymd_opt(year, second, first)?;
    let other = NaiveDate::from_ymd_opt(year, first, second)?;
    (one != other).then_some((one, other))
}

/// A number with a decimal point, as no locale writes it in another way; `None` also of `inf`, `nan` and hexadecimal.
pub(super) fn number(text: &str) -> Option<f64> {
    let is_plain = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    let number: f64 = text.parse().ok()?;
    (text.bytes().all(is_plain) && number.is_finite()).then_some(number)
}

/// A close that a series of this kind can have.
pub(super) fn close(text: &str, kind: SeriesKind) -> Result<f64, String> {
    let Some(close) = number(text) else {
        let why = match text.contains(',') && text.bytes().any(|byte| byte.is_ascii_digit()) {
            true => {
                ": its comma may separate decimals or thousands; save the file with plain numbers, like 1234.56"
            }
            false => "",
        };
        return Err(format!(
            "close \"{text}\" is no number with a decimal point{why}"
        ));
    };
    let is_valid = match kind {
        SeriesKind::Price | SeriesKind::Volatility => close > 0.0,
        SeriesKind::Yield => close.abs() < MAX_YIELD,
    };
    match is_valid {
        true => Ok(close),
        false => Err(format!(
            "close {text} cannot be of a {}: check the column",
            kind.as_str()
        )),
    }
}

/// Why a close cannot be of a day with this low and high: a column is another one's. A field without a number says nothing, nor do two
/// zeros, which stand for none.
pub(super) fn problem_of_range(close: f64, low: &str, high: &str) -> Option<String> {
    let (low, high) = (number(low)?, number(high)?);
    if low == 0.0 && high == 0.0 {
        return None;
    }
    // Vendors round the columns each by itself.
    let slack = 1e-6 * close.abs().max(high.abs());
    if low > high + slack {
        return Some(format!(
            "its low {low} is above its high {high}: check the columns"
        ));
    }
    (close < low - slack || close > high + slack)
        .then(|| format!("close {close} lies outside low {low} to high {high}: check the columns"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dated(text: &str) -> String {
        date(text).map_or_else(|problem| problem, |date| date.to_string())
    }

    #[test]
    fn dates_that_have_one_reading_are_read() {
        for text in [
            "2024-07-16",
            "2024/07/16",
            "20240716",
            "2024-07-16 00:00:00",
            "2024-07-16 00:00:00-04:00",
            "2024-07-16T00:00:00.000Z",
        ] {
            assert_eq!(dated(text), "2024-07-16", "{text}");
        }
    }

    #[test]
    fn dates_with_none_or_two_are_refused_by_name() {
        for (text, why) in [
            (
                "03/04/2024",
                ": it may be 2024-04-03 or 2024-03-04; save the file with the year first",
            ),
            (
                "3.4.24",
                ": it may be 2024-04-03 or 2024-03-04; save the file with the year first",
            ),
            ("16/07/2024", ""),
            ("2024-13-45", ""),
            (
                "20241345",
                ": it is a number; check which column holds the dates",
            ),
            (
                "2263.67",
                ": it is a number; check which column holds the dates",
            ),
            (
                "2024-07-16 16:00:00-04:00",
                " alone: it has a time of day; closes of whole days are wanted",
            ),
            ("Date", ""),
            ("", ""),
            ("١٢٣٤-٠١-٠٢", ""),
        ] {
            let expected = format!("date \"{text}\" is not of the form YYYY-MM-DD{why}");
            assert_eq!(dated(text), expected);
        }
        assert_eq!(
            dated("0024-07-16"),
            "date \"0024-07-16\" cannot be: check the year"
        );
    }

    #[test]
    fn numbers_of_locales_and_of_no_use_are_refused() {
        assert_eq!(close("2263.67", SeriesKind::Price), Ok(2263.67));
        assert_eq!(close("-0.43", SeriesKind::Yield), Ok(-0.43));
        assert_eq!(close("0", SeriesKind::Yield), Ok(0.0));
        for text in ["1.234,56", "1,234.56", "1,234"] {
            let problem = close(text, SeriesKind::Price).unwrap_err();
            assert!(
                problem.contains("may separate decimals or thousands"),
                "{problem}"
            );
        }
        for text in [
            "nan",
            "inf",
            "-Infinity",
            "0x1F",
            "1e999",
            "4.2%",
            "1 234",
            "½",
        ] {
            let problem = close(text, SeriesKind::Yield).unwrap_err();
            assert_eq!(
                problem,
                format!("close \"{text}\" is no number with a decimal point")
            );
        }
        for (text, kind, named) in [
            ("0", SeriesKind::Price, "price"),
            ("-1", SeriesKind::Volatility, "volatility"),
            ("2263.67", SeriesKind::Yield, "yield"),
        ] {
            let problem = close(text, kind).unwrap_err();
            assert_eq!(
                problem,
                format!("close {text} cannot be of a {named}: check the column")
            );
        }
    }

    #[test]
    fn a_close_lies_within_its_day() {
        assert_eq!(problem_of_range(2.0, "1", "2"), None);
        assert_eq!(problem_of_range(2.000_001, "1", "2"), None);
        assert_eq!(problem_of_range(2.0, "", "null"), None);
        assert_eq!(problem_of_range(2.0, "0", "0"), None);
        assert!(problem_of_range(5.0, "1", "2").is_some_and(|problem| problem.contains("outside")));
        assert!(problem_of_range(2.0, "3", "2").is_some_and(|problem| problem.contains("above")));
    }
}
