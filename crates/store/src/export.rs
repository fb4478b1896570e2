//! What exports read: pages of articles in the order of what they are, never in the order in which a store numbers them, so that two stores
//! of the same content give the same rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use newsprint_domain::identifier::{IndexId, Mic};
use newsprint_domain::sentiment::Tone;
use serde_json::json;

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::reading::{AsOf, SessionRow};
use crate::rows::{corrupt, date, instant, micros};
use crate::runs::RunKey;
use crate::sql::{Row, json_rows, query};

mod sheets;

pub use sheets::{ExportedArticle, ExportedTheme};
use sheets::{FIELD, RECORD, read_sheet};

/// Which articles an export reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportAsked {
    /// The run whose tags are read; `None` where there is none, and articles have no tags.
    pub run: Option<RunKey>,
    /// What is known.
    pub as_of: AsOf,
    /// The exchange whose sessions are given.
    pub exchange: Mic,
    /// Only articles that were available from then on.
    pub from: Option<DateTime<Utc>>,
    /// Only articles that were available before.
    pub until: Option<DateTime<Utc>>,
}

/// The title and the text of a revision.
pub type ExportedText = (String, String);

/// A close as known at an instant.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedPrice {
    /// The close, in points or percent.
    pub close: f64,
    /// The file it was read from.
    pub source: String,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// How much a store held at an instant, and when the last of it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreRevision {
    /// Articles.
    pub n_articles: i64,
    /// Revisions that the run had tagged.
    pub n_tagged: i64,
    /// Closes and their corrections.
    pub n_prices: i64,
    /// When the last of these was recorded; `None` where there is none.
    pub recorded_at: Option<DateTime<Utc>>,
}

/// The first revision of each article that was known as of then, from `$5`, `$6` on, `$7` of them, as one sheet.
///
/// Texts lie before a revision's times: rows are looked up once, and what belongs to them by key.
const PAGE: &str = "
    WITH page AS MATERIALIZED (
        SELECT r.revision_key, r.revision_id, r.available_at, r.reconstructed, r.recorded_at, r.article_key, a.article_id, a.publisher, a.address
        FROM revision r JOIN article a ON a.article_key = r.article_key
        WHERE r.available_at >= $5 AND r.available_at < $8 AND (r.available_at > $5 OR a.article_id > $6)
          AND CASE WHEN $2 THEN r.available_at ELSE r.recorded_at END <= $1
          AND NOT EXISTS (SELECT 1 FROM revision b WHERE b.article_key = r.article_key AND (NOT $2 OR b.available_at <= $1)
                          AND (b.recorded_at, b.available_at, b.revision_id) < (r.recorded_at, r.available_at, r.revision_id))
        ORDER BY r.available_at, a.article_id LIMIT CAST($7 AS BIGINT)),
    tagged AS (
        SELECT p.*, t.tagging_key, t.tone, t.language,
            (SELECT s.reaction_session FROM session_assignment s
             WHERE s.revision_key = p.revision_key AND s.exchange = $4 AND ($2 OR s.recorded_at <= $1)
             ORDER BY s.session_assignment_key DESC LIMIT 1) AS session,
            (SELECT CASE WHEN e.earlier_key IS NULL THEN 0 ELSE 1 END FROM lineage_edge e
             WHERE e.article_key = p.article_key AND ($2 OR e.recorded_at <= $1) ORDER BY e.lineage_edge_key DESC LIMIT 1) AS is_echo
        FROM page p LEFT JOIN tagging t ON t.tag_run_key = $3 AND t.revision_key = p.revision_key AND ($2 OR t.recorded_at <= $1))
    SELECT string_agg(concat_ws($9, article_id, revision_id, REPLACE(REPLACE(publisher, $9, ' '), $10, ' '),
            REPLACE(REPLACE(address, $9, ' '), $10, ' '), available_at, CAST(reconstructed AS INTEGER), recorded_at,
            CASE WHEN tagging_key IS NULL THEN 0 ELSE 1 END, COALESCE(CAST(tone AS TEXT), ''), COALESCE(language, ''),
            COALESCE(session, ''), COALESCE(is_echo, 0),
            COALESCE((SELECT string_agg(concat_ws(' ', g.theme, g.salience, COALESCE(CAST(g.tone AS TEXT), '-'),
                                                  COALESCE(CAST(g.stance AS TEXT), '-'), CAST(g.retrospective AS INTEGER)), ' ')
                      FROM theme_tag g WHERE g.tagging_key = d.tagging_key), ''),
            COALESCE((SELECT string_agg(concat_ws(' ', g.index_id, COALESCE(CAST(g.tone AS TEXT), '-')), ' ')
                      FROM index_tag g WHERE g.tagging_key = d.tagging_key), '')), $10)
    FROM tagged d";

impl Store {
    /// At most `n` articles in the order of availability and id, after one that was given before. Fewer than `n` are the last.
    ///
    /// An article counts by its first revision known as of then, and where none of it was tagged it has no tags.
    pub async fn export_page(
        &self,
        asked: &ExportAsked,
        after: Option<&ExportedArticle>,
        n: u32,
    ) -> Result<Vec<ExportedArticle>, StoreError> {
        let from = asked.from.map_or(i64::MIN, micros);
        let (from, id) = after.map_or((from, ""), |after| {
            (micros(after.available_at), after.article_id.as_str())
        });
        let page = query(PAGE)
            .bind(micros(asked.as_of.instant))
            .bind(asked.as_of.reconstructed)
            .bind(asked.run.map(|run| run.0))
            .bind(asked.exchange.as_str())
            .bind(from)
            .bind(id)
            .bind(n)
            .bind(asked.until.map_or(i64::MAX, micros))
            .bind(FIELD)
            .bind(RECORD);
        let page = page.fetch_one(&self.pool).await;
        let page = page.map_err(doing("read articles to export"))?;
        let sheet: Option<String> = page.get(0);
        sheet.map_or(Ok(vec![]), |sheet| read_sheet(&sheet))
    }

    /// Titles and texts of these revisions by their ids; of articles that were removed there are none.
    pub async fn export_texts(
        &self,
        revisions: &[&str],
    ) -> Result<HashMap<String, ExportedText>, StoreError> {
        let rows = query(
            "SELECT r.revision_id, r.title, r.text FROM json_each($1) k CROSS JOIN revision r
             WHERE r.revision_id = k.value ->> 0
               AND NOT EXISTS (SELECT 1 FROM tombstone d WHERE d.article_key = r.article_key)",
        );
        let rows = rows.bind(ids(revisions)).fetch_all(&self.pool).await;
        let rows = rows.map_err(doing("read texts to export"))?;
        let text = |row: &Row| (row.get(0), (row.get(1), row.get(2)));
        Ok(rows.iter().map(text).collect())
    }

    /// The sessions of these revisions as known by then, by their ids and exchanges.
    pub async fn export_sessions(
        &self,
        revisions: &[&str],
        as_of: AsOf,
    ) -> Result<HashMap<String, BTreeMap<Mic, SessionRow>>, StoreError> {
        let rows = query(
            "SELECT r.revision_id, s.exchange, s.reaction_session, s.phase
             FROM json_each($1) k CROSS JOIN revision r CROSS JOIN session_assignment s
             WHERE r.revision_id = k.value ->> 0 AND s.revision_key = r.revision_key AND ($3 OR s.recorded_at <= $2)
             ORDER BY s.session_assignment_key",
        );
        let rows = rows.bind(ids(revisions)).bind(micros(as_of.instant));
        let rows = rows.bind(as_of.reconstructed).fetch_all(&self.pool).await;
        let mut sessions: HashMap<String, BTreeMap<Mic, SessionRow>> = HashMap::new();
        for row in rows.map_err(doing("read sessions to export"))? {
            let exchange = Mic::new(row.get::<String>(1));
            let exchange =
                exchange.map_err(|error| corrupt("session_assignment", error.to_string()))?;
            let of_revision = sessions.entry(row.get(0)).or_default();
            // The latest says which session it is, or that the calendar does not reach.
            let Some(session) = row.get::<Option<String>>(2) else {
                of_revision.remove(&exchange);
                continue;
            };
            let session = SessionRow {
                reaction_session: date("session_assignment", &session)?,
                phase: row.get::<Option<String>>(3).unwrap_or_default(),
            };
            of_revision.insert(exchange, session);
        }
        Ok(sessions)
    }

    /// Themes with the indices that `run` links them to, whether an article names those or not.
    pub async fn linked_themes(
        &self,
        run: RunKey,
    ) -> Result<BTreeSet<(String, IndexId)>, StoreError> {
        let rows =
            query("SELECT theme, index_id FROM run_pair WHERE tag_run_key = $1 AND linked = $2");
        let rows = rows.bind(run.0).bind(true).fetch_all(&self.pool).await;
        let rows = rows.map_err(doing("read what a run reads themes against"))?;
        let linked = rows.iter().map(|row| {
            let index = IndexId::new(row.get::<String>(1));
            let index = index.map_err(|error| corrupt("run_pair", error.to_string()))?;
            Ok((row.get(0), index))
        });
        linked.collect()
    }

    /// Every close as known by then, by its date and index.
    pub async fn export_prices(
        &self,
        as_of: AsOf,
    ) -> Result<BTreeMap<(NaiveDate, IndexId), ExportedPrice>, StoreError> {
        let rows = query(
            "SELECT date, index_id, close, source, recorded_at FROM price WHERE $2 OR recorded_at <= $1 ORDER BY price_key",
        );
        let rows = rows.bind(micros(as_of.instant)).bind(as_of.reconstructed);
        let (mut prices, mut problem) = (BTreeMap::new(), None);
        let read = rows.fetch_to(&self.pool, |row| match read_price(row) {
            Ok((key, price)) => drop(prices.insert(key, price)),
            Err(error) => problem = Some(error),
        });
        read.await.map_err(doing("read closes to export"))?;
        problem.map_or(Ok(prices), Err)
    }

    /// How much the store held as of then. What is recorded later changes none of it.
    pub async fn store_revision(
        &self,
        run: Option<RunKey>,
        as_of: AsOf,
    ) -> Result<StoreRevision, StoreError> {
        let row = query(
            "SELECT a.n, t.n, p.n, a.last, t.last, p.last
             FROM (SELECT COUNT(*) AS n, MAX(recorded_at) AS last FROM article WHERE $2 OR recorded_at <= $1) a,
                  (SELECT COUNT(*) AS n, MAX(recorded_at) AS last FROM tagging WHERE tag_run_key = $3 AND ($2 OR recorded_at <= $1)) t,
                  (SELECT COUNT(*) AS n, MAX(recorded_at) AS last FROM price WHERE $2 OR recorded_at <= $1) p",
        );
        let row = row.bind(micros(as_of.instant)).bind(as_of.reconstructed);
        let row = row.bind(run.map(|run| run.0)).fetch_one(&self.pool).await;
        let row = row.map_err(doing("count what is stored"))?;
        let last: [Option<i64>; 3] = std::array::from_fn(|place| row.get(3 + place));
        let last = last.into_iter().flatten().max();
        Ok(StoreRevision {
            n_articles: row.get(0),
            n_tagged: row.get(1),
            n_prices: row.get(2),
            recorded_at: last.map(|last| instant("article", last)).transpose()?,
        })
    }

    /// When the first and the last article were available, whatever is known of them; `None` of a store without any.
    pub async fn available_between(
        &self,
    ) -> Result<Option<(DateTime<Utc>, DateTime<Utc>)>, StoreError> {
        let row = query("SELECT MIN(available_at), MAX(available_at) FROM revision");
        let row = row.fetch_one(&self.pool).await;
        let row = row.map_err(doing("read the period of articles"))?;
        let bounds = row.get::<Option<i64>>(0).zip(row.get::<Option<i64>>(1));
        let bounds = bounds
            .map(|(first, last)| Ok((instant("revision", first)?, instant("revision", last)?)));
        bounds.transpose()
    }
}

fn ids(ids: &[&str]) -> String {
    json_rows(ids.iter().map(|id| json!([id])).collect())
}

fn read_price(row: &Row) -> Result<((NaiveDate, IndexId), ExportedPrice), StoreError> {
    let index = IndexId::new(row.get::<String>(1));
    let index = index.map_err(|error| corrupt("price", error.to_string()))?;
    let price = ExportedPrice {
        close: row.get(2),
        source: row.get(3),
        recorded_at: instant("price", row.get(4))?,
    };
    Ok(((date("price", &row.get::<String>(0))?, index), price))
}

/// A tone in millionths as a sheet has it, `-` where there is none.
fn tone_of(text: &str) -> Option<Option<Tone>> {
    match text {
        "-" | "" => Some(None),
        text => Tone::from_millionths(text.parse().ok()?).map(Some),
    }
}
