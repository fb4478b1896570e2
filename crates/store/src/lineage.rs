//! Which article follows which: the fingerprints of texts, the look-up of those that may be alike, and the edges from what was found.
//!
//! An article follows the earlier article that its first revision is most like, of two that are equally alike the earlier one. *Earlier* is by
//! when the first revision was available, then by the article's public id, so that edges never form a cycle and do not depend on the
//! order in which articles arrive. A later revision is looked up to find copies of it, and never makes its own article a copy, which
//! would change what was said of a session that has passed.

mod edges;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::roll_ups::{alone, settle};
use crate::rows::micros;
use crate::sql::{Transaction, json_rows, query, slack};

/// Further apart than this, texts are not of one story: what recurs then is a template.
pub const WINDOW: TimeDelta = TimeDelta::days(10);

/// Texts that one text is compared with: those that share the most bands.
pub const MOST_CANDIDATES: i64 = 64;

/// Texts of a band that are looked at in each span of time, the last ones: a band of more is of a phrase under every article of a site, or of a template.
const MOST_PER_BAND: i64 = 128;

/// Texts whose time is looked up, before those that are too far away are left out.
const MOST_LOOKED_UP: i64 = 256;

/// A revision without a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnlinkedRevision {
    /// Its key in this store.
    pub revision_key: i64,
    /// Its article's.
    pub article_key: i64,
    /// Headline.
    pub title: String,
    /// Body text.
    pub text: String,
    /// When it could first have been known, in microseconds since 1970.
    pub available_at: i64,
}

/// A fingerprint of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPrint {
    /// Of which revision.
    pub revision_key: i64,
    /// By which it is looked up.
    pub bands: Vec<i64>,
    /// By which it is compared.
    pub sketch: Vec<u8>,
}

/// A stored text that shares a band with one that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The revision that was asked about.
    pub asked: i64,
    /// The stored one.
    pub revision_key: i64,
    /// Its sketch.
    pub sketch: Vec<u8>,
}

/// Two revisions that are of one story, in either order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    /// One revision.
    pub one: i64,
    /// The other.
    pub other: i64,
    /// How sure that is, in millionths.
    pub likeness: i32,
    /// What they share, in words.
    pub evidence: String,
}

/// What [`Store::record_lineage`] added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordedLineage {
    /// Revisions that have a fingerprint now.
    pub n_prints: u64,
    /// Articles that follow another one now, or another one than before.
    pub n_edges: usize,
    /// Articles that were origins of a story, or not known to be of one, and now follow an earlier one; by key.
    pub changed: Vec<i64>,
}

impl Store {
    /// How many revisions have no fingerprint.
    pub async fn count_unlinked(&self) -> Result<i64, StoreError> {
        let row = query(
            "SELECT COUNT(*) FROM revision r
             WHERE r.revision_key > COALESCE((SELECT MAX(revision_key) FROM text_print), 0) - $1
               AND NOT EXISTS (SELECT 1 FROM text_print p WHERE p.revision_key = r.revision_key)",
        );
        let row = row.bind(slack(self.engine())).fetch_one(&self.pool).await;
        Ok(row.map_err(doing("count texts without a print"))?.get(0))
    }

    /// Up to `limit` revisions that have no fingerprint, oldest first.
    pub async fn unlinked(&self, limit: i64) -> Result<Vec<UnlinkedRevision>, StoreError> {
        let rows = query(
            "SELECT r.revision_key, r.article_key, r.title, r.text, r.available_at FROM revision r
             WHERE r.revision_key > COALESCE((SELECT MAX(revision_key) FROM text_print), 0) - $1
               AND NOT EXISTS (SELECT 1 FROM text_print p WHERE p.revision_key = r.revision_key)
             ORDER BY r.revision_key LIMIT $2",
        );
        let rows = rows.bind(slack(self.engine())).bind(limit);
        let rows = rows.fetch_all(&self.pool).await;
        let rows = rows.map_err(doing("read texts without a print"))?;
        let revisions = rows.iter().map(|row| UnlinkedRevision {
            revision_key: row.get(0),
            article_key: row.get(1),
            title: row.get(2),
            text: row.get(3),
            available_at: row.get(4),
        });
        Ok(revisions.collect())
    }

    /// For each of `prints`, which need not be stored, the stored texts of other articles that share a band with it and were available
    /// within [`WINDOW`] of it, on either side: at most [`MOST_CANDIDATES`], those that share the most bands first.
    pub async fn candidates(&self, prints: &[TextPrint]) -> Result<Vec<Candidate>, StoreError> {
        let rows = query(CANDIDATES).bind(band_rows(prints));
        let rows = rows.bind(WINDOW.num_microseconds()).bind(MOST_CANDIDATES);
        let rows = rows.bind(MOST_LOOKED_UP).bind(MOST_PER_BAND - 1);
        let rows = rows.fetch_all(&self.pool).await;
        let rows = rows.map_err(doing("look up texts that may be alike"))?;
        let candidates = rows.iter().map(|row| Candidate {
            asked: row.get(0),
            revision_key: row.get(1),
            sketch: row.get(2),
        });
        Ok(candidates.collect())
    }

    /// Records fingerprints and what follows from the revisions that are `alike`, in one transaction; nothing of it twice.
    ///
    /// Both revisions of a pair must be stored, and one of them be among `prints`. An article that follows another one already is
    /// pointed to a new one that is more alike, or as alike and earlier, as when its original is loaded after it.
    pub async fn record_lineage(
        &self,
        prints: &[TextPrint],
        alike: &[Alike],
        now: DateTime<Utc>,
    ) -> Result<RecordedLineage, StoreError> {
        let mut transaction = self.begin().await?;
        let n_prints = insert_prints(&mut transaction, prints, now).await?;
        insert_bands(&mut transaction, prints).await?;
        let edges = edges::new_edges(&mut transaction, alike).await?;
        let lost = edges.iter().filter(|edge| edge.was_origin);
        let changed: Vec<i64> = lost.map(|edge| edge.article_key).collect();
        alone(&mut transaction).await?;
        // A story counts by its origin: of those that are none any more the sums of stories are taken out.
        let revisions = edges::revisions_of(&mut transaction, &changed).await?;
        let before = self
            .contributions(&mut transaction, &revisions, None)
            .await?;
        edges::insert(&mut transaction, &edges, now).await?;
        let mut changes = self
            .contributions(&mut transaction, &revisions, None)
            .await?;
        changes.add_all(&before, -1);
        settle(&mut transaction, &changes, now).await?;
        let committed = transaction.commit().await;
        committed.map_err(doing("commit lineage"))?;
        Ok(RecordedLineage {
            n_prints,
            n_edges: edges.len(),
            changed,
        })
    }
}

/// `$1` is bands of asked revisions, `$2` the window, `$3` and `$4` the most candidates after and before the window is applied, and `$5` how many
/// later texts of a band one may have and still be looked at. What is known of a revision is looked up row by row: as a join,
/// PostgreSQL's planner, which cannot tell how few rows `$1` has, reads the whole table.
const CANDIDATES: &str = "
    WITH asked AS (
        SELECT CAST(value ->> 0 AS BIGINT) AS asked_key, CAST(value ->> 1 AS BIGINT) AS band FROM json_each($1)),
    spans AS (
        SELECT asked_key, band, CAST(n.value ->> 0 AS BIGINT)
            + (SELECT r.available_at FROM revision r WHERE r.revision_key = asked_key) / $2 AS span
        FROM asked CROSS JOIN json_each('[[-1],[0],[1]]') n),
    shared AS (
        SELECT asked_key, b.revision_key, COUNT(*) AS n_shared
        FROM spans a JOIN text_band b ON b.span = a.span AND b.band = a.band
         AND b.revision_key >= COALESCE((SELECT l.revision_key FROM text_band l WHERE l.span = a.span AND l.band = a.band
                                         ORDER BY l.revision_key DESC LIMIT 1 OFFSET $5), 0)
        GROUP BY asked_key, b.revision_key),
    ranked AS (
        SELECT *, ROW_NUMBER() OVER (PARTITION BY asked_key ORDER BY n_shared DESC, revision_key DESC) AS place FROM shared),
    near AS (
        SELECT asked_key, k.revision_key, ROW_NUMBER() OVER (PARTITION BY asked_key ORDER BY place) AS place
        FROM ranked k WHERE place <= $4 AND (
            SELECT c.article_key <> o.article_key AND c.available_at BETWEEN o.available_at - $2 AND o.available_at + $2
            FROM revision c, revision o WHERE c.revision_key = k.revision_key AND o.revision_key = k.asked_key)),
    printed AS (
        SELECT asked_key, revision_key, place,
            (SELECT p.sketch FROM text_print p WHERE p.revision_key = near.revision_key) AS sketch
        FROM near WHERE place <= $3)
    SELECT asked_key, revision_key, sketch FROM printed WHERE sketch IS NOT NULL ORDER BY asked_key, place";

fn band_rows(prints: &[TextPrint]) -> String {
    let rows = prints.iter().flat_map(|print| {
        let bands = print.bands.iter();
        bands.map(|band| json!([print.revision_key, band]))
    });
    json_rows(rows.collect())
}

/// Sketches go as one value of which each row takes its piece: JSON holds no bytes.
async fn insert_prints(
    transaction: &mut Transaction,
    prints: &[TextPrint],
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let mut sketches: Vec<u8> = Vec::new();
    let mut rows: Vec<Value> = Vec::with_capacity(prints.len());
    for print in prints {
        let start = sketches.len() + 1;
        rows.push(json!([print.revision_key, start, print.sketch.len()]));
        sketches.extend(&print.sketch);
    }
    let inserted = query(
        "INSERT INTO text_print (revision_key, sketch, recorded_at)
         SELECT CAST(value ->> 0 AS BIGINT), substr($2, CAST(value ->> 1 AS INTEGER), CAST(value ->> 2 AS INTEGER)), $3
         FROM json_each($1) WHERE true ORDER BY key
         ON CONFLICT (revision_key) DO NOTHING",
    );
    let inserted = inserted.bind(json_rows(rows)).bind(sketches);
    let inserted = inserted.bind(micros(now)).execute(transaction).await;
    inserted.map_err(doing("record prints of texts"))
}

async fn insert_bands(
    transaction: &mut Transaction,
    prints: &[TextPrint],
) -> Result<(), StoreError> {
    let inserted = query(
        "INSERT INTO text_band (span, band, revision_key)
         SELECT r.available_at / $2, CAST(value ->> 1 AS BIGINT), r.revision_key
         FROM json_each($1) CROSS JOIN revision r WHERE r.revision_key = CAST(value ->> 0 AS BIGINT) ORDER BY 1, 2
         ON CONFLICT (span, band, revision_key) DO NOTHING",
    );
    let inserted = inserted
        .bind(band_rows(prints))
        .bind(WINDOW.num_microseconds());
    let inserted = inserted.execute(transaction).await;
    inserted.map_err(doing("record bands of texts"))?;
    Ok(())
}
