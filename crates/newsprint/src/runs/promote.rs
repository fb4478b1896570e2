//! runs promote and runs rollback: one row says which run tables show from then on.

use newsprint_store::{RunKey, Store, left_for_the_latest};

use super::{everything, named, short};
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::stages::{StageReport, leased};

#[derive(Debug, clap::Args)]
pub(crate) struct PromoteArgs {
    /// The run, by its id or the beginning of it
    run: String,
    /// Also where it has not tagged all that the promoted run has: tables then lack what it has not
    #[arg(long)]
    partial: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RollbackArgs {
    /// Only where tables show this run, so that a command that is given again goes back once
    #[arg(long, value_name = "RUN")]
    from: Option<String>,
}

pub(super) async fn promote(context: &Context, args: &PromoteArgs) -> anyhow::Result<Outcome> {
    let switch = async |store: &Store| {
        let asked = format!("runs promote {}", args.run);
        let run = named(store, &args.run, &asked).await?;
        switch_to(context, store, run, args.partial).await
    };
    switched(context, switch).await
}

pub(super) async fn roll_back(context: &Context, args: &RollbackArgs) -> anyhow::Result<Outcome> {
    let switch = async |store: &Store| {
        let history = store.promotions(everything(context)).await?;
        let shown = history.last().map(|latest| latest.run_id.as_str());
        if let Some(from) = &args.from {
            let asked = format!("--from {from}");
            let (_, from) = named(store, from, &asked).await?;
            if shown != Some(from.as_str()) {
                let shown = shown.map_or("no run", short);
                return Ok(format!(
                    "tables show {shown} and not {}: nothing was changed",
                    short(&from)
                ));
            }
        }
        let Some(earlier) = left_for_the_latest(&history) else {
            return Err(misuse(
                "runs rollback: no run is left that was promoted before; `newsprint runs promote RUN` lets tables show any",
            ));
        };
        // Tables have shown it, so that what it lacks has come since; they have to show something at once.
        let earlier = (earlier.run, earlier.run_id.clone());
        switch_to(context, store, earlier, true).await
    };
    switched(context, switch).await
}

/// Switches under the lease of `tag`, which promotes too; `switch` says what came of it.
async fn switched(
    context: &Context,
    switch: impl AsyncFnOnce(&Store) -> anyhow::Result<String>,
) -> anyhow::Result<Outcome> {
    let work = async |store: &Store| {
        leased(context, store, "tag", async |store, _| {
            let summary = switch(store).await?;
            Ok(StageReport {
                stage: "runs",
                summary,
                n_done: 1,
                skipped: vec![],
                noted: vec![],
            })
        })
        .await
    };
    Ok(context.writing(work).await?.conclude())
}

async fn switch_to(
    context: &Context,
    store: &Store,
    (run, id): (RunKey, String),
    may_lack: bool,
) -> anyhow::Result<String> {
    let Some((before, before_id)) = store.promoted_run(everything(context)).await? else {
        store.promote(run, context.now()).await?;
        return Ok(format!("tables: no run → {}", short(&id)));
    };
    if before == run {
        return Ok(format!("tables show {} already", short(&id)));
    }
    let n_lacking = store.count_lacking(run, before).await?;
    if n_lacking > 0 && !may_lack {
        return Err(misuse(format!(
            "run {} has not tagged {n_lacking} revisions that {} has: `newsprint tag` or `newsprint retag` with its \
             configuration completes it, --partial promotes it as it is",
            short(&id),
            short(&before_id)
        )));
    }
    store.promote(run, context.now()).await?;
    let lacking = match n_lacking {
        0 => String::new(),
        n => {
            format!("; {n} revisions that tables showed are not tagged in it and are left out now")
        }
    };
    let configured = match context.tag_run() {
        Ok(configured) if configured.id() == id => String::new(),
        _ => {
            "; new articles are tagged by the configured model and definitions, in a run of theirs"
                .into()
        }
    };
    Ok(format!(
        "tables: {} → {}{lacking}{configured}",
        short(&before_id),
        short(&id)
    ))
}
