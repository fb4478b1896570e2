//! What can go wrong with the store.

/// Errors of the store; each names what was being done.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store cannot be opened or brought to the current schema.
    #[error("open store {url}: {problem}")]
    Open {
        /// The store's address.
        url: String,
        /// What the engine said, and what to do where that is known.
        problem: String,
    },
    /// A statement failed; nothing of it was kept.
    #[error("{action}")]
    Statement {
        /// What was being done.
        action: &'static str,
        /// What the engine said.
        source: sqlx::Error,
    },
    /// The disk that the store is on is full; nothing of the statement was kept, and everything before it is.
    #[error("{action}: the disk is full")]
    DiskFull {
        /// What was being done.
        action: &'static str,
    },
    /// Another process does what only one may do at a time, such as bringing the store to a new schema.
    #[error("another process holds the store: wait for it to end")]
    Busy,
    /// The lease of a stage has gone to another process; nothing was written.
    #[error(
        "the lease of stage {stage} has gone to another process, which goes on with its work: nothing more is written here"
    )]
    LeaseLost {
        /// Which stage.
        stage: String,
    },
    /// A row that no version of newsprint writes.
    #[error("{table} holds {problem}: restore the store from a backup")]
    Corrupt {
        /// Which table.
        table: &'static str,
        /// What is in it.
        problem: String,
    },
}

/// Names the action in which an engine error happened.
pub(crate) fn doing(action: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |source| match is_disk_full(&source) {
        true => StoreError::DiskFull { action },
        false => StoreError::Statement { action, source },
    }
}

/// Whether an engine says that there is no room: SQLITE_FULL, SQLITE_IOERR_SHMSIZE (no room for the index of the write-ahead log),
/// and PostgreSQL's disk_full.
pub(crate) fn is_disk_full(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some("13" | "4874" | "53100"))
}
