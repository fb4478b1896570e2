//! The sentences that an article's tone of a theme, or toward an index, rests on.

use std::collections::BTreeSet;

use newsprint_domain::sentence::{Part, Sentence};
use newsprint_domain::sentiment::{ONE, Sentiment, Tone};
use newsprint_nlp::evidence::weights;
use newsprint_store::{ANY_THEME, CellPart, EvidenceRow, Particulars};

use super::tone::Subject;
use crate::highlight::part_of;
use crate::table::printable;

/// Sentences in reading order.
pub(super) struct Sentences<'a> {
    pub(super) sentences: Vec<Carried<'a>>,
    /// Whether their weighted mean is the article's tone, to the millionth.
    pub(super) adds_up: bool,
}

/// A sentence that carries the theme, or names the index.
pub(super) struct Carried<'a> {
    pub(super) sentence: &'a Sentence,
    /// How it was read: toward the words it was found by, or as such.
    pub(super) sentiment: Sentiment,
    /// Whether toward the words.
    pub(super) is_toward: bool,
    /// How often it counts in the article's tone: what a sentence of its place counts, once for each mention. `None` where that is not known.
    pub(super) weight: Option<i64>,
    /// What was found in it: words, rule and stance.
    pub(super) found: Vec<Found>,
}

/// Words that a tag rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    /// `None` where it is the whole sentence.
    pub(super) words: Option<String>,
    pub(super) rule: String,
    pub(super) stance: Option<i8>,
}

/// The sentences that hold evidence of the cell's theme; of [`ANY_THEME`] those that name its index.
pub(super) fn carried<'a>(
    subject: Subject<'_>,
    part: &CellPart,
    read: &'a Particulars,
) -> Sentences<'a> {
    let (is_index, id) = match subject.theme {
        ANY_THEME => (true, subject.index.id.as_str()),
        theme => (false, theme),
    };
    let evidence = read.view.evidence.iter();
    let evidence: Vec<&EvidenceRow> = evidence
        .filter(|row| row.is_index == is_index && row.id == id)
        .collect();
    let all: Vec<Sentence> = read.view.sentences.iter().map(|(one, _)| *one).collect();
    let mut sentences = Vec::new();
    for ((sentence, as_such), weight) in read.view.sentences.iter().zip(weights(&all)) {
        let held = evidence.iter().copied();
        let held: Vec<&EvidenceRow> = held
            .filter(|row| sentence.holds(row.part, row.span))
            .collect();
        if held.is_empty() {
            continue;
        }
        let toward = held.iter().find_map(|row| row.sentiment);
        let n_mentions = i64::try_from(held.len()).unwrap_or(i64::MAX);
        sentences.push(Carried {
            sentence,
            sentiment: toward.unwrap_or(*as_such),
            is_toward: toward.is_some(),
            weight: Some(weight * n_mentions),
            found: found(read, sentence, &held),
        });
    }
    let weighed = sentences.iter();
    let weighed = weighed.map(|one| (one.sentiment.tone(), one.weight.unwrap_or_default()));
    let mean = Tone::weighted_mean(weighed).map(|tone| i64::from(tone.millionths()));
    let adds_up = mean == Some(part.sums.articles.sum);
    if !adds_up {
        sentences.iter_mut().for_each(|one| one.weight = None);
    }
    Sentences { sentences, adds_up }
}

/// What was found, each once, in reading order.
fn found(read: &Particulars, sentence: &Sentence, held: &[&EvidenceRow]) -> Vec<Found> {
    let mut told = BTreeSet::new();
    let found = held.iter().map(|row| Found {
        words: (row.span != sentence.span)
            .then(|| row.span.of(part_of(&read.view, row.part)).to_owned()),
        rule: row.rule.clone(),
        stance: row.stance,
    });
    found.filter(|one| told.insert(one.clone())).collect()
}

impl Carried<'_> {
    /// Probabilities, what was found by which rule, and how often it counts.
    pub(super) fn told(&self) -> String {
        let share = |millionths: i32| f64::from(millionths) / f64::from(ONE);
        let read = self.sentiment;
        let toward = if self.is_toward { "toward" } else { "as such;" };
        let found: Vec<String> = self.found.iter().map(Found::told).collect();
        let title = match self.sentence.part {
            Part::Title => "; in the title",
            Part::Body => "",
        };
        let weight = match self.weight {
            Some(1) => "; counts once".into(),
            Some(weight) => format!("; counts {weight} times"),
            None => String::new(),
        };
        format!(
            "p− {:.3}, p0 {:.3}, p+ {:.3} {toward} {}{title}{weight}",
            share(read.negative()),
            share(read.neutral()),
            share(read.positive()),
            found.join(", ")
        )
    }
}

impl Found {
    /// "“rate cuts” ↑ by the rule “rate cut*”".
    fn told(&self) -> String {
        let stance = match self.stance {
            Some(1) => " ↑",
            Some(-1) => " ↓",
            _ => "",
        };
        let rule = printable(&self.rule);
        match &self.words {
            Some(words) => format!("“{}”{stance} by “{rule}”", printable(words)),
            None => format!("the whole sentence{stance}, {rule}"),
        }
    }
}
