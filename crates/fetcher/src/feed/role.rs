//! What an element means to a feed, whichever of the dialects it is written in.

use std::borrow::Cow;
use std::collections::HashMap;

/// Prefixes that one feed may declare.
const MAX_PREFIXES: usize = 256;

/// Which dialect a feed is written in, by its root element, its namespace or its document type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Rss,
    Atom,
}

/// A moment that a feed states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Published,
    Updated,
}

/// Words that may hold markup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prose {
    Title,
    Summary,
    Content,
    /// Rights, taglines and other words that belong to no field.
    Other,
}

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Root(Dialect),
    Channel,
    Entry,
    Image,
    TextInput,
    Source,
    Link,
    Id,
    Date(Moment),
    Author,
    Contributor,
    Name,
    Email,
    /// With the type that it has where it states none.
    Prose(Prose, Form),
    Other,
}

/// How words are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As they are, though feeds often put markup there all the same.
    Plain,
    /// As HTML in text.
    Escaped,
    /// As elements.
    Inline,
}

/// How words are written, by their type and mode (of Atom 0.3).
pub(super) fn form_of(kind: &str, mode: &str, usual: Form) -> Form {
    match kind {
        _ if mode.eq_ignore_ascii_case("escaped") => Form::Escaped,
        "xhtml" => Form::Inline,
        "html" | "text/html" => Form::Escaped,
        "text" | "text/plain" | "plain" => Form::Plain,
        _ if kind.ends_with("xml") => Form::Inline,
        _ => usual,
    }
}

/// Whether Atom packs a content of this type in base64: every media type but texts and XML.
pub(super) fn is_packed(kind: &str) -> bool {
    kind.contains('/') && !kind.starts_with("text/") && !kind.ends_with("xml")
}

/// The role of the element `name` (lower case) of a namespace, by the prefix that it usually has; none for those of feeds proper.
pub(super) fn role(prefix: &str, name: &str) -> Role {
    use Prose::{Content, Other, Summary, Title};
    match (prefix, name) {
        ("", "rss") | ("rdf", "rdf") => Role::Root(Dialect::Rss),
        ("", "feed") => Role::Root(Dialect::Atom),
        ("", "channel") => Role::Channel,
        ("", "item" | "entry") => Role::Entry,
        ("", "image") => Role::Image,
        ("", "textinput") => Role::TextInput,
        ("", "source") => Role::Source,
        ("", "link") => Role::Link,
        ("", "guid" | "id") => Role::Id,
        ("", "pubdate" | "published" | "issued") | ("dcterms", "issued") => {
            Role::Date(Moment::Published)
        }
        ("", "updated" | "modified" | "lastbuilddate")
        | ("dc", "date")
        | ("dcterms", "modified") => Role::Date(Moment::Updated),
        ("", "author" | "managingeditor") | ("dc", "author" | "creator") | ("itunes", "author") => {
            Role::Author
        }
        ("", "contributor") | ("dc", "contributor") => Role::Contributor,
        ("", "name") | ("itunes", "name") => Role::Name,
        ("", "email") | ("itunes", "email") => Role::Email,
        ("", "title") | ("dc", "title") => Role::Prose(Title, Form::Plain),
        ("media", "title") => Role::Prose(Other, Form::Plain),
        ("", "summary" | "abstract") | ("itunes", "summary") => Role::Prose(Summary, Form::Plain),
        ("", "description") | ("dc", "description") => Role::Prose(Summary, Form::Escaped),
        ("", "content") => Role::Prose(Content, Form::Plain),
        ("content", "encoded") | ("", "fullitem") => Role::Prose(Content, Form::Escaped),
        ("" | "xhtml", "body") => Role::Prose(Content, Form::Inline),
        ("", "subtitle" | "tagline" | "rights" | "copyright" | "info")
        | ("dc", "rights")
        | ("itunes", "subtitle")
        | ("media", "description")
        | ("feedburner", "browserfriendly") => Role::Prose(Other, Form::Plain),
        _ => Role::Other,
    }
}

/// The usual prefix of each namespace whose elements mean something.
const NAMESPACES: [(&str, &str); 24] = [
    ("http://backend.userland.com/rss", ""),
    ("http://blogs.law.harvard.edu/tech/rss", ""),
    ("http://purl.org/rss/1.0/", ""),
    ("http://my.netscape.com/rdf/simple/0.9/", ""),
    ("http://example.com/newformat#", ""),
    ("http://example.com/necho", ""),
    ("http://purl.org/echo/", ""),
    ("uri/of/echo/namespace#", ""),
    ("http://purl.org/pie/", ""),
    ("http://purl.org/atom/ns#", ""),
    ("http://www.w3.org/2005/atom", ""),
    ("http://purl.org/rss/1.0/modules/rss091#", ""),
    ("http://purl.org/dc/elements/1.1/", "dc"),
    ("http://purl.org/dc/terms/", "dcterms"),
    ("http://purl.org/rss/1.0/modules/content/", "content"),
    ("http://rssnamespace.org/feedburner/ext/1.0", "feedburner"),
    ("http://www.itunes.com/dtds/podcast-1.0.dtd", "itunes"),
    ("http://example.com/dtds/podcast-1.0.dtd", "itunes"),
    ("http://search.yahoo.com/mrss", "media"),
    ("http://search.yahoo.com/mrss/", "media"),
    ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf"),
    ("http://www.w3.org/1999/xhtml", "xhtml"),
    ("http://www.w3.org/2000/01/rdf-schema#", "rdfs"),
    ("http://www.w3.org/xml/1998/namespace", "xml"),
];

/// The prefixes that a feed declares; a declaration holds from where it stands to the end, as feeds that declare late are many and
/// those that declare one prefix twice are few.
#[derive(Debug, Default)]
pub(super) struct Prefixes(HashMap<String, &'static str>);

impl Prefixes {
    /// Reads `xmlns` and `xmlns:prefix`; the dialect, where the namespace tells it.
    pub(super) fn declare(&mut self, attributes: &[(&str, Cow<'_, str>)]) -> Option<Dialect> {
        let mut dialect = None;
        for (name, address) in attributes {
            let lower_case = name.to_ascii_lowercase();
            let Some(prefix) = lower_case.strip_prefix("xmlns") else {
                continue;
            };
            let address = address.trim().to_ascii_lowercase();
            dialect = dialect.or(match address.as_str() {
                "http://purl.org/rss/1.0/" => Some(Dialect::Rss),
                "http://my.netscape.com/rdf/simple/0.9/" if prefix.is_empty() => Some(Dialect::Rss),
                "http://www.w3.org/2005/atom" => Some(Dialect::Atom),
                _ => None,
            });
            let known = NAMESPACES.iter().find(|(known, _)| {
                *known == address || (known.ends_with("/rss") && address.contains(*known))
            });
            if let Some((_, usual)) = known
                && self.0.len() < MAX_PREFIXES
            {
                self.0.insert(prefix.trim_start_matches(':').into(), usual);
            }
        }
        dialect
    }

    /// The role of an element by its name as it is written.
    pub(super) fn role(&self, name: &str) -> Role {
        let name = name.to_ascii_lowercase();
        let (prefix, name) = name.split_once(':').unwrap_or(("", &name));
        let usual = self.0.get(prefix).copied().unwrap_or(prefix);
        role(usual, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_namespace_decides_whatever_its_prefix() {
        let mut prefixes = Prefixes::default();
        let declared = [
            ("xmlns:a", Cow::Borrowed("http://www.w3.org/2005/Atom")),
            (
                "xmlns:when",
                Cow::Borrowed("http://purl.org/dc/elements/1.1/"),
            ),
            ("version", Cow::Borrowed("1")),
        ];
        assert_eq!(prefixes.declare(&declared), Some(Dialect::Atom));
        assert_eq!(prefixes.role("a:Entry"), Role::Entry);
        assert_eq!(prefixes.role("when:date"), Role::Date(Moment::Updated));
        // Nobody declared these: the usual prefix speaks for itself, another does not.
        assert_eq!(prefixes.role("dc:date"), Role::Date(Moment::Updated));
        assert_eq!(prefixes.role("other:date"), Role::Other);
        assert_eq!(prefixes.role("pubDate"), Role::Date(Moment::Published));
    }
}
