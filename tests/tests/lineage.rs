//! Which articles are of one story, by their fingerprints alone: copies, cut and extended ones, copies within round-ups, rewrites, spun
//! texts and revisions on one side, independent stories of the same event and other events of the same template on the other.
//!
//! The weights were fitted to `b`, `c` and `templates`; `a` is held out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::print_stderr,
    reason = "what was measured is worth reading where the test passes"
)]

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use newsprint_nlp::lineage::{Fingerprint, fingerprint, likeness};
use newsprint_tests::fixture;
use serde_json::Value;

/// How far back an article's story is looked for.
const DAYS: TimeDelta = TimeDelta::days(10);

struct Article {
    story: String,
    published: DateTime<Utc>,
    print: Fingerprint,
}

/// The articles of these files, in the order of their publication.
fn articles(files: &[&str]) -> Vec<Article> {
    let mut articles = Vec::new();
    for file in files {
        let path = fixture("lineage").join(format!("{file}.jsonl"));
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            let field = |name: &str| row[name].as_str().unwrap();
            articles.push(Article {
                story: field("story").into(),
                published: field("published").parse().unwrap(),
                print: fingerprint(field("title"), field("text")),
            });
        }
    }
    articles.sort_by_key(|article| article.published);
    articles
}

/// The first article of the story that each article is found to be of; only articles that share a band are compared.
fn roots(articles: &[Article]) -> Vec<usize> {
    let mut by_band: HashMap<i64, Vec<usize>> = HashMap::new();
    let mut roots: Vec<usize> = Vec::new();
    for (later, article) in articles.iter().enumerate() {
        let mut best: Option<(i32, usize)> = None;
        for band in article.print.bands() {
            for &earlier in by_band.get(band).into_iter().flatten() {
                let candidate = &articles[earlier];
                if article.published - candidate.published > DAYS {
                    continue;
                }
                let found = likeness(candidate.print.sketch(), article.print.sketch()).unwrap();
                let score = found.map_or(0, |found| found.score);
                if score > best.map_or(0, |(score, _)| score) {
                    best = Some((score, earlier));
                }
            }
        }
        roots.push(best.map_or(later, |(_, earlier)| roots[earlier]));
        for band in article.print.bands() {
            by_band.entry(*band).or_default().push(later);
        }
    }
    roots
}

/// F1 over all pairs of articles: whether both are of one story.
fn pairs_f1(files: &[&str]) -> f64 {
    let articles = articles(files);
    let roots = roots(&articles);
    let (mut found, mut wrong, mut missed) = (0, 0, 0);
    for later in 0..articles.len() {
        for earlier in 0..later {
            let same = articles[earlier].story == articles[later].story;
            match (same, roots[earlier] == roots[later]) {
                (true, true) => found += 1,
                (false, true) => wrong += 1,
                (true, false) => missed += 1,
                (false, false) => {}
            }
        }
    }
    let f1 = 2.0 * f64::from(found) / f64::from(2 * found + wrong + missed);
    let n = articles.len();
    eprintln!(
        "{files:?}: {n} articles, {found} pairs found, {wrong} wrong, {missed} missed: F1 {f1:.4}"
    );
    f1
}

#[test]
fn stories_that_nothing_was_fitted_to_are_found() {
    assert!(pairs_f1(&["a"]) >= 0.95);
}

#[test]
fn all_stories_are_found() {
    assert!(pairs_f1(&["a", "b", "c"]) >= 0.95);
}

#[test]
fn articles_of_one_template_are_other_stories() {
    assert!(pairs_f1(&["templates"]) >= 0.90);
}

/// Where nothing is derived from anything, F1 over the stories would be 0: the measure is not one that everything passes.
#[test]
fn there_are_sixty_stories_with_derived_articles() {
    let mut sizes: HashMap<String, usize> = HashMap::new();
    for article in articles(&["a", "b", "c"]) {
        *sizes.entry(article.story).or_default() += 1;
    }
    assert!(sizes.values().filter(|size| **size > 1).count() >= 60);
}
