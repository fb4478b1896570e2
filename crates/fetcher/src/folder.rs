//! A folder of saved pages, read as if they had been fetched.

use std::io;
use std::path::{Path, PathBuf};

/// What a folder holds.
#[derive(Debug, Default)]
pub struct Listing {
    /// Files that end in `.html` or `.htm`, sorted by path.
    pub pages: Vec<PathBuf>,
    /// Folders, the one asked for or some in it, that cannot be read.
    pub unreadable: Vec<(PathBuf, io::Error)>,
}

/// Pages in `folder` and the folders in it. Links are not followed.
pub fn list(folder: &Path) -> Listing {
    let mut listing = Listing::default();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        if let Err(error) = read_one(&next, &mut folders, &mut listing.pages) {
            listing.unreadable.push((next, error));
        }
    }
    listing.pages.sort();
    listing
}

fn read_one(folder: &Path, folders: &mut Vec<PathBuf>, pages: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let path = entry.path();
        if kind.is_dir() {
            folders.push(path);
        } else if kind.is_file() && is_page(&path) {
            pages.push(path);
        }
    }
    Ok(())
}

fn is_page(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| {
        ["html", "htm"]
            .iter()
            .any(|page| page.eq_ignore_ascii_case(extension))
    })
}
