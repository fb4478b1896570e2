//! Runs that are broken off in any of their stages, on a store of either engine, and what must hold afterwards.

use std::io::{BufRead as _, BufReader};
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::{NOW, Output, TestApp, all_rows, postgres_rows};

/// How each stage's line begins, in running order: what the run says when the stage has ended.
const STAGES: [&str; 4] = ["fetch: ", "tag: ", "prices: ", "report: "];

/// How the numbers of rows that a stage has written are told.
const ACKNOWLEDGED: [&str; 3] = [" new articles", " revisions tagged", " closes added"];

/// The longest that a run may take to go on where another was broken off.
const RESTART: Duration = Duration::from_secs(2);

/// A folder with pages, closes and tables to write, and a store on either engine.
#[derive(Debug)]
pub struct Workplace {
    /// The folder.
    pub app: TestApp,
    /// The store's address; `None` for a file in the folder.
    pub url: Option<String>,
}

/// What a run came to that was broken off or not.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// What it said, and when, after its start.
    pub said: Vec<(Duration, String)>,
    /// Whether it was still at work when it was to be broken off.
    pub was_running: bool,
}

/// What a test of runs that are broken off came to.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many runs were broken off.
    pub n_broken_off: usize,
    /// How many had ended before.
    pub n_too_late: usize,
    /// How many stores they worked on.
    pub n_stores: usize,
    /// Stores whose rows or tables differ from those of an undisturbed run.
    pub n_different: usize,
    /// Rows that stages acknowledged as new more often than once: they were lost in between, or doubled.
    pub n_told_again: usize,
    /// Runs that were held up by the lease of a run that was gone.
    pub n_held_up: usize,
    /// From the start of a run after one that was broken off to its first result, at most.
    pub slowest_restart: Duration,
    /// The same of the first run on a store, at most.
    pub slowest_start: Duration,
    /// Restarts that took two seconds longer than the first run on another store at the same time, on a machine that is as busy.
    pub n_slow: usize,
}

impl Workplace {
    /// On a file.
    pub fn on_file() -> Self {
        Self::on(None)
    }

    /// On a PostgreSQL database, which must be empty.
    pub fn on_server(url: String) -> Self {
        Self::on(Some(url))
    }

    /// With word lists as the model: it is the writing that is broken off, and there is much more of it in the same time.
    fn on(url: Option<String>) -> Self {
        let app = TestApp::with_fixture_pages();
        app.edit_config("\"full\"", "\"lexicon\"");
        Self { app, url }
    }

    fn arguments(&self) -> Vec<&str> {
        let url = self.url.as_deref().map(|url| ["--db", url]);
        let url = url.into_iter().flatten();
        ["--now", NOW]
            .into_iter()
            .chain(url)
            .chain(["run"])
            .collect()
    }

    /// Runs all stages to their end.
    pub fn run(&self) -> Output {
        self.app.run(&self.arguments())
    }

    /// Starts a run, has `disturb` see to it `delay` after the stage before number `stage` has ended, and waits for its end.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn broken_off(
        &self,
        (stage, delay): (usize, Duration),
        disturb: &mut dyn FnMut(&mut Child),
    ) -> Ran {
        let start = Instant::now();
        let mut child = self.app.start(&self.arguments());
        let lines = lines_of(&mut child, start);
        let mut said = Vec::new();
        let mut due = (stage == 0).then(|| start + delay);
        loop {
            let wait = due.map_or(Duration::from_secs(120), |due| {
                due.saturating_duration_since(Instant::now())
            });
            match lines.recv_timeout(wait) {
                Ok((at, line)) => {
                    if stage > 0 && line.starts_with(STAGES[stage - 1]) {
                        due = Some(start + at + delay);
                    }
                    said.push((at, line));
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        let was_running = matches!(child.try_wait(), Ok(None));
        disturb(&mut child);
        let code = child.wait().ok().and_then(|status| status.code());
        said.extend(lines.iter());
        Ran {
            code,
            said,
            was_running,
        }
    }

    /// Everything that the store and the tables hold.
    ///
    /// # Panics
    /// Where they cannot be read.
    pub fn everything(&self) -> Vec<String> {
        let mut rows = match &self.url {
            Some(url) => postgres_rows(url),
            None => {
                let file = self.app.path().join("newsprint.db");
                let runtime = Runtime::new();
                let runtime = runtime.unwrap_or_else(|error| panic!("start a runtime: {error}"));
                runtime.block_on(all_rows(&file))
            }
        };
        rows.push(self.app.read("reports/theme_day.csv"));
        rows.push(self.app.read("reports/returns.csv"));
        rows
    }
}

/// The lines of standard error, each with when it came, as they come.
fn lines_of(child: &mut Child, start: Instant) -> Receiver<(Duration, String)> {
    let (sender, lines) = channel();
    if let Some(stderr) = child.stderr.take() {
        // It ends with the process.
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if sender.send((start.elapsed(), line)).is_err() {
                    break;
                }
            }
        });
    }
    lines
}

impl Ran {
    /// From its start to its first result; `None` where it did not come so far.
    fn first_result(&self) -> Option<Duration> {
        let mut said = self.said.iter();
        let result = said.find(|(_, line)| STAGES.iter().any(|stage| line.starts_with(stage)))?;
        Some(result.0)
    }

    /// How long each stage took.
    fn lengths(&self) -> Vec<Duration> {
        let ends = STAGES.iter().map(|stage| {
            let mut said = self.said.iter().filter(|(_, line)| line.starts_with(stage));
            said.next().map_or(Duration::ZERO, |(at, _)| *at)
        });
        let ends: Vec<Duration> = ends.collect();
        let starts = [&[Duration::ZERO], &ends[..]].concat();
        let lengths = ends.iter().zip(starts);
        lengths
            .map(|(end, start)| end.saturating_sub(start))
            .collect()
    }

    fn acknowledged(&self) -> [usize; 3] {
        ACKNOWLEDGED.map(|what| {
            let counts = self.said.iter().filter_map(|(_, line)| {
                let before = line.split_once(what)?.0;
                before.rsplit(' ').next()?.parse::<usize>().ok()
            });
            counts.sum()
        })
    }
}

/// Breaks off `n` runs, in each stage in turn and at any instant of it, four on each store that `fresh` gives; then a last run goes through.
///
/// # Panics
/// Where an undisturbed run fails.
pub fn break_off(
    n: usize,
    mut fresh: impl FnMut() -> Workplace,
    mut disturb: impl FnMut(&mut Child),
) -> Tally {
    let undisturbed = fresh();
    // The first run may have to read the command from the disk.
    let first = undisturbed.run();
    assert_eq!(first.code, 0, "{}", first.stderr);
    let undisturbed = fresh();
    let whole = undisturbed.broken_off((STAGES.len(), Duration::ZERO), &mut |_| {});
    let expected = undisturbed.everything();
    let mut tally = Tally::default();
    let lengths = whole.lengths();
    while tally.n_broken_off < n {
        assert!(tally.n_too_late <= n, "too late: {tally:?}");
        let workplace = fresh();
        tally.n_stores += 1;
        let mut ran = Vec::new();
        for (stage, length) in lengths.iter().enumerate().take(n - tally.n_broken_off) {
            // Spread over each stage by the golden ratio, so that few and many kills alike reach all of it.
            let share = (tally.n_stores as f64 * 0.618_033_988_749_895).fract();
            ran.push(workplace.broken_off((stage, length.mul_f64(share)), &mut disturb));
        }
        let n_running = ran.iter().filter(|ran| ran.was_running).count();
        tally.n_broken_off += n_running;
        tally.n_too_late += ran.len() - n_running;
        ran.push(workplace.broken_off((STAGES.len(), Duration::ZERO), &mut |_| {}));
        let first_stage = (1, Duration::ZERO);
        let start = fresh().broken_off(first_stage, &mut |child| drop(child.kill()));
        tally.time(&ran, start.first_result().unwrap_or_default());
        tally.add(&ran, whole.acknowledged());
        tally.compare(&expected, &workplace.everything());
    }
    tally
}

impl Tally {
    fn time(&mut self, ran: &[Ran], start: Duration) {
        self.slowest_start = self.slowest_start.max(start);
        for restart in ran.iter().skip(1).filter_map(Ran::first_result) {
            self.n_slow += usize::from(restart > start + RESTART);
            self.slowest_restart = self.slowest_restart.max(restart);
        }
    }

    fn add(&mut self, ran: &[Ran], expected: [usize; 3]) {
        let mut acknowledged = [0; 3];
        for ran in ran {
            for (sum, count) in acknowledged.iter_mut().zip(ran.acknowledged()) {
                *sum += count;
            }
            let is_held_up = ran
                .said
                .iter()
                .any(|(_, line)| line.contains("another run"));
            self.n_held_up += usize::from(is_held_up);
        }
        let last = ran.last();
        let is_whole = last.is_some_and(|last| last.code == Some(0));
        if !is_whole {
            say(&format!("the last run failed: {last:?}"));
            self.n_different += 1;
        }
        for (told, expected) in acknowledged.into_iter().zip(expected) {
            self.n_told_again += told.saturating_sub(expected);
        }
    }

    /// Has nothing be lost, doubled or held up.
    ///
    /// # Panics
    /// Where it was.
    pub fn check(&self, what: &str) {
        say(&format!("{what}: {self:?}"));
        let violations = self.n_different + self.n_told_again + self.n_held_up;
        assert_eq!(violations, 0, "{self:?}");
        // One in twenty is left to a machine that does other things too.
        assert!(self.n_slow * 20 <= self.n_broken_off, "too slow: {self:?}");
    }

    fn compare(&mut self, expected: &[String], found: &[String]) {
        if expected == found {
            return;
        }
        self.n_different += 1;
        let missing = expected.iter().filter(|row| !found.contains(row)).take(5);
        missing.for_each(|row| say(&format!("missing: {row}")));
        let new = found.iter().filter(|row| !expected.contains(row)).take(5);
        new.for_each(|row| say(&format!("too many: {row}")));
    }
}

#[expect(clippy::print_stderr, reason = "what was measured")]
fn say(message: &str) {
    eprintln!("{message}");
}
