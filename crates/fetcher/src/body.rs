//! The body text of a page, without what stands around it.

use dom_query::Document;
use dom_smoothie::{Config, Readability, TextMode};

use crate::error::FetchError;
use crate::tree::MAX_ELEMENTS;

/// Lines at the start among which a byline stands, and the most words it has.
const BYLINE_PLACES: usize = 3;
const MAX_BYLINE_WORDS: usize = 25;

/// The body in paragraphs separated by newlines, without a byline of `authors`.
pub(crate) fn text(document: Document, authors: &[String]) -> Result<String, FetchError> {
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
    let body = lines
        .enumerate()
        .filter(|(place, line)| *place >= BYLINE_PLACES || !is_byline(line, authors));
    Ok(body.map(|(_, line)| line).collect::<Vec<_>>().join("\n"))
}

/// "By Ann Lee | June 12, 2024": the same article under other names is the same text.
fn is_byline(line: &str, authors: &[String]) -> bool {
    let names_author = || authors.iter().any(|author| line.contains(author.as_str()));
    line.to_ascii_lowercase().starts_with("by ")
        && line.split_whitespace().count() <= MAX_BYLINE_WORDS
        && names_author()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byline_is_a_short_line_by_the_author() {
        let authors = ["Ann Lee".to_owned()];
        assert!(is_byline(
            "By Ann Lee | June 12, 2024, 5:35 p.m. ET",
            &authors
        ));
        assert!(!is_byline("By Tuesday the index had fallen", &authors));
        assert!(!is_byline(
            &format!("By the time Ann Lee spoke {}", "it was late ".repeat(9)),
            &authors
        ));
    }
}
