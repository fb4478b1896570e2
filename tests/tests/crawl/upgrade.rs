//! A store from before there were crawls is brought up, and what it holds is known to them.

use std::path::Path;

use newsprint_tests::server::Site;
use newsprint_tests::{TestApp, crawler, repository};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::plain;

/// The last migration before `fetch_attempt` and its like.
const BEFORE: &str = "20261126000006";
/// Tables of that schema that a crawl writes to, in an order that keeps references whole.
const TABLES: [&str; 4] = ["article", "revision", "session_assignment", "fetch_outcome"];

/// Makes `old` a store of the older schema with what `new` holds.
async fn make_old(old: &Path, new: &Path) {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(repository().join("migrations/sqlite")).unwrap() {
        let (path, name) = (entry.as_ref().unwrap().path(), entry.unwrap().file_name());
        if name.to_string_lossy().as_ref() < BEFORE || name.to_string_lossy().starts_with(BEFORE) {
            std::fs::copy(path, folder.path().join(name)).unwrap();
        }
    }
    let options = SqliteConnectOptions::new()
        .filename(old)
        .create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    let migrator = Migrator::new(folder.path()).await.unwrap();
    migrator.run(&mut connection).await.unwrap();
    let attach = sqlx::query("ATTACH $1 AS new").bind(new.to_str().unwrap());
    attach.execute(&mut connection).await.unwrap();
    for table in TABLES {
        let copy = format!("INSERT INTO main.{table} SELECT * FROM new.{table}");
        sqlx::query(sqlx::AssertSqlSafe(copy))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    connection.close().await.unwrap();
}

fn facts(app: &TestApp) -> Vec<Vec<Vec<String>>> {
    let tables = TABLES.iter();
    tables
        .map(|table| app.select(&format!("SELECT * FROM {table} ORDER BY 1")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_the_older_schema_is_brought_up_and_keeps_what_it_holds() {
    let site = Site::start(1, |request| plain(request, 3));
    let feed = [("feed", site.at(1, "/feed.xml"), "")];
    let (new, old) = (crawler("0.0", &feed), crawler("0.0", &feed));
    tokio::task::block_in_place(|| new.run(&["fetch"])).expect_code(0);
    make_old(
        &old.path().join("newsprint.db"),
        &new.path().join("newsprint.db"),
    )
    .await;
    tokio::task::block_in_place(|| {
        let before = facts(&old);
        assert_eq!(before[0].len(), 3);
        assert!(!before[2].is_empty(), "no sessions");
        let early = old.run(&["report", "articles"]).expect_code(1).stderr;
        assert!(early.contains("made by an older version"), "{early}");
        let said = old.run(&["fetch"]).expect_code(0).stderr;
        assert!(
            said.contains("0 new articles, 0 new revisions, 3 known"),
            "{said}"
        );
        assert_eq!(facts(&old), before);
        assert_eq!(
            old.count("SELECT COUNT(*) FROM fetch_attempt WHERE revision_key IS NOT NULL"),
            3
        );
        old.run(&["tag"]).expect_code(0);
        old.run(&["report", "articles"]).expect_code(0);
    });
}
