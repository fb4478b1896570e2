//! The inputs that fuzzing found worth keeping (see `fuzz/README.md`): each goes a way of its own through what reads it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "corpus/checks.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets use it from outside")]
mod checks;

use std::path::Path;

/// Checks every kept input of a target, each on its own.
fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    replay_folder(&folder.join(target), check);
}

fn replay_folder(folder: &Path, check: fn(&[u8])) {
    let mut inputs: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    inputs.sort();
    assert!(inputs.len() > 3, "{} is gone", folder.display());
    for input in inputs {
        let bytes = std::fs::read(&input).unwrap();
        if std::panic::catch_unwind(|| check(&bytes)).is_err() {
            panic!("fails on {}", input.display());
        }
    }
}

#[test]
fn pages() {
    replay("page", checks::page);
    // The demo's own pages are seeds too.
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/pages/articles");
    replay_folder(&demo, checks::page);
}

#[test]
fn feeds() {
    replay("feed", checks::feed);
}

#[test]
fn robots() {
    replay("robots", checks::robots);
}

#[test]
fn sitemaps() {
    replay("sitemap", checks::sitemap);
}

#[test]
fn archives() {
    replay("warc", checks::warc);
}
