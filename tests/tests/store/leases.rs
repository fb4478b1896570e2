//! Leases and claims of several processes, each with its own reading of the clock.

use chrono::{DateTime, TimeDelta, Utc};
use newsprint_store::{Claims, HostRules, Lease, Listed, Permit, Release, Sources, Store};

use super::given::{at, open};

const HOST: &str = "harbourledger.example";
const RULES: HostRules = HostRules {
    gap: TimeDelta::seconds(2),
    daily_budget: 3,
    lease: TimeDelta::seconds(45),
};

fn start() -> DateTime<Utc> {
    at("2024-07-17T08:00:00Z")
}

fn after(millis: i64) -> DateTime<Utc> {
    start() + TimeDelta::milliseconds(millis)
}

async fn lease(store: &Store, holder: &str, millis: i64) -> Lease<Permit> {
    let lease = store.lease_host(HOST, holder, RULES, after(millis)).await;
    lease.unwrap()
}

async fn granted(store: &Store, holder: &str, millis: i64) -> Permit {
    match lease(store, holder, millis).await {
        Lease::Granted(permit) => permit,
        refused => panic!("{refused:?}"),
    }
}

/// Gives the lease back after a request that ended then.
async fn release(store: &Store, permit: &Permit, holder: &str, millis: i64) {
    let release = Release {
        free_at: after(millis) + RULES.gap,
        reason: "",
        n_failures: 0,
    };
    store.release_host(permit, holder, release).await.unwrap();
}

pub(crate) async fn a_host_has_one_holder_even_where_the_other_read_the_clock_before_it_waited(
    url: String,
) {
    let store = open(&url).await;
    let before = granted(&store, "first", -10_000).await;
    release(&store, &before, "first", -9_000).await;
    granted(&store, "first", 1_000).await;
    for millis in [0, 990, 999, 1_000, 1_001, 45_999] {
        let lease = lease(&store, "second", millis).await;
        assert!(matches!(lease, Lease::Wait { .. }), "{millis}: {lease:?}");
    }
    // What died has asked until the lease ended, for all that is known.
    for millis in [46_000, 47_999] {
        let wait = lease(&store, "second", millis).await;
        assert!(
            matches!(wait, Lease::Wait { until, .. } if until == after(48_000)),
            "{millis}: {wait:?}"
        );
    }
    granted(&store, "second", 48_000).await;
}

pub(crate) async fn a_lease_of_a_clock_that_was_wrong_does_not_hold(url: String) {
    let store = open(&url).await;
    granted(&store, "first", 3 * 86_400_000).await;
    granted(&store, "second", 0).await;
}

pub(crate) async fn the_gap_begins_at_the_end_and_the_day_has_so_many_requests(url: String) {
    let store = open(&url).await;
    for n in 0..3 {
        let permit = granted(&store, "first", n * 3_000).await;
        release(&store, &permit, "first", n * 3_000 + 500).await;
        let until = after(n * 3_000 + 2_500);
        let wait = lease(&store, "second", n * 3_000 + 2_499).await;
        let expected = Lease::Wait {
            until,
            reason: String::new(),
        };
        assert_eq!(wait, expected);
    }
    let until = at("2024-07-18T00:00:00Z");
    assert_eq!(lease(&store, "first", 9_000).await, Lease::Spent { until });
    let next_day = store.lease_host(HOST, "first", RULES, until).await;
    assert!(matches!(next_day, Ok(Lease::Granted(_))), "{next_day:?}");
}

pub(crate) async fn a_lease_that_is_returned_costs_nothing_and_the_gaps_of_the_dead_begin_anew(
    url: String,
) {
    let store = open(&url).await;
    for _ in 0..5 {
        let permit = granted(&store, "first", 0).await;
        store.return_host(&permit, "first").await.unwrap();
    }
    granted(&store, "first", 0).await;
    store.end_leases(after(10_000)).await.unwrap();
    let wait = lease(&store, "second", 11_999).await;
    assert!(matches!(wait, Lease::Wait { until, .. } if until == after(12_000)));
    granted(&store, "second", 12_000).await;
}

pub(crate) async fn an_item_has_one_claim_even_where_the_other_read_the_clock_before_it_waited(
    url: String,
) {
    let store = open(&url).await;
    let item = "https://harbourledger.example/a".to_owned();
    let sources = Sources::new(std::slice::from_ref(&item));
    let address = Listed {
        item: item.clone(),
        role: "page",
        host: HOST.into(),
        depth: 0,
    };
    let made = store.make_due(&item, &address, false, start()).await;
    made.unwrap();
    let claim = async |holder, millis| {
        let claims = Claims {
            holder,
            sources: &sources,
            due_by: after(millis),
            lasts: TimeDelta::minutes(20),
        };
        let claimed = store.claim(HOST, claims, RULES, after(millis)).await;
        claimed.unwrap()
    };
    let Some(Lease::Granted((permit, _))) = claim("first", 1_000).await else {
        panic!("the first is not granted");
    };
    store.return_host(&permit, "first").await.unwrap();
    for millis in [0, 999, 1_000, 5_000] {
        assert_eq!(claim("second", millis).await, None, "{millis}");
    }
    assert!(claim("second", 1_201_000).await.is_some());
}
