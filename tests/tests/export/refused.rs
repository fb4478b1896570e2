//! What is not written, and not overwritten.

use std::collections::BTreeMap;

use newsprint_tests::{TestApp, now, with_demo_articles};

use super::{files, page, rows};

#[test]
fn nothing_but_an_export_is_overwritten() {
    let app = with_demo_articles();
    app.write("mine/notes.txt", "keep me");
    app.write("file", "keep me");
    for (to, said) in [
        ("mine", "it holds something else than an export"),
        ("file", "it is a file"),
    ] {
        let output = now(&app, &["export", "--to", to]);
        assert_eq!(output.code, 2, "{}", output.stderr);
        assert!(output.stderr.contains(said), "{}", output.stderr);
    }
    assert_eq!(app.read("mine/notes.txt"), "keep me");
    now(&app, &["export", "--to", "out"]).expect_code(0);
    now(&app, &["export", "--to", "out", "--table", "runs"]).expect_code(0);
    let kept = files(&app.path().join("out"));
    let names: Vec<&str> = kept.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "data_dictionary.json",
            "data_dictionary.md",
            "manifest.json",
            "runs/part-0.parquet"
        ]
    );
    for (arguments, said) in [
        (
            &["export", "--to", "new", "--format", "json"][..],
            "parquet, csv or jsonl",
        ),
        (
            &["export", "--to", "new", "--theme", "oil"],
            "unknown theme \"oil\"",
        ),
        (
            &["report", "theme-day", "--format", "csv,json"],
            "only `newsprint export` writes more",
        ),
        (
            &["reproduce", "mine/notes.txt"],
            "it is no manifest.json of an export",
        ),
    ] {
        let output = now(&app, arguments);
        assert_eq!(output.code, 2, "{}", output.stderr);
        assert!(output.stderr.contains(said), "{}", output.stderr);
    }
    let left = std::fs::read_dir(app.path()).unwrap();
    let left = left.filter(|entry| {
        entry
            .as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .contains("export")
    });
    assert_eq!(left.count(), 0, "something unfinished was left behind");
}

#[test]
fn text_is_exported_only_where_its_publisher_allows_it_and_runs_nothing() {
    let app = TestApp::with_fixture_pages();
    let formula = "=HYPERLINK(\"https://a.example\",\"rate cuts\")";
    app.write(
        "saved/a.html",
        &page("harbourledger.example", "a", formula, "soared."),
    );
    app.write(
        "saved/b.html",
        &page("unlisted.example", "b", "Not to be passed on", "fell."),
    );
    now(&app, &["fetch", "--folder", "saved"]).expect_code(0);
    now(&app, &["--model", "lexicon", "tag"]).expect_code(0);
    let export = |to: &str| {
        now(&app, &["export", "--to", to, "--format", "csv,jsonl"]).expect_code(0);
        rows(&app, to, "articles")
    };
    let all = export("without");
    assert!(
        all.iter()
            .all(|row| row["title"].is_empty() && row["text"].is_empty())
    );
    let publishers = app.read("config/publishers.toml");
    let allowing = publishers.replacen(
        "domain = \"harbourledger.example\"",
        "domain = \"harbourledger.example\"\nexport_text = true",
        1,
    );
    assert_ne!(publishers, allowing);
    app.write("config/publishers.toml", &allowing);
    let of = |rows: &[BTreeMap<String, String>], end: &str| {
        rows.iter()
            .find(|row| row["address"].ends_with(end))
            .unwrap()
            .clone()
    };
    let all = export("with");
    assert_eq!(
        of(&all, "harbourledger.example/a")["title"],
        format!("'{formula}")
    );
    assert!(of(&all, "harbourledger.example/a")["text"].contains("Traders in New York"));
    assert_eq!(of(&all, "unlisted.example/b")["title"], "");
    for (name, bytes) in files(&app.path().join("with")) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains("Not to be passed on"), "{name}");
    }
    app.write(
        "config/publishers.toml",
        &allowing.replace("export_text = true", "export_text = \"yes\""),
    );
    let output = now(&app, &["export", "--to", "with"]);
    assert!(
        output.code == 2 && output.stderr.contains("publishers.toml"),
        "{}",
        output.stderr
    );
}
