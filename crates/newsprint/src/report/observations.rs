//! Tones of sessions beside the moves after them: the observations that every table of an association rests on.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use newsprint_domain::identifier::IndexId;
use newsprint_store::Store;
use newsprint_study::association::non_overlapping;
use newsprint_study::returns::Window;

use super::Selection;
use super::measured::{Measured, series_of};
use super::panel::{Panel, ToneSeries};
use super::reference::abnormal;
use crate::context::Context;

/// Fewest windows that do not overlap for which a number is given.
pub(super) const MIN_EFFECTIVE: usize = 3;

/// A move that begins in a session.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moved {
    pub(super) session: NaiveDate,
    /// Row of the session in the index's series.
    pub(super) position: usize,
    /// In basis points.
    pub(super) move_bp: f64,
}

/// Series of the indices that tables need, each read once.
pub(super) type Measures<'a> = BTreeMap<IndexId, Measured<'a>>;

/// Moves of the indices over the windows that tables ask for, each measured once, oldest first.
#[derive(Debug, Default)]
pub(super) struct Moves(BTreeMap<(IndexId, Window), Vec<Moved>>);

impl Moves {
    /// Moves as they are, or less those of the index's market where `markets` are given.
    pub(super) fn over(
        measures: &Measures<'_>,
        windows: &[Window],
        markets: Option<&BTreeMap<IndexId, IndexId>>,
    ) -> Self {
        let pairs = measures.iter().flat_map(|(index, measured)| {
            let market = markets.map(|markets| measures.get(markets.get(index)?));
            let of = move |window: &Window| {
                let moves = moves(measured, *window);
                let moves = match market {
                    None => moves,
                    Some(market) => market.map_or(vec![], |market| {
                        abnormal(&moves, (measured, market), *window)
                    }),
                };
                ((index.clone(), *window), moves)
            };
            windows.iter().map(of)
        });
        Self(pairs.collect())
    }

    /// None of an index that has no series.
    pub(super) fn of(&self, index: &IndexId, window: Window) -> &[Moved] {
        self.0
            .get(&(index.clone(), window))
            .map_or(&[], Vec::as_slice)
    }
}

fn moves(measured: &Measured<'_>, window: Window) -> Vec<Moved> {
    let rows = measured.series.rows().iter().enumerate();
    let moves = rows.filter_map(|(position, (session, _))| {
        let move_bp = measured.move_over(*session, window)?;
        Some(Moved {
            session: *session,
            position,
            move_bp,
        })
    });
    moves.collect()
}

/// Reads the series that are still missing; says which indices the configuration does not know any more.
pub(super) async fn measure<'a>(
    context: &'a Context,
    store: &Store,
    (panel, selection): (&Panel, &Selection),
    measures: &mut Measures<'a>,
) -> anyhow::Result<Option<String>> {
    let mut unknown = BTreeSet::new();
    let indices: BTreeSet<&IndexId> = panel.series.iter().map(|series| &series.index).collect();
    for index in indices {
        let definition = context.config.index(index);
        if definition.is_none_or(|definition| definition.exchange.is_none()) {
            unknown.insert(index.as_str());
        } else if !measures.contains_key(index) {
            let series = series_of(context, store, index, selection.as_of).await?;
            measures.insert(index.clone(), series);
        }
    }
    let unknown: Vec<&str> = unknown.into_iter().collect();
    Ok((!unknown.is_empty()).then(|| {
        let unknown = unknown.join(", ");
        format!("left out, since indices.toml does not say any more by which sessions they are read: {unknown}")
    }))
}

/// One theme and index over one window: sessions that have both a tone and a move, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Observations {
    pub(super) sessions: Vec<NaiveDate>,
    /// Row of each session in the index's series.
    pub(super) positions: Vec<usize>,
    /// Mean tone of each session.
    pub(super) tones: Vec<f64>,
    /// The move of each session's window, in basis points.
    pub(super) moves: Vec<f64>,
    /// Articles in these sessions.
    pub(super) n_articles: i64,
    /// Sessions that have a tone and no move.
    pub(super) n_missing: usize,
    /// Most sessions whose windows do not overlap.
    pub(super) effective_n: usize,
}

impl Observations {
    pub(super) fn new(series: &ToneSeries, moves: &[Moved], window: Window) -> Self {
        let mut observations = Self {
            sessions: vec![],
            positions: vec![],
            tones: vec![],
            moves: vec![],
            n_articles: 0,
            n_missing: 0,
            effective_n: 0,
        };
        let mut later = moves.iter().peekable();
        for day in &series.days {
            while later.next_if(|moved| moved.session < day.session).is_some() {}
            let moved = later.peek().filter(|moved| moved.session == day.session);
            let (Some(tone), Some(moved)) = (day.tones.mean(), moved) else {
                observations.n_missing += 1;
                continue;
            };
            observations.sessions.push(day.session);
            observations.tones.push(tone);
            observations.moves.push(moved.move_bp);
            observations.n_articles += day.n_articles;
            observations.positions.push(moved.position);
        }
        observations.effective_n = non_overlapping(&observations.positions, window.length());
        observations
    }

    pub(super) fn n_sessions(&self) -> usize {
        self.sessions.len()
    }

    /// Whether they are too few for a number.
    pub(super) fn is_short(&self, min_n: usize) -> bool {
        self.n_sessions() < min_n || self.effective_n < MIN_EFFECTIVE
    }
}
