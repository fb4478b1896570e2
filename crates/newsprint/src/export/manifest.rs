//! What an export was made of and how: enough to make it again, and to say why it would differ.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use newsprint_store::{AsOf, StoreRevision};
use serde::{Deserialize, Serialize};

use super::parts::FileEntry;
use super::tables::{Name, SCHEMA_VERSION};
use crate::columnar::sink::Form;
use crate::context::Context;
use crate::exit::misuse;
use crate::report::cells::Weight;
use crate::report::{MIN_SESSIONS, Selection};

/// The manifest's name in its folder.
pub(super) const FILE: &str = "manifest.json";

/// By which an export of ours is known.
pub(super) const KIND: &str = "newsprint export";

/// What an export was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) kind: String,
    pub(super) schema_version: u32,
    /// The version of newsprint that made it.
    pub(super) code_version: String,
    pub(super) as_of: String,
    pub(super) reconstructed: bool,
    /// The run of the tags; none where nothing had been tagged.
    pub(super) run: Option<RunOf>,
    pub(super) selection: Asked,
    /// The exchange whose sessions `session` names where a table has no index.
    pub(super) exchange: String,
    pub(super) formats: Vec<String>,
    pub(super) tables: Vec<String>,
    /// Digests of the configuration that tables depend on.
    pub(super) config: BTreeMap<String, String>,
    pub(super) store: Held,
    pub(super) inputs: Inputs,
    pub(super) files: Vec<FileEntry>,
}

/// A tag run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RunOf {
    pub(super) id: String,
    pub(super) model: String,
    pub(super) model_hash: String,
    pub(super) definitions_hash: String,
    pub(super) code_version: String,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    themes: Vec<String>,
    indices: Vec<String>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    no_retrospective: bool,
    weight: String,
}

/// How much the store held as of then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    articles: i64,
    tagged_revisions: i64,
    closes: i64,
    last_recorded_at: Option<String>,
}

/// Digests of what tables were made of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Inputs {
    /// Ids of the revisions that were read, which are digests of what they say; none where no table of articles was asked for.
    pub(super) revisions: Option<Hashed>,
    /// Closes by index.
    pub(super) closes: BTreeMap<String, Hashed>,
}

/// A number of things and the digest of all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hashed {
    pub(super) n: u64,
    pub(super) sha256: String,
}

/// As instants are written in a manifest.
pub(super) fn written(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Micros, true)
}

impl From<&Selection> for Asked {
    fn from(selection: &Selection) -> Self {
        Self {
            themes: selection.themes.clone(),
            indices: selection.indices.iter().map(ToString::to_string).collect(),
            from: selection.from,
            to: selection.to,
            no_retrospective: selection.no_retrospective,
            weight: selection.weight.name().to_owned(),
        }
    }
}

impl From<StoreRevision> for Held {
    fn from(revision: StoreRevision) -> Self {
        Self {
            articles: revision.n_articles,
            tagged_revisions: revision.n_tagged,
            closes: revision.n_prices,
            last_recorded_at: revision.recorded_at.map(written),
        }
    }
}

impl Manifest {
    /// Reads a manifest of this version.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let refused = |problem: String| misuse(format!("{}: {problem}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
        let is_ours = |value: &serde_json::Value| value["kind"] == KIND;
        let value: serde_json::Value = serde_json::from_str(&text)
            .ok()
            .filter(is_ours)
            .ok_or_else(|| refused(format!("it is no {FILE} of an export of newsprint")))?;
        if value["schema_version"] != SCHEMA_VERSION {
            let version = &value["schema_version"];
            return Err(refused(format!(
                "it is of schema version {version}, and this newsprint writes {SCHEMA_VERSION}: use the version that made it"
            )));
        }
        serde_json::from_value(value).map_err(|error| refused(error.to_string()))
    }

    /// As it stands in its file.
    pub(super) fn text(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// What was asked for, of the configuration as it is.
    pub(super) fn selection(&self, context: &Context) -> anyhow::Result<Selection> {
        let asked = &self.selection;
        let indices = asked.indices.iter().map(|id| {
            let index = context.config.require_index(id)?;
            Ok(index.id.clone())
        });
        let instant = DateTime::parse_from_rfc3339(&self.as_of);
        let instant = instant.map_err(|error| misuse(format!("as_of {}: {error}", self.as_of)))?;
        Ok(Selection {
            themes: asked.themes.clone(),
            indices: indices.collect::<anyhow::Result<_>>()?,
            from: asked.from,
            to: asked.to,
            as_of: AsOf {
                instant: instant.to_utc(),
                reconstructed: self.reconstructed,
            },
            no_retrospective: asked.no_retrospective,
            run: self.run.as_ref().map(|run| run.id.clone()),
            weight: Weight::parse(&asked.weight)
                .ok_or_else(|| misuse(format!("there is no weight \"{}\"", asked.weight)))?,
            min_n: MIN_SESSIONS as usize,
        })
    }

    pub(super) fn forms(&self) -> Vec<Form> {
        let is_named = |form: &Form| self.formats.iter().any(|name| name == form.name());
        Form::ALL.into_iter().filter(is_named).collect()
    }

    pub(super) fn tables(&self) -> Vec<Name> {
        let names = self.tables.iter();
        names.filter_map(|name| Name::parse(name)).collect()
    }

    /// What this export was made with that another was not.
    pub(super) fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        let mut compare = |what: &str, one: &str, other: &str| {
            if one != other {
                found.push(format!("{what}: {one} then, {other} now"));
            }
        };
        compare("newsprint", &self.code_version, &other.code_version);
        let model = |manifest: &Self| {
            let run = manifest.run.as_ref();
            run.map_or("none".to_owned(), |run| {
                format!("{} {}", run.model, run.model_hash)
            })
        };
        compare("model", &model(self), &model(other));
        for (file, digest) in &self.config {
            let now = other.config.get(file).map_or("none", String::as_str);
            compare(&format!("configuration, {file}"), digest, now);
        }
        let held = |held: &Held| {
            format!(
                "{} articles, {} tagged revisions, {} closes",
                held.articles, held.tagged_revisions, held.closes
            )
        };
        compare("store", &held(&self.store), &held(&other.store));
        found
    }
}
