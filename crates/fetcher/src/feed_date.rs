//! Dates as feeds write them: RFC 3339 and its relatives, RFC 822 with everything that is written in its place, ISO 8601 without
//! hyphens, and the forms of a few systems.

use chrono::{
    Days, FixedOffset, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _,
};
use newsprint_domain::article::StatedTime;

use crate::stated_time;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Zone names, in hours from UTC.
const ZONES: [(&str, i32); 25] = [
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("z", 0),
    ("adt", -3),
    ("ast", -4),
    ("at", -4),
    ("edt", -4),
    ("est", -5),
    ("et", -5),
    ("cdt", -5),
    ("cst", -6),
    ("ct", -6),
    ("mdt", -6),
    ("mst", -7),
    ("mt", -7),
    ("pdt", -7),
    ("pst", -8),
    ("pt", -8),
    ("a", -1),
    ("n", 1),
    ("m", -12),
    ("y", 12),
    ("met", 1),
    ("mest", 2),
];

/// Months in Greek and Hungarian, by how they begin; "Μάι" and "Μάρ" need three letters.
const FOREIGN_MONTHS: [(&str, &str); 31] = [
    ("ιαν", "jan"),
    ("φεβ", "feb"),
    ("μάώ", "mar"),
    ("μαώ", "mar"),
    ("μάρ", "mar"),
    ("απρ", "apr"),
    ("μάι", "may"),
    ("μαϊ", "may"),
    ("μαι", "may"),
    ("ιούν", "jun"),
    ("ιον", "jun"),
    ("ιούλ", "jul"),
    ("ιολ", "jul"),
    ("αύγ", "aug"),
    ("αυγ", "aug"),
    ("σεπ", "sep"),
    ("οκτ", "oct"),
    ("νοέ", "nov"),
    ("νοε", "nov"),
    ("δεκ", "dec"),
    ("január", "jan"),
    ("februári", "feb"),
    ("március", "mar"),
    ("április", "apr"),
    ("máujus", "may"),
    ("május", "may"),
    ("június", "jun"),
    ("július", "jul"),
    ("augusztus", "aug"),
    ("szeptember", "sep"),
    ("október", "oct"),
];

/// The time that `text` states.
pub(crate) fn parse(text: &str) -> Option<StatedTime> {
    let text = text.trim();
    if text.is_empty() || text.len() > 80 {
        return None;
    }
    let lower_case = text.to_lowercase();
    by_hyphens(&lower_case)
        .or_else(|| by_words(&lower_case))
        .or_else(|| without_hyphens(&lower_case))
        .or_else(|| korean(&lower_case))
        .or_else(|| stated_time::parse(text))
}

/// "2004-01-05t10:12:13.5+01:00", "2004-1-5", "2004-01", and a space for the t.
fn by_hyphens(text: &str) -> Option<StatedTime> {
    let (date, rest) = text
        .split_once('t')
        .or_else(|| text.split_once(' '))
        .unwrap_or((text, ""));
    let mut parts = date.split('-');
    let year = parts.next().filter(|year| year.len() == 4)?;
    let month = parts.next().unwrap_or("1");
    let month = match foreign_month(month) {
        Some(month) => month_of(month)?,
        None => month.parse().ok()?,
    };
    let day = parts.next().unwrap_or("1").parse().ok()?;
    if parts.next().is_some() {
        return None;
    }
    let date = rolled_over(year.parse().ok()?, month, day)?;
    if rest.is_empty() {
        return Some(StatedTime::Day(date));
    }
    let end = rest.find(['z', '+', '-', ' ']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(end);
    let seconds = seconds_of(clock)?;
    in_zone(
        date.and_time(NaiveTime::MIN) + TimeDelta::seconds(seconds),
        zone.trim(),
    )
}

/// The day so many months and days after the year's start, so that 31 June is 1 July: what wrote it counted one too far.
fn rolled_over(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    let months = Months::new(month.checked_sub(1).filter(|month| *month < 19)?);
    let days = Days::new(u64::from(day.checked_sub(1).filter(|day| *day < 39)?));
    NaiveDate::from_ymd_opt(year, 1, 1)?
        .checked_add_months(months)?
        .checked_add_days(days)
}

/// "20040105", "20040105t101213", "2004005" (the day of the year) and "040105".
fn without_hyphens(text: &str) -> Option<StatedTime> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (date, rest) = text.split_at(digits);
    let number = |from: usize, to: usize| date.get(from..to)?.parse::<u32>().ok();
    let year = |from: usize, to: usize| i32::try_from(number(from, to)?).ok();
    let ordinal = |year: i32, text: &str| NaiveDate::from_yo_opt(year, text.parse().ok()?);
    let date = match digits {
        8 => NaiveDate::from_ymd_opt(year(0, 4)?, number(4, 6)?, number(6, 8)?),
        7 => ordinal(year(0, 4)?, &date[4..]),
        6 => NaiveDate::from_ymd_opt(2000 + year(0, 2)?, number(2, 4)?, number(4, 6)?),
        5 => ordinal(2000 + year(0, 2)?, &date[2..]),
        4 if rest.len() == 4 && rest.starts_with('-') => {
            return ordinal(year(0, 4)?, &rest[1..]).map(StatedTime::Day);
        }
        2 => return short_year(2000 + year(0, 2)?, rest.strip_prefix('-')?),
        _ => None,
    }?;
    let Some(clock) = rest.strip_prefix('t') else {
        return rest.is_empty().then_some(StatedTime::Day(date));
    };
    let end = clock.find(['z', '+', '-']).unwrap_or(clock.len());
    let (clock, zone) = clock.split_at(end);
    stated(date, clock, zone)
}

/// "04-01-05" and "04-005".
fn short_year(year: i32, rest: &str) -> Option<StatedTime> {
    let date = match rest.split_once('-') {
        Some((month, day)) => NaiveDate::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?),
        None if rest.len() == 3 => NaiveDate::from_yo_opt(year, rest.parse().ok()?),
        None => None,
    };
    date.map(StatedTime::Day)
}

/// "thu, 01 jan 2004 19:48:21 gmt", "jan 1 2004", "sun jan 4 16:29:06 2004", "fri, 2006/09/15 08:19:53 edt".
fn by_words(text: &str) -> Option<StatedTime> {
    let mut parts: Vec<&str> = text.split_whitespace().collect();
    let is_day_name = |part: &str| {
        let is_named = DAYS.iter().any(|day| part.starts_with(day));
        is_named || (part.ends_with(',') && !part.starts_with(|c: char| c.is_ascii_digit()))
    };
    if parts.first().is_some_and(|part| is_day_name(part)) {
        parts.remove(0);
    }
    if let [date, rest @ ..] = parts.as_slice()
        && date.matches('/').count() == 2
    {
        let numbers: Option<Vec<u32>> = date.split('/').map(|part| part.parse().ok()).collect();
        let &[year, month, day] = numbers?.as_slice() else {
            return None;
        };
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        return with_rest(date, rest);
    }
    // The year stands last, or before the clock.
    if parts.len() >= 4 && parts[2].contains(':') {
        let year = parts.pop()?;
        parts.insert(2, year);
    }
    let [first, second, year, rest @ ..] = parts.as_slice() else {
        return None;
    };
    let (day, month) = match month_of(second) {
        Some(month) => (first, month),
        None => (second, month_of(first)?),
    };
    let day: u32 = day.trim_end_matches(',').parse().ok()?;
    let written = year.trim_end_matches(',');
    let year: i32 = written.parse().ok()?;
    let century = match written.len() {
        0..=2 if year < 90 => 2000,
        0..=2 => 1900,
        _ => 0,
    };
    with_rest(NaiveDate::from_ymd_opt(century + year, month, day)?, rest)
}

fn with_rest(date: NaiveDate, rest: &[&str]) -> Option<StatedTime> {
    match rest {
        [] => Some(StatedTime::Day(date)),
        [clock] => stated(date, clock, ""),
        [clock, zone, ..] => stated(date, clock, zone),
    }
}

/// "2004년 05월 28일  01:31:15" and "2004-05-25 오후 11:23:17", both of Seoul.
fn korean(text: &str) -> Option<StatedTime> {
    let is_late = text.contains("오후");
    if !is_late && !text.contains("오전") && !text.contains('년') {
        return None;
    }
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    let mut next = || {
        numbers
            .by_ref()
            .find(|part| !part.is_empty())?
            .parse::<u32>()
            .ok()
    };
    let date = NaiveDate::from_ymd_opt(i32::try_from(next()?).ok()?, next()?, next()?)?;
    let hour = next()?.checked_add(if is_late { 12 } else { 0 })?;
    let local = date.and_hms_opt(hour, next()?, next()?)?;
    at_offset(local, 9 * 3600)
}

fn month_of(text: &str) -> Option<u32> {
    let text = foreign_month(text).unwrap_or(text);
    let place = MONTHS.iter().position(|month| text.starts_with(month))?;
    u32::try_from(place + 1).ok()
}

fn foreign_month(text: &str) -> Option<&'static str> {
    let found = FOREIGN_MONTHS
        .iter()
        .find(|(month, _)| text.starts_with(month));
    found.map(|(_, month)| *month)
}

/// A day with "10:12:13.5" and "+01:00", "gmt-5" or "est".
fn stated(date: NaiveDate, clock: &str, zone: &str) -> Option<StatedTime> {
    let seconds = u32::try_from(seconds_of(clock)?).ok()?;
    // A leap second ends the minute before it.
    let seconds = if clock.ends_with(":60") {
        seconds - 1
    } else {
        seconds
    };
    let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0)?;
    in_zone(date.and_time(time), zone)
}

/// Seconds from midnight of "10:12:13.5", "10:12" and "101213".
fn seconds_of(clock: &str) -> Option<i64> {
    let mut parts = clock.split(':');
    let hour = parts.next()?;
    let (hour, minute) = match parts.next() {
        Some(minute) => (hour, minute),
        None if hour.len() >= 4 => hour.split_at_checked(2)?,
        None => (hour, "0"),
    };
    let (minute, rest) = minute.split_at_checked(2).unwrap_or((minute, ""));
    let second = parts
        .next()
        .unwrap_or(if rest.is_empty() { "0" } else { rest });
    let (second, _) = second.split_once('.').unwrap_or((second, ""));
    let number = |text: &str| text.parse::<u8>().ok().filter(|number| *number < 100);
    let (hour, minute, second) = (number(hour)?, number(minute)?, number(second)?);
    Some(i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second))
}

/// An unknown zone's name says nothing, as does none.
fn in_zone(local: NaiveDateTime, zone: &str) -> Option<StatedTime> {
    match offset_of(zone.strip_prefix("etc/").unwrap_or(zone)) {
        Some(seconds) => at_offset(local, seconds),
        None => Some(StatedTime::Local(local)),
    }
}

/// Seconds east of UTC.
fn offset_of(zone: &str) -> Option<i32> {
    let numeric = zone.strip_prefix("gmt").filter(|rest| !rest.is_empty());
    let zone = numeric.unwrap_or(zone);
    if let Some((_, hours)) = ZONES.iter().find(|(name, _)| *name == zone) {
        return Some(hours * 3600);
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = digits.split_at_checked(2).unwrap_or((&digits, ""));
    let minutes = if minutes.is_empty() { "0" } else { minutes };
    let number = |digits: &str| digits.parse::<i32>().ok().filter(|number| *number < 100);
    Some(sign * (number(hours)? * 3600 + number(minutes)? * 60))
}

fn at_offset(local: NaiveDateTime, seconds: i32) -> Option<StatedTime> {
    let offset = FixedOffset::east_opt(seconds)?;
    let instant = offset.from_local_datetime(&local).single();
    instant.map(StatedTime::Instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let stated = parse(text).map(|stated| stated.to_string());
        assert_eq!(stated.as_deref(), Some(expected), "{text}");
    }

    #[test]
    fn dates_of_feeds() {
        check("2003-12-31T10:14:55+01:00", "2003-12-31T10:14:55+01:00");
        check("2003-12-31 10:14:55.7Z", "2003-12-31T10:14:55Z");
        check("2003-12-31T10:14Z", "2003-12-31T10:14:00Z");
        check("2003-12-31", "2003-12-31");
        check("2003-12", "2003-12-01");
        check("2003-06-31T20:51:61Z", "2003-07-01T20:52:01Z");
        check("Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z");
        check("Thu, 1 Jan 04 19:48 EST", "2004-01-01T19:48:00-05:00");
        check(
            "January 1, 2004 19:48:21 GMT-5",
            "2004-01-01T19:48:21-05:00",
        );
        check("Sun Jan  4 16:29:06 PST 2004", "2004-01-04T16:29:06-08:00");
        check("Fri, 2006/09/15 08:19:53 EDT", "2006-09-15T08:19:53-04:00");
        check("01 Jan 2004", "2004-01-01");
        check("20031231T101455Z", "2003-12-31T10:14:55Z");
        check("2003365", "2003-12-31");
        check("03-12-31", "2003-12-31");
    }

    #[test]
    fn an_offset_that_is_none_says_nothing() {
        check("2003-12-31T10:14:55+01:9999999999", "2003-12-31T10:14:55");
    }

    #[test]
    fn foreign_dates() {
        check(
            "Κυρ, 11 Ιούλ 2004 12:00:00 EST",
            "2004-07-11T12:00:00-05:00",
        );
        check("2004-július-13T9:15-05:00", "2004-07-13T09:15:00-05:00");
        check("2004년 05월 28일  01:31:15", "2004-05-28T01:31:15+09:00");
        check("2004-05-25 오후 11:23:17", "2004-05-25T23:23:17+09:00");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "soon",
            "Thu, 41 Jan 2004 19:48:21 GMT",
            "9999999999999999999",
            "2004-05-25 오후 4294967295:23:17",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
