//! prices: daily closes from CSV files, and the moves that are made of them.

mod csv_file;
mod layout;

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use newsprint_domain::index::{IndexDefinition, SeriesKind};
use newsprint_store::{AsOf, PriceChanges, Store};
use newsprint_study::returns::{Series, WINDOWS};

use super::{Skip, StageReport, leased};
use crate::cli::parse_date;
use crate::config::Config;
use crate::context::Context;
use crate::exit::Outcome;
use crate::table::{Cell, Table};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum PricesCommand {
    /// Import a CSV file of daily closes; known closes are left, corrected ones added as revisions
    Import {
        /// A file of FRED, Stooq or Yahoo, or any with the columns date and close (and symbol, if it holds several)
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The index it holds, where neither its header nor its name says so
        #[arg(long, value_name = "ID")]
        index: Option<String>,
    },
    /// Print closes with the moves before and after them
    Returns {
        /// The index
        #[arg(long, value_name = "ID")]
        index: String,
        /// First date
        #[arg(long, value_name = "DATE", value_parser = parse_date)]
        from: Option<NaiveDate>,
        /// Last date
        #[arg(long, value_name = "DATE", value_parser = parse_date)]
        to: Option<NaiveDate>,
    },
}

pub(crate) async fn command(context: &Context, command: &PricesCommand) -> anyhow::Result<Outcome> {
    match command {
        PricesCommand::Import { files, index } => {
            let index = index
                .as_deref()
                .map(|id| context.config.require_index(id))
                .transpose()?;
            let report = context
                .writing(async |store| import(context, store, files, index).await)
                .await?;
            Ok(report.conclude())
        }
        PricesCommand::Returns { index, from, to } => returns(context, index, *from, *to).await,
    }
}

/// Imports every CSV file of the configured folder.
pub(crate) async fn import_folder(context: &Context, store: &Store) -> anyhow::Result<StageReport> {
    let Some(folder) = context.config.settings.prices.folder() else {
        return Ok(StageReport::not_configured("prices", "prices.folder"));
    };
    let entries =
        std::fs::read_dir(folder).and_then(|entries| entries.collect::<std::io::Result<Vec<_>>>());
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) => {
            let mut total = Total::default();
            total.skip(
                &folder.display().to_string(),
                format!("prices.folder cannot be read: {error}"),
            );
            return Ok(total.report());
        }
    };
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
    });
    files.sort();
    import(context, store, &files, None).await
}

async fn import(
    context: &Context,
    store: &Store,
    files: &[PathBuf],
    index: Option<&IndexDefinition>,
) -> anyhow::Result<StageReport> {
    leased(context, store, "prices", async |store, _| {
        import_files(context, store, files, index).await
    })
    .await
}

async fn import_files(
    context: &Context,
    store: &Store,
    files: &[PathBuf],
    index: Option<&IndexDefinition>,
) -> anyhow::Result<StageReport> {
    let mut total = Total::default();
    for file in files {
        let name = file
            .file_name()
            .unwrap_or(file.as_os_str())
            .to_string_lossy()
            .into_owned();
        match std::fs::read(file) {
            Ok(bytes) => total.add_file(context, store, &name, &bytes, index).await?,
            Err(error) => total.skip(
                &file.display().to_string(),
                format!("cannot be read: {error}"),
            ),
        }
    }
    Ok(total.report())
}

/// Imports files that are held in memory, by name.
pub(crate) async fn import_bytes(
    context: &Context,
    store: &Store,
    files: impl Iterator<Item = (&str, &[u8])>,
) -> anyhow::Result<StageReport> {
    let mut total = Total::default();
    for (name, bytes) in files {
        total.add_file(context, store, name, bytes, None).await?;
    }
    Ok(total.report())
}

#[derive(Default)]
struct Total {
    n_files: usize,
    changes: PriceChanges,
    skipped: Vec<Skip>,
}

impl Total {
    fn skip(&mut self, input: &str, problem: impl Into<String>) {
        self.skipped.push(Skip {
            input: input.into(),
            problem: problem.into(),
        });
    }

    async fn add_file(
        &mut self,
        context: &Context,
        store: &Store,
        name: &str,
        bytes: &[u8],
        index: Option<&IndexDefinition>,
    ) -> anyhow::Result<()> {
        let config = &context.config;
        let now = context.now();
        let problem_of_date =
            |index: &IndexDefinition, date| problem_of_date(config, index, date, now);
        let parsed = match csv_file::parse(bytes, name, &config.indices, index, &problem_of_date) {
            Ok(parsed) => parsed,
            Err(problem) => {
                self.skip(name, problem);
                return Ok(());
            }
        };
        self.n_files += 1;
        self.skipped.extend(parsed.bad_rows);
        for (index, closes) in parsed.closes {
            let changes = store
                .record_prices(&index, &closes, name, context.now())
                .await?;
            self.changes.n_added += changes.n_added;
            self.changes.n_unchanged += changes.n_unchanged;
            self.changes.revised.extend(changes.revised);
        }
        Ok(())
    }

    fn report(self) -> StageReport {
        let PriceChanges {
            n_added,
            revised,
            n_unchanged,
        } = self.changes;
        let n_files = self.n_files;
        let first = revised.first().map(|first| {
            let (date, before, after) = (first.date, first.before, first.after);
            format!(" (first revised: {date} from {before} to {after})")
        });
        let summary = format!(
            "{n_files} files, {n_added} closes added, {} revised, {n_unchanged} unchanged{}",
            revised.len(),
            first.unwrap_or_default()
        );
        StageReport {
            stage: "prices",
            summary,
            n_done: n_added + revised.len() + n_unchanged,
            skipped: self.skipped,
        }
    }
}

async fn returns(
    context: &Context,
    index: &str,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
) -> anyhow::Result<Outcome> {
    let definition = context.config.require_index(index)?;
    let as_of = AsOf {
        instant: context.now(),
        reconstructed: false,
    };
    let closes = context
        .reading(async |store| Ok(store.prices(&definition.id, as_of).await?))
        .await?;
    let series = Series::new(definition.kind, closes);
    let in_range = |date: &NaiveDate| {
        from.is_none_or(|first| first <= *date) && to.is_none_or(|last| *date <= last)
    };
    let mut table = Table {
        name: "prices",
        columns: vec![
            "date",
            "close",
            "c2c_0",
            "fwd_c2c_1",
            "fwd_c2c_5",
            "fwd_c2c_10",
            "fwd_c2c_21",
        ],
        rows: vec![],
        notes: vec![format!(
            "{index}: moves in {}, over rows of the series itself",
            definition.kind.unit()
        )],
    };
    for (date, close) in series.rows().iter().filter(|(date, _)| in_range(date)) {
        let moves = WINDOWS.map(|window| Cell::number(series.move_over(*date, window), 6));
        let row = [Cell::text(date.to_string()), Cell::Number(*close, 2)]
            .into_iter()
            .chain(moves);
        table.rows.push(row.collect());
    }
    if table.rows.is_empty() {
        table.notes.push(format!(
            "no closes of {index} in that period: `newsprint prices import FILE.csv` adds some"
        ));
    }
    let outcome = if table.rows.is_empty() {
        Outcome::Nothing
    } else {
        Outcome::Done
    };
    table.print(context.format)?;
    Ok(outcome)
}

/// Why `index` cannot have a close on `date`: it has not been struck, or its exchange was closed. Volatility indices and yields
/// have days of their own.
fn problem_of_date(
    config: &Config,
    index: &IndexDefinition,
    date: NaiveDate,
    now: DateTime<Utc>,
) -> Option<String> {
    let exchange = index.exchange.as_ref()?;
    let calendar = config.calendars.get(exchange)?;
    if calendar.struck_at(date) > now {
        return Some(format!("the close of {date} has not been struck yet"));
    }
    let keeps_sessions = index.kind == SeriesKind::Price && calendar.covers(date);
    let is_closed = keeps_sessions && calendar.position(date).is_none();
    is_closed.then(|| format!("{date} is no session of {exchange}"))
}

/// The name of a file without folder and extension.
fn stem(name: &str) -> &str {
    Path::new(name)
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or(name)
}
