//! Whether a strategy's Sharpe ratio is more than luck, given how many were tried.
//!
//! Bailey and López de Prado, "The Deflated Sharpe Ratio" (2014). All ratios are per period and are not annualised.

use std::f64::consts::E;

use crate::distributions::{normal_cdf, normal_quantile};

/// Euler's constant γ.
const EULER: f64 = 0.577_215_664_901_532_9;

/// The fewest returns of which a track record is made.
pub const MIN_RETURNS: usize = 20;

/// What a series of returns comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Track {
    /// Number of returns.
    pub n: usize,
    /// Mean over standard deviation (ddof = 1), per period.
    pub sharpe: f64,
    /// Population skewness, `m₃ / m₂^1.5`.
    pub skewness: f64,
    /// Population kurtosis, `m₄ / m₂²`: 3 of the normal distribution.
    pub kurtosis: f64,
}

/// The track record of `returns`; `None` of fewer than [`MIN_RETURNS`], and where they are all the same.
pub fn track(returns: &[f64]) -> Option<Track> {
    if returns.len() < MIN_RETURNS || returns.iter().all(|r| *r == returns[0]) {
        return None;
    }
    let n_returns = count(returns.len());
    let mean = returns.iter().sum::<f64>() / n_returns;
    let moment = |power| returns.iter().map(|r| (r - mean).powi(power)).sum::<f64>() / n_returns;
    let variance = moment(2);
    let deviation = (variance * n_returns / (n_returns - 1.0)).sqrt();
    Some(Track {
        n: returns.len(),
        sharpe: mean / deviation,
        skewness: moment(3) / variance.powf(1.5),
        kurtosis: moment(4) / variance.powi(2),
    })
}

impl Track {
    /// The probabilistic Sharpe ratio: the probability that the true ratio is above `benchmark` (per period),
    /// `Φ((SR − SR*) √(n − 1) / √(1 − γ₃ SR + (γ₄ − 1)/4 SR²))`.
    ///
    /// `None` where the moments leave no variance.
    pub fn probability_above(&self, benchmark: f64) -> Option<f64> {
        let variance = 1.0 - self.skewness * self.sharpe
            + (self.kurtosis - 1.0) / 4.0 * self.sharpe * self.sharpe;
        let z = (self.sharpe - benchmark) * count(self.n - 1).sqrt() / variance.sqrt();
        (variance > 0.0).then(|| normal_cdf(z))
    }
}

/// The variance (ddof = 1) of the trials' Sharpe ratios; `None` of fewer than two.
pub fn variance_of_trials(sharpes: &[f64]) -> Option<f64> {
    let n_trials = count(sharpes.len());
    let mean = sharpes.iter().sum::<f64>() / n_trials;
    let squares: f64 = sharpes.iter().map(|sharpe| (sharpe - mean).powi(2)).sum();
    (sharpes.len() > 1).then(|| squares / (n_trials - 1.0))
}

/// The Sharpe ratio that the best of `n_trials` worthless strategies is expected to show; `None` of fewer than two.
///
/// `√V ((1 − γ) Φ⁻¹(1 − 1/N) + γ Φ⁻¹(1 − 1/(N e)))`, of trials whose ratios have variance V.
///
/// Against it the probability is the deflated Sharpe ratio.
pub fn expected_maximum(variance: f64, n_trials: usize) -> Option<f64> {
    if n_trials < 2 {
        return None;
    }
    let quantile = |tail: f64| normal_quantile(1.0 - tail);
    let n_trials = count(n_trials);
    let spread =
        (1.0 - EULER) * quantile(1.0 / n_trials)? + EULER * quantile(1.0 / (n_trials * E))?;
    Some(variance.sqrt() * spread)
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
    fn a_coin_that_pays_more_than_it_takes() {
        // +3% and −1% in turn: mean .01, m₂ = .0004, no skew, kurtosis 1.
        let returns: Vec<f64> = (0..40)
            .map(|day| if day % 2 == 0 { 0.03 } else { -0.01 })
            .collect();
        let track = track(&returns).unwrap();
        let expected = 0.01 / (0.0004_f64 * 40.0 / 39.0).sqrt();
        assert!((track.sharpe - expected).abs() < 1e-14);
        assert!(track.skewness.abs() < 1e-12 && (track.kurtosis - 1.0).abs() < 1e-12);
        // The variance is 1, so that z = SR √39 = 3.0822.
        let p = track.probability_above(0.0).unwrap();
        assert!((p - normal_cdf(expected * 39.0_f64.sqrt())).abs() < 1e-14 && p > 0.998);
    }

    #[test]
    fn the_best_of_many_worthless_ones_looks_good() {
        // Ten trials: (1 − γ) 1.281552 + γ Φ⁻¹(1 − 1/(10 e)) with Φ⁻¹(.9632121) = 1.789138.
        let of_ten = expected_maximum(1.0, 10).unwrap();
        assert!((of_ten - 1.574_6).abs() < 1e-3, "{of_ten}");
        assert_eq!(expected_maximum(1.0, 1), None);
        assert!((variance_of_trials(&[1.0, 3.0]).unwrap() - 2.0).abs() < 1e-15);
        assert_eq!(variance_of_trials(&[1.0]), None);
    }

    #[test]
    fn nothing_of_too_few_and_of_constant_returns() {
        assert_eq!(track(&[0.01; 100]), None);
        let short: Vec<f64> = (0..19).map(f64::from).collect();
        assert_eq!(track(&short), None);
        assert_eq!(track(&[]), None);
    }

    proptest! {
        /// The ratio has no unit; and the more was tried, the less is left of it.
        #[test]
        fn scale_changes_nothing_and_trials_deflate(
            returns in prop::collection::vec(-0.1_f64..0.1, 20..60), scale in 0.1_f64..10.0, n_trials in 2_usize..1000,
        ) {
            let scaled: Vec<f64> = returns.iter().map(|r| r * scale).collect();
            let (one, other) = (track(&returns).unwrap(), track(&scaled).unwrap());
            prop_assert!((one.sharpe - other.sharpe).abs() < 1e-9 && (one.kurtosis - other.kurtosis).abs() < 1e-6);
            let (few, many) = (expected_maximum(0.01, n_trials).unwrap(), expected_maximum(0.01, n_trials + 1).unwrap());
            prop_assert!(few < many);
            prop_assert!(one.probability_above(many) <= one.probability_above(few));
        }
    }
}
