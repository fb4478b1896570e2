//! What came of asking an address: a row for each request or refusal, and the article or list that it gave.

use chrono::{DateTime, Utc};
use sqlx::{Row as _, Sqlite, Transaction};

use crate::articles::{FetchRecord, Recorded, insert_fetch};
use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::queue::{Listed, ListedCounts, Next, enqueue, finish, insert_listing};
use crate::rows::{instant, micros};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedVisit {
    /// The article.
    pub article: Recorded,
    /// Addresses of a list that had been known.
    pub listed: ListedCounts,
    /// Whether the claim still held; else only the requests were recorded.
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
        let row = sqlx::query(
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
            let fresh_until = row.get::<Option<i64>, _>(2);
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
        let mut recorded = Vec::with_capacity(visits.len());
        for visit in visits {
            recorded.push(insert_visit(&mut transaction, visit, now).await?);
        }
        let committed = transaction.commit().await;
        committed.map_err(doing("commit visits"))?;
        Ok(recorded)
    }
}

async fn insert_visit(
    transaction: &mut Transaction<'_, Sqlite>,
    visit: &Visit<'_>,
    now: DateTime<Utc>,
) -> Result<RecordedVisit, StoreError> {
    let FetchRecord { source, item, .. } = visit.record;
    let mut recorded = RecordedVisit {
        article: Recorded::Unchanged,
        listed: ListedCounts::default(),
        is_held: match visit.next {
            Some(next) => finish(transaction, item, visit.role, next).await?,
            None => true,
        },
    };
    let mut revision = None;
    if recorded.is_held && visit.role == "page" {
        (revision, recorded.article) = insert_fetch(transaction, &visit.record, now).await?;
    }
    if recorded.is_held && visit.next.is_some() {
        recorded.listed = enqueue(transaction, source, visit.listed, now).await?;
    } else if recorded.is_held {
        for page in visit.listed.iter().filter(|listed| listed.role == "page") {
            insert_listing(transaction, source, &page.item, now).await?;
        }
    }
    for (place, attempt) in visit.attempts.iter().enumerate() {
        let is_last = place + 1 == visit.attempts.len();
        let revision = revision.filter(|_| is_last);
        insert_attempt(transaction, (source, item), attempt, revision, now).await?;
    }
    Ok(recorded)
}

async fn insert_attempt(
    transaction: &mut Transaction<'_, Sqlite>,
    (source, item): (&str, &str),
    attempt: &Attempt,
    revision: Option<i64>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let answer = attempt.answer.as_ref();
    let place = answer.and_then(|answer| answer.place.as_ref());
    let (robots_allowed, robots_rule) = attempt.robots.clone().unzip();
    sqlx::query(
        "INSERT INTO fetch_attempt (source, item, role, address, outcome, detail, robots_allowed, robots_rule, reservations, ip, status,
                                    wire_bytes, etag, last_modified, fresh_until, payload, kept_at, file, record_offset, revision_key,
                                    attempted_at, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
    )
    .bind(source)
    .bind(item)
    .bind(attempt.role)
    .bind(&attempt.address)
    .bind(&attempt.outcome)
    .bind(&attempt.detail)
    .bind(robots_allowed)
    .bind(robots_rule.flatten())
    .bind(&attempt.reservations)
    .bind(answer.and_then(|answer| answer.ip.as_deref()))
    .bind(answer.map(|answer| answer.status))
    .bind(answer.map(|answer| column(answer.wire_bytes)))
    .bind(answer.and_then(|answer| answer.etag.as_deref()))
    .bind(answer.and_then(|answer| answer.last_modified.as_deref()))
    .bind(answer.and_then(|answer| answer.fresh_until).map(micros))
    .bind(answer.map(|answer| answer.payload.as_str()))
    .bind(answer.map(|answer| micros(answer.kept_at)))
    .bind(place.map(|(file, _)| file.as_str()))
    .bind(place.map(|(_, offset)| column(*offset)))
    .bind(revision)
    .bind(micros(attempt.attempted_at))
    .bind(micros(now))
    .execute(&mut **transaction)
    .await
    .map_err(doing("record a request"))?;
    Ok(())
}

/// A count of bytes as a column.
fn column(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
