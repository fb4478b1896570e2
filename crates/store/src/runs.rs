//! Tag runs: what they depend on, what they read themes against, and which one the tables show.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use newsprint_domain::tags::TagRun;
use serde_json::json;

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::observations::Changes;
use crate::roll_ups::{Pair, alone, settle};
use crate::rows::{corrupt, instant, micros};
use crate::sql::{Transaction, json_rows, query};

/// A tag run in this store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunKey(pub(crate) i64);

impl Store {
    /// The key of `run`, recorded where it is new, with what it reads themes against.
    ///
    /// Runs of an older version of newsprint, which did not record that, get what is read now, and their sums are made as they would
    /// have been when they were tagged.
    pub async fn begin_run(
        &self,
        run: &TagRun,
        pairs: &[Pair],
        now: DateTime<Utc>,
    ) -> Result<RunKey, StoreError> {
        let mut transaction = self.begin().await?;
        let recorded = query(
            "INSERT INTO tag_run (tag_run_id, model, model_hash, definitions_hash, code_version, recorded_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tag_run_id) DO NOTHING",
        );
        let recorded = recorded
            .bind(run.id())
            .bind(&run.model)
            .bind(&run.model_hash);
        let recorded = recorded.bind(&run.definitions_hash).bind(&run.code_version);
        let recorded = recorded.bind(micros(now)).execute(&mut transaction).await;
        recorded.map_err(doing("record a tag run"))?;
        let rows = pairs.iter().map(|pair| {
            let linked = u8::from(pair.is_linked);
            json!([
                pair.theme,
                pair.index.as_str(),
                pair.exchange.as_str(),
                linked
            ])
        });
        let described = query(
            "INSERT INTO run_pair (tag_run_key, theme, index_id, exchange, linked, recorded_at)
             SELECT u.tag_run_key, value ->> 0, value ->> 1, value ->> 2, CAST(value ->> 3 AS BOOLEAN), $2 FROM tag_run u, json_each($1)
             WHERE NOT EXISTS (SELECT 1 FROM run_pair p WHERE p.tag_run_key = u.tag_run_key) ORDER BY u.tag_run_key, key
             ON CONFLICT (tag_run_key, theme, index_id) DO NOTHING RETURNING tag_run_key",
        );
        let described = described.bind(json_rows(rows.collect())).bind(micros(now));
        let described = described.fetch_all(&mut transaction).await;
        let described = described.map_err(doing("record what a run reads themes against"))?;
        let described: BTreeSet<i64> = described.iter().map(|row| row.get(0)).collect();
        for run in described {
            self.add_up_history(&mut transaction, RunKey(run)).await?;
        }
        let committed = transaction.commit().await;
        committed.map_err(doing("record a tag run"))?;
        let key = self.run_key(&run.id()).await?;
        key.ok_or_else(|| corrupt("tag_run", format!("no run {}", run.id())))
    }

    /// Writes the sums of a run that was tagged before there were any: at each instant at which something was recorded that they are made
    /// of, what it changed.
    async fn add_up_history(
        &self,
        transaction: &mut Transaction,
        run: RunKey,
    ) -> Result<(), StoreError> {
        alone(transaction).await?;
        let rows = query(
            "SELECT recorded_at, revision_key FROM tagging WHERE tag_run_key = $1
             UNION SELECT s.recorded_at, t.revision_key FROM tagging t
                 JOIN session_assignment s ON s.revision_key = t.revision_key AND s.recorded_at > t.recorded_at WHERE t.tag_run_key = $1
             UNION SELECT e.recorded_at, t.revision_key FROM tagging t JOIN revision r ON r.revision_key = t.revision_key
                 JOIN lineage_edge e ON e.article_key = r.article_key AND e.recorded_at > t.recorded_at WHERE t.tag_run_key = $1",
        );
        let rows = rows.bind(run.0).fetch_all(&mut *transaction).await;
        let mut changed: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for row in rows.map_err(doing("read taggings"))? {
            changed.entry(row.get(0)).or_default().push(row.get(1));
        }
        for (then, revisions) in changed {
            let mut changes = Changes::default();
            for (recorded_by, times) in [(then, 1), (then - 1, -1)] {
                let sums = self.contributions_by(transaction, &revisions, Some(run), recorded_by);
                changes.add_all(&sums.await?, times);
            }
            settle(transaction, &changes, instant("tagging", then)?).await?;
        }
        Ok(())
    }

    /// The key of the run with this public id.
    pub async fn run_key(&self, tag_run_id: &str) -> Result<Option<RunKey>, StoreError> {
        let row = query("SELECT tag_run_key FROM tag_run WHERE tag_run_id = $1").bind(tag_run_id);
        let row = row
            .fetch_optional(&self.pool)
            .await
            .map_err(doing("read a tag run"))?;
        Ok(row.map(|row| RunKey(row.get(0))))
    }

    /// Runs whose public id begins so, with their ids.
    pub async fn runs_named(&self, beginning: &str) -> Result<Vec<(RunKey, String)>, StoreError> {
        let rows = query(
            "SELECT tag_run_key, tag_run_id FROM tag_run WHERE SUBSTR(tag_run_id, 1, CAST($2 AS INTEGER)) = $1 ORDER BY tag_run_key",
        );
        let n_letters = i32::try_from(beginning.len()).unwrap_or(i32::MAX);
        let rows = rows
            .bind(beginning)
            .bind(n_letters)
            .fetch_all(&self.pool)
            .await;
        let rows = rows.map_err(doing("read tag runs"))?;
        Ok(rows
            .iter()
            .map(|row| (RunKey(row.get(0)), row.get(1)))
            .collect())
    }
}
