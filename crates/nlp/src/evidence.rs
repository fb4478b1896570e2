//! From phrases found in a document to what they say of it: by whom, with which tone, and how much of the article.

use newsprint_domain::sentence::Part;
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
            if sentences
                .iter()
                .any(|tagged| tagged.sentence.holds(part, hit.span))
            {
                found.push((
                    hit.owner,
                    Evidence {
                        part,
                        span: hit.span,
                        rule: hit.phrase.into(),
                    },
                ));
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
    evidence: impl IntoIterator<Item = &'a Evidence> + Clone,
) -> Option<Tone> {
    let carries = |tagged: &&TaggedSentence| {
        evidence
            .clone()
            .into_iter()
            .any(|evidence| tagged.sentence.holds(evidence.part, evidence.span))
    };
    Tone::mean(
        sentences
            .iter()
            .filter(carries)
            .map(|tagged| tagged.sentiment.tone()),
    )
}

/// How much of the article a theme is, in millionths: .4 for being in the title, .3 for being in the lead (the first two
/// sentences of the body), and .3 × the share of sentences that carry it, counted in full from a fifth on.
pub(crate) fn salience(sentences: &[TaggedSentence], evidence: &[Evidence]) -> i32 {
    let carries = |tagged: &TaggedSentence| {
        evidence
            .iter()
            .any(|found| tagged.sentence.holds(found.part, found.span))
    };
    let in_title = evidence.iter().any(|found| found.part == Part::Title);
    let body = sentences
        .iter()
        .filter(|tagged| tagged.sentence.part == Part::Body);
    let in_lead = body.take(LEAD_SENTENCES).any(carries);
    let n_carrying = i32::try_from(sentences.iter().filter(|tagged| carries(tagged)).count())
        .unwrap_or(i32::MAX);
    let n_sentences = i32::try_from(sentences.len().max(1)).unwrap_or(i32::MAX);
    let share =
        (i64::from(n_carrying) * 5 * i64::from(ONE) / i64::from(n_sentences)).min(i64::from(ONE));
    let share = i32::try_from(share).unwrap_or(ONE);
    i32::from(in_title) * (ONE / 10 * 4) + i32::from(in_lead) * (ONE / 10 * 3) + share / 10 * 3
}
