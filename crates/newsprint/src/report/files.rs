//! The tables that `newsprint run` leaves in a folder.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use newsprint_store::Store;

use super::statistics::Statistics;
use super::{MIN_SESSIONS, TableArgs, returns, theme_day};
use crate::context::Context;
use crate::stages::{StageReport, leased};
use crate::table::Format;

/// Writes theme_day.csv and returns.csv, each whole or not at all; a file that would not change is left alone.
pub(crate) async fn write(context: &Context, store: &Store) -> anyhow::Result<StageReport> {
    let Some(folder) = context.config.settings.report.folder() else {
        return Ok(StageReport::not_configured("report", "report.folder"));
    };
    leased(context, store, "report", async |store, _| {
        write_tables(context, store, folder).await
    })
    .await
}

async fn write_tables(
    context: &Context,
    store: &Store,
    folder: &Path,
) -> anyhow::Result<StageReport> {
    fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let selection = TableArgs {
        min_n: MIN_SESSIONS,
        ..TableArgs::default()
    }
    .selection(context)?;
    let mut n_changed = 0;
    let tables = [
        theme_day::table(context, store, &selection).await?,
        returns::table(context, store, &Statistics::of(selection.clone())).await?,
    ];
    for table in &tables {
        let path = folder.join(format!("{}.csv", table.name));
        n_changed += usize::from(write_changed(&path, &table.rendered(Format::Csv)?)?);
    }
    let summary = format!(
        "{} tables in {}, {n_changed} changed",
        tables.len(),
        folder.display()
    );
    Ok(StageReport {
        stage: "report",
        summary,
        n_done: tables.len(),
        skipped: vec![],
        noted: vec![],
    })
}

fn write_changed(path: &Path, text: &str) -> anyhow::Result<bool> {
    if fs::read(path).is_ok_and(|present| present == text.as_bytes()) {
        return Ok(false);
    }
    write_whole(path, text.as_bytes())?;
    Ok(true)
}

/// Writes a file whole or not at all.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let unfinished = path.with_added_extension("unfinished");
    let written = fs::write(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, path));
    written.with_context(|| {
        // What is left of it is of no use to anybody; the error that is told is the first one.
        let _ = fs::remove_file(&unfinished);
        format!("write {}", path.display())
    })
}
