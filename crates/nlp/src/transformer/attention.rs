//! Scaled dot-product attention within each sentence: `softmax(Q Kᵀ / √d) V`, head by head.

use std::ops::Range;

use rten_simd::ops::{BitOps, NumOps};
use rten_simd::{Isa, SimdOp};
use rten_vecmath::Softmax;

/// Queries that are worked on together, so that each key and value is loaded once for all of them.
const TOGETHER: usize = 4;
/// Keys are padded to the widest vector there is.
const WIDEST: usize = 16;

/// Attention of `heads` heads.
pub(crate) struct Attention {
    width: usize,
    heads: usize,
}

/// Room for the keys of one head, turned, and for the weights of [`TOGETHER`] queries.
#[derive(Default)]
pub(crate) struct Scratch {
    keys: Vec<f32>,
    weights: Vec<f32>,
}

impl Attention {
    pub(crate) fn new(width: usize, heads: usize) -> Self {
        Self { width, heads }
    }

    /// Values per row.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Writes the attended values of each query to `outputs`. A row of `keys_values` holds the key and the value of a word
    /// piece; `queries` are as many, or one for each sentence.
    pub(crate) fn apply(
        &self,
        queries: &[f32],
        keys_values: &[f32],
        sentences: &[Range<usize>],
        outputs: &mut Vec<f32>,
        scratch: &mut Scratch,
    ) {
        let (width, wide) = (self.width, 2 * self.width);
        outputs.resize(queries.len(), 0.0);
        let one_each = queries.len() < keys_values.len() / 2;
        let mut begin = 0;
        for sentence in sentences {
            let n_queries = if one_each { 1 } else { sentence.len() };
            let rows = begin * width..(begin + n_queries) * width;
            begin += n_queries;
            OneSentence {
                width,
                depth: width / self.heads,
                queries: &queries[rows.clone()],
                keys_values: &keys_values[sentence.start * wide..sentence.end * wide],
                outputs: &mut outputs[rows],
                scratch,
            }
            .dispatch();
        }
    }
}

struct OneSentence<'a> {
    width: usize,
    /// Values per head.
    depth: usize,
    queries: &'a [f32],
    keys_values: &'a [f32],
    outputs: &'a mut [f32],
    scratch: &'a mut Scratch,
}

impl SimdOp for OneSentence<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(mut self, isa: I) {
        let n_queries = self.queries.len() / self.width;
        let n_keys = self.keys_values.len() / (2 * self.width);
        let padded = n_keys.next_multiple_of(WIDEST);
        self.scratch.weights.resize(TOGETHER * padded, 0.0);
        for head in (0..self.width).step_by(self.depth) {
            self.turn_keys(head, padded);
            for first in (0..n_queries).step_by(TOGETHER) {
                self.score(isa, head, first, padded);
                for weights in self.scratch.weights.chunks_exact_mut(padded) {
                    Softmax::new_mut(&mut weights[..n_keys]).eval(isa);
                }
                self.gather(isa, head, first, padded);
            }
        }
    }
}

impl OneSentence<'_> {
    /// Lays the keys of a head out as `[depth, padded]`, so that a query meets a vector of keys at a time.
    #[inline(always)]
    fn turn_keys(&mut self, head: usize, padded: usize) {
        self.scratch.keys.resize(self.depth * padded, 0.0);
        for (place, row) in self.keys_values.chunks_exact(2 * self.width).enumerate() {
            let key = &row[head..head + self.depth];
            for (value, column) in key.iter().zip(self.scratch.keys.chunks_exact_mut(padded)) {
                column[place] = *value;
            }
        }
    }

    /// Scores of [`TOGETHER`] queries against all keys.
    #[inline(always)]
    fn score<I: Isa>(&mut self, isa: I, head: usize, first: usize, padded: usize) {
        let ops = isa.f32();
        #[expect(
            clippy::cast_precision_loss,
            reason = "a head has far fewer than 2²⁴ values"
        )]
        let scale = 1.0 / (self.depth as f32).sqrt();
        // Past the last query the last is taken again; what comes of it is not used.
        let last = self.queries.len() / self.width - 1;
        let queries: [&[f32]; TOGETHER] = std::array::from_fn(|offset| {
            let begin = (first + offset).min(last) * self.width + head;
            &self.queries[begin..begin + self.depth]
        });
        for begin in (0..padded).step_by(ops.len()) {
            let mut sums = [ops.zero(); TOGETHER];
            for (depth, keys) in self.scratch.keys.chunks_exact(padded).enumerate() {
                let keys = ops.load(&keys[begin..]);
                for (sum, query) in sums.iter_mut().zip(queries) {
                    *sum = ops.mul_add(ops.splat(query[depth] * scale), keys, *sum);
                }
            }
            let rows = self.scratch.weights.chunks_exact_mut(padded);
            for (sum, weights) in sums.into_iter().zip(rows) {
                ops.store(sum, &mut weights[begin..]);
            }
        }
    }

    /// Values weighted for [`TOGETHER`] queries.
    #[inline(always)]
    fn gather<I: Isa>(&mut self, isa: I, head: usize, first: usize, padded: usize) {
        let ops = isa.f32();
        let n_queries = self.queries.len() / self.width;
        for begin in (head..head + self.depth).step_by(ops.len()) {
            let mut sums = [ops.zero(); TOGETHER];
            let rows = self.keys_values.chunks_exact(2 * self.width);
            for (place, row) in rows.enumerate() {
                let values = ops.load(&row[self.width + begin..]);
                for (offset, sum) in sums.iter_mut().enumerate() {
                    let weight = ops.splat(self.scratch.weights[offset * padded + place]);
                    *sum = ops.mul_add(weight, values, *sum);
                }
            }
            for (offset, sum) in sums.into_iter().enumerate().take(n_queries - first) {
                let row = (first + offset) * self.width + begin;
                ops.store(sum, &mut self.outputs[row..]);
            }
        }
    }
}
