//! The tone of a document toward whatever is asked for.

use std::collections::BTreeMap;

use newsprint_domain::identifier::{IndexId, ThemeId};
use newsprint_domain::sentiment::{Sentiment, Tone};
use newsprint_domain::tags::ArticleTags;

use super::{Document, Tagger, plain, split_document};
use crate::error::NlpError;
use crate::evidence::Outline;
use crate::phrases::{Match, Reading, places_of};
use crate::tone::toward;
use crate::words::words;

impl Tagger {
    /// Tone of the document toward `target`: an index by id or alias, a theme by id or label, else the words as given. `None`
    /// where no sentence names it.
    pub fn target_tone(
        &self,
        document: Document<'_>,
        tags: &ArticleTags,
        target: &str,
    ) -> Result<Option<Tone>, NlpError> {
        if let Some(index) = self.index_named(target) {
            let tag = tags.indices.iter().find(|tag| tag.index == *index);
            return Ok(tag.and_then(|tag| tag.tone));
        }
        if let Some(theme) = self.theme_named(target) {
            let tag = tags.themes.iter().find(|tag| tag.theme == *theme);
            return Ok(tag.and_then(|tag| tag.tone));
        }
        let outline = Outline::new(split_document(&document));
        let readings = outline.readings(&document);
        let mentions = outline.mentions(&readings, |sentence| plain(named(target, sentence)));
        let mentions = mentions.into_values().next().unwrap_or_default();
        let queries = toward(&document, &outline, &mentions);
        let scores = self
            .model
            .score(&queries.values().copied().collect::<Vec<_>>())?;
        let scores: BTreeMap<usize, Sentiment> = queries.into_keys().zip(scores).collect();
        Ok(outline.tone_of(&mentions, |place| scores[&place].tone()))
    }

    fn index_named(&self, target: &str) -> Option<&IndexId> {
        let definitions = self.indices.definitions();
        if let Some(definition) = definitions
            .iter()
            .find(|definition| definition.id.as_str() == target)
        {
            return Some(&definition.id);
        }
        let named = self.indices.find(&Reading::of(target));
        let is_article = |start: usize| start == 0 || target[..start].eq_ignore_ascii_case("the ");
        let whole = named
            .iter()
            .find(|hit| is_article(hit.span.start) && hit.span.end == target.len())?;
        Some(&definitions[whole.owner].id)
    }

    fn theme_named(&self, target: &str) -> Option<&ThemeId> {
        let mut definitions = self.themes.definitions().iter();
        definitions
            .find(|theme| theme.id.as_str() == target || theme.label == target)
            .map(|theme| &theme.id)
    }
}

/// Where a sentence holds the words of `target`. They are compared one by one: a matcher would remember every target that was ever
/// asked for.
fn named<'a>(target: &'a str, sentence: &Reading<'_>) -> Vec<Match<'a>> {
    let spans = places_of(&words(target), &words(sentence.sentence())).into_iter();
    let found = spans.map(|span| Match {
        owner: 0,
        span,
        rule: target,
    });
    found.collect()
}
