//! doctor: looks at the store, its disk and the configuration, and says what is wrong and what to do about it. It changes nothing, and a
//! check that cannot be made is told as such while the others go on.

mod machine;
mod markets;
mod settings;
mod store;

use newsprint_store::{Store, StoreError};

use crate::context::Context;
use crate::exit::Outcome;
use crate::stages::{StageReport, leased};
use crate::table::{Cell, Table};

/// What to do about a store that cannot be read.
const RESTORE: &str = "stop what writes to it, keep a copy as it is, and restore a backup; `newsprint fetch --replay` makes the rows of kept \
                       answers again";

/// Names that are listed before the rest is counted.
const MAX_NAMED: usize = 8;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    Warn,
    Fail,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Check {
    name: &'static str,
    state: State,
    found: String,
    /// What to do; empty where there is nothing.
    advice: String,
}

/// What to do beside looking.
#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {
    /// First make the sums that tables of tone are made of anew from the tags
    #[arg(long)]
    rebuild_sums: bool,
}

/// Makes every check, after what was asked for to be mended.
pub(crate) async fn command(context: &Context, args: &DoctorArgs) -> anyhow::Result<Outcome> {
    if args.rebuild_sums {
        let rebuild = async |store: &Store| rebuild(context, store).await;
        let rebuilt = context.writing(rebuild).await?;
        if rebuilt.conclude() != Outcome::Done {
            return Ok(Outcome::Nothing);
        }
    }
    doctor(context).await
}

async fn rebuild(context: &Context, store: &Store) -> anyhow::Result<StageReport> {
    leased(context, store, "tag", async |store, _| {
        let n_changed = store.rebuild_roll_ups(context.now()).await?;
        Ok(StageReport {
            stage: "doctor",
            summary: format!("sums made anew, {n_changed} of them were wrong"),
            n_done: n_changed,
            noted: vec![],
            skipped: vec![],
        })
    })
    .await
}

/// Makes every check; what none of them finds is done, what one finds is done in part, and where there is no store there is nothing.
async fn doctor(context: &Context) -> anyhow::Result<Outcome> {
    let url = &context.config.settings.store.url;
    let mut checks = Vec::new();
    let opened = Store::open_to_examine(url).await;
    let is_open = opened.is_ok();
    match opened {
        Ok(store) => {
            checks.extend(store::checks(context, &store).await);
            checks.extend(markets::checks(context, &store).await);
            checks.extend(machine::checks_of_store(context, &store).await);
            checks.push(settings::tag_run(context, &store).await);
            store.close().await;
        }
        Err(problem) => checks.push(Check::fail("store", told(problem), RESTORE)),
    }
    checks.extend(machine::disks(context));
    checks.extend(settings::checks(context));
    table(&checks).print(context.format)?;
    let all_ok = checks.iter().all(|check| check.state == State::Ok);
    Ok(match (is_open, all_ok) {
        (false, _) => Outcome::Nothing,
        (true, false) => Outcome::InPart,
        (true, true) => Outcome::Done,
    })
}

fn table(checks: &[Check]) -> Table {
    let rows = checks.iter().map(|check| {
        let advice = match check.advice.is_empty() {
            true => Cell::Null,
            false => Cell::text(&check.advice),
        };
        vec![
            Cell::text(check.name),
            Cell::text(check.state.as_str()),
            Cell::text(&check.found),
            advice,
        ]
    });
    Table {
        name: "doctor",
        columns: vec!["check", "state", "found", "advice"],
        rows: rows.collect(),
        notes: vec![],
    }
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            state: State::Ok,
            found: found.into(),
            advice: String::new(),
        }
    }

    fn warn(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            name,
            state: State::Warn,
            found: found.into(),
            advice: advice.into(),
        }
    }

    fn fail(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            state: State::Fail,
            ..Self::warn(name, found, advice)
        }
    }

    /// The check, or that what it rests on cannot be read.
    fn or_unreadable(name: &'static str, check: Result<Self, StoreError>) -> Self {
        check.unwrap_or_else(|problem| {
            let found = format!("cannot be checked: {}", told(problem));
            Self::fail(name, found, RESTORE)
        })
    }
}

/// An error with what caused it.
fn told(problem: StoreError) -> String {
    format!("{:#}", anyhow::Error::new(problem))
}

/// The first of some names, and how many more there are.
fn listed(names: &[String]) -> String {
    let (named, more) = names.split_at(names.len().min(MAX_NAMED));
    match more.len() {
        0 => named.join(", "),
        n_more => format!("{} and {n_more} more", named.join(", ")),
    }
}

/// Bytes as people read them.
fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut_and_counted() {
        let names: Vec<String> = (0..10).map(|place| place.to_string()).collect();
        assert_eq!(listed(&names), "0, 1, 2, 3, 4, 5, 6, 7 and 2 more");
        assert_eq!(listed(&names[..2]), "0, 1");
        assert_eq!(mebibytes(1_572_864), "1.5 MiB");
    }
}
