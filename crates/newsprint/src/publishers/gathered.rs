//! What a site's candidates turned out to be, and which of them become its sources. Pure.

use std::collections::BTreeSet;

use newsprint_fetcher::address::domain_of;
use newsprint_fetcher::discovery::{Candidate, CandidateKind};
use newsprint_fetcher::error::FetchError;
use newsprint_fetcher::feed;
use newsprint_fetcher::http::Body;
use newsprint_fetcher::publisher::Source;
use newsprint_fetcher::sitemap;
use url::Url;

use super::counted;

/// Sources of one publisher that are looked for.
const MAX_SOURCES: usize = 8;

/// The candidates that work, in the order in which they were asked.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    working: Vec<Working>,
}

/// A candidate that lists something.
#[derive(Debug)]
struct Working {
    /// Where it is to be asked from now on.
    address: Url,
    kind: Kind,
    /// What it lists: addresses of pages, or of further sitemaps.
    listed: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Feed,
    /// A sitemap of what is new, which says of its pages when they were published.
    NewsSitemap,
    /// Any other sitemap, or an index of sitemaps: of everything that the site ever had.
    Sitemap,
}

impl Kind {
    fn is_sitemap(self) -> bool {
        self != Self::Feed
    }
}

impl Gathered {
    /// Whether `candidate` is worth asking: once a feed works, nobody need guess where another is.
    pub(super) fn wants(&self, candidate: &Candidate) -> bool {
        let is_guess = candidate.is_guess() && candidate.kind == CandidateKind::Feed;
        let is_idle = is_guess && self.has_feed();
        !(self.is_full() || is_idle)
    }

    /// Takes in what `candidate` answered, to be asked at `address` from now on. Says what it lists, or why it is of no use.
    pub(super) fn take(
        &mut self,
        candidate: &Candidate,
        address: Url,
        body: &Body,
    ) -> Result<String, String> {
        let (kind, listed) = read(candidate.kind, body).map_err(|error| error.to_string())?;
        if listed.is_empty() {
            return Err("it lists nothing".to_owned());
        }
        let twin = self.working.iter().find(|other| {
            let is_alike = other.kind.is_sitemap() == kind.is_sitemap();
            other.address == address || (is_alike && other.listed == listed)
        });
        if let Some(twin) = twin {
            return Err(format!("it lists what {} lists", twin.address));
        }
        let says = told(kind, &listed, body);
        self.working.push(Working {
            address,
            kind,
            listed,
        });
        Ok(says)
    }

    /// The sources, and the addresses of sitemaps that are left out because a feed works.
    pub(super) fn sources(self) -> (Vec<Source>, Vec<Url>) {
        let has_feed = self.has_feed();
        let is_kept = |found: &Working| !has_feed || found.kind != Kind::Sitemap;
        let (kept, dropped): (Vec<Working>, Vec<Working>) =
            self.working.into_iter().partition(is_kept);
        let sources = kept.into_iter().take(MAX_SOURCES).map(|found| {
            let url = found.address.into();
            match found.kind {
                Kind::Feed => Source::Feed { url },
                Kind::NewsSitemap | Kind::Sitemap => Source::Sitemap { url },
            }
        });
        let dropped = dropped.into_iter().map(|found| found.address);
        (sources.collect(), dropped.collect())
    }

    fn has_feed(&self) -> bool {
        self.working.iter().any(|found| found.kind == Kind::Feed)
    }

    /// Sitemaps of everything do not count: a feed may yet be found, and take their place.
    fn is_full(&self) -> bool {
        let lasting = self.working.iter();
        let lasting = lasting.filter(|found| found.kind != Kind::Sitemap);
        lasting.count() >= MAX_SOURCES
    }
}

/// What a body is and what it lists. A feed may stand for a sitemap (<https://www.sitemaps.org/protocol.html#otherformats>).
fn read(kind: CandidateKind, body: &Body) -> Result<(Kind, BTreeSet<String>), FetchError> {
    let feed = || feed::entry_addresses(&body.bytes, &body.address);
    let as_feed = |listed: Vec<String>| (Kind::Feed, BTreeSet::from_iter(listed));
    if kind == CandidateKind::Feed {
        return feed().map(as_feed);
    }
    let map = match sitemap::read(&body.bytes, &body.address) {
        Ok(map) => map,
        Err(error) => return feed().map(as_feed).map_err(|_| error),
    };
    let is_news = map.pages.iter().any(|page| page.published.is_some());
    let kind = if is_news {
        Kind::NewsSitemap
    } else {
        Kind::Sitemap
    };
    let pages = map.pages.into_iter().map(|page| page.address);
    Ok((kind, pages.chain(map.sitemaps).collect()))
}

fn told(kind: Kind, listed: &BTreeSet<String>, body: &Body) -> String {
    let count = listed.len();
    match kind {
        Kind::Feed => {
            let own = domain_of(body.address.as_str());
            let is_elsewhere =
                |address: &&String| own.is_some() && domain_of(address.as_str()) != own;
            let n_elsewhere = listed.iter().filter(is_elsewhere).count();
            let elsewhere = match n_elsewhere {
                0 => String::new(),
                _ => format!(", {n_elsewhere} of them on other sites"),
            };
            let entries = counted(count, "entry", "entries");
            format!("a feed of {entries}{elsewhere}")
        }
        Kind::NewsSitemap => format!("a news sitemap of {}", counted(count, "page", "pages")),
        Kind::Sitemap => format!("a sitemap of {}", counted(count, "address", "addresses")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "https://www.harbourledger.example";

    fn at(path: &str) -> Url {
        Url::parse(&format!("{SITE}{path}")).unwrap()
    }

    fn candidate(kind: CandidateKind, path: &str, found_in: &'static str) -> Candidate {
        Candidate {
            kind,
            address: at(path),
            found_in,
        }
    }

    /// What comes of a candidate at `path` that answers `text`.
    fn taken(gathered: &mut Gathered, path: &str, text: &str) -> Result<String, String> {
        let kind = match path.contains("map") {
            true => CandidateKind::Sitemap,
            false => CandidateKind::Feed,
        };
        let body = Body {
            address: at(path),
            content_type: None,
            bytes: text.as_bytes().to_vec(),
        };
        gathered.take(&candidate(kind, path, "link"), at(path), &body)
    }

    fn feed(links: &[&str]) -> String {
        let items: String = links
            .iter()
            .map(|link| format!("<item><link>{link}</link></item>"))
            .collect();
        format!("<rss version='2.0'><channel>{items}</channel></rss>")
    }

    fn map(pages: &[&str], dated: &str) -> String {
        let pages: String = pages
            .iter()
            .map(|page| format!("<url><loc>{page}</loc>{dated}</url>"))
            .collect();
        format!("<urlset>{pages}</urlset>")
    }

    const DATED: &str =
        "<news:news><news:publication_date>2024-07-17</news:publication_date></news:news>";

    #[test]
    fn what_candidates_are_is_told() {
        let mut gathered = Gathered::default();
        let mut says = |path: &str, text: &str| taken(&mut gathered, path, text);
        let elsewhere = feed(&["/a", "https://other.example/b"]);
        assert_eq!(
            says("/f", &elsewhere),
            Ok("a feed of 2 entries, 1 of them on other sites".into())
        );
        assert_eq!(says("/g", &feed(&["/c"])), Ok("a feed of 1 entry".into()));
        assert_eq!(
            says("/news-map", &map(&["/a"], DATED)),
            Ok("a news sitemap of 1 page".into())
        );
        assert_eq!(
            says("/map", &map(&["/a", "/b"], "")),
            Ok("a sitemap of 2 addresses".into())
        );
        let index = "<sitemapindex><sitemap><loc>/map-1</loc></sitemap></sitemapindex>";
        assert_eq!(
            says("/map-index", index),
            Ok("a sitemap of 1 address".into())
        );
        assert_eq!(
            says("/map-that-is-a-feed", &feed(&["/d"])),
            Ok("a feed of 1 entry".into())
        );
    }

    #[test]
    fn what_is_of_no_use_says_why() {
        let mut gathered = Gathered::default();
        taken(&mut gathered, "/f", &feed(&["/a", "/b"])).unwrap();
        let mut refused = |path: &str, text: &str| taken(&mut gathered, path, text).unwrap_err();
        assert_eq!(
            refused("/rss", &feed(&["/b", "/a"])),
            format!("it lists what {SITE}/f lists")
        );
        assert_eq!(refused("/g", &feed(&[])), "it lists nothing");
        assert_eq!(refused("/map", "<urlset></urlset>"), "it lists nothing");
        let page = "<html><body>Sign in</body></html>";
        assert!(refused("/h", page).starts_with("not a feed: "));
        assert!(refused("/map", page).starts_with("not a sitemap: "));
        let (sources, dropped) = gathered.sources();
        assert_eq!((sources.len(), dropped.len()), (1, 0));
    }

    #[test]
    fn a_sitemap_of_everything_gives_way_to_a_feed_and_to_nothing_else() {
        let mut gathered = Gathered::default();
        taken(&mut gathered, "/map", &map(&["/a"], "")).unwrap();
        taken(&mut gathered, "/news-map", &map(&["/b"], DATED)).unwrap();
        let sitemap = |path: &str| Source::Sitemap {
            url: at(path).into(),
        };
        let (sources, dropped) = gathered.sources();
        assert_eq!(sources, [sitemap("/map"), sitemap("/news-map")]);
        assert!(dropped.is_empty());

        let mut gathered = Gathered::default();
        taken(&mut gathered, "/map", &map(&["/a"], "")).unwrap();
        taken(&mut gathered, "/news-map", &map(&["/b"], DATED)).unwrap();
        // The same page in a sitemap and in a feed makes no twins of them.
        taken(&mut gathered, "/f", &feed(&["/a"])).unwrap();
        let (sources, dropped) = gathered.sources();
        let url = at("/f").into();
        assert_eq!(sources, [sitemap("/news-map"), Source::Feed { url }]);
        assert_eq!(dropped, [at("/map")]);
    }

    #[test]
    fn nobody_guesses_where_a_feed_is_once_one_works() {
        let guess = candidate(CandidateKind::Feed, "/rss.xml", "well-known");
        let map_guess = candidate(CandidateKind::Sitemap, "/sitemap.xml", "well-known");
        let named = candidate(CandidateKind::Feed, "/g", "a");
        let mut gathered = Gathered::default();
        taken(&mut gathered, "/map", &map(&["/a"], "")).unwrap();
        assert!(gathered.wants(&guess));
        taken(&mut gathered, "/f", &feed(&["/a"])).unwrap();
        assert!(!gathered.wants(&guess) && gathered.wants(&map_guess) && gathered.wants(&named));
    }

    #[test]
    fn eight_sources_are_enough() {
        let named = candidate(CandidateKind::Feed, "/g", "a");
        let mut gathered = Gathered::default();
        for n in 0..10 {
            taken(
                &mut gathered,
                &format!("/map-{n}"),
                &map(&[&format!("/{n}")], ""),
            )
            .unwrap();
        }
        assert!(gathered.wants(&named), "a feed may yet come");
        assert_eq!(gathered.working.len(), 10);
        for n in 0..8 {
            assert!(gathered.wants(&named));
            taken(
                &mut gathered,
                &format!("/f-{n}"),
                &feed(&[&format!("/{n}")]),
            )
            .unwrap();
        }
        assert!(!gathered.wants(&named));
        assert_eq!(gathered.sources().0.len(), MAX_SOURCES);
    }
}
