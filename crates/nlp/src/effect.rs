//! What a theme's sentences say of the indices that it is linked to.

use std::collections::BTreeMap;

use newsprint_domain::identifier::IndexId;
use newsprint_domain::index::SeriesKind;
use newsprint_domain::sentiment::{Sentiment, Tone};
use newsprint_domain::tags::{IndexTag, TaggedSentence, ThemeTag};

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
    let named = indices.iter().filter(|tag| tag.index == *index);
    let mut toward: BTreeMap<usize, Sentiment> = BTreeMap::new();
    for found in named.flat_map(|tag| &tag.evidence) {
        if let (Some(place), Some(sentiment)) = (outline.holding(found), found.sentiment) {
            toward.entry(place).or_insert(sentiment);
        }
    }
    let mut places: Vec<usize> = theme
        .evidence
        .iter()
        .filter_map(|found| outline.holding(found))
        .collect();
    places.dedup();
    let tones = places.into_iter().filter_map(|place| {
        let tone = match toward.get(&place) {
            Some(sentiment) => sentiment.tone(),
            None if kind == SeriesKind::Price => sentences[place].sentiment.tone(),
            None => return None,
        };
        Some((tone, outline.weight(place)))
    });
    Tone::weighted_mean(tones)
}
