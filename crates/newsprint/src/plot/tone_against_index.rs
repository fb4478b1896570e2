//! The tone of a theme under the closes of an index, on one axis of time.

use std::collections::VecDeque;

use chrono::NaiveDate;

use super::axis::{Axis, Scale, date_ticks, days, drawable, widened};
use super::layout::{HEIGHT, Key, MARGIN, Sample, Sheet, WIDTH, left_of};
use super::scene::{BLACK, Frame, ORANGE, Point, SKY, Scene, Stroke};
use super::{Data, Figure, Heading, known};
use crate::table::Cell;

/// Sessions with a tone over which the mean is taken that shows a course among single tones, and the fewest that it is drawn for.
const MEAN_OF: usize = 21;
const MEAN_FROM: usize = 3 * MEAN_OF;
/// Days without any tone after which it begins anew: no line may bridge years of which nothing is known.
const PAUSE: i64 = 180;

const MEAN: Stroke = Stroke {
    colour: BLACK,
    width: 1.5,
    dashes: &[],
};

/// One day; what is not known is not finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ToneDay {
    pub(crate) date: NaiveDate,
    /// Mean tone, −1 to 1.
    pub(crate) tone: f64,
    /// What the index closed at.
    pub(crate) close: f64,
}

/// Two panels over one axis of dates: above the closes, whose name is the heading's measure, below the tone. Leave out the days that
/// have neither: the line of closes has a gap in each row without one.
pub(crate) fn tone_against_index(heading: Heading, mut rows: Vec<ToneDay>) -> Figure {
    rows.sort_by_key(|row| row.date);
    let means = means(&rows);
    let mean_name = format!("mean of {MEAN_OF} tones");
    let mut columns = vec!["date", "tone", heading.measure.as_str()];
    columns.extend(means.as_ref().map(|_| mean_name.as_str()));
    let cells = rows.iter().enumerate().map(|(place, row)| {
        let mut cells = vec![
            Cell::text(row.date.to_string()),
            known(row.tone, 3),
            known(row.close, 2),
        ];
        let mean = means.as_ref().map(|means| means[place]);
        cells.extend(mean.map(|mean| Cell::number(mean, 3)));
        cells
    });
    let data = Data {
        columns: columns.into_iter().map(String::from).collect(),
        rows: cells.collect(),
    };
    Figure {
        scene: scene(&heading, &rows, means.as_deref()),
        heading,
        data,
    }
}

/// On each day with a tone the mean of it and the last ones before it; `None` where there are too few tones for it to show a course.
fn means(rows: &[ToneDay]) -> Option<Vec<Option<f64>>> {
    let tones = rows.iter().filter_map(|row| drawable(row.tone));
    if tones.count() < MEAN_FROM {
        return None;
    }
    let mut window: VecDeque<f64> = VecDeque::new();
    let mut last: Option<NaiveDate> = None;
    let mean = |row: &ToneDay| {
        let tone = drawable(row.tone)?;
        if last.is_some_and(|last| (row.date - last).num_days() > PAUSE) {
            window.clear();
        }
        last = Some(row.date);
        window.push_back(tone);
        if window.len() > MEAN_OF {
            window.pop_front();
        }
        (window.len() == MEAN_OF).then(|| window.iter().sum::<f64>() / MEAN_OF as f64)
    };
    Some(rows.iter().map(mean).collect())
}

fn scene(heading: &Heading, rows: &[ToneDay], means: Option<&[Option<f64>]>) -> Option<Scene> {
    let closes = Axis::around(rows.iter().map(|row| row.close))?;
    let tones = Axis::around(rows.iter().map(|row| row.tone).chain([0.0]))?;
    rows.iter().find_map(|row| drawable(row.tone))?;
    let (first, last) = widened(rows.first()?.date, rows.last()?.date);
    let mut keys = vec![
        Key::new(Sample::Fill(SKY, 1.0), "tone of a session above zero"),
        Key::new(Sample::Fill(ORANGE, 1.0), "below zero"),
    ];
    let mean = means.map(|_| Key::new(Sample::Line(MEAN), format!("mean of {MEAN_OF} of them")));
    keys.extend(mean);
    let mut sheet = Sheet::new(heading, &keys);
    let left = left_of(&[&closes, &tones]);
    let right = WIDTH - MARGIN - 6.0;
    let (top, bottom) = (sheet.top + 17.0, HEIGHT - 34.0);
    let middle = top + (bottom - top) * 0.52;
    let above = Frame {
        left,
        top,
        right,
        bottom: middle - 18.0,
    };
    let below = Frame {
        left,
        top: middle + 18.0,
        right,
        bottom,
    };
    let x = Scale {
        data: (days(first) - 0.5, days(last) + 0.5),
        points: (left, right),
    };
    let ticks = date_ticks(first, last);
    let y = sheet.upright(&closes, above, &heading.measure);
    sheet.along((&ticks, x), above, None);
    draw_closes(&mut sheet, rows, (x, y));
    let y = sheet.upright(&tones, below, "mean tone, −1 to 1");
    sheet.along((&ticks, x), below, Some(""));
    bars(&mut sheet, rows, (x, y));
    sheet.zero(&tones, below);
    if let Some(means) = means {
        for course in courses(rows, means) {
            let points = course.into_iter().map(|(date, mean)| {
                Some(Point {
                    x: x.at(days(date)),
                    y: y.at(mean),
                })
            });
            sheet.broken_line(&points.collect::<Vec<_>>(), MEAN);
        }
    }
    Some(sheet.scene(HEIGHT))
}

/// The means that a line joins: those with no pause between them.
fn courses(rows: &[ToneDay], means: &[Option<f64>]) -> Vec<Vec<(NaiveDate, f64)>> {
    let dated = rows.iter().zip(means);
    let dated: Vec<(NaiveDate, f64)> = dated
        .filter_map(|(row, mean)| Some((row.date, (*mean)?)))
        .collect();
    let is_joined =
        |one: &(NaiveDate, f64), other: &(NaiveDate, f64)| (other.0 - one.0).num_days() <= PAUSE;
    dated.chunk_by(is_joined).map(<[_]>::to_vec).collect()
}

fn draw_closes(sheet: &mut Sheet, rows: &[ToneDay], (x, y): (Scale, Scale)) {
    let at = |row: &ToneDay| {
        Some(Point {
            x: x.at(days(row.date)),
            y: y.at(drawable(row.close)?),
        })
    };
    let points: Vec<Option<Point>> = rows.iter().map(at).collect();
    sheet.broken_line(&points, Stroke::solid(BLACK, 1.5));
}

/// Bars from zero, as wide as a day, but wide enough to be seen where there are many days.
fn bars(sheet: &mut Sheet, rows: &[ToneDay], (x, y): (Scale, Scale)) {
    let half = ((x.at(1.0) - x.at(0.0)) * 0.4).clamp(0.5, 10.0);
    for (is_positive, fill) in [(true, SKY), (false, ORANGE)] {
        let bars = rows.iter().filter_map(|row| {
            let tone = drawable(row.tone)?;
            let (middle, end) = (x.at(days(row.date)), y.at(tone));
            let frame = Frame {
                left: middle - half,
                top: end.min(y.at(0.0)),
                right: middle + half,
                bottom: end.max(y.at(0.0)),
            };
            ((tone > 0.0) == is_positive).then_some(frame)
        });
        sheet.boxes(bars.collect(), fill);
    }
}

#[cfg(test)]
mod tests {
    use chrono::Days;

    use super::*;

    #[test]
    fn the_mean_is_of_the_last_tones_and_bridges_no_pause() {
        let first = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
        let day = |days: u64, tone: f64| ToneDay {
            date: first + Days::new(days),
            tone,
            close: 1.0,
        };
        let before = (0..40).map(|n| day(n, if n < 30 { 0.5 } else { -0.5 }));
        let after = (0..40).map(|n| day(n + 1_000, 0.25));
        let rows: Vec<ToneDay> = before.chain(after).chain([day(2_000, f64::NAN)]).collect();
        let means = means(&rows).unwrap();
        assert_eq!((means[19], means[20]), (None, Some(0.5)));
        let mixed = (11.0 * 0.5 - 10.0 * 0.5) / 21.0;
        assert!((means[39].unwrap() - mixed).abs() < 1e-12);
        assert_eq!((means[59], means[60]), (None, Some(0.25)));
        assert_eq!(means[80], None);
        let courses = courses(&rows, &means);
        assert_eq!(courses.iter().map(Vec::len).collect::<Vec<_>>(), [20, 20]);
        assert_eq!(super::means(&rows[..MEAN_FROM - 1]), None);
    }
}
