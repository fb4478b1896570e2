//! A folder of saved pages, read as if they had been fetched.

use std::io;
use std::path::{Path, PathBuf};

/// Pages in `folder` and the folders in it, sorted by path: files that end in `.html` or `.htm`. Links are not followed.
pub fn pages(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            let path = entry.path();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && is_page(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_page(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| {
        ["html", "htm"]
            .iter()
            .any(|page| page.eq_ignore_ascii_case(extension))
    })
}
