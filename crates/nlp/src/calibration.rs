//! From logits to probabilities that mean what they say.
//!
//! `p = softmax(z × m^k / T)`, where m is the margin between the two greatest logits z. With k = 0 this is temperature scaling (Guo
//! et al. 2017). A single temperature leaves these models too sure where two labels are close and not sure enough where one is
//! far ahead: k > 0 moves confidence from the first to the second. The order of the labels never changes.

use serde::Deserialize;

/// Below this margin labels are as good as equal; keeps `m^k` from 0.
const LEAST_MARGIN: f64 = 1e-3;

/// How the logits of one head are turned into probabilities; fitted on validation sets.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// T.
    pub temperature: f64,
    /// k.
    pub margin_power: f64,
}

impl Calibration {
    /// Whether the numbers are ones that a fit can give.
    pub(crate) fn is_sane(&self) -> bool {
        (0.01..=100.0).contains(&self.temperature) && (0.0..=4.0).contains(&self.margin_power)
    }

    /// The probability of each output.
    pub(crate) fn probabilities(&self, logits: [f32; 3]) -> [f64; 3] {
        let logits = logits.map(f64::from);
        let [_, second, first] = sorted(logits);
        let margin = (first - second).max(LEAST_MARGIN);
        let scale = margin.powf(self.margin_power) / self.temperature;
        softmax(logits.map(|logit| logit * scale))
    }
}

fn sorted(mut logits: [f64; 3]) -> [f64; 3] {
    logits.sort_unstable_by(f64::total_cmp);
    logits
}

/// `exp(logit) / Σ exp`, of any size of logits.
pub(crate) fn softmax(logits: [f64; 3]) -> [f64; 3] {
    let greatest = logits.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let weights = logits.map(|logit| (logit - greatest).exp());
    let total: f64 = weights.iter().sum();
    weights.map(|weight| weight / total)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn calibrated(logits: [f32; 3], temperature: f64, margin_power: f64) -> [f64; 3] {
        Calibration {
            temperature,
            margin_power,
        }
        .probabilities(logits)
    }

    #[test]
    fn a_temperature_alone_divides_the_logits() {
        let [_, _, positive] = calibrated([0.0, 0.0, 2.0], 2.0, 0.0);
        let e = std::f64::consts::E;
        assert!((positive - e / (2.0 + e)).abs() < 1e-12);
    }

    #[test]
    fn a_power_of_the_margin_takes_from_close_calls_and_gives_to_clear_ones() {
        let confidence = |logits, power| calibrated(logits, 1.0, power)[2];
        assert!(confidence([0.0, 0.0, 0.5], 0.3) < confidence([0.0, 0.0, 0.5], 0.0));
        assert!(confidence([0.0, 0.0, 3.0], 0.3) > confidence([0.0, 0.0, 3.0], 0.0));
    }

    proptest! {
        #[test]
        fn probabilities_sum_to_one_and_keep_the_order_of_the_logits(
            logits in proptest::array::uniform3(-30.0f32..30.0),
            temperature in 0.01..100.0,
            power in 0.0..4.0,
        ) {
            let shares = calibrated(logits, temperature, power);
            prop_assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            for (left, right) in [(0, 1), (1, 2), (0, 2)] {
                prop_assert!(logits[left] < logits[right] || shares[left] >= shares[right]);
            }
        }
    }
}
