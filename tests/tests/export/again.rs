//! The same files again: on the other engine, after more was recorded, and from what was kept of the sources.

use newsprint_tests::postgres::{PrivatePostgres, Settings};
use newsprint_tests::server::{Response, Site, rss};
use newsprint_tests::{TestApp, crawler, now};

use super::{assert_same, files, filled, newsprint, page, rows};

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
    let latest = "2026-11-05T00:00:00Z";
    let text = page("unlisted.example", "later", "Later", "fell on tariffs.");
    app.write("more/later.html", &text);
    app.write("more.csv", "Date,Close\n2024-07-18,2198.25\n");
    for arguments in [
        &["fetch", "--folder", "more"][..],
        &["prices", "import", "more.csv", "--index", "RUT"],
        &["--model", "permissive", "tag"],
    ] {
        app.run(&[&["--now", latest], arguments].concat())
            .expect_code(0);
    }
    for manifest in ["past/manifest.json", "now/manifest.json"] {
        app.run(&["--now", latest, "reproduce", manifest])
            .expect_code(0);
    }
    let with_more = ["export", "--format", "csv", "--to", "more_rows"];
    app.run(&[&["--now", latest], &with_more[..]].concat())
        .expect_code(0);
    let n = |folder: &str| rows(&app, folder, "articles").len();
    assert_eq!(n("more_rows"), n("now") + 1);
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
