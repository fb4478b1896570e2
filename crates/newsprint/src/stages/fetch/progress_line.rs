//! How far a crawl is: a line that is written over for people, a line each half minute for logs.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

use crate::progress::say;

/// Between lines where standard error is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(30);

pub(super) struct ProgressLine {
    bar: Option<ProgressBar>,
    started: Instant,
    said: Instant,
    outcomes: BTreeMap<String, usize>,
}

impl ProgressLine {
    pub(super) fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("   fetch {spinner} {elapsed} {msg}");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar
        });
        let now = Instant::now();
        Self {
            bar,
            started: now,
            said: now,
            outcomes: BTreeMap::new(),
        }
    }

    /// Counts a visit's outcome, and shows how far it is.
    pub(super) fn count(&mut self, outcome: &str) {
        *self.outcomes.entry(outcome.to_owned()).or_default() += 1;
        match &self.bar {
            Some(bar) => {
                bar.set_message(self.line());
                bar.tick();
            }
            None if self.said.elapsed() >= LINE_EVERY => {
                self.said = Instant::now();
                say(&format!("fetch: {}", self.line()));
            }
            None => {}
        }
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn line(&self) -> String {
        let n: usize = self.outcomes.values().sum();
        let rate = n as f64 / self.started.elapsed().as_secs_f64().max(0.001);
        let outcomes = self.outcomes.iter();
        let outcomes: Vec<String> = outcomes.map(|(kind, n)| format!("{n} {kind}")).collect();
        format!("{n} visits, {rate:.1} a second: {}", outcomes.join(", "))
    }
}
