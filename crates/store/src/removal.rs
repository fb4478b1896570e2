//! Removing an article on request: its words go, a tombstone says when and why, and what was counted of it stays.
//!
//! The tombstone and the blank texts are one transaction: it is what lets the engine take them, and what keeps the article out from then on.
//! Evidence is removed after it by whoever has the files, of the places that are given here; both can be done again.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use newsprint_domain::article::Article;
use serde_json::json;

use crate::articles::{FetchRecord, Recorded, insert_fetch};
use crate::attempts::Attempt;
use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::queue::Listed;
use crate::rows::{instant, micros};
use crate::search::forget;
use crate::sql::{Engine, Transaction, json_rows, query};
use crate::tallies::Tallies;

/// Outcome of what is not stored because its article was removed.
pub const DELETED: &str = "deleted";

/// That an article was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// Its address.
    pub address: String,
    /// When it was removed.
    pub recorded_at: DateTime<Utc>,
    /// Why; empty where nobody said.
    pub reason: String,
}

/// An article and what a removal of it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removable {
    article_key: i64,
    /// Its address.
    pub address: String,
    /// Who published it.
    pub publisher: String,
    /// Headline of its first revision; empty where it was removed.
    pub title: String,
    /// Revisions that hold text.
    pub n_revisions: i64,
    /// Addresses that led to it, its own among them.
    pub items: BTreeSet<String>,
    /// Files and sources that are not newsprint's own evidence, of which it was read.
    pub sources: Vec<String>,
    /// Evidence of it, as it was recorded.
    pub evidence: Vec<EvidencePlace>,
    /// That it was removed, where it was.
    pub tombstone: Option<Tombstone>,
}

/// Where evidence of a request stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EvidencePlace {
    /// Name of the file.
    pub file: String,
    /// Where in it, in bytes.
    pub offset: u64,
    /// The address that was asked.
    pub address: String,
}

impl Store {
    /// The article at this address, or that it led to; `None` where there is none.
    pub async fn removable(&self, address: &str) -> Result<Option<Removable>, StoreError> {
        let row = query(
            "SELECT a.article_key, a.address, a.publisher, COALESCE(r.title, ''),
                    (SELECT COUNT(*) FROM revision t WHERE t.article_key = a.article_key AND (t.text <> '' OR t.title <> '' OR t.authors <> '[]'))
             FROM article a LEFT JOIN revision r ON r.article_key = a.article_key
             WHERE a.article_key = COALESCE(
                 (SELECT article_key FROM article WHERE address = $1),
                 (SELECT f.article_key FROM fetch_attempt e JOIN revision f ON f.revision_key = e.revision_key
                  WHERE e.address = $1 ORDER BY e.fetch_attempt_key DESC LIMIT 1))
             ORDER BY r.revision_key LIMIT 1",
        );
        let row = row.bind(address).fetch_optional(&self.pool).await;
        let Some(row) = row.map_err(doing("look for an article"))? else {
            return Ok(None);
        };
        let article_key: i64 = row.get(0);
        let address: String = row.get(1);
        let items = self.items_of(article_key, &address).await?;
        Ok(Some(Removable {
            article_key,
            publisher: row.get(2),
            title: row.get(3),
            n_revisions: row.get(4),
            sources: self.sources_of(article_key).await?,
            evidence: self.evidence_places(article_key, &items).await?,
            tombstone: self.tombstone(&address).await?,
            items,
            address,
        }))
    }

    async fn items_of(&self, article: i64, address: &str) -> Result<BTreeSet<String>, StoreError> {
        let rows = query(
            "SELECT DISTINCT e.item FROM fetch_attempt e JOIN revision r ON r.revision_key = e.revision_key
             WHERE r.article_key = $1 AND e.role = 'page'",
        );
        let rows = rows.bind(article).fetch_all(&self.pool).await;
        let rows = rows.map_err(doing("read what led to an article"))?;
        let own = [address.to_owned()];
        Ok(rows.iter().map(|row| row.get(0)).chain(own).collect())
    }

    /// Saved pages and archives that it was read from: their items are no addresses that were asked.
    async fn sources_of(&self, article: i64) -> Result<Vec<String>, StoreError> {
        let rows = query(
            "SELECT DISTINCT o.source || ': ' || o.item FROM fetch_outcome o JOIN revision r ON r.revision_key = o.revision_key
             WHERE r.article_key = $1 AND o.digest <> '' ORDER BY 1",
        );
        let rows = rows.bind(article).fetch_all(&self.pool).await;
        let rows = rows.map_err(doing("read what an article was read from"))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Evidence of its revisions, and of all that its addresses answered that gave no other article.
    async fn evidence_places(
        &self,
        article: i64,
        items: &BTreeSet<String>,
    ) -> Result<Vec<EvidencePlace>, StoreError> {
        let rows = query(
            "SELECT DISTINCT e.file, e.record_offset, e.address FROM fetch_attempt e
             LEFT JOIN revision r ON r.revision_key = e.revision_key
             WHERE e.role = 'page' AND e.file IS NOT NULL AND e.record_offset IS NOT NULL
               AND (r.article_key = $1 OR e.revision_key IS NULL AND (
                    e.item IN (SELECT value ->> 0 FROM json_each($2)) OR e.address IN (SELECT value ->> 0 FROM json_each($2))))
             ORDER BY 1, 2",
        );
        let items = items.iter().map(|item| json!([item])).collect();
        let rows = rows.bind(article).bind(json_rows(items));
        let rows = rows.fetch_all(&self.pool).await;
        let rows = rows.map_err(doing("read where evidence stands"))?;
        let places = rows.iter().filter_map(|row| {
            Some(EvidencePlace {
                file: row.get(0),
                offset: u64::try_from(row.get::<i64>(1)).ok()?,
                address: row.get(2),
            })
        });
        Ok(places.collect())
    }

    /// That the article at an address, or that it led to, was removed; `None` where it was not.
    pub async fn tombstone(&self, address: &str) -> Result<Option<Tombstone>, StoreError> {
        let row = query(
            "SELECT a.address, t.recorded_at, t.reason FROM tombstone_item i
             JOIN tombstone t ON t.article_key = i.article_key JOIN article a ON a.article_key = t.article_key WHERE i.item = $1",
        );
        let row = row.bind(address).fetch_optional(&self.pool).await;
        let row = row.map_err(doing("look for a tombstone"))?;
        let tombstone = row.map(|row| {
            Ok(Tombstone {
                address: row.get(0),
                recorded_at: instant("tombstone", row.get(1))?,
                reason: row.get(2),
            })
        });
        tombstone.transpose()
    }

    /// Removes an article's words in one transaction, and has `items`, which lead to it, not asked again. A tombstone that is there stays.
    pub async fn remove(
        &self,
        article: &Removable,
        items: &[Listed],
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        if transaction.engine() == Engine::Postgres {
            // A revision that is under way waits for this, and is refused then.
            let locked = query("SELECT 1 FROM article WHERE article_key = $1 FOR UPDATE");
            let locked = locked.bind(article.article_key).fetch_all(&mut transaction);
            locked.await.map_err(doing("lock an article"))?;
        }
        let key = article.article_key;
        let rows = items.iter().map(|item| json!([item.item, item.host]));
        let rows = json_rows(rows.collect());
        for statement in BURY {
            let done = query(statement).bind(key).bind(&rows);
            let done = done.bind(reason).bind(micros(now));
            let done = done.execute(&mut transaction).await;
            done.map_err(doing("record that an article was removed"))?;
        }
        forget(&mut transaction, key).await?;
        for statement in BLANK {
            let done = query(statement).bind(key).execute(&mut transaction).await;
            done.map_err(doing("remove an article's text"))?;
        }
        let committed = transaction.commit().await;
        committed.map_err(doing("remove an article"))
    }

    /// Folds the write-ahead log of a file into it and empties that; `false` where somebody who reads keeps it from that. A server looks
    /// after its own.
    pub async fn empty_log(&self) -> Result<bool, StoreError> {
        if self.engine() == Engine::Postgres {
            return Ok(true);
        }
        let row = query("PRAGMA wal_checkpoint(TRUNCATE)");
        let row = row.fetch_one(&self.pool).await;
        Ok(row
            .map_err(doing("empty the write-ahead log"))?
            .get::<i64>(0)
            == 0)
    }
}

/// Each takes the article, the addresses with their hosts, the reason and the time, and some use fewer of them.
const BURY: [&str; 3] = [
    "INSERT INTO tombstone (article_key, reason, recorded_at) SELECT $1, $3, $4 WHERE $2 IS NOT NULL ON CONFLICT (article_key) DO NOTHING",
    "INSERT INTO tombstone_item (item, article_key, recorded_at)
     SELECT value ->> 0, $1, $4 FROM json_each($2) WHERE $3 IS NOT NULL ORDER BY key ON CONFLICT (item) DO NOTHING",
    "INSERT INTO fetch_item (item, role, source, host, depth, due_at, n_failures, n_visits)
     SELECT value ->> 0, 'page', value ->> 0, value ->> 1, 0, NULL, 0, 0 FROM json_each($2) WHERE $1 > 0 AND $3 IS NOT NULL AND $4 > 0
     ON CONFLICT (item, role) DO UPDATE SET due_at = NULL",
];

const BLANK: [&str; 2] = [
    "UPDATE revision SET title = '', text = '', authors = '[]'
     WHERE article_key = $1 AND (title <> '' OR text <> '' OR authors <> '[]')",
    "UPDATE revision_change SET summary = ''
     WHERE summary <> '' AND revision_key IN (SELECT revision_key FROM revision WHERE article_key = $1)",
];

/// Articles and addresses among those to be recorded that were removed.
#[derive(Debug, Default)]
pub(crate) struct Removed(BTreeSet<String>);

impl Removed {
    /// Whether what is to be recorded is of an article that was removed.
    pub(crate) fn holds(&self, record: &FetchRecord<'_>) -> bool {
        !self.0.is_empty()
            && (self.0.contains(record.item)
                || record
                    .article
                    .is_some_and(|article| self.0.contains(&article.article_id())))
    }
}

/// Looks for what was removed among what is to be recorded.
pub(crate) async fn removed_among<'a>(
    transaction: &mut Transaction,
    records: impl Iterator<Item = &'a FetchRecord<'a>>,
) -> Result<Removed, StoreError> {
    let rows: Vec<_> = records
        .map(|record| json!([record.item, record.article.map(Article::article_id)]))
        .collect();
    if rows.is_empty() {
        return Ok(Removed::default());
    }
    let removed = query(
        "SELECT i.item FROM json_each($1) JOIN tombstone_item i ON i.item = value ->> 0
         UNION SELECT a.article_id FROM json_each($1) CROSS JOIN article a CROSS JOIN tombstone t
               WHERE a.article_id = value ->> 1 AND t.article_key = a.article_key",
    );
    let removed = removed.bind(json_rows(rows));
    let removed = removed.fetch_all(&mut *transaction).await;
    let removed = removed.map_err(doing("look for tombstones"))?;
    Ok(Removed(removed.iter().map(|row| row.get(0)).collect()))
}

/// Records that an item led to an article that was removed, and has it not asked again.
pub(crate) async fn insert_removed(
    transaction: &mut Transaction,
    record: &FetchRecord<'_>,
    tallies: &mut Tallies,
    now: DateTime<Utc>,
) -> Result<Recorded, StoreError> {
    let outcome = FetchRecord {
        outcome: DELETED,
        detail: "the article was removed on request",
        article: None,
        assignments: &[],
        ..record.clone()
    };
    insert_fetch(transaction, &outcome, tallies, now).await?;
    let settled = query("UPDATE fetch_item SET due_at = NULL WHERE item = $1 AND role = 'page'");
    let settled = settled.bind(record.item).execute(transaction).await;
    settled.map_err(doing("settle an address"))?;
    Ok(Recorded::Removed)
}

/// A request as it is recorded of an article that was removed: its answer was of no use.
pub(crate) fn removed_attempt(attempt: &Attempt) -> Attempt {
    Attempt {
        outcome: DELETED.into(),
        ..attempt.clone()
    }
}
