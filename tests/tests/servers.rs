//! Servers that fail, refuse, mislead or flood: each input named, nothing else lost, and politeness kept.

use newsprint_tests::{Output, TestApp, all_rows, fixture};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

async fn serve(server: &MockServer, at: &str, response: ResponseTemplate) {
    Mock::given(method("GET"))
        .and(path(at))
        .respond_with(response)
        .mount(server)
        .await;
}

fn page(title: &str) -> ResponseTemplate {
    let sentence = "The small-cap benchmark rose again on Tuesday as traders raised their bets on easier policy. ";
    let paragraphs = format!("<p>{}</p>", sentence.repeat(4)).repeat(4);
    let html = format!(
        "<html lang='en'><head><title>{title}</title><meta property='article:published_time' content='2024-07-16T12:00:00Z'>
         </head><body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    );
    ResponseTemplate::new(200).set_body_raw(html, "text/html; charset=utf-8")
}

fn feed(links: &[&str]) -> ResponseTemplate {
    let items: String = links
        .iter()
        .map(|link| format!("<item><title>x</title><link>{link}</link></item>"))
        .collect();
    let rss = format!("<rss version='2.0'><channel><title>t</title>{items}</channel></rss>");
    ResponseTemplate::new(200).set_body_raw(rss, "application/rss+xml")
}

/// Runs the command on a thread where blocking is allowed, since the server answers on this one.
async fn run(app: &TestApp, arguments: &[&str]) -> Output {
    tokio::task::block_in_place(|| app.run(arguments))
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_pages_and_feeds_are_named_and_good_ones_kept() {
    let server = MockServer::start().await;
    let at = |path: &str| format!("{}{path}", server.uri());
    serve(
        &server,
        "/good.xml",
        feed(&[
            "/a",
            "/b",
            "/huge",
            "/login",
            "/missing",
            "/moved",
            "http://10.0.0.1/x",
        ]),
    )
    .await;
    serve(&server, "/a", page("First")).await;
    serve(&server, "/b", page("Second")).await;
    serve(
        &server,
        "/moved",
        ResponseTemplate::new(301).insert_header("Location", "/c"),
    )
    .await;
    serve(&server, "/c", page("Third")).await;
    serve(
        &server,
        "/huge",
        ResponseTemplate::new(200).set_body_raw(vec![b'x'; 50 << 20], "text/html"),
    )
    .await;
    let login = std::fs::read(fixture("hostile/not_an_article.html")).unwrap();
    serve(
        &server,
        "/login",
        ResponseTemplate::new(200).set_body_raw(login, "text/html"),
    )
    .await;
    serve(
        &server,
        "/broken.xml",
        ResponseTemplate::new(200).set_body_string("<rss><chan"),
    )
    .await;
    serve(&server, "/down.xml", ResponseTemplate::new(500)).await;
    let app = TestApp::for_loopback();
    let (good, broken, down) = (at("/good.xml"), at("/broken.xml"), at("/down.xml"));
    let arguments = ["fetch", "--feed", &down, "--feed", &good, "--feed", &broken];
    let first = run(&app, &arguments).await.expect_code(3);
    for expected in [
        format!("skipped {down}: the server answered 500"),
        format!("skipped {broken}: not a feed"),
        format!("skipped {}: larger than 8388608 bytes: raise fetch.max_body_bytes", at("/huge")),
        format!("skipped {}: no article", at("/login")),
        format!("skipped {}: the server answered 404", at("/missing")),
        "skipped http://10.0.0.1/x: refused address http://10.0.0.1/x: a private or reserved network address".into(),
        "3 new articles".into(),
    ] {
        assert!(first.stderr.contains(&expected), "{expected} is not in {}", first.stderr);
    }
    let rows = rows_but(&app, &["fetch_attempt", "fetch_item", "host", "robots"]).await;
    let second = run(&app, &arguments).await.expect_code(3);
    let expected = "0 new articles, 0 new revisions, 3 known, 2 refused earlier and not asked again, \
                    2 failed earlier and to be asked again later, 2 skipped";
    assert!(second.stderr.contains(expected), "{}", second.stderr);
    assert_eq!(
        rows_but(&app, &["fetch_attempt", "fetch_item", "host", "robots"]).await,
        rows,
        "a second fetch changed something"
    );
    let again = TestApp::for_loopback();
    let evidence = app.path().join("evidence");
    let replay = ["fetch", "--replay", evidence.to_str().unwrap()];
    run(&again, &replay).await.expect_code(3);
    let (rows, rows_again) = (facts(&app).await, facts(&again).await);
    for kind in [
        "too_large",
        "gone",
        "blocked_address",
        "redirect",
        "unreadable",
        "http_status",
    ] {
        let attempt = format!(" outcome={kind} ");
        assert!(rows.iter().any(|row| row.contains(&attempt)), "no {kind}");
    }
    assert_eq!(rows_again, rows);
}

/// Rows of all tables but these.
async fn rows_but(app: &TestApp, tables: &[&str]) -> Vec<String> {
    let rows = all_rows(&app.path().join("newsprint.db")).await;
    let is_other = |row: &String| {
        !tables
            .iter()
            .any(|table| row.starts_with(&format!("{table} ")))
    };
    rows.into_iter().filter(is_other).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn robots_txt_is_obeyed_and_redirects_end() {
    let server = MockServer::start().await;
    let robots = "User-agent: *\nDisallow: /\n\nUser-agent: newsprint\nDisallow: /private\n";
    serve(
        &server,
        "/robots.txt",
        ResponseTemplate::new(200).set_body_string(robots),
    )
    .await;
    serve(&server, "/private/a", page("Private")).await;
    serve(&server, "/public", page("Public")).await;
    serve(
        &server,
        "/sneaky",
        ResponseTemplate::new(302).insert_header("Location", "/private/a"),
    )
    .await;
    serve(
        &server,
        "/loop",
        ResponseTemplate::new(302).insert_header("Location", "/loop"),
    )
    .await;
    let app = TestApp::for_loopback();
    let address = |path: &str| format!("{}{path}", server.uri());
    let pages = ["/private/a", "/public", "/sneaky", "/loop"].map(address);
    let arguments: Vec<&str> = pages
        .iter()
        .flat_map(|page| ["--url", page.as_str()])
        .collect();
    let output = run(&app, &[&["fetch"], &arguments[..]].concat())
        .await
        .expect_code(3);
    assert_eq!(
        output
            .stderr
            .matches("robots.txt of 127.0.0.1 says \"Disallow: /private\"")
            .count(),
        2,
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("redirects in a circle"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("1 new articles"),
        "{}",
        output.stderr
    );
    let asked = server.received_requests().await.unwrap();
    assert!(
        asked
            .iter()
            .all(|request| request.url.path() != "/private/a"),
        "a disallowed page was asked for"
    );
    let agents = asked
        .iter()
        .map(|request| request.headers["user-agent"].to_str().unwrap());
    assert!(
        agents
            .into_iter()
            .all(|agent| agent.starts_with("newsprint/")),
        "an unidentified request"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn robots_txt_that_cannot_be_had_forbids_and_is_asked_again_next_time() {
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(503).insert_header("Retry-After", "0");
    serve(&server, "/robots.txt", busy).await;
    serve(&server, "/a", page("First")).await;
    let app = TestApp::for_loopback();
    let address = format!("{}/a", server.uri());
    let output = run(&app, &["fetch", "--url", &address])
        .await
        .expect_code(1);
    assert!(output.stderr.contains("robots.txt of"), "{}", output.stderr);
    server.reset().await;
    serve(&server, "/a", page("First")).await;
    run(&app, &["fetch", "--url", &address])
        .await
        .expect_code(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_or_of_this_machine_is_refused_by_name() {
    let app = TestApp::for_loopback();
    let down = run(&app, &["fetch", "--feed", "http://127.0.0.1:9/feed.xml"])
        .await
        .expect_code(1);
    assert!(
        down.stderr
            .contains("skipped http://127.0.0.1:9/feed.xml: robots.txt of"),
        "{}",
        down.stderr
    );
    app.edit_config("allow_loopback = true", "allow_loopback = false");
    let refused = run(&app, &["fetch", "--url", "http://localhost/"])
        .await
        .expect_code(1);
    assert!(
        refused.stderr.contains("refused address http://localhost/"),
        "{}",
        refused.stderr
    );
}

/// What holds for now, and is no fact of the past.
const OF_NOW: [&str; 3] = ["fetch_item", "host", "robots"];

/// Rows of all facts, but for when they were recorded.
async fn facts(app: &TestApp) -> Vec<String> {
    let rows = rows_but(app, &OF_NOW).await.into_iter();
    // A count that went up and down says what none says.
    let rows = rows.filter(|row| !(row.starts_with("tally_day ") && row.ends_with(" n=0")));
    let facts = rows.map(|row| {
        let words = row.split(' ');
        let words = words.filter(|word| !word.starts_with("recorded_at="));
        words.collect::<Vec<_>>().join(" ")
    });
    facts.collect()
}

/// The rows of articles and their revisions.
async fn article_rows(app: &TestApp) -> Vec<String> {
    let facts = facts(app).await.into_iter();
    facts
        .filter(|row| row.starts_with("article") || row.starts_with("revision "))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_kept_and_read_again_to_the_same_articles() {
    let server = MockServer::start().await;
    let at = |path: &str| format!("{}{path}", server.uri());
    let map = format!("<urlset><url><loc>{}</loc></url></urlset>", at("/mapped"));
    let index = format!(
        "<sitemapindex><sitemap><loc>{}</loc></sitemap></sitemapindex>",
        at("/map.xml")
    );
    serve(
        &server,
        "/index.xml",
        ResponseTemplate::new(200).set_body_string(index),
    )
    .await;
    serve(
        &server,
        "/map.xml",
        ResponseTemplate::new(200).set_body_string(map),
    )
    .await;
    serve(&server, "/feed.xml", feed(&["/a", "/moved"])).await;
    serve(&server, "/a", page("First")).await;
    serve(&server, "/mapped", page("Second")).await;
    serve(
        &server,
        "/moved",
        ResponseTemplate::new(301).insert_header("Location", "/b"),
    )
    .await;
    serve(&server, "/b", page("Third")).await;
    let live = TestApp::for_loopback();
    let (feed, map) = (at("/feed.xml"), at("/index.xml"));
    let arguments = ["fetch", "--feed", &feed, "--sitemap", &map];
    let fetched = run(&live, &arguments).await.expect_code(0);
    assert!(
        fetched.stderr.contains("3 new articles"),
        "{}",
        fetched.stderr
    );
    let evidence = live.path().join("evidence");
    let again = TestApp::for_loopback();
    let evidence = evidence.to_str().unwrap();
    let replayed = run(&again, &["fetch", "--warc", evidence])
        .await
        .expect_code(0);
    assert!(
        replayed.stderr.contains("3 new articles"),
        "{}",
        replayed.stderr
    );
    let (rows, rows_again) = (article_rows(&live).await, article_rows(&again).await);
    assert!(rows.len() >= 6, "{rows:#?}");
    assert_eq!(rows_again, rows);
    let replay = TestApp::for_loopback();
    let replayed = run(&replay, &["fetch", "--replay", evidence])
        .await
        .expect_code(0);
    assert!(
        replayed.stderr.contains("3 new articles"),
        "{}",
        replayed.stderr
    );
    let (rows, rows_again) = (facts(&live).await, facts(&replay).await);
    assert!(rows.iter().any(|row| row.starts_with("fetch_attempt ")));
    assert_eq!(rows_again, rows);
    run(&replay, &["fetch", "--replay", evidence])
        .await
        .expect_code(0);
    assert_eq!(
        facts(&replay).await,
        rows,
        "a second replay changed something"
    );
    let known = run(&again, &["fetch", "--warc", evidence])
        .await
        .expect_code(0);
    assert!(
        known
            .stderr
            .contains("0 new articles, 0 new revisions, 3 known"),
        "{}",
        known.stderr
    );
}
