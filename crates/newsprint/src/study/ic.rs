//! study ic and study quantiles: whether a factor ranks assets as they then do, and what its quantiles earned.

use newsprint_study::information_coefficient::{Summary, information_coefficients, summary};
use newsprint_study::quantiles::mean_returns_by_quantile;
use newsprint_study::regression::automatic_lags;

use super::panel::{Day, Horizon, Panel, PanelArgs};
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::table::{Cell, Format, Table};

#[derive(Debug, clap::Args)]
pub(crate) struct IcArgs {
    #[command(flatten)]
    panel: PanelArgs,
    /// Also print mean returns by so many quantiles of the factor
    #[arg(long, value_name = "NUMBER")]
    quantiles: Option<usize>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct QuantilesArgs {
    #[command(flatten)]
    panel: PanelArgs,
    /// How many quantiles the factor is cut into on each date
    #[arg(long, value_name = "NUMBER", default_value_t = 5)]
    quantiles: usize,
}

pub(super) fn ic(context: &Context, args: &IcArgs) -> anyhow::Result<Outcome> {
    if let Some(n_quantiles) = args.quantiles {
        check(n_quantiles)?;
    }
    let panel = Panel::read(&args.panel)?;
    let mut table = ic_table(&panel);
    let outcome = outcome(&table, "mean");
    let Some(n_quantiles) = args.quantiles else {
        table.print(context.format)?;
        return Ok(outcome);
    };
    let mut quantiles = quantiles_table(&panel, n_quantiles);
    table.notes.append(&mut quantiles.notes);
    if context.format == Format::Csv {
        table
            .notes
            .push("CSV holds one table: newsprint study quantiles prints the quantiles".into());
    }
    table.print_with(&quantiles, context.format)?;
    Ok(outcome)
}

pub(super) fn quantiles(context: &Context, args: &QuantilesArgs) -> anyhow::Result<Outcome> {
    check(args.quantiles)?;
    let panel = Panel::read(&args.panel)?;
    let mut table = quantiles_table(&panel, args.quantiles);
    table.notes = [panel.notes, table.notes].concat();
    table.print(context.format)?;
    Ok(outcome(&table, "mean_return"))
}

fn check(n_quantiles: usize) -> anyhow::Result<()> {
    match n_quantiles {
        0 | 1 => Err(misuse(
            "--quantiles: at least 2, so that one can be compared with another",
        )),
        _ => Ok(()),
    }
}

/// Nothing could be done where no row holds a number in `column`.
fn outcome(table: &Table, column: &str) -> Outcome {
    let place = table.columns.iter().position(|known| *known == column);
    let is_known = |row: &Vec<Cell>| place.is_some_and(|place| row[place] != Cell::Null);
    match table.rows.iter().any(is_known) {
        true => Outcome::Done,
        false => Outcome::Nothing,
    }
}

fn ic_table(panel: &Panel) -> Table {
    let mut notes = panel.notes.clone();
    let rows = panel
        .horizons
        .iter()
        .map(|horizon| ic_row(horizon, &mut notes))
        .collect();
    notes.push("ic: Spearman with average ranks over the assets of a date; t: mean / (std_ddof1 / √n_dates), p by Student's t".into());
    notes.push("nw: Newey-West, Bartlett weights, n / (n − 1), p by the normal distribution; nw_lags: the greater of h − 1 and ⌊4 (n / 100)^(2/9)⌋".into());
    notes.push("returns run from the close of the factor's date: the factor must have been known before it".into());
    Table {
        name: "ic",
        columns: vec![
            "horizon",
            "n_dates",
            "n_rows",
            "mean",
            "std_ddof1",
            "icir",
            "t",
            "p",
            "share_positive",
            "nw_lags",
            "nw_t",
            "nw_p",
        ],
        rows,
        notes,
    }
}

fn ic_row(horizon: &Horizon, notes: &mut Vec<String>) -> Vec<Cell> {
    let length = horizon.length;
    let coefficients = information_coefficients(horizon.days.iter().map(Day::as_slice));
    let with_one = horizon
        .days
        .iter()
        .zip(&coefficients)
        .filter(|(_, one)| one.is_some());
    let n_rows = with_one.map(|(day, _)| day.len()).sum();
    let known: Vec<f64> = coefficients.iter().copied().flatten().collect();
    let n_without = coefficients.len() - known.len();
    if n_without > 0 {
        notes.push(format!("h = {length}: {n_without} of {} dates have no coefficient: fewer than 2 assets, or a side that is constant", coefficients.len()));
    }
    let lags = automatic_lags(known.len()).max(length - 1);
    let summary = summary(&known, lags);
    match &summary {
        None => notes.push(format!("h = {length}: {} dates have a coefficient: too few, or they do not differ: no mean is given", known.len())),
        Some(Summary { newey_west_t: None, .. }) => notes.push(format!("h = {length}: {lags} lags need more than {} dates: no Newey-West t is given", known.len())),
        Some(_) => {}
    }
    let of = |value: fn(&Summary) -> f64| Cell::number(summary.as_ref().map(value), 4);
    vec![
        Cell::count(length),
        Cell::count(known.len()),
        Cell::count(n_rows),
        of(|one| one.mean),
        of(|one| one.std_ddof1),
        of(|one| one.icir),
        of(|one| one.t),
        of(|one| one.p),
        of(|one| one.share_positive),
        Cell::count(lags),
        Cell::number(summary.and_then(|one| one.newey_west_t), 4),
        Cell::number(summary.and_then(|one| one.newey_west_p), 4),
    ]
}

fn quantiles_table(panel: &Panel, n_quantiles: usize) -> Table {
    let (mut rows, mut notes) = (Vec::new(), Vec::new());
    for horizon in &panel.horizons {
        rows.extend(quantile_rows(horizon, n_quantiles, &mut notes));
    }
    notes.push(format!("quantiles: edges interpolated on each date, 1 the lowest factors; means of dates, a date counts once; demeaned: less the date's mean over assets; spread: {n_quantiles} less 1"));
    Table {
        name: "quantiles",
        columns: vec![
            "horizon",
            "quantile",
            "n",
            "n_dates",
            "mean_return",
            "mean_demeaned",
            "std_error",
        ],
        rows,
        notes,
    }
}

fn quantile_rows(horizon: &Horizon, n_quantiles: usize, notes: &mut Vec<String>) -> Vec<Vec<Cell>> {
    let length = horizon.length;
    let found = mean_returns_by_quantile(horizon.days.iter().map(Day::as_slice), n_quantiles);
    if found.n_dates_without > 0 {
        notes.push(format!(
            "h = {length}: {} of {} dates have no quantiles: so many factors are equal, or so few known, that edges coincide (alphalens \
             leaves such dates out of the ic too)",
            found.n_dates_without,
            found.n_dates + found.n_dates_without
        ));
    }
    let row = |quantile: Cell, (n, n_dates): (usize, usize), numbers: [Option<f64>; 3]| {
        let counts = [
            Cell::count(length),
            quantile,
            Cell::count(n),
            Cell::count(n_dates),
        ];
        let numbers = numbers.map(|number| Cell::number(number, 6));
        counts.into_iter().chain(numbers).collect::<Vec<Cell>>()
    };
    let spread = found.spread(n_quantiles);
    let quantiles = (1..=n_quantiles).map(|quantile| {
        let known = found.quantiles.iter().find(|one| one.quantile == quantile);
        let numbers = [
            known.map(|one| one.mean_return),
            known.map(|one| one.mean_demeaned),
            known.and_then(|one| one.std_error),
        ];
        row(
            Cell::count(quantile),
            known.map_or((0, 0), |one| (one.n, one.n_dates)),
            numbers,
        )
    });
    let numbers = [
        spread.map(|one| one.mean_return),
        spread.map(|one| one.mean_demeaned),
        spread.and_then(|one| one.std_error),
    ];
    let last = row(
        Cell::text("spread"),
        spread.map_or((0, 0), |one| (one.n, one.n_dates)),
        numbers,
    );
    quantiles.chain([last]).collect()
}
