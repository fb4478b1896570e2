//! `calendars/<MIC>.csv`: rows of `kind,date,value`, as `scripts/make_calendars.py` writes them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use chrono::{NaiveDate, NaiveTime};
use newsprint_domain::calendar::{Calendar, CalendarTable};
use newsprint_domain::digest::sha256_hex;
use newsprint_domain::identifier::Mic;

use super::files::Files;
use crate::exit::misuse;

pub(super) fn read(files: &Files) -> anyhow::Result<BTreeMap<Mic, Calendar>> {
    let mut calendars = BTreeMap::new();
    for name in files.list("calendars", ".csv")? {
        let stem = name
            .trim_start_matches("calendars/")
            .trim_end_matches(".csv");
        let exchange = Mic::new(stem).map_err(|error| misuse(format!("{name}: {error}")))?;
        let table =
            parse(&files.read(&name)?, exchange.clone()).with_context(|| format!("read {name}"))?;
        let calendar = Calendar::new(&table).map_err(|error| misuse(format!("{name}: {error}")))?;
        calendars.insert(exchange, calendar);
    }
    Ok(calendars)
}

fn parse(text: &str, exchange: Mic) -> anyhow::Result<CalendarTable> {
    let (mut zone, mut span) = (None, None);
    let (mut hours, mut early_closes, mut late_opens) =
        (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut closures = BTreeSet::new();
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .flexible(true)
        .from_reader(text.as_bytes());
    for record in reader.records() {
        let record = record.map_err(|error| misuse(error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |place: usize| record.get(place).unwrap_or("");
        let (kind, date, value) = (field(0), field(1), field(2));
        let bad = |what: &str| {
            misuse(format!(
                "line {line}: {kind} row: \"{date},{value}\" {what}"
            ))
        };
        let day = || {
            date.parse::<NaiveDate>()
                .map_err(|_| bad("needs a date, YYYY-MM-DD"))
        };
        let time = |text: &str| {
            NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| bad("needs a time, HH:MM"))
        };
        match kind {
            "zone" => zone = Some(value.parse().map_err(|_| bad("names no IANA time zone"))?),
            "span" => span = Some((day()?, value.parse().map_err(|_| bad("needs a last day"))?)),
            "hours" => {
                let (open, close) = value
                    .split_once('-')
                    .ok_or_else(|| bad("needs HH:MM-HH:MM"))?;
                hours.insert(day()?, (time(open)?, time(close)?));
            }
            "closure" => _ = closures.insert(day()?),
            "early_close" => _ = early_closes.insert(day()?, time(value)?),
            "late_open" => _ = late_opens.insert(day()?, time(value)?),
            _ => {
                return Err(bad(
                    "is of no known kind: zone, span, hours, closure, early_close or late_open",
                ));
            }
        }
    }
    let zone = zone
        .ok_or_else(|| misuse("it has no zone row: add \"zone,,America/New_York\" or the like"))?;
    let (first_day, last_day) =
        span.ok_or_else(|| misuse("it has no span row: add \"span,FIRST_DAY,LAST_DAY\""))?;
    let version = sha256_hex(text.as_bytes())[..16].to_owned();
    Ok(CalendarTable {
        exchange,
        version,
        zone,
        first_day,
        last_day,
        hours,
        closures,
        early_closes,
        late_opens,
    })
}

#[cfg(test)]
mod tests {
    use chrono::Datelike as _;
    use newsprint_domain::session::Session;

    use super::*;

    const SMALL: &str = "# comment\nkind,date,value\nzone,,America/New_York\nspan,2024-07-01,2024-07-05\n\
                         hours,2024-07-01,09:30-16:00\nclosure,2024-07-04,\nearly_close,2024-07-03,13:00\n\
                         late_open,2024-07-05,10:00\n";

    fn parsed(text: &str) -> anyhow::Result<CalendarTable> {
        parse(text, Mic::new("XNYS").unwrap())
    }

    #[test]
    fn a_table_makes_a_calendar() {
        let calendar = Calendar::new(&parsed(SMALL).unwrap()).unwrap();
        let shown: Vec<String> = calendar
            .sessions()
            .iter()
            .map(|session| format!("{} {}", session.open.time(), session.close.time()))
            .collect();
        assert_eq!(
            shown,
            [
                "13:30:00 20:00:00",
                "13:30:00 20:00:00",
                "13:30:00 17:00:00",
                "14:00:00 20:00:00"
            ]
        );
    }

    #[test]
    fn a_bad_row_is_refused_by_line() {
        let error = parsed(&SMALL.replace("13:00", "1pm"))
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "line 7: early_close row: \"2024-07-03,1pm\" needs a time, HH:MM"
        );
        assert!(
            parsed(&SMALL.replace("closure", "holiday"))
                .unwrap_err()
                .to_string()
                .contains("no known kind")
        );
        assert!(
            parsed(&SMALL.replace("zone,", "# "))
                .unwrap_err()
                .to_string()
                .contains("no zone row")
        );
    }

    /// What `scripts/make_calendars.py --digest` writes of a calendar's sessions, without its comment and header.
    fn digests(calendar: &Calendar) -> Vec<String> {
        let shown = |instant: chrono::DateTime<chrono::Utc>| instant.format("%Y-%m-%dT%H:%M:%SZ");
        let year = |session: &Session| session.date.year();
        let years = calendar
            .sessions()
            .chunk_by(|one, other| year(one) == year(other));
        let of_year = |sessions: &[Session]| {
            let lines = sessions.iter();
            let lines: String = lines
                .map(|session| {
                    format!(
                        "{} {} {}\n",
                        session.date,
                        shown(session.open),
                        shown(session.close)
                    )
                })
                .collect();
            let digest = sha256_hex(lines.as_bytes());
            format!(
                "{},{},{},{digest}",
                calendar.exchange(),
                year(&sessions[0]),
                sessions.len()
            )
        };
        years.map(of_year).collect()
    }

    #[test]
    fn every_session_of_the_shipped_calendars_is_that_of_their_source() {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/fixtures/session_digests.csv"
        );
        let text = std::fs::read_to_string(file).unwrap();
        let mut expected: Vec<&str> = text.lines().skip(2).collect();
        let calendars = read(&Files::Shipped).unwrap();
        let mut found: Vec<String> = calendars.values().flat_map(digests).collect();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(calendars.len(), 5);
        assert_eq!(found, expected);
    }
}
