//! Several processes on one store: one request at a time at each host, the gap after each, and no more a day than the budget.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "what was measured")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use newsprint_tests::server::{Fault, Request, Response, Site, article_page, breaches, rss};
use newsprint_tests::{TestApp, assert_every_request_is_one_row, crawler};

const N_PROCESSES: usize = 4;

/// How many requests are made in all; `scripts/test soak` asks for more.
fn n_requests() -> usize {
    #[expect(
        clippy::disallowed_methods,
        reason = "how scripts/test asks for a soak"
    )]
    let asked = std::env::var("NEWSPRINT_TEST_REQUESTS").ok();
    asked.map_or(1_000, |asked| {
        asked.parse().expect("NEWSPRINT_TEST_REQUESTS is a number")
    })
}

/// A host with `n_links` pages, whose feed need not be asked again within the hour.
fn answer(request: &Request, n_links: usize, robots: &str) -> Response {
    match request.path.as_str() {
        "/robots.txt" => Response::ok("text/plain", robots),
        "/feed.xml" => {
            let links: Vec<String> = (0..n_links).map(|link| format!("/story/{link}")).collect();
            let feed = Response::ok("application/rss+xml", rss(&links));
            feed.with_header("Cache-Control", "max-age=3600")
        }
        path => Response::html(article_page(&format!("{path} of {}", request.host), 120)),
    }
}

fn app_for(site: &Site, n_hosts: usize, gap_seconds: &str) -> TestApp {
    let feeds = (1..=n_hosts).map(|host| ("feed", site.at(host, "/feed.xml"), ""));
    crawler(gap_seconds, &feeds.collect::<Vec<_>>())
}

/// Fetches from several processes at once; what each said, where all ended in order.
fn fetch_at_once(app: &TestApp, n_processes: usize) -> Vec<String> {
    let children: Vec<_> = (0..n_processes).map(|_| app.start(&["fetch"])).collect();
    let outputs = children.into_iter().map(|child| {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        // What is left to a later run is told as skipped.
        assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{said}");
        assert!(!said.contains("error: "), "{said}");
        said
    });
    outputs.collect()
}

fn requests_by_host(site: &Site) -> BTreeMap<String, usize> {
    let mut by_host = BTreeMap::new();
    for logged in site.requests() {
        *by_host.entry(logged.host).or_default() += 1;
    }
    by_host
}

#[test]
fn four_processes_keep_the_gap_and_spend_the_budget_exactly() {
    let n_requests = n_requests();
    let n_hosts = if n_requests >= 10_000 { 50 } else { 10 };
    let budget = n_requests / n_hosts;
    let site = Site::start(n_hosts, move |request| answer(request, budget + 20, ""));
    let app = app_for(&site, n_hosts, "0.02");
    // With what the site says to robots and the feed alone at first, there is work for every process when four begin.
    app.configure("daily_budget", "3");
    app.run(&["fetch"]).expect_code(3);
    app.configure("daily_budget", &budget.to_string());
    let started = Instant::now();
    let said = fetch_at_once(&app, N_PROCESSES);
    let took = started.elapsed();
    let log = site.requests();
    let found = breaches(&log, |_| Duration::from_millis(20));
    let by_host = requests_by_host(&site);
    let over = by_host.values().filter(|n| **n > budget).count();
    eprintln!(
        "{} requests to {} hosts from {N_PROCESSES} processes in {took:.1?}: {} gap violations, {over} hosts over their budget",
        log.len(),
        by_host.len(),
        found.len()
    );
    assert!(found.is_empty(), "{found:?}");
    let exactly = (1..=n_hosts).map(|host| (format!("127.0.0.{host}"), budget));
    assert_eq!(by_host, exactly.collect());
    assert_every_request_is_one_row(&app, &site, 0);
    let articles = app.count("SELECT COUNT(*) FROM revision");
    assert_eq!(articles, n_hosts * (budget - 3));
    let n_told = said
        .iter()
        .filter(|said| said.contains("its budget is spent (fetch.daily_budget) until"));
    assert_eq!(n_told.count(), N_PROCESSES, "{said:#?}");
    let n_that_fetched = said.iter().filter(|said| !said.contains(" 0 new articles"));
    assert_eq!(n_that_fetched.count(), N_PROCESSES, "{said:#?}");
    let again = app.run(&["fetch"]).expect_code(1);
    assert!(
        again.stderr.contains("its budget is spent"),
        "{}",
        again.stderr
    );
    assert_eq!(
        site.requests().len(),
        log.len(),
        "requests beyond the budget"
    );
}

/// Requests of three processes, a few at a time, to hosts that ask for more than the configured gap.
#[test]
fn a_crawl_delay_is_kept_over_processes() {
    let site = Site::start(2, |request| {
        answer(request, 30, "User-agent: *\nCrawl-delay: 0.2\n")
    });
    let app = app_for(&site, 2, "0.01");
    for budget in ["3", "5", "16"] {
        app.configure("daily_budget", budget);
        fetch_at_once(&app, 3);
    }
    let found = breaches(&site.requests(), |_| Duration::from_millis(200));
    assert!(found.is_empty(), "{found:#?}");
    assert!(requests_by_host(&site).values().all(|n| *n == 16));
}

/// A process that knows of a delay is killed in the middle of a request; what the next one finds in the store must do.
#[test]
fn a_crawl_delay_is_kept_over_a_kill() {
    let site = Site::start(1, |request| {
        let answer = answer(request, 30, "User-agent: *\nCrawl-delay: 0.7\n");
        match request.path.starts_with("/story/") {
            true => answer.with_fault(Fault::Late(Duration::from_millis(200))),
            false => answer,
        }
    });
    let app = app_for(&site, 1, "0.01");
    app.configure("daily_budget", "4");
    app.run(&["fetch"]).expect_code(3);
    app.configure("daily_budget", "7");
    let mut child = app.start(&["fetch"]);
    while site.requests().len() < 5 {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    app.run(&["fetch"]).expect_code(3);
    let log = site.requests();
    assert_eq!(
        log[4].path, log[5].path,
        "what was asked when it was killed is asked again first"
    );
    let found = breaches(&log, |_| Duration::from_millis(700));
    assert!(found.is_empty(), "{found:#?}");
}
