//! A publisher as a row of `publishers.toml`, for a person to read and to keep.

use chrono_tz::Tz;
use newsprint_domain::identifier::{InvalidIdentifier, PublisherId};

use crate::publisher::Source;

/// Bytes of a publisher's id.
const MAX_ID_BYTES: usize = 64;

/// A publisher that is to have a row in `publishers.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPublisher {
    /// Permanent id.
    pub id: PublisherId,
    /// Full name.
    pub name: String,
    /// Registrable domain.
    pub domain: String,
    /// The zone that its dates are in, where that is known.
    pub timezone: Option<Tz>,
    /// BCP 47 tag of the language it writes in, where that is known.
    pub language: Option<String>,
    /// Where its articles are found.
    pub sources: Vec<Source>,
}

/// The id of a publisher that has been given none: its domain with `_` for what is no letter or digit.
///
/// # Errors
///
/// Where nothing is left of the domain.
pub fn id_of(domain: &str) -> Result<PublisherId, InvalidIdentifier> {
    let id = domain.to_ascii_lowercase();
    let id = id.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    PublisherId::new(id.chars().take(MAX_ID_BYTES).collect::<String>())
}

impl NewPublisher {
    /// The row. What is not known is marked as such, for whoever keeps the file.
    pub fn row(&self) -> String {
        let timezone = match self.timezone {
            Some(zone) => quoted(zone.name()),
            None => format!(
                "{}  # not known: the last place where it is still that day; set the publisher's own",
                quoted(Tz::Etc__GMTPlus12.name())
            ),
        };
        let language = match &self.language {
            Some(language) => quoted(language),
            None => "\"und\"  # not known".to_owned(),
        };
        let mut row = format!(
            "[[publisher]]\nid = {}\nname = {}\ndomain = {}\ntimezone = {timezone}\nlanguage = {language}\n",
            quoted(self.id.as_str()),
            quoted(&self.name),
            quoted(&self.domain)
        );
        for source in &self.sources {
            row.push_str(&source_row(source));
        }
        row
    }
}

fn source_row(source: &Source) -> String {
    let (kind, key) = match source {
        Source::Feed { .. } => ("feed", "url"),
        Source::Sitemap { .. } => ("sitemap", "url"),
        Source::Section { .. } => ("section", "url"),
        Source::Page { .. } => ("page", "url"),
        Source::Warc { .. } => ("warc", "path"),
        Source::Folder { .. } => ("folder", "path"),
    };
    let links = match source {
        Source::Section { links, .. } => format!("links = {}\n", quoted(links)),
        _ => String::new(),
    };
    let place = quoted(&source.name());
    format!("[[publisher.source]]\nkind = \"{kind}\"\n{key} = {place}\n{links}")
}

/// A basic string of TOML. What cannot be seen is escaped too, so that the file reads as it is.
fn quoted(text: &str) -> String {
    let written = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        _ if is_unseen(c) => format!("\\u{:04X}", u32::from(c)),
        _ => c.to_string(),
    });
    format!("\"{}\"", written.collect::<String>())
}

/// Control characters, and those that only join, part or turn others.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;
    use crate::publisher::{Publisher, Zone};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        publisher: Vec<Publisher>,
    }

    fn new_publisher(name: &str, domain: &str) -> NewPublisher {
        NewPublisher {
            id: id_of(domain).unwrap(),
            name: name.to_owned(),
            domain: domain.to_owned(),
            timezone: None,
            language: None,
            sources: Vec::new(),
        }
    }

    /// The one publisher that the row holds, which is valid.
    fn read(row: &str) -> Publisher {
        let mut file: File = toml::from_str(row).unwrap_or_else(|error| panic!("{error} in {row}"));
        assert_eq!(file.publisher.len(), 1, "{row}");
        let publisher = file.publisher.remove(0);
        assert_eq!(publisher.problem(), None);
        publisher
    }

    fn sources(hostile: &str) -> Vec<Source> {
        let url = format!("https://harbourledger.example/{hostile}");
        let links = hostile.to_owned();
        vec![
            Source::Feed { url: url.clone() },
            Source::Sitemap { url: url.clone() },
            Source::Section {
                url: url.clone(),
                links,
            },
            Source::Page { url },
            Source::Warc {
                path: hostile.into(),
            },
            Source::Folder {
                path: hostile.into(),
            },
        ]
    }

    #[test]
    fn a_row_as_the_file_has_it() {
        let url = "https://harbourledger.example/feed".to_owned();
        let publisher = NewPublisher {
            timezone: Some(Tz::Australia__Sydney),
            language: Some("en-AU".to_owned()),
            sources: vec![Source::Feed { url }],
            ..new_publisher("Harbour \"Ledger\"", "harbour-ledger.example")
        };
        let written = publisher.row();
        let expected = r#"[[publisher]]
id = "harbour_ledger_example"
name = "Harbour \"Ledger\""
domain = "harbour-ledger.example"
timezone = "Australia/Sydney"
language = "en-AU"
[[publisher.source]]
kind = "feed"
url = "https://harbourledger.example/feed"
"#;
        assert_eq!(written, expected);
        assert_eq!(read(&written).timezone, Zone(Tz::Australia__Sydney));
    }

    #[test]
    fn what_is_not_known_says_so() {
        let written = new_publisher("Harbour Ledger", "harbourledger.example").row();
        assert_eq!(written.matches("# not known").count(), 2);
        let publisher = read(&written);
        assert_eq!(publisher.language, "und");
        assert_eq!(publisher.timezone, Zone(Tz::Etc__GMTPlus12));
    }

    #[test]
    fn ids_are_ids_whatever_the_domain() {
        let long = format!("{}.example", "a".repeat(63));
        for domain in ["xn--brsenblatt-07a.example", "1-2.co.uk", long.as_str()] {
            let id = read(&new_publisher("a", domain).row()).id;
            assert!(
                id.as_str()
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '_'),
                "{id}"
            );
        }
    }

    #[test]
    fn hostile_texts_come_back_as_they_were_and_add_nothing() {
        for hostile in [
            "a\"\n[[publisher]]\nid = \"b",
            "\\\" # \\u0041 \\",
            "\"\"\"\r\n'''\t\0\u{7f}\u{85}\u{1b}[31m",
            "\u{202e}\u{feff}\u{200b}\u{2028}é中🎉",
        ] {
            let hostile_one = NewPublisher {
                language: Some(hostile.to_owned()),
                sources: sources(hostile),
                ..new_publisher(hostile, "harbourledger.example")
            };
            let written = hostile_one.row();
            assert!(
                !written.lines().any(|line| line.contains(is_unseen)),
                "{written}"
            );
            let publisher = read(&written);
            assert_eq!(
                (publisher.name.as_str(), publisher.language.as_str()),
                (hostile, hostile)
            );
            assert_eq!(publisher.sources, hostile_one.sources);
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>()) {
            let any = NewPublisher { sources: sources(&text), ..new_publisher(&text, "harbourledger.example") };
            let publisher = read(&any.row());
            prop_assert_eq!(&publisher.name, &text);
            prop_assert_eq!(publisher.sources, sources(&text));
        }
    }
}
