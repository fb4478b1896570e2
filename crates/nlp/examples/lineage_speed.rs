//! How fast fingerprints are made and compared: every article of labelled files, one thread.
//!
//! usage: lineage_speed ARTICLES.jsonl [ROUNDS]

#![expect(clippy::print_stdout, reason = "this is a measurement")]

use std::error::Error;
use std::fs;
use std::time::Instant;

use newsprint_nlp::lineage::{Fingerprint, fingerprint, likeness};

#[derive(serde::Deserialize)]
struct Article {
    title: String,
    text: String,
}

#[expect(clippy::cast_precision_loss, reason = "counts of articles")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments
        .next()
        .ok_or("usage: lineage_speed ARTICLES.jsonl [ROUNDS]")?;
    let rounds: usize = arguments.next().map_or(Ok(5), |rounds| rounds.parse())?;
    let lines = fs::read_to_string(file)?;
    let articles: Vec<Article> = lines
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let n_words: usize = articles
        .iter()
        .map(|article| article.text.split_whitespace().count())
        .sum();
    let n = articles.len() as f64;
    for round in 1..=rounds {
        let began = Instant::now();
        let prints: Vec<Fingerprint> = articles
            .iter()
            .map(|article| fingerprint(&article.title, &article.text))
            .collect();
        let made = began.elapsed().as_secs_f64();
        let began = Instant::now();
        let mut n_like = 0;
        for one in &prints {
            for other in &prints {
                n_like += usize::from(likeness(one.sketch(), other.sketch())?.is_some());
            }
        }
        let compared = began.elapsed().as_secs_f64();
        let n_bytes: usize = prints.iter().map(|print| print.sketch().len()).sum();
        let n_bands: usize = prints.iter().map(|print| print.bands().len()).sum();
        println!(
            "round {round}: {:.0} µs for a fingerprint of {:.0} words ({:.0} bytes, {:.1} bands), {:.2} µs for a likeness ({n_like} found)",
            1e6 * made / n,
            n_words as f64 / n,
            n_bytes as f64 / n,
            n_bands as f64 / n,
            1e6 * compared / (n * n)
        );
    }
    Ok(())
}
