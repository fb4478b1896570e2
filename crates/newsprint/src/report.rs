//! report: tables over the store, as they were known at an instant.

mod all;
pub(crate) mod articles;
mod association_figures;
mod associations;
pub(crate) mod cells;
pub(crate) mod coverage;
mod event_study;
mod explain;
pub(crate) mod explanation;
pub(crate) mod files;
mod granger;
mod hit_rate;
mod ic;
mod judged;
mod lead_lag;
mod lines;
pub(crate) mod measured;
mod observations;
mod outcomes;
mod panel;
mod quantiles;
mod reference;
mod regression;
pub(crate) mod returns;
pub(crate) mod run_diff;
pub(crate) mod statistics;
mod stories;
pub(crate) mod theme_day;

use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use newsprint_domain::identifier::{IndexId, Mic};
use newsprint_store::{ANY_THEME, AsOf, RunKey, Store};

use cells::Weight;

use crate::cli::{parse_date, parse_instant};
use crate::context::Context;
use crate::delete::removed;
use crate::exit::{Outcome, misuse};
use crate::highlight;
use crate::output::print;
use crate::plot::{self, Figure};
use crate::runs;
use crate::table::{Format, Table};

/// Sessions from which on a correlation is printed, unless asked otherwise.
pub(crate) const MIN_SESSIONS: u32 = 20;

/// Sessions of articles are those of the first index asked for, else of this exchange.
const DEFAULT_EXCHANGE: &str = "XNYS";

#[derive(Debug, clap::Subcommand)]
pub(crate) enum ReportCommand {
    /// Tone per session, theme and index
    ThemeDay(theme_day::ThemeDayArgs),
    #[command(flatten)]
    Association(associations::Association),
    /// All tables of tone against moves, from one reading, into a folder of CSV files
    All(all::AllArgs),
    /// Articles with their sessions, themes and indices
    Articles(TableArgs),
    /// What was expected of each source in each hour, and what was seen: no news, or blocked
    Coverage(coverage::CoverageArgs),
    /// Stories that several articles tell: the likely origin, how often it was copied and by how many publishers
    Stories(stories::StoriesArgs),
    /// The articles of one story in order: who follows whom, how long after the origin, and what shows it
    Story(stories::StoryArgs),
    /// One article with its sentences, and the words that its tags rest on
    Article {
        /// Its address, as `report articles` shows it
        address: String,
    },
}

/// As known when, by which run, and what counts: of everything that looks at cells of tables.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct KnownArgs {
    /// Only what had been recorded by this instant (RFC 3339) [default: now]
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    pub(crate) as_of: Option<DateTime<Utc>>,
    /// Let an article's availability stand for when it was recorded: for material loaded later
    #[arg(long)]
    pub(crate) reconstructed: bool,
    /// Leave out what a theme says of articles that are older than its definition
    #[arg(long)]
    pub(crate) no_retrospective: bool,
    /// The tag run to show, by its id or the beginning of it [default: the promoted one]
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// What counts once
    #[arg(long, value_enum, default_value_t)]
    pub(crate) weight: Weight,
}

/// What tables have in common.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct TableArgs {
    /// Only this theme, or `any` for all articles that name the index; may be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) theme: Vec<String>,
    /// Only this index; may be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) index: Vec<String>,
    /// First session
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    pub(crate) from: Option<NaiveDate>,
    /// Last session
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    pub(crate) to: Option<NaiveDate>,
    #[command(flatten)]
    pub(crate) known: KnownArgs,
    /// Fewest sessions for which a correlation is printed
    #[arg(long, value_name = "N", default_value_t = MIN_SESSIONS, value_parser = clap::value_parser!(u32).range(4..))]
    pub(crate) min_n: u32,
    /// Print what the table's columns mean and what it rests on, instead of the table
    #[arg(long)]
    pub(crate) explain: bool,
}

/// [`TableArgs`] with ids that exist.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    pub(crate) themes: Vec<String>,
    pub(crate) indices: Vec<IndexId>,
    pub(crate) from: Option<NaiveDate>,
    pub(crate) to: Option<NaiveDate>,
    pub(crate) as_of: AsOf,
    pub(crate) no_retrospective: bool,
    pub(crate) run: Option<String>,
    pub(crate) weight: Weight,
    pub(crate) min_n: usize,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            themes: vec![],
            indices: vec![],
            from: None,
            to: None,
            as_of: AsOf {
                instant: DateTime::UNIX_EPOCH,
                reconstructed: false,
            },
            no_retrospective: false,
            run: None,
            weight: Weight::default(),
            min_n: MIN_SESSIONS as usize,
        }
    }
}

pub(crate) async fn command(context: &Context, command: &ReportCommand) -> anyhow::Result<Outcome> {
    match command {
        ReportCommand::Article { address } => article(context, address).await,
        ReportCommand::Association(association) => {
            let args = association.args();
            let statistics = args.statistics(context)?;
            let read = async |store: &Store| association.drawn(context, store, &statistics).await;
            let asked = (association.name(), args.table.explain, args.plot.as_deref());
            shown_and_drawn(context, asked, read).await
        }
        ReportCommand::All(args) => all::command(context, args).await,
        ReportCommand::Coverage(args) => {
            let read = async |store: &Store| coverage::drawn(context, store, args).await;
            let plot = args.plot.as_deref();
            shown_and_drawn(context, (coverage::NAME, args.explain, plot), read).await
        }
        ReportCommand::Stories(args) => {
            let read = async |store: &Store| stories::stories(context, store, args).await;
            shown(context, stories::STORIES, args.as_of.explain, read).await
        }
        ReportCommand::Story(args) => {
            let read = async |store: &Store| stories::story(context, store, args).await;
            shown(context, stories::STORY, args.as_of.explain, read).await
        }
        ReportCommand::ThemeDay(args) => {
            let selection = args.selection(context)?;
            let read =
                async |store: &Store| theme_day::drawn(context, store, args, &selection).await;
            let asked = (theme_day::NAME, args.table.explain, args.plot.as_deref());
            shown_and_drawn(context, asked, read).await
        }
        ReportCommand::Articles(args) => {
            let selection = args.selection(context)?;
            let read = async |store: &Store| articles::table(context, store, &selection).await;
            shown(context, articles::NAME, args.explain, read).await
        }
    }
}

/// Prints the table that `read` makes, or what its columns mean.
async fn shown(
    context: &Context,
    name: &str,
    is_explained: bool,
    read: impl AsyncFnOnce(&Store) -> anyhow::Result<Table>,
) -> anyhow::Result<Outcome> {
    let read = async |store: &Store| read(store).await.map(|table| (table, None));
    shown_and_drawn(context, (name, is_explained, None), read).await
}

/// Prints the table that `read` makes and draws its figure into the file `plot`; or prints what the table's columns mean.
async fn shown_and_drawn(
    context: &Context,
    (name, is_explained, plot): (&str, bool, Option<&Path>),
    read: impl AsyncFnOnce(&Store) -> anyhow::Result<(Table, Option<Figure>)>,
) -> anyhow::Result<Outcome> {
    if is_explained {
        print(&explain::explain(name))?;
        return match context.reading(read).await {
            Ok((table, _)) => print(&explain::rests_on(&table)).map(|()| Outcome::Done),
            Err(problem) => {
                print(&format!("no table as asked for: {problem:#}\n")).map(|()| Outcome::Done)
            }
        };
    }
    let (table, figure) = context.reading(read).await?;
    table.print(context.format)?;
    if let (Some(figure), Some(path)) = (figure, plot) {
        plot::write(&figure, path)?;
    }
    Ok(table.outcome())
}

/// Prints one article, every tag on the words it rests on.
pub(crate) async fn article(context: &Context, address: &str) -> anyhow::Result<Outcome> {
    if context.format != Format::Table {
        return Err(misuse(
            "report article prints text alone: leave out --format",
        ));
    }
    let as_of = AsOf {
        instant: context.now(),
        reconstructed: false,
    };
    let read = async |store: &Store| {
        if let Some(tombstone) = store.tombstone(address).await? {
            return Ok((Some(tombstone), None));
        }
        Ok(match store.promoted_run(as_of).await? {
            Some((run, _)) => (None, store.article_view(run, address).await?),
            None => (None, None),
        })
    };
    let (tombstone, view) = context.reading(read).await?;
    if let Some(tombstone) = tombstone {
        print(&format!("{}\n", removed(&tombstone)))?;
        return Ok(Outcome::Done);
    }
    let Some(view) = view else {
        return Err(misuse(format!(
            "no tagged article at {address}: `newsprint report articles` lists their addresses"
        )));
    };
    print(&highlight::article(&view))?;
    Ok(Outcome::Done)
}

impl TableArgs {
    /// Checks that what is asked for exists.
    pub(crate) fn selection(&self, context: &Context) -> anyhow::Result<Selection> {
        for id in self.theme.iter().filter(|id| *id != ANY_THEME) {
            context.config.require_theme(id)?;
        }
        let indices = self.index.iter().map(|id| {
            context
                .config
                .require_index(id)
                .map(|index| index.id.clone())
        });
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            return Err(misuse(format!("--from {from} is after --to {to}")));
        }
        let known = &self.known;
        Ok(Selection {
            themes: self.theme.clone(),
            indices: indices.collect::<anyhow::Result<_>>()?,
            from: self.from,
            to: self.to,
            as_of: AsOf {
                instant: known.as_of.unwrap_or_else(|| context.now()),
                reconstructed: known.reconstructed,
            },
            no_retrospective: known.no_retrospective,
            run: known.run.clone(),
            weight: known.weight,
            min_n: self.min_n as usize,
        })
    }
}

impl Selection {
    pub(crate) fn has_theme(&self, theme: &str) -> bool {
        self.themes.is_empty() || self.themes.iter().any(|asked| asked == theme)
    }

    pub(crate) fn has_index(&self, index: &IndexId) -> bool {
        self.indices.is_empty() || self.indices.contains(index)
    }

    /// The run that is asked for, with its public id; `None` where none had been promoted.
    pub(crate) async fn run(&self, store: &Store) -> anyhow::Result<Option<(RunKey, String)>> {
        let Some(beginning) = &self.run else {
            return Ok(store.promoted_run(self.as_of).await?);
        };
        let asked = format!("--run {beginning}");
        Ok(Some(runs::named(store, beginning, &asked).await?))
    }

    /// The exchange whose sessions are shown of articles: that of the first index asked for.
    pub(crate) fn exchange(&self, context: &Context) -> anyhow::Result<Mic> {
        let exchange = match self.indices.first() {
            Some(index) => context
                .config
                .require_index(index.as_str())?
                .exchange
                .clone(),
            None => None,
        };
        Ok(exchange.map_or_else(|| Mic::new(DEFAULT_EXCHANGE), Ok)?)
    }

    pub(crate) fn has_session(&self, session: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= session) && self.to.is_none_or(|to| session <= to)
    }
}

/// What every table says of what it rests on.
async fn notes(
    context: &Context,
    store: &Store,
    selection: &Selection,
    run: Option<&str>,
) -> anyhow::Result<Vec<String>> {
    let instant = selection.as_of.instant.format("%Y-%m-%d %H:%M:%S UTC");
    let (failed, n_waiting) = store.without_article(selection.as_of).await?;
    let missing = outcomes::not_among_these(&failed, n_waiting);
    let Some(run) = run else {
        let nothing = format!("as of {instant}: nothing had been tagged");
        let advice = "`newsprint run` fetches and tags; for material that was loaded later add --reconstructed";
        return Ok([nothing, advice.into()]
            .into_iter()
            .chain(missing)
            .collect());
    };
    let mut notes = vec![format!("as of {instant}, tag run {}", runs::short(run))];
    match context.tag_run() {
        Ok(current) if current.id() == run => {}
        Ok(_) => notes.push("model, themes or indices have changed since: `newsprint tag` makes a run of the current ones".into()),
        Err(error) => notes.push(format!("the configured model cannot be read, the table is of the one that tagged: {error:#}")),
    }
    if selection.no_retrospective {
        notes.push("articles older than the definition of their theme are left out".into());
    }
    if selection.as_of.reconstructed {
        notes.push("reconstructed: articles by availability; model, themes, sessions and prices are hindsight".into());
    }
    notes.extend(missing);
    Ok(notes)
}

/// Adds how much of what is shown rests on a publication time alone.
fn note_reconstructed(table: &mut Table, n_reconstructed: usize, n_articles: usize) {
    if n_reconstructed > 0 {
        table.notes.push(format!(
            "{n_reconstructed} of {n_articles} articles: availability reconstructed from the publication time"
        ));
    }
}
