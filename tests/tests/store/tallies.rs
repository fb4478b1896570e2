//! Tables say how many pages gave no article, and why, as of any instant.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use newsprint_store::Store;

use super::by_hand::live;
use super::given::{article, at, fail, listed, open, record};

fn hour(hour: i64) -> DateTime<Utc> {
    at("2024-07-17T00:00:00Z") + TimeDelta::hours(hour)
}

async fn outcomes(store: &Store, instant: DateTime<Utc>) -> Vec<(String, i64)> {
    let (outcomes, _) = store.without_article(live(instant)).await.unwrap();
    outcomes.into_iter().collect()
}

async fn not_asked(store: &Store, instant: DateTime<Utc>) -> i64 {
    store.without_article(live(instant)).await.unwrap().1
}

fn counts(counts: &[(&str, i64)]) -> Vec<(String, i64)> {
    let counts: BTreeMap<_, _> = counts
        .iter()
        .map(|(name, n)| ((*name).to_owned(), *n))
        .collect();
    counts.into_iter().collect()
}

pub(crate) async fn an_item_counts_by_its_last_outcome_until_it_gives_an_article(url: String) {
    let store = open(&url).await;
    let article = article("The index rose.", "2024-07-17T00:00:00Z");
    fail(&store, &article.address, ("timeout", "after 30 s"), hour(1)).await;
    fail(&store, "b", ("timeout", "after 30 s"), hour(2)).await;
    fail(&store, "b", ("timeout", "after 30 s"), hour(3)).await;
    fail(&store, "b", ("timeout", "after 31 s"), hour(4)).await;
    fail(&store, "b", ("paywall", ""), hour(25)).await;
    record(&store, &article, "2024-07-18T02:00:00Z").await;
    // What gave an article once is not without one, whatever it says later.
    fail(&store, &article.address, ("gone", ""), hour(27)).await;
    record(&store, &article, "2024-07-18T04:00:00Z").await;
    let expected = [
        (hour(1) - TimeDelta::microseconds(1), counts(&[])),
        (hour(1), counts(&[("timeout", 1)])),
        (hour(2), counts(&[("timeout", 2)])),
        (hour(4), counts(&[("timeout", 2)])),
        (hour(24), counts(&[("timeout", 2)])),
        (hour(25), counts(&[("timeout", 1), ("paywall", 1)])),
        (hour(26), counts(&[("paywall", 1)])),
        (hour(27), counts(&[("paywall", 1)])),
        (hour(400), counts(&[("paywall", 1)])),
    ];
    for (instant, expected) in expected {
        assert_eq!(outcomes(&store, instant).await, expected, "as of {instant}");
    }
    assert_eq!(
        store.roll_up_problems().await.unwrap(),
        Vec::<String>::new()
    );
}

pub(crate) async fn a_page_that_was_named_counts_until_it_is_asked_for(url: String) {
    let store = open(&url).await;
    let article = article("The index rose.", "2024-07-17T00:00:00Z");
    fail(&store, "c", ("gone", ""), hour(0)).await;
    listed(
        &store,
        "feed",
        &[&article.address, "b", "c"],
        "2024-07-17T01:00:00Z",
    )
    .await;
    listed(
        &store,
        "other",
        &[&article.address, "b", "d"],
        "2024-07-17T02:00:00Z",
    )
    .await;
    record(&store, &article, "2024-07-17T03:00:00Z").await;
    fail(&store, "b", ("timeout", ""), hour(24)).await;
    fail(&store, "b", ("gone", ""), hour(25)).await;
    let expected = [
        (0, 0),
        (1, 2),
        (2, 3),
        (3, 2),
        (23, 2),
        (24, 1),
        (25, 1),
        (400, 1),
    ];
    for (hours, expected) in expected {
        let instant = hour(hours);
        assert_eq!(
            not_asked(&store, instant).await,
            expected,
            "as of {instant}"
        );
    }
    assert_eq!(
        not_asked(&store, hour(1) - TimeDelta::microseconds(1)).await,
        0
    );
    assert_eq!(
        store.roll_up_problems().await.unwrap(),
        Vec::<String>::new()
    );
}
