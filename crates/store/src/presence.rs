//! Whether other processes are at work on a store: a lock that the system lets go when a process ends, however it ends. Only who finds
//! nobody else may say that the leases which are still there are those of the dead.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use std::str::FromStr as _;

use crate::connection::{Place, open_error};
use crate::error::{StoreError, doing};

/// How often, and after which pauses, a lock is tried that another process may be about to share.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(50);

/// The lock's number on a server, of a database of its own for each store: the digits of "newsprint" on a telephone.
const KEY: i64 = 639_777_468;

/// Held by every process that writes to a store, as long as it does.
#[derive(Debug)]
pub struct Presence {
    lock: Lock,
    is_alone: bool,
}

#[derive(Debug)]
enum Lock {
    /// A file beside the store.
    File { file: File, path: PathBuf },
    /// A session of the server.
    Session(Box<PgConnection>),
}

impl Presence {
    /// Says that this process is at work on the store at `url`. The first one is alone until it lets others in.
    pub async fn join(url: &str) -> Result<Self, StoreError> {
        let mut lock = Lock::open(url).await?;
        let is_alone = lock.try_alone().await?;
        if !is_alone {
            lock.share().await?;
        }
        Ok(Self { lock, is_alone })
    }

    /// Whether no other process is at work.
    pub fn is_alone(&self) -> bool {
        self.is_alone
    }

    /// Goes on beside others.
    pub async fn let_others_in(&mut self) -> Result<(), StoreError> {
        self.is_alone = false;
        match &mut self.lock {
            Lock::File { file, path } => {
                let unlocked = file.unlock();
                unlocked.map_err(|problem| lock_error(path, &problem.to_string()))?;
                self.lock.share().await
            }
            Lock::Session(session) => {
                // A session may hold both, so that nobody slips in between.
                run(session, "SELECT pg_advisory_lock_shared($1) IS NULL").await?;
                run(session, "SELECT pg_advisory_unlock($1)").await?;
                Ok(())
            }
        }
    }

    /// Says that this process is done.
    pub async fn leave(self) {
        if let Lock::Session(session) = self.lock
            && let Err(problem) = session.close().await
        {
            tracing::debug!(%problem, "A session did not close");
        }
    }
}

impl Lock {
    async fn open(url: &str) -> Result<Self, StoreError> {
        match Place::of(url)? {
            Place::File(file) => {
                let mut path = file.into_os_string();
                path.push(".lock");
                let path = PathBuf::from(path);
                let file = File::options().create(true).append(true).open(&path);
                let advice = "check that its folder exists and may be written to";
                let file =
                    file.map_err(|problem| lock_error(&path, &format!("{problem}: {advice}")))?;
                Ok(Self::File { file, path })
            }
            Place::Server(address) => {
                let options = PgConnectOptions::from_str(&address);
                let options = options.map_err(|problem| open_error(url, problem.to_string()))?;
                let options = options
                    .application_name("newsprint")
                    .disable_statement_logging();
                let session = options.connect().await;
                let advice = "check that the server runs, and the address in store.url";
                let session =
                    session.map_err(|problem| open_error(url, format!("{problem}: {advice}")))?;
                Ok(Self::Session(Box::new(session)))
            }
        }
    }

    async fn try_alone(&mut self) -> Result<bool, StoreError> {
        match self {
            Self::File { file, path } => match file.try_lock() {
                Ok(()) => Ok(true),
                Err(TryLockError::WouldBlock) => Ok(false),
                Err(TryLockError::Error(problem)) => Err(lock_error(path, &problem.to_string())),
            },
            Self::Session(session) => run(session, "SELECT pg_try_advisory_lock($1)").await,
        }
    }

    async fn share(&mut self) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let is_shared = match self {
                Self::File { file, path } => match file.try_lock_shared() {
                    Ok(()) => true,
                    Err(TryLockError::WouldBlock) => false,
                    Err(TryLockError::Error(problem)) => {
                        return Err(lock_error(path, &problem.to_string()));
                    }
                },
                Self::Session(session) => {
                    run(session, "SELECT pg_try_advisory_lock_shared($1)").await?
                }
            };
            if is_shared {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(StoreError::Busy)
    }
}

async fn run(session: &mut PgConnection, statement: &'static str) -> Result<bool, StoreError> {
    let row = sqlx::query(statement).bind(KEY).fetch_one(session).await;
    let row = row.map_err(doing("lock the store"))?;
    row.try_get(0).map_err(doing("lock the store"))
}

fn lock_error(path: &std::path::Path, problem: &str) -> StoreError {
    StoreError::Open {
        url: path.display().to_string(),
        problem: problem.to_owned(),
    }
}
