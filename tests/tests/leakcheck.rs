//! `leakcheck` finds no leak where there is none, over everything that changes what is known, and finds those that are planted.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{DateTime, TimeDelta, Utc};
use newsprint::leakcheck::{Asked, Findings, Shown, check, instants};
use newsprint_domain::identifier::IndexId;
use newsprint_store::{AsOf, Replica, Store};
use newsprint_tests::{TestApp, rows};

/// How many instants are tried; `scripts/test soak` asks for more.
fn n_trials() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "how scripts/test asks for a soak"
    )]
    let asked = std::env::var("NEWSPRINT_TEST_TRIALS").ok();
    asked.unwrap_or_else(|| "200".into())
}

fn page(text: &str) -> String {
    let padding =
        "Traders in New York said the move was broad and that volumes were high for a summer day. ";
    format!(
        "<html lang=\"en\"><head><title>Russell 2000 news</title>
         <link rel=\"canonical\" href=\"https://unlisted.example/a\">
         <meta property=\"article:published_time\" content=\"2024-07-16T21:00:00Z\"></head>
         <body><article><h1>Russell 2000 news</h1><p>{text} {}</p></article></body></html>",
        padding.repeat(20)
    )
}

/// A store whose past is full of what came later: revisions, late and corrected closes, a second run, another calendar, a source that
/// failed.
fn with_a_past() -> TestApp {
    let app = TestApp::with_fixture_pages();
    app.edit_config("\"full\"", "\"lexicon\"");
    app.edit_config("allow_loopback = false", "allow_loopback = true");
    app.edit_config("gap_seconds = 2.0", "gap_seconds = 0.0");
    let at = |now: &str, arguments: &[&str], code: i32| {
        app.run(&[&["--now", now], arguments].concat())
            .expect_code(code);
    };
    let closes = app.read("prices/RUT.csv");
    let (early, _) = closes.split_once("2024-07-22").unwrap();
    app.write("prices/RUT.csv", early);
    at("2026-03-01T10:00:00Z", &["run"], 0);
    app.write("pages/a.html", &page("The Russell 2000 soared."));
    at("2026-03-02T10:00:00Z", &["fetch", "--folder", "pages"], 0);
    at("2026-03-02T11:00:00Z", &["tag"], 0);
    let corrected = closes.replace("2263.669922", "2263.67");
    assert_ne!(corrected, closes);
    app.write("prices/RUT.csv", &corrected);
    at(
        "2026-03-03T10:00:00Z",
        &["prices", "import", "prices/RUT.csv"],
        0,
    );
    for (minute, port) in [(0, 9), (20, 7), (40, 13)] {
        let feed = format!("http://127.0.0.1:{port}/feed.xml");
        let then = format!("2026-03-04T10:{minute:02}:00Z");
        at(&then, &["fetch", "--feed", &feed], 1);
    }
    app.write("pages/a.html", &page("The Russell 2000 collapsed."));
    at("2026-03-05T10:00:00Z", &["fetch", "--folder", "pages"], 0);
    at("2026-03-05T10:30:00Z", &["tag"], 0);
    let calendar = app.read("config/calendars/XNYS.csv");
    app.write(
        "config/calendars/XNYS.csv",
        &format!("{}\nclosure,2024-07-17,\n", calendar.trim_end()),
    );
    at("2026-03-06T10:00:00Z", &["fetch", "--folder", "pages"], 0);
    let theme = app.read("config/themes/small_caps.toml");
    let (version, phrases) = (theme.find("version = ").unwrap(), "version = 97\n");
    let end = version + theme[version..].find('\n').unwrap() + 1;
    app.write(
        "config/themes/small_caps.toml",
        &(theme[..version].to_owned() + phrases + &theme[end..]),
    );
    at("2026-03-07T10:00:00Z", &["tag"], 0);
    app
}

#[test]
fn no_table_of_the_past_knows_of_later() {
    let app = with_a_past();
    let past = [
        ("SELECT COUNT(*) FROM promotion", "2"),
        ("SELECT COUNT(*) FROM revision_change", "1"),
        (
            "SELECT COUNT(*) > 1 FROM price GROUP BY index_id, date ORDER BY 1 DESC LIMIT 1",
            "1",
        ),
        (
            "SELECT COUNT(DISTINCT calendar_version) FROM session_assignment WHERE exchange = 'XNYS'",
            "2",
        ),
        (
            "SELECT COUNT(DISTINCT recorded_at) FROM fetch_attempt WHERE item = source AND role <> 'robots'",
            "3",
        ),
    ];
    for (query, expected) in past {
        assert_eq!(app.select(query), [[expected]], "{query}");
    }
    let (trials, now) = (n_trials(), "2026-03-08T00:00:00Z");
    let arguments = ["--now", now, "--format", "json", "leakcheck", "--trials"];
    let checked = app
        .run(&[&arguments[..], &[&trials]].concat())
        .expect_code(0);
    let tables = rows(&checked);
    assert_eq!(tables.len(), 4, "{tables:?}");
    for table in tables {
        assert_eq!(table["leaks"], 0, "{table}");
        assert_eq!(table["trials"].to_string(), trials, "{table}");
        assert!(table["cells"].as_i64().unwrap() > 1_000, "{table}");
    }
}

#[test]
fn sums_that_are_not_those_of_the_rows_are_found() {
    let app = with_a_past();
    app.tamper("UPDATE roll_up_day SET n = n + 1, sum = sum + 1000000");
    let checked = app.run(&["leakcheck", "--trials", "50"]).expect_code(1);
    assert!(
        checked.stdout.contains("leak: theme_day"),
        "{}",
        checked.stdout
    );
    let told = app.run(&["doctor"]).stdout;
    assert!(told.contains("are not the sums of roll_up_delta"), "{told}");
    app.run(&["doctor", "--rebuild-sums"]);
    app.run(&["leakcheck", "--trials", "50"]).expect_code(0);
}

#[test]
fn an_empty_store_is_refused() {
    let app = TestApp::new();
    app.run(&["init"]).expect_code(0);
    app.write("empty/none.csv", "");
    app.run(&["fetch", "--folder", "empty"]);
    let refused = app.run(&["leakcheck"]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("the store holds nothing"));
}

/// What the instant that a table is asked for makes of the one that it reads by.
type Reads = fn(DateTime<Utc>) -> AsOf;

fn honest(instant: DateTime<Utc>) -> AsOf {
    AsOf {
        instant,
        reconstructed: false,
    }
}

fn one_day_later(instant: DateTime<Utc>) -> AsOf {
    honest(instant + TimeDelta::days(1))
}

fn one_microsecond_later(instant: DateTime<Utc>) -> AsOf {
    honest(instant + TimeDelta::microseconds(1))
}

fn one_microsecond_earlier(instant: DateTime<Utc>) -> AsOf {
    honest(instant - TimeDelta::microseconds(1))
}

fn whenever(_: DateTime<Utc>) -> AsOf {
    honest("9999-01-01T00:00:00Z".parse().unwrap())
}

async fn closes(store: &Store, as_of: AsOf) -> anyhow::Result<Shown> {
    let index = IndexId::new("RUT")?;
    let closes = store.prices(&index, as_of).await?;
    let rows = closes
        .iter()
        .map(|(date, close)| vec![date.to_string(), close.to_string()]);
    Ok(Shown {
        name: "closes",
        rows: rows.collect(),
    })
}

async fn sessions(store: &Store, as_of: AsOf) -> anyhow::Result<Shown> {
    let mut rows = Vec::new();
    if let Some((run, id)) = store.promoted_run(as_of).await? {
        for article in store.tagged_articles(run, as_of).await? {
            for (exchange, session) in &article.sessions {
                let session = session.reaction_session.to_string();
                rows.push(vec![
                    id.clone(),
                    article.address.clone(),
                    exchange.to_string(),
                    session,
                ]);
            }
        }
    }
    Ok(Shown {
        name: "sessions",
        rows,
    })
}

/// What is found where closes are read by `of_closes` and sessions by `of_sessions`.
async fn found(store: &Store, of_closes: Reads, of_sessions: Reads) -> Findings {
    let recorded = Replica::new().await.unwrap().instants(store).await.unwrap();
    let trials = instants(&recorded, 200, 7);
    let tables = async |store: &Store, asked: Asked| {
        let closes = closes(store, of_closes(asked.as_of)).await?;
        Ok(vec![
            closes,
            sessions(store, of_sessions(asked.as_of)).await?,
        ])
    };
    check(store, &trials, tables).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_leaks_are_found_in_the_table_that_they_are_in() {
    let app = tokio::task::block_in_place(with_a_past);
    let url = format!("sqlite:{}", app.path().join("newsprint.db").display());
    let store = Store::open_to_read(&url).await.unwrap();
    let cases: [(&str, Reads, Reads, &[&str]); 6] = [
        ("none", honest, honest, &[]),
        ("as_of ignored", whenever, honest, &["closes"]),
        ("a day later", honest, one_day_later, &["sessions"]),
        (
            "a microsecond later",
            one_microsecond_later,
            honest,
            &["closes"],
        ),
        (
            "a microsecond too early",
            honest,
            one_microsecond_earlier,
            &["sessions"],
        ),
        ("both", whenever, whenever, &["closes", "sessions"]),
    ];
    for (name, of_closes, of_sessions, expected) in cases {
        let findings = found(&store, of_closes, of_sessions).await;
        let mut leaking: Vec<&str> = findings.leaks.iter().map(|leak| leak.table).collect();
        leaking.sort_unstable();
        leaking.dedup();
        assert_eq!(leaking, expected, "{name}");
        for leak in &findings.leaks {
            assert_ne!(leak.shown, leak.recorded, "{name}");
        }
    }
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leak_names_the_first_row_that_differs_with_both_values() {
    let app = tokio::task::block_in_place(|| {
        let app = TestApp::new();
        let imported = [("2024-08-01", "2260"), ("2024-08-03", "2263.67")];
        for (day, close) in imported {
            app.write(
                "RUT.csv",
                &format!("Date,Close\n2024-07-15,2187.02\n2024-07-16,{close}\n"),
            );
            let now = format!("{day}T00:00:00Z");
            app.run(&["--now", &now, "prices", "import", "RUT.csv"])
                .expect_code(0);
        }
        app
    });
    let url = format!("sqlite:{}", app.path().join("newsprint.db").display());
    let store = Store::open_to_read(&url).await.unwrap();
    let trial: DateTime<Utc> = "2024-08-02T00:00:00Z".parse().unwrap();
    let tables =
        async |store: &Store, asked: Asked| Ok(vec![closes(store, whenever(asked.as_of)).await?]);
    let findings = check(&store, &[trial], tables).await.unwrap();
    let [leak] = &findings.leaks[..] else {
        panic!("{findings:?}");
    };
    let row = |close: &str| Some(vec!["2024-07-16".to_owned(), close.to_owned()]);
    assert_eq!((leak.row, leak.as_of), (2, trial));
    assert_eq!(
        (leak.shown.clone(), leak.recorded.clone()),
        (row("2263.67"), row("2260"))
    );
    store.close().await;
}
