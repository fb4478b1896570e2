//! What can come of an attempt to fetch or read something; each variant is a decision that the caller takes.

use std::time::Duration;

/// Why there is no article.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address may not be asked for at all; asking again will not help.
    #[error("refused address {address}: {reason}")]
    Refused {
        /// The address.
        address: String,
        /// Which rule refuses it.
        reason: String,
    },
    /// The server answered with another status than 200.
    #[error("the server answered {status}")]
    Status {
        /// HTTP status code.
        status: u16,
    },
    /// The connection failed or took too long; another time may do.
    #[error("{0}")]
    Unreachable(String),
    /// More bytes than a page may have.
    #[error("larger than {limit_bytes} bytes: raise fetch.max_body_bytes to read it")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// The bytes are no feed or no page that can be read.
    #[error("{0}")]
    Unreadable(String),
    /// A page was read and holds no article.
    #[error("no article: {0}")]
    NotArticle(String),
}

impl FetchError {
    /// The kind, as fetch outcomes record it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "refused",
            Self::Status { status: 404 | 410 } => "gone",
            Self::Status { status: 429 | 503 } => "rate_limited",
            Self::Status { .. } => "http_status",
            Self::Unreachable(_) => "unreachable",
            Self::TooLarge { .. } => "too_large",
            Self::Unreadable(_) => "unreadable",
            Self::NotArticle(_) => "not_article",
        }
    }

    /// Whether a fetch outcome of this [`FetchError::kind`] is the last word on the same bytes or feed entry.
    ///
    /// A limit may be raised, a server come back and a rule be lifted; a page that holds no article stays one.
    pub fn is_final(kind: &str) -> bool {
        matches!(kind, "not_article" | "unreadable" | "gone")
    }
}

/// Limits that hold for every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Who asks: the whole User-Agent header, with an address to complain to.
    pub user_agent: String,
    /// For the whole exchange, from resolving the name to the last byte.
    pub timeout: Duration,
    /// Decoded bytes of a body.
    pub max_body_bytes: usize,
    /// Let addresses of this machine be asked, on any port: for tests alone.
    pub allow_loopback: bool,
}
