//! study hit-rate: how often a signal has the sign of what followed, against how often anything would have.

use std::path::PathBuf;

use newsprint_study::proportion::{HitRate, hit_rates};

use super::frame::Frame;
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::table::{Cell, Table};

#[derive(Debug, clap::Args)]
pub(crate) struct HitRateArgs {
    /// A CSV file
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// The column whose sign is the call
    #[arg(long, value_name = "COLUMN")]
    signal: String,
    /// The column of what followed, such as a return
    #[arg(long, value_name = "COLUMN")]
    y: String,
}

pub(super) fn command(context: &Context, args: &HitRateArgs) -> anyhow::Result<Outcome> {
    let table = table(&Frame::read(&args.input)?, args)?;
    table.print(context.format)?;
    Ok(table.outcome())
}

fn table(frame: &Frame, args: &HitRateArgs) -> anyhow::Result<Table> {
    let (signals, outcomes) = (frame.numbers(&args.signal)?, frame.numbers(&args.y)?);
    let pairs = signals.iter().zip(&outcomes);
    let pairs: Vec<(f64, f64)> = pairs.filter_map(|(signal, y)| (*signal).zip(*y)).collect();
    let n_dropped = frame.n_rows() - pairs.len();
    let n_silent = pairs.iter().filter(|pair| pair.0 == 0.0).count();
    let n_flat = pairs.iter().filter(|pair| pair.1 == 0.0).count();
    if pairs.len() == n_silent {
        return Err(misuse(format!(
            "{}: no row has a \"{}\" other than zero and a \"{}\": there is nothing to count",
            args.input.display(),
            args.signal,
            args.y
        )));
    }
    let rates = hit_rates(&pairs);
    let sides = [
        ("positive", rates.rises),
        ("negative", rates.falls),
        ("both", rates.both),
    ];
    Ok(Table {
        name: "hit_rate",
        columns: vec![
            "signal", "n", "n_hits", "hit_rate", "low", "high", "base_rate", "difference", "p",
        ],
        rows: sides.map(|(side, rate)| row(side, rate.as_ref())).to_vec(),
        notes: vec![
            format!("{} rows; {n_dropped} without both values were dropped; {n_silent} signals of zero call nothing; {n_flat} outcomes of zero are right for no call", pairs.len()),
            "base_rate: the share of all rows with that outcome; of both, what the calls would come to if outcomes had nothing to do with them".into(),
            "low, high: Wilson, 95 %; p: two-sided exact binomial test against the base rate, as if rows were independent: windows that overlap are not".into(),
        ],
    })
}

fn row(side: &str, rate: Option<&HitRate>) -> Vec<Cell> {
    let of = |value: fn(&HitRate) -> f64| Cell::number(rate.map(value), 4);
    vec![
        Cell::text(side),
        Cell::count(rate.map_or(0, |rate| rate.n)),
        Cell::count(rate.map_or(0, |rate| rate.n_hits)),
        of(|rate| rate.rate),
        of(|rate| rate.interval.0),
        of(|rate| rate.interval.1),
        of(|rate| rate.base_rate),
        of(|rate| rate.rate - rate.base_rate),
        of(|rate| rate.p),
    ]
}
