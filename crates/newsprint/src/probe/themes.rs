//! `probe themes`: what the model alone says of a text taken as one sentence: each theme that it was taught and finds possible, with
//! its probability, the stance, and the share of that stance among the three.

use newsprint_nlp::sentiment::{SentenceReading, SentimentModel};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, fields};

#[derive(Deserialize)]
pub(super) struct Line {
    text: String,
}

pub(super) fn probe(model: &dyn SentimentModel, lines: Vec<Line>) -> Vec<Answer> {
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    match model.read(&texts) {
        Ok(readings) => readings
            .iter()
            .map(|reading| answer(model, reading))
            .collect(),
        Err(error) => lines.iter().map(|_| Err(error.to_string())).collect(),
    }
}

fn answer(model: &dyn SentimentModel, reading: &SentenceReading) -> Answer {
    let themes = reading.themes.iter().map(|theme| {
        json!({
            "id": model.taught()[theme.place].id.as_str(),
            "probability": theme.probability,
            "stance": theme.stance.value(),
            "sureness": theme.sureness,
        })
    });
    fields(json!({ "themes": themes.collect::<Vec<Value>>() }))
}
