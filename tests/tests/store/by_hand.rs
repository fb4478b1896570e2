//! What articles are tagged with, and the sums of it read from the articles themselves.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use newsprint_domain::article::Article;
use newsprint_domain::identifier::{IndexId, Mic, ThemeId};
use newsprint_domain::sentence::{Part, Sentence, Span};
use newsprint_domain::sentiment::{Sentiment, Tone};
use newsprint_domain::tags::{
    ArticleTags, Entity, EntityKind, Evidence, IndexTag, TaggedSentence, ThemeTag,
};
use newsprint_domain::theme::Stance;
use newsprint_store::{
    ANY_THEME, AsOf, Asked, CellRow, CellSums, Closed, Pair, RunKey, SessionAssignment, Store,
    TaggedArticle, TaggedRevision,
};

use super::given::{article, at, record_with, run, session, tags_with};

/// A pair of each sort: by name alone, linked, and of two exchanges.
pub(crate) fn pairs() -> Vec<Pair> {
    let pair = |theme: &str, index: &str, is_linked| Pair {
        theme: theme.into(),
        index: IndexId::new(index).unwrap(),
        exchange: Mic::new(if index == "AXJO" { "XASX" } else { "XNYS" }).unwrap(),
        is_linked,
    };
    vec![
        pair(ANY_THEME, "RUT", false),
        pair(ANY_THEME, "AXJO", false),
        pair("small_caps", "RUT", true),
        pair("small_caps", "AXJO", false),
        pair("rate_cuts", "RUT", false),
    ]
}

fn tone(millionths: i32) -> Option<Tone> {
    Tone::from_millionths(millionths)
}

fn theme(id: &str, tone: Option<Tone>, stance: i32) -> ThemeTag {
    ThemeTag {
        theme: ThemeId::new(id).unwrap(),
        version: 1,
        salience: 500_000,
        tone,
        stance,
        effects: vec![],
        evidence: vec![],
    }
}

fn index(id: &str, tone: Option<Tone>) -> IndexTag {
    IndexTag {
        index: IndexId::new(id).unwrap(),
        tone,
        evidence: vec![],
    }
}

/// One of several things to say of an article.
pub(crate) fn said(which: u8) -> ArticleTags {
    let mut tags = tags_with(None, vec![]);
    match which % 6 {
        0 => {
            tags.themes = vec![theme("small_caps", tone(400_000), 1_000_000)];
            tags.indices = vec![index("RUT", tone(-200_000))];
        }
        1 => {
            tags.themes = vec![
                theme("small_caps", tone(-700_001), 0),
                theme("rate_cuts", tone(1_000_000), -1_000_000),
            ];
            tags.indices = vec![index("AXJO", tone(0)), index("RUT", None)];
        }
        2 => tags.themes = vec![theme("small_caps", None, 0)],
        3 => tags.language = Some("deu".into()),
        4 => tags.indices = vec![index("AXJO", tone(1))],
        _ => tags.themes = vec![theme("rate_cuts", tone(5), 3)],
    }
    tags
}

/// A row for every table of tags.
pub(crate) fn full_tags() -> ArticleTags {
    let span = Span { start: 4, end: 9 };
    let evidence = Evidence {
        part: Part::Body,
        span,
        rule: "index".into(),
        sentiment: None,
        stance: Some(Stance::Stronger),
    };
    let mut tags = said(0);
    tags.themes[0].effects = vec![(IndexId::new("RUT").unwrap(), tone(300_000).unwrap())];
    tags.themes[0].evidence = vec![evidence.clone()];
    tags.indices[0].evidence = vec![evidence];
    tags.entities = vec![Entity {
        kind: EntityKind::Company,
        part: Part::Body,
        span,
    }];
    tags.sentences = vec![TaggedSentence {
        sentence: Sentence {
            part: Part::Body,
            span: Span { start: 0, end: 15 },
        },
        sentiment: Sentiment::from_probabilities(0.0, 0.5, 0.5).unwrap(),
    }];
    tags
}

/// Reads the same from the articles themselves: they speak, by each theme, of the indices that they name and of those that it is linked to.
fn by_hand(articles: &[TaggedArticle]) -> Vec<CellRow> {
    let mut cells: BTreeMap<_, CellSums> = BTreeMap::new();
    for article in articles {
        for pair in pairs() {
            let named = article.indices.get(&pair.index);
            let said = article.themes.get(&ThemeId::new(&pair.theme).unwrap());
            let (tone, stance, retrospective) = match said {
                Some(said) if named.is_some() || pair.is_linked => {
                    (said.tone, said.stance, said.retrospective)
                }
                None if pair.theme == ANY_THEME => (named.copied().flatten(), None, false),
                _ => continue,
            };
            let session = article.sessions.get(&pair.exchange);
            let (Some(tone), Some(session)) = (tone, session) else {
                continue;
            };
            let key = (
                session.reaction_session,
                pair.theme,
                pair.index,
                retrospective,
            );
            let sums = cells.entry(key).or_default();
            sums.articles.add(tone);
            sums.stories.add(tone);
            sums.n_reconstructed += i64::from(article.reconstructed);
            if let Some(stance) = stance.and_then(Tone::from_millionths) {
                // Of stances only these two are kept.
                sums.stances.n_tones += 1;
                sums.stances.sum += i64::from(stance.millionths());
            }
        }
    }
    let cells = cells.into_iter();
    let rows = cells.map(|((session, theme, index, retrospective), sums)| CellRow {
        theme,
        index,
        session,
        retrospective,
        sums,
    });
    rows.collect()
}

/// Whether an article speaks of an index and has no session on its exchange.
fn is_unassigned(article: &TaggedArticle) -> bool {
    let speaks = |pair: &Pair| {
        let named = article.indices.get(&pair.index);
        let said = article.themes.get(&ThemeId::new(&pair.theme).unwrap());
        let of_theme = said.is_some_and(|said| said.tone.is_some());
        let by_name = pair.theme == ANY_THEME && named.is_some_and(Option::is_some);
        by_name || of_theme && (named.is_some() || pair.is_linked)
    };
    let mut spoken = pairs().into_iter().filter(speaks);
    spoken.any(|pair| !article.sessions.contains_key(&pair.exchange))
}

pub(crate) fn live(instant: DateTime<Utc>) -> AsOf {
    AsOf {
        instant,
        reconstructed: false,
    }
}

/// The cells of a run, which are held against its articles, and so are the counts that stand beside them.
pub(crate) async fn checked(
    store: &Store,
    run: (RunKey, &str),
    instant: DateTime<Utc>,
) -> Vec<CellRow> {
    let as_of = live(instant);
    let (asked, closed) = (Asked::default(), Closed::new());
    let cells = store.cells(run.0, as_of, &asked, &closed).await.unwrap();
    let articles = store.tagged_articles(run.0, as_of).await.unwrap();
    assert_eq!(cells, by_hand(&articles), "as of {instant}");
    let count = |is_counted: &dyn Fn(&TaggedArticle) -> bool| {
        i64::try_from(
            articles
                .iter()
                .filter(|article| is_counted(article))
                .count(),
        )
        .unwrap()
    };
    let counted = [
        ("articles", count(&|_| true)),
        ("foreign", count(&|article| article.language.is_some())),
        ("unassigned", count(&is_unassigned)),
    ];
    let counted = counted.into_iter().filter(|(_, n)| *n != 0);
    let counted: BTreeMap<String, i64> = counted.map(|(name, n)| (name.into(), n)).collect();
    assert_eq!(
        store.tallies(run.1, as_of).await.unwrap(),
        counted,
        "as of {instant}"
    );
    cells
}

pub(crate) fn article_at(address: &str, text: &str, seen: DateTime<Utc>) -> Article {
    Article {
        address: format!("https://harbourledger.example/{address}"),
        first_seen: seen,
        ..article(text, "2024-07-17T09:00:00Z")
    }
}

/// What an exchange's calendar says; `None` where it does not reach.
pub(crate) fn assigned(exchange: &str, version: &str, date: Option<&str>) -> SessionAssignment {
    let of_date = session(date.unwrap_or("2024-07-17"), version);
    SessionAssignment {
        exchange: Mic::new(exchange).unwrap(),
        alignment: of_date.alignment.filter(|_| date.is_some()),
        ..of_date
    }
}

/// Records an article in one session of New York, and of Sydney none.
pub(crate) async fn record_in(store: &Store, name: &str, date: &str, now: &str) {
    let article = article_at(name, "The index rose.", at(now));
    let assignments = [
        assigned("XNYS", "v1", Some(date)),
        assigned("XASX", "v1", None),
    ];
    record_with(store, &article, &assignments, at(now)).await;
}

/// Tags all that the run has not tagged, the first alike `said(from)` and each further one as the next.
pub(crate) async fn tag_from(store: &Store, model: &str, from: u8, now: &str) -> RunKey {
    let key = store
        .begin_run(&run(model), &pairs(), at(now))
        .await
        .unwrap();
    let none = BTreeSet::new();
    for (which, revision) in (from..).zip(store.untagged(key, 0, 100).await.unwrap()) {
        let tagged = TaggedRevision {
            revision_key: revision.revision_key,
            tags: &said(which),
            retrospective: &none,
        };
        store.record_tags(key, &[tagged], at(now)).await.unwrap();
    }
    key
}
