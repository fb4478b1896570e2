//! Section pages: the links of a page that a selector points to.

use std::collections::HashSet;

use dom_query::{Document, Matcher};
use url::Url;

use crate::error::FetchError;
use crate::parsing::parsed;

/// Links of one page that are taken.
const MAX_LINKS: usize = 1_000;

/// Addresses of the links that `selector` finds, or that stand in what it finds, in page order and each once; relative ones are made
/// absolute by the page's `address`, whatever `<base>` says.
///
/// # Errors
///
/// [`FetchError::Unreadable`] where the selector is none, the page cannot be read, or nothing is found: a section without articles is a
/// page whose layout has changed; [`FetchError::TooSlow`] where it takes too long to parse.
pub fn links(
    bytes: &[u8],
    content_type: Option<&str>,
    address: &Url,
    selector: &str,
) -> Result<Vec<String>, FetchError> {
    let unreadable = |reason: String| FetchError::Unreadable(reason);
    let matcher = Matcher::new(selector)
        .map_err(|_| unreadable(format!("\"{selector}\" is no CSS selector")))?;
    let own_address = address.clone();
    let links = parsed(bytes, content_type, move |_, document| {
        found(&document, &matcher, &own_address)
    })?;
    if links.is_empty() {
        return Err(unreadable(format!(
            "no link in what \"{selector}\" finds: has the page's layout changed?"
        )));
    }
    Ok(links)
}

fn found(document: &Document, matcher: &Matcher, address: &Url) -> Vec<String> {
    let mut known = HashSet::new();
    let mut links = Vec::new();
    for found in document.select_matcher(matcher).iter() {
        let inside = found.select("a[href]");
        let own = found.attr("href").into_iter();
        let hrefs = own.chain(inside.iter().filter_map(|link| link.attr("href")));
        for href in hrefs {
            let Ok(mut link) = address.join(href.trim()) else {
                continue;
            };
            link.set_fragment(None);
            let is_page = matches!(link.scheme(), "http" | "https");
            if is_page && links.len() < MAX_LINKS && known.insert(link.to_string()) {
                links.push(link.into());
            }
        }
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<base href='javascript:alert(1)'><nav><a href='/about'>About</a></nav>
        <main><h2 class=story><a href='/a#top'>A</a></h2><h2 class=story><a href='b'>B</a></h2>
        <h2 class=story><a href='/a'>A again</a></h2><h2 class=story><a href='mailto:x@y.example'>C</a></h2></main>";

    fn links_of(selector: &str) -> Result<Vec<String>, FetchError> {
        let address = Url::parse("https://harbourledger.example/markets/").unwrap();
        links(PAGE.as_bytes(), None, &address, selector)
    }

    #[test]
    fn links_in_what_is_selected_and_links_that_are() {
        let expected = [
            "https://harbourledger.example/a",
            "https://harbourledger.example/markets/b",
        ];
        assert_eq!(links_of("h2.story").unwrap(), expected);
        assert_eq!(links_of("main a").unwrap(), expected);
    }

    #[test]
    fn a_selector_that_finds_nothing_is_told() {
        assert!(links_of("h3").unwrap_err().to_string().contains("\"h3\""));
        assert!(
            links_of("h2[")
                .unwrap_err()
                .to_string()
                .contains("no CSS selector")
        );
    }
}
