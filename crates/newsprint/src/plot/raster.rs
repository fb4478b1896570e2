//! A picture as PNG, two pixels to the point, with a font that is part of the program: it looks the same on a machine without fonts.

use anyhow::Context as _;
use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};
use tiny_skia::{
    Color, FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, StrokeDash, Transform,
};

use super::scene::{Anchor, Colour, Mark, Point, Scene, Stroke, Style, WHITE};

/// Pixels to the point.
const PIXELS: f32 = 2.0;

/// The font's only size: letters of 23 pixels in cells of 32, which are 12 points here.
const FONT: RasterHeight = RasterHeight::Size32;

/// Pixels of a cell above the baseline.
const ASCENT: f32 = 25.0;

/// The bytes of a PNG file.
///
/// # Errors
/// Where the picture is too large for one.
pub(super) fn png(scene: &Scene) -> anyhow::Result<Vec<u8>> {
    let size = |points: f64| (points * f64::from(PIXELS)).ceil() as u32;
    let pixmap = Pixmap::new(size(scene.width), size(scene.height));
    let mut pixmap = pixmap.context("the picture is too large for PNG: write it as .svg")?;
    pixmap.fill(Color::WHITE);
    for mark in &scene.marks {
        draw(&mut pixmap, mark);
    }
    pixmap.encode_png().context("encode PNG")
}

fn draw(pixmap: &mut Pixmap, mark: &Mark) {
    match mark {
        Mark::Line { points, stroke } => line(pixmap, points, *stroke),
        Mark::Area {
            points,
            fill: colour,
            opacity,
        } => fill(pixmap, path(points, true), *colour, *opacity),
        Mark::Boxes {
            frames,
            fill: colour,
            opacity,
        } => {
            let mut builder = PathBuilder::new();
            for frame in frames {
                let edges = [frame.left, frame.top, frame.right, frame.bottom];
                let [left, top, right, bottom] = edges.map(|edge| edge as f32);
                if let Some(rectangle) = Rect::from_ltrb(left, top, right, bottom) {
                    builder.push_rect(rectangle);
                }
            }
            fill(pixmap, builder.finish(), *colour, *opacity);
        }
        Mark::Dot {
            at,
            radius,
            colour,
            is_filled,
        } => dot(pixmap, *at, *radius, (*colour, *is_filled)),
        Mark::Text {
            at,
            text,
            anchor,
            style,
            colour,
        } => write(pixmap, *at, text, (*anchor, *style, *colour)),
    }
}

fn paint(Colour(red, green, blue): Colour, opacity: f64) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(red, green, blue, (opacity * 255.0).round() as u8);
    paint
}

fn path(points: &[Point], is_closed: bool) -> Option<Path> {
    let (first, rest) = points.split_first()?;
    let mut builder = PathBuilder::new();
    builder.move_to(first.x as f32, first.y as f32);
    for point in rest {
        builder.line_to(point.x as f32, point.y as f32);
    }
    if is_closed {
        builder.close();
    }
    builder.finish()
}

fn fill(pixmap: &mut Pixmap, path: Option<Path>, colour: Colour, opacity: f64) {
    let Some(path) = path else {
        return;
    };
    let scale = Transform::from_scale(PIXELS, PIXELS);
    let paint = paint(colour, opacity);
    pixmap.fill_path(&path, &paint, FillRule::Winding, scale, None);
}

fn line(pixmap: &mut Pixmap, points: &[Point], look: Stroke) {
    if let Some(path) = path(points, false) {
        stroke(pixmap, &path, look);
    }
}

fn stroke(pixmap: &mut Pixmap, path: &Path, look: Stroke) {
    let dashes = look.dashes.iter().map(|length| *length as f32).collect();
    let stroke = tiny_skia::Stroke {
        width: look.width as f32,
        line_join: LineJoin::Round,
        dash: StrokeDash::new(dashes, 0.0),
        ..tiny_skia::Stroke::default()
    };
    let scale = Transform::from_scale(PIXELS, PIXELS);
    pixmap.stroke_path(path, &paint(look.colour, 1.0), &stroke, scale, None);
}

fn dot(pixmap: &mut Pixmap, at: Point, radius: f64, (colour, is_filled): (Colour, bool)) {
    let circle = PathBuilder::from_circle(at.x as f32, at.y as f32, radius as f32);
    let inside = if is_filled { colour } else { WHITE };
    fill(pixmap, circle.clone(), inside, 1.0);
    if let Some(circle) = circle {
        stroke(pixmap, &circle, Stroke::solid(colour, 1.5));
    }
}

fn write(
    pixmap: &mut Pixmap,
    at: Point,
    text: &str,
    (anchor, style, colour): (Anchor, Style, Colour),
) {
    let enlarged = (style.size() / Style::Body.size()) as f32;
    let weight = match style {
        Style::Title => FontWeight::Bold,
        Style::Body => FontWeight::Regular,
    };
    let text = in_font(text);
    let advance = get_raster_width(weight, FONT) as f32 * enlarged;
    let width = advance * text.chars().count() as f32;
    let start = match anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => width / 2.0,
        Anchor::End => width,
    };
    let mut left = (at.x as f32 * PIXELS - start).round();
    let top = (at.y as f32 * PIXELS - ASCENT * enlarged).round();
    for c in text.chars() {
        glyph(pixmap, (c, weight, enlarged), (left, top), colour);
        left += advance;
    }
}

/// The text with letters that the font has: signs and marks of punctuation by such that mean the same, all others by `?`.
fn in_font(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '−' | '–' | '—' | '‐' | '‑' => shown.push('-'),
            '“' | '”' => shown.push('"'),
            '‘' | '’' => shown.push('\''),
            '…' => shown.push_str("..."),
            '≤' => shown.push_str("<="),
            '≥' => shown.push_str(">="),
            _ if get_raster(c, FontWeight::Regular, FONT).is_some() => shown.push(c),
            _ => shown.push('?'),
        }
    }
    shown
}

fn glyph(
    pixmap: &mut Pixmap,
    (c, weight, enlarged): (char, FontWeight, f32),
    (left, top): (f32, f32),
    colour: Colour,
) {
    let Some(raster) = get_raster(c, weight, FONT) else {
        return;
    };
    let covered = |column: i64, row: i64| -> f32 {
        let cell = (usize::try_from(column), usize::try_from(row));
        let pixel = cell.0.ok().zip(cell.1.ok());
        let pixel = pixel.and_then(|(column, row)| raster.pixel(column, row));
        f32::from(pixel.unwrap_or(0)) / 255.0
    };
    let (columns, rows) = (
        raster.width() as f32 * enlarged,
        raster.height() as f32 * enlarged,
    );
    for row in 0..rows.ceil() as u32 {
        for column in 0..columns.ceil() as u32 {
            let x = (column as f32 + 0.5) / enlarged - 0.5;
            let y = (row as f32 + 0.5) / enlarged - 0.5;
            blend(
                pixmap,
                (left + column as f32, top + row as f32),
                colour,
                between(&covered, x, y),
            );
        }
    }
}

/// What is covered at a place between four pixels.
fn between(covered: &impl Fn(i64, i64) -> f32, x: f32, y: f32) -> f32 {
    let (column, row) = (x.floor(), y.floor());
    let (right, down) = (x - column, y - row);
    let (column, row) = (column as i64, row as i64);
    let along = |row| covered(column, row) * (1.0 - right) + covered(column + 1, row) * right;
    along(row) * (1.0 - down) + along(row + 1) * down
}

/// Lays `share` of a colour over a pixel. The background is opaque, so that no alpha is to be reckoned with.
fn blend(pixmap: &mut Pixmap, (x, y): (f32, f32), Colour(red, green, blue): Colour, share: f32) {
    let (width, height) = (pixmap.width(), pixmap.height());
    if share <= 0.0 || x < 0.0 || y < 0.0 || x >= width as f32 || y >= height as f32 {
        return;
    }
    let place = (y as usize * width as usize + x as usize) * 4;
    let Some(pixel) = pixmap.data_mut().get_mut(place..place + 3) else {
        return;
    };
    for (below, above) in pixel.iter_mut().zip([red, green, blue]) {
        let mixed = f32::from(*below) * (1.0 - share) + f32::from(above) * share;
        *below = mixed.round() as u8;
    }
}
