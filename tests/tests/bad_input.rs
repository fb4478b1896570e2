//! Bad files, configuration and usage: a message that names the input and says what to do; nothing else is lost.

use newsprint_tests::{TestApp, all_rows, fixture};

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
        articles.contains("failed: 1 unreadable; no article there: 1 not_article"),
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
        "unknown theme \"oil\": themes/ has ai_boom",
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
        output.stderr.contains("another process holds the store"),
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
