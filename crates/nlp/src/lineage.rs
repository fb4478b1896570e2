//! Whether one article is derived from another.
//!
//! A copy, a cut or extended one, a rewrite, spun text and a revision are; an independent story of the same event and
//! another event that is told by the same template are not. (A page of which four fifths stay word for word is a revision, whatever numbers
//! it fills in anew.)
//!
//! Of each text a [`Fingerprint`] is kept. Its bands are for a database to look up which earlier texts are worth comparing, its sketch
//! is what [`likeness`] compares. Shingles tell copies, whatever was cut off or put around them; what survives rewriting and spinning
//! are quotations, numbers, names and the order in which these come, and they have bands of their own.
//!
//! Fingerprints of one version of [`fingerprint`] are the same on every machine, and so are likenesses. Nothing here knows when
//! a text was published or who published it: what is earlier, and how far back to look, is the caller's to say.

mod decision;
mod evidence;
mod mixing;
mod numbers;
mod sketch;
mod tokens;

use crate::error::NlpError;

use self::decision::{FEWEST_MILLIONTHS, log_odds, millionths};
use self::sketch::{Part, Sketch};
use self::tokens::tokens;

pub use self::decision::{Features, N_FEATURES};

/// What is kept of a text so that later ones can be compared with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    bands: Vec<i64>,
    sketch: Vec<u8>,
}

impl Fingerprint {
    /// At most 32 hashes to look texts up by: texts of one story have one of them in common, as a rule. Of the articles in
    /// `tests/fixtures/lineage` that are derived from another all do, and 0.3 % of the pairs of different events. Where very many texts
    /// share a hash, it is of a phrase that stands under all articles of a site, and may be passed over.
    pub fn bands(&self) -> &[i64] {
        &self.bands
    }

    /// What [`likeness`] compares, in less than 1.5 kB.
    pub fn sketch(&self) -> &[u8] {
        &self.sketch
    }
}

/// The fingerprint of an article, of which the first 24,000 bytes are read.
pub fn fingerprint(title: &str, text: &str) -> Fingerprint {
    let (title, text) = (tokens(title), tokens(text));
    Fingerprint {
        bands: evidence::bands(&text),
        sketch: sketch::write(evidence::parts(&title, &text)),
    }
}

/// That two texts are of one story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// How sure that is, in millionths; more than half a million.
    pub score: i32,
    /// What they share, such as "62 % of phrases, 9 quoted phrases, 5 rare numbers, 4 names".
    pub evidence: String,
}

/// `Some` where one of the two texts with these sketches is derived from the other or both are from a third, in whichever order they are
/// given.
///
/// # Errors
/// [`NlpError::Sketch`] where one of them was written by another version or is damaged.
pub fn likeness(one: &[u8], other: &[u8]) -> Result<Option<Likeness>, NlpError> {
    let (one, other) = (Sketch::read(one)?, Sketch::read(other)?);
    let score = millionths(log_odds(&decision::features(&one, &other)));
    Ok((score >= FEWEST_MILLIONTHS).then(|| Likeness {
        score,
        evidence: told(&one, &other),
    }))
}

/// What [`likeness`] weighs of two sketches, for fitting its weights.
///
/// # Errors
/// As those of [`likeness`].
pub fn features(one: &[u8], other: &[u8]) -> Result<Features, NlpError> {
    Ok(decision::features(
        &Sketch::read(one)?,
        &Sketch::read(other)?,
    ))
}

fn told(one: &Sketch<'_>, other: &Sketch<'_>) -> String {
    let of = |part| one.set(part).overlap(other.set(part));
    let phrases = of(Part::Shingles);
    let shared = 100 * phrases.shared / phrases.fewer.max(1);
    let mut told = vec![format!("{shared} % of phrases")];
    for (part, name) in [
        (Part::Quotes, "quoted phrase"),
        (Part::RareNumbers, "rare number"),
        (Part::Names, "name"),
    ] {
        match of(part).shared {
            0 => {}
            1 => told.push(format!("1 {name}")),
            shared => told.push(format!("{shared} {name}s")),
        }
    }
    told.join(", ")
}
