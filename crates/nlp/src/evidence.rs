//! From phrases found in a document to what it says of them: where, in which tone, and how much of the article.

use std::collections::BTreeMap;

use newsprint_domain::sentence::{Part, Sentence, Span};
use newsprint_domain::sentiment::{ONE, Tone};
use newsprint_domain::tags::Evidence;
use newsprint_domain::theme::Stance;

use crate::phrases::{Match, Reading};
use crate::stance::Judged;
use crate::tagger::Document;

/// How many sentences at the start of a body count as its lead.
const LEAD_SENTENCES: usize = 2;
/// What a sentence of the title, the lead and the rest counts for in a tone.
const TITLE_WEIGHT: i64 = 3;
const LEAD_WEIGHT: i64 = 2;
const BODY_WEIGHT: i64 = 1;

/// Words that name a theme, an index or a target; or a sentence that is about a theme without naming it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    /// Which sentence they stand in.
    pub(crate) place: usize,
    pub(crate) part: Part,
    pub(crate) span: Span,
    /// Whether the words name it, so that the sentence can be read toward them.
    pub(crate) is_named: bool,
    /// The phrase that matched.
    pub(crate) rule: String,
    /// Whether it makes its theme stronger or weaker; `None` of an index.
    pub(crate) stance: Option<Stance>,
    /// Whether stance words of the theme's own file say so: a model overrules them only where it is sure.
    pub(crate) by_own_words: bool,
}

/// What each sentence of an article counts for in the tone of what it mentions, once for each mention.
///
/// 3 in the title, 2 in the lead (the first two of the body), else 1. `sentences` are all of them, in reading order, the title's first.
pub fn weights(sentences: &[Sentence]) -> Vec<i64> {
    let outline = Outline::new(sentences.to_vec());
    (0..sentences.len())
        .map(|place| outline.weight(place))
        .collect()
}

/// A phrase found in a sentence, with its stance where it is a theme's.
pub(crate) type Hit<'a> = (Match<'a>, Option<Judged>);

/// The sentences of a document in reading order, the title's first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outline {
    pub(crate) sentences: Vec<Sentence>,
    /// The first sentence of the body.
    lead: usize,
}

impl Outline {
    pub(crate) fn new(sentences: Vec<Sentence>) -> Self {
        let lead = sentences.partition_point(|sentence| sentence.part == Part::Title);
        Self { sentences, lead }
    }

    /// The words of each sentence.
    pub(crate) fn readings<'a>(&self, document: &Document<'a>) -> Vec<Reading<'a>> {
        let sentences = self.sentences.iter();
        sentences
            .map(|sentence| Reading::of(document.text_of(sentence)))
            .collect()
    }

    /// What `find` finds in each sentence, by owner.
    pub(crate) fn mentions<'a>(
        &self,
        readings: &[Reading<'_>],
        mut find: impl FnMut(&Reading<'_>) -> Vec<Hit<'a>>,
    ) -> BTreeMap<usize, Vec<Mention>> {
        let mut found: BTreeMap<usize, Vec<Mention>> = BTreeMap::new();
        for (place, (sentence, reading)) in self.sentences.iter().zip(readings).enumerate() {
            for (hit, judged) in find(reading) {
                found.entry(hit.owner).or_default().push(Mention {
                    place,
                    part: sentence.part,
                    span: Span {
                        start: sentence.span.start + hit.span.start,
                        end: sentence.span.start + hit.span.end,
                    },
                    is_named: true,
                    rule: hit.rule.into(),
                    stance: judged.map(|judged| judged.stance),
                    by_own_words: judged.is_some_and(|judged| judged.by_own_words),
                });
            }
        }
        found
    }

    /// What a sentence counts for by where it stands: 3 in the title, 2 in the lead (the first two of the body), else 1.
    pub(crate) fn weight(&self, place: usize) -> i64 {
        match place {
            place if place < self.lead => TITLE_WEIGHT,
            place if place < self.lead + LEAD_SENTENCES => LEAD_WEIGHT,
            _ => BODY_WEIGHT,
        }
    }

    /// Mean tone of the sentences that hold a mention, each weighted by where it stands and how many it holds; `None` where
    /// there is no mention.
    pub(crate) fn tone_of(
        &self,
        mentions: &[Mention],
        tone_in: impl Fn(usize) -> Tone,
    ) -> Option<Tone> {
        Tone::weighted_mean(
            mentions
                .iter()
                .map(|mention| (tone_in(mention.place), self.weight(mention.place))),
        )
    }

    /// How much of the article a theme is, in millionths: .4 for being in the title, .3 for being in the lead, and .3 × the
    /// share of sentences that carry it, counted in full from a fifth on.
    pub(crate) fn salience(&self, mentions: &[Mention]) -> i32 {
        let mut carrying: Vec<usize> = mentions.iter().map(|mention| mention.place).collect();
        carrying.dedup();
        let in_title = carrying.iter().any(|place| *place < self.lead);
        let in_lead = carrying
            .iter()
            .any(|place| (self.lead..self.lead + LEAD_SENTENCES).contains(place));
        let n_carrying = i64::try_from(carrying.len()).unwrap_or(i64::MAX);
        let n_sentences = i64::try_from(self.sentences.len().max(1)).unwrap_or(i64::MAX);
        let share = (n_carrying * 5 * i64::from(ONE) / n_sentences).min(i64::from(ONE));
        let share = i32::try_from(share).unwrap_or(ONE);
        i32::from(in_title) * (ONE / 10 * 4) + i32::from(in_lead) * (ONE / 10 * 3) + share / 10 * 3
    }

    /// The place of the sentence that holds `found`.
    pub(crate) fn holding(&self, found: &Evidence) -> Option<usize> {
        let is_before = |sentence: &Sentence| {
            (sentence.part, sentence.span.start) <= (found.part, found.span.start)
        };
        let place = self.sentences.partition_point(is_before).checked_sub(1)?;
        self.sentences[place]
            .holds(found.part, found.span)
            .then_some(place)
    }

    /// The mean stance of `mentions`, −1..1 in millionths, each weighted by where it stands.
    pub(crate) fn stance_of(&self, mentions: &[Mention]) -> i32 {
        let (mut sum, mut total) = (0, 0);
        for mention in mentions {
            let weight = self.weight(mention.place);
            sum += weight * mention.stance.map_or(0, |stance| i64::from(stance.value()));
            total += weight;
        }
        let mean = sum * i64::from(ONE) / total.max(1);
        i32::try_from(mean).unwrap_or(0)
    }
}
