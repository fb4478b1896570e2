//! Exports: whole or not there, the same bytes on every engine, made again from their manifest, and nothing of a text that is not allowed.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;

use newsprint_tests::postgres::{PrivatePostgres, Settings};
use newsprint_tests::server::{Response, Site, rss};
use newsprint_tests::{Output, TestApp, crawler, now, repository, with_demo_articles};

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

#[test]
fn exports_of_postgres_are_those_of_sqlite_and_are_reproduced_on_it() {
    let server = PrivatePostgres::start(Settings::default());
    let url = server.create_database();
    let app = filled(&["sqlite:newsprint.db", &url]);
    let run = app.select("SELECT tag_run_id FROM tag_run ORDER BY tag_run_key")[0][0].clone();
    let past = ["--as-of", "2026-11-02T12:00:00Z"];
    let reconstructed = ["--as-of", "2024-06-30T00:00:00Z", "--reconstructed"];
    let part = [
        "--theme",
        "rate_cuts",
        "--index",
        "RUT",
        "--from",
        "2024-07-01",
        "--until",
        "2024-07-31",
    ];
    let asked: [&[&str]; 5] = [
        &[],
        &past,
        &reconstructed,
        &part,
        &["--run", &run, "--weight", "article"],
    ];
    for (place, asked) in asked.into_iter().enumerate() {
        let export = |store: &str, to: &str| {
            let arguments = [
                &["export", "--format", "parquet,csv,jsonl", "--to", to],
                asked,
            ]
            .concat();
            newsprint(&app, store, &arguments).expect_code(0);
            files(&app.path().join(to))
        };
        let (one, other) = (format!("sqlite{place}"), format!("postgres{place}"));
        let of_sqlite = export("sqlite:newsprint.db", &one);
        assert!(of_sqlite.len() > 10 && of_sqlite.contains_key("manifest.json"));
        assert_same(&of_sqlite, &export(&url, &other), &format!("{asked:?}"));
        assert_same(
            &of_sqlite,
            &export("sqlite:newsprint.db", &one),
            "written again",
        );
        let manifest = format!("{one}/manifest.json");
        newsprint(&app, &url, &["reproduce", &manifest]).expect_code(0);
    }
    assert_eq!(rows(&app, "sqlite0", "articles").len(), 36);
    assert!(
        rows(&app, "sqlite3", "theme_tags")
            .iter()
            .all(|row| row["theme"] == "rate_cuts")
    );
}

/// What is recorded later changes nothing; what an older instant did not know is not in it.
#[test]
fn an_export_knows_nothing_of_later_and_is_made_again_after_it() {
    let app = filled(&["sqlite:newsprint.db"]);
    let past = [
        "export",
        "--format",
        "csv",
        "--to",
        "past",
        "--as-of",
        "2026-11-02T12:00:00Z",
    ];
    newsprint(&app, "newsprint.db", &past).expect_code(0);
    let close = |folder: &str| {
        let mut rows = rows(&app, folder, "prices").into_iter();
        rows.find(|row| row["index"] == "RUT" && row["date"] == "2024-07-17")
            .unwrap()["close"]
            .clone()
    };
    assert_ne!(close("past"), "2240.25");
    let now = ["export", "--format", "csv", "--to", "now"];
    newsprint(&app, "newsprint.db", &now).expect_code(0);
    assert_eq!(close("now"), "2240.25");
    assert_eq!(rows(&app, "past", "runs").len(), 1);
    assert_eq!(rows(&app, "now", "runs").len(), 2);
    newsprint(&app, "newsprint.db", &["reproduce", "past/manifest.json"]).expect_code(0);
}

#[test]
fn what_differs_is_named_with_its_first_row_and_what_else_has_changed() {
    let app = filled(&["sqlite:newsprint.db"]);
    newsprint(
        &app,
        "newsprint.db",
        &[
            "export",
            "--to",
            "out",
            "--table",
            "prices",
            "--format",
            "parquet,csv",
        ],
    )
    .expect_code(0);
    app.write(
        "config/themes/energy.toml",
        &(app.read("config/themes/energy.toml") + "\n# Another one.\n"),
    );
    let same = newsprint(&app, "newsprint.db", &["reproduce", "out/manifest.json"]).expect_code(0);
    assert!(
        same.stdout.contains("configuration, themes/"),
        "{}",
        same.stdout
    );
    app.change("DROP TRIGGER price_is_append_only; UPDATE price SET close = 1 WHERE index_id = 'RUT' AND date = '2024-07-16'").unwrap();
    let output = newsprint(
        &app,
        "newsprint.db",
        &["reproduce", "out/manifest.json", "--to", "again"],
    )
    .expect_code(1);
    for expected in [
        "prices/year=2024/part-0.parquet",
        "differs",
        "2024-07-16,RUT,2263.5,",
        "then, row",
    ] {
        let expected = expected.replace("then, row", "2024-07-16,RUT,1,");
        assert!(
            output.stdout.contains(&expected),
            "{expected}: {}",
            output.stdout
        );
    }
    assert!(app.path().join("again/manifest.json").exists());
    let elsewhere = newsprint(&app, "nowhere.db", &["reproduce", "out/manifest.json"]);
    assert_eq!(elsewhere.code, 1, "{}", elsewhere.stderr);
}

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

/// `fetch --replay`, `prices import`, `tag`, `export`: the rows of then, from what was kept of them.
#[test]
fn an_export_is_made_again_from_evidence_and_price_files() {
    let site = Site::start(1, |request| match request.path.as_str() {
        "/robots.txt" => Response::status(404),
        "/feed.xml" => Response::ok(
            "application/rss+xml",
            rss(&["/cuts".into(), "/fears".into()]),
        ),
        "/cuts" => Response::html(page(
            "a.example",
            "cuts",
            "Hopes",
            "soared as hopes of rate cuts grew.",
        )),
        "/fears" => Response::html(page(
            "a.example",
            "fears",
            "Fears",
            "fell as fears of a recession grew.",
        )),
        _ => Response::status(404),
    });
    let first = crawler("0.0", &[("feed", site.at(1, "/feed.xml"), "")]);
    let closes = "Date,Close\n2024-07-16,2263.5\n2024-07-17,2240.25\n2024-07-18,2198.5\n";
    let finish = |app: &TestApp| {
        app.write("RUT.csv", closes);
        now(app, &["prices", "import", "RUT.csv", "--index", "RUT"]).expect_code(0);
        now(app, &["tag"]).expect_code(0);
        now(app, &["export", "--to", "out", "--format", "csv"]).expect_code(0);
    };
    now(&first, &["fetch"]).expect_code(0);
    finish(&first);
    let second = crawler("0.0", &[]);
    let evidence = first.path().join("evidence");
    now(&second, &["fetch", "--replay", evidence.to_str().unwrap()]).expect_code(0);
    finish(&second);
    for table in ["theme_tags", "index_tags", "theme_day", "returns"] {
        let (one, other) = (rows(&first, "out", table), rows(&second, "out", table));
        assert!(!one.is_empty(), "{table}");
        assert_eq!(one.len(), other.len(), "{table}");
        for (one, other) in one.iter().zip(&other) {
            for (column, value) in one {
                let apart = |value: &String| value.parse::<f64>().ok();
                match apart(value).zip(apart(&other[column])) {
                    Some((one, other)) => assert!((one - other).abs() <= 1e-3, "{table}, {column}"),
                    None => assert_eq!(*value, other[column], "{table}, {column}"),
                }
            }
        }
    }
}
