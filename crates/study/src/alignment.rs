//! From an instant to the sessions that could first react to it, and from which a reader could first trade.

use chrono::{DateTime, Utc};
use newsprint_domain::calendar::Calendar;
use newsprint_domain::session::{Alignment, Phase, Session};

/// Why an instant has no alignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unassigned {
    /// The instant lies before the calendar's second session, so that no base close is known.
    #[error("before the calendar's second session")]
    BeforeCalendar,
    /// The calendar ends before the sessions that follow the instant: extend it and align again.
    #[error("past the calendar's end")]
    PastCalendarEnd,
}

/// Aligns `instant` to the sessions of `calendar`.
///
/// The reaction session is the first whose close is after the instant, so that an instant exactly at a close belongs to
/// the next session. The entry session is the first whose open is at or after the instant.
pub fn align(calendar: &Calendar, instant: DateTime<Utc>) -> Result<Alignment, Unassigned> {
    let sessions = calendar.sessions();
    let reaction = sessions.partition_point(|session| session.close <= instant);
    let entry = sessions.partition_point(|session| session.open < instant);
    let (Some(reaction_session), Some(entry_session)) =
        (sessions.get(reaction), sessions.get(entry))
    else {
        return Err(Unassigned::PastCalendarEnd);
    };
    let base = reaction.checked_sub(1).ok_or(Unassigned::BeforeCalendar)?;
    Ok(Alignment {
        reaction_session: reaction_session.date,
        reaction_close: reaction_session.close,
        base_close_session: sessions[base].date,
        entry_open_session: entry_session.date,
        phase: phase(calendar, instant, &sessions[base], reaction_session),
    })
}

fn phase(calendar: &Calendar, instant: DateTime<Utc>, base: &Session, reaction: &Session) -> Phase {
    let local_date = calendar.local_date(instant);
    if reaction.open <= instant {
        Phase::Regular
    } else if local_date == reaction.date {
        Phase::PreOpen
    } else if local_date == base.date {
        Phase::PostClose
    } else {
        Phase::NonSessionDay
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use chrono::{NaiveDate, NaiveTime};
    use newsprint_domain::calendar::CalendarTable;
    use newsprint_domain::identifier::Mic;
    use proptest::prelude::*;

    use super::*;

    /// New York in July 2024: closed on the 4th, early close at 13:00 on the 3rd.
    fn july_2024() -> Calendar {
        let day = |day| NaiveDate::from_ymd_opt(2024, 7, day).unwrap();
        let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
        let table = CalendarTable {
            exchange: Mic::new("XNYS").unwrap(),
            version: "july".into(),
            zone: chrono_tz::America::New_York,
            first_day: day(1),
            last_day: day(31),
            hours: BTreeMap::from([(day(1), (time(9, 30), time(16, 0)))]),
            closures: BTreeSet::from([day(4)]),
            early_closes: BTreeMap::from([(day(3), time(13, 0))]),
            late_opens: BTreeMap::new(),
        };
        Calendar::new(&table).unwrap()
    }

    fn check(instant: &str, reaction: u32, base: u32, entry: u32, phase: Phase) {
        let alignment = align(&july_2024(), instant.parse().unwrap()).unwrap();
        let day = |day| NaiveDate::from_ymd_opt(2024, 7, day).unwrap();
        let sessions = (
            alignment.reaction_session,
            alignment.base_close_session,
            alignment.entry_open_session,
        );
        assert_eq!(
            (sessions, alignment.phase),
            ((day(reaction), day(base), day(entry)), phase),
            "{instant}"
        );
    }

    #[test]
    fn an_instant_belongs_to_the_first_session_that_closes_after_it() {
        check("2024-07-16T22:10:00Z", 17, 16, 17, Phase::PostClose);
        check("2024-07-17T14:25:00Z", 17, 16, 18, Phase::Regular);
        check("2024-07-17T08:00:00Z", 17, 16, 17, Phase::PreOpen);
        check("2024-07-20T15:00:00Z", 22, 19, 22, Phase::NonSessionDay);
    }

    #[test]
    fn a_tie_with_the_close_goes_to_the_next_session_and_a_tie_with_the_open_still_enters() {
        check("2024-07-29T20:00:00Z", 30, 29, 30, Phase::PostClose);
        check("2024-07-29T19:59:59Z", 29, 26, 30, Phase::Regular);
        check("2024-07-29T13:30:00Z", 29, 26, 29, Phase::Regular);
    }

    #[test]
    fn an_early_close_ends_the_day_early() {
        check("2024-07-03T17:00:00Z", 5, 3, 5, Phase::PostClose);
        check("2024-07-04T15:00:00Z", 5, 3, 5, Phase::NonSessionDay);
    }

    #[test]
    fn outside_the_calendar_nothing_is_assigned() {
        let calendar = july_2024();
        let at = |text: &str| align(&calendar, text.parse().unwrap());
        assert_eq!(at("2024-07-31T20:00:00Z"), Err(Unassigned::PastCalendarEnd));
        assert_eq!(at("2024-07-31T15:00:00Z"), Err(Unassigned::PastCalendarEnd));
        assert_eq!(at("2024-07-01T15:00:00Z"), Err(Unassigned::BeforeCalendar));
    }

    proptest! {
        /// No instant is ever joined to a close struck before it, nor is a session skipped.
        #[test]
        fn the_reaction_close_is_after_the_instant_and_the_base_close_is_not(seconds in 0_i64..29 * 86_400) {
            let start: DateTime<Utc> = "2024-07-02T00:00:00Z".parse().unwrap();
            let instant = start + chrono::Duration::seconds(seconds);
            let calendar = july_2024();
            if let Ok(alignment) = align(&calendar, instant) {
                prop_assert!(alignment.reaction_close > instant);
                let base = calendar.sessions().iter().find(|s| s.date == alignment.base_close_session).unwrap();
                prop_assert!(base.close <= instant);
                let entry = calendar.sessions().iter().find(|s| s.date == alignment.entry_open_session).unwrap();
                prop_assert!(entry.open >= instant);
            }
        }
    }
}
