//! Scales from data to points, and where their ticks stand.

use chrono::{Datelike as _, Days, NaiveDate};

/// Fewest and most ticks of an axis of numbers.
const MIN_TICKS: usize = 4;
const MAX_TICKS: usize = 9;

/// Most ticks of an axis of dates.
const MAX_DATES: usize = 8;

/// Numbers past this are left out of pictures as if they were not known: no axis could hold them beside others.
const LARGEST: f64 = 1e100;

/// From data to points, linearly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    /// The data's range.
    pub(super) data: (f64, f64),
    /// The points that its ends are drawn at.
    pub(super) points: (f64, f64),
}

/// A range of numbers with its ticks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    /// Multiples of 1, 2 or 5 times a power of ten in the range, as many as [`MIN_TICKS`] to [`MAX_TICKS`].
    pub(super) ticks: Vec<Tick>,
}

/// A place on an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
}

impl Scale {
    pub(super) fn at(&self, value: f64) -> f64 {
        let share = (value - self.data.0) / (self.data.1 - self.data.0);
        self.points.0 + share * (self.points.1 - self.points.0)
    }
}

/// The value as far as it can be drawn.
pub(super) fn drawable(value: f64) -> Option<f64> {
    (value.abs() <= LARGEST).then_some(value)
}

impl Axis {
    /// A range that holds all drawable `values`, with some room around them. `None` where there are none.
    pub(super) fn around(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let drawable = values.into_iter().filter_map(drawable);
        let range = drawable.fold(None, |range, value| match range {
            None => Some((value, value)),
            Some((low, high)) => Some((value.min(low), value.max(high))),
        });
        let (low, high) = range?;
        // Numbers that differ by less than this could not be told apart by their labels.
        let least = (low.abs().max(high.abs()) * 1e-9).max(1e-90);
        let room = match high - low {
            width if width > least => width * 0.04,
            _ if high == 0.0 => 1.0,
            _ => high.abs() * 0.1,
        };
        Some(Self::over(low - room, high + room))
    }

    /// `low` < `high` are moved apart where that is what it takes to have enough ticks and not too many.
    fn over(low: f64, high: f64) -> Self {
        let steps = Step::coarse_to_fine(high - low);
        let mut coarser = None;
        for step in steps {
            let (first, last) = step.within(low, high);
            let n_ticks = last - first + 1.0;
            if n_ticks < MIN_TICKS as f64 {
                coarser = Some((step, first, last));
                continue;
            }
            if n_ticks <= MAX_TICKS as f64 {
                return Self::with(low, high, (step, first, last));
            }
            if let Some((step, first, last)) = coarser {
                // Three ticks of the coarser step: the nearer of the two next ones is taken in.
                let (below, above) = (step.times(first - 1.0), step.times(last + 1.0));
                return if low - below < above - high {
                    Self::with(below, high, (step, first - 1.0, last))
                } else {
                    Self::with(low, above, (step, first, last + 1.0))
                };
            }
        }
        Self {
            low,
            high,
            ticks: vec![],
        }
    }

    fn with(low: f64, high: f64, (step, first, last): (Step, f64, f64)) -> Self {
        let n_ticks = (last - first) as usize + 1;
        let ticks = (0..n_ticks).map(|tick| {
            let at = step.times(first + tick as f64);
            Tick {
                at,
                label: step.label(at),
            }
        });
        Self {
            low,
            high,
            ticks: ticks.collect(),
        }
    }

    pub(super) fn scale(&self, points: (f64, f64)) -> Scale {
        Scale {
            data: (self.low, self.high),
            points,
        }
    }
}

/// A distance of ticks: `digit` times ten to the power of `exponent`.
#[derive(Debug, Clone, Copy)]
struct Step {
    digit: f64,
    exponent: i32,
}

impl Step {
    fn coarse_to_fine(width: f64) -> impl Iterator<Item = Self> {
        let largest = width.log10().floor() as i32 + 1;
        let exponents = (largest - 3..=largest).rev();
        exponents.flat_map(|exponent| [5.0, 2.0, 1.0].map(|digit| Self { digit, exponent }))
    }

    /// A multiple of the step, rounded once: powers of ten below one are no binary fractions.
    fn times(self, n: f64) -> f64 {
        let power = power_of_ten(self.exponent.abs());
        match self.exponent {
            0.. => n * self.digit * power,
            _ => n * self.digit / power,
        }
    }

    /// The first and last multiple in a range.
    fn within(self, low: f64, high: f64) -> (f64, f64) {
        let size = self.times(1.0);
        let (mut first, mut last) = ((low / size).ceil(), (high / size).floor());
        // The divisions round.
        if self.times(first) < low {
            first += 1.0;
        }
        if self.times(last) > high {
            last -= 1.0;
        }
        (first, last)
    }

    /// The number with as many decimals as the step has, thousands set apart; very large and small ones in powers of ten.
    fn label(self, value: f64) -> String {
        if !(-6..=9).contains(&self.exponent) || value.abs() >= 1e12 {
            return match value {
                0.0 => "0".into(),
                _ => minus(format!("{value:e}")),
            };
        }
        let decimals = usize::try_from(-self.exponent).unwrap_or(0);
        minus(grouped(&format!("{:.decimals$}", value + 0.0)))
    }
}

/// Exact, and the same on every machine.
fn power_of_ten(exponent: i32) -> f64 {
    (0..exponent).fold(1.0, |power, _| power * 10.0)
}

/// A number as people read it: a true minus sign.
pub(super) fn minus(number: String) -> String {
    match number.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => number,
    }
}

/// Digits before the point in groups of three, where there are more than four.
fn grouped(number: &str) -> String {
    let (whole, fraction) = number.split_at(number.find('.').unwrap_or(number.len()));
    let (sign, digits) = whole.split_at(usize::from(whole.starts_with('-')));
    if digits.len() < 5 {
        return number.to_owned();
    }
    let mut shown = sign.to_owned();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown + fraction
}

/// A date as a number of days, for a [`Scale`].
pub(super) fn days(date: NaiveDate) -> f64 {
    f64::from(date.num_days_from_ce())
}

/// Ticks at the beginnings of years, months or days between two dates, at most [`MAX_DATES`].
pub(super) fn date_ticks(first: NaiveDate, last: NaiveDate) -> Vec<Tick> {
    let by_days = [1, 2, 5, 10, 14].map(|n| every_days(first, last, n));
    let by_months = [1, 2, 3, 6].map(|n| every_months(first, last, n));
    let by_years = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map(|n| every_years(first, last, n));
    let mut candidates = by_days.into_iter().chain(by_months).chain(by_years);
    let fitting = candidates.find(|ticks| ticks.len() <= MAX_DATES);
    fitting.unwrap_or_default()
}

fn tick(date: NaiveDate, format: &str) -> Tick {
    Tick {
        at: days(date),
        label: date.format(format).to_string(),
    }
}

fn every_days(first: NaiveDate, last: NaiveDate, n: usize) -> Vec<Tick> {
    let dates = first.iter_days().take_while(|date| *date <= last);
    let dates = dates.step_by(n).take(MAX_DATES + 1);
    dates.map(|date| tick(date, "%-d %b %Y")).collect()
}

fn every_months(first: NaiveDate, last: NaiveDate, n: u32) -> Vec<Tick> {
    let firsts = first.iter_days().take_while(|date| *date <= last);
    let firsts = firsts.filter(|date| date.day() == 1 && date.month0().is_multiple_of(n));
    let firsts = firsts.take(MAX_DATES + 1);
    firsts.map(|date| tick(date, "%b %Y")).collect()
}

fn every_years(first: NaiveDate, last: NaiveDate, n: i32) -> Vec<Tick> {
    let years = first.year()..=last.year();
    let beginnings = years.filter_map(|year| NaiveDate::from_ymd_opt(year, 1, 1));
    let beginnings = beginnings.filter(|date| date.year().rem_euclid(n) == 0);
    let beginnings = beginnings.filter(|date| (first..=last).contains(date));
    let beginnings = beginnings.take(MAX_DATES + 1);
    beginnings.map(|date| tick(date, "%Y")).collect()
}

/// The day before and the day after, for a range of dates that would otherwise be empty.
pub(super) fn widened(first: NaiveDate, last: NaiveDate) -> (NaiveDate, NaiveDate) {
    let day = Days::new(1);
    match first < last {
        true => (first, last),
        false => (
            first.checked_sub_days(day).unwrap_or(first),
            last.checked_add_days(day).unwrap_or(last),
        ),
    }
}
