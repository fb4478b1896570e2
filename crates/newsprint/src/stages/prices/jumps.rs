//! Closes that are too far from those beside them to be of the same series: a split, another scale, a column of something else.
//!
//! Closes that are recorded already are believed. Where there are none, the longest stretch of the file without a jump is. From there on
//! a close is believed if it is within the limit of its believed neighbour, on the one side or the other.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use newsprint_domain::index::SeriesKind;

use super::csv_file::Finding;
use super::days::Days;

/// Days over which a move counts as one of a session; holidays lie within.
const SHORT: i64 = 10;
/// Days beyond which nothing is too far.
const LONG: i64 = 370;
/// The least and the most that a price makes of itself over a short time. The worst session of the S&P 500 and the Dow since 1927, that of
/// 1987-10-19, was one of 20 and 23 %.
const SHORT_PRICE: (f64, f64) = (0.6, 1.4);
/// The same over a long time.
const LONG_PRICE: (f64, f64) = (0.2, 5.0);
/// The same for a volatility index over a short time: the VIX has more than doubled in a session (2018-02-05).
const SHORT_VOLATILITY: (f64, f64) = (0.125, 8.0);
/// The most that a yield moves over a short time, in percentage points.
const SHORT_YIELD: f64 = 3.0;
/// Factors that splits and changes of scale leave, and what they are called.
const FACTORS: [(f64, &str); 6] = [
    (2.0, "a factor of 2"),
    (3.0, "a factor of 3"),
    (4.0, "a factor of 4"),
    (10.0, "a factor of 10"),
    (100.0, "a factor of 100"),
    (1_000.0, "a factor of 1,000"),
];

/// A close on the way from recorded and read ones to those that are believed.
#[derive(Debug, Clone, Copy)]
struct Entry {
    date: NaiveDate,
    close: f64,
    /// Its line in the file; `None` of one that is recorded and not in the file.
    line: Option<u64>,
    is_believed: bool,
}

/// A close that is refused, and the one it is too far from.
#[derive(Debug, Clone, Copy)]
struct Jump {
    entry: Entry,
    line: u64,
    from: (NaiveDate, f64),
}

/// Takes closes out of `days` that jump, unless they are allowed to; what is said of them, by stretches. `known` are the recorded closes.
pub(super) fn take_out(
    kind: SeriesKind,
    days: &mut Days,
    known: &BTreeMap<NaiveDate, f64>,
    is_allowed: bool,
) -> Vec<Finding> {
    let mut jumps = Vec::new();
    let mut entries = merged(kind, days, known, &mut jumps);
    if entries.iter().all(|entry| !entry.is_believed) {
        believe_longest(kind, &mut entries);
    }
    let first = entries.iter().position(|entry| entry.is_believed);
    let (before, after) = entries.split_at_mut(first.unwrap_or_default());
    believe(kind, after.iter_mut(), &mut jumps);
    let mut backward: Vec<Entry> = after.first().copied().into_iter().collect();
    backward.extend(before.iter().rev());
    believe(kind, backward.iter_mut(), &mut jumps);
    for jump in jumps.iter().filter(|_| !is_allowed) {
        days.remove(&jump.entry.date);
    }
    jumps.sort_by_key(|jump| jump.entry.date);
    stretches(&jumps, is_allowed)
}

/// Closes of the file and recorded ones in one order; a correction that jumps is refused, and the recorded close stays.
fn merged(
    kind: SeriesKind,
    days: &Days,
    known: &BTreeMap<NaiveDate, f64>,
    jumps: &mut Vec<Jump>,
) -> Vec<Entry> {
    let recorded = known.iter().map(|(date, close)| {
        let entry = Entry {
            date: *date,
            close: *close,
            line: None,
            is_believed: true,
        };
        (*date, entry)
    });
    let mut entries: BTreeMap<NaiveDate, Entry> = recorded.collect();
    for (date, (line, close)) in days {
        let entry = Entry {
            date: *date,
            close: *close,
            line: Some(*line),
            is_believed: false,
        };
        match known.get(date) {
            Some(before) if is_jump(kind, (*date, *before), (*date, *close)) => jumps.push(Jump {
                entry,
                line: *line,
                from: (*date, *before),
            }),
            // What is recorded already, or a small correction of it.
            Some(_) => drop(entries.insert(
                *date,
                Entry {
                    is_believed: true,
                    ..entry
                },
            )),
            None => drop(entries.insert(*date, entry)),
        }
    }
    entries.into_values().collect()
}

/// Believes the longest stretch without a jump; of several the first.
fn believe_longest(kind: SeriesKind, entries: &mut [Entry]) {
    let same = |one: &Entry, other: &Entry| !is_jump(kind, one.at(), other.at());
    let longest = entries
        .chunk_by_mut(same)
        .rev()
        .max_by_key(|stretch| stretch.len());
    for entry in longest.into_iter().flatten() {
        entry.is_believed = true;
    }
}

/// Believes entries, of which the first is believed, or notes that they jump.
fn believe<'e>(
    kind: SeriesKind,
    entries: impl Iterator<Item = &'e mut Entry>,
    jumps: &mut Vec<Jump>,
) {
    let entries: Vec<&mut Entry> = entries.collect();
    let next_believed = next_believed(&entries);
    let mut last: Option<(NaiveDate, f64)> = None;
    for (entry, next) in entries.into_iter().zip(next_believed) {
        let near = |neighbour: Option<(NaiveDate, f64)>| {
            neighbour.is_some_and(|at| !is_jump(kind, at, entry.at()))
        };
        entry.is_believed |= near(last) || near(next);
        match (entry.is_believed, last.or(next), entry.line) {
            (true, ..) => last = Some(entry.at()),
            (false, Some(from), Some(line)) => jumps.push(Jump {
                entry: *entry,
                line,
                from,
            }),
            _ => {}
        }
    }
}

/// For each entry the next one after it that is believed already.
fn next_believed(entries: &[&mut Entry]) -> Vec<Option<(NaiveDate, f64)>> {
    let mut next = None;
    let mut found: Vec<_> = entries
        .iter()
        .rev()
        .map(|entry| {
            let after = next;
            if entry.is_believed {
                next = Some(entry.at());
            }
            after
        })
        .collect();
    found.reverse();
    found
}

fn is_jump(kind: SeriesKind, one: (NaiveDate, f64), other: (NaiveDate, f64)) -> bool {
    let days = (other.0 - one.0).num_days().abs();
    let (earlier, later) = if one.0 <= other.0 {
        (one.1, other.1)
    } else {
        (other.1, one.1)
    };
    let is_outside = |(least, most): (f64, f64)| !(least..=most).contains(&(later / earlier));
    match kind {
        SeriesKind::Price if days <= SHORT => is_outside(SHORT_PRICE),
        SeriesKind::Price if days <= LONG => is_outside(LONG_PRICE),
        SeriesKind::Volatility if days <= SHORT => is_outside(SHORT_VOLATILITY),
        SeriesKind::Yield if days <= SHORT => (later - earlier).abs() > SHORT_YIELD,
        _ => false,
    }
}

/// One finding for each run of refused closes that are together in the file.
fn stretches(jumps: &[Jump], is_allowed: bool) -> Vec<Finding> {
    let is_next = |one: &Jump, other: &Jump| {
        one.line.abs_diff(other.line) == 1 && is_correction(one) == is_correction(other)
    };
    let stretches = jumps.chunk_by(is_next);
    stretches
        .filter_map(|stretch| Some(finding(stretch.first()?, stretch, is_allowed)))
        .collect()
}

fn is_correction(jump: &Jump) -> bool {
    jump.entry.date == jump.from.0
}

fn finding(first: &Jump, stretch: &[Jump], is_allowed: bool) -> Finding {
    let (date, close) = first.entry.at();
    let (before, from) = first.from;
    let ratio = (close / from).abs().max((from / close).abs());
    let factor = FACTORS
        .iter()
        .find(|(factor, _)| (ratio / factor - 1.0).abs() < 0.08);
    let how = factor.map_or_else(String::new, |(_, called)| {
        format!(", about {called}, as after a split or a change of scale")
    });
    let which = match stretch.len() {
        1 => "it is".to_owned(),
        n => format!("it and the {} closes after it are", n - 1),
    };
    let come_to = match is_allowed {
        true => "imported, as --allow-jumps asks",
        false => {
            "refused; check the column and the source, and import with --allow-jumps what is right"
        }
    };
    let what = match is_correction(first) {
        true => format!("close {close} of {date} is recorded as {from}{how}"),
        false => format!("close {close} of {date} jumps from {from} of {before}{how}"),
    };
    let lines = stretch.iter().map(|jump| jump.line);
    Finding {
        lines: (
            lines.clone().min().unwrap_or_default(),
            lines.max().unwrap_or_default(),
        ),
        says: format!("{what}: {which} {come_to}"),
    }
}

impl Entry {
    fn at(&self) -> (NaiveDate, f64) {
        (self.date, self.close)
    }
}

#[cfg(test)]
mod tests;
