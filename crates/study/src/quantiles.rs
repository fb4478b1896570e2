//! Assets sorted into quantiles of a factor on each date, and what each quantile then returned.
//!
//! As `alphalens` has it: quantiles of each date by `pandas.qcut`; the returns of a quantile are averaged on each date, and those
//! averages over dates, so that a date counts once however many assets it has.

/// What a quantile returned, per date; returns as fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuantileReturn {
    /// From 1, the lowest factors, on.
    pub quantile: usize,
    /// How many assets it held, over all dates.
    pub n: usize,
    /// On how many dates it held any.
    pub n_dates: usize,
    /// Mean return.
    pub mean_return: f64,
    /// Mean return less the mean over all assets of the same date.
    pub mean_demeaned: f64,
    /// Standard error of `mean_demeaned` over dates, as if they were independent; `None` of a single date.
    pub std_error: Option<f64>,
}

/// What all quantiles returned.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantileReturns {
    /// Those that held any asset, lowest first.
    pub quantiles: Vec<QuantileReturn>,
    /// On how many dates quantiles could be told apart.
    pub n_dates: usize,
    /// Dates left out because so many factors are equal (or so few known) that two edges of quantiles coincide.
    pub n_dates_without: usize,
}

/// What the top quantile returned beyond the bottom one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// How many assets both held, over all dates.
    pub n: usize,
    /// On how many dates the one of the two that was there less often held any.
    pub n_dates: usize,
    /// Top less bottom.
    pub mean_return: f64,
    /// Top less bottom of the demeaned returns.
    pub mean_demeaned: f64,
    /// The root of the sum of the two squared standard errors, as if they were independent.
    pub std_error: Option<f64>,
}

impl QuantileReturns {
    /// Quantile `n_quantiles` less quantile 1; `None` where one of them held nothing, or both are the same.
    pub fn spread(&self, n_quantiles: usize) -> Option<Spread> {
        let of = |quantile: usize| self.quantiles.iter().find(|one| one.quantile == quantile);
        let (top, bottom) = (of(n_quantiles)?, of(1)?);
        if n_quantiles < 2 {
            return None;
        }
        Some(Spread {
            n: top.n + bottom.n,
            n_dates: top.n_dates.min(bottom.n_dates),
            mean_return: top.mean_return - bottom.mean_return,
            mean_demeaned: top.mean_demeaned - bottom.mean_demeaned,
            std_error: top.std_error.zip(bottom.std_error).map(|(a, b)| a.hypot(b)),
        })
    }
}

/// The quantile, from 1 on, of each value among `values`: edges interpolated linearly, each belongs to the quantile below it.
///
/// `None` where two edges coincide (`pandas.qcut` refuses those too), where there is no value and where one is no number.
pub fn quantiles(values: &[f64], n_quantiles: usize) -> Option<Vec<usize>> {
    let edges = edges(values, n_quantiles)?;
    let is_apart = edges.windows(2).all(|pair| pair[0] < pair[1]);
    if n_quantiles != 1 && !is_apart {
        return None;
    }
    let quantile_of = |value: &f64| edges.partition_point(|edge| edge < value).max(1);
    Some(values.iter().map(quantile_of).collect())
}

/// The n + 1 edges of n quantiles, to the last bit as pandas computes them: a value that is an edge must not slip over it.
fn edges(values: &[f64], n_quantiles: usize) -> Option<Vec<f64>> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    if n_quantiles == 0 || sorted.iter().any(|value| value.is_nan()) {
        return None;
    }
    let edge = |place: usize| {
        let position = count(last) * share(place, n_quantiles);
        let below = floor(position).min(last);
        let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
        interpolated(low, high, position - count(below))
    };
    Some((0..=n_quantiles).map(edge).collect())
}

/// `place / n_quantiles`, rounded up where it has no exact value.
fn share(place: usize, n_quantiles: usize) -> f64 {
    if place == n_quantiles {
        return 1.0;
    }
    let share = count(place) * (1.0 / count(n_quantiles));
    match count(n_quantiles) * share == count(place) {
        true => share,
        false => share.next_up(),
    }
}

fn interpolated(low: f64, high: f64, weight: f64) -> f64 {
    let difference = high - low;
    match weight >= 0.5 {
        true => high - difference * (1.0 - weight),
        false => low + difference * weight,
    }
}

/// Mean returns by quantile of the factor; `dates` hold factor and forward return of each asset.
pub fn mean_returns_by_quantile<'a>(
    dates: impl IntoIterator<Item = &'a [(f64, f64)]>,
    n_quantiles: usize,
) -> QuantileReturns {
    let mut collected = vec![Collected::default(); n_quantiles];
    let (mut n_dates, mut n_dates_without) = (0, 0);
    for date in dates {
        let factors: Vec<f64> = date.iter().map(|(factor, _)| *factor).collect();
        let Some(quantiles) = quantiles(&factors, n_quantiles) else {
            n_dates_without += 1;
            continue;
        };
        n_dates += 1;
        let mean = date.iter().map(|(_, earned)| earned).sum::<f64>() / count(date.len());
        for (quantile, collected) in collected.iter_mut().enumerate() {
            let of_quantile = date.iter().zip(&quantiles);
            let of_quantile = of_quantile.filter(|(_, place)| **place == quantile + 1);
            collected.add(of_quantile.map(|((_, earned), _)| *earned), mean);
        }
    }
    let quantiles = (1..=n_quantiles).zip(&collected);
    let quantiles = quantiles.filter_map(|(quantile, collected)| collected.summed_up(quantile));
    QuantileReturns {
        quantiles: quantiles.collect(),
        n_dates,
        n_dates_without,
    }
}

/// The means of one quantile, a date each.
#[derive(Debug, Clone, Default)]
struct Collected {
    n: usize,
    raw: Vec<f64>,
    demeaned: Vec<f64>,
}

impl Collected {
    fn add(&mut self, returns: impl Iterator<Item = f64>, mean_of_date: f64) {
        let (mut n, mut raw, mut demeaned) = (0, 0.0, 0.0);
        for earned in returns {
            n += 1;
            raw += earned;
            demeaned += earned - mean_of_date;
        }
        if n > 0 {
            self.n += n;
            self.raw.push(raw / count(n));
            self.demeaned.push(demeaned / count(n));
        }
    }

    fn summed_up(&self, quantile: usize) -> Option<QuantileReturn> {
        let n_dates = self.raw.len();
        if n_dates == 0 {
            return None;
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / count(n_dates);
        let mean_demeaned = mean(&self.demeaned);
        let squares = self
            .demeaned
            .iter()
            .map(|one| (one - mean_demeaned).powi(2));
        let squares: f64 = squares.sum();
        Some(QuantileReturn {
            quantile,
            n: self.n,
            n_dates,
            mean_return: mean(&self.raw),
            mean_demeaned,
            std_error: (n_dates > 1)
                .then(|| (squares / count(n_dates - 1)).sqrt() / count(n_dates).sqrt()),
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn count(number: usize) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a position in a series, never negative"
)]
fn floor(position: f64) -> usize {
    position.floor() as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_edge_belongs_to_the_quantile_below_it() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert_eq!(quantiles(&values, 4), Some(vec![1, 1, 2, 3, 4]));
        // Eleven values and five quantiles: edges at 1, 3, 5, 7, 9, 11, each a value.
        let eleven: Vec<f64> = (1..=11).map(f64::from).collect();
        let expected = vec![1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5];
        assert_eq!(quantiles(&eleven, 5), Some(expected));
        // 5 · (1 / 7) comes out a little low: unless it is rounded up, the sixth of eight values slips into the next quantile.
        let expected = vec![1, 1, 2, 3, 4, 5, 6, 7];
        assert_eq!(quantiles(&eleven[..8], 7), Some(expected));
    }

    #[test]
    fn where_edges_coincide_there_are_no_quantiles() {
        assert_eq!(quantiles(&[1.0, 1.0, 1.0, 2.0, 3.0], 5), None);
        assert_eq!(quantiles(&[1.0], 2), None);
        assert_eq!(quantiles(&[], 1), None);
        assert_eq!(quantiles(&[1.0, f64::NAN], 1), None);
        assert_eq!(quantiles(&[1.0, 1.0], 1), Some(vec![1, 1]));
        assert_eq!(
            quantiles(&[1.0, 2.0, 3.0], 5),
            Some(vec![1, 3, 5]),
            "empty ones in between"
        );
    }

    #[test]
    fn a_date_counts_once_however_many_assets_it_has() {
        let small: &[(f64, f64)] = &[(1.0, 0.0), (2.0, 0.04)];
        let large: &[(f64, f64)] = &[(1.0, 0.0), (2.0, 0.02), (3.0, 0.03), (4.0, 0.03)];
        let tied: &[(f64, f64)] = &[(1.0, 0.5), (1.0, 0.5)];
        let found = mean_returns_by_quantile([small, large, tied], 2);
        assert_eq!((found.n_dates, found.n_dates_without), (2, 1));
        let top = found.quantiles[1];
        assert_eq!((top.quantile, top.n, top.n_dates), (2, 3, 2));
        assert!((top.mean_return - 0.035).abs() < 1e-15);
        // Less the dates' means .02 and .02: .02 and .01, whose standard deviation is .01 / √2.
        assert!((top.mean_demeaned - 0.015).abs() < 1e-15);
        assert!((top.std_error.unwrap() - 0.005).abs() < 1e-15);
        let spread = found.spread(2).unwrap();
        assert_eq!((spread.n, spread.n_dates), (6, 2));
        assert!((spread.mean_return - 0.03).abs() < 1e-15);
        assert_eq!(found.spread(3), None);
        assert_eq!(
            mean_returns_by_quantile([small], 2).quantiles[0].std_error,
            None
        );
    }

    proptest! {
        /// Higher factors are in no lower quantile, and quantiles of values that differ hold one more or less than others.
        #[test]
        fn quantiles_are_ordered_and_even(values in prop::collection::btree_set(-1000_i32..1000, 5..60), n in 1_usize..6) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let found = quantiles(&values, n).unwrap();
            prop_assert!(found.is_sorted());
            let sizes: Vec<usize> = (1..=n).map(|place| found.iter().filter(|one| **one == place).count()).collect();
            let (most, least) = (sizes.iter().max().unwrap(), sizes.iter().min().unwrap());
            prop_assert!(most - least <= 1, "{sizes:?}");
        }
    }
}
