//! What is gathered of a feed or an entry while it is read.

use std::borrow::Cow;

use url::Url;

use super::Entry;
use super::role::{Form, Prose};

/// Author of a feed or an entry, as far as it is read.
#[derive(Default)]
pub(super) struct Author {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) text: String,
}

/// What is gathered of a feed or an entry.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) entry: Entry,
    pub(super) author: Author,
    summary: Option<String>,
    /// An id that is an address, where no link is given.
    pub(super) id_as_link: Option<String>,
}

impl Gathered {
    pub(super) fn finished(self, base: Option<&Url>) -> Entry {
        let Author { name, email, text } = self.author;
        let author = match (name.as_str(), email.as_str()) {
            ("", "") => text,
            (name, "") => name.to_owned(),
            ("", email) => email.to_owned(),
            (name, email) => format!("{name} ({email})"),
        };
        let mut entry = self.entry;
        entry.author = (!author.is_empty()).then_some(author);
        let by_id = || {
            let id = self.id_as_link?;
            match base {
                Some(base) => base.join(&id).ok().map(String::from),
                None => Url::parse(&id).ok().map(String::from),
            }
        };
        entry.link = entry.link.or_else(by_id);
        entry.content = entry.content.or(self.summary);
        entry
    }

    /// Takes words; of titles and contents the first count.
    pub(super) fn set_prose(&mut self, prose: Prose, text: &str, form: Form, is_base64: bool) {
        let text = if is_base64 {
            decoded(text)
        } else {
            text.into()
        };
        match prose {
            Prose::Title if self.entry.title.is_none() && !text.is_empty() => {
                self.entry.title = Some(plain(&text, form));
            }
            Prose::Summary if self.summary.is_none() && !text.is_empty() => {
                self.summary = Some(text);
            }
            Prose::Content if !text.is_empty() => {
                self.entry.content.get_or_insert(text);
            }
            _ => {}
        }
    }
}

fn decoded(text: &str) -> String {
    use base64::Engine as _;
    let packed: String = text.split_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed);
    bytes
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_else(|| text.to_owned())
}

/// A title without its markup.
fn plain(text: &str, form: Form) -> String {
    let has_markup = form != Form::Plain || text.contains("</") || text.contains("/>");
    let without = if has_markup {
        without_tags(text)
    } else {
        text.into()
    };
    let decoded = match form {
        Form::Plain => Cow::Borrowed(without.as_str()),
        _ => html_escape::decode_html_entities(&without),
    };
    decoded.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn without_tags(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        let is_tag = tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        out.push_str(before);
        rest = match tag.split_once('>') {
            Some((_, after)) if is_tag => after,
            _ => {
                out.push('<');
                tag
            }
        };
    }
    out + rest
}
