//! leakcheck: shows that tables of the past know nothing of later.
//!
//! A table as of a past instant is held, cell by cell, against the same table of a store that physically holds only what had been
//! recorded by then and is asked for all that it knows. What was recorded under a wrong time cannot be found so: both sides believe it.

mod tables;
mod trials;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use newsprint_store::{Replica, Store};

use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::progress;
use crate::table::{Cell, Table};
pub use trials::{instants, newest_by};

/// Leaks that are told one by one.
const MAX_TOLD: usize = 20;

/// An instant later than any at which something was recorded, in microseconds since 1970: the end of the year 9999.
const LATEST: i64 = 253_402_300_799_999_999;

#[derive(Debug, clap::Args)]
pub(crate) struct LeakcheckArgs {
    /// How many past instants to try
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    trials: u32,
    /// Which ones: the same number draws the same instants of the same store
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Only this theme, or `any`; may be repeated
    #[arg(long, value_name = "ID")]
    theme: Vec<String>,
    /// Only this index; may be repeated
    #[arg(long, value_name = "ID")]
    index: Vec<String>,
}

/// What a table is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Whose knowledge it shows: the trial's instant of the store, an instant later than all of the replica.
    pub as_of: DateTime<Utc>,
    /// The last instant by the trial's at which a row was recorded; the same of both stores.
    pub newest: DateTime<Utc>,
}

/// A table as text, so that any two can be held against each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its name.
    pub name: &'static str,
    /// Its rows with every digit, and its notes as rows of one cell; nothing that names the instant.
    pub rows: Vec<Vec<String>>,
}

/// A table that was not what had been recorded by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// As of when.
    pub as_of: DateTime<Utc>,
    /// The table's name.
    pub table: &'static str,
    /// The first row that differs, from 1 on.
    pub row: usize,
    /// That row as of then; `None` where there is none.
    pub shown: Option<Vec<String>>,
    /// That row of what had been recorded by then; `None` where there is none.
    pub recorded: Option<Vec<String>>,
}

/// What was compared of one table, in all trials.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compared {
    /// How often.
    pub n_tables: usize,
    /// Rows, as of then.
    pub n_rows: usize,
    /// Cells, as of then.
    pub n_cells: usize,
}

/// What a check came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// By table.
    pub compared: BTreeMap<&'static str, Compared>,
    /// One for each trial and table that differs, the earliest first.
    pub leaks: Vec<Leak>,
}

pub(crate) async fn command(context: &Context, args: &LeakcheckArgs) -> anyhow::Result<Outcome> {
    let selection = tables::selection(context, &args.theme, &args.index)?;
    let read = async |store: &Store| {
        let recorded = Replica::new().await?.instants(store).await?;
        if recorded.is_empty() {
            return Err(misuse(
                "the store holds nothing: `newsprint run` fetches and tags",
            ));
        }
        let trials = instants(&recorded, args.trials, args.seed);
        let tables = async |store: &Store, asked: Asked| {
            tables::tables(context, store, &selection, asked).await
        };
        check(store, &trials, tables).await
    };
    let findings = context.reading(read).await?;
    findings.table(args).print(context.format)?;
    match findings.leaks.len() {
        0 => Ok(Outcome::Done),
        n_leaks => {
            anyhow::bail!("{n_leaks} tables of the past show what was not recorded by then")
        }
    }
}

/// Holds `tables` of `source` as of each of `trials`, which must rise, against those of what was recorded by then. Nobody may write to
/// `source` meanwhile.
///
/// # Errors
/// Where a store or a table cannot be read.
pub async fn check(
    source: &Store,
    trials: &[DateTime<Utc>],
    tables: impl AsyncFn(&Store, Asked) -> anyhow::Result<Vec<Shown>>,
) -> anyhow::Result<Findings> {
    let mut replica = Replica::new().await?;
    let recorded = replica.instants(source).await?;
    let latest = DateTime::from_timestamp_micros(LATEST).context("no such instant")?;
    let mut findings = Findings::default();
    // What the replica shows, as long as nothing is added to it.
    let mut known: Option<(DateTime<Utc>, Vec<Shown>)> = None;
    let bar = progress::bar("trials", trials.len());
    for as_of in trials {
        let newest = newest_by(&recorded, *as_of);
        if known.as_ref().is_none_or(|(of, _)| *of != newest) {
            replica.advance(source, *as_of).await?;
            let asked = Asked {
                as_of: latest,
                newest,
            };
            known = Some((newest, tables(replica.store(), asked).await?));
        }
        let asked = Asked {
            as_of: *as_of,
            newest,
        };
        let shown = tables(source, asked).await?;
        if let Some((_, known)) = &known {
            findings.add(*as_of, &shown, known);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    replica.close().await;
    Ok(findings)
}

impl Findings {
    /// Compares the tables of one trial.
    fn add(&mut self, as_of: DateTime<Utc>, shown: &[Shown], recorded: &[Shown]) {
        for (shown, recorded) in shown.iter().zip(recorded) {
            let compared = self.compared.entry(shown.name).or_default();
            compared.n_tables += 1;
            compared.n_rows += shown.rows.len();
            compared.n_cells += shown.rows.iter().map(Vec::len).sum::<usize>();
            if let Some(place) = first_difference(&shown.rows, &recorded.rows) {
                self.leaks.push(Leak {
                    as_of,
                    table: shown.name,
                    row: place + 1,
                    shown: shown.rows.get(place).cloned(),
                    recorded: recorded.rows.get(place).cloned(),
                });
            }
        }
    }

    /// Of leaks that are the same but for the instant, the first.
    fn different_leaks(&self) -> Vec<&Leak> {
        let mut told = BTreeSet::new();
        let leaks = self.leaks.iter();
        leaks
            .filter(|leak| told.insert((leak.table, leak.row, &leak.shown, &leak.recorded)))
            .collect()
    }

    fn table(&self, args: &LeakcheckArgs) -> Table {
        let rows = self.compared.iter().map(|(name, compared)| {
            let leaks = self.leaks.iter().filter(|leak| leak.table == *name);
            vec![
                Cell::text(*name),
                Cell::count(compared.n_tables),
                Cell::count(compared.n_rows),
                Cell::count(compared.n_cells),
                Cell::count(leaks.count()),
            ]
        });
        let told = self.different_leaks();
        let mut notes: Vec<String> = told.iter().take(MAX_TOLD).map(|leak| leak.told()).collect();
        if told.len() > MAX_TOLD {
            notes.push(format!("and {} other leaks", told.len() - MAX_TOLD));
        }
        notes.push(format!("{} trials, seed {}", args.trials, args.seed));
        Table {
            name: "leakcheck",
            columns: vec!["table", "trials", "rows", "cells", "leaks"],
            rows: rows.collect(),
            notes,
        }
    }
}

impl Leak {
    fn told(&self) -> String {
        let row = |cells: &Option<Vec<String>>| match cells {
            Some(cells) => format!("\"{}\"", cells.join(" | ")),
            None => "no such row".into(),
        };
        format!(
            "leak: {} as of {}, row {}: shows {}, and recorded by then was {}",
            self.table,
            self.as_of.format("%Y-%m-%dT%H:%M:%S%.6fZ"),
            self.row,
            row(&self.shown),
            row(&self.recorded)
        )
    }
}

/// The place of the first row that is not the same in both.
fn first_difference(rows: &[Vec<String>], others: &[Vec<String>]) -> Option<usize> {
    let longer = rows.len().max(others.len());
    (0..longer).find(|place| rows.get(*place) != others.get(*place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaks_that_are_the_same_but_for_the_instant_are_told_once() {
        let leak = |seconds, row, shown: &str| Leak {
            as_of: DateTime::from_timestamp(seconds, 0).unwrap(),
            table: "returns",
            row,
            shown: Some(vec![shown.into()]),
            recorded: None,
        };
        let leaks = vec![
            leak(1, 2, "a"),
            leak(2, 2, "a"),
            leak(3, 2, "b"),
            leak(4, 3, "a"),
        ];
        let findings = Findings {
            leaks,
            ..Findings::default()
        };
        let told: Vec<String> = findings
            .different_leaks()
            .iter()
            .map(|leak| leak.told())
            .collect();
        assert_eq!(told.len(), 3);
        assert_eq!(
            told[0],
            "leak: returns as of 1970-01-01T00:00:01.000000Z, row 2: shows \"a\", and recorded by then was no such row"
        );
    }

    #[test]
    fn the_first_row_that_differs_is_found_wherever_it_is() {
        let rows = |texts: &[&str]| -> Vec<Vec<String>> {
            texts.iter().map(|text| vec![(*text).to_owned()]).collect()
        };
        let cases = [
            (vec!["a", "b"], vec!["a", "b"], None),
            (vec!["a", "b"], vec!["a", "c"], Some(1)),
            (vec!["a"], vec!["a", "b"], Some(1)),
            (vec!["a", "b"], vec![], Some(0)),
        ];
        for (shown, recorded, expected) in cases {
            let found = first_difference(&rows(&shown), &rows(&recorded));
            assert_eq!(found, expected, "{shown:?} {recorded:?}");
        }
    }
}
