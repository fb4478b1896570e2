//! Tones added up exactly, whatever the order.

use crate::sentiment::{ONE, Tone};

/// Exact sums of tones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ToneSum {
    /// How many tones were added.
    pub n_tones: i64,
    /// How many of them were above zero.
    pub n_positive: i64,
    /// Their sum, in millionths.
    pub sum: i64,
    /// The sum of their squares, in millionths of millionths: 64 bits hold nine million tones.
    pub sum_of_squares: i64,
}

impl ToneSum {
    /// Adds one tone.
    pub fn add(&mut self, tone: Tone) {
        let value = i64::from(tone.millionths());
        self.n_tones += 1;
        self.n_positive += i64::from(value > 0);
        self.sum += value;
        self.sum_of_squares += value * value;
    }

    /// Adds the tones of `other`, or takes them out again where `times` is −1.
    pub fn add_sum(&mut self, other: &Self, times: i64) {
        self.n_tones += times * other.n_tones;
        self.n_positive += times * other.n_positive;
        self.sum += times * other.sum;
        self.sum_of_squares += times * other.sum_of_squares;
    }

    /// Mean tone, −1..1.
    #[expect(
        clippy::cast_precision_loss,
        reason = "sums of tones stay far below 2^53"
    )]
    pub fn mean(&self) -> Option<f64> {
        (self.n_tones > 0).then(|| self.sum as f64 / self.n_tones as f64 / f64::from(ONE))
    }

    /// Sample standard deviation (ddof = 1), −1..1 scale; `None` of fewer than two.
    #[expect(
        clippy::cast_precision_loss,
        reason = "the numerator is formed exactly, then rounded once"
    )]
    pub fn dispersion(&self) -> Option<f64> {
        if self.n_tones < 2 {
            return None;
        }
        let n_tones = i128::from(self.n_tones);
        let sum = i128::from(self.sum);
        let scaled_variance = (n_tones * i128::from(self.sum_of_squares) - sum * sum) as f64;
        let variance = scaled_variance / (n_tones * (n_tones - 1)) as f64;
        Some(variance.sqrt() / f64::from(ONE))
    }

    /// Share of tones above zero.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub fn share_positive(&self) -> Option<f64> {
        (self.n_tones > 0).then(|| self.n_positive as f64 / self.n_tones as f64)
    }
}

impl FromIterator<Tone> for ToneSum {
    fn from_iter<I: IntoIterator<Item = Tone>>(tones: I) -> Self {
        let mut sum = Self::default();
        for tone in tones {
            sum.add(tone);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum_of(millionths: &[i32]) -> ToneSum {
        millionths
            .iter()
            .filter_map(|value| Tone::from_millionths(*value))
            .collect()
    }

    #[test]
    fn of_nothing_nothing_is_known() {
        assert_eq!(ToneSum::default().mean(), None);
        assert_eq!(sum_of(&[500_000]).dispersion(), None);
    }

    #[test]
    fn mean_dispersion_and_share_of_three_tones() {
        let sum = sum_of(&[1_000_000, 0, -400_000]);
        assert_eq!(sum.mean(), Some(0.2));
        assert!((sum.dispersion().unwrap() - 0.52_f64.sqrt()).abs() < 1e-15);
        assert_eq!(sum.share_positive(), Some(1.0 / 3.0));
    }

    proptest! {
        #[test]
        fn the_order_does_not_matter(mut values in proptest::collection::vec(-ONE..=ONE, 0..60)) {
            let forward = sum_of(&values);
            values.sort_unstable();
            prop_assert_eq!(forward, sum_of(&values));
        }

        #[test]
        fn what_is_taken_out_again_was_never_there(one in proptest::collection::vec(-ONE..=ONE, 0..60), other in proptest::collection::vec(-ONE..=ONE, 0..60)) {
            let mut sum = sum_of(&one);
            sum.add_sum(&sum_of(&other), 1);
            sum.add_sum(&sum_of(&other), -1);
            prop_assert_eq!(sum, sum_of(&one));
        }
    }
}
