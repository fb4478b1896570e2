//! `y = x Wᵀ + b` over rows, with weights in 32-bit floats or in eight-bit integers.
//!
//! Eight bits: each row of inputs is scaled by its own greatest magnitude to ±127, and weights are stored as ±63 with one
//! scale per output, so that a pair of products fits into 16 bits and every instruction set gives the same integers
//! (`vpmaddubsw` saturates otherwise). A row's scale comes from that row alone: no batch-mate enters into it. The few inputs
//! that are always large are first scaled down, and their weights up, by a factor per input that was fixed when the weights
//! were made (SmoothQuant, Xiao et al. 2023).

use rten_gemm::{
    BiasVector, GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix, QuantParams,
};
use rten_simd::{SimdOp, SimdUnaryOp};
use rten_tensor::NdTensorView;

use super::rows::{Dequantise, Quantise, ZERO_POINT};
use crate::error::NlpError;
use crate::model_file::TensorFile;

/// How products are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// As the weights are stored.
    AsStored,
    /// In 32-bit floats, whatever the weights are stored in: to compare with other engines.
    Float,
}

/// The greatest magnitude of a weight: a greater one would not give the same sums on every processor.
const GREATEST_WEIGHT: u8 = 63;

/// A weight matrix `[outputs, inputs]`, row by row.
enum Weights {
    Float(Vec<f32>),
    /// `values × scales[row] × factors[column]`.
    Quantised {
        values: Vec<i8>,
        scales: Vec<f32>,
        factors: Vec<f32>,
    },
}

/// The layer.
pub(crate) struct Linear {
    n_inputs: usize,
    bias: Vec<f32>,
    matrix: Matrix,
    gelu: bool,
}

enum Matrix {
    Float(PackedBMatrix<f32>),
    Quantised {
        packed: PackedBMatrix<i8>,
        scales: Vec<f32>,
        factors: Vec<f32>,
    },
}

/// The processor's best kernels, and room for a quantised input and the integer sums.
#[derive(Default)]
pub(crate) struct Scratch {
    floats: GemmExecutor<f32>,
    integers: GemmExecutor<u8, i8, i32>,
    inputs: Vec<u8>,
    scales: Vec<f32>,
    zero_points: Vec<u8>,
    sums: Vec<i32>,
}

impl Weights {
    /// Reads `NAME.weight` of `sizes` (outputs, inputs); where it is stored in eight bits also `NAME.scale`, one per output,
    /// and `NAME.factor`, one per input.
    fn read(file: &TensorFile<'_>, name: &str, sizes: [usize; 2]) -> Result<Self, NlpError> {
        let weight = format!("{name}.weight");
        if file.is_quantised(&weight)? {
            let values = file.integers(&weight, &sizes)?;
            if values
                .iter()
                .any(|value| value.unsigned_abs() > GREATEST_WEIGHT)
            {
                return Err(file.problem(format!("tensor {weight} goes beyond ±{GREATEST_WEIGHT}")));
            }
            Ok(Self::Quantised {
                values,
                scales: file.floats(&format!("{name}.scale"), &sizes[..1])?,
                factors: file.floats(&format!("{name}.factor"), &sizes[1..])?,
            })
        } else {
            Ok(Self::Float(file.floats(&weight, &sizes)?))
        }
    }

    fn into_floats(self, n_inputs: usize) -> Vec<f32> {
        match self {
            Self::Float(values) => values,
            Self::Quantised {
                values,
                scales,
                factors,
            } => {
                let rows = values.chunks_exact(n_inputs).zip(scales);
                let floats = rows.flat_map(|(row, scale)| {
                    let pairs = row.iter().zip(&factors);
                    pairs.map(move |(value, factor)| f32::from(*value) * scale * factor)
                });
                floats.collect()
            }
        }
    }

    /// Puts the outputs of `other` after those of `self`; as floats where they are not scaled alike.
    fn stacked(self, other: Self, n_inputs: usize) -> Self {
        match (self, other) {
            (
                Self::Quantised {
                    mut values,
                    mut scales,
                    factors,
                },
                Self::Quantised {
                    values: more,
                    scales: more_scales,
                    factors: others,
                },
            ) if factors == others => {
                values.extend(more);
                scales.extend(more_scales);
                Self::Quantised {
                    values,
                    scales,
                    factors,
                }
            }
            (first, second) => {
                let mut values = first.into_floats(n_inputs);
                values.extend(second.into_floats(n_inputs));
                Self::Float(values)
            }
        }
    }
}

/// The weights of a layer of `sizes` (outputs, inputs) in floats, however they are stored.
pub(crate) fn float_weights(
    file: &TensorFile<'_>,
    name: &str,
    sizes: [usize; 2],
) -> Result<Vec<f32>, NlpError> {
    Ok(Weights::read(file, name, sizes)?.into_floats(sizes[1]))
}

impl Linear {
    /// Reads the layers `names`, each of `sizes` (outputs, inputs), as one with all their outputs.
    pub(crate) fn read(
        file: &TensorFile<'_>,
        names: &[&str],
        sizes: [usize; 2],
        arithmetic: Arithmetic,
    ) -> Result<Self, NlpError> {
        let [n_outputs, n_inputs] = sizes;
        let mut bias = Vec::with_capacity(names.len() * n_outputs);
        let mut weights: Option<Weights> = None;
        for name in names {
            bias.extend(file.floats(&format!("{name}.bias"), &[n_outputs])?);
            let read = Weights::read(file, name, sizes)?;
            weights = Some(match weights {
                None => read,
                Some(before) => before.stacked(read, n_inputs),
            });
        }
        let weights = weights.unwrap_or(Weights::Float(Vec::new()));
        // The vectorised steps of the eight-bit way work on whole vectors; the three outputs of a classifier are none.
        let fits = bias.len().is_multiple_of(64) && n_inputs.is_multiple_of(64);
        let weights = match arithmetic {
            Arithmetic::AsStored if fits => weights,
            _ => Weights::Float(weights.into_floats(n_inputs)),
        };
        Ok(Self {
            n_inputs,
            matrix: Matrix::pack(weights, [bias.len(), n_inputs]),
            bias,
            gelu: false,
        })
    }

    /// The same, with `GELU(y)` for `y`.
    pub(crate) fn with_gelu(self) -> Self {
        Self { gelu: true, ..self }
    }

    /// Writes the outputs of each row of `inputs` to `outputs`.
    pub(crate) fn apply(&self, inputs: &[f32], outputs: &mut Vec<f32>, scratch: &mut Scratch) {
        let n_rows = inputs.len() / self.n_inputs;
        outputs.resize(n_rows * self.bias.len(), 0.0);
        if n_rows == 0 {
            return;
        }
        match &self.matrix {
            Matrix::Float(packed) => {
                let view = NdTensorView::from_data([n_rows, self.n_inputs], inputs);
                let options = GemmOptions {
                    bias: Some(BiasVector::Row(&self.bias)),
                    ..GemmOptions::default()
                };
                multiply(&scratch.floats, outputs, view, packed, options);
                if self.gelu {
                    rten_vecmath::Gelu {}.map_mut(outputs);
                }
            }
            Matrix::Quantised {
                packed,
                scales,
                factors,
            } => {
                let Scratch {
                    integers,
                    inputs: quantised,
                    scales: row_scales,
                    zero_points,
                    sums,
                    ..
                } = scratch;
                let quantised = room(quantised, inputs.len());
                let row_scales = room(row_scales, n_rows);
                let sums = room(sums, outputs.len());
                zero_points.resize(n_rows, ZERO_POINT);
                Quantise {
                    inputs,
                    factors,
                    quantised,
                    scales: row_scales,
                }
                .dispatch();
                let view = NdTensorView::from_data([n_rows, self.n_inputs], &*quantised);
                let options = GemmOptions {
                    a_quant: Some(QuantParams {
                        zero_point: &*zero_points,
                    }),
                    ..GemmOptions::default()
                };
                multiply(integers, sums, view, packed, options);
                Dequantise {
                    sums,
                    row_scales,
                    scales,
                    bias: &self.bias,
                    gelu: self.gelu,
                    outputs,
                }
                .dispatch();
            }
        }
    }
}

/// The first `n` of `values`, which grow where they are too few and never shrink, so that nothing is cleared again and again.
fn room<T: Default + Clone>(values: &mut Vec<T>, n: usize) -> &mut [T] {
    if values.len() < n {
        values.resize(n, T::default());
    }
    &mut values[..n]
}

impl Matrix {
    fn pack(weights: Weights, sizes: [usize; 2]) -> Self {
        match weights {
            Weights::Float(values) => {
                let executor = GemmExecutor::<f32>::new();
                let matrix = NdTensorView::from_data(sizes, &*values);
                Self::Float(executor.prepack_b(matrix.transposed()))
            }
            Weights::Quantised {
                values,
                scales,
                factors,
            } => {
                let executor = GemmExecutor::<u8, i8, i32>::new();
                let matrix = NdTensorView::from_data(sizes, &*values);
                Self::Quantised {
                    packed: executor.prepack_b(matrix.transposed()),
                    scales,
                    factors,
                }
            }
        }
    }
}

fn multiply<L: rten_gemm::GemmInT, R: rten_gemm::GemmInT, O: rten_gemm::GemmOutT>(
    executor: &GemmExecutor<L, R, O>,
    outputs: &mut [O],
    inputs: NdTensorView<'_, L, 2>,
    packed: &PackedBMatrix<R>,
    options: GemmOptions<'_, L, R, O>,
) {
    let result = executor.gemm(
        outputs,
        GemmInputA::Unpacked(inputs),
        GemmInputB::Packed(packed),
        options,
    );
    // All sizes follow from those that were checked when the weights were read.
    result.unwrap_or_else(|error| unreachable!("sizes of a product: {error}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    const N_ROWS: usize = 7;
    const N_INPUTS: usize = 128;
    const N_OUTPUTS: usize = 64;

    fn weights() -> Weights {
        let values = (0..N_INPUTS * N_OUTPUTS).map(|n| (n * 53 % 127) as i8 - 63);
        let scales = (0..N_OUTPUTS).map(|n| 0.001 * (1.0 + n as f32 / 64.0));
        let factors = (0..N_INPUTS).map(|n| 0.5 + (n % 5) as f32 / 4.0);
        Weights::Quantised {
            values: values.collect(),
            scales: scales.collect(),
            factors: factors.collect(),
        }
    }

    fn outputs(weights: Weights, inputs: &[f32]) -> Vec<f32> {
        let linear = Linear {
            n_inputs: N_INPUTS,
            matrix: Matrix::pack(weights, [N_OUTPUTS, N_INPUTS]),
            bias: (0..N_OUTPUTS).map(|n| n as f32 / 10.0).collect(),
            gelu: true,
        };
        let mut outputs = Vec::new();
        linear.apply(inputs, &mut outputs, &mut Scratch::default());
        outputs
    }

    #[test]
    fn eight_bits_give_nearly_what_floats_give() {
        let inputs: Vec<f32> = (0..N_ROWS * N_INPUTS)
            .map(|n| (n * 37 % 101) as f32 / 50.0 - 1.0)
            .collect();
        let floats = outputs(Weights::Float(weights().into_floats(N_INPUTS)), &inputs);
        let eight_bits = outputs(weights(), &inputs);
        assert_eq!(eight_bits.len(), N_ROWS * N_OUTPUTS);
        for (float, eight_bit) in floats.iter().zip(&eight_bits) {
            assert!((float - eight_bit).abs() < 0.02, "{float} {eight_bit}");
        }
        assert!(floats.iter().any(|value| *value > 1.0));
    }

    #[test]
    fn a_row_gives_the_same_bits_whatever_stands_beside_it() {
        let inputs: Vec<f32> = (0..N_ROWS * N_INPUTS).map(|n| (n as f32).sin()).collect();
        let together = outputs(weights(), &inputs);
        let rows = inputs.chunks(N_INPUTS).zip(together.chunks(N_OUTPUTS));
        for (row, expected) in rows {
            assert_eq!(outputs(weights(), row), expected);
        }
    }
}
