//! Whether calendars reach far enough and every series has its closes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use newsprint_domain::calendar::Calendar;
use newsprint_domain::identifier::Mic;
use newsprint_domain::index::{IndexDefinition, SeriesKind};
use newsprint_store::{Store, StoreError};

use super::{Check, listed};
use crate::context::Context;

/// Days before its last day from which on a calendar is to be extended.
const NOTICE_DAYS: i64 = 180;

/// Sessions that a series may lag behind.
const MAX_LAG: usize = 5;

/// Sessions in a row that a yield or a volatility index may lack: bonds rest on days on which shares trade.
const MAX_OWN_REST: usize = 2;

const IMPORT: &str = "`newsprint prices import FILE.csv`, or prices.folder in newsprint.toml";

pub(super) async fn checks(context: &Context, store: &Store) -> Vec<Check> {
    let mut checks = vec![
        calendars(context),
        Check::or_unreadable("sessions", sessions(context, store).await),
    ];
    match series(context, store).await {
        Ok(series) => checks.extend([missing(&series), stale(context, &series), gaps(&series)]),
        Err(problem) => checks.push(Check::or_unreadable("prices", Err(problem))),
    }
    checks
}

/// Calendars that an index is read by.
fn calendars_in_use(context: &Context) -> BTreeMap<&Mic, &Calendar> {
    let indices = context.config.indices.iter();
    let exchanges: BTreeSet<&Mic> = indices
        .filter_map(|index| index.exchange.as_ref())
        .collect();
    let calendars = context.config.calendars.iter();
    calendars
        .filter(|(exchange, _)| exchanges.contains(exchange))
        .collect()
}

fn calendars(context: &Context) -> Check {
    let name = "calendars";
    let calendars = calendars_in_use(context);
    let days_left = |calendar: &Calendar| {
        let today = calendar.local_date(context.now());
        (calendar.last_day() - today).num_days()
    };
    let ending = calendars
        .iter()
        .filter(|(_, calendar)| days_left(calendar) < NOTICE_DAYS);
    let ending: Vec<String> = ending
        .map(|(exchange, calendar)| match days_left(calendar) {
            left if left < 0 => format!("{exchange} ended on {}", calendar.last_day()),
            left => format!("{exchange} ends on {}, in {left} days", calendar.last_day()),
        })
        .collect();
    if ending.is_empty() {
        let last = calendars.values().map(|calendar| calendar.last_day()).min();
        let last = last.map_or("none in use".into(), |last| {
            format!("{}, the first ends on {last}", calendars.len())
        });
        return Check::ok(name, last);
    }
    let advice =
        "write more years with scripts/make_calendars.py to calendars/ of the configuration";
    let has_ended = calendars.values().any(|calendar| days_left(calendar) < 0);
    match has_ended {
        true => Check::fail(name, listed(&ending), advice),
        false => Check::warn(name, listed(&ending), advice),
    }
}

/// Articles that no table can join to a session.
async fn sessions(context: &Context, store: &Store) -> Result<Check, StoreError> {
    let name = "sessions";
    let mut found = Vec::new();
    for exchange in calendars_in_use(context).keys() {
        let unreached = store.unreached(exchange).await?;
        if let Some((first, last)) = unreached.between {
            let (first, last) = (first.date_naive(), last.date_naive());
            found.push(format!(
                "{exchange}: {} revisions have none, of {first} to {last}",
                unreached.n_revisions
            ));
        }
    }
    if found.is_empty() {
        return Ok(Check::ok(name, "every revision has one on every exchange"));
    }
    let advice = "where a calendar does not reach, add its years to calendars/; then `newsprint fetch` assigns them";
    Ok(Check::warn(name, listed(&found), advice))
}

/// An index with the calendar that it is read by, and the dates of its closes.
struct Dated<'a> {
    index: &'a IndexDefinition,
    calendar: &'a Calendar,
    dates: BTreeSet<NaiveDate>,
}

async fn series<'a>(context: &'a Context, store: &Store) -> Result<Vec<Dated<'a>>, StoreError> {
    let mut series = Vec::new();
    for index in &context.config.indices {
        if let Ok(calendar) = context.config.calendar_of(index) {
            series.push(Dated {
                index,
                calendar,
                dates: store.close_dates(&index.id).await?,
            });
        }
    }
    Ok(series)
}

fn missing(series: &[Dated<'_>]) -> Check {
    let name = "prices";
    let without = series.iter().filter(|series| series.dates.is_empty());
    let without: Vec<String> = without.map(|series| series.index.id.to_string()).collect();
    match without.len() {
        0 => Check::ok(name, format!("closes of {} indices", series.len())),
        n => {
            let found = format!("no closes of {n} of {}: {}", series.len(), listed(&without));
            let advice = format!("{IMPORT}; or take its exchange from an index that needs none");
            Check::warn(name, found, advice)
        }
    }
}

fn stale(context: &Context, series: &[Dated<'_>]) -> Check {
    let name = "stale prices";
    let now = context.now();
    let found = series.iter().filter_map(|series| {
        let last = series.dates.last()?;
        let sessions = series.calendar.sessions().iter();
        let since = sessions.filter(|session| session.date > *last && session.close <= now);
        let n_sessions = since.count();
        let id = &series.index.id;
        (n_sessions > MAX_LAG).then(|| format!("{id} {n_sessions} sessions since {last}"))
    });
    let found: Vec<String> = found.collect();
    match found.is_empty() {
        true => Check::ok(name, format!("none lags more than {MAX_LAG} sessions")),
        false => Check::warn(name, listed(&found), IMPORT),
    }
}

fn gaps(series: &[Dated<'_>]) -> Check {
    let name = "gaps in prices";
    let found: Vec<String> = series.iter().filter_map(Dated::gaps).collect();
    match found.is_empty() {
        true => Check::ok(name, "none"),
        false => {
            let advice = format!("moves over them are missing in `report returns`: {IMPORT}");
            Check::warn(name, listed(&found), advice)
        }
    }
}

impl Dated<'_> {
    /// Sessions without a close between the first close and the last one, where those are more than the series may rest.
    fn gaps(&self) -> Option<String> {
        let (first, last) = (self.dates.first()?, self.dates.last()?);
        let rest = match self.index.kind {
            SeriesKind::Price => 0,
            SeriesKind::Yield | SeriesKind::Volatility => MAX_OWN_REST,
        };
        let (mut lacking, mut run) = (Vec::new(), Vec::new());
        let sessions = self.calendar.sessions().iter();
        let sessions = sessions.filter(|session| *first <= session.date && session.date <= *last);
        for session in sessions {
            if !self.dates.contains(&session.date) {
                run.push(session.date);
                continue;
            }
            if run.len() > rest {
                lacking.append(&mut run);
            }
            run.clear();
        }
        let earliest = lacking.first()?;
        let id = &self.index.id;
        Some(format!(
            "{id} {} sessions from {earliest} on",
            lacking.len()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn gaps_of(id: &str, dates: &[&str]) -> Option<String> {
        let config = Config::shipped().unwrap();
        let index = config.require_index(id).unwrap();
        let dated = Dated {
            index,
            calendar: config.calendar_of(index).unwrap(),
            dates: dates.iter().map(|date| date.parse().unwrap()).collect(),
        };
        dated.gaps()
    }

    #[test]
    fn a_gap_is_a_session_without_a_close_and_holidays_are_none() {
        let around_a_holiday = ["2024-07-03", "2024-07-05", "2024-07-08"];
        assert_eq!(gaps_of("RUT", &around_a_holiday), None);
        let with_a_gap = ["2024-07-03", "2024-07-08", "2024-07-10"];
        let expected = "RUT 2 sessions from 2024-07-05 on";
        assert_eq!(gaps_of("RUT", &with_a_gap).as_deref(), Some(expected));
        assert_eq!(gaps_of("RUT", &[]), None);
    }

    #[test]
    fn bonds_may_rest_where_shares_trade_but_not_for_long() {
        assert_eq!(gaps_of("UST10Y", &["2024-10-11", "2024-10-15"]), None);
        let long = gaps_of("UST10Y", &["2024-10-11", "2024-10-17"]);
        let expected = "UST10Y 3 sessions from 2024-10-14 on";
        assert_eq!(long.as_deref(), Some(expected));
    }
}
