//! What can be told of a store's health, also of one that is damaged: every reading stands alone, and what cannot be read is an error
//! of that reading and never a panic. What follows from it is not judged here.

mod contents;
mod orphans;
mod work;

pub use contents::{EvidenceFile, PromotedRun, RecordedLater, Unreached};
pub use orphans::{ORPHANS, Orphans};
pub use work::OpenLease;

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::migrations::{self, SchemaState};
use crate::sql::{Engine, query};

/// Problems that are named before a look at a store's pages gives up.
const MAX_PROBLEMS: &str = "20";

/// The engine and what the store takes of its disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    /// Name and version of the engine.
    pub engine: String,
    /// Bytes, without the write-ahead log.
    pub bytes: i64,
}

/// What a look at every page came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integrity {
    /// How it was looked at.
    pub how: &'static str,
    /// What is wrong; empty where nothing is.
    pub problems: Vec<String>,
}

impl Store {
    /// The engine's version and the store's size.
    pub async fn size(&self) -> Result<Size, StoreError> {
        let (name, statement) = match self.engine() {
            Engine::Sqlite => (
                "SQLite",
                "SELECT sqlite_version(), page_count * page_size FROM pragma_page_count, pragma_page_size",
            ),
            Engine::Postgres => (
                "PostgreSQL",
                "SELECT current_setting('server_version'), pg_database_size(current_database())",
            ),
        };
        let read = async {
            let row = query(statement).fetch_one(&self.pool).await?;
            let version: String = row.try_get(0)?;
            Ok(Size {
                engine: format!("{name} {version}"),
                bytes: row.try_get(1)?,
            })
        };
        read.await.map_err(doing("read the store's size"))
    }

    /// Which migrations were applied, and which were not.
    pub async fn schema_state(&self) -> Result<SchemaState, StoreError> {
        let state = migrations::state_of(&self.pool).await;
        state.map_err(doing("read the applied migrations"))
    }

    /// Looks at every page of a file, and at every reference; on a server at every index where `amcheck` is installed, else at every row.
    pub async fn integrity(&self) -> Result<Integrity, StoreError> {
        let integrity = match self.engine() {
            Engine::Sqlite => self.integrity_of_file().await,
            Engine::Postgres => self.integrity_of_server().await,
        };
        integrity.map_err(doing("look at every page"))
    }

    async fn integrity_of_file(&self) -> Result<Integrity, sqlx::Error> {
        let pages = query(format!("PRAGMA integrity_check({MAX_PROBLEMS})"));
        let mut problems = Vec::new();
        for row in pages.fetch_all(&self.pool).await? {
            let said: String = row.try_get(0)?;
            problems.extend((said != "ok").then_some(said));
        }
        let references =
            query("SELECT \"table\", parent, COUNT(*) FROM pragma_foreign_key_check GROUP BY 1, 2");
        match references.fetch_all(&self.pool).await {
            Ok(rows) => {
                for row in rows {
                    let (table, parent): (String, String) = (row.try_get(0)?, row.try_get(1)?);
                    let n: i64 = row.try_get(2)?;
                    problems.push(format!("{n} rows of {table} refer to no row of {parent}"));
                }
            }
            Err(problem) => problems.push(format!("references cannot be looked at: {problem}")),
        }
        Ok(Integrity {
            how: "every page, index and reference",
            problems,
        })
    }

    async fn integrity_of_server(&self) -> Result<Integrity, sqlx::Error> {
        let installed = query("SELECT COUNT(*) FROM pg_extension WHERE extname = 'amcheck'");
        let installed = installed.fetch_one(&self.pool).await?;
        if installed.try_get::<i64>(0)? > 0 {
            let indices = "SELECT CAST(i.indexrelid AS regclass)::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                           JOIN pg_am a ON a.oid = c.relam AND a.amname = 'btree'
                           WHERE c.relnamespace = CAST(current_schema() AS regnamespace) ORDER BY 1";
            let look = |index: &str| format!("SELECT CAST(bt_index_check('{index}') AS TEXT)");
            return self.looked_at("every index", indices, look).await;
        }
        let tables = "SELECT CAST(table_name AS TEXT) FROM information_schema.tables
                      WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY 1";
        let look = |table: &str| {
            format!(
                "SELECT CAST(SUM(octet_length(CAST(whole AS TEXT))) AS TEXT) FROM {table} AS whole"
            )
        };
        let how = "every row (install the extension amcheck to have indices looked at too)";
        self.looked_at(how, tables, look).await
    }

    /// Runs a statement for each name that `names` gives; what it cannot do is a problem.
    async fn looked_at(
        &self,
        how: &'static str,
        names: &'static str,
        look: impl Fn(&str) -> String,
    ) -> Result<Integrity, sqlx::Error> {
        let mut problems = Vec::new();
        for row in query(names).fetch_all(&self.pool).await? {
            let name: String = row.try_get(0)?;
            if let Err(problem) = query(look(&name)).fetch_all(&self.pool).await {
                problems.push(format!("{name}: {problem}"));
            }
        }
        Ok(Integrity { how, problems })
    }
}
