//! The only place that reads the clock.

use chrono::{DateTime, Utc};

/// The machine's clock, or an instant that stands for it (`--now`).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    fixed: Option<DateTime<Utc>>,
}

impl Clock {
    pub(crate) fn new(fixed: Option<DateTime<Utc>>) -> Self {
        Self { fixed }
    }

    pub(crate) fn is_fixed(self) -> bool {
        self.fixed.is_some()
    }

    /// Now, to the microsecond that the store keeps.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that the ban points to"
    )]
    pub(crate) fn now(self) -> DateTime<Utc> {
        let now = self.fixed.unwrap_or_else(Utc::now);
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }
}
