//! The moves of an index as known at an instant, by the calendar that tells where a close is missing.

use chrono::NaiveDate;
use newsprint_domain::calendar::Calendar;
use newsprint_domain::identifier::IndexId;
use newsprint_domain::index::SeriesKind;
use newsprint_store::{AsOf, Store};
use newsprint_study::returns::{Series, Window};

use crate::context::Context;

/// A series with the calendar by which its gaps are told.
#[derive(Debug, Clone)]
pub(crate) struct Measured<'a> {
    pub(crate) series: Series,
    pub(crate) calendar: &'a Calendar,
}

/// Closes as known by then. With `as_of.reconstructed` a close counts as known from the moment it was struck.
pub(super) async fn series_of<'a>(
    context: &'a Context,
    store: &Store,
    index: &IndexId,
    as_of: AsOf,
) -> anyhow::Result<Measured<'a>> {
    let definition = context.config.require_index(index.as_str())?;
    let calendar = context.config.calendar_of(definition)?;
    let mut closes = store.prices(index, as_of).await?;
    if as_of.reconstructed {
        closes.retain(|date, _| calendar.struck_at(*date) <= as_of.instant);
    }
    Ok(Measured {
        series: Series::new(definition.kind, closes),
        calendar,
    })
}

impl Measured<'_> {
    /// The move in basis points; `None` where a close is missing, also one between: a move over more sessions than its
    /// window is another move. Volatility indices and yields keep their own days.
    pub(crate) fn move_over(&self, session: NaiveDate, window: Window) -> Option<f64> {
        let moved = self.series.move_over(session, window)?;
        match self.series.kind() {
            SeriesKind::Yield => Some(moved),
            SeriesKind::Volatility => Some(moved * 10_000.0),
            SeriesKind::Price => {
                let (from, to) = self.series.dates_of(session, window)?;
                let n_sessions = self
                    .calendar
                    .position(to)?
                    .checked_sub(self.calendar.position(from)?)?;
                (n_sessions == window.length()).then_some(moved * 10_000.0)
            }
        }
    }
}
