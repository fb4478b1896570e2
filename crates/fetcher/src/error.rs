//! What can come of an attempt to fetch or read something; each variant is a decision that the caller takes.

use std::time::Duration;

use crate::wall::Wall;

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
    /// It leads on and on, or in a circle.
    #[error("{0}")]
    Redirects(String),
    /// The host's robots.txt disallows it.
    #[error("robots.txt of {host} says \"{rule}\"")]
    Disallowed {
        /// The host.
        host: String,
        /// The rule that decided.
        rule: String,
    },
    /// The server answered with another status than 200.
    #[error("the server answered {status}")]
    Status {
        /// HTTP status code.
        status: u16,
    },
    /// A page that stands before the article.
    #[error("{}: the page is no article, but what stands before it", .0.kind())]
    Walled(Wall),
    /// No whole answer came in time, or too few bytes of it.
    #[error("no whole answer in time: {0}")]
    Timeout(String),
    /// The server's certificate or its side of TLS cannot be trusted.
    #[error("TLS: {0}")]
    Tls(String),
    /// The connection failed; another time may do.
    #[error("{0}")]
    Unreachable(String),
    /// More bytes than a page may have.
    #[error(
        "larger than {limit_bytes} bytes: raise fetch.max_body_bytes, of which a body may have half on the wire"
    )]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// More header lines than 100, or more bytes of them than 64 KiB.
    #[error("the head of the answer has more than 100 lines or 64 KiB")]
    HeadTooLarge,
    /// A page that takes longer to parse than a page may; when the machine is less busy, it may be parsed in time.
    #[error("not parsed within {limit:?}")]
    TooSlow {
        /// The limit.
        limit: Duration,
    },
    /// The body's coding cannot be removed.
    #[error("{0}")]
    Undecodable(String),
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
            Self::Refused { .. } => "blocked_address",
            Self::Disallowed { .. } => "robots_disallowed",
            Self::Status { status: 404 | 410 } => "gone",
            Self::Status { status: 429 | 503 } => "rate_limited",
            Self::Status { status: 402 } => Wall::Pay.kind(),
            Self::Status { .. } => "http_status",
            Self::Walled(wall) => wall.kind(),
            Self::Timeout(_) => "timeout",
            Self::Tls(_) => "tls_error",
            Self::Unreachable(_) => "unreachable",
            Self::Redirects(_) => "too_many_redirects",
            Self::TooLarge { .. } | Self::HeadTooLarge => "too_large",
            Self::TooSlow { .. } => "too_slow",
            Self::Undecodable(_) => "decode_error",
            Self::Unreadable(_) => "unreadable",
            Self::NotArticle(_) => "not_article",
        }
    }

    /// Whether a fetch outcome of this [`FetchError::kind`] is the last word on the same bytes or feed entry.
    ///
    /// A limit may be raised, a server come back and a rule or a wall be lifted; a page that holds no article stays one.
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
    /// A body must bring a kilobyte a second, counted in stretches of this length: one that drips is given up before `timeout`.
    pub window: Duration,
    /// Decoded bytes of a body; on the wire it may have half as many.
    pub max_body_bytes: usize,
    /// Let addresses of this machine be asked, on any port: for tests alone.
    pub allow_loopback: bool,
}
