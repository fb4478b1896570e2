//! The observations that a line of tone against moves rests on: sessions with their tone and the closes of their move, and those left out.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use newsprint_domain::index::SeriesKind;
use newsprint_store::{CellSums, RecordedClose, Store};
use newsprint_study::association::{non_overlapping, spearman};
use newsprint_study::rank::average_ranks;
use newsprint_study::returns::Window;

use super::super::Selection;
use super::super::cells::{Cells, Weight};
use super::super::measured::{Measured, series_of};
use super::super::observations::MIN_EFFECTIVE;
use super::tone::Subject;
use crate::context::Context;

/// All observations of a theme and an index over a window.
pub(super) struct Observations<'a> {
    pub(super) subject: Subject<'a>,
    pub(super) window: Window,
    pub(super) weight: Weight,
    /// Those with a move, the most influential first.
    pub(super) rows: Vec<Observation>,
    /// Sessions whose tone is known and whose move is not, in order.
    pub(super) missing: Vec<Missing>,
    /// Most of them whose windows do not overlap.
    pub(super) effective_n: usize,
    /// Rank correlation; `None` of too few.
    pub(super) rho: Option<f64>,
    /// Closes of the rows that are shown.
    pub(super) closes: BTreeMap<NaiveDate, RecordedClose>,
    pub(super) notes: Vec<String>,
}

/// A session with its tone and its move.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Observation {
    pub(super) session: NaiveDate,
    pub(super) sums: CellSums,
    /// −1..1.
    pub(super) mean_tone: f64,
    /// Dates of the closes between which the move is measured.
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    /// Basis points.
    pub(super) moved: f64,
    /// What it adds to the rank correlation; these add up to it.
    pub(super) influence: f64,
}

/// A session without a move.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Missing {
    pub(super) session: NaiveDate,
    pub(super) mean_tone: f64,
    pub(super) n_articles: i64,
    pub(super) reason: String,
}

impl<'a> Observations<'a> {
    /// Reads all, and the price rows of at most `limit`; with `day` that session alone.
    pub(super) async fn read(
        context: &'a Context,
        store: &Store,
        selection: &Selection,
        (subject, window): (Subject<'a>, Window),
        (limit, day): (usize, Option<NaiveDate>),
    ) -> anyhow::Result<Self> {
        let selection = &Selection {
            themes: vec![subject.theme.to_owned()],
            indices: vec![subject.index.id.clone()],
            ..selection.clone()
        };
        let cells = Cells::read(context, store, selection).await?;
        let index = &subject.index.id;
        let measured = series_of(context, store, index, selection.as_of).await?;
        let mut observations = Self {
            subject,
            window,
            weight: selection.weight,
            rows: vec![],
            missing: vec![],
            effective_n: 0,
            rho: None,
            closes: BTreeMap::new(),
            notes: vec![],
        };
        for (session, sums) in cells.by(|row| row.session) {
            observations.add(session, sums, &measured);
        }
        observations.weigh(&measured, selection.min_n);
        observations.notes = cells.notes;
        let is_asked = |row: &&Observation| day.is_none_or(|day| row.session == day);
        let shown = observations.rows.iter().filter(is_asked).take(limit);
        let dates: BTreeSet<NaiveDate> = shown.flat_map(|row| [row.from, row.to]).collect();
        let dates = Vec::from_iter(dates);
        let closes = store.recorded_closes(index, &dates, selection.as_of);
        observations.closes = closes.await?;
        Ok(observations)
    }

    fn add(&mut self, session: NaiveDate, sums: CellSums, measured: &Measured<'_>) {
        // A session of copies alone has no story of its own.
        let Some(mean_tone) = self.weight.of(&sums).mean() else {
            return;
        };
        let moved = measured.move_over(session, self.window);
        let dates = measured.series.dates_of(session, self.window);
        match moved.zip(dates) {
            Some((moved, (from, to))) => self.rows.push(Observation {
                session,
                sums,
                mean_tone,
                from,
                to,
                moved,
                influence: 0.0,
            }),
            None => self.missing.push(Missing {
                session,
                mean_tone,
                n_articles: sums.articles.n_tones,
                reason: reason(measured, session, self.window),
            }),
        }
    }

    /// What each observation adds to the rank correlation, by which they are sorted.
    fn weigh(&mut self, measured: &Measured<'_>, min_n: usize) {
        let places = self.rows.iter();
        let places = places.filter_map(|row| measured.series.position(row.session));
        self.effective_n = non_overlapping(&places.collect::<Vec<_>>(), self.window.length());
        let rows = self.rows.iter();
        let pairs: Vec<(f64, f64)> = rows.map(|row| (row.mean_tone, row.moved)).collect();
        // As in the table: from fewer there is no correlation.
        let is_short = pairs.len() < min_n || self.effective_n < MIN_EFFECTIVE;
        self.rho = if is_short { None } else { spearman(&pairs) };
        for (row, influence) in self.rows.iter_mut().zip(influences(&pairs)) {
            row.influence = influence;
        }
        self.rows.sort_by(|one, other| {
            let by_size = other.influence.abs().total_cmp(&one.influence.abs());
            by_size.then(one.session.cmp(&other.session))
        });
    }

    /// The observation of a session, or why its move is not known; `None` where it has no tone.
    pub(super) fn of(&self, session: NaiveDate) -> Option<Result<&Observation, &Missing>> {
        let row = self.rows.iter().find(|row| row.session == session);
        let mut missing = self.missing.iter();
        row.map(Ok)
            .or_else(|| missing.find(|one| one.session == session).map(Err))
    }

    /// Whether any observation is there, with or without its move.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.missing.is_empty()
    }
}

/// What each pair adds to Spearman's correlation: the product of its ranks' deviations from their means, over the root of the product of
/// their sums of squares. Zero where one of the series does not vary.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn influences(pairs: &[(f64, f64)]) -> Vec<f64> {
    let deviations = |values: Vec<f64>| -> Vec<f64> {
        let middle = (values.len() as f64 + 1.0) / 2.0;
        let ranks = average_ranks(&values).into_iter();
        ranks.map(|rank| rank - middle).collect()
    };
    let left = deviations(pairs.iter().map(|(tone, _)| *tone).collect());
    let right = deviations(pairs.iter().map(|(_, moved)| *moved).collect());
    let squares = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>();
    let scale = (squares(&left) * squares(&right)).sqrt();
    let products = left.iter().zip(&right).map(|(x, y)| x * y);
    products
        .map(|product| if scale > 0.0 { product / scale } else { 0.0 })
        .collect()
}

/// Why a session has no move over a window.
fn reason(measured: &Measured<'_>, session: NaiveDate, window: Window) -> String {
    let rows = measured.series.rows();
    let (Some((first, _)), Some((last, _))) = (rows.first(), rows.last()) else {
        return "no close of the index is recorded: `newsprint prices import` adds them".into();
    };
    let Some(place) = measured.series.position(session) else {
        return match session {
            session if session > *last => {
                format!("no close of {session} yet: the last is of {last}")
            }
            session if session < *first => format!("closes begin on {first}"),
            _ => format!("the close of {session} is missing"),
        };
    };
    match (measured.series.dates_of(session, window), window) {
        (None, Window::Reaction) => {
            format!("the first close is that of {first}: none is before it")
        }
        (None, Window::Forward(horizon)) => {
            let n_after = rows.len() - 1 - place;
            format!(
                "the window is not over: {n_after} of {horizon} closes after it, the last of {last}"
            )
        }
        (Some((from, to)), _) => match first_gap(measured, from, to) {
            Some(day) => format!("the close of {day} is missing, between {from} and {to}"),
            None => format!("{from} or {to} is no session by today's calendar"),
        },
    }
}

/// The first session between two dates that has no close.
fn first_gap(measured: &Measured<'_>, from: NaiveDate, to: NaiveDate) -> Option<NaiveDate> {
    let is_prices = measured.series.kind() == SeriesKind::Price;
    let calendar = measured.calendar;
    let (first, last) = (calendar.position(from)?, calendar.position(to)?);
    let sessions = calendar.sessions().get(first..=last)?.iter();
    let mut days = sessions.map(|session| session.date).filter(|_| is_prices);
    days.find(|day| measured.series.position(*day).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn influences_add_up_to_the_rank_correlation() {
        let pairs = [(0.1, 2.0), (0.3, -1.0), (0.3, 4.0), (-0.4, 3.0), (0.9, 5.0)];
        let influences = influences(&pairs);
        let rho = spearman(&pairs).unwrap();
        assert!((influences.iter().sum::<f64>() - rho).abs() < 1e-15);
        // The highest tone goes with the highest move: rank deviations 2 and 2, over √(9.5 × 10).
        assert!((influences[4] - 4.0 / 95.0_f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn a_constant_series_has_no_influence() {
        assert_eq!(influences(&[(0.1, 1.0), (0.1, 2.0)]), [0.0, 0.0]);
    }
}
