//! The verbs that end-to-end tests speak: a [`TestApp`] is a folder of its own in which `newsprint` is run as users run it.

mod app;
mod broken_off;
mod crawl;
mod engines;
#[cfg(unix)]
pub mod postgres;
mod rows;
pub mod server;
pub mod study;
mod verbs;

pub use app::{Output, TestApp};
pub use broken_off::{Ran, Tally, Workplace, break_off};
pub use crawl::{Evidence, assert_every_request_is_one_row, crawler};
pub use engines::{ask_postgres, postgres_rows, signal, wait_until};
pub use rows::all_rows;
pub use verbs::{NOW, now, rows, with_demo_articles};

use std::path::{Path, PathBuf};

/// The repository.
pub fn repository() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.canonicalize().unwrap_or(root)
}

/// A file or folder of `tests/fixtures`.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

/// How often a test breaks something off: `scripts/test soak` asks for more than the tenth that is enough otherwise.
///
/// # Panics
/// Where what was asked for is no number.
pub fn n_kills(enough: usize) -> usize {
    #[expect(
        clippy::disallowed_methods,
        reason = "how scripts/test asks for a soak"
    )]
    let asked = std::env::var("NEWSPRINT_TEST_KILLS").ok();
    asked.map_or(enough, |asked| {
        let number = asked.parse();
        number.unwrap_or_else(|error| panic!("NEWSPRINT_TEST_KILLS is {asked}: {error}"))
    })
}

/// A folder of the conformance data, which is not part of the repository; `scripts/test` names it where there is one.
///
/// A test that gets `None` says on standard error that it cannot run, and `scripts/test` says so at its end.
pub fn conformance(name: &str) -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "how scripts/test tells tests where the data is"
    )]
    let data = std::env::var_os("NEWSPRINT_TEST_DATA").map(PathBuf::from);
    let folder = data
        .map(|data| data.join(name))
        .filter(|folder| folder.exists());
    if folder.is_none() {
        #[expect(
            clippy::print_stderr,
            reason = "a test that cannot run must not pass silently"
        )]
        {
            eprintln!("CANNOT RUN: NEWSPRINT_TEST_DATA names no folder with {name}");
        }
    }
    folder
}
