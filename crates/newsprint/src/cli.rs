//! The command line: parse, load the configuration, call one function.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Parser, Subcommand};
use newsprint_nlp::sentiment::ModelChoice;
use newsprint_store::Place;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::Config;
use crate::context::Context;
use crate::exit::{Outcome, code_of, misuse};
use crate::table::Format;
use crate::{
    delete, demo, doctor, export, init, leakcheck, model, probe, publishers, report, runs,
    schedule, search, stages, study, themes,
};

/// Finance news to sentiment, themes and indices, joined to index moves.
#[derive(Debug, Parser)]
#[command(name = "newsprint", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options that every command takes.
#[derive(Debug, Args)]
struct Global {
    /// Folder with newsprint.toml [default: config/ where there is one, else the built-in configuration]
    #[arg(long, global = true, value_name = "FOLDER")]
    config: Option<PathBuf>,
    /// The store's file, or its address (postgres://USER@HOST/DATABASE), instead of store.url
    #[arg(long, global = true, value_name = "FILE|ADDRESS")]
    db: Option<String>,
    /// An instant (RFC 3339) to take for the current time
    #[arg(long, global = true, value_name = "INSTANT", value_parser = parse_instant)]
    now: Option<DateTime<Utc>>,
    /// The sentiment model, instead of model.name: full, permissive, lexicon, a folder with a card.json, or rust-bert:FOLDER
    #[arg(long, global = true, value_name = "MODEL")]
    model: Option<ModelChoice>,
    /// Ask nothing of the network: live sources are left out
    #[arg(long, global = true)]
    offline: bool,
    /// How tables are printed [default: table]; `export` writes several, as in parquet,csv
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        value_delimiter = ','
    )]
    format: Vec<Format>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Copy the built-in configuration to a folder, to be changed
    Init {
        /// The folder; files that are there already are left as they are
        #[arg(default_value = "config")]
        folder: PathBuf,
    },
    /// Read new articles from the configured sources, or from those named
    Fetch(stages::fetch::FetchArgs),
    /// Tag every article that the current model and definitions have not tagged
    Tag,
    /// Tag again with the current model and definitions, beside the run that tables show
    Retag(stages::retag::RetagArgs),
    /// Look at the tag runs, compare them, and choose the one that tables show
    #[command(subcommand)]
    Runs(runs::RunsCommand),
    /// Import daily closes, and show what is made of them
    #[command(subcommand)]
    Prices(stages::prices::PricesCommand),
    /// Print a table
    #[command(subcommand)]
    Report(report::ReportCommand),
    /// Take one number of a table back to its articles, sentences, sessions and closes
    Explain(report::explanation::ExplainArgs),
    /// Write tables as Parquet, CSV or JSON lines, with a data dictionary and a manifest of what they were made of
    Export(export::ExportArgs),
    /// Make an export again from its manifest, and hold the files against each other: exit code 1 where one differs
    Reproduce(export::reproduce::ReproduceArgs),
    /// The arithmetic of the tables on one's own data: CSV files of factors, prices, returns and p-values
    #[command(subcommand)]
    Study(study::StudyCommand),
    /// Search titles and texts of articles for words
    Search(search::SearchArgs),
    /// Remove an article's text and evidence on request
    Delete(delete::DeleteArgs),
    /// Fetch, tag, import prices and write the configured reports, once
    Run,
    /// Do the same by the configured cron expressions, one run at a time, until stopped
    Schedule,
    /// List the publishers, and add one from its home page
    #[command(subcommand)]
    Publishers(publishers::PublishersCommand),
    /// Look at one step from outside: JSON lines in, JSON lines out
    #[command(subcommand)]
    Probe(probe::ProbeCommand),
    /// Look at the themes, test them, and make new ones
    #[command(subcommand)]
    Themes(themes::ThemesCommand),
    /// Look at the sentiment model, and try it on labelled sentences
    #[command(subcommand)]
    Model(model::ModelCommand),
    /// Look at the store, its disk and the configuration: what is wrong, and what to do about it
    Doctor(doctor::DoctorArgs),
    /// Show that tables of the past know nothing of later: hold them against a store that has only what was recorded by then
    Leakcheck(leakcheck::LeakcheckArgs),
    /// Do the whole job on built-in data
    Demo,
}

impl Command {
    /// Whether it reads no text, so that the rules by which texts are read need not be compiled for it.
    const fn reads_only_tables(&self) -> bool {
        matches!(
            self,
            Self::Report(_)
                | Self::Explain(_)
                | Self::Export(_)
                | Self::Reproduce(_)
                | Self::Study(_)
                | Self::Search(_)
                | Self::Runs(_)
                | Self::Prices(_)
                | Self::Delete(_)
                | Self::Leakcheck(_)
        )
    }
}

/// Parses the command line and does what it asks for.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let result = runtime
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(until_interrupted(cli)));
    match result {
        Ok(outcome) => outcome.code(),
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            code_of(&error)
        }
    }
}

/// Runs the command; the first Ctrl-C lets it finish the item at hand, the second ends it at once.
async fn until_interrupted(cli: Cli) -> anyhow::Result<Outcome> {
    let cancel = CancellationToken::new();
    let command = run(cli, cancel.clone());
    tokio::pin!(command);
    tokio::select! {
        result = &mut command => return result,
        interrupted = stop_asked() => interrupted?,
    }
    anstream::eprintln!("stopping after the item at hand; press Ctrl-C again to stop at once");
    cancel.cancel();
    tokio::select! {
        result = command => result,
        _ = stop_asked() => Err(anyhow::anyhow!("stopped; what was finished is kept, run it again to go on")),
    }
}

/// Ctrl-C, or the signal by which systemd and cron end what they started.
async fn stop_asked() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

async fn run(cli: Cli, cancel: CancellationToken) -> anyhow::Result<Outcome> {
    let Cli { global, command } = cli;
    let clock = Clock::new(global.now);
    if let Command::Init { folder } = &command {
        return init::init(folder);
    }
    let mut config = match (&command, &global.config) {
        (Command::Demo, None) => Config::shipped()?,
        (Command::Study(study), _) if study.reads_only_its_files() => Config::undefined()?,
        (_, folder) => Config::load(folder.as_deref())?,
    };
    if !command.reads_only_tables() {
        config.check_rules()?;
    }
    if let Some(db) = &global.db {
        config.settings.store.url = match Place::of(db) {
            Ok(_) => db.clone(),
            Err(_) => format!("sqlite:{db}"),
        };
    } else if matches!(command, Command::Demo) {
        config.settings.store.url = format!("sqlite:{}", demo::STORE);
    }
    if let Some(model) = global.model {
        config.settings.model.name = model;
    }
    let context = Context {
        config,
        clock,
        cancel,
        format: one_format(&global.format, &command)?,
        formats: global.format,
        offline: global.offline,
    };
    match command {
        Command::Init { .. } => Ok(Outcome::Done),
        Command::Fetch(args) => stages::fetch::command(&context, &args).await,
        Command::Tag => stages::tag::command(&context).await,
        Command::Retag(args) => stages::retag::command(&context, &args).await,
        Command::Runs(command) => runs::command(&context, &command).await,
        Command::Prices(command) => stages::prices::command(&context, &command).await,
        Command::Report(command) => report::command(&context, &command).await,
        Command::Explain(args) => report::explanation::command(&context, &args).await,
        Command::Export(args) => export::command(&context, &args).await,
        Command::Reproduce(args) => export::reproduce::command(&context, &args).await,
        Command::Study(command) => study::command(&context, &command),
        Command::Search(args) => search::command(&context, &args).await,
        Command::Delete(args) => delete::command(&context, &args).await,
        Command::Run => stages::run::command(&context).await,
        Command::Schedule => schedule::schedule(&context).await,
        Command::Publishers(command) => publishers::command(&context, &command).await,
        Command::Probe(command) => probe::command(&context, &command).await,
        Command::Themes(command) => themes::command(&context, &command).await,
        Command::Model(command) => model::command(&context, &command),
        Command::Doctor(args) => doctor::command(&context, &args).await,
        Command::Leakcheck(args) => leakcheck::command(&context, &args).await,
        Command::Demo => demo::demo(&context).await,
    }
}

/// How tables are printed: in one way, while files may be written in several.
fn one_format(formats: &[Format], command: &Command) -> anyhow::Result<Format> {
    match formats {
        [_, _, ..] if !matches!(command, Command::Export(_)) => Err(misuse(
            "--format names several: a table is printed in one, only `newsprint export` writes more",
        )),
        formats => Ok(formats.first().copied().unwrap_or(Format::Table)),
    }
}

fn start_log() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the log's level is no part of the configuration"
    )]
    let level = std::env::var("NEWSPRINT_LOG").unwrap_or_else(|_| "warn".into());
    let filter = tracing_subscriber::EnvFilter::try_new(level).unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}

/// Reads a date of the command line.
pub(crate) fn parse_date(text: &str) -> Result<NaiveDate, String> {
    text.parse()
        .map_err(|_| format!("\"{text}\" is no date: write it like 2024-07-17"))
}

/// Reads an instant of the command line.
pub(crate) fn parse_instant(text: &str) -> Result<DateTime<Utc>, String> {
    let parsed = DateTime::parse_from_rfc3339(text).map(|instant| instant.to_utc());
    parsed.map_err(|_| format!("\"{text}\" is no instant: write it like 2024-07-17T09:00:00Z"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
