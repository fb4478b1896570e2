//! Sentences per second of trained models on one thread, in eight bits and in 32-bit floats, interleaved.
//!
//! usage: cargo run --release -p newsprint-nlp --example sentiment_speed -- SENTENCES.txt [MODEL…]

#![expect(clippy::print_stdout, reason = "it is what an example is for")]

use std::error::Error;
use std::time::Instant;

use newsprint_nlp::sentiment::{ModelChoice, Query, SentimentModel as _};
use newsprint_nlp::trained::{Arithmetic, TrainedModel};

const ROUNDS: usize = 9;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("name a file of sentences")?;
    let mut names: Vec<String> = arguments.collect();
    if names.is_empty() {
        names.push("full".into());
    }
    let text = std::fs::read_to_string(file)?;
    let mut runs = Vec::new();
    for name in &names {
        let model: ModelChoice = name.parse()?;
        for way in [Arithmetic::AsStored, Arithmetic::Float] {
            let files = model.files()?.ok_or("only trained models have both ways")?;
            runs.push((format!("{name}, {way:?}"), files, way, Vec::<f64>::new()));
        }
    }
    for round in 0..ROUNDS {
        // Each round's sentences are new ones, so that none is remembered.
        let sentences: Vec<String> = text.lines().map(|line| format!("{line} {round}")).collect();
        let queries: Vec<Query<'_>> = sentences.iter().map(|line| Query::sentence(line)).collect();
        for (_, files, way, rates) in &mut runs {
            let model = TrainedModel::load_with(files, 1, *way)?;
            let began = Instant::now();
            model.score(&queries)?;
            rates.push(queries.len() as f64 / began.elapsed().as_secs_f64());
        }
    }
    for (name, _, _, rates) in &mut runs {
        rates.sort_by(f64::total_cmp);
        println!("{name}: {:.0} sentences/s", rates[ROUNDS / 2]);
    }
    Ok(())
}
