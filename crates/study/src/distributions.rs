//! Tail areas and quantiles of the distributions that tests refer to.

use statrs::distribution::{
    ChiSquared, Continuous as _, ContinuousCDF as _, FisherSnedecor, Normal, StudentsT,
};

/// Φ(x) of the standard normal distribution.
pub fn normal_cdf(x: f64) -> f64 {
    Normal::standard().cdf(x)
}

/// Φ⁻¹(p) of the standard normal distribution; `None` unless 0 < p < 1.
pub fn normal_quantile(p: f64) -> Option<f64> {
    (0.0 < p && p < 1.0).then(|| Normal::standard().inverse_cdf(p))
}

/// The p-quantile of Student's t with ν degrees of freedom; `None` unless 0 < p < 1 and ν > 0.
pub fn t_quantile(p: f64, degrees_of_freedom: f64) -> Option<f64> {
    if !(0.0 < p && p < 1.0) {
        return None;
    }
    let distribution = StudentsT::new(0.0, 1.0, degrees_of_freedom).ok()?;
    let first_guess = distribution.inverse_cdf(p);
    // The quantile comes from the beta distribution's, which loses digits near its end: two steps of Newton's restore them.
    let improved = (0..2).fold(first_guess, |quantile, _| {
        quantile + (distribution.sf(quantile) - (1.0 - p)) / distribution.pdf(quantile)
    });
    improved.is_finite().then_some(improved)
}

/// P(X > x) of χ² with ν degrees of freedom; `None` unless x ≥ 0 is finite and ν > 0.
pub fn chi_squared_tail(x: f64, degrees_of_freedom: f64) -> Option<f64> {
    if !(x.is_finite() && x >= 0.0) {
        return None;
    }
    Some(ChiSquared::new(degrees_of_freedom).ok()?.sf(x))
}

/// P(X > x) of F with ν₁ and ν₂ degrees of freedom; `None` unless x ≥ 0 is finite and both are > 0.
pub fn f_tail(x: f64, (numerator, denominator): (f64, f64)) -> Option<f64> {
    if !(x.is_finite() && x >= 0.0) {
        return None;
    }
    Some(FisherSnedecor::new(numerator, denominator).ok()?.sf(x))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Values of scipy 1.17.
    #[test]
    fn known_quantiles_and_tails() {
        let close = |found: Option<f64>, expected: f64| {
            let found = found.unwrap();
            assert!(
                (found / expected - 1.0).abs() < 1e-11,
                "{found}, not {expected}"
            );
        };
        close(normal_quantile(0.975), 1.959_963_984_540_054);
        close(t_quantile(0.975, 177.0), 1.973_457_201_593_803_2);
        close(t_quantile(0.975, 2.0), 4.302_652_729_749_464);
        close(t_quantile(0.025, 5000.0), -1.960_438_551_706_507_5);
        close(chi_squared_tail(3.841_458_820_694_124, 1.0), 0.05);
        close(
            f_tail(94.484_461_750_771_86, (1.0, 3306.0)),
            4.858_966_814_759_883e-22,
        );
        assert_eq!(t_quantile(1.0, 5.0), None);
        assert_eq!(chi_squared_tail(f64::NAN, 5.0), None);
        assert_eq!(f_tail(-1.0, (1.0, 5.0)), None);
    }

    proptest! {
        /// A quantile is where its probability says.
        #[test]
        fn quantiles_invert_the_distribution(p in 0.001_f64..0.999, degrees in 1_u32..5_000) {
            let quantile = t_quantile(p, f64::from(degrees)).unwrap();
            let distribution = StudentsT::new(0.0, 1.0, f64::from(degrees)).unwrap();
            prop_assert!((distribution.cdf(quantile) - p).abs() < 1e-10);
        }
    }
}
