//! A shipped model as other tools read it: Hugging Face's layout, weights in 32-bit floats.

use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::json;

use crate::error::NlpError;
use crate::model_card::{ModelCard, ModelFiles};
use crate::model_file::TensorFile;
use crate::transformer::{Reading, float_tensors};

/// The files of an unpacked model.
const FILES: [&str; 4] = [
    "config.json",
    "tokenizer_config.json",
    "vocab.txt",
    "model.safetensors",
];

/// A tensor by value.
pub(crate) struct FloatTensor {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

/// Writes a `BertForSequenceClassification` for sentences as such to `folder/sentence`, one for those toward a target to
/// `folder/target`.
///
/// Each is `config.json`, `tokenizer_config.json`, `vocab.txt` and `model.safetensors`. Makes the folders; refuses one that holds a
/// file of these names.
///
/// The cascade is left out, and so is the calibration: logits are the encoder's own. Other tokenizers cut words with signs in
/// them ("€10m") otherwise than newsprint does, so that scores of such sentences differ a little.
pub fn unpack(files: &ModelFiles, folder: &Path) -> Result<(), NlpError> {
    let readings = [Reading::Sentence, Reading::Target];
    let places = readings.map(|reading| (reading, folder.join(reading.name())));
    for (_, place) in &places {
        // Nothing is written where anything is in the way.
        if let Some(file) = FILES.iter().find(|file| place.join(file).exists()) {
            return Err(NlpError::ModelFile {
                model: files.place().into(),
                problem: format!("{} exists: name another folder", place.join(file).display()),
            });
        }
    }
    for (reading, place) in places {
        unpack_reading(files, reading, &place)?;
    }
    Ok(())
}

fn unpack_reading(files: &ModelFiles, reading: Reading, folder: &Path) -> Result<(), NlpError> {
    let card = files.card()?;
    let tensors = TensorFile::read(files.place(), files.weights(&card)?)?;
    let floats = with_what_others_expect(float_tensors(&tensors, card.shape, reading)?, &card);
    let written =
        |problem: String| tensors.problem(format!("write {}: {problem}", folder.display()));
    let write = |file: &str, bytes: &[u8]| {
        let created = std::fs::File::create_new(folder.join(file));
        let filled = created.and_then(|mut open| open.write_all(bytes));
        filled.map_err(|error| written(format!("{file}: {error}")))
    };
    std::fs::create_dir_all(folder).map_err(|error| written(error.to_string()))?;
    let vocabulary = format!("{}\n[MASK]\n", files.vocabulary(&card)?.trim_end());
    write("vocab.txt", vocabulary.as_bytes())?;
    write("model.safetensors", &serialised(&floats).map_err(written)?)?;
    write("config.json", config(&card, reading).to_string().as_bytes())?;
    let tokenizer = json!({
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": true,
        "model_max_length": card.shape.positions,
        "additional_special_tokens": ["[unused1]", "[unused2]"],
    });
    write("tokenizer_config.json", tokenizer.to_string().as_bytes())
}

/// Adds a row for `[MASK]`, which other tokenizers insist on, and the embedding of the one sentence type there is, which has been
/// added to the words'.
fn with_what_others_expect(mut floats: Vec<FloatTensor>, card: &ModelCard) -> Vec<FloatTensor> {
    for tensor in &mut floats {
        if tensor.name == "bert.embeddings.word_embeddings.weight" {
            tensor.shape[0] += 1;
            tensor.values.extend(vec![0.0; card.shape.width]);
        }
    }
    floats.push(FloatTensor {
        name: "bert.embeddings.token_type_embeddings.weight".into(),
        shape: vec![2, card.shape.width],
        values: vec![0.0; 2 * card.shape.width],
    });
    floats
}

fn serialised(tensors: &[FloatTensor]) -> Result<Vec<u8>, String> {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|tensor| {
            tensor
                .values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect()
        })
        .collect();
    let mut views = BTreeMap::new();
    for (tensor, bytes) in tensors.iter().zip(&bytes) {
        let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes);
        views.insert(&tensor.name, view.map_err(|error| error.to_string())?);
    }
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    safetensors::serialize(views, Some(metadata)).map_err(|error| error.to_string())
}

fn config(card: &ModelCard, reading: Reading) -> serde_json::Value {
    let shape = card.shape;
    let labels = card.labels.iter().enumerate();
    let id2label: BTreeMap<String, &String> = labels
        .clone()
        .map(|(id, label)| (id.to_string(), label))
        .collect();
    let label2id: BTreeMap<&String, usize> = labels.map(|(id, label)| (label, id)).collect();
    json!({
        "architectures": ["BertForSequenceClassification"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": shape.width,
        "intermediate_size": shape.inner,
        "num_attention_heads": shape.heads,
        "num_hidden_layers": reading.layers(shape),
        "max_position_embeddings": shape.positions,
        "vocab_size": shape.pieces + 1,
        "type_vocab_size": 2,
        "initializer_range": 0.02,
        "layer_norm_eps": 1e-12,
        "attention_probs_dropout_prob": 0.1,
        "hidden_dropout_prob": 0.1,
        "pad_token_id": 0,
        "id2label": id2label,
        "label2id": label2id,
    })
}
