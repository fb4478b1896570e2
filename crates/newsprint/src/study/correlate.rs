//! study correlate: rank correlation of two columns, or of daily tones and moves under each way to join them.

use std::path::PathBuf;

use chrono::NaiveDate;
use newsprint_domain::index::SeriesKind;
use newsprint_study::association::{non_overlapping, p_value, spearman};
use newsprint_study::daily_bars::{Bar, DailyBars};

use super::bars::{Bars, is_same, repeated_opens, row_of};
use super::frame::Frame;
use super::joins::{JOINS, Join, Worth};
use super::rows::{ascending_days, day_column};
use crate::config::series_key;
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::table::{Cell, Table};

/// Fewer pairs than this make no correlation.
const MIN_PAIRS: usize = 20;

#[derive(Debug, clap::Args)]
pub(crate) struct CorrelateArgs {
    /// A CSV file with both columns; or with columns session, sent_utc_date, sent_et_date, sent_react or sent_preopen, and
    /// ASSET_open and ASSET_close of each asset
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// One column
    #[arg(long, value_name = "COLUMN", requires = "y")]
    x: Option<String>,
    /// The other column
    #[arg(long, value_name = "COLUMN", requires = "x")]
    y: Option<String>,
    /// y holds prices: take what they return over the next H rows
    #[arg(long, value_name = "H", requires = "y", value_parser = clap::value_parser!(u16).range(1..))]
    horizon: Option<u16>,
    /// Daily prices of the assets (columns date, open, close; named ASSET.csv, or with a column symbol), for the sessions before the
    /// first and after the last row too
    #[arg(long, value_name = "FILE", conflicts_with = "x")]
    prices: Vec<PathBuf>,
}

/// A join of one asset: its pairs' number, and their correlation where there are enough.
struct Line<'a> {
    asset: &'a str,
    join: &'static Join,
    n_pairs: usize,
    rho: Option<f64>,
    p: Option<f64>,
}

pub(super) fn command(context: &Context, args: &CorrelateArgs) -> anyhow::Result<Outcome> {
    let frame = Frame::read(&args.input)?;
    let table = match (&args.x, &args.y) {
        (Some(x), Some(y)) => of_columns(&frame, (x, y), args.horizon)?,
        _ => of_joins(context, &frame, args)?,
    };
    table.print(context.format)?;
    Ok(table.outcome())
}

fn of_columns(frame: &Frame, (x, y): (&str, &str), horizon: Option<u16>) -> anyhow::Result<Table> {
    if let Some(day) = day_column(frame) {
        ascending_days(frame, &day)?;
    }
    let (left, right) = (frame.numbers(x)?, frame.numbers(y)?);
    let length = horizon.map_or(1, usize::from);
    let right = match horizon {
        None => right,
        Some(_) => forward(frame, y, &right, length)?,
    };
    let rows = left.iter().zip(&right).enumerate();
    let pairs = rows.filter_map(|(row, (x, y))| Some((row, ((*x)?, (*y)?))));
    let (starts, pairs): (Vec<usize>, Vec<(f64, f64)>) = pairs.unzip();
    if pairs.len() < MIN_PAIRS {
        return Err(misuse(format!(
            "{} rows have both {x} and {y}: a correlation takes at least {MIN_PAIRS}",
            pairs.len()
        )));
    }
    let Some(rho) = spearman(&pairs) else {
        return Err(misuse(format!(
            "{x} or {y} holds the same value in every row: nothing can go together with it"
        )));
    };
    let effective_n = non_overlapping(&starts, length);
    let mut notes = vec![
        "Spearman with average ranks; p by the t approximation with effective_n, the windows that do not overlap".to_owned(),
        format!("{} rows left out, in which a value is not known", frame.n_rows() - pairs.len()),
    ];
    if horizon.is_none() {
        notes.push("row by row: where y is the move of the day that x describes, this is look-ahead; --horizon takes what a price returns after the row".into());
    }
    Ok(Table {
        name: "correlate",
        columns: vec!["x", "y", "horizon", "n", "effective_n", "spearman", "p"],
        rows: vec![vec![
            Cell::text(x),
            Cell::text(y),
            horizon.map_or(Cell::Null, |horizon| Cell::Count(horizon.into())),
            Cell::count(pairs.len()),
            Cell::count(effective_n),
            Cell::Number(rho, 4),
            Cell::number(p_value(rho, effective_n), 4),
        ]],
        notes,
    })
}

/// What a column of prices returns over the next `horizon` rows.
fn forward(
    frame: &Frame,
    name: &str,
    prices: &[Option<f64>],
    horizon: usize,
) -> anyhow::Result<Vec<Option<f64>>> {
    if let Some(row) = prices
        .iter()
        .position(|price| price.is_some_and(|price| price <= 0.0))
    {
        return Err(frame.problem(
            row,
            name,
            "holds no price: --horizon takes prices, which are above zero",
        ));
    }
    let later = prices
        .iter()
        .skip(horizon)
        .copied()
        .chain(std::iter::repeat(None));
    let moved = prices.iter().zip(later);
    Ok(moved
        .map(|(now, later)| Some(later? / (*now)? - 1.0))
        .collect())
}

fn of_joins(context: &Context, frame: &Frame, args: &CorrelateArgs) -> anyhow::Result<Table> {
    let has = |name: &str| frame.names().iter().any(|known| known == name);
    let joins: Vec<&'static Join> = JOINS.iter().filter(|join| has(join.tone)).collect();
    let day = day_column(frame).filter(|_| !joins.is_empty());
    let assets = frame
        .names()
        .iter()
        .filter_map(|name| name.strip_suffix("_close"));
    let assets: Vec<String> = assets.map(str::to_uppercase).collect();
    let (Some(day), false) = (day, assets.is_empty()) else {
        return Err(misuse(format!(
            "{}: give --x and --y, or a file with columns session, {} and ASSET_open, ASSET_close; it has {}",
            args.input.display(),
            "sent_utc_date, sent_et_date, sent_react or sent_preopen",
            frame.names().join(", ")
        )));
    };
    let days = ascending_days(frame, &day)?;
    let (mut lines, mut notes) = (Vec::new(), Vec::new());
    let prices = prices(context, args)?;
    for asset in &assets {
        let own = own_bars(frame, asset, &days)?;
        let bars = match prices
            .iter()
            .find(|(symbol, _)| series_key(symbol) == series_key(asset))
        {
            Some((_, bars)) => {
                notes.extend(other_closes(asset, &own, bars));
                bars
            }
            None => {
                notes.push(format!("{asset}: no prices before the first and after the last row, whose moves are not known: give --prices"));
                &own
            }
        };
        notes.extend(repeated_opens(asset, &own));
        for join in &joins {
            let tones = frame.numbers(join.tone)?;
            lines.push(line(asset, join, bars, &days, &tones));
        }
    }
    let mut all_notes = warnings(&assets, &lines);
    all_notes.extend(notes);
    Ok(joins_table(&lines, all_notes))
}

fn prices(context: &Context, args: &CorrelateArgs) -> anyhow::Result<Vec<(String, DailyBars)>> {
    let mut series = Vec::new();
    for path in &args.prices {
        series.extend(Bars::read(path, &context.config.indices)?.series);
    }
    Ok(series)
}

/// Opens and closes that stand in the file itself, in the rows that have a close.
fn own_bars(frame: &Frame, asset: &str, days: &[NaiveDate]) -> anyhow::Result<DailyBars> {
    let named = |suffix: &str| {
        let wanted = format!("{asset}_{suffix}");
        frame
            .names()
            .iter()
            .find(|name| name.eq_ignore_ascii_case(&wanted))
    };
    let numbers = |suffix| match named(suffix) {
        Some(name) => frame.numbers(name),
        None => Ok(vec![None; frame.n_rows()]),
    };
    let rows = days.iter().zip(numbers("open")?).zip(numbers("close")?);
    let bars = rows.filter_map(|((date, open), close)| {
        Some(Bar {
            date: *date,
            open,
            close: close?,
        })
    });
    Ok(DailyBars::new(SeriesKind::Price, bars.collect()))
}

/// That prices are not those of the file, where they are not.
fn other_closes(asset: &str, own: &DailyBars, prices: &DailyBars) -> Option<String> {
    let differs = |bar: &&Bar| {
        let row = row_of(prices, bar.date);
        row.is_none_or(|row| !is_same(prices.bars()[row].close, bar.close))
    };
    let n_other = own.bars().iter().filter(differs).count();
    (n_other > 0).then(|| format!("WARNING: {asset}: {n_other} closes of the file are missing or different in --prices, which is what counts here"))
}

fn line<'a>(
    asset: &'a str,
    join: &'static Join,
    bars: &DailyBars,
    days: &[NaiveDate],
    tones: &[Option<f64>],
) -> Line<'a> {
    let rows = days.iter().zip(tones);
    let pairs =
        rows.filter_map(|(day, tone)| Some(((*tone)?, (join.moved)(bars, row_of(bars, *day)?)?)));
    let pairs: Vec<(f64, f64)> = pairs.collect();
    let rho = if pairs.len() < MIN_PAIRS {
        None
    } else {
        spearman(&pairs)
    };
    Line {
        asset,
        join,
        n_pairs: pairs.len(),
        rho,
        p: rho.and_then(|rho| p_value(rho, pairs.len())),
    }
}

fn joins_table(lines: &[Line<'_>], notes: Vec<String>) -> Table {
    let rows = lines.iter().map(|line| {
        vec![
            Cell::text(line.asset),
            Cell::text(line.join.name),
            Cell::count(line.n_pairs),
            Cell::number(line.rho, 4),
            Cell::number(line.p, 4),
        ]
    });
    Table {
        name: "correlate",
        columns: vec!["asset", "join", "n", "spearman", "p"],
        rows: rows.collect(),
        notes,
    }
}

/// What the joins that look ahead show, and what is left of it.
fn warnings(assets: &[String], lines: &[Line<'_>]) -> Vec<String> {
    let mut notes: Vec<String> = assets
        .iter()
        .filter_map(|asset| vanished(asset, lines))
        .collect();
    let has = |worth| lines.iter().any(|line| line.join.worth == worth);
    if has(Worth::Reaction) {
        notes.push("joins marked NOT tradable describe what the news did: it was over before a reader could trade".into());
    }
    let tradable = lines
        .iter()
        .filter(|line| line.join.worth == Worth::Tradable);
    let (n_tests, n_low) = tradable.fold((0, 0), |(n_tests, n_low), line| {
        (
            n_tests + usize::from(line.p.is_some()),
            n_low + usize::from(line.p.is_some_and(|p| p < 0.05)),
        )
    });
    notes.push(format!("{n_low} of {n_tests} tradable correlations have p < .05, before any correction for their number"));
    if lines.iter().any(|line| line.rho.is_none()) {
        notes.push(format!(
            "no correlation of fewer than {MIN_PAIRS} pairs, and of a constant column"
        ));
    }
    notes
}

fn vanished(asset: &str, lines: &[Line<'_>]) -> Option<String> {
    let of = |worth| {
        let lines = lines
            .iter()
            .filter(move |line| line.asset == asset && line.join.worth == worth);
        let rhos: Vec<f64> = lines.filter_map(|line| line.rho).collect();
        let least = rhos.iter().copied().reduce(f64::min)?;
        Some((least, rhos.iter().copied().reduce(f64::max)?))
    };
    let (low, high) = of(Worth::LookAhead)?;
    let warning = format!(
        "WARNING, look-ahead: {asset}: joined by calendar date the correlation is {low:.3} to {high:.3}, since news that was written after the day's move describes it"
    );
    let Some((least, most)) = of(Worth::Tradable) else {
        return Some(format!(
            "{warning}; nothing in the file says what is left of it where news is aligned to sessions"
        ));
    };
    let (shown, left) = (low.abs().max(high.abs()), least.abs().max(most.abs()));
    Some(format!(
        "{warning}; aligned to what could still be traded it is {least:.3} to {most:.3}: {:.3} of {shown:.3} vanishes, and a correlation of the same day is never a forecast",
        (shown - left).max(0.0)
    ))
}
