//! One attempt to have an answer, as a live run makes it and as a replay reads it from the evidence.

use chrono::{DateTime, Utc};
use newsprint_fetcher::error::FetchError;
use newsprint_fetcher::http::Received;
use newsprint_fetcher::warc::Role;

use crate::polite::Permission;

/// Why there is no answer, or none of any use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The kind, as outcomes record it.
    pub(crate) kind: String,
    /// What to say of it.
    pub(crate) detail: String,
}

/// An attempt and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// What the address was asked for.
    pub(crate) role: Role,
    /// The address.
    pub(crate) address: String,
    /// What its site says of it; none of robots.txt itself, and where that could not be had.
    pub(crate) permission: Option<Permission>,
    /// When the answer came, or the attempt was given up.
    pub(crate) at: DateTime<Utc>,
    /// The answer.
    pub(crate) result: Result<Received, Failure>,
    /// Digest of the answer's body; empty where there is none.
    pub(crate) payload: String,
    /// When the same body was captured before.
    pub(crate) earlier: Option<DateTime<Utc>>,
    /// File and offset of the evidence it was read from.
    pub(crate) place: Option<(String, u64)>,
}

impl Failure {
    pub(crate) fn new(kind: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            detail: detail.into(),
        }
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}

impl Exchange {
    /// An attempt for which nobody was asked, or nobody answered.
    pub(crate) fn failed(
        role: Role,
        address: &str,
        permission: Option<Permission>,
        at: DateTime<Utc>,
        failure: impl Into<Failure>,
    ) -> Self {
        Self {
            role,
            address: address.into(),
            permission,
            at,
            result: Err(failure.into()),
            payload: String::new(),
            earlier: None,
            place: None,
        }
    }
}
