//! What many tests begin with.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::Value;

use crate::{Output, TestApp, repository};

/// The instant that tests take for the current time.
pub const NOW: &str = "2026-11-01T12:00:00Z";

/// Runs the command at [`NOW`].
pub fn now(app: &TestApp, arguments: &[&str]) -> Output {
    app.run(&[&["--now", NOW], arguments].concat())
}

/// Rows of a table printed as JSON.
///
/// # Panics
/// Where it is none.
pub fn rows(output: &Output) -> Vec<Value> {
    output.json()["rows"].as_array().unwrap().clone()
}

/// The demo's articles, tagged.
///
/// # Panics
/// Where the command fails.
pub fn with_demo_articles() -> TestApp {
    let app = TestApp::new();
    app.run(&["init"]).expect_code(0);
    let publishers = std::fs::read_to_string(repository().join("demo/publishers.toml")).unwrap();
    app.write("config/publishers.toml", &publishers);
    let folder = repository().join("demo/pages/articles");
    now(&app, &["fetch", "--folder", folder.to_str().unwrap()]).expect_code(0);
    now(&app, &["tag"]).expect_code(0);
    app
}
