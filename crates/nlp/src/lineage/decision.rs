//! Whether what two sketches share makes them one story.

use super::sketch::{Overlap, Part, Sketch};

/// How many features the decision rests on.
pub const N_FEATURES: usize = 23;

/// One number for each.
pub type Features = [f64; N_FEATURES];

/// The least score of one story.
pub(super) const FEWEST_MILLIONTHS: i32 = 500_000;

/// The weight of each feature, as `examples/lineage_fit.rs` finds them from the stories of `b`, `c` and `templates` in
/// `tests/fixtures/lineage`; those of `a` were kept for measuring. The last is given: the stories have no copies without names.
const WEIGHTS: Features = [
    -5.751, // 1
    3.134,  // containment of shingles
    -1.688, // resemblance of shingles
    -0.212, // number of shingles
    -0.232, // containment of words
    -2.663, // resemblance of words
    1.268,  // containment of quotations
    1.035,  // number of quotations
    3.850,  // containment of rare numbers
    4.524,  // number of rare numbers
    -4.619, // number of rare numbers that one lacks
    3.300,  // containment of plain numbers
    3.221,  // containment of names
    -2.310, // number of names
    1.425,  // containment of pairs of names and numbers
    2.201,  // number of pairs of names and numbers
    4.396,  // resemblance of titles
    -0.285, // the same first weekday
    -0.426, // another first weekday
    4.213,  // containment of specifics
    3.096,  // number of specifics
    3.674,  // square of the containment of shingles
    10.0,   // containment of shingles above 3/4: of a copy, whatever else it has
];

/// What is weighed of two sketches, the same in whichever order they are given.
pub(super) fn features(one: &Sketch<'_>, other: &Sketch<'_>) -> Features {
    let of = |part: Part| one.set(part).overlap(other.set(part));
    let (shingles, words, quotes) = (of(Part::Shingles), of(Part::Words), of(Part::Quotes));
    let (rare, plain) = (of(Part::RareNumbers), of(Part::PlainNumbers));
    let (names, order, title) = (of(Part::Names), of(Part::Order), of(Part::Title));
    let (day, specifics) = (of(Part::Weekday), of(Part::Specifics));
    [
        1.0,
        containment(shingles),
        resemblance(shingles),
        magnitude(shingles),
        containment(words),
        resemblance(words),
        containment(quotes),
        magnitude(quotes),
        containment(rare),
        magnitude(rare),
        magnitude_of(rare.fewer - rare.shared),
        containment(plain),
        containment(names),
        magnitude(names),
        containment(order),
        magnitude(order),
        resemblance(title),
        float(day.shared),
        float(day.fewer - day.shared),
        containment(specifics),
        magnitude(specifics),
        containment(shingles) * containment(shingles),
        (4.0 * containment(shingles) - 3.0).max(0.0),
    ]
}

/// The log odds of being one story.
pub(super) fn log_odds(features: &Features) -> f64 {
    let weighed = features.iter().zip(WEIGHTS);
    weighed.map(|(feature, weight)| feature * weight).sum()
}

/// The chance of being one story, from its log odds. Made of sums, products and quotients alone, which are the same on every
/// machine; the exponential functions of systems differ in their last digits.
pub(super) fn millionths(log_odds: f64) -> i32 {
    const DOUBLINGS: i32 = 20;
    let mut exponential = 1.0 - log_odds.clamp(-30.0, 30.0) / f64::from(1 << DOUBLINGS);
    for _ in 0..DOUBLINGS {
        exponential *= exponential;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it lies between 0 and a million"
    )]
    let millionths = (1e6 / (1.0 + exponential)).round() as i32;
    millionths
}

/// The part of the smaller set that the larger has too, drawn toward 0 where the smaller has hardly any members.
fn containment(overlap: Overlap) -> f64 {
    float(overlap.shared) / (float(overlap.fewer) + 2.0)
}

fn resemblance(overlap: Overlap) -> f64 {
    float(overlap.shared) / (float(overlap.fewer + overlap.more - overlap.shared) + 2.0)
}

fn magnitude(overlap: Overlap) -> f64 {
    magnitude_of(overlap.shared)
}

/// How much a count weighs, up to 1: the first of anything say the most.
fn magnitude_of(count: usize) -> f64 {
    float(count) / (float(count) + 4.0)
}

fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
