//! What a sentence as such is about: four logits of each theme.
//!
//! They are read from the sentence's first row after the last layer and the mean of its rows one layer earlier, and these rows
//! vote beside: each has four logits for each theme and a say, the softmax over the rows of a fifth number, so that two words
//! count for a theme however long the sentence is (attention by label, Mullenbach et al. 2018).

use std::ops::Range;

use rten_simd::SimdUnaryOp;
use rten_vecmath::Exp;

use super::{Arithmetic, Linear, Shape, linear};
use crate::error::NlpError;
use crate::learned::STATES;
use crate::model_file::TensorFile;

/// The vectorised eight-bit steps work on so many outputs at a time.
const TOGETHER: usize = 64;

/// The layers, loaded.
pub(super) struct ThemeHead {
    width: usize,
    n_themes: usize,
    /// Outputs of `votes`.
    n_votes: usize,
    whole: Linear,
    /// For each row the say on each theme, then four logits of each, then outputs of no meaning up to a multiple of [`TOGETHER`].
    votes: Linear,
}

/// What was heard of each sentence.
pub(super) struct Heard {
    /// Room for the first row after the last layer, and the mean of the rows.
    about: Vec<f32>,
    /// Four logits of each theme for each sentence.
    voted: Vec<f32>,
}

impl ThemeHead {
    /// Reads the layers `themes` and `themes.votes`.
    pub(super) fn read(
        file: &TensorFile<'_>,
        shape: Shape,
        n_themes: usize,
        arithmetic: Arithmetic,
    ) -> Result<Self, NlpError> {
        let Shape { width, .. } = shape;
        let n_votes = ((1 + STATES) * n_themes).next_multiple_of(TOGETHER);
        let whole = [STATES * n_themes, 2 * width];
        Ok(Self {
            width,
            n_themes,
            n_votes,
            whole: Linear::read(file, &["themes"], whole, arithmetic)?,
            votes: Linear::read(file, &["themes.votes"], [n_votes, width], arithmetic)?,
        })
    }

    /// Means and votes of the rows of each sentence.
    pub(super) fn hear(
        &self,
        rows: &[f32],
        spans: &[Range<usize>],
        scratch: &mut linear::Scratch,
    ) -> Heard {
        let mut votes = Vec::new();
        self.votes.apply(rows, &mut votes, scratch);
        let mut heard = Heard {
            about: vec![0.0; spans.len() * 2 * self.width],
            voted: vec![0.0; spans.len() * STATES * self.n_themes],
        };
        let abouts = heard.about.chunks_exact_mut(2 * self.width);
        let voted = heard.voted.chunks_exact_mut(STATES * self.n_themes);
        for ((span, about), voted) in spans.iter().zip(abouts).zip(voted) {
            let theirs = &rows[span.start * self.width..span.end * self.width];
            mean_row(theirs, span.len(), &mut about[self.width..]);
            let theirs = &mut votes[span.start * self.n_votes..span.end * self.n_votes];
            count(theirs, self.n_votes, voted.as_chunks_mut().0);
        }
        heard
    }

    /// Four logits of each theme for each sentence, and what each is about: the `first` row and the mean of those before.
    pub(super) fn states(
        &self,
        heard: Heard,
        first: &[f32],
        scratch: &mut linear::Scratch,
    ) -> (Vec<f32>, Vec<f32>) {
        let Heard { mut about, voted } = heard;
        let abouts = about.chunks_exact_mut(2 * self.width);
        for (about, row) in abouts.zip(first.chunks_exact(self.width)) {
            about[..self.width].copy_from_slice(row);
        }
        let mut states = Vec::new();
        self.whole.apply(&about, &mut states, scratch);
        for (state, voted) in states.iter_mut().zip(&voted) {
            *state += voted;
        }
        (states, about)
    }
}

/// Writes the mean of the `n_rows` of `rows` to `mean`, which is zeros.
fn mean_row(rows: &[f32], n_rows: usize, mean: &mut [f32]) {
    for row in rows.chunks_exact(mean.len()) {
        for (sum, value) in mean.iter_mut().zip(row) {
            *sum += value;
        }
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "a sentence has far fewer than 2²⁴ word pieces"
    )]
    let n = n_rows as f32;
    mean.iter_mut().for_each(|sum| *sum /= n);
}

/// Writes what the rows of one sentence voted for to `voted`, which is zeros: each row's logits, weighted by its share of the say.
fn count(votes: &mut [f32], n_votes: usize, voted: &mut [[f32; STATES]]) {
    let n_themes = voted.len();
    let mut loudest = vec![f32::NEG_INFINITY; n_themes];
    for row in votes.chunks_exact(n_votes) {
        for (loudest, say) in loudest.iter_mut().zip(row) {
            *loudest = loudest.max(*say);
        }
    }
    let mut total = vec![0.0; n_themes];
    for row in votes.chunks_exact_mut(n_votes) {
        let (says, logits) = row.split_at_mut(n_themes);
        for (say, loudest) in says.iter_mut().zip(&loudest) {
            *say -= loudest;
        }
        Exp {}.map_mut(says);
        let logits = logits.as_chunks::<STATES>().0;
        for (((say, logits), total), voted) in
            says.iter().zip(logits).zip(&mut total).zip(&mut *voted)
        {
            *total += say;
            for (sum, logit) in voted.iter_mut().zip(logits) {
                *sum += say * logit;
            }
        }
    }
    for (voted, total) in voted.iter_mut().zip(total) {
        voted.iter_mut().for_each(|sum| *sum /= total);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loud_row_decides_and_equals_share() {
        // Two themes, three rows: the say on each, four logits of each, one output without meaning.
        let row = |says: [f32; 2], first: f32, second: f32| {
            let mut row = says.to_vec();
            row.extend([first; STATES]);
            row.extend([second; STATES]);
            row.push(f32::NAN);
            row
        };
        let mut votes = [
            row([100.0, 7.0], 1.0, 3.0),
            row([0.0, 7.0], 5.0, 6.0),
            row([0.0, 7.0], 9.0, 9.0),
        ]
        .concat();
        let mut voted = [[0.0; STATES]; 2];
        count(&mut votes, 11, &mut voted);
        for (voted, expected) in voted
            .iter()
            .flatten()
            .zip([1.0, 6.0].iter().flat_map(|v| [v; STATES]))
        {
            assert!((voted - expected).abs() < 1e-5, "{voted} {expected}");
        }
    }
}
