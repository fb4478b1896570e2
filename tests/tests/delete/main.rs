//! What is removed on request is gone from the store, its log and the evidence, and does not come back; everything else stays.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod interrupted;

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use newsprint_fetcher::warc::Records;
use newsprint_tests::postgres::{PrivatePostgres, Settings};
use newsprint_tests::server::{Request, Response, Site, article_page, rss};
use newsprint_tests::{Output, TestApp, crawler};
use sqlx::{Connection as _, PgConnection};

const FIRST: &str = "2026-11-01T12:00:00Z";
const LATER: &str = "2026-11-01T14:00:00Z";
const LAST: &str = "2026-11-05T12:00:00Z";

/// Words that stand in the article alone: in its first revision, in its second, and in both headlines (a part of it, since an index of
/// words may keep what they begin with once).
const WORDS: [&str; 3] = [
    "quizzical zephyrs unveiled",
    "grumbling zithers replied",
    "ugzwang",
];

/// All of them, sorted.
const ALL: [&str; 3] = [WORDS[1], WORDS[0], WORDS[2]];

/// A site with a feed of two articles, of which the first is edited when told so.
fn site(is_edited: Arc<AtomicBool>) -> Site {
    Site::start(1, move |request: &Request| match request.path.as_str() {
        "/feed.xml" => {
            let links = ["/a", "/b"].map(|path| format!("http://{}{path}", request.authority));
            Response::ok("application/rss+xml", rss(&links))
        }
        "/a" => {
            let words = WORDS[usize::from(is_edited.load(Ordering::Relaxed))];
            let page = article_page("Zugzwang on the Russell 2000", 200);
            Response::html(page.replacen("</p>", &format!(" Rate cuts: {words}.</p>"), 1))
        }
        "/b" => Response::html(article_page("Another story of the Russell 2000", 200)),
        _ => Response::status(404),
    })
}

fn run(app: &TestApp, db: &str, now: &str, arguments: &[&str]) -> Output {
    app.run(&[&["--db", db, "--now", now], arguments].concat())
}

/// Two articles, the first in two revisions, tagged.
fn stored(db: &str) -> (Site, TestApp, String) {
    let is_edited = Arc::new(AtomicBool::new(false));
    let site = site(is_edited.clone());
    let app = crawler("0.0", &[("feed", site.at(1, "/feed.xml"), "")]);
    run(&app, db, FIRST, &["fetch"]).expect_code(0);
    is_edited.store(true, Ordering::Relaxed);
    let edited = run(&app, db, LATER, &["fetch"]).expect_code(0);
    assert!(
        edited.stderr.contains("1 new revisions"),
        "{}",
        edited.stderr
    );
    run(&app, db, LATER, &["tag"]).expect_code(0);
    let address = site.at(1, "/a");
    (site, app, address)
}

/// Which of [`WORDS`] stand in a file as it is, or in a record of it.
fn words_in(file: &Path) -> Vec<&'static str> {
    let mut texts = vec![fs::read(file).unwrap()];
    if file.to_string_lossy().ends_with(".warc.gz") {
        let records = Records::new(File::open(file).unwrap()).unwrap();
        texts.extend(records.map(|record| record.unwrap().content));
    }
    let holds = |word: &str| {
        let mut windows = texts.iter().flat_map(|text| text.windows(word.len()));
        windows.any(|window| window == word.as_bytes())
    };
    WORDS.into_iter().filter(|word| holds(word)).collect()
}

/// The same of the store's files and the evidence in a folder, all of them.
fn words_left(app: &TestApp) -> Vec<&'static str> {
    let folders = [app.path().to_owned(), app.path().join("evidence")];
    let files = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap());
    let files = files
        .map(|file| file.unwrap().path())
        .filter(|file| file.is_file());
    let mut found: Vec<_> = files.flat_map(|file| words_in(&file)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn tables(app: &TestApp, db: &str) -> String {
    let tables = [
        &["report", "theme-day", "--format", "csv"][..],
        &["report", "returns", "--format", "csv"],
    ];
    let tables = tables.map(|arguments| run(app, db, LAST, arguments).stdout);
    assert!(tables[0].lines().count() > 1, "{}", tables[0]);
    tables.concat()
}

fn is_gone_and_stays_away(db: &str) -> (Site, TestApp) {
    let (site, app, address) = stored(db);
    let before = tables(&app, db);
    copy_evidence(&app);
    let found = || run(&app, db, LAST, &["search", "zephyrs"]).code;
    assert_eq!(found(), 0);

    let planned = run(&app, db, LAST, &["delete", &address]).expect_code(2);
    assert!(
        planned.stdout.contains("2 revisions; 2 records") && planned.stderr.contains("--yes"),
        "{planned:?}"
    );
    assert_eq!(found(), 0, "a plan removes nothing");
    let unknown = run(
        &app,
        db,
        LAST,
        &["delete", "https://nobody.example/x", "--yes"],
    )
    .expect_code(2);
    assert!(
        unknown
            .stderr
            .contains("no article at https://nobody.example/x"),
        "{}",
        unknown.stderr
    );

    let deleted = [
        "delete",
        &address,
        "--reason",
        "the author asked for it",
        "--yes",
    ];
    let done = run(&app, db, LAST, &deleted).expect_code(0);
    assert!(
        done.stderr.contains("evidence (2 records) are gone"),
        "{}",
        done.stderr
    );
    let again = run(&app, db, LAST, &deleted).expect_code(0);
    assert!(
        again.stderr.contains("evidence (0 records) are gone"),
        "{}",
        again.stderr
    );
    assert_eq!(tables(&app, db), before, "tables keep their numbers");
    assert_eq!(found(), 1);
    for arguments in [&["report", "article", &address][..], &["search", &address]] {
        let told = run(&app, db, LAST, arguments).stdout;
        assert!(
            told.contains("removed on request at 2026-11-05 12:00:00 UTC: the author asked for it"),
            "{told}"
        );
    }
    let suggested = run(&app, db, LAST, &["themes", "suggest", "rate_cuts"]);
    assert!(
        [0, 1].contains(&suggested.code) && !suggested.stderr.contains("error"),
        "{suggested:?}"
    );
    comes_back_by_no_way(&site, &app, db, &address);
    assert_eq!(tables(&app, db), before);
    assert_eq!(found(), 1);
    (site, app)
}

fn copy_evidence(app: &TestApp) {
    fs::create_dir(app.path().join("backup")).unwrap();
    for file in fs::read_dir(app.path().join("evidence")).unwrap() {
        let file = file.unwrap();
        fs::copy(
            file.path(),
            app.path().join("backup").join(file.file_name()),
        )
        .unwrap();
    }
}

/// By its source, by hand, by its evidence, and by a backup of that.
fn comes_back_by_no_way(site: &Site, app: &TestApp, db: &str, address: &str) {
    let n_asked = || {
        site.requests()
            .iter()
            .filter(|asked| asked.path == "/a")
            .count()
    };
    let n_before = n_asked();
    run(app, db, "2026-12-24T12:00:00Z", &["fetch"]).expect_code(0);
    let by_hand = run(app, db, LAST, &["fetch", "--url", address]).expect_code(1);
    assert!(
        by_hand.stderr.contains("removed on request"),
        "{}",
        by_hand.stderr
    );
    assert_eq!(n_asked(), n_before, "it is not asked again");
    let replayed = run(app, db, LAST, &["fetch", "--replay", "evidence"]).expect_code(0);
    assert!(
        replayed.stderr.contains("0 new articles, 0 new revisions"),
        "{}",
        replayed.stderr
    );
    for arguments in [["--warc", "backup"], ["--replay", "backup"]] {
        let read = run(app, db, LAST, &["fetch", arguments[0], arguments[1]]).expect_code(0);
        assert!(
            read.stderr.contains("0 new articles, 0 new revisions"),
            "{}",
            read.stderr
        );
    }
    run(app, db, LAST, &["tag"]).expect_code(0);
}

#[test]
fn sqlite_and_its_log_and_the_evidence_hold_nothing_of_it() {
    let (_site, app, address) = stored("newsprint.db");
    assert_eq!(words_left(&app), ALL);
    run(&app, "newsprint.db", LAST, &["delete", &address, "--yes"]).expect_code(0);
    assert_eq!(words_left(&app), [""; 0]);
    let kept = app.select("SELECT title FROM revision ORDER BY title");
    assert_eq!(kept, [[""], [""], ["Another story of the Russell 2000"]]);
}

#[test]
fn a_saved_page_is_named_and_does_not_bring_it_back() {
    let app = TestApp::for_loopback();
    let address = "https://harbourledger.example/a";
    let canonical = format!("</title><link rel='canonical' href='{address}'>");
    let page = |title: &str| article_page(title, 200).replacen("</title>", &canonical, 1);
    let fetch = || run(&app, "newsprint.db", LAST, &["fetch", "--folder", "pages"]).expect_code(0);
    app.write("pages/a.html", &page("Zugzwang on the Russell 2000"));
    fetch();
    let deleted = run(&app, "newsprint.db", LAST, &["delete", address, "--yes"]).expect_code(0);
    assert!(
        deleted
            .stdout
            .contains("yours to remove, where you want it: pages: a.html"),
        "{}",
        deleted.stdout
    );
    app.write("pages/a.html", &page("Zugzwang again"));
    for _ in 0..2 {
        let fetched = fetch();
        assert!(
            fetched
                .stderr
                .contains("0 new revisions, 0 known, 1 refused earlier"),
            "{}",
            fetched.stderr
        );
    }
    assert_eq!(app.select("SELECT title, text FROM revision"), [["", ""]]);
    let outcomes = app.select("SELECT outcome FROM fetch_outcome ORDER BY fetch_outcome_key");
    assert_eq!(outcomes, [["ok"], ["deleted"]]);
}

#[test]
fn what_was_removed_stays_away() {
    let (_site, app) = is_gone_and_stays_away("newsprint.db");
    let outcomes = "SELECT COUNT(*) FROM fetch_outcome WHERE outcome = 'deleted'";
    assert!(app.count(outcomes) >= 2, "{}", app.count(outcomes));
}

/// A row of each table that holds words, changed in another way than a removal does.
const REFUSED: [&str; 12] = [
    "UPDATE revision SET title = 'x', text = '', authors = '[]'",
    "UPDATE revision SET title = '', text = 'x', authors = '[]'",
    "UPDATE revision SET title = '', text = '', authors = '[\"x\"]'",
    "UPDATE revision SET title = '', text = '', authors = '[]', first_seen = first_seen + 1",
    "UPDATE revision SET title = '', text = '', authors = '[]', published_stated = NULL",
    "UPDATE revision SET title = '', text = '', authors = '[]', text_digest = 'x'",
    "UPDATE revision_change SET summary = 'x'",
    "UPDATE revision_change SET summary = '', words_added = words_added + 1",
    "UPDATE tombstone SET reason = 'x'",
    "DELETE FROM tombstone",
    "UPDATE tombstone_item SET item = 'x'",
    "DELETE FROM revision",
];

#[tokio::test]
async fn postgres_holds_nothing_of_it_and_refuses_all_other_changes() {
    let server = PrivatePostgres::start(Settings::default());
    let db = server.create_database();
    let (_site, _app) = is_gone_and_stays_away(&db);
    let mut connection = PgConnection::connect(&db).await.unwrap();
    let held = "SELECT COUNT(*) FROM revision r JOIN article a USING (article_key) LEFT JOIN revision_change c USING (revision_key)
                JOIN revision_text t USING (revision_key)
                WHERE a.address LIKE '%/a' AND (r.title <> '' OR r.text <> '' OR r.authors <> '[]' OR c.summary <> '' OR t.words <> '')";
    let held: (i64,) = sqlx::query_as(held)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(held.0, 0);
    for statement in REFUSED
        .into_iter()
        .chain(["UPDATE revision SET title = '', text = '', authors = '[]' WHERE title <> ''"])
    {
        let error = sqlx::query(statement)
            .execute(&mut connection)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("append-only"), "{statement}: {error}");
    }
    let inserted = "INSERT INTO revision SELECT (jsonb_populate_record(r, '{\"revision_key\": 99, \"revision_id\": \"x\"}')).* FROM revision r WHERE title = '' LIMIT 1";
    let error = sqlx::query(inserted)
        .execute(&mut connection)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("removed on request"), "{error}");
}

#[tokio::test]
async fn sqlite_refuses_all_other_changes() {
    let (_site, app, address) = stored("newsprint.db");
    run(&app, "newsprint.db", LAST, &["delete", &address, "--yes"]).expect_code(0);
    let store = app.path().join("newsprint.db");
    let mut connection = sqlx::SqliteConnection::connect(&format!("sqlite:{}", store.display()))
        .await
        .unwrap();
    for statement in REFUSED
        .into_iter()
        .chain(["UPDATE revision SET title = '', text = '', authors = '[]' WHERE title <> ''"])
    {
        let error = sqlx::query(statement)
            .execute(&mut connection)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("append-only"), "{statement}: {error}");
    }
    let columns = "revision_id, article_key, fetched_from, title, authors, text, text_digest, first_seen, available_at, reconstructed, recorded_at";
    let inserted = format!(
        "INSERT INTO revision ({columns}) SELECT {} FROM revision WHERE title = '' LIMIT 1",
        columns.replacen("revision_id", "'x'", 1)
    );
    let error = sqlx::query(sqlx::AssertSqlSafe(inserted))
        .execute(&mut connection)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("removed on request"), "{error}");
}
