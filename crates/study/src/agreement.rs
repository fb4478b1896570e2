//! How far two raters agree on what carries a label.

/// Counts of what both, one or neither of two raters labelled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Labelled by both.
    pub both: i64,
    /// By the first alone.
    pub only_first: i64,
    /// By the second alone.
    pub only_second: i64,
    /// By neither.
    pub neither: i64,
}

impl Agreement {
    fn total(&self) -> i128 {
        let Self {
            both,
            only_first,
            only_second,
            neither,
        } = *self;
        [both, only_first, only_second, neither]
            .map(i128::from)
            .iter()
            .sum()
    }

    /// Share on which they agree; `None` of nothing.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub fn share_equal(&self) -> Option<f64> {
        let total = self.total();
        let equal = i128::from(self.both) + i128::from(self.neither);
        (total > 0).then(|| equal as f64 / total as f64)
    }

    /// Cohen's kappa (Cohen, 1960): agreement beyond that of raters who label as often and by chance, 1 of perfect agreement. Numerator
    /// and denominator are formed exactly. `None` where chance alone agrees on all, as where neither labels anything.
    #[expect(
        clippy::cast_precision_loss,
        reason = "the fraction is formed exactly, then rounded once"
    )]
    pub fn kappa(&self) -> Option<f64> {
        let Self {
            both,
            only_first,
            only_second,
            neither,
        } = *self;
        let [both, only_first, only_second, neither] =
            [both, only_first, only_second, neither].map(i128::from);
        let total = self.total();
        let by_chance = (both + only_first) * (both + only_second)
            + (neither + only_first) * (neither + only_second);
        let beyond_chance = total * (both + neither) - by_chance;
        let largest = total * total - by_chance;
        (largest > 0).then(|| beyond_chance as f64 / largest as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(counts: [i64; 4]) -> Agreement {
        let [both, only_first, only_second, neither] = counts;
        Agreement {
            both,
            only_first,
            only_second,
            neither,
        }
    }

    #[test]
    fn a_worked_example() {
        // 50 proposals, 20 and 15 on which both agree, 5 and 10 on which they do not: observed .7, by chance .5.
        let agreement = of([20, 5, 10, 15]);
        assert_eq!(agreement.share_equal(), Some(0.7));
        assert!((agreement.kappa().unwrap() - 0.4).abs() < 1e-15);
    }

    #[test]
    fn perfect_agreement_is_one_the_opposite_below_zero_and_nothing_unknown() {
        assert_eq!(of([3, 0, 0, 7]).kappa(), Some(1.0));
        assert_eq!(of([0, 5, 5, 0]).kappa(), Some(-1.0));
        assert_eq!(of([0, 0, 0, 9]).kappa(), None);
        assert_eq!(of([0, 0, 0, 0]).share_equal(), None);
    }
}
