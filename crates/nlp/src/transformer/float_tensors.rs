//! The weights as other programs read them.

use super::embedding::Embedding;
use super::{Reading, Shape, linear};
use crate::error::NlpError;
use crate::model_file::TensorFile;
use crate::unpack::FloatTensor;

/// The weights of one reading in 32-bit floats, by the names of Hugging Face's `BertForSequenceClassification`.
pub(crate) fn float_tensors(
    file: &TensorFile<'_>,
    shape: Shape,
    reading: Reading,
) -> Result<Vec<FloatTensor>, NlpError> {
    let Shape { width, inner, .. } = shape;
    let mut tensors = Vec::new();
    let mut add = |name: String, shape: &[usize], values: Vec<f32>| {
        let shape = shape.to_vec();
        tensors.push(FloatTensor {
            name,
            shape,
            values,
        });
    };
    let embeddings = "bert.embeddings";
    let words = Embedding::read(file, &format!("{embeddings}.word_embeddings"), shape)?;
    add(
        format!("{embeddings}.word_embeddings.weight"),
        &[shape.pieces, width],
        words.into_floats(),
    );
    let positions = format!("{embeddings}.position_embeddings.weight");
    let sizes = [shape.positions, width];
    add(positions.clone(), &sizes, file.floats(&positions, &sizes)?);
    let layers = (0..reading.layers(shape)).map(|n| format!("bert.encoder.layer.{n}"));
    let norms = layers.clone().flat_map(|layer| {
        ["attention.output.LayerNorm", "output.LayerNorm"].map(|norm| format!("{layer}.{norm}"))
    });
    for norm in std::iter::once(format!("{embeddings}.LayerNorm")).chain(norms) {
        for part in ["weight", "bias"] {
            let name = format!("{norm}.{part}");
            add(name.clone(), &[width], file.floats(&name, &[width])?);
        }
    }
    let [pooler, classifier] = reading.tensors().map(str::to_owned);
    let [their_pooler, their_classifier] = Reading::Target.tensors().map(str::to_owned);
    let mut linears = vec![
        (pooler, their_pooler, [width, width]),
        (classifier, their_classifier, [3, width]),
    ];
    for layer in layers {
        let mut own = |part: &str, sizes| {
            let name = format!("{layer}.{part}");
            linears.push((name.clone(), name, sizes));
        };
        for part in ["self.query", "self.key", "self.value", "output.dense"] {
            own(&format!("attention.{part}"), [width, width]);
        }
        own("intermediate.dense", [inner, width]);
        own("output.dense", [width, inner]);
    }
    for (name, theirs, sizes) in linears {
        let bias = file.floats(&format!("{name}.bias"), &sizes[..1])?;
        add(format!("{theirs}.bias"), &sizes[..1], bias);
        let weights = linear::float_weights(file, &name, sizes)?;
        add(format!("{theirs}.weight"), &sizes, weights);
    }
    Ok(tensors)
}
