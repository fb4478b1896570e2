//! Cumulative abnormal returns around events, with the band that they lie in.

use super::axis::{Axis, Scale, Tick, drawable, minus};
use super::layout::{HEIGHT, Key, MARGIN, Sample, Sheet, WIDTH, left_of};
use super::scene::{AXIS, BLUE, Frame, Mark, Point, SKY, Scene, Stroke};
use super::{Data, Figure, Heading, known};
use crate::table::Cell;

/// Days up to which each has a dot.
const MAX_DOTS: usize = 61;

/// How opaque the band is.
const BAND: f64 = 0.30;
const EDGE: Stroke = Stroke {
    colour: BLUE,
    width: 0.75,
    dashes: &[4.0, 2.0],
};

/// One session around the events.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct EventDay {
    /// Sessions after the event; negative before it.
    pub(crate) tau: i64,
    /// Mean cumulative abnormal return.
    pub(crate) caar: f64,
    /// The ends of its 95 % band.
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// A line with its band over the sessions around the event.
pub(crate) fn event_study(heading: Heading, mut rows: Vec<EventDay>) -> Figure {
    rows.sort_by_key(|row| row.tau);
    let cells = |row: &EventDay| {
        let values = [row.caar, row.low, row.high].map(|value| known(value, 3));
        [Cell::Count(row.tau)].into_iter().chain(values).collect()
    };
    let data = Data {
        columns: ["sessions after the event", "mean", "95% low", "95% high"]
            .map(String::from)
            .to_vec(),
        rows: rows.iter().map(cells).collect(),
    };
    Figure {
        scene: scene(&heading, &rows),
        heading,
        data,
    }
}

fn scene(heading: &Heading, rows: &[EventDay]) -> Option<Scene> {
    let (first, last) = (rows.first()?.tau, rows.last()?.tau);
    rows.iter().find_map(|row| drawable(row.caar))?;
    let values = rows
        .iter()
        .flat_map(|row| [row.caar, row.low, row.high, 0.0]);
    let axis = Axis::around(values)?;
    let keys = [
        Key::new(Sample::Line(Stroke::solid(BLUE, 2.0)), "mean over events"),
        Key::new(Sample::Fill(SKY, BAND), "95% band"),
        Key::new(Sample::Line(event()), "the event"),
    ];
    let mut sheet = Sheet::new(heading, &keys);
    let frame = Frame {
        left: left_of(&[&axis]),
        top: sheet.top + 17.0,
        right: WIDTH - MARGIN - 6.0,
        bottom: HEIGHT - 52.0,
    };
    let x = Scale {
        data: (first as f64 - 0.5, last as f64 + 0.5),
        points: (frame.left, frame.right),
    };
    let y = sheet.upright(&axis, frame, &heading.measure);
    sheet.along(
        (&whole_ticks(first, last), x),
        frame,
        Some("sessions after the event"),
    );
    band(&mut sheet, rows, (x, y));
    sheet.zero(&axis, frame);
    if first <= 0 && last >= 0 {
        let (top, bottom) = ((x.at(0.0), frame.top), (x.at(0.0), frame.bottom));
        sheet.marks.push(Mark::line(top, bottom, event()));
    }
    let at = |row: &EventDay| {
        Some(Point {
            x: x.at(row.tau as f64),
            y: y.at(drawable(row.caar)?),
        })
    };
    let points: Vec<Option<Point>> = rows.iter().map(at).collect();
    sheet.broken_line(&points, Stroke::solid(BLUE, 2.0));
    if rows.len() <= MAX_DOTS {
        let dots = points.into_iter().flatten().map(|at| Mark::Dot {
            at,
            radius: 2.5,
            colour: BLUE,
            is_filled: true,
        });
        sheet.marks.extend(dots);
    }
    Some(sheet.scene(HEIGHT))
}

fn event() -> Stroke {
    Stroke {
        colour: AXIS,
        width: 1.25,
        dashes: &[6.0, 3.0],
    }
}

/// The band, as far as both of its ends are known; its edges are dashed, which shows where the fill does not.
fn band(sheet: &mut Sheet, rows: &[EventDay], (x, y): (Scale, Scale)) {
    let ends = |row: &EventDay| {
        let at = |value: f64| {
            Some(Point {
                x: x.at(row.tau as f64),
                y: y.at(drawable(value)?),
            })
        };
        Some((at(row.low)?, at(row.high)?))
    };
    let ends: Vec<Option<(Point, Point)>> = rows.iter().map(ends).collect();
    for run in ends.split(Option::is_none) {
        if let [Some((low, high))] = run {
            let (low, high) = ((low.x, low.y), (high.x, high.y));
            sheet.marks.push(Mark::line(low, high, EDGE));
            continue;
        }
        let (low, high): (Vec<Point>, Vec<Point>) = run.iter().flatten().copied().unzip();
        if low.is_empty() {
            continue;
        }
        let points = low.iter().chain(high.iter().rev()).copied().collect();
        sheet.marks.push(Mark::Area {
            points,
            fill: SKY,
            opacity: BAND,
        });
        for points in [low, high] {
            sheet.marks.push(Mark::Line {
                points,
                stroke: EDGE,
            });
        }
    }
}

/// Ticks at whole numbers from `first` to `last`.
pub(super) fn whole_ticks(first: i64, last: i64) -> Vec<Tick> {
    let steps = (0..18).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_i64.pow(power)));
    let step = steps
        .into_iter()
        .find(|step| (last - first) / step <= 12)
        .unwrap_or(i64::MAX);
    let ticks = (first.div_euclid(step)..=last.div_euclid(step)).map(|n| n * step);
    let ticks = ticks.filter(|tick| (first..=last).contains(tick));
    ticks
        .map(|tick| Tick {
            at: tick as f64,
            label: minus(tick.to_string()),
        })
        .collect()
}
