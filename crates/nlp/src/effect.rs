//! What a theme's sentences say of the indices that it is linked to.

use newsprint_domain::identifier::IndexId;
use newsprint_domain::index::SeriesKind;
use newsprint_domain::sentiment::Tone;
use newsprint_domain::tags::{Evidence, IndexTag, TaggedSentence, ThemeTag};

use crate::evidence::Outline;

/// Tone of the sentences that carry `theme` toward an index, each weighted by where it stands: toward the index where they name
/// it, else, of an index of prices, as such. Good news as such says nothing of a yield or of volatility, so that these need to be named.
pub(crate) fn effect(
    outline: &Outline,
    sentences: &[TaggedSentence],
    theme: &ThemeTag,
    (index, kind): (&IndexId, SeriesKind),
    indices: &[IndexTag],
) -> Option<Tone> {
    let named = indices.iter().find(|tag| tag.index == *index);
    let mut places: Vec<usize> = theme
        .evidence
        .iter()
        .filter_map(|found| outline.holding(found))
        .collect();
    places.dedup();
    let tones = places.into_iter().filter_map(|place| {
        let toward = named.and_then(|tag| {
            let in_sentence = |found: &&Evidence| outline.holding(found) == Some(place);
            tag.evidence.iter().find(in_sentence)?.sentiment
        });
        let tone = match toward {
            Some(sentiment) => sentiment.tone(),
            None if kind == SeriesKind::Price => sentences[place].sentiment.tone(),
            None => return None,
        };
        Some((tone, outline.weight(place)))
    });
    Tone::weighted_mean(tones)
}
