//! Addresses that are to be fetched: the store is the queue, so that a run that is killed goes on where it was.
//!
//! Like leases, these rows say what holds now and are updated.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::hosts::{HostRules, LONGEST_REST, Lease, Permit, day_of, take};
use crate::listings::insert_listings;
use crate::rows::micros;
use crate::sql::{Engine, Row, Transaction, query};
use crate::tallies::{Tallies, alone, settle};

/// Whether an item is due by $1 and of one of the sources in the JSON array $2.
const DUE: &str = "i.due_at <= $1 AND (i.source IN (SELECT value ->> 0 FROM json_each($2))
     OR EXISTS (SELECT 1 FROM listing l WHERE l.item = i.item AND l.source IN (SELECT value ->> 0 FROM json_each($2))))";

/// And whether it is at host $3, and at $4 claimed by nobody. A claim that lasts longer than $5 was made while the clock was wrong.
const FREE: &str =
    "i.host = $3 AND (i.claimed_until IS NULL OR i.claimed_until <= $4 OR i.claimed_until > $5)";

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
        let names: Vec<[&str; 1]> = names.iter().map(|name| [name.as_str()]).collect();
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
        self.check_fence(&mut transaction).await?;
        alone(&mut transaction).await?;
        query(
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
        .execute(&mut transaction)
        .await
        .map_err(doing("queue a source"))?;
        let mut tallies = Tallies::new();
        let address = std::slice::from_ref(address);
        insert_listings(&mut transaction, source, address, (now, now), &mut tallies).await?;
        settle(&mut transaction, &tallies, now).await?;
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
        let made = query(
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
        let due = format!(
            "SELECT DISTINCT i.host FROM fetch_item i WHERE {DUE} AND (i.claimed_until IS NULL OR i.claimed_until <= $3)
             ORDER BY i.host"
        );
        let rows = query(due)
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
        if let Some(claimed) = self.claim_at_once(host, claims, rules, now).await? {
            return Ok(Some(Lease::Granted(claimed)));
        }
        let mut transaction = self.begin_hurried().await?;
        if !is_any_due(&mut transaction, host, claims, now).await? {
            return Ok(None);
        }
        // It may have become free since: then it is asked for again at once.
        Ok(Some(
            match take(&mut transaction, host, claims.holder, rules, now).await? {
                Lease::Granted(_) => Lease::Wait {
                    until: now,
                    reason: String::new(),
                },
                Lease::Wait { until, reason } => Lease::Wait { until, reason },
                Lease::Spent { until } => Lease::Spent { until },
            },
        ))
    }

    /// Leases a host that is free and claims its next item.
    async fn claim_at_once(
        &self,
        host: &str,
        claims: Claims<'_>,
        rules: HostRules,
        now: DateTime<Utc>,
    ) -> Result<Option<(Permit, QueuedItem)>, StoreError> {
        let claimed = query(claim_statements(self.hurried.engine()))
            .bind(micros(claims.due_by))
            .bind(&claims.sources.0)
            .bind(host)
            .bind(micros(now))
            .bind(micros(now + claims.lasts + LONGEST_REST))
            .bind(micros(now + claims.lasts))
            .bind(claims.holder)
            .bind(micros(now + rules.lease))
            .bind(micros(now + rules.lease + LONGEST_REST))
            .bind(micros(now + LONGEST_REST))
            .bind(day_of(now))
            .bind(rules.daily_budget)
            .bind(rules.gap.num_microseconds().unwrap_or(i64::MAX))
            .fetch_alone(&self.hurried, host)
            .await;
        let rows = claimed.map_err(doing("claim an item"))?;
        Ok(rows.first().map(|row| {
            let permit = Permit {
                host: host.to_owned(),
                n_failures: row.get::<Option<u32>>(6).unwrap_or_default(),
            };
            (permit, item_of(row))
        }))
    }
}

/// Whether anything is due at `host` that nobody has claimed.
async fn is_any_due(
    transaction: &mut Transaction,
    host: &str,
    claims: Claims<'_>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let is_due = format!("SELECT EXISTS (SELECT 1 FROM fetch_item i WHERE {DUE} AND {FREE})");
    let row = query(is_due)
        .bind(micros(claims.due_by))
        .bind(&claims.sources.0)
        .bind(host)
        .bind(micros(now))
        .bind(micros(now + claims.lasts + LONGEST_REST))
        .fetch_one(&mut *transaction)
        .await
        .map_err(doing("read the queue"))?;
    Ok(row.get(0))
}

/// Claims the item at host $3 that has been due for longest, if the host is free, and leases that. One call of either engine, because
/// a call costs as much as the statement itself, and every request begins with this.
///
/// What keeps a host from being free is said once more, and in the same words, by [`take`].
fn claim_statements(engine: Engine) -> String {
    let due = |locked| {
        format!(
            "SELECT i.item, i.role FROM fetch_item i WHERE {DUE} AND {FREE} ORDER BY i.role, i.due_at, i.item LIMIT 1{locked}"
        )
    };
    let claim = |due: &str| {
        format!(
            "UPDATE fetch_item SET claimed_until = $6, holder = $7 WHERE (item, role) = ({due})
               AND NOT EXISTS (
                   SELECT 1 FROM host h WHERE h.host = $3
                      AND (h.leased_until + MAX(h.gap, $13) > $4 AND h.leased_until <= $9 OR h.free_at > $4 AND h.free_at <= $10
                           OR h.budget_day = $11 AND h.n_requests >= $12))
             RETURNING item, role, source, depth, n_failures, n_visits, (SELECT h.n_failures FROM host h WHERE h.host = $3)"
        )
    };
    let lease = |was_claimed| {
        format!(
            "INSERT INTO host (host, free_at, reason, gap, leased_until, holder, budget_day, n_requests, n_failures)
             SELECT $3, $4, '', $13, $8, $7, $11, 1, 0 {was_claimed}
             ON CONFLICT (host) DO UPDATE SET reason = '', gap = $13, leased_until = $8, holder = $7,
                 n_requests = CASE host.budget_day WHEN $11 THEN host.n_requests + 1 ELSE 1 END, budget_day = $11"
        )
    };
    match engine {
        Engine::Sqlite => format!("{}; {}", claim(&due("")), lease("WHERE changes() = 1")),
        Engine::Postgres => format!(
            "WITH claimed AS ({}), leased AS ({}) SELECT * FROM claimed",
            claim(&due(" FOR UPDATE SKIP LOCKED")),
            lease("FROM claimed WHERE true"),
        ),
    }
}

fn item_of(row: &Row) -> QueuedItem {
    QueuedItem {
        item: row.get(0),
        role: row.get(1),
        source: row.get(2),
        depth: row.get(3),
        n_failures: row.get(4),
        n_visits: row.get(5),
    }
}

/// Ends claims of items in their roles; those among them that still held, by their place. Of the others nothing may be recorded:
/// somebody else has the item.
pub(crate) async fn finish(
    transaction: &mut Transaction,
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
    let finished = query(
        "WITH ended AS (
             SELECT CAST(value ->> 0 AS BIGINT) AS place, value ->> 1 AS item, value ->> 2 AS role, value ->> 3 AS holder, CAST(value ->> 4 AS BIGINT) AS due_at,
                    CAST(value ->> 5 AS BIGINT) AS n_failures, CAST(value ->> 6 AS BIGINT) AS n_visits
             FROM json_each($1))
         UPDATE fetch_item SET due_at = e.due_at, n_failures = e.n_failures, n_visits = e.n_visits, claimed_until = NULL, holder = NULL
         FROM ended e WHERE fetch_item.item = e.item AND fetch_item.role = e.role AND fetch_item.holder = e.holder
         RETURNING (SELECT place FROM ended WHERE ended.item = fetch_item.item AND ended.role = fetch_item.role)",
    );
    let finished = finished.bind(json!(rows).to_string());
    let finished = finished.fetch_all(&mut *transaction).await;
    let finished = finished.map_err(doing("end claims"))?;
    let places = finished.iter().map(|row| row.get::<i64>(0));
    Ok(places
        .filter_map(|place| usize::try_from(place).ok())
        .collect())
}
