//! A crawl that is killed at any instant, again and again, loses nothing, doubles nothing, and stays polite.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "what was measured")]

use std::collections::HashMap;
use std::process::Child;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use newsprint_tests::server::{Logged, Request, Response, Site, article_page, breaches, rss};
use newsprint_tests::{Evidence, TestApp, crawler, n_kills};

const N_HOSTS: usize = 10;
const N_LINKS: usize = 50;
const GAP: Duration = Duration::from_millis(20);

/// What the crawls of the test came to.
#[derive(Debug, Default)]
struct Seen {
    n_crawls: usize,
    n_kills: usize,
    n_requests: usize,
    n_asked_again: usize,
    n_records: usize,
    n_broken_off: usize,
    breaches: usize,
    lost_or_doubled: usize,
    asked_again_for_nothing: usize,
    bad_evidence: usize,
}

fn answer(request: &Request) -> Response {
    match request.path.as_str() {
        "/robots.txt" => Response::status(404),
        "/feed.xml" => {
            let links: Vec<String> = (0..N_LINKS).map(|link| format!("/story/{link}")).collect();
            Response::ok("application/rss+xml", rss(&links))
        }
        path => Response::html(article_page(&format!("{path} of {}", request.host), 120)),
    }
}

/// Waits, and kills what has not ended by then; when, if it had not.
fn kill_after(mut child: Child, delay: Duration) -> Option<Instant> {
    std::thread::sleep(delay);
    let was_running = child.try_wait().unwrap().is_none();
    // After this nothing of it runs.
    child.kill().unwrap();
    child.wait().unwrap();
    was_running.then(Instant::now)
}

/// Instants of the test's own clock for those that the store keeps.
fn instants() -> impl Fn(u64) -> Instant {
    #[expect(
        clippy::disallowed_methods,
        reason = "the store's clock is compared to the server's"
    )]
    let (instant, wall) = (Instant::now(), SystemTime::now());
    let wall = u64::try_from(wall.duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap();
    move |micros| instant - Duration::from_micros(wall - micros)
}

#[test]
fn killed_crawls_lose_and_double_nothing_and_stay_polite() {
    let n_kills = n_kills(20);
    // Any seed will do; with the same one a failure is met again, or nearly.
    let mut random = 20_261_126_u64;
    let mut seen = Seen::default();
    while seen.n_kills < n_kills {
        let site = Site::start(N_HOSTS, answer);
        let feeds = (1..=N_HOSTS).map(|host| ("feed", site.at(host, "/feed.xml"), ""));
        let app = crawler("0.02", &feeds.collect::<Vec<_>>());
        let mut kills = Vec::new();
        while seen.n_kills + kills.len() < n_kills {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let delay = Duration::from_millis((random >> 33) % 700);
            let Some(kill) = kill_after(app.start(&["fetch"]), delay) else {
                break;
            };
            kills.push(kill);
        }
        app.run(&["fetch"]).expect_code(0);
        check(&app, &site.requests(), &kills, &mut seen);
    }
    eprintln!("{seen:?}");
    assert_eq!(seen.n_kills, n_kills);
    let violations =
        seen.breaches + seen.lost_or_doubled + seen.asked_again_for_nothing + seen.bad_evidence;
    assert_eq!(violations, 0, "{seen:?}");
}

fn check(app: &TestApp, log: &[Logged], kills: &[Instant], seen: &mut Seen) {
    seen.n_crawls += 1;
    seen.n_kills += kills.len();
    seen.n_requests += log.len();
    let found = breaches(log, |_| GAP);
    found.iter().for_each(|breach| eprintln!("{breach:?}"));
    seen.breaches += found.len();
    seen.lost_or_doubled += lost_or_doubled(app);
    asked_again(app, log, kills, seen);
    let evidence = Evidence::of(app);
    seen.n_records += evidence.n_records;
    seen.n_broken_off += evidence.n_broken_off;
    seen.bad_evidence += evidence.problems.len();
    evidence
        .problems
        .iter()
        .for_each(|problem| eprintln!("{problem}"));
    assert!(evidence.n_broken_off <= kills.len(), "{evidence:?}");
    assert!(evidence.n_rows > N_HOSTS * N_LINKS, "{evidence:?}");
}

/// How many rows there are too many or too few.
fn lost_or_doubled(app: &TestApp) -> usize {
    let n_pages = N_HOSTS * N_LINKS;
    let expected = [
        ("SELECT COUNT(*) FROM article", n_pages),
        ("SELECT COUNT(*) FROM revision", n_pages),
        ("SELECT COUNT(DISTINCT article_key) FROM revision", n_pages),
        ("SELECT COUNT(DISTINCT title) FROM revision", n_pages),
        ("SELECT COUNT(*) FROM fetch_outcome", n_pages),
        (
            "SELECT COUNT(DISTINCT item) FROM fetch_outcome WHERE outcome = 'ok'",
            n_pages,
        ),
        (
            "SELECT COUNT(*) FROM fetch_attempt WHERE role = 'page'",
            n_pages,
        ),
        (
            "SELECT COUNT(DISTINCT item) FROM fetch_attempt
             WHERE role = 'page' AND outcome = 'ok' AND revision_key IS NOT NULL",
            n_pages,
        ),
        ("SELECT COUNT(*) FROM listing", n_pages),
        (
            "SELECT COUNT(*) FROM fetch_item WHERE role = 'page' AND n_visits = 1",
            n_pages,
        ),
        (
            "SELECT COUNT(*) FROM fetch_item WHERE claimed_until IS NOT NULL OR holder IS NOT NULL",
            0,
        ),
        (
            "SELECT COUNT(*) FROM host WHERE leased_until IS NOT NULL OR holder IS NOT NULL",
            0,
        ),
    ];
    let wrong = expected.iter().map(|(query, expected)| {
        let found = app.count(query);
        if found != *expected {
            eprintln!("{query}: {found}, not {expected}");
        }
        found.abs_diff(*expected)
    });
    wrong.sum()
}

/// Counts pages that were asked for again, and those for which no kill came between the answer and its record.
fn asked_again(app: &TestApp, log: &[Logged], kills: &[Instant], seen: &mut Seen) {
    let instant_of = instants();
    let rows = app.select("SELECT address, attempted_at FROM fetch_attempt WHERE role = 'page'");
    let recorded: HashMap<String, Instant> = rows
        .into_iter()
        .map(|row| (row[0].clone(), instant_of(row[1].parse().unwrap())))
        .collect();
    let mut asked: HashMap<String, Vec<&Logged>> = HashMap::new();
    for logged in log
        .iter()
        .filter(|logged| logged.path.starts_with("/story/"))
    {
        let address = format!("http://{}{}", logged.headers["host"], logged.path);
        asked.entry(address).or_default().push(logged);
    }
    for (address, requests) in asked {
        seen.n_asked_again += requests.len() - 1;
        let without_kill = requests.windows(2).filter(|pair| {
            !kills
                .iter()
                .any(|kill| (pair[0].arrived..pair[1].arrived).contains(kill))
        });
        // The answer that was recorded is that of the last request: nobody asks for what is recorded. Two clocks, a millisecond.
        let after_record = requests
            .iter()
            .filter(|logged| logged.arrived > recorded[&address] + Duration::from_millis(1));
        let (without_kill, after_record) = (without_kill.count(), after_record.count());
        if without_kill + after_record > 0 {
            eprintln!("{address}: {without_kill} without a kill, {after_record} after its record");
        }
        seen.asked_again_for_nothing += without_kill + after_record;
    }
}
