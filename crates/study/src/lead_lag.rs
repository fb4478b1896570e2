//! Which of two series comes first: correlation at leads and lags, and how much a series goes with its own past.

use crate::distributions::{chi_squared_tail, normal_quantile};

/// The correlation at one lag.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LagCorrelation {
    /// By how many rows the second series is later: above zero, the first one leads.
    pub lag: i64,
    /// The biased sample cross-correlation.
    pub correlation: f64,
    /// Pairs that it rests on.
    pub n_pairs: usize,
}

/// A test of whether a series is white noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LjungBox {
    /// `Q = n (n + 2) Σ ρ_k² / (n − k)`.
    pub statistic: f64,
    /// By χ² with as many degrees of freedom as lags.
    pub p: f64,
}

/// Biased cross-correlations of `x_t` with `y_{t+k}` at `k = −max_lag ..= max_lag`.
///
/// As Box and Jenkins have them: each divides the sum over its pairs by n and both standard deviations (ddof = 0) of the whole series.
///
/// `None` of series of different length, of constant ones, and where a lag would leave no pair.
pub fn cross_correlations(x: &[f64], y: &[f64], max_lag: usize) -> Option<Vec<LagCorrelation>> {
    if x.len() != y.len() || max_lag >= x.len() {
        return None;
    }
    let (x, y) = (standardised(x)?, standardised(y)?);
    let at = |lag: i64| {
        let shift = usize::try_from(lag.unsigned_abs()).unwrap_or(usize::MAX);
        let (early, late) = if lag < 0 { (&y, &x) } else { (&x, &y) };
        let pairs = early.iter().zip(&late[shift..]);
        LagCorrelation {
            lag,
            correlation: pairs.map(|(one, other)| one * other).sum::<f64>() / count(x.len()),
            n_pairs: x.len() - shift,
        }
    };
    let max_lag = i64::try_from(max_lag).ok()?;
    Some((-max_lag..=max_lag).map(at).collect())
}

/// Half the width of the 95% band around zero of the correlation of independent white noise: `Φ⁻¹(.975) / √n`.
pub fn band_95(n_rows: usize) -> Option<f64> {
    (n_rows > 0).then(|| Some(normal_quantile(0.975)? / count(n_rows).sqrt()))?
}

/// Ljung and Box's test (1978) over the first `n_lags` autocorrelations.
///
/// `None` of a constant series, of no lags, and of no more rows than lags.
pub fn ljung_box(values: &[f64], n_lags: usize) -> Option<LjungBox> {
    let n_rows = count(values.len());
    let lags = cross_correlations(values, values, n_lags)?;
    let later = lags.iter().filter(|lag| lag.lag > 0);
    let sum: f64 = later
        .map(|lag| lag.correlation.powi(2) / count(lag.n_pairs))
        .sum();
    let statistic = n_rows * (n_rows + 2.0) * sum;
    Some(LjungBox {
        statistic,
        p: chi_squared_tail(statistic, count(n_lags))?,
    })
}

/// Values minus their mean over their standard deviation (ddof = 0); `None` where they are constant.
fn standardised(values: &[f64]) -> Option<Vec<f64>> {
    if values.iter().all(|value| *value == values[0]) {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count(values.len());
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = (squares / count(values.len())).sqrt();
    let is_spread = deviation.is_finite() && deviation > 0.0;
    is_spread.then(|| {
        values
            .iter()
            .map(|value| (value - mean) / deviation)
            .collect()
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
    fn a_series_that_follows_one_row_later() {
        let x = [2.0, 0.0, -2.0, 0.0];
        let y = [0.0, 2.0, 0.0, -2.0];
        // Both have variance 2; at k = 1 the pairs sum to 8 and at k = −1 to −4, over 4 · 2.
        let lags = cross_correlations(&x, &y, 1).unwrap();
        let found: Vec<_> = lags.iter().map(|lag| (lag.lag, lag.n_pairs)).collect();
        assert_eq!(found, [(-1, 3), (0, 4), (1, 3)]);
        for (lag, expected) in lags.iter().zip([-0.5, 0.0, 1.0]) {
            assert!((lag.correlation - expected).abs() < 1e-15, "{lag:?}");
        }
        assert!((band_95(400).unwrap() - 0.097_998_199).abs() < 1e-9);
        assert_eq!(band_95(0), None);
    }

    #[test]
    fn a_series_that_swings_is_no_noise() {
        // ρ₁ = −3/4, so that Q = 4 · 6 · (9/16) / 3 = 4.5 and p = .03389.
        let test = ljung_box(&[1.0, -1.0, 1.0, -1.0], 1).unwrap();
        assert!((test.statistic - 4.5).abs() < 1e-14);
        assert!((test.p - 0.033_894_853_524_689_274).abs() < 1e-12);
    }

    #[test]
    fn nothing_of_constant_series_and_too_few_rows() {
        assert_eq!(cross_correlations(&[0.1; 9], &[1.0; 9], 2), None);
        assert_eq!(cross_correlations(&[1.0, 2.0], &[1.0, 3.0], 2), None);
        assert_eq!(cross_correlations(&[1.0, 2.0], &[1.0], 0), None);
        assert_eq!(cross_correlations(&[], &[], 0), None);
        assert_eq!(ljung_box(&[1.0, 2.0, 4.0], 0), None);
    }

    proptest! {
        /// Who leads whom changes sides when the series do, a series goes wholly with itself, and nothing is beyond ±1.
        #[test]
        fn leads_are_lags_of_the_other(rows in prop::collection::vec((-5.0_f64..5.0, -5.0_f64..5.0), 8..40)) {
            let (x, y): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
            let one = cross_correlations(&x, &y, 5).unwrap();
            let other = cross_correlations(&y, &x, 5).unwrap();
            for (lead, lag) in one.iter().zip(other.iter().rev()) {
                prop_assert!((lead.correlation - lag.correlation).abs() < 1e-12 && lead.lag == -lag.lag);
                prop_assert!(lead.correlation.abs() <= 1.0 + 1e-12);
            }
            let own = cross_correlations(&x, &x, 0).unwrap();
            prop_assert!((own[0].correlation - 1.0).abs() < 1e-12);
        }
    }
}
