//! Whether the past of one series helps to tell the next value of another (Granger, 1969), with the four forms of the test that
//! `statsmodels.tsa.stattools.grangercausalitytests` has.

use crate::distributions::{chi_squared_tail, f_tail};
use crate::least_squares::{LeastSquares, least_squares};
use crate::unit_root::centred;

/// The fewest residual degrees of freedom that a test is made of.
pub const MIN_DEGREES_OF_FREEDOM: usize = 10;

/// A statistic and its p-value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tested {
    /// The statistic.
    pub statistic: f64,
    /// Its p-value.
    pub p: f64,
}

/// The tests of one number of lags.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LagTests {
    /// How many lags of both series the regressions have: the degrees of freedom of χ², and the first ones of F.
    pub n_lags: usize,
    /// Residual degrees of freedom of the regression on both: the second ones of F.
    pub degrees_of_freedom: usize,
    /// F by the sums of squared residuals without and with the other series.
    pub ssr_f: Tested,
    /// χ² by the same sums, `n (SSR₀ − SSR₁) / SSR₁`.
    pub ssr_chi_squared: Tested,
    /// The likelihood ratio, `n ln(SSR₀ / SSR₁)`.
    pub likelihood_ratio: Tested,
    /// Wald's F by the other series' coefficients and their covariance.
    pub parameters_f: Tested,
}

/// Why there is no test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoTest {
    /// More lags take more rows.
    #[error("{n_lags} lags take at least {needed} rows, and there are {n_rows}")]
    TooFewRows {
        /// The lags asked for.
        n_lags: usize,
        /// Rows that they take.
        needed: usize,
        /// Rows there are.
        n_rows: usize,
    },
    /// A series that says the same whatever happens, or repeats the other one.
    #[error("a series is constant, or its lags are a combination of the others")]
    Collinear,
    /// The regression leaves nothing unexplained that a test could be made of.
    #[error("the lags explain the series without remainder")]
    NoRemainder,
}

/// Whether lags of `cause` help to tell `effect`, for `1 ..= max_lag` lags, each on all rows that have them.
pub fn granger(cause: &[f64], effect: &[f64], max_lag: usize) -> Result<Vec<LagTests>, NoTest> {
    let n_rows = cause.len().min(effect.len());
    let needed = max_lag
        .saturating_mul(3)
        .saturating_add(1 + MIN_DEGREES_OF_FREEDOM);
    if n_rows < needed {
        return Err(NoTest::TooFewRows {
            n_lags: max_lag,
            needed,
            n_rows,
        });
    }
    let centred = |values: &[f64]| centred(&values[..n_rows]).ok_or(NoTest::Collinear);
    let (cause, effect) = (centred(cause)?, centred(effect)?);
    (1..=max_lag)
        .map(|n_lags| tests(&cause, &effect, n_lags))
        .collect()
}

fn tests(cause: &[f64], effect: &[f64], n_lags: usize) -> Result<LagTests, NoTest> {
    let n_observations = effect.len() - n_lags;
    let ones = vec![1.0; n_observations];
    let mut columns = vec![ones.as_slice()];
    columns.extend(lagged(effect, n_lags));
    let explained = &effect[n_lags..];
    let own = least_squares(&columns, explained).ok_or(NoTest::Collinear)?;
    columns.extend(lagged(cause, n_lags));
    let joint = least_squares(&columns, explained).ok_or(NoTest::Collinear)?;
    let degrees_of_freedom = n_observations - columns.len();
    compare(&own, &joint, n_lags, degrees_of_freedom).ok_or(NoTest::NoRemainder)
}

/// A series 1, 2 … `n_lags` rows earlier, in the rows that have all of them.
fn lagged(series: &[f64], n_lags: usize) -> impl Iterator<Item = &[f64]> {
    (1..=n_lags).map(move |lag| &series[n_lags - lag..series.len() - lag])
}

fn compare(
    own: &LeastSquares,
    joint: &LeastSquares,
    n_lags: usize,
    degrees_of_freedom: usize,
) -> Option<LagTests> {
    let (numerator, denominator) = (count(n_lags), count(degrees_of_freedom));
    let n_observations = count(joint.residuals.len());
    // More regressors never explain less, but for rounding.
    let gain = (own.sum_of_squares - joint.sum_of_squares).max(0.0) / joint.sum_of_squares;
    let by_f = |statistic: f64| {
        let p = f_tail(statistic, (numerator, denominator))?;
        Some(Tested { statistic, p })
    };
    let by_chi_squared = |statistic: f64| {
        let p = chi_squared_tail(statistic, numerator)?;
        Some(Tested { statistic, p })
    };
    let variance = joint.sum_of_squares / denominator;
    Some(LagTests {
        n_lags,
        degrees_of_freedom,
        ssr_f: by_f(gain * denominator / numerator)?,
        ssr_chi_squared: by_chi_squared(gain * n_observations)?,
        likelihood_ratio: by_chi_squared(n_observations * gain.ln_1p())?,
        parameters_f: by_f(quadratic_form(joint, n_lags)? / variance / numerator)?,
    })
}

/// `b' V⁻¹ b` of the last `n_last` coefficients and their block V of `(X'X)⁻¹`, by Cholesky's decomposition `V = L L'`.
fn quadratic_form(fit: &LeastSquares, n_last: usize) -> Option<f64> {
    let first = fit.coefficients.len().checked_sub(n_last)?;
    let mut lower: Vec<Vec<f64>> = Vec::with_capacity(n_last);
    let mut solved: Vec<f64> = Vec::with_capacity(n_last);
    for row in 0..n_last {
        let mut entries: Vec<f64> = Vec::with_capacity(row + 1);
        for column in 0..row {
            let known = product(&entries, &lower[column][..column]);
            let rest = fit.inverse[first + row][first + column] - known;
            entries.push(rest / lower[column][column]);
        }
        let diagonal = fit.inverse[first + row][first + row] - product(&entries, &entries);
        let diagonal = (diagonal > 0.0).then(|| diagonal.sqrt())?;
        solved.push((fit.coefficients[first + row] - product(&entries, &solved)) / diagonal);
        entries.push(diagonal);
        lower.push(entries);
    }
    Some(product(&solved, &solved))
}

fn product(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(one, other)| one * other).sum()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Numbers without a pattern, of a linear congruential generator.
    fn scattered(n_rows: usize, seed: u32) -> Vec<f64> {
        let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        let states = std::iter::successors(Some(seed), next).skip(1);
        let numbers = states.map(|state| f64::from(state >> 8) / f64::from(1 << 24) - 0.5);
        numbers.take(n_rows).collect()
    }

    #[test]
    fn what_follows_another_series_is_told_by_its_past() {
        let cause = scattered(200, 1);
        let noise = scattered(200, 77_777);
        let effect: Vec<f64> = (0..200)
            .map(|row: usize| row.checked_sub(2).map_or(0.0, |row| cause[row]) + noise[row])
            .collect();
        let forwards = granger(&cause, &effect, 3).unwrap();
        assert!(
            forwards[0].ssr_f.p > 1e-4,
            "one lag is not enough: {forwards:?}"
        );
        assert!(forwards[1].ssr_f.p < 1e-20, "{forwards:?}");
        assert_eq!(forwards[2].degrees_of_freedom, 200 - 3 - 7);
    }

    #[test]
    fn there_is_no_test_of_too_few_rows_constants_and_copies() {
        let series = scattered(30, 1);
        let short = NoTest::TooFewRows {
            n_lags: 7,
            needed: 32,
            n_rows: 30,
        };
        assert_eq!(granger(&series, &series, 7), Err(short));
        assert_eq!(granger(&series, &series, 2), Err(NoTest::Collinear));
        assert_eq!(granger(&[0.1; 30], &series, 2), Err(NoTest::Collinear));
        assert!(granger(&series, &series, usize::MAX).is_err());
    }

    proptest! {
        /// Both ways to F agree, as algebra has it, and the likelihood ratio follows from χ².
        #[test]
        fn the_forms_of_the_test_agree(
            rows in prop::collection::vec((-1.0_f64..1.0, -1.0_f64..1.0), 40..80), n_lags in 1_usize..5,
        ) {
            let (cause, effect): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
            for tests in granger(&cause, &effect, n_lags).unwrap() {
                let (by_sums, by_parameters) = (tests.ssr_f.statistic, tests.parameters_f.statistic);
                prop_assert!((by_sums - by_parameters).abs() <= 1e-9 * by_sums.max(1.0));
                let n_observations = count(tests.degrees_of_freedom + 2 * tests.n_lags + 1);
                let from_sums = n_observations * (tests.ssr_chi_squared.statistic / n_observations).ln_1p();
                prop_assert!((tests.likelihood_ratio.statistic - from_sums).abs() < 1e-9);
                prop_assert!((0.0..=1.0).contains(&tests.ssr_f.p));
            }
        }
    }
}
