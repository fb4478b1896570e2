//! What another tag run makes of the published tables, with everything else the same: instant, sessions, closes, and what is asked for.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use newsprint_domain::identifier::IndexId;
use newsprint_store::{CellSums, Store};

use super::Selection;
use super::cells::Cells;
use super::observations::{Measures, measure};
use super::panel::Panel;
use super::returns::{Verdict, verdicts};
use super::statistics::Statistics;
use crate::context::Context;
use crate::table::{Cell, Table};

/// What is asked for, of the run before and of the one after.
pub(crate) struct Selections {
    pub(crate) before: Selection,
    pub(crate) after: Selection,
}

/// The changes of `theme_day` and of `returns`.
pub(crate) async fn tables(
    context: &Context,
    store: &Store,
    selections: &Selections,
) -> anyhow::Result<[Table; 2]> {
    let Selections { before, after } = selections;
    let cells = Both {
        before: Cells::read(context, store, before).await?,
        after: Cells::read(context, store, after).await?,
    };
    let panels = Both {
        before: Panel::of(&cells.before, before.weight),
        after: Panel::of(&cells.after, after.weight),
    };
    let mut measures = Measures::new();
    let mut unknown = BTreeSet::new();
    for asked in [(&panels.before, before), (&panels.after, after)] {
        unknown.extend(measure(context, store, asked, &mut measures).await?);
    }
    let read = Both {
        before: verdicts(panels.before, &measures, &Statistics::of(before.clone())),
        after: verdicts(panels.after, &measures, &Statistics::of(after.clone())),
    };
    let mut returns = returns(&read);
    returns.notes.extend(unknown);
    Ok([theme_day(&cells, before), returns])
}

struct Both<T> {
    before: T,
    after: T,
}

/// How the cells of a theme and an index differ.
#[derive(Default)]
struct CellChanges<'a> {
    n_before: usize,
    n_after: usize,
    n_appear: usize,
    n_disappear: usize,
    n_change: usize,
    largest: Option<Largest<'a>>,
}

/// The largest change of mean tone, and where.
#[derive(Clone, Copy)]
struct Largest<'a> {
    change: f64,
    cell: (NaiveDate, &'a str, &'a IndexId),
}

impl<'a> CellChanges<'a> {
    fn add(
        &mut self,
        cell: (NaiveDate, &'a str, &'a IndexId),
        (before, after): (Option<&CellSums>, Option<&CellSums>),
        selection: &Selection,
    ) {
        self.n_before += usize::from(before.is_some());
        self.n_after += usize::from(after.is_some());
        let (before, after) = match (before, after) {
            (Some(before), Some(after)) => (before, after),
            (Some(_), None) => return self.n_disappear += 1,
            (None, _) => return self.n_appear += 1,
        };
        self.n_change += usize::from(before != after);
        let mean = |sums: &CellSums| selection.weight.of(sums).mean();
        if let (Some(before), Some(after)) = (mean(before), mean(after)) {
            let change = after - before;
            self.take(Largest { change, cell });
        }
    }

    /// Of equals the first is kept.
    fn take(&mut self, found: Largest<'a>) {
        let is_larger = |largest: &Largest<'_>| found.change.abs() > largest.change.abs();
        if found.change != 0.0 && self.largest.as_ref().is_none_or(is_larger) {
            self.largest = Some(found);
        }
    }

    fn add_all(&mut self, other: &Self) {
        self.n_before += other.n_before;
        self.n_after += other.n_after;
        self.n_appear += other.n_appear;
        self.n_disappear += other.n_disappear;
        self.n_change += other.n_change;
        if let Some(largest) = other.largest {
            self.take(largest);
        }
    }

    fn is_any(&self) -> bool {
        self.n_appear + self.n_disappear + self.n_change > 0
    }
}

fn theme_day(cells: &Both<Cells>, selection: &Selection) -> Table {
    let sums_of = |cells: &'_ Cells| {
        let sums = cells.by(|row| (row.session, row.theme.clone(), row.index.clone()));
        sums.into_iter().collect::<BTreeMap<_, _>>()
    };
    let (before, after) = (sums_of(&cells.before), sums_of(&cells.after));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let mut groups: BTreeMap<(&str, &IndexId), CellChanges<'_>> = BTreeMap::new();
    for key in keys {
        let (session, theme, index) = key;
        let group = groups.entry((theme, index)).or_default();
        let sums = (before.get(key), after.get(key));
        group.add((*session, theme, index), sums, selection);
    }
    let mut all = CellChanges::default();
    groups.values().for_each(|group| all.add_all(group));
    let changed = groups.iter().filter(|(_, group)| group.is_any());
    let rows = changed.map(|((theme, index), group)| {
        let largest = group.largest;
        let session = largest.map(|largest| Cell::text(largest.cell.0.to_string()));
        vec![
            Cell::text(*theme),
            Cell::text(index.as_str()),
            Cell::count(group.n_before),
            Cell::count(group.n_after),
            Cell::count(group.n_appear),
            Cell::count(group.n_disappear),
            Cell::count(group.n_change),
            Cell::number(largest.map(|largest| largest.change), 3),
            session.unwrap_or(Cell::Null),
        ]
    });
    Table {
        name: "theme_day_diff",
        columns: vec![
            "theme",
            "index",
            "before",
            "after",
            "appear",
            "disappear",
            "change",
            "largest_change",
            "session",
        ],
        rows: rows.collect(),
        notes: cell_notes(&all),
    }
}

fn cell_notes(all: &CellChanges<'_>) -> Vec<String> {
    let mut notes = vec![format!(
        "theme_day: {} cells before, {} after: {} appear, {} disappear, {} change",
        all.n_before, all.n_after, all.n_appear, all.n_disappear, all.n_change
    )];
    if let Some(Largest { change, cell }) = all.largest {
        let (session, theme, index) = cell;
        notes.push(format!(
            "largest change of mean tone: {change:+.3}, {theme} {index} on {session}"
        ));
    }
    notes
}

fn returns(read: &Both<Vec<Verdict>>) -> Table {
    let of = |verdicts: &'_ [Verdict]| -> BTreeMap<_, _> {
        let verdicts = verdicts.iter();
        verdicts
            .map(|verdict| {
                (
                    verdict.row.clone(),
                    (verdict.rho, verdict.q, verdict.reading),
                )
            })
            .collect()
    };
    let (before, after) = (of(&read.before), of(&read.after));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let mut rows = Vec::new();
    let (mut n_rho, mut largest) = (0_usize, None::<(f64, String)>);
    for key in &keys {
        let (theme, index, window) = key;
        let (before, after) = (before.get(key), after.get(key));
        let rho = |verdict: Option<&(Option<f64>, _, _)>| verdict.and_then(|(rho, _, _)| *rho);
        if let (Some(before), Some(after)) = (rho(before), rho(after)) {
            let change = after - before;
            n_rho += usize::from(change != 0.0);
            let is_larger = |(largest, _): &(f64, String)| change.abs() > largest.abs();
            if change != 0.0 && largest.as_ref().is_none_or(is_larger) {
                largest = Some((change, format!("{theme} {index} {window}")));
            }
        }
        let reading =
            |verdict: Option<&(_, _, &'static str)>| verdict.map(|(_, _, reading)| *reading);
        let readings = (reading(before), reading(after));
        if readings.0 == readings.1 {
            continue;
        }
        let mut row = vec![
            Cell::text(theme),
            Cell::text(index.as_str()),
            Cell::text(window.to_string()),
        ];
        for verdict in [before, after] {
            let q = verdict.and_then(|(_, q, _)| *q);
            row.extend([Cell::number(rho(verdict), 3), Cell::number(q, 3)]);
        }
        row.extend([readings.0, readings.1].map(|reading| reading.map_or(Cell::Null, Cell::text)));
        rows.push(row);
    }
    let mut notes = vec![format!(
        "returns: {} rows before, {} after: {} of them are read differently or are in one alone; rho differs in {n_rho} rows",
        before.len(),
        after.len(),
        rows.len()
    )];
    notes
        .extend(largest.map(|(change, row)| format!("largest change of rho: {change:+.3}, {row}")));
    Table {
        name: "returns_diff",
        columns: vec![
            "theme",
            "index",
            "window",
            "rho_before",
            "q_before",
            "rho_after",
            "q_after",
            "reading_before",
            "reading_after",
        ],
        rows,
        notes,
    }
}
