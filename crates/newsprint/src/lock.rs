//! One writer at a time: a lock on a file beside the store, which the system lets go when the process ends, however it ends.

use std::fs::{File, TryLockError};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use newsprint_store::file_of;

/// Held while a command writes.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Locks the store at `url`, or says that another run holds it.
    pub(crate) fn acquire(url: &str) -> anyhow::Result<Self> {
        let path = path_of(url)?;
        let file = File::options().create(true).append(true).open(&path);
        let file = file.with_context(|| {
            format!(
                "open {}: check that its folder exists and may be written to",
                path.display()
            )
        })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                bail!(
                    "another run holds {}: wait for it to end, or use another store with --db",
                    path.display()
                )
            }
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("lock {}", path.display()))
            }
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
}
