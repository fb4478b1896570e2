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
    move |source| StoreError::Statement { action, source }
}
