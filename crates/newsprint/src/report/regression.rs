//! regression: the move as a line of the tone before it, with errors that know of overlapping windows.

use newsprint_study::regression::newey_west;

use super::judged::Finding;
use super::lines::{Line, Study};
use super::observations::Observations;
use super::statistics::{Statistics, cautious_p, lags};
use crate::table::{Cell, Table};

pub(crate) const NAME: &str = "regression";

const COLUMNS: [&str; 14] = [
    "theme",
    "index",
    "window",
    "n",
    "sessions",
    "missing",
    "effective_n",
    "alpha_bp",
    "se_alpha",
    "beta_bp",
    "se_beta",
    "t_beta",
    "lags",
    "r_squared",
];

pub(super) fn of(study: &Study<'_>, statistics: &Statistics) -> Table {
    let findings = study.findings(&statistics.tradable(), |line| vec![find(line, statistics)]);
    let mut table = study.table((NAME, &COLUMNS), &findings);
    if !table.rows.is_empty() {
        table.notes.push(
            "beta_bp: basis points for a mean tone of +1 instead of 0; Newey-West errors; p also has to hold over windows that do not overlap"
                .into(),
        );
    }
    table
}

fn find(line: &Line<'_>, statistics: &Statistics) -> Finding {
    let observations = &line.observations;
    let without = line.without(statistics.selection.min_n);
    let lags = lags(observations.n_sessions(), line.window);
    let fit = || newey_west(&observations.tones, &observations.moves, lags, true);
    let Some(fit) = without.is_none().then(fit).flatten() else {
        return line.nothing(without, COLUMNS.len());
    };
    let mut finding = line.nothing(None, 7);
    finding.decimals = 1;
    finding.cells.extend([
        Cell::Number(fit.alpha, 1),
        Cell::Number(fit.se_alpha, 1),
        Cell::Number(fit.beta, 1),
        Cell::Number(fit.se_beta, 1),
        Cell::Number(fit.t_beta, 2),
        Cell::count(lags),
        Cell::Number(fit.r_squared, 4),
    ]);
    let correlation = fit.r_squared.max(0.0).sqrt();
    finding.p = cautious_p(Some(fit.p_beta), (correlation, observations.effective_n));
    try_by_chance(&mut finding, line, statistics);
    finding
}

fn try_by_chance(finding: &mut Finding, line: &Line<'_>, statistics: &Statistics) {
    let observations = &line.observations;
    let length = line.window.length();
    let pairs = observations.tones.iter().zip(&observations.moves);
    let rows: Vec<[f64; 4]> = pairs.map(|(x, y)| [*x, *y, x * x, x * y]).collect();
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let n = rows.len() as f64;
    let slope = |[x, y, xx, xy]: &[f64; 4]| {
        let scale = n * xx - x * x;
        (scale > 1e-12 * n * xx).then(|| (n * xy - x * y) / scale)
    };
    finding.interval = statistics.trials.interval(&rows, length, slope);
    let (weights, deviations) = slope_weights(observations);
    finding.placebo = statistics.trials.placebo(&weights, &deviations, length);
}

/// What the slope is the sum of products of: deviations of the tones over their sum of squares, and deviations of the moves.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn slope_weights(observations: &Observations) -> (Vec<f64>, Vec<f64>) {
    let deviations = |values: &[f64]| -> Vec<f64> {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|value| value - mean).collect()
    };
    let tones = deviations(&observations.tones);
    let scale: f64 = tones.iter().map(|tone| tone * tone).sum();
    let weights = tones.iter().map(|tone| tone / scale).collect();
    (weights, deviations(&observations.moves))
}
