//! One run at a time works on a stage, by a lease of the store that is renewed while it lasts.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use newsprint_store::{StageLease, StageLeased, Store, StoreError};
use tokio::time::sleep;

use super::StageReport;
use crate::context::Context;

/// How long a lease holds of a run that is paused or has lost the store; then another run may take the stage over.
const LASTS: TimeDelta = TimeDelta::seconds(60);

/// How often a lease is renewed.
const RENEWAL: Duration = Duration::from_secs(15);

/// A lease that somebody else holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) holder: String,
    /// Until when, unless it is renewed.
    pub(crate) until: DateTime<Utc>,
}

/// Does `work` as the only run that works on `stage`, on a store that refuses to write once another run has taken the stage over.
/// Where another run works on it, says so.
pub(crate) async fn leased(
    context: &Context,
    store: &Store,
    stage: &'static str,
    work: impl AsyncFnOnce(&Store, &StageLease) -> anyhow::Result<StageReport>,
) -> anyhow::Result<StageReport> {
    let report = under_lease(context, store, stage, work).await?;
    Ok(report.unwrap_or_else(|held| StageReport::held(stage, held)))
}

/// Does `work` under the lease called `name`, on a store that refuses to write once somebody else has it.
pub(crate) async fn under_lease<T>(
    context: &Context,
    store: &Store,
    name: &str,
    work: impl AsyncFnOnce(&Store, &StageLease) -> anyhow::Result<T>,
) -> anyhow::Result<Result<T, Held>> {
    let now = context.clock.wall();
    let lease = match store
        .lease_stage(name, &context.holder(), LASTS, now)
        .await?
    {
        StageLeased::Granted(lease) => lease,
        StageLeased::Held { holder, until } => return Ok(Err(Held { holder, until })),
    };
    let fenced = store.under(&lease);
    let result = {
        let work = work(&fenced, &lease);
        tokio::pin!(work);
        loop {
            tokio::select! {
                result = &mut work => break result,
                () = sleep(RENEWAL) => renew(context, store, &lease).await,
            }
        }
    };
    // After a failure the store may not answer; the lease ends by itself then.
    if let Err(problem) = store.release_stage(&lease).await {
        tracing::debug!(%problem, "A stage's lease was not given back");
    }
    result.map(Ok)
}

/// Makes a lease last. Where that fails, the work goes on until it wants to write: the store decides then.
async fn renew(context: &Context, store: &Store, lease: &StageLease) {
    let until = context.clock.wall() + LASTS;
    match store.renew_stage(lease, until).await {
        Ok(true) => {}
        Ok(false) => tracing::warn!("Another run has taken stage {} over", lease.stage()),
        Err(problem @ StoreError::Statement { .. }) => {
            tracing::debug!(%problem, "A lease was not renewed in time");
        }
        Err(problem) => tracing::warn!(%problem, "A lease was not renewed"),
    }
}
