//! Lines of tables of associations: a theme, an index and a window with its observations, and what tables make of all of them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use newsprint_domain::identifier::IndexId;
use newsprint_store::Store;
use newsprint_study::returns::Window;
use rayon::prelude::*;

use super::judged::{self, CONSTANT, Finding, NO_PRICES, REACTION, TOO_FEW, Use};
use super::measured::series_of;
use super::observations::{Measures, Moves, Observations, measure};
use super::panel::{Panel, ToneSeries};
use super::statistics::Statistics;
use crate::context::Context;
use crate::table::{Cell, Table};

/// A theme, an index and a window with its observations.
pub(super) struct Line<'a> {
    pub(super) series: &'a ToneSeries,
    pub(super) window: Window,
    pub(super) observations: Observations,
}

impl Line<'_> {
    /// theme, index, window: what a line begins with.
    pub(super) fn names(&self) -> [Cell; 3] {
        [
            Cell::text(&self.series.theme),
            Cell::text(self.series.index.as_str()),
            Cell::text(self.window.to_string()),
        ]
    }

    /// n, sessions, missing, effective_n: what it rests on.
    pub(super) fn counts(&self) -> [Cell; 4] {
        let observations = &self.observations;
        [
            Cell::Count(observations.n_articles),
            Cell::count(observations.n_sessions()),
            Cell::count(observations.n_missing),
            Cell::count(observations.effective_n),
        ]
    }

    /// Why there can be no number.
    pub(super) fn without(&self, min_n: usize) -> Option<&'static str> {
        match self.observations.n_sessions() {
            0 => Some(NO_PRICES),
            _ => self.observations.is_short(min_n).then_some(TOO_FEW),
        }
    }

    /// A finding without a number, of so many cells.
    pub(super) fn nothing(&self, without: Option<&'static str>, n_cells: usize) -> Finding {
        let mut cells: Vec<Cell> = self.names().into_iter().chain(self.counts()).collect();
        cells.resize(n_cells, Cell::Null);
        Finding {
            cells,
            decimals: 3,
            usable: self.usable(),
            without: Some(without.unwrap_or(CONSTANT)),
            p: None,
            is_signed: true,
            interval: None,
            placebo: None,
        }
    }

    pub(super) fn usable(&self) -> Use {
        match self.window {
            Window::Reaction => Use::Describes(REACTION),
            Window::Forward(_) => Use::Tradable,
        }
    }
}

/// Everything that a table of associations is made of.
pub(super) struct Study<'a> {
    panel: Panel,
    measures: Cow<'a, Measures<'a>>,
    /// The markets whose moves are subtracted; `None` where moves stand as they are.
    markets: Option<BTreeMap<IndexId, IndexId>>,
    notes: Vec<String>,
}

impl<'a> Study<'a> {
    /// Reads what is asked for; with `has_markets`, or where abnormal moves are asked for, the markets of the indices too.
    pub(super) async fn read(
        context: &'a Context,
        store: &Store,
        statistics: &Statistics,
        has_markets: bool,
    ) -> anyhow::Result<Self> {
        let selection = &statistics.selection;
        let mut panel = Panel::read(context, store, selection).await?;
        let mut measures = Measures::new();
        let unknown = measure(context, store, (&panel, selection), &mut measures).await?;
        let references = match has_markets || statistics.is_abnormal {
            true => references(context, &measures),
            false => BTreeMap::new(),
        };
        for market in references.values() {
            if !measures.contains_key(market) {
                let series = series_of(context, store, market, selection.as_of).await?;
                measures.insert(market.clone(), series);
            }
        }
        let mut notes = std::mem::take(&mut panel.notes);
        notes.extend(unknown);
        if statistics.is_abnormal {
            notes.push(abnormal_note(&panel, &references));
        }
        Ok(Self {
            panel,
            measures: Cow::Owned(measures),
            markets: statistics.is_abnormal.then_some(references),
            notes,
        })
    }

    /// Of what was read for another table too.
    pub(super) fn of(panel: Panel, measures: &'a Measures<'a>) -> Self {
        Self {
            panel,
            measures: Cow::Borrowed(measures),
            markets: None,
            notes: vec![],
        }
    }

    /// Series of the indices.
    pub(super) fn measures(&self) -> &Measures<'a> {
        &self.measures
    }

    /// Moves of the indices over these windows, less their markets' where that is asked for.
    pub(super) fn moves(&self, windows: &[Window]) -> Moves {
        Moves::over(&self.measures, windows, self.markets.as_ref())
    }

    /// Tones that have an index with moves: by theme, then by index.
    pub(super) fn series(&self) -> impl Iterator<Item = &ToneSeries> {
        let is_measured = |series: &&ToneSeries| {
            let has_market =
                |markets: &BTreeMap<IndexId, IndexId>| markets.contains_key(&series.index);
            self.measures.contains_key(&series.index)
                && self.markets.as_ref().is_none_or(has_market)
        };
        self.panel.series.iter().filter(is_measured)
    }

    /// What `find` makes of each line, several at once.
    pub(super) fn findings(
        &self,
        windows: &[Window],
        find: impl Fn(&Line<'_>) -> Vec<Finding> + Sync,
    ) -> Vec<Finding> {
        self.lines(windows, find).into_iter().flatten().collect()
    }

    /// What `read` makes of each line, several at once.
    pub(super) fn lines<T: Send>(
        &self,
        windows: &[Window],
        read: impl Fn(&Line<'_>) -> T + Sync,
    ) -> Vec<T> {
        let moves = self.moves(windows);
        let keys: Vec<(&ToneSeries, Window)> = self
            .series()
            .flat_map(|series| windows.iter().map(move |window| (series, *window)))
            .collect();
        let of = |(series, window): &(&ToneSeries, Window)| {
            let moves = moves.of(&series.index, *window);
            read(&Line {
                series,
                window: *window,
                observations: Observations::new(series, moves, *window),
            })
        };
        keys.par_iter().map(of).collect()
    }

    /// The table of `findings`, with what is to be said of it.
    pub(super) fn table(
        &self,
        (name, columns): (&'static str, &[&'static str]),
        findings: &[Finding],
    ) -> Table {
        let (rows, tests) = judged::rows(findings);
        let mut notes = self.notes.clone();
        notes.extend(self.panel.hindsight_notes());
        if !rows.is_empty() {
            if findings
                .iter()
                .any(|finding| finding.without == Some(NO_PRICES))
            {
                notes.push(format!(
                    "{NO_PRICES}: `newsprint prices import FILE.csv` adds closes"
                ));
            }
            notes.push(tests);
        }
        Table {
            name,
            columns: columns.iter().copied().chain(judged::COLUMNS).collect(),
            rows,
            notes,
        }
    }
}

/// The market of each index that has one.
fn references(context: &Context, measures: &Measures<'_>) -> BTreeMap<IndexId, IndexId> {
    let of = |index: &IndexId| {
        Some((
            index.clone(),
            context.config.index(index)?.reference.clone()?,
        ))
    };
    measures.keys().filter_map(of).collect()
}

fn abnormal_note(panel: &Panel, references: &BTreeMap<IndexId, IndexId>) -> String {
    let indices: BTreeSet<&IndexId> = panel.series.iter().map(|series| &series.index).collect();
    let (with, without): (Vec<_>, Vec<_>) = indices
        .into_iter()
        .partition(|index| references.contains_key(*index));
    let named = with
        .iter()
        .map(|index| format!("{index} of {}", references[*index]));
    let named = named.collect::<Vec<_>>().join(", ");
    let without: Vec<&str> = without.into_iter().map(IndexId::as_str).collect();
    let left_out = match without.is_empty() {
        true => String::new(),
        false => format!(
            "; left out, having no reference in indices.toml: {}",
            without.join(", ")
        ),
    };
    format!(
        "abnormal: moves less what a line through sessions −250..−30 makes of the market's: {named}{left_out}"
    )
}
