//! runs list.

use chrono::{DateTime, SecondsFormat, Utc};
use newsprint_store::{AsOf, RunRow, Store};

use super::short;
use crate::cli::parse_instant;
use crate::context::Context;
use crate::exit::Outcome;
use crate::table::{Cell, Table};

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Only what had been recorded by this instant (RFC 3339) [default: now]
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    as_of: Option<DateTime<Utc>>,
}

const COLUMNS: [&str; 9] = [
    "run",
    "model",
    "definitions",
    "code_version",
    "recorded_at",
    "tagged",
    "revisions",
    "promoted",
    "configured",
];

pub(super) async fn list(context: &Context, args: &ListArgs) -> anyhow::Result<Outcome> {
    let as_of = AsOf {
        instant: args.as_of.unwrap_or_else(|| context.now()),
        reconstructed: false,
    };
    let read = async |store: &Store| {
        let runs = store.runs(as_of).await?;
        Ok((runs, store.count_revisions(as_of).await?))
    };
    let (runs, n_revisions) = context.reading(read).await?;
    let mut notes = vec![format!(
        "as of {}",
        as_of.instant.format("%Y-%m-%d %H:%M:%S UTC")
    )];
    let configured = match context.tag_run() {
        Ok(run) => Some(run.id()),
        Err(error) => {
            notes.push(format!("the configured model cannot be read: {error:#}"));
            None
        }
    };
    if let Some(configured) = &configured
        && runs.iter().all(|run| run.id != *configured)
    {
        let configured = short(configured);
        notes.push(format!(
            "the configured model, themes and indices make run {configured}, which has tagged nothing: `newsprint tag` begins it"
        ));
    }
    let rows = runs
        .iter()
        .map(|run| row(run, n_revisions, configured.as_deref()));
    let table = Table {
        name: "runs",
        columns: COLUMNS.to_vec(),
        rows: rows.collect(),
        notes,
    };
    table.print(context.format)?;
    Ok(table.outcome())
}

fn row(run: &RunRow, n_revisions: i64, configured: Option<&str>) -> Vec<Cell> {
    let promoted = match run.promoted_since {
        Some(since) => format!("since {}", written(since)),
        None if run.was_promoted => "before".into(),
        None => "never".into(),
    };
    let is_configured = configured == Some(run.id.as_str());
    vec![
        Cell::text(short(&run.id)),
        Cell::text(&run.run.model),
        Cell::text(short(&run.run.definitions_hash)),
        Cell::text(&run.run.code_version),
        Cell::text(written(run.recorded_at)),
        Cell::Count(run.n_tagged),
        Cell::Count(n_revisions),
        Cell::text(promoted),
        Cell::text(if is_configured { "yes" } else { "no" }),
    ]
}

/// An instant to the second.
fn written(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}
