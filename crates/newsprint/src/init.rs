//! Writes the built-in configuration to a folder, for people to change.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::Context as _;

use crate::config::shipped_config;
use crate::exit::Outcome;
use crate::progress::say;

/// Copies every shipped file that `folder` does not have; never changes one.
pub(crate) fn init(folder: &Path) -> anyhow::Result<Outcome> {
    let mut n_written = 0;
    for (name, bytes) in shipped_config() {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("create {}", parent.display()))?;
        }
        match fs::File::create_new(&path) {
            Ok(mut file) => {
                file.write_all(bytes)
                    .with_context(|| format!("write {}", path.display()))?;
                n_written += 1;
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("write {}", path.display())),
        }
    }
    let shown = folder.display();
    say(&format!(
        "init: {n_written} files written to {shown}; edit {shown}/newsprint.toml, then `newsprint run`"
    ));
    Ok(Outcome::Done)
}
