//! A line through two series, with standard errors that hold where errors are correlated over time (Newey and West, 1987).
//!
//! As `statsmodels` has it with `cov_type="HAC"`: Bartlett weights `1 − l / (L + 1)`, and p-values of the normal distribution.

use statrs::distribution::{ContinuousCDF as _, Normal};

use crate::least_squares::least_squares;

/// A line `y = α + β x`, its standard errors, and what they say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regression {
    /// How many pairs it rests on.
    pub n: usize,
    /// Over how many lags errors may be correlated.
    pub lags: usize,
    /// Where the line crosses x = 0, in the unit of y.
    pub alpha: f64,
    /// By how much y grows with each unit of x.
    pub beta: f64,
    /// Standard error of alpha.
    pub se_alpha: f64,
    /// Standard error of beta.
    pub se_beta: f64,
    /// `alpha / se_alpha`; not finite where the line passes through every point.
    pub t_alpha: f64,
    /// `beta / se_beta`; not finite where the line passes through every point.
    pub t_beta: f64,
    /// Two-sided, by the normal distribution.
    pub p_alpha: f64,
    /// Two-sided, by the normal distribution.
    pub p_beta: f64,
    /// The share of y's variance that the line explains.
    pub r_squared: f64,
}

/// A mean and what its standard error says of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The mean, in the unit of the values.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// `mean / standard_error`.
    pub t: f64,
    /// Two-sided, by the normal distribution.
    pub p: f64,
}

/// `⌊4 (n / 100)^(2/9)⌋`, the lags that Newey and West (1994) propose for n observations.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts stay far below 2^53"
)]
pub fn automatic_lags(n: usize) -> usize {
    (4.0 * (n as f64 / 100.0).powf(2.0 / 9.0)).floor() as usize
}

/// The line of least squares through `(x, y)`, in the order of time.
///
/// `has_correction` scales the covariance by `n / (n − 2)`, for small samples. `None` where x or y is constant, where there are
/// fewer than three pairs, and where a value is not finite.
pub fn newey_west(x: &[f64], y: &[f64], lags: usize, has_correction: bool) -> Option<Regression> {
    let ones = vec![1.0; x.len()];
    let fit = least_squares(&[&ones, x], y)?;
    let total = least_squares(&[&ones], y)?.sum_of_squares;
    if is_constant(y) {
        return None;
    }
    let n = y.len();
    let mean_x = x.iter().sum::<f64>() / count(n);
    let square: f64 = x.iter().map(|x| (x - mean_x).powi(2)).sum();
    // By how much each error moves both coefficients, (X'X)⁻¹ xᵢ eᵢ written out: where x is far from zero for its spread, the
    // product of the three matrices would cancel to nothing but rounding.
    let moved: Vec<[f64; 2]> = x
        .iter()
        .zip(&fit.residuals)
        .map(|(x, residual)| {
            let of_beta = (x - mean_x) / square;
            let of_alpha = 1.0 / count(n) - mean_x * of_beta;
            [of_alpha * residual, of_beta * residual]
        })
        .collect();
    let covariance = bartlett(&moved, lags);
    let correction = correction(n, 2, has_correction);
    let standard_error = |place: usize| (covariance[place][place] * correction).sqrt();
    let (alpha, beta) = (fit.coefficients[0], fit.coefficients[1]);
    let (se_alpha, se_beta) = (standard_error(0), standard_error(1));
    Some(Regression {
        n,
        lags,
        alpha,
        beta,
        se_alpha,
        se_beta,
        t_alpha: alpha / se_alpha,
        t_beta: beta / se_beta,
        p_alpha: two_sided(alpha / se_alpha),
        p_beta: two_sided(beta / se_beta),
        r_squared: (beta * beta * square / total).min(1.0),
    })
}

/// The mean of `values`, in the order of time: a regression on nothing but a constant.
///
/// `None` of fewer than two values, and of values that are all the same.
pub fn newey_west_mean(values: &[f64], lags: usize, has_correction: bool) -> Option<Mean> {
    let ones = vec![1.0; values.len()];
    let fit = least_squares(&[&ones], values)?;
    if is_constant(values) {
        return None;
    }
    let n = values.len();
    let moved = fit.residuals.iter().map(|residual| [residual / count(n)]);
    let variance = bartlett(&moved.collect::<Vec<_>>(), lags)[0][0];
    let standard_error = (variance * correction(n, 1, has_correction)).sqrt();
    let mean = fit.coefficients[0];
    Some(Mean {
        mean,
        standard_error,
        t: mean / standard_error,
        p: two_sided(mean / standard_error),
    })
}

fn is_constant(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}

/// The sum of the rows' products with themselves and, weighted, with those up to `lags` before them.
fn bartlett<const K: usize>(rows: &[[f64; K]], lags: usize) -> [[f64; K]; K] {
    let mut sum = products(rows, rows);
    for lag in 1..=lags.min(rows.len().saturating_sub(1)) {
        let weight = 1.0 - count(lag) / (count(lags) + 1.0);
        let lagged = products(&rows[lag..], &rows[..rows.len() - lag]);
        for row in 0..K {
            for column in 0..K {
                sum[row][column] += weight * (lagged[row][column] + lagged[column][row]);
            }
        }
    }
    sum
}

fn products<const K: usize>(left: &[[f64; K]], right: &[[f64; K]]) -> [[f64; K]; K] {
    let mut sum = [[0.0; K]; K];
    for (left, right) in left.iter().zip(right) {
        for row in 0..K {
            for column in 0..K {
                sum[row][column] += left[row] * right[column];
            }
        }
    }
    sum
}

fn correction(n: usize, n_coefficients: usize, has_correction: bool) -> f64 {
    match has_correction {
        true => count(n) / count(n - n_coefficients),
        false => 1.0,
    }
}

/// Two-sided p-value of `z` by the normal distribution.
fn two_sided(z: f64) -> f64 {
    2.0 * Normal::standard().sf(z.abs())
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_close(one: f64, other: f64) -> bool {
        (one - other).abs() <= 1e-11 * other.abs().max(1.0)
    }

    #[test]
    fn lags_grow_slowly_with_n() {
        let lags = [1, 30, 100, 252, 1000, 20_000].map(automatic_lags);
        assert_eq!(lags, [1, 3, 4, 4, 6, 12]);
    }

    #[test]
    fn three_points_by_hand() {
        // x̄ = 1, ȳ = 4/3, β = 1/2, α = 5/6; residuals 1/6, −1/3, 1/6.
        let fit = newey_west(&[0.0, 1.0, 2.0], &[1.0, 1.0, 2.0], 0, false).unwrap();
        assert!(is_close(fit.beta, 0.5) && is_close(fit.alpha, 5.0 / 6.0));
        assert!(is_close(fit.r_squared, 0.75));
        // With no lag it is White's: var β = Σ (x − x̄)² e² / (Σ (x − x̄)²)² = (2/36) / 4.
        assert!(is_close(fit.se_beta, (1.0_f64 / 72.0).sqrt()));
        let corrected = newey_west(&[0.0, 1.0, 2.0], &[1.0, 1.0, 2.0], 0, true).unwrap();
        assert!(is_close(corrected.se_beta, (3.0_f64 / 72.0).sqrt()));
    }

    #[test]
    fn a_mean_with_one_lag_by_hand() {
        // Deviations −1, 0, 1 and lag-one products 0: S = 2; with weight 1/2 nothing is added. Var = 2 / 9.
        let mean = newey_west_mean(&[1.0, 2.0, 3.0], 1, false).unwrap();
        assert!(is_close(mean.standard_error, 2.0_f64.sqrt() / 3.0));
        // Deviations −1, −1, 1, 1: S = 4 + 2 · 1/2 · (1 − 1 + 1) = 5, var = 5 / 16.
        let mean = newey_west_mean(&[0.0, 0.0, 2.0, 2.0], 1, false).unwrap();
        assert!(is_close(mean.t, 4.0 / 5.0_f64.sqrt()));
    }

    #[test]
    fn nothing_is_said_of_a_constant() {
        let x = [1.0, 2.0, 4.0, 3.0];
        assert_eq!(newey_west(&[0.1; 4], &x, 1, true), None);
        assert_eq!(newey_west(&x, &[0.1; 4], 1, true), None);
        assert_eq!(newey_west(&x[..2], &x[..2], 1, true), None);
        assert_eq!(newey_west_mean(&[0.1; 4], 1, true), None);
        assert_eq!(newey_west_mean(&[0.1], 1, true), None);
    }

    proptest! {
        /// Bartlett's weights leave a variance that is none below zero; and the unit of y changes no t.
        #[test]
        fn standard_errors_are_real_and_scale(
            pairs in prop::collection::vec((-1.0_f64..1.0, -1.0_f64..1.0), 5..80), lags in 0_usize..20
        ) {
            let (x, y): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let Some(fit) = newey_west(&x, &y, lags, true) else { return Ok(()) };
            prop_assert!(fit.se_alpha >= 0.0 && fit.se_beta >= 0.0);
            prop_assert!((0.0..=1.0).contains(&fit.p_beta) && fit.r_squared <= 1.0);
            let scaled: Vec<f64> = y.iter().map(|y| y * 1024.0).collect();
            let scaled = newey_west(&x, &scaled, lags, true).unwrap();
            prop_assert!((scaled.t_beta - fit.t_beta).abs() <= 1e-7 * fit.t_beta.abs().max(1.0));
        }
    }
}
