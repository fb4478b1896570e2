//! Makes a store of many articles, as a live one of twenty years would be: seeded, through the store's own calls, with texts, tags, sessions
//! and closes of realistic number and length. Says how many rows of tags were written in a second, with their sums.
//!
//! `cargo run --release -p newsprint-tests --example million_articles -- sqlite:FILE [ARTICLES [BATCH]]`

#![expect(
    clippy::print_stderr,
    reason = "it says on standard error what it measured"
)]

mod dice;
mod link;
mod news;
mod world;

use std::error::Error;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use newsprint_domain::article::Article;
use newsprint_domain::tags::TagRun;
use newsprint_store::{Attempt, FetchRecord, Listed, RunKey, Store, TaggedRevision, Visit};

use link::link;
use news::{News, Written};
use world::World;

/// Items of a source that one read of it names.
const LISTED: usize = 20;

/// Articles that are added one at a time in the end.
const SINGLE: usize = 300;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .ok_or("usage: million_articles URL [ARTICLES [BATCH]]")?;
    let mut number = |otherwise: usize| arguments.next().map_or(Ok(otherwise), |text| text.parse());
    let (n_articles, batch) = (number(1_000_000)?, number(256)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(make(&url, n_articles, batch))
}

async fn make(url: &str, n_articles: usize, batch: usize) -> Result<(), Box<dyn Error>> {
    let store = Store::open(url).await?;
    let world = World::read(n_articles)?;
    world.record_prices(&store).await?;
    let run = TagRun {
        model: "generated".into(),
        model_hash: "generated".into(),
        definitions_hash: "generated".into(),
        code_version: "1".into(),
    };
    let start = world.available_at(0);
    let run = store.begin_run(&run, &world.pairs, start).await?;
    store.promote(run, start).await?;
    let mut news = News::new(&world);
    let mut clock = Clock::default();
    let mut after = store
        .untagged(run, 0, 1)
        .await?
        .first()
        .map_or(0, |first| first.revision_key - 1);
    for first in (0..n_articles).step_by(batch) {
        let written: Vec<Written> = (first..n_articles.min(first + batch))
            .map(|place| news.write(place))
            .collect();
        let Some(last) = written.last() else { break };
        let now = last.article.first_seen + TimeDelta::seconds(30);
        let begun = Instant::now();
        fetch(&store, &world, &written, now).await?;
        clock.fetching += begun.elapsed();
        let begun = Instant::now();
        clock.n_copies += link(&store, now).await?;
        clock.linking += begun.elapsed();
        after = tag(
            &store,
            run,
            after,
            &written,
            now + TimeDelta::seconds(30),
            &mut clock,
        )
        .await?;
        if (first / batch).is_multiple_of(400) {
            eprintln!("{} articles, {clock}", first + written.len());
        }
    }
    eprintln!("{n_articles} articles, {clock}");
    add_singly(&store, &world, &mut news, run, after).await?;
    store.close().await;
    Ok(())
}

/// Adds articles one at a time, and says how long each took to be compared and tagged.
async fn add_singly(
    store: &Store,
    world: &World,
    news: &mut News<'_>,
    run: RunKey,
    mut after: i64,
) -> Result<(), Box<dyn Error>> {
    let mut times = Vec::new();
    for place in world.n_articles..world.n_articles + SINGLE {
        let written = [news.write(place)];
        let now = written[0].article.first_seen + TimeDelta::seconds(30);
        fetch(store, world, &written, now).await?;
        let begun = Instant::now();
        link(store, now).await?;
        let linked = begun.elapsed();
        after = tag(store, run, after, &written, now, &mut Clock::default()).await?;
        times.push((begun.elapsed(), linked));
    }
    times.sort();
    let shown = |share: usize| {
        let (whole, linked) = times[times.len() * share / 100];
        format!(
            "p{share} {:.1} ms (of it {:.1} ms to compare)",
            whole.as_secs_f64() * 1e3,
            linked.as_secs_f64() * 1e3
        )
    };
    eprintln!("one article more: {}, {}", shown(50), shown(95));
    Ok(())
}

/// Records articles as fetched by a run, each source's own list before its pages.
async fn fetch(
    store: &Store,
    world: &World,
    written: &[Written],
    now: DateTime<Utc>,
) -> Result<(), Box<dyn Error>> {
    let assignments: Vec<_> = written
        .iter()
        .map(|written| world.assignments(&written.article))
        .collect();
    let mut visits = Vec::new();
    let attempts: Vec<Vec<Attempt>> = written
        .iter()
        .map(|written| {
            vec![attempt(
                &written.article.address,
                "page",
                written.article.first_seen,
            )]
        })
        .collect();
    for ((written, assignments), attempts) in written.iter().zip(&assignments).zip(&attempts) {
        visits.push(Visit {
            record: FetchRecord {
                source: &written.source,
                item: &written.article.address,
                digest: "",
                outcome: "ok",
                detail: "",
                article: Some(&written.article),
                assignments,
            },
            role: "page",
            attempts,
            listed: &[],
            next: None,
        });
    }
    for written in written.chunks(LISTED) {
        list(store, written, now).await?;
    }
    store.record_visits(&visits, now).await?;
    Ok(())
}

async fn list(
    store: &Store,
    written: &[Written],
    now: DateTime<Utc>,
) -> Result<(), Box<dyn Error>> {
    let Some(first) = written.first() else {
        return Ok(());
    };
    let listed: Vec<Listed> = written
        .iter()
        .map(|written| Listed {
            item: written.article.address.clone(),
            role: "page",
            host: written.source.clone(),
            depth: 0,
        })
        .collect();
    let attempts = [attempt(&first.source, "list", first.article.first_seen)];
    let visit = Visit {
        record: FetchRecord {
            source: &first.source,
            item: &first.source,
            digest: "",
            outcome: "ok",
            detail: "",
            article: None,
            assignments: &[],
        },
        role: "list",
        attempts: &attempts,
        listed: &listed,
        next: None,
    };
    store.record_visits(&[visit], now).await?;
    Ok(())
}

fn attempt(address: &str, role: &'static str, at: DateTime<Utc>) -> Attempt {
    Attempt {
        role,
        address: address.to_owned(),
        outcome: "ok".into(),
        detail: String::new(),
        robots: Some((true, None)),
        reservations: "[]".into(),
        answer: None,
        attempted_at: at,
    }
}

/// Tags what was just fetched; the key of the last revision that was.
async fn tag(
    store: &Store,
    run: RunKey,
    after: i64,
    written: &[Written],
    now: DateTime<Utc>,
    clock: &mut Clock,
) -> Result<i64, Box<dyn Error>> {
    let untagged = store.untagged(run, after, written.len() as i64).await?;
    let tags: Vec<_> = untagged
        .iter()
        .filter_map(|revision| {
            let written = written
                .iter()
                .find(|written| written.article.address == revision.address)?;
            Some((
                revision.revision_key,
                written.tags.clone(),
                written.retrospective.clone(),
            ))
        })
        .collect();
    let tagged: Vec<_> = tags.iter().map(TaggedRevision::from).collect();
    let begun = Instant::now();
    store.record_tags(run, &tagged, now).await?;
    clock.tagging += begun.elapsed();
    clock.n_rows += tags
        .iter()
        .map(|(_, tags, _)| news::n_rows(tags))
        .sum::<usize>();
    clock.n_tags += tags
        .iter()
        .map(|(_, tags, _)| tags.themes.len() + tags.indices.len())
        .sum::<usize>();
    Ok(untagged.last().map_or(after, |last| last.revision_key))
}

/// Where the time goes.
#[derive(Debug, Default)]
struct Clock {
    fetching: Duration,
    linking: Duration,
    tagging: Duration,
    n_copies: usize,
    n_rows: usize,
    n_tags: usize,
}

impl std::fmt::Display for Clock {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rate = self.n_rows as f64 / self.tagging.as_secs_f64();
        write!(
            formatter,
            "{} tags, {} rows of tags at {rate:.0} rows/s with their sums; {} copies; fetching took {:.0} s, comparing {:.0} s, tagging {:.0} s",
            self.n_tags,
            self.n_rows,
            self.n_copies,
            self.fetching.as_secs_f64(),
            self.linking.as_secs_f64(),
            self.tagging.as_secs_f64()
        )
    }
}

/// The instant at which an article can first have been known.
fn available_at(article: &Article) -> DateTime<Utc> {
    article.available_at()
}
