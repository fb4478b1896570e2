//! Searching finds the same on both engines, what was known by then, and whatever people type.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use newsprint_tests::postgres::{PrivatePostgres, Settings};
use newsprint_tests::{Output, TestApp, rows};

const FIRST: &str = "2026-11-01T12:00:00Z";
const LATER: &str = "2026-11-02T12:00:00Z";

fn page(slug: &str, title: &str, text: &str) -> String {
    let padding =
        "Volumes were high for a summer day and brokers were busy until the evening. ".repeat(12);
    format!(
        "<html lang='en'><head><title>{title}</title><link rel='canonical' href='https://harbourledger.example/{slug}'>
         <meta property='article:published_time' content='2024-07-1{}T12:00:00Z'></head>
         <body><article><h1>{title}</h1><p>{text} {padding}</p><p>{padding}</p></article></body></html>",
        slug.len()
    )
}

/// A store at `db` with four articles, published on 11, 12, 13 and 14 July 2024 and tagged.
fn corpus(db: &str) -> TestApp {
    let app = TestApp::for_loopback();
    let pages = [
        (
            "a",
            "Hopes lift small companies",
            "The Russell 2000 soared 3.5% on hopes of rate cuts; talk of tariffs faded.",
        ),
        (
            "bb",
            "Tariffs hit chips",
            "New tariffs on chips sent Nvidia lower. No rate cut is likely, traders said.",
        ),
        (
            "ccc",
            "Café chain opens in Zürich",
            "The café group’s naïve forecast was too high.",
        ),
        (
            "dddd",
            "Cuts at a rate of ten a day",
            "Jobs go at a rate of ten a day, and more cuts are to come.",
        ),
    ];
    for (slug, title, text) in pages {
        app.write(&format!("pages/{slug}.html"), &page(slug, title, text));
    }
    run(&app, db, FIRST, &["fetch", "--folder", "pages"]).expect_code(0);
    run(&app, db, FIRST, &["tag"]).expect_code(0);
    app
}

fn run(app: &TestApp, db: &str, now: &str, arguments: &[&str]) -> Output {
    app.run(&[&["--db", db, "--now", now], arguments].concat())
}

/// What a search finds, in the order of addresses.
fn found(app: &TestApp, db: &str, arguments: &[&str]) -> String {
    let output = run(
        app,
        db,
        LATER,
        &[&["--format", "json", "search"], arguments].concat(),
    );
    let expected = i32::from(rows(&output).is_empty());
    let slugs = rows(&output.clone().expect_code(expected));
    let slugs = slugs.iter().map(|row| {
        row["address"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned()
    });
    let mut slugs: Vec<String> = slugs.collect();
    slugs.sort();
    slugs.join(" ")
}

fn finds_words_phrases_and_not_what_is_excluded(db: &str) {
    let app = corpus(db);
    for (arguments, expected) in [
        (&["rate", "cuts"][..], "a bb dddd"),
        (&["rate cuts"], "a bb"),
        (&["rate cuts -tariffs"], "dddd"),
        (&["\"rate cuts\" -chips"], "a"),
        (&["--", "rate", "-\"rate cut\""], "dddd"),
        (&["soaring"], "a"),
        (&["cafe", "ZURICH"], "ccc"),
        (&["group's naive"], "ccc"),
        (&["3.5%"], "a"),
        (&["the"], "a bb ccc dddd"),
        (&["nowhere"], ""),
        (&["rate", "--theme", "rate_cuts"], "a bb"),
        (&["rate", "--index", "RUT"], "a"),
        (&["rate", "--publisher", "nobody"], ""),
        (
            &["rate", "--from", "2024-07-12", "--reconstructed"],
            "bb dddd",
        ),
        (
            &["rate", "--from", "2024-07-12", "--to", "2024-07-13"],
            "bb",
        ),
        (&["rate", "--as-of", "2026-10-31T00:00:00Z"], ""),
        (
            &["rate", "--as-of", "2024-07-13T00:00:00Z", "--reconstructed"],
            "a bb",
        ),
    ] {
        assert_eq!(found(&app, db, arguments), expected, "{arguments:?}");
    }
    let output = run(&app, db, LATER, &["search", "rate cuts", "--limit", "1"]).expect_code(0);
    assert!(
        output.stdout.contains("1 of 2 articles") && output.stdout.contains("[rate"),
        "{}",
        output.stdout
    );
}

fn takes_whatever_is_typed(db: &str) {
    let app = corpus(db);
    for typed in [
        "title:rate",
        "rate*",
        "^rate",
        "NEAR(rate cuts, 2)",
        "rate AND",
        "\"rate",
        "rate\" OR \"",
        "{title text}: rate",
        "rate & !cuts | :*",
        "(((",
        "'; DROP TABLE x",
        "\\",
        "a\u{1b}[31m",
        "rate <-> cuts",
        "-",
        "--",
    ] {
        let output = run(&app, db, LATER, &["search", "--", typed, "rate"]);
        assert!(
            [0, 1].contains(&output.code) && output.stderr.is_empty(),
            "{typed}: {output:?}"
        );
    }
    for arguments in [
        &["search", "--", "-rate"][..],
        &["search", "!!"],
        &["search"],
        &["search", "rate", "--run", "zz"],
        &["search", "rate", "--theme", "nope"],
    ] {
        run(&app, db, LATER, arguments).expect_code(2);
    }
}

fn finds_revisions_as_they_were_known(db: &str) {
    let app = corpus(db);
    app.write(
        "pages/a.html",
        &page(
            "a",
            "Hopes lift small companies \u{1b}[31m",
            "Hopes of zirconium and rate cuts, the editor says now.",
        ),
    );
    run(&app, db, LATER, &["fetch", "--folder", "pages"]).expect_code(0);
    let behind = run(&app, db, LATER, &["search", "rate"]).expect_code(0);
    assert!(
        behind.stdout.contains("not searchable yet"),
        "{}",
        behind.stdout
    );
    assert_eq!(found(&app, db, &["zirconium"]), "");
    run(&app, db, LATER, &["tag"]).expect_code(0);
    let shown = run(&app, db, LATER, &["search", "zirconium"]).expect_code(0);
    assert!(
        shown.stdout.contains("[zirconium]") && !shown.stdout.contains('\u{1b}'),
        "{}",
        shown.stdout
    );
    assert!(
        !shown.stdout.contains("not searchable yet"),
        "{}",
        shown.stdout
    );
    assert_eq!(
        found(&app, db, &["rate", "hopes"]),
        "a",
        "an article is found once"
    );
    assert_eq!(found(&app, db, &["zirconium", "--as-of", FIRST]), "");
    assert_eq!(
        found(&app, db, &["soared"]),
        "a",
        "an earlier revision is found too"
    );
}

#[test]
fn words_and_phrases_on_sqlite() {
    finds_words_phrases_and_not_what_is_excluded("newsprint.db");
}

#[test]
fn hostile_words_on_sqlite() {
    takes_whatever_is_typed("newsprint.db");
}

#[test]
fn revisions_on_sqlite() {
    finds_revisions_as_they_were_known("newsprint.db");
}

#[test]
fn postgres_finds_the_same() {
    let server = PrivatePostgres::start(Settings::default());
    finds_words_phrases_and_not_what_is_excluded(&server.create_database());
    takes_whatever_is_typed(&server.create_database());
    finds_revisions_as_they_were_known(&server.create_database());
}

#[test]
fn every_text_is_added_once() {
    let app = corpus("newsprint.db");
    let added = || {
        app.select("SELECT (SELECT COUNT(*) FROM text_indexed), (SELECT COUNT(*) FROM revision_text_docsize), (SELECT COUNT(*) FROM revision)")
    };
    assert_eq!(added(), [["4", "4", "4"]]);
    run(&app, "newsprint.db", LATER, &["tag"]).expect_code(0);
    assert_eq!(added(), [["4", "4", "4"]]);
}
