//! Live sources: hosts side by side, one request at a time at each, everything that is due taken from the store.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use anyhow::Context as _;
use newsprint_fetcher::publisher::Source;
use newsprint_fetcher::warc::{Archive, Member, Role};
use newsprint_store::{Claims, Lease, Permit, QueuedItem, Sources, Store};
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use url::Url;

use super::Tally;
use super::evidence::members;
use super::next::{Ended, next};
use super::visited::{Reads, Visited, queued, read};
use super::writer::{NextVisit, Writer, Written};
use crate::config::settings::FetchSettings;
use crate::context::Context;
use crate::delete::removed;
use crate::exchange::Exchange;
use crate::polite::{NOT_NOW, PATIENCE, PoliteClient, STOPPED, is_same_site, shown, warn_of};

/// Answers that wait to be read at most, so that none is held for longer than needed.
const WAITING_ANSWERS: usize = 16;
/// Visits that wait to be written at most.
const WAITING_VISITS: usize = 128;
/// And bytes of their records, in pieces of [`PIECE`]: 64 MiB.
const WAITING_PIECES: usize = 4096;
const PIECE: usize = 16 * 1024;

/// Failures of an address itself, although nothing was decided of it by robots.txt.
const ABOUT_IT: [&str; 2] = ["blocked_address", "too_many_redirects"];

/// One run over live sources.
struct Crawl {
    context: Context,
    store: Store,
    client: PoliteClient,
    by_name: HashMap<String, Source>,
    sources: Sources,
    /// Visits under way at once.
    slots: Semaphore,
    /// Answers that wait to be read, and those that are read at once.
    answers: Arc<Semaphore>,
    readers: Semaphore,
    writer: mpsc::Sender<Written>,
    /// For records that wait to be written.
    room: Arc<Semaphore>,
    /// Told when a list has been recorded, which may name hosts that nobody serves.
    listed: Notify,
    ends: Instant,
}

/// Why a host is served no longer.
enum Served {
    /// Nothing is due there any more.
    Done,
    /// What is due there is left to a later run.
    Left(String),
}

/// Fetches what is due of `sources`; those asked for `by_hand` are due now.
pub(super) async fn crawl(
    context: &Context,
    store: &Store,
    sources: &[&Source],
    by_hand: bool,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    let settings = &context.config.settings.fetch;
    warn_of(settings);
    for source in sources {
        match store.tombstone(&source.name()).await? {
            None => make_due(context, store, source, by_hand).await?,
            Some(_) if !by_hand => tally.n_refused_before += 1,
            Some(tombstone) => tally.skip(&source.name(), removed(&tombstone)),
        }
    }
    let (sender, receiver) = mpsc::channel(WAITING_VISITS);
    let crawl = Arc::new(Crawl::new(context, store, sources, sender)?);
    let mut archive = archive(settings);
    if let Some(archive) = &mut archive {
        let folder = settings.evidence.display();
        // What could not be kept could not be used: nobody is asked for it.
        archive
            .check()
            .with_context(|| format!("write to {folder} (fetch.evidence)"))?;
    }
    let mut writer = Writer::new(context, store, archive);
    let (served, written) = tokio::join!(serve(crawl), writer.run(receiver));
    written?;
    tally.add(writer.tally);
    for (host, why) in served? {
        tally.skip(&host, format!("left to a later run: {why}"));
    }
    Ok(())
}

/// The configured folder of evidence; none where it is empty.
pub(super) fn archive(settings: &FetchSettings) -> Option<Archive> {
    let software = concat!("newsprint/", env!("CARGO_PKG_VERSION"));
    let folder = &settings.evidence;
    (!folder.as_os_str().is_empty()).then(|| Archive::new(folder, software))
}

async fn make_due(
    context: &Context,
    store: &Store,
    source: &Source,
    by_hand: bool,
) -> anyhow::Result<()> {
    let name = source.name();
    let role = match source {
        Source::Page { .. } => "page",
        _ => "list",
    };
    let address = queued(name.clone(), role, 0);
    let now = context.now();
    store.make_due(&name, &address, by_hand, now).await?;
    if matches!(source, Source::Sitemap { .. }) {
        store.make_lower_lists_due(&name, by_hand, now).await?;
    }
    Ok(())
}

/// Serves hosts until nothing is due; which are left to a later run, and why.
async fn serve(crawl: Arc<Crawl>) -> anyhow::Result<Vec<(String, String)>> {
    let mut tasks = JoinSet::new();
    let mut known = HashSet::new();
    let mut left = Vec::new();
    loop {
        let due_by = crawl.context.now();
        let now = crawl.context.clock.wall();
        for host in crawl.store.hosts_due(&crawl.sources, due_by, now).await? {
            if !crawl.is_over() && known.insert(host.clone()) {
                tasks.spawn(Arc::clone(&crawl).serve_host(host));
            }
        }
        tokio::select! {
            ended = tasks.join_next() => match ended {
                None => return Ok(left),
                Some(ended) => match ended.context("serve a host")?? {
                    (host, Served::Done) => drop(known.remove(&host)),
                    (host, Served::Left(why)) => left.push((host, why)),
                },
            },
            () = crawl.listed.notified() => {}
        }
    }
}

impl Crawl {
    fn new(
        context: &Context,
        store: &Store,
        sources: &[&Source],
        writer: mpsc::Sender<Written>,
    ) -> anyhow::Result<Self> {
        let settings = &context.config.settings.fetch;
        let names: Vec<String> = sources.iter().map(|source| source.name()).collect();
        let n_cores = available_parallelism().map_or(2, |n| n.get());
        Ok(Self {
            client: PoliteClient::new(context, store)?,
            by_name: names
                .iter()
                .cloned()
                .zip(sources.iter().map(|s| (*s).clone()))
                .collect(),
            sources: Sources::new(&names),
            slots: Semaphore::new(settings.concurrency),
            answers: Arc::new(Semaphore::new(WAITING_ANSWERS)),
            readers: Semaphore::new(n_cores),
            writer,
            room: Arc::new(Semaphore::new(WAITING_PIECES)),
            listed: Notify::new(),
            ends: Instant::now() + Duration::from_secs_f64(settings.max_minutes * 60.0),
            context: context.clone(),
            store: store.clone(),
        })
    }

    /// Whether no further visit is begun.
    fn is_over(&self) -> bool {
        self.context.is_cancelled() || self.writer.is_closed() || Instant::now() >= self.ends
    }

    /// What is left of the run.
    fn left(&self) -> Duration {
        self.ends.saturating_duration_since(Instant::now())
    }

    /// Visits what is due at `host`, one after the other.
    async fn serve_host(self: Arc<Self>, host: String) -> anyhow::Result<(String, Served)> {
        let mut reading = JoinSet::new();
        let served = self.serve_one_by_one(&host, &mut reading).await;
        while let Some(read) = reading.join_next().await {
            read.context("read an answer")?;
        }
        Ok((host, served?))
    }

    async fn serve_one_by_one(
        self: &Arc<Self>,
        host: &str,
        reading: &mut JoinSet<()>,
    ) -> anyhow::Result<Served> {
        while !self.is_over() {
            let slot = self.slots.acquire().await?;
            let now = self.context.clock.wall();
            let claims = Claims {
                holder: self.client.holder(),
                sources: &self.sources,
                due_by: self.context.now(),
                lasts: self.client.longest_visit(),
            };
            let rules = self.client.rules(host);
            let until = match self.store.claim(host, claims, rules, now).await? {
                None => return Ok(Served::Done),
                Some(Lease::Granted((permit, item))) => {
                    match self.visit(permit, item, reading).await? {
                        None => continue,
                        Some(why) if self.is_more_due(host).await? => return Ok(Served::Left(why)),
                        Some(_) => return Ok(Served::Done),
                    }
                }
                Some(Lease::Spent { until }) => {
                    let until = shown(until);
                    let why = format!("its budget is spent (fetch.daily_budget) until {until}");
                    return Ok(Served::Left(why));
                }
                Some(Lease::Wait { until, reason }) => {
                    if !reason.is_empty() && until > now + PATIENCE {
                        let why = format!("{reason}; not before {}", shown(until));
                        return Ok(Served::Left(why));
                    }
                    if (until - now).to_std().is_ok_and(|wait| wait > self.left()) {
                        let until = shown(until);
                        let why = format!(
                            "its gap lasts until {until}, beyond the run (fetch.max_minutes)"
                        );
                        return Ok(Served::Left(why));
                    }
                    until
                }
            };
            drop(slot);
            tokio::select! {
                () = sleep((until - now).to_std().unwrap_or_default()) => {}
                () = self.context.cancel.cancelled() => {}
            }
        }
        let why = "the run ended (fetch.max_minutes, or it was stopped)";
        Ok(Served::Left(why.into()))
    }

    async fn is_more_due(&self, host: &str) -> anyhow::Result<bool> {
        let (due_by, now) = (self.context.now(), self.context.clock.wall());
        let due = self.store.hosts_due(&self.sources, due_by, now).await?;
        Ok(due.iter().any(|due| due == host))
    }

    /// Asks an item's address; it is read and written while the next one is asked, but a list is waited for. Why the host is to be left,
    /// where nothing may be asked there.
    async fn visit(
        self: &Arc<Self>,
        permit: Permit,
        item: QueuedItem,
        reading: &mut JoinSet<()>,
    ) -> anyhow::Result<Option<String>> {
        let role = match item.role.as_str() {
            "page" => Role::Page,
            _ => Role::List,
        };
        let permitted = permit.host.clone();
        let source = Url::parse(&item.source).ok();
        let named_by = source.as_ref().and_then(Url::host_str).unwrap_or_default();
        let exchanges = self.client.visit(permit, &item, role, named_by).await?;
        let waiting = Arc::clone(&self.answers).acquire_owned().await?;
        while let Some(read) = reading.try_join_next() {
            read.context("read an answer")?;
        }
        let why = why_leave(&exchanges, &permitted);
        let why = why.filter(|_| is_same_site(named_by, &permitted));
        let (done, is_done) = oneshot::channel();
        let crawl = Arc::clone(self);
        reading.spawn(async move {
            let _waiting = waiting;
            let visited = Visited {
                source: item.source.clone(),
                item: item.item.clone(),
                reads: crawl.reads(&item),
                exchanges,
            };
            // Its claim stays and runs out, so that it is tried again.
            if let Err(error) = crawl.conclude(item, visited, done).await {
                tracing::error!("An answer was lost: {error:#}");
            }
        });
        if role == Role::List {
            // Where the writer has failed it says so itself.
            is_done.await.ok();
            self.listed.notify_one();
        }
        Ok(why)
    }

    /// Reads what was answered and sends it to be written.
    async fn conclude(
        self: Arc<Self>,
        item: QueuedItem,
        visited: Visited,
        done: oneshot::Sender<()>,
    ) -> anyhow::Result<()> {
        let crawl = Arc::clone(&self);
        let reader = self.readers.acquire().await?;
        let written = tokio::task::spawn_blocking(move || {
            let members = match crawl.context.config.settings.fetch.evidence.as_os_str() {
                none if none.is_empty() => vec![],
                _ => members(&visited)?,
            };
            let mut read = read(&crawl.context, visited);
            // What is written is in rows and records.
            read.visited.exchanges.clear();
            anyhow::Ok(Written {
                next: Some(crawl.next(&item, &read)),
                read,
                members,
                done: Some(done),
                _room: None,
            })
        });
        let mut written = written.await.context("read an answer")??;
        drop(reader);
        let n_bytes: usize = written.members.iter().map(Member::len).sum();
        let n_pieces = (n_bytes / PIECE + 1).min(WAITING_PIECES);
        let room = Arc::clone(&self.room).acquire_many_owned(u32::try_from(n_pieces)?);
        written._room = Some(room.await?);
        // Where the writer has failed it says so itself.
        self.writer.send(written).await.ok();
        Ok(())
    }

    fn next(&self, item: &QueuedItem, read: &super::visited::Read) -> NextVisit {
        let last = read.attempts.last();
        let answer = last.and_then(|last| last.answer.as_ref());
        let outcome = read.outcome();
        // Where robots.txt could not be had nothing is decided of the address.
        let is_decided = last.is_some_and(|last| last.robots.is_some());
        let ended = Ended {
            outcome,
            is_about_it: ABOUT_IT.contains(&outcome) || is_decided && !NOT_NOW.contains(&outcome),
            fresh_until: answer.and_then(|answer| answer.fresh_until),
            at: self.context.now(),
        };
        let is_own = item.role == "list" || self.by_name.contains_key(&item.item);
        let settings = &self.context.config.settings.fetch;
        let next = next(item, is_own, &ended, settings, self.client.holder());
        NextVisit {
            holder: next.holder.to_owned(),
            due_at: next.due_at,
            n_failures: next.n_failures,
            n_visits: next.n_visits,
        }
    }

    fn reads(&self, item: &QueuedItem) -> Reads {
        let source = self.by_name.get(&item.source);
        match source {
            _ if item.role == "page" => Reads::Page,
            Some(Source::Sitemap { .. }) => Reads::Sitemap { depth: item.depth },
            Some(Source::Section { links, .. }) => Reads::Section {
                links: links.clone(),
            },
            _ => Reads::Feed,
        }
    }
}

/// Why nothing further is asked of `host` in this run: its robots.txt could not be had, which forbids everything.
fn why_leave(exchanges: &[Exchange], host: &str) -> Option<String> {
    let last = exchanges.last()?;
    let failure = last.result.as_ref().err()?;
    let is_there = Url::parse(&last.address).is_ok_and(|url| url.host_str() == Some(host));
    let is_undecided = last.permission.is_none() && !ABOUT_IT.contains(&failure.kind.as_str());
    let is_failed = is_there && is_undecided && failure.kind != STOPPED;
    is_failed.then(|| "its robots.txt cannot be had".into())
}
