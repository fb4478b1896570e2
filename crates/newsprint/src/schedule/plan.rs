//! Which slots of which stages are to be run, and when to look: cron expressions, and what has come of the slots so far.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use croner::Cron;

use crate::config::Settings;
use crate::stages::run::{STAGES, Stage};

/// After the first failure of a slot, until it is tried again; twice as long after each further one.
const RETRY: TimeDelta = TimeDelta::seconds(5);

/// And never longer.
const LONGEST_RETRY: TimeDelta = TimeDelta::minutes(10);

/// The scheduled stages, in running order.
#[derive(Debug)]
pub(super) struct Plan(Vec<Planned>);

#[derive(Debug)]
struct Planned {
    stage: Stage,
    cron: Cron,
    /// Slots up to here have been run, by whichever scheduler.
    settled: DateTime<Utc>,
    /// A later slot that could not be run, and when it is to be looked at again.
    waiting: Option<(DateTime<Utc>, DateTime<Utc>)>,
    n_failures: u32,
}

impl Plan {
    /// Slots after `last`.
    pub(super) fn new(settings: &Settings, last: DateTime<Utc>) -> Self {
        let planned = settings.schedule.stages().filter_map(|(name, expression)| {
            let stage = STAGES.into_iter().find(|stage| stage.name() == name)?;
            Some(Planned {
                stage,
                cron: expression.parse().ok()?,
                settled: last,
                waiting: None,
                n_failures: 0,
            })
        });
        Self(planned.collect())
    }

    pub(super) fn stages(&self) -> Vec<Stage> {
        self.0.iter().map(|planned| planned.stage).collect()
    }

    /// Has the slots of a stage that passed after `until` be due, as they are where another scheduler ended then.
    pub(super) fn resume(
        &mut self,
        stage: Stage,
        until: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) {
        // A slot of the future was run by a clock that was wrong.
        if let (Some(planned), Some(until)) = (self.of(stage), until) {
            planned.settled = until.min(now);
        }
    }

    /// The latest slot of each stage that has passed by `now` and has not been run. Earlier ones are run with it.
    pub(super) fn due(&self, now: DateTime<Utc>) -> Vec<(Stage, DateTime<Utc>)> {
        let due = self.0.iter();
        due.filter_map(|planned| Some((planned.stage, planned.due(now)?)))
            .collect()
    }

    /// When to look next, and at which stages; `None` where there are none.
    pub(super) fn next(&self) -> Option<(DateTime<Utc>, Vec<Stage>)> {
        let wakes = self.0.iter().filter_map(|planned| {
            let at = planned.wakes_at()?;
            Some((at, planned.stage))
        });
        let wakes: Vec<_> = wakes.collect();
        let first = wakes.iter().map(|(at, _)| *at).min()?;
        let stages = wakes.iter().filter(|(at, _)| *at == first);
        Some((first, stages.map(|(_, stage)| *stage).collect()))
    }

    /// Whether an instant is a slot, and not one at which a slot that passed is looked at again.
    pub(super) fn is_of_a_slot(&self, instant: DateTime<Utc>) -> bool {
        let mut planned = self.0.iter();
        planned.any(|planned| planned.cron.is_time_matching(&instant).unwrap_or(false))
    }

    /// Notes that a slot has been run.
    pub(super) fn settle(&mut self, stage: Stage, slot: DateTime<Utc>) {
        if let Some(planned) = self.of(stage) {
            planned.settled = slot;
            planned.waiting = None;
            planned.n_failures = 0;
        }
    }

    /// Has a slot be looked at again `at` that instant; whether it was not waited for before.
    pub(super) fn look_again(
        &mut self,
        stage: Stage,
        slot: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> bool {
        let planned = self.of(stage);
        let before = planned.and_then(|planned| planned.waiting.replace((slot, at)));
        before.is_none_or(|(waited, _)| waited != slot)
    }

    /// Has a slot that failed be tried again, later each time.
    pub(super) fn failed(&mut self, stage: Stage, slot: DateTime<Utc>, now: DateTime<Utc>) {
        if let Some(planned) = self.of(stage) {
            planned.n_failures += 1;
            planned.waiting = Some((slot, now + retry_after(planned.n_failures)));
        }
    }

    fn of(&mut self, stage: Stage) -> Option<&mut Planned> {
        self.0.iter_mut().find(|planned| planned.stage == stage)
    }
}

impl Planned {
    fn due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let whole_seconds = now.trunc_subsecs(0);
        let latest = self.cron.find_previous_occurrence(&whole_seconds, true);
        let latest = latest.ok().filter(|latest| *latest > self.settled)?;
        match self.waiting {
            Some((slot, at)) if slot == latest && now < at => None,
            _ => Some(latest),
        }
    }

    fn wakes_at(&self) -> Option<DateTime<Utc>> {
        let next_after = |slot| self.cron.find_next_occurrence(&slot, false).ok();
        match self.waiting {
            None => next_after(self.settled),
            Some((slot, at)) => Some(next_after(slot).map_or(at, |next| next.min(at))),
        }
    }
}

/// How long to wait after so many failures in a row.
pub(super) fn retry_after(n_failures: u32) -> TimeDelta {
    let factor = 1 << n_failures.saturating_sub(1).min(10);
    (RETRY * factor).min(LONGEST_RETRY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> Settings {
        Settings::parse(include_str!("../../../../config/newsprint.toml")).unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn due(last: &str, until: &str) -> Vec<Stage> {
        let due = Plan::new(&shipped(), at(last)).due(at(until));
        due.into_iter().map(|(stage, _)| stage).collect()
    }

    #[test]
    fn stages_that_fall_together_run_in_order() {
        let next = |last: &str| {
            let plan = Plan::new(&shipped(), at(last));
            let (slot, stages) = plan.next().unwrap();
            let due = plan.due(slot).into_iter();
            let due: Vec<Stage> = due.map(|(stage, _)| stage).collect();
            assert_eq!(stages, due, "what is told is what is run");
            (slot.format("%H:%M").to_string(), due)
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
        assert_eq!(due("2024-07-19T22:15:00Z", "2024-07-19T23:05:00Z"), STAGES);
        assert_eq!(due("2024-07-19T22:16:00Z", "2024-07-19T22:29:00Z"), []);
        let mut plan = Plan::new(&shipped(), at("2024-07-19T22:15:00Z"));
        let missed = plan.due(at("2024-07-19T23:05:00.5Z"))[0];
        assert_eq!(missed, (Stage::Fetch, at("2024-07-19T23:00:00Z")));
        plan.settle(missed.0, missed.1);
        let due = plan.due(at("2024-07-19T23:05:00Z")).into_iter();
        assert_eq!(due.map(|(stage, _)| stage).collect::<Vec<_>>(), STAGES[1..]);
    }

    #[test]
    fn slots_that_passed_while_no_scheduler_ran_are_run_once_at_the_start() {
        let now = at("2024-07-19T23:05:00Z");
        let mut plan = Plan::new(&shipped(), now);
        assert_eq!(plan.due(now), [], "where none has ever run");
        plan.resume(Stage::Fetch, None, now);
        plan.resume(Stage::Tag, Some(at("2024-07-19T23:00:00Z")), now);
        plan.resume(Stage::Prices, Some(at("2024-07-12T22:30:00Z")), now);
        plan.resume(Stage::Report, Some(at("2124-07-12T22:30:00Z")), now);
        let slot = at("2024-07-19T22:30:00Z");
        assert_eq!(plan.due(now), [(Stage::Prices, slot)]);
        assert_eq!(
            plan.due(at("2024-07-19T23:15:00Z")).len(),
            3,
            "fetch and tag go on"
        );
        assert!(
            plan.due(at("2024-07-20T23:00:00Z")).len() == 4,
            "a slot of the future holds nothing up"
        );
    }

    #[test]
    fn a_slot_that_waits_is_looked_at_again_and_a_new_one_at_its_time() {
        let mut plan = Plan::new(&shipped(), at("2024-07-20T10:00:00Z"));
        let slot = at("2024-07-20T10:15:00Z");
        let later = |seconds| slot + TimeDelta::seconds(seconds);
        plan.settle(Stage::Tag, slot);
        assert!(plan.look_again(Stage::Fetch, slot, later(5)));
        assert_eq!(plan.next(), Some((later(5), vec![Stage::Fetch])));
        assert_eq!(plan.due(later(4)), []);
        assert_eq!(plan.due(later(5)), [(Stage::Fetch, slot)]);
        assert!(!plan.look_again(Stage::Fetch, slot, later(10)), "told once");
        assert!(!plan.is_of_a_slot(later(5)));
        for _ in 0..20 {
            plan.failed(Stage::Fetch, slot, later(0));
        }
        let retried = plan.next().unwrap().0;
        assert_eq!(retried, slot + LONGEST_RETRY);
        plan.failed(Stage::Fetch, slot, later(600));
        let next = at("2024-07-20T10:30:00Z");
        assert_eq!(plan.next().unwrap().0, next);
        assert!(plan.is_of_a_slot(next));
        assert_eq!(plan.due(next).len(), 2, "the new slot does not wait");
    }
}
