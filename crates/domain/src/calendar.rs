//! An exchange's sessions, made from tables of hours, closures, early closes and late opens.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeZone as _, Utc, Weekday};
use chrono_tz::Tz;

use crate::identifier::Mic;
use crate::session::Session;

/// What a calendar is made from; all times are local to `zone`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarTable {
    /// The exchange.
    pub exchange: Mic,
    /// Digest of the table's file, by which session assignments name the calendar they used.
    pub version: String,
    /// The exchange's time zone.
    pub zone: Tz,
    /// First day the table answers for.
    pub first_day: NaiveDate,
    /// Last day the table answers for.
    pub last_day: NaiveDate,
    /// Regular open and close, by the first day they were in force.
    pub hours: BTreeMap<NaiveDate, (NaiveTime, NaiveTime)>,
    /// Weekdays without a session.
    pub closures: BTreeSet<NaiveDate>,
    /// Closes that differ from the regular one.
    pub early_closes: BTreeMap<NaiveDate, NaiveTime>,
    /// Opens that differ from the regular one.
    pub late_opens: BTreeMap<NaiveDate, NaiveTime>,
}

/// Why a table makes no calendar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// A day before the first row of hours.
    #[error("no hours are in force on {0}: add an hours row that starts on or before it")]
    NoHours(NaiveDate),
    /// A session that would close before it opens, or a local time that the zone skips.
    #[error("the session of {0} has no valid open and close: check its hours")]
    InvalidHours(NaiveDate),
    /// An early close or a late open on a day that has no session anyway.
    #[error("{0} has a row but is a weekend or a closure: remove one of them")]
    NotASession(NaiveDate),
    /// No session at all.
    #[error("the span {0} to {1} holds no session")]
    Empty(NaiveDate, NaiveDate),
}

/// An exchange's sessions in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    exchange: Mic,
    version: String,
    zone: Tz,
    first_day: NaiveDate,
    last_day: NaiveDate,
    sessions: Vec<Session>,
    early_closes: BTreeSet<NaiveDate>,
}

impl Calendar {
    /// Lays out every session of the table's span.
    pub fn new(table: &CalendarTable) -> Result<Self, CalendarError> {
        let sessions = table
            .first_day
            .iter_days()
            .take_while(|day| *day <= table.last_day)
            .filter(|day| is_session_day(table, *day))
            .map(|day| session_of(table, day))
            .collect::<Result<Vec<_>, _>>()?;
        if sessions.is_empty() {
            return Err(CalendarError::Empty(table.first_day, table.last_day));
        }
        let unusual_days = table.early_closes.keys().chain(table.late_opens.keys());
        if let Some(day) = unusual_days
            .into_iter()
            .find(|day| !is_session_day(table, **day))
        {
            return Err(CalendarError::NotASession(*day));
        }
        Ok(Self {
            exchange: table.exchange.clone(),
            version: table.version.clone(),
            zone: table.zone,
            first_day: table.first_day,
            last_day: table.last_day,
            sessions,
            early_closes: table.early_closes.keys().copied().collect(),
        })
    }

    /// The exchange.
    pub fn exchange(&self) -> &Mic {
        &self.exchange
    }

    /// Digest of the table this was made from.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The exchange's time zone.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// All sessions, oldest first.
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// The last day the calendar answers for.
    pub fn last_day(&self) -> NaiveDate {
        self.last_day
    }

    /// The exchange's local date at `instant`.
    pub fn local_date(&self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.zone).date_naive()
    }

    /// When the close of `date` is struck: at the session's close, or on a day without a session by its end.
    pub fn struck_at(&self, date: NaiveDate) -> DateTime<Utc> {
        self.position(date)
            .map_or_else(|| self.end_of_day(date), |place| self.sessions[place].close)
    }

    /// Whether the calendar answers for `day`.
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.first_day <= day && day <= self.last_day
    }

    /// Whether the session of `date` closes before the regular hour.
    pub fn closes_early(&self, date: NaiveDate) -> bool {
        self.early_closes.contains(&date)
    }

    /// The place of the session of `date` among all sessions.
    pub fn position(&self, date: NaiveDate) -> Option<usize> {
        self.sessions
            .binary_search_by_key(&date, |session| session.date)
            .ok()
    }

    /// 23:59:59 of `day` in the exchange's zone.
    pub fn end_of_day(&self, day: NaiveDate) -> DateTime<Utc> {
        end_of_day(day, self.zone)
    }
}

/// The last second, 23:59:59, of `day` in `zone`.
pub fn end_of_day(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let last_second = day.and_hms_opt(23, 59, 59).unwrap_or_default();
    let local = zone.from_local_datetime(&last_second);
    // A zone that skips its last second of a day (none has since 2011) ends the day when the next one starts.
    local.latest().map_or_else(
        || Utc.from_utc_datetime(&last_second),
        |instant| instant.to_utc(),
    )
}

fn is_session_day(table: &CalendarTable, day: NaiveDate) -> bool {
    let is_weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let in_span = table.first_day <= day && day <= table.last_day;
    in_span && !is_weekend && !table.closures.contains(&day)
}

fn session_of(table: &CalendarTable, day: NaiveDate) -> Result<Session, CalendarError> {
    let in_force = table.hours.range(..=day).next_back();
    let (_, &(regular_open, regular_close)) = in_force.ok_or(CalendarError::NoHours(day))?;
    let open = table.late_opens.get(&day).copied().unwrap_or(regular_open);
    let close = table
        .early_closes
        .get(&day)
        .copied()
        .unwrap_or(regular_close);
    let instant = |time: NaiveTime| table.zone.from_local_datetime(&day.and_time(time)).single();
    match (instant(open), instant(close)) {
        (Some(open), Some(close)) if open < close => Ok(Session {
            date: day,
            open: open.to_utc(),
            close: close.to_utc(),
        }),
        _ => Err(CalendarError::InvalidHours(day)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn july_2024(closures: &[u32], early_closes: &[u32]) -> CalendarTable {
        let day = |day| NaiveDate::from_ymd_opt(2024, 7, day).unwrap();
        let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
        CalendarTable {
            exchange: Mic::new("XNYS").unwrap(),
            version: "july".into(),
            zone: chrono_tz::America::New_York,
            first_day: day(1),
            last_day: day(31),
            hours: BTreeMap::from([(day(1), (time(9, 30), time(16, 0)))]),
            closures: closures.iter().copied().map(day).collect(),
            early_closes: early_closes
                .iter()
                .map(|number| (day(*number), time(13, 0)))
                .collect(),
            late_opens: BTreeMap::new(),
        }
    }

    #[test]
    fn weekends_and_closures_have_no_session_and_early_closes_are_early() {
        let calendar = Calendar::new(&july_2024(&[4], &[3])).unwrap();
        let week: Vec<_> = calendar
            .sessions()
            .iter()
            .take(5)
            .map(|session| session.date.day())
            .collect();
        assert_eq!(week, [1, 2, 3, 5, 8]);
        assert_eq!(
            calendar.sessions()[2].close.to_rfc3339(),
            "2024-07-03T17:00:00+00:00"
        );
        let early = calendar
            .sessions()
            .iter()
            .filter(|session| calendar.closes_early(session.date));
        assert_eq!(
            early.map(|session| session.date.day()).collect::<Vec<_>>(),
            [3]
        );
        assert_eq!(
            calendar.sessions()[0].open.to_rfc3339(),
            "2024-07-01T13:30:00+00:00"
        );
    }

    #[test]
    fn a_table_that_contradicts_itself_is_refused() {
        let holiday = NaiveDate::from_ymd_opt(2024, 7, 4).unwrap();
        assert_eq!(
            Calendar::new(&july_2024(&[4], &[4])),
            Err(CalendarError::NotASession(holiday))
        );
        let mut late = july_2024(&[], &[]);
        late.hours = BTreeMap::from([(holiday, (NaiveTime::MIN, NaiveTime::MIN))]);
        let first = NaiveDate::from_ymd_opt(2024, 7, 1).unwrap();
        assert_eq!(Calendar::new(&late), Err(CalendarError::NoHours(first)));
    }

    #[test]
    fn a_day_ends_in_its_own_zone() {
        let day = NaiveDate::from_ymd_opt(2024, 7, 11).unwrap();
        assert_eq!(
            end_of_day(day, chrono_tz::Etc::GMTPlus12).to_rfc3339(),
            "2024-07-12T11:59:59+00:00"
        );
        assert_eq!(
            end_of_day(day, chrono_tz::Australia::Sydney).to_rfc3339(),
            "2024-07-11T13:59:59+00:00"
        );
    }
}
