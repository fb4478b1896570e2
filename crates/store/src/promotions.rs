//! Which run tables show: one row per promotion, of which the latest holds; the history of them is append-only.

use chrono::{DateTime, Utc};
use newsprint_domain::tags::TagRun;

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::reading::AsOf;
use crate::rows::{instant, micros};
use crate::runs::RunKey;
use crate::sql::query;

/// A tag run with what it has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Its key in this store.
    pub key: RunKey,
    /// Its public id.
    pub id: String,
    /// What it depends on.
    pub run: TagRun,
    /// When it was begun.
    pub recorded_at: DateTime<Utc>,
    /// Revisions that it has tagged, but for those of articles that were removed.
    pub n_tagged: i64,
    /// Whether tables have ever shown it.
    pub was_promoted: bool,
    /// Since when tables show it; `None` where they show another run.
    pub promoted_since: Option<DateTime<Utc>>,
}

/// That tables showed a run from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promotion {
    /// The run.
    pub run: RunKey,
    /// Its public id.
    pub run_id: String,
    /// Since when.
    pub recorded_at: DateTime<Utc>,
}

impl Store {
    /// All runs known as of then, by when they were begun.
    pub async fn runs(&self, as_of: AsOf) -> Result<Vec<RunRow>, StoreError> {
        let promotions = self.promotions(as_of).await?;
        let rows = query(
            "SELECT u.tag_run_key, tag_run_id, model, model_hash, definitions_hash, code_version, recorded_at,
                    (SELECT COUNT(*) FROM tagging t WHERE t.tag_run_key = u.tag_run_key AND ($2 OR t.recorded_at <= $1))
                  - (SELECT COUNT(*) FROM tombstone d JOIN revision r ON r.article_key = d.article_key
                     JOIN tagging t ON t.tag_run_key = u.tag_run_key AND t.revision_key = r.revision_key
                     WHERE $2 OR (t.recorded_at <= $1 AND d.recorded_at <= $1))
             FROM tag_run u WHERE $2 OR recorded_at <= $1 ORDER BY recorded_at, tag_run_id",
        );
        let rows = rows.bind(micros(as_of.instant)).bind(as_of.reconstructed);
        let rows = rows.fetch_all(&self.pool).await;
        let rows = rows.map_err(doing("read tag runs"))?;
        let runs = rows.iter().map(|row| {
            let key = RunKey(row.get(0));
            let latest = promotions.last().filter(|latest| latest.run == key);
            Ok(RunRow {
                key,
                id: row.get(1),
                run: TagRun {
                    model: row.get(2),
                    model_hash: row.get(3),
                    definitions_hash: row.get(4),
                    code_version: row.get(5),
                },
                recorded_at: instant("tag_run", row.get(6))?,
                n_tagged: row.get(7),
                was_promoted: promotions.iter().any(|promotion| promotion.run == key),
                promoted_since: latest.map(|latest| latest.recorded_at),
            })
        });
        runs.collect()
    }

    /// How many revisions were known as of then, but for those of articles that had been removed.
    pub async fn count_revisions(&self, as_of: AsOf) -> Result<i64, StoreError> {
        let row = query(
            "SELECT COUNT(*) FROM revision r WHERE ($2 OR r.recorded_at <= $1)
               AND NOT EXISTS (SELECT 1 FROM tombstone d WHERE d.article_key = r.article_key AND ($2 OR d.recorded_at <= $1))",
        );
        let row = row.bind(micros(as_of.instant)).bind(as_of.reconstructed);
        let row = row.fetch_one(&self.pool).await;
        Ok(row.map_err(doing("count revisions"))?.get(0))
    }

    /// All promotions as of then, the one that holds last.
    pub async fn promotions(&self, as_of: AsOf) -> Result<Vec<Promotion>, StoreError> {
        let rows = query(
            "SELECT tag_run_key, tag_run_id, p.recorded_at FROM promotion p JOIN tag_run USING (tag_run_key)
             WHERE $2 OR p.recorded_at <= $1 ORDER BY promotion_key",
        );
        let rows = rows.bind(micros(as_of.instant)).bind(as_of.reconstructed);
        let rows = rows.fetch_all(&self.pool).await;
        let rows = rows.map_err(doing("read promotions"))?;
        let promotions = rows.iter().map(|row| {
            Ok(Promotion {
                run: RunKey(row.get(0)),
                run_id: row.get(1),
                recorded_at: instant("promotion", row.get(2))?,
            })
        });
        promotions.collect()
    }

    /// Makes `run` the one that tables show, unless it is already; says whether it was not.
    pub async fn promote(&self, run: RunKey, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let unless_it_is = "INSERT INTO promotion (tag_run_key, recorded_at) SELECT $1, $2
             WHERE $1 IS DISTINCT FROM (SELECT tag_run_key FROM promotion ORDER BY promotion_key DESC LIMIT 1)";
        self.insert_promotion(unless_it_is, run, now).await
    }

    /// Makes `run` the one that tables show, unless they have shown it before: then somebody has chosen another one since. Says whether
    /// it was made so.
    pub async fn promote_new(&self, run: RunKey, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let unless_it_was = "INSERT INTO promotion (tag_run_key, recorded_at) SELECT $1, $2
             WHERE NOT EXISTS (SELECT 1 FROM promotion WHERE tag_run_key = $1)";
        self.insert_promotion(unless_it_was, run, now).await
    }

    async fn insert_promotion(
        &self,
        statement: &'static str,
        run: RunKey,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let waited = transaction.wait_for("newsprint promotions").await;
        waited.map_err(doing("wait for promotions"))?;
        let inserted = query(statement).bind(run.0).bind(micros(now));
        let inserted = inserted.execute(&mut transaction).await;
        let inserted = inserted.map_err(doing("promote a tag run"))?;
        let committed = transaction.commit().await;
        committed.map_err(doing("promote a tag run"))?;
        Ok(inserted > 0)
    }

    /// How many revisions `other` has tagged and `run` has not, and can: of articles that were removed there is nothing to tag.
    pub async fn count_lacking(&self, run: RunKey, other: RunKey) -> Result<i64, StoreError> {
        let row = query(
            "SELECT COUNT(*) FROM tagging o JOIN revision r ON r.revision_key = o.revision_key WHERE o.tag_run_key = $2
               AND NOT EXISTS (SELECT 1 FROM tagging t WHERE t.tag_run_key = $1 AND t.revision_key = o.revision_key)
               AND NOT EXISTS (SELECT 1 FROM tombstone d WHERE d.article_key = r.article_key)",
        );
        let row = row.bind(run.0).bind(other.0).fetch_one(&self.pool).await;
        Ok(row.map_err(doing("compare tag runs"))?.get(0))
    }
}

/// The promotion that was left for the latest one, to which a rollback goes back.
///
/// A promotion of a run that tables have shown before goes back to it, and takes back all that came after: of `A, B, A` nothing is left
/// to go back to, of `A, B, C, B` it is `A`. So rollbacks one after the other go ever further back, and never to and fro.
pub fn left_for_the_latest(history: &[Promotion]) -> Option<&Promotion> {
    let mut standing: Vec<&Promotion> = Vec::new();
    for promotion in history {
        let shown_before = standing
            .iter()
            .position(|earlier| earlier.run == promotion.run);
        standing.truncate(shown_before.unwrap_or(standing.len()));
        standing.push(promotion);
    }
    standing.iter().rev().nth(1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The run to which a rollback goes back after promotions of these.
    fn back_from(runs: &str) -> Option<String> {
        let history: Vec<Promotion> = runs
            .chars()
            .map(|run| Promotion {
                run: RunKey(i64::from(u32::from(run))),
                run_id: run.into(),
                recorded_at: DateTime::UNIX_EPOCH,
            })
            .collect();
        left_for_the_latest(&history).map(|promotion| promotion.run_id.clone())
    }

    #[test]
    fn a_rollback_goes_back_and_the_next_one_further() {
        for (history, expected) in [
            ("", None),
            ("A", None),
            ("AB", Some("A")),
            ("ABA", None),
            ("ABC", Some("B")),
            ("ABCB", Some("A")),
            ("ABCBA", None),
            ("ABCA", None),
            ("ABAC", Some("A")),
            ("ABACB", Some("C")),
            ("ABABA", None),
        ] {
            assert_eq!(back_from(history).as_deref(), expected, "after {history}");
        }
    }
}
