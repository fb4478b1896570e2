//! What was expected of sources against what was seen: no news and being kept out are different values.

use newsprint_tests::TestApp;
use newsprint_tests::server::{Response, Site, article_page, rss};
use serde_json::Value;

fn answer(site: &str, path: &str) -> Response {
    let link = |path: &str| format!("http://{site}{path}");
    let feed = |links: &[String]| Response::ok("application/rss+xml", rss(links));
    match path {
        "/robots.txt" => Response::ok("text/plain", "User-agent: *\nDisallow: /closed\n"),
        "/news.xml" => feed(&[link("/a"), link("/b")]),
        "/part.xml" => feed(&[link("/c"), link("/wall"), link("/missing")]),
        "/walled.xml" => feed(&[link("/wall2"), link("/closed/d")]),
        "/empty.xml" => feed(&[]),
        "/a" | "/b" | "/c" => Response::html(article_page(path, 120)),
        "/wall" | "/wall2" => Response::html(
            "<html><head><title>Just a moment...</title></head><body>Checking your browser: verify you are human</body></html>",
        ),
        "/down.xml" => Response::status(500),
        _ => Response::status(404),
    }
}

#[test]
fn no_news_is_told_from_being_kept_out_from_failing_and_from_not_being_asked() {
    let site = Site::start(1, |request| answer(&request.authority, &request.path));
    let app = TestApp::for_loopback();
    let paths = [
        ("/news.xml", "news", [1, 0, 0, 2, 2, 0, 0]),
        ("/part.xml", "news in part", [1, 0, 0, 3, 1, 1, 1]),
        ("/walled.xml", "blocked", [1, 0, 0, 2, 0, 2, 0]),
        ("/empty.xml", "no news", [1, 0, 0, 0, 0, 0, 0]),
        ("/closed/feed.xml", "blocked", [0, 1, 0, 0, 0, 0, 0]),
        ("/down.xml", "failing", [0, 0, 1, 0, 0, 0, 0]),
    ];
    let sources = paths.map(|(path, ..)| site.at(1, path));
    let arguments: Vec<&str> = sources
        .iter()
        .flat_map(|source| ["--feed", source.as_str()])
        .collect();
    let now = ["--now", "2024-07-16T13:30:00Z"];
    app.run(&[&now[..], &["fetch"], &arguments[..]].concat())
        .expect_code(3);
    for (source, (_, reading, counts)) in sources.iter().zip(paths) {
        let report = ["report", "coverage", "--source", source, "--format", "json"];
        let report = app
            .run(&[&now[..], &report[..]].concat())
            .expect_code(0)
            .json();
        let rows = report["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 1, "{report}");
        let row = &rows[0];
        assert_eq!(
            (&row["hour"], &row["reading"]),
            (&Value::from("2024-07-16T13:00Z"), &Value::from(reading)),
            "{source}"
        );
        let columns = [
            "reads_ok",
            "reads_blocked",
            "reads_failed",
            "named",
            "articles",
            "blocked",
            "no_article",
        ];
        assert_eq!(
            columns.map(|column| row[column].as_i64().unwrap()),
            counts,
            "{row}"
        );
    }
    let table = app.run(&[&now[..], &["report", "theme-day"]].concat());
    let told = "addresses and files that gave no article: kept out: 2 bot_wall, 1 robots_disallowed; no article there: 1 gone";
    assert!(table.stdout.contains(told), "{}", table.stdout);
    let before = [
        "report",
        "coverage",
        "--source",
        &sources[0],
        "--as-of",
        "2024-07-16T13:29:59Z",
    ];
    let before = app.run(&before).expect_code(1);
    assert!(before.stdout.contains("(no rows)"), "{}", before.stdout);
}

#[test]
fn a_configured_source_has_a_row_for_every_hour_in_which_it_was_due() {
    let app = TestApp::for_loopback();
    app.run(&["--offline", "fetch"]).expect_code(0);
    let source = "https://www.federalreserve.gov/feeds/press_all.xml";
    let report = [
        "report",
        "coverage",
        "--source",
        source,
        "--from",
        "2024-07-16",
        "--to",
        "2024-07-16",
        "--format",
        "json",
    ];
    let report = app.run(&report).expect_code(0).json();
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 24);
    for row in rows {
        assert_eq!(row["reads_due"], 4, "{row}");
        assert_eq!(
            (&row["named"], &row["reading"]),
            (&Value::from(0), &Value::from("not asked"))
        );
        assert_eq!(row["expected"], Value::Null);
    }
    let nothing = ["report", "coverage", "--from", "2030-01-01"];
    let nothing = app.run(&nothing).expect_code(2);
    assert!(
        nothing.stderr.contains("give an earlier --from"),
        "{}",
        nothing.stderr
    );
}
