//! schedule: the stages by cron expressions, one at a time, until stopped. Any number of schedulers may share a store: each slot is run by
//! one of them, and one that died in a slot is replaced by the next that looks.

mod plan;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use newsprint_store::Store;
use plan::Plan;

use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::progress::say;
use crate::stages::run::{Stage, run_stage};
use crate::stages::under_lease;

/// How often it is asked whether another scheduler has finished the slot that it runs.
const POLL: TimeDelta = TimeDelta::seconds(5);

/// After which the clock is read again, whatever is waited for: it may have been set, or the machine have slept.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// What a slot came to.
#[derive(Debug)]
enum Came {
    /// It has been run, just now.
    Run,
    /// It has been run before, by another scheduler.
    RunElsewhere,
    /// Another scheduler runs it.
    Held(String),
    /// It was stopped, or the stage is worked on by a run outside of schedules.
    Unfinished,
}

/// Waits for the next slot, runs its stages, and so on. A slot that passes while a run lasts is run once, after it; one that passed while
/// no scheduler ran is run once at the start, unless none has ever run the stage.
pub(crate) async fn schedule(context: &Context) -> anyhow::Result<Outcome> {
    if context.clock.is_fixed() {
        return Err(misuse(
            "schedule waits for real time: leave out --now, or use `newsprint run --now INSTANT`",
        ));
    }
    let mut plan = Plan::new(&context.config.settings, context.now());
    if plan.next().is_none() {
        return Err(misuse(
            "newsprint.toml: [schedule] names no stage: give at least one a cron expression",
        ));
    }
    resume(context, &mut plan).await;
    let mut told = String::new();
    while !context.is_cancelled() {
        let due = plan.due(context.now());
        if !due.is_empty() {
            run_due(context, &mut plan, &due).await;
        }
        let Some((next, stages)) = plan.next() else {
            break;
        };
        let waits_for = format!("schedule: next {} at {}", names(&stages), shown(next));
        if context.now() < next && plan.is_of_a_slot(next) && waits_for != told {
            say(&waits_for);
            told = waits_for;
        }
        let wait = (next - context.now()).to_std().unwrap_or_default();
        pause(context, wait.min(LONGEST_SLEEP)).await;
    }
    Ok(Outcome::Done)
}

/// Has the plan go on where the schedule of this store stands, waiting for the store where it cannot be reached.
async fn resume(context: &Context, plan: &mut Plan) {
    let mut n_failures = 0;
    while !context.is_cancelled() {
        let now = context.now();
        let resumed = context
            .writing(async |store| {
                for stage in plan.stages() {
                    let until = store.slots_run_until(&lease_name(stage)).await?;
                    plan.resume(stage, until, now);
                }
                Ok(())
            })
            .await;
        let Err(error) = resumed else { return };
        n_failures += 1;
        let wait = plan::retry_after(n_failures);
        let seconds = wait.num_seconds();
        say(&format!(
            "schedule: the store cannot be reached, trying again in {seconds} s: {error:#}"
        ));
        pause(context, wait.to_std().unwrap_or_default()).await;
    }
}

/// Runs what is due. A slot that fails is told and does not end the schedule: it is tried again.
async fn run_due(context: &Context, plan: &mut Plan, due: &[(Stage, DateTime<Utc>)]) {
    let ran = context
        .writing(async |store| {
            for (place, (stage, slot)) in due.iter().enumerate() {
                if context.is_cancelled() {
                    break;
                }
                let came = run_slot(context, store, *stage, *slot).await;
                if !settle(context, plan, (*stage, *slot), came) {
                    // What comes after it works on what it leaves.
                    for (later, slot) in &due[place + 1..] {
                        plan.look_again(*later, *slot, context.now() + POLL);
                    }
                    break;
                }
            }
            Ok(())
        })
        .await;
    if let Err(error) = ran {
        let stages: Vec<Stage> = due.iter().map(|(stage, _)| *stage).collect();
        say(&format!("schedule: {} failed: {error:#}", names(&stages)));
        for (stage, slot) in due {
            plan.failed(*stage, *slot, context.now());
        }
    }
}

/// Runs a stage as the only scheduler that runs this slot.
async fn run_slot(
    context: &Context,
    store: &Store,
    stage: Stage,
    slot: DateTime<Utc>,
) -> anyhow::Result<Came> {
    let name = lease_name(stage);
    let came = under_lease(context, store, &name, async |store, lease| {
        if !store.take_slot(lease, slot).await? {
            return Ok(Came::RunElsewhere);
        }
        say(&format!("schedule: {} of {}", stage.name(), shown(slot)));
        let report = run_stage(context, store, stage).await?;
        report.conclude();
        if report.is_held() || context.is_cancelled() {
            return Ok(Came::Unfinished);
        }
        let finished = store.finish_slot(lease, slot, context.clock.wall());
        finished.await?;
        Ok(Came::Run)
    });
    Ok(came.await?.unwrap_or_else(|held| Came::Held(held.holder)))
}

/// Notes what a slot came to; whether the stages after it may go on.
fn settle(
    context: &Context,
    plan: &mut Plan,
    (stage, slot): (Stage, DateTime<Utc>),
    came: anyhow::Result<Came>,
) -> bool {
    let name = format!("{} of {}", stage.name(), shown(slot));
    let now = context.now();
    match came {
        Ok(Came::Run) => plan.settle(stage, slot),
        Ok(Came::RunElsewhere) => {
            say(&format!("schedule: another scheduler has run {name}"));
            plan.settle(stage, slot);
        }
        Ok(Came::Held(holder)) => {
            if plan.look_again(stage, slot, now + POLL) {
                say(&format!(
                    "schedule: another scheduler ({holder}) is at work on {name}"
                ));
            }
            return false;
        }
        Ok(Came::Unfinished) => plan.failed(stage, slot, now),
        Err(error) => {
            say(&format!("schedule: {name} failed: {error:#}"));
            plan.failed(stage, slot, now);
        }
    }
    true
}

async fn pause(context: &Context, wait: Duration) {
    tokio::select! {
        () = tokio::time::sleep(wait) => {}
        () = context.cancel.cancelled() => {}
    }
}

fn lease_name(stage: Stage) -> String {
    format!("schedule {}", stage.name())
}

fn names(stages: &[Stage]) -> String {
    let names: Vec<&str> = stages.iter().map(|stage| stage.name()).collect();
    names.join(", ")
}

fn shown(slot: DateTime<Utc>) -> String {
    slot.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}
