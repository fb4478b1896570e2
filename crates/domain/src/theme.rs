//! What a theme is: an id that analysts slice by, defined by a small tested document.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::identifier::{IndexId, ThemeId};

/// What sort of thing a theme speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeKind {
    /// A cause of market moves, such as rate cuts.
    Driver,
    /// An asset class.
    Asset,
    /// A style or size, such as small caps.
    Style,
    /// A sector or industry.
    Sector,
    /// Government or central-bank policy.
    Policy,
    /// An event or a state of the market.
    Event,
    /// A person.
    Person,
}

/// A theme as its file defines it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThemeDefinition {
    /// Permanent id; also the file's name.
    pub id: ThemeId,
    /// Raised whenever the rules change, so that older tags stay explainable.
    pub version: u32,
    /// What people call it.
    pub label: String,
    /// What sort of thing it is.
    pub kind: ThemeKind,
    /// The day the definition was written; articles published earlier are tagged `retrospective`.
    pub defined_at: NaiveDate,
    /// One sentence: what a reader who slices by it wants to find.
    pub description: String,
    /// Indices that the theme is read against even where an article names none of them.
    pub indices: Vec<IndexId>,
    /// Phrases that carry the theme.
    pub phrases: Phrases,
    /// Sentences that must, and must not, carry the theme.
    pub examples: Vec<Example>,
}

/// Phrase rules of a theme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrases {
    /// Any of these carries the theme.
    pub any: Vec<String>,
    /// A match that overlaps one of these is dropped.
    #[serde(default)]
    pub none: Vec<String>,
}

/// A test sentence of a theme.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// One or two sentences.
    pub text: String,
    /// Whether the theme must be found in it.
    pub hit: bool,
}
