//! What must hold of any bytes, whoever made them.

use std::io::Cursor;

use newsprint_fetcher::address::domain_of;
use newsprint_fetcher::error::FetchError;
use newsprint_fetcher::message::Message;
use newsprint_fetcher::robots::Robots;
use newsprint_fetcher::warc::Records;
use newsprint_fetcher::{discovery, feed, page, section, sitemap};
use url::Url;

/// Decoded bytes that a body may have here.
const LIMIT_BYTES: usize = 1 << 20;

fn address(path: &str) -> Url {
    Url::parse("https://a.example/")
        .and_then(|root| root.join(path))
        .expect("an address")
}

fn assert_in_time<T>(read: &Result<T, FetchError>) {
    let is_slow = read.as_ref().is_err_and(|error| error.kind() == "too_slow");
    assert!(!is_slow, "a small page takes too long");
}

/// A page, as an article, as a section and as a home page.
pub fn page(bytes: &[u8]) {
    let url = address("news/a");
    let read = page::read(bytes, None, Some(&url), Some(&address("b")));
    assert_in_time(&read);
    if let Ok(page) = read {
        assert!(page.canonical.is_none_or(|link| link.starts_with("http")));
    }
    let links = section::links(bytes, None, &url, "a[href], h2");
    assert_in_time(&links);
    let links = links.unwrap_or_default();
    assert!(links.iter().all(|link| link.starts_with("http")));
    let site = discovery::candidates(bytes, None, &url, &Robots::default());
    assert_in_time(&site);
}

/// A feed; what it gives is no longer than what it holds, but for what it declares.
pub fn feed(bytes: &[u8]) {
    let url = address("feed.xml");
    if let Ok(feed) = feed::read(bytes, Some(&url)) {
        assert!(feed.entries.len() <= bytes.len());
    }
    let addresses = feed::entry_addresses(bytes, &url).unwrap_or_default();
    assert!(addresses.iter().all(|link| Url::parse(link).is_ok()));
}

/// A robots.txt, of which the first line is the path that is asked.
pub fn robots(bytes: &[u8]) {
    let (path, file) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0));
    let robots = Robots::parse(file);
    for agent in ["newsprint", "*", ""] {
        let decision = robots.decide(agent, &String::from_utf8_lossy(path));
        assert!(decision.allowed || decision.rule.is_some());
        let _ = robots.crawl_delay(agent);
    }
    assert!(robots.sitemaps().len() <= file.len());
}

/// A sitemap, which speaks for its own domain alone.
pub fn sitemap(bytes: &[u8]) {
    if let Ok(read) = sitemap::read(bytes, &address("sitemap.xml")) {
        let pages = read.pages.iter().map(|page| &page.address);
        for listed in pages.chain(&read.sitemaps) {
            assert_eq!(domain_of(listed).as_deref(), Some("a.example"), "{listed}");
        }
    }
}

/// An archive and the messages in it, and the bytes as a message themselves.
pub fn warc(bytes: &[u8]) {
    let records = Records::new(Cursor::new(bytes)).expect("no file that could fail");
    let messages = records.flatten().filter_map(|record| {
        let _ = (record.kind(), record.address(), record.date());
        record.message()
    });
    for message in messages.chain(Message::parse(bytes)) {
        let body = message.body(LIMIT_BYTES).unwrap_or_default();
        assert!(body.len() <= LIMIT_BYTES);
    }
}
