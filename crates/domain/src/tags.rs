//! What a tag run found in an article, each finding with the words it rests on.

use crate::digest::content_id;
use crate::identifier::{IndexId, ThemeId};
use crate::sentence::{Part, Sentence, Span};
use crate::sentiment::{Sentiment, Tone};
use crate::theme::Stance;

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
    /// The language where it surely is not English (ISO 639-3); themes are then not looked for.
    pub language: Option<String>,
    /// Sentences in reading order, the title's first.
    pub sentences: Vec<TaggedSentence>,
    /// Mean tone of its sentences, weighted by where they stand and what they mention; `None` of a text that says nothing
    /// relevant.
    pub tone: Option<Tone>,
    /// Themes by id.
    pub themes: Vec<ThemeTag>,
    /// Indices by id.
    pub indices: Vec<IndexTag>,
    /// Companies and people, in reading order.
    pub entities: Vec<Entity>,
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
    /// Whether the theme gets stronger or weaker here; `None` of an index.
    pub stance: Option<Stance>,
}

/// A company or a person that an article names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entity {
    /// Which of the two.
    pub kind: EntityKind,
    /// Which text the name stands in.
    pub part: Part,
    /// Where in that text.
    pub span: Span,
}

/// What sort of thing a name is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntityKind {
    /// A company.
    Company,
    /// A person.
    Person,
}

impl EntityKind {
    /// `company` or `person`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Person => "person",
        }
    }
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
    /// Whether the theme is becoming more or less likely, −1..1 in millionths: the mean over its mentions, weighted by where they
    /// stand.
    pub stance: i32,
    /// Tone of the sentences that carry the theme toward each linked index, where they say any: toward the index where they name
    /// it, else, for an index of prices, as such.
    pub effects: Vec<(IndexId, Tone)>,
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
