//! How themes do on their own examples, phrases and what the model has learned taken together.

use newsprint_domain::theme::{Stance, ThemeDefinition};

use super::{Document, Tagger};
use crate::error::NlpError;

/// How a theme does on its own examples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleScore<'a> {
    /// The theme.
    pub definition: &'a ThemeDefinition,
    /// Examples that must hit and do.
    pub true_positives: usize,
    /// Examples that must not hit and do.
    pub false_positives: Vec<&'a str>,
    /// Examples that must hit and do not.
    pub false_negatives: Vec<&'a str>,
    /// Examples that hit with another stance than theirs: text, theirs, found.
    pub other_stances: Vec<(&'a str, Stance, Stance)>,
}

impl Tagger {
    /// Runs every theme over its own examples.
    pub fn score_examples(&self) -> Result<Vec<ExampleScore<'_>>, NlpError> {
        let definitions = self.themes.definitions();
        let texts = definitions.iter().flat_map(|definition| {
            let examples = definition.examples.iter();
            examples.map(|example| Document {
                title: "",
                text: &example.text,
            })
        });
        let mut tags = self.tag(&texts.collect::<Vec<_>>())?.into_iter();
        let scores = definitions.iter().map(|definition| {
            let found = tags.by_ref().take(definition.examples.len()).map(|tags| {
                let mut themes = tags.themes.iter();
                let tag = themes.find(|tag| tag.theme == definition.id)?;
                Some(Stance::of_sum(tag.stance))
            });
            ExampleScore::of(definition, found)
        });
        Ok(scores.collect())
    }
}

impl<'a> ExampleScore<'a> {
    /// `found` is the stance found in each example, in order.
    fn of(definition: &'a ThemeDefinition, found: impl Iterator<Item = Option<Stance>>) -> Self {
        let mut score = Self {
            definition,
            true_positives: 0,
            false_positives: vec![],
            false_negatives: vec![],
            other_stances: vec![],
        };
        for (example, found) in definition.examples.iter().zip(found) {
            match (example.hit, found.is_some()) {
                (true, true) => score.true_positives += 1,
                (true, false) => score.false_negatives.push(&example.text),
                (false, true) => score.false_positives.push(&example.text),
                (false, false) => {}
            }
            if let (Some(stance), Some(found)) = (example.stance, found)
                && stance != found
            {
                score.other_stances.push((&example.text, stance, found));
            }
        }
        score
    }

    /// Share of hits that are right; `None` where nothing hit.
    #[expect(clippy::cast_precision_loss, reason = "counts of examples")]
    pub fn precision(&self) -> Option<f64> {
        let n_hits = self.true_positives + self.false_positives.len();
        (n_hits > 0).then(|| self.true_positives as f64 / n_hits as f64)
    }

    /// Share of examples that must hit and do.
    #[expect(clippy::cast_precision_loss, reason = "counts of examples")]
    pub fn recall(&self) -> Option<f64> {
        let n_wanted = self.true_positives + self.false_negatives.len();
        (n_wanted > 0).then(|| self.true_positives as f64 / n_wanted as f64)
    }

    /// Examples that do not do what their file says.
    pub fn n_failing(&self) -> usize {
        self.false_positives.len() + self.false_negatives.len() + self.other_stances.len()
    }

    /// Whether no example fails.
    pub fn is_clean(&self) -> bool {
        self.n_failing() == 0
    }
}
