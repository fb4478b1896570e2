//! Bytes of any kind: an answer or a typed refusal, never a panic.

use std::io::Cursor;

use newsprint_fetcher::address::{domain_of, vet};
use newsprint_fetcher::feed::entry_addresses;
use newsprint_fetcher::page;
use newsprint_fetcher::robots::Robots;
use newsprint_fetcher::sitemap;
use newsprint_fetcher::warc::Records;
use proptest::prelude::*;
use url::Url;

const PAGE: &str = include_str!("../../../demo/pages/articles/harbour-ledger-small-caps-soar.html");
const FEED: &str = "<?xml version='1.0'?><rss version='2.0'><channel><title>t</title><item><title>a &amp; b</title>\
    <link>https://a.example/1</link><pubDate>Tue, 16 Jul 2024 20:00:00 GMT</pubDate></item></channel></rss>";

const ARCHIVE: &str = "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/1\r\nContent-Type: application/http\r\n\
    Content-Length: 86\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<p>x\r\n0\r\n\r\n\
    \r\n\r\nWARC/1.0\r\nContent-Length: 3\r\n\r\none\r\n\r\n";

const SITEMAP: &str = "<?xml version='1.0'?><urlset><url><loc>https://a.example/1</loc><lastmod>2024-07-17</lastmod></url>\
    <url><loc>/2?a=1&amp;b=2</loc></url></urlset>";

/// `text` with a few stretches cut out, doubled or overwritten.
fn mutated(text: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let edit = (0..text.len(), 0..text.len() / 4, 0..4_u8, any::<u8>());
    proptest::collection::vec(edit, 1..6)
        .prop_map(|edits| edits.into_iter().fold(text.as_bytes().to_vec(), apply))
}

fn apply(mut bytes: Vec<u8>, (start, length, kind, byte): (usize, usize, u8, u8)) -> Vec<u8> {
    let start = start.min(bytes.len());
    let end = (start + length).min(bytes.len());
    match kind {
        0 => drop(bytes.drain(start..end)),
        1 => bytes.truncate(start),
        2 => {
            let stretch = bytes[start..end].to_vec();
            bytes.extend(stretch);
        }
        _ => bytes[start..end].fill(byte),
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pages(bytes in mutated(PAGE)) {
        if let Ok(page) = page::read(&bytes, None, None, None) {
            prop_assert!(page.canonical.is_none_or(|address| address.starts_with("http")));
        }
    }

    #[test]
    fn noise(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let address = Url::parse("https://a.example/").unwrap();
        prop_assert!(entry_addresses(&bytes, &address).is_err());
        if let Ok(page) = page::read(&bytes, None, Some(&address), None) {
            prop_assert!(page.published.is_none());
        }
    }

    #[test]
    fn feeds(bytes in mutated(FEED)) {
        let address = Url::parse("https://a.example/").unwrap();
        if let Ok(addresses) = entry_addresses(&bytes, &address) {
            prop_assert!(addresses.iter().all(|address| Url::parse(address).is_ok()));
        }
    }

    #[test]
    fn robots(bytes in "[a-z:*$/# \n%.-]{0,300}", path in "/[a-z*$%./?]{0,40}") {
        let decision = Robots::parse(bytes.as_bytes()).decide("newsprint", &path);
        prop_assert!(decision.allowed || decision.rule.is_some_and(|rule| rule.starts_with("Disallow: ")));
    }

    #[test]
    fn stated_times(text in "[0-9TZ:+. ,/a-zé-]{0,40}") {
        let html = format!("<html><head><meta name='date' content='{text}'></head><body><p>x</p></body></html>");
        prop_assert!(page::read(html.as_bytes(), None, None, None).is_ok());
    }

    #[test]
    fn addresses(text in "(https?|ftp|file)?:?/{0,3}[a-z0-9.:@\\[\\]%-]{0,40}") {
        if let Ok(url) = vet(&text, false) {
            prop_assert!(matches!(url.scheme(), "http" | "https") && url.username().is_empty());
        }
        let _ = domain_of(&text);
    }

    #[test]
    fn archives(bytes in mutated(ARCHIVE)) {
        for record in Records::new(Cursor::new(bytes.clone())).unwrap().flatten() {
            prop_assert!(record.content.len() <= bytes.len());
            if let Some(message) = record.message() {
                prop_assert!(message.body(1_000).is_ok_and(|body| body.len() <= 1_000));
            }
        }
    }

    #[test]
    fn sitemaps(bytes in mutated(SITEMAP)) {
        let address = Url::parse("https://a.example/sitemap.xml").unwrap();
        if let Ok(sitemap) = sitemap::read(&bytes, &address) {
            let is_own = |page: &sitemap::ListedPage| domain_of(&page.address).as_deref() == Some("a.example");
            prop_assert!(sitemap.pages.iter().all(is_own));
        }
    }
}
