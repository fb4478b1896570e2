//! Leases on hosts: one request at a time over all processes, a gap after each, and so many a day.
//!
//! These rows say what holds now; they are the one part of the store that is updated, and no table is made of them. They are committed
//! without waiting for the disk: what a power failure takes of them is older than any gap when the machine is back.

use chrono::{DateTime, TimeDelta, Utc};

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::rows::{instant, micros};
use crate::sql::{Transaction, query};

/// A host is never told to rest for longer, and no request or claim outlasts what this process knows of by so much. What says otherwise
/// was written while the clock was wrong, and does not hold. It is long beside every wait for the store: a process that read the clock
/// and then waited for another one to commit finds instants that are later than its own.
pub(crate) const LONGEST_REST: TimeDelta = TimeDelta::hours(25);
/// A process that finds a host leased looks again after its gap, but after no less and no more.
const POLL: (TimeDelta, TimeDelta) = (TimeDelta::milliseconds(20), TimeDelta::seconds(5));

/// What every request to a host keeps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostRules {
    /// Between the end of a request and the beginning of the next.
    pub gap: TimeDelta,
    /// Requests a day (UTC).
    pub daily_budget: u32,
    /// After which a request that has not ended is taken for dead.
    pub lease: TimeDelta,
}

/// Whether a request may be made now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lease<T> {
    /// It may, and nobody else may until the lease is given back.
    Granted(T),
    /// Not before an instant.
    Wait {
        /// When to ask again.
        until: DateTime<Utc>,
        /// Why, where it is more than the gap.
        reason: String,
    },
    /// The day's budget is spent.
    Spent {
        /// When the next day begins.
        until: DateTime<Utc>,
    },
}

/// The right to make one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    /// The host.
    pub host: String,
    /// Requests to it that failed in a row before this one.
    pub n_failures: u32,
}

/// How a lease is given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release<'a> {
    /// No request before.
    pub free_at: DateTime<Utc>,
    /// Why that is later than the gap; empty where it is not.
    pub reason: &'a str,
    /// Requests that failed in a row, this one among them.
    pub n_failures: u32,
}

impl Store {
    /// Leases `host` to `holder` at `now`.
    pub async fn lease_host(
        &self,
        host: &str,
        holder: &str,
        rules: HostRules,
        now: DateTime<Utc>,
    ) -> Result<Lease<Permit>, StoreError> {
        let mut transaction = self.begin_hurried().await?;
        let lease = take(&mut transaction, host, holder, rules, now).await?;
        if matches!(lease, Lease::Granted(_)) {
            let committed = transaction.commit().await;
            committed.map_err(doing("commit a lease"))?;
        }
        Ok(lease)
    }

    /// Gives a lease back after the request.
    pub async fn release_host(
        &self,
        permit: &Permit,
        holder: &str,
        release: Release<'_>,
    ) -> Result<(), StoreError> {
        query(
            "UPDATE host SET leased_until = NULL, holder = NULL, free_at = $3, reason = $4, n_failures = $5
             WHERE host = $1 AND holder = $2",
        )
        .bind(&permit.host)
        .bind(holder)
        .bind(micros(release.free_at))
        .bind(release.reason)
        .bind(release.n_failures)
        .execute(&self.hurried)
        .await
        .map_err(doing("give back a lease"))?;
        Ok(())
    }

    /// Gives a lease back for which no request was made.
    pub async fn return_host(&self, permit: &Permit, holder: &str) -> Result<(), StoreError> {
        query(
            "UPDATE host SET leased_until = NULL, holder = NULL, n_requests = n_requests - 1
             WHERE host = $1 AND holder = $2",
        )
        .bind(&permit.host)
        .bind(holder)
        .execute(&self.hurried)
        .await
        .map_err(doing("give back a lease"))?;
        Ok(())
    }

    /// Has the request that is under way at `host` followed by no less than `gap`, should whoever makes it die.
    pub async fn widen_gap(&self, host: &str, gap: TimeDelta) -> Result<(), StoreError> {
        let widened = query("UPDATE host SET gap = MAX(gap, $2) WHERE host = $1");
        let widened = widened.bind(host).bind(gap.num_microseconds());
        let widened = widened.execute(&self.hurried).await;
        widened.map_err(doing("widen a gap"))?;
        Ok(())
    }

    /// Ends the leases and claims of processes that died; to be called where it is known that no other process lives. Their last
    /// requests may have been made just now, so that their gaps begin now.
    pub async fn end_leases(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut transaction = self.begin_hurried().await?;
        let statements = [
            "UPDATE host SET free_at = MAX(free_at, $1 + gap), leased_until = NULL, holder = NULL WHERE holder IS NOT NULL",
            "UPDATE fetch_item SET claimed_until = NULL, holder = NULL WHERE holder IS NOT NULL AND $1 > 0",
            "UPDATE stage_lease SET leased_until = 0 WHERE leased_until > 0 AND $1 > 0",
        ];
        for statement in statements {
            let ended = query(statement).bind(micros(now));
            let ended = ended.execute(&mut transaction).await;
            ended.map_err(doing("end the leases of dead processes"))?;
        }
        let committed = transaction.commit().await;
        committed.map_err(doing("end the leases of dead processes"))
    }

    /// The robots.txt and tdmrep.json that are kept of an origin; `None` where they must be fetched.
    pub async fn kept_robots(
        &self,
        origin: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<(Vec<u8>, Vec<u8>)>, StoreError> {
        let row = query("SELECT body, tdmrep FROM robots WHERE origin = $1 AND expires_at > $2");
        let row = row.bind(origin).bind(micros(now));
        let row = row.fetch_optional(&self.pool).await;
        let row = row.map_err(doing("read a robots.txt"))?;
        Ok(row.map(|row| (row.get(0), row.get(1))))
    }

    /// Keeps an origin's robots.txt and tdmrep.json until they expire.
    pub async fn keep_robots(
        &self,
        origin: &str,
        (robots, tdmrep): (&[u8], &[u8]),
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let kept = query(
            "INSERT INTO robots (origin, body, tdmrep, expires_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (origin) DO UPDATE SET body = $2, tdmrep = $3, expires_at = $4",
        );
        let kept = kept.bind(origin).bind(robots).bind(tdmrep);
        let kept = kept.bind(micros(expires_at)).execute(&self.hurried).await;
        kept.map_err(doing("keep a robots.txt"))?;
        Ok(())
    }
}

/// Takes the lease of a host if it is free.
pub(crate) async fn take(
    transaction: &mut Transaction,
    host: &str,
    holder: &str,
    rules: HostRules,
    now: DateTime<Utc>,
) -> Result<Lease<Permit>, StoreError> {
    let waited = transaction.wait_for(host).await;
    waited.map_err(doing("wait for a host"))?;
    let row = query(
        "SELECT free_at, reason, leased_until, budget_day, n_requests, n_failures, gap FROM host WHERE host = $1",
    );
    let row = row
        .bind(host)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(doing("read a host"))?;
    let day = day_of(now);
    let (mut n_requests, mut n_failures) = (0, 0);
    if let Some(row) = row {
        let free_at = instant("host", row.get(0))?;
        let leased_until = row.get::<Option<i64>>(2);
        let leased_until = leased_until
            .map(|until| instant("host", until))
            .transpose()?;
        let gap = rules.gap.max(TimeDelta::microseconds(row.get(6)));
        if let Some(until) = leased_until
            && until <= now + rules.lease + LONGEST_REST
            && now < until + gap
        {
            // Of one that died no more is known than when its request must have ended.
            let is_held = now < until;
            let until = match is_held {
                true => now + gap.clamp(POLL.0, POLL.1),
                false => until + gap,
            };
            let reason = String::new();
            return Ok(Lease::Wait { until, reason });
        }
        if now < free_at && free_at <= now + LONGEST_REST {
            let reason = row.get(1);
            return Ok(Lease::Wait {
                until: free_at,
                reason,
            });
        }
        if row.get::<i64>(3) == day {
            n_requests = row.get(4);
        }
        n_failures = row.get(5);
    }
    if n_requests >= rules.daily_budget {
        let until = (day + 1) * 86_400_000_000;
        let until = instant("host", until)?;
        return Ok(Lease::Spent { until });
    }
    query(
        "INSERT INTO host (host, free_at, reason, gap, leased_until, holder, budget_day, n_requests, n_failures)
         VALUES ($1, $2, '', $3, $4, $5, $6, $7, $8)
         ON CONFLICT (host) DO UPDATE SET reason = '', gap = $3, leased_until = $4, holder = $5, budget_day = $6, n_requests = $7",
    )
    .bind(host)
    .bind(micros(now))
    .bind(rules.gap.num_microseconds().unwrap_or(i64::MAX))
    .bind(micros(now + rules.lease))
    .bind(holder)
    .bind(day)
    .bind(n_requests + 1)
    .bind(n_failures)
    .execute(&mut *transaction)
    .await
    .map_err(doing("lease a host"))?;
    let host = host.to_owned();
    Ok(Lease::Granted(Permit { host, n_failures }))
}

/// Days since 1970-01-01, UTC.
pub(crate) fn day_of(now: DateTime<Utc>) -> i64 {
    now.timestamp().div_euclid(86_400)
}
