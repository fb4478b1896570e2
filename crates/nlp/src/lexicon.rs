//! Counts words of gain and loss. Far less accurate than the embedded model and far faster: for tests, and for machines on
//! which even a small transformer is too much.

use std::collections::HashSet;
use std::sync::LazyLock;

use newsprint_domain::digest::sha256_hex;
use newsprint_domain::sentiment::Sentiment;

use crate::error::NlpError;
use crate::sentiment::{Query, SentimentModel};
use crate::words::words;

const POSITIVE: [&str; 29] = [
    "advance",
    "beat",
    "boom",
    "boost",
    "bounce",
    "climb",
    "gain",
    "growth",
    "high",
    "higher",
    "improve",
    "jump",
    "optimism",
    "outperform",
    "profit",
    "profitable",
    "rally",
    "rebound",
    "record",
    "recovery",
    "rise",
    "soar",
    "solid",
    "strength",
    "strong",
    "stronger",
    "surge",
    "upbeat",
    "upgrade",
];

const NEGATIVE: [&str; 27] = [
    "bear",
    "collapse",
    "crash",
    "cut",
    "decline",
    "default",
    "dive",
    "downgrade",
    "drop",
    "fall",
    "fear",
    "lag",
    "lose",
    "loss",
    "low",
    "lower",
    "miss",
    "plunge",
    "recession",
    "rout",
    "selloff",
    "sink",
    "slide",
    "slump",
    "tumble",
    "warn",
    "weak",
];

const NEGATIONS: [&str; 6] = ["no", "not", "never", "without", "avoid", "dont"];

/// The lists, folded as texts are.
static LISTS: LazyLock<Lists> = LazyLock::new(|| Lists {
    positive: folded(&POSITIVE),
    negative: folded(&NEGATIVE),
    negations: folded(&NEGATIONS),
});

struct Lists {
    positive: HashSet<String>,
    negative: HashSet<String>,
    negations: HashSet<String>,
}

fn folded(list: &[&str]) -> HashSet<String> {
    list.iter()
        .flat_map(|word| words(word))
        .map(|word| word.folded)
        .collect()
}

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
    let lists = &*LISTS;
    let folded: Vec<String> = words(sentence)
        .into_iter()
        .map(|word| word.folded)
        .collect();
    let (mut n_positive, mut n_negative) = (0.0, 0.0);
    for (position, word) in folded.iter().enumerate() {
        let before = &folded[position.saturating_sub(NEGATION_REACH)..position];
        let is_negated = before.iter().any(|word| lists.negations.contains(word));
        match (lists.positive.contains(word), lists.negative.contains(word)) {
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
