//! RSS, Atom and JSON feeds: the addresses of a publisher's newest articles.

use std::collections::HashSet;

use url::Url;

use crate::error::FetchError;

/// Entries of one feed that are read; publishers list far fewer.
const MAX_ENTRIES: usize = 1_000;

/// The addresses of a feed's entries in the feed's order, each once, made absolute by the feed's own address.
pub fn entry_addresses(bytes: &[u8], feed_address: &Url) -> Result<Vec<String>, FetchError> {
    // feed-rs 3.0 panics on some UTF-16 feeds; one hostile feed must not end the job.
    let parsed = std::panic::catch_unwind(|| feed_rs::parser::parse(bytes));
    let parsed =
        parsed.map_err(|_| FetchError::Unreadable("the feed parser failed on it".into()))?;
    let feed = parsed.map_err(|error| FetchError::Unreadable(format!("not a feed: {error}")))?;
    let mut addresses: Vec<String> = Vec::new();
    let mut known = HashSet::new();
    for entry in feed.entries.iter().take(MAX_ENTRIES) {
        let page = entry
            .links
            .iter()
            .find(|link| matches!(link.rel.as_deref(), None | Some("alternate")));
        let Some(link) = page.or(entry.links.first()) else {
            continue;
        };
        let Ok(address) = feed_address.join(link.href.trim()) else {
            continue;
        };
        if known.insert(address.to_string()) {
            addresses.push(address.into());
        }
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(feed: &str) -> Result<Vec<String>, FetchError> {
        entry_addresses(
            feed.as_bytes(),
            &Url::parse("https://harbourledger.example/feed.xml").unwrap(),
        )
    }

    #[test]
    fn rss_and_atom_entries_give_their_pages_once_each() {
        let rss = "<rss version='2.0'><channel><title>t</title>
            <item><link>/a</link></item><item><link>https://harbourledger.example/b</link></item>
            <item><link>/a</link></item><item><title>no link</title></item></channel></rss>";
        let expected = [
            "https://harbourledger.example/a",
            "https://harbourledger.example/b",
        ];
        assert_eq!(addresses(rss).unwrap(), expected);
        let atom = "<feed xmlns='http://www.w3.org/2005/Atom'><id>f</id><title>t</title><updated>2024-07-17T00:00:00Z</updated>
            <entry><id>1</id><title>a</title><updated>2024-07-17T00:00:00Z</updated>
            <link rel='enclosure' href='/a.mp3'/><link rel='alternate' href='/a'/></entry></feed>";
        assert_eq!(
            addresses(atom).unwrap(),
            ["https://harbourledger.example/a"]
        );
    }

    #[test]
    fn what_is_no_feed_says_so() {
        let error = addresses("<html><body>Sign in</body></html>").unwrap_err();
        assert_eq!(error.kind(), "unreadable");
        assert!(addresses("").is_err());
    }
}
