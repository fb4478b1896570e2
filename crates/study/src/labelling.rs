//! How well sets of labels are found: precision, recall and F1, by label and over all.

use std::collections::BTreeMap;

/// What was found of one label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Found and right.
    pub true_positives: usize,
    /// Found and wrong.
    pub false_positives: usize,
    /// Right and not found.
    pub false_negatives: usize,
}

impl Counts {
    /// Adds one thing that may carry the label.
    pub fn add(&mut self, is_right: bool, is_found: bool) {
        match (is_right, is_found) {
            (true, true) => self.true_positives += 1,
            (false, true) => self.false_positives += 1,
            (true, false) => self.false_negatives += 1,
            (false, false) => {}
        }
    }

    /// `TP / (TP + FP)`; `None` where nothing was found.
    pub fn precision(&self) -> Option<f64> {
        share(
            self.true_positives,
            self.true_positives + self.false_positives,
        )
    }

    /// `TP / (TP + FN)`; `None` where nothing was there.
    pub fn recall(&self) -> Option<f64> {
        share(
            self.true_positives,
            self.true_positives + self.false_negatives,
        )
    }

    /// `2 TP / (2 TP + FP + FN)`; `None` where nothing was there nor found.
    pub fn f1(&self) -> Option<f64> {
        let twice = 2 * self.true_positives;
        share(twice, twice + self.false_positives + self.false_negatives)
    }
}

/// The counts of all labels together, from which micro-averages come.
pub fn pooled<K>(counts: &BTreeMap<K, Counts>) -> Counts {
    let mut all = Counts::default();
    for label in counts.values() {
        all.true_positives += label.true_positives;
        all.false_positives += label.false_positives;
        all.false_negatives += label.false_negatives;
    }
    all
}

/// The macro-average of a score: its mean over the labels that have it; `None` where none has.
#[expect(clippy::cast_precision_loss, reason = "a count of labels")]
pub fn macro_average<K>(
    counts: &BTreeMap<K, Counts>,
    score: impl Fn(&Counts) -> Option<f64>,
) -> Option<f64> {
    let scores: Vec<f64> = counts.values().filter_map(score).collect();
    (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_of_two_labels() {
        let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
        for (label, is_right, is_found) in [
            ("a", true, true),
            ("a", true, true),
            ("a", false, true),
            ("a", true, false),
            ("b", true, false),
            ("b", false, false),
        ] {
            counts.entry(label).or_default().add(is_right, is_found);
        }
        let a = counts["a"];
        assert_eq!(a.precision(), Some(2.0 / 3.0));
        assert_eq!(a.recall(), Some(2.0 / 3.0));
        assert_eq!(a.f1(), Some(4.0 / 6.0));
        let b = counts["b"];
        assert_eq!(
            (b.precision(), b.recall(), b.f1()),
            (None, Some(0.0), Some(0.0))
        );
        assert_eq!(macro_average(&counts, Counts::recall), Some(1.0 / 3.0));
        assert_eq!(pooled(&counts).recall(), Some(0.5));
        assert_eq!(Counts::default().f1(), None);
    }
}
