//! Plots of tables: what is to be drawn is said in terms of the data, once, and becomes an SVG, a PNG or a page of HTML.
//!
//! It draws what it is given and reckons nothing but the means that a picture needs to be read; those are in its data too.

mod axis;
mod coverage;
mod event_study;
mod html;
mod intervals;
mod layout;
mod lead_lag;
mod quantile_returns;
mod raster;
mod scene;
mod svg;
#[cfg(test)]
mod tests;
mod tone_against_index;

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use self::scene::Scene;
use crate::exit::misuse;
use crate::report::files::write_whole;
use crate::table::Cell;

pub(crate) use self::coverage::{CATEGORIES, CoverageDay, coverage};
pub(crate) use self::event_study::{EventDay, event_study};
pub(crate) use self::intervals::{IntervalRow, intervals};
pub(crate) use self::lead_lag::lead_lag;
pub(crate) use self::quantile_returns::quantile_returns;
pub(crate) use self::tone_against_index::{ToneDay, tone_against_index};

/// What stands around a plot.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Heading {
    /// What is shown.
    pub(crate) title: String,
    /// Of how many, and of which period.
    pub(crate) subtitle: String,
    /// What the axis of numbers shows, with its unit: values are drawn as they are given.
    pub(crate) measure: String,
    /// What the data rests on; of a page alone.
    pub(crate) notes: Vec<String>,
}

/// A plot with its data.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    heading: Heading,
    data: Data,
    /// `None` where nothing in the data can be drawn.
    scene: Option<Scene>,
}

/// The data of a plot as a table.
#[derive(Debug, Clone, PartialEq)]
struct Data {
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// What a plot can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Svg,
    Png,
    Html,
}

/// Draws `figure` into a file, whole or not at all; its name ends in .svg, .png or .html, which says how.
///
/// # Errors
/// Where the name ends in anything else ([`crate::exit::Misuse`]), where the figure has nothing to draw, and where the file cannot be
/// written.
pub(crate) fn write(figure: &Figure, path: &Path) -> anyhow::Result<()> {
    let kind = Kind::of(path).map_err(misuse)?;
    let bytes = figure
        .drawn(kind)
        .with_context(|| format!("plot {}", path.display()))?;
    write_whole(path, &bytes)
}

/// Reads the name of a plot's file on the command line, so that nobody waits for a table whose plot cannot be written.
pub(crate) fn parse_file(name: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(name);
    Kind::of(&path).map(|_| path)
}

impl Kind {
    fn of(path: &Path) -> Result<Self, String> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("svg") => Ok(Self::Svg),
            Some("png") => Ok(Self::Png),
            Some("html") => Ok(Self::Html),
            _ => Err(format!(
                "a plot is written as .svg, .png or .html by the end of its name, which {} does not have",
                path.display()
            )),
        }
    }
}

impl Figure {
    fn drawn(&self, kind: Kind) -> anyhow::Result<Vec<u8>> {
        let nothing = match self.data.rows.is_empty() {
            true => "there is nothing to draw: the table has no rows",
            false => "there is nothing to draw: no row of the table has a value",
        };
        let scene = self.scene.as_ref().context(nothing)?;
        match kind {
            Kind::Svg => Ok(svg::svg(scene, &self.heading).into_bytes()),
            Kind::Png => raster::png(scene),
            Kind::Html => Ok(html::page(self, scene).into_bytes()),
        }
    }
}

impl Heading {
    /// What readers of the screen are told after the title.
    fn description(&self) -> String {
        let parts = [&self.subtitle, &self.measure]
            .into_iter()
            .chain(&self.notes);
        let parts = parts.filter(|part| !part.is_empty());
        parts.map(String::as_str).collect::<Vec<_>>().join(". ")
    }
}

/// A cell with a number as far as it is known.
fn known(value: f64, decimals: usize) -> Cell {
    Cell::number(value.is_finite().then_some(value), decimals)
}
