//! search: articles by their words, and by theme, index, publisher and time.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use newsprint_store::{
    AsOf, Found, FoundArticle, MATCH_BEGINS, MATCH_ENDS, RunKey, Search, SearchWords, Store,
};

use crate::cli::{parse_date, parse_instant};
use crate::context::Context;
use crate::delete::removed;
use crate::exit::{Outcome, misuse};
use crate::table::{Cell, Table};

/// What is searched for, and among what.
#[derive(Debug, clap::Args)]
pub(crate) struct SearchArgs {
    /// Words that must all be there, in the headline or the text; an argument with spaces is a phrase. In one argument also
    /// 'small caps -tariffs -"trade war"': quotes make a phrase, - leaves out articles with what follows it
    #[arg(required = true, value_name = "WORDS")]
    words: Vec<String>,
    /// Only articles with this theme; may be repeated
    #[arg(long, value_name = "ID")]
    theme: Vec<String>,
    /// Only articles that name this index; may be repeated
    #[arg(long, value_name = "ID")]
    index: Vec<String>,
    /// Only articles of this publisher; may be repeated
    #[arg(long, value_name = "ID")]
    publisher: Vec<String>,
    /// First day on which they became available, UTC
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    from: Option<NaiveDate>,
    /// Last day on which they became available, UTC
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    to: Option<NaiveDate>,
    /// Only what had been recorded by this instant (RFC 3339) [default: now]
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    as_of: Option<DateTime<Utc>>,
    /// Let an article's availability stand for when it was recorded: for material loaded later
    #[arg(long)]
    reconstructed: bool,
    /// The tag run whose themes and indices are meant, by the beginning of its id [default: the one that tables show]
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    /// Most articles that are shown
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

pub(crate) async fn command(context: &Context, args: &SearchArgs) -> anyhow::Result<Outcome> {
    let words = SearchWords::parse(&args.words).map_err(|problem| misuse(problem.to_string()))?;
    for theme in &args.theme {
        context.config.require_theme(theme)?;
    }
    for index in &args.index {
        context.config.require_index(index)?;
    }
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        return Err(misuse(format!("--from {from} is after --to {to}")));
    }
    let read = async |store: &Store| table(context, store, args, &words).await;
    let table = context.reading(read).await?;
    table.print(context.format)?;
    Ok(table.outcome())
}

async fn table(
    context: &Context,
    store: &Store,
    args: &SearchArgs,
    words: &SearchWords,
) -> anyhow::Result<Table> {
    let as_of = AsOf {
        instant: args.as_of.unwrap_or_else(|| context.now()),
        reconstructed: args.reconstructed,
    };
    let run = run(store, args.run.as_deref(), as_of).await?;
    let day_after = args.to.and_then(|to| to.succ_opt());
    let search = Search {
        words,
        as_of,
        run: run.as_ref().map(|(key, _)| *key),
        themes: &args.theme,
        indices: &args.index,
        publishers: &args.publisher,
        from: args.from.map(midnight),
        before: day_after.map(midnight),
        limit: args.limit,
    };
    let found = store.search(&search).await?;
    let mut table = Table {
        name: "search",
        columns: vec!["available_at", "publisher", "title", "snippet", "address"],
        rows: found.articles.iter().map(row).collect(),
        notes: notes(&found, as_of),
    };
    let is_by_tags = !args.theme.is_empty() || !args.index.is_empty();
    table.notes.extend(is_by_tags.then(|| match &run {
        Some((_, id)) => format!("themes and indices by tag run {}", &id[..id.len().min(12)]),
        None => "themes and indices: nothing had been tagged".into(),
    }));
    for word in &args.words {
        let tombstone = store.tombstone(word).await?;
        table.notes.extend(tombstone.as_ref().map(removed));
    }
    Ok(table)
}

/// The run that is named by the beginning of its id, or the one that tables show.
async fn run(
    store: &Store,
    asked: Option<&str>,
    as_of: AsOf,
) -> anyhow::Result<Option<(RunKey, String)>> {
    let Some(asked) = asked else {
        return Ok(store.promoted_run(as_of).await?);
    };
    let mut runs = store.runs_that_begin(asked, as_of).await?;
    match runs.len() {
        1 => Ok(runs.pop()),
        0 => Err(misuse(format!("--run {asked}: no tag run has such an id"))),
        _ => Err(misuse(format!(
            "--run {asked}: more than one tag run has such an id, give more of it"
        ))),
    }
}

fn notes(found: &Found, as_of: AsOf) -> Vec<String> {
    let instant = as_of.instant.format("%Y-%m-%d %H:%M:%S UTC");
    let (n, shown) = (found.n_articles, found.articles.len());
    let mut notes = vec![format!(
        "as of {instant}: {shown} of {n} articles that match, best first; [ ] around matches"
    )];
    if as_of.reconstructed {
        notes.push(
            "reconstructed: articles by availability; themes and indices are hindsight".into(),
        );
    }
    if found.is_behind {
        notes.push("some articles are not searchable yet: `newsprint tag` adds them".into());
    }
    notes
}

fn row(article: &FoundArticle) -> Vec<Cell> {
    let snippet = article
        .snippet
        .replace(MATCH_BEGINS, "[")
        .replace(MATCH_ENDS, "]");
    let snippet = snippet.split_whitespace().collect::<Vec<_>>().join(" ");
    vec![
        Cell::text(article.available_at.format("%Y-%m-%d %H:%M:%S").to_string()),
        Cell::text(&article.publisher),
        Cell::text(&article.title),
        Cell::text(snippet),
        Cell::text(&article.address),
    ]
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}
