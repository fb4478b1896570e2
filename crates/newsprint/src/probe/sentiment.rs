//! `probe sentiment`: the probabilities of a text taken as one sentence, as such or toward a target in it.

use newsprint_nlp::sentiment::{Query, SentimentModel};
use serde_json::Map;

use super::Answer;
use super::text::probabilities;
use crate::asked::{Asked, Marked};

pub(super) fn probe(model: &dyn SentimentModel, lines: Vec<Asked>) -> Vec<Answer> {
    let marked: Vec<Result<Marked<'_>, String>> = lines.iter().map(Asked::marked).collect();
    let queries: Vec<Query<'_>> = marked.iter().flatten().map(Marked::query).collect();
    let mut scores = model
        .score(&queries)
        .map(Vec::into_iter)
        .map_err(|error| error.to_string());
    let answers = marked.into_iter().map(|marked| {
        marked?;
        let scores = scores.as_mut().map_err(|error| error.clone())?;
        let sentiment = scores.next().ok_or("no answer")?;
        Ok(Map::from_iter(probabilities(sentiment)))
    });
    answers.collect()
}
