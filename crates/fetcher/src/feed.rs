//! RSS, Atom and JSON feeds: what a publisher lists of its newest articles.
//!
//! Read as generously as feedparser reads them: broken markup, undeclared entities, wrong encodings and dates of every sort; a feed
//! that breaks off gives the entries that are whole.

mod element;
mod gathered;
mod json;

mod reader;
mod role;

use std::collections::HashSet;

use newsprint_domain::article::StatedTime;
use url::Url;

use crate::encoding;
use crate::error::FetchError;

/// A feed as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feed {
    /// Its title.
    pub title: Option<String>,
    /// Its entries, in the feed's order.
    pub entries: Vec<Entry>,
    /// Entries beyond the most that are read of one feed, which were left out.
    pub n_left_out: usize,
    /// Whether the feed breaks off; an entry that is not whole is left out.
    pub is_cut: bool,
}

/// One entry; what the feed does not state is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// What the feed knows it by: guid, id or `rdf:about`.
    pub id: Option<String>,
    /// Address of the article's page, absolute where the feed's own address is known.
    pub link: Option<String>,
    /// Title without markup.
    pub title: Option<String>,
    /// Author: a name, a name and an address, or whatever stands there.
    pub author: Option<String>,
    /// When it was published, or created where that alone is stated.
    pub published: Option<StatedTime>,
    /// When it was changed.
    pub updated: Option<StatedTime>,
    /// Content, or the summary where there is no content: HTML or text.
    pub content: Option<String>,
}

/// Reads a feed; relative addresses are made absolute by `address`, its own.
pub fn read(bytes: &[u8], address: Option<&Url>) -> Result<Feed, FetchError> {
    let text = encoding::text_of(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let feed = match text.trim_start().starts_with('{') {
        true => json::read(text, address).ok_or("no JSON Feed"),
        false => reader::read(text, address),
    };
    feed.map_err(|reason| FetchError::Unreadable(format!("not a feed: {reason}")))
}

impl Feed {
    /// The addresses of its entries in its order, each once.
    pub fn addresses(self) -> Vec<String> {
        let mut known = HashSet::new();
        let links = self.entries.into_iter().filter_map(|entry| entry.link);
        let new = links.filter(|link| Url::parse(link).is_ok() && known.insert(link.clone()));
        new.collect()
    }
}

/// The addresses of a feed's entries, made absolute by the feed's own address.
pub fn entry_addresses(bytes: &[u8], feed_address: &Url) -> Result<Vec<String>, FetchError> {
    Ok(read(bytes, Some(feed_address))?.addresses())
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
    fn a_link_that_is_no_address_is_left_out() {
        let rss = "<rss><channel><item><link>https://[broken/</link></item><item><link>/a</link></item></channel></rss>";
        assert_eq!(addresses(rss).unwrap(), ["https://harbourledger.example/a"]);
    }

    #[test]
    fn what_is_no_feed_says_so() {
        let error = addresses("<html><body>Sign in</body></html>").unwrap_err();
        assert_eq!(error.kind(), "unreadable");
        assert!(addresses("").is_err());
    }
}
