//! What pictures have in common: the lines above, the legend, axes with their grid, and lines with gaps where nothing is known.

use super::Heading;
use super::axis::{Axis, Scale, Tick};
use super::scene::{
    AXIS, Anchor, Colour, Frame, GRID, INK, LINE, Mark, Point, Scene, Stroke, Style,
};

/// Width of every picture, and height of those that do not grow with their data, in points.
pub(super) const WIDTH: f64 = 900.0;
pub(super) const HEIGHT: f64 = 520.0;
/// Points left free at the edges.
pub(super) const MARGIN: f64 = 20.0;

/// Length of a sample in the legend, and the space after an entry.
const SAMPLE: f64 = 26.0;
const SPACE: f64 = 22.0;

/// An entry of the legend.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) sample: Sample,
    pub(super) label: String,
}

/// What an entry of the legend shows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sample {
    Line(Stroke),
    Fill(Colour, f64),
    Dot(Colour, bool),
}

/// A picture that is being put together, from the top down.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) marks: Vec<Mark>,
    /// Where the next thing may begin.
    pub(super) top: f64,
}

impl Sheet {
    /// Title, subtitle and legend.
    pub(super) fn new(heading: &Heading, keys: &[Key]) -> Self {
        let mut sheet = Self {
            marks: vec![],
            top: 12.0,
        };
        let lines = [
            (Style::Title, &heading.title, 2),
            (Style::Body, &heading.subtitle, 3),
        ];
        for (style, text, n_lines) in lines {
            for line in style.wrapped(text, WIDTH - 2.0 * MARGIN, n_lines) {
                sheet.top += style.size() + 5.0;
                sheet.marks.push(Mark::Text {
                    at: Point {
                        x: MARGIN,
                        y: sheet.top,
                    },
                    text: line,
                    anchor: Anchor::Start,
                    style,
                    colour: INK,
                });
            }
        }
        sheet.legend(keys);
        sheet.top += 14.0;
        sheet
    }

    fn legend(&mut self, keys: &[Key]) {
        let mut x = MARGIN;
        for (place, key) in keys.iter().enumerate() {
            let label = Style::Body.cut(&key.label, WIDTH / 2.0);
            let width = SAMPLE + 6.0 + Style::Body.width_of(&label);
            let is_full = x + width > WIDTH - MARGIN;
            if place == 0 || is_full {
                x = MARGIN;
                self.top += if place == 0 { 24.0 } else { LINE + 2.0 };
            }
            self.marks.extend(key.sample.drawn(x, self.top - 4.0));
            let at = (x + SAMPLE + 6.0, self.top);
            self.marks.push(Mark::text(at, label, Anchor::Start));
            x += width + SPACE;
        }
    }

    /// Grid lines, ticks and name of an axis of numbers; the name stands above it, so that nobody has to turn the head.
    pub(super) fn upright(&mut self, axis: &Axis, frame: Frame, name: &str) -> Scale {
        let scale = axis.scale((frame.bottom, frame.top));
        for tick in &axis.ticks {
            let y = scale.at(tick.at);
            let grid = Stroke::solid(GRID, 0.75);
            self.marks
                .push(Mark::line((frame.left, y), (frame.right, y), grid));
            let label = Mark::text((frame.left - 7.0, y + 4.0), &tick.label, Anchor::End);
            self.marks.push(label);
        }
        let name = Style::Body.cut(name, WIDTH - 2.0 * MARGIN);
        self.marks
            .push(Mark::text((MARGIN, frame.top - 11.0), name, Anchor::Start));
        scale
    }

    /// Grid lines, ticks and name of the axis along the lower edge. A panel without a name, even an empty one, shares the labels of another.
    pub(super) fn along(
        &mut self,
        (ticks, scale): (&[Tick], Scale),
        frame: Frame,
        name: Option<&str>,
    ) {
        for tick in ticks {
            let x = scale.at(tick.at);
            let grid = Stroke::solid(GRID, 0.75);
            self.marks
                .push(Mark::line((x, frame.top), (x, frame.bottom), grid));
            if name.is_some() {
                self.label_below(x, frame, &tick.label);
            }
        }
        let edge = Stroke::solid(AXIS, 1.0);
        let (left, right) = ((frame.left, frame.bottom), (frame.right, frame.bottom));
        self.marks.push(Mark::line(left, right, edge));
        let name = Style::Body.cut(name.unwrap_or_default(), frame.width());
        if !name.is_empty() {
            let middle = (frame.left + frame.right) / 2.0;
            let at = (middle, frame.bottom + 19.0 + LINE + 2.0);
            self.marks.push(Mark::text(at, name, Anchor::Middle));
        }
    }

    /// A tick and its label, moved inwards where it would leave the picture.
    fn label_below(&mut self, x: f64, frame: Frame, label: &str) {
        let edge = Stroke::solid(AXIS, 1.0);
        let tick = Mark::line((x, frame.bottom), (x, frame.bottom + 4.0), edge);
        let half = Style::Body.width_of(label) / 2.0;
        let x = x.max(half + 4.0).min(WIDTH - half - 4.0);
        let label = Mark::text((x, frame.bottom + 19.0), label, Anchor::Middle);
        self.marks.extend([tick, label]);
    }

    /// The line at zero, where the axis has one.
    pub(super) fn zero(&mut self, axis: &Axis, frame: Frame) {
        if axis.low <= 0.0 && 0.0 <= axis.high {
            let y = axis.scale((frame.bottom, frame.top)).at(0.0);
            let stroke = Stroke::solid(AXIS, 1.0);
            self.marks
                .push(Mark::line((frame.left, y), (frame.right, y), stroke));
        }
    }

    /// A line that is broken where a value is not known; a known value between two that are not is a dot.
    pub(super) fn broken_line(&mut self, points: &[Option<Point>], stroke: Stroke) {
        for run in points.split(Option::is_none) {
            let points: Vec<Point> = run.iter().flatten().copied().collect();
            match points[..] {
                [] => {}
                [at] => self.marks.push(Mark::Dot {
                    at,
                    radius: stroke.width,
                    colour: stroke.colour,
                    is_filled: true,
                }),
                _ => self.marks.push(Mark::Line { points, stroke }),
            }
        }
    }

    /// Boxes of one colour, where there are any.
    pub(super) fn boxes(&mut self, frames: Vec<Frame>, fill: Colour) {
        if !frames.is_empty() {
            self.marks.push(Mark::Boxes {
                frames,
                fill,
                opacity: 1.0,
            });
        }
    }

    pub(super) fn scene(self, height: f64) -> Scene {
        Scene {
            width: WIDTH,
            height,
            marks: self.marks,
        }
    }
}

impl Key {
    pub(super) fn new(sample: Sample, label: impl Into<String>) -> Self {
        Self {
            sample,
            label: label.into(),
        }
    }
}

impl Sample {
    fn drawn(self, x: f64, y: f64) -> Vec<Mark> {
        let middle = x + SAMPLE / 2.0;
        match self {
            Self::Line(stroke) => vec![Mark::line((x, y), (x + SAMPLE, y), stroke)],
            Self::Fill(fill, opacity) => swatch(x, y, fill, opacity),
            Self::Dot(colour, is_filled) => vec![
                Mark::line((x, y), (x + SAMPLE, y), Stroke::solid(colour, 1.5)),
                Mark::Dot {
                    at: Point { x: middle, y },
                    radius: 4.5,
                    colour,
                    is_filled,
                },
            ],
        }
    }
}

/// A box with a thin outline, which is what shows of a pale fill on white paper.
fn swatch(x: f64, y: f64, fill: Colour, opacity: f64) -> Vec<Mark> {
    let frame = Frame {
        left: x + 6.0,
        top: y - 5.5,
        right: x + SAMPLE,
        bottom: y + 5.5,
    };
    let corners = [
        (frame.left, frame.top),
        (frame.right, frame.top),
        (frame.right, frame.bottom),
        (frame.left, frame.bottom),
        (frame.left, frame.top),
    ];
    vec![
        Mark::Boxes {
            frames: vec![frame],
            fill,
            opacity,
        },
        Mark::Line {
            points: corners.map(|(x, y)| Point { x, y }).to_vec(),
            stroke: Stroke::solid(AXIS, 0.5),
        },
    ]
}

/// Points from the left edge that the labels of an upright axis take.
pub(super) fn left_of(axes: &[&Axis]) -> f64 {
    let ticks = axes.iter().flat_map(|axis| &axis.ticks);
    let widths = ticks.map(|tick| Style::Body.width_of(&tick.label));
    MARGIN + widths.fold(0.0, f64::max) + 7.0
}
