//! granger: whether past tones help to tell the next move beyond its own past, and the other way round.

use newsprint_study::granger::{NoTest, granger};
use newsprint_study::lagged_products::granger_f;
use newsprint_study::placebo::{Placebo, held_against};
use newsprint_study::returns::Window;

use super::judged::{CONSTANT, Finding, TOO_FEW, Use};
use super::lines::{Line, Study};
use super::statistics::{StatisticArgs, Statistics};
use crate::table::{Cell, Table};

pub(crate) const NAME: &str = "granger";

const COLUMNS: [&str; 9] = [
    "theme",
    "index",
    "direction",
    "lags",
    "n",
    "sessions",
    "missing",
    "effective_n",
    "f",
];

/// The reading of tones that past moves tell.
const FOLLOWS: &str = "the press follows the market";

/// The reading of tones between which more sessions lie than have one.
const APART: &str = "tones are too far apart for lags";

#[derive(Debug, clap::Args)]
pub(crate) struct GrangerArgs {
    #[command(flatten)]
    pub(crate) statistics: StatisticArgs,
    /// Up to how many lags
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=30))]
    pub(crate) max_lag: u16,
}

pub(super) fn of(study: &Study<'_>, statistics: &Statistics, max_lag: usize) -> Table {
    let findings = study.findings(&[Window::Reaction], |line| {
        let Line { observations, .. } = line;
        let (tones, moves) = (&observations.tones, &observations.moves);
        let tradable = find(
            line,
            ("tone->return", Use::Tradable),
            (tones, moves, max_lag),
            statistics,
        );
        let follows = find(
            line,
            ("return->tone", Use::Describes(FOLLOWS)),
            (moves, tones, max_lag),
            statistics,
        );
        tradable.into_iter().chain(follows).collect()
    });
    let mut table = study.table((NAME, &COLUMNS), &findings);
    if !table.rows.is_empty() {
        table.notes.push(
            "returns are close to close into the session; lags count sessions that have a tone, of which at least half need one"
                .into(),
        );
    }
    table
}

fn find(
    line: &Line<'_>,
    (direction, usable): (&str, Use),
    (cause, effect, max_lag): (&[f64], &[f64], usize),
    statistics: &Statistics,
) -> Vec<Finding> {
    let began = |lags: Cell, without| {
        let mut finding = line.nothing(without, 7);
        finding.usable = usable;
        finding.is_signed = false;
        finding.cells[2] = Cell::text(direction);
        finding.cells.insert(3, lags);
        finding
    };
    let short = line
        .without(statistics.selection.min_n)
        .or_else(|| too_far_apart(line));
    let tests = match short {
        Some(short) => Err(short),
        None => granger(cause, effect, max_lag).map_err(|problem| match problem {
            NoTest::TooFewRows { .. } => TOO_FEW,
            _ => CONSTANT,
        }),
    };
    let tests = match tests {
        Ok(tests) => tests,
        Err(without) => {
            let mut finding = began(Cell::Null, Some(without));
            finding.cells.push(Cell::Null);
            return vec![finding];
        }
    };
    let real = granger_f(cause, effect, max_lag).unwrap_or_default();
    let elsewhere = statistics.trials.rotated(cause, |shifted| {
        granger_f(shifted, effect, max_lag).unwrap_or_default()
    });
    let of = |(place, test): (usize, &newsprint_study::granger::LagTests)| {
        let mut finding = began(Cell::count(test.n_lags), None);
        finding.decimals = 2;
        finding.cells.push(Cell::Number(test.ssr_f.statistic, 2));
        finding.p = Some(test.ssr_f.p);
        finding.placebo = real
            .get(place)
            .and_then(|real| placebo(*real, place, &elsewhere));
        finding
    };
    tests.iter().enumerate().map(of).collect()
}

/// A lag of tones is one of sessions only where most sessions have one.
fn too_far_apart(line: &Line<'_>) -> Option<&'static str> {
    let positions = &line.observations.positions;
    let n_sessions = positions.last()? - positions.first()? + 1;
    (2 * positions.len() < n_sessions).then_some(APART)
}

fn placebo(real: f64, place: usize, elsewhere: &[Vec<f64>]) -> Option<Placebo> {
    let mut others: Vec<f64> = elsewhere
        .iter()
        .filter_map(|statistics| statistics.get(place).copied())
        .collect();
    others.sort_unstable_by(f64::total_cmp);
    held_against(real, &others)
}
