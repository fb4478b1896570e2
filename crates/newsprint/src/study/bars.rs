//! Files of daily opens and closes, of one series or of several under each other.

use std::path::Path;

use chrono::NaiveDate;
use newsprint_domain::index::{IndexDefinition, SeriesKind};
use newsprint_study::daily_bars::{Bar, DailyBars};

use super::frame::Frame;
use super::rows::out_of_order;
use crate::config::series_key;

const SYMBOL_COLUMNS: [&str; 4] = ["symbol", "ticker", "asset", "series"];

/// Above this share of opens that repeat the close before, nothing can be concluded from them.
const MANY_REPEATED: f64 = 0.1;

/// Series in the order in which the file first names them.
pub(super) struct Bars {
    pub(super) series: Vec<(String, DailyBars)>,
    /// Rows without a close, which are no sessions.
    pub(super) n_without_close: usize,
}

/// A row of the file that has a close.
struct Row {
    number: usize,
    symbol: String,
    bar: Bar,
}

impl Bars {
    /// Columns date, close, and where there are any open and symbol, in any case; without a symbol the file is named after its series.
    pub(super) fn read(path: &Path, indices: &[IndexDefinition]) -> anyhow::Result<Self> {
        let frame = Frame::read(path)?;
        let rows = rows(&frame, path)?;
        let n_without_close = frame.n_rows() - rows.len();
        let mut series: Vec<(String, SeriesKind, Vec<Bar>)> = Vec::new();
        for Row {
            number,
            symbol,
            bar,
        } in rows
        {
            let place = series.iter().position(|(known, ..)| *known == symbol);
            let place = place.unwrap_or_else(|| {
                let kind = kind_of(&symbol, indices);
                series.push((symbol, kind, Vec::new()));
                series.len() - 1
            });
            let (_, kind, bars) = &mut series[place];
            if let Some((column, problem)) = problem_of(&bar, bars.last(), *kind) {
                return Err(frame.problem(number, column, &problem));
            }
            bars.push(bar);
        }
        let series = series
            .into_iter()
            .map(|(symbol, kind, bars)| (symbol, DailyBars::new(kind, bars)));
        Ok(Self {
            series: series.collect(),
            n_without_close,
        })
    }
}

fn rows(frame: &Frame, path: &Path) -> anyhow::Result<Vec<Row>> {
    let named = |name: &'static str| column(frame, &[name]).unwrap_or(name);
    let (days, closes) = (frame.dates(named("date"))?, frame.numbers(named("close"))?);
    let opens = match column(frame, &["open"]) {
        Some(open) => frame.numbers(open)?,
        None => vec![None; frame.n_rows()],
    };
    let symbols = match column(frame, &SYMBOL_COLUMNS) {
        Some(symbol) => frame.texts(symbol)?.to_vec(),
        None => vec![
            path.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            frame.n_rows()
        ],
    };
    let with_close = symbols
        .into_iter()
        .enumerate()
        .filter_map(|(number, symbol)| {
            let bar = Bar {
                date: days[number],
                open: opens[number],
                close: closes[number]?,
            };
            Some(Row {
                number,
                symbol,
                bar,
            })
        });
    Ok(with_close.collect())
}

fn column<'a>(frame: &'a Frame, names: &[&str]) -> Option<&'a str> {
    let is_named = |name: &&String| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    frame.names().iter().find(is_named).map(String::as_str)
}

/// How a series moves: as indices.toml says of it, by basis points where FRED's name says that it is a constant-maturity yield, and
/// else by a share of itself.
fn kind_of(symbol: &str, indices: &[IndexDefinition]) -> SeriesKind {
    let key = series_key(symbol);
    let is_of = |index: &&IndexDefinition| {
        let names = index.series.iter().map(String::as_str);
        names
            .chain([index.id.as_str()])
            .any(|name| series_key(name) == key)
    };
    match indices.iter().find(is_of) {
        Some(index) => index.kind,
        None if key.starts_with("dgs") => SeriesKind::Yield,
        None => SeriesKind::Price,
    }
}

fn problem_of(bar: &Bar, before: Option<&Bar>, kind: SeriesKind) -> Option<(&'static str, String)> {
    if let Some(before) = before.filter(|before| bar.date <= before.date) {
        return Some(("date", out_of_order(bar.date, before.date)));
    }
    let has_logarithm = |value: f64| kind == SeriesKind::Yield || value > 0.0;
    if !has_logarithm(bar.close) {
        return Some(("close", format!("{} is no price", bar.close)));
    }
    let open = bar.open.filter(|open| !has_logarithm(*open))?;
    Some((
        "open",
        format!("{open} is no price: leave it empty where it is not known"),
    ))
}

/// That opens repeat the close before, where many do.
pub(super) fn repeated_opens(symbol: &str, bars: &DailyBars) -> Option<String> {
    let pairs = bars.bars().windows(2);
    let opens: Vec<bool> = pairs
        .filter_map(|pair| Some(is_same(pair[1].open?, pair[0].close)))
        .collect();
    let n_repeated = opens.iter().filter(|is_repeated| **is_repeated).count();
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let share = n_repeated as f64 / opens.len() as f64;
    (share > MANY_REPEATED).then(|| {
        format!(
            "{symbol}: {:.0}% of its opens repeat the close before: what is measured from or to an open says little",
            share * 100.0
        )
    })
}

/// Whether two prices agree to a millionth.
pub(super) fn is_same(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-6 * other.abs()
}

/// The row of the session of `day`.
pub(super) fn row_of(bars: &DailyBars, day: NaiveDate) -> Option<usize> {
    bars.bars().binary_search_by_key(&day, |bar| bar.date).ok()
}
