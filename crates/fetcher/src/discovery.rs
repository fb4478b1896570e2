//! Where a site keeps its feeds and sitemaps, as far as its home page and its robots.txt tell, and the row of `publishers.toml` that
//! comes of it.
//!
//! Nothing is asked here: which of the candidates are there, and what they hold, is for whoever fetches them.

mod finder;
mod row;

use dom_query::Document;
use url::Url;

use crate::error::FetchError;
use crate::metadata::Metadata;
use crate::parsing::parsed;
use crate::publisher::Source;
use crate::robots::Robots;
use finder::Finder;

pub use row::{NewPublisher, id_of};

/// Characters of a name.
const MAX_NAME_CHARACTERS: usize = 120;
/// A language tag need not be longer (RFC 5646, 4.4.1).
const MAX_LANGUAGE_BYTES: usize = 35;
/// Types of feeds in `<link rel="alternate">`; the last is what JSON Feed 1.0 asked for.
const FEED_TYPES: [&str; 5] = [
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
    "application/json",
];
/// How addresses of feeds end.
const FEED_ENDS: [&str; 7] = [
    "/feed",
    "/rss",
    ".rss",
    "rss.xml",
    "feed.xml",
    "atom.xml",
    "feed.json",
];
/// Place of candidates that nobody names.
const GUESSED: &str = "well-known";
/// Where feeds and sitemaps are that nobody names.
const WELL_KNOWN: [(CandidateKind, &str); 8] = [
    (CandidateKind::Feed, "/feed"),
    (CandidateKind::Feed, "/rss"),
    (CandidateKind::Feed, "/rss.xml"),
    (CandidateKind::Feed, "/feed.xml"),
    (CandidateKind::Feed, "/atom.xml"),
    (CandidateKind::Sitemap, "/sitemap_news.xml"),
    (CandidateKind::Sitemap, "/news-sitemap.xml"),
    (CandidateKind::Sitemap, "/sitemap.xml"),
];

/// What a home page says of its site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its own name, or the home page's title.
    pub name: Option<String>,
    /// BCP 47 tag as stated.
    pub language: Option<String>,
    /// Where its articles may be listed, the likeliest first, each once.
    pub candidates: Vec<Candidate>,
}

/// An address that may be a feed or a sitemap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What it would be.
    pub kind: CandidateKind,
    /// Its address, one that may be asked, on the site's own registrable domain.
    pub address: Url,
    /// Where it stands: `link`, `robots.txt`, `a`, or `well-known` where nobody names it.
    pub found_in: &'static str,
}

/// What a candidate would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CandidateKind {
    /// RSS, Atom or JSON Feed.
    Feed,
    /// A sitemap or an index of them.
    Sitemap,
}

impl Candidate {
    /// Whether nobody names it, and it is only where other sites have theirs.
    pub fn is_guess(&self) -> bool {
        self.found_in == GUESSED
    }

    /// The source that it is, where it is there.
    pub fn source(&self) -> Source {
        let url = self.address.to_string();
        match self.kind {
            CandidateKind::Feed => Source::Feed { url },
            CandidateKind::Sitemap => Source::Sitemap { url },
        }
    }
}

/// Reads the home page that came from `address` with this Content-Type, and the robots.txt beside it.
///
/// Candidates stand in order of likelihood: what `<link>` declares, what robots.txt names, what the page links to, and what others have;
/// feeds of comments are left out. Of a page that was fetched from this machine, where that was allowed, they may be on this machine too.
///
/// # Errors
///
/// [`FetchError::Unreadable`] where the page has too much of something; [`FetchError::TooSlow`] where it takes too long to parse.
pub fn candidates(
    home: &[u8],
    content_type: Option<&str>,
    address: &Url,
    robots: &Robots,
) -> Result<Site, FetchError> {
    let own_address = address.clone();
    let home = parsed(home, content_type, move |_, document| {
        Home::read(&document, &own_address)
    })?;
    let mut finder = Finder::new(address);
    finder.add(CandidateKind::Feed, "link", home.declared.into_iter());
    finder.add(
        CandidateKind::Sitemap,
        "robots.txt",
        by_likelihood(robots.sitemaps()).into_iter(),
    );
    finder.add(CandidateKind::Feed, "a", home.linked.into_iter());
    for (kind, path) in WELL_KNOWN {
        finder.add(kind, GUESSED, std::iter::once(path.to_owned()));
    }
    Ok(Site {
        name: home.name,
        language: home.language,
        candidates: finder.candidates,
    })
}

/// What a home page says of its site.
struct Home {
    name: Option<String>,
    language: Option<String>,
    declared: Vec<String>,
    linked: Vec<String>,
}

impl Home {
    fn read(document: &Document, address: &Url) -> Self {
        let metadata = Metadata::read(document, Some(address));
        let title = document.select("head title").first().text();
        let name = metadata.site.unwrap_or_else(|| title.to_string());
        let name: String = single_spaced(&name)
            .chars()
            .take(MAX_NAME_CHARACTERS)
            .collect();
        let language = metadata.language;
        Self {
            name: (!name.is_empty()).then_some(name),
            language: language.filter(|tag| tag.len() <= MAX_LANGUAGE_BYTES),
            declared: declared(document),
            linked: linked(document),
        }
    }
}

/// Addresses of feeds that the page declares.
fn declared(document: &Document) -> Vec<String> {
    let links = document.select("link[rel][type][href]");
    let feeds = links.iter().filter_map(|link| {
        let rel = link.attr("rel")?;
        let media_type = link.attr("type")?.to_ascii_lowercase();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        let mut relations = rel.split_ascii_whitespace();
        let is_feed = relations.any(|relation| relation.eq_ignore_ascii_case("alternate"))
            && FEED_TYPES.contains(&media_type);
        let href = link.attr("href").filter(|_| is_feed)?;
        // WordPress declares the page's own data, which is JSON and no feed.
        let is_data = media_type == "application/json" && href.contains("/wp-json/");
        let title = link.attr("title").unwrap_or_default();
        (!is_data && !is_of_comments(&title) && !is_of_comments(&href)).then(|| href.to_string())
    });
    feeds.collect()
}

/// Addresses of links that look like feeds.
fn linked(document: &Document) -> Vec<String> {
    let links = document.select("a[href]");
    let feeds = links.iter().filter_map(|link| {
        let href = link.attr("href")?;
        let path = href.split(['?', '#']).next()?.trim().trim_end_matches('/');
        let path = path.to_ascii_lowercase();
        let title = link.attr("title").unwrap_or_default();
        let is_feed = FEED_ENDS.iter().any(|end| path.ends_with(end));
        (is_feed && !is_of_comments(&path) && !is_of_comments(&title)).then(|| href.to_string())
    });
    feeds.collect()
}

fn is_of_comments(text: &str) -> bool {
    text.to_ascii_lowercase().contains("comments")
}

/// Sitemaps of news first, those of pictures and films last.
fn by_likelihood(sitemaps: &[String]) -> Vec<String> {
    let mut sorted = sitemaps.to_vec();
    sorted.sort_by_key(|sitemap| {
        let path = sitemap.splitn(4, '/').nth(3).unwrap_or(sitemap);
        let path = path.to_ascii_lowercase();
        let holds = |words: [&str; 2]| words.iter().any(|word| path.contains(word));
        (holds(["image", "video"]), !holds(["news", "article"]))
    });
    sorted
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "https://www.harbourledger.example/";

    fn site(html: &str, robots: &str) -> Site {
        let address = Url::parse(HOME).unwrap();
        let robots = Robots::parse(robots.as_bytes());
        candidates(
            html.as_bytes(),
            Some("text/html; charset=utf-8"),
            &address,
            &robots,
        )
        .unwrap()
    }

    /// Candidates that somebody names, as "place: address" without the host that all share.
    fn named(html: &str, robots: &str) -> Vec<String> {
        let found = site(html, robots).candidates.into_iter();
        let named = found.filter(|candidate| !candidate.is_guess());
        let shown = named.map(|candidate| format!("{}: {}", candidate.found_in, candidate.address));
        shown.map(|shown| shown.replace(HOME, "/")).collect()
    }

    #[test]
    fn feeds_that_the_page_declares_but_those_of_comments() {
        let html = "<head><link rel='Alternate' type='application/rss+xml; charset=utf-8' title='News' href='/feed/#new'>
            <link rel='alternate home' type='APPLICATION/ATOM+XML' href='https://news.harbourledger.example/atom'>
            <link rel=alternate type='application/feed+json' href='json'>
            <link rel=alternate type='application/json' href='/wp-json/wp/v2/pages/2'>
            <link rel=alternate type='application/json+oembed' href='/oembed'>
            <link rel=alternate type='application/rss+xml' title='Harbour Ledger » Comments Feed' href='/c'>
            <link rel=alternate type='application/rss+xml' href='/comments/feed/'>
            <link rel=alternate hreflang=de href='/de/'><link rel=stylesheet type='application/rss+xml' href='/x'>
            <link rel=alternate type='application/rss+xml' href='http://www.harbourledger.example/feed'>";
        let expected = [
            "link: /feed/",
            "link: https://news.harbourledger.example/atom",
            "link: /json",
        ];
        assert_eq!(named(html, ""), expected);
    }

    #[test]
    fn links_that_look_like_feeds() {
        let html = "<a href='/markets/rss/'>RSS</a><a href='/a.RSS?x=1'>A</a><a href='/feeders'>B</a><a href='world/feed.xml'>C</a>
            <a href='/talk/feed' title='Latest comments'>L</a><a href='/comments/rss'>D</a><a href='/a'>rss</a>";
        assert_eq!(
            named(html, ""),
            ["a: /markets/rss/", "a: /a.RSS?x=1", "a: /world/feed.xml"]
        );
    }

    #[test]
    fn sitemaps_that_robots_txt_names_with_news_first() {
        let robots = "Sitemap: https://www.harbourledger.example/video-news.xml\nSitemap: /all.xml\n
            Sitemap: https://www.harbourledger.example/News-1.xml\nSitemap: https://other.example/news.xml";
        let html = "<link rel=alternate type='application/rss+xml' href='/f'><a href='/rss'>r</a>";
        let expected = [
            "link: /f",
            "robots.txt: /News-1.xml",
            "robots.txt: /all.xml",
            "robots.txt: /video-news.xml",
            "a: /rss",
        ];
        assert_eq!(named(html, robots), expected);
    }

    #[test]
    fn then_what_other_sites_have_unless_it_was_named() {
        let found = site("<a href='/rss.xml'>r</a>", "Sitemap: /sitemap.xml").candidates;
        let shown: Vec<&str> = found
            .iter()
            .map(|candidate| candidate.address.path())
            .collect();
        let expected = [
            "/sitemap.xml",
            "/rss.xml",
            "/feed",
            "/rss",
            "/feed.xml",
            "/atom.xml",
            "/sitemap_news.xml",
            "/news-sitemap.xml",
        ];
        assert_eq!(shown, expected);
        assert_eq!(
            found[0].source(),
            Source::Sitemap {
                url: format!("{HOME}sitemap.xml")
            }
        );
        assert_eq!(
            found[2].source(),
            Source::Feed {
                url: format!("{HOME}feed")
            }
        );
    }

    #[test]
    fn a_page_full_of_links_leaves_room_for_the_rest() {
        let link = "<link rel=alternate type=application/rss+xml href";
        let links: String = (0..5_000)
            .map(|n| format!("<a href='/{n}/feed'>x</a>{link}='/{n}'>"))
            .collect();
        let robots: String = (0..5_000).map(|n| format!("Sitemap: /{n}.xml\n")).collect();
        let found = site(&links, &robots).candidates;
        let count = |place: &str| {
            found
                .iter()
                .filter(|candidate| candidate.found_in == place)
                .count()
        };
        assert_eq!(
            (count("link"), count("robots.txt"), count("a"), found.len()),
            (8, 8, 4, 20)
        );
    }

    #[test]
    fn name_and_language_are_what_the_page_says() {
        let said = |html: &str| {
            let site = site(html, "");
            (
                site.name.unwrap_or_default(),
                site.language.unwrap_or_default(),
            )
        };
        let titled = "<html lang='en-AU'><head><title>\n Harbour  Ledger </title></head><h1>Small caps soar</h1>";
        assert_eq!(said(titled), ("Harbour Ledger".into(), "en-AU".into()));
        let named = format!("{titled}<meta property='og:site_name' content='The Ledger'>");
        assert_eq!(said(&named).0, "The Ledger");
        let published = r#"<script type="application/ld+json">{"@type":"NewsArticle","publisher":{"name":"Ledger Ltd"}}</script>"#;
        assert_eq!(said(&format!("{titled}{published}")).0, "Ledger Ltd");
        assert_eq!(said("<svg><title>Logo</title></svg>"), Default::default());
        let long = format!("<html lang='{0}'><title>{0}</title>", "a".repeat(1_000));
        assert_eq!(
            said(&long),
            ("a".repeat(MAX_NAME_CHARACTERS), String::new())
        );
    }

    #[test]
    fn a_page_that_would_harm_the_parser_is_refused() {
        let address = Url::parse(HOME).unwrap();
        let deep = "<div>".repeat(100_000);
        let error = candidates(deep.as_bytes(), None, &address, &Robots::default()).unwrap_err();
        assert_eq!(error.kind(), "unreadable");
    }
}
