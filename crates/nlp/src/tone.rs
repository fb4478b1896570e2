//! From the sentiments of sentences to the tone of a document, and of what it mentions.

use std::collections::{BTreeMap, BTreeSet};

use newsprint_domain::sentence::Span;
use newsprint_domain::sentiment::{ONE, Sentiment, Tone};
use newsprint_domain::tags::{Evidence, TaggedSentence};

use crate::evidence::{Mention, Outline};
use crate::sentiment::Query;
use crate::tagger::Document;

/// Each sentence that names what is mentioned, by its place, asked toward the first of its names.
pub(crate) fn toward<'a>(
    document: &Document<'a>,
    outline: &Outline,
    mentions: &[Mention],
) -> BTreeMap<usize, Query<'a>> {
    let mut queries = BTreeMap::new();
    for mention in mentions.iter().filter(|mention| mention.is_named) {
        let sentence = &outline.sentences[mention.place];
        queries.entry(mention.place).or_insert_with(|| Query {
            text: document.text_of(sentence),
            target: Some(Span {
                start: mention.span.start - sentence.span.start,
                end: mention.span.end - sentence.span.start,
            }),
        });
    }
    queries
}

/// The tone of what is mentioned, and the mentions as evidence; `scores` are those of [`toward`], or `None` where sentences
/// are taken as such.
pub(crate) fn reading(
    outline: &Outline,
    sentences: &[TaggedSentence],
    mentions: Vec<Mention>,
    scores: Option<&mut impl Iterator<Item = Sentiment>>,
) -> (Option<Tone>, Vec<Evidence>) {
    let toward: BTreeMap<usize, Sentiment> = scores.map_or_else(BTreeMap::new, |scores| {
        let named = mentions.iter().filter(|mention| mention.is_named);
        let places: BTreeSet<usize> = named.map(|mention| mention.place).collect();
        places.into_iter().zip(scores).collect()
    });
    let in_sentence = |place: usize| toward.get(&place).copied();
    let tone = outline.tone_of(&mentions, |place| {
        let sentiment = in_sentence(place).unwrap_or(sentences[place].sentiment);
        sentiment.tone()
    });
    let evidence = mentions.into_iter().map(|mention| Evidence {
        sentiment: in_sentence(mention.place),
        part: mention.part,
        span: mention.span,
        rule: mention.rule,
        stance: mention.stance,
    });
    (tone, evidence.collect())
}

/// Mean tone of all sentences, each weighted by where it stands × (1 + its mentions of themes and indices). `None` where
/// nothing relevant is said: no theme, no index, and no sentence that is more likely than not to be positive or negative.
pub(crate) fn document_tone<'a>(
    outline: &Outline,
    sentences: &[TaggedSentence],
    mentions: impl Iterator<Item = &'a Vec<Mention>>,
) -> Option<Tone> {
    let mut n_mentions = vec![0_i64; sentences.len()];
    for mention in mentions.flatten() {
        n_mentions[mention.place] += 1;
    }
    let takes_sides = |tagged: &TaggedSentence| tagged.sentiment.neutral() < ONE / 2;
    if n_mentions.iter().all(|n| *n == 0) && !sentences.iter().any(takes_sides) {
        return None;
    }
    let weighted = sentences.iter().enumerate().map(|(place, tagged)| {
        let weight = outline.weight(place) * (1 + n_mentions[place]);
        (tagged.sentiment.tone(), weight)
    });
    Tone::weighted_mean(weighted)
}
