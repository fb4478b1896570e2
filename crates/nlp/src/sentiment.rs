//! The seam between the tagger and whatever scores a sentence.

use newsprint_domain::sentiment::Sentiment;
use serde::Deserialize;

use crate::embedded::{self, EmbeddedModel};
use crate::error::NlpError;
use crate::lexicon::{self, LexiconModel};

/// Scores sentences. Synchronous: a model computes, it does not wait.
pub trait SentimentModel: Send + Sync {
    /// One sentiment for each of `sentences`, in order; a sentence's score does not depend on the others.
    fn score(&self, sentences: &[&str]) -> Result<Vec<Sentiment>, NlpError>;
}

/// The models there are, by the names that configuration and tag runs use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelChoice {
    /// The transformer that is compiled in.
    Starter,
    /// Word lists.
    Lexicon,
}

impl ModelChoice {
    /// The name, as tag runs record it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starter => embedded::NAME,
            Self::Lexicon => lexicon::NAME,
        }
    }

    /// SHA-256 of the weights, as tag runs record it; known without loading them.
    pub fn weights_hash(self) -> String {
        match self {
            Self::Starter => embedded::WEIGHTS_HASH.into(),
            Self::Lexicon => lexicon::word_lists_hash(),
        }
    }

    /// Loads the model to score up to `n_threads` sentences at a time.
    pub fn load(self, n_threads: usize) -> Result<Box<dyn SentimentModel>, NlpError> {
        match self {
            Self::Starter => Ok(Box::new(EmbeddedModel::load(n_threads)?)),
            Self::Lexicon => Ok(Box::new(LexiconModel)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What any model must do, whatever its accuracy.
    fn conforms(choice: ModelChoice) {
        let model = choice.load(2).unwrap();
        let long = "a".repeat(100_000);
        let sentences = [
            "Small caps soared on strong earnings.",
            "Shares plunged after the company warned of heavy losses.",
            "",
            "😀 \u{200f}שלום\u{0} \u{7}",
            long.as_str(),
            "Small caps soared on strong earnings.",
        ];
        let together = model.score(&sentences).unwrap();
        assert_eq!(together.len(), sentences.len());
        assert_eq!(
            together[0],
            together[5],
            "{}: equal sentences score equally",
            choice.name()
        );
        for (sentence, expected) in sentences.iter().zip(&together) {
            assert_eq!(
                model.score(&[sentence]).unwrap(),
                [*expected],
                "{}: batch-mates matter",
                choice.name()
            );
        }
        assert!(
            together[0].tone() > together[1].tone(),
            "{}: good news reads better than bad",
            choice.name()
        );
        assert!(model.score(&[]).unwrap().is_empty());
        assert_eq!(choice.weights_hash().len(), 64);
    }

    #[test]
    fn the_embedded_model_conforms() {
        conforms(ModelChoice::Starter);
    }

    #[test]
    fn the_lexicon_conforms() {
        conforms(ModelChoice::Lexicon);
    }
}
