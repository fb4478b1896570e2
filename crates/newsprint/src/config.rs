//! Configuration: one folder, read and validated whole before anything runs.
//!
//! The folder is the one given with `--config`, else `config/` where it holds a `newsprint.toml`, else the one compiled into
//! the binary. Errors name the file and, for syntax and unknown keys, the line.

mod calendars;
mod definitions;
mod files;
mod price_address;
pub(crate) mod settings;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use newsprint_domain::calendar::Calendar;
use newsprint_domain::digest::{Sha256Sum, sha256_hex};
use newsprint_domain::identifier::{IndexId, Mic, ThemeId};
use newsprint_domain::index::IndexDefinition;
use newsprint_domain::theme::ThemeDefinition;
use newsprint_fetcher::publisher::Publisher;
use newsprint_nlp::targets::IndexSet;
use newsprint_nlp::themes::ThemeSet;

use crate::exit::misuse;
pub(crate) use definitions::{publishers, read_themes, series_key};
use files::Files;
pub(crate) use files::{shipped_config, shipped_demo};
pub(crate) use price_address::PriceAddress;
pub(crate) use settings::Settings;

/// Everything that is configured, valid.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) settings: Settings,
    pub(crate) publishers: Vec<Publisher>,
    pub(crate) themes: Vec<ThemeDefinition>,
    pub(crate) indices: Vec<IndexDefinition>,
    pub(crate) calendars: BTreeMap<Mic, Calendar>,
    /// Digest of the theme and index definitions, by which tag runs are told apart.
    pub(crate) definitions_hash: String,
    /// The folder it was read from; `None` of the one compiled in.
    folder: Option<PathBuf>,
}

impl Config {
    /// Reads the folder that applies.
    pub(crate) fn load(folder: Option<&Path>) -> anyhow::Result<Self> {
        Self::read(&Files::find(folder)?)
    }

    /// The configuration that is compiled into the binary.
    pub(crate) fn shipped() -> anyhow::Result<Self> {
        Self::read(&Files::Shipped)
    }

    /// The shipped settings without any publisher, theme, index or calendar: for commands that ask for none of them, and would
    /// spend more time on reading them than on their own work.
    pub(crate) fn undefined() -> anyhow::Result<Self> {
        let settings = Files::Shipped.read("newsprint.toml")?;
        Ok(Self {
            settings: Settings::parse(&settings).context("read newsprint.toml")?,
            publishers: Vec::new(),
            themes: Vec::new(),
            indices: Vec::new(),
            calendars: BTreeMap::new(),
            definitions_hash: String::new(),
            folder: None,
        })
    }

    fn read(files: &Files) -> anyhow::Result<Self> {
        let themes = definitions::themes(files)?;
        let indices = definitions::indices(files)?;
        let config = Self {
            settings: Settings::parse(&files.read("newsprint.toml")?)
                .context("read newsprint.toml")?,
            publishers: publishers(&files.read("publishers.toml")?)?,
            definitions_hash: definitions::hash(&themes, &indices)?,
            themes,
            indices,
            calendars: calendars::read(files)?,
            folder: files.folder(),
        };
        config.check_references()?;
        Ok(config)
    }

    /// Digests of the files that tables depend on, by their names; of folders, of all files in them.
    pub(crate) fn digests(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let files = self.folder.clone().map_or(Files::Shipped, Files::Folder);
        let mut digests = BTreeMap::new();
        for name in ["indices.toml", "publishers.toml"] {
            let digest = sha256_hex(files.read(name)?.as_bytes());
            digests.insert(name.to_owned(), digest);
        }
        for (folder, extension) in [("calendars", ".csv"), ("themes", ".toml")] {
            let mut sum = Sha256Sum::default();
            for name in files.list(folder, extension)? {
                let digest = sha256_hex(files.read(&name)?.as_bytes());
                sum.update(format!("{digest} {name}\n").as_bytes());
            }
            digests.insert(format!("{folder}/"), sum.finish());
        }
        Ok(digests)
    }

    /// Refuses rules of themes and indices that cannot be compiled: for commands that read text, before they do anything.
    pub(crate) fn check_rules(&self) -> anyhow::Result<()> {
        self.theme_set()?;
        self.index_set()?;
        Ok(())
    }

    /// The folder it was read from; `None` of the configuration compiled in.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// All themes, compiled.
    pub(crate) fn theme_set(&self) -> anyhow::Result<ThemeSet> {
        ThemeSet::new(self.themes.clone()).map_err(|error| misuse(error.to_string()))
    }

    /// All indices, compiled.
    pub(crate) fn index_set(&self) -> anyhow::Result<IndexSet> {
        IndexSet::new(self.indices.clone()).map_err(|error| misuse(error.to_string()))
    }

    /// What themes and indices refer to must be there.
    fn check_references(&self) -> anyhow::Result<()> {
        for theme in &self.themes {
            if theme.id.as_str() == "any" {
                return Err(misuse(
                    "themes/any.toml: \"any\" stands for all themes in tables: use another id",
                ));
            }
            let is_theme = |id: &&ThemeId| self.themes.iter().any(|theme| theme.id == **id);
            if let Some(unknown) = theme.parents.iter().find(|id| !is_theme(id)) {
                let message = format!(
                    "themes/{}.toml: parent \"{unknown}\" is no theme of themes/",
                    theme.id
                );
                return Err(misuse(message));
            }
            if let Some(unknown) = theme.indices.iter().find(|id| self.index(id).is_none()) {
                let message = format!(
                    "themes/{}.toml: index \"{unknown}\" is not in indices.toml",
                    theme.id
                );
                return Err(misuse(message));
            }
        }
        let urls = self.settings.prices.urls.keys();
        if let Some(unknown) = urls.into_iter().find(|id| self.index(id).is_none()) {
            return Err(misuse(format!(
                "newsprint.toml: prices.urls.{unknown}: index \"{unknown}\" is not in indices.toml"
            )));
        }
        for index in &self.indices {
            self.check_reference(index)?;
            if let Some(exchange) = &index.exchange
                && !self.calendars.contains_key(exchange)
            {
                let message = format!(
                    "indices.toml: index {}: exchange {exchange} has no calendar: add calendars/{exchange}.csv",
                    index.id
                );
                return Err(misuse(message));
            }
        }
        Ok(())
    }

    /// A market is another index of the same sessions, and no sector itself.
    fn check_reference(&self, index: &IndexDefinition) -> anyhow::Result<()> {
        let Some(reference) = &index.reference else {
            return Ok(());
        };
        let market = self.index(reference);
        let is_market = market.is_some_and(|market| {
            market.exchange == index.exchange && market.reference.is_none() && market.id != index.id
        });
        if is_market && index.exchange.is_some() {
            return Ok(());
        }
        Err(misuse(format!(
            "indices.toml: index {}: reference \"{reference}\": name another index of the same exchange that has no reference itself",
            index.id
        )))
    }

    pub(crate) fn index(&self, id: &IndexId) -> Option<&IndexDefinition> {
        self.indices.iter().find(|index| index.id == *id)
    }

    /// The index of this id, or an error that says which there are.
    pub(crate) fn require_index(&self, id: &str) -> anyhow::Result<&IndexDefinition> {
        let found = self.indices.iter().find(|index| index.id.as_str() == id);
        found.ok_or_else(|| {
            let known: Vec<&str> = self.indices.iter().map(|index| index.id.as_str()).collect();
            misuse(format!(
                "unknown index \"{id}\": indices.toml has {}",
                known.join(", ")
            ))
        })
    }

    /// An error that says which themes there are, where none has this id.
    pub(crate) fn require_theme(&self, id: &str) -> anyhow::Result<()> {
        let found = self.themes.iter().find(|theme| theme.id.as_str() == id);
        found.map(|_| ()).ok_or_else(|| {
            let known: Vec<&str> = self.themes.iter().map(|theme| theme.id.as_str()).collect();
            misuse(format!(
                "unknown theme \"{id}\": themes/ has {}",
                known.join(", ")
            ))
        })
    }

    /// The calendar that an index is read by, or an error that says that it has none.
    pub(crate) fn calendar_of(&self, index: &IndexDefinition) -> anyhow::Result<&Calendar> {
        match &index.exchange {
            Some(exchange) => self.require_calendar(exchange.as_str()),
            None => Err(misuse(format!(
                "indices.toml: index {} has no exchange, so no session can be told: add one that has a calendar",
                index.id
            ))),
        }
    }

    /// The calendar of this exchange, or an error that says which there are.
    pub(crate) fn require_calendar(&self, exchange: &str) -> anyhow::Result<&Calendar> {
        let found = self
            .calendars
            .iter()
            .find(|(mic, _)| mic.as_str() == exchange);
        found.map(|(_, calendar)| calendar).ok_or_else(|| {
            let known: Vec<&str> = self.calendars.keys().map(Mic::as_str).collect();
            misuse(format!(
                "unknown exchange \"{exchange}\": calendars/ has {}",
                known.join(", ")
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_configuration_is_valid() {
        let config = Config::load(Some(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config"),
        ))
        .unwrap();
        assert!(config.themes.len() >= 45 && config.publishers.len() >= 6);
        assert!(config.require_index("RUT").is_ok() && config.require_calendar("XASX").is_ok());
        let error = config.require_theme("oil").unwrap_err().to_string();
        assert!(
            error.starts_with("unknown theme \"oil\": themes/ has ai_boom, "),
            "{error}"
        );
    }
}
