//! What a store holds, as far as its health depends on it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use newsprint_domain::identifier::{IndexId, Mic};

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::rows::{date, instant, micros};
use crate::sql::{Engine, query};

/// A file of kept answers, as attempts name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceFile {
    /// Its name in the folder of evidence.
    pub file: String,
    /// How many attempts name it.
    pub n_attempts: i64,
    /// Where the last record begins that one of them names, in bytes.
    pub last_offset: i64,
}

/// Revisions that have no session on an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreached {
    /// How many.
    pub n_revisions: i64,
    /// When the first and the last of them became available, where there are any.
    pub between: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// The run that tables show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromotedRun {
    /// Its public id.
    pub id: String,
    /// The model that tagged.
    pub model: String,
    /// Revisions that it has not tagged.
    pub n_untagged: i64,
}

/// Rows of one table that were recorded after an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedLater {
    /// The table.
    pub table: String,
    /// How many.
    pub n_rows: i64,
    /// When the last of them was recorded.
    pub latest: DateTime<Utc>,
}

impl Store {
    /// The files that attempts name.
    pub async fn evidence_files(&self) -> Result<Vec<EvidenceFile>, StoreError> {
        let read = async {
            let rows = query(
                "SELECT file, COUNT(*), MAX(record_offset) FROM fetch_attempt WHERE file IS NOT NULL GROUP BY file ORDER BY file",
            );
            let rows = rows.fetch_all(&self.pool).await?;
            let files = rows.iter().map(|row| {
                Ok(EvidenceFile {
                    file: row.try_get(0)?,
                    n_attempts: row.try_get(1)?,
                    last_offset: row.try_get::<Option<i64>>(2)?.unwrap_or_default(),
                })
            });
            files.collect()
        };
        let files: Result<_, sqlx::Error> = read.await;
        files.map_err(doing("read which evidence attempts name"))
    }

    /// Revisions whose latest assignment to `exchange` says that its calendar does not reach them, or which have none.
    pub async fn unreached(&self, exchange: &Mic) -> Result<Unreached, StoreError> {
        let read = async {
            let row = query(
                "SELECT COUNT(*), MIN(available_at), MAX(available_at) FROM revision r WHERE NOT EXISTS (
                     SELECT 1 FROM session_assignment s
                     WHERE s.session_assignment_key = (SELECT MAX(l.session_assignment_key) FROM session_assignment l
                                                       WHERE l.revision_key = r.revision_key AND l.exchange = $1)
                       AND s.reaction_session IS NOT NULL)",
            );
            let row = row.bind(exchange.as_str()).fetch_one(&self.pool).await?;
            let between: (Option<i64>, Option<i64>) = (row.try_get(1)?, row.try_get(2)?);
            Ok((row.try_get(0)?, between))
        };
        let read: Result<(i64, _), sqlx::Error> = read.await;
        let (n_revisions, between) = read.map_err(doing("count revisions without a session"))?;
        let between = match between {
            (Some(first), Some(last)) => {
                Some((instant("revision", first)?, instant("revision", last)?))
            }
            _ => None,
        };
        Ok(Unreached {
            n_revisions,
            between,
        })
    }

    /// The dates on which `index` has a close.
    pub async fn close_dates(&self, index: &IndexId) -> Result<BTreeSet<NaiveDate>, StoreError> {
        let read = async {
            let rows = query("SELECT DISTINCT date FROM price WHERE index_id = $1");
            let rows = rows.bind(index.as_str()).fetch_all(&self.pool).await?;
            rows.iter().map(|row| row.try_get(0)).collect()
        };
        let texts: Result<Vec<String>, sqlx::Error> = read.await;
        let texts = texts.map_err(doing("read the dates of closes"))?;
        texts.iter().map(|text| date("price", text)).collect()
    }

    /// The run that tables show now; `None` where none was promoted.
    pub async fn promoted_state(&self) -> Result<Option<PromotedRun>, StoreError> {
        let read = async {
            let row = query(
                "SELECT tag_run_id, model, (SELECT COUNT(*) FROM revision) - (SELECT COUNT(*) FROM tagging t WHERE t.tag_run_key = p.tag_run_key)
                 FROM promotion p JOIN tag_run USING (tag_run_key) ORDER BY promotion_key DESC LIMIT 1",
            );
            let Some(row) = row.fetch_optional(&self.pool).await? else {
                return Ok(None);
            };
            Ok(Some(PromotedRun {
                id: row.try_get(0)?,
                model: row.try_get(1)?,
                n_untagged: row.try_get(2)?,
            }))
        };
        let run: Result<_, sqlx::Error> = read.await;
        run.map_err(doing("read the promoted run"))
    }

    /// Rows that were recorded after `now`: by a clock that was wrong, or this one is.
    pub async fn recorded_after(
        &self,
        now: DateTime<Utc>,
    ) -> Result<Vec<RecordedLater>, StoreError> {
        let read = async {
            let mut found = BTreeMap::new();
            for table in self.tables_with_times().await? {
                let rows = query(format!(
                    "SELECT COUNT(*), MAX(recorded_at) FROM {table} WHERE recorded_at > $1"
                ));
                let row = rows.bind(micros(now)).fetch_one(&self.pool).await?;
                if let (n_rows, Some(latest)) = (row.try_get(0)?, row.try_get::<Option<i64>>(1)?) {
                    found.insert(table, (n_rows, latest));
                }
            }
            Ok(found)
        };
        let found: Result<BTreeMap<String, (i64, i64)>, sqlx::Error> = read.await;
        let found = found.map_err(doing("look for rows of the future"))?;
        let rows = found.into_iter().map(|(table, (n_rows, latest))| {
            Ok(RecordedLater {
                latest: instant("a table", latest)?,
                table,
                n_rows,
            })
        });
        rows.collect()
    }

    async fn tables_with_times(&self) -> Result<Vec<String>, sqlx::Error> {
        let tables = match self.engine() {
            Engine::Sqlite => {
                "SELECT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c ON c.name = 'recorded_at'
                 WHERE t.type = 'table' ORDER BY t.name"
            }
            Engine::Postgres => {
                "SELECT CAST(table_name AS TEXT) FROM information_schema.columns
                 WHERE column_name = 'recorded_at' AND table_schema = current_schema() ORDER BY 1"
            }
        };
        let rows = query(tables).fetch_all(&self.pool).await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    }

    /// What the database server's clock says; `None` of a file, which has none.
    pub async fn server_clock(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        if self.engine() == Engine::Sqlite {
            return Ok(None);
        }
        let read = async {
            let row =
                query("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)");
            row.fetch_one(&self.pool).await?.try_get(0)
        };
        let micros: Result<i64, sqlx::Error> = read.await;
        let micros = micros.map_err(doing("read the server's clock"))?;
        instant("the server's clock", micros).map(Some)
    }
}
