//! quantiles: what the index did after sessions of low and of high tone.

use newsprint_store::Store;
use newsprint_study::quantiles::quantiles;
use newsprint_study::regression::newey_west;

use super::judged::{CONSTANT, Finding};
use super::lines::{Line, Study};
use super::statistics::{StatisticArgs, Statistics, lags};
use crate::context::Context;
use crate::table::{Cell, Table};

pub(crate) const NAME: &str = "quantiles";

const COLUMNS: [&str; 10] = [
    "theme",
    "index",
    "window",
    "quantile",
    "n",
    "sessions",
    "missing",
    "effective_n",
    "mean_tone",
    "mean_bp",
];

/// The row that holds the highest quantile against the lowest.
const SPREAD: &str = "top − bottom";

#[derive(Debug, clap::Args)]
pub(crate) struct QuantilesArgs {
    #[command(flatten)]
    pub(crate) statistics: StatisticArgs,
    /// Into how many parts sessions are sorted by tone
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(2..=20))]
    pub(crate) quantiles: u16,
}

pub(crate) async fn table(
    context: &Context,
    store: &Store,
    (statistics, n_quantiles): (&Statistics, usize),
) -> anyhow::Result<Table> {
    let study = Study::read(context, store, statistics).await?;
    Ok(of(&study, statistics, n_quantiles))
}

pub(super) fn of(study: &Study<'_>, statistics: &Statistics, n_quantiles: usize) -> Table {
    let windows = statistics.tradable();
    let findings = study.findings(&windows, |line| find(line, statistics, n_quantiles));
    let mut table = study.table((NAME, &COLUMNS), &findings);
    if !table.rows.is_empty() {
        table.notes.push(format!(
            "sessions are sorted into {n_quantiles} parts by the tones of the whole period, which nobody knew within it: the table describes"
        ));
        table.notes.push(format!(
            "\"{SPREAD}\" alone is tested: p by Newey-West over the sessions of both"
        ));
    }
    table
}

fn find(line: &Line<'_>, statistics: &Statistics, n_quantiles: usize) -> Vec<Finding> {
    let observations = &line.observations;
    let short = line.without(statistics.selection.min_n.max(4 * n_quantiles));
    let sorted = || quantiles(&observations.tones, n_quantiles);
    let without = short.unwrap_or("tones are too alike for so many quantiles");
    let Some(sorted) = short.is_none().then(sorted).flatten() else {
        let mut finding = line.nothing(Some(without), 7);
        finding.cells.insert(3, Cell::text(SPREAD));
        finding.cells.extend([Cell::Null, Cell::Null]);
        return vec![finding];
    };
    let each = (1..=n_quantiles).map(|quantile| of_quantile(line, &sorted, quantile, statistics));
    let spread = spread(line, &sorted, n_quantiles, statistics);
    each.chain([spread]).collect()
}

fn of_quantile(
    line: &Line<'_>,
    sorted: &[usize],
    quantile: usize,
    statistics: &Statistics,
) -> Finding {
    let observations = &line.observations;
    let rows = is(sorted, quantile).zip(&observations.moves);
    let rows: Vec<[f64; 2]> = rows.map(|(is_in, moved)| [is_in, is_in * moved]).collect();
    let mean = |[n, sum]: &[f64; 2]| (*n > 0.0).then(|| sum / n);
    let mut finding = began(line, &quantile.to_string(), (sorted, &[quantile]));
    finding.without = Some("describes");
    let [n, sum_of_moves] = rows
        .iter()
        .fold([0.0; 2], |[n, sum], row| [n + row[0], sum + row[1]]);
    let tones = is(sorted, quantile).zip(&observations.tones);
    let sum_of_tones: f64 = tones.map(|(is_in, tone)| is_in * tone).sum();
    finding.cells.extend([
        Cell::Number(sum_of_tones / n, 3),
        Cell::Number(sum_of_moves / n, 1),
    ]);
    finding.interval = statistics
        .trials
        .interval(&rows, line.window.length(), mean);
    finding
}

/// One for a session of the quantile, zero for another.
fn is(sorted: &[usize], quantile: usize) -> impl Iterator<Item = f64> {
    let is_of = move |sorted: &usize| f64::from(u8::from(*sorted == quantile));
    sorted.iter().map(is_of)
}

/// Names and counts of the sessions of some quantiles.
fn began(line: &Line<'_>, name: &str, (sorted, quantiles): (&[usize], &[usize])) -> Finding {
    let observations = &line.observations;
    let is_in = |place: &usize| quantiles.contains(&sorted[*place]);
    let positions: Vec<usize> = (0..sorted.len())
        .filter(is_in)
        .map(|place| observations.positions[place])
        .collect();
    let mut finding = line.nothing(Some(CONSTANT), 7);
    finding.decimals = 1;
    finding.cells[4] = Cell::count(positions.len());
    finding.cells[5] = Cell::Null;
    finding.cells[6] = Cell::count(newsprint_study::association::non_overlapping(
        &positions,
        line.window.length(),
    ));
    finding.cells[3] = Cell::Null;
    finding.cells.insert(3, Cell::text(name));
    finding
}

fn spread(line: &Line<'_>, sorted: &[usize], top: usize, statistics: &Statistics) -> Finding {
    let observations = &line.observations;
    let rows = is(sorted, top).zip(is(sorted, 1)).zip(&observations.moves);
    let rows: Vec<[f64; 4]> = rows
        .map(|((high, low), moved)| [high, high * moved, low, low * moved])
        .collect();
    let difference = |[n_high, high, n_low, low]: &[f64; 4]| {
        (*n_high > 0.0 && *n_low > 0.0).then(|| high / n_high - low / n_low)
    };
    let sums = rows.iter().fold([0.0; 4], |sums, row| {
        std::array::from_fn(|column| sums[column] + row[column])
    });
    let mut finding = began(line, SPREAD, (sorted, &[1, top]));
    finding
        .cells
        .extend([Cell::Null, Cell::number(difference(&sums), 1)]);
    finding.p = p_of_extremes(line, sorted, top);
    let length = line.window.length();
    finding.interval = statistics.trials.interval(&rows, length, difference);
    let weights: Vec<f64> = rows
        .iter()
        .map(|[high, _, low, _]| high / sums[0] - low / sums[2])
        .collect();
    finding.placebo = statistics
        .trials
        .placebo(&weights, &observations.moves, length);
    finding
}

/// Whether the highest quantile differs from the lowest: the slope of the move on being in the highest, over the sessions of both.
fn p_of_extremes(line: &Line<'_>, sorted: &[usize], top: usize) -> Option<f64> {
    let pairs = sorted.iter().zip(&line.observations.moves);
    let extremes = pairs.filter(|(quantile, _)| **quantile == 1 || **quantile == top);
    let (is_top, moves): (Vec<f64>, Vec<f64>) = extremes
        .map(|(quantile, moved)| (f64::from(u8::from(*quantile == top)), *moved))
        .unzip();
    let fit = newey_west(&is_top, &moves, lags(moves.len(), line.window), true);
    fit.map(|fit| fit.p_beta)
}
