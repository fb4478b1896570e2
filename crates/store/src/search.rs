//! Full-text search over every recorded revision: the words that are looked for, and what is found.
//!
//! What must differ between the engines is here: FTS5 on SQLite, a table of `tsvector` with a GIN index on PostgreSQL. Both take words
//! alike (letters and digits without accents, shortened by Porter's rules, no stop words), so that they find the same; they rank by their
//! own measures, and PostgreSQL's parser may take apart words that mix letters with other scripts' digits.

mod found;
mod words;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::reading::AsOf;
use crate::rows::micros;
use crate::runs::RunKey;
use crate::sql::{Engine, Transaction, json_rows, query, slack};

pub use words::{QueryProblem, SearchWords};

/// Characters of a title or text that are searchable: a `tsvector` takes a megabyte and counts 16,383 places, and both engines find the same.
pub(crate) const LONGEST: i64 = 100_000;

/// What is searched for, and among what.
#[derive(Debug, Clone)]
pub struct Search<'a> {
    /// The words.
    pub words: &'a SearchWords,
    /// Only revisions that were recorded, or with `reconstructed` available, by then.
    pub as_of: AsOf,
    /// The run whose themes and indices are meant; `None` where nothing has been tagged.
    pub run: Option<RunKey>,
    /// Only with one of these themes; any where empty.
    pub themes: &'a [String],
    /// Only with one of these indices; any where empty.
    pub indices: &'a [String],
    /// Only of one of these publishers; any where empty.
    pub publishers: &'a [String],
    /// Only available from then on.
    pub from: Option<DateTime<Utc>>,
    /// Only available before.
    pub before: Option<DateTime<Utc>>,
    /// At most so many articles.
    pub limit: u32,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Articles that match, shown or not.
    pub n_articles: i64,
    /// The best of them, best first.
    pub articles: Vec<FoundArticle>,
    /// Whether there are revisions that are not searchable yet.
    pub is_behind: bool,
}

/// An article with the revision that matches best.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundArticle {
    /// Who published it.
    pub publisher: String,
    /// Its address.
    pub address: String,
    /// Headline of that revision.
    pub title: String,
    /// When that revision could first have been known.
    pub available_at: DateTime<Utc>,
    /// Words around the best match, each match between [`MATCH_BEGINS`] and [`MATCH_ENDS`].
    pub snippet: String,
}

/// Stands before each match of a snippet: a code point that no text has.
pub const MATCH_BEGINS: char = '\u{fdd0}';
/// Stands behind it.
pub const MATCH_ENDS: char = '\u{fdd1}';

impl Store {
    /// Makes up to `limit` revisions searchable that are not, oldest first; how many. Whether it is killed or run twice, each is added once.
    pub async fn index_texts(&self, limit: i64) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        let next = query(
            "INSERT INTO text_indexed (revision_key)
             SELECT r.revision_key FROM revision r
             WHERE r.revision_key > (SELECT COALESCE(MAX(revision_key), 0) FROM text_indexed) - $1
               AND NOT EXISTS (SELECT 1 FROM text_indexed i WHERE i.revision_key = r.revision_key)
             ORDER BY r.revision_key LIMIT $2 RETURNING revision_key",
        );
        let next = next.bind(slack(transaction.engine())).bind(limit);
        let next = next.fetch_all(&mut transaction).await;
        let next = next.map_err(doing("look for texts that are not searchable"))?;
        if next.is_empty() {
            return Ok(0);
        }
        let keys = next.iter().map(|row| json!([row.get::<i64>(0)])).collect();
        let added = query(match transaction.engine() {
            Engine::Sqlite => {
                "INSERT INTO revision_text (rowid, title, text)
                 SELECT revision_key, SUBSTR(title, 1, $2), SUBSTR(text, 1, $2) FROM revision
                 WHERE revision_key IN (SELECT CAST(value ->> 0 AS BIGINT) FROM json_each($1)) ORDER BY revision_key"
            }
            Engine::Postgres => {
                "INSERT INTO revision_text (revision_key, words)
                 SELECT revision_key, setweight(to_tsvector('newsprint', search_words(LEFT(title, $2::int))), 'A')
                                      || to_tsvector('newsprint', search_words(LEFT(text, $2::int))) FROM revision
                 WHERE revision_key IN (SELECT CAST(value ->> 0 AS BIGINT) FROM json_each($1))"
            }
        });
        let added = added.bind(json_rows(keys)).bind(LONGEST);
        let added = added.execute(&mut transaction).await;
        added.map_err(doing("make texts searchable"))?;
        let committed = transaction.commit().await;
        committed.map_err(doing("make texts searchable"))?;
        Ok(next.len() as u64)
    }

    /// Whether a revision has not been made searchable.
    pub(crate) async fn is_search_behind(&self) -> Result<bool, StoreError> {
        let row = query(
            "SELECT EXISTS (SELECT 1 FROM revision r
                 WHERE r.revision_key > (SELECT COALESCE(MAX(revision_key), 0) FROM text_indexed) - $1
                   AND NOT EXISTS (SELECT 1 FROM text_indexed i WHERE i.revision_key = r.revision_key))",
        );
        let row = row.bind(slack(self.engine()));
        let row = row.fetch_one(&self.pool).await;
        Ok(row
            .map_err(doing("look for texts that are not searchable"))?
            .get(0))
    }

    /// Keys and public ids of the runs, recorded by then, whose id begins so; two at most.
    pub async fn runs_that_begin(
        &self,
        id: &str,
        as_of: AsOf,
    ) -> Result<Vec<(RunKey, String)>, StoreError> {
        let rows = query(
            "SELECT tag_run_key, tag_run_id FROM tag_run
             WHERE SUBSTR(tag_run_id, 1, LENGTH($1)) = $1 AND ($3 OR recorded_at <= $2) ORDER BY tag_run_key LIMIT 2",
        );
        let rows = rows.bind(id).bind(micros(as_of.instant));
        let rows = rows.bind(as_of.reconstructed).fetch_all(&self.pool).await;
        let rows = rows.map_err(doing("read tag runs"))?;
        Ok(rows
            .iter()
            .map(|row| (RunKey(row.get(0)), row.get(1)))
            .collect())
    }
}

/// Takes the words of an article's revisions out of the index, before their texts are blanked: FTS5 finds them by the texts.
pub(crate) async fn forget(transaction: &mut Transaction, article: i64) -> Result<(), StoreError> {
    let forgotten = query(match transaction.engine() {
        Engine::Sqlite => {
            "INSERT INTO revision_text (revision_text, rowid, title, text)
             SELECT 'delete', revision_key, SUBSTR(title, 1, $2), SUBSTR(text, 1, $2) FROM revision JOIN text_indexed USING (revision_key)
             WHERE article_key = $1 AND (title <> '' OR text <> '')"
        }
        Engine::Postgres => {
            "UPDATE revision_text SET words = '' WHERE $2::bigint > 0
               AND revision_key IN (SELECT revision_key FROM revision WHERE article_key = $1)"
        }
    });
    let forgotten = forgotten.bind(article).bind(LONGEST);
    let forgotten = forgotten.execute(transaction).await;
    forgotten.map(drop).map_err(doing("remove words of a text"))
}
