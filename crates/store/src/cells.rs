//! Sums of tones by theme, index and session, as of any instant: a table of now adds up the days of recording; a table of the past adds up
//! the days before, and the ledger of the day itself.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use newsprint_domain::identifier::{IndexId, Mic};
use serde_json::json;

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::hosts::day_of;
use crate::observations::{ByCell, CellKey, CellSums, Changes};
use crate::reading::AsOf;
use crate::roll_ups::{SUMS, add, cells_of, sheet};
use crate::rows::{corrupt, date, micros};
use crate::runs::RunKey;
use crate::sql::{Query, json_rows, query};

/// Which cells to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// These themes; all where empty.
    pub themes: Vec<String>,
    /// These indices; all where empty.
    pub indices: Vec<IndexId>,
    /// From this session on.
    pub from: Option<NaiveDate>,
    /// Up to this session.
    pub to: Option<NaiveDate>,
}

/// The last session of each exchange that had closed by an instant, and when it closed.
pub type Closed = BTreeMap<Mic, (NaiveDate, DateTime<Utc>)>;

/// Sums of one theme and index in one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellRow {
    /// A theme's id, or [`ANY_THEME`](crate::ANY_THEME).
    pub theme: String,
    /// The index.
    pub index: IndexId,
    /// The reaction session.
    pub session: NaiveDate,
    /// Whether the theme was defined after the articles were available.
    pub retrospective: bool,
    /// Exact sums.
    pub sums: CellSums,
}

/// Pairs up to which all their sessions go on one sheet; of more, each session has its own.
const ONE_SHEET: usize = 8;

/// All cells of a run, in the order in which they lie. `$5` and `$6` are empty.
const EVERY_CELL: &str = "
    SELECT {SHEET}
    FROM roll_up_day d JOIN run_pair p ON p.run_pair_key = d.run_pair_key AND p.tag_run_key = $1
    WHERE d.recorded_on < $2 AND d.session >= $3 AND d.session <= $4 AND $5 = '[]' AND $6 = '[]'";

/// Cells of some pairs: sessions are gone through one by one, and in each the pairs are looked up.
const SOME_CELLS: &str = "
    WITH RECURSIVE present (session) AS (
        SELECT MIN(session) FROM roll_up_day WHERE session >= $3
        UNION ALL
        SELECT (SELECT MIN(d.session) FROM roll_up_day d WHERE d.session > s.session)
        FROM present s WHERE s.session <= $4),
    pairs AS MATERIALIZED (
        SELECT run_pair_key FROM run_pair WHERE tag_run_key = $1
           AND ($5 = '[]' OR theme IN (SELECT value ->> 0 FROM json_each($5)))
           AND ($6 = '[]' OR index_id IN (SELECT value ->> 0 FROM json_each($6))))
    SELECT {SHEET}
    FROM present s CROSS JOIN pairs p CROSS JOIN roll_up_day d
    WHERE d.session = s.session AND d.run_pair_key = p.run_pair_key AND d.recorded_on < $2 AND s.session <= $4";

/// A [`CellRow`] as it is read.
#[derive(Debug, Clone, Copy)]
pub struct CellRef<'a> {
    /// A theme's id, or [`ANY_THEME`](crate::ANY_THEME).
    pub theme: &'a str,
    /// The index.
    pub index: &'a IndexId,
    /// The reaction session.
    pub session: NaiveDate,
    /// Whether the theme was defined after the articles were available.
    pub retrospective: bool,
    /// Exact sums.
    pub sums: &'a CellSums,
}

impl Asked {
    fn has_session(&self, session: &str) -> bool {
        let after = |from: NaiveDate| *session >= *from.to_string();
        let before = |to: NaiveDate| *session <= *to.to_string();
        self.from.is_none_or(after) && self.to.is_none_or(before)
    }
}

impl Store {
    /// Sums of the cells that are asked for, as of an instant: by session, theme and index.
    ///
    /// With `as_of.reconstructed` they are of the articles that were available by then, as what is known now has them; `closed` tells
    /// which sessions hold only such articles.
    pub async fn cells(
        &self,
        run: RunKey,
        as_of: AsOf,
        asked: &Asked,
        closed: &Closed,
    ) -> Result<Vec<CellRow>, StoreError> {
        let mut rows = Vec::new();
        let take = |cell: CellRef<'_>| {
            rows.push(CellRow {
                theme: cell.theme.to_owned(),
                index: cell.index.clone(),
                session: cell.session,
                retrospective: cell.retrospective,
                sums: *cell.sums,
            });
        };
        self.each_cell(run, as_of, (asked, closed), take).await?;
        rows.sort_by(|one, other| order(one).cmp(&order(other)));
        Ok(rows)
    }

    /// The same, one cell after the other in no order, which takes no memory for all of them at once.
    pub async fn each_cell(
        &self,
        run: RunKey,
        as_of: AsOf,
        (asked, closed): (&Asked, &Closed),
        mut take: impl FnMut(CellRef<'_>),
    ) -> Result<(), StoreError> {
        let pairs = self.pairs_asked(run, asked).await?;
        let last = last_closed(closed);
        let is_closed = |(pair, session, _): &CellKey| {
            let exchange = pairs.get(pair).map(|(_, _, exchange)| exchange.as_str());
            let last = exchange.and_then(|exchange| last.get(exchange));
            last.is_some_and(|last| session <= last)
        };
        let (until, mut beside) = if as_of.reconstructed {
            let since = closed.values().map(|(_, close)| *close).min();
            let mut open = self.open_cells(run, since, as_of.instant).await?;
            open.retain(|key, _| !is_closed(key) && asked.has_session(&key.1));
            (i64::MAX, open)
        } else {
            self.recorded_by(run, as_of.instant, asked).await?
        };
        let mut give = |(pair, session, retrospective): &CellKey, sums: &CellSums| {
            let Some((theme, index, _)) = pairs.get(pair).filter(|_| !sums.is_empty()) else {
                return Ok(());
            };
            let session = date("roll_up_day", session)?;
            take(CellRef {
                theme,
                index,
                session,
                retrospective: *retrospective,
                sums,
            });
            Ok(())
        };
        let each = |mut sheet: ByCell| {
            sheet.retain(|key, _| !as_of.reconstructed || is_closed(key));
            sheet.iter_mut().try_for_each(|(key, sums)| {
                if let Some(more) = beside.remove(key) {
                    sums.add(&more, 1);
                }
                give(key, sums)
            })
        };
        self.read_days(run, until, (asked, pairs.len()), each)
            .await?;
        beside.iter().try_for_each(|(key, sums)| give(key, sums))
    }

    async fn pairs_asked(
        &self,
        run: RunKey,
        asked: &Asked,
    ) -> Result<BTreeMap<i64, (String, IndexId, String)>, StoreError> {
        let rows = query(
            "SELECT run_pair_key, theme, index_id, exchange FROM run_pair WHERE tag_run_key = $1",
        );
        let rows = rows.bind(run.0).fetch_all(&self.pool).await;
        let rows = rows.map_err(doing("read what a run reads themes against"))?;
        let mut pairs = BTreeMap::new();
        for row in &rows {
            let (theme, index): (String, String) = (row.get(1), row.get(2));
            let has_theme = asked.themes.is_empty() || asked.themes.contains(&theme);
            let is_asked = |id: &IndexId| id.as_str() == index;
            if has_theme && (asked.indices.is_empty() || asked.indices.iter().any(is_asked)) {
                let index = IndexId::new(index);
                let index = index.map_err(|error| corrupt("run_pair", error.to_string()))?;
                pairs.insert(row.get(0), (theme, index, row.get(3)));
            }
        }
        Ok(pairs)
    }

    /// Before which day of recording whole days count, and the ledger of that day up to the instant. Where nothing is recorded later, all
    /// days count.
    async fn recorded_by(
        &self,
        run: RunKey,
        instant: DateTime<Utc>,
        asked: &Asked,
    ) -> Result<(i64, ByCell), StoreError> {
        let last = query("SELECT MAX(recorded_at) FROM roll_up_delta");
        let last = last.fetch_one(&self.pool).await;
        let last: Option<i64> = last.map_err(doing("read the ledger of sums"))?.get(0);
        let mut cells = ByCell::new();
        if last.is_none_or(|last| last <= micros(instant)) {
            return Ok((i64::MAX, cells));
        }
        let today = day_of(instant);
        let text = format!(
            "SELECT run_pair_key, session, retrospective, {SUMS} FROM roll_up_delta
             WHERE recorded_at >= $1 AND recorded_at <= $2
               AND run_pair_key IN (SELECT run_pair_key FROM run_pair WHERE tag_run_key = $3)
               AND session >= $4 AND session <= $5"
        );
        let rows = query(text)
            .bind(today * 86_400_000_000)
            .bind(micros(instant))
            .bind(run.0);
        let rows = bind_sessions(rows, asked).fetch_all(&self.pool).await;
        add(&mut cells, &rows.map_err(doing("read the ledger of sums"))?);
        Ok((today, cells))
    }

    /// Sums of what was recorded on days before `until`, a sheet after the other; a cell stands on one sheet.
    async fn read_days(
        &self,
        run: RunKey,
        until: i64,
        (asked, n_pairs): (&Asked, usize),
        mut each: impl FnMut(ByCell) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let is_whole = asked.themes.is_empty() && asked.indices.is_empty();
        let text = if is_whole { EVERY_CELL } else { SOME_CELLS };
        let grouped = if is_whole || n_pairs > ONE_SHEET {
            " GROUP BY d.session"
        } else {
            ""
        };
        let text = text.replace("{SHEET}", &sheet()) + grouped;
        let rows = bind_sessions(query(text).bind(run.0).bind(until), asked)
            .bind(texts(asked.themes.iter().map(String::as_str)))
            .bind(texts(asked.indices.iter().map(IndexId::as_str)));
        let mut given = Ok(());
        let read = rows.fetch_to(&self.pool, |row| {
            if let (Some(sheet), true) = (row.get::<Option<String>>(0), given.is_ok()) {
                given = cells_of(&sheet).and_then(&mut each);
            }
        });
        read.await.map_err(doing("read sums"))?;
        given
    }

    /// What articles that became available in this time add, by a run.
    async fn open_cells(
        &self,
        run: RunKey,
        since: Option<DateTime<Utc>>,
        until: DateTime<Utc>,
    ) -> Result<ByCell, StoreError> {
        let rows = query(
            "SELECT revision_key FROM revision WHERE available_at >= $1 AND available_at <= $2",
        );
        let rows = rows
            .bind(since.map_or(i64::MIN, micros))
            .bind(micros(until));
        let rows = rows.fetch_all(&self.pool).await;
        let revisions: Vec<i64> = rows
            .map_err(doing("read revisions"))?
            .iter()
            .map(|row| row.get(0))
            .collect();
        let mut changes = Changes::default();
        let begun = self.pool.begin_reading().await;
        let mut transaction = begun.map_err(doing("begin to read"))?;
        for revisions in revisions.chunks(500) {
            let found = self.contributions(&mut transaction, revisions, Some(run));
            changes.add_all(&found.await?, 1);
        }
        Ok(changes.cells)
    }
}

fn last_closed(closed: &Closed) -> BTreeMap<&str, String> {
    closed
        .iter()
        .map(|(exchange, (last, _))| (exchange.as_str(), last.to_string()))
        .collect()
}

fn order(row: &CellRow) -> (NaiveDate, &str, &IndexId, bool) {
    (row.session, &row.theme, &row.index, row.retrospective)
}

fn bind_sessions(query: Query, asked: &Asked) -> Query {
    let date = |date: Option<NaiveDate>, otherwise: &str| {
        date.map_or(otherwise.to_owned(), |date| date.to_string())
    };
    query
        .bind(date(asked.from, ""))
        .bind(date(asked.to, "9999-12-31"))
}

fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    json_rows(texts.map(|text| json!([text])).collect())
}
