//! Stories as they were known at an instant: an article that follows none, and all that follow it, directly or through others.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::reading::AsOf;
use crate::rows::{instant, micros};
use crate::sql::{Row, json_rows, query};

/// Articles whose particulars are read by one statement.
const BATCH: usize = 4096;

/// An article of a story, by its first revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryMember {
    /// Public id of the article.
    pub article_id: String,
    /// Who published it.
    pub publisher: String,
    /// Its address.
    pub address: String,
    /// Headline.
    pub title: String,
    /// When it could first have been known.
    pub available_at: DateTime<Utc>,
    /// Whom it follows; `None` of the likely origin.
    pub follows: Option<Follows>,
}

/// That an article follows an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follows {
    /// Public id of the earlier article.
    pub article_id: String,
    /// How sure it is, in millionths.
    pub likeness: i32,
    /// What the two share, in words.
    pub evidence: String,
}

/// A story in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorySummary {
    /// The origin's address.
    pub address: String,
    /// The origin's headline.
    pub title: String,
    /// Who published the origin.
    pub publisher: String,
    /// When the origin could first have been known.
    pub first_seen: DateTime<Utc>,
    /// When the last member could first have been known.
    pub last_seen: DateTime<Utc>,
    /// Members, the origin among them.
    pub n_articles: usize,
    /// Different publishers among them.
    pub n_publishers: usize,
}

/// What is read of an article for a summary.
struct Brief {
    article_key: i64,
    publisher: String,
    address: String,
    title: String,
    available_at: DateTime<Utc>,
}

impl Store {
    /// The story of the article at `address`, in order of availability, the likely origin first; empty where no such article was known
    /// as of then.
    pub async fn story(&self, address: &str, as_of: AsOf) -> Result<Vec<StoryMember>, StoreError> {
        let rows = query(STORY).bind(address);
        let rows = rows.bind(micros(as_of.instant)).bind(as_of.reconstructed);
        let rows = rows.fetch_all(&self.pool).await;
        let rows = rows.map_err(doing("read a story"))?;
        rows.iter().map(read_member).collect()
    }

    /// Stories of at least `fewest` articles as of then, by when they were first seen; `fewest` of less than two is two, since an
    /// article that nobody follows is no story of several.
    pub async fn stories(
        &self,
        as_of: AsOf,
        fewest: usize,
    ) -> Result<Vec<StorySummary>, StoreError> {
        let origins = origins(&self.followed(as_of).await?);
        let mut members: HashMap<i64, usize> = HashMap::new();
        for origin in origins.values() {
            *members.entry(*origin).or_insert(1) += 1;
        }
        members.retain(|_, n_articles| *n_articles >= fewest);
        let followers = origins.iter();
        let followers = followers.filter(|(_, origin)| members.contains_key(origin));
        let mut wanted: Vec<i64> = followers.map(|(article, _)| *article).collect();
        wanted.extend(members.keys());
        wanted.sort_unstable();
        let mut stories: BTreeMap<i64, Vec<Brief>> = BTreeMap::new();
        for keys in wanted.chunks(BATCH) {
            for brief in self.briefs(keys, as_of).await? {
                let origin = origins.get(&brief.article_key);
                let origin = origin.copied().unwrap_or(brief.article_key);
                stories.entry(origin).or_default().push(brief);
            }
        }
        let summaries = stories.into_iter();
        let summaries = summaries.filter_map(|(origin, members)| summary(origin, &members));
        // Of articles that are not available yet a reconstructed table knows nothing.
        let mut summaries: Vec<StorySummary> = summaries
            .filter(|story| story.n_articles >= fewest.max(2))
            .collect();
        summaries.sort_by(|one, other| {
            (one.first_seen, &one.address).cmp(&(other.first_seen, &other.address))
        });
        Ok(summaries)
    }

    /// Whom each article follows as of then, by key; those that follow none are left out.
    async fn followed(&self, as_of: AsOf) -> Result<HashMap<i64, i64>, StoreError> {
        let rows = query(
            "SELECT article_key, earlier_key FROM lineage_edge
             WHERE lineage_edge_key IN (SELECT MAX(lineage_edge_key) FROM lineage_edge WHERE $2 OR recorded_at <= $1
                                        GROUP BY article_key)
               AND earlier_key IS NOT NULL",
        );
        let rows = rows.bind(micros(as_of.instant)).bind(as_of.reconstructed);
        let rows = rows.fetch_all(&self.pool).await;
        let rows = rows.map_err(doing("read who follows whom"))?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    async fn briefs(&self, keys: &[i64], as_of: AsOf) -> Result<Vec<Brief>, StoreError> {
        let rows = query(
            "SELECT a.article_key, a.publisher, a.address, f.title, f.available_at
             FROM json_each($1) k JOIN article a ON a.article_key = CAST(k.value ->> 0 AS BIGINT)
             JOIN revision f ON f.revision_key = (SELECT revision_key FROM revision o WHERE o.article_key = a.article_key
                                                  ORDER BY recorded_at, available_at, revision_id LIMIT 1)
             WHERE CASE WHEN $3 THEN f.available_at ELSE f.recorded_at END <= $2",
        );
        let rows = rows.bind(json_rows(keys.iter().map(|key| json!([key])).collect()));
        let rows = rows.bind(micros(as_of.instant)).bind(as_of.reconstructed);
        let rows = rows.fetch_all(&self.pool).await;
        let rows = rows.map_err(doing("read articles of stories"))?;
        let briefs = rows.iter().map(|row| {
            Ok(Brief {
                article_key: row.get(0),
                publisher: row.get(1),
                address: row.get(2),
                title: row.get(3),
                available_at: instant("revision", row.get(4))?,
            })
        });
        briefs.collect()
    }
}

/// From the article at `$1` up to whom it follows, and down from there to all who follow; `$2` and `$3` are the instant.
const STORY: &str = "
    WITH RECURSIVE up (article_key) AS (
        SELECT article_key FROM (
            SELECT a.article_key FROM article a JOIN revision r USING (article_key)
            WHERE a.address = $1 AND CASE WHEN $3 THEN r.available_at ELSE r.recorded_at END <= $2
            ORDER BY r.recorded_at, r.available_at, r.revision_id LIMIT 1) AS asked
        UNION
        SELECT e.earlier_key FROM up u JOIN lineage_edge e
          ON e.lineage_edge_key = (SELECT MAX(l.lineage_edge_key) FROM lineage_edge l
                                   WHERE l.article_key = u.article_key AND ($3 OR l.recorded_at <= $2))
        WHERE e.earlier_key IS NOT NULL),
    member (article_key) AS (
        SELECT article_key FROM up
        UNION
        SELECT e.article_key FROM member m JOIN lineage_edge e ON e.earlier_key = m.article_key
        WHERE e.lineage_edge_key = (SELECT MAX(l.lineage_edge_key) FROM lineage_edge l
                                    WHERE l.article_key = e.article_key AND ($3 OR l.recorded_at <= $2)))
    SELECT a.article_id, a.publisher, a.address, f.title, f.available_at, b.article_id, e.likeness, e.evidence
    FROM member m JOIN article a ON a.article_key = m.article_key
    JOIN revision f ON f.revision_key = (SELECT revision_key FROM revision o WHERE o.article_key = m.article_key
                                         ORDER BY recorded_at, available_at, revision_id LIMIT 1)
    LEFT JOIN lineage_edge e ON e.earlier_key IS NOT NULL
     AND e.lineage_edge_key = (SELECT MAX(l.lineage_edge_key) FROM lineage_edge l
                               WHERE l.article_key = m.article_key AND ($3 OR l.recorded_at <= $2))
    LEFT JOIN article b ON b.article_key = e.earlier_key
    WHERE CASE WHEN $3 THEN f.available_at ELSE f.recorded_at END <= $2
    ORDER BY f.available_at, a.article_id";

fn read_member(row: &Row) -> Result<StoryMember, StoreError> {
    let earlier: Option<String> = row.get(5);
    let follows = earlier.map(|article_id| Follows {
        article_id,
        likeness: row.get(6),
        evidence: row.get(7),
    });
    Ok(StoryMember {
        article_id: row.get(0),
        publisher: row.get(1),
        address: row.get(2),
        title: row.get(3),
        available_at: instant("revision", row.get(4))?,
        follows,
    })
}

/// The origin of each article that follows another one.
fn origins(followed: &HashMap<i64, i64>) -> HashMap<i64, i64> {
    let mut origins: HashMap<i64, i64> = HashMap::with_capacity(followed.len());
    for start in followed.keys() {
        let mut trail = vec![*start];
        let mut at = *start;
        let origin = loop {
            if let Some(origin) = origins.get(&at) {
                break *origin;
            }
            match followed.get(&at) {
                // Edges point to what stands earlier, so that every trail ends before it is longer than all of them.
                Some(earlier) if trail.len() <= followed.len() => at = *earlier,
                _ => break at,
            }
            trail.push(at);
        };
        let on_trail = trail.into_iter().filter(|article| *article != origin);
        origins.extend(on_trail.map(|article| (article, origin)));
    }
    origins
}

/// `None` where the origin itself was not known.
fn summary(origin: i64, members: &[Brief]) -> Option<StorySummary> {
    let first = members.iter().find(|brief| brief.article_key == origin)?;
    let publishers: BTreeSet<&str> = members.iter().map(|brief| &*brief.publisher).collect();
    let last_seen = members.iter().map(|brief| brief.available_at).max();
    Some(StorySummary {
        address: first.address.clone(),
        title: first.title.clone(),
        publisher: first.publisher.clone(),
        first_seen: first.available_at,
        last_seen: last_seen.unwrap_or(first.available_at),
        n_articles: members.len(),
        n_publishers: publishers.len(),
    })
}
