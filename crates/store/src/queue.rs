//! Addresses that are to be fetched: the store is the queue, so that a run that is killed goes on where it was.
//!
//! Like leases, these rows say what holds now and are updated.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::{Row as _, Sqlite, Transaction};

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::hosts::{HostRules, LONGEST_REST, Lease, Permit, take};
use crate::rows::micros;

/// Whether an item is due by $1 and of one of the sources in the JSON array $2.
const DUE: &str = "i.due_at <= $1 AND (i.source IN (SELECT value FROM json_each($2))
     OR EXISTS (SELECT 1 FROM listing l WHERE l.item = i.item AND l.source IN (SELECT value FROM json_each($2))))";

/// An address that a source is, or names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The address.
    pub item: String,
    /// `list` or `page`.
    pub role: &'static str,
    /// Its host.
    pub host: String,
    /// Lists that lead to it.
    pub depth: u32,
}

/// An address whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedItem {
    /// The address.
    pub item: String,
    /// `list` or `page`.
    pub role: String,
    /// The source that named it first.
    pub source: String,
    /// Lists that lead to it.
    pub depth: u32,
    /// Visits that failed in a row.
    pub n_failures: u32,
    /// Visits that gave an article.
    pub n_visits: u32,
}

/// What claims of one run have in common.
#[derive(Debug, Clone, Copy)]
pub struct Claims<'a> {
    /// Who claims.
    pub holder: &'a str,
    /// The sources of the run.
    pub sources: &'a Sources,
    /// Items due by then.
    pub due_by: DateTime<Utc>,
    /// How long a claim holds where it is not given back.
    pub lasts: TimeDelta,
}

/// Names of the sources of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources(String);

impl Sources {
    /// These sources.
    pub fn new(names: &[String]) -> Self {
        Self(json!(names).to_string())
    }
}

/// When an item that was claimed is due again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next<'a> {
    /// Who had claimed it.
    pub holder: &'a str,
    /// When it is due; `None` where it is settled.
    pub due_at: Option<DateTime<Utc>>,
    /// Visits that failed in a row.
    pub n_failures: u32,
    /// Visits that gave an article.
    pub n_visits: u32,
}

impl Store {
    /// Makes an address that a source is due at `now`, unless it waits for a later instant; asked for `by_hand` it is due all the same.
    pub async fn make_due(
        &self,
        source: &str,
        address: &Listed,
        by_hand: bool,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_hurried().await?;
        sqlx::query(
            "INSERT INTO fetch_item (item, role, source, host, depth, due_at, n_failures, n_visits)
             VALUES ($1, $2, $3, $4, $5, $6, 0, 0)
             ON CONFLICT (item, role) DO UPDATE SET due_at = $6 WHERE fetch_item.due_at IS NULL OR $7",
        )
        .bind(&address.item)
        .bind(address.role)
        .bind(source)
        .bind(&address.host)
        .bind(address.depth)
        .bind(micros(now))
        .bind(by_hand)
        .execute(&mut *transaction)
        .await
        .map_err(doing("queue a source"))?;
        insert_listings(&mut transaction, source, std::slice::from_ref(address), now).await?;
        let committed = transaction.commit().await;
        committed.map_err(doing("queue a source"))
    }

    /// Makes the lists below a source's own due, which are read whenever it is.
    pub async fn make_lower_lists_due(
        &self,
        source: &str,
        by_hand: bool,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let made = sqlx::query(
            "UPDATE fetch_item SET due_at = $2
             WHERE source = $1 AND role = 'list' AND depth > 0 AND (due_at IS NULL OR $3)",
        );
        let made = made.bind(source).bind(micros(now)).bind(by_hand);
        let made = made.execute(&self.hurried).await;
        made.map_err(doing("queue a source's lists"))?;
        Ok(())
    }

    /// Hosts at which something of these sources is due that nobody has claimed at `now`.
    pub async fn hosts_due(
        &self,
        sources: &Sources,
        due_by: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Vec<String>, StoreError> {
        let query = format!(
            "SELECT DISTINCT i.host FROM fetch_item i WHERE {DUE} AND (i.claimed_until IS NULL OR i.claimed_until <= $3)
             ORDER BY i.host"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(micros(due_by))
            .bind(&sources.0)
            .bind(micros(now))
            .fetch_all(&self.pool)
            .await
            .map_err(doing("read the queue"))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Leases `host` and claims its next item; `None` where nothing is due there that nobody else has claimed.
    pub async fn claim(
        &self,
        host: &str,
        claims: Claims<'_>,
        rules: HostRules,
        now: DateTime<Utc>,
    ) -> Result<Option<Lease<(Permit, QueuedItem)>>, StoreError> {
        let mut transaction = self.begin_hurried().await?;
        let Some(item) = next_item(&mut transaction, host, claims, now).await? else {
            return Ok(None);
        };
        let permit = match take(&mut transaction, host, claims.holder, rules, now).await? {
            Lease::Granted(permit) => permit,
            Lease::Wait { until, reason } => return Ok(Some(Lease::Wait { until, reason })),
            Lease::Spent { until } => return Ok(Some(Lease::Spent { until })),
        };
        let claimed = sqlx::query(
            "UPDATE fetch_item SET claimed_until = $3, holder = $4 WHERE item = $1 AND role = $2",
        );
        claimed
            .bind(&item.item)
            .bind(&item.role)
            .bind(micros(now + claims.lasts))
            .bind(claims.holder)
            .execute(&mut *transaction)
            .await
            .map_err(doing("claim an item"))?;
        let committed = transaction.commit().await;
        committed.map_err(doing("claim an item"))?;
        Ok(Some(Lease::Granted((permit, item))))
    }

    /// What is kept of an origin's robots.txt; `None` where it must be fetched.
    pub async fn kept_robots(
        &self,
        origin: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let row = sqlx::query("SELECT body FROM robots WHERE origin = $1 AND expires_at > $2");
        let row = row.bind(origin).bind(micros(now));
        let row = row.fetch_optional(&self.pool).await;
        let row = row.map_err(doing("read a robots.txt"))?;
        Ok(row.map(|row| row.get(0)))
    }

    /// Keeps an origin's robots.txt until it expires.
    pub async fn keep_robots(
        &self,
        origin: &str,
        body: &[u8],
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let kept = sqlx::query(
            "INSERT INTO robots (origin, body, expires_at) VALUES ($1, $2, $3)
             ON CONFLICT (origin) DO UPDATE SET body = $2, expires_at = $3",
        );
        let kept = kept.bind(origin).bind(body).bind(micros(expires_at));
        let kept = kept.execute(&self.hurried).await;
        kept.map_err(doing("keep a robots.txt"))?;
        Ok(())
    }
}

/// The item at `host` that has been due for longest and that nobody has claimed.
async fn next_item(
    transaction: &mut Transaction<'_, Sqlite>,
    host: &str,
    claims: Claims<'_>,
    now: DateTime<Utc>,
) -> Result<Option<QueuedItem>, StoreError> {
    let query = format!(
        "SELECT i.item, i.role, i.source, i.depth, i.n_failures, i.n_visits FROM fetch_item i
         WHERE i.host = $3 AND {DUE}
           AND (i.claimed_until IS NULL OR i.claimed_until <= $4 OR i.claimed_until > $5)
         ORDER BY i.due_at, i.role, i.item LIMIT 1"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(micros(claims.due_by))
        .bind(&claims.sources.0)
        .bind(host)
        .bind(micros(now))
        // A claim that lasts longer than any was made while the clock was wrong.
        .bind(micros(now + claims.lasts + LONGEST_REST))
        .fetch_optional(&mut **transaction)
        .await
        .map_err(doing("read the queue"))?;
    Ok(row.map(|row| QueuedItem {
        item: row.get(0),
        role: row.get(1),
        source: row.get(2),
        depth: row.get(3),
        n_failures: row.get(4),
        n_visits: row.get(5),
    }))
}

/// Ends claims of items in their roles; those among them that still held, by their place. Of the others nothing may be recorded:
/// somebody else has the item.
pub(crate) async fn finish(
    transaction: &mut Transaction<'_, Sqlite>,
    ended: &[(usize, &str, &str, Next<'_>)],
) -> Result<BTreeSet<usize>, StoreError> {
    let rows: Vec<_> = ended
        .iter()
        .map(|(place, item, role, next)| {
            let due_at = next.due_at.map(micros);
            json!([
                place,
                item,
                role,
                next.holder,
                due_at,
                next.n_failures,
                next.n_visits
            ])
        })
        .collect();
    let finished = sqlx::query(
        "WITH ended AS (
             SELECT value ->> 0 AS place, value ->> 1 AS item, value ->> 2 AS role, value ->> 3 AS holder, value ->> 4 AS due_at,
                    value ->> 5 AS n_failures, value ->> 6 AS n_visits
             FROM json_each($1))
         UPDATE fetch_item SET due_at = e.due_at, n_failures = e.n_failures, n_visits = e.n_visits, claimed_until = NULL, holder = NULL
         FROM ended e WHERE fetch_item.item = e.item AND fetch_item.role = e.role AND fetch_item.holder = e.holder
         RETURNING (SELECT place FROM ended WHERE ended.item = fetch_item.item AND ended.role = fetch_item.role)",
    );
    let finished = finished.bind(json!(rows).to_string());
    let finished = finished.fetch_all(&mut **transaction).await;
    let finished = finished.map_err(doing("end claims"))?;
    let places = finished.iter().map(|row| row.get::<i64, _>(0));
    Ok(places
        .filter_map(|place| usize::try_from(place).ok())
        .collect())
}

/// What became of the addresses of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ListedCounts {
    /// Known, and read before.
    pub n_known: usize,
    /// Known, and refused for good.
    pub n_refused: usize,
    /// Known, failed, and to be asked again later.
    pub n_later: usize,
}

/// Queues what a list names; what is known already stays as it is.
pub(crate) async fn enqueue(
    transaction: &mut Transaction<'_, Sqlite>,
    source: &str,
    listed: &[Listed],
    now: DateTime<Utc>,
) -> Result<ListedCounts, StoreError> {
    let rows: Vec<_> = listed
        .iter()
        .map(|listed| json!([listed.item, listed.role, listed.host, listed.depth]))
        .collect();
    let rows = json!(rows).to_string();
    let counts = count(transaction, &rows, now).await?;
    let queued = sqlx::query(
        "INSERT INTO fetch_item (item, role, source, host, depth, due_at, n_failures, n_visits)
         SELECT value ->> 0, value ->> 1, $2, value ->> 2, value ->> 3, $3, 0, 0 FROM json_each($1) WHERE true ORDER BY key
         ON CONFLICT (item, role) DO NOTHING",
    );
    let queued = queued.bind(&rows).bind(source).bind(micros(now));
    let queued = queued.execute(&mut **transaction).await;
    queued.map_err(doing("queue addresses"))?;
    insert_listings(transaction, source, listed, now).await?;
    Ok(counts)
}

/// What is known of the pages of a list before it is queued.
async fn count(
    transaction: &mut Transaction<'_, Sqlite>,
    rows: &str,
    now: DateTime<Utc>,
) -> Result<ListedCounts, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) FILTER (WHERE n_visits > 0 AND (due_at IS NULL OR due_at > $2)),
                COUNT(*) FILTER (WHERE n_visits = 0 AND due_at IS NULL),
                COUNT(*) FILTER (WHERE n_visits = 0 AND due_at > $2)
         FROM fetch_item WHERE role = 'page' AND item IN (SELECT value ->> 0 FROM json_each($1) WHERE value ->> 1 = 'page')",
    );
    let row = row.bind(rows).bind(micros(now));
    let row = row.fetch_one(&mut **transaction).await;
    let row = row.map_err(doing("read the queue"))?;
    let count = |place| usize::try_from(row.get::<i64, _>(place)).unwrap_or_default();
    Ok(ListedCounts {
        n_known: count(0),
        n_refused: count(1),
        n_later: count(2),
    })
}

/// Records which pages a source names, and since when.
pub(crate) async fn insert_listings(
    transaction: &mut Transaction<'_, Sqlite>,
    source: &str,
    listed: &[Listed],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let pages = listed.iter().filter(|listed| listed.role == "page");
    let pages: Vec<&str> = pages.map(|page| page.item.as_str()).collect();
    let listed = sqlx::query(
        "INSERT INTO listing (source, item, recorded_at) SELECT $2, value, $3 FROM json_each($1) WHERE true ORDER BY key
         ON CONFLICT (source, item) DO NOTHING",
    );
    let listed = listed.bind(json!(pages).to_string()).bind(source);
    let listed = listed.bind(micros(now)).execute(&mut **transaction).await;
    listed.map_err(doing("record what a source names"))?;
    Ok(())
}
