//! Cells that are empty, and names that are none.

use newsprint_tests::server::{Response, Site, article_page, rss};
use newsprint_tests::{TestApp, now, with_demo_articles};

use super::CELL;

#[test]
fn an_empty_cell_says_why_and_never_zero() {
    let site = Site::start(1, |request| {
        let link = |path: &str| vec![format!("http://{}{path}", request.authority)];
        let feed = |links: &[String]| Response::ok("application/rss+xml", rss(links));
        match request.path.as_str() {
            "/robots.txt" => Response::ok("text/plain", "User-agent: *\nDisallow: /closed\n"),
            "/news.xml" => feed(&link("/a")),
            "/kept_out.xml" => feed(&link("/closed/a")),
            "/a" => Response::html(article_page("a", 120)),
            _ => Response::status(404),
        }
    });
    let app = TestApp::for_loopback();
    for (feed, instant) in [
        ("/news.xml", "2024-07-16T14:00:00Z"),
        ("/kept_out.xml", "2024-07-17T14:00:00Z"),
    ] {
        let feed = site.at(1, feed);
        app.run(&["--now", instant, "fetch", "--feed", &feed]);
        app.run(&["--now", instant, "tag"]);
    }
    for (session, reading) in [
        ("2024-07-16", "no news"),
        ("2024-07-17", "blocked"),
        ("2024-07-18", "not asked"),
        ("2026-11-02", "not over yet"),
    ] {
        let cell = format!("theme_day:{session}/shutdown/RUT");
        let empty = now(&app, &["explain", &cell, "--format", "json"]).expect_code(1);
        assert_eq!(empty.json()["reading"], reading, "{}", empty.stdout);
        let shown = now(&app, &["explain", &cell]).expect_code(1).stdout;
        assert!(shown.contains("empty, which is no zero"), "{shown}");
        let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        let kept_out = "reads of sources: 1 answered; pages that they named: 1 kept out";
        assert_eq!(words.contains(kept_out), reading == "blocked", "{shown}");
    }
    let line = "returns:shutdown/RUT/c2c_0";
    let empty = now(&app, &["explain", line, "--format", "json"]).expect_code(1);
    assert_eq!(empty.json()["reading"], "no observations");
}

#[test]
fn what_is_no_cell_is_refused_in_a_sentence() {
    let app = with_demo_articles();
    for (arguments, problem) in [
        (&["theme_day"][..], "it names no table before a colon"),
        (
            &["theme_day:2024-07-17/small_cap/RUT"],
            "unknown theme \"small_cap\"",
        ),
        (
            &["theme_day:2024-07-17/small_caps/RTY"],
            "unknown index \"RTY\"",
        ),
        (&["returns:small_caps/RUT/1d"], "\"1d\" is no window"),
        (
            &["theme_day:2024-07-20/small_caps/RUT"],
            "2024-07-20 (Saturday) is no session of XNYS, nearest: 2024-07-19 and 2024-07-22",
        ),
        (
            &["returns:small_caps/RUT/c2c_0@2024-07-04"],
            "nearest: 2024-07-03 and 2024-07-05",
        ),
        (
            &["theme_day:9999-12-31/small_caps/RUT"],
            "nearest: 2027-12-31",
        ),
    ] {
        let refused = now(&app, &[&["explain"], arguments].concat()).expect_code(2);
        assert!(refused.stderr.contains(problem), "{}", refused.stderr);
        let syntax = "write theme_day:2024-07-17/small_caps/RUT";
        assert!(refused.stderr.contains(syntax), "{}", refused.stderr);
    }
    for arguments in [
        &["--format", "csv"][..],
        &["--from", "2024-07-01"],
        &["--limit", "0"],
    ] {
        now(&app, &[&["explain", CELL], arguments].concat()).expect_code(2);
    }
}
