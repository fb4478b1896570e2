//! Publishers are rows: who they are, in which zone they write, and where their articles are found.

use std::path::PathBuf;

use chrono_tz::Tz;
use newsprint_domain::identifier::PublisherId;
use serde::Deserialize;

use crate::address::{domain_of, registrable_domain};

/// A row of `publishers.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publisher {
    /// Permanent id.
    pub id: PublisherId,
    /// Full name.
    pub name: String,
    /// Registrable domain, by which its pages are recognised.
    pub domain: String,
    /// The zone that its dates and its times without an offset are in.
    pub timezone: Zone,
    /// BCP 47 tag of the language it writes in.
    pub language: String,
    /// Whether its licence lets titles and texts of its articles be exported.
    #[serde(default)]
    pub export_text: bool,
    /// Where its articles are found.
    #[serde(default, rename = "source")]
    pub sources: Vec<Source>,
}

/// Where articles are found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// An RSS, Atom or JSON feed; each entry's page is an article.
    Feed {
        /// Its address.
        url: String,
    },
    /// A sitemap, a news sitemap or an index of them; each page in it is an article.
    Sitemap {
        /// Its address.
        url: String,
    },
    /// A page that links to articles.
    Section {
        /// Its address.
        url: String,
        /// A CSS selector of the links, or of what they stand in.
        links: String,
    },
    /// A page that is an article.
    Page {
        /// Its address.
        url: String,
    },
    /// A WARC file, or a folder of them.
    Warc {
        /// The file or folder, relative to the working directory.
        path: PathBuf,
    },
    /// A folder of saved pages.
    Folder {
        /// The folder, relative to the working directory.
        path: PathBuf,
    },
}

/// An IANA time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Zone(pub Tz);

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let zone = name.parse().map(Self);
        zone.map_err(|_| {
            format!("unknown time zone \"{name}\": use an IANA name such as America/New_York")
        })
    }
}

impl Source {
    /// What the source is called in fetch outcomes and messages.
    pub fn name(&self) -> String {
        match self {
            Self::Feed { url }
            | Self::Sitemap { url }
            | Self::Section { url, .. }
            | Self::Page { url } => url.clone(),
            Self::Warc { path } | Self::Folder { path } => path.display().to_string(),
        }
    }
}

impl Publisher {
    /// What is wrong with the row, where something is.
    pub fn problem(&self) -> Option<String> {
        let registrable = registrable_domain(&self.domain);
        (registrable.as_deref() != Some(self.domain.as_str())).then(|| {
            let advice = registrable.map_or(String::new(), |domain| format!(": use \"{domain}\""));
            format!(
                "domain \"{}\" is not a registrable domain in lower case{advice}",
                self.domain
            )
        })
    }
}

/// The publisher whose domain `address` is on.
pub fn publisher_of<'a>(publishers: &'a [Publisher], address: &str) -> Option<&'a Publisher> {
    let domain = domain_of(address)?;
    publishers
        .iter()
        .find(|publisher| publisher.domain == domain)
}
