//! What came of asking an address: a row for each request or refusal, and the article or list that it gave.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use newsprint_domain::article::Article;
use serde_json::{Value, json};

use crate::articles::{FetchRecord, Recorded, insert_fetch};
use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::listings::{ListedCounts, enqueue, insert_listings};
use crate::queue::{Listed, Next, finish};
use crate::removal::{insert_removed, removed_among, removed_attempt};
use crate::rows::{instant, micros};
use crate::sql::{Transaction, json_rows, query};
use crate::tallies::{Tallies, alone, settle};

/// One request, or the decision that there be none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// `list`, `page` or `robots`.
    pub role: &'static str,
    /// The address that was asked.
    pub address: String,
    /// `ok`, `redirect`, `not_modified` or the kind of failure.
    pub outcome: String,
    /// What to say of it.
    pub detail: String,
    /// What robots.txt says of the address, and by which rule; none for robots.txt itself.
    pub robots: Option<(bool, Option<String>)>,
    /// JSON array of what the answer reserves of mining and learning.
    pub reservations: String,
    /// What was answered; `None` where nothing was.
    pub answer: Option<Answered>,
    /// When it was asked or refused.
    pub attempted_at: DateTime<Utc>,
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Who answered.
    pub ip: Option<String>,
    /// HTTP status code.
    pub status: u16,
    /// Bytes of the body as it was sent.
    pub wire_bytes: u64,
    /// `ETag`, where it may be sent back.
    pub etag: Option<String>,
    /// `Last-Modified`, where it may be sent back.
    pub last_modified: Option<String>,
    /// Until when the answer may be used without asking again.
    pub fresh_until: Option<DateTime<Utc>>,
    /// Digest of the body as it was sent.
    pub payload: String,
    /// When the record was captured that holds this payload.
    pub kept_at: DateTime<Utc>,
    /// File and offset of the evidence; `None` where none is kept.
    pub place: Option<(String, u64)>,
}

/// One item's turn: all requests that were made for it, and what they came to.
#[derive(Debug, Clone)]
pub struct Visit<'a> {
    /// Source, item, outcome and article.
    pub record: FetchRecord<'a>,
    /// `list` or `page`.
    pub role: &'a str,
    /// In their order; the last one gave the outcome.
    pub attempts: &'a [Attempt],
    /// What a list names.
    pub listed: &'a [Listed],
    /// The claim that this ends; `None` in a replay.
    pub next: Option<Next<'a>>,
}

/// What recording a visit changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordedVisit {
    /// The article.
    pub article: Recorded,
    /// Addresses of a list that had been known.
    pub listed: ListedCounts,
    /// Whether the claim still held; else only the requests were recorded, and of a replay that was recorded before nothing.
    pub is_held: bool,
}

/// What is known of an address from its last answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAnswer {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
    /// Until when it need not be asked again.
    pub fresh_until: Option<DateTime<Utc>>,
    /// Digest of the body.
    pub payload: String,
    /// When the record was captured that holds it.
    pub kept_at: DateTime<Utc>,
}

impl Store {
    /// The last whole answer of an address in this role.
    pub async fn known_answer(
        &self,
        address: &str,
        role: &str,
    ) -> Result<Option<KnownAnswer>, StoreError> {
        let row = query(
            "SELECT etag, last_modified, fresh_until, payload, kept_at FROM fetch_attempt
             WHERE address = $1 AND role = $2 AND outcome = 'ok' AND payload IS NOT NULL AND kept_at IS NOT NULL
             ORDER BY fetch_attempt_key DESC LIMIT 1",
        );
        let row = row
            .bind(address)
            .bind(role)
            .fetch_optional(&self.pool)
            .await
            .map_err(doing("read the last answer"))?;
        let known = row.map(|row| {
            let fresh_until = row.get::<Option<i64>>(2);
            Ok(KnownAnswer {
                etag: row.get(0),
                last_modified: row.get(1),
                fresh_until: fresh_until
                    .map(|until| instant("fetch_attempt", until))
                    .transpose()?,
                payload: row.get(3),
                kept_at: instant("fetch_attempt", row.get(4))?,
            })
        });
        known.transpose()
    }

    /// Records visits in one transaction, in their order.
    pub async fn record_visits(
        &self,
        visits: &[Visit<'_>],
        now: DateTime<Utc>,
    ) -> Result<Vec<RecordedVisit>, StoreError> {
        let mut transaction = self.begin().await?;
        alone(&mut transaction).await?;
        let held = held(&mut transaction, visits).await?;
        let pages = visits.iter().filter(|visit| visit.role == "page");
        let removed = removed_among(&mut transaction, pages.map(|visit| &visit.record)).await?;
        let mut recorded = Vec::with_capacity(visits.len());
        let mut attempts = Vec::new();
        let mut tallies = Tallies::new();
        for (place, visit) in visits.iter().enumerate() {
            let is_held = held.contains(&place);
            if visit.next.is_none() && is_recorded(&mut transaction, visit).await? {
                recorded.push(RecordedVisit::default());
                continue;
            }
            let is_removed = visit.role == "page" && removed.holds(&visit.record);
            let revision = visit.record.article.filter(|_| is_held && !is_removed);
            let revision = revision.map(Article::revision_id);
            recorded.push(match is_removed {
                true => RecordedVisit {
                    article: insert_removed(&mut transaction, &visit.record, &mut tallies, now)
                        .await?,
                    listed: ListedCounts::default(),
                    is_held: true,
                },
                false => insert_visit(&mut transaction, visit, is_held, &mut tallies, now).await?,
            });
            for (place, attempt) in visit.attempts.iter().enumerate() {
                let is_last = place + 1 == visit.attempts.len();
                let FetchRecord { source, item, .. } = visit.record;
                let attempt = match is_removed && attempt.outcome == "ok" {
                    true => Cow::Owned(removed_attempt(attempt)),
                    false => Cow::Borrowed(attempt),
                };
                attempts.push(row(
                    source,
                    item,
                    &attempt,
                    revision.as_deref().filter(|_| is_last),
                ));
            }
        }
        insert_attempts(&mut transaction, &attempts, now).await?;
        settle(&mut transaction, &tallies, now).await?;
        let committed = transaction.commit().await;
        committed.map_err(doing("commit visits"))?;
        Ok(recorded)
    }
}

/// Whether a visit that is replayed has been recorded before, live or by another replay.
async fn is_recorded(transaction: &mut Transaction, visit: &Visit<'_>) -> Result<bool, StoreError> {
    let Some(last) = visit.attempts.last() else {
        return Ok(false);
    };
    let row = query(
        "SELECT EXISTS (SELECT 1 FROM fetch_attempt WHERE address = $1 AND item = $2 AND role = $3 AND attempted_at = $4)",
    );
    let row = row.bind(&last.address).bind(visit.record.item);
    let row = row.bind(last.role).bind(micros(last.attempted_at));
    let row = row.fetch_one(&mut *transaction).await;
    Ok(row.map_err(doing("look for a visit"))?.get(0))
}

/// Places of the visits of which the claim still holds, or that need none.
async fn held(
    transaction: &mut Transaction,
    visits: &[Visit<'_>],
) -> Result<BTreeSet<usize>, StoreError> {
    let mut ended = Vec::new();
    let mut held = BTreeSet::new();
    for (place, visit) in visits.iter().enumerate() {
        match visit.next {
            Some(next) => ended.push((place, visit.record.item, visit.role, next)),
            None => drop(held.insert(place)),
        }
    }
    if !ended.is_empty() {
        held.extend(finish(transaction, &ended).await?);
    }
    Ok(held)
}

/// Records a visit but for its requests.
async fn insert_visit(
    transaction: &mut Transaction,
    visit: &Visit<'_>,
    is_held: bool,
    tallies: &mut Tallies,
    now: DateTime<Utc>,
) -> Result<RecordedVisit, StoreError> {
    let mut recorded = RecordedVisit {
        article: Recorded::Unchanged,
        listed: ListedCounts::default(),
        is_held,
    };
    if is_held && visit.role == "page" {
        recorded.article = insert_fetch(transaction, &visit.record, tallies, now).await?;
    }
    let source = visit.record.source;
    let listed_at = visit.attempts.last().map_or(now, |last| last.attempted_at);
    if is_held && !visit.listed.is_empty() {
        match visit.next {
            Some(_) => {
                let times = (listed_at, now);
                recorded.listed =
                    enqueue(transaction, source, visit.listed, times, tallies).await?;
            }
            None => {
                let times = (listed_at, now);
                insert_listings(transaction, source, visit.listed, times, tallies).await?;
            }
        }
    }
    Ok(recorded)
}

/// A request as the columns of its row, up to when it was recorded; the revision that it saw by its id.
fn row(source: &str, item: &str, attempt: &Attempt, revision: Option<&str>) -> Value {
    let answer = attempt.answer.as_ref();
    let place = answer.and_then(|answer| answer.place.as_ref());
    let (robots_allowed, robots_rule) = attempt.robots.clone().unzip();
    json!([
        source,
        item,
        attempt.role,
        attempt.address,
        attempt.outcome,
        attempt.detail,
        robots_allowed.map(u8::from),
        robots_rule.flatten(),
        attempt.reservations,
        answer.and_then(|answer| answer.ip.as_deref()),
        answer.map(|answer| answer.status),
        answer.map(|answer| answer.wire_bytes),
        answer.and_then(|answer| answer.etag.as_deref()),
        answer.and_then(|answer| answer.last_modified.as_deref()),
        answer.and_then(|answer| answer.fresh_until).map(micros),
        answer.map(|answer| answer.payload.as_str()),
        answer.map(|answer| micros(answer.kept_at)),
        place.map(|(file, _)| file),
        place.map(|(_, offset)| offset),
        revision,
        micros(attempt.attempted_at),
    ])
}

async fn insert_attempts(
    transaction: &mut Transaction,
    rows: &[Value],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let inserted = query(
        "INSERT INTO fetch_attempt (source, item, role, address, outcome, detail, robots_allowed, robots_rule, reservations, ip, status,
                                    wire_bytes, etag, last_modified, fresh_until, payload, kept_at, file, record_offset, revision_key,
                                    attempted_at, recorded_at)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, CAST(value ->> 6 AS BOOLEAN), value ->> 7, value ->> 8,
                value ->> 9, CAST(value ->> 10 AS BIGINT), CAST(value ->> 11 AS BIGINT), value ->> 12, value ->> 13, CAST(value ->> 14 AS BIGINT), value ->> 15, CAST(value ->> 16 AS BIGINT),
                value ->> 17, CAST(value ->> 18 AS BIGINT), (SELECT revision_key FROM revision WHERE revision_id = value ->> 19), CAST(value ->> 20 AS BIGINT), $2
         FROM json_each($1) ORDER BY key",
    );
    let inserted = inserted.bind(json_rows(rows.to_vec())).bind(micros(now));
    let inserted = inserted.execute(&mut *transaction).await;
    inserted.map_err(doing("record requests"))?;
    Ok(())
}
