//! Commits what became of an item, with its sessions.

use chrono::{DateTime, Utc};
use newsprint_domain::article::Article;
use newsprint_domain::calendar::Calendar;
use newsprint_fetcher::error::FetchError;
use newsprint_store::{DELETED, FetchRecord, KnownItem, Recorded, SessionAssignment, Store};
use newsprint_study::alignment::align;

use super::Tally;
use crate::context::Context;

/// Which item of which source, as fetch outcomes name it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) source: &'a str,
    pub(super) name: &'a str,
    /// Digest of a file's bytes; empty for an address.
    pub(super) digest: &'a str,
}

/// Whether the item's last outcome settles it: an article, or a failure that another attempt would repeat.
pub(super) fn is_settled(known: Option<&KnownItem>, digest: &str, tally: &mut Tally) -> bool {
    match known {
        Some(known) if known.digest == digest && known.outcome == "ok" => tally.n_unchanged += 1,
        Some(known)
            if known.digest == digest
                && (known.outcome == DELETED || FetchError::is_final(&known.outcome)) =>
        {
            tally.n_refused_before += 1
        }
        _ => return false,
    }
    true
}

/// Commits an article with its sessions, or the reason why there is none.
pub(super) async fn record(
    context: &Context,
    store: &Store,
    item: Item<'_>,
    result: Result<Article, FetchError>,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    let result = match result {
        Ok(article) => Ok(seen(store, article).await?),
        Err(error) => Err(error),
    };
    let detail = result
        .as_ref()
        .err()
        .map(ToString::to_string)
        .unwrap_or_default();
    let assignments = result
        .as_ref()
        .map(|article| assignments(context, article))
        .unwrap_or_default();
    let record = FetchRecord {
        source: item.source,
        item: item.name,
        digest: item.digest,
        outcome: result.as_ref().err().map_or("ok", FetchError::kind),
        detail: &detail,
        article: result.as_ref().ok(),
        assignments: &assignments,
    };
    match (store.record_fetch(&record, context.now()).await?, &result) {
        (_, Err(error)) => tally.skip(item.name, error),
        (Recorded::Removed, _) => tally.n_refused_before += 1,
        (Recorded::NewArticle, _) => tally.n_new += 1,
        (Recorded::NewRevision, _) => tally.n_revised += 1,
        (Recorded::Unchanged, _) => tally.n_unchanged += 1,
    }
    Ok(())
}

/// A revision of an article that is stored already cannot have been available before we saw it, wherever it comes from.
async fn seen(store: &Store, article: Article) -> anyhow::Result<Article> {
    let is_later = article.replayed && store.has_article(&article.article_id()).await?;
    Ok(Article {
        replayed: article.replayed && !is_later,
        ..article
    })
}

/// Stamps stored revisions by calendars that they have not been stamped by.
pub(super) async fn reassign_sessions(context: &Context, store: &Store) -> anyhow::Result<()> {
    for calendar in context.config.calendars.values() {
        let (exchange, version) = (calendar.exchange(), calendar.version());
        let (revisions, last) = store.unassigned(exchange, version).await?;
        let assigned: Vec<_> = revisions
            .into_iter()
            .map(|(key, instant)| (key, assignment(calendar, instant)))
            .collect();
        if !assigned.is_empty() {
            store.record_assignments(&assigned, context.now()).await?;
        }
        store.finish_pass(exchange, version, last).await?;
    }
    Ok(())
}

pub(super) fn assignments(context: &Context, article: &Article) -> Vec<SessionAssignment> {
    context
        .config
        .calendars
        .values()
        .map(|calendar| assignment(calendar, article.available_at()))
        .collect()
}

fn assignment(calendar: &Calendar, instant: DateTime<Utc>) -> SessionAssignment {
    SessionAssignment {
        exchange: calendar.exchange().clone(),
        calendar_version: calendar.version().to_owned(),
        // Outside the calendar a revision stays unassigned, and is tried again by the next calendar.
        alignment: align(calendar, instant).ok(),
    }
}
