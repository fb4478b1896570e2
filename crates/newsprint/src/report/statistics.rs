//! What the tables of associations are asked for, and how chance is told from more than that.

use std::path::PathBuf;

use newsprint_study::association::p_value;
use newsprint_study::bootstrap::{Interval, Plan, intervals, mean_block};
use newsprint_study::event_study::Event;
use newsprint_study::placebo::{Placebo, placebo};
use newsprint_study::random::Random;
use newsprint_study::regression::automatic_lags;
use newsprint_study::returns::{WINDOWS, Window};

use super::{Selection, TableArgs};
use crate::context::Context;
use crate::plot;

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
    /// Draws of the block bootstrap; 0 leaves its intervals out, and with them every claim
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub(crate) draws: u32,
    /// Random shifts of the sessions for the placebo; 0 leaves it out, and with it every claim
    #[arg(long, value_name = "N", default_value_t = 499, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub(crate) shifts: u32,
    /// What draws and shifts begin from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Draw the table as a picture: FILE.svg, FILE.png or FILE.html
    #[arg(long, value_name = "FILE", value_parser = plot::parse_file)]
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
        let [interval] = self.intervals(rows, window_length, |sums| [statistic(sums)]);
        interval
    }

    /// The intervals of several statistics of the same rows.
    pub(super) fn intervals<const COLUMNS: usize, const STATISTICS: usize>(
        &self,
        rows: &[[f64; COLUMNS]],
        window_length: usize,
        statistics: impl Fn(&[f64; COLUMNS]) -> [Option<f64>; STATISTICS],
    ) -> [Option<Interval>; STATISTICS] {
        let plan = Plan {
            n_draws: self.n_draws,
            mean_block: mean_block(rows.len(), window_length),
            seed: self.seed,
        };
        intervals(rows, statistics, &plan)
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

    /// What `read` makes of a series that is rotated by random numbers of rows, at least a week; at most 99 times, for what takes long.
    pub(super) fn rotated(
        &self,
        series: &[f64],
        read: impl Fn(&[f64]) -> Vec<f64>,
    ) -> Vec<Vec<f64>> {
        let Some(n_choices) = (series.len() + 1)
            .checked_sub(10)
            .filter(|n_choices| *n_choices >= 5)
        else {
            return vec![];
        };
        let mut random = Random::new(self.seed);
        let rotated = |_| {
            let mut rotated = series.to_vec();
            rotated.rotate_right(5 + random.below(n_choices));
            read(&rotated)
        };
        (0..self.n_shifts.min(99)).map(rotated).collect()
    }

    /// Averages over as many events drawn at random: for each first and last session of the sum their absolute values, smallest first.
    pub(super) fn elsewhere(
        &self,
        possible: &[&Event],
        n_events: usize,
    ) -> impl Fn(i32, i32) -> Vec<f64> {
        let mut random = Random::new(self.seed);
        let n_draws = if possible.is_empty() {
            0
        } else {
            self.n_shifts
        };
        let draw = |_| -> Vec<&Event> {
            (0..n_events)
                .map(|_| possible[random.below(possible.len())])
                .collect()
        };
        let draws: Vec<Vec<&Event>> = (0..n_draws).map(draw).collect();
        move |from, to| {
            let mean = |events: &Vec<&Event>| {
                let sums = events.iter().filter_map(|event| event.cumulative(from, to));
                #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
                let n_events = events.len() as f64;
                (sums.sum::<f64>() / n_events).abs()
            };
            let mut means: Vec<f64> = draws.iter().map(mean).collect();
            means.sort_unstable_by(f64::total_cmp);
            means
        }
    }
}

/// The larger of Newey-West's p and that of the correlation over windows that do not overlap.
///
/// With few observations and many lags Newey-West's errors come out too small: neither alone may claim what the other does not.
pub(super) fn cautious_p(
    newey_west: Option<f64>,
    (correlation, effective_n): (f64, usize),
) -> Option<f64> {
    Some(newey_west?.max(p_value(correlation, effective_n)?))
}

/// Lags of a Newey-West estimate: the automatic number, and never fewer than windows overlap.
pub(super) fn lags(n_observations: usize, window: Window) -> usize {
    automatic_lags(n_observations).max(window.length() - 1)
}
