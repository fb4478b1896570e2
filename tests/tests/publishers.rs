//! Publishers: a site's home page to a row of `publishers.toml`, politely, and the list of them.

use newsprint_tests::server::{Request, Response, Site, rss};
use newsprint_tests::{Output, TestApp};
use serde_json::json;

fn feed(paths: &[&str]) -> Response {
    let links: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    Response::ok("application/rss+xml", rss(&links))
}

fn sitemap(paths: &[&str], dated: &str) -> Response {
    let pages: String = paths
        .iter()
        .map(|path| format!("<url><loc>{path}</loc>{dated}</url>"))
        .collect();
    Response::ok("application/xml", format!("<urlset>{pages}</urlset>"))
}

fn home(links: &str) -> Response {
    Response::html(format!(
        "<html lang='en-AU'><head><title>Harbour Ledger</title>{links}</head><body><h1>Markets</h1></body></html>"
    ))
}

fn declared(paths: &[&str]) -> String {
    paths
        .iter()
        .map(|path| format!("<link rel=alternate type='application/rss+xml' href='{path}'>"))
        .collect()
}

/// A site of one host.
fn site(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Site {
    Site::start(1, answer)
}

fn look(app: &TestApp, site: &Site, more: &[&str]) -> Output {
    let home = site.at(1, "/");
    app.run(&[&["publishers", "add", &home, "--dry-run"], more].concat())
}

/// Paths in the order in which they were asked for.
fn asked(site: &Site) -> String {
    let paths = site.requests().into_iter().map(|one| one.path);
    // What sites reserve is asked for once a day, beside their robots.txt.
    let paths: Vec<String> = paths
        .filter(|path| path != "/.well-known/tdmrep.json")
        .collect();
    paths.join(" ")
}

/// Fails where standard error does not hold each of `expected`, with the site's address for `@`.
fn says(output: &Output, site: &Site, expected: &[&str]) {
    for line in expected {
        let line = line.replace('@', site.at(1, "").as_str());
        assert!(
            output.stderr.contains(&line),
            "{line} is not in {}",
            output.stderr
        );
    }
}

#[test]
fn a_home_page_becomes_a_row() {
    let site = site(|request| match request.path.as_str() {
        "/robots.txt" => Response::ok(
            "text/plain",
            "User-agent: *\nDisallow: /private\nLicense: /rsl.xml\nSitemap: /everything.xml\nSitemap: /news.xml\n",
        ),
        "/" => home(&declared(&[
            "/broken",
            "/private/feed",
            "/empty",
            "/moved",
            "/late",
        ]))
        .with_header("TDM-Reservation", "1"),
        "/broken" => Response::html("<html><body>Sign in</body></html>"),
        "/empty" => feed(&[]),
        "/moved" => Response::status(301).with_header("Location", "/markets.xml"),
        "/markets.xml" | "/late" => feed(&["/a", "/b"]),
        "/everything.xml" => sitemap(&["/a", "/b", "/old"], ""),
        "/news.xml" => sitemap(
            &["/b"],
            "<news:news><news:publication_date>2024-07-17</news:publication_date></news:news>",
        ),
        _ => Response::status(404),
    });
    let app = TestApp::for_loopback();
    let before = app.read("config/publishers.toml");
    let options = [
        "--id",
        "ledger",
        "--name",
        "The \"Ledger\"",
        "--timezone",
        "Australia/Sydney",
    ];
    let output = look(&app, &site, &options).expect_code(0);
    let expected = r#"[[publisher]]
id = "ledger"
name = "The \"Ledger\""
domain = "127.0.0.1"
timezone = "Australia/Sydney"
language = "en-AU"
[[publisher.source]]
kind = "feed"
url = "@/markets.xml"
[[publisher.source]]
kind = "sitemap"
url = "@/news.xml"
"#;
    assert_eq!(output.stdout, expected.replace('@', &site.at(1, "")));
    let expected = [
        "publishers: the site states of use by machines: header:tdm-reservation: 1\n",
        "publishers: the site's robots.txt names a licence for machines: /rsl.xml\n",
        "publishers: @/ and its robots.txt name 7 feeds and sitemaps; 8 addresses are where other sites have theirs\n",
        "publishers: left out @/broken (declared by the page): not a feed: ",
        "publishers: left out @/private/feed (declared by the page): robots.txt of 127.0.0.1 says \"Disallow: /private\"\n",
        "publishers: left out @/empty (declared by the page): it lists nothing\n",
        "publishers: found @/moved (declared by the page): a feed of 2 entries\n",
        "publishers: left out @/late (declared by the page): it lists what @/markets.xml lists\n",
        "publishers: found @/news.xml (named in robots.txt): a news sitemap of 1 page\n",
        "publishers: found @/everything.xml (named in robots.txt): a sitemap of 3 addresses\n",
        "publishers: left out @/everything.xml: it lists everything the site has",
        "publishers: nothing was written (--dry-run)\n",
        "publishers: the row could not be added: 127.0.0.1 has no registrable domain",
    ];
    says(&output, &site, &expected);
    assert!(
        !output.stderr.contains("sitemap_news.xml"),
        "a guess that is not there is told: {}",
        output.stderr
    );
    // Each once, no guesses at feeds, and nothing that robots.txt forbids.
    let expected = "/robots.txt / /broken /empty /moved /markets.xml /late /news.xml /everything.xml \
                    /sitemap_news.xml /news-sitemap.xml /sitemap.xml";
    assert_eq!(asked(&site), expected);
    assert_eq!(app.read("config/publishers.toml"), before);
    assert!(
        !app.path().join("newsprint.db").exists(),
        "a dry run made a store"
    );
}

#[test]
fn what_nobody_names_is_guessed_until_a_feed_works() {
    let site = site(|request| match request.path.as_str() {
        "/" => home(""),
        "/rss" => feed(&["/a"]),
        "/sitemap.xml" => sitemap(&["/a", "/b"], ""),
        _ => Response::status(404),
    });
    let app = TestApp::for_loopback();
    let output = look(&app, &site, &[]).expect_code(0);
    for line in [
        "id = \"127_0_0_1\"\nname = \"Harbour Ledger\"\n",
        "timezone = \"Etc/GMT+12\"  # not known: ",
        &format!("kind = \"feed\"\nurl = \"{}\"\n", site.at(1, "/rss")),
    ] {
        assert!(
            output.stdout.contains(line),
            "{line} is not in {}",
            output.stdout
        );
    }
    assert_eq!(output.stdout.matches("[[publisher.source]]").count(), 1);
    let expected = "/robots.txt / /feed /rss /sitemap_news.xml /news-sitemap.xml /sitemap.xml";
    assert_eq!(asked(&site), expected);
}

#[test]
fn a_site_without_any_says_what_was_tried() {
    let site = site(|request| match request.path.as_str() {
        "/" => home(""),
        "/sitemap.xml" => Response::html("<p>No such page</p>"),
        _ => Response::status(404),
    });
    let output = look(&TestApp::for_loopback(), &site, &[]).expect_code(1);
    assert_eq!(output.stdout, "");
    let expected = [
        "publishers: left out @/sitemap.xml (not named anywhere): not a sitemap",
        "publishers: no feed and no sitemap found at @/: tried @/feed, @/rss, ",
    ];
    says(&output, &site, &expected);
    assert!(
        !output.stderr.contains("left out @/feed"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_home_page_that_cannot_be_read_ends_it() {
    let site = Site::start(2, |request| match request.path.as_str() {
        "/" if request.host == "127.0.0.2" => home(&declared(&["/f"])),
        "/gone" => Response::status(404),
        "/feed" => feed(&["/a"]),
        "/elsewhere" => {
            let port = request.authority.rsplit(':').next().unwrap_or_default();
            Response::status(302).with_header("Location", &format!("http://127.0.0.2:{port}/"))
        }
        "/robots.txt" => Response::ok("text/plain", "User-agent: newsprint\nDisallow: /private\n"),
        _ => Response::status(500),
    });
    let app = TestApp::for_loopback();
    for (path, code, problem) in [
        ("/gone", 1, "error: @/gone: the server answered 404\n"),
        (
            "/private",
            1,
            "error: @/private: robots.txt of 127.0.0.1 says \"Disallow: /private\"\n",
        ),
        (
            "/elsewhere",
            2,
            "on another domain: name that address if this is the site you mean\n",
        ),
        (
            "/feed",
            2,
            "error: @/feed is a feed: name the site's home page",
        ),
    ] {
        let address = site.at(1, path);
        let output = app
            .run(&["publishers", "add", &address, "--dry-run"])
            .expect_code(code);
        says(&output, &site, &[problem]);
        assert_eq!(output.stdout, "");
    }
    assert!(
        !asked(&site).split(' ').any(|path| path == "/f"),
        "a site that was not named was looked at"
    );
}

#[test]
fn a_host_that_asks_for_rest_is_left_alone() {
    let site = site(|request| match request.path.as_str() {
        "/" => home(&declared(&["/f", "/busy", "/g"])),
        "/f" => feed(&["/a"]),
        "/busy" => Response::status(429).with_header("Retry-After", "3600"),
        "/robots.txt" => Response::status(404),
        _ => feed(&["/b"]),
    });
    let output = look(&TestApp::for_loopback(), &site, &[]).expect_code(3);
    assert_eq!(asked(&site), "/robots.txt / /f /busy");
    let expected = [
        "left out @/busy (declared by the page): the server answered 429",
        "127.0.0.1 asked for fewer requests: it is left alone until ",
        // The third feed and three guesses at sitemaps; those at feeds are not worth it.
        "publishers: 4 candidates were not asked",
    ];
    says(&output, &site, &expected);
    let told = output.stderr.matches("it is left alone until");
    assert_eq!(told.count(), 1, "{}", output.stderr);
    assert!(output.stdout.contains("/f\""), "{}", output.stdout);
}

#[test]
fn what_the_store_knows_of_hosts_and_lists_is_kept_to() {
    let site = site(|request| match request.path.as_str() {
        "/" => home(&declared(&["/f"])).with_header("ETag", "\"1\""),
        "/f" if request.headers.contains_key("if-none-match") => Response::status(304),
        "/f" => feed(&["/a"]).with_header("ETag", "\"1\""),
        _ => Response::status(404),
    });
    let app = TestApp::for_loopback();
    let list = site.at(1, "/f");
    app.run(&["fetch", "--feed", &list]).expect_code(3);
    let output = look(&app, &site, &[]).expect_code(0);
    says(
        &output,
        &site,
        &["found @/f (declared by the page): a feed of 1 entry"],
    );
    // One robots.txt for both.
    let expected = "/robots.txt /f /a / /f /sitemap_news.xml /news-sitemap.xml /sitemap.xml";
    assert_eq!(asked(&site), expected);
}

#[test]
fn wrong_usage_asks_nobody() {
    let app = TestApp::new();
    app.run(&["init"]).expect_code(0);
    let before = app.read("config/publishers.toml");
    for (arguments, problem) in [
        (
            vec!["harbourledger.example"],
            "write it like https://harbourledger.example",
        ),
        (
            vec!["ftp://harbourledger.example/"],
            "only http and https are fetched",
        ),
        (
            vec!["http://10.1.2.3/"],
            "a private or reserved network address",
        ),
        (
            vec!["http://127.0.0.1/", "--dry-run"],
            "a private or reserved network address",
        ),
        (vec!["http://8.8.8.8/"], "8.8.8.8 has no registrable domain"),
        (
            vec!["https://harbourledger.example/", "--timezone", "Sydney"],
            "unknown time zone \"Sydney\"",
        ),
        (
            vec!["https://harbourledger.example/", "--id", "Harbour Ledger"],
            "is no publisher id",
        ),
        (
            vec!["https://harbourledger.example/", "--name", " "],
            "a name has letters",
        ),
        (
            vec!["https://harbourledger.example/", "--offline"],
            "--offline",
        ),
        (
            vec!["https://news.federalreserve.gov/"],
            "federalreserve.gov already, as publisher federal_reserve: add a [[publisher.source]] to it by hand; --dry-run",
        ),
        (
            vec!["https://harbourledger.example/", "--id", "ecb"],
            "a publisher ecb already, of europa.eu",
        ),
    ] {
        let output = app
            .run(&[&["publishers", "add"], &arguments[..]].concat())
            .expect_code(2);
        assert!(
            output.stderr.contains(problem),
            "{problem} is not in {}",
            output.stderr
        );
        assert_eq!(output.stdout, "");
    }
    assert_eq!(app.read("config/publishers.toml"), before);
    let app = TestApp::for_loopback();
    let site = site(|_| home(""));
    let home = site.at(1, "/");
    let refused = app.run(&["publishers", "add", &home]).expect_code(2);
    says(&refused, &site, &["127.0.0.1 has no registrable domain"]);
    assert_eq!(asked(&site), "");
}

#[test]
fn publishers_are_listed() {
    let app = TestApp::new();
    app.run(&["init"]).expect_code(0);
    app.write(
        "config/publishers.toml",
        "[[publisher]]\nid = \"a\"\nname = \"A\"\ndomain = \"a.example\"\ntimezone = \"UTC\"\nlanguage = \"en\"\n\
         [[publisher.source]]\nkind = \"feed\"\nurl = \"https://a.example/f\"\n\
         [[publisher.source]]\nkind = \"folder\"\npath = \"pages\"\n\
         [[publisher.source]]\nkind = \"feed\"\nurl = \"https://a.example/g\"\n\
         [[publisher]]\nid = \"b\"\nname = \"B\"\ndomain = \"b.example\"\ntimezone = \"Europe/London\"\nlanguage = \"en-GB\"\n",
    );
    let listed = app
        .run(&["publishers", "list", "--format", "json"])
        .expect_code(0);
    let expected = json!([
        {"id": "a", "name": "A", "domain": "a.example", "timezone": "UTC", "language": "en", "sources": "2 feeds, 1 folder"},
        {"id": "b", "name": "B", "domain": "b.example", "timezone": "Europe/London", "language": "en-GB", "sources": "none"},
    ]);
    assert_eq!(listed.json()["rows"], expected);
    let csv = app
        .run(&["publishers", "list", "--format", "csv"])
        .expect_code(0);
    assert!(
        csv.stdout
            .starts_with("id,name,domain,timezone,language,sources\na,A,a.example,"),
        "{}",
        csv.stdout
    );
}
