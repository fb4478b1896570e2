//! What runs find in texts: what is still to be tagged, and the tags with the sums that they change.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use newsprint_domain::identifier::ThemeId;
use newsprint_domain::sentiment::Tone;
use newsprint_domain::tags::ArticleTags;
use serde_json::json;

use crate::connection::Store;
use crate::contributions::{facts, keys};
use crate::error::{StoreError, doing};
use crate::observations::{Changes, Seen, SeenTheme};
use crate::roll_ups::{alone, settle};
use crate::rows::{instant, micros};
use crate::runs::RunKey;
use crate::sql::{Transaction, json_rows, query};
use crate::tag_rows::TagRows;

/// A revision that a run has not tagged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UntaggedRevision {
    /// Its key in this store.
    pub revision_key: i64,
    /// The article's address.
    pub address: String,
    /// Headline.
    pub title: String,
    /// Body text.
    pub text: String,
    /// The day it became available, UTC.
    pub available_on: NaiveDate,
}

/// What a run found in a revision.
#[derive(Debug, Clone, Copy)]
pub struct TaggedRevision<'a> {
    /// The revision's key in this store.
    pub revision_key: i64,
    /// What was found.
    pub tags: &'a ArticleTags,
    /// The themes that were defined after the revision was available.
    pub retrospective: &'a BTreeSet<ThemeId>,
}

impl<'a> From<&'a (i64, ArticleTags, BTreeSet<ThemeId>)> for TaggedRevision<'a> {
    fn from(
        (revision_key, tags, retrospective): &'a (i64, ArticleTags, BTreeSet<ThemeId>),
    ) -> Self {
        Self {
            revision_key: *revision_key,
            tags,
            retrospective,
        }
    }
}

impl Store {
    /// How many revisions `run` has not tagged. Of articles that were removed there is nothing to tag.
    pub async fn count_untagged(&self, run: RunKey) -> Result<i64, StoreError> {
        let row = query(
            "SELECT COUNT(*) FROM revision r
             WHERE NOT EXISTS (SELECT 1 FROM tagging t WHERE t.revision_key = r.revision_key AND t.tag_run_key = $1)
               AND NOT EXISTS (SELECT 1 FROM tombstone d WHERE d.article_key = r.article_key)",
        )
        .bind(run.0)
        .fetch_one(&self.pool)
        .await
        .map_err(doing("count untagged revisions"))?;
        Ok(row.get(0))
    }

    /// Up to `limit` revisions after `after_key` that `run` has not tagged, oldest first.
    pub async fn untagged(
        &self,
        run: RunKey,
        after_key: i64,
        limit: i64,
    ) -> Result<Vec<UntaggedRevision>, StoreError> {
        self.untagged_since(run, None, after_key, limit).await
    }

    /// The same of those alone that became available at `since` or later.
    pub async fn untagged_since(
        &self,
        run: RunKey,
        since: Option<DateTime<Utc>>,
        after_key: i64,
        limit: i64,
    ) -> Result<Vec<UntaggedRevision>, StoreError> {
        let rows = query(
            "SELECT revision_key, address, title, text, available_at FROM revision r JOIN article USING (article_key)
             WHERE revision_key > $2 AND available_at >= $4
               AND NOT EXISTS (SELECT 1 FROM tagging t WHERE t.revision_key = r.revision_key AND t.tag_run_key = $1)
               AND NOT EXISTS (SELECT 1 FROM tombstone d WHERE d.article_key = r.article_key)
             ORDER BY revision_key LIMIT $3",
        )
        .bind(run.0)
        .bind(after_key)
        .bind(limit)
        .bind(since.map_or(i64::MIN, micros))
        .fetch_all(&self.pool)
        .await
        .map_err(doing("read untagged revisions"))?;
        let revisions = rows.iter().map(|row| {
            Ok(UntaggedRevision {
                revision_key: row.get(0),
                address: row.get(1),
                title: row.get(2),
                text: row.get(3),
                available_on: instant("revision", row.get(4))?.date_naive(),
            })
        });
        revisions.collect()
    }

    /// Those of `revisions` in which `run` found any of these themes.
    pub async fn carrying(
        &self,
        run: RunKey,
        revisions: &[i64],
        themes: &[String],
    ) -> Result<BTreeSet<i64>, StoreError> {
        let themes = themes.iter().map(|theme| json!([theme]));
        let rows = query(
            "SELECT DISTINCT t.revision_key FROM json_each($1) k CROSS JOIN tagging t CROSS JOIN theme_tag g
             WHERE t.tag_run_key = $3 AND t.revision_key = CAST(k.value ->> 0 AS BIGINT) AND g.tagging_key = t.tagging_key
               AND g.theme IN (SELECT value ->> 0 FROM json_each($2))",
        );
        let rows = rows.bind(keys(revisions)).bind(json_rows(themes.collect()));
        let rows = rows.bind(run.0).fetch_all(&self.pool).await;
        let rows = rows.map_err(doing("read themes"))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Records everything that `run` says of revisions, with the sums that it changes, in one transaction; nothing of those of which it
    /// has said so before.
    pub async fn record_tags(
        &self,
        run: RunKey,
        tagged: &[TaggedRevision<'_>],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        alone(&mut transaction).await?;
        let described = self.described(&mut transaction, run).await?;
        let taggings = insert_taggings(&mut transaction, run, tagged, now).await?;
        let revisions: Vec<i64> = taggings.keys().copied().collect();
        let facts = facts(&mut transaction, &keys(&revisions), i64::MAX).await?;
        let mut rows = TagRows::default();
        let mut changes = Changes::default();
        for revision in tagged {
            let Some(tagging) = taggings.get(&revision.revision_key) else {
                continue;
            };
            rows.add(*tagging, revision.tags, revision.retrospective);
            let facts = facts.get(&revision.revision_key).cloned();
            let seen = seen(facts.unwrap_or_default(), revision);
            changes.add(&described.id, &described.pairs, &seen, 1);
        }
        rows.insert(&mut transaction).await?;
        settle(&mut transaction, &changes, now).await?;
        transaction.commit().await.map_err(doing("commit tags"))
    }
}

/// The same that [`Store::contributions`] reads once the tags are stored.
fn seen(facts: Seen, revision: &TaggedRevision<'_>) -> Seen {
    let TaggedRevision {
        tags,
        retrospective,
        ..
    } = revision;
    let themes = tags.themes.iter().map(|tag| SeenTheme {
        theme: tag.theme.as_str().to_owned(),
        tone: tag.tone,
        stance: Tone::from_millionths(tag.stance),
        retrospective: retrospective.contains(&tag.theme),
    });
    let indices = tags.indices.iter();
    let indices = indices.map(|tag| (tag.index.as_str().to_owned(), tag.tone));
    Seen {
        is_foreign: tags.language.is_some(),
        themes: themes.collect(),
        indices: indices.collect(),
        ..facts
    }
}

/// Keys of the taggings that are new, by revision.
async fn insert_taggings(
    transaction: &mut Transaction,
    run: RunKey,
    tagged: &[TaggedRevision<'_>],
    now: DateTime<Utc>,
) -> Result<HashMap<i64, i64>, StoreError> {
    let rows = tagged.iter().map(|revision| {
        let tone = revision.tags.tone.map(Tone::millionths);
        json!([revision.revision_key, tone, revision.tags.language])
    });
    let rows = query(
        "INSERT INTO tagging (tag_run_key, revision_key, tone, language, recorded_at)
         SELECT $2, CAST(value ->> 0 AS BIGINT), CAST(value ->> 1 AS BIGINT), value ->> 2, $3 FROM json_each($1) WHERE true ORDER BY key
         ON CONFLICT (tag_run_key, revision_key) DO NOTHING RETURNING revision_key, tagging_key",
    )
    .bind(json_rows(rows.collect()))
    .bind(run.0)
    .bind(micros(now))
    .fetch_all(transaction)
    .await
    .map_err(doing("record taggings"))?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
