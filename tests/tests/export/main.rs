//! Exports: whole or not there, the same bytes on every engine, made again from their manifest, and nothing of a text that is not allowed.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod again;
mod refused;

use std::collections::BTreeMap;
use std::path::Path;

use newsprint_tests::{Output, TestApp, repository};

const LATER: &str = "2026-11-03T00:00:00Z";
const PADDING: &str =
    "Traders in New York said the move was broad and that volumes were high for a summer day. ";

/// A page of a site that has no publisher's row, or of the one that `domain` belongs to.
fn page(domain: &str, path: &str, title: &str, said: &str) -> String {
    let padding = PADDING.repeat(12);
    format!(
        "<html lang=\"en\"><head><title>{title}</title><link rel=\"canonical\" href=\"https://{domain}/{path}\">
         <meta property=\"article:published_time\" content=\"2024-07-16T21:00:00Z\"></head>
         <body><article><h1>{title}</h1><p>The Russell 2000 {said} {padding}</p><p>{padding}</p></article></body></html>"
    )
}

/// Articles that were published at one instant and that a language sorts otherwise than bytes do, closes, and tags; then corrected
/// closes, revisions and another run.
fn fill(app: &TestApp, store: &str) {
    let run = |now: &str, arguments: &[&str]| {
        let arguments = [&["--now", now, "--db", store], arguments].concat();
        app.run(&arguments).expect_code(0);
    };
    let write_pages = |said: &str| {
        for path in ["b", "B", "a", "Z", "_", "ä"] {
            let text = page("unlisted.example", path, &format!("{path} Übersicht"), said);
            app.write(&format!("saved/{path}{}.html", path.len()), &text);
        }
    };
    let first = "2026-11-01T12:00:00Z";
    write_pages("soared as hopes of rate cuts grew.");
    run(first, &["fetch", "--folder", "saved"]);
    let demo = repository().join("demo/pages/articles");
    run(first, &["fetch", "--folder", demo.to_str().unwrap()]);
    run(first, &["--model", "lexicon", "run"]);
    write_pages("collapsed as fears of a recession grew.");
    let second = "2026-11-02T23:59:59.999999Z";
    run(second, &["fetch", "--folder", "saved"]);
    let corrected = "Date,Close\n2024-07-16,2263.5\n2024-07-17,2240.25\n";
    app.write("corrected.csv", corrected);
    run(
        second,
        &["prices", "import", "corrected.csv", "--index", "RUT"],
    );
    run(LATER, &["--model", "permissive", "tag"]);
}

fn filled(stores: &[&str]) -> TestApp {
    let app = TestApp::with_fixture_pages();
    app.edit_config(
        "folder = \"reports\" # `newsprint run`",
        "folder = \"\" # `newsprint run`",
    );
    for store in stores {
        fill(&app, store);
    }
    app
}

fn newsprint(app: &TestApp, store: &str, arguments: &[&str]) -> Output {
    app.run(&[&["--now", LATER, "--db", store], arguments].concat())
}

/// Every file below a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}

fn assert_same(one: &BTreeMap<String, Vec<u8>>, other: &BTreeMap<String, Vec<u8>>, what: &str) {
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(one), names(other), "{what}");
    for (name, bytes) in one {
        assert!(other[name] == *bytes, "{what}: {name} differs");
    }
}

/// The CSV files of a table as rows by column.
fn rows(app: &TestApp, folder: &str, table: &str) -> Vec<BTreeMap<String, String>> {
    let of_table = format!("csv/{table}/");
    let mut rows = Vec::new();
    for (name, bytes) in files(&app.path().join(folder)) {
        if name.starts_with(&of_table) {
            let mut reader = csv::Reader::from_reader(bytes.as_slice());
            let found = reader.deserialize().collect::<Result<Vec<_>, _>>();
            rows.extend::<Vec<BTreeMap<String, String>>>(found.unwrap());
        }
    }
    rows
}
