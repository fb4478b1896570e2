//! What sources name: queued, and recorded as the fact that they named it.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::error::{StoreError, doing};
use crate::queue::Listed;
use crate::rows::{micros, offset_column};
use crate::sql::{Transaction, json_rows, query};
use crate::tallies::{NOT_ASKED, Tallies, count};

/// What became of the addresses of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ListedCounts {
    /// Known, and read before.
    pub n_known: usize,
    /// Known, and refused for good.
    pub n_refused: usize,
    /// Known, failed, and to be asked again later.
    pub n_later: usize,
}

/// Queues what a list names; what is known already stays as it is.
pub(crate) async fn enqueue(
    transaction: &mut Transaction,
    source: &str,
    listed: &[Listed],
    (listed_at, now): (DateTime<Utc>, DateTime<Utc>),
    tallies: &mut Tallies,
) -> Result<ListedCounts, StoreError> {
    let rows: Vec<_> = listed
        .iter()
        .map(|listed| json!([listed.item, listed.role, listed.host, listed.depth]))
        .collect();
    let rows = json_rows(rows);
    let counts = known(transaction, &rows, now).await?;
    let queued = query(
        "INSERT INTO fetch_item (item, role, source, host, depth, due_at, n_failures, n_visits)
         SELECT value ->> 0, value ->> 1, $2, value ->> 2, CAST(value ->> 3 AS BIGINT), $3 - $4 + key, 0, 0 FROM json_each($1) WHERE true ORDER BY key
         ON CONFLICT (item, role) DO NOTHING",
    );
    let queued = queued.bind(&rows).bind(source).bind(micros(now));
    // What a list names first is asked first: each is due a microsecond before the next.
    let queued = queued.bind(i64::try_from(listed.len()).unwrap_or_default());
    let queued = queued.execute(&mut *transaction).await;
    queued.map_err(doing("queue addresses"))?;
    insert_listings(transaction, source, listed, (listed_at, now), tallies).await?;
    Ok(counts)
}

/// What is known of the pages of a list before it is queued.
async fn known(
    transaction: &mut Transaction,
    rows: &str,
    now: DateTime<Utc>,
) -> Result<ListedCounts, StoreError> {
    let row = query(
        "SELECT COUNT(*) FILTER (WHERE n_visits > 0 AND (due_at IS NULL OR due_at > $2)),
                COUNT(*) FILTER (WHERE n_visits = 0 AND due_at IS NULL),
                COUNT(*) FILTER (WHERE n_visits = 0 AND due_at > $2)
         FROM fetch_item WHERE role = 'page' AND item IN (SELECT value ->> 0 FROM json_each($1) WHERE value ->> 1 = 'page')",
    );
    let row = row.bind(rows).bind(micros(now));
    let row = row.fetch_one(&mut *transaction).await;
    let row = row.map_err(doing("read the queue"))?;
    let count = |place| usize::try_from(row.get::<i64>(place)).unwrap_or_default();
    Ok(ListedCounts {
        n_known: count(0),
        n_refused: count(1),
        n_later: count(2),
    })
}

/// Records which pages a source names, and since when.
pub(crate) async fn insert_listings(
    transaction: &mut Transaction,
    source: &str,
    listed: &[Listed],
    (listed_at, now): (DateTime<Utc>, DateTime<Utc>),
    tallies: &mut Tallies,
) -> Result<(), StoreError> {
    let pages = listed.iter().filter(|listed| listed.role == "page");
    let pages = pages.map(|page| json!([page.item])).collect();
    // SQLite has no index for a column of the row that is returned, unless it is told of which type that is.
    let listed = query(
        "INSERT INTO listing (source, item, listed_at, recorded_at) SELECT $2, value ->> 0, $3, $4 FROM json_each($1) WHERE true ORDER BY key
         ON CONFLICT (source, item) DO NOTHING
         RETURNING NOT EXISTS (SELECT 1 FROM listing o WHERE o.item = CAST(listing.item AS TEXT) AND o.listing_key < listing.listing_key)
             AND NOT EXISTS (SELECT 1 FROM fetch_outcome f WHERE f.item = CAST(listing.item AS TEXT))",
    );
    let listed = listed.bind(json_rows(pages)).bind(source);
    let listed = listed.bind(micros(listed_at)).bind(micros(now));
    let listed = listed.fetch_all(&mut *transaction).await;
    let listed = listed.map_err(doing("record what a source names"))?;
    let n_new = listed.iter().filter(|row| row.get::<bool>(0)).count();
    count(tallies, NOT_ASKED, offset_column(n_new));
    Ok(())
}
