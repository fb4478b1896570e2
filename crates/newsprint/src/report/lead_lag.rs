//! lead_lag: tone against the index's daily moves before, on and after its session: who follows whom.

use std::collections::BTreeMap;

use newsprint_domain::identifier::IndexId;
use newsprint_study::association::{p_value, pearson};
use newsprint_study::returns::Window;

use super::ic::{standardised, try_correlation};
use super::judged::{CONSTANT, Finding, TOO_FEW, Use};
use super::lines::{Line, Study};
use super::statistics::{StatisticArgs, Statistics};
use crate::table::{Cell, Table};

pub(crate) const NAME: &str = "lead_lag";

const COLUMNS: [&str; 8] = [
    "theme",
    "index",
    "lag",
    "n",
    "sessions",
    "missing",
    "effective_n",
    "correlation",
];

/// The reading of a correlation with moves that were over when the tone was known.
const BEFORE: &str = "goes with moves of that session or before, which nobody could trade";

#[derive(Debug, clap::Args)]
pub(crate) struct LeadLagArgs {
    #[command(flatten)]
    pub(crate) statistics: StatisticArgs,
    /// How many sessions before and after
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=60))]
    pub(crate) max_lag: u16,
}

/// Daily moves of each index in basis points, by row of its series.
type Daily = BTreeMap<IndexId, Vec<Option<f64>>>;

pub(super) fn of(study: &Study<'_>, statistics: &Statistics, max_lag: u16) -> Table {
    let daily = daily(study);
    let max_lag = isize::try_from(max_lag).unwrap_or(isize::MAX);
    let findings = study.findings(&[Window::Reaction], |line| {
        let moves = daily.get(&line.series.index).map_or(&[][..], Vec::as_slice);
        let lags = -max_lag..=max_lag;
        lags.map(|lag| find(line, (moves, lag), statistics))
            .collect()
    });
    let mut table = study.table((NAME, &COLUMNS), &findings);
    if !table.rows.is_empty() {
        table.notes.push("lag: the close-to-close move of so many sessions after the tone's own; at 0 and below it was over when the tone was known".into());
    }
    table
}

fn daily(study: &Study<'_>) -> Daily {
    let moves = study.moves(&[Window::Reaction]);
    let of = |(index, measured): (&IndexId, &super::measured::Measured<'_>)| {
        let mut by_row = vec![None; measured.series.rows().len()];
        for moved in moves.of(index, Window::Reaction) {
            by_row[moved.position] = Some(moved.move_bp);
        }
        (index.clone(), by_row)
    };
    study.measures().iter().map(of).collect()
}

fn find(
    line: &Line<'_>,
    (moves, lag): (&[Option<f64>], isize),
    statistics: &Statistics,
) -> Finding {
    let observations = &line.observations;
    let moved = |position: &usize| *moves.get(position.checked_add_signed(lag)?)?;
    let pairs = observations.tones.iter().zip(&observations.positions);
    let pairs = pairs.filter_map(|(tone, position)| Some((*tone, moved(position)?)));
    let (tones, moves): (Vec<f64>, Vec<f64>) = pairs.unzip();
    let mut finding = line.nothing(line.without(statistics.selection.min_n), 7);
    finding.usable = if lag > 0 {
        Use::Tradable
    } else {
        Use::Describes(BEFORE)
    };
    finding.cells[2] = Cell::Count(lag as i64);
    finding.cells[4] = Cell::count(tones.len());
    finding.cells[5] = Cell::count(line.series.days.len() - tones.len());
    finding.cells[6] = Cell::count(tones.len());
    let is_short = tones.len() < statistics.selection.min_n;
    let scaled = (!is_short)
        .then(|| Some((standardised(tones.clone())?, standardised(moves)?)))
        .flatten();
    let Some((tones, moves)) = scaled else {
        finding.cells.push(Cell::Null);
        finding.without = finding
            .without
            .filter(|without| *without != CONSTANT)
            .or(Some(if is_short { TOO_FEW } else { CONSTANT }));
        return finding;
    };
    let rho = pearson(&tones, &moves);
    finding.cells.push(Cell::number(rho, 3));
    finding.p = rho.and_then(|rho| p_value(rho, tones.len()));
    try_correlation(&mut finding, (&tones, &moves), 1, &statistics.trials);
    finding
}
