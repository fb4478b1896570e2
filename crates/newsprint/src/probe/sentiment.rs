//! `probe sentiment`: the probabilities of a text taken as one sentence, as such or toward a target in it.

use newsprint_nlp::sentiment::{Query, SentimentModel};
use serde_json::Map;

use super::Answer;
use super::text::probabilities;
use crate::asked::{Asked, Marked};

pub(super) fn probe(model: &dyn SentimentModel, lines: Vec<Asked>) -> Vec<Answer> {
    let marked: Vec<Result<Marked<'_>, String>> = lines.iter().map(Asked::marked).collect();
    let queries: Vec<Query<'_>> = marked.iter().flatten().map(Marked::query).collect();
    let scores = model.score(&queries).map_err(|error| error.to_string());
    let mut place = 0..;
    let answers = marked.into_iter().map(|marked| {
        marked?;
        let scores = scores.as_ref().map_err(String::clone)?;
        let sentiment = place.next().and_then(|place| scores.get(place));
        Ok(Map::from_iter(probabilities(
            *sentiment.ok_or("no answer")?,
        )))
    });
    answers.collect()
}
