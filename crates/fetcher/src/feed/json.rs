//! JSON Feed 1 and 1.1 (<https://www.jsonfeed.org/version/1.1/>).

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::reader::MAX_ENTRIES;
use super::{Entry, Feed};
use crate::feed_date;

#[derive(Deserialize)]
struct JsonFeed {
    version: String,
    title: Option<String>,
    #[serde(default)]
    items: Vec<Item>,
}

/// One item; where publishers write a number for a text it is taken for one.
#[derive(Deserialize)]
struct Item {
    id: Option<Value>,
    url: Option<String>,
    external_url: Option<String>,
    title: Option<String>,
    content_html: Option<String>,
    content_text: Option<String>,
    summary: Option<String>,
    date_published: Option<String>,
    date_modified: Option<String>,
    author: Option<Author>,
    #[serde(default)]
    authors: Vec<Author>,
}

#[derive(Deserialize)]
struct Author {
    name: Option<String>,
}

/// Reads a JSON Feed; `None` where the text is none.
pub(super) fn read(text: &str, address: Option<&Url>) -> Option<Feed> {
    let feed: JsonFeed = serde_json::from_str(text).ok()?;
    if !feed.version.contains("jsonfeed.org/version/") {
        return None;
    }
    let n_left_out = feed.items.len().saturating_sub(MAX_ENTRIES);
    let items = feed.items.into_iter().take(MAX_ENTRIES);
    Some(Feed {
        title: feed.title,
        entries: items.map(|item| item.entry(address)).collect(),
        n_left_out,
        is_cut: false,
    })
}

impl Item {
    fn entry(self, address: Option<&Url>) -> Entry {
        let link = self.url.or(self.external_url);
        let absolute = |link: String| match address {
            Some(base) => base.join(&link).ok().map(String::from),
            None => Some(link),
        };
        let stated = |text: Option<String>| text.and_then(|text| feed_date::parse(&text));
        let mut authors = self.authors.into_iter().chain(self.author);
        Entry {
            id: self.id.map(|id| match id {
                Value::String(id) => id,
                other => other.to_string(),
            }),
            link: link.and_then(absolute),
            title: self.title,
            author: authors.find_map(|author| author.name),
            published: stated(self.date_published),
            updated: stated(self.date_modified),
            content: self.content_html.or(self.content_text).or(self.summary),
        }
    }
}
