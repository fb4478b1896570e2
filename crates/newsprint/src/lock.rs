//! Who writes to a store: one command alone, or several that fetch. A lock on a file beside the store, which the system lets go when
//! the process ends, however it ends.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use newsprint_store::file_of;
use tokio::time::sleep;

/// How often, and after which pauses, a lock is tried that another process may be about to share.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(50);

/// Held while a command writes.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    path: PathBuf,
    is_alone: bool,
}

impl Lock {
    /// Locks the store at `url` for this command alone, or says that another run holds it.
    pub(crate) fn alone(url: &str) -> anyhow::Result<Self> {
        let mut lock = Self::open(url)?;
        match lock.file.try_lock() {
            Ok(()) => lock.is_alone = true,
            Err(problem) => return Err(lock.refused(problem)),
        }
        Ok(lock)
    }

    /// Locks the store against commands that write alone. The first of those that fetch is alone too, until it lets others in.
    pub(crate) async fn beside_others(url: &str) -> anyhow::Result<Self> {
        let mut lock = Self::open(url)?;
        if lock.file.try_lock().is_ok() {
            lock.is_alone = true;
            return Ok(lock);
        }
        lock.share().await?;
        Ok(lock)
    }

    /// Whether no other process writes.
    pub(crate) fn is_alone(&self) -> bool {
        self.is_alone
    }

    /// Goes on beside others that fetch.
    pub(crate) async fn let_others_in(&mut self) -> anyhow::Result<()> {
        self.file.unlock().context("unlock the store")?;
        self.is_alone = false;
        self.share().await
    }

    async fn share(&self) -> anyhow::Result<()> {
        for _ in 1..TRIES {
            match self.file.try_lock_shared() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) => sleep(PAUSE).await,
                Err(problem) => return Err(self.refused(problem)),
            }
        }
        let shared = self.file.try_lock_shared();
        shared.map_err(|problem| self.refused(problem))
    }

    fn open(url: &str) -> anyhow::Result<Self> {
        let path = path_of(url)?;
        let file = File::options().create(true).append(true).open(&path);
        let file = file.with_context(|| {
            format!(
                "open {}: check that its folder exists and may be written to",
                path.display()
            )
        })?;
        Ok(Self {
            file,
            path,
            is_alone: false,
        })
    }

    fn refused(&self, problem: TryLockError) -> anyhow::Error {
        let path = self.path.display();
        match problem {
            TryLockError::WouldBlock => anyhow::anyhow!(
                "another run holds {path}: wait for it to end, or use another store with --db"
            ),
            TryLockError::Error(error) => anyhow::Error::new(error).context(format!("lock {path}")),
        }
    }
}

fn path_of(url: &str) -> anyhow::Result<PathBuf> {
    let mut path = file_of(url)?.into_os_string();
    path.push(".lock");
    Ok(path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_lies_beside_the_store() {
        assert_eq!(
            path_of("sqlite:news.db").unwrap(),
            PathBuf::from("news.db.lock")
        );
        assert_eq!(
            path_of("sqlite:/var/a?b.db").unwrap(),
            PathBuf::from("/var/a?b.db.lock")
        );
    }

    #[tokio::test]
    async fn those_that_fetch_share_a_store_and_nobody_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("news.db").display());
        let mut first = Lock::beside_others(&url).await.unwrap();
        assert!(first.is_alone());
        first.let_others_in().await.unwrap();
        let second = Lock::beside_others(&url).await.unwrap();
        assert!(!second.is_alone());
        let refused = Lock::alone(&url).unwrap_err().to_string();
        assert!(refused.contains("another run holds"), "{refused}");
        drop((first, second));
        let alone = Lock::alone(&url).unwrap();
        assert!(alone.is_alone());
    }
}
