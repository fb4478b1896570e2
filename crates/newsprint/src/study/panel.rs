//! Where a factor meets prices: rows of date, asset and factor, and what the asset returned from that date on.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use newsprint_study::forward::{carried_forward, forward_returns};

use super::frame::Frame;
use super::moments::{Moment, moments};
use super::prices::Prices;
use crate::exit::misuse;

/// What both `study ic` and `study quantiles` are told.
#[derive(Debug, clap::Args)]
pub(super) struct PanelArgs {
    /// A CSV file with columns date, asset and factor; other columns are ignored
    #[arg(long, value_name = "FILE")]
    factor: PathBuf,
    /// A CSV file with the date first and a column of closes per asset, or with columns date, asset and close
    #[arg(long, value_name = "FILE")]
    prices: PathBuf,
    /// Over how many rows of the prices returns are measured
    #[arg(
        long,
        value_name = "ROWS",
        value_delimiter = ',',
        default_value = "1,5,10,21"
    )]
    horizons: Vec<usize>,
    /// Keep only rows that have a return over every horizon, as alphalens does; else each horizon keeps its own
    #[arg(long)]
    common_rows: bool,
    /// Let the last known close stand for a missing one, as alphalens does; else there is no return
    #[arg(long)]
    carry_closes: bool,
}

/// Factor and forward return of the assets of one date.
pub(super) type Day = Vec<(f64, f64)>;

/// The rows of one horizon.
#[derive(Debug)]
pub(super) struct Horizon {
    pub(super) length: usize,
    /// Oldest first; only dates with any row.
    pub(super) days: Vec<Day>,
}

/// All horizons, and what was left out of them.
#[derive(Debug)]
pub(super) struct Panel {
    pub(super) horizons: Vec<Horizon>,
    pub(super) notes: Vec<String>,
}

/// A factor whose date and asset the prices hold.
struct Row {
    date: usize,
    asset: usize,
    factor: f64,
}

impl Panel {
    pub(super) fn read(args: &PanelArgs) -> anyhow::Result<Self> {
        let mut lengths = args.horizons.clone();
        lengths.sort_unstable();
        lengths.dedup();
        if lengths.first() == Some(&0) {
            return Err(misuse("--horizons: a return is over at least 1 row"));
        }
        let mut prices = Prices::read(&args.prices)?;
        if args.carry_closes {
            prices.closes = prices
                .closes
                .iter()
                .map(|one| carried_forward(one))
                .collect();
        }
        let mut notes = Vec::new();
        let rows = meeting(&args.factor, &args.prices, &prices, &mut notes)?;
        let mut returns: Vec<Vec<Option<f64>>> = Vec::new();
        for length in &lengths {
            let forward: Vec<_> = prices
                .closes
                .iter()
                .map(|closes| forward_returns(closes, *length))
                .collect();
            let returns_of_rows = rows.iter().map(|row| forward[row.asset][row.date]);
            let returns_of_rows: Vec<Option<f64>> = returns_of_rows.collect();
            notes.extend(without_return(&rows, &returns_of_rows, *length, &prices));
            returns.push(returns_of_rows);
        }
        if args.common_rows {
            keep_common(&mut returns);
            let n_kept = returns[0].iter().flatten().count();
            notes.push(format!(
                "--common-rows: {n_kept} of {} rows have a return over every horizon",
                rows.len()
            ));
        }
        let horizons = lengths.into_iter().zip(&returns);
        let horizons = horizons.map(|(length, returns)| Horizon {
            length,
            days: by_date(&rows, returns),
        });
        Ok(Self {
            horizons: horizons.collect(),
            notes,
        })
    }
}

fn by_date(rows: &[Row], returns: &[Option<f64>]) -> Vec<Day> {
    let known = rows.iter().zip(returns);
    let known: Vec<(&Row, f64)> = known
        .filter_map(|(row, earned)| Some((row, (*earned)?)))
        .collect();
    let days = known.chunk_by(|(one, _), (other, _)| one.date == other.date);
    let pairs = |day: &[(&Row, f64)]| {
        day.iter()
            .map(|(row, earned)| (row.factor, *earned))
            .collect()
    };
    days.map(pairs).collect()
}

fn keep_common(returns: &mut [Vec<Option<f64>>]) {
    let n_rows = returns.first().map_or(0, Vec::len);
    for row in 0..n_rows {
        if returns.iter().any(|horizon| horizon[row].is_none()) {
            returns.iter_mut().for_each(|horizon| horizon[row] = None);
        }
    }
}

/// What is to be said of rows that have no return over `length` rows.
fn without_return(
    rows: &[Row],
    returns: &[Option<f64>],
    length: usize,
    prices: &Prices,
) -> Option<String> {
    let missing = rows
        .iter()
        .zip(returns)
        .filter(|(_, earned)| earned.is_none());
    let (past_end, unknown): (Vec<_>, Vec<_>) =
        missing.partition(|(row, _)| row.date + length >= prices.moments.len());
    let last = prices.moments.last()?;
    let reasons = [
        (past_end.len(), format!("the prices end on {last}")),
        (
            unknown.len(),
            "a close is missing on their date or at the end".to_owned(),
        ),
    ];
    let reasons: Vec<String> = reasons
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, reason)| format!("{n} because {reason}"))
        .collect();
    let n_missing = past_end.len() + unknown.len();
    (n_missing > 0).then(|| {
        let (reasons, n_rows) = (reasons.join(", "), rows.len());
        format!(
            "h = {length}: {n_missing} of {n_rows} rows have no return and are left out: {reasons}"
        )
    })
}

/// The rows of the factor file whose date and asset the prices hold, by date; what does not meet is said, or refused where nothing does.
fn meeting(
    factor: &Path,
    prices_path: &Path,
    prices: &Prices,
    notes: &mut Vec<String>,
) -> anyhow::Result<Vec<Row>> {
    let frame = Frame::read(factor)?;
    let (shown, shown_prices) = (factor.display(), prices_path.display());
    let (dates, assets) = (moments(&frame, "date")?, frame.texts("asset")?);
    let factors = frame.numbers("factor")?;
    let n_rows = frame.n_rows();
    if n_rows == 0 {
        return Err(misuse(format!("{shown}: it holds no row")));
    }
    if dates[0].is_instant() != prices.moments[0].is_instant() {
        return Err(misuse(format!(
            "0 of {n_rows} rows of {shown} meet a close of {shown_prices}: only one of the two states a zone (\"{}\" in row 1, {} in \
             the prices): write the dates of both in the same form",
            frame.texts("date")?[0],
            prices.moments[0]
        )));
    }
    refuse_doubles(&frame, &dates, assets)?;
    let place: HashMap<Moment, usize> = prices.moments.iter().copied().zip(0..).collect();
    let (mut rows, mut unmet) = (Vec::with_capacity(n_rows), Unmet::default());
    for (row, (date, asset)) in dates.iter().zip(assets).enumerate() {
        match (place.get(date), prices.assets.get(asset), factors[row]) {
            (None, _, _) => unmet.dates.push(*date),
            (_, None, _) => unmet.assets.push(asset.clone()),
            (_, _, None) => unmet.n_unknown += 1,
            (Some(date), Some(asset), Some(factor)) => rows.push(Row {
                date: *date,
                asset: *asset,
                factor,
            }),
        }
    }
    let met = format!(
        "{} of {n_rows} rows of {shown} meet {shown_prices}",
        rows.len()
    );
    let note = [vec![met], unmet.reasons(prices)].concat().join("; ");
    if rows.is_empty() {
        return Err(misuse(
            note + ": write dates and assets of both files in the same way",
        ));
    }
    notes.push(note);
    rows.sort_by_key(|row| (row.date, row.asset));
    Ok(rows)
}

/// What of the factor file meets no price, or is not known.
#[derive(Default)]
struct Unmet {
    dates: Vec<Moment>,
    assets: Vec<String>,
    n_unknown: usize,
}

impl Unmet {
    fn reasons(&self, prices: &Prices) -> Vec<String> {
        let span = prices.moments.first().zip(prices.moments.last());
        let dates = self.dates.first().zip(span).map(|(first, (from, to))| {
            let n = self.dates.len();
            format!("{n} are of dates that it does not hold (the first {first}; it runs from {from} to {to})")
        });
        let assets = self.assets.first().map(|first| {
            let n = self.assets.len();
            format!("{n} are of assets that it does not hold (the first \"{first}\")")
        });
        let unknown = (self.n_unknown > 0).then(|| format!("{} have no factor", self.n_unknown));
        [dates, assets, unknown].into_iter().flatten().collect()
    }
}

fn refuse_doubles(frame: &Frame, dates: &[Moment], assets: &[String]) -> anyhow::Result<()> {
    let mut first_row = HashMap::with_capacity(dates.len());
    for (row, key) in dates.iter().zip(assets).enumerate() {
        match first_row.entry(key) {
            Entry::Vacant(free) => free.insert(row),
            Entry::Occupied(taken) => {
                let (date, asset) = key;
                let problem = format!(
                    "{date} of \"{asset}\" stands in row {} too: leave one out",
                    taken.get() + 1
                );
                return Err(frame.problem(row, "date", &problem));
            }
        };
    }
    Ok(())
}
