//! What a cell of a table is made of: the articles that add to its sums, each with what was recorded of it, and the closes of a move.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use newsprint_domain::identifier::{IndexId, Mic};
use serde_json::json;

use crate::connection::Store;
use crate::contributions::SeenBy;
use crate::error::{StoreError, doing};
use crate::observations::{ANY_THEME, CellSums, Changes, PairRow};
use crate::reading::AsOf;
use crate::rows::{corrupt, date, instant, micros};
use crate::runs::RunKey;
use crate::sql::{Query, json_rows, query};
use crate::view::ArticleView;

/// A cell of tone, and when the articles became available among which its own are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellAsked {
    /// A theme's id, or [`ANY_THEME`].
    pub theme: String,
    /// The index.
    pub index: IndexId,
    /// The exchange by whose sessions the index is read.
    pub exchange: Mic,
    /// The reaction session.
    pub session: NaiveDate,
    /// From this instant on.
    pub from: DateTime<Utc>,
    /// Before this instant.
    pub before: DateTime<Utc>,
}

/// What one article adds to a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellPart {
    tagging: i64,
    revision: i64,
    /// When it could first have been known.
    pub available_at: DateTime<Utc>,
    /// What it adds: one article, and one story unless it follows an earlier article.
    pub sums: CellSums,
    /// Whether the theme was defined after it was available.
    pub retrospective: bool,
    /// Whether it names the index.
    pub names_index: bool,
    /// Whether the theme is linked to the index by definition.
    pub is_linked: bool,
}

/// What is recorded of an article that adds to a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Particulars {
    /// Public id of the article.
    pub article_id: String,
    /// Its first revision with the tags of the run; no [changes](ArticleView::changes) of later ones.
    pub view: ArticleView,
    /// When the revision was recorded.
    pub recorded_at: DateTime<Utc>,
    /// When it was removed on request, where it was: its words are gone.
    pub removed_at: Option<DateTime<Utc>>,
    /// How its session was found.
    pub assignment: AssignmentRow,
    /// Whom it follows; `None` of the origin of a story.
    pub follows: Option<Origin>,
    /// Articles that follow it directly.
    pub n_followers: i64,
}

/// How a session was found, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignmentRow {
    /// Digest of the calendar that said so.
    pub calendar_version: String,
    /// The close of the reaction session: the first after the article became available.
    pub reaction_close: DateTime<Utc>,
    /// The session before.
    pub base_close_session: NaiveDate,
    /// Where in the trading day the article falls.
    pub phase: String,
}

/// The earlier article that another one follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its address.
    pub address: String,
    /// Who published it.
    pub publisher: String,
    /// How sure it is that one follows the other, in millionths.
    pub likeness: i32,
    /// What the two share, in words.
    pub evidence: String,
}

/// A close as it was recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedClose {
    /// In the unit of the series.
    pub close: f64,
    /// The file or address that it was read from.
    pub source: String,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Which revision of the day's close it is, from 1 on.
    pub revision: i64,
}

/// Tagged articles of a session that became available in a time; `{THEIRS}` narrows them down.
const OF_SESSION: &str = "
    FROM revision r CROSS JOIN session_assignment s CROSS JOIN tagging t
    WHERE r.available_at >= $1 AND r.available_at < $2
      AND s.revision_key = r.revision_key AND s.exchange = $3 AND s.reaction_session = $4 AND ($6 OR s.recorded_at <= $5)
      AND t.revision_key = r.revision_key AND t.tag_run_key = $7 AND ($6 OR t.recorded_at <= $5)
      AND (NOT $6 OR r.available_at <= $5)";

impl Store {
    /// The articles that add to a cell as of then, by availability; empty also where the run does not read the theme against the index.
    pub async fn cell_parts(
        &self,
        run: RunKey,
        as_of: AsOf,
        cell: &CellAsked,
    ) -> Result<Vec<CellPart>, StoreError> {
        let (table, column) = match cell.theme.as_str() {
            ANY_THEME => ("index_tag", "index_id"),
            _ => ("theme_tag", "theme"),
        };
        let text = format!(
            "SELECT DISTINCT r.available_at, r.revision_id, r.revision_key {OF_SESSION}
             AND EXISTS (SELECT 1 FROM {table} g WHERE g.tagging_key = t.tagging_key AND g.{column} = $8)
             ORDER BY 1, 2"
        );
        let found = bound(text, run, as_of, cell).bind(match cell.theme.as_str() {
            ANY_THEME => cell.index.as_str(),
            theme => theme,
        });
        let found = found.fetch_all(&self.pool).await;
        let found = found.map_err(doing("look for articles of a session"))?;
        let keys: Vec<i64> = found.iter().map(|row| row.get(2)).collect();
        let begun = self.pool.begin_reading().await;
        let mut transaction = begun.map_err(doing("begin to read"))?;
        let recorded_by = if as_of.reconstructed {
            i64::MAX
        } else {
            micros(as_of.instant)
        };
        let seen = self.seen_by(&mut transaction, &keys, Some(run), recorded_by);
        let seen = seen.await?.into_iter();
        let seen: BTreeMap<i64, SeenBy> = seen.map(|by| (by.revision, by)).collect();
        let parts = found.iter().filter_map(|row| {
            let by = seen.get(&row.get::<i64>(2))?;
            Some(instant("revision", row.get(0)).map(|at| part_of(by, cell, at)))
        });
        let parts: Vec<Option<CellPart>> = parts.collect::<Result<_, _>>()?;
        Ok(parts.into_iter().flatten().collect())
    }

    /// How many tagged articles a session has as of then, whatever they speak of.
    pub async fn session_articles(
        &self,
        run: RunKey,
        as_of: AsOf,
        cell: &CellAsked,
    ) -> Result<i64, StoreError> {
        let text = format!("SELECT COUNT(DISTINCT r.article_key) {OF_SESSION}");
        let row = bound(text, run, as_of, cell).fetch_one(&self.pool).await;
        Ok(row.map_err(doing("count articles of a session"))?.get(0))
    }

    /// What is recorded of an article that adds to a cell of this exchange, as of then.
    pub async fn particulars(
        &self,
        part: &CellPart,
        exchange: &Mic,
        as_of: AsOf,
    ) -> Result<Particulars, StoreError> {
        let row = query(
            "SELECT a.article_id, a.publisher, a.address, r.title, r.text, r.published_stated, r.published_found_in, r.recorded_at,
                    (SELECT d.recorded_at FROM tombstone d WHERE d.article_key = a.article_key),
                    (SELECT COUNT(*) FROM lineage_edge e WHERE e.earlier_key = a.article_key AND e.lineage_edge_key = (
                         SELECT MAX(l.lineage_edge_key) FROM lineage_edge l
                         WHERE l.article_key = e.article_key AND ($3 OR l.recorded_at <= $2)))
             FROM revision r JOIN article a ON a.article_key = r.article_key WHERE r.revision_key = $1",
        );
        let row = row.bind(part.revision).bind(micros(as_of.instant));
        let row = row.bind(as_of.reconstructed).fetch_one(&self.pool).await;
        let row = row.map_err(doing("read an article"))?;
        let removed_at: Option<i64> = row.get(8);
        Ok(Particulars {
            article_id: row.get(0),
            recorded_at: instant("revision", row.get(7))?,
            removed_at: removed_at
                .map(|removed_at| instant("tombstone", removed_at))
                .transpose()?,
            n_followers: row.get(9),
            assignment: self.assignment_of(part.revision, exchange, as_of).await?,
            follows: self.origin_of(part.revision, as_of).await?,
            view: ArticleView {
                publisher: row.get(1),
                address: row.get(2),
                title: row.get(3),
                text: row.get(4),
                published_stated: row.get(5),
                published_found_in: row.get(6),
                available_at: part.available_at,
                changes: vec![],
                sentences: self.sentences_of(part.tagging).await?,
                evidence: self.evidence_of(part.tagging).await?,
            },
        })
    }

    async fn assignment_of(
        &self,
        revision: i64,
        exchange: &Mic,
        as_of: AsOf,
    ) -> Result<AssignmentRow, StoreError> {
        let row = query(
            "SELECT calendar_version, reaction_close, base_close_session, phase FROM session_assignment
             WHERE revision_key = $1 AND exchange = $2 AND ($4 OR recorded_at <= $3) ORDER BY session_assignment_key DESC LIMIT 1",
        );
        let row = row.bind(revision).bind(exchange.as_str());
        let row = row.bind(micros(as_of.instant)).bind(as_of.reconstructed);
        let row = row.fetch_one(&self.pool).await;
        let row = row.map_err(doing("read how a session was found"))?;
        let (close, base, phase) = (row.get(1), row.get(2), row.get(3));
        let (Some(close), Some(base), Some(phase)): (Option<i64>, Option<String>, Option<String>) =
            (close, base, phase)
        else {
            let problem = format!("revision {revision} has a session without its close");
            return Err(corrupt("session_assignment", problem));
        };
        Ok(AssignmentRow {
            calendar_version: row.get(0),
            reaction_close: instant("session_assignment", close)?,
            base_close_session: date("session_assignment", &base)?,
            phase,
        })
    }

    async fn origin_of(&self, revision: i64, as_of: AsOf) -> Result<Option<Origin>, StoreError> {
        let row = query(
            "SELECT b.address, b.publisher, e.likeness, e.evidence
             FROM lineage_edge e JOIN article b ON b.article_key = e.earlier_key
             WHERE e.lineage_edge_key = (
                 SELECT MAX(l.lineage_edge_key) FROM lineage_edge l JOIN revision r ON r.article_key = l.article_key
                 WHERE r.revision_key = $1 AND ($3 OR l.recorded_at <= $2))",
        );
        let row = row.bind(revision).bind(micros(as_of.instant));
        let row = row.bind(as_of.reconstructed).fetch_optional(&self.pool);
        let row = row.await.map_err(doing("read whom an article follows"))?;
        Ok(row.map(|row| Origin {
            address: row.get(0),
            publisher: row.get(1),
            likeness: row.get(2),
            evidence: row.get(3),
        }))
    }

    /// The closes of these dates as [`Store::prices`] gives them, each with where it was read and when it was recorded.
    pub async fn recorded_closes(
        &self,
        index: &IndexId,
        dates: &[NaiveDate],
        as_of: AsOf,
    ) -> Result<BTreeMap<NaiveDate, RecordedClose>, StoreError> {
        let rows = query(
            "SELECT p.date, p.close, p.source, p.recorded_at FROM json_each($4) k CROSS JOIN price p
             WHERE p.index_id = $1 AND p.date = k.value ->> 0 AND ($3 OR p.recorded_at <= $2) ORDER BY p.price_key",
        );
        let asked = dates.iter().map(|date| json!([date.to_string()]));
        let rows = rows.bind(index.as_str()).bind(micros(as_of.instant));
        let rows = rows.bind(as_of.reconstructed);
        let rows = rows.bind(json_rows(asked.collect()));
        let rows = rows.fetch_all(&self.pool).await;
        let mut closes: BTreeMap<NaiveDate, RecordedClose> = BTreeMap::new();
        for row in rows.map_err(doing("read closes"))? {
            let date = date("price", &row.get::<String>(0))?;
            let close = RecordedClose {
                close: row.get(1),
                source: row.get(2),
                recorded_at: instant("price", row.get(3))?,
                revision: closes.get(&date).map_or(0, |before| before.revision) + 1,
            };
            closes.insert(date, close);
        }
        Ok(closes)
    }
}

/// Binds what [`OF_SESSION`] names.
fn bound(text: String, run: RunKey, as_of: AsOf, cell: &CellAsked) -> Query {
    query(text)
        .bind(micros(cell.from))
        .bind(micros(cell.before))
        .bind(cell.exchange.as_str())
        .bind(cell.session.to_string())
        .bind(micros(as_of.instant))
        .bind(as_of.reconstructed)
        .bind(run.0)
}

/// What an article adds to a cell by the one definition of all sums; `None` where that is nothing.
fn part_of(by: &SeenBy, cell: &CellAsked, available_at: DateTime<Utc>) -> Option<CellPart> {
    let mut pairs = by.run.pairs.get(&cell.theme)?.iter();
    let pair: &PairRow = pairs.find(|pair| pair.index == cell.index.as_str())?;
    let mut changes = Changes::default();
    changes.add(&by.run.id, &by.run.pairs, &by.seen, 1);
    let session = cell.session.to_string();
    let mut cells = changes.cells.into_iter();
    let ((_, _, retrospective), sums) =
        cells.find(|((key, day, _), _)| *key == pair.key && *day == session)?;
    Some(CellPart {
        tagging: by.tagging,
        revision: by.revision,
        available_at,
        sums,
        retrospective,
        names_index: by.seen.indices.contains_key(&pair.index),
        is_linked: pair.is_linked,
    })
}
