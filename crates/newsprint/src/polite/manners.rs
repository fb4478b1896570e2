//! How long a host is left alone after what it answered.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use newsprint_fetcher::backoff::delay;
use newsprint_fetcher::http::Received;
use newsprint_fetcher::lifetime::retry_after;

use super::span;
use crate::exchange::Failure;

/// Rests after 429 and 503 that name none themselves: a minute at first, a day at most.
const BUSY: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(86_400));
/// Failures in a row after which a host is taken for down, and the rests from then on.
const BREAKS_AT: u32 = 5;
const BROKEN: (Duration, Duration) = (Duration::from_secs(300), Duration::from_secs(86_400));

/// What a host is told by how the last request went.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rest {
    pub(super) free_at: DateTime<Utc>,
    pub(super) reason: String,
    pub(super) n_failures: u32,
}

/// When `host` may be asked again after a request that ended at `now`.
pub(super) fn rest(
    host: &str,
    result: &Result<Received, Failure>,
    n_failures_before: u32,
    gap: TimeDelta,
    now: DateTime<Utc>,
) -> Rest {
    if !is_failure(result) {
        return Rest {
            free_at: now + gap,
            reason: String::new(),
            n_failures: 0,
        };
    }
    let n_failures = n_failures_before + 1;
    let n_breaks = (n_failures + 1).saturating_sub(BREAKS_AT);
    let broken = delay(n_breaks, BROKEN.0, BROKEN.1, host);
    let (wait, reason) = match result {
        Ok(received) if matches!(received.message.status, 429 | 503) => {
            let named = retry_after(&received.message, now);
            let wait = named.unwrap_or_else(|| delay(n_failures, BUSY.0, BUSY.1, host));
            // Who always says "at once" and never answers is down all the same.
            (wait.max(broken), format!("{host} asked for fewer requests"))
        }
        _ if n_failures >= BREAKS_AT => (
            broken,
            format!("{n_failures} requests in a row failed at {host}"),
        ),
        _ => (Duration::ZERO, String::new()),
    };
    Rest {
        free_at: now + gap.max(span(wait)),
        reason,
        n_failures,
    }
}

/// Whether the host itself failed, rather than one address of it.
fn is_failure(result: &Result<Received, Failure>) -> bool {
    match result {
        Ok(received) => matches!(received.message.status, 429 | 500..=599),
        Err(failure) => matches!(
            failure.kind.as_str(),
            "timeout" | "tls_error" | "unreachable"
        ),
    }
}

#[cfg(test)]
mod tests {
    use newsprint_fetcher::message::Message;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_721_200_000 + seconds, 0).unwrap()
    }

    fn answered(status: u16, headers: &[(&str, &str)]) -> Result<Received, Failure> {
        let headers = headers.iter();
        Ok(Received {
            address: "https://a.example/".parse().unwrap(),
            ip: None,
            message: Message {
                status,
                headers: headers.map(|(n, v)| ((*n).into(), (*v).into())).collect(),
                sent: vec![],
            },
        })
    }

    fn rest_after(result: &Result<Received, Failure>, n_before: u32) -> Rest {
        rest("a.example", result, n_before, TimeDelta::seconds(2), at(0))
    }

    #[test]
    fn an_answer_is_followed_by_the_gap_and_forgives_failures() {
        for status in [200, 304, 404] {
            let rest = rest_after(&answered(status, &[]), 4);
            assert_eq!((rest.free_at, rest.n_failures), (at(2), 0), "{status}");
        }
    }

    #[test]
    fn who_asks_for_a_rest_gets_it_and_never_less_than_the_gap() {
        let rest = rest_after(&answered(429, &[("Retry-After", "120")]), 0);
        assert_eq!((rest.free_at, rest.n_failures), (at(120), 1));
        assert_eq!(rest.reason, "a.example asked for fewer requests");
        assert_eq!(
            rest_after(&answered(503, &[("Retry-After", "0")]), 0).free_at,
            at(2)
        );
        let (first, third) = (
            rest_after(&answered(429, &[]), 0),
            rest_after(&answered(429, &[]), 2),
        );
        assert!((at(30)..=at(60)).contains(&first.free_at), "{first:?}");
        assert!((at(120)..=at(240)).contains(&third.free_at), "{third:?}");
    }

    #[test]
    fn a_host_that_fails_again_and_again_is_taken_for_down() {
        let failed = Err(Failure::new("unreachable", "connection refused"));
        assert_eq!(rest_after(&failed, 3).free_at, at(2));
        let broken = rest_after(&failed, 4);
        assert!((at(150)..=at(300)).contains(&broken.free_at), "{broken:?}");
        assert_eq!(broken.reason, "5 requests in a row failed at a.example");
        let longest = rest_after(&failed, 60);
        assert!(
            (at(43_200)..=at(86_400)).contains(&longest.free_at),
            "{longest:?}"
        );
        let always_at_once = rest_after(&answered(503, &[("Retry-After", "0")]), 4);
        assert!(always_at_once.free_at >= at(150), "{always_at_once:?}");
        let refused = Err(Failure::new("blocked_address", "private"));
        assert_eq!(rest_after(&refused, 4).n_failures, 0);
    }
}
