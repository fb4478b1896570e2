//! Copies of a story are told from independent reports, in order, as of any instant, on both engines.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use newsprint_tests::postgres::{PrivatePostgres, Settings};
use newsprint_tests::{TestApp, now, rows};
use serde_json::Value;

const WIRE: &str = "https://wire.example/plant";
const ECHO: &str = "https://echo.example/plant";
const OTHER: &str = "https://other.example/insurer";

const STORY: &str = "Kestrel Mills said on Tuesday that it would close its plant in Halden, where 417 people work, after orders for newsprint \
    fell 23.6% in a year. “We held on for as long as the bank let us,” chief executive Dora Lindqvist told staff. The company, \
    which had sales of 1.2 billion crowns in 2023, will write down 310 million crowns and move two machines to Tampere by March. \
    Shares of the company lost 8.4% in Oslo, the most since October 2020, while its rival Nordlys Paper gained 3.1%. The union \
    representative Per Aasen said that talks about severance for 417 workers would begin on Thursday at the town hall.";

const UNLIKE: &str = "Shares of Aldgate Insurance rose 4.1% in London after the insurer raised its dividend to 13.5 pence and said that claims \
    for storm damage had come to 88 million pounds, less than analysts had feared. “Reserves are strong enough for two such \
    winters,” finance director Piers Okafor said. Rivals Thames Mutual and Northgate Life gained 1.8% and 2.2%. The insurer, which \
    covers 2.9 million homes, expects premiums to grow by 6% next year and will open an office in Leeds in the spring.";

/// A page of the article at `address`, published at `time` of 17 July 2024.
fn page(app: &TestApp, folder: &str, address: &str, time: &str, text: &str) {
    let host = address.split('/').nth(2).unwrap();
    let html = format!(
        "<html lang=\"en\"><head><title>Kestrel Mills closes plant</title>
         <link rel=\"canonical\" href=\"{address}\">
         <meta property=\"article:published_time\" content=\"2024-07-17T{time}:00Z\"></head>
         <body><article><h1>Kestrel Mills closes plant</h1><p>{text}</p></article></body></html>"
    );
    app.write(&format!("{folder}/{host}.html"), &html);
}

/// An empty store, whose model is word lists.
fn app() -> TestApp {
    let app = TestApp::new();
    app.run(&["init"]).expect_code(0);
    app.edit_config("\"full\"", "\"lexicon\"");
    app
}

/// Fetches the folder and tags at `instant`; what tagging said.
fn load(app: &TestApp, folder: &str, instant: &str) -> String {
    let at = |arguments: &[&str]| app.run(&[&["--now", instant], arguments].concat());
    at(&["fetch", "--folder", folder]).expect_code(0);
    at(&["tag"]).expect_code(0).stderr
}

/// The copy before the original, and an article of something else.
fn copied(app: &TestApp) {
    page(
        app,
        "first",
        ECHO,
        "09:30",
        &format!("By our staff. {STORY}"),
    );
    page(app, "first", WIRE, "08:00", STORY);
    page(app, "first", OTHER, "08:10", UNLIKE);
}

fn story(app: &TestApp, address: &str, extra: &[&str]) -> Vec<Value> {
    let arguments = ["report", "story", address, "--format", "json"];
    rows(&now(app, &[&arguments, extra].concat()).expect_code(0))
}

fn addresses(story: &[Value]) -> Vec<&str> {
    let addresses = story.iter().map(|row| row["address"].as_str().unwrap());
    addresses.collect()
}

#[test]
fn copies_are_shown_in_order_and_a_story_of_one_is_none() {
    let app = app();
    copied(&app);
    let said = load(&app, "first", "2024-08-01T00:00:00Z");
    assert!(
        said.contains("; 3 texts compared, 1 copies found"),
        "{said}"
    );
    let rows_of_echo = story(&app, ECHO, &[]);
    assert_eq!(addresses(&rows_of_echo), [WIRE, ECHO]);
    assert_eq!(rows_of_echo, story(&app, WIRE, &[]));
    let [origin, echo] = &rows_of_echo[..] else {
        unreachable!()
    };
    assert_eq!(
        (origin["role"].as_str(), &origin["follows"]),
        (Some("origin"), &Value::Null)
    );
    assert_eq!(
        (echo["role"].as_str(), echo["follows"].as_i64()),
        (Some("echo"), Some(1))
    );
    assert_eq!(echo["delay_minutes"], 90);
    assert!(echo["likeness"].as_f64().unwrap() > 0.9, "{echo}");
    assert!(
        echo["evidence"].as_str().unwrap().contains("% of phrases"),
        "{echo}"
    );
    assert_eq!(addresses(&story(&app, OTHER, &[])), [OTHER]);
    let stories = now(&app, &["report", "stories", "--format", "json"]).expect_code(0);
    let stories = rows(&stories);
    assert_eq!(stories.len(), 1, "{stories:?}");
    let counts = ["n", "publishers", "echoes"].map(|column| stories[0][column].as_i64());
    assert_eq!(
        (stories[0]["address"].as_str(), counts),
        (Some(WIRE), [Some(2), Some(2), Some(1)])
    );
    for nothing in [
        &["--min-n", "3"][..],
        &["--from", "2024-07-18"],
        &["--to", "2024-07-16"],
    ] {
        now(&app, &[&["report", "stories"], nothing].concat()).expect_code(1);
    }
    now(&app, &["report", "story", "https://nobody.example/"]).expect_code(2);
}

#[test]
fn a_later_copy_changes_no_earlier_answer() {
    let app = app();
    copied(&app);
    load(&app, "first", "2024-08-01T00:00:00Z");
    let then = ["--as-of", "2024-08-01T12:00:00Z"];
    let known = story(&app, WIRE, &then);
    assert_eq!(known.len(), 2);
    page(&app, "second", "https://late.example/plant", "20:00", STORY);
    load(&app, "second", "2024-08-02T00:00:00Z");
    assert_eq!(story(&app, WIRE, &[]).len(), 3);
    assert_eq!(story(&app, WIRE, &then), known);
    let at_ten = ["--as-of", "2024-07-17T10:00:00Z", "--reconstructed"];
    assert_eq!(story(&app, WIRE, &at_ten), known);
    now(
        &app,
        &["report", "story", WIRE, "--as-of", "2024-07-31T00:00:00Z"],
    )
    .expect_code(2);
}

#[test]
fn an_original_that_is_loaded_later_becomes_the_origin() {
    let app = app();
    copied(&app);
    load(&app, "first", "2024-08-01T00:00:00Z");
    let source = "https://source.example/plant";
    page(&app, "second", source, "07:00", STORY);
    load(&app, "second", "2024-08-02T00:00:00Z");
    assert_eq!(addresses(&story(&app, ECHO, &[])), [source, WIRE, ECHO]);
    let then = ["--as-of", "2024-08-01T12:00:00Z"];
    assert_eq!(addresses(&story(&app, ECHO, &then)), [WIRE, ECHO]);
    now(
        &app,
        &["report", "story", source, "--as-of", "2024-08-01T12:00:00Z"],
    )
    .expect_code(2);
}

#[test]
fn a_killed_run_leaves_prints_that_a_later_one_finds() {
    let whole = app();
    let killed = app();
    for app in [&whole, &killed] {
        for number in 0..300 {
            let text =
                format!("{STORY} Edition {number} of the paper has {number}{number} more pages.");
            let address = format!("https://site{number}.example/plant");
            page(app, "many", &address, "08:00", &text);
        }
        let fetch = ["--now", "2024-08-01T00:00:00Z", "fetch", "--folder", "many"];
        app.run(&fetch).expect_code(0);
    }
    let tag = ["--now", "2024-08-01T00:00:00Z", "tag"];
    whole.run(&tag).expect_code(0);
    let prints = "SELECT COUNT(*) FROM text_print";
    let mut child = killed.start(&tag);
    // The first batch of three has been committed then, and the last one not yet.
    while killed.select(prints)[0][0] == "0" {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    killed.run(&tag).expect_code(0);
    assert_eq!(killed.select(prints)[0][0], "300");
    for table in ["text_print", "text_band", "lineage_edge"] {
        let all = format!("SELECT * FROM {table} ORDER BY 1, 2");
        assert_eq!(killed.select(&all), whole.select(&all), "{table}");
    }
}

#[test]
fn both_engines_tell_the_same_stories() {
    let server = PrivatePostgres::start(Settings::default());
    let url = server.create_database();
    let told = |db: &str| {
        let app = app();
        copied(&app);
        page(
            &app,
            "second",
            "https://source.example/plant",
            "07:00",
            STORY,
        );
        for (folder, instant) in [
            ("first", "2024-08-01T00:00:00Z"),
            ("second", "2024-08-02T00:00:00Z"),
        ] {
            let at = |arguments: &[&str]| {
                app.run(&[&["--now", instant, "--db", db], arguments].concat())
            };
            at(&["fetch", "--folder", folder]).expect_code(0);
            at(&["tag"]).expect_code(0);
        }
        let report = |arguments: &[&str]| {
            let asked = [&["--db", db, "--format", "csv", "report"], arguments].concat();
            now(&app, &asked).expect_code(0).stdout
        };
        let earlier = ["stories", "--as-of", "2024-08-01T12:00:00Z"];
        [
            report(&["stories"]),
            report(&["story", ECHO]),
            report(&earlier),
        ]
    };
    let on_file = told("newsprint.db");
    assert_eq!(on_file, told(&url));
    assert_eq!(on_file[1].lines().count(), 4, "{}", on_file[1]);
}
