//! The tags and text of a feed, well-formed or not.
//!
//! Nothing is refused: a `<` that opens no tag is text, an attribute without its closing quote ends with its tag, and a document
//! that breaks off ends there. Entities are those of XML, of HTML, and plain ones that the document declares itself; none of these
//! holds another, so that text grows by what they declare and no more. Time is linear in the document's length.

use std::borrow::Cow;
use std::collections::HashMap;

/// Attributes of one tag that are read.
const MAX_ATTRIBUTES: usize = 64;
/// Entities that a document may declare, and bytes that each may stand for.
const MAX_ENTITIES: usize = 256;
const MAX_ENTITY_BYTES: usize = 256;
/// Bytes that declared entities may add in all.
const MAX_EXPANSION: usize = 1 << 20;
/// A name between `&` and `;` is no longer than this.
const MAX_NAME_BYTES: usize = 40;

/// A piece of markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// `<name …>`; of an empty element a [`Piece::Close`] follows.
    Open {
        name: &'a str,
        attributes: Vec<(&'a str, Cow<'a, str>)>,
    },
    /// `</name>`.
    Close(&'a str),
    /// Text, entities replaced.
    Text(Cow<'a, str>),
}

/// Reads a document from its start.
pub(crate) struct Markup<'a> {
    rest: &'a str,
    /// The element that closed itself in its opening tag.
    closes: Option<&'a str>,
    entities: HashMap<&'a str, String>,
    expansion_left: usize,
    /// Quotes of which none is left, so that no second search looks for one.
    no_more: [bool; 2],
    doctype: &'a str,
}

impl<'a> Markup<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            closes: None,
            entities: HashMap::new(),
            expansion_left: MAX_EXPANSION,
            no_more: [false; 2],
            doctype: "",
        }
    }

    /// The document type declaration, where one was read.
    pub(crate) fn doctype(&self) -> &'a str {
        self.doctype
    }

    /// Takes what stands before `end` and goes on after it; all that is left where `end` does not come.
    fn take_until(&mut self, end: &str) -> &'a str {
        let (before, after) = self.rest.split_once(end).unwrap_or((self.rest, ""));
        self.rest = after;
        before
    }

    /// Takes a declaration of the document's type, with the entities between its brackets.
    fn take_doctype(&mut self) {
        let end = self.rest.find('>').unwrap_or(self.rest.len());
        let bracket = self.rest[..end].find('[');
        let taken = match bracket {
            Some(_) => self.take_until("]"),
            None => &self.rest[..end],
        };
        self.doctype = taken;
        self.take_until(">");
        for declared in taken.split("<!ENTITY").skip(1).take(MAX_ENTITIES) {
            if let Some((name, value)) = declared_entity(declared) {
                self.entities.insert(name, value);
            }
        }
    }

    /// Takes an opening tag, of which `<` is taken; `None` where none begins here.
    fn take_open(&mut self) -> Option<Piece<'a>> {
        let name = self.take_name()?;
        let mut attributes = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            if let Some(rest) = self.rest.strip_prefix("/>") {
                self.rest = rest;
                self.closes = Some(name);
                break;
            }
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                break;
            }
            // The document breaks off, or another tag begins before this one ends.
            if self.rest.is_empty() || self.rest.starts_with('<') {
                break;
            }
            match self.take_name() {
                Some(attribute) => {
                    let value = self.take_value();
                    if attributes.len() < MAX_ATTRIBUTES {
                        attributes.push((attribute, self.decoded(value)));
                    }
                }
                None => {
                    let stray = self.rest.chars().next().map_or(0, char::len_utf8);
                    self.rest = &self.rest[stray..];
                }
            }
        }
        Some(Piece::Open { name, attributes })
    }

    fn take_name(&mut self) -> Option<&'a str> {
        let begins = |c: char| c.is_alphabetic() || matches!(c, '_' | ':');
        let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.');
        self.rest.starts_with(begins).then(|| {
            let end = self.rest.find(|c: char| !goes_on(c));
            let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            self.rest = rest;
            name
        })
    }

    /// Takes `= "value"`; nothing where no value stands here.
    fn take_value(&mut self) -> &'a str {
        let Some(after) = self.rest.trim_start().strip_prefix('=') else {
            return "";
        };
        self.rest = after.trim_start();
        for (n, quote) in ["\"", "'"].into_iter().enumerate() {
            let Some(after) = self.rest.strip_prefix(quote) else {
                continue;
            };
            let end = if self.no_more[n] {
                None
            } else {
                after.find(quote)
            };
            self.no_more[n] |= end.is_none();
            let end = end.unwrap_or_else(|| after.find('>').unwrap_or(after.len()));
            self.rest = after[end..].strip_prefix(quote).unwrap_or(&after[end..]);
            return &after[..end];
        }
        let end = self.rest.find(|c: char| c.is_whitespace() || c == '>');
        let (value, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        value
    }

    /// Text with its entities replaced; those that nobody knows stay as they are.
    fn decoded(&mut self, text: &'a str) -> Cow<'a, str> {
        if !text.contains('&') {
            return Cow::Borrowed(text);
        }
        let mut decoded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('&') {
            decoded.push_str(&rest[..at]);
            rest = &rest[at..];
            let window = rest.as_bytes().iter().take(MAX_NAME_BYTES);
            let Some(end) = window.clone().position(|byte| *byte == b';') else {
                decoded.push('&');
                rest = &rest[1..];
                continue;
            };
            let reference = &rest[..=end];
            decoded.push_str(&self.resolved(reference));
            rest = &rest[end + 1..];
        }
        decoded.push_str(rest);
        Cow::Owned(decoded)
    }

    /// What `&name;` stands for.
    fn resolved(&mut self, reference: &'a str) -> Cow<'a, str> {
        let name = &reference[1..reference.len() - 1];
        if let Some(value) = self.entities.get(name)
            && value.len() <= self.expansion_left
        {
            self.expansion_left -= value.len();
            return Cow::Owned(value.clone());
        }
        html_escape::decode_html_entities(reference)
    }
}

/// `name "value"` after `<!ENTITY`, where the value is plain text or one character by number.
fn declared_entity(declared: &str) -> Option<(&str, String)> {
    let (name, after) = declared.trim_start().split_once(char::is_whitespace)?;
    let after = after.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, _) = after[1..].split_once(quote)?;
    let is_number =
        value.starts_with("&#") && value.ends_with(';') && value.matches('&').count() == 1;
    let is_plain = !value.contains(['&', '<', '%']);
    let is_safe = value.len() <= MAX_ENTITY_BYTES && (is_number || is_plain);
    is_safe.then(|| (name, html_escape::decode_html_entities(value).into_owned()))
}

impl<'a> Iterator for Markup<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if let Some(name) = self.closes.take() {
            return Some(Piece::Close(name));
        }
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let Some(rest) = self.rest.strip_prefix('<') else {
                let end = self.rest.find('<').unwrap_or(self.rest.len());
                let (text, rest) = self.rest.split_at(end);
                self.rest = rest;
                return Some(Piece::Text(self.decoded(text)));
            };
            self.rest = rest;
            if let Some(rest) = rest.strip_prefix("!--") {
                self.rest = rest;
                self.take_until("-->");
            } else if let Some(rest) = rest.strip_prefix("![CDATA[") {
                self.rest = rest;
                return Some(Piece::Text(Cow::Borrowed(self.take_until("]]>"))));
            } else if rest
                .get(..8)
                .is_some_and(|head| head.eq_ignore_ascii_case("!doctype"))
            {
                self.take_doctype();
            } else if rest.starts_with('!') {
                self.take_until(">");
            } else if rest.starts_with('?') {
                self.take_until("?>");
            } else if let Some(rest) = rest.strip_prefix('/') {
                self.rest = rest;
                let name = self.take_until(">").trim();
                return Some(Piece::Close(name));
            } else {
                match self.take_open() {
                    Some(open) => return Some(open),
                    None => return Some(Piece::Text(Cow::Borrowed("<"))),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let pieces = Markup::new(text).map(|piece| match piece {
            Piece::Open { name, attributes } => {
                let attributes = attributes
                    .iter()
                    .map(|(name, value)| format!(" {name}={value}"));
                format!("<{name}{}>", attributes.collect::<String>())
            }
            Piece::Close(name) => format!("</{name}>"),
            Piece::Text(text) => format!("[{text}]"),
        });
        pieces.collect()
    }

    #[test]
    fn tags_attributes_text_and_sections() {
        let text = "<?xml version='1.0'?><!-- a > b --><a href=\"x?a=1&amp;b=2\" plain>1 &lt; 2<br/><![CDATA[<b>&amp;]]></a >";
        assert_eq!(
            shown(text),
            "<a href=x?a=1&b=2 plain=>[1 < 2]<br></br>[<b>&amp;]</a>"
        );
    }

    #[test]
    fn what_is_broken_ends_where_the_next_begins() {
        assert_eq!(
            shown("1 < 2 & <a b=\"c>d<e f=g"),
            "[1 ][<][ 2 & ]<a b=c>[d]<e f=g>"
        );
        assert_eq!(shown("<a <b>"), "<a><b>");
        assert_eq!(shown("<![CDATA[x"), "[x]");
        assert_eq!(shown("a<!-- b"), "[a]");
        assert_eq!(
            shown("&nbsp;&nosuch;&#8217;&#x41;"),
            "[\u{a0}&nosuch;\u{2019}A]"
        );
    }

    #[test]
    fn declared_entities_hold_no_others() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b '&a;&a;'><!ENTITY c SYSTEM \"file:///etc/passwd\">]><x>&a;&b;&c;</x>";
        assert_eq!(shown(bomb), "<x>[aaaa&b;&c;]</x>");
        let declared = format!("<!DOCTYPE x [<!ENTITY a \"{}\">]>", "a".repeat(256));
        let text = format!("{declared}<x>{}", "&a;".repeat(100_000));
        let read: usize = Markup::new(&text)
            .map(|piece| match piece {
                Piece::Text(text) => text.len(),
                _ => 0,
            })
            .sum();
        assert!(read <= MAX_EXPANSION + 300_000, "{read}");
    }
}
