//! What the store promises: nothing is lost, doubled or changed, and any instant can be taken back to.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod leases;
mod lineage;
mod stages;
mod tags;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use newsprint_domain::article::Article;
use newsprint_domain::identifier::{IndexId, Mic, PublisherId};
use newsprint_domain::session::{Alignment, Phase};
use newsprint_domain::tags::{ArticleTags, TagRun, ThemeTag};
use newsprint_store::{
    ANY_THEME, AsOf, FetchRecord, Pair, Recorded, RunKey, SessionAssignment, Store, TaggedRevision,
};
use sqlx::sqlite::SqlitePool;
use tempfile::TempDir;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn as_of(text: &str) -> AsOf {
    AsOf {
        instant: at(text),
        reconstructed: false,
    }
}

async fn store() -> (TempDir, Store) {
    let folder = TempDir::new().unwrap();
    let store = Store::open(&url(&folder)).await.unwrap();
    (folder, store)
}

fn url(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("news.db").display())
}

fn article(text: &str, seen: &str) -> Article {
    Article {
        publisher: PublisherId::new("harbour_ledger").unwrap(),
        address: "https://harbourledger.example/a".into(),
        fetched_from: "https://harbourledger.example/a".into(),
        title: "Small caps soar".into(),
        authors: vec!["Ann Lee".into()],
        site: None,
        language: Some("en".into()),
        text: text.into(),
        published: None,
        first_seen: at(seen),
        replayed: false,
    }
}

fn session(date: &str, version: &str) -> SessionAssignment {
    let date = date.parse().unwrap();
    let alignment = Alignment {
        reaction_session: date,
        reaction_close: at("2024-07-17T20:00:00Z"),
        base_close_session: date,
        entry_open_session: date,
        phase: Phase::PostClose,
    };
    SessionAssignment {
        exchange: Mic::new("XNYS").unwrap(),
        calendar_version: version.into(),
        alignment: Some(alignment),
    }
}

async fn record(store: &Store, article: &Article, now: &str) -> Recorded {
    let assignments = [session("2024-07-17", "v1")];
    let record = FetchRecord {
        source: "feed",
        item: &article.address,
        digest: "",
        outcome: "ok",
        detail: "",
        article: Some(article),
        assignments: &assignments,
    };
    store.record_fetch(&record, at(now)).await.unwrap()
}

fn run(model: &str) -> TagRun {
    TagRun {
        model: model.into(),
        model_hash: "h".into(),
        definitions_hash: "d".into(),
        code_version: "1".into(),
    }
}

fn tags_with(language: Option<&str>, themes: Vec<ThemeTag>) -> ArticleTags {
    ArticleTags {
        language: language.map(Into::into),
        sentences: vec![],
        tone: None,
        themes,
        indices: vec![],
        entities: vec![],
    }
}

fn pairs() -> Vec<Pair> {
    let pair = |theme: &str, is_linked| Pair {
        theme: theme.into(),
        index: IndexId::new("RUT").unwrap(),
        exchange: Mic::new("XNYS").unwrap(),
        is_linked,
    };
    vec![pair(ANY_THEME, false), pair("small_caps", true)]
}

async fn tag(store: &Store, run: RunKey, revision_key: i64, tags: &ArticleTags, now: &str) {
    let tagged = TaggedRevision {
        revision_key,
        tags,
        retrospective: &BTreeSet::new(),
    };
    store.record_tags(run, &[tagged], at(now)).await.unwrap();
}

async fn tag_all(store: &Store, run: &TagRun, now: &str) {
    let key = store.begin_run(run, &pairs(), at(now)).await.unwrap();
    let tags = tags_with(None, vec![]);
    for revision in store.untagged(key, 0, 100).await.unwrap() {
        for _twice in 0..2 {
            tag(store, key, revision.revision_key, &tags, now).await;
        }
    }
    store.promote(key, at(now)).await.unwrap();
}

#[tokio::test]
async fn the_same_article_twice_is_one_row() {
    let (_folder, store) = store().await;
    let article = article("The index rose.", "2024-07-17T09:00:00Z");
    assert_eq!(
        record(&store, &article, "2024-07-17T09:00:00Z").await,
        Recorded::NewArticle
    );
    assert_eq!(
        record(&store, &article, "2024-07-17T10:00:00Z").await,
        Recorded::Unchanged
    );
    assert_eq!(store.known_items("feed").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_later_revision_never_stands_in_for_the_first() {
    let (_folder, store) = store().await;
    let first = article("The index rose.", "2024-07-17T09:00:00Z");
    let second = article("The index fell.", "2024-07-18T09:00:00Z");
    record(&store, &first, "2024-07-17T09:00:00Z").await;
    assert_eq!(
        record(&store, &second, "2024-07-18T09:00:00Z").await,
        Recorded::NewRevision
    );
    tag_all(&store, &run("m"), "2024-07-18T10:00:00Z").await;
    let (key, _) = store
        .promoted_run(as_of("2024-07-19T00:00:00Z"))
        .await
        .unwrap()
        .unwrap();
    let shown = store
        .tagged_articles(key, as_of("2024-07-19T00:00:00Z"))
        .await
        .unwrap();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].available_at, first.first_seen);
}

#[tokio::test]
async fn a_table_of_the_past_knows_nothing_recorded_later() {
    let (_folder, store) = store().await;
    record(
        &store,
        &article("The index rose.", "2024-07-17T09:00:00Z"),
        "2024-07-17T09:00:00Z",
    )
    .await;
    tag_all(&store, &run("old"), "2024-07-17T10:00:00Z").await;
    tag_all(&store, &run("new"), "2024-07-20T10:00:00Z").await;
    let promoted = |text: &'static str| {
        let store = store.clone();
        async move {
            store
                .promoted_run(as_of(text))
                .await
                .unwrap()
                .map(|(_, id)| id)
        }
    };
    assert_eq!(promoted("2024-07-17T09:59:59Z").await, None);
    assert_eq!(
        promoted("2024-07-18T00:00:00Z").await,
        Some(run("old").id())
    );
    assert_eq!(
        promoted("2024-07-21T00:00:00Z").await,
        Some(run("new").id())
    );
    let (key, _) = store
        .promoted_run(as_of("2024-07-18T00:00:00Z"))
        .await
        .unwrap()
        .unwrap();
    assert!(
        store
            .tagged_articles(key, as_of("2024-07-17T08:00:00Z"))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_new_calendar_adds_an_assignment_and_the_past_keeps_the_old_one() {
    let (_folder, store) = store().await;
    record(
        &store,
        &article("The index rose.", "2024-07-17T09:00:00Z"),
        "2024-07-17T09:00:00Z",
    )
    .await;
    tag_all(&store, &run("m"), "2024-07-17T09:00:00Z").await;
    let exchange = Mic::new("XNYS").unwrap();
    assert!(store.unassigned(&exchange, "v1").await.unwrap().is_empty());
    let pending = store.unassigned(&exchange, "v2").await.unwrap();
    let assigned: Vec<_> = pending
        .iter()
        .map(|(key, _)| (*key, session("2024-07-18", "v2")))
        .collect();
    store
        .record_assignments(&assigned, at("2024-07-19T00:00:00Z"))
        .await
        .unwrap();
    let (key, _) = store
        .promoted_run(as_of("2024-07-20T00:00:00Z"))
        .await
        .unwrap()
        .unwrap();
    for (then, expected) in [
        ("2024-07-18T00:00:00Z", "2024-07-17"),
        ("2024-07-20T00:00:00Z", "2024-07-18"),
    ] {
        let shown = store.tagged_articles(key, as_of(then)).await.unwrap();
        assert_eq!(
            shown[0].sessions[&exchange].reaction_session.to_string(),
            expected,
            "as of {then}"
        );
    }
}

#[tokio::test]
async fn a_corrected_close_is_a_revision() {
    let (_folder, store) = store().await;
    let index = IndexId::new("RUT").unwrap();
    let closes = |close: f64| BTreeMap::from([("2024-07-16".parse().unwrap(), close)]);
    let first = store
        .record_prices(&index, &closes(2260.0), "a.csv", at("2024-07-17T00:00:00Z"))
        .await
        .unwrap();
    let second = store
        .record_prices(
            &index,
            &closes(2263.67),
            "b.csv",
            at("2024-07-18T00:00:00Z"),
        )
        .await
        .unwrap();
    let third = store
        .record_prices(
            &index,
            &closes(2263.67),
            "b.csv",
            at("2024-07-19T00:00:00Z"),
        )
        .await
        .unwrap();
    assert_eq!(
        (first.n_added, second.revised.len(), third.n_unchanged),
        (1, 1, 1)
    );
    assert_eq!(
        store
            .prices(&index, as_of("2024-07-17T12:00:00Z"))
            .await
            .unwrap(),
        closes(2260.0)
    );
    assert_eq!(
        store
            .prices(&index, as_of("2024-07-20T00:00:00Z"))
            .await
            .unwrap(),
        closes(2263.67)
    );
    assert!(
        store
            .prices(&index, as_of("2024-07-16T00:00:00Z"))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn the_engine_itself_refuses_to_change_or_remove_a_fact() {
    let (folder, store) = store().await;
    record(
        &store,
        &article("The index rose.", "2024-07-17T09:00:00Z"),
        "2024-07-17T09:00:00Z",
    )
    .await;
    tag_all(&store, &run("m"), "2024-07-17T10:00:00Z").await;
    let index = IndexId::new("RUT").unwrap();
    let closes = BTreeMap::from([("2024-07-16".parse().unwrap(), 1.0)]);
    store
        .record_prices(&index, &closes, "a.csv", at("2024-07-17T00:00:00Z"))
        .await
        .unwrap();
    let pool = SqlitePool::connect(&url(&folder)).await.unwrap();
    for statement in [
        "UPDATE revision SET text = 'x'",
        "DELETE FROM revision",
        "UPDATE price SET close = 2",
        "DELETE FROM price",
        "UPDATE tagging SET tone = 1",
        "DELETE FROM tagging",
        "UPDATE session_assignment SET phase = 'regular'",
        "UPDATE tag_run SET model = 'x'",
        "DELETE FROM tag_run",
        "UPDATE promotion SET recorded_at = 0",
        "DELETE FROM article",
        "DELETE FROM fetch_outcome",
    ] {
        let error = sqlx::query(statement)
            .execute(&pool)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("append-only"), "{statement}: {error}");
    }
}

#[tokio::test]
async fn a_name_with_odd_characters_is_a_file_name() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite:{}", folder.path().join("a%20b?c.db").display());
    Store::open(&url).await.unwrap().close().await;
    assert!(folder.path().join("a%20b?c.db").exists());
    assert!(
        !folder.path().join("a%20b?c.db-wal").exists(),
        "a closed store is one file"
    );
    Store::open_to_read(&url).await.unwrap();
    assert!(
        Store::open("mysql://x")
            .await
            .unwrap_err()
            .to_string()
            .contains("sqlite:PATH")
    );
}

#[tokio::test]
async fn an_existing_store_is_required_for_reading() {
    let folder = TempDir::new().unwrap();
    let error = Store::open_to_read(&url(&folder))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("there is no such file"), "{error}");
    assert!(
        !folder.path().join("news.db").exists(),
        "reading made a store"
    );
}
