//! Markup to a feed: what each element adds to the feed or to the entry that it stands in.

use std::borrow::Cow;

use url::Url;

use super::element::{Attributes, Open, value};
use super::gathered::{Author, Gathered};
use super::role::{Dialect, Form, Moment, Prefixes, Role};
use super::{Entry, Feed};
use crate::feed_date;
use crate::markup::{Markup, Piece};

/// Elements that may be open at once; deeper ones are read as text of those above.
const MAX_DEPTH: usize = 256;
/// Entries of one feed that are read; publishers list far fewer.
pub(super) const MAX_ENTRIES: usize = 10_000;

pub(super) struct Reader<'a> {
    base: Option<Url>,
    prefixes: Prefixes,
    dialect: Option<Dialect>,
    open: Vec<Open<'a>>,
    feed: Gathered,
    /// The entry that is being read.
    entry: Option<Gathered>,
    entries: Vec<Entry>,
    n_left_out: usize,
}

/// Reads a feed in XML or what was meant to be; the reason where it is none. What breaks off gives what was there before.
pub(super) fn read(text: &str, address: Option<&Url>) -> Result<Feed, &'static str> {
    let mut reader = Reader {
        base: address.cloned(),
        prefixes: Prefixes::default(),
        dialect: None,
        open: Vec::new(),
        feed: Gathered::default(),
        entry: None,
        entries: Vec::new(),
        n_left_out: 0,
    };
    let mut markup = Markup::new(text);
    for piece in markup.by_ref() {
        match piece {
            Piece::Open { name, attributes } => reader.opens(name, &attributes),
            Piece::Close(name) => reader.closes(name),
            Piece::Text(text) => reader.adds(&text),
        }
    }
    if markup.doctype().to_ascii_lowercase().contains("netscape") {
        reader.dialect.get_or_insert(Dialect::Rss);
    }
    let is_cut = !reader.open.is_empty();
    if !is_cut {
        reader.close_entry();
    }
    if reader.entries.is_empty() {
        if reader.dialect.is_none() {
            return Err("neither RSS, Atom nor JSON Feed");
        }
        if is_cut {
            return Err("it breaks off before the end of its first entry");
        }
    }
    Ok(Feed {
        title: reader.feed.entry.title,
        entries: reader.entries,
        n_left_out: reader.n_left_out,
        is_cut,
    })
}

impl<'a> Reader<'a> {
    fn opens(&mut self, name: &'a str, attributes: &Attributes<'a>) {
        if self.words().is_some() {
            self.opens_in_words(name, attributes);
            return;
        }
        let dialect = self.prefixes.declare(attributes);
        let role = self.prefixes.role(name);
        self.dialect = self.dialect.or(match role {
            Role::Root(root) => dialect.or(Some(root)),
            _ => dialect,
        });
        match role {
            Role::Entry => {
                self.close_entry();
                let mut entry = Gathered::default();
                entry.entry.id = value(attributes, "rdf:about").map(|id| id.trim().into());
                self.entry = Some(entry);
            }
            Role::Author => self.gathered().author = Author::default(),
            Role::Link => self.opens_link(attributes),
            _ => {}
        }
        if self.open.len() < MAX_DEPTH {
            let mut open = Open::new(name, role, attributes);
            let base = value(attributes, "xml:base").and_then(|base| self.absolute(base));
            if let Some(base) = base.and_then(|base| Url::parse(&base).ok()) {
                open.outer_base = Some(self.base.replace(base));
            }
            self.open.push(open);
        }
    }

    /// Markup within words is part of them; a `div` that wraps escaped words is none of theirs.
    fn opens_in_words(&mut self, name: &'a str, attributes: &Attributes<'a>) {
        let Some(words) = self.words() else {
            return;
        };
        if words.form != Form::Escaped || !name.eq_ignore_ascii_case("div") {
            let shown: String = attributes
                .iter()
                .map(|(name, value)| format!(" {name}=\"{}\"", escaped(value)))
                .collect();
            words.text.extend(["<", name, &shown, ">"]);
            words.form = Form::Inline;
        }
        // An element of the same name within must not end the words.
        if words.name == name && self.open.len() < MAX_DEPTH {
            self.open.push(Open::new(name, Role::Other, &[]));
        }
    }

    /// A link in an attribute, where it leads to a page.
    fn opens_link(&mut self, attributes: &Attributes<'a>) {
        let is_page = value(attributes, "rel")
            .is_none_or(|rel| rel.eq_ignore_ascii_case("alternate"))
            && value(attributes, "type")
                .is_none_or(|kind| kind.to_ascii_lowercase().contains("html"));
        let address = value(attributes, "href").or_else(|| value(attributes, "url"));
        if let Some(address) = address.filter(|_| is_page && !self.is_inside(Role::Source)) {
            self.set_link(address);
        }
    }

    fn closes(&mut self, name: &'a str) {
        let place = self.open.iter().rposition(|open| open.name == name);
        if let Some(words) = self.words()
            && words.name != name
        {
            let is_around = place.is_some_and(|place| {
                matches!(
                    self.open[place].role,
                    Role::Entry | Role::Channel | Role::Root(_)
                )
            });
            if !is_around {
                // The end of markup within words.
                if let Some(words) = self.words()
                    && words.form == Form::Inline
                {
                    words.text.extend(["</", name, ">"]);
                }
                return;
            }
        }
        let Some(place) = place else {
            return;
        };
        while self.open.len() > place {
            if let Some(open) = self.open.pop() {
                self.closed(open);
            }
        }
    }

    /// Puts what an element held where it belongs.
    fn closed(&mut self, open: Open<'a>) {
        if let Some(base) = open.outer_base {
            self.base = base;
        }
        let text = open.text.trim();
        match open.role {
            Role::Entry => self.close_entry(),
            Role::Prose(..) if self.is_inside(Role::Source) || self.is_inside(Role::Image) => {}
            Role::Prose(prose, _) => {
                self.gathered()
                    .set_prose(prose, text, open.form, open.is_base64);
            }
            _ if self.is_inside(Role::Source)
                || self.is_inside(Role::Image)
                || self.is_inside(Role::TextInput) => {}
            Role::Link if !text.is_empty() => self.set_link(text),
            Role::Id if !text.is_empty() => {
                let gathered = self.gathered();
                gathered.entry.id = Some(text.to_owned());
                gathered.id_as_link = open.is_link.then(|| text.to_owned());
            }
            Role::Date(moment) => {
                let stated = feed_date::parse(text);
                let gathered = self.gathered();
                match moment {
                    Moment::Published => gathered.entry.published = stated,
                    Moment::Updated => gathered.entry.updated = stated,
                }
            }
            Role::Name if self.is_inside(Role::Author) => {
                self.gathered().author.name = text.to_owned();
            }
            Role::Email if self.is_inside(Role::Author) => {
                self.gathered().author.email = text.to_owned();
            }
            Role::Author => self.gathered().author.text = text.to_owned(),
            _ => {}
        }
    }

    fn close_entry(&mut self) {
        let Some(gathered) = self.entry.take() else {
            return;
        };
        if self.entries.len() < MAX_ENTRIES {
            self.entries.push(gathered.finished(self.base.as_ref()));
        } else {
            self.n_left_out += 1;
        }
    }

    fn adds(&mut self, text: &str) {
        if let Some(words) = self.words() {
            match words.form {
                Form::Inline => words.text.push_str(&escaped(text)),
                Form::Plain | Form::Escaped => words.text.push_str(text),
            }
        } else if let Some(open) = self.open.last_mut() {
            open.text.push_str(text);
        }
    }

    /// The words that are being read, where any are.
    fn words(&mut self) -> Option<&mut Open<'a>> {
        self.open
            .iter_mut()
            .rev()
            .find(|open| matches!(open.role, Role::Prose(..)))
    }

    fn is_inside(&self, role: Role) -> bool {
        self.open.iter().any(|open| open.role == role)
    }

    fn gathered(&mut self) -> &mut Gathered {
        self.entry.as_mut().unwrap_or(&mut self.feed)
    }

    fn absolute(&self, address: &str) -> Option<String> {
        match &self.base {
            Some(base) => base.join(address.trim()).ok().map(String::from),
            None => Url::parse(address.trim()).ok().map(String::from),
        }
    }

    fn set_link(&mut self, address: &str) {
        let link = self
            .absolute(address)
            .unwrap_or_else(|| address.trim().into());
        self.gathered().entry.link = Some(link);
    }
}

fn escaped(text: &str) -> Cow<'_, str> {
    html_escape::encode_double_quoted_attribute(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<Entry> {
        let address = Url::parse("https://harbourledger.example/feeds/all.xml").unwrap();
        read(text, Some(&address)).unwrap().entries
    }

    #[test]
    fn words_with_elements_in_them() {
        let text = "<feed xmlns='http://www.w3.org/2005/Atom'><entry>
            <summary type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>Small caps <b>rose</b> &amp; fell</div></summary>
            <title type='xhtml'><div>Shares <i>jump</i></div></title></entry>
            <entry><title type='html'>Fish &amp;amp; chips &lt;b&gt;up&lt;/b&gt;</title><summary>Plain &lt;5%</summary></entry></feed>";
        let entries = entries(text);
        assert_eq!(entries[0].title.as_deref(), Some("Shares jump"));
        let content =
            "<div xmlns=\"http://www.w3.org/1999/xhtml\">Small caps <b>rose</b> &amp; fell</div>";
        assert_eq!(entries[0].content.as_deref(), Some(content));
        assert_eq!(entries[1].title.as_deref(), Some("Fish & chips up"));
        assert_eq!(entries[1].content.as_deref(), Some("Plain <5%"));
    }

    #[test]
    fn what_belongs_to_a_source_or_an_image_is_not_of_the_entry() {
        let text = "<rss version='2.0'><channel><title>Harbour Ledger</title>
            <image><title>Logo</title><link>https://other.example/</link></image>
            <item><source><title>Elsewhere</title><link href='https://elsewhere.example/'/></source>
            <title>Rates</title><link>rates?a=1&amp;b=2</link><dc:creator>A. Writer</dc:creator>
            <pubDate>Wed, 17 Jul 2024 08:10:00 +1000</pubDate><atom:updated>2024-07-18T00:00:00Z</atom:updated></item>
            </channel></rss>";
        let feed = read(
            text,
            Some(&Url::parse("https://harbourledger.example/feeds/all.xml").unwrap()),
        );
        let feed = feed.unwrap();
        assert_eq!(feed.title.as_deref(), Some("Harbour Ledger"));
        let [entry] = feed.entries.as_slice() else {
            panic!("{feed:?}");
        };
        assert_eq!(entry.title.as_deref(), Some("Rates"));
        let link = "https://harbourledger.example/feeds/rates?a=1&b=2";
        assert_eq!(entry.link.as_deref(), Some(link));
        assert_eq!(entry.author.as_deref(), Some("A. Writer"));
        let published = entry.published.map(|stated| stated.to_string());
        assert_eq!(published.as_deref(), Some("2024-07-17T08:10:00+10:00"));
        assert_eq!(entry.updated, None, "nobody declared the prefix atom");
    }

    #[test]
    fn an_id_that_is_an_address_serves_as_the_link() {
        let item = |guid: &str| format!("<rss><channel><item>{guid}</item></channel></rss>");
        let read = entries(&item("<guid>/a</guid>"));
        assert_eq!(
            read[0].link.as_deref(),
            Some("https://harbourledger.example/a")
        );
        let read = entries(&item("<guid isPermaLink='false'>/a</guid>"));
        assert_eq!(
            (read[0].link.as_deref(), read[0].id.as_deref()),
            (None, Some("/a"))
        );
    }

    #[test]
    fn a_feed_that_breaks_off_keeps_what_was_whole() {
        let text = "<rss><channel><item><title>One</title><link>/1</link></item><item><title>Two</title><link>/2</link><descr";
        let feed = read(text, None).unwrap();
        assert_eq!((feed.entries.len(), feed.is_cut), (1, true));
        assert!(read("<rss><channel><item><title>One", None).is_err());
    }

    #[test]
    fn words_that_hold_an_element_of_their_own_name_are_whole() {
        let text = "<rss><channel><item><description>a <description>b</description> c</description>
            <title>One</title></item></channel></rss>";
        let entry = entries(text).remove(0);
        assert_eq!(entry.title.as_deref(), Some("One"));
        let content = entry.content.unwrap();
        assert!(
            content.starts_with("a <description>b") && content.ends_with('c'),
            "{content}"
        );
    }

    #[test]
    fn unclosed_elements_end_with_the_entry() {
        let text = "<rss><channel><item><title>One<link>/1</item><item><description>a<b>b<title>Two</title></item>
            <item><title>Three</title></item></channel></rss>";
        assert_eq!(entries(text).len(), 3);
    }
}
