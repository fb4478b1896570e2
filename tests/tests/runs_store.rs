//! What the store says of tag runs, on both engines.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use newsprint_domain::article::Article;
use newsprint_domain::identifier::{IndexId, Mic, PublisherId, ThemeId};
use newsprint_domain::sentence::{Part, Sentence, Span};
use newsprint_domain::sentiment::{Sentiment, Tone};
use newsprint_domain::tags::{ArticleTags, IndexTag, TagRun, TaggedSentence, ThemeTag};
use newsprint_store::{
    ANY_THEME, AsOf, Comparison, Coverage, FetchRecord, Pair, RunKey, StageLeased, Store,
    StoreError, TagChange, TaggedRevision, left_for_the_latest,
};
use newsprint_tests::postgres::{PrivatePostgres, Settings};
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

const EVER: AsOf = AsOf {
    instant: DateTime::UNIX_EPOCH,
    reconstructed: true,
};
const SEEN: &str = "2024-07-17T09:00:00Z";
const FIRST: &str = "2024-07-17T10:00:00Z";
const SECOND: &str = "2024-07-18T10:00:00Z";

/// An empty store on each engine, with what it lives in.
struct Stores {
    stores: [Store; 2],
    _folder: TempDir,
    _server: PrivatePostgres,
}

async fn stores() -> Stores {
    let folder = TempDir::new().unwrap();
    let server = PrivatePostgres::start(Settings::default());
    let file = format!("sqlite:{}", folder.path().join("news.db").display());
    let stores = [
        Store::open(&file).await.unwrap(),
        Store::open(&server.create_database()).await.unwrap(),
    ];
    Stores {
        stores,
        _folder: folder,
        _server: server,
    }
}

async fn record(store: &Store, address: &str, text: &str, seen: &str) {
    let article = Article {
        publisher: PublisherId::new("harbour_ledger").unwrap(),
        address: format!("https://harbourledger.example/{address}"),
        fetched_from: format!("https://harbourledger.example/{address}"),
        title: "Small caps soar".into(),
        authors: vec![],
        site: None,
        language: Some("en".into()),
        text: text.into(),
        published: None,
        first_seen: at(seen),
        replayed: false,
    };
    let record = FetchRecord {
        source: "feed",
        item: &article.address,
        digest: "",
        outcome: "ok",
        detail: "",
        article: Some(&article),
        assignments: &[],
    };
    store.record_fetch(&record, at(seen)).await.unwrap();
}

async fn begin(store: &Store, model: &str, now: &str) -> RunKey {
    let run = TagRun {
        model: model.into(),
        model_hash: "h".into(),
        definitions_hash: "d".into(),
        code_version: "1".into(),
    };
    let pair = Pair {
        theme: ANY_THEME.into(),
        index: IndexId::new("RUT").unwrap(),
        exchange: Mic::new("XNYS").unwrap(),
        is_linked: false,
    };
    store.begin_run(&run, &[pair], at(now)).await.unwrap()
}

fn tone(millionths: i32) -> Option<Tone> {
    Tone::from_millionths(millionths)
}

/// Tags of themes and an index with these tones, and of sentences with their ends and tones.
fn tags(
    themes: &[(&str, Option<Tone>)],
    index: Option<Tone>,
    sentences: &[(usize, f64)],
) -> ArticleTags {
    let themes = themes.iter().map(|(theme, tone)| ThemeTag {
        theme: ThemeId::new(*theme).unwrap(),
        version: 1,
        salience: 500_000,
        tone: *tone,
        stance: 0,
        effects: vec![],
        evidence: vec![],
    });
    let index = IndexTag {
        index: IndexId::new("RUT").unwrap(),
        tone: index,
        evidence: vec![],
    };
    let mut start = 0;
    let sentences = sentences.iter().map(|(end, tone)| {
        let span = Span { start, end: *end };
        start = *end;
        let sentence = Sentence {
            part: Part::Body,
            span,
        };
        let [negative, positive] = [(-tone).max(0.0), tone.max(0.0)];
        let sentiment =
            Sentiment::from_probabilities(negative, 1.0 - negative - positive, positive).unwrap();
        TaggedSentence {
            sentence,
            sentiment,
        }
    });
    ArticleTags {
        language: None,
        sentences: sentences.collect(),
        tone: None,
        themes: themes.collect(),
        indices: vec![index],
        entities: vec![],
    }
}

async fn tag(store: &Store, run: RunKey, now: &str, tags: &[ArticleTags]) {
    let revisions = store.untagged(run, 0, 100).await.unwrap();
    let none = BTreeSet::new();
    let tagged: Vec<TaggedRevision<'_>> = revisions
        .iter()
        .zip(tags)
        .map(|(revision, tags)| TaggedRevision {
            revision_key: revision.revision_key,
            tags,
            retrospective: &none,
        })
        .collect();
    store.record_tags(run, &tagged, at(now)).await.unwrap();
}

/// Three articles, the first of which has a second revision; two runs, of which the later has not tagged the third article.
async fn two_runs(store: &Store) -> [RunKey; 2] {
    record(store, "a", "One.", SEEN).await;
    record(store, "a", "One. Two.", "2024-07-17T09:30:00Z").await;
    record(store, "b", "Three.", SEEN).await;
    let before = begin(store, "before", FIRST).await;
    let after = begin(store, "after", SECOND).await;
    let kept = |value| {
        tags(
            &[("kept", tone(value))],
            tone(value),
            &[(4, 0.5), (9, -0.25)],
        )
    };
    let lost = tags(
        &[("lost", tone(1)), ("kept", tone(0))],
        tone(0),
        &[(6, 0.5)],
    );
    tag(store, before, FIRST, &[kept(300_000), kept(1), lost]).await;
    let gained = tags(&[("gained", None), ("kept", None)], tone(7), &[(5, 0.5)]);
    let changed = tags(
        &[("kept", tone(-200_000))],
        tone(400_001),
        &[(4, -0.5), (9, -0.5)],
    );
    tag(store, after, SECOND, &[changed, kept(-1), gained]).await;
    record(store, "c", "Four.", "2024-07-19T09:00:00Z").await;
    tag(store, before, "2024-07-19T10:00:00Z", &[kept(1)]).await;
    [before, after]
}

fn change(id: &str, counts: [i64; 6]) -> TagChange {
    let [
        n_kept,
        n_gained,
        n_lost,
        n_toned,
        n_flips,
        sum_of_differences,
    ] = counts;
    TagChange {
        id: id.into(),
        n_kept,
        n_gained,
        n_lost,
        n_toned,
        n_flips,
        sum_of_differences,
    }
}

#[tokio::test]
async fn what_sets_two_runs_apart_is_exact_on_both_engines() {
    let both = stores().await;
    for store in &both.stores {
        let [before, after] = two_runs(store).await;
        let asked = Comparison {
            before,
            after,
            as_of: as_of("2024-07-20T00:00:00Z"),
            from: None,
            until: None,
        };
        let found = store.run_difference(&asked).await.unwrap();
        let coverage = Coverage {
            n_both: 3,
            n_only_before: 1,
            n_only_after: 0,
        };
        assert_eq!((found.coverage, found.n_articles), (coverage, 2));
        let themes = [
            change("gained", [0, 1, 0, 0, 0, 0]),
            change("kept", [2, 0, 0, 1, 1, 500_000]),
            change("lost", [0, 0, 1, 0, 0, 0]),
        ];
        assert_eq!(found.themes, themes);
        assert_eq!(found.indices, [change("RUT", [2, 0, 0, 2, 0, 100_008])]);
        // The third sentence ends elsewhere; the first turns, the second gets worse by a quarter.
        assert_eq!(
            found.sentences,
            change("", [2, 1, 1, 2, 1, 1_250_000]),
            "{:?}",
            store.engine()
        );
        let turned = Comparison {
            before: after,
            after: before,
            ..asked
        };
        let turned = store.run_difference(&turned).await.unwrap();
        assert_eq!(turned.themes[1], themes[1]);
        assert_eq!(turned.coverage.n_only_after, 1);
        let sooner = Comparison {
            as_of: as_of(FIRST),
            ..asked
        };
        let sooner = store.run_difference(&sooner).await.unwrap();
        assert_eq!((sooner.coverage.n_both, sooner.n_articles), (0, 0));
        let later = Comparison {
            from: Some(at(SEEN) + TimeDelta::microseconds(1)),
            ..asked
        };
        assert_eq!(store.run_difference(&later).await.unwrap().n_articles, 0);
        let until = Comparison {
            until: Some(at(SEEN)),
            ..asked
        };
        assert_eq!(store.run_difference(&until).await.unwrap().n_articles, 0);
    }
}

#[tokio::test]
async fn a_run_is_shown_by_itself_once_and_by_choice_whenever() {
    let both = stores().await;
    for store in &both.stores {
        let [before, after] = two_runs(store).await;
        assert!(store.promote_new(before, at(FIRST)).await.unwrap());
        assert!(!store.promote_new(before, at(FIRST)).await.unwrap());
        assert!(store.promote_new(after, at(SECOND)).await.unwrap());
        assert!(!store.promote_new(before, at(SECOND)).await.unwrap());
        let history = store.promotions(EVER).await.unwrap();
        assert_eq!(left_for_the_latest(&history).unwrap().run, before);
        let then = store.promotions(as_of(FIRST)).await.unwrap();
        assert_eq!(then.len(), 1);
        assert!(store.promote(before, at(SECOND)).await.unwrap());
        assert!(!store.promote(before, at(SECOND)).await.unwrap());
        let history = store.promotions(EVER).await.unwrap();
        assert_eq!(history.len(), 3);
        assert!(left_for_the_latest(&history).is_none());
        assert_eq!(store.count_lacking(after, before).await.unwrap(), 1);
        assert_eq!(store.count_lacking(before, after).await.unwrap(), 0);
        let runs = store.runs(as_of("2024-07-18T12:00:00Z")).await.unwrap();
        let rows: Vec<_> = runs
            .iter()
            .map(|run| (run.key, run.n_tagged, run.promoted_since, run.was_promoted))
            .collect();
        let shown = Some(at(SECOND));
        assert_eq!(rows, [(before, 3, shown, true), (after, 3, None, true)]);
        assert_eq!(store.count_revisions(as_of(FIRST)).await.unwrap(), 3);
        let named = store.runs_named(&runs[0].id[..6]).await.unwrap();
        assert_eq!(named, [(before, runs[0].id.clone())]);
        assert_eq!(store.runs_named("").await.unwrap().len(), 2);
        // Of an article that is removed nothing can be tagged any more: no run lacks it.
        let late = as_of("2024-07-20T00:00:00Z");
        assert_eq!(store.runs(late).await.unwrap()[0].n_tagged, 4);
        let removable = store.removable("https://harbourledger.example/c").await;
        let removable = removable.unwrap().unwrap();
        let removed_at = at("2024-07-21T00:00:00Z");
        let removed = store.remove(&removable, &[], "asked", removed_at);
        removed.await.unwrap();
        assert_eq!(store.count_lacking(after, before).await.unwrap(), 0);
        assert_eq!(store.runs(EVER).await.unwrap()[0].n_tagged, 3);
        assert_eq!(store.count_revisions(EVER).await.unwrap(), 3);
        assert_eq!(store.runs(late).await.unwrap()[0].n_tagged, 4);
        assert_eq!(store.count_revisions(late).await.unwrap(), 4);
    }
}

#[tokio::test]
async fn nobody_promotes_who_has_lost_the_lease() {
    let both = stores().await;
    for store in &both.stores {
        let [before, _] = two_runs(store).await;
        let lease = async |holder: &str, now: &str| {
            let leased = store.lease_stage("tag", holder, TimeDelta::minutes(1), at(now));
            match leased.await.unwrap() {
                StageLeased::Granted(lease) => lease,
                held @ StageLeased::Held { .. } => panic!("{held:?}"),
            }
        };
        let paused = store.under(&lease("one", FIRST).await);
        let current = store.under(&lease("another", SECOND).await);
        let refused = paused.promote(before, at(SECOND)).await;
        assert!(
            matches!(refused, Err(StoreError::LeaseLost { .. })),
            "{refused:?}"
        );
        let refused = paused.promote_new(before, at(SECOND)).await;
        assert!(
            matches!(refused, Err(StoreError::LeaseLost { .. })),
            "{refused:?}"
        );
        assert!(store.promotions(EVER).await.unwrap().is_empty());
        assert!(current.promote(before, at(SECOND)).await.unwrap());
    }
}

#[tokio::test]
async fn what_is_untagged_is_told_by_availability_and_what_carries_a_theme_by_the_run() {
    let both = stores().await;
    for store in &both.stores {
        let [before, after] = two_runs(store).await;
        let third = begin(store, "third", SECOND).await;
        let since = async |run, since: Option<&str>| {
            let found = store.untagged_since(run, since.map(at), 0, 10).await;
            found.unwrap().len()
        };
        assert_eq!(since(third, None).await, 4);
        assert_eq!(since(third, Some("2024-07-17T09:30:00Z")).await, 2);
        assert_eq!(since(third, Some("2024-07-17T09:30:01Z")).await, 1);
        assert_eq!(since(after, Some(SEEN)).await, 1);
        let all = store.untagged(third, 0, 10).await.unwrap();
        let keys: Vec<i64> = all.iter().map(|revision| revision.revision_key).collect();
        let carrying = async |run, themes: &[&str]| {
            let themes: Vec<String> = themes.iter().map(|&theme| theme.into()).collect();
            store.carrying(run, &keys, &themes).await.unwrap()
        };
        assert_eq!(carrying(before, &["lost"]).await, BTreeSet::from([keys[2]]));
        assert_eq!(carrying(after, &["lost"]).await, BTreeSet::new());
        let either = carrying(after, &["gained", "lost"]).await;
        assert_eq!(either, BTreeSet::from([keys[2]]));
        assert_eq!(carrying(before, &["kept"]).await.len(), 4);
    }
}
