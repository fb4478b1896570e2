//! Refits the weights of lineage from labelled articles, and says how well they find the stories.
//!
//! usage: lineage_fit LABELLED.jsonl... [-- HELD_OUT.jsonl...]
//!
//! Each line has `event`, `story`, `published`, `title` and `text`. Weights are fitted to pairs of articles within ten days of each other: an
//! article with the one earlier article of its story that it is most like (which the weights themselves decide, so that is done in
//! rounds), and with every earlier article of other stories.

#![expect(clippy::print_stdout, reason = "this is a measurement")]

use std::collections::HashMap;
use std::error::Error;
use std::fs;

use newsprint_nlp::lineage::{Features, N_FEATURES, features, fingerprint};

/// The last feature, of which most of what is not labelled speaks: copies without names and numbers. Its weight is given.
const VERBATIM: usize = N_FEATURES - 1;
const VERBATIM_WEIGHT: f64 = 10.0;
const DAYS: i64 = 10;
const ROUNDS: usize = 4;
const STEPS: usize = 4_000;
const RATE: f64 = 0.5;
/// Strength of the pull of standardised weights toward 0.
const SHRINKAGE: f64 = 0.0005;

#[derive(serde::Deserialize)]
struct Article {
    event: String,
    story: String,
    published: String,
    title: String,
    text: String,
}

struct Set {
    articles: Vec<Article>,
    pairs: Vec<Pair>,
}

struct Pair {
    earlier: usize,
    later: usize,
    features: Features,
    same: bool,
    shares_band: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let parts: Vec<&[String]> = arguments.split(|argument| argument == "--").collect();
    let sets: Vec<Set> = parts
        .iter()
        .map(|files| read(files))
        .collect::<Result<_, _>>()?;
    let fitting = sets
        .first()
        .ok_or("usage: lineage_fit LABELLED.jsonl... [-- HELD_OUT.jsonl...]")?;
    let mut weights: Features = [0.0; N_FEATURES];
    weights[1] = 1.0;
    weights[8] = 1.0;
    weights[14] = 1.0;
    for _ in 0..ROUNDS {
        weights = fit(&chosen(fitting, &weights));
        weights[0] += best_shift(fitting, &weights);
    }
    println!("{weights:.3?}");
    for set in &sets {
        report(set, &weights);
    }
    Ok(())
}

fn read(files: &[String]) -> Result<Set, Box<dyn Error>> {
    let mut articles: Vec<Article> = Vec::new();
    for file in files {
        for line in fs::read_to_string(file)?.lines() {
            articles.push(serde_json::from_str(line)?);
        }
    }
    articles.sort_by(|one, other| one.published.cmp(&other.published));
    let prints: Vec<_> = articles
        .iter()
        .map(|article| fingerprint(&article.title, &article.text))
        .collect();
    let mut pairs = Vec::new();
    for later in 0..articles.len() {
        for earlier in
            (0..later).filter(|earlier| day(&articles[later]) - day(&articles[*earlier]) <= DAYS)
        {
            let bands = prints[earlier].bands();
            pairs.push(Pair {
                earlier,
                later,
                features: features(prints[earlier].sketch(), prints[later].sketch())?,
                same: articles[earlier].story == articles[later].story,
                shares_band: prints[later]
                    .bands()
                    .iter()
                    .any(|band| bands.contains(band)),
            });
        }
    }
    Ok(Set { articles, pairs })
}

/// Days since a fixed one; the Gregorian calendar's count.
fn day(article: &Article) -> i64 {
    let number = |range| {
        article
            .published
            .get(range)
            .and_then(|digits: &str| digits.parse().ok())
            .unwrap_or(0)
    };
    let (year, month, day): (i64, i64, i64) = (number(0..4), number(5..7), number(8..10));
    let (year, month) = if month > 2 {
        (year, month)
    } else {
        (year - 1, month + 12)
    };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month - 457) / 5 + day
}

fn log_odds(weights: &Features, features: &Features) -> f64 {
    weights
        .iter()
        .zip(features)
        .map(|(weight, feature)| weight * feature)
        .sum()
}

/// The pairs to learn from.
fn chosen<'a>(set: &'a Set, weights: &Features) -> Vec<&'a Pair> {
    let mut best: HashMap<usize, &Pair> = HashMap::new();
    for pair in set.pairs.iter().filter(|pair| pair.same) {
        let odds = |pair: &Pair| log_odds(weights, &pair.features);
        best.entry(pair.later)
            .and_modify(|known| {
                if odds(pair) > odds(known) {
                    *known = pair
                }
            })
            .or_insert(pair);
    }
    best.into_values()
        .chain(set.pairs.iter().filter(|pair| !pair.same))
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of pairs")]
fn fit(pairs: &[&Pair]) -> Features {
    let n = pairs.len() as f64;
    let mut scale = [1.0; N_FEATURES];
    for (place, scale) in scale.iter_mut().enumerate().skip(1) {
        let squares: f64 = pairs.iter().map(|pair| pair.features[place].powi(2)).sum();
        *scale = (squares / n).sqrt().max(1e-6);
    }
    let share = pairs.iter().filter(|pair| pair.same).count() as f64 / n;
    let mut weights = [0.0; N_FEATURES];
    weights[VERBATIM] = VERBATIM_WEIGHT * scale[VERBATIM];
    for _ in 0..STEPS {
        let mut gradient = [0.0; N_FEATURES];
        for pair in pairs {
            let scaled: Features = std::array::from_fn(|place| pair.features[place] / scale[place]);
            let chance = 1.0 / (1.0 + (-log_odds(&weights, &scaled)).exp());
            // Both kinds of pairs weigh the same.
            let weight = if pair.same {
                0.5 / share
            } else {
                0.5 / (1.0 - share)
            };
            let error = weight * (chance - f64::from(u8::from(pair.same))) / n;
            for (slope, value) in gradient.iter_mut().zip(scaled) {
                *slope += error * value;
            }
        }
        for (place, weight) in weights[..VERBATIM].iter_mut().enumerate() {
            let pull = if place == 0 { 0.0 } else { SHRINKAGE * *weight };
            *weight -= RATE * (gradient[place] + pull);
        }
    }
    std::array::from_fn(|place| weights[place] / scale[place])
}

/// What to add to the log odds for the best F1 of the set.
fn best_shift(set: &Set, weights: &Features) -> f64 {
    let f1 = |shift: f64| {
        let mut shifted = *weights;
        shifted[0] += shift;
        score(set, &stories(set, &shifted, false)).f1
    };
    let shifts: Vec<f64> = (-16..=16).map(|step| f64::from(step) * 0.25).collect();
    let best = shifts.iter().map(|shift| f1(*shift)).fold(0.0, f64::max);
    let good: Vec<f64> = shifts
        .into_iter()
        .filter(|shift| f1(*shift) >= best)
        .collect();
    println!("shifts {:?}..{:?}", good.first(), good.last());
    good.get(good.len() / 2).copied().unwrap_or(0.0)
}

/// The root of each article.
fn stories(set: &Set, weights: &Features, bands_only: bool) -> Vec<usize> {
    let mut best: HashMap<usize, (f64, usize)> = HashMap::new();
    for pair in set
        .pairs
        .iter()
        .filter(|pair| pair.shares_band || !bands_only)
    {
        let odds = log_odds(weights, &pair.features);
        let known = best.get(&pair.later).map_or(0.0, |(odds, _)| *odds);
        if odds > known {
            best.insert(pair.later, (odds, pair.earlier));
        }
    }
    let mut roots: Vec<usize> = (0..set.articles.len()).collect();
    for later in 0..roots.len() {
        if let Some((_, earlier)) = best.get(&later) {
            roots[later] = roots[*earlier];
        }
    }
    roots
}

struct Score {
    f1: f64,
    precision: f64,
    recall: f64,
}

fn score(set: &Set, roots: &[usize]) -> Score {
    let (mut found, mut wrong, mut missed) = (0, 0, 0);
    for later in 0..roots.len() {
        for earlier in 0..later {
            match (
                set.articles[earlier].story == set.articles[later].story,
                roots[earlier] == roots[later],
            ) {
                (true, true) => found += 1,
                (true, false) => missed += 1,
                (false, true) => wrong += 1,
                (false, false) => {}
            }
        }
    }
    let share = |other: i32| f64::from(found) / f64::from((found + other).max(1));
    Score {
        f1: 2.0 * f64::from(found) / f64::from((2 * found + wrong + missed).max(1)),
        precision: share(wrong),
        recall: share(missed),
    }
}

fn report(set: &Set, weights: &Features) {
    let roots = stories(set, weights, false);
    let Score {
        f1,
        precision,
        recall,
    } = score(set, &roots);
    let banded = score(set, &stories(set, weights, true)).f1;
    println!(
        "{} articles: pairs F1 {f1:.4} (precision {precision:.4}, recall {recall:.4}); with bands {banded:.4}",
        set.articles.len()
    );
    let derived: Vec<&Pair> = chosen(set, weights)
        .into_iter()
        .filter(|pair| pair.same)
        .collect();
    let banded = |later: usize| {
        set.pairs
            .iter()
            .any(|pair| pair.later == later && pair.same && pair.shares_band)
    };
    let n_banded = derived.iter().filter(|pair| banded(pair.later)).count();
    println!(
        "  {n_banded} of {} derived articles share a band with one of their story",
        derived.len()
    );
    let strangers = set
        .pairs
        .iter()
        .filter(|pair| set.articles[pair.earlier].event != set.articles[pair.later].event);
    let n_strangers = strangers.clone().count();
    let n_banded = strangers.filter(|pair| pair.shares_band).count();
    println!("  {n_banded} of {n_strangers} pairs of different events share a band");
    for pair in derived.iter().filter(|pair| !banded(pair.later)) {
        let later = &set.articles[pair.later];
        println!("  no band: {} {:?}", later.story, later.title);
    }
    for pair in chosen(set, weights) {
        let odds = log_odds(weights, &pair.features);
        if (odds > 0.0) != pair.same {
            let [earlier, later] = [pair.earlier, pair.later].map(|place| &set.articles[place]);
            println!(
                "  log odds {odds:.2}: {} {:?} and {} {:?}",
                earlier.story, earlier.title, later.story, later.title
            );
        }
    }
}
