//! From files to recorded closes: each file is read, its days are held to each other, the calendar and what is recorded, and what is
//! left is recorded at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use newsprint_domain::index::{IndexDefinition, SeriesKind};
use newsprint_store::{AsOf, PriceChanges, Store};

use super::csv_file::{self, Finding, Row};
use super::{days, jumps};
use crate::config::Config;
use crate::context::Context;
use crate::stages::{Skip, StageReport};

/// What becomes of closes that are too far from those beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Jumps {
    Refused,
    Allowed,
}

/// An import under way, and what it came to so far.
pub(super) struct Import<'a> {
    context: &'a Context,
    store: &'a Store,
    jumps: Jumps,
    n_files: usize,
    changes: PriceChanges,
    skipped: Vec<Skip>,
    noted: Vec<Skip>,
}

impl Jumps {
    pub(super) fn of(is_allowed: bool) -> Self {
        if is_allowed {
            Self::Allowed
        } else {
            Self::Refused
        }
    }
}

impl<'a> Import<'a> {
    pub(super) fn new(context: &'a Context, store: &'a Store, jumps: Jumps) -> Self {
        Self {
            context,
            store,
            jumps,
            n_files: 0,
            changes: PriceChanges::default(),
            skipped: vec![],
            noted: vec![],
        }
    }

    /// Every CSV file of a folder.
    pub(super) async fn folder(&mut self, folder: &Path) -> anyhow::Result<()> {
        let entries = std::fs::read_dir(folder)
            .and_then(|entries| entries.collect::<std::io::Result<Vec<_>>>());
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                let problem = format!("prices.folder cannot be read: {error}");
                self.skip(&folder.display().to_string(), problem);
                return Ok(());
            }
        };
        let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        files.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
        });
        files.sort();
        self.files(&files, None).await
    }

    /// These files, of `index` where one is named.
    pub(super) async fn files(
        &mut self,
        files: &[PathBuf],
        index: Option<&IndexDefinition>,
    ) -> anyhow::Result<()> {
        for file in files {
            let name = file.file_name().unwrap_or(file.as_os_str());
            match std::fs::read(file) {
                Ok(bytes) => self.bytes(&name.to_string_lossy(), &bytes, index).await?,
                Err(error) => {
                    let problem = format!("cannot be read: {error}");
                    self.skip(&file.display().to_string(), problem);
                }
            }
        }
        Ok(())
    }

    /// A file that is held in memory.
    pub(super) async fn bytes(
        &mut self,
        name: &str,
        bytes: &[u8],
        index: Option<&IndexDefinition>,
    ) -> anyhow::Result<()> {
        let config = &self.context.config;
        let now = self.context.now();
        let problem_of_date =
            |index: &IndexDefinition, date| problem_of_date(config, index, date, now);
        let parsed = csv_file::parse(bytes, name, &config.indices, index, &problem_of_date);
        let parsed = match parsed {
            Ok(parsed) => parsed,
            Err(problem) => {
                self.skip(name, problem);
                return Ok(());
            }
        };
        self.n_files += 1;
        let (mut refused, mut noted) = (parsed.refused, parsed.noted);
        for (id, rows) in &parsed.rows {
            if let Some(index) = config.index(id) {
                let closes = self.closes(index, rows, (&mut refused, &mut noted)).await?;
                self.record(index, &closes, name).await?;
            }
        }
        let told = |mut findings: Vec<Finding>| {
            findings.sort();
            let findings = findings.into_iter();
            findings.map(|finding| Skip {
                input: finding.place(name),
                problem: finding.says,
            })
        };
        self.skipped.extend(told(refused));
        self.noted.extend(told(noted));
        Ok(())
    }

    /// The closes of an index that are beyond doubt; of the others it is said why they are not.
    async fn closes(
        &self,
        index: &IndexDefinition,
        rows: &[Row],
        (refused, noted): (&mut Vec<Finding>, &mut Vec<Finding>),
    ) -> anyhow::Result<BTreeMap<NaiveDate, f64>> {
        let mut days = days::one_close_each(rows, refused, noted);
        let calendar = index.exchange.as_ref();
        if let Some(calendar) =
            calendar.and_then(|exchange| self.context.config.calendars.get(exchange))
        {
            noted.extend(days::gaps(index, calendar, rows));
            noted.extend(days::beyond(index, calendar, &days));
        }
        let recorded = AsOf {
            instant: self.context.now(),
            reconstructed: true,
        };
        let known = self.store.prices(&index.id, recorded).await?;
        let is_allowed = self.jumps == Jumps::Allowed;
        let found = jumps::take_out(index.kind, &mut days, &known, is_allowed);
        if is_allowed { noted } else { refused }.extend(found);
        Ok(days
            .into_iter()
            .map(|(date, (_, close))| (date, close))
            .collect())
    }

    async fn record(
        &mut self,
        index: &IndexDefinition,
        closes: &BTreeMap<NaiveDate, f64>,
        source: &str,
    ) -> anyhow::Result<()> {
        let now = self.context.now();
        let changes = self
            .store
            .record_prices(&index.id, closes, source, now)
            .await?;
        self.changes.n_added += changes.n_added;
        self.changes.n_unchanged += changes.n_unchanged;
        self.changes.revised.extend(changes.revised);
        Ok(())
    }

    /// Leaves out an input.
    pub(super) fn skip(&mut self, input: &str, problem: impl Into<String>) {
        self.skipped.push(Skip {
            input: input.into(),
            problem: problem.into(),
        });
    }

    pub(super) fn report(self) -> StageReport {
        let PriceChanges {
            n_added,
            revised,
            n_unchanged,
        } = self.changes;
        let first = revised.first().map(|first| {
            let (date, before, after) = (first.date, first.before, first.after);
            format!(" (first revised: {date} from {before} to {after})")
        });
        let summary = format!(
            "{} files, {n_added} closes added, {} revised, {n_unchanged} unchanged{}",
            self.n_files,
            revised.len(),
            first.unwrap_or_default()
        );
        StageReport {
            stage: "prices",
            summary,
            n_done: n_added + revised.len() + n_unchanged,
            skipped: self.skipped,
            noted: self.noted,
        }
    }
}

/// Why `index` cannot have a close on `date`: it has not been struck, or its exchange was closed. Volatility indices and yields
/// have days of their own.
fn problem_of_date(
    config: &Config,
    index: &IndexDefinition,
    date: NaiveDate,
    now: DateTime<Utc>,
) -> Option<String> {
    let not_yet = || format!("the close of {date} has not been struck yet: check the date");
    let calendar = index
        .exchange
        .as_ref()
        .and_then(|exchange| config.calendars.get(exchange));
    let Some(calendar) = calendar else {
        return (date > now.date_naive()).then(not_yet);
    };
    if calendar.struck_at(date) > now {
        return Some(not_yet());
    }
    let keeps_sessions = index.kind == SeriesKind::Price && calendar.covers(date);
    let is_closed = keeps_sessions && calendar.position(date).is_none();
    is_closed.then(|| {
        format!(
            "{date} is no session of {}: check the date and the index",
            calendar.exchange()
        )
    })
}

#[cfg(test)]
mod tests;
