//! What a search finds: each article once, by its revision that matches best.

use serde_json::json;

use super::{Found, FoundArticle, LONGEST, MATCH_BEGINS, MATCH_ENDS, Search};
use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::rows::{instant, micros};
use crate::sql::{Engine, json_rows, query};

/// Revisions that match, the lower the score the better. A word of the headline counts more than one of the text, in either engine's measure.
const MATCHES_OF_FTS5: &str =
    "SELECT rowid AS revision_key, bm25(revision_text, 3.0, 1.0) AS score FROM revision_text
     WHERE revision_text MATCH $1";

/// The best revision of each article among those asked for.
const BEST: &str = "
    visible AS (
        SELECT f.score, r.revision_key, r.title, r.available_at, a.publisher, a.address,
               ROW_NUMBER() OVER (PARTITION BY r.article_key ORDER BY f.score, r.available_at, r.revision_id) AS place
        FROM found f JOIN revision r ON r.revision_key = f.revision_key JOIN article a ON a.article_key = r.article_key
        WHERE CASE WHEN $3 THEN r.available_at ELSE r.recorded_at END <= $2
          AND ($4 IS NULL OR r.available_at >= $4) AND ($5 IS NULL OR r.available_at < $5)
          AND ($6 = '[]' OR a.publisher IN (SELECT value ->> 0 FROM json_each($6)))
          AND ($7 = '[]' OR EXISTS (
               SELECT 1 FROM tagging t JOIN theme_tag g ON g.tagging_key = t.tagging_key
               WHERE t.revision_key = r.revision_key AND t.tag_run_key = $9 AND ($3 OR t.recorded_at <= $2)
                 AND g.theme IN (SELECT value ->> 0 FROM json_each($7))))
          AND ($8 = '[]' OR EXISTS (
               SELECT 1 FROM tagging t JOIN index_tag g ON g.tagging_key = t.tagging_key
               WHERE t.revision_key = r.revision_key AND t.tag_run_key = $9 AND ($3 OR t.recorded_at <= $2)
                 AND g.index_id IN (SELECT value ->> 0 FROM json_each($8)))))
    SELECT revision_key, publisher, address, title, available_at, COUNT(*) OVER () FROM visible
    WHERE place = 1 ORDER BY score, available_at, address LIMIT $10";

impl Store {
    /// Searches titles and texts of all revisions that had been recorded; an article is found once.
    pub async fn search(&self, search: &Search<'_>) -> Result<Found, StoreError> {
        let engine = self.engine();
        let matches = match engine {
            Engine::Sqlite => MATCHES_OF_FTS5.to_owned(),
            Engine::Postgres => format!(
                "SELECT revision_key, -CAST(ts_rank(words, q) AS DOUBLE PRECISION) AS score
                 FROM revision_text, (SELECT {}) AS asked (q) WHERE words @@ q",
                search.words.as_tsquery()
            ),
        };
        let listed = |ids: &[String]| json_rows(ids.iter().map(|id| json!([id])).collect());
        let rows = query(format!("WITH found AS MATERIALIZED ({matches}), {BEST}"))
            .bind(search.words.value(engine))
            .bind(micros(search.as_of.instant))
            .bind(search.as_of.reconstructed)
            .bind(search.from.map(micros))
            .bind(search.before.map(micros))
            .bind(listed(search.publishers))
            .bind(listed(search.themes))
            .bind(listed(search.indices))
            .bind(search.run.map(|run| run.0))
            .bind(search.limit)
            .fetch_all(&self.pool)
            .await
            .map_err(doing("search texts"))?;
        let mut found = Found {
            n_articles: rows.first().map_or(0, |row| row.get(5)),
            articles: Vec::with_capacity(rows.len()),
            is_behind: self.is_search_behind().await?,
        };
        for row in &rows {
            found.articles.push(FoundArticle {
                publisher: row.get(1),
                address: row.get(2),
                title: row.get(3),
                available_at: instant("revision", row.get(4))?,
                snippet: self.snippet(search, row.get(0)).await?,
            });
        }
        Ok(found)
    }

    /// The text of a revision that was found, where it matches.
    async fn snippet(&self, search: &Search<'_>, revision: i64) -> Result<String, StoreError> {
        let text = match self.engine() {
            Engine::Sqlite => format!(
                "SELECT snippet(revision_text, 1, '{MATCH_BEGINS}', '{MATCH_ENDS}', '…', 24) FROM revision_text
                 WHERE revision_text MATCH $1 AND rowid = $2 AND $3 > 0"
            ),
            Engine::Postgres => format!(
                "SELECT ts_headline('newsprint', LEFT(text, $3::int), {},
                                    'StartSel={MATCH_BEGINS}, StopSel={MATCH_ENDS}, MaxFragments=1, MinWords=12, MaxWords=24')
                 FROM revision WHERE revision_key = $2",
                search.words.as_tsquery()
            ),
        };
        let row = query(text).bind(search.words.value(self.engine()));
        let row = row.bind(revision).bind(LONGEST).fetch_one(&self.pool);
        Ok(row.await.map_err(doing("quote a text"))?.get(0))
    }
}
