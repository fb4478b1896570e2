//! Granger's F of many series against the same one, by sums of products of lags: what is held against shifted series needs no nine digits and
//! a hundred times less work.

/// F of the test whether lags of `cause` help to tell `effect`, for `1 ..= max_lag` lags, all on the rows that have `max_lag` of them.
///
/// The sums of squares are those of [`granger`](crate::granger::granger) on these rows, by normal equations. `None` where a series does not
/// vary or its lags are a combination of the others.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn granger_f(cause: &[f64], effect: &[f64], max_lag: usize) -> Option<Vec<f64>> {
    let products = Products::new(&deviations(cause), &deviations(effect), max_lag)?;
    let n_rows = (effect.len() - max_lag) as f64;
    let f = (1..=max_lag).map(|n_lags| {
        let own: Vec<usize> = (1..=n_lags).collect();
        let both: Vec<usize> = own
            .iter()
            .copied()
            .chain((1..=n_lags).map(|lag| max_lag + lag))
            .collect();
        let (without, with) = (
            products.sum_of_squares(&own)?,
            products.sum_of_squares(&both)?,
        );
        let degrees = n_rows - 2.0 * n_lags as f64 - 1.0;
        (degrees > 0.0 && with > 0.0).then(|| (without - with) / n_lags as f64 / (with / degrees))
    });
    f.collect()
}

/// Sums of products about their means: of the effect, its lags and the cause's lags, in this order.
struct Products {
    sums: Vec<Vec<f64>>,
}

impl Products {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    fn new(cause: &[f64], effect: &[f64], max_lag: usize) -> Option<Self> {
        let n_rows = effect
            .len()
            .checked_sub(max_lag)
            .filter(|n_rows| *n_rows > 0)?;
        if cause.len() != effect.len() {
            return None;
        }
        let n_columns = 2 * max_lag + 1;
        let of_effect = lagged(effect, effect, max_lag);
        let of_both = lagged(effect, cause, max_lag);
        let of_cause = lagged(cause, cause, max_lag);
        let means = |values: &[f64]| -> Vec<f64> {
            totals(values, max_lag)
                .iter()
                .map(|total| total / n_rows as f64)
                .collect()
        };
        let (means_of_effect, means_of_cause) = (means(effect), means(cause));
        let column = |place: usize| {
            if place <= max_lag {
                (true, place)
            } else {
                (false, place - max_lag)
            }
        };
        let product = |row: usize, other: usize| {
            let ((row_is_effect, i), (other_is_effect, j)) = (column(row), column(other));
            let sum = match (row_is_effect, other_is_effect) {
                (true, true) => of_effect[i][j],
                (true, false) => of_both[i][j],
                (false, true) => of_both[j][i],
                (false, false) => of_cause[i][j],
            };
            let mean = |is_effect: bool, lag: usize| {
                if is_effect {
                    means_of_effect[lag]
                } else {
                    means_of_cause[lag]
                }
            };
            sum - n_rows as f64 * mean(row_is_effect, i) * mean(other_is_effect, j)
        };
        let sums =
            (0..n_columns).map(|row| (0..n_columns).map(|other| product(row, other)).collect());
        Some(Self {
            sums: sums.collect(),
        })
    }

    /// What is left of the effect after a regression on these columns and a constant, by Cholesky's decomposition.
    fn sum_of_squares(&self, columns: &[usize]) -> Option<f64> {
        let order: Vec<usize> = columns.iter().copied().chain([0]).collect();
        let mut lower = vec![vec![0.0_f64; order.len()]; order.len()];
        for row in 0..order.len() {
            for column in 0..=row {
                let known: f64 = (0..column)
                    .map(|inner| lower[row][inner] * lower[column][inner])
                    .sum();
                let left = self.sums[order[row]][order[column]] - known;
                lower[row][column] = if row > column {
                    left / lower[column][column]
                } else if row + 1 == order.len() {
                    return Some(left.max(0.0));
                } else if left > 1e-10 * self.sums[order[row]][order[row]] {
                    left.sqrt()
                } else {
                    return None;
                };
            }
        }
        None
    }
}

/// `Σ one[t − i] · other[t − j]` over the rows `t` that have `max_lag` lags, by i and j.
///
/// A sum of later lags is that of earlier ones without its last product and with one before its first: only the first row and column take
/// a pass over the series.
fn lagged(one: &[f64], other: &[f64], max_lag: usize) -> Vec<Vec<f64>> {
    let n = one.len();
    let whole = |i: usize, j: usize| -> f64 {
        let (left, right) = (&one[max_lag - i..n - i], &other[max_lag - j..n - j]);
        crate::placebo::dot(left, right)
    };
    let mut sums = vec![vec![0.0; max_lag + 1]; max_lag + 1];
    for i in 0..=max_lag {
        for j in 0..=max_lag {
            sums[i][j] = if i == 0 || j == 0 {
                whole(i, j)
            } else {
                sums[i - 1][j - 1] + one[max_lag - i] * other[max_lag - j]
                    - one[n - i] * other[n - j]
            };
        }
    }
    sums
}

/// `Σ values[t − lag]` over the same rows, by lag.
fn totals(values: &[f64], max_lag: usize) -> Vec<f64> {
    let n = values.len();
    (0..=max_lag)
        .map(|lag| values[max_lag - lag..n - lag].iter().sum())
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn deviations(values: &[f64]) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|value| value - mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::granger::granger;
    use crate::random::Random;

    /// A series, and one that follows it after two rows.
    fn leading(n: usize) -> (Vec<f64>, Vec<f64>) {
        let mut random = Random::new(5);
        let cause: Vec<f64> = (0..n).map(|_| random.unit() + 3.0).collect();
        let effect = (0..n)
            .map(|row| if row > 1 { 0.4 * cause[row - 2] } else { 0.0 } + random.unit())
            .collect();
        (cause, effect)
    }

    #[test]
    fn it_is_the_test_of_the_regressions_on_the_same_rows() {
        let (cause, effect) = leading(300);
        for max_lag in 1..=4 {
            let fast = granger_f(&cause, &effect, max_lag).unwrap();
            let exact = granger(&cause, &effect, max_lag).unwrap();
            let (last, expected) = (fast[max_lag - 1], exact[max_lag - 1].ssr_f.statistic);
            assert!((last / expected - 1.0).abs() < 1e-8, "{last} {expected}");
        }
        // Fewer lags on rows that have more: the same rows cut off by hand.
        let fast = granger_f(&cause, &effect, 4).unwrap();
        let exact = granger(&cause[3..], &effect[3..], 1).unwrap();
        assert!((fast[0] / exact[0].ssr_f.statistic - 1.0).abs() < 1e-8);
    }

    #[test]
    fn what_does_not_vary_has_no_test() {
        let (cause, effect) = leading(50);
        assert_eq!(granger_f(&[1.0; 50], &effect, 2), None);
        assert_eq!(granger_f(&effect, &effect, 2), None);
        assert_eq!(granger_f(&cause, &effect[..3], 2), None);
        assert_eq!(granger_f(&cause[..2], &effect[..2], 2), None);
    }
}
