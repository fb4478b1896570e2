//! `probe robots`: which paths a robots.txt lets which agents ask for.

use std::path::{Path, PathBuf};

use newsprint_fetcher::robots::Robots;
use serde::Deserialize;
use serde_json::json;

use super::{Answer, fields};

#[derive(Deserialize)]
pub(super) struct Line {
    file: PathBuf,
    /// Agent and path.
    cases: Vec<(String, String)>,
}

pub(super) fn probe(folder: &Path, line: &Line) -> Answer {
    let file = folder.join(&line.file);
    let bytes =
        std::fs::read(&file).map_err(|error| format!("read {}: {error}", file.display()))?;
    let robots = Robots::parse(&bytes);
    let decisions = line
        .cases
        .iter()
        .map(|(agent, path)| robots.decide(agent, path).allowed);
    fields(json!({ "allowed": decisions.collect::<Vec<bool>>() }))
}
