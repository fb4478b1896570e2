//! The stages: each asks the store for work, does it, and commits results and cursor together, so that it can be killed at any
//! instant and run again.

pub(crate) mod fetch;
mod leased;
mod link;
pub(crate) mod prices;
pub(crate) mod retag;
pub(crate) mod run;
pub(crate) mod tag;

pub(crate) use leased::{Held, leased, under_lease};

use crate::exit::Outcome;
use crate::progress::say;
use crate::table::printable;

/// An input that was left out, and why; nothing else was lost with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// The address, file or row.
    pub input: String,
    /// What is wrong with it, and what to do where that is known.
    pub problem: String,
}

/// What the report of a stage says that another run works on.
const LEFT: &str = "left to the other run";

/// What a stage did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageReport {
    /// The stage's name.
    pub stage: &'static str,
    /// What was done, in numbers.
    pub summary: String,
    /// How many inputs were dealt with.
    pub n_done: usize,
    /// Inputs that were left out.
    pub skipped: Vec<Skip>,
    /// Inputs that somebody should look at, though nothing was left out.
    pub noted: Vec<Skip>,
}

impl StageReport {
    /// Of a stage that works on a folder, where `key` of the configuration names none.
    pub(crate) fn not_configured(stage: &'static str, key: &str) -> Self {
        let summary = format!("no folder configured ({key})");
        Self {
            stage,
            summary,
            n_done: 0,
            skipped: vec![],
            noted: vec![],
        }
    }

    /// Of a stage that another run works on.
    pub(crate) fn held(stage: &'static str, Held { holder, until }: Held) -> Self {
        let until = until.format("%Y-%m-%d %H:%M:%S UTC");
        let problem = format!(
            "another run ({holder}) works on it, and holds it until {until} unless it goes on for longer: wait for it to end"
        );
        Self {
            stage,
            summary: LEFT.into(),
            n_done: 0,
            skipped: vec![Skip {
                input: format!("stage {stage}"),
                problem,
            }],
            noted: vec![],
        }
    }

    /// Whether it was left to another run that works on it.
    pub(crate) fn is_held(&self) -> bool {
        self.summary == LEFT
    }

    /// Says what was done and what was skipped on standard error, and what it comes to.
    pub(crate) fn conclude(&self) -> Outcome {
        for skip in &self.skipped {
            let (input, problem) = (printable(&skip.input), printable(&skip.problem));
            say(&format!("{}: skipped {input}: {problem}", self.stage));
        }
        for note in &self.noted {
            let (input, what) = (printable(&note.input), printable(&note.problem));
            say(&format!("{}: noted {input}: {what}", self.stage));
        }
        say(&format!("{}: {}", self.stage, self.summary));
        match (self.skipped.is_empty(), self.n_done) {
            (true, _) => Outcome::Done,
            (false, 0) => Outcome::Nothing,
            (false, _) => Outcome::InPart,
        }
    }
}
