//! theme_day: tone per session, theme and index.

mod against_index;

use std::path::PathBuf;

use newsprint_store::{CellSums, Store};

use super::cells::{Cells, Weight};
use super::{Selection, TableArgs};
use crate::context::Context;
use crate::plot::{self, Figure};
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

/// What to show, and whether to draw it.
#[derive(Debug, clap::Args)]
pub(crate) struct ThemeDayArgs {
    #[command(flatten)]
    pub(super) table: TableArgs,
    /// Draw the tone against the closes too, of one --theme and one --index: a file that ends in .svg, .png or .html
    #[arg(long, value_name = "FILE", value_parser = plot::parse_file)]
    pub(super) plot: Option<PathBuf>,
}

impl ThemeDayArgs {
    /// Checks that what is asked for exists and, where it is to be drawn, that it is one theme and one index.
    pub(super) fn selection(&self, context: &Context) -> anyhow::Result<Selection> {
        let selection = self.table.selection(context)?;
        if self.plot.is_some() {
            against_index::asked(&selection)?;
        }
        Ok(selection)
    }
}

/// The table, and its figure where a plot is asked for.
pub(super) async fn drawn(
    context: &Context,
    store: &Store,
    args: &ThemeDayArgs,
    selection: &Selection,
) -> anyhow::Result<(Table, Option<Figure>)> {
    if args.plot.is_none() {
        return Ok((table(context, store, selection).await?, None));
    }
    let asked = against_index::asked(selection)?;
    let cells = Cells::read(context, store, selection).await?;
    let days = against_index::days(&cells, selection.weight);
    let table = of(cells, selection.weight);
    let shown = (days, table.notes.as_slice());
    let figure = against_index::figure(context, store, (asked, selection), shown).await?;
    Ok((table, Some(figure)))
}

pub(crate) async fn table(
    context: &Context,
    store: &Store,
    selection: &Selection,
) -> anyhow::Result<Table> {
    let cells = Cells::read(context, store, selection).await?;
    Ok(of(cells, selection.weight))
}

fn of(mut cells: Cells, weight: Weight) -> Table {
    let notes = std::mem::take(&mut cells.notes);
    let sums = cells.by(|row| (row.session, row.theme.as_str(), &row.index));
    let rows = sums.iter().map(|((session, theme, index), sums)| {
        let mut row = vec![
            Cell::text(session.to_string()),
            Cell::text(*theme),
            Cell::text(index.as_str()),
        ];
        row.extend(summary(sums, weight));
        row
    });
    let mut table = Table {
        name: NAME,
        columns: COLUMNS.to_vec(),
        rows: rows.collect(),
        notes,
    };
    cells.note_hindsight(&mut table);
    table
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
