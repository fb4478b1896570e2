//! Word embeddings.

use super::Shape;
use crate::error::NlpError;
use crate::model_file::TensorFile;

/// Word embeddings in eight bits, one row and one scale per word piece.
pub(crate) struct Embedding {
    width: usize,
    values: Vec<i8>,
    scales: Vec<f32>,
}

impl Embedding {
    pub(crate) fn read(file: &TensorFile<'_>, name: &str, shape: Shape) -> Result<Self, NlpError> {
        let Shape { pieces, width, .. } = shape;
        Ok(Self {
            width,
            values: file.integers(&format!("{name}.weight"), &[pieces, width])?,
            scales: file.floats(&format!("{name}.scale"), &[pieces])?,
        })
    }

    pub(crate) fn into_floats(self) -> Vec<f32> {
        let rows = self.values.chunks_exact(self.width).zip(self.scales);
        rows.flat_map(|(row, scale)| row.iter().map(move |value| f32::from(*value) * scale))
            .collect()
    }

    /// Adds the embedding of `piece` to `row`.
    pub(crate) fn add_to(&self, piece: u32, row: &mut [f32]) {
        self.add_weighted(piece, 1.0, row);
    }

    /// Adds the embedding of `piece`, times `weight`, to `row`.
    pub(crate) fn add_weighted(&self, piece: u32, weight: f32, row: &mut [f32]) {
        let place = piece as usize;
        let values = &self.values[place * self.width..(place + 1) * self.width];
        let scale = self.scales[place] * weight;
        for (value, word) in row.iter_mut().zip(values) {
            *value += f32::from(*word) * scale;
        }
    }
}
