//! Opens a store and brings it to the current schema.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Row as _, Sqlite, Transaction};

use crate::error::{StoreError, doing};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/sqlite");

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// An open store.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) pool: SqlitePool,
    /// A connection whose commits do not wait for the disk: for leases alone.
    pub(crate) hurried: SqlitePool,
}

impl Store {
    /// Opens the store at `url` (`sqlite:PATH`) to write, creating it where there is none, and applies pending migrations.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file_of(url)?)
            .create_if_missing(true)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        // Looked at before the journal mode is set, which the file would keep.
        let found = Self::connect(url, options.clone()).await?;
        if found.is_foreign().await? {
            let problem =
                "it is another program's database: name another file in store.url or with --db";
            return Err(open_error(url, problem.into()));
        }
        found.close().await;
        let store = Self::connect(url, options.journal_mode(SqliteJournalMode::Wal)).await?;
        MIGRATIONS
            .run(&store.pool)
            .await
            .map_err(|problem| open_error(url, problem.to_string()))?;
        Ok(store)
    }

    /// Opens the store at `url` to read; it must be there and of the current schema, and is not changed.
    pub async fn open_to_read(url: &str) -> Result<Self, StoreError> {
        let file = file_of(url)?;
        if !file.exists() {
            let problem = "there is no such file: `newsprint run` or `newsprint fetch` makes it";
            return Err(open_error(url, problem.into()));
        }
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .read_only(true)
            .busy_timeout(BUSY_TIMEOUT);
        let store = match Self::connect(url, options.clone()).await {
            // A folder that may not be written to has no place for the files that readers and writers share; where no writer
            // left any, nobody writes.
            Err(_) if !has_log(&file) => Self::connect(url, options.immutable(true)).await?,
            other => other?,
        };
        store.check_schema(url).await?;
        Ok(store)
    }

    /// An empty store that is gone when it is closed.
    pub async fn in_memory() -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().in_memory(true);
        // A second connection would open a second store.
        let pool = SqlitePoolOptions::new().max_connections(1);
        let pool = pool.idle_timeout(None).max_lifetime(None);
        let pool = pool
            .connect_with(options)
            .await
            .map_err(|problem| open_error("in memory", problem.to_string()))?;
        MIGRATIONS
            .run(&pool)
            .await
            .map_err(|problem| open_error("in memory", problem.to_string()))?;
        let hurried = pool.clone();
        Ok(Self { pool, hurried })
    }

    async fn connect(url: &str, options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let hurried = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_lazy_with(options.clone().synchronous(SqliteSynchronous::Normal));
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options)
            .await;
        let pool = pool.map_err(|problem| open_error(url, explained(&problem)))?;
        let probed = sqlx::query("SELECT COUNT(*) FROM sqlite_schema")
            .fetch_one(&pool)
            .await;
        probed.map_err(|problem| open_error(url, explained(&problem)))?;
        Ok(Self { pool, hurried })
    }

    /// Whether the file holds tables, and none that says newsprint made them.
    async fn is_foreign(&self) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(*), COUNT(CASE WHEN name = '_sqlx_migrations' THEN 1 END) FROM sqlite_schema",
        );
        let row = row
            .fetch_one(&self.pool)
            .await
            .map_err(doing("read the schema"))?;
        let (n_objects, n_ours): (i64, i64) = (row.get(0), row.get(1));
        Ok(n_objects > 0 && n_ours == 0)
    }

    async fn check_schema(&self, url: &str) -> Result<(), StoreError> {
        let row = sqlx::query("SELECT MAX(version) FROM _sqlx_migrations")
            .fetch_one(&self.pool)
            .await;
        let present: Option<i64> = row.ok().and_then(|row| row.get(0));
        let current = MIGRATIONS.iter().map(|migration| migration.version).max();
        if present == current {
            return Ok(());
        }
        let problem = if present.is_some() && present < current {
            "it was made by an older version: `newsprint tag` brings it up to date"
        } else {
            "it was not made by this version of newsprint: name another file in store.url or with --db"
        };
        Err(open_error(url, problem.into()))
    }

    /// Begins a transaction that writes, waiting for other writers now rather than failing later.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(doing("begin a transaction"))
    }

    /// Begins a transaction whose commit does not wait for the disk.
    pub(crate) async fn begin_hurried(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.hurried
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(doing("begin a transaction"))
    }

    /// Closes all connections; the write-ahead log is folded into the file.
    pub async fn close(self) {
        self.hurried.close().await;
        self.pool.close().await;
    }
}

/// The file of a store's address, which may be written `sqlite:PATH`.
pub fn file_of(url: &str) -> Result<PathBuf, StoreError> {
    match url.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() => Ok(PathBuf::from(path)),
        _ => Err(open_error(
            url,
            "an address has the form sqlite:PATH".into(),
        )),
    }
}

/// Whether a write-ahead log lies beside the file.
fn has_log(file: &Path) -> bool {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    Path::new(&name).exists()
}

fn open_error(url: &str, problem: String) -> StoreError {
    StoreError::Open {
        url: url.into(),
        problem,
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
