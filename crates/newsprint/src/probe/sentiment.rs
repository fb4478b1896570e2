//! `probe sentiment`: the probabilities of a text taken as one sentence. The models there are know no targets: a target in the
//! line changes nothing.

use newsprint_nlp::sentiment::SentimentModel;
use serde::Deserialize;
use serde_json::Map;

use super::Answer;
use super::text::probabilities;

#[derive(Deserialize)]
pub(super) struct Line {
    text: String,
}

pub(super) fn probe(model: &dyn SentimentModel, lines: Vec<Line>) -> Vec<Answer> {
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    match model.score(&texts) {
        Ok(scores) => scores
            .into_iter()
            .map(|sentiment| Ok(Map::from_iter(probabilities(sentiment))))
            .collect(),
        Err(error) => lines.iter().map(|_| Err(error.to_string())).collect(),
    }
}
