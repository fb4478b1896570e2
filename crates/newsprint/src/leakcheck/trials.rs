//! Which past instants are tried.

use chrono::{DateTime, TimeDelta, Utc};

/// Draws `n` instants of the past, in order.
///
/// Every other one is at, a microsecond before or after an instant of `recorded`, where leaks hide; the others lie anywhere from a little
/// before the first of them to a little after the last. `recorded` must rise.
pub fn instants(recorded: &[DateTime<Utc>], n: u32, seed: u64) -> Vec<DateTime<Utc>> {
    let (Some(first), Some(last)) = (recorded.first(), recorded.last()) else {
        return vec![];
    };
    let mut random = SplitMix(seed);
    let span = (*last - *first).num_microseconds().unwrap_or(i64::MAX / 4);
    let margin = span / 20 + 1;
    let width = u64::try_from(span.saturating_add(2 * margin)).unwrap_or(1);
    let mut drawn: Vec<DateTime<Utc>> = (0..n)
        .map(|place| {
            if place % 2 == 0 {
                let of = random.below(recorded.len() as u64);
                let of = usize::try_from(of).map_or(*first, |place| recorded[place]);
                of + microseconds(random.below(3)) - TimeDelta::microseconds(1)
            } else {
                *first - TimeDelta::microseconds(margin) + microseconds(random.below(width))
            }
        })
        .collect();
    drawn.sort_unstable();
    drawn
}

/// The last of `recorded`, which must rise, that is not after `instant`; `instant` itself where there is none.
pub fn newest_by(recorded: &[DateTime<Utc>], instant: DateTime<Utc>) -> DateTime<Utc> {
    let n_before = recorded.partition_point(|recorded| *recorded <= instant);
    match n_before.checked_sub(1) {
        Some(place) => recorded[place],
        None => instant,
    }
}

fn microseconds(n: u64) -> TimeDelta {
    TimeDelta::microseconds(i64::try_from(n).unwrap_or(i64::MAX))
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014): the same numbers of the same seed everywhere.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, as good as evenly for bounds far below 2^64.
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(micros).unwrap()
    }

    #[test]
    fn half_of_the_instants_lie_at_the_edges_and_the_same_seed_draws_the_same() {
        let recorded = [at(1_000), at(900_000), at(7_000_000_000)];
        let drawn = instants(&recorded, 400, 3);
        assert_eq!(drawn, instants(&recorded, 400, 3));
        assert_ne!(drawn, instants(&recorded, 400, 4));
        assert!(drawn.is_sorted());
        for edge in [-1, 0, 1] {
            let at_edge = |instant: &&DateTime<Utc>| {
                let mut recorded = recorded.iter();
                recorded.any(|of| **instant == *of + TimeDelta::microseconds(edge))
            };
            let n = drawn.iter().filter(at_edge).count();
            assert!((40..=95).contains(&n), "{n} at {edge}");
        }
        assert!(drawn[0] < recorded[0] && recorded[2] < drawn[399]);
    }

    #[test]
    fn an_instant_knows_what_was_recorded_at_it() {
        let recorded = [at(10), at(20)];
        let newest = |micros| newest_by(&recorded, at(micros));
        assert_eq!([5, 10, 19, 20, 99].map(newest), [5, 10, 10, 20, 20].map(at));
    }
}
