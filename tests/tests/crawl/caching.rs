//! What is known need not be sent again, nor asked for while it stands.

use newsprint_tests::server::{Request, Response, Site};
use newsprint_tests::{Evidence, assert_every_request_is_one_row, crawler};

use super::{asked, n_asked, plain};

const MODIFIED: &str = "Tue, 16 Jul 2024 12:00:00 GMT";

/// Everything but robots.txt has validators, and is not sent to whoever has it already.
fn validated(request: &Request) -> Response {
    let is_known = |name: &str, value: &str| {
        let known = request.headers.get(name);
        known.is_some_and(|known| known == value)
    };
    let answer = match request.path.as_str() {
        "/robots.txt" => return plain(request, 0),
        "/dated" if is_known("if-modified-since", MODIFIED) => Response::status(304),
        "/dated" => return plain(request, 2).with_header("Last-Modified", MODIFIED),
        _ if is_known("if-none-match", "\"v1\"") => Response::status(304),
        _ => plain(request, 2),
    };
    answer.with_header("ETag", "\"v1\"")
}

#[test]
fn what_is_asked_again_by_hand_is_not_sent_again_and_not_lost() {
    let site = Site::start(1, validated);
    let app = crawler("0.0", &[]);
    let (feed, dated) = (site.at(1, "/feed.xml"), site.at(1, "/dated"));
    let arguments = ["fetch", "--feed", &feed, "--url", &dated];
    let first = app.run(&arguments).expect_code(0);
    assert!(first.stderr.contains("3 new articles"), "{}", first.stderr);
    let articles =
        "SELECT title, text, first_seen, recorded_at FROM revision ORDER BY revision_key";
    let (known, n_before) = (app.select(articles), site.requests().len());
    let second = app.run(&arguments).expect_code(0);
    assert!(
        second.stderr.contains("0 new articles, 0 new revisions"),
        "{}",
        second.stderr
    );
    assert!(
        second.stderr.contains("2 not modified since"),
        "{}",
        second.stderr
    );
    let requests = site.requests();
    let again = &requests[n_before..];
    let sent: Vec<_> = again
        .iter()
        .map(|logged| {
            let sent = |name: &str| logged.headers.get(name).map(String::as_str);
            let path = logged.path.as_str();
            (path, sent("if-none-match"), sent("if-modified-since"))
        })
        .collect();
    let mut sent = sent;
    sent.sort();
    assert_eq!(
        sent,
        [
            ("/dated", None, Some(MODIFIED)),
            ("/feed.xml", Some("\"v1\""), None)
        ]
    );
    assert_eq!(app.select(articles), known);
    let outcomes =
        "SELECT outcome, status FROM fetch_attempt ORDER BY fetch_attempt_key DESC LIMIT 2";
    assert_eq!(app.select(outcomes), [["not_modified", "304"]; 2]);
    // What is not modified twice is still known by the answer that was whole.
    app.run(&arguments).expect_code(0);
    let third = &site.requests()[n_before + 2..];
    assert!(third.iter().all(|logged| {
        logged.headers.contains_key("if-none-match")
            || logged.headers.contains_key("if-modified-since")
    }));
    assert_every_request_is_one_row(&app, &site, 0);
    assert_eq!(Evidence::of(&app).problems, Vec::<String>::new());
}

#[test]
fn a_feed_is_not_asked_while_its_answer_stands_but_is_by_hand() {
    let site = Site::start(1, |request| {
        let answer = plain(request, 1);
        match request.path.as_str() {
            "/feed.xml" => answer.with_header("Cache-Control", "max-age=3600"),
            _ => answer,
        }
    });
    let feed = site.at(1, "/feed.xml");
    let app = crawler("0.0", &[("feed", feed.clone(), "")]);
    app.configure("revisit_hours", "[]");
    app.fetch_at("2026-11-01T12:00:00Z").expect_code(0);
    assert_eq!(asked(&site, 1), ["/robots.txt", "/feed.xml", "/story/0"]);
    for command in ["fetch", "run"] {
        let quiet = app.run(&["--now", "2026-11-01T12:59:59Z", command]);
        quiet.expect_code(0);
        assert_eq!(n_asked(&site, "/feed.xml"), 1, "{command}");
    }
    let by_hand = ["--now", "2026-11-01T12:30:00Z", "fetch", "--feed", &feed];
    app.run(&by_hand).expect_code(0);
    assert_eq!(n_asked(&site, "/feed.xml"), 2);
    app.fetch_at("2026-11-01T13:29:59Z").expect_code(0);
    assert_eq!(n_asked(&site, "/feed.xml"), 2);
    app.fetch_at("2026-11-01T13:30:00Z").expect_code(0);
    assert_eq!(n_asked(&site, "/feed.xml"), 3);
    assert_eq!(n_asked(&site, "/story/0"), 1);
    assert_every_request_is_one_row(&app, &site, 0);
}

#[test]
fn a_feed_that_states_no_lifetime_is_asked_by_every_run() {
    let site = Site::start(1, |request| plain(request, 1));
    let app = crawler("0.0", &[("feed", site.at(1, "/feed.xml"), "")]);
    for n in 1..=3 {
        app.fetch_at("2026-11-01T12:00:00Z").expect_code(0);
        assert_eq!(n_asked(&site, "/feed.xml"), n);
    }
    assert_eq!(n_asked(&site, "/story/0"), 1);
    assert_eq!(n_asked(&site, "/robots.txt"), 1);
}

#[test]
fn offline_nobody_is_asked() {
    let site = Site::start(1, |request| plain(request, 2));
    let feed = site.at(1, "/feed.xml");
    let app = crawler("0.0", &[("feed", feed.clone(), "")]);
    for arguments in [
        &["--offline", "fetch"][..],
        &["--offline", "run"],
        &["--offline", "fetch", "--feed", &feed],
    ] {
        let said = app.run(arguments).expect_code(0).stderr;
        assert!(said.contains("1 sources not asked (--offline)"), "{said}");
    }
    assert_eq!(site.requests(), []);
    app.run(&["fetch"]).expect_code(0);
    assert!(!site.requests().is_empty());
}

#[test]
fn that_this_machine_may_be_asked_is_warned_of() {
    let site = Site::start(1, |request| plain(request, 1));
    let app = crawler("0.0", &[("feed", site.at(1, "/feed.xml"), "")]);
    let said = app.run(&["fetch"]).expect_code(0).stderr;
    assert!(said.contains("fetch.allow_loopback is on"), "{said}");
    app.configure("allow_loopback", "false");
    let n_before = site.requests().len();
    let said = app.run(&["fetch"]).expect_code(1).stderr;
    assert!(!said.contains("allow_loopback is on"), "{said}");
    assert!(said.contains("refused address"), "{said}");
    assert_eq!(site.requests().len(), n_before);
}
