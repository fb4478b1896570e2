//! Opens a store on either engine and brings it to the current schema.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::contributions::KnownRuns;
use crate::error::{StoreError, doing, is_disk_full};
use crate::leases::Fence;
use crate::migrations;
use crate::sql::{Engine, Pool, Transaction, query};

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a server waits for the next statement of a transaction, whose locks keep others from taking over.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// Pages that a connection may keep, in KiB (negative, as SQLite has it): indexes of a large store are read at many places.
const CACHE: &str = "-65536";

/// How long it may take to reach a server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// An open store.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) pool: Pool,
    /// Where transactions that write begin: on a file one connection, which keeps its pages from one to the next; what another one writes
    /// would have it read them anew.
    pub(crate) writer: Pool,
    /// Connections whose commits do not wait for the disk: for leases alone.
    pub(crate) hurried: Pool,
    /// The stage lease without which nothing may be written.
    pub(crate) fence: Option<Fence>,
    /// Runs with what they read themes against, as far as they were needed.
    pub(crate) runs: Arc<Mutex<KnownRuns>>,
}

/// Where a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL database.
    Server(String),
}

impl Place {
    /// Reads a store's address: `sqlite:PATH`, or `postgres://USER@HOST/DATABASE`.
    pub fn of(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Server(url.to_owned()));
        }
        match url.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => Ok(Self::File(PathBuf::from(path))),
            _ => Err(open_error(
                url,
                "an address has the form sqlite:PATH or postgres://USER@HOST/DATABASE".into(),
            )),
        }
    }
}

impl Store {
    /// Opens the store at `url` (see [`Place::of`]) to write, creating its file where there is none, and applies pending migrations.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let store = match Place::of(url)? {
            Place::File(file) => Self::open_file(url, &file).await?,
            Place::Server(address) => {
                let store = Self::connect_to_server(url, server_options(url, &address)?).await?;
                store.refuse_foreign(url).await?;
                store
            }
        };
        migrations::apply(&store.pool).await.map_err(|problem| {
            open_error(url, format!("bring it to the current schema: {problem}"))
        })?;
        Ok(store)
    }

    async fn open_file(url: &str, file: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What is removed on request is overwritten, and so is what is moved about before.
            .pragma("secure_delete", "ON")
            .pragma("cache_size", CACHE)
            .busy_timeout(BUSY_TIMEOUT);
        // Looked at before the journal mode is set, which the file would keep.
        let found = Self::connect_to_file(url, options.clone()).await?;
        found.refuse_foreign(url).await?;
        found.close().await;
        Self::connect_to_file(url, options.journal_mode(SqliteJournalMode::Wal)).await
    }

    /// Opens the store at `url` to read; it must be there and of the current schema, and is not changed.
    pub async fn open_to_read(url: &str) -> Result<Self, StoreError> {
        let store = Self::open_to_examine(url).await?;
        let problem = migrations::problem_of(&store.pool).await;
        match problem.map_err(doing("read the schema"))? {
            Some(problem) => Err(open_error(url, problem.into())),
            None => Ok(store),
        }
    }

    /// Opens the store at `url` to look at its health: it must be there, is not changed, and may be of any schema, or damaged.
    pub async fn open_to_examine(url: &str) -> Result<Self, StoreError> {
        match Place::of(url)? {
            Place::File(file) => Self::open_file_to_read(url, &file).await,
            Place::Server(address) => {
                let options = server_options(url, &address)?;
                let read_only = [("default_transaction_read_only", "on")];
                Self::connect_to_server(url, options.options(read_only)).await
            }
        }
    }

    async fn open_file_to_read(url: &str, file: &Path) -> Result<Self, StoreError> {
        if !file.exists() {
            let problem = "there is no such file: `newsprint run` or `newsprint fetch` makes it";
            return Err(open_error(url, problem.into()));
        }
        let options = SqliteConnectOptions::new()
            .filename(file)
            .read_only(true)
            .busy_timeout(BUSY_TIMEOUT);
        match Self::connect_to_file(url, options.clone()).await {
            // A folder that may not be written to has no place for the files that readers and writers share; where no writer
            // left any, nobody writes.
            Err(_) if !has_log(file) => Self::connect_to_file(url, options.immutable(true)).await,
            other => other,
        }
    }

    /// An empty store that is gone when it is closed.
    pub async fn in_memory() -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().in_memory(true);
        // A second connection would open a second store.
        let pool = file_pool()
            .max_connections(1)
            .connect_with(options.disable_statement_logging())
            .await
            .map_err(|problem| open_error("in memory", problem.to_string()))?;
        let pool = Pool::Sqlite(pool);
        migrations::apply(&pool)
            .await
            .map_err(|problem| open_error("in memory", problem))?;
        Ok(Self {
            writer: pool.clone(),
            hurried: pool.clone(),
            pool,
            fence: None,
            runs: Arc::default(),
        })
    }

    async fn connect_to_file(url: &str, options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let options = options.disable_statement_logging();
        let hurried = file_pool()
            .max_connections(1)
            .connect_lazy_with(options.clone().synchronous(SqliteSynchronous::Normal));
        let writer = file_pool()
            .max_connections(1)
            .connect_lazy_with(options.clone());
        let pool = file_pool().max_connections(4).connect_with(options).await;
        let pool = pool.map_err(|problem| open_error(url, explained(&problem)))?;
        let pool = Pool::Sqlite(pool);
        let probed = query("SELECT COUNT(*) FROM sqlite_schema")
            .fetch_one(&pool)
            .await;
        probed.map_err(|problem| open_error(url, explained(&problem)))?;
        Ok(Self {
            pool,
            writer: Pool::Sqlite(writer),
            hurried: Pool::Sqlite(hurried),
            fence: None,
            runs: Arc::default(),
        })
    }

    async fn connect_to_server(url: &str, options: PgConnectOptions) -> Result<Self, StoreError> {
        let options = options.disable_statement_logging();
        let pools = PgPoolOptions::new().acquire_timeout(CONNECT_TIMEOUT);
        let pools = pools.idle_timeout(None).max_lifetime(None);
        let hurried = options.clone().options([("synchronous_commit", "off")]);
        let hurried = pools.clone().max_connections(2).connect_lazy_with(hurried);
        let pool = pools.max_connections(4).connect_with(options).await;
        let pool = pool.map_err(|problem| {
            let advice = "check that the server runs, and the address in store.url";
            open_error(&without_password(url), format!("{problem}: {advice}"))
        })?;
        let pool = Pool::Postgres(pool);
        Ok(Self {
            writer: pool.clone(),
            pool,
            hurried: Pool::Postgres(hurried),
            fence: None,
            runs: Arc::default(),
        })
    }

    /// Refuses a database that holds tables of which none says that newsprint made them.
    async fn refuse_foreign(&self, url: &str) -> Result<(), StoreError> {
        let objects = match self.pool.engine() {
            Engine::Sqlite => "SELECT name FROM sqlite_schema",
            Engine::Postgres => {
                "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
            }
        };
        let found = query(objects).fetch_all(&self.pool).await;
        let found = found.map_err(doing("read the schema"))?;
        let is_ours = |name: String| name == "_sqlx_migrations";
        if found.is_empty() || found.iter().any(|row| is_ours(row.get(0))) {
            return Ok(());
        }
        let other = match self.pool.engine() {
            Engine::Sqlite => "file",
            Engine::Postgres => "database",
        };
        let problem = format!(
            "it is another program's database: name another {other} in store.url or with --db"
        );
        Err(open_error(url, problem))
    }

    /// Which engine it is on.
    pub fn engine(&self) -> Engine {
        self.pool.engine()
    }

    /// Begins a transaction that writes, waiting for other writers now rather than failing later; refused where the stage lease
    /// under which this store is used has gone to somebody else.
    pub(crate) async fn begin(&self) -> Result<Transaction, StoreError> {
        let begun = self.writer.begin().await;
        let mut transaction = begun.map_err(doing("begin a transaction"))?;
        self.check_fence(&mut transaction).await?;
        Ok(transaction)
    }

    /// Refuses a transaction where the stage lease under which this store is used has gone to somebody else.
    pub(crate) async fn check_fence(
        &self,
        transaction: &mut Transaction,
    ) -> Result<(), StoreError> {
        match &self.fence {
            Some(fence) => fence.check(transaction).await,
            None => Ok(()),
        }
    }

    /// Begins a transaction whose commit does not wait for the disk.
    pub(crate) async fn begin_hurried(&self) -> Result<Transaction, StoreError> {
        let begun = self.hurried.begin().await;
        begun.map_err(doing("begin a transaction"))
    }

    /// Closes all connections; the write-ahead log of a file is folded into it.
    pub async fn close(self) {
        self.hurried.close().await;
        self.writer.close().await;
        self.pool.close().await;
    }
}

/// A pool whose connections stay open. With a lifetime or an idle timeout sqlx 0.9.0 starts a task that counts idle connections down and,
/// where the pool is closed while it does, from zero: it then runs for ever on a thread that the program waits for at its end.
fn file_pool() -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .idle_timeout(None)
        .max_lifetime(None)
}

fn server_options(url: &str, address: &str) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(address);
    let options =
        options.map_err(|problem| open_error(&without_password(url), problem.to_string()))?;
    // Waiting for another writer has an end, as it has on a file.
    let waits = format!("{}ms", BUSY_TIMEOUT.as_millis());
    let options = options.application_name("newsprint");
    // A process that is paused in a transaction does not keep its locks.
    let idle = format!("{}ms", IDLE_TIMEOUT.as_millis());
    Ok(options.options([
        ("lock_timeout", waits),
        ("idle_in_transaction_session_timeout", idle),
        // Where the planner cannot tell how few rows a statement has, it compiles it: that takes longer than to run it.
        ("jit", "off".into()),
    ]))
}

/// An address as it may be shown.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}{path}")
        }
        None => url.to_owned(),
    }
}

/// Whether a write-ahead log lies beside the file.
fn has_log(file: &Path) -> bool {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    Path::new(&name).exists()
}

pub(crate) fn open_error(url: &str, problem: String) -> StoreError {
    StoreError::Open {
        url: without_password(url),
        problem,
    }
}

pub(crate) fn explained(problem: &sqlx::Error) -> String {
    let text = problem.to_string();
    if is_disk_full(problem) {
        return format!("{text}: the disk is full: free space on it");
    }
    if text.contains("file is not a database") {
        return format!("{text}: name another file in store.url or with --db");
    }
    if text.contains("unable to open database file") {
        return format!("{text}: check that its folder exists and may be written to");
    }
    text
}
