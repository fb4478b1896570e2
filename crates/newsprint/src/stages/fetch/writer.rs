//! The one task that writes: evidence first, then rows, many visits at a time.

use std::io;
use std::time::Duration;

use anyhow::Context as _;
use newsprint_fetcher::warc::{Archive, Member};
use newsprint_store::{EvidencePlace, FetchRecord, Next, Recorded, RecordedVisit, Store, Visit};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::Tally;
use super::progress_line::ProgressLine;
use super::visited::{Content, Read};
use crate::context::Context;
use crate::delete::remove_record;
use crate::polite::STOPPED;

/// Visits that are written together at most.
const BATCH: usize = 128;

/// How long a visit waits for others: the disk and the store's one lock are asked for once for all of them, and claims wait for that lock too.
const LINGER: Duration = Duration::from_millis(100);

/// A visit that is to be written.
pub(super) struct Written {
    pub(super) read: Read,
    pub(super) members: Vec<Member>,
    /// The claim that it ends; `None` in a replay.
    pub(super) next: Option<NextVisit>,
    /// Told when it is written.
    pub(super) done: Option<oneshot::Sender<()>>,
    /// Its share of what may wait; `None` in a replay.
    pub(super) _room: Option<OwnedSemaphorePermit>,
}

impl Written {
    /// Whether its host goes on only when it is written.
    fn is_awaited(&self) -> bool {
        self.read.visited.reads.role() == "list"
    }
}

/// [`Next`], owned.
#[derive(Debug, Clone)]
pub(super) struct NextVisit {
    pub(super) holder: String,
    pub(super) due_at: Option<chrono::DateTime<chrono::Utc>>,
    pub(super) n_failures: u32,
    pub(super) n_visits: u32,
}

pub(super) struct Writer<'a> {
    context: &'a Context,
    store: &'a Store,
    /// `None` where no evidence is kept.
    archive: Option<Archive>,
    pub(super) tally: Tally,
    progress: ProgressLine,
}

impl<'a> Writer<'a> {
    pub(super) fn new(context: &'a Context, store: &'a Store, archive: Option<Archive>) -> Self {
        Self {
            context,
            store,
            archive,
            tally: Tally::default(),
            progress: ProgressLine::new(),
        }
    }

    /// Writes what comes until nobody sends any more.
    pub(super) async fn run(&mut self, mut visits: mpsc::Receiver<Written>) -> anyhow::Result<()> {
        let mut batch = Vec::with_capacity(BATCH);
        while let Some(first) = visits.recv().await {
            batch.push(first);
            gather(&mut visits, &mut batch).await;
            self.write(&mut batch).await?;
        }
        self.progress.finish();
        Ok(())
    }

    /// Ends what is shown of the progress.
    pub(super) fn finish(&self) {
        self.progress.finish();
    }

    /// Writes a batch: what cannot be kept as evidence is not recorded either.
    pub(super) async fn write(&mut self, batch: &mut Vec<Written>) -> anyhow::Result<()> {
        self.keep(batch)
            .context("write the evidence (fetch.evidence): what cannot be kept is not used")?;
        let visits: Vec<Visit<'_>> = batch.iter().map(visit).collect();
        let recorded = self.store.record_visits(&visits, self.context.now());
        let recorded = recorded.await?;
        for (written, recorded) in batch.drain(..).zip(recorded) {
            if recorded.article == Recorded::Removed && self.archive.is_some() {
                remove_evidence(self.context, &written.read)
                    .with_context(|| format!("remove evidence of {}", written.read.visited.item))?;
            }
            self.progress.count(written.read.outcome());
            self.tally.count(&written.read, recorded);
            // Who does not wait for it is not told.
            written.done.map(|done| done.send(()).ok());
        }
        Ok(())
    }

    fn keep(&mut self, batch: &mut [Written]) -> io::Result<()> {
        let Some(archive) = &mut self.archive else {
            return Ok(());
        };
        for written in batch {
            for (attempt, member) in written.read.attempts.iter_mut().zip(&written.members) {
                let place = archive.append(member)?;
                if let Some(answer) = &mut attempt.answer {
                    answer.place = Some((place.file, place.offset));
                }
            }
            written.members.clear();
        }
        archive.sync()
    }
}

/// Adds what comes within [`LINGER`] to a batch that is not full, unless somebody waits for it.
async fn gather(visits: &mut mpsc::Receiver<Written>, batch: &mut Vec<Written>) {
    let until = Instant::now() + LINGER;
    while batch.len() < BATCH && batch.iter().all(|written| !written.is_awaited()) {
        match timeout_at(until, visits.recv()).await {
            Ok(Some(next)) => batch.push(next),
            Ok(None) | Err(_) => break,
        }
    }
}

/// Removes what was written of an article that was removed while it was asked for, or before.
fn remove_evidence(context: &Context, read: &Read) -> anyhow::Result<()> {
    let pages = read
        .attempts
        .iter()
        .filter(|attempt| attempt.role == "page");
    for attempt in pages {
        let place = attempt
            .answer
            .as_ref()
            .and_then(|answer| answer.place.clone());
        if let Some((file, offset)) = place {
            let address = attempt.address.clone();
            let place = EvidencePlace {
                file,
                offset,
                address,
            };
            remove_record(context, &place)?;
        }
    }
    Ok(())
}

fn visit(written: &Written) -> Visit<'_> {
    let read = &written.read;
    let (article, assignments, listed) = match &read.content {
        Ok(Content::Article(article, assignments)) => (Some(&**article), &assignments[..], &[][..]),
        Ok(Content::List(listed)) => (None, &[][..], &listed[..]),
        Ok(Content::NotModified | Content::File(_)) | Err(_) => (None, &[][..], &[][..]),
    };
    Visit {
        record: FetchRecord {
            source: &read.visited.source,
            item: &read.visited.item,
            digest: "",
            outcome: read.outcome(),
            detail: read.detail(),
            article,
            assignments,
        },
        role: read.visited.reads.role(),
        attempts: &read.attempts,
        listed,
        next: written.next.as_ref().map(|next| Next {
            holder: &next.holder,
            due_at: next.due_at,
            n_failures: next.n_failures,
            n_visits: next.n_visits,
        }),
    }
}

impl Tally {
    /// Counts what a visit came to.
    fn count(&mut self, read: &Read, recorded: RecordedVisit) {
        if !recorded.is_held {
            self.n_unchanged += usize::from(recorded == RecordedVisit::default());
            return;
        }
        self.n_unchanged += recorded.listed.n_known;
        self.n_refused_before += recorded.listed.n_refused;
        self.n_later += recorded.listed.n_later;
        match (&read.content, recorded.article) {
            // It is still due, and that the run was stopped has been said.
            (Err(failure), _) if failure.kind == STOPPED => {}
            (Err(failure), _) => self.skip(&read.visited.item, &failure.detail),
            (Ok(Content::NotModified), _) => self.n_not_modified += 1,
            // Whoever asked for it tells what came of it.
            (Ok(Content::File(_)), _) => {}
            (Ok(Content::List(_)), _) => self.n_lists += 1,
            (Ok(Content::Article(..)), Recorded::Removed) => self.n_refused_before += 1,
            (Ok(Content::Article(..)), Recorded::NewArticle) => self.n_new += 1,
            (Ok(Content::Article(..)), Recorded::NewRevision) => self.n_revised += 1,
            (Ok(Content::Article(..)), Recorded::Unchanged) => self.n_unchanged += 1,
        }
    }
}
