//! Whatever is recorded, in whatever order: what was known at an instant stays what it was.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use newsprint_domain::identifier::{IndexId, Mic};
use newsprint_store::{CellRow, RunKey, Store, TaggedRevision};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};

use super::by_hand::{article_at, assigned, checked, live, pairs, said};
use super::given::{at, fail, listed, open, record_with, run};

/// Something that is recorded.
#[derive(Debug, Clone)]
enum Step {
    /// An article, or another revision of it, seen so many minutes before or after.
    Fetch {
        page: u8,
        text: u8,
        minutes: i64,
    },
    Fail {
        page: u8,
        outcome: u8,
    },
    List {
        source: u8,
        pages: Vec<u8>,
    },
    /// So many of the revisions that a run has not tagged.
    Tag {
        run: usize,
        said: u8,
        n: usize,
    },
    /// Sessions by a calendar; day 0: it does not reach.
    Assign {
        version: u8,
        day: u8,
    },
    Price {
        close: u8,
    },
    Promote {
        run: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let run = || 0..MODELS.len();
    prop_oneof![
        3 => (0..4u8, 0..3u8, -90..90i64).prop_map(|(page, text, minutes)| Step::Fetch { page, text, minutes }),
        2 => (0..4u8, 0..3u8).prop_map(|(page, outcome)| Step::Fail { page, outcome }),
        1 => (0..2u8, vec(0..5u8, 1..4)).prop_map(|(source, pages)| Step::List { source, pages }),
        4 => (run(), 0..6u8, 1..4usize).prop_map(|(run, said, n)| Step::Tag { run, said, n }),
        3 => (1..6u8, 0..4u8).prop_map(|(version, day)| Step::Assign { version, day }),
        1 => (1..4u8).prop_map(|close| Step::Price { close }),
        1 => run().prop_map(|run| Step::Promote { run }),
    ]
}

/// How long after the one before; not at all is as good.
fn wait() -> impl Strategy<Value = TimeDelta> {
    prop_oneof![
        Just(TimeDelta::zero()),
        Just(TimeDelta::microseconds(1)),
        Just(TimeDelta::hours(5)),
        Just(TimeDelta::hours(24)),
    ]
}

const MODELS: [&str; 2] = ["first", "second"];
const OUTCOMES: [&str; 3] = ["timeout", "paywall", "gone"];

/// All that a table of an instant is made of.
#[derive(Debug, Clone, PartialEq)]
struct Known {
    cells: Vec<Vec<CellRow>>,
    outcomes: BTreeMap<String, i64>,
    n_not_asked: i64,
    prices: BTreeMap<NaiveDate, f64>,
    promoted: Option<String>,
}

struct Play {
    store: Store,
    runs: Vec<(RunKey, String)>,
    now: DateTime<Utc>,
    /// As it was found at each instant.
    known: BTreeMap<DateTime<Utc>, Known>,
    /// Outcomes as they came: page, outcome.
    outcomes: Vec<(String, String)>,
    listed: BTreeSet<String>,
    n_lists: u32,
    close: Option<f64>,
    promoted: Option<usize>,
}

impl Play {
    async fn begin(store: Store) -> Self {
        let now = at("2024-07-16T19:00:00Z");
        let mut runs = Vec::new();
        for model in MODELS {
            let key = store.begin_run(&run(model), &pairs(), now).await.unwrap();
            runs.push((key, run(model).id()));
        }
        Self {
            store,
            runs,
            now,
            known: BTreeMap::new(),
            outcomes: Vec::new(),
            listed: BTreeSet::new(),
            n_lists: 0,
            close: None,
            promoted: None,
        }
    }

    async fn all(mut self, steps: Vec<(TimeDelta, Step)>) -> Self {
        for (wait, step) in steps {
            self.now += wait;
            self.step(step).await;
            self.check().await;
        }
        self
    }

    async fn step(&mut self, step: Step) {
        let (store, now) = (self.store.clone(), self.now);
        let index = IndexId::new("RUT").unwrap();
        match step {
            Step::Fetch {
                page,
                text,
                minutes,
            } => {
                let text = format!("The index rose by {text} %.");
                let seen = now + TimeDelta::minutes(minutes);
                let article = article_at(&page.to_string(), &text, seen);
                let sessions = [
                    assigned("XNYS", "v0", Some("2024-07-16")),
                    assigned("XASX", "v0", None),
                ];
                record_with(&store, &article, &sessions, now).await;
                self.outcomes.push((article.address, "ok".into()));
            }
            Step::Fail { page, outcome } => {
                let item = article_at(&page.to_string(), "", now).address;
                let outcome = OUTCOMES[usize::from(outcome)];
                fail(&store, &item, (outcome, ""), now).await;
                self.outcomes.push((item, outcome.into()));
            }
            Step::List { source, pages } => {
                let pages = pages
                    .iter()
                    .map(|page| article_at(&page.to_string(), "", now).address);
                let pages: Vec<String> = pages.collect();
                let names: Vec<&str> = pages.iter().map(String::as_str).collect();
                listed(
                    &store,
                    &format!("list-{source}-{}", self.n_lists),
                    &names,
                    &now.to_rfc3339(),
                )
                .await;
                self.listed.extend(pages);
                self.n_lists += 1;
            }
            Step::Tag {
                run,
                said: which,
                n,
            } => self.tag(run, which, n).await,
            Step::Assign { version, day } => {
                let day = (day > 0).then(|| format!("2024-07-1{}", 5 + day));
                for exchange in ["XNYS", "XASX"] {
                    let version = format!("v{version}");
                    let (pending, _) = store
                        .unassigned(&Mic::new(exchange).unwrap(), &version)
                        .await
                        .unwrap();
                    let sessions = pending
                        .iter()
                        .map(|(key, _)| (*key, assigned(exchange, &version, day.as_deref())));
                    let sessions: Vec<_> = sessions.collect();
                    store.record_assignments(&sessions, now).await.unwrap();
                }
            }
            Step::Price { close } => {
                let closes = BTreeMap::from([("2024-07-16".parse().unwrap(), f64::from(close))]);
                store
                    .record_prices(&index, &closes, "a.csv", now)
                    .await
                    .unwrap();
                self.close = Some(f64::from(close));
            }
            Step::Promote { run } => {
                store.promote(self.runs[run].0, now).await.unwrap();
                self.promoted = Some(run);
            }
        }
    }

    async fn tag(&self, run: usize, which: u8, n: usize) {
        let run = self.runs[run].0;
        let revisions = self.store.untagged(run, 0, 100).await.unwrap();
        let (tags, later) = (
            said(which),
            said(which)
                .themes
                .into_iter()
                .map(|tag| tag.theme)
                .collect(),
        );
        let none = BTreeSet::new();
        let tagged = revisions
            .iter()
            .take(n)
            .enumerate()
            .map(|(place, revision)| TaggedRevision {
                revision_key: revision.revision_key,
                tags: &tags,
                retrospective: if place == 1 { &later } else { &none },
            });
        let tagged: Vec<_> = tagged.collect();
        self.store
            .record_tags(run, &tagged, self.now)
            .await
            .unwrap();
    }

    async fn known_at(&self, instant: DateTime<Utc>) -> Known {
        let as_of = live(instant);
        let mut cells = Vec::new();
        for (key, id) in &self.runs {
            cells.push(checked(&self.store, (*key, id), instant).await);
        }
        let (outcomes, n_not_asked) = self.store.without_article(as_of).await.unwrap();
        let promoted = self.store.promoted_run(as_of).await.unwrap();
        Known {
            cells,
            outcomes,
            n_not_asked,
            prices: self
                .store
                .prices(&IndexId::new("RUT").unwrap(), as_of)
                .await
                .unwrap(),
            promoted: promoted.map(|(_, id)| id),
        }
    }

    /// What is known now is what was recorded, and what was known at every earlier instant is what it was then.
    async fn check(&mut self) {
        let problems = self.store.roll_up_problems().await.unwrap();
        assert_eq!(problems, Vec::<String>::new());
        let midnight = self
            .now
            .date_naive()
            .and_time(chrono::NaiveTime::MIN)
            .and_utc();
        let earlier = [self.now, midnight].map(|instant| instant - TimeDelta::microseconds(1));
        for instant in earlier {
            let known = self.known_at(instant).await;
            self.known.entry(instant).or_insert(known);
        }
        let known = self.known_at(self.now).await;
        self.is_as_recorded(&known);
        self.known.insert(self.now, known);
        for (instant, known) in self.known.range(..self.now) {
            assert_eq!(self.known_at(*instant).await, *known, "as of {instant}");
        }
    }

    fn is_as_recorded(&self, known: &Known) {
        let was_ok = |page: &str| {
            self.outcomes
                .iter()
                .any(|(of, outcome)| of == page && outcome == "ok")
        };
        let last: BTreeMap<_, _> = self
            .outcomes
            .iter()
            .map(|(page, outcome)| (page, outcome))
            .collect();
        let mut outcomes = BTreeMap::new();
        for (page, outcome) in &last {
            if !was_ok(page) {
                *outcomes.entry((*outcome).clone()).or_default() += 1;
            }
        }
        assert_eq!(known.outcomes, outcomes);
        let waiting = self.listed.iter().filter(|page| !last.contains_key(page));
        assert_eq!(known.n_not_asked, i64::try_from(waiting.count()).unwrap());
        assert_eq!(known.prices.values().next().copied(), self.close);
        let promoted = self.promoted.map(|run| self.runs[run].1.clone());
        assert_eq!(known.promoted, promoted);
    }
}

/// Two articles that both runs have tagged.
fn begin() -> Vec<(TimeDelta, Step)> {
    let fetch = |page| Step::Fetch {
        page,
        text: 0,
        minutes: 0,
    };
    let tag = |run| Step::Tag { run, said: 0, n: 2 };
    let steps = [fetch(0), fetch(1), tag(0), tag(1)];
    steps.map(|step| (TimeDelta::hours(1), step)).into()
}

pub(crate) async fn what_was_known_at_an_instant_never_changes(url: String) {
    let mut steps = begin();
    steps.extend({
        let mut runner = TestRunner::deterministic();
        let steps = vec((wait(), step()), 8..9).new_tree(&mut runner);
        steps.unwrap().current()
    });
    let played = Play::begin(open(&url).await).await.all(steps).await;
    let cells = played.known.values().flat_map(|known| &known.cells);
    assert!(cells.flatten().next().is_some(), "nothing was added up");
}

#[test]
fn what_was_known_at_an_instant_never_changes_whatever_is_recorded() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.unwrap();
    let config = Config {
        cases: 48,
        failure_persistence: None,
        ..Config::default()
    };
    let steps = vec((wait(), step()), 1..14);
    let played = TestRunner::new(config).run(&steps, |steps| {
        runtime.block_on(async {
            let store = Store::in_memory().await.unwrap();
            Play::begin(store).await.all(steps).await;
        });
        Ok(())
    });
    played.unwrap();
}
