//! Every table is as it could have been known at the time.

use newsprint_tests::{TestApp, now, repository, rows, with_demo_articles};
use serde_json::Value;

#[test]
fn a_table_shows_only_what_was_recorded_by_then() {
    let app = TestApp::with_fixture_pages();
    now(&app, &["run"]).expect_code(0);
    let table = |extra: &[&str]| {
        now(
            &app,
            &[&["report", "theme-day", "--format", "json"], extra].concat(),
        )
    };
    assert!(!rows(&table(&[])).is_empty());
    let before = table(&["--as-of", "2026-11-01T11:59:59Z"]).expect_code(1);
    assert!(rows(&before).is_empty());
    assert!(
        before.stdout.contains("nothing had been tagged")
            && before.stdout.contains("--reconstructed")
    );
    let april =
        rows(&table(&["--as-of", "2024-04-30T00:00:00Z", "--reconstructed"]).expect_code(0));
    let last = april
        .iter()
        .map(|row| row["session"].as_str().unwrap())
        .max()
        .unwrap();
    assert_eq!(last, "2024-04-26");
    let known = rows(&table(&[]));
    let of_april: Vec<&Value> = known
        .iter()
        .filter(|row| row["session"].as_str().unwrap() <= "2024-04-26")
        .collect();
    assert_eq!(
        april.iter().collect::<Vec<_>>(),
        of_april,
        "what came later changed an earlier row"
    );
}

#[test]
fn no_tradable_return_starts_before_the_article_was_available() {
    let app = with_demo_articles();
    let closes = repository().join("demo/prices/RUT.csv");
    now(&app, &["prices", "import", closes.to_str().unwrap()]).expect_code(0);
    let day = ["--from", "2024-07-17", "--to", "2024-07-17"];
    let arguments = [
        "report", "returns", "--theme", "any", "--index", "RUT", "--format", "json",
    ];
    let returns = rows(&now(&app, &[&arguments[..], &day].concat()).expect_code(0));
    let moved = |row: &Value| row["bp_after_positive"].as_f64().unwrap();
    // RUT closed at 2263.669922 on 16 July, 2239.669922 on 17 July and 2198.290039 on 18 July 2024.
    assert!(
        (moved(&returns[0]) - (2239.669922 / 2263.669922 - 1.0) * 1e4).abs() < 1e-9,
        "the reaction, {}",
        returns[0]
    );
    assert!(
        (moved(&returns[1]) - (2198.290039 / 2239.669922 - 1.0) * 1e4).abs() < 1e-9,
        "tradable, {}",
        returns[1]
    );
}

#[test]
fn a_corrected_close_is_another_row_and_the_old_table_stays() {
    let app = TestApp::new();
    let import = |now: &str, close: &str| {
        app.write(
            "RUT.csv",
            &format!("Date,Close\n2024-07-15,2187.02\n2024-07-16,{close}\n"),
        );
        app.run(&["--now", now, "prices", "import", "RUT.csv"])
            .expect_code(0)
    };
    import("2024-08-01T00:00:00Z", "2260");
    let second = import("2024-08-02T00:00:00Z", "2263.67");
    assert!(
        second
            .stderr
            .contains("1 revised, 1 unchanged (first revised: 2024-07-16 from 2260 to 2263.67)"),
        "{}",
        second.stderr
    );
    let close = |now: &str| {
        let shown = app
            .run(&[
                "--now", now, "--format", "csv", "prices", "returns", "--index", "RUT",
            ])
            .expect_code(0);
        shown
            .stdout
            .lines()
            .last()
            .unwrap()
            .split(',')
            .nth(1)
            .unwrap()
            .to_owned()
    };
    assert_eq!(close("2024-08-03T00:00:00Z"), "2263.67");
    assert_eq!(close("2024-08-01T12:00:00Z"), "2260");
}

/// A saved page of a site that no publisher row names, about the Russell 2000.
fn saved_page(date: &str, text: &str) -> String {
    let padding =
        "Traders in New York said the move was broad and that volumes were high for a summer day. "
            .repeat(12);
    format!(
        "<html lang=\"en\"><head><title>Russell 2000 news</title>
         <link rel=\"canonical\" href=\"https://unlisted.example/a\">
         <meta property=\"article:published_time\" content=\"{date}\"></head>
         <body><article><h1>Russell 2000 news</h1><p>{text} {padding}</p><p>{padding}</p></article></body></html>"
    )
}

#[test]
fn a_publisher_row_added_later_makes_no_second_article() {
    let app = TestApp::new();
    app.run(&["init"]).expect_code(0);
    app.write(
        "pages/a.html",
        &saved_page("2024-07-16", "The Russell 2000 soared."),
    );
    now(&app, &["fetch", "--folder", "pages"]).expect_code(0);
    let rows = app.read("config/publishers.toml");
    let row = "\n[[publisher]]\nid = \"unlisted\"\nname = \"Unlisted\"\ndomain = \"unlisted.example\"\n\
               timezone = \"Australia/Sydney\"\nlanguage = \"en\"\n";
    app.write("config/publishers.toml", &(rows + row));
    app.write("copy/a.html", &app.read("pages/a.html"));
    let again = now(&app, &["fetch", "--folder", "copy"]).expect_code(0);
    assert!(
        again
            .stderr
            .contains("0 new articles, 0 new revisions, 1 known"),
        "{}",
        again.stderr
    );
}

#[test]
fn an_edited_page_is_available_from_when_we_saw_it_and_moves_no_earlier_row() {
    let app = TestApp::new();
    app.run(&["init"]).expect_code(0);
    app.write(
        "pages/a.html",
        &saved_page("2024-07-16T21:00:00Z", "The Russell 2000 soared."),
    );
    now(&app, &["fetch", "--folder", "pages"]).expect_code(0);
    let table = || {
        now(&app, &["tag"]).expect_code(0);
        rows(&now(&app, &["report", "articles", "--format", "json"]).expect_code(0))
    };
    let before = table();
    assert_eq!(before[0]["session"], "2024-07-17");
    app.write(
        "pages/a.html",
        &saved_page(
            "2024-07-12T21:00:00Z",
            "The Russell 2000 collapsed on Thursday.",
        ),
    );
    let edited = now(&app, &["fetch", "--folder", "pages"]).expect_code(0);
    assert!(
        edited.stderr.contains("0 new articles, 1 new revisions"),
        "{}",
        edited.stderr
    );
    assert_eq!(table(), before, "a later revision changed an earlier row");
}

#[test]
fn tables_say_when_themes_have_changed_since_the_run_they_show() {
    let app = TestApp::with_fixture_pages();
    let note = "model, themes or indices have changed since";
    now(&app, &["run"]).expect_code(0);
    assert!(
        !now(&app, &["report", "theme-day"])
            .expect_code(0)
            .stdout
            .contains(note)
    );
    let theme = app.read("config/themes/tariffs.toml");
    app.write(
        "config/themes/tariffs.toml",
        &theme.replace("version = 2", "version = 3"),
    );
    assert!(
        now(&app, &["report", "theme-day"])
            .expect_code(0)
            .stdout
            .contains(note)
    );
    now(&app, &["tag"]).expect_code(0);
    assert!(
        !now(&app, &["report", "theme-day"])
            .expect_code(0)
            .stdout
            .contains(note)
    );
}
#[test]
fn every_demo_article_falls_in_the_session_that_could_first_react() {
    let app = with_demo_articles();
    let articles = rows(&now(&app, &["report", "articles", "--format", "json"]).expect_code(0));
    let found: Vec<String> = articles
        .iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap().to_owned();
            format!(
                "{} {} {} {}",
                text("publisher"),
                text("available_at"),
                text("session"),
                text("phase")
            )
        })
        .collect();
    let expected = [
        "prairie_business 2024-07-09 18:20:00 2024-07-09 regular",
        "prairie_business 2024-07-12 04:59:59 2024-07-12 pre_open",
        "harbour_ledger 2024-07-16 22:10:00 2024-07-17 post_close",
        "coastline_wire 2024-07-17 02:40:00 2024-07-17 post_close",
        "wattle_street 2024-07-17 14:25:00 2024-07-17 regular",
        "tidewater_review 2024-07-20 15:00:00 2024-07-22 non_session_day",
        "lakeshore_investor 2024-07-23 21:05:00 2024-07-24 post_close",
        "fulton_tape 2024-07-24 20:45:00 2024-07-25 post_close",
        "fulton_tape 2024-07-29 20:00:00 2024-07-30 post_close",
        "tidewater_review 2024-07-31 12:15:00 2024-07-31 pre_open",
    ];
    assert_eq!(found, expected);
}
