//! A calendar of what was seen of the sources: a column for each week, a row for each weekday, a block for each year.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Months, NaiveDate, Weekday};

use super::layout::{Key, MARGIN, Sample, Sheet, WIDTH};
use super::scene::{
    AXIS, Anchor, BLUE, Colour, Frame, Mark, PALE, Point, SKY, Scene, Stroke, VERMILION, YELLOW,
};
use super::{Data, Figure, Heading, known};
use crate::table::Cell;

/// What hours are told apart by, from the bottom of a day up.
pub(crate) const CATEGORIES: [&str; 6] = [
    "news",
    "news in part",
    "no news",
    "not asked or pending",
    "failing",
    "blocked",
];

/// News is blue from below, trouble warm from above; in print without colours the place tells them apart.
const FILLS: [Colour; 6] = [
    BLUE,
    SKY,
    Colour(190, 190, 190),
    Colour(230, 230, 230),
    YELLOW,
    VERMILION,
];

/// Left of the weeks stand the year and the weekdays.
const LEFT: f64 = MARGIN + 84.0;
/// A year has days in at most 54 weeks.
const WEEK: f64 = (WIDTH - MARGIN - LEFT) / 54.0;
/// Years from which on rows are lower.
const MANY: usize = 5;

/// One day of all sources that are shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CoverageDay {
    pub(crate) date: NaiveDate,
    /// Hours of sources by [`CATEGORIES`]; shares do as well.
    pub(crate) hours: [f64; 6],
}

/// Each day is a box that is filled by the shares of its hours.
pub(crate) fn coverage(heading: Heading, mut rows: Vec<CoverageDay>) -> Figure {
    rows.sort_by_key(|row| row.date);
    let cells = |row: &CoverageDay| {
        let shares = shares(row);
        let shares = (0..CATEGORIES.len()).map(|n| known(shares.map_or(f64::NAN, |s| s[n]), 3));
        [Cell::text(row.date.to_string())]
            .into_iter()
            .chain(shares)
            .collect()
    };
    let columns = CATEGORIES.map(|category| format!("share {category}"));
    let data = Data {
        columns: [String::from("day")].into_iter().chain(columns).collect(),
        rows: rows.iter().map(cells).collect(),
    };
    Figure {
        scene: scene(&heading, &rows),
        heading,
        data,
    }
}

/// `None` of a day without hours.
fn shares(row: &CoverageDay) -> Option<[f64; 6]> {
    let sum: f64 = row.hours.iter().sum();
    let is_known = sum > 0.0 && sum.is_finite() && row.hours.iter().all(|hours| *hours >= 0.0);
    is_known.then(|| row.hours.map(|hours| hours / sum))
}

fn scene(heading: &Heading, rows: &[CoverageDay]) -> Option<Scene> {
    let known = rows.iter().filter_map(|row| Some((row.date, shares(row)?)));
    let known: BTreeMap<NaiveDate, [f64; 6]> = known.collect();
    let (first, last) = (*known.keys().next()?, *known.keys().next_back()?);
    let keys = CATEGORIES.iter().zip(FILLS);
    let keys = keys.map(|(name, fill)| Key::new(Sample::Fill(fill, 1.0), *name));
    let mut sheet = Sheet::new(heading, &keys.collect::<Vec<_>>());
    let years = first.year()..=last.year();
    let day = if years.clone().count() < MANY {
        WEEK
    } else {
        9.0
    };
    let mut top = sheet.top;
    for year in years {
        let year = Year::new(year, top, day)?;
        year.draw(&mut sheet, &known);
        top = year.bottom();
    }
    Some(sheet.scene(top + 4.0))
}

/// A year of the calendar.
struct Year {
    first: NaiveDate,
    /// The first day of the year after it.
    next: NaiveDate,
    /// Where the names of its months begin, and where its rows do.
    top: f64,
    rows: f64,
    /// Height of a row.
    day: f64,
}

impl Year {
    fn new(year: i32, top: f64, day: f64) -> Option<Self> {
        let first = NaiveDate::from_ymd_opt(year, 1, 1)?;
        Some(Self {
            first,
            next: first.checked_add_months(Months::new(12))?,
            top,
            rows: top + 20.0,
            day,
        })
    }

    /// Where the next year may begin.
    fn bottom(&self) -> f64 {
        self.rows + 7.0 * self.day + 14.0
    }

    fn week(&self, date: NaiveDate) -> u32 {
        (date.ordinal0() + self.first.weekday().num_days_from_monday()) / 7
    }

    fn cell(&self, date: NaiveDate) -> Frame {
        let left = LEFT + f64::from(self.week(date)) * WEEK;
        let top = self.rows + f64::from(date.weekday().num_days_from_monday()) * self.day;
        Frame {
            left,
            top,
            right: left + WEEK,
            bottom: top + self.day,
        }
    }

    fn firsts_of_months(&self) -> impl Iterator<Item = NaiveDate> {
        let months = (0..12).map(Months::new);
        months.filter_map(|n| self.first.checked_add_months(n))
    }

    fn draw(&self, sheet: &mut Sheet, known: &BTreeMap<NaiveDate, [f64; 6]>) {
        self.names(sheet);
        let days = self.first.iter_days().take_while(|date| *date < self.next);
        for (category, fill) in FILLS.into_iter().enumerate() {
            let parts = known.range(self.first..self.next);
            let parts = parts.filter_map(|(date, shares)| part(self.cell(*date), shares, category));
            sheet.boxes(parts.collect(), fill);
        }
        let unknown = days.filter(|date| !known.contains_key(date));
        let points = unknown.map(|date| middle(self.cell(date)));
        sheet.boxes(points.collect(), PALE);
        self.bounds(sheet);
    }

    fn names(&self, sheet: &mut Sheet) {
        let year = self.first.year().to_string();
        let at = (MARGIN, self.top + 14.0);
        sheet.marks.push(Mark::text(at, year, Anchor::Start));
        for (row, name) in [(0.0, "Mon"), (2.0, "Wed"), (4.0, "Fri"), (6.0, "Sun")] {
            // Rows that are lower than half a line of text have no place for all of them.
            if self.day > 9.0 || row == 0.0 || row == 4.0 {
                let at = (LEFT - 8.0, self.rows + (row + 0.5) * self.day + 4.0);
                sheet.marks.push(Mark::text(at, name, Anchor::End));
            }
        }
        for first in self.firsts_of_months() {
            let is_monday = first.weekday() == Weekday::Mon;
            let left = self.cell(first).left + if is_monday { 0.0 } else { WEEK };
            let name = first.format("%b").to_string();
            let at = (left + 2.0, self.top + 14.0);
            sheet.marks.push(Mark::text(at, name, Anchor::Start));
        }
    }

    /// Lines around the months: stairs where one begins within a week, and the outline of the year.
    fn bounds(&self, sheet: &mut Sheet) {
        let (top, bottom) = (self.rows, self.rows + 7.0 * self.day);
        let last = self.next.pred_opt().unwrap_or(self.first);
        let (first, last) = (self.cell(self.first), self.cell(last));
        let outline = [
            (first.left, first.top),
            (first.right, first.top),
            (first.right, top),
            (last.right, top),
            (last.right, last.bottom),
            (last.left, last.bottom),
            (last.left, bottom),
            (first.left, bottom),
            (first.left, first.top),
        ];
        let stairs = self.firsts_of_months().skip(1).map(|date| {
            let cell = self.cell(date);
            let (left, right) = (cell.left, cell.right);
            vec![
                (right, top),
                (right, cell.top),
                (left, cell.top),
                (left, bottom),
            ]
        });
        for corners in stairs.chain([outline.to_vec()]) {
            sheet.marks.push(Mark::Line {
                points: corners.into_iter().map(|(x, y)| Point { x, y }).collect(),
                stroke: Stroke::solid(AXIS, 1.0),
            });
        }
    }
}

/// What a category takes of a day's box, above the categories before it.
fn part(cell: Frame, shares: &[f64; 6], category: usize) -> Option<Frame> {
    let share = shares[category];
    let below: f64 = shares[..category].iter().sum();
    // A little white between the days.
    let (inner, bottom) = (cell.height() - 1.0, cell.bottom - 0.5);
    (share > 0.0).then_some(Frame {
        left: cell.left + 0.5,
        top: bottom - (below + share) * inner,
        right: cell.right - 0.5,
        bottom: bottom - below * inner,
    })
}

/// A small mark in a box, for a day of which nothing is known.
fn middle(cell: Frame) -> Frame {
    let (x, y) = (
        (cell.left + cell.right) / 2.0,
        (cell.top + cell.bottom) / 2.0,
    );
    Frame {
        left: x - 1.0,
        top: y - 1.0,
        right: x + 1.0,
        bottom: y + 1.0,
    }
}
