//! quantiles: what the index did after sessions of low and of high tone.

use newsprint_study::association::non_overlapping;
use newsprint_study::bootstrap::Interval;
use newsprint_study::quantiles::quantiles;
use newsprint_study::regression::newey_west;

use super::judged::{CONSTANT, Finding};
use super::lines::{Line, Study};
use super::statistics::{StatisticArgs, Statistics, cautious_p, lags};
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

/// Fewest sessions of a quantile.
const MIN_OF_QUANTILE: usize = 10;

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

pub(super) fn of(study: &Study<'_>, statistics: &Statistics, n_quantiles: usize) -> Table {
    let windows = statistics.tradable();
    let findings = study.findings(&windows, |line| find(line, statistics, n_quantiles));
    let mut table = study.table((NAME, &COLUMNS), &findings);
    if !table.rows.is_empty() {
        table.notes.push(format!(
            "sessions are sorted into {n_quantiles} parts by the tones of the whole period, which nobody knew within it: the table describes"
        ));
        table.notes.push(format!(
            "\"{SPREAD}\" alone is tested, over the sessions of both; p has to hold by Newey-West and over windows that do not overlap"
        ));
    }
    table
}

fn find(line: &Line<'_>, statistics: &Statistics, n_quantiles: usize) -> Vec<Finding> {
    let observations = &line.observations;
    let short = line.without(
        statistics
            .selection
            .min_n
            .max(MIN_OF_QUANTILE * n_quantiles),
    );
    let sorted = || quantiles(&observations.tones, n_quantiles);
    let without = short.unwrap_or("tones are too alike for so many quantiles");
    let Some(sorted) = short.is_none().then(sorted).flatten() else {
        let mut finding = line.nothing(Some(without), 7);
        finding.cells.insert(3, Cell::text(SPREAD));
        finding.cells.extend([Cell::Null, Cell::Null]);
        return vec![finding];
    };
    let intervals = match n_quantiles {
        ..=5 => intervals::<10, 6>(line, &sorted, statistics),
        6..=10 => intervals::<20, 11>(line, &sorted, statistics),
        _ => intervals::<40, 21>(line, &sorted, statistics),
    };
    let each = (1..=n_quantiles)
        .map(|quantile| of_quantile(line, (&sorted, quantile), intervals[quantile]));
    let spread = spread(line, (&sorted, n_quantiles), (statistics, intervals[0]));
    each.chain([spread]).collect()
}

/// Intervals of the difference of the extremes, which stands first, and of each quantile's mean, by the same draws.
///
/// Two columns for each quantile: how many of its sessions are drawn, and the sum of their moves.
fn intervals<const COLUMNS: usize, const STATISTICS: usize>(
    line: &Line<'_>,
    sorted: &[usize],
    statistics: &Statistics,
) -> Vec<Option<Interval>> {
    let top = sorted.iter().copied().max().unwrap_or(1);
    let rows = sorted
        .iter()
        .zip(&line.observations.moves)
        .map(|(quantile, moved)| {
            let mut row = [0.0; COLUMNS];
            let place = 2 * (quantile - 1);
            (row[place], row[place + 1]) = (1.0, *moved);
            row
        });
    let rows: Vec<[f64; COLUMNS]> = rows.collect();
    let means = |sums: &[f64; COLUMNS]| -> [Option<f64>; STATISTICS] {
        let mean = |quantile: usize| {
            let place = 2 * (quantile - 1);
            (sums[place] > 0.0).then(|| sums[place + 1] / sums[place])
        };
        std::array::from_fn(|quantile| match quantile {
            0 => Some(mean(top)? - mean(1)?),
            _ => mean(quantile),
        })
    };
    statistics
        .trials
        .intervals(&rows, line.window.length(), means)
        .to_vec()
}

fn of_quantile(
    line: &Line<'_>,
    (sorted, quantile): (&[usize], usize),
    interval: Option<Interval>,
) -> Finding {
    let observations = &line.observations;
    let mut finding = began(line, &quantile.to_string(), (sorted, &[quantile]));
    finding.without = Some("describes");
    finding.cells.extend([
        Cell::number(mean_of(&observations.tones, sorted, quantile), 3),
        Cell::number(mean_of(&observations.moves, sorted, quantile), 1),
    ]);
    finding.interval = interval;
    finding
}

/// The mean of values whose session is of the quantile.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn mean_of(values: &[f64], sorted: &[usize], quantile: usize) -> Option<f64> {
    let values = values
        .iter()
        .zip(sorted)
        .filter(|(_, sorted)| **sorted == quantile);
    let (n, sum) = values.fold((0_usize, 0.0), |(n, sum), (value, _)| (n + 1, sum + value));
    (n > 0).then(|| sum / n as f64)
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
    finding.cells[6] = Cell::count(non_overlapping(&positions, line.window.length()));
    finding.cells[3] = Cell::Null;
    finding.cells.insert(3, Cell::text(name));
    finding
}

fn spread(
    line: &Line<'_>,
    (sorted, top): (&[usize], usize),
    (statistics, interval): (&Statistics, Option<Interval>),
) -> Finding {
    let observations = &line.observations;
    let mean = |quantile| mean_of(&observations.moves, sorted, quantile);
    let difference = mean(top).zip(mean(1)).map(|(high, low)| high - low);
    let mut finding = began(line, SPREAD, (sorted, &[1, top]));
    finding
        .cells
        .extend([Cell::Null, Cell::number(difference, 1)]);
    finding.p = p_of_extremes(line, sorted, top);
    finding.interval = interval;
    let weights = spread_weights(sorted, top);
    let length = line.window.length();
    finding.placebo = statistics
        .trials
        .placebo(&weights, &observations.moves, length);
    finding
}

/// What the difference of the extremes is the sum of products of, with the moves.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn spread_weights(sorted: &[usize], top: usize) -> Vec<f64> {
    let n_of = |quantile| sorted.iter().filter(|sorted| **sorted == quantile).count() as f64;
    let (n_high, n_low) = (n_of(top), n_of(1));
    let weight = |sorted: &usize| match *sorted {
        quantile if quantile == top => 1.0 / n_high,
        1 => -1.0 / n_low,
        _ => 0.0,
    };
    sorted.iter().map(weight).collect()
}

/// Whether the highest quantile differs from the lowest: the slope of the move on being in the highest, over the sessions of both.
fn p_of_extremes(line: &Line<'_>, sorted: &[usize], top: usize) -> Option<f64> {
    let observations = &line.observations;
    let is_extreme = |place: &usize| sorted[*place] == 1 || sorted[*place] == top;
    let places: Vec<usize> = (0..sorted.len()).filter(is_extreme).collect();
    let is_top = places
        .iter()
        .map(|place| f64::from(u8::from(sorted[*place] == top)));
    let is_top: Vec<f64> = is_top.collect();
    let moves: Vec<f64> = places
        .iter()
        .map(|place| observations.moves[*place])
        .collect();
    let starts: Vec<usize> = places
        .iter()
        .map(|place| observations.positions[*place])
        .collect();
    let fit = newey_west(&is_top, &moves, lags(moves.len(), line.window), true)?;
    let effective_n = non_overlapping(&starts, line.window.length());
    cautious_p(
        Some(fit.p_beta),
        (fit.r_squared.max(0.0).sqrt(), effective_n),
    )
}
