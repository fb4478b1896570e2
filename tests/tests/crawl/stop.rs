//! Ctrl-C: the item at hand is finished and recorded, the rest is left to the next run.

use std::process::Child;
use std::time::{Duration, Instant};

use newsprint_tests::server::{Fault, Site};
use newsprint_tests::{TestApp, assert_every_request_is_one_row, crawler};

use super::{n_asked, plain};

/// Waits until the site has been asked so often.
fn until_asked(site: &Site, n: usize) {
    let started = Instant::now();
    while site.requests().len() < n {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "it asks nobody"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Interrupts a command; how long it then took, its code and what it said.
fn interrupt(child: Child) -> (Duration, Option<i32>, String) {
    TestApp::interrupt(&child);
    let started = Instant::now();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (started.elapsed(), output.status.code(), said)
}

#[test]
fn an_interrupted_crawl_ends_with_the_item_at_hand_and_the_next_goes_on() {
    let site = Site::start(2, |request| {
        plain(request, 10).with_fault(Fault::Late(Duration::from_millis(100)))
    });
    let feeds = [1, 2].map(|host| ("feed", site.at(host, "/feed.xml"), ""));
    let app = crawler("0.02", &feeds);
    let child = app.start(&["fetch"]);
    until_asked(&site, 8);
    let (took, code, said) = interrupt(child);
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("stopping after the item at hand"), "{said}");
    assert!(
        said.contains("skipped 127.0.0.1: left to a later run: the run ended"),
        "{said}"
    );
    let n_asked_before = site.requests().len();
    assert!(n_asked_before < 14, "{n_asked_before} requests");
    assert_every_request_is_one_row(&app, &site, 0);
    let said = app.run(&["fetch"]).expect_code(0).stderr;
    assert!(!said.contains(" 0 new articles"), "{said}");
    for story in 0..10 {
        assert_eq!(
            n_asked(&site, &format!("/story/{story}")),
            2,
            "story {story} of two hosts"
        );
    }
    assert_eq!(app.count("SELECT COUNT(*) FROM article"), 20);
    assert_every_request_is_one_row(&app, &site, 0);
}

/// Between an item's robots.txt and its page there is a gap, in which a run may be stopped.
#[test]
fn what_was_asked_for_an_item_that_is_not_finished_is_recorded() {
    let site = Site::start(1, |request| plain(request, 1));
    let app = crawler("2.0", &[("feed", site.at(1, "/feed.xml"), "")]);
    let child = app.start(&["fetch"]);
    until_asked(&site, 1);
    std::thread::sleep(Duration::from_millis(300));
    let (took, code, said) = interrupt(child);
    assert!(
        took < Duration::from_secs(1),
        "it waited for the gap: {took:?}"
    );
    assert_eq!(code, Some(1), "{said}");
    assert_every_request_is_one_row(&app, &site, 0);
    let said = app.run(&["fetch"]).expect_code(0).stderr;
    assert!(said.contains("1 new articles"), "{said}");
    assert_eq!(n_asked(&site, "/robots.txt"), 1);
    assert_every_request_is_one_row(&app, &site, 0);
}

#[test]
fn a_run_that_reaches_its_time_leaves_the_rest_to_the_next() {
    let site = Site::start(1, |request| {
        plain(request, 12).with_fault(Fault::Late(Duration::from_millis(150)))
    });
    let app = crawler("0.0", &[("feed", site.at(1, "/feed.xml"), "")]);
    app.configure("max_minutes", "0.015");
    let mut said = String::new();
    for _ in 0..8 {
        let n_before = site.requests().len();
        let started = Instant::now();
        let output = app.run(&["fetch"]);
        assert!(started.elapsed() < Duration::from_secs(5));
        let left = "left to a later run: the run ended (fetch.max_minutes";
        let is_left = output.stderr.contains(left);
        said = output.expect_code(if is_left { 3 } else { 0 }).stderr;
        if !is_left {
            break;
        }
        assert!(site.requests().len() > n_before, "a run that asks nobody");
    }
    assert!(!said.contains("left to a later run"), "{said}");
    assert_eq!(app.count("SELECT COUNT(*) FROM article"), 12);
    assert!((0..12).all(|story| n_asked(&site, &format!("/story/{story}")) == 1));
    assert_every_request_is_one_row(&app, &site, 0);
}

#[test]
fn where_no_evidence_can_be_kept_nothing_is_recorded_and_the_run_says_so() {
    let site = Site::start(3, |request| plain(request, 3));
    let feeds = [1, 2, 3].map(|host| ("feed", site.at(host, "/feed.xml"), ""));
    let app = crawler("0.0", &feeds);
    app.write("a-file", "");
    app.configure("evidence", "\"a-file\"");
    let said = app.run(&["fetch"]).expect_code(1).stderr;
    assert!(said.contains("write to a-file (fetch.evidence)"), "{said}");
    assert_eq!(site.requests().len(), 0, "asked for what cannot be kept");
    assert_eq!(app.count("SELECT COUNT(*) FROM fetch_attempt"), 0);
    assert_eq!(app.count("SELECT COUNT(*) FROM article"), 0);
    app.configure("evidence", "\"evidence\"");
    let said = app.run(&["fetch"]).expect_code(0).stderr;
    assert!(said.contains("9 new articles"), "{said}");
}
