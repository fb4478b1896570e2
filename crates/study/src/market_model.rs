//! What a series does beyond what its market explains, at every session: a line fitted to the sessions before it (the market model; MacKinlay,
//! "Event Studies in Economics and Finance", 1997).

/// First and last session of the fit, relative to the one asked about: a year that ends before anything of the day could be known.
pub const ESTIMATION: (i32, i32) = (-250, -30);

/// Lines of a series on its market, each of the sessions before one.
#[derive(Debug, Clone)]
pub struct MarketModel {
    /// Sums of the first 0, 1, 2, … rows: return, market, their product, and the market's square.
    running: Vec<[f64; 4]>,
}

/// `return = alpha + beta × market`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Per session, in the unit of the returns.
    pub alpha: f64,
    /// Return for each unit of the market's.
    pub beta: f64,
}

impl MarketModel {
    /// Of daily returns and the market's on the same sessions, oldest first.
    pub fn new(pairs: &[(f64, f64)]) -> Self {
        let mut sums = [0.0; 4];
        let following = pairs.iter().map(|(r, m)| {
            let row = [*r, *m, r * m, m * m];
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, value)| *sum += value);
            sums
        });
        let following: Vec<[f64; 4]> = following.collect();
        Self {
            running: [[0.0; 4]].into_iter().chain(following).collect(),
        }
    }

    /// The line of the sessions before that in `row`, as [`ESTIMATION`] has them; `None` where there are fewer, or the market stood still.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub fn before(&self, row: usize) -> Option<Line> {
        let at = |tau: i32| row.checked_add_signed(tau as isize);
        let (first, last) = (at(ESTIMATION.0)?, at(ESTIMATION.1)?);
        let (start, end) = (self.running[first], self.running.get(last + 1)?);
        let [r, m, rm, mm]: [f64; 4] = std::array::from_fn(|column| end[column] - start[column]);
        let n = (last + 1 - first) as f64;
        let variation = mm - m * m / n;
        if variation <= 1e-12 * mm {
            return None;
        }
        let beta = (rm - r * m / n) / variation;
        Some(Line {
            alpha: (r - beta * m) / n,
            beta,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_study::{Windows, event};
    use crate::random::Random;

    fn noise(n: usize) -> Vec<(f64, f64)> {
        let mut random = Random::new(11);
        let mut next = || (random.unit() - 0.5) * 0.04;
        (0..n)
            .map(|_| {
                let market = next();
                (0.0003 + 1.2 * market + next() / 3.0, market)
            })
            .collect()
    }

    #[test]
    fn a_line_is_that_of_an_event_study_of_the_same_session() {
        let pairs = noise(400);
        let (returns, market): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let windows = Windows::new(ESTIMATION, (-5, 10)).unwrap();
        for row in [250, 300, 389] {
            let line = MarketModel::new(&pairs).before(row).unwrap();
            let event = event((&returns, &market), row, &windows).unwrap();
            assert!(
                (line.alpha - event.alpha).abs() < 1e-12 && (line.beta - event.beta).abs() < 1e-9,
                "{line:?} {event:?}"
            );
        }
    }

    #[test]
    fn too_few_sessions_or_a_market_that_stands_still_give_no_line() {
        assert_eq!(MarketModel::new(&noise(400)).before(249), None);
        let still: Vec<(f64, f64)> = noise(400).iter().map(|(r, _)| (*r, 0.001)).collect();
        assert_eq!(MarketModel::new(&still).before(300), None);
    }
}
