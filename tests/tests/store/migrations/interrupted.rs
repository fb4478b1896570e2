//! Migrations that fail, are killed, or are begun by two processes.

use std::process::{Child, Command, Stdio};
use std::time::Instant;

use newsprint_store::{Place, Store};

use super::older::{Older, dump};
use super::{applied, life, versions};
use crate::engine::Raw;
use crate::given::open;

/// Tells a copy of this test which store to open.
const OPENS: &str = "NEWSPRINT_TEST_OPENS";

/// A version after which three or more migrations are pending, and the object that the third of them makes.
const BEFORE_CRAWL: i64 = 20261124000006;
const ROLL_UPS: i64 = 20261127000009;

/// A process that opens a store to write, and ends.
fn opener(url: &str) -> Child {
    let name = "migrations::interrupted::two_processes_may_open_an_old_store_at_once";
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name]).env(OPENS, url);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

async fn a_migration_that_fails_changes_nothing(url: &str, new: &str) {
    life(&open(new).await).await;
    let older = Older::make(url, BEFORE_CRAWL, new).await;
    let mut raw = Raw::connect(url).await;
    raw.run("CREATE TABLE tally_delta (theirs TEXT)")
        .await
        .unwrap();
    let (tables, rows) = (raw.tables().await, dump(url, &older.tables).await);
    let schema = applied(url).await;
    let error = Store::open(url).await.unwrap_err().to_string();
    assert!(
        error.contains(&format!("migration {ROLL_UPS}: ")),
        "{error}"
    );
    assert!(error.contains("tally_delta"), "{error}");
    assert_eq!(raw.tables().await, tables);
    assert_eq!(applied(url).await, schema);
    assert_eq!(dump(url, &older.tables).await, rows);
    let early = Store::open_to_read(url).await.unwrap_err().to_string();
    assert!(early.contains("older version"), "{early}");

    raw.run("DROP TABLE tally_delta").await.unwrap();
    open(url).await.close().await;
    assert_eq!(applied(url).await, versions());
    assert_eq!(dump(url, &older.tables).await, rows);
}

async fn two_openers(url: &str) {
    let openers = [opener(url), opener(url)];
    for opener in openers {
        let ended = opener.wait_with_output().unwrap();
        assert!(
            ended.status.success(),
            "{}",
            String::from_utf8_lossy(&ended.stdout)
        );
    }
    assert_eq!(applied(url).await, versions());
}

async fn an_old_store_and_none_are_opened_twice(new_address: impl Fn(usize) -> String) {
    let new = new_address(0);
    life(&open(&new).await).await;
    for n in 1..4 {
        let url = new_address(2 * n);
        let older = Older::make(&url, BEFORE_CRAWL, &new).await;
        let rows = dump(&url, &older.tables).await;
        two_openers(&url).await;
        assert_eq!(dump(&url, &older.tables).await, rows);
        two_openers(&new_address(2 * n + 1)).await;
    }
}

/// Adds so many outcomes that the counts of the next versions take their time.
async fn fill(url: &str) {
    let mut raw = Raw::connect(url).await;
    let numbers = "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 150000)";
    let outcomes = "SELECT 'feed', CAST(n / 3 AS TEXT), '', CASE n % 3 WHEN 0 THEN 'timeout' WHEN 1 THEN 'gone' ELSE 'ok' END, '', CAST(1000000 AS BIGINT) * n FROM number";
    let rows = format!(
        "INSERT INTO fetch_outcome (source, item, digest, outcome, detail, recorded_at) {numbers} {outcomes}"
    );
    let rows = match Place::of(url).unwrap() {
        Place::File(_) => format!("PRAGMA journal_mode = WAL; {rows}"),
        Place::Server(_) => rows,
    };
    raw.run(&rows).await.unwrap();
}

async fn a_killed_migration_leaves_old_or_new(url: &str, other: &str) {
    for url in [url, other] {
        Older::empty(url, BEFORE_CRAWL).await;
        fill(url).await;
    }
    let begun = Instant::now();
    let mut whole = opener(other);
    assert!(whole.wait().unwrap().success());
    let lasts = begun.elapsed();
    let (schema, mut n_killed) = (applied(url).await, 0);
    for share in [5, 15, 30, 45, 60, 75, 90] {
        let mut opener = opener(url);
        std::thread::sleep(lasts * share / 100);
        opener.kill().unwrap();
        let is_whole = opener.wait().unwrap().success();
        let found = applied(url).await;
        if found == versions() {
            break;
        }
        assert!(
            !is_whole,
            "a process that has opened a store leaves it as it was"
        );
        assert_eq!(found, schema, "killed after {share} % of {lasts:?}");
        let mut raw = Raw::connect(url).await;
        let tables = raw.tables().await;
        assert!(
            !tables
                .iter()
                .any(|table| table == "host" || table == "tally_delta"),
            "{tables:?}"
        );
        n_killed += 1;
    }
    assert!(n_killed > 0, "all was done in a fraction of {lasts:?}");
    open(url).await.close().await;
    assert_eq!(applied(url).await, versions());
    let (mut raw, mut whole) = (Raw::connect(url).await, Raw::connect(other).await);
    for table in ["fetch_outcome", "tally_delta", "tally_day"] {
        assert_eq!(raw.count(table).await, whole.count(table).await, "{table}");
    }
}

fn sqlite(folder: &tempfile::TempDir) -> [String; 2] {
    [0, 1].map(super::address_in(folder))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_fails_leaves_the_store_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = sqlite(&folder);
    a_migration_that_fails_changes_nothing(&one, &other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_is_killed_leaves_the_store_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = sqlite(&folder);
    a_killed_migration_leaves_old_or_new(&one, &other).await;
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "the test runs itself")]
async fn two_processes_may_open_an_old_store_at_once() {
    if let Some(url) = std::env::var_os(OPENS) {
        open(url.to_str().unwrap()).await.close().await;
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    an_old_store_and_none_are_opened_twice(super::address_in(&folder)).await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn migrations_of_postgres_may_fail_be_killed_and_meet() {
    use newsprint_tests::postgres::{PrivatePostgres, Settings};

    let server = PrivatePostgres::start(Settings::default());
    let fresh = || server.create_database();
    a_migration_that_fails_changes_nothing(&fresh(), &fresh()).await;
    an_old_store_and_none_are_opened_twice(|_| fresh()).await;
    a_killed_migration_leaves_old_or_new(&fresh(), &fresh()).await;
}
