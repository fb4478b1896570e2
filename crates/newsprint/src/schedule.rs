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
    let mut last = context.now();
    while !context.is_cancelled() {
        let Some(slot) = next_slot(settings, last) else {
            return Err(misuse(
                "newsprint.toml: [schedule] names no stage: give at least one a cron expression",
            ));
        };
        say(&format!(
            "schedule: next {} at {}",
            names(&due(settings, last, slot)),
            slot.format("%Y-%m-%d %H:%M UTC")
        ));
        let wait = (slot - context.now()).to_std().unwrap_or_default();
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = context.cancel.cancelled() => break,
        }
        let until = context.now().max(slot);
        let stages = due(settings, last, until);
        last = until;
        // A slot that fails is told and does not end the schedule: the next one may succeed.
        if let Err(error) = run_slot(context, &stages).await {
            say(&format!("schedule: {} failed: {error:#}", names(&stages)));
        }
    }
    Ok(Outcome::Done)
}

async fn run_slot(context: &Context, due: &[Stage]) -> anyhow::Result<Outcome> {
    context
        .writing(async |store| stages(context, store, due).await)
        .await
}

/// The first instant after `last` at which a stage is due.
fn next_slot(settings: &Settings, last: DateTime<Utc>) -> Option<DateTime<Utc>> {
    occurrences(settings, last)
        .map(|(_, instant)| instant)
        .min()
}

/// Stages with a slot after `last` and up to `until`, each once, in running order.
fn due(settings: &Settings, last: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Stage> {
    occurrences(settings, last)
        .filter(|(_, instant)| *instant <= until)
        .map(|(stage, _)| stage)
        .collect()
}

/// The next slot of each stage after `last`, in running order.
fn occurrences(
    settings: &Settings,
    last: DateTime<Utc>,
) -> impl Iterator<Item = (Stage, DateTime<Utc>)> {
    settings
        .schedule
        .stages()
        .filter_map(move |(name, expression)| {
            let stage = STAGES.into_iter().find(|stage| stage.name() == name)?;
            let cron: Cron = expression.parse().ok()?;
            Some((stage, cron.find_next_occurrence(&last, false).ok()?))
        })
}

fn names(stages: &[Stage]) -> String {
    stages
        .iter()
        .map(|stage| stage.name())
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> Settings {
        Settings::parse(include_str!("../../../config/newsprint.toml")).unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn stages_that_fall_together_run_in_order() {
        let next = |last: &str| {
            let slot = next_slot(&shipped(), at(last)).unwrap();
            (
                slot.format("%H:%M").to_string(),
                due(&shipped(), at(last), slot),
            )
        };
        let friday = next("2024-07-19T22:16:00Z");
        assert_eq!(
            friday,
            (
                "22:30".into(),
                vec![Stage::Fetch, Stage::Tag, Stage::Prices]
            )
        );
        let saturday = next("2024-07-20T22:16:00Z");
        assert_eq!(
            saturday.1,
            [Stage::Fetch, Stage::Tag],
            "no prices on a Saturday"
        );
        assert_eq!(
            next("2024-07-19T22:30:00Z").1,
            [Stage::Fetch, Stage::Tag, Stage::Report]
        );
    }

    #[test]
    fn slots_that_pass_during_a_run_are_run_once_after_it() {
        let missed = due(
            &shipped(),
            at("2024-07-19T22:15:00Z"),
            at("2024-07-19T23:05:00Z"),
        );
        assert_eq!(missed, STAGES);
        assert!(
            due(
                &shipped(),
                at("2024-07-19T22:16:00Z"),
                at("2024-07-19T22:29:00Z")
            )
            .is_empty()
        );
    }
}
