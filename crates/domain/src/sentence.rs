//! Text is owned once, by the article; sentences and everything found in them are spans into it.

use serde::{Deserialize, Serialize};

/// The two texts of an article that carry spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The headline.
    Title,
    /// The body text.
    Body,
}

impl Part {
    /// `title` or `body`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Body => "body",
        }
    }
}

/// A half-open range of UTF-8 bytes, `start..end`, on character boundaries of the text it points into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The words under this span.
    ///
    /// Empty where the span does not lie on character boundaries of `text`.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or("")
    }

    /// Whether `inner` lies wholly within this span.
    pub fn contains(self, inner: Span) -> bool {
        self.start <= inner.start && inner.end <= self.end
    }

    /// Whether the two spans share a byte.
    pub fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// A sentence of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sentence {
    /// Which text it stands in.
    pub part: Part,
    /// Where in that text.
    pub span: Span,
}

impl Sentence {
    /// Whether `span` of `part` lies in this sentence.
    pub fn holds(&self, part: Part, span: Span) -> bool {
        self.part == part && self.span.contains(span)
    }
}
