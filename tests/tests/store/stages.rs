//! Stage leases, their fences and the schedule's slots, of two processes with clocks of their own.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use newsprint_domain::identifier::IndexId;
use newsprint_store::{
    FetchRecord, Listed, StageLease, StageLeased, Store, StoreError, TaggedRevision,
};
use tokio::task::JoinSet;

use super::given::{article, as_of, at, pairs, run, session, tags_with};

const LASTS: TimeDelta = TimeDelta::seconds(60);
const STAGE: &str = "tag";

fn after(seconds: i64) -> DateTime<Utc> {
    at("2024-07-17T08:00:00Z") + TimeDelta::seconds(seconds)
}

async fn lease(store: &Store, holder: &str, seconds: i64) -> StageLeased {
    let lease = store.lease_stage(STAGE, holder, LASTS, after(seconds));
    lease.await.unwrap()
}

async fn granted(store: &Store, holder: &str, seconds: i64) -> StageLease {
    match lease(store, holder, seconds).await {
        StageLeased::Granted(lease) => lease,
        held => panic!("{held:?}"),
    }
}

async fn is_held_until(store: &Store, seconds: i64, until: i64) {
    let expected = StageLeased::Held {
        holder: "first".into(),
        until: after(until),
    };
    assert_eq!(lease(store, "second", seconds).await, expected);
}

/// Whether a write was refused because the lease has gone.
fn is_lost<T: std::fmt::Debug>(result: Result<T, StoreError>) -> bool {
    match result {
        Err(StoreError::LeaseLost { stage }) => stage == STAGE,
        other => panic!("not refused: {other:?}"),
    }
}

/// A holder that was paused wakes up when another has taken its stage over: whatever it writes is refused.
pub(crate) async fn a_paused_holder_that_wakes_up_can_write_nothing(url: String) {
    let (first, second) = &twice(&url).await;
    let article = article("The index rose.", "2024-07-17T07:00:00Z");
    let record = FetchRecord {
        source: "feed",
        item: &article.address,
        digest: "",
        outcome: "ok",
        detail: "",
        article: Some(&article),
        assignments: &[session("2024-07-17", "v1")],
    };
    first.record_fetch(&record, after(0)).await.unwrap();
    let paused = first.under(&granted(first, "first", 0).await);
    let key = paused
        .begin_run(&run("m"), &pairs(), after(1))
        .await
        .unwrap();
    let revision = paused.untagged(key, 0, 1).await.unwrap()[0].revision_key;
    let taken_over = second.under(&granted(second, "second", 61).await);

    let now = after(62);
    let index = IndexId::new("RUT").unwrap();
    let closes = BTreeMap::from([("2024-07-16".parse().unwrap(), 2263.67)]);
    let tags = tags_with(None, vec![]);
    let none = BTreeSet::new();
    assert!(is_lost(
        paused.begin_run(&run("other"), &pairs(), now).await
    ));
    let tagged = [TaggedRevision {
        revision_key: revision,
        tags: &tags,
        retrospective: &none,
    }];
    assert!(is_lost(paused.record_tags(key, &tagged, now).await));
    assert!(is_lost(paused.promote(key, now).await));
    let prices = paused.record_prices(&index, &closes, "a.csv", now);
    assert!(is_lost(prices.await));
    assert!(is_lost(paused.record_fetch(&record, now).await));
    assert!(is_lost(paused.record_visits(&[], now).await));
    let assigned = [(revision, session("2024-07-18", "v2"))];
    assert!(is_lost(paused.record_assignments(&assigned, now).await));
    let listed = Listed {
        item: "https://harbourledger.example/b".into(),
        role: "page",
        host: "harbourledger.example".into(),
        depth: 0,
    };
    let due = paused.make_due("feed", &listed, false, now);
    assert!(is_lost(due.await));

    let then = as_of("2024-07-18T00:00:00Z");
    assert_eq!(first.count_untagged(key).await.unwrap(), 1);
    assert_eq!(first.promoted_run(then).await.unwrap(), None);
    assert_eq!(first.run_key(&run("other").id()).await.unwrap(), None);
    assert!(first.prices(&index, then).await.unwrap().is_empty());
    let recorded = taken_over.record_tags(key, &tagged, now);
    recorded.await.unwrap();
    assert!(taken_over.promote(key, now).await.unwrap());
    let prices = taken_over.record_prices(&index, &closes, "a.csv", now);
    assert_eq!(prices.await.unwrap().n_added, 1);
    assert_eq!(first.count_untagged(key).await.unwrap(), 0);
}

pub(crate) async fn a_lease_lasts_as_long_as_it_is_renewed_and_not_given_back(url: String) {
    let (first, second) = &twice(&url).await;
    let lease = granted(first, "first", 0).await;
    is_held_until(second, 50, 60).await;
    assert!(first.renew_stage(&lease, after(110)).await.unwrap());
    is_held_until(second, 109, 110).await;
    let other = granted(second, "second", 110).await;
    assert!(!first.renew_stage(&lease, after(170)).await.unwrap());
    // What gives back a lease that it has lost frees nobody else's.
    first.release_stage(&lease).await.unwrap();
    let third = first.lease_stage(STAGE, "third", LASTS, after(111)).await;
    assert!(matches!(third, Ok(StageLeased::Held { .. })), "{third:?}");
    second.release_stage(&other).await.unwrap();
    granted(first, "third", 111).await;
}

/// A clock that was days ahead holds up nobody for days, and one that is behind takes nothing from its holder.
pub(crate) async fn a_stage_lease_of_a_clock_that_was_wrong_does_not_hold(url: String) {
    let (first, second) = &twice(&url).await;
    let ahead = granted(first, "first", 3 * 86_400).await;
    granted(second, "second", 0).await;
    assert!(is_lost(first.take_slot(&ahead, after(0)).await,));
    let behind = lease(first, "first", -30).await;
    assert!(matches!(behind, StageLeased::Held { .. }), "{behind:?}");
}

pub(crate) async fn a_slot_is_run_by_one_scheduler_and_taken_over_from_a_dead_one(url: String) {
    let (first, second) = &twice(&url).await;
    let slot = after(0);
    let until = async || second.slots_run_until(STAGE).await.unwrap();
    assert_eq!(until().await, None, "no scheduler has run");
    let died = granted(first, "first", 0).await;
    assert!(first.take_slot(&died, slot).await.unwrap());
    assert_eq!(until().await, Some(slot - TimeDelta::microseconds(1)));
    is_held_until(second, 1, 60).await;
    let heir = granted(second, "second", 60).await;
    let taken_over = second.take_slot(&heir, slot).await.unwrap();
    assert!(taken_over, "it was not finished");
    assert!(is_lost(first.take_slot(&died, slot).await));
    assert!(is_lost(first.finish_slot(&died, slot, after(61)).await));
    assert!(until().await < Some(slot), "nor by who has lost its lease");
    second.finish_slot(&heir, slot, after(62)).await.unwrap();
    second.release_stage(&heir).await.unwrap();
    let late = granted(first, "first", 63).await;
    assert!(!first.take_slot(&late, slot).await.unwrap());
    let next = slot + TimeDelta::minutes(15);
    assert!(first.take_slot(&late, next).await.unwrap());
    assert_eq!(until().await, Some(slot), "the next is not finished");
}

/// Of many that ask at the same instant one gets it.
pub(crate) async fn of_many_that_ask_at_once_one_gets_the_stage(url: String) {
    let (first, second) = &twice(&url).await;
    let mut asks = JoinSet::new();
    for number in 0..16 {
        let store = if number % 2 == 0 { first } else { second }.clone();
        asks.spawn(async move { lease(&store, &number.to_string(), 0).await });
    }
    let answers = asks.join_all().await;
    let is_granted = |answer: &&StageLeased| matches!(answer, StageLeased::Granted(_));
    let n_granted = answers.iter().filter(is_granted).count();
    assert_eq!(n_granted, 1);
}

/// Opens a store twice, as two processes do.
async fn twice(url: &str) -> (Store, Store) {
    let first = Store::open(url).await.unwrap();
    (first, Store::open(url).await.unwrap())
}
