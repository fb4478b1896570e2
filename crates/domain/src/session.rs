//! A trading session, and where an instant falls among sessions.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};

/// One day's trading on an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// The exchange's local date.
    pub date: NaiveDate,
    /// First instant of trading.
    pub open: DateTime<Utc>,
    /// Last instant of trading.
    pub close: DateTime<Utc>,
}

/// Where in the trading day an instant falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Between a session's open (included) and its close (excluded).
    Regular,
    /// On a session's local date, before its open.
    PreOpen,
    /// On a session's local date, at or after its close.
    PostClose,
    /// On a local date without a session.
    NonSessionDay,
}

impl Phase {
    /// `regular`, `pre_open`, `post_close` or `non_session_day`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::PreOpen => "pre_open",
            Self::PostClose => "post_close",
            Self::NonSessionDay => "non_session_day",
        }
    }

    /// Reads what [`Phase::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Regular,
            Self::PreOpen,
            Self::PostClose,
            Self::NonSessionDay,
        ]
        .into_iter()
        .find(|phase| phase.as_str() == text)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// An instant aligned to an exchange's sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alignment {
    /// The first session whose close is after the instant.
    pub reaction_session: NaiveDate,
    /// The close of the reaction session, at which the first tradable return starts.
    pub reaction_close: DateTime<Utc>,
    /// The session before the reaction session.
    pub base_close_session: NaiveDate,
    /// The first session whose open is at or after the instant.
    pub entry_open_session: NaiveDate,
    /// Where in the trading day the instant falls.
    pub phase: Phase,
}
