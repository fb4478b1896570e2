//! Placebo dates: the same statistic with one series shifted against the other by random numbers of rows.
//!
//! What a shifted series shows as well is no effect of the day, whatever a p-value says that takes rows to be independent.

use crate::bootstrap::{percentile, share};
use crate::random::Random;

/// What shifted series show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placebo {
    /// 95th percentile of the statistic's absolute value over the shifts.
    pub bound: f64,
    /// How often a shifted series shows as much as the real one, in absolute value: `(1 + count) / (1 + shifts)`.
    pub p: f64,
}

/// Compares `Σ weights·values` with what it is where `weights` are shifted, round the end, by `n_shifts` random numbers of rows that are at
/// least `least` rows away from no shift.
///
/// A correlation, the slope of a regression and a difference of means are such sums: of deviations over a scale that no shift changes.
/// `None` where there are too few rows for five different shifts.
pub fn placebo(
    weights: &[f64],
    values: &[f64],
    (n_shifts, least, seed): (usize, usize, u64),
) -> Option<Placebo> {
    let least = least.max(1);
    let n_choices = (weights.len() + 1).checked_sub(2 * least)?;
    if n_choices < 5 || weights.len() != values.len() {
        return None;
    }
    let real = shifted_sum(weights, values, 0);
    let mut random = Random::new(seed);
    let sums =
        (0..n_shifts).map(|_| shifted_sum(weights, values, least + random.below(n_choices)).abs());
    let mut sums: Vec<f64> = sums.collect();
    sums.sort_unstable_by(f64::total_cmp);
    held_against(real, &sums)
}

/// Holds a statistic against its absolute values on other dates, smallest first; `None` where there are none.
pub fn held_against(real: f64, sorted: &[f64]) -> Option<Placebo> {
    // One that differs in its last digits alone, as of a series that repeats itself, shows as much.
    let n_below = sorted.partition_point(|other| *other < real.abs() * (1.0 - 1e-12));
    (!sorted.is_empty()).then(|| Placebo {
        bound: percentile(sorted, 0.95),
        p: share(sorted.len() - n_below, sorted.len()),
    })
}

fn shifted_sum(weights: &[f64], values: &[f64], shift: usize) -> f64 {
    let (start, end) = weights.split_at(weights.len() - shift);
    let (first, second) = values.split_at(shift);
    dot(end, first) + dot(start, second)
}

/// `Σ one·other`, in eight lanes, which a processor adds up at once.
pub(crate) fn dot(one: &[f64], other: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (chunks, others) = (one.chunks_exact(8), other.chunks_exact(8));
    let rest = chunks.remainder().iter().zip(others.remainder());
    let rest: f64 = rest.map(|(x, y)| x * y).sum();
    for (x, y) in chunks.zip(others) {
        for lane in 0..8 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    lanes.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize, seed: u64) -> Vec<f64> {
        let mut random = Random::new(seed);
        (0..n).map(|_| random.unit() - 0.5).collect()
    }

    #[test]
    fn what_goes_together_on_the_day_does_not_when_shifted() {
        let tones = noise(300, 1);
        let placebo = placebo(&tones, &tones, (199, 5, 1)).unwrap();
        assert!((placebo.p - 1.0 / 200.0).abs() < 1e-12);
        let real: f64 = tones.iter().map(|tone| tone * tone).sum();
        assert!(placebo.bound < real / 4.0);
    }

    #[test]
    fn a_slow_wave_that_both_follow_is_found_out() {
        let wave: Vec<f64> = (0..300)
            .map(|row| (f64::from(row % 10) / 10.0 * std::f64::consts::TAU).sin())
            .collect();
        assert!(
            placebo(&wave, &wave, (199, 5, 1)).unwrap().p > 0.05,
            "it meets itself at every tenth row"
        );
        let repeated: Vec<f64> = noise(20, 2).into_iter().cycle().take(300).collect();
        assert!(placebo(&repeated, &repeated, (499, 1, 1)).unwrap().p > 0.02);
    }

    #[test]
    fn series_that_have_nothing_to_do_with_each_other_show_nothing() {
        let small = (0..200).filter(|seed| {
            let (tones, moves) = (noise(100, 1_000 + seed), noise(100, 5_000 + seed));
            placebo(&tones, &moves, (199, 5, *seed)).unwrap().p < 0.05
        });
        assert!((2..25).contains(&small.count()), "about one in twenty");
    }

    #[test]
    fn a_shift_is_a_rotation_by_that_many_rows() {
        assert_eq!(shifted_sum(&[1.0, 0.0, 0.0], &[5.0, 6.0, 7.0], 0), 5.0);
        assert_eq!(shifted_sum(&[1.0, 0.0, 0.0], &[5.0, 6.0, 7.0], 1), 6.0);
        assert_eq!(shifted_sum(&[0.0, 0.0, 1.0], &[5.0, 6.0, 7.0], 1), 5.0);
        let (ones, values) = (vec![1.0; 21], (0..21).map(f64::from).collect::<Vec<_>>());
        assert_eq!(shifted_sum(&ones, &values, 4), 210.0);
    }

    #[test]
    fn too_few_rows_have_no_placebo() {
        assert_eq!(placebo(&[1.0; 12], &[1.0; 12], (99, 5, 1)), None);
        assert!(placebo(&[1.0; 14], &[1.0; 14], (99, 5, 1)).is_some());
    }
}
