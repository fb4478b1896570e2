//! Markup to a feed: what each element adds to the feed or to the entry that it stands in.

use std::borrow::Cow;

use url::Url;

use super::gathered::{Author, Gathered};
use super::role::{Dialect, Form, Moment, Prefixes, Role, form_of, is_packed};
use super::{Entry, Feed};
use crate::feed_date;
use crate::markup::{Markup, Piece};

/// Elements that may be open at once; deeper ones are read as text of those above.
const MAX_DEPTH: usize = 256;
/// Entries of one feed that are read; publishers list far fewer.
pub(super) const MAX_ENTRIES: usize = 10_000;

/// An element that is open.
struct Open<'a> {
    name: &'a str,
    role: Role,
    text: String,
    /// The base of the element around it, where this one states another.
    outer_base: Option<Option<Url>>,
    /// Of words: how they are written.
    form: Form,
    is_base64: bool,
    /// Of an id: whether it is an address too.
    is_link: bool,
}

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
    fn opens(&mut self, name: &'a str, attributes: &[(&'a str, Cow<'a, str>)]) {
        let get = |wanted: &str| {
            let found = attributes
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.as_ref())
        };
        if let Some(words) = self.words() {
            // Markup within words is part of them.
            if words.form != Form::Escaped || !name.eq_ignore_ascii_case("div") {
                let shown: String = attributes
                    .iter()
                    .map(|(name, value)| format!(" {name}=\"{}\"", escaped(value)))
                    .collect();
                words.text.extend(["<", name, &shown, ">"]);
                words.form = Form::Inline;
            }
            if self.open.len() < MAX_DEPTH && self.words().is_some_and(|words| words.name == name) {
                self.push(name, Role::Other, Form::Plain);
            }
            return;
        }
        let dialect = self.prefixes.declare(attributes);
        if self.dialect.is_none() {
            self.dialect = dialect;
        }
        let role = self.prefixes.role(name);
        match role {
            Role::Root(dialect) => {
                self.dialect.get_or_insert(dialect);
            }
            Role::Entry => {
                self.close_entry();
                self.entry = Some(Gathered::default());
                if let Some(id) = get("rdf:about") {
                    self.gathered().entry.id = Some(id.trim().into());
                }
            }
            Role::Author => {
                let gathered = self.gathered();
                gathered.author = Author::default();
            }
            _ => {}
        }
        if self.open.len() >= MAX_DEPTH {
            return;
        }
        self.push(name, role, Form::Plain);
        let base = get("xml:base").and_then(|base| self.absolute(base));
        if let Some(base) = base
            && let Some(open) = self.open.last_mut()
        {
            let base = Url::parse(&base).ok();
            open.outer_base = Some(std::mem::replace(&mut self.base, base));
        }
        match role {
            Role::Prose(_, usual) => {
                let kind = get("type").unwrap_or_default().to_ascii_lowercase();
                let mode = get("mode").unwrap_or_default();
                if let Some(open) = self.open.last_mut() {
                    open.form = form_of(&kind, mode, usual);
                    open.is_base64 = mode.eq_ignore_ascii_case("base64") || is_packed(&kind);
                }
            }
            Role::Id => {
                let is_link = get("ispermalink").is_none_or(|said| said.trim() == "true");
                if let Some(open) = self.open.last_mut() {
                    open.is_link = is_link;
                }
            }
            Role::Link if !self.is_inside(Role::Source) => {
                let rel = get("rel").unwrap_or("alternate");
                let kind = get("type").unwrap_or("text/html");
                if let Some(href) = get("href").or_else(|| get("url")) {
                    let is_page = rel.eq_ignore_ascii_case("alternate")
                        && kind.to_ascii_lowercase().contains("html");
                    if is_page {
                        self.set_link(href);
                    }
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, name: &'a str, role: Role, form: Form) {
        self.open.push(Open {
            name,
            role,
            text: String::new(),
            outer_base: None,
            form,
            is_base64: false,
            is_link: false,
        });
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
        if let Some(open) = self.open.last_mut() {
            match open.form {
                Form::Inline => open.text.push_str(&escaped(text)),
                _ => open.text.push_str(text),
            }
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
    fn unclosed_elements_end_with_the_entry() {
        let text = "<rss><channel><item><title>One<link>/1</item><item><description>a<b>b<title>Two</title></item>
            <item><title>Three</title></item></channel></rss>";
        assert_eq!(entries(text).len(), 3);
    }
}
