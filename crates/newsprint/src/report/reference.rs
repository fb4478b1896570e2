//! Returns of an index beyond those of the market it is measured against.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use newsprint_domain::identifier::IndexId;
use newsprint_study::market_model::MarketModel;
use newsprint_study::returns::Window;

use super::measured::Measured;
use super::observations::{Measures, Moved};
use crate::config::Config;

/// Daily moves of an index and of its market in basis points, on sessions that have both, oldest first. Without a market its own stand alone.
#[derive(Debug, Clone, Default)]
pub(super) struct Daily {
    pub(super) sessions: Vec<NaiveDate>,
    pub(super) moves: Vec<f64>,
    pub(super) market: Option<Vec<f64>>,
}

impl Daily {
    pub(super) fn new(measured: &Measured<'_>, market: Option<&Measured<'_>>) -> Self {
        let mut daily = Self {
            market: market.map(|_| vec![]),
            ..Self::default()
        };
        for (session, _) in measured.series.rows() {
            let moved = measured.move_over(*session, Window::Reaction);
            let of_market = market.map(|market| market.move_over(*session, Window::Reaction));
            let (Some(moved), Some(of_market)) = (
                moved,
                of_market.map_or(Some(None), |of_market| of_market.map(Some)),
            ) else {
                continue;
            };
            daily.sessions.push(*session);
            daily.moves.push(moved);
            if let (Some(market), Some(of_market)) = (&mut daily.market, of_market) {
                market.push(of_market);
            }
        }
        daily
    }

    /// The row of a session.
    pub(super) fn row(&self, session: NaiveDate) -> Option<usize> {
        self.sessions.binary_search(&session).ok()
    }

    fn model(&self) -> Option<MarketModel> {
        let market = self.market.as_ref()?;
        let pairs: Vec<(f64, f64)> = self
            .moves
            .iter()
            .copied()
            .zip(market.iter().copied())
            .collect();
        Some(MarketModel::new(&pairs))
    }
}

/// The market of an index that has one, where its series is there.
pub(super) fn market_of<'m, 'a>(
    config: &Config,
    measures: &'m Measures<'a>,
    index: &IndexId,
) -> Option<&'m Measured<'a>> {
    measures.get(config.index(index)?.reference.as_ref()?)
}

/// The index's moves less what its market's move over the same window explains, by the line of the year before.
///
/// Nothing of an index without a market, nor of sessions without a year before them.
pub(super) fn abnormal(
    moves: &[Moved],
    (measured, market): (&Measured<'_>, &Measured<'_>),
    window: Window,
) -> Vec<Moved> {
    let daily = Daily::new(measured, Some(market));
    let Some(model) = daily.model() else {
        return vec![];
    };
    let rows: BTreeMap<NaiveDate, usize> = daily.sessions.iter().copied().zip(0..).collect();
    #[expect(clippy::cast_precision_loss, reason = "a window is at most a year")]
    let length = window.length() as f64;
    let beyond = moves.iter().filter_map(|moved| {
        let line = model.before(*rows.get(&moved.session)?)?;
        let of_market = market.move_over(moved.session, window)?;
        Some(Moved {
            move_bp: moved.move_bp - line.alpha * length - line.beta * of_market,
            ..*moved
        })
    });
    beyond.collect()
}
