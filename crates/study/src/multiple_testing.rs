//! What is left of p-values where many tests were made: each is adjusted over all of them, in the order given, as
//! `statsmodels.stats.multitest.multipletests` has it.

/// Bonferroni: `min(1, m p)`; the chance of one false rejection among m tests stays below the level.
pub fn bonferroni(p_values: &[f64]) -> Vec<f64> {
    let n_tests = count(p_values.len());
    p_values.iter().map(|p| (p * n_tests).min(1.0)).collect()
}

/// Holm's step-down correction (Holm, 1979): as strict as Bonferroni, and never less powerful.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut adjusted = vec![1.0; p_values.len()];
    let mut running_maximum = 0.0_f64;
    for (n_before, test) in smallest_first(p_values).into_iter().enumerate() {
        let scaled = p_values[test] * count(p_values.len() - n_before);
        running_maximum = running_maximum.max(scaled).min(1.0);
        adjusted[test] = running_maximum;
    }
    adjusted
}

/// Benjamini-Hochberg q-values (Benjamini and Hochberg, 1995): the expected share of false ones among those rejected, for tests
/// that are independent or positively dependent.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    step_up(p_values, 1.0)
}

/// Benjamini-Yekutieli q-values (Benjamini and Yekutieli, 2001): the same under any dependence, times `1 + 1/2 + … + 1/m`.
pub fn benjamini_yekutieli(p_values: &[f64]) -> Vec<f64> {
    let harmonic = (1..=p_values.len()).map(|rank| 1.0 / count(rank)).sum();
    step_up(p_values, harmonic)
}

fn step_up(p_values: &[f64], factor: f64) -> Vec<f64> {
    let n_tests = p_values.len();
    let mut adjusted = vec![1.0; n_tests];
    let mut running_minimum = 1.0_f64;
    for (place, test) in smallest_first(p_values).into_iter().enumerate().rev() {
        let scaled = p_values[test] * factor * count(n_tests) / count(place + 1);
        running_minimum = running_minimum.min(scaled);
        adjusted[test] = running_minimum;
    }
    adjusted
}

fn smallest_first(p_values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|left, right| p_values[*left].total_cmp(&p_values[*right]));
    order
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_close(adjusted: &[f64], expected: &[f64]) -> bool {
        let pairs = adjusted.iter().zip(expected);
        adjusted.len() == expected.len()
            && pairs
                .into_iter()
                .all(|(one, other)| (one - other).abs() < 1e-12)
    }

    #[test]
    fn a_worked_example() {
        let p_values = [0.01, 0.04, 0.03, 0.5];
        assert!(is_close(&bonferroni(&p_values), &[0.04, 0.16, 0.12, 1.0]));
        assert!(is_close(&holm(&p_values), &[0.04, 0.09, 0.09, 0.5]));
        assert!(is_close(
            &benjamini_hochberg(&p_values),
            &[0.04, 0.16 / 3.0, 0.16 / 3.0, 0.5]
        ));
        let harmonic = 1.0 + 1.0 / 2.0 + 1.0 / 3.0 + 1.0 / 4.0;
        let expected = [
            0.04 * harmonic,
            0.16 / 3.0 * harmonic,
            0.16 / 3.0 * harmonic,
            1.0,
        ];
        assert!(is_close(&benjamini_yekutieli(&p_values), &expected));
        assert_eq!(holm(&[]), [0.0; 0]);
    }

    proptest! {
        /// None is less than p, none above 1, and Holm lies between Benjamini-Hochberg and Bonferroni.
        #[test]
        fn corrections_are_ordered(p_values in prop::collection::vec(0.0_f64..=1.0, 1..30)) {
            let (bh, by) = (benjamini_hochberg(&p_values), benjamini_yekutieli(&p_values));
            let (holm, bonferroni) = (holm(&p_values), bonferroni(&p_values));
            for test in 0..p_values.len() {
                prop_assert!(p_values[test] <= bh[test] + 1e-15 && bh[test] <= by[test] + 1e-12);
                prop_assert!(bh[test] <= holm[test] + 1e-12 && holm[test] <= bonferroni[test] + 1e-12);
                prop_assert!(by[test] <= 1.0 && bonferroni[test] <= 1.0);
            }
        }
    }
}
