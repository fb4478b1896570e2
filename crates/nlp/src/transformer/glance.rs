//! What a sentence may be about at a glance, for sentences whose sentiment the cascade answers, so that the encoder is never run.
//!
//! The weighted mean of the encoder's own word embeddings, each word piece with a weight of its own, through one hidden layer to
//! the logits of each theme.

use super::{Arithmetic, Linear, Scratch, Shape, Transformer};
use crate::error::NlpError;
use crate::learned::STATES;
use crate::model_file::TensorFile;

/// Values of the hidden layer.
const HIDDEN: usize = 128;

/// The layers, loaded.
pub(crate) struct Glance {
    /// What each word piece counts for, above 0.
    weights: Vec<f32>,
    hidden: Linear,
    output: Linear,
}

impl Glance {
    /// Reads `glance.weights`, one for each word piece, and the layers `glance.hidden` and `glance.output`.
    pub(crate) fn read(
        file: &TensorFile<'_>,
        shape: Shape,
        n_themes: usize,
        arithmetic: Arithmetic,
    ) -> Result<Self, NlpError> {
        let weights = file.floats("glance.weights", &[shape.pieces])?;
        if weights
            .iter()
            .any(|weight| !(weight.is_finite() && *weight > 0.0))
        {
            return Err(
                file.problem("tensor glance.weights holds a weight that is not above 0".into())
            );
        }
        let (into, out) = ([HIDDEN, shape.width], [STATES * n_themes, HIDDEN]);
        Ok(Self {
            weights,
            hidden: Linear::read(file, &["glance.hidden"], into, arithmetic)?.with_gelu(),
            output: Linear::read(file, &["glance.output"], out, arithmetic)?,
        })
    }

    /// Four logits of each theme of a sentence of at least one word piece.
    pub(crate) fn states(
        &self,
        encoder: &Transformer,
        pieces: &[u32],
        scratch: &mut Scratch,
    ) -> Vec<f32> {
        let mean = encoder.mean_word(pieces, &self.weights);
        let (mut hidden, mut states) = (Vec::new(), Vec::new());
        self.hidden.apply(&mean, &mut hidden, &mut scratch.linear);
        self.output.apply(&hidden, &mut states, &mut scratch.linear);
        states
    }

    /// The mean word of a sentence, of length 1: near that of sentences of like words.
    pub(crate) fn sketch(&self, encoder: &Transformer, pieces: &[u32]) -> Vec<f32> {
        let mut mean = encoder.mean_word(pieces, &self.weights);
        let length = mean.iter().map(|value| value * value).sum::<f32>().sqrt();
        mean.iter_mut()
            .for_each(|value| *value /= length.max(f32::MIN_POSITIVE));
        mean
    }
}
