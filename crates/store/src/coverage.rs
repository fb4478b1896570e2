//! What sources named and what came of it, by hour: so that "no news" and "we were blocked" are told apart.

use chrono::{DateTime, Utc};

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::reading::AsOf;
use crate::rows::{instant, micros};
use crate::sql::{self, Row};

/// Microseconds of an hour, by which both queries group.
const HOUR: &str = "3600000000";

/// How often a source's own list or page was asked for in an hour, with one outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptCount {
    /// The source.
    pub source: String,
    /// The hour's beginning.
    pub hour: DateTime<Utc>,
    /// What came of it.
    pub outcome: String,
    /// How often.
    pub n: i64,
}

/// How many of the pages that a source named first in an hour have come to one outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCount {
    /// The source.
    pub source: String,
    /// The hour's beginning.
    pub hour: DateTime<Utc>,
    /// `ok` where it ever gave an article, else the last outcome by then; `None` where there was none yet.
    pub outcome: Option<String>,
    /// Pages.
    pub n: i64,
}

impl Store {
    /// Reads of sources' own addresses from `from` until before `until`, as far as recorded by then.
    pub async fn source_attempts(
        &self,
        period: (DateTime<Utc>, DateTime<Utc>),
        as_of: AsOf,
    ) -> Result<Vec<AttemptCount>, StoreError> {
        let query = format!(
            "SELECT source, attempted_at / {HOUR} * {HOUR}, outcome, COUNT(*) FROM fetch_attempt
             WHERE item = source AND role <> 'robots' AND outcome <> 'redirect'
               AND attempted_at >= $1 AND attempted_at < $2 AND ($4 OR recorded_at <= $3)
             GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        );
        let rows = self
            .counted(query, period, as_of, "count reads of sources")
            .await?;
        let counts = rows.iter().map(|row| {
            Ok(AttemptCount {
                source: row.get(0),
                hour: instant("fetch_attempt", row.get(1))?,
                outcome: row.get(2),
                n: row.get(3),
            })
        });
        counts.collect()
    }

    /// Pages that sources named first from `from` until before `until`, by what had come of them by then.
    pub async fn listed_pages(
        &self,
        period: (DateTime<Utc>, DateTime<Utc>),
        as_of: AsOf,
    ) -> Result<Vec<ListedCount>, StoreError> {
        let query = format!(
            "SELECT source, hour, outcome, COUNT(*) FROM (
                 SELECT l.source, l.listed_at / {HOUR} * {HOUR} AS hour,
                        (SELECT f.outcome FROM fetch_outcome f JOIN listing o ON o.source = f.source AND o.item = f.item
                         WHERE o.item = l.item AND ($4 OR f.recorded_at <= $3)
                         ORDER BY f.outcome = 'ok' DESC, f.fetch_outcome_key DESC LIMIT 1) AS outcome
                 FROM listing l
                 WHERE l.listed_at >= $1 AND l.listed_at < $2 AND ($4 OR l.recorded_at <= $3)) AS named
             GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        );
        let rows = self
            .counted(query, period, as_of, "count what sources named")
            .await?;
        let counts = rows.iter().map(|row| {
            Ok(ListedCount {
                source: row.get(0),
                hour: instant("listing", row.get(1))?,
                outcome: row.get(2),
                n: row.get(3),
            })
        });
        counts.collect()
    }

    /// Rows of a query on a period ($1 to $2) as of an instant ($3, unless $4).
    async fn counted(
        &self,
        query: String,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
        as_of: AsOf,
        action: &'static str,
    ) -> Result<Vec<Row>, StoreError> {
        sql::query(query)
            .bind(micros(from))
            .bind(micros(until))
            .bind(micros(as_of.instant))
            .bind(as_of.reconstructed)
            .fetch_all(&self.pool)
            .await
            .map_err(doing(action))
    }
}
