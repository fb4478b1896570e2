//! Bad input: a message that names it and says what to do; nothing else is lost.

use newsprint_tests::{Output, TestApp, all_rows, fixture};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// An app that may ask this machine's own servers, without waiting between requests.
fn app_for_loopback() -> TestApp {
    let app = TestApp::new();
    app.run(&["init"]).expect_code(0);
    app.edit_config("allow_loopback = false", "allow_loopback = true");
    app.edit_config("gap_seconds = 2.0", "gap_seconds = 0.0");
    app.edit_config("\"starter\"", "\"lexicon\"");
    app
}

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
    let app = app_for_loopback();
    let (good, broken, down) = (at("/good.xml"), at("/broken.xml"), at("/down.xml"));
    let arguments = ["fetch", "--feed", &down, "--feed", &good, "--feed", &broken];
    let first = run(&app, &arguments).await.expect_code(3);
    for expected in [
        format!("skipped {down}: the server answered 500"),
        format!("skipped {broken}: not a feed"),
        format!("skipped {}: larger than 16777216 bytes: raise fetch.max_body_bytes", at("/huge")),
        format!("skipped {}: no article", at("/login")),
        format!("skipped {}: the server answered 404", at("/missing")),
        "skipped http://10.0.0.1/x: refused address http://10.0.0.1/x: a private or reserved network address".into(),
        "3 new articles".into(),
    ] {
        assert!(first.stderr.contains(&expected), "{expected} is not in {}", first.stderr);
    }
    let rows = all_rows(&app.path().join("newsprint.db")).await;
    let second = run(&app, &arguments).await.expect_code(3);
    assert!(
        second
            .stderr
            .contains("0 new articles, 0 new revisions, 3 known"),
        "{}",
        second.stderr
    );
    assert_eq!(
        all_rows(&app.path().join("newsprint.db")).await,
        rows,
        "a second fetch changed something"
    );
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
    let app = app_for_loopback();
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
            .matches("robots.txt says \"Disallow: /private\"")
            .count(),
        2,
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("more than 5 redirects"),
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
    serve(&server, "/robots.txt", ResponseTemplate::new(503)).await;
    serve(&server, "/a", page("First")).await;
    let app = app_for_loopback();
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
    let app = app_for_loopback();
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

#[test]
fn hostile_saved_pages_are_named_and_refused_once() {
    let app = TestApp::new();
    let folder = fixture("hostile");
    let first = app
        .run(&["fetch", "--folder", folder.to_str().unwrap()])
        .expect_code(3);
    for expected in [
        "skipped empty.html: the page is empty",
        "skipped not_an_article.html: no article",
        "3 new articles",
    ] {
        assert!(
            first.stderr.contains(expected),
            "{expected} is not in {}",
            first.stderr
        );
    }
    let second = app
        .run(&["fetch", "--folder", folder.to_str().unwrap()])
        .expect_code(0);
    assert!(
        second
            .stderr
            .contains("3 known, 2 refused earlier and not asked again"),
        "{}",
        second.stderr
    );
    app.run(&["tag"]).expect_code(0);
    let articles = app.run(&["report", "articles"]).expect_code(0).stdout;
    assert!(
        articles.contains("1 not_article, 1 unreadable"),
        "{articles}"
    );
    let missing = app.run(&["fetch", "--folder", "nowhere"]).expect_code(1);
    assert!(
        missing.stderr.contains("skipped nowhere: cannot be read"),
        "{}",
        missing.stderr
    );
}

#[test]
fn a_price_file_with_bad_rows_loses_only_those() {
    let app = TestApp::new();
    let file = fixture("prices/bad_row.csv");
    let output = app
        .run(&["prices", "import", file.to_str().unwrap(), "--index", "RUT"])
        .expect_code(3);
    assert!(
        output
            .stderr
            .contains("skipped bad_row.csv line 6: close \"n/a\" is no number"),
        "{}",
        output.stderr
    );
    assert!(
        output
            .stderr
            .contains("skipped bad_row.csv line 9: date \"2024-13-45\" is not of the form"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("8 closes added"),
        "{}",
        output.stderr
    );
    let unnamed = app
        .run(&["prices", "import", file.to_str().unwrap()])
        .expect_code(1);
    assert!(
        unnamed.stderr.contains("give --index ID"),
        "{}",
        unnamed.stderr
    );
    let missing = app.run(&["prices", "import", "nowhere.csv"]).expect_code(1);
    assert!(
        missing
            .stderr
            .contains("skipped nowhere.csv: cannot be read"),
        "{}",
        missing.stderr
    );
}

#[test]
fn wrong_usage_and_configuration_say_what_to_do() {
    let app = TestApp::new();
    app.run(&["init"]).expect_code(0);
    let refused = |arguments: &[&str], expected: &str| {
        let output = app.run(arguments).expect_code(2);
        assert!(
            output.stderr.contains(expected),
            "{expected} is not in {}",
            output.stderr
        );
    };
    refused(
        &["report", "theme-day", "--theme", "oil"],
        "unknown theme \"oil\": themes/ has central_banks",
    );
    refused(
        &["report", "returns", "--index", "XYZ"],
        "unknown index \"XYZ\": indices.toml has",
    );
    refused(
        &[
            "report",
            "returns",
            "--from",
            "2024-02-01",
            "--to",
            "2024-01-01",
        ],
        "--from 2024-02-01 is after --to",
    );
    refused(
        &["probe", "session", "--exchange", "XXXX", "--batch", "x"],
        "unknown exchange \"XXXX\"",
    );
    refused(
        &["--config", "nowhere", "run"],
        "nowhere holds no newsprint.toml: name a folder made by `newsprint init`",
    );
    refused(
        &["--now", "yesterday", "run"],
        "\"yesterday\" is no instant: write it like",
    );
    refused(
        &["--now", "2024-01-01T00:00:00Z", "schedule"],
        "schedule waits for real time",
    );
    app.edit_config("threads = 2", "workers = 2");
    refused(&["run"], "unknown field `workers`");
    app.edit_config("workers = 2", "threads = 2");
    let theme = app.read("config/themes/tariffs.toml");
    app.write(
        "config/themes/tariffs.toml",
        &theme.replace("indices = [", "indices = [\"OIL\", "),
    );
    refused(
        &["run"],
        "themes/tariffs.toml: index \"OIL\" is not in indices.toml",
    );
    app.write(
        "config/themes/tariffs.toml",
        &theme.replace("id = \"tariffs\"", "id = \"duties\""),
    );
    refused(&["run"], "themes/tariffs.toml: its id is \"duties\"");
    app.write("config/themes/tariffs.toml", &theme);
    let reading = app.run(&["report", "theme-day"]).expect_code(1);
    assert!(
        reading
            .stderr
            .contains("there is no such file: `newsprint run` or `newsprint fetch` makes it"),
        "{}",
        reading.stderr
    );
    app.write("not.db", "this is not a database, but long enough to be taken for one by its size alone ............");
    let not_a_store = app.run(&["--db", "not.db", "tag"]).expect_code(1);
    assert!(
        not_a_store
            .stderr
            .contains("name another file in store.url or with --db"),
        "{}",
        not_a_store.stderr
    );
}

#[test]
fn a_failing_theme_example_fails_the_test() {
    let app = TestApp::new();
    app.run(&["init"]).expect_code(0);
    let theme = app.read("config/themes/tariffs.toml");
    app.write(
        "config/themes/tariffs.toml",
        &(theme + "\n[[examples]]\ntext = \"The moon is bright.\"\nhit = true\n"),
    );
    let output = app.run(&["themes", "test"]).expect_code(3);
    assert!(
        output
            .stderr
            .contains("themes/tariffs.toml: must hit and does not: The moon is bright."),
        "{}",
        output.stderr
    );
}

#[test]
fn two_writers_do_not_meet() {
    let app = TestApp::new();
    let lock = std::fs::File::create(app.path().join("newsprint.db.lock")).unwrap();
    lock.lock().unwrap();
    let output = app.run(&["tag"]).expect_code(1);
    assert!(
        output
            .stderr
            .contains("another run holds newsprint.db.lock"),
        "{}",
        output.stderr
    );
    drop(lock);
    app.run(&["tag"]).expect_code(0);
}

#[test]
fn a_close_on_a_day_without_a_session_is_refused() {
    let app = TestApp::new();
    app.write(
        "RUT.csv",
        "Date,Close\n2024-07-19,2184.35\n2024-07-20,2184.35\n2024-07-22,2220.65\n",
    );
    let output = app.run(&["prices", "import", "RUT.csv"]).expect_code(3);
    assert!(
        output
            .stderr
            .contains("skipped RUT.csv line 3: 2024-07-20 is no session of XNYS"),
        "{}",
        output.stderr
    );
    app.write("DGS10.csv", "observation_date,DGS10\n2024-07-04,4.36\n");
    app.run(&["prices", "import", "DGS10.csv"]).expect_code(0);
    app.write("today.csv", "Date,Close\n2024-07-23,2243.27\n");
    let early = [
        "--now",
        "2024-07-23T15:00:00Z",
        "prices",
        "import",
        "today.csv",
        "--index",
        "RUT",
    ];
    let output = app.run(&early).expect_code(1);
    assert!(
        output
            .stderr
            .contains("the close of 2024-07-23 has not been struck yet"),
        "{}",
        output.stderr
    );
}

#[tokio::test]
async fn another_programs_database_is_left_alone() {
    let app = TestApp::new();
    let file = app.path().join("other.sqlite");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::query("CREATE TABLE customers (name TEXT)")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    for arguments in [
        &["--db", "other.sqlite", "tag"][..],
        &["--db", "other.sqlite", "report", "theme-day"],
    ] {
        let output = app.run(arguments).expect_code(1);
        assert!(
            output.stderr.contains("name another file"),
            "{}",
            output.stderr
        );
    }
    assert!(all_rows(&file).await.is_empty(), "rows were added");
}
