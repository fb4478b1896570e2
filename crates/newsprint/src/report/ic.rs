//! ic: the information coefficient of tone, Spearman's rank correlation with the return after it, over sessions.

use newsprint_study::association::{p_value, pearson};
use newsprint_study::rank::average_ranks;
use newsprint_study::regression::newey_west;

use super::judged::Finding;
use super::lines::{Line, Study};
use super::statistics::{Statistics, Trials, cautious_p, lags};
use crate::table::{Cell, Table};

pub(crate) const NAME: &str = "ic";

const COLUMNS: [&str; 12] = [
    "theme",
    "index",
    "window",
    "n",
    "sessions",
    "missing",
    "effective_n",
    "rho",
    "naive_t",
    "naive_p",
    "nw_lags",
    "nw_t",
];

pub(super) fn of(study: &Study<'_>, statistics: &Statistics) -> Table {
    let findings = study.findings(&statistics.tradable(), |line| vec![find(line, statistics)]);
    let mut table = study.table((NAME, &COLUMNS), &findings);
    if !table.rows.is_empty() {
        table.notes.push("rho over sessions of one index, not over assets of one day; returns start at the reaction close, when every tone was known".into());
    }
    table
}

fn find(line: &Line<'_>, statistics: &Statistics) -> Finding {
    let without = line.without(statistics.selection.min_n);
    let measured = without.is_none().then(|| Ranks::of(line)).flatten();
    let Some(ranks) = measured else {
        return line.nothing(without, COLUMNS.len());
    };
    let observations = &line.observations;
    let lags = lags(observations.n_sessions(), line.window);
    let slope = newey_west(&ranks.tones, &ranks.moves, lags, true);
    let rho = ranks.correlation();
    let mut finding = line.nothing(None, 7);
    finding.cells.extend([
        Cell::number(Some(rho), 3),
        Cell::number(naive_t(rho, observations.n_sessions()), 2),
        Cell::number(p_value(rho, observations.n_sessions()), 3),
        Cell::count(lags),
        Cell::number(slope.as_ref().map(|slope| slope.t_beta), 2),
    ]);
    let newey_west = slope.map(|slope| slope.p_beta);
    finding.p = cautious_p(newey_west, (rho, observations.effective_n));
    ranks.try_by_chance(&mut finding, line, statistics);
    finding
}

/// `ρ √(ν / (1 − ρ²))` with `ν = n − 2`, as if sessions had nothing to do with each other.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn naive_t(rho: f64, n_sessions: usize) -> Option<f64> {
    let degrees = n_sessions.checked_sub(2)? as f64;
    (rho.abs() < 1.0).then(|| rho * (degrees / (1.0 - rho * rho)).sqrt())
}

/// Ranks as deviations from their mean, scaled to a sum of squares of one: what is left of a rank correlation is the sum of products.
pub(super) struct Ranks {
    tones: Vec<f64>,
    moves: Vec<f64>,
    correlation: f64,
}

impl Ranks {
    /// `None` where one side does not vary.
    pub(super) fn of(line: &Line<'_>) -> Option<Self> {
        let tones = average_ranks(&line.observations.tones);
        let moves = average_ranks(&line.observations.moves);
        Some(Self {
            correlation: pearson(&tones, &moves)?,
            tones: standardised(tones)?,
            moves: standardised(moves)?,
        })
    }

    /// Spearman's rank correlation.
    pub(super) fn correlation(&self) -> f64 {
        self.correlation
    }

    /// Adds the interval, by draws that keep the ranks of the whole, and the placebo.
    pub(super) fn try_by_chance(
        &self,
        finding: &mut Finding,
        line: &Line<'_>,
        statistics: &Statistics,
    ) {
        let pairs = (&self.tones[..], &self.moves[..]);
        try_correlation(finding, pairs, line.window.length(), &statistics.trials);
    }
}

/// Adds the interval and the placebo of a correlation of two [`standardised`] series.
pub(super) fn try_correlation(
    finding: &mut Finding,
    (tones, moves): (&[f64], &[f64]),
    window_length: usize,
    trials: &Trials,
) {
    let pairs = tones.iter().zip(moves);
    let rows: Vec<[f64; 5]> = pairs.map(|(x, y)| [*x, *y, x * x, y * y, x * y]).collect();
    finding.interval = trials.interval(&rows, window_length, correlation(rows.len()));
    finding.placebo = trials.placebo(tones, moves, window_length);
}

/// Pearson's correlation of sums of x, y, their squares and their product, over so many rows.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn correlation(n_rows: usize) -> impl Fn(&[f64; 5]) -> Option<f64> {
    let n = n_rows as f64;
    move |[x, y, xx, yy, xy]: &[f64; 5]| {
        let scale = ((n * xx - x * x) * (n * yy - y * y)).sqrt();
        (scale > 0.0).then(|| (n * xy - x * y) / scale)
    }
}

/// Deviations from the mean over the root of their sum of squares; `None` where values do not vary.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(super) fn standardised(values: Vec<f64>) -> Option<Vec<f64>> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let deviations: Vec<f64> = values.into_iter().map(|value| value - mean).collect();
    let scale = deviations
        .iter()
        .map(|deviation| deviation * deviation)
        .sum::<f64>()
        .sqrt();
    (scale > 0.0).then(|| {
        deviations
            .into_iter()
            .map(|deviation| deviation / scale)
            .collect()
    })
}
