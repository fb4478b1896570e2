//! How long an answer may stand before its server is asked again, and how it is then asked.
//!
//! Read are `Cache-Control`, `Age` and `Expires` (RFC 9111), `Retry-After`, `ETag` and `Last-Modified` (RFC 9110). Nothing is guessed: an
//! answer that states no lifetime has none.

use std::time::Duration;

use chrono::{DateTime, Datelike as _, NaiveDateTime, Utc};

use crate::message::Message;

/// The longest that is believed. A feed that says a year, as files named by their content rightly do, would never be read again.
const MOST: Duration = Duration::from_secs(86_400);
/// Bytes of a validator that is sent back.
const MAX_VALIDATOR_BYTES: usize = 1_024;
/// The three forms of a date in HTTP after their weekday, which says nothing that the date does not (RFC 9110, 5.6.7). Whatever else
/// stands in `Expires` means the past, so that dates are not read as generously here as in feeds.
const DATE_FORMATS: [&str; 3] = [
    "%d %b %Y %H:%M:%S GMT",
    "%d-%b-%y %H:%M:%S GMT",
    "%b %d %H:%M:%S %Y",
];

/// Until when an answer that came at `received_at` need not be asked for again; `None` where it is stale at once.
///
/// Such an instant is after `received_at`, and by one day at most. This is a private cache (RFC 9111, 4.2), so that `s-maxage` is not for
/// it; of a directive that stands twice the first counts, and a lifetime that cannot be read is none.
pub fn fresh_until(message: &Message, received_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let directives = directives(message);
    let is_kept = |name: &str| !matches!(name, "no-store" | "no-cache");
    let varies = all(message, "Vary").any(|value| value.split(',').any(|part| part.trim() == "*"));
    if varies || !directives.iter().all(|(name, _)| is_kept(name)) {
        return None;
    }
    let date = message
        .header("Date")
        .and_then(|date| date_of(date, received_at));
    let max_age = directives.iter().find(|(name, _)| name == "max-age");
    let lifetime = match max_age {
        Some((_, seconds)) => seconds_of(seconds)?,
        None => {
            let expires = date_of(message.header("Expires")?, received_at)?;
            (expires - date.unwrap_or(received_at)).to_std().ok()?
        }
    };
    // The older of what caches on the way counted and what the two clocks say (RFC 9111, 4.2.3).
    let stated_age = message.header("Age").and_then(|age| age.split(',').next());
    let stated_age = stated_age.and_then(seconds_of).unwrap_or_default();
    let seen_age = date.and_then(|date| (received_at - date).to_std().ok());
    let left = lifetime.checked_sub(stated_age.max(seen_age.unwrap_or_default()))?;
    (!left.is_zero()).then(|| received_at + left.min(MOST))
}

/// How long the server asks to be left alone from `now` on, one day at most; nothing where it names a time that is past.
///
/// `None` where it does not say, or says what RFC 9110, 10.2.3 does not have.
pub fn retry_after(message: &Message, now: DateTime<Utc>) -> Option<Duration> {
    let value = message.header("Retry-After")?;
    let wait = seconds_of(value).or_else(|| {
        let date = date_of(value, now)?;
        Some((date - now).to_std().unwrap_or_default())
    });
    Some(wait?.min(MOST))
}

/// `ETag` and `Last-Modified`, where they may be sent back as `If-None-Match` and `If-Modified-Since`.
///
/// They may where they are printable ASCII of at most 1,024 bytes. The tag `*` may not: sent back it would mean "whatever you have", and
/// the server would say for ever that nothing has changed.
pub fn validators(message: &Message) -> (Option<&str>, Option<&str>) {
    let validator = |name: &str| {
        let value = message.header(name)?.trim();
        let is_sendable = (1..=MAX_VALIDATOR_BYTES).contains(&value.len())
            && value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        is_sendable.then_some(value)
    };
    (
        validator("ETag").filter(|tag| *tag != "*"),
        validator("Last-Modified"),
    )
}

/// Directives of all `Cache-Control` lines in lower case, with what stands after `=`, unquoted.
fn directives(message: &Message) -> Vec<(String, String)> {
    let mut directives = Vec::new();
    for value in all(message, "Cache-Control") {
        let mut is_quoted = false;
        let parts = value.split(|c: char| {
            is_quoted ^= c == '"';
            c == ',' && !is_quoted
        });
        for part in parts {
            let (name, argument) = part.split_once('=').unwrap_or((part, ""));
            let argument = argument.trim().trim_matches('"');
            directives.push((name.trim().to_ascii_lowercase(), argument.to_owned()));
        }
    }
    directives
}

fn all<'a>(message: &'a Message, name: &'a str) -> impl Iterator<Item = &'a str> {
    let headers = message.headers.iter();
    let found = headers.filter(move |(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// Whole seconds; more than a number holds are as many as one does.
fn seconds_of(text: &str) -> Option<Duration> {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
}

/// An HTTP-date; a year of two digits that would be more than 50 years after `now` is of the century before.
fn date_of(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let (weekday, date) = text.trim().split_once(' ')?;
    let weekday = weekday.trim_end_matches(',');
    if !weekday.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let mut parsed = DATE_FORMATS.iter().map(|format| {
        (
            NaiveDateTime::parse_from_str(date, format),
            format.contains("%y"),
        )
    });
    let (date, is_short) = parsed.find_map(|(date, is_short)| Some((date.ok()?, is_short)))?;
    let mut year = date.year();
    if is_short {
        year = now.year() - now.year().rem_euclid(100) + year.rem_euclid(100);
        year -= if year > now.year() + 50 { 100 } else { 0 };
    }
    Some(date.with_year(year)?.and_utc())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    const RECEIVED: &str = "2024-07-17T08:00:00Z";

    fn received() -> DateTime<Utc> {
        RECEIVED.parse().unwrap()
    }

    fn answer(head: &str) -> Message {
        Message::parse(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").as_bytes()).unwrap()
    }

    /// Seconds for which an answer with this head is fresh.
    fn check(head: &str, expected: Option<i64>) {
        let until = fresh_until(&answer(head), received());
        let seconds = until.map(|until| (until - received()).num_seconds());
        assert_eq!(seconds, expected, "{head}");
    }

    #[test]
    fn max_age_less_the_age_that_the_answer_has() {
        check("Cache-Control: max-age=600", Some(600));
        check("cache-control: Public, MAX-AGE=\"600\"", Some(600));
        check(
            "Cache-Control: public\r\nCache-Control: max-age=60, max-age=600",
            Some(60),
        );
        check("Cache-Control: max-age=600\r\nAge: 200", Some(400));
        check("Cache-Control: max-age=600\r\nAge: 600", None);
        check("Cache-Control: max-age=600\r\nAge: soon", Some(600));
        check(
            "Cache-Control: max-age=600\r\nDate: Wed, 17 Jul 2024 07:55:00 GMT\r\nAge: 200",
            Some(300),
        );
        check(
            "Cache-Control: max-age=600\r\nDate: Wed, 17 Jul 2024 09:00:00 GMT",
            Some(600),
        );
        check("Cache-Control: s-maxage=600", None);
        check(
            "Cache-Control: private, max-age=600, s-maxage=0, immutable",
            Some(600),
        );
    }

    #[test]
    fn a_day_at_most() {
        check("Cache-Control: max-age=31536000", Some(86_400));
        check(
            "Cache-Control: max-age=99999999999999999999999",
            Some(86_400),
        );
        check("Expires: Thu, 17 Jul 2125 08:00:00 GMT", Some(86_400));
    }

    #[test]
    fn what_may_not_be_kept_or_is_stale_at_once() {
        check("Server: x", None);
        check("Cache-Control: no-store, max-age=600", None);
        check(
            "Cache-Control: max-age=600\r\nCache-Control: No-Cache",
            None,
        );
        check(
            "Cache-Control: no-cache=\"Set-Cookie, X\", max-age=600",
            None,
        );
        check(
            "Cache-Control: community=\"x, no-store, y\", max-age=600",
            Some(600),
        );
        check("Cache-Control: max-age=600\r\nVary: Accept, *", None);
        for max_age in ["0", "-1", "", "600s", "\u{0661}"] {
            check(
                &format!(
                    "Cache-Control: max-age={max_age}\r\nExpires: Wed, 17 Jul 2024 09:00:00 GMT"
                ),
                None,
            );
        }
    }

    #[test]
    fn expires_counts_from_the_servers_own_date() {
        let expires = "Expires: Wed, 17 Jul 2024 09:00:00 GMT";
        check(expires, Some(3_600));
        check(
            &format!("{expires}\r\nDate: Wed, 17 Jul 2024 08:30:00 GMT"),
            Some(1_800),
        );
        check(&format!("{expires}\r\nDate: yesterday"), Some(3_600));
        check(&format!("{expires}\r\nCache-Control: max-age=60"), Some(60));
        for stale in [
            "0",
            "-1",
            "",
            "2024-07-18",
            "Thu, 41 Jul 2024 09:00:00 GMT",
            "Wed, 17 Jul 2024 07:59:59 GMT",
        ] {
            check(&format!("Expires: {stale}"), None);
        }
    }

    #[test]
    fn dates_in_all_three_forms() {
        for date in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            let parsed = date_of(date, received()).map(|date| date.to_rfc3339());
            assert_eq!(
                parsed.as_deref(),
                Some("1994-11-06T08:49:37+00:00"),
                "{date}"
            );
        }
        let year = |date: &str| date_of(date, received()).map(|date| date.year());
        assert_eq!(year("Tuesday, 17-Jul-74 08:00:00 GMT"), Some(2074));
        assert_eq!(year("Wednesday, 17-Jul-75 08:00:00 GMT"), Some(1975));
        assert_eq!(year("06 Nov 1994 08:49:37 GMT"), None);
        assert_eq!(year("Sun, 06 Nov 1994 08:49:37 EST"), None);
    }

    #[test]
    fn retry_after_in_seconds_or_at_a_date() {
        for (value, expected) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Wed, 17 Jul 2024 08:02:00 GMT", Some(120)),
            ("Wednesday, 17-Jul-24 08:02:00 GMT", Some(120)),
            ("Wed Jul 17 08:02:00 2024", Some(120)),
            ("Wed, 17 Jul 2024 07:00:00 GMT", Some(0)),
            ("31536000", Some(86_400)),
            ("Thu, 17 Jul 2025 08:00:00 GMT", Some(86_400)),
            ("-1", None),
            ("1.5", None),
            ("later", None),
            ("", None),
        ] {
            let waited = retry_after(&answer(&format!("Retry-After: {value}")), received());
            assert_eq!(waited, expected.map(Duration::from_secs), "{value}");
        }
        assert_eq!(
            retry_after(&answer("X-RateLimit-Reset: 60"), received()),
            None
        );
    }

    #[test]
    fn validators_that_may_be_sent_back() {
        let both = answer("etag:  W/\"a b\" \r\nLast-Modified: Wed, 17 Jul 2024 08:00:00 GMT");
        let expected = (Some("W/\"a b\""), Some("Wed, 17 Jul 2024 08:00:00 GMT"));
        assert_eq!(validators(&both), expected);
        let longest = "e".repeat(MAX_VALIDATOR_BYTES);
        assert_eq!(
            validators(&answer(&format!("ETag: {longest}"))).0,
            Some(longest.as_str())
        );
        for unusable in [
            "",
            "*",
            "\"a\tb\"",
            "\"\u{7f}\"",
            "\"é\"",
            &format!("{longest}e"),
        ] {
            assert_eq!(
                validators(&answer(&format!("ETag: {unusable}"))),
                (None, None),
                "{unusable}"
            );
        }
    }

    #[test]
    fn an_answer_is_fresh_after_it_came_or_not_at_all() {
        for seconds in [1, 59, 86_399, 86_401, u64::MAX] {
            let until = fresh_until(
                &answer(&format!("Cache-Control: max-age={seconds}")),
                received(),
            );
            let fresh = until.unwrap() - received();
            assert!(
                fresh > TimeDelta::zero() && fresh <= TimeDelta::days(1),
                "{seconds}"
            );
        }
    }
}
