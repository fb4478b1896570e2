//! study regression: one column on another, with standard errors that hold where errors are correlated over time.

use std::path::PathBuf;
use std::str::FromStr;

use newsprint_study::forward::forward_returns;
use newsprint_study::regression::{Regression, automatic_lags, newey_west};

use super::frame::Frame;
use super::moments::moments;
use super::prices::closes_of;
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::table::{Cell, Table};

/// The fewest rows that a line is laid through.
const LEAST_ROWS: usize = 5;

#[derive(Debug, clap::Args)]
pub(crate) struct RegressionArgs {
    /// A CSV file whose rows are in the order of time
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// The column that is explained; with --horizon a column of prices
    #[arg(long, value_name = "COLUMN")]
    y: String,
    /// The column that explains
    #[arg(long, value_name = "COLUMN")]
    x: String,
    /// Over how many rows errors may be correlated: a number, or auto for ⌊4 (n / 100)^(2/9)⌋
    #[arg(long, value_name = "NUMBER|auto", default_value = "auto")]
    lags: Lags,
    /// Do not scale the covariance by n / (n − 2)
    #[arg(long)]
    no_correction: bool,
    /// Explain what y, a price, returns over so many rows
    #[arg(long, value_name = "ROWS")]
    horizon: Option<usize>,
}

#[derive(Debug, Clone, Copy)]
enum Lags {
    Automatic,
    Given(usize),
}

impl FromStr for Lags {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Automatic),
            number => number
                .parse()
                .map(Self::Given)
                .map_err(|_| "a number of rows, or auto"),
        }
    }
}

pub(super) fn command(context: &Context, args: &RegressionArgs) -> anyhow::Result<Outcome> {
    let table = table(&Frame::read(&args.input)?, args)?;
    table.print(context.format)?;
    Ok(table.outcome())
}

fn table(frame: &Frame, args: &RegressionArgs) -> anyhow::Result<Table> {
    let explained = match args.horizon {
        None => frame.numbers(&args.y)?,
        Some(0) => return Err(misuse("--horizon: a return is over at least 1 row")),
        Some(horizon) => forward_returns(&closes_of(frame, &args.y)?, horizon),
    };
    let explaining = frame.numbers(&args.x)?;
    let pairs = explaining.iter().zip(&explained);
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.filter_map(|(x, y)| (*x).zip(*y)).unzip();
    let n_dropped = frame.n_rows() - x.len();
    let lags = match args.lags {
        Lags::Automatic => automatic_lags(x.len()),
        Lags::Given(lags) => lags,
    };
    refuse_what_says_nothing(args, &x, &y, lags, n_dropped)?;
    let fit = newey_west(&x, &y, lags, !args.no_correction).ok_or_else(|| {
        misuse(format!(
            "column \"{}\" is a multiple of a constant: no line can be laid",
            args.x
        ))
    })?;
    Ok(Table {
        name: "regression",
        columns: vec![
            "n",
            "n_dropped",
            "lags",
            "alpha",
            "beta",
            "se_alpha",
            "se_beta",
            "t_alpha",
            "t_beta",
            "p_alpha",
            "p_beta",
            "r_squared",
        ],
        rows: vec![row(&fit, n_dropped)],
        notes: notes(frame, args, lags, n_dropped),
    })
}

fn refuse_what_says_nothing(
    args: &RegressionArgs,
    x: &[f64],
    y: &[f64],
    lags: usize,
    n_dropped: usize,
) -> anyhow::Result<()> {
    let (n, file) = (x.len(), args.input.display());
    if n < LEAST_ROWS {
        return Err(misuse(format!(
            "{file}: {n} rows have both \"{}\" and \"{}\" ({n_dropped} do not): a line needs at least {LEAST_ROWS}",
            args.x, args.y
        )));
    }
    for (name, values) in [(&args.x, x), (&args.y, y)] {
        if values.windows(2).all(|pair| pair[0] == pair[1]) {
            return Err(misuse(format!(
                "{file}: column \"{name}\" is {} in all of its {n} rows: nothing can be learnt from a constant",
                values[0]
            )));
        }
    }
    if lags >= n {
        return Err(misuse(format!(
            "--lags {lags}: there are only {n} rows: take fewer lags than rows"
        )));
    }
    Ok(())
}

fn row(fit: &Regression, n_dropped: usize) -> Vec<Cell> {
    let counts = [fit.n, n_dropped, fit.lags].map(Cell::count);
    let numbers = [
        fit.alpha,
        fit.beta,
        fit.se_alpha,
        fit.se_beta,
        fit.t_alpha,
        fit.t_beta,
        fit.p_alpha,
        fit.p_beta,
        fit.r_squared,
    ];
    let numbers =
        numbers.map(|number| Cell::number(Some(number).filter(|number| number.is_finite()), 6));
    counts.into_iter().chain(numbers).collect()
}

fn notes(frame: &Frame, args: &RegressionArgs, lags: usize, n_dropped: usize) -> Vec<String> {
    let correction = if args.no_correction {
        "no correction"
    } else {
        "n / (n − 2)"
    };
    let mut notes = vec![format!(
        "Newey-West: Bartlett weights, {correction}, p by the normal distribution; {n_dropped} rows without both values were dropped before lags were counted"
    )];
    if let Some(horizon) = args.horizon {
        notes.push(format!(
            "y: what {} returns over the next {horizon} rows",
            args.y
        ));
        if lags + 1 < horizon {
            notes.push(format!(
                "returns over {horizon} rows overlap: {lags} lags are too few for them, {} are not",
                horizon - 1
            ));
        }
    }
    notes.extend(out_of_order(frame));
    notes
}

/// Lags count rows, so that it matters whether those are in the order of time.
fn out_of_order(frame: &Frame) -> Option<String> {
    let dates = moments(frame, "date").ok()?;
    let place = dates.windows(2).position(|pair| pair[0] >= pair[1])?;
    Some(format!(
        "rows are taken in the order of the file, which is not that of time: row {} is of {}, the one before of {}",
        place + 2,
        dates[place + 1],
        dates[place]
    ))
}
