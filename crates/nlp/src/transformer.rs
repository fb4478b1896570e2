//! A BERT encoder with a sequence-classification head, for the CPU.
//!
//! Sentences of a batch are laid end to end, without padding: every step but attention works on rows (one per word piece)
//! and knows nothing of sentences, and attention looks at one sentence at a time. With eight-bit weights the products' sums
//! are integers and everything else is done row by row, so that a sentence's logits are the same to the bit in any batch and
//! any order. Processors with wider or narrower vectors add a row's floats in another order: between them logits may differ
//! in the last digits. Of the last layer only what the head reads is computed: the first row of each sentence.

mod attention;
mod embedding;
mod float_tensors;
mod glance;
mod head;
mod linear;
mod rows;
mod themes;

use std::ops::Range;

use head::Head;
pub(crate) use head::Reading;
pub use linear::Arithmetic;
use linear::Linear;

use attention::Attention;
use embedding::Embedding;
pub(crate) use float_tensors::float_tensors;
pub(crate) use glance::Glance;
use rows::{Norm, add_and_normalize};
use themes::ThemeHead;

use crate::error::NlpError;
use crate::model_file::TensorFile;

/// Sizes of an encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Encoder layers, all of which read a sentence toward a target.
    pub layers: usize,
    /// The first of them that read a sentence as such.
    pub sentence_layers: usize,
    /// Values per word piece, a multiple of 64.
    pub width: usize,
    /// Attention heads; `width / heads` must be a multiple of 16.
    pub heads: usize,
    /// Values per word piece inside the feed-forward block, a multiple of 64.
    pub inner: usize,
    /// Word pieces of the vocabulary.
    pub pieces: usize,
    /// Most word pieces of a text.
    pub positions: usize,
}

/// The loaded encoder.
pub(crate) struct Transformer {
    shape: Shape,
    words: Embedding,
    positions: Vec<f32>,
    embedding_norm: Norm,
    layers: Vec<Layer>,
    sentence_head: Head,
    target_head: Head,
    /// For the themes that the model was taught.
    theme_head: Option<ThemeHead>,
}

/// What is read in a batch.
pub(crate) struct Output {
    /// Three logits of each sentence.
    pub(crate) logits: Vec<[f32; 3]>,
    /// Four logits of each theme for each sentence as such; empty toward targets, and of a model that was taught no themes.
    pub(crate) states: Vec<f32>,
    /// What each sentence as such is about, twice [`Shape::width`] values: its first row, and the mean of its rows one layer
    /// earlier. Empty where `states` is.
    pub(crate) about: Vec<f32>,
}

struct Layer {
    attention: Attention,
    query: Linear,
    key_value: Linear,
    attended: Linear,
    attention_norm: Norm,
    intermediate: Linear,
    output: Linear,
    output_norm: Norm,
}

/// Room that is used again from batch to batch.
#[derive(Default)]
pub(crate) struct Scratch {
    linear: linear::Scratch,
    attention: attention::Scratch,
    /// One row per word piece; after the last layer, one per sentence.
    hidden: Vec<f32>,
    queries: Vec<f32>,
    keys_values: Vec<f32>,
    attended: Vec<f32>,
    inner: Vec<f32>,
    outputs: Vec<f32>,
}

impl Shape {
    /// Refuses sizes that the vectorised steps cannot work with; says what is wrong.
    pub(crate) fn check(&self) -> Result<(), String> {
        let Self {
            width,
            heads,
            inner,
            positions,
            ..
        } = *self;
        if [self.sentence_layers, width, heads, inner, self.pieces].contains(&0) {
            return Err("a size is 0".into());
        }
        if self.sentence_layers > self.layers {
            return Err(format!(
                "there are {} layers, not the {} that read a sentence as such",
                self.layers, self.sentence_layers
            ));
        }
        if !width.is_multiple_of(heads) || !(width / heads).is_multiple_of(16) {
            return Err(format!(
                "{width} values cannot be split into {heads} heads of a multiple of 16"
            ));
        }
        if !width.is_multiple_of(64) || !inner.is_multiple_of(64) {
            return Err(format!(
                "the sizes {width} and {inner} are no multiples of 64"
            ));
        }
        if !(8..=512).contains(&positions) {
            return Err(format!("{positions} positions are not within 8 to 512"));
        }
        Ok(())
    }
}

impl Transformer {
    /// Reads the weights, by the names of Hugging Face's `BertForSequenceClassification`.
    pub(crate) fn read(
        file: &TensorFile<'_>,
        shape: Shape,
        n_themes: usize,
        arithmetic: Arithmetic,
    ) -> Result<Self, NlpError> {
        let Shape { width, .. } = shape;
        let theme_head = (n_themes > 0)
            .then(|| ThemeHead::read(file, shape, n_themes, arithmetic))
            .transpose()?;
        let embedding = "bert.embeddings";
        let layers = (0..shape.layers).map(|n| Layer::read(file, n, shape, arithmetic));
        Ok(Self {
            shape,
            words: Embedding::read(file, &format!("{embedding}.word_embeddings"), shape)?,
            positions: file.floats(
                &format!("{embedding}.position_embeddings.weight"),
                &[shape.positions, width],
            )?,
            embedding_norm: Norm::read(file, &format!("{embedding}.LayerNorm"), width)?,
            layers: layers.collect::<Result<_, _>>()?,
            sentence_head: Head::read(file, Reading::Sentence, width, arithmetic)?,
            target_head: Head::read(file, Reading::Target, width, arithmetic)?,
            theme_head,
        })
    }

    /// Reads `sentences`, each of 1 to [`Shape::positions`] word pieces below [`Shape::pieces`], all of them for the same.
    pub(crate) fn read_batch(
        &self,
        sentences: &[&[u32]],
        reading: Reading,
        scratch: &mut Scratch,
    ) -> Output {
        let spans = spans(sentences);
        self.embed(sentences, &mut scratch.hidden);
        let layers = &self.layers[..reading.layers(self.shape)];
        let (last, before) = layers
            .split_last()
            .unwrap_or_else(|| unreachable!("a shape has layers"));
        for layer in before {
            layer.forward(&spans, Asking::EveryPiece, scratch);
        }
        let themes = self
            .theme_head
            .as_ref()
            .filter(|_| reading == Reading::Sentence);
        let heard = themes.map(|head| head.hear(&scratch.hidden, &spans, &mut scratch.linear));
        last.forward(&spans, Asking::FirstPiece, scratch);
        let head = match reading {
            Reading::Sentence => &self.sentence_head,
            Reading::Target => &self.target_head,
        };
        let logits = head.logits(&scratch.hidden, &mut scratch.outputs, &mut scratch.linear);
        let (states, about) = match themes.zip(heard) {
            Some((head, heard)) => head.states(heard, &scratch.hidden, &mut scratch.linear),
            None => (vec![], vec![]),
        };
        Output {
            logits,
            states,
            about,
        }
    }

    /// Values of a row.
    pub(crate) fn width(&self) -> usize {
        self.shape.width
    }

    /// The mean of the word embeddings of `pieces`, each with its own weight of `weights`.
    pub(crate) fn mean_word(&self, pieces: &[u32], weights: &[f32]) -> Vec<f32> {
        let mut mean = vec![0.0; self.shape.width];
        let mut total = 0.0;
        for piece in pieces {
            let weight = weights[*piece as usize];
            self.words.add_weighted(*piece, weight, &mut mean);
            total += weight;
        }
        mean.iter_mut().for_each(|value| *value /= total);
        mean
    }

    fn embed(&self, sentences: &[&[u32]], hidden: &mut Vec<f32>) {
        let width = self.shape.width;
        hidden.clear();
        for sentence in sentences {
            for (piece, position) in sentence.iter().zip(self.positions.chunks_exact(width)) {
                let begin = hidden.len();
                hidden.extend_from_slice(position);
                self.words.add_to(*piece, &mut hidden[begin..]);
            }
        }
        for row in hidden.chunks_exact_mut(width) {
            self.embedding_norm.apply(row);
        }
    }
}

/// Which rows of a layer are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    EveryPiece,
    FirstPiece,
}

impl Layer {
    fn read(
        file: &TensorFile<'_>,
        n: usize,
        shape: Shape,
        arithmetic: Arithmetic,
    ) -> Result<Self, NlpError> {
        let Shape { width, inner, .. } = shape;
        let prefix = format!("bert.encoder.layer.{n}");
        let name = |rest: &str| format!("{prefix}.{rest}");
        let linear = |rest: &str, sizes| Linear::read(file, &[&name(rest)], sizes, arithmetic);
        let [key, value] = ["key", "value"].map(|part| name(&format!("attention.self.{part}")));
        Ok(Self {
            attention: Attention::new(width, shape.heads),
            query: linear("attention.self.query", [width, width])?,
            key_value: Linear::read(file, &[&key, &value], [width, width], arithmetic)?,
            attended: linear("attention.output.dense", [width, width])?,
            attention_norm: Norm::read(file, &name("attention.output.LayerNorm"), width)?,
            intermediate: linear("intermediate.dense", [inner, width])?.with_gelu(),
            output: linear("output.dense", [width, inner])?,
            output_norm: Norm::read(file, &name("output.LayerNorm"), width)?,
        })
    }

    fn forward(&self, spans: &[Range<usize>], asking: Asking, scratch: &mut Scratch) {
        let Scratch {
            linear,
            attention,
            hidden,
            queries,
            keys_values,
            attended,
            inner,
            outputs,
        } = scratch;
        self.key_value.apply(hidden, keys_values, linear);
        if asking == Asking::FirstPiece {
            keep_first(hidden, spans, self.attention.width());
        }
        self.query.apply(hidden, queries, linear);
        self.attention
            .apply(queries, keys_values, spans, attended, attention);
        self.attended.apply(attended, outputs, linear);
        add_and_normalize(hidden, outputs, &self.attention_norm);
        self.intermediate.apply(hidden, inner, linear);
        self.output.apply(inner, outputs, linear);
        add_and_normalize(hidden, outputs, &self.output_norm);
    }
}

/// Keeps the first row of each sentence.
fn keep_first(rows: &mut Vec<f32>, spans: &[Range<usize>], width: usize) {
    for (n, span) in spans.iter().enumerate() {
        rows.copy_within(span.start * width..(span.start + 1) * width, n * width);
    }
    rows.truncate(spans.len() * width);
}

/// Which rows are whose.
fn spans(sentences: &[&[u32]]) -> Vec<Range<usize>> {
    let mut begin = 0;
    let spans = sentences.iter().map(|sentence| {
        let span = begin..begin + sentence.len();
        begin = span.end;
        span
    });
    spans.collect()
}
