//! One article with everything a run says of it, down to the words.

use chrono::{DateTime, Utc};
use newsprint_domain::sentence::{Part, Sentence, Span};
use newsprint_domain::sentiment::Sentiment;

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::rows::{instant, offset, part, sentiment};
use crate::runs::RunKey;
use crate::sql::query;

/// The first revision of an article, with the tags of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleView {
    /// Who published it.
    pub publisher: String,
    /// Its address.
    pub address: String,
    /// Headline.
    pub title: String,
    /// Body text.
    pub text: String,
    /// Publication time as the page states it.
    pub published_stated: Option<String>,
    /// Where the page states it.
    pub published_found_in: Option<String>,
    /// When it could first have been known.
    pub available_at: DateTime<Utc>,
    /// Later revisions: when each was first seen, and what it changed of the one before.
    pub changes: Vec<(DateTime<Utc>, String)>,
    /// Sentences in reading order, each with its sentiment as such.
    pub sentences: Vec<(Sentence, Sentiment)>,
    /// Words that the themes and indices rest on, in reading order.
    pub evidence: Vec<EvidenceRow>,
}

/// Words that a theme or an index rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRow {
    /// Whether an index; else a theme.
    pub is_index: bool,
    /// Theme or index id.
    pub id: String,
    /// Which text.
    pub part: Part,
    /// Where in that text.
    pub span: Span,
    /// What found them: a phrase, a name, or the example of the theme's file that the whole sentence is like.
    pub rule: String,
    /// How the sentence reads toward these words; `None` where its sentiment as such was taken.
    pub sentiment: Option<Sentiment>,
    /// −1, 0 or 1: whether a theme gets stronger or weaker here; `None` of an index, and of a run that did not look.
    pub stance: Option<i8>,
}

impl Store {
    /// The article at `address` as `run` tagged it; `None` where there is none or it is not tagged.
    pub async fn article_view(
        &self,
        run: RunKey,
        address: &str,
    ) -> Result<Option<ArticleView>, StoreError> {
        let row = query(
            "SELECT tagging_key, publisher, address, title, text, published_stated, published_found_in, available_at
             FROM article JOIN revision r USING (article_key)
             JOIN tagging t ON t.revision_key = r.revision_key AND t.tag_run_key = $1
             WHERE address = $2 ORDER BY r.recorded_at, available_at, revision_id LIMIT 1",
        )
        .bind(run.0)
        .bind(address)
        .fetch_optional(&self.pool)
        .await
        .map_err(doing("read an article"))?;
        let Some(row) = row else { return Ok(None) };
        let tagging: i64 = row.get(0);
        Ok(Some(ArticleView {
            publisher: row.get(1),
            address: row.get(2),
            title: row.get(3),
            text: row.get(4),
            published_stated: row.get(5),
            published_found_in: row.get(6),
            available_at: instant("revision", row.get(7))?,
            changes: self.changes_of(address).await?,
            sentences: self.sentences_of(tagging).await?,
            evidence: self.evidence_of(tagging).await?,
        }))
    }

    async fn changes_of(&self, address: &str) -> Result<Vec<(DateTime<Utc>, String)>, StoreError> {
        let rows = query(
            "SELECT r.first_seen, c.summary FROM article a JOIN revision r USING (article_key) JOIN revision_change c USING (revision_key)
             WHERE a.address = $1 ORDER BY c.revision_key",
        );
        let rows = rows.bind(address).fetch_all(&self.pool).await;
        let rows = rows.map_err(doing("read what revisions changed"))?;
        rows.iter()
            .map(|row| Ok((instant("revision", row.get(0))?, row.get(1))))
            .collect()
    }

    pub(crate) async fn sentences_of(
        &self,
        tagging: i64,
    ) -> Result<Vec<(Sentence, Sentiment)>, StoreError> {
        let rows = query(
            "SELECT part, start_byte, end_byte, negative, positive FROM sentence_tag WHERE tagging_key = $1
             ORDER BY ordinal",
        );
        let rows = rows
            .bind(tagging)
            .fetch_all(&self.pool)
            .await
            .map_err(doing("read sentences"))?;
        let sentences = rows.iter().map(|row| {
            let start = offset("sentence_tag", row.get(1))?;
            let span = Span {
                start,
                end: offset("sentence_tag", row.get(2))?,
            };
            let part = part("sentence_tag", &row.get::<String>(0))?;
            let sentiment = sentiment("sentence_tag", row.get(3), row.get(4))?;
            Ok((Sentence { part, span }, sentiment))
        });
        sentences.collect()
    }

    pub(crate) async fn evidence_of(&self, tagging: i64) -> Result<Vec<EvidenceRow>, StoreError> {
        let rows = query(
            "SELECT subject, id, part, start_byte, end_byte, negative, positive, stance, rule FROM evidence WHERE tagging_key = $1
             ORDER BY part DESC, start_byte, subject, id",
        );
        let rows = rows
            .bind(tagging)
            .fetch_all(&self.pool)
            .await
            .map_err(doing("read evidence"))?;
        let evidence = rows.iter().map(|row| {
            let start = offset("evidence", row.get(3))?;
            let toward: Option<(i32, i32)> = row.get::<Option<i32>>(5).zip(row.get(6));
            let toward =
                toward.map(|(negative, positive)| sentiment("evidence", negative, positive));
            Ok(EvidenceRow {
                is_index: row.get::<String>(0) == "index",
                id: row.get(1),
                part: part("evidence", &row.get::<String>(2))?,
                span: Span {
                    start,
                    end: offset("evidence", row.get(4))?,
                },
                sentiment: toward.transpose()?,
                stance: row.get(7),
                rule: row.get(8),
            })
        });
        evidence.collect()
    }
}
