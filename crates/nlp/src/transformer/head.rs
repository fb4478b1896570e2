//! The two heads: a sentence as such is read after some of the layers, a sentence toward a target after all of them.
//!
//! What is said *of whom* takes more layers than whether a sentence is glad or sad; as such every sentence of every article is
//! read, toward a target only those that name one.

use super::Shape;
use super::linear::{self, Arithmetic, Linear};
use crate::error::NlpError;
use crate::model_file::TensorFile;

/// What a sentence is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reading {
    /// The sentence as such.
    Sentence,
    /// The sentence toward the target between its markers.
    Target,
}

impl Reading {
    /// Layers that are computed for it.
    pub(crate) fn layers(self, shape: Shape) -> usize {
        match self {
            Self::Sentence => shape.sentence_layers,
            Self::Target => shape.layers,
        }
    }

    /// Its name, as unpacked models bear it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sentence => "sentence",
            Self::Target => "target",
        }
    }

    /// Names of the pooler's and the classifier's tensors.
    pub(super) fn tensors(self) -> [&'static str; 2] {
        match self {
            Self::Sentence => ["sentence.pooler.dense", "sentence.classifier"],
            Self::Target => ["bert.pooler.dense", "classifier"],
        }
    }
}

/// The tanh pooler and three logits.
pub(super) struct Head {
    pooler: Linear,
    classifier: Linear,
}

impl Head {
    pub(super) fn read(
        file: &TensorFile<'_>,
        reading: Reading,
        width: usize,
        arithmetic: Arithmetic,
    ) -> Result<Self, NlpError> {
        let [pooler, classifier] = reading.tensors();
        Ok(Self {
            pooler: Linear::read(file, &[pooler], [width, width], arithmetic)?,
            classifier: Linear::read(file, &[classifier], [3, width], arithmetic)?,
        })
    }

    /// Three logits of each row of `hidden`; `pooled` is room to work in.
    pub(super) fn logits(
        &self,
        hidden: &[f32],
        pooled: &mut Vec<f32>,
        scratch: &mut linear::Scratch,
    ) -> Vec<[f32; 3]> {
        self.pooler.apply(hidden, pooled, scratch);
        for value in &mut *pooled {
            *value = value.tanh();
        }
        let mut logits = Vec::new();
        self.classifier.apply(pooled, &mut logits, scratch);
        logits.as_chunks::<3>().0.to_vec()
    }
}
