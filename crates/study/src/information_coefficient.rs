//! Whether a factor ranks assets as their forward returns then do: one rank correlation per date, and what all of them come to.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

use crate::association::pearson;
use crate::rank::average_ranks;
use crate::regression::newey_west_mean;

/// What the information coefficients of many dates come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// How many dates have a coefficient.
    pub n_dates: usize,
    /// Mean of the coefficients.
    pub mean: f64,
    /// Their standard deviation, divided by n − 1.
    pub std_ddof1: f64,
    /// `mean / std_ddof1`, the information ratio of the coefficient.
    pub icir: f64,
    /// `mean / (std_ddof1 / √n)`: as if dates were independent.
    pub t: f64,
    /// Two-sided, by Student's t with n − 1 degrees of freedom.
    pub p: f64,
    /// Share of dates with a coefficient above zero.
    pub share_positive: f64,
    /// Over how many lags coefficients may be correlated.
    pub lags: usize,
    /// t of the mean by Newey and West with Bartlett weights and the correction n / (n − 1), which overlapping returns need;
    /// `None` where there are not more dates than lags.
    pub newey_west_t: Option<f64>,
    /// Two-sided, by the normal distribution.
    pub newey_west_p: Option<f64>,
}

/// Spearman's rank correlation, with average ranks, of factor and forward return over the assets of each date.
///
/// `None` of a date with fewer than two assets, and of one on which either side is constant. Two assets have one of −1 or 1, as in scipy
/// and alphalens.
pub fn information_coefficients<'a>(
    dates: impl IntoIterator<Item = &'a [(f64, f64)]>,
) -> Vec<Option<f64>> {
    dates.into_iter().map(coefficient).collect()
}

fn coefficient(pairs: &[(f64, f64)]) -> Option<f64> {
    let (factors, returns): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    pearson(&average_ranks(&factors), &average_ranks(&returns))
}

/// Sums up the coefficients of dates, oldest first; `lags` is for Newey and West.
///
/// `None` of fewer than two dates, and of coefficients that do not differ: they leave no measure of chance.
pub fn summary(coefficients: &[f64], lags: usize) -> Option<Summary> {
    let n_dates = coefficients.len();
    if n_dates < 2 {
        return None;
    }
    let n = count(n_dates);
    let mean = coefficients.iter().sum::<f64>() / n;
    let squares: f64 = coefficients.iter().map(|one| (one - mean).powi(2)).sum();
    let std_ddof1 = (squares / (n - 1.0)).sqrt();
    // Coefficients that are all the same differ from their own mean by no more than its rounding.
    if std_ddof1 <= 1e-14 * mean.abs() {
        return None;
    }
    let t = mean / (std_ddof1 / n.sqrt());
    let robust = (lags < n_dates)
        .then(|| newey_west_mean(coefficients, lags, true))
        .flatten();
    let n_positive = coefficients.iter().filter(|one| **one > 0.0).count();
    Some(Summary {
        n_dates,
        mean,
        std_ddof1,
        icir: mean / std_ddof1,
        t,
        p: 2.0 * StudentsT::new(0.0, 1.0, n - 1.0).ok()?.sf(t.abs()),
        share_positive: count(n_positive) / n,
        lags,
        newey_west_t: robust.map(|mean| mean.t),
        newey_west_p: robust.map(|mean| mean.p),
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_date_has_a_coefficient_only_where_ranks_mean_something() {
        let rising: &[(f64, f64)] = &[(1.0, 0.1), (2.0, 0.2), (3.0, 0.4)];
        let tied: &[(f64, f64)] = &[(1.0, 0.1), (1.0, 0.3), (2.0, 0.2), (3.0, 0.4)];
        let constant: &[(f64, f64)] = &[(1.0, 0.1), (1.0, 0.2), (1.0, 0.4)];
        let found = information_coefficients([rising, tied, constant, &rising[..1], &rising[..2]]);
        assert!((found[0].unwrap() - 1.0).abs() < 1e-15);
        // Ranks 1.5, 1.5, 3, 4 against 1, 3, 2, 4: covariance 3 over √(4.5 · 5).
        assert!((found[1].unwrap() - 3.0 / 22.5_f64.sqrt()).abs() < 1e-15);
        assert_eq!(found[2..4], [None, None]);
        assert!((found[4].unwrap() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn three_dates_by_hand() {
        let summary = summary(&[0.1, 0.2, -0.15], 0).unwrap();
        assert!((summary.mean - 0.05).abs() < 1e-15);
        // Deviations .05, .15, −.2: squares add up to .065.
        assert!((summary.std_ddof1 - 0.0325_f64.sqrt()).abs() < 1e-15);
        assert!((summary.t - summary.icir * 3.0_f64.sqrt()).abs() < 1e-15);
        // With two degrees of freedom, p = 1 − t / √(t² + 2).
        let expected = 1.0 - summary.t / (summary.t.powi(2) + 2.0).sqrt();
        assert!((summary.p - expected).abs() < 1e-12);
        assert!((summary.share_positive - 2.0 / 3.0).abs() < 1e-15);
        // Without lags, and with n / (n − 1), it is the same standard error.
        assert!((summary.newey_west_t.unwrap() - summary.t).abs() < 1e-12);
    }

    #[test]
    fn nothing_is_said_of_too_few_dates_or_of_dates_that_do_not_differ() {
        assert_eq!(summary(&[0.3], 0), None);
        assert_eq!(summary(&[0.1; 7], 0), None);
        assert_eq!(summary(&[0.1, 0.2, 0.3], 3).unwrap().newey_west_t, None);
    }

    proptest! {
        /// Ranks do not change with a rising function, and turn round with a falling one.
        #[test]
        fn only_the_order_counts(pairs in prop::collection::vec((-5_i32..5, -1.0_f64..1.0), 3..40)) {
            let original: Vec<(f64, f64)> = pairs.iter().map(|(x, y)| (f64::from(*x), *y)).collect();
            let bent: Vec<(f64, f64)> = original.iter().map(|(x, y)| (x.exp(), *y)).collect();
            let turned: Vec<(f64, f64)> = original.iter().map(|(x, y)| (-x, *y)).collect();
            let found = information_coefficients([&*original, &*bent, &*turned]);
            prop_assert_eq!(found[0], found[1]);
            match (found[0], found[2]) {
                (Some(one), Some(other)) => prop_assert!((one + other).abs() < 1e-12 && one.abs() <= 1.0),
                (one, other) => prop_assert_eq!(one, other),
            }
        }
    }
}
