//! Closes of many assets: a column each, or a row each.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;

use super::frame::Frame;
use super::moments::{Moment, moments};
use crate::exit::misuse;

/// Closes by asset on the dates of one calendar.
#[derive(Debug)]
pub(super) struct Prices {
    /// The calendar, oldest first.
    pub(super) moments: Vec<Moment>,
    /// Where each asset's closes stand.
    pub(super) assets: HashMap<String, usize>,
    /// Of each asset, on every row of the calendar.
    pub(super) closes: Vec<Vec<Option<f64>>>,
}

impl Prices {
    /// Reads a CSV file with columns date, asset and close, or with the date first and a column per asset.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let frame = Frame::read(path)?;
        if frame.n_rows() == 0 {
            return Err(misuse(format!("{}: it holds no price", path.display())));
        }
        let has = |name: &str| frame.names().iter().any(|known| known == name);
        match has("date") && has("asset") && has("close") {
            true => Self::of_rows(&frame),
            false => Self::of_columns(&frame, path),
        }
    }

    fn of_columns(frame: &Frame, path: &Path) -> anyhow::Result<Self> {
        let [date, assets @ ..] = frame.names() else {
            return Err(misuse(format!("{}: it has no column", path.display())));
        };
        if assets.is_empty() {
            return Err(misuse(format!(
                "{}: it has one column: prices are the date and a column per asset, or date, asset and close",
                path.display()
            )));
        }
        let stated = moments(frame, date)?;
        let mut order: Vec<usize> = (0..stated.len()).collect();
        order.sort_by_key(|row| stated[*row]);
        if let Some(pair) = order
            .windows(2)
            .find(|pair| stated[pair[0]] == stated[pair[1]])
        {
            let problem = format!("{} stands in row {} too", stated[pair[1]], pair[0] + 1);
            return Err(frame.problem(pair[1], date, &problem));
        }
        let mut closes = Vec::with_capacity(assets.len());
        for asset in assets {
            let stated = closes_of(frame, asset)?;
            closes.push(order.iter().map(|row| stated[*row]).collect());
        }
        Ok(Self {
            moments: order.iter().map(|row| stated[*row]).collect(),
            assets: assets.iter().cloned().zip(0..).collect(),
            closes,
        })
    }

    fn of_rows(frame: &Frame) -> anyhow::Result<Self> {
        let stated = moments(frame, "date")?;
        let names = frame.texts("asset")?;
        let known = closes_of(frame, "close")?;
        let mut calendar = stated.clone();
        calendar.sort_unstable();
        calendar.dedup();
        let place: HashMap<Moment, usize> = calendar.iter().copied().zip(0..).collect();
        let mut assets: HashMap<String, usize> = HashMap::new();
        let mut closes: Vec<Vec<Option<f64>>> = Vec::new();
        let mut first_row = HashMap::new();
        for (row, (moment, name)) in stated.iter().zip(names).enumerate() {
            let asset = match assets.get(name) {
                Some(asset) => *asset,
                None => {
                    assets.insert(name.clone(), closes.len());
                    closes.push(vec![None; calendar.len()]);
                    closes.len() - 1
                }
            };
            match first_row.entry((place[moment], asset)) {
                Entry::Vacant(free) => free.insert(row),
                Entry::Occupied(taken) => {
                    let problem = format!(
                        "{moment} of \"{name}\" stands in row {} too: leave one out",
                        taken.get() + 1
                    );
                    return Err(frame.problem(row, "date", &problem));
                }
            };
            closes[asset][place[moment]] = known[row];
        }
        Ok(Self {
            moments: calendar,
            assets,
            closes,
        })
    }
}

/// A column of closes, each above zero where it is known.
pub(super) fn closes_of(frame: &Frame, column: &str) -> anyhow::Result<Vec<Option<f64>>> {
    let closes = frame.numbers(column)?;
    let is_none = |close: &Option<f64>| close.is_some_and(|close| close <= 0.0);
    match closes.iter().position(is_none) {
        None => Ok(closes),
        Some(row) => {
            let problem = "a close is above zero: of others no return can be made; leave an unknown one empty";
            Err(frame.problem(row, column, problem))
        }
    }
}
