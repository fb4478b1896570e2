//! theme_day: tone per session, theme and index.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use newsprint_domain::identifier::IndexId;
use newsprint_domain::sentiment::Tone;
use newsprint_store::Store;
use newsprint_study::aggregation::ToneSum;

use super::observations::{Observation, Observations};
use super::{Selection, note_hindsight};
use crate::context::Context;
use crate::table::{Cell, Table};

pub(crate) const NAME: &str = "theme_day";

const COLUMNS: [&str; 9] = [
    "session",
    "theme",
    "index",
    "n",
    "independent_n",
    "mean_tone",
    "dispersion",
    "share_positive",
    "mean_stance",
];

pub(crate) async fn table(
    context: &Context,
    store: &Store,
    selection: &Selection,
) -> anyhow::Result<Table> {
    let Observations { rows, notes } = Observations::read(context, store, selection).await?;
    let mut cells: BTreeMap<(NaiveDate, &str, &IndexId), Vec<&Observation>> = BTreeMap::new();
    for row in &rows {
        cells
            .entry((row.session, row.theme.as_str(), &row.index))
            .or_default()
            .push(row);
    }
    let table_rows = cells.into_iter().map(|((session, theme, index), rows)| {
        let mut row = vec![
            Cell::text(session.to_string()),
            Cell::text(theme),
            Cell::text(index.as_str()),
        ];
        row.extend(summary(&rows));
        row
    });
    let mut table = Table {
        name: NAME,
        columns: COLUMNS.to_vec(),
        rows: table_rows.collect(),
        notes,
    };
    note_hindsight(&mut table, &rows);
    Ok(table)
}

fn summary(rows: &[&Observation]) -> [Cell; 6] {
    let sum: ToneSum = rows.iter().map(|row| row.tone).collect();
    let stances: ToneSum = rows
        .iter()
        .filter_map(|row| Tone::from_millionths(row.stance?))
        .collect();
    let texts: BTreeSet<&str> = rows.iter().map(|row| row.text_digest.as_str()).collect();
    [
        Cell::Count(sum.n_tones()),
        Cell::count(texts.len()),
        Cell::number(sum.mean(), 3),
        Cell::number(sum.dispersion(), 3),
        Cell::number(sum.share_positive(), 2),
        Cell::number(stances.mean(), 2),
    ]
}
