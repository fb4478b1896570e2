//! Shares of outcomes: their interval, and whether a signal is right more often than anything would be.

use statrs::distribution::{Binomial, ContinuousCDF as _, Discrete as _, DiscreteCDF as _, Normal};

/// What two probabilities may differ by and still count as equal, as `scipy.stats.binomtest` has it.
const EQUAL: f64 = 1.0 + 1e-7;

/// How often something was right, and how often it would have been by the base rate alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HitRate {
    /// How many calls there were.
    pub n: usize,
    /// How many of them were right.
    pub n_hits: usize,
    /// `n_hits / n`.
    pub rate: f64,
    /// Wilson's interval of 95 % around the rate.
    pub interval: (f64, f64),
    /// The share that would be right without knowing the signal.
    pub base_rate: f64,
    /// Two-sided exact binomial p-value of the rate against the base rate, which is taken as known.
    pub p: f64,
}

/// Hit rates of calls that a thing rises, that it falls, and of both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HitRates {
    /// After a signal above zero; the base rate is the share of all outcomes above zero.
    pub rises: Option<HitRate>,
    /// After a signal below zero; the base rate is the share of all outcomes below zero.
    pub falls: Option<HitRate>,
    /// Of both; the base rate is what they would come to if outcomes had nothing to do with signals (Pesaran and
    /// Timmermann, 1992).
    pub both: Option<HitRate>,
}

/// Wilson's interval (1927) of a share of `n_hits` in `n`, as `statsmodels.stats.proportion.proportion_confint` has it.
///
/// `confidence` lies between 0 and 1. `None` where n is 0, where there are more hits than that, and of another confidence.
pub fn wilson(n_hits: usize, n: usize, confidence: f64) -> Option<(f64, f64)> {
    if n == 0 || n_hits > n || !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let (share, n) = (count(n_hits) / count(n), count(n));
    let z = Normal::standard().inverse_cdf(0.5 + confidence / 2.0);
    let denominator = 1.0 + z * z / n;
    let center = (share + z * z / (2.0 * n)) / denominator;
    let spread = share * (1.0 - share) / n + z * z / (4.0 * n * n);
    let distance = z * spread.sqrt() / denominator;
    Some(((center - distance).max(0.0), (center + distance).min(1.0)))
}

/// Two-sided exact p-value of `n_hits` in `n` where each is one with probability `expected`: the probability of all outcomes that
/// are no likelier than this one, as `scipy.stats.binomtest`.
///
/// `None` where n is 0, where there are more hits than that, and where `expected` is no probability.
pub fn binomial_test(n_hits: usize, n: usize, expected: f64) -> Option<f64> {
    if n == 0 || n_hits > n || !(0.0..=1.0).contains(&expected) {
        return None;
    }
    let mode = mode(n, expected);
    let (hits, n) = (u64::try_from(n_hits).ok()?, u64::try_from(n).ok()?);
    let binomial = Binomial::new(expected, n).ok()?;
    let limit = binomial.pmf(hits) * EQUAL;
    let is_rare = |outcome: u64| binomial.pmf(outcome) <= limit;
    // Probabilities rise up to the mode and fall from there on.
    let n_low = first(0, mode, |outcome| !is_rare(outcome));
    let first_high = first(mode, n + 1, is_rare);
    let low = n_low.checked_sub(1).map_or(0.0, |last| binomial.cdf(last));
    let high = match first_high {
        beyond if beyond > n => 0.0,
        0 => 1.0,
        from => binomial.sf(from - 1),
    };
    Some((low + high).min(1.0))
}

/// The likeliest number of hits.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "no more than n"
)]
fn mode(n: usize, expected: f64) -> u64 {
    ((count(n) + 1.0) * expected).floor().min(count(n)) as u64
}

/// The first number of `from .. to` that `is_so` holds of, which must then hold of all after it; else `to`.
fn first(from: u64, to: u64, is_so: impl Fn(u64) -> bool) -> u64 {
    let (mut from, mut to) = (from, to);
    while from < to {
        let middle = from + (to - from) / 2;
        if is_so(middle) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    from
}

/// Hit rates of `pairs` of signal and outcome.
///
/// A signal of zero calls nothing; its outcome counts for the base rate. An outcome of zero is right for neither call.
pub fn hit_rates(pairs: &[(f64, f64)]) -> HitRates {
    let of = |is_so: &dyn Fn(&(f64, f64)) -> bool| pairs.iter().filter(|pair| is_so(pair)).count();
    let share = |n: usize| count(n) / count(pairs.len());
    let (base_rises, base_falls) = (
        share(of(&|pair| pair.1 > 0.0)),
        share(of(&|pair| pair.1 < 0.0)),
    );
    let (n_rises, n_falls) = (of(&|pair| pair.0 > 0.0), of(&|pair| pair.0 < 0.0));
    let rises = of(&|pair| pair.0 > 0.0 && pair.1 > 0.0);
    let falls = of(&|pair| pair.0 < 0.0 && pair.1 < 0.0);
    let n_calls = n_rises + n_falls;
    let base = (base_rises * count(n_rises) + base_falls * count(n_falls)) / count(n_calls);
    HitRates {
        rises: hit_rate(rises, n_rises, base_rises),
        falls: hit_rate(falls, n_falls, base_falls),
        both: hit_rate(rises + falls, n_calls, base),
    }
}

fn hit_rate(n_hits: usize, n: usize, base_rate: f64) -> Option<HitRate> {
    Some(HitRate {
        n,
        n_hits,
        rate: count(n_hits) / count(n),
        interval: wilson(n_hits, n, 0.95)?,
        base_rate,
        p: binomial_test(n_hits, n, base_rate)?,
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_known_interval() {
        // 15 of 50 at 95 %, as statsmodels has it.
        let (low, high) = wilson(15, 50, 0.95).unwrap();
        assert!((low - 0.191_035_535_008_809_43).abs() < 1e-12, "{low}");
        assert!((high - 0.437_503_504_644_534).abs() < 1e-12, "{high}");
        assert!(wilson(0, 10, 0.95).unwrap().0 < 1e-15);
        assert_eq!(wilson(0, 0, 0.95), None);
        assert_eq!(wilson(3, 2, 0.95), None);
        assert_eq!(wilson(1, 2, 1.0), None);
    }

    #[test]
    fn exact_tests_by_counting() {
        // Of 10 tosses 8 heads: (1 + 10 + 45) · 2 / 1024. Of 3 with chance 1/4 two: (9 + 1) / 64.
        assert!((binomial_test(8, 10, 0.5).unwrap() - 112.0 / 1024.0).abs() < 1e-12);
        assert!((binomial_test(2, 3, 0.25).unwrap() - 10.0 / 64.0).abs() < 1e-12);
        assert_eq!(binomial_test(5, 10, 0.5), Some(1.0));
        assert_eq!(binomial_test(0, 4, 0.0), Some(1.0));
        assert_eq!(binomial_test(1, 4, 0.0), Some(0.0));
        assert_eq!(binomial_test(1, 0, 0.5), None);
    }

    #[test]
    fn calls_are_judged_by_what_rises_and_falls_anyway() {
        let pairs = [
            (1.0, 0.1),
            (1.0, -0.1),
            (2.0, 0.3),
            (-1.0, -0.2),
            (-1.0, 0.1),
            (0.0, 0.2),
            (1.0, 0.0),
        ];
        let HitRates { rises, falls, both } = hit_rates(&pairs);
        let (rises, falls, both) = (rises.unwrap(), falls.unwrap(), both.unwrap());
        assert_eq!((rises.n, rises.n_hits), (4, 2));
        assert!((rises.base_rate - 4.0 / 7.0).abs() < 1e-15);
        assert_eq!((falls.n, falls.n_hits), (2, 1));
        assert!((falls.base_rate - 2.0 / 7.0).abs() < 1e-15);
        assert_eq!((both.n, both.n_hits), (6, 3));
        assert!((both.base_rate - (4.0 * 4.0 + 2.0 * 2.0) / 42.0).abs() < 1e-15);
        assert_eq!(hit_rates(&[(0.0, 1.0)]).both, None);
        assert_eq!(hit_rates(&[]).rises, None);
    }

    proptest! {
        /// The interval holds the share, and p is what adding up every outcome that is no likelier comes to.
        #[test]
        fn the_test_counts_outcomes_that_are_no_likelier(n in 1_usize..60, share in 0.0_f64..=1.0, expected in 0.01_f64..0.99) {
            let n_hits = mode(n, share).try_into().unwrap();
            let (low, high) = wilson(n_hits, n, 0.95).unwrap();
            let rate = count(n_hits) / count(n);
            prop_assert!(low <= rate + 1e-12 && rate <= high + 1e-12);
            let mut probabilities = vec![(1.0 - expected).powi(i32::try_from(n).unwrap())];
            for hits in 0..n {
                let ratio = count(n - hits) / count(hits + 1) * expected / (1.0 - expected);
                probabilities.push(probabilities[hits] * ratio);
            }
            let limit = probabilities[n_hits] * EQUAL;
            let summed: f64 = probabilities.iter().filter(|one| **one <= limit).sum();
            let found = binomial_test(n_hits, n, expected).unwrap();
            prop_assert!((found - summed).abs() < 1e-9, "{found} {summed}");
        }
    }
}
