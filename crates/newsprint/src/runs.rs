//! runs: which tag runs there are, what sets them apart, and which one tables show.

mod diff;
mod list;
mod promote;

use newsprint_store::{AsOf, RunKey, Store};

use crate::context::Context;
use crate::exit::{Outcome, misuse};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum RunsCommand {
    /// List the tag runs: what they depend on, how much they have tagged, which one tables show
    List(list::ListArgs),
    /// What would change where tables showed another run: tags, flips, agreement, cells of theme-day, readings of returns
    Diff(diff::DiffArgs),
    /// Let tables show a run
    Promote(promote::PromoteArgs),
    /// Let tables show the run again that they showed before the promoted one; once more goes one further back
    Rollback(promote::RollbackArgs),
}

pub(crate) async fn command(context: &Context, command: &RunsCommand) -> anyhow::Result<Outcome> {
    match command {
        RunsCommand::List(args) => list::list(context, args).await,
        RunsCommand::Diff(args) => diff::diff(context, args).await,
        RunsCommand::Promote(args) => promote::promote(context, args).await,
        RunsCommand::Rollback(args) => promote::roll_back(context, args).await,
    }
}

/// As much of a run's id as tells it from others.
pub(crate) fn short(id: &str) -> &str {
    &id[..id.len().min(12)]
}

/// All that has been recorded, whatever the clock says.
pub(crate) fn everything(context: &Context) -> AsOf {
    AsOf {
        instant: context.now(),
        reconstructed: true,
    }
}

/// The run whose id begins so, with its id; `asked` is how the command line asked for it.
pub(crate) async fn named(
    store: &Store,
    beginning: &str,
    asked: &str,
) -> anyhow::Result<(RunKey, String)> {
    let mut found = store.runs_named(beginning).await?;
    match (found.len(), found.pop()) {
        (1, Some(found)) => Ok(found),
        (0, _) => Err(misuse(format!(
            "{asked}: there is no such run; `newsprint runs list` lists them"
        ))),
        (n, _) => Err(misuse(format!(
            "{asked}: {n} runs begin so; write more of the id"
        ))),
    }
}
