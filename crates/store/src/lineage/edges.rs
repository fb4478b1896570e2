//! Whom an article follows: the choice among all that it is like, and what it comes to beside what was recorded before.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde_json::json;

use super::Alike;
use crate::error::{StoreError, doing};
use crate::rows::micros;
use crate::sql::{Transaction, json_rows, query};

/// Where an article stands in time: when its first revision was available, and its public id among those of that instant.
type Standing = (i64, String);

/// That an article follows an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) article_key: i64,
    pub(super) was_origin: bool,
    earlier: Earlier,
    evidence: String,
}

/// Whom an article follows, or may follow.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Earlier {
    article_key: i64,
    standing: Standing,
    likeness: i32,
}

/// A revision, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Text {
    article_key: i64,
    available_at: i64,
    is_first: bool,
    standing: Standing,
}

impl Earlier {
    /// The greater one is followed: the one that is more alike, of equals the one that stands earlier.
    fn merit(&self) -> (i32, Reverse<&Standing>) {
        (self.likeness, Reverse(&self.standing))
    }
}

/// The edges that these pairs add to those that are recorded, by article.
pub(super) async fn new_edges(
    transaction: &mut Transaction,
    alike: &[Alike],
) -> Result<Vec<Edge>, StoreError> {
    if alike.is_empty() {
        return Ok(vec![]);
    }
    let texts = texts(transaction, alike).await?;
    let best = best(alike, &texts);
    let current = current(transaction, best.keys()).await?;
    let edges = best
        .into_iter()
        .filter_map(|(article_key, (earlier, pair))| {
            let before = current.get(&article_key);
            let is_better = before.is_none_or(|before| earlier.merit() > before.merit());
            is_better.then(|| Edge {
                article_key,
                was_origin: before.is_none(),
                earlier,
                evidence: pair.evidence.clone(),
            })
        });
    Ok(edges.collect())
}

/// All revisions of these articles.
pub(super) async fn revisions_of(
    transaction: &mut Transaction,
    articles: &[i64],
) -> Result<Vec<i64>, StoreError> {
    if articles.is_empty() {
        return Ok(vec![]);
    }
    let rows = query(
        "SELECT r.revision_key FROM json_each($1) k JOIN revision r ON r.article_key = CAST(k.value ->> 0 AS BIGINT)",
    );
    let rows = rows
        .bind(key_rows(articles.iter()))
        .fetch_all(transaction)
        .await;
    let rows = rows.map_err(doing("read revisions"))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// For each article the one that it follows by these pairs alone.
fn best<'a>(alike: &'a [Alike], texts: &HashMap<i64, Text>) -> BTreeMap<i64, (Earlier, &'a Alike)> {
    let mut best: BTreeMap<i64, (Earlier, &Alike)> = BTreeMap::new();
    for pair in alike {
        let (Some(one), Some(other)) = (texts.get(&pair.one), texts.get(&pair.other)) else {
            continue;
        };
        let Some((later, earlier)) = in_order(one, other) else {
            continue;
        };
        let earlier = Earlier {
            article_key: earlier.article_key,
            standing: earlier.standing.clone(),
            likeness: pair.likeness,
        };
        let known = best.get(&later.article_key);
        if known.is_none_or(|(known, _)| earlier.merit() > known.merit()) {
            best.insert(later.article_key, (earlier, pair));
        }
    }
    best
}

/// The text that follows and the one that it follows; `None` where neither can: of one article, where the later article's text is not its
/// first, or where the earlier article took the words up after the later one.
fn in_order<'a>(one: &'a Text, other: &'a Text) -> Option<(&'a Text, &'a Text)> {
    let (later, earlier) = match one.standing > other.standing {
        true => (one, other),
        false => (other, one),
    };
    let follows = later.article_key != earlier.article_key
        && later.is_first
        && earlier.available_at <= later.available_at;
    follows.then_some((later, earlier))
}

/// The revisions of these pairs, by key.
async fn texts(
    transaction: &mut Transaction,
    alike: &[Alike],
) -> Result<HashMap<i64, Text>, StoreError> {
    let mut keys: Vec<i64> = alike
        .iter()
        .flat_map(|pair| [pair.one, pair.other])
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let rows = query(
        "SELECT r.revision_key, r.article_key, r.available_at, r.revision_key = f.revision_key, f.available_at, a.article_id
         FROM json_each($1) k JOIN revision r ON r.revision_key = CAST(k.value ->> 0 AS BIGINT)
         JOIN article a ON a.article_key = r.article_key
         JOIN revision f ON f.revision_key = (SELECT revision_key FROM revision o WHERE o.article_key = r.article_key
                                              ORDER BY recorded_at, available_at, revision_id LIMIT 1)",
    );
    let rows = rows.bind(key_rows(keys.iter()));
    let rows = rows.fetch_all(transaction).await;
    let rows = rows.map_err(doing("read revisions that are alike"))?;
    let texts = rows.iter().map(|row| {
        let text = Text {
            article_key: row.get(1),
            available_at: row.get(2),
            is_first: row.get(3),
            standing: (row.get(4), row.get(5)),
        };
        (row.get(0), text)
    });
    Ok(texts.collect())
}

/// Whom these articles follow as it is recorded; those that follow none are left out.
async fn current(
    transaction: &mut Transaction,
    article_keys: impl Iterator<Item = &i64>,
) -> Result<HashMap<i64, Earlier>, StoreError> {
    let rows = query(
        "SELECT e.article_key, e.earlier_key, e.likeness, f.available_at, a.article_id
         FROM json_each($1) k
         JOIN lineage_edge e ON e.lineage_edge_key = (SELECT MAX(l.lineage_edge_key) FROM lineage_edge l
                                                      WHERE l.article_key = CAST(k.value ->> 0 AS BIGINT))
         JOIN article a ON a.article_key = e.earlier_key
         JOIN revision f ON f.revision_key = (SELECT revision_key FROM revision o WHERE o.article_key = e.earlier_key
                                              ORDER BY recorded_at, available_at, revision_id LIMIT 1)",
    );
    let rows = rows.bind(key_rows(article_keys));
    let rows = rows.fetch_all(transaction).await;
    let rows = rows.map_err(doing("read whom articles follow"))?;
    let current = rows.iter().map(|row| {
        let earlier = Earlier {
            article_key: row.get(1),
            likeness: row.get(2),
            standing: (row.get(3), row.get(4)),
        };
        (row.get(0), earlier)
    });
    Ok(current.collect())
}

pub(super) async fn insert(
    transaction: &mut Transaction,
    edges: &[Edge],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let rows = edges.iter().map(|edge| {
        let Earlier {
            article_key,
            likeness,
            ..
        } = edge.earlier;
        json!([edge.article_key, article_key, likeness, edge.evidence])
    });
    let inserted = query(
        "INSERT INTO lineage_edge (article_key, earlier_key, likeness, evidence, recorded_at)
         SELECT CAST(value ->> 0 AS BIGINT), CAST(value ->> 1 AS BIGINT), CAST(value ->> 2 AS BIGINT), value ->> 3, $2
         FROM json_each($1) ORDER BY key",
    );
    let inserted = inserted.bind(json_rows(rows.collect())).bind(micros(now));
    let inserted = inserted.execute(transaction).await;
    inserted.map_err(doing("record who follows whom"))?;
    Ok(())
}

/// Each key as a row: PostgreSQL takes no element from what is no array.
fn key_rows<'a>(keys: impl Iterator<Item = &'a i64>) -> String {
    json_rows(keys.map(|key| json!([key])).collect())
}
