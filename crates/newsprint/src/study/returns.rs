//! study returns: what series did around each session.

use std::path::PathBuf;

use chrono::NaiveDate;
use newsprint_study::daily_bars::DailyBars;

use super::bars::{Bars, repeated_opens};
use crate::context::Context;
use crate::exit::Outcome;
use crate::table::{Cell, Table};

const COLUMNS: [&str; 15] = [
    "date",
    "symbol",
    "c2c_0",
    "overnight_0",
    "o2c_0",
    "fwd_c2c_1",
    "fwd_o2o_1",
    "fwd_c2c_5",
    "fwd_o2o_5",
    "fwd_c2c_10",
    "fwd_o2o_10",
    "fwd_c2c_21",
    "fwd_o2o_21",
    "log_c2c_0",
    "vol21_annual",
];

const HORIZONS: [usize; 4] = [1, 5, 10, 21];

/// Log returns of which a volatility is made.
const VOLATILITY_RETURNS: usize = 21;

#[derive(Debug, clap::Args)]
pub(crate) struct ReturnsArgs {
    /// A CSV file with columns symbol, date, open, close
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// The first date to print; earlier rows are still what it is measured from
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
}

pub(super) fn command(context: &Context, args: &ReturnsArgs) -> anyhow::Result<Outcome> {
    let bars = Bars::read(&args.input, &context.config.indices)?;
    let table = table(&bars, args.from);
    table.print(context.format)?;
    Ok(table.outcome())
}

fn table(bars: &Bars, from: Option<NaiveDate>) -> Table {
    let rows = bars.series.iter().flat_map(|(symbol, bars)| {
        let days = bars.bars().iter().enumerate();
        let asked = days.filter(move |(_, bar)| from.is_none_or(|from| bar.date >= from));
        asked.map(move |(row, bar)| {
            let day = [Cell::text(bar.date.to_string()), Cell::text(symbol)];
            day.into_iter().chain(moves(bars, row)).collect()
        })
    });
    let rows: Vec<Vec<Cell>> = rows.collect();
    let mut notes = vec![
        "c2c_0, overnight_0 and o2c_0 describe the session and were no gain that its news could bring; fwd_c2c_h starts at its close, fwd_o2o_h at the next open".into(),
        "h counts the series' own rows; yields in basis points, everything else as a share; vol21_annual: of 21 log returns, times the root of 252".into(),
    ];
    notes.extend(
        bars.series
            .iter()
            .filter_map(|(symbol, bars)| repeated_opens(symbol, bars)),
    );
    if bars.n_without_close > 0 {
        notes.push(format!(
            "{} rows without a close left out",
            bars.n_without_close
        ));
    }
    Table {
        name: "returns",
        columns: COLUMNS.to_vec(),
        rows,
        notes,
    }
}

fn moves(bars: &DailyBars, row: usize) -> impl Iterator<Item = Cell> {
    let reactions = [
        bars.close_to_close(row),
        bars.overnight(row),
        bars.open_to_close(row),
    ];
    let forward = HORIZONS.into_iter().flat_map(move |horizon| {
        [
            bars.forward_close(row, horizon),
            bars.forward_open(row, horizon),
        ]
    });
    let spread = [
        bars.log_return(row),
        bars.annual_volatility(row, VOLATILITY_RETURNS),
    ];
    let all = reactions.into_iter().chain(forward).chain(spread);
    all.map(|value| Cell::number(value, 6))
}
