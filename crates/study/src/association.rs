//! Whether tones and returns go together: rank correlation, its p-value, and what is left of it over a whole grid.

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

/// Benjamini-Hochberg q-values over a grid of p-values (Benjamini and Hochberg, 1995), in the order given.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let n_tests = p_values.len();
    let mut largest_first: Vec<usize> = (0..n_tests).collect();
    largest_first.sort_by(|left, right| p_values[*right].total_cmp(&p_values[*left]));
    let mut q_values = vec![1.0; n_tests];
    let mut running_minimum = 1.0_f64;
    for (position, test) in largest_first.into_iter().enumerate() {
        let rank = n_tests - position;
        running_minimum = running_minimum.min(p_values[test] * n_tests as f64 / rank as f64);
        q_values[test] = running_minimum;
    }
    q_values
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

fn average_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|left, right| values[*left].total_cmp(&values[*right]));
    let mut ranks = vec![0.0; values.len()];
    let mut n_below = 0;
    for tied in order.chunk_by(|left, right| values[*left] == values[*right]) {
        for place in tied {
            ranks[*place] = mid_rank(n_below, tied.len());
        }
        n_below += tied.len();
    }
    ranks
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn mid_rank(n_below: usize, n_tied: usize) -> f64 {
    n_below as f64 + (n_tied as f64 + 1.0) / 2.0
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn pearson(left: &[f64], right: &[f64]) -> Option<f64> {
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
    let scale = (square_left * square_right).sqrt();
    (scale > 0.0).then(|| (cross / scale).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_average_rank() {
        assert_eq!(
            average_ranks(&[10.0, 20.0, 20.0, 5.0]),
            [2.0, 3.5, 3.5, 1.0]
        );
    }

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
    fn benjamini_hochberg_of_a_worked_example() {
        let q_values = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.5]);
        let expected = [0.04, 0.16 / 3.0, 0.16 / 3.0, 0.5];
        assert!(
            q_values
                .iter()
                .zip(expected)
                .all(|(q, want)| (q - want).abs() < 1e-12),
            "{q_values:?}"
        );
    }

    #[test]
    fn overlapping_windows_count_once() {
        assert_eq!(non_overlapping(&[0, 1, 2, 3, 4, 5], 5), 2);
        assert_eq!(non_overlapping(&[7, 7, 0], 1), 2);
        assert_eq!(non_overlapping(&[], 5), 0);
    }
}
