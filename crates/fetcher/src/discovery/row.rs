//! What is known of a site as a row of `publishers.toml`, for a person to read and to keep.

use chrono_tz::Tz;

use super::Site;
use crate::publisher::Source;

/// Bytes of a publisher's id.
const MAX_ID_BYTES: usize = 64;

/// The row of `publishers.toml` for a site on the registrable `domain`, whose dates are in `zone` and whose articles come from `sources`.
///
/// Its id is the domain with `_` for what is no letter or digit; a name that is not known is the domain. What is not known otherwise is
/// marked as such, for whoever keeps the file.
pub fn row(site: &Site, domain: &str, zone: Option<Tz>, sources: &[Source]) -> String {
    let id = domain.to_ascii_lowercase();
    let id = id.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let id: String = id.chars().take(MAX_ID_BYTES).collect();
    let timezone = match zone {
        Some(zone) => quoted(zone.name()),
        None => format!(
            "{}  # not known: the last place where it is still that day; set the publisher's own",
            quoted(Tz::Etc__GMTPlus12.name())
        ),
    };
    let language = match &site.language {
        Some(language) => quoted(language),
        None => "\"und\"  # not known".to_owned(),
    };
    let name = quoted(site.name.as_deref().unwrap_or(domain));
    let mut row = format!(
        "[[publisher]]\nid = {}\nname = {name}\ndomain = {}\ntimezone = {timezone}\nlanguage = {language}\n",
        quoted(&id),
        quoted(domain)
    );
    for source in sources {
        row.push_str(&source_row(source));
    }
    row
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

    fn site(name: Option<&str>, language: Option<&str>) -> Site {
        Site {
            name: name.map(str::to_owned),
            language: language.map(str::to_owned),
            candidates: Vec::new(),
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
        let site = site(Some("Harbour \"Ledger\""), Some("en-AU"));
        let url = "https://harbourledger.example/feed".to_owned();
        let written = row(
            &site,
            "harbour-ledger.example",
            Some(Tz::Australia__Sydney),
            &[Source::Feed { url }],
        );
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
        let written = row(&site(None, None), "harbourledger.example", None, &[]);
        assert_eq!(written.matches("# not known").count(), 2);
        let publisher = read(&written);
        assert_eq!(
            (publisher.name.as_str(), publisher.language.as_str()),
            ("harbourledger.example", "und")
        );
        assert_eq!(publisher.timezone, Zone(Tz::Etc__GMTPlus12));
    }

    #[test]
    fn ids_are_ids_whatever_the_domain() {
        let long = format!("{}.example", "a".repeat(63));
        for domain in ["xn--brsenblatt-07a.example", "1-2.co.uk", long.as_str()] {
            let id = read(&row(&site(None, None), domain, None, &[])).id;
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
            let sources = sources(hostile);
            let site = site(Some(hostile), Some(hostile));
            let written = row(&site, "harbourledger.example", None, &sources);
            assert!(
                !written.lines().any(|line| line.contains(is_unseen)),
                "{written}"
            );
            let publisher = read(&written);
            assert_eq!(
                (publisher.name.as_str(), publisher.language.as_str()),
                (hostile, hostile)
            );
            assert_eq!(publisher.sources, sources);
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>()) {
            let publisher = read(&row(&site(Some(&text), None), "harbourledger.example", None, &sources(&text)));
            prop_assert_eq!(&publisher.name, &text);
            prop_assert_eq!(publisher.sources, sources(&text));
        }
    }
}
