//! Estimates with their intervals, one under the other.

use super::axis::{Axis, Scale, drawable, minus};
use super::layout::{Key, MARGIN, Sample, Sheet, WIDTH};
use super::scene::{
    AXIS, Anchor, BLUE, Colour, Frame, GRID, LINE, Mark, Point, Scene, Stroke, Style,
};
use super::{Data, Figure, Heading, known};
use crate::table::Cell;

/// Height of a row, widest that names may get, and rows from which on the axis is repeated above them.
const ROW: f64 = 20.0;
const MAX_NAME: f64 = 330.0;
const MANY: usize = 25;

/// Of estimates that could be chance: dark enough for thin lines.
const GREY: Colour = Colour(120, 120, 120);

/// An estimate; what is not known is not finite.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct IntervalRow {
    /// What is estimated.
    pub(crate) label: String,
    pub(crate) value: f64,
    /// The ends of its interval.
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) is_significant: bool,
}

/// A row for each estimate, in the order given. `reference` is the value of no effect, and `criterion` says what makes an estimate
/// significant ("q < 0.05").
pub(crate) fn intervals(
    heading: Heading,
    reference: Option<f64>,
    criterion: &str,
    rows: &[IntervalRow],
) -> Figure {
    let cells = |row: &IntervalRow| {
        let numbers = [row.value, row.low, row.high].map(|value| known(value, 4));
        let is_significant = if row.is_significant { "yes" } else { "no" };
        [Cell::text(&row.label)]
            .into_iter()
            .chain(numbers)
            .chain([Cell::text(is_significant)])
            .collect()
    };
    let data = Data {
        columns: ["of", "value", "low", "high", criterion]
            .map(String::from)
            .to_vec(),
        rows: rows.iter().map(cells).collect(),
    };
    Figure {
        scene: scene(&heading, reference, criterion, rows),
        heading,
        data,
    }
}

fn scene(
    heading: &Heading,
    reference: Option<f64>,
    criterion: &str,
    rows: &[IntervalRow],
) -> Option<Scene> {
    rows.iter().find_map(|row| drawable(row.value))?;
    let values = rows.iter().flat_map(|row| [row.value, row.low, row.high]);
    let axis = Axis::around(values.chain(reference))?;
    let keys = [
        Key::new(Sample::Dot(BLUE, true), criterion),
        Key::new(Sample::Dot(GREY, false), format!("not {criterion}")),
    ];
    let mut sheet = Sheet::new(heading, &keys);
    let names = rows.iter().map(|row| Style::Body.width_of(&row.label));
    let numbers: Vec<String> = rows.iter().map(|row| in_words(row, &axis)).collect();
    let widths = numbers.iter().map(|text| Style::Body.width_of(text));
    let top = sheet.top + if rows.len() > MANY { 14.0 } else { 0.0 };
    let frame = Frame {
        left: MARGIN + names.fold(0.0, f64::max).min(MAX_NAME) + 16.0,
        top,
        right: WIDTH - MARGIN - widths.fold(0.0, f64::max) - 16.0,
        bottom: top + ROW * rows.len() as f64 + 8.0,
    };
    let x = axis.scale((frame.left, frame.right));
    sheet.along((&axis.ticks, x), frame, Some(&heading.measure));
    if rows.len() > MANY {
        label_above(&mut sheet, &axis, x, frame);
    }
    if let Some(reference) = reference.and_then(drawable) {
        let (top, bottom) = (
            (x.at(reference), frame.top),
            (x.at(reference), frame.bottom),
        );
        sheet
            .marks
            .push(Mark::line(top, bottom, Stroke::solid(AXIS, 1.25)));
    }
    for (place, (row, numbers)) in rows.iter().zip(numbers).enumerate() {
        let y = frame.top + 4.0 + ROW * (place as f64 + 0.5);
        let name = Style::Body.cut(&row.label, MAX_NAME);
        sheet
            .marks
            .push(Mark::text((MARGIN, y + 4.0), name, Anchor::Start));
        let at = (WIDTH - MARGIN, y + 4.0);
        sheet.marks.push(Mark::text(at, numbers, Anchor::End));
        let between = Stroke::solid(GRID, 0.5);
        let (left, right) = ((MARGIN, y + ROW / 2.0), (WIDTH - MARGIN, y + ROW / 2.0));
        sheet.marks.push(Mark::line(left, right, between));
        sheet.marks.extend(interval(row, x, y));
    }
    Some(sheet.scene(frame.bottom + 2.0 * LINE + 20.0))
}

/// The tick labels once more, where those below are far from the first rows.
fn label_above(sheet: &mut Sheet, axis: &Axis, x: Scale, frame: Frame) {
    for tick in &axis.ticks {
        let at = (x.at(tick.at), frame.top - 6.0);
        sheet
            .marks
            .push(Mark::text(at, &tick.label, Anchor::Middle));
    }
}

/// The line from end to end, as far as both are known, and the estimate on it.
fn interval(row: &IntervalRow, x: Scale, y: f64) -> Vec<Mark> {
    let colour = if row.is_significant { BLUE } else { GREY };
    let mut marks = vec![];
    let Some(value) = drawable(row.value) else {
        return marks;
    };
    if let (Some(low), Some(high)) = (drawable(row.low), drawable(row.high)) {
        let stroke = Stroke::solid(colour, 1.75);
        marks.push(Mark::line((x.at(low), y), (x.at(high), y), stroke));
        for end in [low, high] {
            let (top, bottom) = ((x.at(end), y - 3.5), (x.at(end), y + 3.5));
            marks.push(Mark::line(top, bottom, stroke));
        }
    }
    marks.push(Mark::Dot {
        at: Point { x: x.at(value), y },
        radius: 4.5,
        colour,
        is_filled: row.is_significant,
    });
    marks
}

/// The estimate in numbers, with a digit more than the axis.
fn in_words(row: &IntervalRow, axis: &Axis) -> String {
    let labels = axis.ticks.iter().map(|tick| &tick.label);
    let decimals = labels.filter_map(|label| Some(label.split_once('.')?.1.len()));
    let decimals = (decimals.max().unwrap_or(0) + 1).min(6);
    let shown = |value: f64| match drawable(value) {
        Some(value) if value.abs() < 1e9 => minus(format!("{value:.decimals$}")),
        Some(value) => minus(format!("{value:.3e}")),
        None => "–".into(),
    };
    if drawable(row.value).is_none() {
        return "not known".into();
    }
    format!(
        "{} [{}, {}]",
        shown(row.value),
        shown(row.low),
        shown(row.high)
    )
}
