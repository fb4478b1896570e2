//! What a model has learned of themes.
//!
//! For each theme that it was taught a sentence is in one of four states: it does not carry the theme, or it carries it and makes
//! it weaker, neither, or stronger.

use std::collections::BTreeMap;

use newsprint_domain::identifier::ThemeId;
use newsprint_domain::theme::{Stance, ThemeDefinition};
use serde::Deserialize;

use crate::evidence::{Mention, Outline};
use crate::own_themes::{OwnTheme, own_themes};
use crate::sentiment::{SentenceReading, SentimentModel};

/// States of a theme: absent, weaker, neither, stronger.
pub(crate) const STATES: usize = 4;
/// Themes less likely than this are not worth keeping.
const FAINT: f32 = 1e-5;

/// A theme that a model was taught.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaughtTheme {
    /// Its id.
    pub id: ThemeId,
    /// A sentence in which a phrase of the theme stands carries it from this probability on.
    pub keeps: f32,
    /// Any sentence carries it from this probability on.
    pub finds: f32,
    /// Its stance is the model's, and not that of the file's own stance words, from this share of the three on.
    pub decides: f32,
}

/// A theme that a sentence may carry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LearnedTheme {
    /// Position among the themes that the model was taught.
    pub place: usize,
    /// Probability that the sentence carries it.
    pub probability: f32,
    /// What the sentence says of it, if it carries it.
    pub stance: Stance,
    /// Probability of that stance among the three, if it carries it.
    pub sureness: f32,
}

/// What a model has learned, beside the phrases of the themes' definitions.
#[derive(Debug)]
pub(crate) struct LearnedLayer {
    /// The taught themes, with the position of each among the definitions; `None` of one that is not defined.
    taught: Vec<(TaughtTheme, Option<usize>)>,
    /// Place among the taught ones of each defined theme.
    places: Vec<Option<usize>>,
    /// Defined themes that the model was not taught.
    own: Vec<OwnTheme>,
}

impl LearnedLayer {
    pub(crate) fn new(model: &dyn SentimentModel, definitions: &[ThemeDefinition]) -> Self {
        let taught = model.taught();
        let owner_of = |theme: &TaughtTheme| definitions.iter().position(|d| d.id == theme.id);
        let place_of = |definition: &ThemeDefinition| {
            taught.iter().position(|theme| theme.id == definition.id)
        };
        Self {
            places: definitions.iter().map(place_of).collect(),
            taught: taught
                .iter()
                .map(|theme| (theme.clone(), owner_of(theme)))
                .collect(),
            own: own_themes(model, definitions),
        }
    }

    /// Whether it needs to know what sentences are about.
    pub(crate) fn asks_for_meanings(&self) -> bool {
        !self.own.is_empty()
    }

    /// Drops mentions of `themes` (by position among the definitions) where the sentence is not about the theme after all, and adds
    /// the sentences that are about one without its phrases; `rule_for` names the evidence for a theme at a position and a sentence
    /// at a place. What a mention says of its theme is taken from the model,
    /// unless it is unsure and the file's own stance words decide.
    pub(crate) fn settle(
        &self,
        (outline, texts): (&Outline, &[&str]),
        (readings, meanings): (&[SentenceReading], &[Vec<f32>]),
        themes: &mut BTreeMap<usize, Vec<Mention>>,
        rule_for: impl Fn(usize, usize) -> String,
    ) {
        for (owner, mentions) in &mut *themes {
            if let Some(place) = self.places[*owner] {
                mentions.retain_mut(|mention| {
                    let is_kept = self.keeps(place, &readings[mention.place], mention);
                    is_kept || !is_readable(texts[mention.place])
                });
            }
        }
        let mut added: Vec<(usize, Mention)> = Vec::new();
        for (place, sentence) in outline.sentences.iter().enumerate() {
            let own = meanings.get(place).map(|about| self.own_in(about));
            for (owner, stance) in self
                .found_in(&readings[place])
                .chain(own.into_iter().flatten())
            {
                let by_phrase = themes.get(&owner).is_some_and(|mentions| {
                    let found = mentions.binary_search_by_key(&place, |mention| mention.place);
                    found.is_ok()
                });
                if !by_phrase {
                    let mention = Mention {
                        place,
                        part: sentence.part,
                        span: sentence.span,
                        is_named: false,
                        rule: rule_for(owner, place),
                        stance: Some(stance),
                        by_own_words: false,
                    };
                    added.push((owner, mention));
                }
            }
        }
        for (owner, mention) in added {
            themes.entry(owner).or_default().push(mention);
        }
        for mentions in themes.values_mut() {
            mentions.sort_by_key(|mention| mention.place);
        }
        themes.retain(|_, mentions| !mentions.is_empty());
    }

    /// Taught themes that a sentence carries whatever its words, by their position among the definitions.
    fn found_in(&self, reading: &SentenceReading) -> impl Iterator<Item = (usize, Stance)> {
        reading.themes.iter().filter_map(|learned| {
            let (taught, owner) = &self.taught[learned.place];
            let found = owner.filter(|_| learned.probability >= taught.finds);
            Some((found?, learned.stance))
        })
    }

    /// The same of themes that the model was not taught.
    fn own_in(&self, about: &[f32]) -> impl Iterator<Item = (usize, Stance)> {
        let own = self.own.iter().filter(|theme| theme.is_in(about));
        own.map(|theme| (theme.owner, theme.stance))
    }

    fn keeps(&self, place: usize, reading: &SentenceReading, mention: &mut Mention) -> bool {
        let learned = reading.themes.iter().find(|theme| theme.place == place);
        let taught = &self.taught[place].0;
        let kept = learned.filter(|theme| theme.probability >= taught.keeps);
        if let Some(theme) =
            kept.filter(|theme| !mention.by_own_words || theme.sureness >= taught.decides)
        {
            mention.stance = Some(theme.stance);
        }
        kept.is_some()
    }
}

/// Whether a model that knows Latin letters can read a sentence: a phrase that is written in look-alike letters is not dropped because
/// the model does not know them.
fn is_readable(sentence: &str) -> bool {
    let is_latin = |letter: char| letter.is_ascii() || ('\u{c0}'..='\u{24f}').contains(&letter);
    let mut letters = sentence.chars().filter(|c| c.is_alphabetic());
    letters.all(is_latin)
}

/// The themes that are not out of the question, by the logits of all states.
pub(crate) fn likely(logits: &[f32]) -> Vec<LearnedTheme> {
    let themes = logits.as_chunks::<STATES>().0.iter().enumerate();
    let likely = themes.map(|(place, logits)| state(place, *logits));
    likely.filter(|theme| theme.probability >= FAINT).collect()
}

/// What its four logits say of the theme at `place`.
fn state(place: usize, [absent, weaker, neither, stronger]: [f32; STATES]) -> LearnedTheme {
    let carried = [
        (weaker, Stance::Weaker),
        (neither, Stance::Neither),
        (stronger, Stance::Stronger),
    ];
    let (highest, stance) =
        carried
            .into_iter()
            .fold((f32::NEG_INFINITY, Stance::Neither), |best, next| {
                if next.0 > best.0 { next } else { best }
            });
    let shares: f32 = carried
        .iter()
        .map(|(logit, _)| (logit - highest).exp())
        .sum();
    LearnedTheme {
        place,
        probability: 1.0 / (1.0 + (absent - highest).exp() / shares),
        stance,
        sureness: 1.0 / shares,
    }
}

#[cfg(test)]
mod tests {
    use newsprint_domain::sentence::{Part, Span};
    use newsprint_domain::sentiment::Sentiment;

    use super::*;

    #[test]
    fn a_theme_is_as_likely_as_all_its_states_but_the_absent_one() {
        let equals = state(0, [0.0, 0.0, 0.0, 1.0_f32.ln()]);
        assert!((equals.probability - 0.75).abs() < 1e-6);
        assert_eq!(equals.stance, Stance::Weaker, "the first of equals");
        assert!((equals.sureness - 1.0 / 3.0).abs() < 1e-6);
        let sure = state(0, [2.0_f32.ln(), f32::NEG_INFINITY, f32::NEG_INFINITY, 0.0]);
        assert!((sure.probability - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!((sure.stance, sure.sureness), (Stance::Stronger, 1.0));
    }

    #[test]
    fn own_stance_words_decide_where_the_model_is_unsure() {
        let taught = TaughtTheme {
            id: ThemeId::new("jobs").unwrap(),
            keeps: 0.2,
            finds: 0.6,
            decides: 0.7,
        };
        let layer = LearnedLayer {
            taught: vec![(taught, Some(0))],
            places: vec![Some(0)],
            own: vec![],
        };
        let settled = |sureness, by_own_words| {
            let learned = LearnedTheme {
                place: 0,
                probability: 0.9,
                stance: Stance::Weaker,
                sureness,
            };
            let reading = SentenceReading {
                sentiment: Sentiment::from_probabilities(0.1, 0.8, 0.1).unwrap(),
                themes: [learned].into(),
            };
            let mut mention = Mention {
                place: 0,
                part: Part::Body,
                span: Span { start: 0, end: 4 },
                is_named: false,
                rule: "jobs".into(),
                stance: Some(Stance::Stronger),
                by_own_words,
            };
            assert!(layer.keeps(0, &reading, &mut mention));
            mention.stance.unwrap()
        };
        assert_eq!(settled(0.69, true), Stance::Stronger);
        assert_eq!(settled(0.7, true), Stance::Weaker);
        assert_eq!(settled(0.4, false), Stance::Weaker);
    }

    #[test]
    fn look_alike_letters_cannot_be_read() {
        assert!(is_readable("Zürich’s “rate cut” – 5 % 📉"));
        assert!(!is_readable("ＲＡＴＥ ＣＵＴ") && !is_readable("r\u{430}te cut"));
    }

    #[test]
    fn themes_that_are_out_of_the_question_are_left_out() {
        let logits = [19.0, 0.0, 0.0, 0.0, -200.0, 0.0, 0.0, 5.0];
        let found = likely(&logits);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].place, found[0].stance), (1, Stance::Stronger));
        assert!(found[0].probability <= 1.0);
    }
}
