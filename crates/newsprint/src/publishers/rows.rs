//! The file of publishers: what stands against a new row, and how one is added.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, ensure};
use newsprint_domain::identifier::PublisherId;
use newsprint_fetcher::publisher::Publisher;

use crate::config::publishers;
use crate::exit::misuse;

/// Why a publisher of this id and registrable domain cannot be added to `present`; `None` where it can.
pub(super) fn obstacle(present: &[Publisher], id: &PublisherId, domain: &str) -> Option<String> {
    let twin = present.iter().find(|other| other.domain == domain);
    if let Some(twin) = twin {
        return Some(format!(
            "publishers.toml has {domain} already, as publisher {}: add a [[publisher.source]] to it by hand",
            twin.id
        ));
    }
    let namesake = present.iter().find(|other| other.id == *id)?;
    Some(format!(
        "publishers.toml has a publisher {id} already, of {}: add a [[publisher.source]] to it by hand if it is the same, else choose \
         another id with --id",
        namesake.domain
    ))
}

/// Adds the row of a publisher to the file at `path`, whose own text stays as it is. The file is replaced whole or not at all.
pub(super) fn append(path: &Path, row: &str, id: &PublisherId, domain: &str) -> anyhow::Result<()> {
    let shown = path.display();
    // A link to a file stays one.
    let path = fs::canonicalize(path).with_context(|| format!("find {shown}"))?;
    let text = fs::read_to_string(&path).with_context(|| format!("read {shown}"))?;
    let present = publishers(&text)?;
    if let Some(obstacle) = obstacle(&present, id, domain) {
        return Err(misuse(obstacle));
    }
    let longer = with_row(&text, row);
    let added = publishers(&longer).context("check the new row")?;
    let is_one_more = added.len() == present.len() + 1 && added.starts_with(&present);
    ensure!(
        is_one_more,
        "the new row would change other rows of {shown}: add it by hand"
    );
    replace(&path, &longer).with_context(|| format!("write {shown}"))
}

/// The text with the row as a paragraph at its end.
fn with_row(text: &str, row: &str) -> String {
    let gap = match text {
        "" => "",
        _ if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    format!("{text}{gap}{row}")
}

/// Writes the text to a file beside `path` that then takes its name.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let unfinished = path.with_extension(format!("toml.{}.unfinished", std::process::id()));
    let written = write_new(&unfinished, text, path).and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        // The first error tells more than one of tidying up.
        drop(fs::remove_file(&unfinished));
    }
    Ok(written?)
}

/// Writes a file that may be read by whoever may read the one at `like`.
fn write_new(path: &Path, text: &str, like: &Path) -> std::io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.set_permissions(fs::metadata(like)?.permissions())?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use tempfile::TempDir;

    use super::*;

    const PRESENT: &str = "# Ours.\r\n[[publisher]]\nid = \"harbour\"\nname = \"Harbour\"\ndomain = \"harbourledger.example\"\n\
                           timezone = \"Australia/Sydney\" # where it is\nlanguage = \"en\"";

    fn row(id: &str, domain: &str) -> String {
        format!(
            "[[publisher]]\nid = \"{id}\"\nname = \"New\"\ndomain = \"{domain}\"\ntimezone = \"UTC\"\nlanguage = \"en\"\n"
        )
    }

    /// A folder with the file, and what comes of adding a row to it.
    fn added(
        text: &str,
        row: &str,
        id: &str,
        domain: &str,
    ) -> (TempDir, PathBuf, anyhow::Result<()>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("publishers.toml");
        fs::write(&path, text).unwrap();
        let result = append(&path, row, &PublisherId::new(id).unwrap(), domain);
        (folder, path, result)
    }

    fn files_in(folder: &TempDir) -> usize {
        fs::read_dir(folder.path()).unwrap().count()
    }

    #[test]
    fn a_row_is_added_and_every_byte_stays() {
        let new = row("new", "new.example");
        for (text, gap) in [(PRESENT.to_owned(), "\n\n"), (format!("{PRESENT}\n"), "\n")] {
            let (folder, path, result) = added(&text, &new, "new", "new.example");
            result.unwrap();
            assert_eq!(
                fs::read_to_string(path).unwrap(),
                format!("{text}{gap}{new}")
            );
            assert_eq!(files_in(&folder), 1, "the unfinished file is left");
        }
    }

    /// What is said where nothing may be added; checks that nothing was.
    fn refused(text: &str, row: &str, id: &str, domain: &str) -> String {
        let (folder, path, result) = added(text, row, id, domain);
        assert_eq!(fs::read_to_string(path).unwrap(), text);
        assert_eq!(files_in(&folder), 1, "the unfinished file is left");
        format!("{:#}", result.unwrap_err())
    }

    #[test]
    fn a_publisher_that_is_there_is_named() {
        let domain = "harbourledger.example";
        let twin = refused(PRESENT, &row("new", domain), "new", domain);
        let expected = "publishers.toml has harbourledger.example already, as publisher harbour: add a [[publisher.source]] to it by hand";
        assert_eq!(twin, expected);
        let namesake = refused(
            PRESENT,
            &row("harbour", "new.example"),
            "harbour",
            "new.example",
        );
        assert!(namesake.contains("a publisher harbour already, of harbourledger.example"));
        assert!(namesake.contains("--id"));
    }

    #[test]
    fn a_file_or_a_row_that_is_not_valid_changes_nothing() {
        let new = row("new", "new.example");
        let broken = format!("{PRESENT}\nfeeds = 3\n");
        let error = refused(&broken, &new, "new", "new.example");
        assert!(error.contains("unknown field `feeds`"), "{error}");
        let inline = "publisher = []\n";
        assert!(refused(inline, &new, "new", "new.example").contains("check the new row"));
        let loopback = row("new", "127.0.0.1");
        let error = refused(PRESENT, &loopback, "new", "127.0.0.1");
        assert!(error.contains("is not a registrable domain"), "{error}");
        let two = format!("{new}{}", row("newer", "newer.example"));
        let error = refused(PRESENT, &two, "new", "new.example");
        assert!(error.contains("would change other rows"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};

        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (
            folder.path().join("shared.toml"),
            folder.path().join("publishers.toml"),
        );
        fs::write(&file, PRESENT).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        let id = PublisherId::new("new").unwrap();
        append(&link, &row("new", "new.example"), &id, "new.example").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::read_to_string(&file).unwrap().contains("new.example"));
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o640
        );
    }
}
