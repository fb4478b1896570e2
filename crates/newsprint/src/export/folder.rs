//! The folder of an export: whole or not there.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::manifest::{FILE, Manifest};
use crate::exit::misuse;

/// A folder that is not finished yet, beside the one that it is to become.
#[derive(Debug)]
pub(super) struct Unfinished {
    target: PathBuf,
    path: PathBuf,
}

impl Unfinished {
    /// Makes the folder, where `target` is free or holds an export of ours. What an export that was broken off left is removed.
    pub(super) fn begin(target: &Path) -> anyhow::Result<Self> {
        let shown = target.display();
        let name = target.file_name().map(|name| name.to_string_lossy());
        let name = name.ok_or_else(|| misuse(format!("--to {shown}: name a folder to write")))?;
        refuse_foreign(target)?;
        let path = target.with_file_name(format!("{name}.unfinished-export"));
        if path.exists() {
            fs::remove_dir_all(&path).with_context(|| format!("remove {}", path.display()))?;
        }
        fs::create_dir_all(&path).with_context(|| format!("create {}", path.display()))?;
        Ok(Self {
            target: target.to_owned(),
            path,
        })
    }

    /// Where to write.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file of text to the disk.
    pub(super) fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.path.join(name);
        let write = || {
            let mut file = File::create_new(&path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().with_context(|| format!("write {}", path.display()))
    }

    /// Puts the folder in its place; an export that was there is removed once this one is.
    pub(super) fn finish(&self) -> anyhow::Result<()> {
        let shown = self.target.display();
        refuse_foreign(&self.target)?;
        let old = self.path.with_extension("replaced-export");
        if old.exists() {
            fs::remove_dir_all(&old).with_context(|| format!("remove {}", old.display()))?;
        }
        if self.target.exists() {
            fs::rename(&self.target, &old).with_context(|| format!("replace {shown}"))?;
        }
        fs::rename(&self.path, &self.target).with_context(|| format!("write {shown}"))?;
        if old.exists() {
            fs::remove_dir_all(&old).with_context(|| format!("remove {}", old.display()))?;
        }
        Ok(())
    }
}

impl Drop for Unfinished {
    /// What was not finished is of no use.
    fn drop(&mut self) {
        if self.path.exists()
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "An unfinished export was left behind.");
        }
    }
}

/// An error where there is something that is no export of ours.
fn refuse_foreign(target: &Path) -> anyhow::Result<()> {
    let shown = target.display();
    if !target.exists() {
        return Ok(());
    }
    let refused = |problem: &str| misuse(format!("--to {shown}: {problem}: name another folder"));
    if !target.is_dir() {
        return Err(refused("it is a file"));
    }
    let entries = fs::read_dir(target).with_context(|| format!("read {shown}"))?;
    let is_empty = entries.count() == 0;
    match is_empty || Manifest::read(&target.join(FILE)).is_ok() {
        true => Ok(()),
        false => Err(refused(
            "it holds something else than an export, and nothing is overwritten",
        )),
    }
}
