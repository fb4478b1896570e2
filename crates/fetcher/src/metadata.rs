//! Title, authors, canonical address, site, language and publication time, each by an order of places.

use dom_query::{Document, Selection};
use newsprint_domain::article::StatedTime;
use serde_json::Value;
use url::Url;

use crate::json_ld;
use crate::stated_time;

/// `<meta>` names and properties that hold a publication time, the most reliable first.
const PUBLISHED_META: [&str; 15] = [
    "article:published_time",
    "og:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "article.published",
    "published_time",
    "publication_date",
    "publish-date",
    "publish_date",
    "pubdate",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "date",
];

/// What a page says of its article.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Metadata {
    pub(crate) title: Option<String>,
    pub(crate) authors: Vec<String>,
    pub(crate) canonical: Option<String>,
    pub(crate) site: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) published: Option<(StatedTime, String)>,
    /// What the page says of free access to the article.
    pub(crate) is_free: Option<bool>,
}

impl Metadata {
    /// Reads a page; relative addresses are made absolute by `address`, where that is known.
    pub(crate) fn read(document: &Document, address: Option<&Url>) -> Self {
        let node = json_ld::article_node(document).unwrap_or(Value::Null);
        let metas = Metas::read(document);
        Self {
            title: title(document, &metas, &node),
            authors: authors(document, &metas, &node),
            canonical: canonical(document, &metas, &node, address),
            site: metas
                .first(&["og:site_name"])
                .or_else(|| json_ld::names(&node, "publisher").into_iter().next()),
            language: language(document, &metas, &node),
            published: published(document, &metas, &node),
            is_free: json_ld::truth(&node, "isAccessibleForFree"),
        }
    }
}

/// Contents of `<meta>` by name, property or itemprop in lower case, in page order.
struct Metas(Vec<(String, String)>);

impl Metas {
    fn read(document: &Document) -> Self {
        let mut metas = Vec::new();
        for meta in document.select("meta[content]").iter() {
            let Some(content) = attribute(&meta, "content") else {
                continue;
            };
            for key in ["property", "name", "itemprop"] {
                if let Some(name) = attribute(&meta, key) {
                    metas.push((name.to_ascii_lowercase(), content.clone()));
                }
            }
        }
        Self(metas)
    }

    fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a String> {
        self.0
            .iter()
            .filter(move |(name, _)| name == key)
            .map(|(_, content)| content)
    }

    fn first(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| self.all(key).next().cloned())
    }
}

fn title(document: &Document, metas: &Metas, node: &Value) -> Option<String> {
    let headline = json_ld::text(node, "headline");
    let stated = headline.or_else(|| metas.first(&["og:title", "twitter:title"]));
    let stated = stated.or_else(|| text_of(&document.select("h1").first()));
    stated
        .or_else(|| text_of(&document.select("title").first()))
        .map(|title| single_spaced(&title))
}

fn authors(document: &Document, metas: &Metas, node: &Value) -> Vec<String> {
    let mut found = json_ld::names(node, "author");
    if found.is_empty() {
        let keys = [
            "author",
            "article:author",
            "parsely-author",
            "sailthru.author",
            "byl",
        ];
        let stated = keys
            .iter()
            .map(|key| metas.all(key).cloned().collect::<Vec<_>>());
        found = stated
            .into_iter()
            .find(|names| names.iter().any(|name| is_name(name)))
            .unwrap_or_default();
    }
    if found.is_empty() {
        let marked = document
            .select("a[rel~='author'], [itemprop='author'] [itemprop='name'], [itemprop='author']");
        found = marked
            .iter()
            .filter_map(|element| text_of(&element))
            .collect();
    }
    let mut names: Vec<String> = Vec::new();
    for name in found
        .iter()
        .filter(|name| is_name(name))
        .map(|name| without_by(name))
    {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn canonical(
    document: &Document,
    metas: &Metas,
    node: &Value,
    address: Option<&Url>,
) -> Option<String> {
    let link = attribute(&document.select("link[rel~='canonical']").first(), "href");
    let stated = link
        .or_else(|| metas.first(&["og:url"]))
        .or_else(|| json_ld::address(node))?;
    let absolute = match address {
        Some(address) => address.join(&stated).ok()?,
        None => Url::parse(&stated).ok()?,
    };
    matches!(absolute.scheme(), "http" | "https").then(|| absolute.into())
}

fn language(document: &Document, metas: &Metas, node: &Value) -> Option<String> {
    let root = document.select("html").first();
    let stated = attribute(&root, "lang").or_else(|| attribute(&root, "xml:lang"));
    let stated = stated.or_else(|| json_ld::text(node, "inLanguage"));
    let stated = stated.or_else(|| metas.first(&["content-language", "og:locale", "language"]))?;
    let tag = stated.replace('_', "-");
    tag.chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '-')
        .then_some(tag)
}

/// JSON-LD, then `<meta>`, then `<time>`; with the place it was found in. When a draft was created says nothing of when it was
/// published, and counts only where nothing else is stated.
fn published(document: &Document, metas: &Metas, node: &Value) -> Option<(StatedTime, String)> {
    let in_node = |key: &str| {
        let stated = json_ld::text(node, key).and_then(|text| stated_time::parse(&text))?;
        Some((stated, format!("json_ld:{key}")))
    };
    let in_meta = |key: &&str| {
        let stated = metas.all(key).find_map(|text| stated_time::parse(text))?;
        Some((stated, format!("meta:{key}")))
    };
    in_node("datePublished")
        .or_else(|| PUBLISHED_META.iter().find_map(in_meta))
        .or_else(|| in_time_element(document))
        .or_else(|| in_node("dateCreated"))
        .or_else(|| in_meta(&"dcterms.created"))
}

fn in_time_element(document: &Document) -> Option<(StatedTime, String)> {
    let places = [
        "time[itemprop='datePublished']",
        "time[pubdate]",
        "time[class*='publish']",
        "article time",
        "time",
    ];
    places.iter().find_map(|place| {
        document
            .select(place)
            .iter()
            .find_map(|time| stated_in(&time))
    })
}

/// The time in a `<time>` element's attribute, else in its text.
fn stated_in(time: &Selection<'_>) -> Option<(StatedTime, String)> {
    let machine = attribute(time, "datetime").and_then(|text| stated_time::parse(&text));
    if let Some(stated) = machine {
        return Some((stated, "time:datetime".into()));
    }
    stated_time::parse(&text_of(time)?).map(|stated| (stated, "time:text".into()))
}

fn attribute(selection: &Selection<'_>, name: &str) -> Option<String> {
    let value = selection.attr(name)?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

fn text_of(selection: &Selection<'_>) -> Option<String> {
    let text = single_spaced(&selection.text());
    (!text.is_empty()).then_some(text)
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_name(text: &str) -> bool {
    !text.trim().is_empty()
        && text.len() <= 120
        && !text.starts_with("http")
        && text.contains(char::is_alphabetic)
}

fn without_by(name: &str) -> String {
    let name = name.trim();
    ["By ", "by ", "BY "]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
        .trim()
        .to_owned()
}
