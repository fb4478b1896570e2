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
    pub(crate) fn now(self) -> DateTime<Utc> {
        self.fixed.map_or_else(|| self.wall(), micros)
    }

    /// The machine's clock, whatever stands for it: gaps between requests are real.
    #[expect(
        clippy::disallowed_methods,
        clippy::unused_self,
        reason = "the one place that the ban points to; nothing reads the clock without one"
    )]
    pub(crate) fn wall(self) -> DateTime<Utc> {
        micros(Utc::now())
    }
}

fn micros(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}
