//! study lead-lag: which of two series comes first.

use std::path::PathBuf;

use newsprint_study::lead_lag::{band_95, cross_correlations};

use super::frame::Frame;
use super::rows::Pairs;
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::table::{Cell, Table};

#[derive(Debug, clap::Args)]
pub(crate) struct LeadLagArgs {
    /// A CSV file with both columns, its rows in the order of time
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// The column that may follow
    #[arg(long, value_name = "COLUMN")]
    y: String,
    /// The column that may lead
    #[arg(long, value_name = "COLUMN")]
    x: String,
    /// The greatest lead and lag, in rows
    #[arg(long, value_name = "N", default_value_t = 10)]
    max_lag: usize,
}

pub(super) fn command(context: &Context, args: &LeadLagArgs) -> anyhow::Result<Outcome> {
    let pairs = Pairs::read(&Frame::read(&args.input)?, (&args.x, &args.y))?;
    let table = table(&pairs, args)?;
    table.print(context.format)?;
    Ok(table.outcome())
}

fn table(pairs: &Pairs, args: &LeadLagArgs) -> anyhow::Result<Table> {
    let (x, y) = (&args.x, &args.y);
    let lags = correlations(pairs, (x, y), args.max_lag)?;
    let band = band_95(pairs.n_rows());
    let rows = lags.iter().map(|lag| {
        vec![
            Cell::Count(lag.lag),
            Cell::Number(lag.correlation, 4),
            Cell::count(lag.n_pairs),
            Cell::number(band, 4),
        ]
    });
    let beyond = lags
        .iter()
        .filter(|lag| band.is_some_and(|band| lag.correlation.abs() > band));
    let mut notes = vec![
        format!(
            "{} rows; lag k: {x} of a row with {y} k rows later, so that above 0 {x} leads and below 0 {y} does",
            pairs.n_rows()
        ),
        format!(
            "{} of {} lags lie beyond the 95% band, of which independent white noise leaves one in twenty outside",
            beyond.count(),
            lags.len()
        ),
    ];
    notes.extend(pairs.dropped_note());
    Ok(Table {
        name: "lead_lag",
        columns: vec!["lag", "correlation", "n", "band_95"],
        rows: rows.collect(),
        notes,
    })
}

/// Fewest pairs of which a correlation is made.
pub(super) const MIN_PAIRS: usize = 10;

/// Cross-correlations, or a sentence on why there are none.
pub(super) fn correlations(
    pairs: &Pairs,
    (x, y): (&str, &str),
    max_lag: usize,
) -> anyhow::Result<Vec<newsprint_study::lead_lag::LagCorrelation>> {
    let needed = max_lag.saturating_add(MIN_PAIRS);
    if pairs.n_rows() < needed {
        return Err(misuse(format!(
            "{} rows have both {x} and {y}: lags up to {max_lag} take at least {needed}",
            pairs.n_rows()
        )));
    }
    cross_correlations(&pairs.x, &pairs.y, max_lag).ok_or_else(|| constant(pairs, (x, y)))
}

/// That a series is constant, and which.
pub(super) fn constant(pairs: &Pairs, (x, y): (&str, &str)) -> anyhow::Error {
    let is_constant = pairs.x.windows(2).all(|pair| pair[0] == pair[1]);
    let name = if is_constant { x } else { y };
    misuse(format!(
        "column \"{name}\" holds the same value in every row: nothing can go together with it"
    ))
}
