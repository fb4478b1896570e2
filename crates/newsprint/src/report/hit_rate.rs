//! hit_rate: how often the index went where the tone pointed, against how often it goes there anyway.

use newsprint_study::association::non_overlapping;
use newsprint_study::bootstrap::Interval;
use newsprint_study::proportion::{binomial_test, wilson};

use super::judged::{Finding, TOO_FEW};
use super::lines::{Line, Study};
use super::observations::MIN_EFFECTIVE;
use super::statistics::Statistics;
use crate::table::{Cell, Table};

pub(crate) const NAME: &str = "hit_rate";

const COLUMNS: [&str; 11] = [
    "theme",
    "index",
    "window",
    "tone",
    "n",
    "sessions",
    "missing",
    "effective_n",
    "hits",
    "hit_rate",
    "base_rate",
];

pub(super) fn of(study: &Study<'_>, statistics: &Statistics) -> Table {
    let findings = study.findings(&statistics.tradable(), |line| {
        vec![find(line, 1.0, statistics), find(line, -1.0, statistics)]
    });
    let mut table = study.table((NAME, &COLUMNS), &findings);
    if !table.rows.is_empty() {
        table.notes.push("hits: sessions of positive (negative) mean tone after which the index rose (fell); base_rate: the share of all these sessions after which it did".into());
        table.notes.push("ci: Wilson's, of hit_rate − base_rate; ci and the exact binomial p rest on effective_n".into());
    }
    table
}

/// Sessions whose tone has the sign of `side`.
fn find(line: &Line<'_>, side: f64, statistics: &Statistics) -> Finding {
    let observations = &line.observations;
    let is_side = |tone: &f64| tone * side > 0.0;
    let places: Vec<usize> = (0..observations.n_sessions())
        .filter(|place| is_side(&observations.tones[*place]))
        .collect();
    let positions: Vec<usize> = places
        .iter()
        .map(|place| observations.positions[*place])
        .collect();
    let effective_n = non_overlapping(&positions, line.window.length());
    let is_hit = |place: &usize| observations.moves[*place] * side > 0.0;
    let n_hits = places.iter().filter(|place| is_hit(place)).count();
    let n_base = (0..observations.n_sessions()).filter(is_hit).count();
    let is_short = places.len() < statistics.selection.min_n || effective_n < MIN_EFFECTIVE;
    let without = line
        .without(statistics.selection.min_n)
        .or(is_short.then_some(TOO_FEW));
    let mut finding = line.nothing(without, 7);
    finding.cells.insert(
        3,
        Cell::text(if side > 0.0 { "positive" } else { "negative" }),
    );
    finding.cells[4] = Cell::Null;
    finding.cells[5] = Cell::count(places.len());
    finding.cells[7] = Cell::count(effective_n);
    if without.is_some() {
        finding.cells.extend([Cell::Null, Cell::Null, Cell::Null]);
        return finding;
    }
    let (rate, base_rate) = (
        share(n_hits, places.len()),
        share(n_base, observations.n_sessions()),
    );
    finding.cells.extend([
        Cell::count(n_hits),
        Cell::Number(rate, 3),
        Cell::Number(base_rate, 3),
    ]);
    let effective_hits = scaled(rate, effective_n);
    finding.p = binomial_test(effective_hits, effective_n, base_rate);
    finding.interval = wilson(effective_hits, effective_n, 0.95).map(|(low, high)| Interval {
        low: low - base_rate,
        high: high - base_rate,
        p: finding.p.unwrap_or(1.0),
    });
    let weights: Vec<f64> = observations
        .tones
        .iter()
        .map(|tone| f64::from(u8::from(is_side(tone))) / count(places.len()))
        .collect();
    let deviations: Vec<f64> = (0..observations.n_sessions())
        .map(|place| f64::from(u8::from(is_hit(&place))) - base_rate)
        .collect();
    finding.placebo = statistics
        .trials
        .placebo(&weights, &deviations, line.window.length());
    finding
}

fn share(part: usize, whole: usize) -> f64 {
    count(part) / count(whole)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn count(number: usize) -> f64 {
    number as f64
}

/// As many of `n` as a share comes to.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a count is a count"
)]
fn scaled(share: f64, n: usize) -> usize {
    (share * count(n)).round() as usize
}
