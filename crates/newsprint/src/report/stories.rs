//! stories and story: which articles tell one story, which of them was first, and who follows whom.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use newsprint_store::{AsOf, Store, StoryMember, StorySummary};

use crate::cli::{parse_date, parse_instant};
use crate::context::Context;
use crate::exit::misuse;
use crate::table::{Cell, Table};

pub(crate) const STORIES: &str = "stories";
pub(crate) const STORY: &str = "story";

/// As of when.
#[derive(Debug, clap::Args)]
pub(crate) struct AsOfArgs {
    /// Only what had been recorded by this instant (RFC 3339) [default: now]
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    as_of: Option<DateTime<Utc>>,
    /// Let an article's availability stand for when it was recorded: for material loaded later
    #[arg(long)]
    reconstructed: bool,
    /// Print what the table's columns mean instead of the table
    #[arg(long)]
    pub(super) explain: bool,
}

/// Which stories.
#[derive(Debug, clap::Args)]
pub(crate) struct StoriesArgs {
    /// First day (UTC) on which the origin was first seen
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    from: Option<NaiveDate>,
    /// Last day (UTC) on which it was
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    to: Option<NaiveDate>,
    /// Fewest articles of a story
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(2..))]
    min_n: u32,
    #[command(flatten)]
    pub(super) as_of: AsOfArgs,
}

/// Of which article.
#[derive(Debug, clap::Args)]
pub(crate) struct StoryArgs {
    /// The address of any article of the story, as `report articles` shows it
    #[arg(required_unless_present = "explain")]
    address: Option<String>,
    #[command(flatten)]
    pub(super) as_of: AsOfArgs,
}

impl AsOfArgs {
    fn as_of(&self, context: &Context) -> AsOf {
        AsOf {
            instant: self.as_of.unwrap_or_else(|| context.now()),
            reconstructed: self.reconstructed,
        }
    }
}

impl StoriesArgs {
    fn is_asked(&self, story: &StorySummary) -> bool {
        let day = story.first_seen.date_naive();
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

pub(crate) async fn stories(
    context: &Context,
    store: &Store,
    args: &StoriesArgs,
) -> anyhow::Result<Table> {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        return Err(misuse(format!("--from {from} is after --to {to}")));
    }
    let as_of = args.as_of.as_of(context);
    let mut stories = store.stories(as_of, args.min_n as usize).await?;
    stories.retain(|story| args.is_asked(story));
    let n_articles: usize = stories.iter().map(|story| story.n_articles).sum();
    let n_echoes = n_articles - stories.len();
    let counts = format!(
        "articles: {n_articles}; stories: {}; echoes: {n_echoes}",
        stories.len()
    );
    Ok(Table {
        name: STORIES,
        columns: vec![
            "first_seen",
            "n",
            "publishers",
            "echoes",
            "last_seen",
            "publisher",
            "title",
            "address",
        ],
        rows: stories.iter().map(summary_row).collect(),
        notes: [known_as_of(as_of), vec![counts]].concat(),
    })
}

fn summary_row(story: &StorySummary) -> Vec<Cell> {
    vec![
        time(story.first_seen),
        Cell::count(story.n_articles),
        Cell::count(story.n_publishers),
        Cell::count(story.n_articles - 1),
        time(story.last_seen),
        Cell::text(&story.publisher),
        Cell::text(&story.title),
        Cell::text(&story.address),
    ]
}

pub(crate) async fn story(
    context: &Context,
    store: &Store,
    args: &StoryArgs,
) -> anyhow::Result<Table> {
    let as_of = args.as_of.as_of(context);
    let address = args.address.as_deref().unwrap_or_default();
    let members = store.story(address, as_of).await?;
    if members.is_empty() {
        return Err(misuse(format!(
            "no article at {address} was known as of {}: `newsprint report articles` lists addresses; for material that was loaded later add --reconstructed",
            as_of.instant.format("%Y-%m-%d %H:%M:%S UTC")
        )));
    }
    Ok(Table {
        name: STORY,
        columns: vec![
            "place",
            "available_at",
            "delay_minutes",
            "role",
            "follows",
            "likeness",
            "evidence",
            "publisher",
            "title",
            "address",
        ],
        rows: member_rows(&members),
        notes: [known_as_of(as_of), vec![counted(&members)]].concat(),
    })
}

fn member_rows(members: &[StoryMember]) -> Vec<Vec<Cell>> {
    let ids = members.iter().map(|member| member.article_id.as_str());
    let places: HashMap<&str, usize> = ids.zip(1..).collect();
    let origin = members.first().map(|first| first.available_at);
    let rows = members.iter().zip(1..).map(|(member, place)| {
        let delay = origin.map(|origin| member.available_at - origin);
        let follows = member.follows.as_ref();
        let followed = follows.and_then(|follows| places.get(follows.article_id.as_str()));
        vec![
            Cell::count(place),
            time(member.available_at),
            delay.map_or(Cell::Null, |delay| Cell::Count(delay.num_minutes())),
            Cell::text(role(member)),
            followed.map_or(Cell::Null, |place| Cell::count(*place)),
            Cell::number(follows.map(|follows| f64::from(follows.likeness) / 1e6), 3),
            follows.map_or(Cell::Null, |follows| Cell::text(&follows.evidence)),
            Cell::text(&member.publisher),
            Cell::text(&member.title),
            Cell::text(&member.address),
        ]
    });
    rows.collect()
}

fn role(member: &StoryMember) -> &'static str {
    match member.follows {
        None => "origin",
        Some(_) => "echo",
    }
}

fn counted(members: &[StoryMember]) -> String {
    let n_echoes = members
        .iter()
        .filter(|member| role(member) == "echo")
        .count();
    let publishers: BTreeSet<&str> = members.iter().map(|member| &*member.publisher).collect();
    format!(
        "articles: {}; publishers: {}; independent: {}; echoes: {n_echoes}",
        members.len(),
        publishers.len(),
        members.len() - n_echoes
    )
}

fn known_as_of(as_of: AsOf) -> Vec<String> {
    let mut notes = vec![
        as_of
            .instant
            .format("as of %Y-%m-%d %H:%M:%S UTC")
            .to_string(),
    ];
    if as_of.reconstructed {
        notes.push("reconstructed: articles by availability".into());
    }
    notes
}

fn time(instant: DateTime<Utc>) -> Cell {
    Cell::text(instant.format("%Y-%m-%d %H:%M:%S").to_string())
}
