//! Opens a store and brings it to the current schema.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

use crate::error::{StoreError, doing};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/sqlite");

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// An open store.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) pool: SqlitePool,
}

impl Store {
    /// Opens the store at `url` (`sqlite:PATH`), creating it where there is none, and applies pending migrations.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::connect(url, true).await
    }

    /// Opens the store at `url`, which must exist: for commands that only read.
    pub async fn open_existing(url: &str) -> Result<Self, StoreError> {
        Self::connect(url, false).await
    }

    async fn connect(url: &str, create: bool) -> Result<Self, StoreError> {
        let error = |problem: String| StoreError::Open {
            url: url.into(),
            problem,
        };
        let options =
            SqliteConnectOptions::from_str(url).map_err(|problem| error(problem.to_string()))?;
        let is_missing = !create && !options.get_filename().exists();
        if is_missing {
            return Err(error(
                "there is no such file: run `newsprint init` or `newsprint run` first".into(),
            ));
        }
        let options = options
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options)
            .await;
        let pool = pool.map_err(|problem| error(explained(&problem)))?;
        MIGRATIONS
            .run(&pool)
            .await
            .map_err(|problem| error(problem.to_string()))?;
        Ok(Self { pool })
    }

    /// Begins a transaction that writes, waiting for other writers now rather than failing later.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(doing("begin a transaction"))
    }

    /// Closes all connections; the write-ahead log is folded into the file.
    pub async fn close(self) {
        self.pool.close().await;
    }
}

fn explained(problem: &sqlx::Error) -> String {
    let text = problem.to_string();
    if text.contains("file is not a database") {
        return format!("{text}: name another file in store.url or with --db");
    }
    if text.contains("unable to open database file") {
        return format!("{text}: check that its folder exists and may be written to");
    }
    text
}
