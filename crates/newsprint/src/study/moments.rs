//! What the rows of two files have in common: dates, or instants. A date is never taken for an instant of some zone.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::frame::Frame;

/// When a row is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Moment {
    /// A date, or a time without a zone.
    Local(NaiveDateTime),
    /// A time in a stated zone.
    Instant(DateTime<Utc>),
}

impl Moment {
    pub(super) fn is_instant(self) -> bool {
        matches!(self, Self::Instant(_))
    }

    fn read(text: &str) -> Option<Self> {
        if text.len() == 10 {
            let day: NaiveDate = text.parse().ok()?;
            return Some(Self::Local(day.and_time(NaiveTime::MIN)));
        }
        let with_t = text.replacen(' ', "T", 1);
        let local = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
        let local = local
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(&with_t, format).ok());
        let instant = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"];
        let instant = || {
            instant
                .iter()
                .find_map(|format| DateTime::parse_from_str(&with_t, format).ok())
        };
        local
            .map(Self::Local)
            .or_else(|| Some(Self::Instant(instant()?.to_utc())))
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local(local) if local.time() == NaiveTime::MIN => {
                write!(formatter, "{}", local.date())
            }
            Self::Local(local) => write!(formatter, "{local}"),
            Self::Instant(instant) => {
                write!(formatter, "{}", instant.format("%Y-%m-%dT%H:%M:%SZ"))
            }
        }
    }
}

/// A column of dates, or of instants; a file that holds both is refused.
pub(super) fn moments(frame: &Frame, column: &str) -> anyhow::Result<Vec<Moment>> {
    let mut moments: Vec<Moment> = Vec::with_capacity(frame.n_rows());
    for (row, text) in frame.texts(column)?.iter().enumerate() {
        let moment = Moment::read(text).ok_or_else(|| {
            frame.problem(
                row,
                column,
                &format!("\"{text}\" is no date like 2024-07-17"),
            )
        })?;
        if moments
            .first()
            .is_some_and(|first| first.is_instant() != moment.is_instant())
        {
            let problem =
                format!("\"{text}\" and the rows before it: only one of them states a zone");
            return Err(frame.problem(row, column, &problem));
        }
        moments.push(moment);
    }
    Ok(moments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_midnight_without_a_zone_and_no_instant() {
        let date = Moment::read("2024-01-02").unwrap();
        assert_eq!(Moment::read("2024-01-02 00:00:00"), Some(date));
        assert_eq!(Moment::read("2024-01-02T00:00"), Some(date));
        assert_eq!(date.to_string(), "2024-01-02");
        let instant = Moment::read("2024-01-02T00:00:00-05:00").unwrap();
        assert_ne!(instant, date);
        assert_eq!(Moment::read("2024-01-02 05:00:00+00:00"), Some(instant));
        assert_eq!(Moment::read("2024-01-02T05:00:00Z"), Some(instant));
        assert_eq!(instant.to_string(), "2024-01-02T05:00:00Z");
        for broken in ["", "02.01.2024", "2024-13-01", "2024-01-02x", "soon"] {
            assert_eq!(Moment::read(broken), None, "{broken}");
        }
    }
}
