//! What a series did around a session: the reaction, which describes, and the tradable returns after it.
//!
//! Horizons count rows of the series itself: volatility indices and bond yields keep their own days, which differ from
//! the exchange's.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use newsprint_domain::index::SeriesKind;

/// A row of returns: over which window a move is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    /// `c2c_0`: base close to reaction close. It describes the day of the news; nobody could have earned it.
    Reaction,
    /// `fwd_c2c_h`: from the reaction close over the next `h` rows of the series. Tradable.
    Forward(u16),
}

/// The windows that tables show unless told otherwise.
pub const WINDOWS: [Window; 5] = [
    Window::Reaction,
    Window::Forward(1),
    Window::Forward(5),
    Window::Forward(10),
    Window::Forward(21),
];

impl std::fmt::Display for Window {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Reaction => formatter.pad("c2c_0"),
            Self::Forward(horizon) => formatter.pad(&format!("fwd_c2c_{horizon}")),
        }
    }
}

impl Window {
    /// How many rows of the series the window covers.
    pub fn length(self) -> usize {
        match self {
            Self::Reaction => 1,
            Self::Forward(horizon) => usize::from(horizon),
        }
    }
}

/// Daily closes of one series, by date.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    kind: SeriesKind,
    rows: Vec<(NaiveDate, f64)>,
}

impl Series {
    /// A series of `closes`; a price and a volatility index in their own units, a yield in percent.
    pub fn new(kind: SeriesKind, closes: BTreeMap<NaiveDate, f64>) -> Self {
        Self {
            kind,
            rows: closes.into_iter().collect(),
        }
    }

    /// How its moves are measured.
    pub fn kind(&self) -> SeriesKind {
        self.kind
    }

    /// Dates and closes, oldest first.
    pub fn rows(&self) -> &[(NaiveDate, f64)] {
        &self.rows
    }

    /// The move over `window` around the session of `date`, in [`SeriesKind::unit`].
    ///
    /// `None` where the series has no row on that date, or not enough rows before or after it.
    pub fn move_over(&self, date: NaiveDate, window: Window) -> Option<f64> {
        let (from, to) = self.rows_of(date, window)?;
        let (start, end) = (self.rows[from].1, self.rows[to].1);
        Some(match self.kind {
            SeriesKind::Price | SeriesKind::Volatility => end / start - 1.0,
            SeriesKind::Yield => (end - start) * 100.0,
        })
    }

    /// The dates of the closes between which the move over `window` around the session of `date` is measured.
    pub fn dates_of(&self, date: NaiveDate, window: Window) -> Option<(NaiveDate, NaiveDate)> {
        let (from, to) = self.rows_of(date, window)?;
        Some((self.rows[from].0, self.rows[to].0))
    }

    fn rows_of(&self, date: NaiveDate, window: Window) -> Option<(usize, usize)> {
        let row = self.position(date)?;
        let (from, to) = match window {
            Window::Reaction => (row.checked_sub(1)?, row),
            Window::Forward(horizon) => (row, row.checked_add(usize::from(horizon))?),
        };
        (to < self.rows.len()).then_some((from, to))
    }

    /// The row number of the session of `date`, by which overlapping windows are told.
    pub fn position(&self, date: NaiveDate) -> Option<usize> {
        self.rows.binary_search_by_key(&date, |(day, _)| *day).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2024, 7, day).unwrap()
    }

    fn series(kind: SeriesKind, closes: &[(u32, f64)]) -> Series {
        Series::new(
            kind,
            closes
                .iter()
                .map(|(number, close)| (day(*number), *close))
                .collect(),
        )
    }

    #[test]
    fn the_russell_2000_rose_3_505_percent_on_16_july_2024_and_fell_the_day_after() {
        let closes = [(15, 2187.02002), (16, 2263.669922), (17, 2239.669922)];
        let russell = series(SeriesKind::Price, &closes);
        let reaction = russell.move_over(day(16), Window::Reaction).unwrap();
        assert!((reaction - 0.035_047_645_333_312_04).abs() < 1e-12);
        let tradable = russell.move_over(day(16), Window::Forward(1)).unwrap();
        assert!((tradable - (2239.669922 / 2263.669922 - 1.0)).abs() < 1e-15);
    }

    #[test]
    fn yields_move_in_basis_points() {
        let yields = series(SeriesKind::Yield, &[(15, 4.23), (16, 4.17)]);
        assert!((yields.move_over(day(16), Window::Reaction).unwrap() + 6.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_not_there_is_none_and_not_zero() {
        let russell = series(SeriesKind::Price, &[(15, 1.0), (17, 2.0)]);
        assert_eq!(
            russell.move_over(day(15), Window::Reaction),
            None,
            "no row before"
        );
        assert_eq!(
            russell.move_over(day(16), Window::Reaction),
            None,
            "no row on the day"
        );
        assert_eq!(
            russell.move_over(day(17), Window::Forward(1)),
            None,
            "no row after"
        );
        assert_eq!(russell.move_over(day(15), Window::Forward(1)), Some(1.0));
    }
}
