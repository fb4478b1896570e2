//! theme_day: tone per session, theme and index.

use newsprint_store::{CellSums, Store};

use super::Selection;
use super::cells::{Cells, Weight};
use crate::context::Context;
use crate::table::{Cell, Table};

pub(crate) const NAME: &str = "theme_day";

pub(super) const COLUMNS: [&str; 9] = [
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
    let mut cells = Cells::read(context, store, selection).await?;
    let notes = std::mem::take(&mut cells.notes);
    let sums = cells.by(|row| (row.session, row.theme.as_str(), &row.index));
    let rows = sums.iter().map(|((session, theme, index), sums)| {
        let mut row = vec![
            Cell::text(session.to_string()),
            Cell::text(*theme),
            Cell::text(index.as_str()),
        ];
        row.extend(summary(sums, selection.weight));
        row
    });
    let mut table = Table {
        name: NAME,
        columns: COLUMNS.to_vec(),
        rows: rows.collect(),
        notes,
    };
    cells.note_hindsight(&mut table);
    Ok(table)
}

/// The cells of a row after those that say where it is.
pub(super) fn summary(sums: &CellSums, weight: Weight) -> [Cell; 6] {
    let tones = weight.of(sums);
    [
        Cell::Count(sums.articles.n_tones),
        Cell::Count(sums.stories.n_tones),
        Cell::number(tones.mean(), 3),
        Cell::number(tones.dispersion(), 3),
        Cell::number(tones.share_positive(), 2),
        Cell::number(sums.stances.mean(), 2),
    ]
}
