//! What is loaded later, whoever wrote it and whichever engine keeps it.

use newsprint_tests::postgres::{PrivatePostgres, Settings};
use newsprint_tests::{TestApp, now};
use serde_json::Value;

use super::{CELL, explained, list};

const STORY: &str = "The Russell 2000 soared 3.5% on Tuesday as small caps gained on hopes of rate cuts. “Money is pouring in,” said \
    Dora Lindqvist of Kestrel Mills, which has 417 employees in Halden and 1.2 billion crowns of sales. Small companies had lagged for \
    most of 2023, when 310 of them were delisted, and 88 more were bought by rivals such as Nordlys Paper and Thames Mutual. ";

/// Loads a page published on 17 July 2024, and closes, at an instant.
fn load(app: &TestApp, instant: &str, (host, time, title): (&str, &str, &str), close: &str) {
    let html = format!(
        "<html lang=\"en\"><head><title>{title}</title><link rel=\"canonical\" href=\"https://{host}/a\">
         <meta property=\"article:published_time\" content=\"2024-07-17T{time}:00Z\"></head>
         <body><article><h1>{title}</h1><p>{STORY}</p><p>{STORY}</p></article></body></html>"
    );
    app.write(&format!("{host}/a.html"), &html);
    app.write(
        "Closes\u{202e}.csv",
        &format!("Date,Close\n2024-07-16,2263.67\n2024-07-17,{close}\n2024-07-18,2198.29\n"),
    );
    let at = |arguments: &[&str]| app.run(&[&["--now", instant], arguments].concat());
    at(&["fetch", "--folder", host]).expect_code(0);
    at(&["tag"]).expect_code(0);
    at(&["prices", "import", "Closes\u{202e}.csv", "--index", "RUT"]).expect_code(0);
}

/// An empty store, whose model is word lists.
fn app() -> TestApp {
    let app = TestApp::new();
    app.run(&["init"]).expect_code(0);
    app.edit_config("\"full\"", "\"lexicon\"");
    app
}

const HOSTILE: &str = "Small caps &#27;[2J&#27;[31m soar &#x202e;yad";

#[test]
fn the_past_shows_nothing_of_later() {
    let app = app();
    let first = ("wire.example", "12:00", "Small caps soar");
    load(&app, "2024-08-01T00:00:00Z", first, "2240.5");
    let moves = "returns:small_caps/RUT/fwd_c2c_1@2024-07-17";
    let then = ["--as-of", "2024-08-01T12:00:00Z"];
    let known = [CELL, moves].map(|cell| explained(&app, cell, &then));
    let later = ("source.example", "08:00", "Small caps soar again");
    load(&app, "2024-08-02T00:00:00Z", later, "2239.67");
    assert_eq!(
        known,
        [CELL, moves].map(|cell| explained(&app, cell, &then))
    );
    let today = explained(&app, moves, &[]);
    let roles = list(&today, "articles").iter().map(|one| &one["role"]);
    assert_eq!(roles.collect::<Vec<_>>(), ["origin", "echo"]);
    let close = |whole: &Value, field: &str| whole["observation"]["from"][field].clone();
    assert_eq!(
        (close(&known[1], "close"), close(&known[1], "revision")),
        (2240.5.into(), 1.into())
    );
    assert_eq!(
        (close(&today, "close"), close(&today, "revision")),
        (2239.67.into(), 2.into())
    );
    let before = ["--as-of", "2024-07-31T00:00:00Z", "--format", "json"];
    let before = now(&app, &[&["explain", CELL], &before[..]].concat()).expect_code(1);
    assert_eq!(before.json()["reading"], "nothing tagged");
    let at_ten = ["--as-of", "2024-07-17T10:00:00Z", "--reconstructed"];
    let at_ten = explained(&app, CELL, &at_ten);
    let addresses = list(&at_ten, "articles").iter().map(|one| &one["address"]);
    assert_eq!(addresses.collect::<Vec<_>>(), ["https://source.example/a"]);
}

#[test]
fn hostile_titles_and_file_names_cannot_move_the_terminal() {
    let app = app();
    let hostile = ("wire.example", "12:00", HOSTILE);
    load(&app, "2024-08-01T00:00:00Z", hostile, "2239.67");
    let title = app.select("SELECT title FROM revision")[0][0].clone();
    assert!(title.contains('\u{202e}'), "{title:?}");
    for cell in [
        CELL,
        "returns:small_caps/RUT/c2c_0",
        "returns:small_caps/RUT/c2c_0@2024-07-17",
    ] {
        let shown = now(&app, &["explain", cell]).expect_code(0).stdout;
        let moves = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!shown.contains(moves), "{shown:?}");
    }
}

#[test]
fn both_engines_explain_alike() {
    let server = PrivatePostgres::start(Settings::default());
    let url = server.create_database();
    let told = |db: &str| {
        let app = app();
        app.edit_config("\"sqlite:newsprint.db\"", &format!("\"{db}\""));
        let copied = ("wire.example", "12:00", HOSTILE);
        load(&app, "2024-08-01T00:00:00Z", copied, "2240.5");
        let later = ("source.example", "08:00", "Small caps soar again");
        load(&app, "2024-08-02T00:00:00Z", later, "2239.67");
        let cells = [CELL, "returns:small_caps/RUT/fwd_c2c_1@2024-07-17"];
        let empty = "theme_day:2024-07-16/small_caps/RUT";
        let past = ["--as-of", "2024-08-01T12:00:00Z"];
        let past = cells.map(|cell| explained(&app, cell, &past));
        let lines = cells.map(|cell| now(&app, &["explain", cell]).expect_code(0).stdout);
        (past, lines, explained(&app, empty, &[]))
    };
    let on_file = told("sqlite:newsprint.db");
    assert_eq!(on_file, told(&url));
    assert_eq!(list(&on_file.0[0], "articles").len(), 1);
}
