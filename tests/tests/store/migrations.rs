//! A store of any older version is brought to the current schema with all that it holds, or stays what it was.

mod interrupted;
mod older;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use newsprint_domain::identifier::{IndexId, Mic};
use newsprint_store::{CellRow, CellSums, RunKey, Store};
use newsprint_tests::repository;

use super::by_hand::{article_at, assigned, checked, live, pairs, record_in, tag_from};
use super::engine::Raw;
use super::given::{article, as_of, at, fail, listed, open, record_with, run};
use older::{Older, dump};

const MODELS: [&str; 2] = ["first", "second"];

/// Versions of the schema, oldest first.
fn versions() -> Vec<i64> {
    let files = std::fs::read_dir(repository().join("migrations/sqlite")).unwrap();
    let versions = files.map(|file| {
        let name = file.unwrap().file_name().into_string().unwrap();
        name.split('_').next().unwrap().parse().unwrap()
    });
    let versions: BTreeSet<i64> = versions.collect();
    versions.into_iter().collect()
}

/// What an installation records in its first days: revisions, failures, new calendars before and after tagging, two runs, corrected closes.
async fn life(store: &Store) {
    let day = |hours: &str| format!("2024-07-{hours}:00:00Z");
    let page = |name: &str| format!("https://harbourledger.example/{name}");
    for (name, hour) in [("a", "17T09"), ("b", "17T10"), ("c", "17T11")] {
        record_in(store, name, "2024-07-17", &day(hour)).await;
    }
    fail(
        store,
        &page("d"),
        ("timeout", "after 30 s"),
        at(&day("17T11")),
    )
    .await;
    fail(store, &page("e"), ("paywall", ""), at(&day("17T11"))).await;
    listed(store, "list", &[&page("d"), &page("e"), "f"], &day("17T12")).await;
    new_calendar(store, ("v2", Some("2024-07-18")), 1, &day("17T12")).await;
    let first = tag_from(store, MODELS[0], 0, &day("17T13")).await;
    store.promote(first, at(&day("17T13"))).await.unwrap();
    price(store, 2263.67, &day("17T22")).await;
    fail(store, &page("d"), ("gone", ""), at(&day("18T01"))).await;
    new_calendar(store, ("v3", Some("2024-07-19")), 9, &day("18T02")).await;
    let seen = at(&day("18T03"));
    record_with(store, &article_at("a", "The index fell.", seen), &[], seen).await;
    record_with(
        store,
        &article_at("g", "Aktien", seen),
        &[assigned("XASX", "v1", Some("2024-07-18"))],
        seen,
    )
    .await;
    tag_from(store, MODELS[0], 3, &day("18T04")).await;
    let second = tag_from(store, MODELS[1], 1, &day("19T04")).await;
    store.promote(second, at(&day("19T05"))).await.unwrap();
    price(store, 2263.5, &day("19T06")).await;
    record_with(
        store,
        &article_at("e", "Paid for.", at(&day("19T07"))),
        &[],
        at(&day("19T07")),
    )
    .await;
    new_calendar(store, ("v4", None), 1, &day("20T00")).await;
}

/// Assigns up to `n` revisions to a session of New York.
async fn new_calendar(store: &Store, (version, date): (&str, Option<&str>), n: usize, now: &str) {
    let (pending, _) = store
        .unassigned(&Mic::new("XNYS").unwrap(), version)
        .await
        .unwrap();
    let sessions = pending
        .iter()
        .take(n)
        .map(|(key, _)| (*key, assigned("XNYS", version, date)));
    let sessions: Vec<_> = sessions.collect();
    store.record_assignments(&sessions, at(now)).await.unwrap();
}

async fn price(store: &Store, close: f64, now: &str) {
    let index = IndexId::new("RUT").unwrap();
    let closes = BTreeMap::from([("2024-07-16".parse().unwrap(), close)]);
    store
        .record_prices(&index, &closes, "a.csv", at(now))
        .await
        .unwrap();
}

/// Instants between which something was recorded, and one after everything.
const INSTANTS: [&str; 13] = [
    "2024-07-17T08:59:59Z",
    "2024-07-17T11:30:00Z",
    "2024-07-17T12:00:00Z",
    "2024-07-17T13:00:00Z",
    "2024-07-17T23:59:59.999999Z",
    "2024-07-18T00:00:00Z",
    "2024-07-18T01:59:59.999999Z",
    "2024-07-18T02:00:00Z",
    "2024-07-18T12:00:00Z",
    "2024-07-19T04:30:00Z",
    "2024-07-19T12:00:00Z",
    "2024-07-20T00:00:00Z",
    "2024-07-22T00:00:00Z",
];

/// Brings up a store of every version with what `new` holds, and compares the two.
async fn every_version_is_brought_up(new_address: impl Fn(usize) -> String) {
    let new_url = new_address(0);
    let new = open(&new_url).await;
    life(&new).await;
    let versions = versions();
    assert!(versions.len() >= 11);
    for (n, version) in (1..).zip(&versions) {
        let url = new_address(n);
        let older = Older::make(&url, *version, &new_url).await;
        let before = dump(&url, &older.tables).await;
        let store = open(&url).await;
        assert_eq!(dump(&url, &older.tables).await, before, "{version}");
        assert_eq!(applied(&url).await, versions, "{version}");
        compare(&store, &new, &older).await;
        // Keys go on where they were.
        let late = article("The index rose again.", "2024-07-23T00:00:00Z");
        record_with(&store, &late, &[], at("2024-07-23T00:00:00Z")).await;
        store.close().await;
    }
}

/// Versions that a store has.
async fn applied(url: &str) -> Vec<i64> {
    let mut raw = Raw::connect(url).await;
    let versions = raw.texts("SELECT CAST(version AS TEXT) FROM _sqlx_migrations ORDER BY version");
    let versions = versions.await;
    versions
        .iter()
        .map(|version| version.parse().unwrap())
        .collect()
}

async fn compare(store: &Store, new: &Store, older: &Older) {
    let index = IndexId::new("RUT").unwrap();
    let mut runs = Vec::new();
    for model in MODELS.iter().filter(|_| older.has("tagging", "tone")) {
        let id = run(model).id();
        let (run, now) = (run(model), at("2024-07-22T00:00:00Z"));
        let key = store.begin_run(&run, &pairs(), now).await.unwrap();
        let of_new = new.run_key(&id).await.unwrap().unwrap();
        runs.push((key, of_new, id));
    }
    assert_eq!(
        store.roll_up_problems().await.unwrap(),
        Vec::<String>::new()
    );
    for then in INSTANTS.map(as_of) {
        for (key, of_new, id) in &runs {
            compare_run(store, (*key, id), (new, *of_new), (older, then.instant)).await;
        }
        let (outcomes, n_not_asked) = new.without_article(then).await.unwrap();
        let n_not_asked = if older.has("listing", "item") {
            n_not_asked
        } else {
            0
        };
        let found = store.without_article(then).await.unwrap();
        assert_eq!(found, (outcomes, n_not_asked), "{older} {then:?}");
        let promoted = |promoted: Option<(RunKey, String)>| promoted.map(|(_, id)| id);
        if !runs.is_empty() {
            let of_new = promoted(new.promoted_run(then).await.unwrap());
            assert_eq!(promoted(store.promoted_run(then).await.unwrap()), of_new);
        }
        if older.has("price", "close") {
            let of_new = new.prices(&index, then).await.unwrap();
            assert_eq!(store.prices(&index, then).await.unwrap(), of_new);
        }
    }
}

async fn compare_run(
    store: &Store,
    (key, id): (RunKey, &str),
    (new, of_new): (&Store, RunKey),
    (older, then): (&Older, chrono::DateTime<chrono::Utc>),
) {
    let has_stances = older.has("theme_tag", "stance");
    let cells = |cells: Vec<CellRow>| {
        let cells = cells.into_iter().map(|mut cell| {
            if !has_stances {
                cell.sums.stances = CellSums::default().stances;
            }
            cell
        });
        cells.collect::<Vec<_>>()
    };
    let mut expected = new.tagged_articles(of_new, live(then)).await.unwrap();
    if !has_stances {
        for article in &mut expected {
            article.language = None;
            article
                .themes
                .values_mut()
                .for_each(|theme| theme.stance = None);
        }
    }
    let found = store.tagged_articles(key, live(then)).await.unwrap();
    assert_eq!(found, expected, "{older} as of {then}");
    let expected = cells(checked(new, (of_new, id), then).await);
    assert_eq!(
        cells(checked(store, (key, id), then).await),
        expected,
        "{older} as of {then}"
    );
}

fn address_in(folder: &tempfile::TempDir) -> impl Fn(usize) -> String {
    let folder: PathBuf = folder.path().to_owned();
    move |n| format!("sqlite:{}", folder.join(format!("{n}.db")).display())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_any_version_is_brought_up_with_all_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    every_version_is_brought_up(address_in(&folder)).await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_any_version_is_brought_up_with_all_it_holds_on_postgres() {
    use newsprint_tests::postgres::{PrivatePostgres, Settings};

    let server = PrivatePostgres::start(Settings::default());
    every_version_is_brought_up(|_| server.create_database()).await;
}
