//! Whether two series go together: correlation, rank correlation and its p-value.

use crate::rank::average_ranks;
use statrs::distribution::{ContinuousCDF as _, StudentsT};

/// Spearman's rank correlation with average ranks for ties (as `scipy.stats.spearmanr`).
///
/// `None` of fewer than three pairs, and of a constant series.
pub fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    if pairs.len() < 3 {
        return None;
    }
    let (left, right): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    pearson(&average_ranks(&left), &average_ranks(&right))
}

/// Two-sided p-value of a rank correlation by the t approximation, `t = ρ √(ν / (1 − ρ²))` with `ν = n − 2`.
///
/// `effective_n` counts observations that share no part of their return window, so that overlap does not pass for evidence.
/// `None` of fewer than three.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn p_value(rho: f64, effective_n: usize) -> Option<f64> {
    let degrees_of_freedom = effective_n.checked_sub(2).filter(|degrees| *degrees > 0)? as f64;
    if rho.abs() >= 1.0 {
        return Some(0.0);
    }
    let t = rho * (degrees_of_freedom / (1.0 - rho * rho)).sqrt();
    let distribution = StudentsT::new(0.0, 1.0, degrees_of_freedom).ok()?;
    Some(2.0 * distribution.sf(t.abs()))
}

/// The greatest number of windows `start .. start + length` that do not overlap; `starts` in any order.
pub fn non_overlapping(starts: &[usize], length: usize) -> usize {
    let mut sorted = starts.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let (mut count, mut free_from) = (0, 0);
    for start in sorted {
        if start >= free_from {
            count += 1;
            free_from = start + length.max(1);
        }
    }
    count
}

/// Pearson's correlation of two series of the same length; `None` where one is constant or there is no pair.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn pearson(left: &[f64], right: &[f64]) -> Option<f64> {
    let n_pairs = left.len() as f64;
    let mean_left = left.iter().sum::<f64>() / n_pairs;
    let mean_right = right.iter().sum::<f64>() / n_pairs;
    let deviations = left
        .iter()
        .zip(right)
        .map(|(x, y)| (x - mean_left, y - mean_right));
    let (mut cross, mut square_left, mut square_right) = (0.0, 0.0, 0.0);
    for (x, y) in deviations {
        cross += x * y;
        square_left += x * x;
        square_right += y * y;
    }
    let scale = square_left.sqrt() * square_right.sqrt();
    (scale > 0.0).then(|| (cross / scale).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spearman_of_known_series() {
        let pairs = [(1.0, 2.0), (2.0, 1.0), (3.0, 4.0), (4.0, 3.0), (5.0, 5.0)];
        assert!((spearman(&pairs).unwrap() - 0.8).abs() < 1e-15);
        assert_eq!(
            spearman(&[(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)]),
            None,
            "constant"
        );
        assert_eq!(spearman(&[(1.0, 1.0), (2.0, 2.0)]), None, "too few");
    }

    #[test]
    fn p_value_of_a_known_t() {
        // ρ = .8 of 5 pairs: t = 2.3094 with 3 degrees of freedom, two-sided p = .104088 (any t table).
        assert!((p_value(0.8, 5).unwrap() - 0.104_088).abs() < 1e-6);
        assert_eq!(p_value(0.8, 2), None);
    }

    #[test]
    fn overlapping_windows_count_once() {
        assert_eq!(non_overlapping(&[0, 1, 2, 3, 4, 5], 5), 2);
        assert_eq!(non_overlapping(&[7, 7, 0], 1), 2);
        assert_eq!(non_overlapping(&[], 5), 0);
    }
}
