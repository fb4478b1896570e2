//! The whole job on pages of the repository.

use newsprint_tests::{TestApp, all_rows, now, rows, with_demo_articles};

#[tokio::test]
async fn a_second_run_changes_nothing() {
    let app = TestApp::with_fixture_pages();
    let first = now(&app, &["run"]).expect_code(0);
    assert!(first.stderr.contains("20 new articles"), "{}", first.stderr);
    let (rows, theme_day) = (
        all_rows(&app.path().join("newsprint.db")).await,
        app.read("reports/theme_day.csv"),
    );
    assert!(theme_day.lines().count() > 20 && app.read("reports/returns.csv").lines().count() > 20);
    let later = app
        .run(&["--now", "2026-11-02T12:00:00Z", "run"])
        .expect_code(0);
    assert!(
        later
            .stderr
            .contains("0 new articles, 0 new revisions, 20 known"),
        "{}",
        later.stderr
    );
    assert!(later.stderr.contains("0 changed"), "{}", later.stderr);
    assert_eq!(all_rows(&app.path().join("newsprint.db")).await, rows);
    for stage in [
        &["fetch"][..],
        &["tag"],
        &["prices", "import", "prices/RUT.csv"],
    ] {
        now(&app, stage).expect_code(0);
    }
    assert_eq!(all_rows(&app.path().join("newsprint.db")).await, rows);
    assert_eq!(app.read("reports/theme_day.csv"), theme_day);
}

#[test]
fn the_example_article_is_read_as_a_careful_reader_would() {
    let app = with_demo_articles();
    let address = "https://www.harbourledger.example/markets/small-caps-soar-trump-trade";
    let articles = rows(&now(&app, &["report", "articles", "--format", "json"]).expect_code(0));
    let example = articles
        .iter()
        .find(|row| row["address"] == address)
        .unwrap();
    let themes: Vec<&str> = example["themes"].as_str().unwrap().split(' ').collect();
    for theme in [
        "rate_cuts",
        "trump_trade",
        "small_caps",
        "sector_rotation",
        "megacap_tech",
    ] {
        assert!(themes.contains(&theme), "{theme} is not among {themes:?}");
    }
    let indices: Vec<&str> = example["indices"].as_str().unwrap().split(' ').collect();
    assert!(
        indices.contains(&"RUT") && indices.contains(&"GSPC"),
        "{indices:?}"
    );
    assert_eq!(
        (example["session"].as_str(), example["phase"].as_str()),
        (Some("2024-07-17"), Some("post_close"))
    );
    let shown = now(&app, &["report", "article", address])
        .expect_code(0)
        .stdout;
    for evidence in [
        "rate_cuts ↑: “rate cuts”",
        "trump_trade ↑: “Trump trade”",
        "RUT +0.9",
        ": “Russell 2000”",
        "“Magnificent Seven”",
    ] {
        assert!(shown.contains(evidence), "{evidence} is not in {shown}");
    }
    let tone = |theme: &str| {
        let arguments = [
            "report",
            "theme-day",
            "--theme",
            theme,
            "--index",
            "RUT",
            "--format",
            "json",
        ];
        let rows = rows(&now(
            &app,
            &[
                &arguments[..],
                &["--from", "2024-07-17", "--to", "2024-07-17"],
            ]
            .concat(),
        ));
        rows[0]["mean_tone"].as_f64().unwrap()
    };
    assert!(tone("small_caps") > 0.1, "{}", tone("small_caps"));
    assert!(
        tone("megacap_tech") < tone("small_caps") - 0.2,
        "{}",
        tone("megacap_tech")
    );
}

#[test]
fn the_same_text_on_another_site_is_a_second_article_and_one_text() {
    let app = TestApp::with_fixture_pages();
    now(&app, &["run"]).expect_code(0);
    let arguments = [
        "report",
        "theme-day",
        "--theme",
        "inflation",
        "--index",
        "GSPC",
        "--from",
        "2024-06-13",
        "--to",
    ];
    let day = rows(
        &now(
            &app,
            &[&arguments[..], &["2024-06-13", "--format", "json"]].concat(),
        )
        .expect_code(0),
    );
    assert_eq!(
        (day[0]["n"].as_i64(), day[0]["independent_n"].as_i64()),
        (Some(2), Some(1))
    );
}

#[test]
fn every_theme_does_what_its_own_examples_say() {
    let app = TestApp::new();
    let output = app
        .run(&["themes", "test", "--format", "json"])
        .expect_code(0);
    assert!(rows(&output).len() >= 45 && output.stderr.is_empty());
}

#[test]
fn a_missing_folder_of_prices_keeps_no_other_stage_from_running() {
    let app = TestApp::with_fixture_pages();
    std::fs::remove_dir_all(app.path().join("prices")).unwrap();
    let output = now(&app, &["run"]).expect_code(3);
    assert!(
        output
            .stderr
            .contains("skipped prices: prices.folder cannot be read"),
        "{}",
        output.stderr
    );
    assert!(app.read("reports/theme_day.csv").lines().count() > 20);
    assert!(
        !app.path().join("newsprint.db-wal").exists(),
        "a store that was closed is one file"
    );
}

#[test]
fn any_theme_is_every_article_that_names_the_index() {
    let app = with_demo_articles();
    let articles = |extra: &[&str]| {
        rows(&now(
            &app,
            &[&["report", "articles", "--format", "json"], extra].concat(),
        ))
    };
    let named = articles(&["--index", "RUT"]);
    assert!(!named.is_empty());
    assert_eq!(articles(&["--index", "RUT", "--theme", "any"]), named);
}

#[test]
fn a_table_of_returns_without_prices_says_so_and_what_to_do() {
    let app = with_demo_articles();
    let output = now(
        &app,
        &["report", "returns", "--theme", "any", "--index", "RUT"],
    )
    .expect_code(0);
    assert!(
        output
            .stdout
            .contains("no prices: `newsprint prices import FILE.csv` adds closes"),
        "{}",
        output.stdout
    );
}
