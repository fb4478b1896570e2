//! A file of named tensors (safetensors), read with every size checked.

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use crate::error::NlpError;

/// The tensors of one model.
pub(crate) struct TensorFile<'a> {
    model: &'a str,
    tensors: SafeTensors<'a>,
}

impl<'a> TensorFile<'a> {
    /// Reads the directory of `bytes`; `model` is what errors call it.
    pub(crate) fn read(model: &'a str, bytes: &'a [u8]) -> Result<Self, NlpError> {
        let tensors = SafeTensors::deserialize(bytes)
            .map_err(|error| file_error(model, error.to_string()))?;
        Ok(Self { model, tensors })
    }

    /// Whether `name` is stored in eight bits.
    pub(crate) fn is_quantised(&self, name: &str) -> Result<bool, NlpError> {
        Ok(self.tensor(name)?.dtype() == Dtype::I8)
    }

    /// 32-bit floats of this shape.
    pub(crate) fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, NlpError> {
        let data = self.data(name, Dtype::F32, shape)?;
        let (values, _) = data.as_chunks::<4>();
        let values: Vec<f32> = values
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect();
        if values.iter().all(|value| value.is_finite()) {
            return Ok(values);
        }
        Err(self.problem(format!("tensor {name} holds a value that is not finite")))
    }

    /// Eight-bit integers of this shape.
    pub(crate) fn integers(&self, name: &str, shape: &[usize]) -> Result<Vec<i8>, NlpError> {
        let data = self.data(name, Dtype::I8, shape)?;
        Ok(data.iter().map(|byte| byte.cast_signed()).collect())
    }

    /// An error of this file.
    pub(crate) fn problem(&self, problem: String) -> NlpError {
        file_error(self.model, problem)
    }

    fn tensor(&self, name: &str) -> Result<TensorView<'a>, NlpError> {
        self.tensors
            .tensor(name)
            .map_err(|_| self.problem(format!("there is no tensor {name}")))
    }

    fn data(&self, name: &str, dtype: Dtype, shape: &[usize]) -> Result<&'a [u8], NlpError> {
        let tensor = self.tensor(name)?;
        if tensor.dtype() == dtype && tensor.shape() == shape {
            return Ok(tensor.data());
        }
        Err(self.problem(format!(
            "tensor {name} is {:?} {:?}, not {dtype:?} {shape:?}",
            tensor.dtype(),
            tensor.shape()
        )))
    }
}

fn file_error(model: &str, problem: String) -> NlpError {
    NlpError::ModelFile {
        model: model.into(),
        problem,
    }
}
