//! How long to leave a host alone that has failed: longer each time, and not for each host the same.

use std::time::Duration;

use newsprint_domain::digest::content_id;

/// So many make the longest [`Duration`] of a nanosecond.
const MAX_DOUBLINGS: u32 = 94;
/// Digits of the digest that the jitter is drawn from.
const DRAWN_DIGITS: usize = 8;

/// How long to wait after `n_failures` in a row; nothing after none.
///
/// It is `base`, doubled with each failure after the first and bounded by `most`, and of that between half and all, drawn from `key` (a
/// host, say) and the number. Hosts that failed together do not come back together, and no random generator is asked, so that a replay
/// waits as long as the first time.
pub fn delay(n_failures: u32, base: Duration, most: Duration, key: &str) -> Duration {
    if n_failures == 0 {
        return Duration::ZERO;
    }
    let n_doublings = n_failures.min(MAX_DOUBLINGS) - 1;
    let whole = (0..n_doublings).fold(base, |whole, _| whole.saturating_mul(2));
    let whole = whole.min(most);
    let half = whole / 2;
    let share =
        (whole - half).as_nanos() * u128::from(drawn(key, n_failures)) / u128::from(u32::MAX);
    half + Duration::from_nanos_u128(share)
}

/// A number that only `key` and `n_failures` decide.
fn drawn(key: &str, n_failures: u32) -> u32 {
    let digest = content_id(&["backoff", key, &n_failures.to_string()]);
    u32::from_str_radix(&digest[..DRAWN_DIGITS], 16).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const DAY: Duration = Duration::from_secs(86_400);

    /// What is waited without jitter, in nanoseconds.
    fn whole(n_failures: u32, base: Duration, most: Duration) -> u128 {
        let factor = 2_u128.checked_pow(n_failures - 1).unwrap_or(u128::MAX);
        base.as_nanos().saturating_mul(factor).min(most.as_nanos())
    }

    #[test]
    fn no_failure_no_delay_and_the_first_takes_the_base() {
        assert_eq!(delay(0, MINUTE, DAY, "a.example"), Duration::ZERO);
        let first = delay(1, MINUTE, DAY, "a.example");
        assert!(first >= MINUTE / 2 && first <= MINUTE, "{first:?}");
    }

    #[test]
    fn the_same_host_waits_as_long_in_every_replay() {
        let waited: Vec<u64> = (1..=4)
            .map(|n| delay(n, MINUTE, DAY, "a.example").as_secs())
            .collect();
        assert_eq!(waited, [49, 61, 188, 311]);
    }

    #[test]
    fn hosts_do_not_come_back_together() {
        let hosts = (0..1_000).map(|host| format!("{host}.example"));
        let waited: Vec<Duration> = hosts.map(|host| delay(3, MINUTE, DAY, &host)).collect();
        // Each tenth of the two minutes between half and all holds about a tenth of the hosts.
        for tenth in 0..10 {
            let start = 2 * MINUTE + tenth * MINUTE / 5;
            let inside = waited
                .iter()
                .filter(|waited| (start..start + MINUTE / 5).contains(waited));
            let n_inside = inside.count();
            assert!(
                (60..=140).contains(&n_inside),
                "{n_inside} in tenth {tenth}"
            );
        }
        let different: HashSet<&Duration> = waited.iter().collect();
        assert!(different.len() > 990);
    }

    proptest! {
        #[test]
        fn between_half_and_all_whatever_the_numbers(
            n_failures in prop_oneof![1_u32..100, 1_u32..],
            base in prop_oneof![0_u64..1_000, any::<u64>()],
            most in any::<u64>(),
            key in ".{0,20}",
        ) {
            let (base, most) = (Duration::from_nanos(base), Duration::from_secs(most));
            let whole = whole(n_failures, base, most);
            let waited = delay(n_failures, base, most, &key).as_nanos();
            prop_assert!(waited >= whole / 2 && waited <= whole, "{waited} of {whole}");
        }

        #[test]
        fn while_it_doubles_no_delay_is_shorter_than_the_one_before(n_failures in 1_u32..11, key in "[a-z.]{1,20}") {
            let before = delay(n_failures, MINUTE, DAY, &key);
            let after = delay(n_failures + 1, MINUTE, DAY, &key);
            prop_assert!(after >= before, "{before:?} {after:?}");
        }
    }
}
