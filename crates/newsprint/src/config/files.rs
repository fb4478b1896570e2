//! Where configuration files come from: a folder, or the binary itself.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::exit::misuse;

include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// The folder that is used where none is named.
const DEFAULT_FOLDER: &str = "config";

/// A set of configuration files.
#[derive(Debug, Clone)]
pub(crate) enum Files {
    /// A folder on disk.
    Folder(PathBuf),
    /// The files compiled into the binary.
    Shipped,
}

impl Files {
    /// The folder named, else `config/`, else the shipped files.
    pub(crate) fn find(folder: Option<&Path>) -> anyhow::Result<Self> {
        match folder {
            Some(folder) if folder.join("newsprint.toml").is_file() => {
                Ok(Self::Folder(folder.to_owned()))
            }
            Some(folder) => {
                let shown = folder.display();
                Err(misuse(format!(
                    "{shown} holds no newsprint.toml: name a folder made by `newsprint init`"
                )))
            }
            None if Path::new(DEFAULT_FOLDER).join("newsprint.toml").is_file() => {
                Ok(Self::Folder(DEFAULT_FOLDER.into()))
            }
            None => Ok(Self::Shipped),
        }
    }

    /// The folder on disk.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        match self {
            Self::Folder(folder) => Some(folder.clone()),
            Self::Shipped => None,
        }
    }

    /// The text of one file.
    pub(crate) fn read(&self, name: &str) -> anyhow::Result<String> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name);
                let text = std::fs::read_to_string(&path);
                text.map_err(|error| misuse(format!("read {}: {error}", path.display())))
            }
            Self::Shipped => {
                let file = CONFIG.iter().find(|(shipped, _)| *shipped == name);
                let (_, bytes) = file.with_context(|| format!("the binary ships no {name}"))?;
                String::from_utf8(bytes.to_vec()).with_context(|| format!("read {name}"))
            }
        }
    }

    /// Names of the files in `folder` that end in `extension`, sorted.
    pub(crate) fn list(&self, folder: &str, extension: &str) -> anyhow::Result<Vec<String>> {
        let mut names: Vec<String> = match self {
            Self::Folder(root) => {
                let path = root.join(folder);
                let entries = std::fs::read_dir(&path)
                    .map_err(|error| misuse(format!("read {}: {error}", path.display())))?;
                let names = entries
                    .map(|entry| Ok(format!("{folder}/{}", entry?.file_name().to_string_lossy())));
                names
                    .collect::<std::io::Result<_>>()
                    .with_context(|| format!("read {}", path.display()))?
            }
            Self::Shipped => CONFIG.iter().map(|(name, _)| (*name).to_owned()).collect(),
        };
        names.retain(|name| {
            name.strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with('/'))
                && name.ends_with(extension)
        });
        names.sort();
        Ok(names)
    }
}

/// All shipped configuration files by their path in the folder.
pub(crate) fn shipped_config() -> &'static [(&'static str, &'static [u8])] {
    &CONFIG
}

/// The demo's files below `folder`, by their path in it.
pub(crate) fn shipped_demo(folder: &str) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    DEMO.iter()
        .filter_map(move |(name, bytes)| Some((name.strip_prefix(folder)?, *bytes)))
}
