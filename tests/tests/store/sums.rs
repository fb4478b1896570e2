//! Sums of tones are those of the articles, as of any instant, and whoever alters them is found out.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use newsprint_domain::identifier::{Mic, ThemeId};
use newsprint_store::{ANY_THEME, Recorded, RunKey, Store, TaggedRevision};

use super::by_hand::{article_at, assigned, checked, pairs, record_in, said, tag_from};
use super::engine::Raw;
use super::given::{at, open, record_with, run};

/// Holds a run against its articles at all these instants, just before and just after each, and at the edges of their days.
async fn check_at(store: &Store, run: (RunKey, &str), instants: &[&str]) {
    for instant in instants {
        let instant = at(instant);
        let day = instant
            .date_naive()
            .and_time(chrono::NaiveTime::MIN)
            .and_utc();
        for edge in [instant, day, day + TimeDelta::days(1)] {
            for shift in [-1, 0, 1] {
                checked(store, run, edge + TimeDelta::microseconds(shift)).await;
            }
        }
    }
    assert_eq!(
        store.roll_up_problems().await.unwrap(),
        Vec::<String>::new()
    );
}

pub(crate) async fn sums_are_those_of_the_articles_as_of_any_instant(url: String) {
    let store = open(&url).await;
    record_in(&store, "a", "2024-07-17", "2024-07-17T09:00:00Z").await;
    record_in(&store, "b", "2024-07-17", "2024-07-17T09:00:01Z").await;
    let key = tag_from(&store, "m", 0, "2024-07-17T10:00:00Z").await;
    record_in(&store, "c", "2024-07-18", "2024-07-17T23:59:59.999999Z").await;
    tag_from(&store, "m", 0, "2024-07-17T23:59:59.999999Z").await;
    record_in(&store, "d", "2024-07-18", "2024-07-18T00:00:00Z").await;
    tag_from(&store, "m", 3, "2024-07-18T00:00:00Z").await;
    record_in(&store, "e", "2024-07-18", "2024-07-20T12:00:00Z").await;
    tag_from(&store, "m", 4, "2024-07-20T12:30:00Z").await;

    let id = run("m").id();
    let seen = [
        "2024-07-17T09:00:00Z",
        "2024-07-17T10:00:00Z",
        "2024-07-18T00:00:00Z",
        "2024-07-20T12:30:00Z",
    ];
    check_at(&store, (key, &id), &seen).await;
    let before = checked(&store, (key, &id), at("1970-01-01T00:00:00Z")).await;
    assert!(before.is_empty());
    let now = checked(&store, (key, &id), at("2024-07-21T00:00:00Z")).await;
    let linked = now.iter().filter(|cell| cell.theme == "small_caps");
    let linked: Vec<_> = linked
        .map(|cell| {
            (
                cell.session.to_string(),
                cell.sums.articles.n_tones,
                cell.sums.articles.sum,
            )
        })
        .collect();
    let expected = [
        ("2024-07-17".to_owned(), 2, -300_001),
        ("2024-07-18".to_owned(), 1, 400_000),
    ];
    assert_eq!(linked, expected);
}

pub(crate) async fn a_new_calendar_moves_sums_and_the_past_keeps_them(url: String) {
    let store = open(&url).await;
    let id = run("m").id();
    for name in ["a", "b"] {
        record_in(&store, name, "2024-07-17", "2024-07-17T09:00:00Z").await;
    }
    let key = tag_from(&store, "m", 0, "2024-07-17T10:00:00Z").await;
    let exchanges = [("XNYS", Some("2024-07-18")), ("XASX", Some("2024-07-17"))];
    let mut moved = Vec::new();
    for (exchange, date) in exchanges {
        let mic = Mic::new(exchange).unwrap();
        for (revision, _) in store.unassigned(&mic, "v2").await.unwrap().0 {
            moved.push((revision, assigned(exchange, "v2", date)));
        }
    }
    let then = at("2024-07-17T15:00:00Z");
    store.record_assignments(&moved, then).await.unwrap();
    // A calendar that no longer reaches takes an article out of every session.
    let (revision, _) = moved[0];
    let lost = [(revision, assigned("XNYS", "v3", None))];
    store
        .record_assignments(&lost, at("2024-07-19T00:00:00Z"))
        .await
        .unwrap();

    check_at(
        &store,
        (key, &id),
        &[
            "2024-07-17T10:00:00Z",
            "2024-07-17T15:00:00Z",
            "2024-07-19T00:00:00Z",
        ],
    )
    .await;
    let sessions = async |instant: &str| {
        let cells = checked(&store, (key, &id), at(instant)).await;
        let of_new_york = cells.iter().filter(|cell| cell.index.as_str() == "RUT");
        of_new_york
            .map(|cell| cell.session.to_string())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(
        sessions("2024-07-17T14:59:59Z").await,
        ["2024-07-17".to_owned()].into()
    );
    assert_eq!(
        sessions("2024-07-17T15:00:00Z").await,
        ["2024-07-18".to_owned()].into()
    );
}

pub(crate) async fn every_run_has_sums_of_its_own(url: String) {
    let store = open(&url).await;
    for name in ["a", "b", "c"] {
        record_in(&store, name, "2024-07-17", "2024-07-17T09:00:00Z").await;
    }
    let first = tag_from(&store, "first", 0, "2024-07-17T10:00:00Z").await;
    let second = tag_from(&store, "second", 4, "2024-07-18T10:00:00Z").await;
    let (first_id, second_id) = (run("first").id(), run("second").id());
    let instants = ["2024-07-17T10:00:00Z", "2024-07-18T10:00:00Z"];
    check_at(&store, (first, &first_id), &instants).await;
    check_at(&store, (second, &second_id), &instants).await;
    let now = at("2024-07-19T00:00:00Z");
    let first = checked(&store, (first, &first_id), now).await;
    assert_ne!(first, checked(&store, (second, &second_id), now).await);
}

pub(crate) async fn what_is_retrospective_is_summed_apart(url: String) {
    let store = open(&url).await;
    let now = "2024-07-17T09:00:00Z";
    for name in ["a", "b", "c"] {
        record_in(&store, name, "2024-07-17", now).await;
    }
    let key = store.begin_run(&run("m"), &pairs(), at(now)).await.unwrap();
    let later = BTreeSet::from([ThemeId::new("small_caps").unwrap()]);
    let none = BTreeSet::new();
    let tags = said(0);
    let revisions = store.untagged(key, 0, 100).await.unwrap();
    let tagged = revisions.iter().zip([&later, &none, &later]);
    let tagged = tagged.map(|(revision, retrospective)| TaggedRevision {
        revision_key: revision.revision_key,
        tags: &tags,
        retrospective,
    });
    let tagged: Vec<_> = tagged.collect();
    store.record_tags(key, &tagged, at(now)).await.unwrap();
    let id = run("m").id();
    check_at(&store, (key, &id), &[now]).await;
    let cells = checked(&store, (key, &id), at(now)).await;
    let of_theme = cells.iter().filter(|cell| cell.theme == "small_caps");
    let of_theme: Vec<_> = of_theme
        .map(|cell| (cell.retrospective, cell.sums.articles.n_tones))
        .collect();
    assert_eq!(of_theme, [(false, 1), (true, 2)]);
    assert!(
        cells
            .iter()
            .any(|cell| cell.theme == ANY_THEME && !cell.retrospective)
    );
}

pub(crate) async fn a_revision_of_the_same_instant_or_of_a_clock_that_went_back_moves_no_sum(
    url: String,
) {
    let store = open(&url).await;
    record_in(&store, "a", "2024-07-17", "2024-07-17T09:00:00Z").await;
    let key = tag_from(&store, "m", 0, "2024-07-17T09:00:00Z").await;
    let id = run("m").id();
    let instants = [
        "2024-07-17T08:00:00Z",
        "2024-07-17T09:00:00Z",
        "2024-07-17T10:00:00Z",
    ];
    let shown = async || {
        let mut shown = Vec::new();
        for instant in instants {
            shown.push(checked(&store, (key, &id), at(instant)).await);
        }
        shown
    };
    let before = shown().await;
    for (text, now) in [
        ("The index fell.", "2024-07-17T09:00:00Z"),
        ("It fell.", "2024-07-17T08:00:00Z"),
    ] {
        let revision = article_at("a", text, at("2024-07-17T07:00:00Z"));
        let assignments = [assigned("XNYS", "v1", Some("2024-07-16"))];
        let recorded = record_with(&store, &revision, &assignments, at(now)).await;
        assert_eq!(recorded, Recorded::NewRevision);
        check_at(&store, (key, &id), &instants).await;
        assert_eq!(shown().await, before, "recorded at {now}");
    }
    tag_from(&store, "m", 1, "2024-07-17T10:00:00Z").await;
    check_at(&store, (key, &id), &instants).await;
    assert_eq!(shown().await, before);
    let unassigned = store.unassigned(&Mic::new("XNYS").unwrap(), "v1").await;
    assert_eq!(unassigned.unwrap().0, []);
}

pub(crate) async fn sums_that_were_altered_are_found_and_made_anew(url: String) {
    let store = open(&url).await;
    let now = "2024-07-17T09:00:00Z";
    for name in ["a", "b"] {
        record_in(&store, name, "2024-07-17", now).await;
    }
    let key = tag_from(&store, "m", 0, now).await;
    let id = run("m").id();
    check_at(&store, (key, &id), &[now]).await;
    let mut raw = Raw::connect(&url).await;
    let alterations = [
        "UPDATE roll_up_day SET n = n + 1",
        "DELETE FROM roll_up_day",
        "UPDATE tally_day SET n = n + 1",
        "DELETE FROM tally_day",
        "INSERT INTO roll_up_day SELECT run_pair_key, '2024-07-19', retrospective, recorded_on, n, sum, sum_of_squares, n_positive, n_stances,
             sum_of_stances, n_reconstructed, story_n, story_sum, story_sum_of_squares, story_n_positive FROM roll_up_day",
        "INSERT INTO tally_day SELECT subject, 'another', recorded_on, n FROM tally_day WHERE name = 'articles'",
        // In the ledger, which takes no change but more rows.
        "INSERT INTO tally_delta (subject, name, n, recorded_at) SELECT subject, 'articles', 5, recorded_at FROM tally_delta WHERE subject <> ''",
        "INSERT INTO roll_up_delta (run_pair_key, session, retrospective, n, sum, sum_of_squares, n_positive, n_stances, sum_of_stances,
             n_reconstructed, story_n, story_sum, story_sum_of_squares, story_n_positive, recorded_at)
         SELECT run_pair_key, session, retrospective, n, sum, sum_of_squares, n_positive, n_stances, sum_of_stances, n_reconstructed, story_n,
             story_sum, story_sum_of_squares, story_n_positive, recorded_at FROM roll_up_delta",
    ];
    for (hours, alteration) in (1..).zip(alterations) {
        raw.run(alteration).await.unwrap();
        assert_ne!(
            store.roll_up_problems().await.unwrap(),
            Vec::<String>::new(),
            "{alteration}"
        );
        let mended = at(now) + TimeDelta::hours(hours);
        store.rebuild_roll_ups(mended).await.unwrap();
        assert_eq!(
            store.roll_up_problems().await.unwrap(),
            Vec::<String>::new(),
            "{alteration}"
        );
        checked(&store, (key, &id), mended).await;
    }
}
