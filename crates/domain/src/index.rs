//! Market indices and benchmark yields: what they are called, where they trade, and how their moves are measured.

use serde::Deserialize;

use crate::currency::Currency;
use crate::identifier::{IndexId, Mic};

/// How the move of a series is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeriesKind {
    /// A price level: moves are simple returns, `close / close − 1`.
    Price,
    /// An annual yield in percent: moves are basis points.
    Yield,
    /// A volatility index: moves are simple returns.
    Volatility,
}

impl SeriesKind {
    /// The name that configuration and tables give it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::Yield => "yield",
            Self::Volatility => "volatility",
        }
    }

    /// The unit of this kind's moves: `fraction` or `basis_points`.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Price | Self::Volatility => "fraction",
            Self::Yield => "basis_points",
        }
    }
}

/// An index as `indices.toml` defines it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexDefinition {
    /// Permanent id.
    pub id: IndexId,
    /// Full name.
    pub name: String,
    /// The exchange whose sessions it is read by; `None`: texts are searched for it, and no table joins it to moves.
    pub exchange: Option<Mic>,
    /// How its moves are measured.
    pub kind: SeriesKind,
    /// What it is quoted in; of a yield, the currency of the debt. `None`: nobody has said.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Whether its published opens are struck by trading; those of many indices repeat the previous close, and no return can start there.
    #[serde(default)]
    pub opens: bool,
    /// The market that its abnormal returns are measured against, for sectors, styles and sizes. `None`: it is a market itself, or nobody has said.
    #[serde(default)]
    pub reference: Option<IndexId>,
    /// Names that price files use for it: FRED series ids, Yahoo and Stooq symbols.
    pub series: Vec<String>,
    /// What texts call it, in any case and number.
    pub aliases: Vec<String>,
    /// What texts call it, in exactly this case.
    #[serde(default)]
    pub cased: Vec<String>,
    /// What texts call it, and others too: found only where a word of market movement follows ("S&P fell").
    #[serde(default)]
    pub moving: Vec<String>,
    /// What an article calls it once it has named it: "the metal" of gold.
    #[serde(default)]
    pub again: Vec<String>,
    /// Names of others; in an article that holds one, a name of the index in one word counts only where a word of market movement
    /// follows.
    #[serde(default)]
    pub namesakes: Vec<String>,
    /// A match that overlaps one of these is dropped.
    #[serde(default)]
    pub none: Vec<String>,
}

impl IndexDefinition {
    /// What is wrong with it that its form alone does not show: the field, and what to do.
    pub fn problem(&self) -> Option<String> {
        if self.name.trim().is_empty() {
            return Some("name: it is empty: give its full name".into());
        }
        let has_bad_form = |series: &&String| series.trim() != **series || series.is_empty();
        if let Some(series) = self.series.iter().find(has_bad_form) {
            return Some(format!(
                "series: \"{series}\" is empty or has blanks around it: price files could not name it"
            ));
        }
        (self.opens && self.kind == SeriesKind::Yield)
            .then(|| "opens: a yield has no open: write false".into())
    }
}
