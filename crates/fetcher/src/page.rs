//! Bytes of a page to what it says: pure, and safe on any bytes.

use dom_query::Document;
use newsprint_domain::article::StatedTime;
use url::Url;

use crate::body;
use crate::error::FetchError;
use crate::metadata::Metadata;
use crate::parsing::parsed;
use crate::reservation::{self, Reservation};
use crate::wall::{Seen, Wall, wall};

/// What a page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Headline as stated, with the controls of writing direction that it may hold.
    pub title: Option<String>,
    /// Names in the order given.
    pub authors: Vec<String>,
    /// The address that the page gives itself, absolute.
    pub canonical: Option<String>,
    /// The site's own name.
    pub site: Option<String>,
    /// BCP 47 tag as stated.
    pub language: Option<String>,
    /// Publication time as stated, and the place it was found in.
    pub published: Option<(StatedTime, String)>,
    /// What its publisher reserves of the text's use by machines.
    pub reservations: Vec<Reservation>,
    /// What stands before the article, where this is no more than that.
    pub wall: Option<Wall>,
    /// Body text, paragraphs separated by newlines; or why there is none.
    pub body: Result<String, FetchError>,
}

/// Reads a page that came from `address` (where that is known) with this Content-Type; `asked` is the address that was asked for
/// first, where redirects led from there to `address`.
///
/// # Errors
///
/// [`FetchError::Unreadable`] where it is empty, nests too deeply or has too many elements; [`FetchError::TooSlow`] where it takes
/// too long to parse. Why there is no body is told by [`Page::body`].
pub fn read(
    bytes: &[u8],
    content_type: Option<&str>,
    address: Option<&Url>,
    asked: Option<&Url>,
) -> Result<Page, FetchError> {
    if bytes.is_empty() {
        return Err(FetchError::Unreadable("the page is empty".into()));
    }
    let (address, asked) = (address.cloned(), asked.cloned());
    parsed(bytes, content_type, move |html, document| {
        said(html, document, address.as_ref(), asked.as_ref())
    })
}

fn said<'a>(
    html: &str,
    document: Document,
    address: Option<&'a Url>,
    asked: Option<&'a Url>,
) -> Page {
    let metadata = Metadata::read(&document, address);
    let reservations = reservation::in_page(&document);
    let body = body::text(document, &metadata.authors);
    let path = |url: Option<&'a Url>| url.map_or("", Url::path);
    let wall = wall(&Seen {
        host: address.and_then(Url::host_str).unwrap_or_default(),
        paths: (path(asked), path(address)),
        html,
        title: metadata.title.as_deref().unwrap_or_default(),
        body: body.as_deref().unwrap_or_default(),
        is_free: metadata.is_free,
    });
    Page {
        title: metadata.title,
        authors: metadata.authors,
        canonical: metadata.canonical,
        site: metadata.site,
        language: metadata.language,
        published: metadata.published,
        reservations,
        wall,
        body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENTENCE: &str = "The small-cap benchmark rose again on Tuesday, as traders raised their bets on easier policy. ";

    fn page(head: &str, inside: &str) -> Page {
        let paragraphs = format!("<p>{}</p>", SENTENCE.repeat(3)).repeat(4);
        let html = format!("<html lang='en-AU'><head>{head}</head><body><nav><a href='/'>Home</a></nav>
            <article><h1>Small caps soar</h1>{inside}{paragraphs}</article><footer>Subscribe now</footer></body></html>");
        let address =
            Url::parse("https://www.harbourledger.example/markets/a?utm_source=x").unwrap();
        read(
            html.as_bytes(),
            Some("text/html; charset=utf-8"),
            Some(&address),
            None,
        )
        .unwrap()
    }

    fn published(head: &str, inside: &str) -> Option<(String, String)> {
        page(head, inside)
            .published
            .map(|(stated, place)| (stated.to_string(), place))
    }

    #[test]
    fn json_ld_is_read_first_wherever_it_is_in_the_graph() {
        let head = r#"<script type="application/ld+json">{"@graph":[{"@type":"WebPage","datePublished":"2020-01-01"},
            {"@type":["NewsArticle"],"headline":"Small caps &amp; co","datePublished":"2024-07-17T08:10:00+10:00",
             "author":[{"@type":"Person","name":"Ann Lee"},"Bo Ray"],"publisher":{"name":"Harbour Ledger"}}]}</script>
            <meta property="article:published_time" content="2024-07-18">"#;
        let page = page(head, "");
        assert_eq!(page.title.as_deref(), Some("Small caps & co"));
        assert_eq!(page.authors, ["Ann Lee", "Bo Ray"]);
        assert_eq!(page.site.as_deref(), Some("Harbour Ledger"));
        let (stated, place) = page.published.unwrap();
        assert_eq!(
            (stated.to_string().as_str(), place.as_str()),
            ("2024-07-17T08:10:00+10:00", "json_ld:datePublished")
        );
    }

    #[test]
    fn a_drafts_creation_is_no_publication() {
        let head = r#"<script type="application/ld+json">{"@type":"https://schema.org/NewsArticle",
            "dateCreated":"2024-07-10T09:00Z"}</script>"#;
        let meta = "<meta property='article:published_time' content='2024-07-16T21:00:00Z'>";
        let found = published(&format!("{head}{meta}"), "");
        assert_eq!(
            found,
            Some((
                "2024-07-16T21:00:00Z".into(),
                "meta:article:published_time".into()
            ))
        );
        let alone = published(head, "");
        assert_eq!(
            alone,
            Some(("2024-07-10T09:00:00Z".into(), "json_ld:dateCreated".into()))
        );
    }

    #[test]
    fn then_meta_then_time() {
        let meta = "<meta name='Date' content='2024-07-11'><meta property='article:published_time' content='nonsense'>";
        let found = |stated: &str, place: &str| Some((stated.to_owned(), place.to_owned()));
        assert_eq!(
            published(meta, "<time datetime='2024-07-12'>x</time>"),
            found("2024-07-11", "meta:date")
        );
        assert_eq!(
            published("", "<time datetime='2024-07-12T10:00Z'>x</time>"),
            found("2024-07-12T10:00:00Z", "time:datetime")
        );
        assert_eq!(
            published(
                "<script type='application/ld+json'>{\"@type\":</script>",
                ""
            ),
            None
        );
    }

    #[test]
    fn the_canonical_address_is_absolute_and_a_web_address() {
        let canonical = |head: &str| page(head, "").canonical;
        assert_eq!(
            canonical("<link rel=canonical href='/markets/a'>").as_deref(),
            Some("https://www.harbourledger.example/markets/a")
        );
        assert_eq!(
            canonical("<link rel=canonical href='javascript:alert(1)'>"),
            None
        );
        assert_eq!(canonical(""), None);
    }

    #[test]
    fn the_body_leaves_out_what_stands_around_it() {
        let body = page("", "").body.unwrap();
        assert!(body.contains("small-cap benchmark"));
        assert!(!body.contains("Home") && !body.contains("Subscribe"));
        assert_eq!(page("", "").language.as_deref(), Some("en-AU"));
    }

    #[test]
    fn a_redirect_to_a_thin_front_page_is_a_missing_page() {
        let wall = |asked: Option<&str>, answered: &str| {
            let url = |path: &str| {
                Url::parse("https://harbourledger.example")
                    .unwrap()
                    .join(path)
            };
            let asked = asked.map(|path| url(path).unwrap());
            let html = b"<title>Harbour Ledger</title><p>Markets. Companies. Opinion.";
            let page = read(html, None, Some(&url(answered).unwrap()), asked.as_ref());
            page.unwrap().wall
        };
        assert_eq!(wall(Some("/2019/07/old-story"), "/"), Some(Wall::Missing));
        assert_eq!(wall(Some("/2019/07/old-story"), "/markets"), None);
        assert_eq!(wall(Some("/"), "/"), None);
        assert_eq!(wall(None, "/"), None);
    }

    #[test]
    fn what_cannot_be_read_is_refused_and_never_kills() {
        assert!(read(b"", None, None, None).is_err());
        assert!(read("<div>".repeat(100_000).as_bytes(), None, None, None).is_err());
        let noise: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        assert_eq!(read(&noise, None, None, None).unwrap().published, None);
    }
}
