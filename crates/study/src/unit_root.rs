//! Whether a series keeps to its level or wanders off like a random walk, in which case correlations of it mean nothing.

use crate::distributions::normal_cdf;
use crate::least_squares::least_squares;

/// The fewest residual degrees of freedom that a test is made of.
const MIN_DEGREES_OF_FREEDOM: usize = 10;

/// The augmented Dickey-Fuller test of a unit root.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DickeyFuller {
    /// The t of the level's coefficient.
    pub statistic: f64,
    /// By MacKinnon's approximation (1994); small where the series keeps to its level.
    pub p: f64,
    /// Lagged differences in the regression.
    pub n_lags: usize,
    /// Observations of the regression.
    pub n_observations: usize,
}

/// Regresses differences on the level before, a constant and `n_lags` differences before, as
/// `statsmodels.tsa.stattools.adfuller(…, maxlag=n_lags, autolag=None, regression="c")`.
///
/// `None` of too few rows for the lags, and of a constant series.
pub fn augmented_dickey_fuller(values: &[f64], n_lags: usize) -> Option<DickeyFuller> {
    let values = centred(values)?;
    let differences: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let n_observations = differences.len().checked_sub(n_lags)?;
    let n_residual = n_observations.checked_sub(n_lags + 2)?;
    if n_residual < MIN_DEGREES_OF_FREEDOM {
        return None;
    }
    let ones = vec![1.0; n_observations];
    let mut columns = vec![&values[n_lags..values.len() - 1], ones.as_slice()];
    let lagged = |lag| &differences[n_lags - lag..differences.len() - lag];
    columns.extend((1..=n_lags).map(lagged));
    let fit = least_squares(&columns, &differences[n_lags..])?;
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let variance = fit.sum_of_squares / n_residual as f64;
    let statistic = fit.coefficients[0] / (variance * fit.inverse[0][0]).sqrt();
    statistic.is_finite().then(|| DickeyFuller {
        statistic,
        p: mackinnon_p(statistic),
        n_lags,
        n_observations,
    })
}

/// Values less their mean, which changes no regression with a constant and keeps its digits where a level is far from zero; `None` of
/// constant ones.
pub(crate) fn centred(values: &[f64]) -> Option<Vec<f64>> {
    let first = *values.first()?;
    if values.iter().all(|value| *value == first) {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let mean = first + values.iter().map(|value| value - first).sum::<f64>() / values.len() as f64;
    Some(values.iter().map(|value| value - mean).collect())
}

/// MacKinnon, "Approximate Asymptotic Distribution Functions for Unit-Root and Cointegration Tests" (1994), tables 3 and 4, one
/// series with a constant: Φ of a polynomial in the statistic, one on either side of −1.61.
fn mackinnon_p(statistic: f64) -> f64 {
    const LEFT: [f64; 3] = [2.165_9, 1.441_2, 0.038_269];
    const RIGHT: [f64; 4] = [1.733_9, 0.932_02, -0.127_45, -0.010_368];
    if statistic > 2.74 {
        return 1.0;
    }
    if statistic < -18.83 {
        return 0.0;
    }
    let coefficients: &[f64] = if statistic <= -1.61 { &LEFT } else { &RIGHT };
    let polynomial = coefficients
        .iter()
        .rev()
        .fold(0.0, |sum, coefficient| sum * statistic + coefficient);
    normal_cdf(polynomial)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn p_values_at_known_critical_values() {
        // MacKinnon's asymptotic critical values with a constant are −3.43 at 1% and −2.86 at 5%; p-values of statsmodels 0.14.
        for (statistic, p) in [
            (-14.268_116_381_146_84, 1.389_256_231_333_102_7e-26),
            (-3.43, 0.009_977_709_398_779_726),
            (-2.86, 0.050_201_099_882_003_09),
            (-1.0, 0.753_264_301_200_565_5),
            (1.0, 0.994_265_948_547_760_8),
        ] {
            assert!(
                (mackinnon_p(statistic) / p - 1.0).abs() < 1e-9,
                "{statistic}"
            );
        }
        assert!((mackinnon_p(3.0) - 1.0).abs() < 1e-15 && mackinnon_p(-19.0) < 1e-15);
    }

    #[test]
    fn a_walk_wanders_and_what_returns_at_once_does_not() {
        let steps = (1_u32..=300)
            .map(|row| f64::from(row.wrapping_mul(2_654_435_769) >> 16) / 65_536.0 - 0.5);
        let noise: Vec<f64> = steps.collect();
        let walk: Vec<f64> = noise
            .iter()
            .scan(0.0, |level, step| {
                *level += step;
                Some(*level)
            })
            .collect();
        assert!(augmented_dickey_fuller(&noise, 2).unwrap().p < 1e-6);
        let slow: Vec<f64> = (0..300)
            .map(|row| (f64::from(row) / 60.0).sin() * 100.0 + noise[row as usize])
            .collect();
        assert!(augmented_dickey_fuller(&slow, 2).unwrap().p > 0.05);
        assert_eq!(
            augmented_dickey_fuller(&walk, 2).unwrap().n_observations,
            297
        );
    }

    #[test]
    fn nothing_of_too_few_rows_and_of_a_constant() {
        let short: Vec<f64> = (0..15).map(|row| f64::from(row * row % 7)).collect();
        assert_eq!(augmented_dickey_fuller(&short, 2), None);
        assert_eq!(augmented_dickey_fuller(&short, usize::MAX - 1), None);
        assert_eq!(augmented_dickey_fuller(&[1.0; 100], 2), None);
        assert_eq!(augmented_dickey_fuller(&[], 0), None);
    }

    proptest! {
        /// Neither the unit nor the level of a series decides whether it keeps to it.
        #[test]
        fn unit_and_level_change_nothing(values in prop::collection::vec(-1.0_f64..1.0, 40..80), scale in 0.1_f64..10.0) {
            let moved: Vec<f64> = values.iter().map(|value| value * scale + 3.0).collect();
            let (one, other) = (augmented_dickey_fuller(&values, 3).unwrap(), augmented_dickey_fuller(&moved, 3).unwrap());
            prop_assert!((one.statistic - other.statistic).abs() < 1e-7);
        }
    }
}
