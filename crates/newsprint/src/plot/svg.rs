//! A picture as SVG: text alone, the same bytes for the same picture.

use std::fmt::Write as _;

use super::Heading;
use super::scene::{Anchor, Colour, Frame, Mark, Point, Scene, Stroke, Style};
use crate::table::printable;

const FONTS: &str = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

/// The `svg` element. Readers of the screen are told the title, and the rest of `heading` as its description.
pub(super) fn svg(scene: &Scene, heading: &Heading) -> String {
    let (width, height) = (number(scene.width), number(scene.height));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"plot-title plot-description\" font-family=\"{FONTS}\" font-size=\"{}\">\n\
         <title id=\"plot-title\">{}</title>\n<desc id=\"plot-description\">{}</desc>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        number(Style::Body.size()),
        escaped(&heading.title),
        escaped(&heading.description()),
    );
    for mark in &scene.marks {
        svg.push_str(&element(mark));
        svg.push('\n');
    }
    svg + "</svg>\n"
}

fn element(mark: &Mark) -> String {
    match mark {
        Mark::Line { points, stroke } => format!(
            "<polyline points=\"{}\" fill=\"none\" {}/>",
            coordinates(points),
            look(*stroke)
        ),
        Mark::Area {
            points,
            fill,
            opacity,
        } => format!(
            "<polygon points=\"{}\" fill=\"{}\" fill-opacity=\"{opacity:.2}\"/>",
            coordinates(points),
            colour(*fill)
        ),
        Mark::Boxes {
            frames,
            fill,
            opacity,
        } => format!(
            "<path d=\"{}\" fill=\"{}\" fill-opacity=\"{opacity:.2}\"/>",
            boxes(frames),
            colour(*fill)
        ),
        Mark::Dot {
            at,
            radius,
            colour: outline,
            is_filled,
        } => format!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\" stroke=\"{}\" stroke-width=\"1.5\"/>",
            number(at.x),
            number(at.y),
            number(*radius),
            if *is_filled {
                colour(*outline)
            } else {
                "#ffffff".to_owned()
            },
            colour(*outline)
        ),
        Mark::Text { .. } => text(mark),
    }
}

fn text(mark: &Mark) -> String {
    let Mark::Text {
        at,
        text,
        anchor,
        style,
        colour: fill,
    } = mark
    else {
        return String::new();
    };
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let weight = match style {
        Style::Title => format!(
            " font-size=\"{}\" font-weight=\"bold\"",
            number(style.size())
        ),
        Style::Body => String::new(),
    };
    format!(
        "<text x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\" fill=\"{}\"{weight}>{}</text>",
        number(at.x),
        number(at.y),
        colour(*fill),
        escaped(text)
    )
}

fn look(stroke: Stroke) -> String {
    let look = format!(
        "stroke=\"{}\" stroke-width=\"{:.2}\" stroke-linejoin=\"round\"",
        colour(stroke.colour),
        stroke.width
    );
    if stroke.dashes.is_empty() {
        return look;
    }
    let dashes: Vec<String> = stroke.dashes.iter().map(|dash| number(*dash)).collect();
    format!("{look} stroke-dasharray=\"{}\"", dashes.join(" "))
}

fn coordinates(points: &[Point]) -> String {
    let points = points
        .iter()
        .map(|point| format!("{},{}", number(point.x), number(point.y)));
    points.collect::<Vec<_>>().join(" ")
}

fn boxes(frames: &[Frame]) -> String {
    let mut path = String::new();
    for frame in frames {
        let (left, top) = (number(frame.left), number(frame.top));
        let (right, bottom) = (number(frame.right), number(frame.bottom));
        // Writing to a string cannot fail.
        let _ = write!(path, "M{left} {top}H{right}V{bottom}H{left}Z");
    }
    path
}

fn colour(Colour(red, green, blue): Colour) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Points with one decimal, which is finer than anybody prints.
fn number(points: f64) -> String {
    let shown = format!("{points:.1}");
    match shown.strip_suffix(".0") {
        Some("-0") => "0".into(),
        Some(whole) => whole.into(),
        None => shown,
    }
}

/// Text that XML and HTML take for text and nothing else; characters that XML has no place for are left out.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => {}
            _ => escaped.push(c),
        }
    }
    escaped
}
