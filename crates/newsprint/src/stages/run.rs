//! run: all stages once, in order, for cron, systemd or Airflow.

use newsprint_store::Store;

use super::{StageReport, fetch, prices, tag};
use crate::context::Context;
use crate::exit::Outcome;
use crate::report;

/// The stages, as configuration and messages name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Fetch,
    Tag,
    Prices,
    Report,
}

/// All stages in the order in which they run.
pub(crate) const STAGES: [Stage; 4] = [Stage::Fetch, Stage::Tag, Stage::Prices, Stage::Report];

impl Stage {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Tag => "tag",
            Self::Prices => "prices",
            Self::Report => "report",
        }
    }
}

pub(crate) async fn command(context: &Context) -> anyhow::Result<Outcome> {
    context
        .writing(async |store| stages(context, store).await)
        .await
}

/// Runs all stages one after the other; one that skips inputs does not keep the next from running.
async fn stages(context: &Context, store: &Store) -> anyhow::Result<Outcome> {
    let mut outcome = None;
    for stage in STAGES {
        if context.is_cancelled() {
            break;
        }
        let came_to = run_stage(context, store, stage).await?.conclude();
        outcome = Some(outcome.map_or(came_to, |before: Outcome| before.and(came_to)));
    }
    Ok(outcome.unwrap_or(Outcome::Nothing))
}

/// Runs one stage.
pub(crate) async fn run_stage(
    context: &Context,
    store: &Store,
    stage: Stage,
) -> anyhow::Result<StageReport> {
    match stage {
        Stage::Fetch => fetch::fetch(context, store, &fetch::configured(context), false).await,
        Stage::Tag => tag::tag(context, store).await,
        Stage::Prices => prices::stage(context, store).await,
        Stage::Report => report::files::write(context, store).await,
    }
}
