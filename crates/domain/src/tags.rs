//! What a tag run found in an article, each finding with the words it rests on.

use crate::digest::content_id;
use crate::identifier::{IndexId, ThemeId};
use crate::sentence::{Part, Sentence, Span};
use crate::sentiment::{Sentiment, Tone};

/// What a tag run depends on: change any of these and a new run begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRun {
    /// The sentiment model's name.
    pub model: String,
    /// SHA-256 of the model's weights.
    pub model_hash: String,
    /// Digest of all theme and index definitions.
    pub definitions_hash: String,
    /// Version of the tagging code.
    pub code_version: String,
}

impl TagRun {
    /// The run's public id, derived from everything it depends on.
    pub fn id(&self) -> String {
        content_id(&[
            "tag_run",
            &self.model,
            &self.model_hash,
            &self.definitions_hash,
            &self.code_version,
        ])
    }
}

/// Everything one tag run says of one article revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleTags {
    /// Sentences in reading order, the title's first.
    pub sentences: Vec<TaggedSentence>,
    /// Mean tone of its sentences, weighted by where they stand and what they mention; `None` of a text that says nothing
    /// relevant.
    pub tone: Option<Tone>,
    /// Themes by id.
    pub themes: Vec<ThemeTag>,
    /// Indices by id.
    pub indices: Vec<IndexTag>,
}

/// A sentence and how it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaggedSentence {
    /// Where it stands.
    pub sentence: Sentence,
    /// How it reads as such, toward no target.
    pub sentiment: Sentiment,
}

/// Words that a finding rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Which text they stand in.
    pub part: Part,
    /// Where in that text.
    pub span: Span,
    /// The rule that matched: a theme's phrase, or an index's alias.
    pub rule: String,
    /// How the sentence reads toward these words; `None` where its sentiment as such is taken.
    pub sentiment: Option<Sentiment>,
}

/// A theme that an article is about or invokes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeTag {
    /// Which theme.
    pub theme: ThemeId,
    /// Version of its definition.
    pub version: u32,
    /// How much of the article it is, in millionths of 0..1.
    pub salience: i32,
    /// Mean tone of the sentences that carry it: toward the theme where it is something to be held (an asset, a style, a
    /// sector), else as such; weighted by where they stand and how often they mention it.
    pub tone: Option<Tone>,
    /// The phrases found, in reading order.
    pub evidence: Vec<Evidence>,
}

/// An index that an article names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexTag {
    /// Which index.
    pub index: IndexId,
    /// Mean tone toward it of the sentences that name it, weighted by where they stand and how often they name it.
    pub tone: Option<Tone>,
    /// The names found, in reading order.
    pub evidence: Vec<Evidence>,
}
