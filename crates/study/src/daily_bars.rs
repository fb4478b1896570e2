//! Opens and closes of a series, session by session: what moved between them, and what could be earned from the next open on.
//!
//! [`Series`](crate::returns::Series) has closes alone, and tables rest on those: the published opens of many indices repeat the
//! previous close.

use chrono::NaiveDate;
use newsprint_domain::index::SeriesKind;

/// Sessions in a year, by which a daily volatility is annualised.
const SESSIONS_IN_A_YEAR: f64 = 252.0;

/// One session.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// The session's date.
    pub date: NaiveDate,
    /// The open, where it is known: a price in its own units, a yield in percent.
    pub open: Option<f64>,
    /// The close.
    pub close: f64,
}

/// Sessions in their order. Every move is `None` where the sessions or opens that it takes are not there.
#[derive(Debug, Clone, PartialEq)]
pub struct DailyBars {
    kind: SeriesKind,
    bars: Vec<Bar>,
}

impl DailyBars {
    /// Bars in the order of their sessions.
    pub fn new(kind: SeriesKind, bars: Vec<Bar>) -> Self {
        Self { kind, bars }
    }

    /// The sessions in their order.
    pub fn bars(&self) -> &[Bar] {
        &self.bars
    }

    /// `close[s] / close[s−1] − 1`; moves of a yield are in basis points.
    pub fn close_to_close(&self, row: usize) -> Option<f64> {
        self.moved(self.close(row.checked_sub(1)?)?, self.close(row)?)
    }

    /// `open[s] / close[s−1] − 1`.
    pub fn overnight(&self, row: usize) -> Option<f64> {
        self.moved(self.close(row.checked_sub(1)?)?, self.open(row)?)
    }

    /// `close[s] / open[s] − 1`.
    pub fn open_to_close(&self, row: usize) -> Option<f64> {
        self.moved(self.open(row)?, self.close(row)?)
    }

    /// `close[s+h] / close[s] − 1`.
    pub fn forward_close(&self, row: usize, horizon: usize) -> Option<f64> {
        self.moved(self.close(row)?, self.close(row.checked_add(horizon)?)?)
    }

    /// `open[s+1+h] / open[s+1] − 1`: whoever hears of session s after its close enters at the next open.
    pub fn forward_open(&self, row: usize, horizon: usize) -> Option<f64> {
        let entry = row.checked_add(1)?;
        self.moved(self.open(entry)?, self.open(entry.checked_add(horizon)?)?)
    }

    /// `ln(close[s] / close[s−1])`; `None` of yields.
    pub fn log_return(&self, row: usize) -> Option<f64> {
        if self.kind == SeriesKind::Yield {
            return None;
        }
        Some((self.close(row)? / self.close(row.checked_sub(1)?)?).ln())
    }

    /// Standard deviation (ddof = 1) of the last `n_returns` log returns up to session s, times √252; `None` of yields.
    pub fn annual_volatility(&self, row: usize, n_returns: usize) -> Option<f64> {
        if n_returns < 2 {
            return None;
        }
        let first = row.checked_add(1)?.checked_sub(n_returns)?;
        let returns: Option<Vec<f64>> = (first..=row).map(|row| self.log_return(row)).collect();
        let returns = returns?;
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let n_returns = n_returns as f64;
        let mean = returns.iter().sum::<f64>() / n_returns;
        let squares: f64 = returns.iter().map(|r| (r - mean).powi(2)).sum();
        Some((squares / (n_returns - 1.0)).sqrt() * SESSIONS_IN_A_YEAR.sqrt())
    }

    fn close(&self, row: usize) -> Option<f64> {
        self.bars.get(row).map(|bar| bar.close)
    }

    fn open(&self, row: usize) -> Option<f64> {
        self.bars.get(row)?.open
    }

    fn moved(&self, from: f64, to: f64) -> Option<f64> {
        let moved = match self.kind {
            SeriesKind::Price | SeriesKind::Volatility => to / from - 1.0,
            SeriesKind::Yield => (to - from) * 100.0,
        };
        moved.is_finite().then_some(moved)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bars(kind: SeriesKind, rows: &[(Option<f64>, f64)]) -> DailyBars {
        let first = NaiveDate::from_ymd_opt(2024, 7, 1).unwrap();
        let bars = first.iter_days().zip(rows);
        let bars = bars.map(|(date, (open, close))| Bar {
            date,
            open: *open,
            close: *close,
        });
        DailyBars::new(kind, bars.collect())
    }

    fn close(found: Option<f64>, expected: f64) {
        let found = found.unwrap();
        assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
    }

    #[test]
    fn moves_between_opens_and_closes() {
        let rows = [
            (Some(99.0), 100.0),
            (Some(102.0), 110.0),
            (Some(108.0), 99.0),
        ];
        let bars = bars(SeriesKind::Price, &rows);
        close(bars.close_to_close(1), 0.1);
        close(bars.overnight(1), 0.02);
        close(bars.open_to_close(1), 110.0 / 102.0 - 1.0);
        close(bars.forward_close(0, 2), -0.01);
        close(bars.forward_open(0, 1), 108.0 / 102.0 - 1.0);
        close(bars.log_return(1), 1.1_f64.ln());
        // Two log returns, of which the standard deviation is their difference over √2.
        let spread = (1.1_f64.ln() - 0.9_f64.ln()) / 2.0_f64.sqrt();
        close(bars.annual_volatility(2, 2), spread * 252.0_f64.sqrt());
    }

    #[test]
    fn yields_move_in_basis_points_and_have_no_logarithm() {
        let bars = bars(
            SeriesKind::Yield,
            &[(None, 4.23), (None, 4.17), (None, 4.2)],
        );
        close(bars.close_to_close(1), -6.0);
        close(bars.forward_close(0, 2), -3.0);
        assert_eq!(bars.overnight(1), None);
        assert_eq!(bars.forward_open(0, 1), None);
        assert_eq!(bars.log_return(1), None);
        assert_eq!(bars.annual_volatility(2, 2), None);
    }

    #[test]
    fn what_lies_before_the_first_or_after_the_last_session_is_none() {
        let bars = bars(SeriesKind::Price, &[(Some(1.0), 2.0), (None, 3.0)]);
        assert_eq!(bars.close_to_close(0), None);
        assert_eq!(bars.forward_close(1, 1), None);
        assert_eq!(bars.forward_close(9, usize::MAX), None);
        assert_eq!(bars.open_to_close(1), None, "no open");
        assert_eq!(bars.annual_volatility(1, 2), None, "one return");
    }

    proptest! {
        /// Overnight and the day's own move make up the whole move, and log returns add up to the forward one.
        #[test]
        fn parts_make_the_whole(rows in prop::collection::vec((1.0_f64..200.0, 1.0_f64..200.0), 3..20)) {
            let rows: Vec<_> = rows.into_iter().map(|(open, close)| (Some(open), close)).collect();
            let bars = bars(SeriesKind::Price, &rows);
            let last = rows.len() - 1;
            for row in 1..=last {
                let parts = (1.0 + bars.overnight(row).unwrap()) * (1.0 + bars.open_to_close(row).unwrap());
                prop_assert!((parts - 1.0 - bars.close_to_close(row).unwrap()).abs() < 1e-9);
            }
            let sum: f64 = (1..=last).filter_map(|row| bars.log_return(row)).sum();
            prop_assert!((sum - (1.0 + bars.forward_close(0, last).unwrap()).ln()).abs() < 1e-9);
        }
    }
}
