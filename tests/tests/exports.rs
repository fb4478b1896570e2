//! The same input gives the same tables on every engine, to the byte.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use newsprint_tests::postgres::{PrivatePostgres, Settings};
use newsprint_tests::server::{Response, Site, article_page, rss};
use newsprint_tests::{Output, TestApp, repository};

/// Feeds with news, without any, in part kept out, and failing.
fn answer(path: &str) -> Response {
    let feed = |links: &[&str]| {
        let links: Vec<String> = links.iter().map(|link| (*link).to_owned()).collect();
        Response::ok("application/rss+xml", rss(&links))
    };
    match path {
        "/robots.txt" => Response::ok("text/plain", "User-agent: *\nDisallow: /closed\n"),
        "/news.xml" => feed(&["/a", "/B", "/Z", "/missing"]),
        "/Part.xml" => feed(&["/c", "/closed/d"]),
        "/empty.xml" => feed(&[]),
        "/a" | "/B" | "/Z" | "/c" => Response::html(article_page(path, 120)),
        "/down.xml" => Response::status(500),
        _ => Response::status(404),
    }
}

/// A saved page of a site that no publisher row names.
fn page(path: &str, date: &str, said: &str) -> String {
    let padding =
        "Traders in New York said the move was broad and that volumes were high for a summer day. "
            .repeat(12);
    format!(
        "<html lang=\"en\"><head><title>{path} Übersicht</title>
         <link rel=\"canonical\" href=\"https://unlisted.example/{path}\">
         <meta property=\"article:published_time\" content=\"{date}\"></head>
         <body><article><h1>{path} Übersicht</h1><p>The Russell 2000 {said} {padding}</p><p>{padding}</p></article></body></html>"
    )
}

/// Pages that language and bytes put in another order, and that were published at one instant.
fn write_pages(app: &TestApp, said: &str) {
    for path in ["b", "B", "a", "Z", "_", "ä"] {
        let name = format!("Saved pages/{path}{}.html", path.len());
        app.write(&name, &page(path, "2024-07-16T21:00:00Z", said));
    }
}

/// What an installation does in three days: articles, closes and tags; then revisions, a corrected close, and another run.
fn fill(app: &TestApp, store: &str, feeds: &[String]) {
    let run = |now: &str, arguments: &[&str]| {
        let arguments = [&["--now", now, "--db", store], arguments].concat();
        app.run(&arguments).expect_code(0);
    };
    write_pages(app, "soared as hopes of rate cuts grew.");
    let first = "2026-11-01T12:00:00Z";
    let demo = repository().join("demo/pages/articles");
    run(first, &["fetch", "--folder", "Saved pages"]);
    run(first, &["fetch", "--folder", demo.to_str().unwrap()]);
    run(first, &["--model", "lexicon", "run"]);
    let feeds = feeds.iter().flat_map(|feed| ["--feed", feed]);
    let feeds: Vec<&str> = feeds.collect();
    let crawl = [&["--now", first, "--db", store, "fetch"], &feeds[..]].concat();
    app.run(&crawl).expect_code(3);
    write_pages(app, "collapsed as fears of a recession grew.");
    let second = "2026-11-02T23:59:59.999999Z";
    run(second, &["fetch", "--folder", "Saved pages"]);
    app.write(
        "corrected.csv",
        "Date,Close\n2024-07-16,2263.5\n2024-07-17,2240.25\n",
    );
    run(
        second,
        &["prices", "import", "corrected.csv", "--index", "RUT"],
    );
    run("2026-11-03T00:00:00Z", &["--model", "permissive", "tag"]);
}

/// Before anything was recorded: there is nothing to report.
const BEFORE: &str = "2026-11-01T11:59:59Z";

/// Every report in this form, as it was at several instants, by either run and weighed either way.
fn exports(app: &TestApp, store: &str, feeds: &[String], format: &str) -> Vec<(String, Output)> {
    let runs = app.select("SELECT tag_run_id FROM tag_run ORDER BY tag_run_key");
    let first = ["--run", &runs[0][0]];
    let mut asked: Vec<Vec<&str>> = Vec::new();
    let past = ["--as-of", "2026-11-02T12:00:00Z"];
    let before = ["--as-of", BEFORE];
    let reconstructed = ["--as-of", "2024-06-30T00:00:00Z", "--reconstructed"];
    for table in ["theme-day", "returns", "articles"] {
        for extra in [
            &[][..],
            &past,
            &before,
            &reconstructed,
            &first,
            &["--weight", "story"],
            &["--theme", "any", "--index", "RUT"],
        ] {
            asked.push([&["report", table], extra].concat());
        }
    }
    for table in [
        "ic",
        "quantiles",
        "regression",
        "hit-rate",
        "lead-lag",
        "event-study",
        "granger",
    ] {
        // What is held against moves is found in few of these sessions.
        let short = ["--min-n", "4"];
        asked.push([&["report", table], &short[..]].concat());
        asked.push([&["report", table], &short[..], &past].concat());
    }
    let mut coverage = vec![
        "report",
        "coverage",
        "--from",
        "2026-10-31",
        "--to",
        "2026-11-03",
    ];
    coverage.extend(feeds.iter().flat_map(|feed| ["--source", feed]));
    asked.push(coverage);
    asked.push(vec!["report", "article", "https://unlisted.example/B"]);
    asked.push(vec![
        "prices",
        "returns",
        "--index",
        "RUT",
        "--from",
        "2024-07-10",
        "--to",
        "2024-07-19",
    ]);
    let exported = asked.into_iter().map(|arguments| {
        // What is said of one article is text alone.
        let format = if arguments[1] == "article" {
            "table"
        } else {
            format
        };
        let ask = [
            "--now",
            "2026-11-04T12:00:00Z",
            "--db",
            store,
            "--model",
            "permissive",
            "--format",
            format,
        ];
        let output = app.run(&[&ask[..], &arguments].concat());
        (arguments.join(" "), output)
    });
    exported.collect()
}

#[test]
fn exports_of_postgres_are_those_of_sqlite_to_the_byte() {
    let server = PrivatePostgres::start(Settings::default());
    let url = server.create_database();
    let site = Site::start(1, |request| answer(&request.path));
    let feeds = ["/news.xml", "/Part.xml", "/empty.xml", "/down.xml"].map(|feed| site.at(1, feed));
    let app = TestApp::with_fixture_pages();
    app.edit_config(
        "folder = \"reports\" # `newsprint run`",
        "folder = \"\" # `newsprint run`",
    );
    app.edit_config("allow_loopback = false", "allow_loopback = true");
    app.edit_config("gap_seconds = 2.0", "gap_seconds = 0.0");
    for store in ["sqlite:newsprint.db", &url] {
        fill(&app, store, &feeds);
    }
    let mut n_bytes = 0;
    for format in ["csv", "json"] {
        let of_postgres = exports(&app, &url, &feeds, format);
        for ((asked, one), (_, other)) in exports(&app, "sqlite:newsprint.db", &feeds, format)
            .into_iter()
            .zip(of_postgres)
        {
            assert_eq!(one.stdout, other.stdout, "{asked}, {format}");
            let expected = i32::from(asked.contains(BEFORE));
            assert_eq!(one.code, expected, "{asked}: {}", one.stderr);
            assert_eq!(other.code, expected, "{asked}: {}", other.stderr);
            n_bytes += one.stdout.len();
        }
    }
    assert!(n_bytes > 100_000, "{n_bytes} bytes are hardly any table");
}
