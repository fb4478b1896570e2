//! The first step of a cascade: a linear model over hashed runs of word pieces, far cheaper than the encoder, which answers
//! where it is sure.
//!
//! `logits = Σ weights[bucket] × scale / √n + bias` over the n runs of one to three word pieces. Weights are integers, so that
//! the sum is exact. It knows no targets.

use crate::error::NlpError;
use crate::model_file::TensorFile;

const LONGEST_RUN: usize = 3;

/// The step, loaded.
pub(crate) struct Cascade {
    weights: Vec<[i8; 3]>,
    scale: f32,
    bias: [f32; 3],
}

impl Cascade {
    /// Reads `cascade.weight` of `n_buckets` rows, `cascade.scale` and `cascade.bias`.
    pub(crate) fn read(file: &TensorFile<'_>, n_buckets: usize) -> Result<Self, NlpError> {
        let weights = file.integers("cascade.weight", &[n_buckets, 3])?;
        let scale = file.floats("cascade.scale", &[1])?;
        let bias = file.floats("cascade.bias", &[3])?;
        if n_buckets == 0 {
            return Err(file.problem("the cascade has no buckets".into()));
        }
        Ok(Self {
            weights: weights.as_chunks::<3>().0.to_vec(),
            scale: scale[0],
            bias: [bias[0], bias[1], bias[2]],
        })
    }

    /// Logits of a sentence of at least one word piece.
    #[expect(
        clippy::cast_precision_loss,
        reason = "at most 3 × 128 runs of weights of at most 127"
    )]
    pub(crate) fn logits(&self, pieces: &[u32]) -> [f32; 3] {
        let mut sums = [0_i32; 3];
        let mut n_runs = 0;
        for length in 1..=LONGEST_RUN {
            for run in pieces.windows(length) {
                let weights = &self.weights[hash(run) as usize % self.weights.len()];
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum += i32::from(*weight);
                }
                n_runs += 1;
            }
        }
        let scale = self.scale / (n_runs as f32).sqrt();
        std::array::from_fn(|label| sums[label] as f32 * scale + self.bias[label])
    }
}

/// FNV-1a over whole identifiers, with the high bits folded in after each.
fn hash(run: &[u32]) -> u32 {
    run.iter().fold(0x811C_9DC5, |hashed, piece| {
        let mixed = (hashed ^ piece).wrapping_mul(0x0100_0193);
        mixed ^ (mixed >> 15)
    })
}
