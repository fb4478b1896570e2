//! The seam between the tagger and whatever scores a sentence.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use newsprint_domain::digest::sha256_hex;
use newsprint_domain::sentence::Span;
use newsprint_domain::sentiment::Sentiment;
use serde::Deserialize;

use crate::error::NlpError;
use crate::learned::{LearnedTheme, TaughtTheme};
use crate::lexicon::{self, LexiconModel};
use crate::model_card::{ModelFiles, folder_named, read_file};
use crate::trained::TrainedModel;

/// What is asked of a model: the sentiment of a sentence, as such or toward something that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Query<'a> {
    /// The sentence.
    pub text: &'a str,
    /// Where the sentence names the target; `None` for the sentence as such.
    pub target: Option<Span>,
}

/// A sentence as such, as a model reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct SentenceReading {
    /// Its sentiment.
    pub sentiment: Sentiment,
    /// The themes that it may carry, of those that the model was taught; none of a model that was taught none.
    pub themes: Arc<[LearnedTheme]>,
}

/// Scores sentences. Synchronous: a model computes, it does not wait.
pub trait SentimentModel: Send + Sync {
    /// One sentiment for each of `queries`, in order; a query's score does not depend on the others (rust-bert's floats: by no
    /// more than 1e-5).
    fn score(&self, queries: &[Query<'_>]) -> Result<Vec<Sentiment>, NlpError>;

    /// The themes that the model was taught.
    fn taught(&self) -> &[TaughtTheme] {
        &[]
    }

    /// Sentences as such, in order: their sentiment, and which of the taught themes they may carry.
    fn read(&self, sentences: &[&str]) -> Result<Vec<SentenceReading>, NlpError> {
        let queries: Vec<Query<'_>> = sentences.iter().copied().map(Query::sentence).collect();
        let scores = self.score(&queries)?.into_iter();
        let readings = scores.map(|sentiment| SentenceReading {
            sentiment,
            themes: [].into(),
        });
        Ok(readings.collect())
    }

    /// A vector of length 1 for each of `sentences`, near those of sentences with like words, and cheap to make; `None` of a
    /// model that has no such vectors.
    fn sketches(&self, _sentences: &[&str]) -> Option<Vec<Vec<f32>>> {
        None
    }

    /// What each of `sentences` is about, as a vector that is near those of sentences about the same; `None` of a model that
    /// has no such vectors.
    fn meanings(&self, _sentences: &[&str]) -> Option<Vec<Vec<f32>>> {
        None
    }
}

/// The models there are, by the names that configuration and tag runs use.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum ModelChoice {
    /// The transformer that is compiled in, trained on all data.
    Full,
    /// The same, fine-tuned only on data that may be used for any purpose.
    Permissive,
    /// Word lists.
    Lexicon,
    /// A trained model in a folder.
    Folder(PathBuf),
    /// A BERT classifier in a folder, on libtorch; needs the cargo feature `rust-bert`.
    RustBert(PathBuf),
}

/// What the name of a [`ModelChoice::RustBert`] begins with.
const RUST_BERT: &str = "rust-bert:";

impl<'a> Query<'a> {
    /// Asks for the sentence as such.
    pub fn sentence(text: &'a str) -> Self {
        Self { text, target: None }
    }

    /// Where the target's words stand; a target without any, or off the characters' boundaries, is none.
    pub(crate) fn marked_target(&self) -> Option<Span> {
        self.target.filter(|span| !span.of(self.text).is_empty())
    }
}

impl FromStr for ModelChoice {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        if let Some(folder) = name.strip_prefix(RUST_BERT) {
            return Ok(Self::RustBert(folder.into()));
        }
        match name {
            "full" => Ok(Self::Full),
            "permissive" => Ok(Self::Permissive),
            "lexicon" => Ok(Self::Lexicon),
            _ => folder_named(name).map(Self::Folder).ok_or_else(|| {
                format!(
                    "there is no model \"{name}\": write full, permissive, lexicon, a folder with a card.json, like ./{name}, or rust-bert:FOLDER"
                )
            }),
        }
    }
}

impl TryFrom<String> for ModelChoice {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        name.parse()
    }
}

impl ModelChoice {
    /// Name and hash, as tag runs record them; of a trained model known from its card alone.
    pub fn identity(&self) -> Result<(String, String), NlpError> {
        match self {
            Self::RustBert(folder) => return rust_bert_identity(folder),
            Self::Folder(folder) => return ModelFiles::identity_in(folder),
            Self::Full | Self::Permissive | Self::Lexicon => {}
        }
        match self.files()? {
            None => Ok((lexicon::NAME.into(), lexicon::word_lists_hash())),
            Some(files) => Ok((files.card()?.name, files.hash())),
        }
    }

    /// The files of a trained model; `None` for word lists, which are code, and for classifiers of others.
    pub fn files(&self) -> Result<Option<ModelFiles>, NlpError> {
        match self {
            Self::Full => Ok(Some(embedded!("full"))),
            Self::Permissive => Ok(Some(embedded!("permissive"))),
            Self::Lexicon | Self::RustBert(_) => Ok(None),
            Self::Folder(folder) => ModelFiles::open(folder).map(Some),
        }
    }

    /// Loads the model to compute on up to `n_threads` threads.
    pub fn load(&self, n_threads: usize) -> Result<Box<dyn SentimentModel>, NlpError> {
        if let Self::RustBert(folder) = self {
            return load_rust_bert(folder, n_threads);
        }
        match self.files()? {
            None => Ok(Box::new(LexiconModel)),
            Some(files) => Ok(Box::new(TrainedModel::load(&files, n_threads)?)),
        }
    }
}

#[cfg(feature = "rust-bert")]
fn load_rust_bert(folder: &Path, n_threads: usize) -> Result<Box<dyn SentimentModel>, NlpError> {
    Ok(Box::new(crate::rust_bert::RustBertModel::load(
        folder, n_threads,
    )?))
}

#[cfg(not(feature = "rust-bert"))]
fn load_rust_bert(folder: &Path, _n_threads: usize) -> Result<Box<dyn SentimentModel>, NlpError> {
    Err(NlpError::ModelFile {
        model: folder.display().to_string(),
        problem: "this newsprint was built without the feature rust-bert: run scripts/setup-rust-bert, which says how to build it".into(),
    })
}

/// The folder's own name, and one hash over the files that decide a score.
fn rust_bert_identity(folder: &Path) -> Result<(String, String), NlpError> {
    let mut hashes = Vec::new();
    for file in ["config.json", "vocab.txt", "model.safetensors"] {
        hashes.push(sha256_hex(&read_file(folder, file)?));
    }
    let optional = "tokenizer_config.json";
    if folder.join(optional).exists() {
        hashes.push(sha256_hex(&read_file(folder, optional)?));
    }
    let name = folder.file_name().unwrap_or(folder.as_os_str());
    let name = format!("{RUST_BERT}{}", name.to_string_lossy());
    Ok((name, sha256_hex(hashes.concat().as_bytes())))
}

/// The files of `models/NAME`, compiled in.
macro_rules! embedded {
    ($name:literal) => {
        ModelFiles::embedded(
            $name,
            include_bytes!(concat!("../../../models/", $name, "/card.json")),
            include_bytes!(concat!("../../../models/", $name, "/model.safetensors")),
            include_bytes!(concat!("../../../models/", $name, "/vocab.txt")),
        )
    };
}
use embedded;

#[cfg(test)]
mod tests {
    use super::*;

    /// What any model must do, whatever its accuracy.
    fn conforms(choice: &ModelChoice) {
        let model = choice.load(2).unwrap();
        let long = "a".repeat(1 << 20);
        let texts = [
            "Small caps soared on strong earnings.",
            "Shares plunged after the company warned of heavy losses.",
            "",
            "😀 \u{200f}שלום\u{0} \u{7}",
            long.as_str(),
            "Small caps soared on strong earnings.",
        ];
        let queries = texts.map(Query::sentence);
        let together = model.score(&queries).unwrap();
        assert_eq!(together.len(), queries.len());
        assert_eq!(
            together[0], together[5],
            "{choice:?}: equal sentences score equally"
        );
        // Another one, which remembers nothing of what was scored together.
        let fresh = choice.load(2).unwrap();
        for (query, expected) in queries.iter().zip(&together) {
            let alone = fresh.score(&[*query]).unwrap();
            assert_eq!(alone, [*expected], "{choice:?}: batch-mates matter");
        }
        assert!(
            together[0].tone() > together[1].tone(),
            "{choice:?}: good news reads better than bad"
        );
        assert!(model.score(&[]).unwrap().is_empty());
        assert_eq!(choice.identity().unwrap().1.len(), 64);
    }

    #[test]
    fn the_full_model_conforms() {
        conforms(&ModelChoice::Full);
    }

    #[test]
    fn the_permissive_model_conforms() {
        conforms(&ModelChoice::Permissive);
    }

    #[test]
    fn the_lexicon_conforms() {
        conforms(&ModelChoice::Lexicon);
    }

    #[test]
    fn a_model_is_named_or_a_folder() {
        assert_eq!("full".parse(), Ok(ModelChoice::Full));
        assert_eq!("./mine".parse(), Ok(ModelChoice::Folder("./mine".into())));
        let refused = "bert".parse::<ModelChoice>().unwrap_err();
        assert!(refused.contains("full, permissive, lexicon") && refused.contains("./bert"));
    }
}
