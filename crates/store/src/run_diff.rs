//! What one tag run says that another does not, over the articles that both have tagged. All sums are of integers.

use chrono::{DateTime, Utc};

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::reading::AsOf;
use crate::rows::micros;
use crate::runs::RunKey;
use crate::sql::{Query, Row, Transaction, query};

/// Two runs and the articles over which they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// The run that is there.
    pub before: RunKey,
    /// The run that may take its place.
    pub after: RunKey,
    /// Nothing recorded later is compared.
    pub as_of: AsOf,
    /// Articles that became available from then on.
    pub from: Option<DateTime<Utc>>,
    /// Articles that became available before.
    pub until: Option<DateTime<Utc>>,
}

/// Which revisions two runs have tagged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// By both.
    pub n_both: i64,
    /// By the run before alone.
    pub n_only_before: i64,
    /// By the run after alone.
    pub n_only_after: i64,
}

/// How what two runs found differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagChange {
    /// A theme or an index; empty of sentences.
    pub id: String,
    /// Found by both.
    pub n_kept: i64,
    /// By the run after alone.
    pub n_gained: i64,
    /// By the run before alone.
    pub n_lost: i64,
    /// Kept, with a tone in both.
    pub n_toned: i64,
    /// Those among them of which the tone is above zero in one and below in the other.
    pub n_flips: i64,
    /// Sum of the absolute differences of their tones, in millionths.
    pub sum_of_differences: i64,
}

/// What sets two runs apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunDifference {
    /// Revisions, of any article and time, that they have tagged.
    pub coverage: Coverage,
    /// Articles that are compared: by their first revision, as in every table, where both have tagged it.
    pub n_articles: i64,
    /// By theme.
    pub themes: Vec<TagChange>,
    /// By index.
    pub indices: Vec<TagChange>,
    /// Over all sentences; kept are those that both runs found at the same place.
    pub sentences: TagChange,
}

/// The articles that are compared, with the taggings of both runs.
const COMMON: &str = "visible AS (
         SELECT revision_key, available_at, ROW_NUMBER() OVER (PARTITION BY article_key ORDER BY recorded_at, available_at, revision_id) AS place
         FROM revision WHERE CASE WHEN $2 THEN available_at ELSE recorded_at END <= $1),
     common AS (
         SELECT v.revision_key, b.tagging_key AS before_key, a.tagging_key AS after_key FROM visible v
         JOIN tagging b ON b.revision_key = v.revision_key AND b.tag_run_key = $3 AND ($2 OR b.recorded_at <= $1)
         JOIN tagging a ON a.revision_key = v.revision_key AND a.tag_run_key = $4 AND ($2 OR a.recorded_at <= $1)
         WHERE place = 1 AND available_at >= $5 AND available_at < $6)";

/// Columns of [`change_of`], over rows with who found something, and in which tone.
const CHANGES: &str =
    "CAST(SUM(in_before * in_after) AS BIGINT), CAST(SUM((1 - in_before) * in_after) AS BIGINT),
     CAST(SUM(in_before * (1 - in_after)) AS BIGINT), COUNT(tone_before + tone_after),
     CAST(COALESCE(SUM(CASE WHEN tone_before * tone_after < 0 THEN 1 ELSE 0 END), 0) AS BIGINT),
     CAST(COALESCE(SUM(ABS(tone_before - tone_after)), 0) AS BIGINT)";

impl Store {
    /// What sets two runs apart, read from one state of the store.
    pub async fn run_difference(&self, asked: &Comparison) -> Result<RunDifference, StoreError> {
        let begun = self.pool.begin_reading().await;
        let mut transaction = begun.map_err(doing("begin to read"))?;
        let count = format!("WITH {COMMON} SELECT COUNT(*) FROM common");
        let count = bound(count, asked).fetch_one(&mut transaction).await;
        let sentences = bound(sentences(), asked).fetch_one(&mut transaction).await;
        Ok(RunDifference {
            coverage: coverage(&mut transaction, asked).await?,
            n_articles: count.map_err(doing("compare tag runs"))?.get(0),
            themes: tags(&mut transaction, asked, ("theme_tag", "theme")).await?,
            indices: tags(&mut transaction, asked, ("index_tag", "index_id")).await?,
            sentences: change_of(&sentences.map_err(doing("compare sentences"))?),
        })
    }
}

async fn coverage(
    transaction: &mut Transaction,
    asked: &Comparison,
) -> Result<Coverage, StoreError> {
    let row = query(
        "SELECT CAST(COALESCE(SUM(in_before * in_after), 0) AS BIGINT), CAST(COALESCE(SUM(in_before * (1 - in_after)), 0) AS BIGINT),
                CAST(COALESCE(SUM((1 - in_before) * in_after), 0) AS BIGINT)
         FROM (SELECT MAX(CASE WHEN tag_run_key = $3 THEN 1 ELSE 0 END) AS in_before,
                      MAX(CASE WHEN tag_run_key = $4 THEN 1 ELSE 0 END) AS in_after
               FROM tagging WHERE tag_run_key IN ($3, $4) AND ($2 OR recorded_at <= $1) GROUP BY revision_key) AS tagged",
    );
    let row = runs_bound(row, asked).fetch_one(transaction).await;
    let row = row.map_err(doing("compare what runs have tagged"))?;
    Ok(Coverage {
        n_both: row.get(0),
        n_only_before: row.get(1),
        n_only_after: row.get(2),
    })
}

/// Changes of the tags of a table, by the column that names them.
async fn tags(
    transaction: &mut Transaction,
    asked: &Comparison,
    (table, id): (&str, &str),
) -> Result<Vec<TagChange>, StoreError> {
    let statement = format!(
        "WITH {COMMON},
         found AS (
             SELECT c.revision_key, g.{id} AS id, 1 AS in_before, 0 AS in_after, g.tone AS tone_before, CAST(NULL AS BIGINT) AS tone_after
             FROM common c JOIN {table} g ON g.tagging_key = c.before_key
             UNION ALL
             SELECT c.revision_key, g.{id}, 0, 1, CAST(NULL AS BIGINT), g.tone FROM common c JOIN {table} g ON g.tagging_key = c.after_key),
         paired AS (
             SELECT id, MAX(in_before) AS in_before, MAX(in_after) AS in_after, MAX(tone_before) AS tone_before, MAX(tone_after) AS tone_after
             FROM found GROUP BY id, revision_key)
         SELECT {CHANGES}, id FROM paired GROUP BY id ORDER BY id"
    );
    let rows = bound(statement, asked).fetch_all(transaction).await;
    let rows = rows.map_err(doing("compare tags"))?;
    let changes = rows.iter().map(|row| TagChange {
        id: row.get(6),
        ..change_of(row)
    });
    Ok(changes.collect())
}

/// Sentences by their place in an article's texts.
fn sentences() -> String {
    format!(
        "WITH {COMMON},
         found AS (
             SELECT c.revision_key, s.part, s.start_byte, s.end_byte, 1 AS in_before, 0 AS in_after,
                    s.positive - s.negative AS tone_before, CAST(NULL AS BIGINT) AS tone_after
             FROM common c JOIN sentence_tag s ON s.tagging_key = c.before_key
             UNION ALL
             SELECT c.revision_key, s.part, s.start_byte, s.end_byte, 0, 1, CAST(NULL AS BIGINT), s.positive - s.negative
             FROM common c JOIN sentence_tag s ON s.tagging_key = c.after_key),
         paired AS (
             SELECT MAX(in_before) AS in_before, MAX(in_after) AS in_after, MAX(tone_before) AS tone_before, MAX(tone_after) AS tone_after
             FROM found GROUP BY revision_key, part, start_byte, end_byte)
         SELECT {CHANGES} FROM paired"
    )
}

/// Reads [`CHANGES`].
fn change_of(row: &Row) -> TagChange {
    let get = |place| row.get::<Option<i64>>(place).unwrap_or_default();
    TagChange {
        id: String::new(),
        n_kept: get(0),
        n_gained: get(1),
        n_lost: get(2),
        n_toned: get(3),
        n_flips: get(4),
        sum_of_differences: get(5),
    }
}

fn runs_bound(query: Query, asked: &Comparison) -> Query {
    let AsOf {
        instant,
        reconstructed,
    } = asked.as_of;
    let query = query.bind(micros(instant)).bind(reconstructed);
    query.bind(asked.before.0).bind(asked.after.0)
}

fn bound(statement: String, asked: &Comparison) -> Query {
    runs_bound(query(statement), asked)
        .bind(asked.from.map_or(i64::MIN, micros))
        .bind(asked.until.map_or(i64::MAX, micros))
}
