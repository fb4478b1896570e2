//! Two processes that write the same at once: each fact is there once, and every count is right.

use std::collections::BTreeMap;
use std::sync::Arc;

use newsprint_domain::identifier::{IndexId, Mic};
use newsprint_store::{FetchRecord, Listed, Store, Visit};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::by_hand::{article_at, assigned, checked, live, record_in, tag_from};
use super::engine::Raw;
use super::given::{at, open, run, session};

const NOW: &str = "2024-07-17T09:00:00Z";
const N_ROUNDS: u64 = 12;
/// Pages of each sort in a round.
const N_PAGES: u64 = 6;

/// Two stores at one address, each in a task that begins each round with the other.
async fn both<F: Future<Output = ()> + Send + 'static>(
    url: &str,
    work: impl Fn(Store, bool, Arc<Barrier>) -> F,
) {
    let barrier = Arc::new(Barrier::new(2));
    let mut tasks = JoinSet::new();
    for is_second in [false, true] {
        tasks.spawn(work(open(url).await, is_second, barrier.clone()));
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}

/// In one transaction: articles, failures and lists, in an order that is the other's backwards.
async fn fetch(store: Store, is_second: bool, barrier: Arc<Barrier>) {
    for round in 0..N_ROUNDS {
        let names = (0..N_PAGES).map(|page| format!("{round}-{page}"));
        let articles: Vec<_> = names
            .map(|name| article_at(&name, "The index rose.", at(NOW)))
            .collect();
        let failed: Vec<_> = (0..N_PAGES)
            .map(|page| format!("failed-{round}-{page}"))
            .collect();
        let page = |item: &str| Listed {
            item: item.to_owned(),
            role: "page",
            host: "harbourledger.example".into(),
            depth: 1,
        };
        let mut listed: Vec<_> = failed.iter().map(|item| page(item)).collect();
        listed.extend(articles.iter().map(|article| page(&article.address)));
        listed.push(page(&format!("waiting-{round}")));
        let assignments = [session("2024-07-17", "v1")];
        let record = |item, outcome, article| FetchRecord {
            source: "feed",
            item,
            digest: "",
            outcome,
            detail: "",
            article,
            assignments: &assignments,
        };
        let visit = |record, role, listed| Visit {
            record,
            role,
            attempts: &[],
            listed,
            next: None,
        };
        let mut visits = vec![visit(record("feed", "ok", None), "list", &listed)];
        visits.extend(
            articles
                .iter()
                .map(|article| visit(record(&article.address, "ok", Some(article)), "page", &[])),
        );
        visits.extend(
            failed
                .iter()
                .map(|item| visit(record(item, "timeout", None), "page", &[])),
        );
        if is_second {
            visits.reverse();
        }
        barrier.wait().await;
        store.record_visits(&visits, at(NOW)).await.unwrap();
        let one = record(&failed[0], "gone", None);
        barrier.wait().await;
        store
            .record_fetch(&one, at("2024-07-17T10:00:00Z"))
            .await
            .unwrap();
    }
}

pub(crate) async fn two_stores_that_fetch_the_same_double_nothing(url: String) {
    open(&url).await.close().await;
    both(&url, fetch).await;
    let store = open(&url).await;
    let mut raw = Raw::connect(&url).await;
    let n_pages = N_ROUNDS * N_PAGES;
    let expected = [
        ("article", n_pages),
        ("revision", n_pages),
        ("session_assignment", n_pages),
        ("listing", 2 * n_pages + N_ROUNDS),
        ("fetch_outcome", 2 * n_pages + N_ROUNDS),
    ];
    for (table, expected) in expected {
        assert_eq!(raw.count(table).await, expected, "{table}");
    }
    let (outcomes, not_asked) = store.without_article(live(at(NOW))).await.unwrap();
    let count = |n: u64| i64::try_from(n).unwrap();
    assert_eq!(
        outcomes,
        BTreeMap::from([("timeout".to_owned(), count(n_pages))])
    );
    assert_eq!(not_asked, count(N_ROUNDS));
    let (outcomes, _) = store
        .without_article(live(at("2024-07-17T10:00:00Z")))
        .await
        .unwrap();
    let expected = [
        ("gone".to_owned(), count(N_ROUNDS)),
        ("timeout".to_owned(), count(n_pages - N_ROUNDS)),
    ];
    assert_eq!(outcomes, BTreeMap::from(expected));
    assert_eq!(
        store.roll_up_problems().await.unwrap(),
        Vec::<String>::new()
    );
}

/// Each round both tag what is there by two runs, import the same closes and assign the same sessions.
async fn tag_and_price(store: Store, is_second: bool, barrier: Arc<Barrier>) {
    let index = IndexId::new("RUT").unwrap();
    let exchange = Mic::new("XNYS").unwrap();
    for round in 0..N_ROUNDS {
        let models = if is_second { ["m", "n"] } else { ["n", "m"] };
        barrier.wait().await;
        record_in(&store, &format!("{round}-{is_second}"), "2024-07-17", NOW).await;
        for model in models {
            tag_from(&store, model, 0, NOW).await;
        }
        barrier.wait().await;
        let date = "2024-07-16".parse().unwrap();
        let closes = BTreeMap::from([(date, f64::from(u32::try_from(round).unwrap()))]);
        store
            .record_prices(&index, &closes, "a.csv", at(NOW))
            .await
            .unwrap();
        barrier.wait().await;
        let version = format!("v{}", round + 2);
        let (pending, _) = store.unassigned(&exchange, &version).await.unwrap();
        let assigned = pending
            .iter()
            .map(|(key, _)| (*key, assigned("XNYS", &version, Some("2024-07-18"))));
        let assigned: Vec<_> = assigned.collect();
        store.record_assignments(&assigned, at(NOW)).await.unwrap();
        let key = store
            .run_key(&run(["m", "n"][usize::from(round % 2 == 0)]).id())
            .await
            .unwrap();
        barrier.wait().await;
        store.promote(key.unwrap(), at(NOW)).await.unwrap();
    }
}

pub(crate) async fn two_stores_that_tag_and_price_the_same_double_nothing(url: String) {
    open(&url).await.close().await;
    both(&url, tag_and_price).await;
    let store = open(&url).await;
    let mut raw = Raw::connect(&url).await;
    let expected = [
        ("article", 2 * N_ROUNDS),
        ("price", N_ROUNDS),
        ("promotion", N_ROUNDS),
        ("tag_run", 2),
        ("run_pair", 10),
    ];
    for (table, expected) in expected {
        assert_eq!(raw.count(table).await, expected, "{table}");
    }
    for model in ["m", "n"] {
        // What the other recorded when this one had looked.
        let key = tag_from(&store, model, 0, NOW).await;
        let cells = checked(&store, (key, &run(model).id()), at(NOW)).await;
        assert!(!cells.is_empty());
    }
    assert_eq!(raw.count("tagging").await, 4 * N_ROUNDS);
    assert_eq!(
        store.roll_up_problems().await.unwrap(),
        Vec::<String>::new()
    );
}
