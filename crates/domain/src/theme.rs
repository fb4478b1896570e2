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
    /// The first day on which the theme means anything; articles published earlier never carry it.
    pub valid_from: Option<NaiveDate>,
    /// Broader themes.
    #[serde(default)]
    pub parents: Vec<ThemeId>,
    /// One sentence: what a reader who slices by it wants to find.
    pub description: String,
    /// Indices that the theme is read against even where an article names none of them.
    pub indices: Vec<IndexId>,
    /// What carries the theme.
    pub phrases: Phrases,
    /// Whether the theme gets stronger or weaker.
    pub stance: StanceWords,
    /// What other systems call it.
    #[serde(default)]
    pub codes: Codes,
    /// Sentences that must, and must not, carry the theme.
    pub examples: Vec<Example>,
}

/// Phrase rules of a theme.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Phrases {
    /// Any of these carries the theme.
    pub any: Vec<String>,
    /// The same, in exactly this case.
    pub cased: Vec<String>,
    /// All phrases of a row, in one sentence.
    pub all: Vec<Vec<String>>,
    /// All phrases of a row, within some words of one sentence.
    pub near: Vec<Near>,
    /// A match that overlaps one of these is dropped.
    pub none: Vec<String>,
}

/// Phrases near each other, in any order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Near {
    /// The phrases.
    pub words: Vec<String>,
    /// Words from the first word of the first to the last word of the last.
    pub within: usize,
}

/// Words that decide a theme's stance, beside the negations and changes that hold for all themes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StanceWords {
    /// What a mention says where no word near it decides.
    pub bare: Stance,
    /// Words near a mention that make the theme likelier or stronger.
    #[serde(default)]
    pub stronger: Vec<String>,
    /// Words near a mention that make it less likely, later or weaker.
    #[serde(default)]
    pub weaker: Vec<String>,
}

/// Whether a theme is becoming more or less likely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i8", into = "i8")]
pub enum Stance {
    /// Less likely, weaker, later, or denied.
    Weaker,
    /// Neither.
    Neither,
    /// More likely, stronger, or affirmed.
    Stronger,
}

/// What other systems call a theme.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Codes {
    /// Concepts of IPTC Media Topics, such as `medtop:20000350`.
    pub iptc: Vec<String>,
    /// Themes of GDELT's Global Knowledge Graph, such as `ECON_CENTRALBANK`.
    pub gdelt: Vec<String>,
    /// Topics of Alpha Vantage's news, such as `economy_monetary`.
    pub alpha_vantage: Vec<String>,
}

/// A test sentence of a theme.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// One or two sentences.
    pub text: String,
    /// Whether the theme must be found in it.
    pub hit: bool,
    /// The stance that must be found with it.
    pub stance: Option<Stance>,
}

impl Phrases {
    /// Whether there is any phrase that finds something.
    pub fn find_anything(&self) -> bool {
        !(self.any.is_empty()
            && self.cased.is_empty()
            && self.all.is_empty()
            && self.near.is_empty())
    }
}

impl Stance {
    /// −1, 0 or 1.
    pub fn value(self) -> i8 {
        match self {
            Self::Weaker => -1,
            Self::Neither => 0,
            Self::Stronger => 1,
        }
    }

    /// The stance of a sum of stances: its sign.
    pub fn of_sum(sum: i32) -> Self {
        match sum.signum() {
            -1 => Self::Weaker,
            0 => Self::Neither,
            _ => Self::Stronger,
        }
    }

    /// The other way around; neither stays neither.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Weaker => Self::Stronger,
            Self::Neither => Self::Neither,
            Self::Stronger => Self::Weaker,
        }
    }
}

impl From<Stance> for i8 {
    fn from(stance: Stance) -> Self {
        stance.value()
    }
}

impl TryFrom<i8> for Stance {
    type Error = String;

    fn try_from(value: i8) -> Result<Self, Self::Error> {
        match value {
            -1 => Ok(Self::Weaker),
            0 => Ok(Self::Neither),
            1 => Ok(Self::Stronger),
            _ => Err(format!("a stance is -1, 0 or 1, not {value}")),
        }
    }
}
