//! all: the tables of associations from one reading, each in a file of its own.

use std::path::PathBuf;

use anyhow::Context as _;
use newsprint_store::Store;

use super::associations;
use super::files::write_whole;
use super::statistics::StatisticArgs;
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::progress::say;
use crate::table::{Cell, Format, Table};

#[derive(Debug, clap::Args)]
pub(crate) struct AllArgs {
    #[command(flatten)]
    statistics: StatisticArgs,
    /// The folder for returns.csv, ic.csv and the others
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
}

pub(super) async fn command(context: &Context, args: &AllArgs) -> anyhow::Result<Outcome> {
    if args.statistics.plot.is_some() {
        return Err(misuse("report all draws nothing: give --plot to one table"));
    }
    let statistics = args.statistics.statistics(context)?;
    let read = async |store: &Store| associations::all(context, store, &statistics).await;
    let tables = context.reading(read).await?;
    let folder = &args.folder;
    std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    for table in &tables {
        let path = folder.join(format!("{}.csv", table.name));
        write_whole(&path, table.rendered(Format::Csv)?.as_bytes())?;
    }
    tables[0].notes.iter().for_each(|note| say(note));
    let listed = listed(&tables);
    listed.print(context.format)?;
    Ok(tables[0].outcome())
}

/// What was written.
fn listed(tables: &[Table]) -> Table {
    let reading = |table: &Table, begins: &str| {
        let is_so = |row: &&Vec<Cell>| matches!(row.last(), Some(Cell::Text(text)) if text.starts_with(begins));
        Cell::count(table.rows.iter().filter(is_so).count())
    };
    let row = |table: &Table| {
        vec![
            Cell::text(format!("{}.csv", table.name)),
            Cell::count(table.rows.len()),
            reading(table, "no effect"),
            reading(table, "association"),
        ]
    };
    Table {
        name: "all",
        columns: vec!["file", "rows", "no_effect", "association"],
        rows: tables.iter().map(row).collect(),
        notes: vec![],
    }
}
