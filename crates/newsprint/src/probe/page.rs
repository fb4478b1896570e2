//! `probe page`: what is read from a saved page.

use std::io::Read as _;
use std::path::Path;

use newsprint_domain::article::StatedTime;
use newsprint_fetcher::page;
use newsprint_fetcher::published::resolve;
use newsprint_fetcher::publisher::publisher_of;
use newsprint_fetcher::wall::Wall;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{Answer, fields};
use crate::context::Context;

#[derive(Deserialize)]
pub(super) struct Line {
    #[serde(default)]
    url: Option<String>,
    html: String,
}

pub(super) fn probe(context: &Context, folder: &Path, line: &Line) -> Answer {
    let limit = context.config.settings.fetch.max_body_bytes;
    let bytes = read(&folder.join(&line.html), limit)?;
    let address = line.url.as_deref().and_then(|url| Url::parse(url).ok());
    let page =
        page::read(&bytes, None, address.as_ref(), None).map_err(|error| error.to_string())?;
    let known_as = page
        .canonical
        .as_deref()
        .or(line.url.as_deref())
        .unwrap_or_default();
    let zone =
        publisher_of(&context.config.publishers, known_as).map(|publisher| publisher.timezone.0);
    let published_at = page
        .published
        .as_ref()
        .map(|(stated, found_in)| match stated {
            StatedTime::Local(_) => resolve(*stated, zone, found_in).instant.to_rfc3339(),
            StatedTime::Instant(_) | StatedTime::Day(_) => stated.to_string(),
        });
    fields(json!({
        "title": page.title,
        "authors": page.authors,
        "published_at": published_at,
        "published_source": page.published.map(|(_, found_in)| found_in),
        "canonical_url": page.canonical,
        "site": page.site,
        "language": page.language,
        "wall": page.wall.map(Wall::kind),
        "body": page.body.ok(),
    }))
}

/// The file's bytes, of a `.gz` file the decompressed ones; refuses more than `limit`.
fn read(path: &Path, limit: usize) -> Result<Vec<u8>, String> {
    let shown = path.display();
    let file = std::fs::File::open(path).map_err(|error| format!("{shown}: {error}"))?;
    let is_compressed = path.extension().is_some_and(|extension| extension == "gz");
    let reader: Box<dyn std::io::Read> = if is_compressed {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut bytes = Vec::new();
    let read = reader.take(limit as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("{shown}: {error}"))?;
    if bytes.len() > limit {
        return Err(format!(
            "{shown}: larger than {limit} bytes (fetch.max_body_bytes)"
        ));
    }
    Ok(bytes)
}
