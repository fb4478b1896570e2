//! Ranks of a series.

/// Ranks from 1 on, in the order given; equal values share the average of their ranks (as `scipy.stats.rankdata`).
pub fn average_ranks(values: &[f64]) -> Vec<f64> {
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
}
