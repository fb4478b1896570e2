//! themes suggest: candidate phrases, mined from what is stored.
//!
//! Runs of one to three words are compared between sentences that carry the theme and those that do not, by the log-odds ratio
//! with an informative Dirichlet prior (B. Monroe, M. Colaresi and K. Quinn, "Fightin' Words", Political Analysis 16, 2008).

use std::collections::{BTreeMap, BTreeSet};

use newsprint_domain::theme::ThemeDefinition;
use newsprint_nlp::words::words;
use newsprint_store::{AsOf, Store};

use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::table::{Cell, Table};

const LONGEST_RUN: usize = 3;
/// Sentences with the theme that must hold a run before it is worth anyone's time.
const FEWEST: f64 = 3.0;
/// Words of the prior for each word of the corpus.
const PRIOR: f64 = 0.01;
/// Words that carry nothing by themselves.
const EMPTY: [&str; 42] = [
    "a", "an", "the", "of", "to", "in", "on", "at", "by", "for", "and", "or", "as", "it", "its",
    "is", "are", "was", "were", "be", "been", "that", "this", "with", "from", "has", "have", "had",
    "will", "would", "not", "but", "their", "they", "he", "she", "which", "after", "s", "say",
    "also", "than",
];

/// How often a run stands in sentences with the theme, and in others; and one of the former.
#[derive(Default)]
struct Run {
    inside: f64,
    outside: f64,
    example: String,
}

pub(super) async fn suggest(context: &Context, id: &str, limit: usize) -> anyhow::Result<Outcome> {
    context.config.require_theme(id)?;
    let as_of = AsOf {
        instant: context.now(),
        reconstructed: false,
    };
    let stored = async |store: &Store| match store.promoted_run(as_of).await? {
        Some((run, _)) => Ok(store.sentences_about(run, as_of, id).await?),
        None => Err(misuse("nothing is tagged yet: run `newsprint tag`")),
    };
    let sentences = context.reading(stored).await?;
    let mut runs: BTreeMap<String, Run> = BTreeMap::new();
    let mut totals = (0.0, 0.0);
    for (sentence, is_inside) in &sentences {
        count(sentence, *is_inside, &mut runs, &mut totals);
    }
    let definition = context
        .config
        .themes
        .iter()
        .find(|theme| theme.id.as_str() == id);
    let mut scored: Vec<(f64, String, Run)> = runs
        .into_iter()
        .filter(|(words, run)| {
            run.inside >= FEWEST && definition.is_none_or(|theme| !is_known(theme, words))
        })
        .map(|(words, run)| (log_odds(&run, totals), words, run))
        .filter(|(score, ..)| *score > 1.96)
        .collect();
    scored.sort_by(|left, right| {
        right
            .0
            .total_cmp(&left.0)
            .then_with(|| left.1.cmp(&right.1))
    });
    let table = Table {
        name: "suggestions",
        columns: vec!["words", "z", "with_theme", "without", "example"],
        rows: scored.into_iter().take(limit).map(row).collect(),
        notes: vec![
            format!(
                "{} sentences, {:.0} words in those with {id}",
                sentences.len(),
                totals.0
            ),
            "z: log-odds ratio over its standard error; words are folded as phrases are".into(),
        ],
    };
    table.print(context.format)?;
    Ok(if table.rows.is_empty() {
        Outcome::Nothing
    } else {
        Outcome::Done
    })
}

fn row((score, words, run): (f64, String, Run)) -> Vec<Cell> {
    #[expect(clippy::cast_possible_truncation, reason = "counts of sentences")]
    let count = |number: f64| Cell::Count(number as i64);
    vec![
        Cell::text(words),
        Cell::number(Some(score), 1),
        count(run.inside),
        count(run.outside),
        Cell::text(run.example),
    ]
}

/// Adds the runs of a sentence; each counts once.
fn count(
    sentence: &str,
    is_inside: bool,
    runs: &mut BTreeMap<String, Run>,
    totals: &mut (f64, f64),
) {
    let words = words(sentence);
    let mut found = BTreeSet::new();
    for length in 1..=LONGEST_RUN {
        for run in words.windows(length) {
            let breaks = run.iter().skip(1).any(|word| word.after_break);
            let empty = |place: usize| EMPTY.contains(&run[place].folded.as_str());
            if !breaks && !empty(0) && !empty(length - 1) {
                let folded: Vec<&str> = run.iter().map(|word| word.folded.as_str()).collect();
                found.insert(folded.join(" "));
            }
        }
    }
    for words in found {
        let run = runs.entry(words).or_default();
        if is_inside {
            run.inside += 1.0;
            totals.0 += 1.0;
            if run.example.is_empty() {
                sentence.clone_into(&mut run.example);
            }
        } else {
            run.outside += 1.0;
            totals.1 += 1.0;
        }
    }
}

/// Whether the theme already has these words as a phrase.
fn is_known(theme: &ThemeDefinition, folded: &str) -> bool {
    let phrases = &theme.phrases;
    let listed = phrases
        .any
        .iter()
        .chain(&phrases.cased)
        .chain(&phrases.none);
    listed.into_iter().any(|phrase| {
        let words: Vec<String> = words(phrase).into_iter().map(|word| word.folded).collect();
        words.join(" ") == folded
    })
}

/// The log-odds ratio over its standard error.
fn log_odds(run: &Run, (inside, outside): (f64, f64)) -> f64 {
    let all = inside + outside;
    let prior = PRIOR * (run.inside + run.outside);
    let total = PRIOR * all;
    let odds = |count: f64, size: f64| ((count + prior) / (size + total - count - prior)).ln();
    let variance = 1.0 / (run.inside + prior) + 1.0 / (run.outside + prior);
    (odds(run.inside, inside) - odds(run.outside, outside)) / variance.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_theme_stand_out_and_common_ones_do_not() {
        let run = |inside, outside| Run {
            inside,
            outside,
            example: String::new(),
        };
        let totals = (1_000.0, 9_000.0);
        assert!(log_odds(&run(30.0, 3.0), totals) > 4.0);
        assert!(log_odds(&run(10.0, 90.0), totals).abs() < 0.5);
        assert!(log_odds(&run(1.0, 90.0), totals) < -1.5);
    }
}
