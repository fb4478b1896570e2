//! How well labels and their probabilities are predicted.

/// Classes in the order of every array here: negative, neutral, positive.
pub const N_CLASSES: usize = 3;

/// A prediction and the truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// The class that is right.
    pub truth: usize,
    /// Probability of each class.
    pub probabilities: [f64; N_CLASSES],
}

impl Prediction {
    /// The most probable class; the first of equals.
    pub fn guess(&self) -> usize {
        let mut best = 0;
        for class in 1..N_CLASSES {
            if self.probabilities[class] > self.probabilities[best] {
                best = class;
            }
        }
        best
    }

    /// Whether the guess is right.
    pub fn is_right(&self) -> bool {
        self.guess() == self.truth
    }
}

/// How often each class (row) was taken for each class (column).
pub fn confusion(predictions: &[Prediction]) -> [[usize; N_CLASSES]; N_CLASSES] {
    let mut counts = [[0; N_CLASSES]; N_CLASSES];
    for prediction in predictions {
        counts[prediction.truth][prediction.guess()] += 1;
    }
    counts
}

/// Share of right guesses; `None` of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn accuracy(predictions: &[Prediction]) -> Option<f64> {
    let n_right = predictions
        .iter()
        .filter(|prediction| prediction.is_right())
        .count();
    (!predictions.is_empty()).then(|| n_right as f64 / predictions.len() as f64)
}

/// Mean over the classes of `F1 = 2 TP / (2 TP + FP + FN)`, a class that neither stands nor is guessed counting 0 (as
/// scikit-learn's `f1_score(average="macro", labels=all classes)`); `None` of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn macro_f1(predictions: &[Prediction]) -> Option<f64> {
    let counts = confusion(predictions);
    let f1 = |class: usize| {
        let n_true: usize = counts[class].iter().sum();
        let n_guessed: usize = counts.iter().map(|row| row[class]).sum();
        2.0 * counts[class][class] as f64 / (n_true + n_guessed).max(1) as f64
    };
    (!predictions.is_empty()).then(|| (0..N_CLASSES).map(f1).sum::<f64>() / N_CLASSES as f64)
}

/// Expected calibration error (Guo et al. 2017): over `n_bins` equal-width bins of the greatest probability, the mean of
/// |accuracy − mean confidence| weighted by the bins' sizes; `None` of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a probability times the number of bins"
)]
pub fn expected_calibration_error(predictions: &[Prediction], n_bins: usize) -> Option<f64> {
    let mut bins = vec![(0_usize, 0.0_f64); n_bins];
    for prediction in predictions {
        let confidence = prediction.probabilities[prediction.guess()];
        let bin = ((confidence * n_bins as f64) as usize).min(n_bins - 1);
        // Right guesses less confidence, summed: |Σ| is the bin's size × |accuracy − mean confidence|.
        bins[bin].0 += 1;
        bins[bin].1 += f64::from(u8::from(prediction.is_right())) - confidence;
    }
    let gaps: f64 = bins.iter().map(|(_, gap)| gap.abs()).sum();
    (!predictions.is_empty()).then(|| gaps / predictions.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction(truth: usize, probabilities: [f64; 3]) -> Prediction {
        Prediction {
            truth,
            probabilities,
        }
    }

    /// Truth 0 0 1 2 2 2, guesses 0 1 1 2 2 0.
    fn six() -> Vec<Prediction> {
        vec![
            prediction(0, [0.8, 0.1, 0.1]),
            prediction(0, [0.2, 0.6, 0.2]),
            prediction(1, [0.1, 0.9, 0.0]),
            prediction(2, [0.0, 0.2, 0.8]),
            prediction(2, [0.3, 0.1, 0.6]),
            prediction(2, [0.5, 0.1, 0.4]),
        ]
    }

    #[test]
    fn scores_are_those_of_scikit_learn() {
        // f1_score([0,0,1,2,2,2], [0,1,1,2,2,0], average="macro") = (1/2 + 2/3 + 4/5) / 3
        assert_eq!(accuracy(&six()), Some(4.0 / 6.0));
        let expected = (0.5 + 2.0 / 3.0 + 0.8) / 3.0;
        assert!((macro_f1(&six()).unwrap() - expected).abs() < 1e-12);
        assert_eq!(confusion(&six()), [[1, 1, 0], [0, 1, 0], [1, 0, 2]]);
    }

    #[test]
    fn calibration_error_weighs_each_bin_by_its_size() {
        // Bins of width 1/15: .8 and .8 (both right) in bin 12; .9 in 13; .6 and .6 (one right) in 9; .5 (wrong) in 7.
        let expected =
            ((2.0_f64 - 1.6).abs() + (1.0_f64 - 0.9) + (1.0_f64 - 1.2).abs() + 0.5) / 6.0;
        let error = expected_calibration_error(&six(), 15).unwrap();
        assert!((error - expected).abs() < 1e-12, "{error} {expected}");
    }

    #[test]
    fn nothing_has_no_scores() {
        assert_eq!(accuracy(&[]), None);
        assert_eq!(macro_f1(&[]), None);
        assert_eq!(expected_calibration_error(&[], 15), None);
    }
}
