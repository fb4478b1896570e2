//! Counts words of gain and loss. Far less accurate than the embedded model and far faster: for tests, and for machines on
//! which even a small transformer is too much.

use newsprint_domain::digest::sha256_hex;
use newsprint_domain::sentiment::Sentiment;

use crate::error::NlpError;
use crate::sentiment::{Query, SentimentModel};
use crate::words::words;

const POSITIVE: [&str; 40] = [
    "advance",
    "beat",
    "boom",
    "boost",
    "boosted",
    "bounce",
    "climb",
    "climbed",
    "gain",
    "gained",
    "growth",
    "high",
    "higher",
    "improve",
    "improved",
    "jump",
    "jumped",
    "optimism",
    "outperform",
    "profit",
    "profitable",
    "rally",
    "rallied",
    "rebound",
    "record",
    "recovery",
    "rise",
    "risen",
    "rising",
    "rose",
    "soar",
    "soared",
    "solid",
    "strength",
    "strong",
    "stronger",
    "surge",
    "surged",
    "upbeat",
    "upgrade",
];

const NEGATIVE: [&str; 40] = [
    "bear",
    "collapse",
    "crash",
    "cut",
    "decline",
    "declined",
    "default",
    "dive",
    "dove",
    "downgrade",
    "drop",
    "dropped",
    "fall",
    "fallen",
    "fear",
    "fell",
    "lag",
    "lagged",
    "losse",
    "lose",
    "loss",
    "lost",
    "low",
    "lower",
    "miss",
    "missed",
    "plunge",
    "plunged",
    "recession",
    "rout",
    "sank",
    "selloff",
    "slid",
    "slump",
    "slumped",
    "tumble",
    "tumbled",
    "warn",
    "warned",
    "weak",
];

const NEGATIONS: [&str; 8] = [
    "no", "not", "never", "without", "avoid", "avoiding", "avoided", "dont",
];

/// How many words before a word of gain or loss a negation turns it around.
const NEGATION_REACH: usize = 3;

pub(crate) const NAME: &str = "lexicon";

/// SHA-256 of the word lists, which are this model's weights.
pub(crate) fn word_lists_hash() -> String {
    let lists = [POSITIVE.join(","), NEGATIVE.join(","), NEGATIONS.join(",")];
    sha256_hex(lists.join("\n").as_bytes())
}

/// The lexicon model.
#[derive(Debug, Clone, Copy)]
pub struct LexiconModel;

impl SentimentModel for LexiconModel {
    /// Words around a target are not told from others: a sentence scores the same toward all that it names.
    fn score(&self, queries: &[Query<'_>]) -> Result<Vec<Sentiment>, NlpError> {
        queries.iter().map(|query| score_one(query.text)).collect()
    }
}

/// `p_positive = P / (P + N + 1)` and `p_negative = N / (P + N + 1)` for P words of gain and N of loss.
fn score_one(sentence: &str) -> Result<Sentiment, NlpError> {
    let folded: Vec<String> = words(sentence)
        .into_iter()
        .map(|word| word.folded)
        .collect();
    let (mut n_positive, mut n_negative) = (0.0, 0.0);
    for (position, word) in folded.iter().enumerate() {
        let before = &folded[position.saturating_sub(NEGATION_REACH)..position];
        let is_negated = before.iter().any(|word| NEGATIONS.contains(&word.as_str()));
        match (
            POSITIVE.contains(&word.as_str()),
            NEGATIVE.contains(&word.as_str()),
        ) {
            (true, _) if is_negated => n_negative += 1.0,
            (true, _) => n_positive += 1.0,
            (_, true) if is_negated => n_positive += 1.0,
            (_, true) => n_negative += 1.0,
            _ => {}
        }
    }
    let total = n_positive + n_negative + 1.0;
    Sentiment::from_probabilities(n_negative / total, 1.0 / total, n_positive / total).map_err(
        |error| NlpError::Inference {
            model: NAME.into(),
            problem: error.to_string(),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negation_turns_the_word_after_it_around() {
        let tone = |text: &str| score_one(text).unwrap().tone().value();
        assert!(tone("The economy slid into recession") < 0.0);
        assert!(tone("The economy is avoiding a recession") > 0.0);
        assert!(tone("The committee met") == 0.0);
    }
}
