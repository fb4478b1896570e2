//! Prices that are fetched: by the rules of a crawl, from the configured addresses, or not at all.

use newsprint_tests::server::{Fault, Request, Response, Site};
use newsprint_tests::{Evidence, Output, TestApp, now, rows};

/// Four sessions of July 2024.
const CLOSES: &str =
    "Date,Close\n2024-07-15,2187.02\n2024-07-16,2263.67\n2024-07-17,2239.67\n2024-07-18,2197.70\n";

/// Fails where a line is not on standard error.
fn says(output: &Output, expected: &[&str]) {
    for line in expected {
        assert!(
            output.stderr.contains(line),
            "{line} is not in {}",
            output.stderr
        );
    }
}

/// An app whose prices come from a site, and the site.
fn priced(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> (TestApp, Site) {
    let site = Site::start(1, answer);
    let app = TestApp::for_loopback();
    let address = site.at(
        1,
        "/q/?s={series}&d1={from:%Y%m%d}&d2={to:%Y%m%d}&key=secret",
    );
    app.edit_config("url = \"\"", &format!("url = \"{address}\""));
    (app, site)
}

fn paths(site: &Site) -> Vec<String> {
    let requests = site.requests().into_iter().map(|request| request.path);
    requests.filter(|path| !path.contains("tdmrep")).collect()
}

#[test]
fn prices_are_fetched_by_the_rules_of_a_crawl() {
    let (app, site) = priced(|request| match request.path.as_str() {
        "/robots.txt" => Response::ok("text/plain", "User-agent: *\nDisallow: /private\n"),
        path if path.starts_with("/q/?s=RUT&") => Response::ok("text/csv", CLOSES),
        path if path.starts_with("/q/?s=GSPC&") => {
            Response::status(302).with_header("Location", "/private/gspc.csv")
        }
        path if path.starts_with("/q/?s=FTSE&") => {
            Response::html("<html><body>Sign in</body></html>")
        }
        path if path.starts_with("/q/?s=N225&") => Response::status(200).with_fault(Fault::Reset),
        _ => Response::status(404),
    });
    let fetch = |more: &[&str]| now(&app, &[&["prices", "fetch"], more].concat());
    let first = fetch(&[
        "--index", "RUT", "--index", "GSPC", "--index", "FTSE", "--index", "HSI", "--index", "N225",
    ])
    .expect_code(3);
    says(
        &first,
        &[
            "/q/ of GSPC: robots.txt",
            "/q/: it is no CSV file but says: <html><body>Sign in",
            "/q/ of HSI: ",
            "/q/ of N225: ",
            "1 files, 4 closes added",
        ],
    );
    assert!(!first.stderr.contains("secret"), "{}", first.stderr);
    assert_eq!(
        paths(&site),
        [
            "/robots.txt",
            "/q/?s=RUT&d1=20000101&d2=20261101&key=secret",
            "/q/?s=GSPC&d1=20000101&d2=20261101&key=secret",
            "/q/?s=FTSE&d1=20000101&d2=20261101&key=secret",
            "/q/?s=HSI&d1=20000101&d2=20261101&key=secret",
            "/q/?s=N225&d1=20000101&d2=20261101&key=secret",
        ]
    );
    let shown = now(
        &app,
        &["--format", "json", "prices", "returns", "--index", "RUT"],
    );
    assert_eq!(rows(&shown).len(), 4);
    let outcomes = app.select(
        "SELECT source, outcome FROM fetch_attempt WHERE role = 'page' ORDER BY fetch_attempt_key",
    );
    let outcomes: Vec<String> = outcomes.iter().map(|row| row.join(" ")).collect();
    assert_eq!(
        outcomes,
        [
            "prices:RUT ok",
            "prices:GSPC redirect",
            "prices:GSPC robots_disallowed",
            "prices:FTSE ok",
            "prices:HSI gone",
            "prices:N225 unreachable",
        ]
    );
    let evidence = Evidence::of(&app);
    assert!(
        evidence.problems.is_empty() && evidence.n_rows > 4,
        "{evidence:?}"
    );
    // The next one begins before the last close.
    fetch(&["--index", "RUT"]).expect_code(0);
    fetch(&["--index", "RUT", "--from", "2024-01-02"]).expect_code(0);
    let asked = paths(&site);
    assert!(
        asked[6].starts_with("/q/?s=RUT&d1=20240708&")
            && asked[7].starts_with("/q/?s=RUT&d1=20240102&"),
        "{asked:?}"
    );
    let replayed = app.run(&["fetch", "--replay", "evidence"]).expect_code(0);
    says(&replayed, &["0 new articles"]);
}

#[test]
fn a_run_fetches_prices_too_and_keeps_the_gap() {
    let (app, site) = priced(|request| match request.path.as_str() {
        path if path.starts_with("/q/?s=RUT&") => Response::ok("text/csv", CLOSES),
        _ => Response::status(404),
    });
    app.write_sources(&[]);
    app.edit_config("gap_seconds = 0.0", "gap_seconds = 0.3");
    let one = site.at(
        1,
        "/q/?s={series}&d1={from:%Y%m%d}&d2={to:%Y%m%d}&key=secret",
    );
    app.edit_config(&format!("url = \"{one}\""), "url = \"\"");
    app.edit_config(
        "[prices.urls]",
        &format!("[prices.urls]\nRUT = \"{one}\"\nBTC = \"{one}\"\n"),
    );
    says(
        &now(&app, &["run"]),
        &["/q/ of BTC: ", "1 files, 4 closes added"],
    );
    let requests = site.requests();
    let answers = requests.iter().zip(requests.iter().skip(1));
    for (before, after) in answers {
        let gap = before
            .answered
            .map(|answered| after.arrived.duration_since(answered));
        assert!(
            gap.is_some_and(|gap| gap.as_millis() >= 300),
            "{gap:?} before {}",
            after.path
        );
    }
    assert!(requests.len() >= 3, "{requests:?}");
    says(&now(&app, &["--offline", "run"]), &["prices: 0 files"]);
    assert_eq!(site.requests().len(), requests.len());
}

#[test]
fn what_is_not_configured_is_told() {
    let app = TestApp::for_loopback();
    let refused = |arguments: &[&str], expected: &str| {
        says(&now(&app, arguments).expect_code(2), &[expected]);
    };
    refused(
        &["prices", "fetch"],
        "newsprint.toml: prices.url: it is empty",
    );
    refused(
        &["prices", "fetch", "--index", "RUT"],
        "no address is known of index RUT: name one in [prices.urls]",
    );
    refused(
        &["prices", "fetch", "--index", "XYZ"],
        "unknown index \"XYZ\"",
    );
    app.edit_config(
        "[prices.urls]",
        "[prices.urls]\nXYZ = \"https://a.example/{index}\"\n",
    );
    refused(
        &["run"],
        "newsprint.toml: prices.urls.XYZ: index \"XYZ\" is not in indices.toml",
    );
    app.edit_config(
        "XYZ = \"https://a.example/{index}\"",
        "RUT = \"https://a.example/{symbol}\"",
    );
    refused(
        &["run"],
        "there is no place {symbol}: there are {index}, {series}, {from}, {to}",
    );
    app.edit_config(
        "RUT = \"https://a.example/{symbol}\"",
        "RUT = \"https://a.example/{index}\"",
    );
    refused(
        &["--offline", "prices", "fetch"],
        "--offline: nothing is asked of the network",
    );
    let indices = app.read("config/indices.toml");
    app.write(
        "config/indices.toml",
        &indices.replacen("currency = \"USD\"", "currency = \"Dollar\"", 1),
    );
    refused(&["run"], "indices.toml: TOML parse error at line");
    app.write(
        "config/indices.toml",
        &indices.replacen("exchange = \"XLON\"", "exchange = \"XPAR\"", 1),
    );
    refused(
        &["run"],
        "exchange XPAR has no calendar: add calendars/XPAR.csv",
    );
}
