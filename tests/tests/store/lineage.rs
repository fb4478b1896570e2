//! Who follows whom, whatever the order in which texts arrive. Likeness is an input here: the store only decides what follows from it.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use newsprint_store::{Alike, MOST_CANDIDATES, RecordedLineage, StoryMember, TextPrint, WINDOW};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use newsprint_domain::article::Article;
use newsprint_store::{AsOf, Store};

use super::given::{article, as_of, at, open, record};

const FIRST: &str = "2024-07-17T09:00:00Z";

/// An article that is seen some minutes after [`FIRST`].
fn seen_after(name: &str, text: &str, minutes: i64) -> Article {
    let seen = at(FIRST) + TimeDelta::minutes(minutes);
    let address = format!("https://harbourledger.example/{name}");
    Article {
        fetched_from: address.clone(),
        address,
        ..article(text, &seen.to_rfc3339())
    }
}

/// Prints of all that has none, as a stage would make them: `bands` says of a text by what it is looked up.
async fn prints(store: &Store, bands: impl Fn(&str) -> Vec<i64>) -> Vec<TextPrint> {
    let revisions = store.unlinked(1000).await.unwrap();
    let prints = revisions.iter().map(|revision| TextPrint {
        revision_key: revision.revision_key,
        bands: bands(&revision.text),
        sketch: revision.text.clone().into_bytes(),
    });
    prints.collect()
}

/// Links all that is new by `likeness` of two texts.
async fn link(
    store: &Store,
    now: &str,
    likeness: impl Fn(&str, &str) -> Option<i32>,
) -> RecordedLineage {
    let prints = prints(store, |_| vec![7]).await;
    let candidates = store.candidates(&prints).await.unwrap();
    let text = |sketch: &[u8]| String::from_utf8(sketch.to_vec()).unwrap();
    let mut pairs: Vec<(i64, String, i64, String)> = Vec::new();
    for (place, one) in prints.iter().enumerate() {
        let stored = candidates.iter();
        let stored = stored.filter(|candidate| candidate.asked == one.revision_key);
        let stored = stored.map(|candidate| (candidate.revision_key, &candidate.sketch));
        let within = prints[..place].iter();
        let within = within.map(|other| (other.revision_key, &other.sketch));
        let others = stored.chain(within);
        pairs.extend(others.map(|(key, sketch)| {
            let one_text = text(&one.sketch);
            (one.revision_key, one_text, key, text(sketch))
        }));
    }
    let alike: Vec<Alike> = pairs
        .iter()
        .filter_map(|(one, one_text, other, other_text)| {
            Some(Alike {
                one: *one,
                other: *other,
                likeness: likeness(one_text, other_text)?,
                evidence: "words".into(),
            })
        })
        .collect();
    let recorded = store.record_lineage(&prints, &alike, at(now)).await;
    recorded.unwrap()
}

/// Members as `name<followed`, in their order.
async fn story(store: &Store, name: &str, as_of: AsOf) -> String {
    let address = format!("https://harbourledger.example/{name}");
    let members = store.story(&address, as_of).await.unwrap();
    let name = |member: &StoryMember| member.address.rsplit('/').next().unwrap().to_owned();
    let names: BTreeMap<String, String> = members
        .iter()
        .map(|member| (member.article_id.clone(), name(member)))
        .collect();
    let shown = members.iter().map(|member| match &member.follows {
        Some(follows) => format!("{}<{}", name(member), names[&follows.article_id]),
        None => name(member),
    });
    shown.collect::<Vec<_>>().join(" ")
}

fn all_alike(_: &str, _: &str) -> Option<i32> {
    Some(900_000)
}

async fn recorded(store: &Store, name: &str, minutes: i64, now: &str) {
    record(store, &seen_after(name, name, minutes), now).await;
}

pub(crate) async fn copies_follow_the_earliest_and_linking_again_adds_nothing(url: String) {
    let store = open(&url).await;
    for (name, minutes) in [("c", 20), ("a", 0), ("b", 10)] {
        recorded(&store, name, minutes, FIRST).await;
    }
    let first = link(&store, FIRST, all_alike).await;
    assert_eq!(
        (first.n_prints, first.n_edges, first.changed.len()),
        (3, 2, 2)
    );
    assert_eq!(story(&store, "b", as_of(FIRST)).await, "a b<a c<a");
    assert_eq!(
        link(&store, FIRST, all_alike).await,
        RecordedLineage::default()
    );
    assert_eq!(store.count_unlinked().await.unwrap(), 0);
}

pub(crate) async fn what_was_recorded_already_is_recorded_once(url: String) {
    let store = open(&url).await;
    recorded(&store, "a", 0, FIRST).await;
    recorded(&store, "b", 10, FIRST).await;
    let prints = prints(&store, |_| vec![1, 2]).await;
    let alike = [Alike {
        one: prints[0].revision_key,
        other: prints[1].revision_key,
        likeness: 800_000,
        evidence: "words".into(),
    }];
    let record = async || {
        let recorded = store.record_lineage(&prints, &alike, at(FIRST)).await;
        recorded.unwrap()
    };
    assert_eq!(record().await.n_edges, 1);
    assert_eq!(record().await, RecordedLineage::default());
}

pub(crate) async fn a_later_copy_changes_no_earlier_answer(url: String) {
    let store = open(&url).await;
    recorded(&store, "a", 0, "2024-07-17T10:00:00Z").await;
    recorded(&store, "b", 10, "2024-07-17T10:00:00Z").await;
    link(&store, "2024-07-17T10:00:00Z", all_alike).await;
    recorded(&store, "c", 60, "2024-07-18T10:00:00Z").await;
    link(&store, "2024-07-18T10:00:00Z", all_alike).await;
    let then = |instant| AsOf {
        instant: at(instant),
        reconstructed: false,
    };
    assert_eq!(story(&store, "a", then("2024-07-17T09:59:59Z")).await, "");
    assert_eq!(
        story(&store, "a", then("2024-07-18T09:59:59Z")).await,
        "a b<a"
    );
    assert_eq!(
        story(&store, "a", then("2024-07-18T10:00:00Z")).await,
        "a b<a c<a"
    );
    let counts = async |instant, reconstructed| {
        let as_of = AsOf {
            instant: at(instant),
            reconstructed,
        };
        let stories = store.stories(as_of, 2).await.unwrap();
        let counts = stories.iter().map(|story| story.n_articles);
        counts.collect::<Vec<_>>()
    };
    assert_eq!(counts("2024-07-18T09:59:59Z", false).await, [2]);
    assert_eq!(counts("2024-07-18T10:00:00Z", false).await, [3]);
    assert_eq!(counts("2024-07-17T09:05:00Z", true).await, [0; 0]);
    assert_eq!(counts("2024-07-17T09:30:00Z", true).await, [2]);
    assert_eq!(counts("2024-07-17T10:00:00Z", true).await, [3]);
}

pub(crate) async fn an_original_that_is_loaded_later_takes_its_place_and_the_past_keeps_the_old_one(
    url: String,
) {
    let store = open(&url).await;
    recorded(&store, "b", 10, "2024-07-17T10:00:00Z").await;
    recorded(&store, "c", 20, "2024-07-17T10:00:00Z").await;
    link(&store, "2024-07-17T10:00:00Z", all_alike).await;
    recorded(&store, "a", 0, "2024-07-20T10:00:00Z").await;
    let original = link(&store, "2024-07-20T10:00:00Z", |one, other| {
        // `c` is more like `b` than like the original, and stays with it.
        Some(if [one, other].contains(&"c") {
            850_000
        } else {
            950_000
        })
    });
    let original = original.await;
    assert_eq!((original.n_edges, original.changed.len()), (1, 1));
    assert_eq!(
        story(&store, "c", as_of("2024-07-19T00:00:00Z")).await,
        "b c<b"
    );
    assert_eq!(
        story(&store, "c", as_of("2024-07-21T00:00:00Z")).await,
        "a b<a c<b"
    );
}

pub(crate) async fn a_copy_of_a_later_revision_is_found_and_a_later_revision_makes_no_copy(
    url: String,
) {
    let store = open(&url).await;
    let same = |one: &str, other: &str| (one == other).then_some(990_000);
    let steps = [
        ("a", "flash", 0),
        ("a", "full", 10),
        ("b", "full", 20),
        ("b", "flash", 30),
        ("c", "other", 5),
        ("c", "full", 40),
    ];
    for (name, text, minutes) in steps {
        let now = (at(FIRST) + TimeDelta::minutes(minutes)).to_rfc3339();
        record(&store, &seen_after(name, text, minutes), &now).await;
        link(&store, &now, same).await;
    }
    let later = as_of("2024-07-18T00:00:00Z");
    assert_eq!(story(&store, "b", later).await, "a b<a");
    assert_eq!(story(&store, "c", later).await, "c");
}

pub(crate) async fn who_took_words_up_later_is_not_followed_for_them(url: String) {
    let store = open(&url).await;
    let same = |one: &str, other: &str| (one == other).then_some(990_000);
    for (name, text, minutes) in [("a", "own", 0), ("b", "scoop", 10), ("a", "scoop", 20)] {
        let now = (at(FIRST) + TimeDelta::minutes(minutes)).to_rfc3339();
        record(&store, &seen_after(name, text, minutes), &now).await;
        link(&store, &now, same).await;
    }
    assert_eq!(story(&store, "b", as_of("2024-07-18T00:00:00Z")).await, "b");
}

pub(crate) async fn candidates_are_near_few_and_those_that_share_most(url: String) {
    let store = open(&url).await;
    let days = |days: i64| days * 24 * 60;
    recorded(&store, "before", -days(10) - 1, FIRST).await;
    recorded(&store, "after", days(10) + 1, FIRST).await;
    recorded(&store, "old", -days(10), FIRST).await;
    for number in 0..80 {
        recorded(&store, &format!("n{number}"), number, FIRST).await;
    }
    // Those that are too far away share more than the others.
    let bands = |text: &str| match text.starts_with('n') {
        true => vec![1],
        false => vec![1, -2, 3],
    };
    let stored = prints(&store, bands).await;
    store.record_lineage(&stored, &[], at(FIRST)).await.unwrap();
    recorded(&store, "asked", 0, FIRST).await;
    recorded(&store, "stranger", 0, FIRST).await;
    record(
        &store,
        &seen_after("old", "old, corrected", 5 - days(10)),
        FIRST,
    )
    .await;
    let bands = |text: &str| match text {
        "asked" | "old, corrected" => vec![1, -2, i64::MIN],
        _ => vec![i64::MAX],
    };
    let asked = prints(&store, bands).await;
    let mut found = store.candidates(&asked).await.unwrap();
    let [first, _, corrected] = &asked[..] else {
        unreachable!()
    };
    let of_its_own = found
        .iter()
        .filter(|candidate| candidate.asked == corrected.revision_key);
    let mut of_its_own = of_its_own.map(|candidate| &candidate.sketch[..]);
    assert!(of_its_own.all(|sketch| sketch != b"old"));
    found.retain(|candidate| candidate.asked == first.revision_key);
    assert_eq!(i64::try_from(found.len()).unwrap(), MOST_CANDIDATES);
    assert_eq!(found[0].sketch, b"old");
    let is_near = |sketch: &[u8]| sketch != b"before" && sketch != b"after";
    assert!(found.iter().all(|candidate| is_near(&candidate.sketch)));
    assert_eq!(WINDOW, TimeDelta::days(10));
}

/// Articles by minute of availability, and how alike each two are (0: not at all).
type World = (Vec<i64>, Vec<Vec<i32>>);

const N_ARTICLES: usize = 7;

fn worlds() -> impl Strategy<Value = (World, Vec<usize>, usize)> {
    let minutes = prop::collection::vec(0..20_i64, N_ARTICLES);
    let likeness = prop_oneof![Just(0), 600_000..600_004_i32];
    let row = prop::collection::vec(likeness, N_ARTICLES);
    let rows = prop::collection::vec(row, N_ARTICLES);
    let order = Just((0..N_ARTICLES).collect::<Vec<_>>()).prop_shuffle();
    ((minutes, rows), order, 1..=N_ARTICLES)
}

/// Lets articles arrive in this order, so many at a time; whom each follows in the end, and how alike they are.
async fn forest(
    (minutes, rows): &World,
    order: &[usize],
    at_a_time: usize,
) -> BTreeMap<String, Option<(String, i32)>> {
    let store = Store::in_memory().await.unwrap();
    let place = |text: &str| text.parse::<usize>().unwrap();
    let likeness = |one: &str, other: &str| {
        let (one, other) = (place(one), place(other));
        let likeness = rows[one.min(other)][one.max(other)];
        (likeness > 0).then_some(likeness)
    };
    for batch in order.chunks(at_a_time) {
        for article in batch {
            let name = article.to_string();
            recorded(&store, &name, minutes[*article], FIRST).await;
        }
        link(&store, FIRST, likeness).await;
    }
    let mut forest = BTreeMap::new();
    for article in 0..minutes.len() {
        let address = format!("https://harbourledger.example/{article}");
        for member in store.story(&address, as_of(FIRST)).await.unwrap() {
            let follows = member.follows;
            let follows = follows.map(|follows| (follows.article_id, follows.likeness));
            forest.insert(member.article_id, follows);
        }
    }
    forest
}

#[test]
fn the_order_of_arrival_makes_no_cycle_and_no_difference() {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    let cases = Config::with_cases(48);
    let checked = TestRunner::new(cases).run(&worlds(), |(world, order, at_a_time)| {
        let in_order: Vec<usize> = {
            let mut places: Vec<usize> = (0..N_ARTICLES).collect();
            places.sort_by_key(|place| world.0[*place]);
            places
        };
        let shuffled = runtime.block_on(forest(&world, &order, at_a_time));
        let one_by_one = runtime.block_on(forest(&world, &in_order, 1));
        let at_once = runtime.block_on(forest(&world, &order, N_ARTICLES));
        prop_assert_eq!(one_by_one.len(), N_ARTICLES);
        prop_assert_eq!(&shuffled, &one_by_one);
        prop_assert_eq!(&at_once, &one_by_one);
        for start in one_by_one.keys() {
            let mut article = start;
            let mut n_steps = 0;
            while let Some((earlier, _)) = &shuffled[article] {
                article = earlier;
                n_steps += 1;
                prop_assert!(n_steps < N_ARTICLES, "{} is in a cycle", start);
            }
        }
        Ok(())
    });
    checked.unwrap();
}
