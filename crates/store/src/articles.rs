//! Articles, their revisions, and what became of every item that a source offered.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use newsprint_domain::article::Article;
use newsprint_domain::change::change;
use newsprint_domain::digest::content_id;

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::removal::{insert_removed, removed_among};
use crate::rows::{corrupt, micros, offset_column};
use crate::sessions::{SessionAssignment, assignment_rows};
use crate::sql::{Query, Row, Transaction, query};
use crate::tallies::{NOT_ASKED, Tallies, alone, count, of_outcome, settle};

/// What became of one item of a source.
#[derive(Debug, Clone)]
pub struct FetchRecord<'a> {
    /// The source: a feed's or page's address, or a folder.
    pub source: &'a str,
    /// The item: an address, or a file in the folder.
    pub item: &'a str,
    /// Digest of the file's bytes; empty for an address.
    pub digest: &'a str,
    /// `ok`, or the kind of failure.
    pub outcome: &'a str,
    /// What to say of a failure.
    pub detail: &'a str,
    /// The article, where there is one.
    pub article: Option<&'a Article>,
    /// The article's sessions, an exchange each.
    pub assignments: &'a [SessionAssignment],
}

/// The last outcome of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownItem {
    /// Digest of the file's bytes at the time; empty for an address.
    pub digest: String,
    /// `ok`, or the kind of failure.
    pub outcome: String,
    /// What was said of a failure.
    pub detail: String,
}

/// What recording an item changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Recorded {
    /// A new article.
    NewArticle,
    /// A new revision of a known article.
    NewRevision,
    /// Nothing but the item's outcome: the article was removed on request, and is not stored again.
    Removed,
    /// Nothing but, perhaps, the item's outcome.
    #[default]
    Unchanged,
}

impl Store {
    /// The last outcome of every item of `source`.
    pub async fn known_items(
        &self,
        source: &str,
    ) -> Result<BTreeMap<String, KnownItem>, StoreError> {
        let rows = query(
            "SELECT item, digest, outcome, detail FROM fetch_outcome WHERE source = $1 ORDER BY fetch_outcome_key",
        )
        .bind(source)
        .fetch_all(&self.pool)
        .await
        .map_err(doing("read fetch outcomes"))?;
        let known = rows.iter().map(|row| {
            (
                row.get(0),
                KnownItem {
                    digest: row.get(1),
                    outcome: row.get(2),
                    detail: row.get(3),
                },
            )
        });
        Ok(known.collect())
    }

    /// Whether any revision of this article is stored.
    pub async fn has_article(&self, article_id: &str) -> Result<bool, StoreError> {
        let row =
            query("SELECT EXISTS (SELECT 1 FROM article WHERE article_id = $1)").bind(article_id);
        let row = row
            .fetch_one(&self.pool)
            .await
            .map_err(doing("look for an article"))?;
        Ok(row.get(0))
    }

    /// Records an item's outcome, and its article with sessions where there is one, in one transaction.
    ///
    /// An outcome equal to the item's last one adds no row.
    pub async fn record_fetch(
        &self,
        record: &FetchRecord<'_>,
        now: DateTime<Utc>,
    ) -> Result<Recorded, StoreError> {
        let mut transaction = self.begin().await?;
        alone(&mut transaction).await?;
        let mut tallies = Tallies::new();
        let removed = removed_among(&mut transaction, [record].into_iter()).await?;
        let recorded = match removed.holds(record) {
            true => insert_removed(&mut transaction, record, &mut tallies, now).await?,
            false => insert_fetch(&mut transaction, record, &mut tallies, now).await?,
        };
        settle(&mut transaction, &tallies, now).await?;
        transaction
            .commit()
            .await
            .map_err(doing("commit a fetch"))?;
        Ok(recorded)
    }
}

/// Records an item's outcome, and its article where there is one.
pub(crate) async fn insert_fetch(
    transaction: &mut Transaction,
    record: &FetchRecord<'_>,
    tallies: &mut Tallies,
    now: DateTime<Utc>,
) -> Result<Recorded, StoreError> {
    let Some(article) = record.article else {
        let inserted = bind_outcome(query(INSERT_OUTCOME), record, None, now);
        let inserted = inserted.fetch_all(&mut *transaction).await;
        for row in inserted.map_err(doing("record a fetch outcome"))? {
            count_outcome(tallies, record.outcome, &row);
        }
        return Ok(Recorded::Unchanged);
    };
    let recorded = insert_article(transaction, record, article, tallies, now).await?;
    if recorded == Recorded::NewRevision {
        insert_change(transaction, article, now).await?;
    }
    Ok(recorded)
}

/// Records what a revision changed of the one that was recorded before it.
async fn insert_change(
    transaction: &mut Transaction,
    article: &Article,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = query(
        "SELECT before.revision_key, before.title, before.text, r.revision_key FROM revision r
         JOIN revision before ON before.article_key = r.article_key AND before.revision_key < r.revision_key
         WHERE r.revision_id = $1 ORDER BY before.revision_key DESC LIMIT 1",
    );
    let row = row
        .bind(article.revision_id())
        .fetch_one(&mut *transaction)
        .await
        .map_err(doing("read the revision before"))?;
    let change = change(
        (&row.get::<String>(1), &row.get::<String>(2)),
        (&article.title, &article.text),
    );
    query(
        "INSERT INTO revision_change (revision_key, previous_revision_key, title_changed, words_added, words_removed, summary, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(row.get::<i64>(3))
    .bind(row.get::<i64>(0))
    .bind(change.title_changed)
    .bind(offset_column(change.words_added))
    .bind(offset_column(change.words_removed))
    .bind(change.to_string())
    .bind(micros(now))
    .execute(&mut *transaction)
    .await
    .map_err(doing("record what a revision changed"))?;
    Ok(())
}

/// An article, its revision and the revision's sessions, each where it is new, and the item's outcome. One string of statements, because
/// each call of SQLite costs as much as the statement itself.
///
/// A revision is not recorded before the one before it, were the clock to go back, and after it where that one is tagged: which is an
/// article's first never changes once tables rest on it.
const INSERT_ARTICLE: &str = "
    INSERT INTO article (article_id, publisher, address, recorded_at) VALUES ($8, $9, $10, $7)
    ON CONFLICT (article_id) DO NOTHING RETURNING 'article';
    INSERT INTO revision (revision_id, article_key, fetched_from, title, authors, site, language, text, text_digest, published,
                          published_stated, published_zone, published_found_in, first_seen, available_at, reconstructed, recorded_at)
    VALUES ($6, (SELECT article_key FROM article WHERE article_id = $8), $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
            $24, MAX($7, COALESCE((
                SELECT MAX(b.recorded_at + CASE WHEN EXISTS (
                    SELECT 1 FROM tag_run u JOIN tagging t ON t.tag_run_key = u.tag_run_key AND t.revision_key = b.revision_key) THEN 1 ELSE 0 END)
                FROM revision b JOIN article a ON a.article_key = b.article_key WHERE a.article_id = $8), $7)))
    ON CONFLICT (revision_id) DO NOTHING RETURNING 'revision';
    INSERT INTO session_assignment (revision_key, exchange, calendar_version, reaction_session, reaction_close, base_close_session,
                                    entry_open_session, phase, recorded_at)
    SELECT r.revision_key, value ->> 0, value ->> 1, value ->> 2, CAST(value ->> 3 AS BIGINT), value ->> 4, value ->> 5, value ->> 6, $7
    FROM json_each($25), revision r
    WHERE r.revision_id = $6 AND r.recorded_at >= $7 AND r.first_seen = $22
    ORDER BY key
    ON CONFLICT (revision_key, exchange, calendar_version) DO NOTHING;";

/// An outcome, where it is another one than the item's last.
const INSERT_OUTCOME: &str = "
    INSERT INTO fetch_outcome (source, item, digest, outcome, detail, revision_key, recorded_at)
    SELECT $1, $2, $3, $4, $5, r.revision_key, $7 FROM (SELECT 1) AS one LEFT JOIN revision r ON r.revision_id = $6
    WHERE NOT EXISTS (
        SELECT 1 FROM fetch_outcome f
        WHERE f.fetch_outcome_key = (SELECT MAX(fetch_outcome_key) FROM fetch_outcome WHERE source = $1 AND item = $2)
          AND f.digest = $3 AND f.outcome = $4 AND f.detail = $5 AND f.revision_key IS NOT DISTINCT FROM r.revision_key)
    RETURNING 'outcome',
        (SELECT f.outcome FROM fetch_outcome f WHERE f.source = $1 AND f.item = $2 AND f.fetch_outcome_key < fetch_outcome.fetch_outcome_key
         ORDER BY f.fetch_outcome_key DESC LIMIT 1),
        EXISTS (SELECT 1 FROM fetch_outcome f WHERE f.source = $1 AND f.item = $2 AND f.outcome = 'ok'
                AND f.fetch_outcome_key < fetch_outcome.fetch_outcome_key),
        EXISTS (SELECT 1 FROM listing l WHERE l.item = $2)
            AND NOT EXISTS (SELECT 1 FROM fetch_outcome f WHERE f.item = $2 AND f.fetch_outcome_key < fetch_outcome.fetch_outcome_key)";

/// The first seven values of both.
fn bind_outcome(
    query: Query,
    record: &FetchRecord<'_>,
    revision_id: Option<String>,
    now: DateTime<Utc>,
) -> Query {
    query
        .bind(record.source)
        .bind(record.item)
        .bind(record.digest)
        .bind(record.outcome)
        .bind(record.detail)
        .bind(revision_id)
        .bind(micros(now))
}

async fn insert_article(
    transaction: &mut Transaction,
    record: &FetchRecord<'_>,
    article: &Article,
    tallies: &mut Tallies,
    now: DateTime<Utc>,
) -> Result<Recorded, StoreError> {
    let authors = serde_json::to_string(&article.authors)
        .map_err(|error| corrupt("revision", error.to_string()))?;
    let published = article.published.as_ref();
    let statements = [INSERT_ARTICLE, INSERT_OUTCOME].concat();
    let query = query(statements);
    let inserted = bind_outcome(query, record, Some(article.revision_id()), now)
        .bind(article.article_id())
        .bind(article.publisher.as_str())
        .bind(&article.address)
        .bind(&article.fetched_from)
        .bind(&article.title)
        .bind(authors)
        .bind(&article.site)
        .bind(&article.language)
        .bind(&article.text)
        .bind(content_id(&["text", &article.text]))
        .bind(published.map(|published| micros(published.instant)))
        .bind(published.map(|published| published.stated.to_string()))
        .bind(published.and_then(|published| published.zone.clone()))
        .bind(published.map(|published| published.found_in.clone()))
        .bind(micros(article.first_seen))
        .bind(micros(article.available_at()))
        .bind(article.is_reconstructed())
        .bind(assignment_rows(record.assignments.iter()))
        .fetch_each(transaction)
        .await
        .map_err(doing("record an article"))?;
    let mut recorded = Recorded::Unchanged;
    for row in &inserted {
        match row.get::<String>(0).as_str() {
            "article" => recorded = Recorded::NewArticle,
            "revision" if recorded == Recorded::Unchanged => recorded = Recorded::NewRevision,
            "outcome" => count_outcome(tallies, record.outcome, row),
            _ => {}
        }
    }
    Ok(recorded)
}

/// Counts a new outcome of an item in place of its last one; an item that ever gave an article is none that gave none.
fn count_outcome(tallies: &mut Tallies, outcome: &str, row: &Row) {
    let (last, was_ok, is_first): (Option<String>, bool, bool) =
        (row.get(1), row.get(2), row.get(3));
    if !was_ok {
        let last = last.as_deref().filter(|last| *last != "ok");
        if let Some(last) = last {
            count(tallies, &of_outcome(last), -1);
        }
        if outcome != "ok" {
            count(tallies, &of_outcome(outcome), 1);
        }
    }
    if is_first {
        count(tallies, NOT_ASKED, -1);
    }
}
