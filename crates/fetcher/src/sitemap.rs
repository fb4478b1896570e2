//! Sitemaps (<https://www.sitemaps.org/protocol.html>), news sitemaps and indexes of them: XML, plain lists of addresses, compressed
//! or not.

use std::collections::HashSet;
use std::io::Read as _;

use flate2::bufread::MultiGzDecoder;
use newsprint_domain::article::StatedTime;
use url::Url;

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
    let mut sitemap = Sitemap::default();
    let is_sitemap = if text.starts_with('<') {
        sitemap.read_markup(text, address)
    } else {
        sitemap.read_lines(text, address)
    };
    if is_sitemap {
        return Ok(sitemap);
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

impl Sitemap {
    /// Whether the text is a sitemap at all.
    fn read_markup(&mut self, text: &str, address: &Url) -> bool {
        let mut is_sitemap = false;
        let mut known = HashSet::new();
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
                    let text = words.trim();
                    match name.to_ascii_lowercase().as_str() {
                        "image:loc" | "video:loc" | "image:title" | "video:title" => {}
                        lower_case => match local(lower_case) {
                            "loc" => page.address = absolute(text, address).unwrap_or_default(),
                            "lastmod" => page.modified = feed_date::parse(text),
                            "publication_date" => page.published = feed_date::parse(text),
                            "title" => page.title = Some(text.to_owned()),
                            "url" => {
                                let page = std::mem::take(&mut page);
                                if !page.address.is_empty() && known.insert(page.address.clone()) {
                                    self.pages.push(page);
                                }
                            }
                            "sitemap" => {
                                let page = std::mem::take(&mut page);
                                let stated = absolute(text, address).filter(|_| !text.is_empty());
                                let listed = Some(page.address).filter(|listed| !listed.is_empty());
                                let listed = listed
                                    .or(stated)
                                    .filter(|listed| known.insert(listed.clone()));
                                self.sitemaps.extend(listed);
                            }
                            _ => {}
                        },
                    }
                    words.clear();
                }
            }
            if known.len() >= MAX_ADDRESSES {
                break;
            }
        }
        is_sitemap
    }

    /// Whether every line is an address.
    fn read_lines(&mut self, text: &str, address: &Url) -> bool {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut known = HashSet::new();
        for line in lines.take(MAX_ADDRESSES) {
            if !line.starts_with("http") {
                return false;
            }
            let listed = absolute(line, address).filter(|listed| known.insert(listed.clone()));
            self.pages.extend(listed.map(|address| ListedPage {
                address,
                ..ListedPage::default()
            }));
        }
        !self.pages.is_empty()
    }
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn absolute(text: &str, address: &Url) -> Option<String> {
    address.join(text).ok().map(String::from)
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
        let index = "<sitemapindex><sitemap><loc>https://a.example/1.xml</loc><lastmod>2024-07-17</lastmod></sitemap>
            <sitemap>\nhttps://a.example/2.xml?a=1&amp;b=2\n</sitemap></sitemapindex>";
        let sitemap = read(index.as_bytes(), &address()).unwrap();
        let expected = ["https://a.example/1.xml", "https://a.example/2.xml?a=1&b=2"];
        assert_eq!(sitemap.sitemaps, expected);
    }

    #[test]
    fn lists_of_addresses_and_what_is_no_sitemap() {
        let list = "https://a.example/1\r\nhttps://a.example/2\r\n";
        assert_eq!(read(list.as_bytes(), &address()).unwrap().pages.len(), 2);
        for text in ["", "<html><body>Sign in</body></html>", "Not found"] {
            assert!(read(text.as_bytes(), &address()).is_err(), "{text}");
        }
    }
}
