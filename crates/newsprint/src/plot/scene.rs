//! What a picture consists of, in points from its upper left corner: marks that every kind of file can draw.

/// A position in points, x to the right and y down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// A rectangle in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour(pub(super) u8, pub(super) u8, pub(super) u8);

/// A line's look. The lengths of `dashes` (drawn, left out, …) are points; none: drawn through.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stroke {
    pub(super) colour: Colour,
    pub(super) width: f64,
    pub(super) dashes: &'static [f64],
}

/// Where a text stands against its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// The two sizes of text that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Title,
    Body,
}

/// Something that is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark {
    /// A line through points.
    Line { points: Vec<Point>, stroke: Stroke },
    /// A filled polygon; `opacity` 0..1.
    Area {
        points: Vec<Point>,
        fill: Colour,
        opacity: f64,
    },
    /// Filled rectangles of one colour; `opacity` 0..1.
    Boxes {
        frames: Vec<Frame>,
        fill: Colour,
        opacity: f64,
    },
    /// A disc with an outline of `colour`, filled with it or with white.
    Dot {
        at: Point,
        radius: f64,
        colour: Colour,
        is_filled: bool,
    },
    /// A line of text whose baseline is at `at`.
    Text {
        at: Point,
        text: String,
        anchor: Anchor,
        style: Style,
        colour: Colour,
    },
}

/// A whole picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scene {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) marks: Vec<Mark>,
}

/// The colours of Okabe and Ito (Color Universal Design, 2008), which people with any colour vision tell apart; of the eight, yellow
/// stands for areas alone, since a thin line of it does not show on white.
pub(super) const BLACK: Colour = Colour(0, 0, 0);
pub(super) const ORANGE: Colour = Colour(230, 159, 0);
pub(super) const SKY: Colour = Colour(86, 180, 233);
pub(super) const GREEN: Colour = Colour(0, 158, 115);
pub(super) const YELLOW: Colour = Colour(240, 228, 66);
pub(super) const BLUE: Colour = Colour(0, 114, 178);
pub(super) const VERMILION: Colour = Colour(213, 94, 0);
pub(super) const PURPLE: Colour = Colour(204, 121, 167);
/// Text that says what is drawn, axes, grid lines and what is to stay behind.
pub(super) const INK: Colour = Colour(34, 34, 34);
pub(super) const AXIS: Colour = Colour(110, 110, 110);
pub(super) const GRID: Colour = Colour(222, 222, 222);
pub(super) const PALE: Colour = Colour(190, 190, 190);
pub(super) const WHITE: Colour = Colour(255, 255, 255);

/// Points between the baselines of two lines of text.
pub(super) const LINE: f64 = 16.0;

impl Style {
    /// Height of the font in points.
    pub(super) fn size(self) -> f64 {
        match self {
            Self::Title => 16.0,
            Self::Body => 12.0,
        }
    }

    /// A width in points that the text does not exceed, except in a font that is wider than most.
    pub(super) fn width_of(self, text: &str) -> f64 {
        text.chars().map(|c| self.width_of_character(c)).sum()
    }

    /// The text, cut so that it is at most `width` points wide.
    pub(super) fn cut(self, text: &str, width: f64) -> String {
        if self.width_of(text) <= width {
            return text.to_owned();
        }
        let (mut kept, mut taken) = (String::new(), self.width_of_character('…'));
        for c in text.chars() {
            taken += self.width_of_character(c);
            if taken > width {
                break;
            }
            kept.push(c);
        }
        kept.trim_end().to_owned() + "…"
    }

    /// The text in lines of at most `width` points and at most `n_lines` of them; what is left over is cut.
    pub(super) fn wrapped(self, text: &str, width: f64, n_lines: usize) -> Vec<String> {
        let mut lines: Vec<String> = vec![];
        for word in text.split_whitespace() {
            let is_last = lines.len() == n_lines;
            match lines.last_mut() {
                Some(line) if is_last || self.width_of(&format!("{line} {word}")) <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines.iter().map(|line| self.cut(line, width)).collect()
    }

    /// Letters of a fixed-width font are 0.6 of its height wide, ideographs as wide as high; no font of running text is wider on average.
    fn width_of_character(self, c: char) -> f64 {
        let share = if c < '\u{1100}' || ('\u{2000}'..='\u{22ff}').contains(&c) {
            0.6
        } else {
            1.0
        };
        share * self.size()
    }
}

impl Frame {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

impl Stroke {
    pub(super) fn solid(colour: Colour, width: f64) -> Self {
        Self {
            colour,
            width,
            dashes: &[],
        }
    }
}

impl Mark {
    pub(super) fn line(from: (f64, f64), to: (f64, f64), stroke: Stroke) -> Self {
        let points = [from, to].map(|(x, y)| Point { x, y });
        Self::Line {
            points: points.to_vec(),
            stroke,
        }
    }

    pub(super) fn text(at: (f64, f64), text: impl Into<String>, anchor: Anchor) -> Self {
        Self::Text {
            at: Point { x: at.0, y: at.1 },
            text: text.into(),
            anchor,
            style: Style::Body,
            colour: INK,
        }
    }
}
