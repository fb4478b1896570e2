//! Steps that work on one row (one word piece) at a time, vectorised for whatever the processor has.

use rten_simd::ops::{BitOps, FloatOps, NarrowSaturate, NumOps, ToFloat};
use rten_simd::{Isa, Simd, SimdOp, SimdUnaryOp};

use crate::error::NlpError;
use crate::model_file::TensorFile;

/// Layer normalisation: `(x − mean) / √(variance + ε) × gain + bias`.
pub(crate) struct Norm {
    gain: Vec<f32>,
    bias: Vec<f32>,
}

/// BERT's ε.
const EPSILON: f32 = 1e-12;

impl Norm {
    /// Reads `NAME.weight` and `NAME.bias`.
    pub(crate) fn read(file: &TensorFile<'_>, name: &str, width: usize) -> Result<Self, NlpError> {
        Ok(Self {
            gain: file.floats(&format!("{name}.weight"), &[width])?,
            bias: file.floats(&format!("{name}.bias"), &[width])?,
        })
    }

    /// Normalises `row` in place.
    pub(crate) fn apply(&self, row: &mut [f32]) {
        Normalize { norm: self, row }.dispatch();
    }
}

/// `rows = norm(rows + others)`, row by row.
pub(crate) fn add_and_normalize(rows: &mut [f32], others: &[f32], norm: &Norm) {
    AddAndNormalize { rows, others, norm }.dispatch();
}

struct AddAndNormalize<'a> {
    rows: &'a mut [f32],
    others: &'a [f32],
    norm: &'a Norm,
}

impl SimdOp for AddAndNormalize<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let width = self.norm.gain.len();
        let others = self.others.chunks_exact(width);
        for (row, other) in self.rows.chunks_exact_mut(width).zip(others) {
            let ops = isa.f32();
            let lanes = row.chunks_exact_mut(ops.len());
            for (chunk, other) in lanes.zip(other.chunks_exact(ops.len())) {
                ops.store(ops.add(ops.load(chunk), ops.load(other)), chunk);
            }
            let norm = self.norm;
            Normalize { norm, row }.eval(isa);
        }
    }
}

struct Normalize<'a> {
    norm: &'a Norm,
    row: &'a mut [f32],
}

impl SimdOp for Normalize<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let ops = isa.f32();
        let (row, lanes) = (self.row, ops.len());
        #[expect(
            clippy::cast_precision_loss,
            reason = "a row has far fewer than 2²⁴ values"
        )]
        let n = row.len() as f32;
        let total = row
            .chunks_exact(lanes)
            .fold(ops.zero(), |sum, chunk| ops.add(sum, ops.load(chunk)));
        let mean = ops.splat(ops.sum(total) / n);
        let squares = row.chunks_exact(lanes).fold(ops.zero(), |sum, chunk| {
            let off = ops.sub(ops.load(chunk), mean);
            ops.mul_add(off, off, sum)
        });
        let scale = ops.splat(1.0 / (ops.sum(squares) / n + EPSILON).sqrt());
        let parameters = self
            .norm
            .gain
            .chunks_exact(lanes)
            .zip(self.norm.bias.chunks_exact(lanes));
        for (chunk, (gain, bias)) in row.chunks_exact_mut(lanes).zip(parameters) {
            let normal = ops.mul(ops.sub(ops.load(chunk), mean), scale);
            ops.store(ops.mul_add(normal, ops.load(gain), ops.load(bias)), chunk);
        }
    }
}

/// Scales each input by its column's factor, and each row to [`ZERO_POINT`] ± [`GREATEST`] by its own greatest magnitude.
pub(crate) struct Quantise<'a> {
    pub(crate) inputs: &'a [f32],
    /// One factor for each input of a row; a multiple of 64 of them.
    pub(crate) factors: &'a [f32],
    pub(crate) quantised: &'a mut [u8],
    /// What undoes the scaling, one for each row.
    pub(crate) scales: &'a mut [f32],
}

/// The stored zero of a quantised input.
pub(crate) const ZERO_POINT: u8 = 128;
/// The greatest magnitude of a quantised input.
const GREATEST: f32 = 127.0;

impl SimdOp for Quantise<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let rows = self.inputs.chunks_exact(self.factors.len());
        let quantised = self.quantised.chunks_exact_mut(self.factors.len());
        for ((row, quantised), scale) in rows.zip(quantised).zip(self.scales) {
            *scale = quantise_row(isa, row, self.factors, quantised);
        }
    }
}

#[inline(always)]
fn quantise_row<I: Isa>(isa: I, row: &[f32], factors: &[f32], quantised: &mut [u8]) -> f32 {
    let (floats, integers) = (isa.f32(), isa.i32());
    let lanes = floats.len();
    let chunks = row.chunks_exact(lanes).zip(factors.chunks_exact(lanes));
    let greatest = chunks.fold(floats.zero(), |greatest, (chunk, factors)| {
        let scaled = floats.mul(floats.load(chunk), floats.load(factors));
        floats.max(greatest, floats.abs(scaled))
    });
    let magnitude = floats.fold_splat(greatest, 0.0, f32::max);
    let magnitude = magnitude.to_array().as_ref()[0];
    let whole = floats.splat(if magnitude > 0.0 {
        GREATEST / magnitude
    } else {
        0.0
    });
    let zero_point = integers.splat(i32::from(ZERO_POINT));
    let chunks = row
        .chunks_exact(4 * lanes)
        .zip(factors.chunks_exact(4 * lanes));
    for ((chunk, factors), quantised) in chunks.zip(quantised.chunks_exact_mut(4 * lanes)) {
        let (values, factors) = (floats.load_many::<4>(chunk), floats.load_many::<4>(factors));
        let [a, b, c, d] = std::array::from_fn(|n| {
            let scaled = floats.mul(floats.mul(values[n], factors[n]), whole);
            integers.add(floats.to_int_round(scaled), zero_point)
        });
        let low = integers.narrow_saturate(a, b);
        let high = integers.narrow_saturate(c, d);
        isa.u8()
            .store(isa.i16().narrow_saturate(low, high), quantised);
    }
    magnitude / GREATEST
}

/// Integer sums back to floats: `sum × row scale × output scale + bias`, and GELU of that where asked for.
pub(crate) struct Dequantise<'a> {
    pub(crate) sums: &'a [i32],
    pub(crate) row_scales: &'a [f32],
    pub(crate) scales: &'a [f32],
    pub(crate) bias: &'a [f32],
    pub(crate) gelu: bool,
    pub(crate) outputs: &'a mut [f32],
}

impl SimdOp for Dequantise<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let (floats, integers) = (isa.f32(), isa.i32());
        let (width, lanes) = (self.bias.len(), floats.len());
        let rows = self
            .sums
            .chunks_exact(width)
            .zip(self.outputs.chunks_exact_mut(width));
        for ((sums, outputs), row_scale) in rows.zip(self.row_scales) {
            let row_scale = floats.splat(*row_scale);
            let parameters = self
                .scales
                .chunks_exact(lanes)
                .zip(self.bias.chunks_exact(lanes));
            let chunks = sums
                .chunks_exact(lanes)
                .zip(outputs.chunks_exact_mut(lanes));
            for ((sums, outputs), (scales, bias)) in chunks.zip(parameters) {
                let sums = integers.to_float(integers.load(sums));
                let scale = floats.mul(row_scale, floats.load(scales));
                let mut values = floats.mul_add(sums, scale, floats.load(bias));
                if self.gelu {
                    values = rten_vecmath::Gelu {}.eval(isa, values);
                }
                floats.store(values, outputs);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_scaled_by_its_own_greatest_magnitude() {
        let row: Vec<f32> = (0..128).map(|n| (n as f32 - 100.0) / 10.0).collect();
        let (mut quantised, mut scales) = (vec![0; 128], vec![0.0; 1]);
        Quantise {
            inputs: &row,
            factors: &[1.0; 128],
            quantised: &mut quantised,
            scales: &mut scales,
        }
        .dispatch();
        assert!((scales[0] - 10.0 / 127.0).abs() < 1e-6);
        for (value, quantised) in row.iter().zip(quantised) {
            let back = (f32::from(quantised) - f32::from(ZERO_POINT)) * scales[0];
            assert!(
                (value - back).abs() <= scales[0] / 2.0 + 1e-6,
                "{value} {back}"
            );
        }
    }
}
