//! Tag runs: what is still to be tagged, what was found, and which run the tables show.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use newsprint_domain::identifier::ThemeId;
use newsprint_domain::sentiment::{Sentiment, Tone};
use newsprint_domain::tags::{ArticleTags, Evidence, TagRun, ThemeTag};
use newsprint_domain::theme::Stance;

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::rows::{instant, micros, offset_column};
use crate::sql::{Transaction, query};

/// A tag run in this store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunKey(pub(crate) i64);

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

impl Store {
    /// The key of `run`, recorded where it is new.
    pub async fn begin_run(&self, run: &TagRun, now: DateTime<Utc>) -> Result<RunKey, StoreError> {
        if let Some(key) = self.run_key(&run.id()).await? {
            return Ok(key);
        }
        query(
            "INSERT INTO tag_run (tag_run_id, model, model_hash, definitions_hash, code_version, recorded_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tag_run_id) DO NOTHING",
        )
        .bind(run.id())
        .bind(&run.model)
        .bind(&run.model_hash)
        .bind(&run.definitions_hash)
        .bind(&run.code_version)
        .bind(micros(now))
        .execute(&self.pool)
        .await
        .map_err(doing("record a tag run"))?;
        let key = self.run_key(&run.id()).await?;
        key.ok_or_else(|| crate::rows::corrupt("tag_run", format!("no run {}", run.id())))
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

    /// How many revisions `run` has not tagged.
    pub async fn count_untagged(&self, run: RunKey) -> Result<i64, StoreError> {
        let row = query(
            "SELECT COUNT(*) FROM revision r
             WHERE NOT EXISTS (SELECT 1 FROM tagging t WHERE t.revision_key = r.revision_key AND t.tag_run_key = $1)",
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
        let rows = query(
            "SELECT revision_key, address, title, text, available_at FROM revision r JOIN article USING (article_key)
             WHERE revision_key > $2
               AND NOT EXISTS (SELECT 1 FROM tagging t WHERE t.revision_key = r.revision_key AND t.tag_run_key = $1)
             ORDER BY revision_key LIMIT $3",
        )
        .bind(run.0)
        .bind(after_key)
        .bind(limit)
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

    /// Records everything that `run` says of a revision, in one transaction; nothing where it has said so before.
    ///
    /// `retrospective` names the themes that were defined after the revision was available.
    pub async fn record_tags(
        &self,
        run: RunKey,
        revision_key: i64,
        tags: &ArticleTags,
        retrospective: &BTreeSet<ThemeId>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        if let Some(tagging) =
            insert_tagging(&mut transaction, run, revision_key, tags, now).await?
        {
            insert_sentences(&mut transaction, tagging, tags).await?;
            insert_themes(&mut transaction, tagging, tags, retrospective).await?;
            insert_indices(&mut transaction, tagging, tags).await?;
            insert_entities(&mut transaction, tagging, tags).await?;
        }
        transaction.commit().await.map_err(doing("commit tags"))
    }

    /// Makes `run` the one that tables show, unless it is already; says whether it was not.
    pub async fn promote(&self, run: RunKey, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let inserted = query(
            "INSERT INTO promotion (tag_run_key, recorded_at) SELECT $1, $2
             WHERE $1 IS DISTINCT FROM (SELECT tag_run_key FROM promotion ORDER BY promotion_key DESC LIMIT 1)",
        )
        .bind(run.0)
        .bind(micros(now))
        .execute(&self.pool)
        .await
        .map_err(doing("promote a tag run"))?;
        Ok(inserted > 0)
    }
}

async fn insert_tagging(
    transaction: &mut Transaction,
    run: RunKey,
    revision_key: i64,
    tags: &ArticleTags,
    now: DateTime<Utc>,
) -> Result<Option<i64>, StoreError> {
    let row = query(
        "INSERT INTO tagging (tag_run_key, revision_key, tone, language, recorded_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tag_run_key, revision_key) DO NOTHING RETURNING tagging_key",
    )
    .bind(run.0)
    .bind(revision_key)
    .bind(tags.tone.map(Tone::millionths))
    .bind(&tags.language)
    .bind(micros(now))
    .fetch_optional(&mut *transaction)
    .await
    .map_err(doing("record a tagging"))?;
    Ok(row.map(|row| row.get(0)))
}

async fn insert_sentences(
    transaction: &mut Transaction,
    tagging: i64,
    tags: &ArticleTags,
) -> Result<(), StoreError> {
    for (ordinal, tagged) in tags.sentences.iter().enumerate() {
        query(
            "INSERT INTO sentence_tag (tagging_key, ordinal, part, start_byte, end_byte, negative, positive)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(tagging)
        .bind(offset_column(ordinal))
        .bind(tagged.sentence.part.as_str())
        .bind(offset_column(tagged.sentence.span.start))
        .bind(offset_column(tagged.sentence.span.end))
        .bind(tagged.sentiment.negative())
        .bind(tagged.sentiment.positive())
        .execute(&mut *transaction)
        .await
        .map_err(doing("record a sentence"))?;
    }
    Ok(())
}

async fn insert_themes(
    transaction: &mut Transaction,
    tagging: i64,
    tags: &ArticleTags,
    retrospective: &BTreeSet<ThemeId>,
) -> Result<(), StoreError> {
    for tag in &tags.themes {
        query(
            "INSERT INTO theme_tag (tagging_key, theme, version, salience, tone, stance, retrospective)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(tagging)
        .bind(tag.theme.as_str())
        .bind(tag.version)
        .bind(tag.salience)
        .bind(tag.tone.map(Tone::millionths))
        .bind(tag.stance)
        .bind(retrospective.contains(&tag.theme))
        .execute(&mut *transaction)
        .await
        .map_err(doing("record a theme"))?;
        insert_effects(transaction, tagging, tag).await?;
        insert_evidence(
            transaction,
            tagging,
            ("theme", tag.theme.as_str()),
            &tag.evidence,
        )
        .await?;
    }
    Ok(())
}

async fn insert_effects(
    transaction: &mut Transaction,
    tagging: i64,
    tag: &ThemeTag,
) -> Result<(), StoreError> {
    for (index, tone) in &tag.effects {
        query(
            "INSERT INTO theme_effect (tagging_key, theme, index_id, tone) VALUES ($1, $2, $3, $4)",
        )
        .bind(tagging)
        .bind(tag.theme.as_str())
        .bind(index.as_str())
        .bind(tone.millionths())
        .execute(&mut *transaction)
        .await
        .map_err(doing("record an effect"))?;
    }
    Ok(())
}

async fn insert_indices(
    transaction: &mut Transaction,
    tagging: i64,
    tags: &ArticleTags,
) -> Result<(), StoreError> {
    for tag in &tags.indices {
        query("INSERT INTO index_tag (tagging_key, index_id, tone) VALUES ($1, $2, $3)")
            .bind(tagging)
            .bind(tag.index.as_str())
            .bind(tag.tone.map(Tone::millionths))
            .execute(&mut *transaction)
            .await
            .map_err(doing("record an index"))?;
        insert_evidence(
            transaction,
            tagging,
            ("index", tag.index.as_str()),
            &tag.evidence,
        )
        .await?;
    }
    Ok(())
}

async fn insert_entities(
    transaction: &mut Transaction,
    tagging: i64,
    tags: &ArticleTags,
) -> Result<(), StoreError> {
    for entity in &tags.entities {
        query(
            "INSERT INTO entity (tagging_key, part, start_byte, end_byte, kind) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(tagging)
        .bind(entity.part.as_str())
        .bind(offset_column(entity.span.start))
        .bind(offset_column(entity.span.end))
        .bind(entity.kind.as_str())
        .execute(&mut *transaction)
        .await
        .map_err(doing("record a name"))?;
    }
    Ok(())
}

async fn insert_evidence(
    transaction: &mut Transaction,
    tagging: i64,
    (subject, id): (&str, &str),
    evidence: &[Evidence],
) -> Result<(), StoreError> {
    for found in evidence {
        query(
            "INSERT INTO evidence (tagging_key, subject, id, part, start_byte, end_byte, rule, negative, positive, stance)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(tagging)
        .bind(subject)
        .bind(id)
        .bind(found.part.as_str())
        .bind(offset_column(found.span.start))
        .bind(offset_column(found.span.end))
        .bind(&found.rule)
        .bind(found.sentiment.map(Sentiment::negative))
        .bind(found.sentiment.map(Sentiment::positive))
        .bind(found.stance.map(Stance::value))
        .execute(&mut *transaction)
        .await
        .map_err(doing("record evidence"))?;
    }
    Ok(())
}
