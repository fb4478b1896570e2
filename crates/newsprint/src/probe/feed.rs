//! `probe feed`: a feed's file to its title and entries.

use std::path::{Path, PathBuf};

use newsprint_domain::article::StatedTime;
use newsprint_fetcher::feed;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{Answer, fields};

#[derive(Deserialize)]
pub(super) struct Line {
    file: PathBuf,
    /// The feed's own address, by which relative ones are made absolute.
    url: Option<String>,
}

pub(super) fn probe(folder: &Path, line: &Line) -> Answer {
    let file = folder.join(&line.file);
    let bytes =
        std::fs::read(&file).map_err(|error| format!("read {}: {error}", file.display()))?;
    let address = line.url.as_deref().and_then(|url| Url::parse(url).ok());
    let feed = feed::read(&bytes, address.as_ref()).map_err(|error| error.to_string())?;
    let entries = feed.entries.iter().map(|entry| {
        json!({
            "id": entry.id,
            "link": entry.link,
            "title": entry.title,
            "author": entry.author,
            "published": entry.published.map(in_utc),
            "updated": entry.updated.map(in_utc),
            "content": entry.content,
        })
    });
    fields(json!({
        "title": feed.title,
        "entries": entries.collect::<Vec<Value>>(),
        "n_left_out": feed.n_left_out,
        "is_cut": feed.is_cut,
    }))
}

/// A time without an offset is taken for UTC, and a date for its first second, as feed readers do.
fn in_utc(stated: StatedTime) -> String {
    let instant = match stated {
        StatedTime::Instant(instant) => instant.to_utc(),
        StatedTime::Local(local) => local.and_utc(),
        StatedTime::Day(day) => day.and_time(chrono::NaiveTime::MIN).and_utc(),
    };
    instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
