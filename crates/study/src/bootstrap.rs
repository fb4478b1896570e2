//! Intervals and p-values by the stationary block bootstrap (Politis and Romano, "The stationary bootstrap", 1994).
//!
//! It keeps the dependence of neighbouring sessions: a draw is made of blocks that begin anywhere, run on round the end, and have lengths
//! of a geometric distribution.
//!
//! Statistics are functions of sums over rows, and sums over a block are the difference of two running sums, so that a draw costs as
//! much as it has blocks.

use crate::random::Random;

/// How draws are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// How many.
    pub n_draws: usize,
    /// Mean length of a block, in rows; at least 1.
    pub mean_block: f64,
    /// What they begin from: the same seed gives the same draws.
    pub seed: u64,
}

/// Where a statistic may lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// 2.5th percentile of the draws.
    pub low: f64,
    /// 97.5th percentile of the draws.
    pub high: f64,
    /// Two-sided: how often a draw lies as far from the statistic as that from zero, `(1 + count) / (1 + draws)`.
    pub p: f64,
}

/// Fewest draws in which the statistic exists, as a share of all, for an interval to be given.
const LEAST_SHARE: f64 = 0.9;

/// Mean length of a block for `n_rows` rows of windows that cover `length` rows.
///
/// The cube root of their number, the order that minimises the error of a variance (Politis and Romano, 1994), and no less than a window.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn mean_block(n_rows: usize, length: usize) -> f64 {
    (n_rows as f64).cbrt().max(length as f64).max(1.0)
}

/// The interval of a statistic, which is computed of the sums of `rows`' columns.
///
/// `None` where the statistic does not exist of all rows, or in more than a tenth of the draws.
pub fn interval<const COLUMNS: usize>(
    rows: &[[f64; COLUMNS]],
    statistic: impl Fn(&[f64; COLUMNS]) -> Option<f64>,
    plan: &Plan,
) -> Option<Interval> {
    let [interval] = intervals(rows, |sums| [statistic(sums)], plan);
    interval
}

/// The intervals of several statistics of the same rows, by the same draws.
pub fn intervals<const COLUMNS: usize, const STATISTICS: usize>(
    rows: &[[f64; COLUMNS]],
    statistics: impl Fn(&[f64; COLUMNS]) -> [Option<f64>; STATISTICS],
    plan: &Plan,
) -> [Option<Interval>; STATISTICS] {
    let running = running_sums(rows);
    if rows.is_empty() {
        return [None; STATISTICS];
    }
    let whole = statistics(&running[rows.len()]);
    let (mut random, lengths) = (Random::new(plan.seed), Lengths::new(plan.mean_block));
    let drawn: Vec<[Option<f64>; STATISTICS]> = (0..plan.n_draws)
        .map(|_| statistics(&draw(&running, &lengths, &mut random)))
        .collect();
    std::array::from_fn(|place| {
        let drawn = drawn
            .iter()
            .filter_map(|statistics| statistics[place])
            .collect();
        interval_of(whole[place]?, drawn, plan.n_draws)
    })
}

fn interval_of(whole: f64, mut drawn: Vec<f64>, n_draws: usize) -> Option<Interval> {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let is_enough = drawn.len() as f64 >= LEAST_SHARE * n_draws as f64;
    if drawn.is_empty() || !is_enough {
        return None;
    }
    drawn.sort_unstable_by(f64::total_cmp);
    let is_as_far = |value: &&f64| (**value - whole).abs() >= whole.abs();
    Some(Interval {
        low: percentile(&drawn, 0.025),
        high: percentile(&drawn, 0.975),
        p: share(drawn.iter().filter(is_as_far).count(), drawn.len()),
    })
}

/// `(1 + count) / (1 + draws)`: a p-value by simulation is never zero (Davison and Hinkley, 1997, section 4.2).
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) fn share(count: usize, n_draws: usize) -> f64 {
    (1 + count) as f64 / (1 + n_draws) as f64
}

/// A percentile of sorted values, linear between neighbours (as `numpy.percentile`).
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions in a series"
)]
pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (
        sorted[place.floor() as usize],
        sorted[place.ceil() as usize],
    );
    below + (above - below) * place.fract()
}

/// Sums of the first 0, 1, 2, … rows.
fn running_sums<const COLUMNS: usize>(rows: &[[f64; COLUMNS]]) -> Vec<[f64; COLUMNS]> {
    let mut sums = [0.0; COLUMNS];
    let following = rows.iter().map(|row| {
        sums.iter_mut()
            .zip(row)
            .for_each(|(sum, value)| *sum += value);
        sums
    });
    let following: Vec<_> = following.collect();
    [[0.0; COLUMNS]].into_iter().chain(following).collect()
}

/// Sums over the rows of one draw.
fn draw<const COLUMNS: usize>(
    running: &[[f64; COLUMNS]],
    lengths: &Lengths,
    random: &mut Random,
) -> [f64; COLUMNS] {
    let n_rows = running.len() - 1;
    let mut sums = [0.0; COLUMNS];
    let mut add = |from: usize, to: usize| {
        for (column, sum) in sums.iter_mut().enumerate() {
            *sum += running[to][column] - running[from][column];
        }
    };
    let mut n_left = n_rows;
    while n_left > 0 {
        let bits = random.bits();
        let start = below(bits, n_rows);
        let length = lengths.of(bits).min(n_left);
        let end = start + length;
        add(start, end.min(n_rows));
        if end > n_rows {
            add(0, end - n_rows);
        }
        n_left -= length;
    }
    sums
}

/// A place below `n` by the upper half of random bits; the lower half is left for the length.
fn below(bits: u64, n: usize) -> usize {
    ((u128::from(bits >> 32) * n as u128) >> 32) as usize
}

/// Lengths of blocks: geometric, how often one goes on until one does not, at 4,096 equal steps of the distribution.
struct Lengths(Vec<u32>);

impl Lengths {
    const STEPS: u32 = 4_096;

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive length, saturating"
    )]
    fn new(mean_block: f64) -> Self {
        let log_of_going_on = (1.0 - 1.0 / mean_block.max(1.0)).ln();
        let length = |step: u32| {
            let share = (f64::from(step) + 0.5) / f64::from(Self::STEPS);
            (1.0 + share.ln() / log_of_going_on).max(1.0) as u32
        };
        Self((0..Self::STEPS).map(length).collect())
    }

    fn of(&self, bits: u64) -> usize {
        let step = bits % u64::from(Self::STEPS);
        usize::try_from(step)
            .ok()
            .and_then(|step| self.0.get(step))
            .map_or(1, |length| *length as usize)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAN: Plan = Plan {
        n_draws: 2_000,
        mean_block: 1.0,
        seed: 1,
    };

    fn mean(sums: &[f64; 2]) -> Option<f64> {
        (sums[0] > 0.0).then(|| sums[1] / sums[0])
    }

    /// `n` numbers of mean zero and variance 1/12, independent.
    fn independent(n: usize) -> Vec<[f64; 2]> {
        let mut random = Random::new(3);
        (0..n).map(|_| [1.0, random.unit() - 0.5]).collect()
    }

    #[test]
    fn blocks_of_one_give_the_interval_of_a_mean_of_independent_values() {
        let interval = interval(&independent(400), mean, &PLAN).unwrap();
        let width = 2.0 * 1.96 * (1.0_f64 / 12.0 / 400.0).sqrt();
        assert!(
            ((interval.high - interval.low) / width - 1.0).abs() < 0.08,
            "{interval:?}"
        );
        assert!(interval.p > 0.05, "{interval:?}");
    }

    #[test]
    fn longer_blocks_see_dependence_that_single_rows_do_not() {
        let repeated: Vec<[f64; 2]> = independent(100)
            .into_iter()
            .flat_map(|row| [row; 8])
            .collect();
        let width = |mean_block| {
            let plan = Plan { mean_block, ..PLAN };
            let interval = interval(&repeated, mean, &plan).unwrap();
            interval.high - interval.low
        };
        assert!(
            width(24.0) > 2.0 * width(1.0),
            "{} {}",
            width(24.0),
            width(1.0)
        );
    }

    #[test]
    fn a_mean_far_from_zero_has_the_smallest_p() {
        let far: Vec<[f64; 2]> = independent(100)
            .iter()
            .map(|row| [1.0, row[1] + 5.0])
            .collect();
        let interval = interval(&far, mean, &PLAN).unwrap();
        assert!((interval.p - 1.0 / 2_001.0).abs() < 1e-12);
        assert!(interval.low > 4.8 && interval.high < 5.2);
    }

    #[test]
    fn the_same_seed_gives_the_same_interval_and_another_seed_another() {
        let rows = independent(50);
        let of = |seed| interval(&rows, mean, &Plan { seed, ..PLAN }).unwrap();
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert_eq!(interval(&[], mean, &PLAN), None);
        assert_eq!(interval(&[[0.0, 1.0]], mean, &PLAN), None);
    }

    proptest! {
        /// Every draw has as many rows as there are.
        #[test]
        fn a_draw_is_as_long_as_the_series(n in 1_usize..200, mean_block in 1.0_f64..50.0, seed in 0_u64..1_000) {
            let running = running_sums(&vec![[1.0]; n]);
            prop_assert_eq!(draw(&running, &Lengths::new(mean_block), &mut Random::new(seed)), [n as f64]);
        }

        /// Lengths of blocks have the mean that is asked for.
        #[test]
        fn blocks_are_as_long_as_asked(mean_block in 1.0_f64..100.0) {
            let lengths = Lengths::new(mean_block);
            let sum: u32 = lengths.0.iter().sum();
            let mean = f64::from(sum) / f64::from(Lengths::STEPS);
            prop_assert!((mean / mean_block - 1.0).abs() < 0.02, "{} for {}", mean, mean_block);
        }
    }
}
