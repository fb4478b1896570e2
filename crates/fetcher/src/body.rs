//! The body text of a page, without what stands around it.

use dom_query::Document;
use dom_smoothie::{Config, Readability, TextMode};

use crate::error::FetchError;

/// Elements that a page may have.
const MAX_ELEMENTS: usize = 300_000;

/// The body in paragraphs separated by newlines.
pub(crate) fn text(document: Document) -> Result<String, FetchError> {
    let config = Config {
        disable_json_ld: true,
        max_elements_to_parse: MAX_ELEMENTS,
        text_mode: TextMode::Formatted,
        ..Config::default()
    };
    let readability = Readability::with_document(document, None, Some(config));
    let article = readability.and_then(|mut readability| readability.parse());
    let article = article.map_err(|error| FetchError::NotArticle(error.to_string()))?;
    let lines = article
        .text_content
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    Ok(lines.collect::<Vec<_>>().join("\n"))
}
