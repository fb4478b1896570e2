//! When an address is asked again.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use newsprint_fetcher::backoff::delay;
use newsprint_fetcher::error::FetchError;
use newsprint_store::{Next, QueuedItem};

use crate::config::settings::FetchSettings;
use crate::polite::{STOPPED, span};

/// Between attempts at an address that fails: a quarter of an hour at first, a day at most.
const RETRY: (Duration, Duration) = (Duration::from_secs(900), Duration::from_secs(86_400));
/// A page that fails so often in a row is given up.
const MAX_FAILURES: u32 = 8;

/// An answer that stands for less is asked again by the next run, and never twice by one.
const SHORT: TimeDelta = TimeDelta::minutes(5);

/// What a visit says of the next one.
pub(super) struct Ended<'a> {
    /// `ok`, `not_modified` or the kind of failure.
    pub(super) outcome: &'a str,
    /// Whether the address itself was asked or refused, rather than its host or the run.
    pub(super) is_about_it: bool,
    /// Until when the answer stands by its own word.
    pub(super) fresh_until: Option<DateTime<Utc>>,
    pub(super) at: DateTime<Utc>,
}

/// When `item` is due again. What was not asked for the sake of its host, as while that is down, has not failed. A source's own address is asked by every run, but not while its answer stands; a page that it names is
/// visited again by the configured schedule.
pub(super) fn next<'a>(
    item: &QueuedItem,
    is_own: bool,
    ended: &Ended<'_>,
    settings: &FetchSettings,
    holder: &'a str,
) -> Next<'a> {
    let has_failed = !matches!(ended.outcome, "ok" | "not_modified");
    let n_failures = match has_failed {
        true => item.n_failures + u32::from(ended.is_about_it),
        false => 0,
    };
    let n_visits = item.n_visits + u32::from(!has_failed);
    let due_at = if ended.outcome == STOPPED {
        Some(ended.at)
    } else if has_failed {
        let gives_up =
            !is_own && (FetchError::is_final(ended.outcome) || n_failures >= MAX_FAILURES);
        let wait = delay(n_failures.max(1), RETRY.0, RETRY.1, &item.item);
        (!gives_up).then(|| ended.at + span(wait))
    } else if is_own {
        ended.fresh_until.filter(|until| *until > ended.at + SHORT)
    } else {
        revisit(settings, n_visits).map(|wait| ended.at + wait)
    };
    Next {
        holder,
        due_at,
        n_failures,
        n_visits,
    }
}

/// From the `n`th visit to the next: the schedule counts from the first.
fn revisit(settings: &FetchSettings, n: u32) -> Option<TimeDelta> {
    let hours = &settings.revisit_hours;
    let place = n.checked_sub(1)? as usize;
    let before = place.checked_sub(1).map_or(0.0, |before| hours[before]);
    let wait = hours.get(place)? - before;
    Some(span(Duration::from_secs_f64(wait * 3_600.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    const SHIPPED: &str = include_str!("../../../../../config/newsprint.toml");

    fn item(n_failures: u32, n_visits: u32) -> QueuedItem {
        QueuedItem {
            item: "https://a.example/1".into(),
            role: "page".into(),
            source: "https://a.example/feed".into(),
            depth: 0,
            n_failures,
            n_visits,
        }
    }

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_721_200_000 + hours * 3_600, 0).unwrap()
    }

    fn after(item: &QueuedItem, is_own: bool, outcome: &str, hours: i64) -> Next<'static> {
        let settings = Settings::parse(SHIPPED).unwrap().fetch;
        let ended = Ended {
            outcome,
            is_about_it: !matches!(outcome, "host_resting" | "stopped"),
            fresh_until: None,
            at: at(hours),
        };
        next(item, is_own, &ended, &settings, "me")
    }

    #[test]
    fn a_page_is_visited_again_after_an_hour_six_a_day_and_a_week() {
        let visits = [
            (0, 0, Some(1)),
            (1, 1, Some(6)),
            (2, 6, Some(24)),
            (3, 24, Some(168)),
            (4, 168, None),
        ];
        for (n_before, hour, due) in visits {
            let next = after(&item(0, n_before), false, "ok", hour);
            assert_eq!(next.due_at, due.map(at), "after visit {}", n_before + 1);
            assert_eq!(next.n_visits, n_before + 1);
        }
        assert_eq!(
            after(&item(3, 1), false, "not_modified", 1).due_at,
            Some(at(6))
        );
    }

    #[test]
    fn what_fails_is_asked_ever_more_rarely_and_then_given_up() {
        let minutes = |n_before| {
            let due_at = after(&item(n_before, 0), false, "timeout", 0).due_at;
            due_at.map(|due_at| (due_at - at(0)).num_minutes())
        };
        assert!((7..=15).contains(&minutes(0).unwrap()));
        assert!((30..=60).contains(&minutes(2).unwrap()));
        assert_eq!(minutes(7), None);
        assert_eq!(after(&item(0, 0), false, "not_article", 0).due_at, None);
    }

    #[test]
    fn what_was_not_asked_for_the_sake_of_its_host_has_not_failed() {
        let resting = after(&item(7, 0), false, "host_resting", 0);
        assert!(resting.due_at.unwrap() > at(0));
        assert_eq!(resting.n_failures, 7);
        let stopped = after(&item(7, 0), false, "stopped", 0);
        assert_eq!((stopped.due_at, stopped.n_failures), (Some(at(0)), 7));
    }

    #[test]
    fn a_source_is_never_given_up_and_otherwise_waits_for_the_next_run() {
        assert!(after(&item(50, 0), true, "gone", 0).due_at.is_some());
        assert_eq!(after(&item(0, 9), true, "ok", 0).due_at, None);
    }
}
