//! What the store says of every request: who allowed it, what its answer was and reserved, and where it led.

use std::time::Duration;

use newsprint_tests::server::{Response, Site, article_page, breaches};
use newsprint_tests::{Evidence, assert_every_request_is_one_row, crawler};

use super::{asked, n_asked, plain, story};

#[test]
fn rules_of_robots_txt_and_what_they_decided_are_recorded() {
    let site = Site::start(1, |request| match request.path.as_str() {
        "/robots.txt" => Response::ok(
            "text/plain",
            "User-agent: *\nDisallow: /\n\nUser-agent: newsprint\nDisallow: /private\nAllow: /private/press\n",
        ),
        _ => story(request),
    });
    let app = crawler("0.0", &[]);
    let pages = ["/open", "/private/a", "/private/press/b"].map(|path| site.at(1, path));
    let named = pages.iter().flat_map(|page| ["--url", page.as_str()]);
    let arguments: Vec<&str> = ["fetch"].into_iter().chain(named).collect();
    app.run(&arguments).expect_code(3);
    let rows = app.select(
        "SELECT role, outcome, robots_allowed, robots_rule, status FROM fetch_attempt ORDER BY address",
    );
    let expected = [
        ["robots", "ok", "1", "null", "200"],
        ["page", "ok", "1", "null", "200"],
        [
            "page",
            "robots_disallowed",
            "0",
            "Disallow: /private",
            "null",
        ],
        ["page", "ok", "1", "Allow: /private/press", "200"],
        ["robots", "ok", "null", "null", "200"],
    ];
    assert_eq!(rows, expected);
    assert_every_request_is_one_row(&app, &site, 0);
    assert_eq!(Evidence::of(&app).problems, Vec::<String>::new());
}

#[test]
fn what_an_answer_reserves_is_recorded() {
    let site = Site::start(1, |request| match request.path.as_str() {
        "/robots.txt" => Response::ok("text/plain", "License: https://a.example/rsl.xml\n"),
        "/.well-known/tdmrep.json" => {
            let rules = r#"[{"location": "/free", "tdm-reservation": 0}, {"location": "/meta", "tdm-reservation": 1}]"#;
            Response::ok("application/json", rules)
        }
        "/header" => story(request).with_header("TDM-Reservation", "1"),
        "/meta" => {
            let meta = "<head><meta name='robots' content='noai, noimageai'>";
            Response::html(article_page("Meta", 120).replace("<head>", meta))
        }
        _ => story(request),
    });
    let app = crawler("0.0", &[]);
    for path in ["/header", "/meta", "/none"] {
        app.run(&["fetch", "--url", &site.at(1, path)])
            .expect_code(0);
    }
    let rows = app.select(
        "SELECT reservations FROM fetch_attempt WHERE role = 'page' ORDER BY fetch_attempt_key",
    );
    let expected = [
        [r#"["robots.txt:license: https://a.example/rsl.xml","header:tdm-reservation: 1"]"#],
        [
            r#"["robots.txt:license: https://a.example/rsl.xml","tdmrep.json: 1","meta:robots: noai, noimageai"]"#,
        ],
        [r#"["robots.txt:license: https://a.example/rsl.xml"]"#],
    ];
    assert_eq!(rows, expected);
    for file in ["/robots.txt", "/.well-known/tdmrep.json"] {
        assert_eq!(n_asked(&site, file), 1, "{file} in three runs");
    }
    assert_every_request_is_one_row(&app, &site, 0);
}

#[test]
fn what_stands_before_an_article_is_named_and_not_taken_for_one() {
    let site = Site::start(1, |request| {
        match request.path.as_str() {
        "/robots.txt" => Response::status(404),
        "/bot" => Response::html(
            "<html><head><title>Just a moment...</title></head><body><h1>Checking that you are human</h1>
             <script>window._cf_chl_opt = {};</script></body></html>",
        ),
        "/forbidden" => Response::status(403).with_header("cf-mitigated", "challenge"),
        "/pay" => Response::status(402),
        "/error" => Response::status(500),
        "/gone" => Response::status(410),
        _ => story(request),
    }
    });
    let app = crawler("0.0", &[]);
    let outcomes = [
        ("/bot", "bot_wall", "200"),
        ("/forbidden", "bot_wall", "403"),
        ("/pay", "paywall", "402"),
        ("/error", "http_status", "500"),
        ("/gone", "gone", "410"),
    ];
    for (path, outcome, status) in outcomes {
        app.run(&["fetch", "--url", &site.at(1, path)])
            .expect_code(1);
        let last = app.select(
            "SELECT outcome, status, revision_key FROM fetch_attempt ORDER BY fetch_attempt_key DESC LIMIT 1",
        );
        assert_eq!(last, [[outcome, status, "null"]], "{path}");
    }
    assert_eq!(app.count("SELECT COUNT(*) FROM article"), 0);
    assert_every_request_is_one_row(&app, &site, 0);
}

#[test]
fn a_redirect_to_another_host_keeps_to_that_hosts_lease_and_rules() {
    let site = Site::start(2, |request| match request.path.as_str() {
        "/story/3" | "/story/6" if request.host == "127.0.0.1" => {
            let there = request.authority.replace(".1:", ".2:");
            let to = format!("http://{there}/target{}", request.path);
            Response::status(302).with_header("Location", &to)
        }
        "/robots.txt" if request.host == "127.0.0.2" => {
            Response::ok("text/plain", "User-agent: *\nDisallow: /target/story/6\n")
        }
        _ => plain(request, 8),
    });
    let feeds = [1, 2].map(|host| ("feed", site.at(host, "/feed.xml"), ""));
    let app = crawler("0.15", &feeds);
    app.run(&["fetch"]).expect_code(3);
    let found = breaches(&site.requests(), |_| Duration::from_millis(150));
    assert!(found.is_empty(), "{found:#?}");
    let there = asked(&site, 2);
    assert_eq!(
        there
            .iter()
            .filter(|path| *path == "/target/story/3")
            .count(),
        1
    );
    assert!(
        !there.contains(&"/target/story/6".to_owned()),
        "a disallowed page was asked for"
    );
    let rows = app.select(
        "SELECT outcome, robots_allowed FROM fetch_attempt WHERE item LIKE 'http://127.0.0.1%story/3' OR item LIKE 'http://127.0.0.1%story/6'
         ORDER BY item, fetch_attempt_key",
    );
    let expected = [
        ["redirect", "1"],
        ["ok", "1"],
        ["redirect", "1"],
        ["robots_disallowed", "0"],
    ];
    assert_eq!(rows, expected);
    assert_eq!(app.count("SELECT COUNT(*) FROM article"), 15);
    assert_every_request_is_one_row(&app, &site, 0);
}
