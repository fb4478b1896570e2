//! The evidence of a text: the sets that sketches keep and the bands under which it is looked up.

use super::mixing::{join, mix};
use super::sketch::{N_PARTS, Part};
use super::tokens::{Kind, Token};

/// Words of a shingle.
const SHINGLE: usize = 3;
/// Words of a shingle that has to hold something specific.
const SPECIFIC: usize = 6;
/// Words of the shingles that make bands; longer, so that few texts that have nothing to do with each other share one.
const BAND_SHINGLE: usize = 4;

/// How many bands of shingles, quotations, sequences of numbers, names beside numbers, and exact numbers a text has at most.
const BANDS: [usize; 5] = [9, 5, 6, 6, 6];

/// The hashes of each part of a sketch of a text.
pub(super) fn parts(title: &[Token], text: &[Token]) -> [Vec<u64>; N_PARTS] {
    let mut parts: [Vec<u64>; N_PARTS] = Default::default();
    let mut add = |part: Part, hash: u64| parts[part as usize].push(mix(hash));
    for shingle in text.windows(SHINGLE) {
        add(Part::Shingles, joined(shingle));
        if shingle.iter().all(|token| token.quoted) {
            add(Part::Quotes, joined(shingle));
        }
    }
    for words in text.windows(SPECIFIC) {
        if words.iter().any(is_anchor) {
            add(Part::Specifics, joined(words));
        }
    }
    for token in text {
        match token.kind {
            Kind::Common | Kind::Weekday => {}
            Kind::Word => add(Part::Words, token.hash),
            Kind::Name => add(Part::Names, token.hash),
            Kind::PlainNumber => add(Part::PlainNumbers, token.hash),
            Kind::RareNumber | Kind::ExactNumber => add(Part::RareNumbers, token.hash),
        }
    }
    for pair in anchors(text).windows(2) {
        add(Part::Order, joined(pair));
    }
    let weekday = text.iter().find(|token| token.kind == Kind::Weekday);
    if let Some(weekday) = weekday {
        add(Part::Weekday, weekday.hash);
    }
    for token in title.iter().filter(|token| token.has_content()) {
        add(Part::Title, token.hash);
    }
    parts
}

/// The hashes under which a text is looked up: two texts of one story share one of them at the least, as a rule.
pub(super) fn bands(text: &[Token]) -> Vec<i64> {
    let shingles = telling(text.windows(BAND_SHINGLE));
    let quotes = telling(
        text.windows(BAND_SHINGLE)
            .filter(|words| words.iter().all(|word| word.quoted)),
    );
    let numbers: Vec<Token> = text
        .iter()
        .filter(|token| token.is_rare_number())
        .copied()
        .collect();
    let sequences = numbers.windows(2).map(joined).collect();
    let anchors = anchors(text);
    let is_named_number = |pair: &&[Token]| pair[0].is_rare_number() != pair[1].is_rare_number();
    let named = anchors
        .windows(2)
        .filter(is_named_number)
        .map(joined)
        .collect();
    let is_exact = |token: &&Token| token.kind == Kind::ExactNumber;
    let exact = text
        .iter()
        .filter(is_exact)
        .map(|token| token.hash)
        .collect();
    let families = [shingles, quotes, sequences, named, exact];
    let mut bands: Vec<i64> = Vec::new();
    for ((family, hashes), n) in (1..).zip(families).zip(BANDS) {
        bands.extend(smallest(hashes, family, n));
    }
    bands
}

/// Names and rare numbers in their order, without immediate repetition.
fn anchors(text: &[Token]) -> Vec<Token> {
    let mut anchors: Vec<Token> = text.iter().copied().filter(is_anchor).collect();
    anchors.dedup_by_key(|token| token.hash);
    anchors
}

/// Hashes of those shingles that are not made of common words alone.
fn telling<'a>(shingles: impl Iterator<Item = &'a [Token]>) -> Vec<u64> {
    let tells =
        |shingle: &&[Token]| shingle.iter().filter(|token| token.has_content()).count() >= 2;
    shingles.filter(tells).map(joined).collect()
}

/// The `n` smallest of `hashes`, as bands of `family`.
fn smallest(hashes: Vec<u64>, family: u64, n: usize) -> impl Iterator<Item = i64> {
    let mut mixed: Vec<u64> = hashes.into_iter().map(|hash| join(family, hash)).collect();
    mixed.sort_unstable();
    mixed.dedup();
    mixed.into_iter().take(n).map(u64::cast_signed)
}

fn joined(tokens: &[Token]) -> u64 {
    tokens.iter().fold(0, |hash, token| join(hash, token.hash))
}

fn is_anchor(token: &Token) -> bool {
    token.kind == Kind::Name || token.is_rare_number()
}
