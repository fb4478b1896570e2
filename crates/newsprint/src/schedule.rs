//! schedule: the stages by cron expressions, one run at a time, until stopped.

use chrono::{DateTime, Utc};
use croner::Cron;

use crate::config::Settings;
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::progress::say;
use crate::stages::run::{STAGES, Stage, stages};

/// Waits for the next slot, runs its stages, and so on. A slot that passes while a run lasts is run once, after it.
pub(crate) async fn schedule(context: &Context) -> anyhow::Result<Outcome> {
    if context.clock.is_fixed() {
        return Err(misuse(
            "schedule waits for real time: leave out --now, or use `newsprint run --now INSTANT`",
        ));
    }
    let settings = &context.config.settings;
    let Some(mut slot) = next_slot(settings, context.now()) else {
        return Err(misuse(
            "newsprint.toml: [schedule] names no stage: give at least one a cron expression",
        ));
    };
    while !context.is_cancelled() {
        let names: Vec<&str> = slot.1.iter().map(|stage| stage.name()).collect();
        say(&format!(
            "schedule: next {} at {}",
            names.join(", "),
            slot.0.format("%Y-%m-%d %H:%M UTC")
        ));
        let wait = (slot.0 - context.now()).to_std().unwrap_or_default();
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = context.cancel.cancelled() => break,
        }
        // A slot that fails is told and does not end the schedule: the next one may succeed.
        if let Err(error) = run_slot(context, &slot.1).await {
            say(&format!("schedule: {} failed: {error:#}", names.join(", ")));
        }
        let Some(next) = next_slot(settings, context.now().max(slot.0)) else {
            break;
        };
        slot = next;
    }
    Ok(Outcome::Done)
}

async fn run_slot(context: &Context, due: &[Stage]) -> anyhow::Result<Outcome> {
    let writable = context.writable_store().await?;
    stages(context, &writable.store, due).await
}

/// The first instant after `now` at which a stage is due, and all stages due then, in running order.
fn next_slot(settings: &Settings, now: DateTime<Utc>) -> Option<(DateTime<Utc>, Vec<Stage>)> {
    let due: Vec<(DateTime<Utc>, Stage)> = settings
        .schedule
        .stages()
        .filter_map(|(name, expression)| {
            let stage = STAGES.into_iter().find(|stage| stage.name() == name)?;
            let cron: Cron = expression.parse().ok()?;
            Some((cron.find_next_occurrence(&now, false).ok()?, stage))
        })
        .collect();
    let first = due.iter().map(|(instant, _)| *instant).min()?;
    Some((
        first,
        due.into_iter()
            .filter(|(instant, _)| *instant == first)
            .map(|(_, stage)| stage)
            .collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_that_fall_together_run_in_order() {
        let shipped = include_str!("../../../config/newsprint.toml");
        let settings = Settings::parse(shipped).unwrap();
        let next = |now: &str| next_slot(&settings, now.parse().unwrap()).unwrap();
        let friday = next("2024-07-19T22:16:00Z");
        assert_eq!(friday.0.to_rfc3339(), "2024-07-19T22:30:00+00:00");
        assert_eq!(friday.1, [Stage::Fetch, Stage::Tag, Stage::Prices]);
        assert_eq!(
            next("2024-07-20T22:16:00Z").1,
            [Stage::Fetch, Stage::Tag],
            "no prices on a Saturday"
        );
        assert_eq!(
            next("2024-07-19T22:30:00Z").1,
            [Stage::Fetch, Stage::Tag, Stage::Report]
        );
    }
}
