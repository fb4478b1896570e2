//! What reports read: tagged articles with their sessions, as they were known at an instant.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use newsprint_domain::identifier::{IndexId, Mic, ThemeId};
use newsprint_domain::sentiment::Tone;

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::rows::{corrupt, date, instant, micros, offset, tone};
use crate::runs::RunKey;
use crate::sql::{Row, query};

/// The instant whose knowledge a table shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOf {
    /// Nothing recorded later is shown.
    pub instant: DateTime<Utc>,
    /// Let an article's `available_at` stand for `recorded_at`, for material that was loaded later: model, themes,
    /// sessions and prices are then hindsight.
    pub reconstructed: bool,
}

/// The first revision of an article, tagged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaggedArticle {
    /// Public id of the article.
    pub article_id: String,
    /// Who published it.
    pub publisher: String,
    /// Its address.
    pub address: String,
    /// Headline.
    pub title: String,
    /// Digest of the body, by which exact copies are told.
    pub text_digest: String,
    /// When it could first have been known.
    pub available_at: DateTime<Utc>,
    /// Whether that rests on the publication time alone.
    pub reconstructed: bool,
    /// Mean tone of its sentences.
    pub tone: Option<Tone>,
    /// The language (ISO 639-3) where it is not English: no theme was looked for.
    pub language: Option<String>,
    /// Themes by id.
    pub themes: BTreeMap<ThemeId, ThemeRow>,
    /// Tones toward the indices it names.
    pub indices: BTreeMap<IndexId, Option<Tone>>,
    /// Sessions by exchange, where a calendar reaches.
    pub sessions: BTreeMap<Mic, SessionRow>,
}

/// A theme of a tagged article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThemeRow {
    /// How much of the article it is, in millionths.
    pub salience: i32,
    /// Mean tone of the sentences that carry it.
    pub tone: Option<Tone>,
    /// Whether the theme is becoming more or less likely, −1..1 in millionths; `None` of a run that did not look.
    pub stance: Option<i32>,
    /// Whether the theme was defined after the article was available.
    pub retrospective: bool,
}

/// Where a tagged article falls on an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// The first session whose close is after it.
    pub reaction_session: NaiveDate,
    /// Where in the trading day it falls.
    pub phase: String,
}

impl Store {
    /// The run that tables show as of then, with its public id; `None` where none had been promoted.
    pub async fn promoted_run(&self, as_of: AsOf) -> Result<Option<(RunKey, String)>, StoreError> {
        let row = query(
            "SELECT tag_run_key, tag_run_id FROM promotion p JOIN tag_run USING (tag_run_key)
             WHERE $2 OR p.recorded_at <= $1 ORDER BY promotion_key DESC LIMIT 1",
        )
        .bind(micros(as_of.instant))
        .bind(as_of.reconstructed)
        .fetch_optional(&self.pool)
        .await
        .map_err(doing("read the promoted run"))?;
        Ok(row.map(|row| (RunKey(row.get(0)), row.get(1))))
    }

    /// Every sentence of the articles known as of then, but of those that were removed since, and whether `run` found `theme` in it.
    pub async fn sentences_about(
        &self,
        run: RunKey,
        as_of: AsOf,
        theme: &str,
    ) -> Result<Vec<(String, bool)>, StoreError> {
        let rows = query(
            "WITH visible AS (
                 SELECT *, ROW_NUMBER() OVER (PARTITION BY article_key ORDER BY recorded_at, available_at, revision_id)
                           AS place
                 FROM revision WHERE CASE WHEN $2 THEN available_at ELSE recorded_at END <= $1)
             SELECT CASE s.part WHEN 'title' THEN title ELSE text END, s.start_byte, s.end_byte,
                    EXISTS (SELECT 1 FROM evidence e
                            WHERE e.tagging_key = s.tagging_key AND e.subject = 'theme' AND e.id = $4 AND e.part = s.part
                              AND e.start_byte >= s.start_byte AND e.end_byte <= s.end_byte)
             FROM visible v
             JOIN tagging t ON t.revision_key = v.revision_key AND t.tag_run_key = $3 AND ($2 OR t.recorded_at <= $1)
             JOIN sentence_tag s USING (tagging_key)
             WHERE place = 1 AND NOT EXISTS (SELECT 1 FROM tombstone d WHERE d.article_key = v.article_key)
             ORDER BY available_at, revision_id, ordinal",
        );
        let rows = rows
            .bind(micros(as_of.instant))
            .bind(as_of.reconstructed)
            .bind(run.0)
            .bind(theme)
            .fetch_all(&self.pool)
            .await
            .map_err(doing("read sentences"))?;
        let sentences = rows.iter().map(|row| {
            let text: String = row.get(0);
            let start = offset("sentence_tag", row.get(1))?;
            let end = offset("sentence_tag", row.get(2))?;
            let sentence = text.get(start..end);
            let sentence = sentence
                .ok_or_else(|| corrupt("sentence_tag", format!("the span {start}..{end}")))?;
            Ok((sentence.to_owned(), row.get(3)))
        });
        sentences.collect()
    }

    /// The first revision of every article known as of then, with what `run` says of it, by availability and id.
    ///
    /// An article counts once, in its first session: later revisions are never shown in its place.
    pub async fn tagged_articles(
        &self,
        run: RunKey,
        as_of: AsOf,
    ) -> Result<Vec<TaggedArticle>, StoreError> {
        let rows = query(
            "WITH visible AS (
                 SELECT *, ROW_NUMBER() OVER (PARTITION BY article_key ORDER BY recorded_at, available_at, revision_id)
                           AS place
                 FROM revision WHERE CASE WHEN $2 THEN available_at ELSE recorded_at END <= $1)
             SELECT tagging_key, article_id, publisher, address, title, text_digest, available_at, reconstructed, tone, t.language
             FROM visible v JOIN article USING (article_key)
             JOIN tagging t ON t.revision_key = v.revision_key AND t.tag_run_key = $3 AND ($2 OR t.recorded_at <= $1)
             WHERE place = 1 ORDER BY available_at, article_id",
        )
        .bind(micros(as_of.instant))
        .bind(as_of.reconstructed)
        .bind(run.0)
        .fetch_all(&self.pool)
        .await
        .map_err(doing("read tagged articles"))?;
        let mut themes = self.themes_by_tagging(run).await?;
        let mut indices = self.indices_by_tagging(run).await?;
        let mut sessions = self.sessions_by_tagging(run, as_of).await?;
        let articles = rows.iter().map(|row| {
            let tagging: i64 = row.get(0);
            Ok(TaggedArticle {
                themes: themes.remove(&tagging).unwrap_or_default(),
                indices: indices.remove(&tagging).unwrap_or_default(),
                sessions: sessions.remove(&tagging).unwrap_or_default(),
                ..read_article(row)?
            })
        });
        articles.collect()
    }

    async fn themes_by_tagging(
        &self,
        run: RunKey,
    ) -> Result<ByTagging<ThemeId, ThemeRow>, StoreError> {
        let rows = query(
            "SELECT tagging_key, theme, salience, g.tone, retrospective, stance
             FROM theme_tag g JOIN tagging USING (tagging_key) WHERE tag_run_key = $1",
        );
        let rows = rows
            .bind(run.0)
            .fetch_all(&self.pool)
            .await
            .map_err(doing("read themes"))?;
        let mut themes = ByTagging::new();
        for row in &rows {
            let theme = ThemeId::new(row.get::<String>(1))
                .map_err(|error| corrupt("theme_tag", error.to_string()))?;
            let tag = ThemeRow {
                salience: row.get(2),
                tone: tone("theme_tag", row.get(3))?,
                retrospective: row.get(4),
                stance: row.get(5),
            };
            themes.entry(row.get(0)).or_default().insert(theme, tag);
        }
        Ok(themes)
    }

    async fn indices_by_tagging(
        &self,
        run: RunKey,
    ) -> Result<ByTagging<IndexId, Option<Tone>>, StoreError> {
        let rows = query(
            "SELECT tagging_key, index_id, g.tone FROM index_tag g JOIN tagging USING (tagging_key)
             WHERE tag_run_key = $1",
        );
        let rows = rows
            .bind(run.0)
            .fetch_all(&self.pool)
            .await
            .map_err(doing("read indices"))?;
        let mut indices = ByTagging::new();
        for row in &rows {
            let index = IndexId::new(row.get::<String>(1))
                .map_err(|error| corrupt("index_tag", error.to_string()))?;
            indices
                .entry(row.get(0))
                .or_default()
                .insert(index, tone("index_tag", row.get(2))?);
        }
        Ok(indices)
    }

    /// The latest assignments as of then; where the latest says that the calendar does not reach, none.
    async fn sessions_by_tagging(
        &self,
        run: RunKey,
        as_of: AsOf,
    ) -> Result<ByTagging<Mic, SessionRow>, StoreError> {
        let rows = query(
            "SELECT tagging_key, exchange, reaction_session, phase
             FROM session_assignment s JOIN tagging t ON t.revision_key = s.revision_key AND t.tag_run_key = $3
             WHERE $2 OR s.recorded_at <= $1 ORDER BY session_assignment_key",
        )
        .bind(micros(as_of.instant))
        .bind(as_of.reconstructed)
        .bind(run.0)
        .fetch_all(&self.pool)
        .await
        .map_err(doing("read sessions"))?;
        let mut sessions: ByTagging<Mic, SessionRow> = ByTagging::new();
        for row in &rows {
            let exchange = Mic::new(row.get::<String>(1));
            let exchange =
                exchange.map_err(|error| corrupt("session_assignment", error.to_string()))?;
            let of_article = sessions.entry(row.get(0)).or_default();
            match row.get::<Option<String>>(2) {
                Some(session) => {
                    let reaction_session = date("session_assignment", &session)?;
                    let phase: Option<String> = row.get(3);
                    of_article.insert(
                        exchange,
                        SessionRow {
                            reaction_session,
                            phase: phase.unwrap_or_default(),
                        },
                    );
                }
                None => {
                    of_article.remove(&exchange);
                }
            }
        }
        Ok(sessions)
    }
}

type ByTagging<K, V> = BTreeMap<i64, BTreeMap<K, V>>;

fn read_article(row: &Row) -> Result<TaggedArticle, StoreError> {
    Ok(TaggedArticle {
        article_id: row.get(1),
        publisher: row.get(2),
        address: row.get(3),
        title: row.get(4),
        text_digest: row.get(5),
        available_at: instant("revision", row.get(6))?,
        reconstructed: row.get(7),
        tone: tone("tagging", row.get(8))?,
        language: row.get(9),
        themes: BTreeMap::new(),
        indices: BTreeMap::new(),
        sessions: BTreeMap::new(),
    })
}
