//! The card of a trained model: what it is, what it was trained on, how good it is, and the hashes of its files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use newsprint_domain::digest::sha256_hex;
use serde::Deserialize;

use crate::calibration::Calibration;
use crate::error::NlpError;
use crate::learned::TaughtTheme;
use crate::transformer::Shape;

/// A model's card, `card.json`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCard {
    /// The name that tag runs record.
    pub name: String,
    /// What it is, in a sentence.
    pub summary: String,
    /// Under which terms it may be used.
    pub licence: String,
    /// Pretrained encoders that it was made from.
    pub bases: Vec<String>,
    /// Sizes of the encoder.
    pub shape: Shape,
    /// What each output stands for; labels map by name.
    pub labels: Vec<String>,
    /// How logits are turned into probabilities.
    pub calibration: Calibrations,
    /// The step before the encoder; `null` where every sentence goes to the encoder.
    pub cascade: Option<CascadeCard>,
    /// The themes that it was taught, in the order of its outputs; empty where it knows none.
    #[serde(default)]
    pub themes: Vec<TaughtTheme>,
    /// What it was trained on.
    pub data: Vec<DataSet>,
    /// Its scores on validation sets that were not trained on.
    pub scores: BTreeMap<String, Scores>,
    /// SHA-256 of each file.
    pub files: BTreeMap<String, String>,
}

/// The calibrations of both readings.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibrations {
    /// For a sentence as such.
    pub sentence: Calibration,
    /// For a sentence toward a target.
    pub target: Calibration,
}

/// The first step of the cascade, which answers for sentences as such where it is sure.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CascadeCard {
    /// Rows of its table.
    pub buckets: usize,
    /// The least probability of its likeliest label at which it answers.
    pub threshold: f64,
    /// How its logits are turned into probabilities.
    pub calibration: Calibration,
}

/// One corpus.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSet {
    /// Its name.
    pub corpus: String,
    /// Its terms.
    pub licence: String,
    /// How many examples of it were used.
    pub examples: u64,
    /// What they were used for.
    pub used_for: String,
}

/// Scores on one set.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scores {
    /// Examples.
    pub n: u64,
    /// Share of right labels.
    pub accuracy: f64,
    /// Mean F1 of the three labels.
    pub macro_f1: f64,
    /// Expected calibration error, 15 bins.
    pub ece: f64,
    /// Over texts whose targets' labels disagree: share with every target right.
    pub both_right: Option<f64>,
}

/// The files of a trained model, in the binary or in a folder.
pub struct ModelFiles {
    /// What messages call it.
    place: String,
    card: Cow<'static, [u8]>,
    weights: Cow<'static, [u8]>,
    vocabulary: Cow<'static, [u8]>,
}

const WEIGHTS: &str = "model.safetensors";
const VOCABULARY: &str = "vocab.txt";
const LABELS: [&str; 3] = ["negative", "neutral", "positive"];

impl ModelFiles {
    /// Files that are compiled in.
    pub(crate) fn embedded(
        name: &str,
        card: &'static [u8],
        weights: &'static [u8],
        vocabulary: &'static [u8],
    ) -> Self {
        Self {
            place: name.into(),
            card: card.into(),
            weights: weights.into(),
            vocabulary: vocabulary.into(),
        }
    }

    /// Name and hash of the model in a folder, from its card alone.
    pub(crate) fn identity_in(folder: &Path) -> Result<(String, String), NlpError> {
        let files = Self {
            place: folder.display().to_string(),
            card: read_file(folder, "card.json")?,
            weights: Cow::Borrowed(b""),
            vocabulary: Cow::Borrowed(b""),
        };
        Ok((files.card()?.name, files.hash()))
    }

    /// Reads `card.json`, `model.safetensors` and `vocab.txt` of a folder.
    pub fn open(folder: &Path) -> Result<Self, NlpError> {
        Ok(Self {
            place: folder.display().to_string(),
            card: read_file(folder, "card.json")?,
            weights: read_file(folder, WEIGHTS)?,
            vocabulary: read_file(folder, VOCABULARY)?,
        })
    }

    /// The card, read and checked.
    pub fn card(&self) -> Result<ModelCard, NlpError> {
        let card: ModelCard = serde_json::from_slice(&self.card)
            .map_err(|error| self.problem(format!("card.json: {error}")))?;
        let mut labels: Vec<&str> = card.labels.iter().map(String::as_str).collect();
        labels.sort_unstable();
        if labels != LABELS {
            return Err(self.problem(format!(
                "card.json: the labels are {:?}, not {LABELS:?} in some order",
                card.labels
            )));
        }
        let Calibrations { sentence, target } = card.calibration;
        let first = card.cascade.map_or(sentence, |cascade| cascade.calibration);
        if ![sentence, target, first].iter().all(Calibration::is_sane) {
            return Err(self.problem(
                "card.json: a temperature is not within .01 to 100, or a margin_power not within 0 to 4"
                    .into(),
            ));
        }
        let shape = card.shape.check();
        shape.map_err(|problem| self.problem(format!("card.json: {problem}")))?;
        Ok(card)
    }

    /// SHA-256 of the card, which names the hash of every other file: changes whenever any score may change.
    pub fn hash(&self) -> String {
        sha256_hex(&self.card)
    }

    /// The weights, if they are the ones that the card describes.
    pub(crate) fn weights(&self, card: &ModelCard) -> Result<&[u8], NlpError> {
        self.verified(WEIGHTS, &self.weights, card)
    }

    /// The vocabulary, if it is the one that the card describes.
    pub(crate) fn vocabulary(&self, card: &ModelCard) -> Result<&str, NlpError> {
        let bytes = self.verified(VOCABULARY, &self.vocabulary, card)?;
        std::str::from_utf8(bytes).map_err(|error| self.problem(format!("{VOCABULARY}: {error}")))
    }

    /// Refuses files that are not those of `card`.
    pub fn verify(&self, card: &ModelCard) -> Result<(), NlpError> {
        self.weights(card)?;
        self.vocabulary(card).map(|_| ())
    }

    /// Bytes in all.
    pub fn size(&self) -> usize {
        self.card.len() + self.weights.len() + self.vocabulary.len()
    }

    /// What messages call the model.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    fn verified<'a>(
        &self,
        file: &str,
        bytes: &'a [u8],
        card: &ModelCard,
    ) -> Result<&'a [u8], NlpError> {
        let expected = card.files.get(file).map_or("no hash", String::as_str);
        let found = sha256_hex(bytes);
        if found == expected {
            return Ok(bytes);
        }
        Err(self.problem(format!(
            "{file} ({} bytes) is truncated or altered: card.json expects SHA-256 {expected}, it has {found}; copy the model anew",
            bytes.len()
        )))
    }

    fn problem(&self, problem: String) -> NlpError {
        NlpError::ModelFile {
            model: self.place.clone(),
            problem,
        }
    }
}

/// Reads a file of a model's folder; the error names both.
pub(crate) fn read_file(folder: &Path, file: &str) -> Result<Cow<'static, [u8]>, NlpError> {
    let bytes = std::fs::read(folder.join(file));
    bytes.map(Cow::Owned).map_err(|error| NlpError::ModelFile {
        model: folder.display().to_string(),
        problem: format!("read {file}: {error}"),
    })
}

/// A folder as a model's name gives it: a path with a separator in it, so that no name of a model is taken for one.
pub(crate) fn folder_named(name: &str) -> Option<PathBuf> {
    name.contains(std::path::MAIN_SEPARATOR)
        .then(|| PathBuf::from(name))
}
