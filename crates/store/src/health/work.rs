//! Who says to be at work on a store.

use chrono::{DateTime, Utc};

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::rows::instant;
use crate::sql::query;

/// Something that was begun and not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenLease {
    /// What is held: a stage, a host, or pages that are to be fetched.
    pub what: String,
    /// Who holds it.
    pub holder: String,
    /// Until when, unless it is renewed.
    pub until: DateTime<Utc>,
}

impl Store {
    /// Leases and claims that were not given back, whether they have ended or not, the oldest first.
    pub async fn open_leases(&self) -> Result<Vec<OpenLease>, StoreError> {
        let read = async {
            let rows = query(
                "SELECT 'stage ' || stage AS what, holder, leased_until AS until FROM stage_lease WHERE leased_until > 0
                 UNION ALL SELECT 'host ' || host, holder, leased_until FROM host WHERE leased_until IS NOT NULL AND holder IS NOT NULL
                 UNION ALL SELECT CAST(COUNT(*) AS TEXT) || ' pages to be fetched', holder, MAX(claimed_until) FROM fetch_item
                 WHERE claimed_until IS NOT NULL AND holder IS NOT NULL GROUP BY holder
                 ORDER BY until, what",
            );
            let rows = rows.fetch_all(&self.pool).await?;
            let leases = rows
                .iter()
                .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)));
            leases.collect()
        };
        let leases: Result<Vec<(String, String, i64)>, sqlx::Error> = read.await;
        let leases = leases.map_err(doing("read leases"))?;
        let leases = leases.into_iter().map(|(what, holder, until)| {
            Ok(OpenLease {
                what,
                holder,
                until: instant("a lease", until)?,
            })
        });
        leases.collect()
    }
}
