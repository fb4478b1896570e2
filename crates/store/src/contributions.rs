//! What stored revisions add to the sums, read from the rows themselves.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError};

use serde_json::json;

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::observations::{Changes, PairRow, PairsByTheme, Seen, SeenTheme};
use crate::rows::tone;
use crate::runs::RunKey;
use crate::sql::{Row, Transaction, json_rows, query};

/// A run's public id and its pairs.
#[derive(Debug)]
pub(crate) struct DescribedRun {
    pub(crate) id: String,
    pub(crate) pairs: PairsByTheme,
}

/// What is known of a revision as one run tagged it.
#[derive(Debug)]
pub(crate) struct SeenBy {
    pub(crate) tagging: i64,
    pub(crate) revision: i64,
    pub(crate) run: Arc<DescribedRun>,
    pub(crate) seen: Seen,
}

/// Runs by key, as far as they were needed.
pub(crate) type KnownRuns = HashMap<i64, Arc<DescribedRun>>;

impl Store {
    /// A run with its pairs, which never change once they are written.
    pub(crate) async fn described(
        &self,
        transaction: &mut Transaction,
        run: RunKey,
    ) -> Result<Arc<DescribedRun>, StoreError> {
        let known = self.known_runs(|runs| runs.get(&run.0).cloned());
        if let Some(run) = known {
            return Ok(run);
        }
        let rows = query(
            "SELECT u.tag_run_id, p.theme, p.run_pair_key, p.index_id, p.exchange, p.linked
             FROM run_pair p JOIN tag_run u ON u.tag_run_key = p.tag_run_key WHERE p.tag_run_key = $1 ORDER BY p.run_pair_key",
        );
        let rows = rows.bind(run.0).fetch_all(transaction).await;
        let rows = rows.map_err(doing("read what a run reads themes against"))?;
        let mut described = DescribedRun {
            id: rows.first().map(|row| row.get(0)).unwrap_or_default(),
            pairs: PairsByTheme::new(),
        };
        for row in &rows {
            let pair = PairRow {
                key: row.get(2),
                index: row.get(3),
                exchange: row.get(4),
                is_linked: row.get(5),
            };
            described.pairs.entry(row.get(1)).or_default().push(pair);
        }
        let described = Arc::new(described);
        // Of a run that nobody has described nothing is kept: it may be described yet.
        if !rows.is_empty() {
            self.known_runs(|runs| runs.insert(run.0, described.clone()));
        }
        Ok(described)
    }

    /// What these revisions, each named once, add by all runs, or by one.
    pub(crate) async fn contributions(
        &self,
        transaction: &mut Transaction,
        revisions: &[i64],
        run: Option<RunKey>,
    ) -> Result<Changes, StoreError> {
        self.contributions_by(transaction, revisions, run, i64::MAX)
            .await
    }

    /// The same of what had been recorded by an instant.
    pub(crate) async fn contributions_by(
        &self,
        transaction: &mut Transaction,
        revisions: &[i64],
        run: Option<RunKey>,
        recorded_by: i64,
    ) -> Result<Changes, StoreError> {
        let mut changes = Changes::default();
        for by in self
            .seen_by(transaction, revisions, run, recorded_by)
            .await?
        {
            changes.add(&by.run.id, &by.run.pairs, &by.seen, 1);
        }
        Ok(changes)
    }

    /// What had been recorded of these revisions by an instant, by each run, or by one.
    pub(crate) async fn seen_by(
        &self,
        transaction: &mut Transaction,
        revisions: &[i64],
        run: Option<RunKey>,
        recorded_by: i64,
    ) -> Result<Vec<SeenBy>, StoreError> {
        if revisions.is_empty() {
            return Ok(vec![]);
        }
        let keys = keys(revisions);
        let taggings = query(
            "SELECT t.tagging_key, t.tag_run_key, t.revision_key, t.language IS NOT NULL
             FROM json_each($1) k CROSS JOIN tag_run u CROSS JOIN tagging t
             WHERE t.tag_run_key = u.tag_run_key AND t.revision_key = CAST(k.value ->> 0 AS BIGINT)
               AND t.recorded_at <= $3 AND ($2 IS NULL OR u.tag_run_key = $2)",
        );
        let taggings = taggings.bind(&keys).bind(run.map(|run| run.0));
        let taggings = taggings.bind(recorded_by);
        let taggings = taggings.fetch_all(&mut *transaction).await;
        let taggings = taggings.map_err(doing("read taggings"))?;
        if taggings.is_empty() {
            return Ok(vec![]);
        }
        let facts = facts(transaction, &keys, recorded_by).await?;
        let tagging_keys: Vec<i64> = taggings.iter().map(|row| row.get(0)).collect();
        let mut themes = themes(transaction, &tagging_keys).await?;
        let mut indices = indices(transaction, &tagging_keys).await?;
        let mut found = Vec::with_capacity(taggings.len());
        for row in &taggings {
            let (tagging, revision) = (row.get(0), row.get(2));
            let run = self.described(transaction, RunKey(row.get(1))).await?;
            let mut seen = facts.get(&revision).cloned().unwrap_or_default();
            seen.is_foreign = row.get(3);
            seen.themes = themes.remove(&tagging).unwrap_or_default();
            seen.indices = indices.remove(&tagging).unwrap_or_default();
            found.push(SeenBy {
                tagging,
                revision,
                run,
                seen,
            });
        }
        Ok(found)
    }

    fn known_runs<T>(&self, work: impl FnOnce(&mut KnownRuns) -> T) -> T {
        work(&mut self.runs.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Keys as a statement reads them.
pub(crate) fn keys(keys: &[i64]) -> String {
    json_rows(keys.iter().map(|key| json!([key])).collect())
}

/// What had been recorded of revisions by an instant, but for their tags.
pub(crate) async fn facts(
    transaction: &mut Transaction,
    keys: &str,
    recorded_by: i64,
) -> Result<HashMap<i64, Seen>, StoreError> {
    let rows = query(
        "SELECT r.revision_key, r.reconstructed,
                NOT EXISTS (SELECT 1 FROM revision b WHERE b.article_key = r.article_key
                            AND (b.recorded_at, b.available_at, b.revision_id) < (r.recorded_at, r.available_at, r.revision_id)),
                (SELECT e.earlier_key IS NOT NULL FROM lineage_edge e WHERE e.article_key = r.article_key AND e.recorded_at <= $2
                 ORDER BY e.lineage_edge_key DESC LIMIT 1)
         FROM json_each($1) k JOIN revision r ON r.revision_key = CAST(k.value ->> 0 AS BIGINT)",
    );
    let rows = rows.bind(keys).bind(recorded_by);
    let rows = rows.fetch_all(&mut *transaction).await;
    let rows = rows.map_err(doing("read revisions"))?;
    let seen = |row: &Row| Seen {
        reconstructed: row.get(1),
        is_first: row.get(2),
        is_echo: row.get::<Option<bool>>(3).unwrap_or_default(),
        ..Seen::default()
    };
    let mut facts: HashMap<i64, Seen> = rows.iter().map(|row| (row.get(0), seen(row))).collect();
    let rows = query(
        "SELECT s.revision_key, s.exchange, s.reaction_session
         FROM json_each($1) k JOIN session_assignment s ON s.revision_key = CAST(k.value ->> 0 AS BIGINT)
         WHERE s.recorded_at <= $2 ORDER BY s.session_assignment_key",
    );
    let rows = rows.bind(keys).bind(recorded_by);
    let rows = rows.fetch_all(transaction).await;
    for row in rows.map_err(doing("read sessions"))? {
        let Some(seen) = facts.get_mut(&row.get::<i64>(0)) else {
            continue;
        };
        match row.get::<Option<String>>(2) {
            Some(session) => drop(seen.sessions.insert(row.get(1), session)),
            None => drop(seen.sessions.remove(&row.get::<String>(1))),
        }
    }
    Ok(facts)
}

async fn themes(
    transaction: &mut Transaction,
    taggings: &[i64],
) -> Result<HashMap<i64, Vec<SeenTheme>>, StoreError> {
    let rows = query(
        "SELECT g.tagging_key, g.theme, g.tone, g.stance, g.retrospective
         FROM json_each($1) k JOIN theme_tag g ON g.tagging_key = CAST(k.value ->> 0 AS BIGINT)",
    );
    let rows = rows.bind(keys(taggings)).fetch_all(transaction).await;
    let mut themes: HashMap<i64, Vec<SeenTheme>> = HashMap::new();
    for row in rows.map_err(doing("read themes"))? {
        let theme = SeenTheme {
            theme: row.get(1),
            tone: tone("theme_tag", row.get(2))?,
            stance: tone("theme_tag", row.get(3))?,
            retrospective: row.get(4),
        };
        themes.entry(row.get(0)).or_default().push(theme);
    }
    Ok(themes)
}

type Tones = BTreeMap<String, Option<newsprint_domain::sentiment::Tone>>;

async fn indices(
    transaction: &mut Transaction,
    taggings: &[i64],
) -> Result<HashMap<i64, Tones>, StoreError> {
    let rows = query(
        "SELECT g.tagging_key, g.index_id, g.tone
         FROM json_each($1) k JOIN index_tag g ON g.tagging_key = CAST(k.value ->> 0 AS BIGINT)",
    );
    let rows = rows.bind(keys(taggings)).fetch_all(transaction).await;
    let mut indices: HashMap<i64, Tones> = HashMap::new();
    for row in rows.map_err(doing("read indices"))? {
        let tone = tone("index_tag", row.get(2))?;
        indices
            .entry(row.get(0))
            .or_default()
            .insert(row.get(1), tone);
    }
    Ok(indices)
}
