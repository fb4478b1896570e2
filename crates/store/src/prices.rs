//! Daily closes and their corrections.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use newsprint_domain::identifier::IndexId;

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::reading::AsOf;
use crate::rows::{date, micros};
use crate::sql::{Row, query};

/// What recording closes changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PriceChanges {
    /// Dates that had no close.
    pub n_added: usize,
    /// Dates whose close was another one.
    pub revised: Vec<PriceChange>,
    /// Dates whose close was the same.
    pub n_unchanged: usize,
}

/// A close that was corrected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceChange {
    /// The date.
    pub date: NaiveDate,
    /// The close until now.
    pub before: f64,
    /// The close from now on.
    pub after: f64,
}

impl Store {
    /// Appends the closes that are new or differ from the latest recorded ones, in one transaction.
    pub async fn record_prices(
        &self,
        index: &IndexId,
        closes: &BTreeMap<NaiveDate, f64>,
        source: &str,
        now: DateTime<Utc>,
    ) -> Result<PriceChanges, StoreError> {
        let mut changes = PriceChanges::default();
        let mut transaction = self.begin().await?;
        let waited = transaction.wait_for("newsprint prices").await;
        waited.map_err(doing("wait for the closes"))?;
        let known = query("SELECT date, close FROM price WHERE index_id = $1 ORDER BY price_key");
        let known = known
            .bind(index.as_str())
            .fetch_all(&mut transaction)
            .await
            .map_err(doing("read closes"))?;
        let known = latest_closes(&known)?;
        for (date, close) in closes {
            match known.get(date) {
                #[expect(
                    clippy::float_cmp,
                    reason = "a close is the same only where every digit is"
                )]
                Some(before) if before == close => {
                    changes.n_unchanged += 1;
                    continue;
                }
                Some(before) => changes.revised.push(PriceChange {
                    date: *date,
                    before: *before,
                    after: *close,
                }),
                None => changes.n_added += 1,
            }
            query("INSERT INTO price (index_id, date, close, source, recorded_at) VALUES ($1, $2, $3, $4, $5)")
                .bind(index.as_str())
                .bind(date.to_string())
                .bind(*close)
                .bind(source)
                .bind(micros(now))
                .execute(&mut transaction)
                .await
                .map_err(doing("record a close"))?;
        }
        transaction.commit().await.map_err(doing("commit closes"))?;
        Ok(changes)
    }

    /// Closes of `index` as recorded by then; with `as_of.reconstructed`, as recorded now.
    pub async fn prices(
        &self,
        index: &IndexId,
        as_of: AsOf,
    ) -> Result<BTreeMap<NaiveDate, f64>, StoreError> {
        let rows = query(
            "SELECT date, close FROM price WHERE index_id = $1 AND ($3 OR recorded_at <= $2) ORDER BY price_key",
        )
        .bind(index.as_str())
        .bind(micros(as_of.instant))
        .bind(as_of.reconstructed)
        .fetch_all(&self.pool)
        .await
        .map_err(doing("read closes"))?;
        latest_closes(&rows)
    }
}

/// Of rows in the order they were recorded, the last of each date.
fn latest_closes(rows: &[Row]) -> Result<BTreeMap<NaiveDate, f64>, StoreError> {
    rows.iter()
        .map(|row| Ok((date("price", &row.get::<String>(0))?, row.get(1))))
        .collect()
}
