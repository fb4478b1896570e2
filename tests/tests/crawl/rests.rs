//! Hosts that fail, stall or ask to be left alone: they are, and all others are read meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use newsprint_tests::server::{Fault, Request, Response, Site, most_at_once, rss};
use newsprint_tests::{TestApp, assert_every_request_is_one_row, crawler};

use super::{asked, n_asked, plain};

fn app_for(site: &Site, n_hosts: usize) -> TestApp {
    let feeds = (1..=n_hosts).map(|host| ("feed", site.at(host, "/feed.xml"), ""));
    crawler("0.0", &feeds.collect::<Vec<_>>())
}

/// Stories of the first host get this instead of their page.
fn first_host_answers(request: &Request, instead: Response) -> Response {
    match request.host == "127.0.0.1" && request.path.starts_with("/story/") {
        true => instead,
        false => plain(request, 12),
    }
}

#[test]
fn who_asks_for_a_short_rest_gets_it_within_the_run() {
    let site = Site::start(1, |request| match request.path.as_str() {
        "/story/0" if request.headers["user-agent"].contains("newsprint/") => {
            Response::status(429).with_header("Retry-After", "1")
        }
        _ => plain(request, 3),
    });
    let app = app_for(&site, 1);
    let said = app.fetch_at("2026-11-01T12:00:00Z").expect_code(3).stderr;
    assert!(said.contains("the server answered 429"), "{said}");
    assert!(said.contains("2 new articles"), "{said}");
    let log = site.requests();
    let busy = log.iter().position(|logged| logged.path == "/story/0");
    let busy = busy.unwrap();
    let wait = log[busy + 1].arrived - log[busy].answered.unwrap();
    assert!(wait >= Duration::from_secs(1), "{wait:?}");
    // The page itself is tried again a quarter of an hour later.
    app.fetch_at("2026-11-01T12:07:00Z").expect_code(0);
    assert_eq!(n_asked(&site, "/story/0"), 1);
    app.fetch_at("2026-11-01T12:16:00Z").expect_code(3);
    assert_eq!(n_asked(&site, "/story/0"), 2);
    assert_every_request_is_one_row(&app, &site, 0);
}

#[test]
fn a_host_that_asks_for_a_long_rest_is_left_alone_by_this_run_and_the_next() {
    let site = Site::start(2, |request| {
        let busy = Response::status(429).with_header("Retry-After", "3600");
        first_host_answers(request, busy)
    });
    let app = app_for(&site, 2);
    let started = Instant::now();
    let said = app.run(&["fetch"]).expect_code(3).stderr;
    assert!(started.elapsed() < Duration::from_secs(30), "it waited");
    let told =
        "skipped 127.0.0.1: left to a later run: 127.0.0.1 asked for fewer requests; not before";
    assert!(said.contains(told), "{said}");
    assert!(said.contains("12 new articles"), "{said}");
    assert_eq!(asked(&site, 1), ["/robots.txt", "/feed.xml", "/story/0"]);
    let said = app.run(&["fetch"]).expect_code(3).stderr;
    assert!(said.contains(told), "{said}");
    assert_eq!(asked(&site, 1).len(), 3);
    assert_every_request_is_one_row(&app, &site, 0);
}

#[test]
fn a_host_that_fails_five_times_in_a_row_is_left_alone_by_this_run_and_the_next() {
    let site = Site::start(2, |request| {
        first_host_answers(request, Response::status(500))
    });
    let app = app_for(&site, 2);
    let said = app.run(&["fetch"]).expect_code(3).stderr;
    let told = "skipped 127.0.0.1: left to a later run: 5 requests in a row failed at 127.0.0.1; not before";
    assert!(said.contains(told), "{said}");
    assert!(said.contains("12 new articles"), "{said}");
    let pages = asked(&site, 1).into_iter();
    let n_pages = pages.filter(|path| path.starts_with("/story/")).count();
    assert_eq!(n_pages, 5);
    let said = app.run(&["fetch"]).expect_code(3).stderr;
    assert!(said.contains(told), "{said}");
    assert_eq!(asked(&site, 1).len(), 7);
    // What was not asked for is still to be.
    let due = "SELECT COUNT(*) FROM fetch_item WHERE role = 'page' AND n_visits = 0 AND n_failures = 0 AND due_at IS NOT NULL";
    assert_eq!(app.count(due), 7);
    assert_every_request_is_one_row(&app, &site, 0);
}

#[test]
fn a_crawl_delay_of_hours_is_kept_and_holds_up_no_run() {
    let site = Site::start(2, |request| match request.path.as_str() {
        "/robots.txt" if request.host == "127.0.0.1" => {
            Response::ok("text/plain", "User-agent: *\nCrawl-delay: 7200\n")
        }
        _ => plain(request, 2),
    });
    let app = app_for(&site, 2);
    let started = Instant::now();
    let said = app.run(&["fetch"]).expect_code(3).stderr;
    assert!(
        said.contains("127.0.0.1 asks for a longer gap: it is left alone until"),
        "{said}"
    );
    assert!(said.contains("2 new articles"), "{said}");
    // The feed is due again a quarter of an hour later, and the host not yet.
    let later = "2100-01-01T00:00:00Z";
    let said = app.fetch_at(later).expect_code(3).stderr;
    assert!(
        said.contains("skipped 127.0.0.1: left to a later run: its gap lasts until"),
        "{said}"
    );
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(asked(&site, 1), ["/robots.txt"]);
    assert_every_request_is_one_row(&app, &site, 0);
}

#[test]
fn pages_of_a_host_whose_robots_txt_cannot_be_had_are_never_given_up() {
    let is_down = Arc::new(AtomicBool::new(true));
    let down = is_down.clone();
    let site = Site::start(2, move |request| match request.path.as_str() {
        "/robots.txt" if request.host == "127.0.0.2" && down.load(Ordering::SeqCst) => {
            // It cannot be read, and the host is not down: it is asked again by every run.
            Response::ok("text/plain", "").with_header("Content-Encoding", "br")
        }
        "/feed.xml" => {
            let there = request.authority.replace(".1:", ".2:");
            let links = [0, 1].map(|story| format!("http://{there}/story/{story}"));
            Response::ok("application/rss+xml", rss(&links))
        }
        _ => plain(request, 0),
    });
    let app = app_for(&site, 1);
    for day in 1..=10 {
        let said = app.fetch_at(&format!("2026-11-{day:02}T12:00:00Z"));
        let said = said.expect_code(3).stderr;
        assert!(said.contains("2 skipped"), "{said}");
    }
    assert_eq!(asked(&site, 2), ["/robots.txt"; 10]);
    is_down.store(false, Ordering::SeqCst);
    let said = app.fetch_at("2026-11-11T12:00:00Z").expect_code(0).stderr;
    assert!(said.contains("2 new articles"), "{said}");
    assert_every_request_is_one_row(&app, &site, 0);
}

#[test]
fn strangers_links_do_not_have_a_host_taken_for_down() {
    let site = Site::start(2, |request| match request.path.as_str() {
        "/feed.xml" if request.host == "127.0.0.1" => {
            let there = request.authority.replace(".1:", ".2:");
            let links: Vec<String> = (0..8)
                .map(|n| format!("http://{there}/error/{n}"))
                .collect();
            Response::ok("application/rss+xml", rss(&links))
        }
        path if path.starts_with("/error/") => Response::status(500),
        _ => plain(request, 4),
    });
    let app = app_for(&site, 2);
    let said = app.run(&["fetch"]).expect_code(3).stderr;
    assert!(said.contains("4 new articles"), "{said}");
    let failures = "SELECT n_failures FROM host WHERE host = '127.0.0.2'";
    assert_eq!(app.count(failures), 0, "{said}");
    assert_every_request_is_one_row(&app, &site, 0);
}

#[test]
fn a_host_that_stalls_keeps_nobody_waiting() {
    let site = Site::start(4, |request| {
        let answer = plain(request, 6);
        match request.host == "127.0.0.1" && request.path == "/feed.xml" {
            true => answer.with_fault(Fault::Stall),
            false => answer,
        }
    });
    let app = app_for(&site, 4);
    app.configure("timeout_seconds", "3.0");
    app.configure("concurrency", "2");
    let said = app.run(&["fetch"]).expect_code(3).stderr;
    assert!(said.contains("no whole answer in time"), "{said}");
    assert!(said.contains("18 new articles"), "{said}");
    let log = site.requests();
    let stalled = log
        .iter()
        .find(|logged| logged.host == "127.0.0.1" && logged.path == "/feed.xml");
    let stalled = stalled.unwrap();
    let meanwhile = log
        .iter()
        .filter(|logged| logged.arrived > stalled.arrived && logged.answered < stalled.answered);
    assert!(meanwhile.count() >= 18, "{log:#?}");
    assert!(most_at_once(&log) <= 2);
    assert_every_request_is_one_row(&app, &site, 1);
}

#[test]
fn no_more_hosts_are_asked_at_once_than_configured() {
    let site = Site::start(7, |request| {
        plain(request, 4).with_fault(Fault::Late(Duration::from_millis(40)))
    });
    let app = app_for(&site, 7);
    app.configure("concurrency", "3");
    app.run(&["fetch"]).expect_code(0);
    assert_eq!(most_at_once(&site.requests()), 3);
    assert_eq!(app.count("SELECT COUNT(*) FROM article"), 28);
    assert_every_request_is_one_row(&app, &site, 0);
}
