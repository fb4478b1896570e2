//! Correlations by lag, as bars with the band in which they would lie by chance.

use super::axis::{Axis, Scale, drawable, minus};
use super::event_study::whole_ticks;
use super::layout::{HEIGHT, Key, MARGIN, Sample, Sheet, WIDTH, left_of};
use super::scene::{BLUE, Frame, Mark, PALE, Scene, Stroke, VERMILION};
use super::{Data, Figure, Heading, known};
use crate::table::Cell;

const EDGE: Stroke = Stroke {
    colour: VERMILION,
    width: 1.25,
    dashes: &[6.0, 3.0],
};

/// Bars of the correlation at each lag, in sessions. `lags` says what the sign of a lag means ("positive: tone first"); `band` is the
/// half width of the 95 % band around zero, and where it is not finite there is none.
pub(crate) fn lead_lag(
    heading: Heading,
    lags: &str,
    mut rows: Vec<(i64, f64)>,
    band: f64,
) -> Figure {
    rows.sort_by_key(|(lag, _)| *lag);
    let cells = |(lag, correlation): &(i64, f64)| {
        vec![Cell::Count(*lag), known(*correlation, 4), known(band, 4)]
    };
    let data = Data {
        columns: ["lag in sessions", "correlation", "95% band ±"]
            .map(String::from)
            .to_vec(),
        rows: rows.iter().map(cells).collect(),
    };
    Figure {
        scene: scene(&heading, lags, &rows, drawable(band)),
        heading,
        data,
    }
}

fn scene(heading: &Heading, lags: &str, rows: &[(i64, f64)], band: Option<f64>) -> Option<Scene> {
    let (first, last) = (rows.first()?.0, rows.last()?.0);
    rows.iter().find_map(|(_, value)| drawable(*value))?;
    let edges = band.map_or(vec![0.0], |band| vec![band, -band]);
    let axis = Axis::around(rows.iter().map(|(_, value)| *value).chain(edges))?;
    let mut sheet = Sheet::new(heading, &keys(band));
    let frame = Frame {
        left: left_of(&[&axis]),
        top: sheet.top + 17.0,
        right: WIDTH - MARGIN - 6.0,
        bottom: HEIGHT - 52.0,
    };
    let x = Scale {
        data: (first as f64 - 0.6, last as f64 + 0.6),
        points: (frame.left, frame.right),
    };
    let y = sheet.upright(&axis, frame, &heading.measure);
    let name = format!("lag in sessions ({lags})");
    sheet.along((&whole_ticks(first, last), x), frame, Some(&name));
    bars(&mut sheet, rows, (x, y), band);
    sheet.zero(&axis, frame);
    for edge in band.map_or(vec![], |band| vec![band, -band]) {
        let (left, right) = ((frame.left, y.at(edge)), (frame.right, y.at(edge)));
        sheet.marks.push(Mark::line(left, right, EDGE));
    }
    Some(sheet.scene(HEIGHT))
}

fn keys(band: Option<f64>) -> Vec<Key> {
    let Some(band) = band else {
        return vec![];
    };
    vec![
        Key::new(Sample::Fill(BLUE, 1.0), "outside the band"),
        Key::new(Sample::Fill(PALE, 1.0), "within it"),
        Key::new(
            Sample::Line(EDGE),
            format!("95% band, ±{}", minus(format!("{band:.3}"))),
        ),
    ]
}

/// Bars from zero; without a band all look alike.
fn bars(sheet: &mut Sheet, rows: &[(i64, f64)], (x, y): (Scale, Scale), band: Option<f64>) {
    let half = (x.at(1.0) - x.at(0.0)) * 0.36;
    let half = half.min(24.0);
    for is_outside in [false, true] {
        let bars = rows.iter().filter_map(|(lag, value)| {
            let value = drawable(*value)?;
            let middle = x.at(*lag as f64);
            let ends = (y.at(value), y.at(0.0));
            let frame = Frame {
                left: middle - half,
                top: ends.0.min(ends.1),
                right: middle + half,
                bottom: ends.0.max(ends.1),
            };
            (band.is_none_or(|band| value.abs() > band) == is_outside).then_some(frame)
        });
        sheet.boxes(bars.collect(), if is_outside { BLUE } else { PALE });
    }
}
