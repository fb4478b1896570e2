//! What cases begin with, and the verbs that they speak.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use newsprint_domain::article::Article;
use newsprint_domain::identifier::{IndexId, Mic, PublisherId};
use newsprint_domain::session::{Alignment, Phase};
use newsprint_domain::tags::{ArticleTags, TagRun, ThemeTag};
use newsprint_store::{
    ANY_THEME, AsOf, Attempt, FetchRecord, Listed, Pair, Recorded, RunKey, SessionAssignment,
    Store, TaggedRevision, Visit,
};
use tempfile::TempDir;

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn as_of(text: &str) -> AsOf {
    AsOf {
        instant: at(text),
        reconstructed: false,
    }
}

/// Opens the store to write.
pub(crate) async fn open(url: &str) -> Store {
    Store::open(url).await.unwrap()
}

/// Address of a store in a file there.
pub(crate) fn file(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("news.db").display())
}

pub(crate) fn article(text: &str, seen: &str) -> Article {
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

pub(crate) fn session(date: &str, version: &str) -> SessionAssignment {
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

/// Records an article whose reaction session on the NYSE is 17 July 2024.
pub(crate) async fn record(store: &Store, article: &Article, now: &str) -> Recorded {
    record_with(store, article, &[session("2024-07-17", "v1")], at(now)).await
}

pub(crate) async fn record_with(
    store: &Store,
    article: &Article,
    assignments: &[SessionAssignment],
    now: DateTime<Utc>,
) -> Recorded {
    let record = FetchRecord {
        source: "feed",
        item: &article.address,
        digest: "",
        outcome: "ok",
        detail: "",
        article: Some(article),
        assignments,
    };
    store.record_fetch(&record, now).await.unwrap()
}

pub(crate) fn run(model: &str) -> TagRun {
    TagRun {
        model: model.into(),
        model_hash: "h".into(),
        definitions_hash: "d".into(),
        code_version: "1".into(),
    }
}

pub(crate) fn tags_with(language: Option<&str>, themes: Vec<ThemeTag>) -> ArticleTags {
    ArticleTags {
        language: language.map(Into::into),
        sentences: vec![],
        tone: None,
        themes,
        indices: vec![],
        entities: vec![],
    }
}

pub(crate) fn pairs() -> Vec<Pair> {
    let pair = |theme: &str, is_linked| Pair {
        theme: theme.into(),
        index: IndexId::new("RUT").unwrap(),
        exchange: Mic::new("XNYS").unwrap(),
        is_linked,
    };
    vec![pair(ANY_THEME, false), pair("small_caps", true)]
}

pub(crate) async fn tag(
    store: &Store,
    run: RunKey,
    revision_key: i64,
    tags: &ArticleTags,
    now: &str,
) {
    let tagged = TaggedRevision {
        revision_key,
        tags,
        retrospective: &BTreeSet::new(),
    };
    store.record_tags(run, &[tagged], at(now)).await.unwrap();
}

pub(crate) async fn tag_all(store: &Store, run: &TagRun, now: &str) {
    let key = store.begin_run(run, &pairs(), at(now)).await.unwrap();
    let tags = tags_with(None, vec![]);
    for revision in store.untagged(key, 0, 100).await.unwrap() {
        for _twice in 0..2 {
            tag(store, key, revision.revision_key, &tags, now).await;
        }
    }
    store.promote(key, at(now)).await.unwrap();
}

/// Tags all that `run` has not tagged alike, and promotes it.
pub(crate) async fn tag_all_with(store: &Store, run: &TagRun, tags: &ArticleTags, now: &str) {
    let key = store.begin_run(run, &pairs(), at(now)).await.unwrap();
    for revision in store.untagged(key, 0, 100).await.unwrap() {
        tag(store, key, revision.revision_key, tags, now).await;
    }
    store.promote(key, at(now)).await.unwrap();
}

/// Records that a list of `source` named these pages, with the request that gave it.
pub(crate) async fn listed(store: &Store, source: &str, pages: &[&str], now: &str) {
    let record = FetchRecord {
        source,
        item: source,
        digest: "",
        outcome: "ok",
        detail: "",
        article: None,
        assignments: &[],
    };
    let attempts = [Attempt {
        role: "list",
        address: source.into(),
        outcome: "ok".into(),
        detail: String::new(),
        robots: Some((true, None)),
        reservations: "[]".into(),
        answer: None,
        attempted_at: at(now),
    }];
    let listed: Vec<Listed> = pages.iter().map(|page| page_of(page)).collect();
    let visit = Visit {
        record,
        role: "list",
        attempts: &attempts,
        listed: &listed,
        next: None,
    };
    store.record_visits(&[visit], at(now)).await.unwrap();
}

pub(crate) fn page_of(address: &str) -> Listed {
    Listed {
        item: address.into(),
        role: "page",
        host: "harbourledger.example".into(),
        depth: 1,
    }
}

/// Records that an item of the feed gave no article.
pub(crate) async fn fail(
    store: &Store,
    item: &str,
    (outcome, detail): (&str, &str),
    now: DateTime<Utc>,
) {
    let record = FetchRecord {
        source: "feed",
        item,
        digest: "",
        outcome,
        detail,
        article: None,
        assignments: &[],
    };
    store.record_fetch(&record, now).await.unwrap();
}
