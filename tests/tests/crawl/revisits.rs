//! Pages are looked at again, and what changed of them is a revision beside the old one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use newsprint_tests::server::{Response, Site};
use newsprint_tests::{Evidence, TestApp, assert_every_request_is_one_row, crawler};

use super::{feed, n_asked};

const TEXT: &str =
    "The small-cap benchmark rose again on Tuesday as traders raised their bets on easier policy. ";

/// A page whose words change with its edition.
fn page(edition: usize) -> Response {
    let paragraphs = format!("<p>{}</p>", TEXT.repeat(4)).repeat(4);
    Response::html(format!(
        "<html lang='en'><head><title>Small caps soar</title>
         <meta property='article:published_time' content='2026-11-01T11:00:00Z'></head>
         <body><article><h1>Small caps soar</h1>{paragraphs}<p>The index gained {} percent in {edition} hours of trading.</p>
         </article></body></html>",
        edition * 3
    ))
}

/// Fetches at an instant of November 2026; how often the page has been asked for since the start.
fn visits(app: &TestApp, site: &Site, instant: &str) -> usize {
    app.fetch_at(&format!("2026-11-{instant}Z")).expect_code(0);
    n_asked(site, "/story/0")
}

#[test]
fn a_page_is_looked_at_after_1_6_24_and_168_hours_and_not_before() {
    let edition = Arc::new(AtomicUsize::new(1));
    let served = edition.clone();
    let site = Site::start(1, move |request| match request.path.as_str() {
        "/robots.txt" => Response::status(404),
        "/feed.xml" => feed(1),
        _ => page(served.load(Ordering::SeqCst)),
    });
    let app = crawler("0.0", &[("feed", site.at(1, "/feed.xml"), "")]);
    let schedule = [
        ("01T12:00:00", 1, 1),
        ("01T12:59:59", 1, 1),
        ("01T13:00:00", 2, 2),
        ("01T17:59:59", 2, 2),
        ("01T18:00:00", 2, 3),
        ("02T11:59:59", 3, 3),
        ("02T12:00:00", 3, 4),
        ("08T11:59:59", 4, 4),
        ("08T12:00:00", 4, 5),
        ("30T12:00:00", 5, 5),
    ];
    for (instant, now_served, expected) in schedule {
        edition.store(now_served, Ordering::SeqCst);
        assert_eq!(visits(&app, &site, instant), expected, "at {instant}");
    }
    // Edition 2 was served twice, and the last one to nobody.
    let revisions = app.select(
        "SELECT text, first_seen FROM revision r JOIN article USING (article_key) ORDER BY revision_key",
    );
    let seen: Vec<&str> = revisions.iter().map(|row| row[1].as_str()).collect();
    let expected = [
        "1793534400000000",
        "1793538000000000",
        "1793620800000000",
        "1794139200000000",
    ];
    assert_eq!(seen, expected);
    for (place, row) in revisions.iter().enumerate() {
        let words = format!("gained {} percent", (place + 1) * 3);
        assert!(row[0].contains(&words), "{words} is not in {}", row[0]);
    }
    let changes = app.select(
        "SELECT revision_key - previous_revision_key, title_changed, words_added, words_removed FROM revision_change
         ORDER BY revision_key",
    );
    assert_eq!(changes, [["1", "0", "2", "2"]; 3]);
    assert_eq!(app.count("SELECT COUNT(*) FROM article"), 1);
    let recorded = "SELECT COUNT(*) FROM fetch_attempt WHERE role = 'page' AND outcome = 'ok' AND revision_key IS NOT NULL";
    assert_eq!(app.count(recorded), 5);
    assert_every_request_is_one_row(&app, &site, 0);
    assert_eq!(Evidence::of(&app).problems, Vec::<String>::new());
}

#[test]
fn a_page_that_is_gone_later_keeps_its_article() {
    let is_gone = Arc::new(AtomicUsize::new(0));
    let served = is_gone.clone();
    let site = Site::start(1, move |request| match request.path.as_str() {
        "/robots.txt" => Response::status(404),
        "/feed.xml" => feed(1),
        _ if served.load(Ordering::SeqCst) > 0 => Response::status(410),
        _ => page(1),
    });
    let app = crawler("0.0", &[("feed", site.at(1, "/feed.xml"), "")]);
    visits(&app, &site, "01T12:00:00");
    is_gone.store(1, Ordering::SeqCst);
    app.fetch_at("2026-11-01T13:00:00Z").expect_code(3);
    let outcomes = app.select("SELECT outcome FROM fetch_outcome ORDER BY fetch_outcome_key");
    assert_eq!(outcomes, [["ok"], ["gone"]]);
    assert_eq!(app.count("SELECT COUNT(*) FROM revision"), 1);
    // What is gone is not asked for any more.
    assert_eq!(visits(&app, &site, "30T13:00:00"), 2);
    assert_every_request_is_one_row(&app, &site, 0);
}
