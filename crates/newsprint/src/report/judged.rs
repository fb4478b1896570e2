//! What a table says of an association: its interval, its p-value among all that were asked for, what shifted dates show, and in words whether
//! there is anything to see.

use newsprint_study::bootstrap::Interval;
use newsprint_study::multiple_testing::benjamini_hochberg;
use newsprint_study::placebo::Placebo;

use crate::table::Cell;

/// q and the placebo's p below which an association is called one.
pub(super) const THRESHOLD: f64 = 0.05;

/// The reading of a line without any return.
pub(super) const NO_PRICES: &str = "no prices";
/// The reading of a line that is too short for a number.
pub(super) const TOO_FEW: &str = "too few sessions";
/// The reading of a line whose numbers do not vary.
pub(super) const CONSTANT: &str = "tone or return does not vary";

/// What goes with the day of the news.
pub(super) const REACTION: &str = "goes with the reaction, which nobody could trade";

/// The columns that every table of associations ends with.
pub(super) const COLUMNS: [&str; 7] = [
    "ci_low",
    "ci_high",
    "p",
    "q",
    "placebo_95",
    "placebo_p",
    "reading",
];

/// Whether somebody could have acted on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// The return begins when the tone was known.
    Tradable,
    /// It is found and nobody could have: what it is instead.
    Describes(&'static str),
}

/// One line of a table before it is known how many others there are.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    /// What stands before [`COLUMNS`].
    pub(super) cells: Vec<Cell>,
    /// Decimals of what has the statistic's own unit.
    pub(super) decimals: usize,
    pub(super) usable: Use,
    /// Why there is no number; where there is one, nothing.
    pub(super) without: Option<&'static str>,
    pub(super) p: Option<f64>,
    /// Whether the statistic has a sign, so that an interval without zero tells it.
    pub(super) is_signed: bool,
    pub(super) interval: Option<Interval>,
    pub(super) placebo: Option<Placebo>,
}

impl Finding {
    /// What is to be said of it, given its q-value.
    pub(super) fn reading(&self, q: Option<f64>) -> &'static str {
        let Some(q) = q else {
            return self.without.unwrap_or(CONSTANT);
        };
        self.doubt(q).unwrap_or(match self.usable {
            Use::Describes(what) => what,
            Use::Tradable => "association, q < .05",
        })
    }

    /// Why it is none.
    fn doubt(&self, q: f64) -> Option<&'static str> {
        let holds_zero = |interval: Interval| interval.low <= 0.0 && interval.high >= 0.0;
        match self.placebo {
            _ if q >= THRESHOLD => Some("no effect"),
            Some(placebo) if placebo.p >= THRESHOLD => {
                Some("no effect: shifted dates show as much")
            }
            None => Some("no effect: no placebo dates to hold it against"),
            Some(_) if self.is_signed && self.interval.is_none() => {
                Some("no effect: no interval to hold it against")
            }
            Some(_) if self.interval.is_some_and(holds_zero) => {
                Some("no effect: the interval holds zero")
            }
            Some(_) => None,
        }
    }

    fn row(&self, q: Option<f64>) -> Vec<Cell> {
        let of_statistic = |value: Option<f64>| Cell::number(value, self.decimals);
        let judged = [
            of_statistic(self.interval.map(|interval| interval.low)),
            of_statistic(self.interval.map(|interval| interval.high)),
            Cell::number(self.p, 3),
            Cell::number(q, 3),
            of_statistic(self.placebo.map(|placebo| placebo.bound)),
            Cell::number(self.placebo.map(|placebo| placebo.p), 3),
            Cell::text(self.reading(q)),
        ];
        self.cells.iter().cloned().chain(judged).collect()
    }
}

/// q-values over all findings that have a p-value: the whole grid that was asked for.
pub(super) fn q_values(findings: &[Finding]) -> Vec<Option<f64>> {
    let p_values: Vec<f64> = findings.iter().filter_map(|finding| finding.p).collect();
    let mut q_values = benjamini_hochberg(&p_values).into_iter();
    let of = |finding: &Finding| finding.p.and_then(|_| q_values.next());
    findings.iter().map(of).collect()
}

/// The table's rows, and what its q-values were taken over.
pub(super) fn rows(findings: &[Finding]) -> (Vec<Vec<Cell>>, String) {
    let q_values = q_values(findings);
    let pairs = findings.iter().zip(&q_values);
    let judged = pairs
        .clone()
        .filter_map(|(finding, q)| Some((finding, (*q)?)));
    let n_tests = judged.clone().count();
    let n_found = judged.clone().filter(|(_, q)| *q < THRESHOLD).count();
    let n_standing = judged
        .filter(|(finding, q)| finding.doubt(*q).is_none())
        .count();
    let tests = if n_tests == 1 {
        "one test"
    } else {
        &format!("{n_tests} tests")
    };
    let note = format!(
        "q: Benjamini-Hochberg over the {tests} of this table; {n_found} have q < .05, and {n_standing} of them stand beside placebo dates and interval"
    );
    tracing::info!(n_tests, n_found, n_standing, "tests of a table");
    (pairs.map(|(finding, q)| finding.row(*q)).collect(), note)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(p: f64, placebo_p: f64, interval: (f64, f64)) -> Finding {
        Finding {
            cells: vec![],
            decimals: 3,
            usable: Use::Tradable,
            without: None,
            p: Some(p),
            is_signed: true,
            interval: Some(Interval {
                low: interval.0,
                high: interval.1,
                p,
            }),
            placebo: Some(Placebo {
                bound: 0.1,
                p: placebo_p,
            }),
        }
    }

    #[test]
    fn only_what_stands_on_every_side_is_called_an_association() {
        let clear = finding(0.001, 0.005, (0.1, 0.3));
        assert_eq!(clear.reading(Some(0.01)), "association, q < .05");
        assert_eq!(clear.reading(Some(0.2)), "no effect");
        assert_eq!(clear.reading(None), CONSTANT);
        let describes = Finding {
            usable: Use::Describes(REACTION),
            ..clear.clone()
        };
        assert_eq!(describes.reading(Some(0.01)), REACTION);
        let shown_by_chance = finding(0.001, 0.3, (0.1, 0.3));
        assert_eq!(
            shown_by_chance.reading(Some(0.01)),
            "no effect: shifted dates show as much"
        );
        let uncertain = finding(0.001, 0.005, (-0.1, 0.3));
        assert_eq!(
            uncertain.reading(Some(0.01)),
            "no effect: the interval holds zero"
        );
        let undrawn = Finding {
            interval: None,
            ..clear.clone()
        };
        assert!(undrawn.reading(Some(0.01)).starts_with("no effect"));
        let unsigned = Finding {
            is_signed: false,
            ..undrawn
        };
        assert_eq!(unsigned.reading(Some(0.01)), "association, q < .05");
        let unheld = Finding {
            placebo: None,
            ..clear
        };
        assert!(unheld.reading(Some(0.01)).starts_with("no effect"));
    }

    #[test]
    fn q_values_are_taken_over_those_that_have_a_p_value() {
        let none = Finding {
            p: None,
            without: Some(TOO_FEW),
            ..finding(0.0, 0.0, (0.0, 0.0))
        };
        let findings = [
            finding(0.02, 0.01, (0.1, 0.2)),
            none,
            finding(0.04, 0.01, (0.1, 0.2)),
        ];
        assert_eq!(q_values(&findings), [Some(0.04), None, Some(0.04)]);
        let (rows, note) = rows(&findings);
        assert_eq!(rows[1].last(), Some(&Cell::text(TOO_FEW)));
        assert!(
            note.contains("the 2 tests") && note.contains("2 have q < .05, and 2 of them"),
            "{note}"
        );
    }
}
