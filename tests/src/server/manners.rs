//! Whether the requests that a site saw were polite.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::Logged;

/// Two requests to one host of which the second came too early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The host.
    pub host: String,
    /// What was asked, and what was asked after it.
    pub paths: (String, String),
    /// From the end of the first to the beginning of the second; `None` where the first had not ended.
    pub wait: Option<Duration>,
}

/// Every request that began while another one to its host went on, or less than `gap` after its end.
pub fn breaches(log: &[Logged], gap: impl Fn(&str) -> Duration) -> Vec<Breach> {
    let mut by_host: BTreeMap<&str, Vec<&Logged>> = BTreeMap::new();
    for logged in log {
        by_host.entry(&logged.host).or_default().push(logged);
    }
    let mut found = Vec::new();
    for (host, mut requests) in by_host {
        requests.sort_by_key(|logged| logged.arrived);
        for pair in requests.windows(2) {
            let wait = pair[0]
                .answered
                .and_then(|answered| pair[1].arrived.checked_duration_since(answered));
            if wait.is_none_or(|wait| wait < gap(host)) {
                found.push(Breach {
                    host: host.to_owned(),
                    paths: (pair[0].path.clone(), pair[1].path.clone()),
                    wait,
                });
            }
        }
    }
    found
}

/// The most requests that were under way at one instant, over all hosts.
pub fn most_at_once(log: &[Logged]) -> usize {
    let begins = log.iter().map(|logged| (logged.arrived, 1));
    let ends = log.iter().filter_map(|logged| Some((logged.answered?, -1)));
    let mut changes: Vec<(Instant, i32)> = begins.chain(ends).collect();
    // Where one ends as another begins they are not both under way.
    changes.sort();
    let mut under_way = 0;
    let counts = changes.iter().map(|(_, change)| {
        under_way += change;
        usize::try_from(under_way).unwrap_or_default()
    });
    counts.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const GAP: Duration = Duration::from_millis(20);

    /// Requests to hosts, from and until how many milliseconds.
    fn log(requests: &[(&str, u64, Option<u64>)]) -> Vec<Logged> {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let requests = requests.iter().map(|(host, from, until)| Logged {
            host: (*host).to_owned(),
            path: format!("/{from}"),
            headers: HashMap::new(),
            arrived: at(*from),
            answered: until.map(at),
        });
        requests.collect()
    }

    fn waits(requests: &[(&str, u64, Option<u64>)]) -> Vec<Option<u128>> {
        let found = breaches(&log(requests), |_| GAP);
        let waits = found.iter();
        waits
            .map(|breach| breach.wait.map(|wait| wait.as_millis()))
            .collect()
    }

    #[test]
    fn what_comes_too_early_is_found_whatever_the_order_of_the_log() {
        let polite = [
            ("a", 0, Some(5)),
            ("b", 1, Some(6)),
            ("a", 25, Some(30)),
            ("b", 26, None),
        ];
        assert!(waits(&polite).is_empty());
        assert_eq!(waits(&[("a", 24, None), ("a", 0, Some(5))]), [Some(19)]);
        assert_eq!(waits(&[("a", 0, Some(30)), ("a", 29, Some(31))]), [None]);
        assert_eq!(waits(&[("a", 0, None), ("a", 1_000, Some(1_001))]), [None]);
    }

    #[test]
    fn requests_under_way_are_counted() {
        let requests = [
            ("a", 0, Some(10)),
            ("b", 5, Some(20)),
            ("c", 10, Some(12)),
            ("d", 30, None),
        ];
        assert_eq!(most_at_once(&log(&requests)), 2);
    }
}
