//! What the tables of associations have in common: what is asked for, the observations of each theme, index and window, and how each is
//! tested.

use std::borrow::Cow;
use std::path::PathBuf;

use newsprint_domain::identifier::IndexId;
use newsprint_store::Store;
use newsprint_study::bootstrap::{Interval, Plan, interval, mean_block};
use newsprint_study::placebo::{Placebo, placebo};
use newsprint_study::regression::automatic_lags;
use newsprint_study::returns::{WINDOWS, Window};
use rayon::prelude::*;

use super::judged::{self, CONSTANT, Finding, NO_PRICES, TOO_FEW, Use};
use super::observations::{Measures, Moves, Observations, measure};
use super::panel::{Panel, ToneSeries};
use super::{Selection, TableArgs};
use crate::context::Context;
use crate::table::{Cell, Table};

#[derive(Debug, clap::Args)]
pub(crate) struct StatisticArgs {
    #[command(flatten)]
    pub(crate) table: TableArgs,
    /// Sessions over which a tradable return is measured; may be repeated [default: 1 5 10 21]
    #[arg(long, value_name = "H", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..=252))]
    pub(crate) horizon: Vec<u16>,
    /// Subtract what the index's reference market did, by a line fitted to the year before; leaves out indices without one
    #[arg(long)]
    pub(crate) abnormal: bool,
    /// Draws of the block bootstrap; 0 leaves its intervals out
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub(crate) draws: u32,
    /// Random shifts of the sessions for the placebo; 0 leaves it out, and with it every claim
    #[arg(long, value_name = "N", default_value_t = 499, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub(crate) shifts: u32,
    /// What draws and shifts begin from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Draw the table as a picture: FILE.svg, FILE.png or FILE.html
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,
}

/// [`StatisticArgs`] with ids that exist.
#[derive(Debug, Clone)]
pub(crate) struct Statistics {
    pub(crate) selection: Selection,
    pub(crate) horizons: Vec<u16>,
    pub(crate) is_abnormal: bool,
    pub(crate) trials: Trials,
}

/// How chance is told from more than that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trials {
    n_draws: usize,
    n_shifts: usize,
    seed: u64,
}

impl Default for Trials {
    fn default() -> Self {
        Self {
            n_draws: 1_000,
            n_shifts: 499,
            seed: 1,
        }
    }
}

impl StatisticArgs {
    /// Checks that what is asked for exists.
    pub(crate) fn statistics(&self, context: &Context) -> anyhow::Result<Statistics> {
        let mut horizons = self.horizon.clone();
        horizons.sort_unstable();
        horizons.dedup();
        Ok(Statistics {
            selection: self.table.selection(context)?,
            horizons,
            is_abnormal: self.abnormal,
            trials: Trials {
                n_draws: self.draws as usize,
                n_shifts: self.shifts as usize,
                seed: self.seed,
            },
        })
    }
}

impl Statistics {
    pub(crate) fn of(selection: Selection) -> Self {
        Self {
            selection,
            horizons: vec![],
            is_abnormal: false,
            trials: Trials::default(),
        }
    }

    /// Without draws and shifts, which are made of the same observations again.
    pub(crate) fn without_trials(selection: Selection) -> Self {
        let trials = Trials {
            n_draws: 0,
            n_shifts: 0,
            seed: 0,
        };
        Self {
            trials,
            ..Self::of(selection)
        }
    }

    /// Windows from the reaction close on.
    pub(super) fn tradable(&self) -> Vec<Window> {
        let is_tradable = |window: &Window| matches!(window, Window::Forward(_));
        match self.horizons.is_empty() {
            true => WINDOWS.into_iter().filter(is_tradable).collect(),
            false => self
                .horizons
                .iter()
                .map(|horizon| Window::Forward(*horizon))
                .collect(),
        }
    }

    /// The reaction, and [`tradable`](Self::tradable).
    pub(super) fn windows(&self) -> Vec<Window> {
        [Window::Reaction]
            .into_iter()
            .chain(self.tradable())
            .collect()
    }
}

impl Trials {
    /// The interval of a statistic that is computed of sums over `rows`.
    pub(super) fn interval<const COLUMNS: usize>(
        &self,
        rows: &[[f64; COLUMNS]],
        window_length: usize,
        statistic: impl Fn(&[f64; COLUMNS]) -> Option<f64>,
    ) -> Option<Interval> {
        let plan = Plan {
            n_draws: self.n_draws,
            mean_block: mean_block(rows.len(), window_length),
            seed: self.seed,
        };
        interval(rows, statistic, &plan)
    }

    /// What a statistic that is `Σ weights·values` shows on other dates, at least a window and a week away.
    pub(super) fn placebo(
        &self,
        weights: &[f64],
        values: &[f64],
        window_length: usize,
    ) -> Option<Placebo> {
        let least = window_length.max(5);
        (self.n_shifts > 0).then(|| placebo(weights, values, (self.n_shifts, least, self.seed)))?
    }
}

/// Lags of a Newey-West estimate: the automatic number, and never fewer than windows overlap.
pub(super) fn lags(n_observations: usize, window: Window) -> usize {
    automatic_lags(n_observations).max(window.length() - 1)
}

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
            interval: None,
            placebo: None,
        }
    }

    pub(super) fn usable(&self) -> Use {
        match self.window {
            Window::Reaction => Use::Describes,
            Window::Forward(_) => Use::Tradable,
        }
    }
}

/// Everything that a table of associations is made of.
pub(super) struct Study<'a> {
    panel: Panel,
    measures: Cow<'a, Measures<'a>>,
    notes: Vec<String>,
}

impl<'a> Study<'a> {
    pub(super) async fn read(
        context: &'a Context,
        store: &Store,
        statistics: &Statistics,
    ) -> anyhow::Result<Self> {
        let selection = &statistics.selection;
        let mut panel = Panel::read(context, store, selection).await?;
        let mut measures = Measures::new();
        let unknown = measure(context, store, (&panel, selection), &mut measures).await?;
        let mut notes = std::mem::take(&mut panel.notes);
        notes.extend(unknown);
        Ok(Self {
            panel,
            measures: Cow::Owned(measures),
            notes,
        })
    }

    /// Of what was read for another table too.
    pub(super) fn of(panel: Panel, measures: &'a Measures<'a>) -> Self {
        Self {
            panel,
            measures: Cow::Borrowed(measures),
            notes: vec![],
        }
    }

    /// Tones that have an index with moves: by theme, then by index.
    pub(super) fn series(&self) -> impl Iterator<Item = &ToneSeries> {
        let is_measured = |series: &&ToneSeries| self.measures.contains_key(&series.index);
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
        let moves = Moves::over(&self.measures, windows);
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

    /// The series of an index.
    pub(super) fn measured(&self, index: &IndexId) -> Option<&super::measured::Measured<'a>> {
        self.measures.get(index)
    }
}
