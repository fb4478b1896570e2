//! What a document's tags are, with the word lists as model.

use newsprint_domain::identifier::{IndexId, Mic, ThemeId};
use newsprint_domain::index::{IndexDefinition, SeriesKind};
use newsprint_domain::sentiment::ONE;
use newsprint_domain::theme::{
    Codes, Example, Phrases, Stance, StanceWords, ThemeDefinition, ThemeKind,
};

use super::*;
use crate::learned::{LearnedTheme, TaughtTheme};
use crate::lexicon::LexiconModel;

fn theme(id: &str, phrase: &str) -> ThemeDefinition {
    let example = |text: &str, hit| Example {
        text: text.into(),
        hit,
        stance: None,
    };
    ThemeDefinition {
        id: ThemeId::new(id).unwrap(),
        version: 1,
        label: phrase.into(),
        kind: ThemeKind::Driver,
        defined_at: "2024-01-01".parse().unwrap(),
        valid_from: None,
        parents: vec![],
        codes: Codes::default(),
        stance: StanceWords {
            bare: Stance::Neither,
            stronger: vec![],
            weaker: vec![],
        },
        description: phrase.into(),
        indices: vec![],
        phrases: Phrases {
            any: vec![phrase.into()],
            ..Phrases::default()
        },
        examples: vec![example(phrase, true), example("nothing", false)],
    }
}

fn russell() -> IndexDefinition {
    IndexDefinition {
        id: IndexId::new("RUT").unwrap(),
        name: "Russell 2000".into(),
        exchange: Some(Mic::new("XNYS").unwrap()),
        kind: SeriesKind::Price,
        currency: None,
        opens: false,
        reference: None,
        series: vec![],
        aliases: vec!["Russell 2000".into()],
        cased: vec![],
        moving: vec![],
        again: vec![],
        namesakes: vec![],
        none: vec![],
    }
}

fn tagger() -> Tagger {
    let themes = ThemeSet::new(vec![
        theme("small_caps", "small cap"),
        theme("megacap_tech", "megacap technology"),
    ]);
    Tagger::new(
        Box::new(LexiconModel),
        themes.unwrap(),
        IndexSet::new(vec![russell()]).unwrap(),
    )
}

const TITLE: &str = "Small caps soar";
const TEXT: &str =
    "The Russell 2000 soared as small caps gained. Megacap technology slumped. It was Tuesday.";

#[test]
fn good_of_one_theme_and_bad_of_another_stay_apart() {
    let document = Document {
        title: TITLE,
        text: TEXT,
    };
    let tags = tagger().tag(&[document]).unwrap().remove(0);
    let tone = |id: &str| {
        tags.themes
            .iter()
            .find(|tag| tag.theme.as_str() == id)
            .unwrap()
            .tone
            .unwrap()
            .value()
    };
    assert!(tone("small_caps") > 0.0 && tone("megacap_tech") < 0.0);
    assert_eq!(tags.sentences.len(), 4);
    let russell = &tags.indices[0];
    assert_eq!(russell.evidence[0].span.of(TEXT), "Russell 2000");
    assert!(russell.tone.unwrap().value() > 0.0);
}

#[test]
fn salience_rises_from_a_mention_to_the_title() {
    let document = Document {
        title: TITLE,
        text: TEXT,
    };
    let tags = tagger().tag(&[document]).unwrap().remove(0);
    let salience = |id: &str| {
        tags.themes
            .iter()
            .find(|tag| tag.theme.as_str() == id)
            .unwrap()
            .salience
    };
    assert_eq!(
        salience("small_caps"),
        ONE,
        "in title, lead and half of the sentences"
    );
    assert_eq!(
        salience("megacap_tech"),
        600_000,
        "in the lead and a quarter of the sentences"
    );
}

#[test]
fn a_target_is_an_index_a_theme_or_words_and_null_where_nothing_names_it() {
    let document = Document {
        title: TITLE,
        text: TEXT,
    };
    let tagger = tagger();
    let tags = tagger.tag(&[document]).unwrap().remove(0);
    let tone = |target: &str| {
        tagger
            .target_tone(document, &tags, target)
            .unwrap()
            .map(Tone::value)
    };
    assert!(tone("RUT").unwrap() > 0.0);
    assert_eq!(tone("russell 2000"), tone("RUT"));
    assert!(tone("megacap_tech").unwrap() < 0.0);
    assert_eq!(tone("Tuesday"), Some(0.0));
    for unnamed in ["gold", "Amazon.com, Inc.", "rate_cuts", "", "…"] {
        assert_eq!(tone(unnamed), None, "{unnamed}");
    }
}

#[test]
fn a_document_that_says_nothing_relevant_has_no_tone() {
    let tone = |title, text| tagger().tag(&[Document { title, text }]).unwrap()[0].tone;
    assert_eq!(
        tone("Office hours", "The library opens at nine. Bring a card."),
        None
    );
    assert!(tone("Office hours", "The library soared and gained. It rallied.").is_some());
    let of_an_index = tone("", "The Russell 2000 was mentioned.");
    assert_eq!(
        of_an_index.map(Tone::value),
        Some(0.0),
        "relevant and neutral"
    );
}

#[test]
fn the_title_and_the_lead_count_for_more_than_the_rest() {
    let text = "It was Tuesday. It was dull. The Russell 2000 slumped.";
    let tone = |title| {
        let document = Document { title, text };
        tagger().tag(&[document]).unwrap()[0].indices[0]
            .tone
            .unwrap()
            .value()
    };
    // One word of gain scores +1/2, one of loss −1/2.
    assert_eq!(tone("Russell 2000 gained"), (3.0 * 0.5 - 0.5) / 4.0);
    assert_eq!(tone("Monday"), -0.5);
}

#[test]
fn an_empty_document_has_no_tone() {
    let tags = tagger()
        .tag(&[Document {
            title: "",
            text: " \n ",
        }])
        .unwrap()
        .remove(0);
    assert_eq!((tags.tone, tags.sentences.len()), (None, 0));
}

/// A model whose answer tells what it was asked: its tone is made of the words of the target, or of the whole sentence.
struct Echo;

fn echo(words: &str) -> Sentiment {
    let digest = words.bytes().fold(7_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    let positive = f64::from(digest % 1_000) / 1_000.0;
    Sentiment::from_probabilities(1.0 - positive, 0.0, positive).unwrap()
}

impl SentimentModel for Echo {
    fn score(&self, queries: &[Query<'_>]) -> Result<Vec<Sentiment>, NlpError> {
        let asked = queries.iter().map(|query| {
            let words = query.target.map_or("", |target| target.of(query.text));
            echo(&format!("{words}|{}", query.text))
        });
        Ok(asked.collect())
    }
}

#[test]
fn every_finding_has_the_answer_to_its_own_question() {
    let held = |id: &str, phrase: &str, kind| ThemeDefinition {
        kind,
        ..theme(id, phrase)
    };
    let themes = ThemeSet::new(vec![
        held("rate_cuts", "rate cut", ThemeKind::Driver),
        held("small_caps", "small cap", ThemeKind::Style),
        held("banks", "bank", ThemeKind::Sector),
    ]);
    let index = |id: &str, alias: &str| IndexDefinition {
        id: IndexId::new(id).unwrap(),
        name: alias.into(),
        aliases: vec![alias.into()],
        ..russell()
    };
    let indices = IndexSet::new(vec![index("RUT", "Russell 2000"), index("GSPC", "S&P 500")]);
    let tagger = Tagger::new(Box::new(Echo), themes.unwrap(), indices.unwrap());
    let documents = [
        Document {
            title: "Small caps beat the S&P 500",
            text: "Banks and small caps gained. The Russell 2000 rose, and small caps with it. The rate cut helped banks. \
                   The S&P 500 and the Russell 2000 closed.",
        },
        Document {
            title: "",
            text: "Small caps and banks. The Russell 2000.",
        },
    ];
    let tagged = tagger.tag(&documents).unwrap();
    let mut n_asked = 0;
    for (document, tags) in documents.iter().zip(&tagged) {
        for sentence in &tags.sentences {
            let text = document.text_of(&sentence.sentence);
            assert_eq!(sentence.sentiment, echo(&format!("|{text}")));
        }
        let themes = tags
            .themes
            .iter()
            .map(|tag| (tag.theme.as_str(), &tag.evidence));
        let indices = tags
            .indices
            .iter()
            .map(|tag| (tag.index.as_str(), &tag.evidence));
        for (id, evidence) in themes.chain(indices) {
            for found in evidence {
                let holds =
                    |tagged: &&TaggedSentence| tagged.sentence.holds(found.part, found.span);
                let sentence = tags.sentences.iter().find(holds).unwrap().sentence;
                let first = evidence
                    .iter()
                    .find(|other| sentence.holds(other.part, other.span))
                    .unwrap();
                let words = first.span.of(document.part(first.part));
                let expected = echo(&format!("{words}|{}", document.text_of(&sentence)));
                let expected = (id != "rate_cuts").then_some(expected);
                assert_eq!(found.sentiment, expected, "{id}: {words}");
                n_asked += 1;
            }
        }
    }
    assert_eq!(n_asked, 13);
}

/// A model that was taught two themes, and finds "rate_cuts" a tenth likely for each letter x of a sentence, and stronger.
struct Taught([TaughtTheme; 2]);

impl SentimentModel for Taught {
    fn score(&self, queries: &[Query<'_>]) -> Result<Vec<Sentiment>, NlpError> {
        Echo.score(queries)
    }

    fn taught(&self) -> &[TaughtTheme] {
        &self.0
    }

    fn read(&self, sentences: &[&str]) -> Result<Vec<SentenceReading>, NlpError> {
        let readings = sentences.iter().map(|sentence| SentenceReading {
            sentiment: echo(sentence),
            themes: [LearnedTheme {
                place: 1,
                probability: sentence.matches('x').count() as f32 / 10.0,
                stance: Stance::Stronger,
                sureness: 1.0,
            }]
            .into(),
        });
        Ok(readings.collect())
    }

    /// How often each letter stands in a sentence.
    fn sketches(&self, sentences: &[&str]) -> Option<Vec<Vec<f32>>> {
        let sketch = |sentence: &&str| -> Vec<f32> {
            let counts = ('a'..='z').map(|letter| sentence.matches(letter).count() as f32);
            let counts: Vec<f32> = counts.collect();
            let length = counts.iter().map(|count| count * count).sum::<f32>().sqrt();
            counts.iter().map(|count| count / length).collect()
        };
        Some(sentences.iter().map(sketch).collect())
    }
}

fn taught(id: &str) -> TaughtTheme {
    TaughtTheme {
        id: ThemeId::new(id).unwrap(),
        keeps: 0.2,
        finds: 0.6,
        decides: 0.6,
    }
}

#[test]
fn a_model_drops_a_phrase_that_means_something_else_and_finds_what_phrases_miss() {
    let mut rate_cuts = theme("rate_cuts", "rate cut");
    rate_cuts.examples.push(Example {
        text: "Money xxxxxx was cheaper.".into(),
        hit: true,
        stance: None,
    });
    let themes = [rate_cuts, theme("small_caps", "small cap")];
    let held = ThemeDefinition {
        kind: ThemeKind::Style,
        ..theme("unknown", "widget")
    };
    let themes = ThemeSet::new(themes.into_iter().chain([held]).collect());
    let model = Taught([taught("not_defined"), taught("rate_cuts")]);
    let tagger = Tagger::new(
        Box::new(model),
        themes.unwrap(),
        IndexSet::new(vec![]).unwrap(),
    );
    let text = "A rate cut of x sorts. A rate cut xx. Borrowing xxxxx. Cheaper xxxxxx money, widget. Small caps.";
    let document = Document { title: "", text };
    let tags = tagger.tag(&[document]).unwrap().remove(0);
    /// Words, rule and stance.
    type Found<'a> = (&'a str, &'a str, i8);
    let found: Vec<(&str, Vec<Found<'_>>)> = tags
        .themes
        .iter()
        .map(|tag| {
            let evidence = tag.evidence.iter().map(|found| {
                let stance = found.stance.unwrap().value();
                (found.span.of(text), found.rule.as_str(), stance)
            });
            (tag.theme.as_str(), evidence.collect())
        })
        .collect();
    let expected = [
        (
            "rate_cuts",
            vec![
                ("rate cut", "rate cut", 1),
                ("Cheaper xxxxxx money, widget.", "like example 3", 1),
            ],
        ),
        // The model was not taught these two: their phrases stand.
        ("small_caps", vec![("Small caps", "small cap", 0)]),
        ("unknown", vec![("widget", "widget", 0)]),
    ];
    assert_eq!(found, expected);
    let as_such = &tags.themes[0].evidence[1];
    assert_eq!(as_such.sentiment, None);
}

#[test]
fn examples_are_scored_and_failures_are_shown() {
    let mut definition = theme("rate_cuts", "rate cut");
    definition.examples.push(Example {
        text: "Easing is near.".into(),
        hit: true,
        stance: None,
    });
    let tagger = Tagger::new(
        Box::new(LexiconModel),
        ThemeSet::new(vec![definition]).unwrap(),
        IndexSet::new(vec![]).unwrap(),
    );
    let scores = tagger.score_examples().unwrap();
    assert_eq!(
        (scores[0].precision(), scores[0].recall()),
        (Some(1.0), Some(0.5))
    );
    assert_eq!(scores[0].false_negatives, ["Easing is near."]);
    assert!(!scores[0].is_clean());
}
