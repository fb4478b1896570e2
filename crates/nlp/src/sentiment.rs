//! The seam between the tagger and whatever scores a sentence.

use newsprint_domain::sentiment::Sentiment;

use crate::error::NlpError;

/// Scores sentences. Synchronous: a model computes, it does not wait.
pub trait SentimentModel: Send + Sync {
    /// The model's name, as tag runs record it.
    fn name(&self) -> &'static str;

    /// SHA-256 of the weights, as tag runs record it.
    fn weights_hash(&self) -> String;

    /// One sentiment for each of `sentences`, in order; a sentence's score does not depend on the others.
    fn score(&self, sentences: &[&str]) -> Result<Vec<Sentiment>, NlpError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::EmbeddedModel;
    use crate::lexicon::LexiconModel;

    /// What any model must do, whatever its accuracy.
    fn conforms(model: &dyn SentimentModel) {
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
            model.name()
        );
        for (sentence, expected) in sentences.iter().zip(&together) {
            assert_eq!(
                model.score(&[sentence]).unwrap(),
                [*expected],
                "{}: batch-mates matter",
                model.name()
            );
        }
        assert!(
            together[0].tone() > together[1].tone(),
            "{}: good news reads better than bad",
            model.name()
        );
        assert!(model.score(&[]).unwrap().is_empty());
        assert_eq!(model.weights_hash().len(), 64);
    }

    #[test]
    fn the_embedded_model_conforms() {
        conforms(&EmbeddedModel::load(2).unwrap());
    }

    #[test]
    fn the_lexicon_conforms() {
        conforms(&LexiconModel);
    }
}
