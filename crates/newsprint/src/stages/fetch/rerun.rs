//! `fetch --replay`: the rows that were made when a folder of evidence was written, made of it again.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use newsprint_fetcher::message::Message;
use newsprint_fetcher::warc::{Record, Records};
use newsprint_store::Store;

use super::Tally;
use super::evidence::{Kept, earlier, kept};
use super::visited::{Visited, read};
use super::warc::listed;
use super::writer::{Writer, Written};
use crate::context::Context;

/// An address and when its answer was captured: what revisits name an earlier answer by.
type Captured = (String, DateTime<Utc>);

/// Visits of a folder, as its records come.
struct Replay<'a> {
    writer: Writer<'a>,
    context: &'a Context,
    /// How many revisits stand for each earlier answer.
    wanted: HashMap<Captured, usize>,
    bodies: HashMap<Captured, Vec<u8>>,
    /// The visit of which records have been read.
    open: Option<Visited>,
    batch: Vec<Written>,
}

/// Reads every visit that newsprint kept in `folder`.
pub(super) async fn rerun(
    context: &Context,
    store: &Store,
    folder: &Path,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    let files = listed(folder).with_context(|| format!("read {}", folder.display()))?;
    let shown = folder.display().to_string();
    if files.is_empty() {
        tally.skip(&shown, "holds no .warc or .warc.gz file");
    }
    let mut replay = Replay {
        writer: Writer::new(context, store, None),
        context,
        wanted: HashMap::new(),
        bodies: HashMap::new(),
        open: None,
        batch: Vec::new(),
    };
    for file in &files {
        for record in records(file)?.flatten() {
            replay.want(&record);
        }
    }
    for file in &files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        for record in records(file)? {
            if context.is_cancelled() {
                break;
            }
            match record {
                Ok(record) => replay.take(&record, &name, tally).await?,
                Err(damage) => tally.skip(&file.display().to_string(), damage),
            }
        }
        replay.leave(tally);
    }
    replay.write().await?;
    tally.add(replay.writer.tally);
    Ok(())
}

fn records(file: &Path) -> anyhow::Result<Records<File>> {
    let shown = || format!("read {}", file.display());
    Records::new(File::open(file).with_context(shown)?).with_context(shown)
}

impl Replay<'_> {
    /// Notes the earlier answer that a revisit stands for.
    fn want(&mut self, record: &Record) {
        if let (Some(at), Some(address)) = (earlier(record), record.address()) {
            *self.wanted.entry((address.to_owned(), at)).or_default() += 1;
        }
    }

    /// Takes the next record of a file.
    async fn take(&mut self, record: &Record, file: &str, tally: &mut Tally) -> anyhow::Result<()> {
        if record.is_removed() {
            // What is left of its visit says nothing.
            self.open = None;
            return Ok(());
        }
        let Some(mut kept) = kept(record, file).filter(|_| record.is_whole) else {
            return Ok(());
        };
        if let Err(problem) = self.complete(&mut kept) {
            tally.skip(&kept.item, problem);
        }
        let (place, of) = kept.place;
        if place == 1 {
            self.leave(tally);
        }
        let visited = self.open.get_or_insert_with(|| Visited {
            source: kept.source.clone(),
            item: kept.item.clone(),
            reads: kept.reads.clone(),
            exchanges: Vec::new(),
        });
        visited.exchanges.push(kept.exchange);
        if place == of {
            self.conclude(of, tally);
        }
        if self.batch.len() >= 64 {
            self.write().await?;
        }
        Ok(())
    }

    /// Keeps a body that a later revisit stands for, and gives a revisit its body.
    fn complete(&mut self, kept: &mut Kept) -> Result<(), String> {
        let exchange = &mut kept.exchange;
        let Ok(received) = &mut exchange.result else {
            return Ok(());
        };
        let message: &mut Message = &mut received.message;
        let Some(at) = exchange.earlier else {
            let captured = (exchange.address.clone(), exchange.at);
            if self.wanted.contains_key(&captured) {
                self.bodies.insert(captured, message.sent.clone());
            }
            return Ok(());
        };
        let captured = (exchange.address.clone(), at);
        let body = self.bodies.get(&captured).ok_or_else(|| {
            format!("its body was captured at {at}, in a file that is not in the folder")
        })?;
        message.sent.clone_from(body);
        // The last revisit of a body lets it go.
        if let Some(n) = self.wanted.get_mut(&captured) {
            *n -= 1;
            if *n == 0 {
                self.bodies.remove(&captured);
            }
        }
        Ok(())
    }

    /// Reads the visit whose last record has come.
    fn conclude(&mut self, n_exchanges: usize, tally: &mut Tally) {
        if self
            .open
            .as_ref()
            .is_some_and(|visited| visited.exchanges.len() != n_exchanges)
        {
            return self.leave(tally);
        }
        let visited = self.open.take();
        self.batch.extend(visited.map(|visited| Written {
            read: read(self.context, visited),
            members: vec![],
            next: None,
            done: None,
            _room: None,
        }));
    }

    /// Leaves out a visit of which records are missing: the run that wrote them was killed.
    fn leave(&mut self, tally: &mut Tally) {
        if let Some(visited) = self.open.take() {
            tally.skip(
                &visited.item,
                "its last records are missing: the run was cut off",
            );
        }
    }

    async fn write(&mut self) -> anyhow::Result<()> {
        let mut batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        self.writer.write(&mut batch).await
    }
}
