//! Sitemaps (<https://www.sitemaps.org/protocol.html>), news sitemaps and indexes of them: XML, plain lists of addresses, compressed
//! or not.

use std::collections::HashSet;
use std::io::Read as _;

use flate2::bufread::MultiGzDecoder;
use newsprint_domain::article::StatedTime;
use url::Url;

use crate::address::domain_of;
use crate::encoding;
use crate::error::FetchError;
use crate::feed_date;
use crate::markup::{Markup, Piece};

/// Addresses of one sitemap that are read, as many as the protocol lets it have.
const MAX_ADDRESSES: usize = 50_000;
/// Decoded bytes of one, as many as the protocol lets it have.
const MAX_BYTES: u64 = 50 * 1024 * 1024;

/// What a sitemap lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sitemap {
    /// Pages, each once.
    pub pages: Vec<ListedPage>,
    /// Further sitemaps, each once.
    pub sitemaps: Vec<String>,
    /// Addresses that were left out: on another registrable domain than the sitemap's, which nobody has shown it to speak for, or
    /// beyond the most that one may list.
    pub n_left_out: usize,
}

/// A page in a sitemap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListedPage {
    /// Its address, absolute.
    pub address: String,
    /// When it was last changed.
    pub modified: Option<StatedTime>,
    /// Of a news sitemap: the article's title.
    pub title: Option<String>,
    /// Of a news sitemap: when it was published.
    pub published: Option<StatedTime>,
}

/// Reads a sitemap; relative addresses are made absolute by its own `address`.
pub fn read(bytes: &[u8], address: &Url) -> Result<Sitemap, FetchError> {
    let unpacked = unpacked(bytes)?;
    let text = encoding::text_of(&unpacked);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let mut reader = Reader {
        address,
        domain: domain_of(address.as_str()),
        known: HashSet::new(),
        sitemap: Sitemap::default(),
    };
    let is_sitemap = if text.starts_with('<') {
        reader.read_markup(text)
    } else {
        reader.read_lines(text)
    };
    if is_sitemap {
        return Ok(reader.sitemap);
    }
    let reason = "not a sitemap: neither <urlset>, <sitemapindex> nor a list of addresses";
    Err(FetchError::Unreadable(reason.into()))
}

/// The bytes without compression.
fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, FetchError> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes.to_vec());
    }
    let mut unpacked = Vec::new();
    let read = MultiGzDecoder::new(bytes)
        .take(MAX_BYTES)
        .read_to_end(&mut unpacked);
    match read {
        // What breaks off keeps what came before.
        Err(error) if unpacked.is_empty() => {
            Err(FetchError::Unreadable(format!("damaged gzip: {error}")))
        }
        _ => Ok(unpacked),
    }
}

struct Reader<'a> {
    address: &'a Url,
    /// The registrable domain of the sitemap.
    domain: Option<String>,
    known: HashSet<String>,
    sitemap: Sitemap,
}

impl Reader<'_> {
    /// Whether the text is a sitemap at all.
    fn read_markup(&mut self, text: &str) -> bool {
        let mut is_sitemap = false;
        let mut page = ListedPage::default();
        let mut words = String::new();
        for piece in Markup::new(text) {
            match piece {
                Piece::Open { name, .. } => {
                    is_sitemap |= matches!(local(name), "urlset" | "sitemapindex");
                    words.clear();
                }
                Piece::Text(text) => words.push_str(&text),
                Piece::Close(name) => {
                    self.closes(name, words.trim(), &mut page);
                    words.clear();
                }
            }
        }
        is_sitemap
    }

    /// Puts the words of an element where they belong.
    fn closes(&mut self, name: &str, words: &str, page: &mut ListedPage) {
        let name = name.to_ascii_lowercase();
        if name.starts_with("image:") || name.starts_with("video:") {
            return;
        }
        match local(&name) {
            "loc" => page.address = words.to_owned(),
            "lastmod" => page.modified = feed_date::parse(words),
            "publication_date" => page.published = feed_date::parse(words),
            "title" => page.title = Some(words.to_owned()),
            "url" => {
                let page = std::mem::take(page);
                let address = self.new_address(&page.address);
                self.sitemap
                    .pages
                    .extend(address.map(|address| ListedPage { address, ..page }));
            }
            "sitemap" => {
                let page = std::mem::take(page);
                // Some indexes have the address in the element itself.
                let stated = if page.address.is_empty() {
                    words
                } else {
                    &page.address
                };
                let address = self.new_address(stated);
                self.sitemap.sitemaps.extend(address);
            }
            _ => {}
        }
    }

    /// Whether every line is an address.
    fn read_lines(&mut self, text: &str) -> bool {
        let lines = text.lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty()) {
            if !line.starts_with("http") {
                return false;
            }
            let address = self.new_address(line);
            self.sitemap.pages.extend(address.map(|address| ListedPage {
                address,
                ..ListedPage::default()
            }));
        }
        !self.sitemap.pages.is_empty()
    }

    /// The absolute address, where it is one that the sitemap may list and has not listed before.
    fn new_address(&mut self, stated: &str) -> Option<String> {
        if stated.is_empty() {
            return None;
        }
        let listed = self.address.join(stated).ok()?;
        let is_own = listed.host() == self.address.host()
            || (self.domain.is_some() && domain_of(listed.as_str()) == self.domain);
        if !is_own || self.known.len() >= MAX_ADDRESSES {
            self.sitemap.n_left_out += 1;
            return None;
        }
        let listed = String::from(listed);
        self.known.insert(listed.clone()).then_some(listed)
    }
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn address() -> Url {
        Url::parse("https://harbourledger.example/sitemap.xml").unwrap()
    }

    const NEWS: &str =
        "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'
        xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>
        <url><loc> https://harbourledger.example/a?x=1&amp;y=2 </loc><lastmod>2024-07-17</lastmod>
        <image:image><image:loc>https://harbourledger.example/a.jpg</image:loc></image:image>
        <news:news><news:publication><news:name>Harbour Ledger</news:name></news:publication>
        <news:publication_date>2024-07-17T08:10:00+10:00</news:publication_date>
        <news:title>Small caps soar</news:title></news:news></url>
        <url><loc>/b</loc></url><url><loc>/b</loc></url><url><loc>/c</loc>";

    #[test]
    fn pages_of_a_news_sitemap() {
        let sitemap = read(NEWS.as_bytes(), &address()).unwrap();
        let [first, second] = sitemap.pages.as_slice() else {
            panic!("{sitemap:?}");
        };
        assert_eq!(first.address, "https://harbourledger.example/a?x=1&y=2");
        assert_eq!(first.title.as_deref(), Some("Small caps soar"));
        let published = first.published.map(|stated| stated.to_string());
        assert_eq!(published.as_deref(), Some("2024-07-17T08:10:00+10:00"));
        assert_eq!(second.address, "https://harbourledger.example/b");
    }

    #[test]
    fn compressed_and_broken_off() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(NEWS.as_bytes()).unwrap();
        let packed = encoder.finish().unwrap();
        assert_eq!(
            read(&packed, &address()).unwrap(),
            read(NEWS.as_bytes(), &address()).unwrap()
        );
        assert!(read(&[0x1f, 0x8b, 8, 0], &address()).is_err());
    }

    #[test]
    fn an_index_lists_sitemaps_in_either_way() {
        let index = "<sitemapindex><sitemap><loc>https://news.harbourledger.example/1.xml</loc><lastmod>2024-07-17</lastmod></sitemap>
            <sitemap>\nhttps://harbourledger.example/2.xml?a=1&amp;b=2\n</sitemap></sitemapindex>";
        let sitemap = read(index.as_bytes(), &address()).unwrap();
        let expected = [
            "https://news.harbourledger.example/1.xml",
            "https://harbourledger.example/2.xml?a=1&b=2",
        ];
        assert_eq!(sitemap.sitemaps, expected);
    }

    #[test]
    fn a_sitemap_speaks_for_its_own_domain_alone() {
        let index = "<urlset><url><loc>http://127.0.0.1/a</loc></url><url><loc>https://other.example/a</loc></url>
            <url><loc>javascript:alert(1)</loc></url></urlset>";
        let sitemap = read(index.as_bytes(), &address()).unwrap();
        assert_eq!((sitemap.pages.len(), sitemap.n_left_out), (0, 3));
    }

    #[test]
    fn lists_of_addresses_and_what_is_no_sitemap() {
        let list = "https://harbourledger.example/1\r\nhttps://harbourledger.example/2\r\n";
        assert_eq!(read(list.as_bytes(), &address()).unwrap().pages.len(), 2);
        for text in ["", "<html><body>Sign in</body></html>", "Not found"] {
            assert!(read(text.as_bytes(), &address()).is_err(), "{text}");
        }
    }
}
