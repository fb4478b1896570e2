//! Cumulative returns by quantile, as lines that are named where they end.

use chrono::NaiveDate;

use super::axis::{Axis, Scale, Tick, date_ticks, days, drawable, widened};
use super::layout::{HEIGHT, MARGIN, Sheet, WIDTH, left_of};
use super::scene::{
    AXIS, Anchor, BLACK, BLUE, Colour, Frame, GREEN, LINE, Mark, ORANGE, PURPLE, Point, SKY, Scene,
    Stroke, Style, VERMILION,
};
use super::{Data, Figure, Heading, known};
use crate::table::Cell;

const COLOURS: [Colour; 7] = [BLACK, ORANGE, BLUE, GREEN, VERMILION, SKY, PURPLE];

/// Five ways of breaking a line, which with seven colours make 35 lines that differ; neighbours differ in print without colours too.
const DASHES: [&[f64]; 5] = [
    &[],
    &[9.0, 3.0],
    &[2.0, 2.5],
    &[9.0, 3.0, 2.0, 3.0],
    &[5.0, 2.5],
];

/// Points between the panel and the names of the lines, in which a piece of each line shows its look, and the length of the piece.
const LEAD: f64 = 44.0;
const PIECE: f64 = 26.0;

/// Where a line ends, and its name.
struct End {
    /// Where its last known value is.
    at: Point,
    /// Where the name stands: pushed away from others.
    y: f64,
    name: String,
    stroke: Stroke,
}

/// Lines through the cumulative returns of the quantiles, the lowest first, on each date; what is not finite is left out. All rows are
/// as long as the first one.
pub(crate) fn quantile_returns(heading: Heading, mut rows: Vec<(NaiveDate, Vec<f64>)>) -> Figure {
    rows.sort_by_key(|(date, _)| *date);
    let n_quantiles = rows.first().map_or(0, |(_, values)| values.len());
    let columns = (1..=n_quantiles).map(name);
    let data = Data {
        columns: [String::from("date")].into_iter().chain(columns).collect(),
        rows: rows.iter().map(cells).collect(),
    };
    Figure {
        scene: scene(&heading, &rows, n_quantiles),
        heading,
        data,
    }
}

fn name(quantile: usize) -> String {
    format!("Q{quantile}")
}

fn cells((date, values): &(NaiveDate, Vec<f64>)) -> Vec<Cell> {
    let values = values.iter().map(|value| known(*value, 3));
    [Cell::text(date.to_string())]
        .into_iter()
        .chain(values)
        .collect()
}

fn scene(heading: &Heading, rows: &[(NaiveDate, Vec<f64>)], n_quantiles: usize) -> Option<Scene> {
    let values = rows.iter().flat_map(|(_, values)| values.iter().copied());
    let axis = Axis::around(values)?;
    let (first, last) = widened(rows.first()?.0, rows.last()?.0);
    let mut sheet = Sheet::new(heading, &[]);
    let label = Style::Body.width_of(&lowest_or_highest(n_quantiles, n_quantiles));
    let frame = Frame {
        left: left_of(&[&axis]),
        top: sheet.top + 17.0,
        right: WIDTH - MARGIN - LEAD - label,
        bottom: HEIGHT - 34.0,
    };
    let x = Scale {
        data: (days(first), days(last)),
        points: (frame.left, frame.right),
    };
    let ticks: Vec<Tick> = date_ticks(first, last);
    let y = sheet.upright(&axis, frame, &heading.measure);
    sheet.along((&ticks, x), frame, Some(""));
    sheet.zero(&axis, frame);
    let mut ends = vec![];
    for quantile in 0..n_quantiles {
        let points = rows.iter().map(|(date, values)| {
            let value = values.get(quantile).copied().and_then(drawable)?;
            Some(Point {
                x: x.at(days(*date)),
                y: y.at(value),
            })
        });
        let points: Vec<Option<Point>> = points.collect();
        let colour = COLOURS[quantile % COLOURS.len()];
        let stroke = Stroke {
            colour,
            width: 1.75,
            dashes: DASHES[quantile % DASHES.len()],
        };
        sheet.broken_line(&points, stroke);
        ends.extend(points.iter().rev().flatten().next().map(|at| End {
            at: *at,
            y: at.y,
            name: lowest_or_highest(quantile + 1, n_quantiles),
            stroke,
        }));
    }
    name_ends(&mut sheet, ends, frame);
    Some(sheet.scene(HEIGHT))
}

/// The name of a line; the first and the last one say which end they are.
fn lowest_or_highest(quantile: usize, n_quantiles: usize) -> String {
    match quantile {
        1 => name(quantile) + " lowest",
        _ if quantile == n_quantiles => name(quantile) + " highest",
        _ => name(quantile),
    }
}

/// Names beside the ends of the lines in their order, moved apart where they would cover each other.
fn name_ends(sheet: &mut Sheet, mut ends: Vec<End>, frame: Frame) {
    ends.sort_by(|one, other| one.at.y.total_cmp(&other.at.y));
    let distance = LINE.min(frame.height() / ends.len().max(1) as f64);
    let mut lowest = f64::NEG_INFINITY;
    for end in &mut ends {
        end.y = end.y.max(lowest + distance);
        lowest = end.y;
    }
    let mut highest = frame.bottom + distance;
    for end in ends.iter_mut().rev() {
        end.y = end.y.min(highest - distance);
        highest = end.y;
    }
    for end in ends {
        let name = frame.right + LEAD;
        let piece = (name - PIECE - 6.0, end.y);
        let from = (end.at.x + 2.0, end.at.y);
        sheet.marks.extend([
            Mark::line(from, piece, Stroke::solid(AXIS, 0.5)),
            Mark::line(piece, (name - 6.0, end.y), end.stroke),
            Mark::text((name, end.y + 4.0), end.name, Anchor::Start),
        ]);
    }
}
