//! From phrases found in a document to what they say of it: by whom, with which tone, and how much of the article.

use std::collections::BTreeSet;

use newsprint_domain::sentence::{Part, Span};
use newsprint_domain::sentiment::{ONE, Tone};
use newsprint_domain::tags::{Evidence, TaggedSentence};

use crate::phrases::Match;
use crate::tagger::Document;

/// How many sentences at the start of a body count as its lead.
const LEAD_SENTENCES: usize = 2;

/// Matches of both parts, title first, each by owner; one that is in no sentence is left out.
pub(crate) fn evidence<'a>(
    document: &Document<'_>,
    sentences: &[TaggedSentence],
    find: impl Fn(&str) -> Vec<Match<'a>>,
) -> Vec<(usize, Evidence)> {
    let mut found = Vec::new();
    for part in [Part::Title, Part::Body] {
        for hit in find(document.part(part)) {
            if holding(sentences, part, hit.span).is_some() {
                let rule = hit.phrase.into();
                let span = hit.span;
                found.push((hit.owner, Evidence { part, span, rule }));
            }
        }
    }
    found
}

/// Evidence gathered by owner, in the order of the definitions.
pub(crate) fn by_owner<T>(
    found: Vec<(usize, Evidence)>,
    definitions: &[T],
) -> impl Iterator<Item = (&T, Vec<Evidence>)> {
    let mut gathered: Vec<Vec<Evidence>> = definitions.iter().map(|_| Vec::new()).collect();
    for (owner, evidence) in found {
        gathered[owner].push(evidence);
    }
    definitions
        .iter()
        .zip(gathered)
        .filter(|(_, evidence)| !evidence.is_empty())
}

/// Mean tone of the sentences that hold any of the evidence; `None` where none does.
pub(crate) fn tone_of<'a>(
    sentences: &[TaggedSentence],
    evidence: impl IntoIterator<Item = &'a Evidence>,
) -> Option<Tone> {
    Tone::mean(
        carrying(sentences, evidence)
            .into_iter()
            .map(|place| sentences[place].sentiment.tone()),
    )
}

/// How much of the article a theme is, in millionths: .4 for being in the title, .3 for being in the lead (the first two
/// sentences of the body), and .3 × the share of sentences that carry it, counted in full from a fifth on.
pub(crate) fn salience(sentences: &[TaggedSentence], evidence: &[Evidence]) -> i32 {
    let carrying = carrying(sentences, evidence);
    let lead = sentences.partition_point(|tagged| tagged.sentence.part == Part::Title);
    let in_title = carrying.iter().any(|place| *place < lead);
    let in_lead = carrying
        .iter()
        .any(|place| (lead..lead + LEAD_SENTENCES).contains(place));
    let n_carrying = i64::try_from(carrying.len()).unwrap_or(i64::MAX);
    let n_sentences = i64::try_from(sentences.len().max(1)).unwrap_or(i64::MAX);
    let share = (n_carrying * 5 * i64::from(ONE) / n_sentences).min(i64::from(ONE));
    let share = i32::try_from(share).unwrap_or(ONE);
    i32::from(in_title) * (ONE / 10 * 4) + i32::from(in_lead) * (ONE / 10 * 3) + share / 10 * 3
}

/// Places of the sentences that hold any of the evidence.
fn carrying<'a>(
    sentences: &[TaggedSentence],
    evidence: impl IntoIterator<Item = &'a Evidence>,
) -> BTreeSet<usize> {
    let places = evidence
        .into_iter()
        .map(|found| holding(sentences, found.part, found.span));
    places.flatten().collect()
}

/// The place of the sentence that holds `span` whole; sentences are in reading order, the title's first.
fn holding(sentences: &[TaggedSentence], part: Part, span: Span) -> Option<usize> {
    let is_before = |tagged: &TaggedSentence| {
        (tagged.sentence.part, tagged.sentence.span.start) <= (part, span.start)
    };
    let place = sentences.partition_point(is_before).checked_sub(1)?;
    sentences[place].sentence.holds(part, span).then_some(place)
}
