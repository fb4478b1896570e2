//! The model that is compiled into the binary: a small transformer, run by the pure-Rust engine `rten`.
//!
//! The shipped weights are quantised dynamically, so that a sentence's logits would depend on its batch-mates; each sentence
//! is therefore a batch of its own, and sentences are spread over threads instead.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use newsprint_domain::sentiment::Sentiment;
use rten::{Model, NodeId, RunOptions, ThreadPool, Value};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;
use tokenizers::Tokenizer;

use crate::error::NlpError;
use crate::sentiment::SentimentModel;

pub(crate) const NAME: &str = "starter";
static WEIGHTS: &[u8] = include_bytes!("../../../models/starter/model.onnx");
static TOKENIZER: &[u8] = include_bytes!("../../../models/starter/tokenizer.json");
static CONFIG: &[u8] = include_bytes!("../../../models/starter/config.json");
/// SHA-256 of [`WEIGHTS`], written down so that no start-up has to hash 17 MB; a test holds it.
pub(crate) const WEIGHTS_HASH: &str =
    "781dbe1cc4c355909cfcc60ba0b5b4692f4e368f83c14c957a7a5e76854760fc";

/// A sentence's bytes that the tokenizer gets to see: far more than the 128 word pieces that the model reads.
const MAX_BYTES: usize = 16 * 1024;

/// The embedded model, loaded.
pub struct EmbeddedModel {
    model: Model,
    tokenizer: Tokenizer,
    inputs: Vec<(NodeId, InputKind)>,
    output: NodeId,
    labels: Labels,
    /// One single-threaded pool for each sentence in flight.
    pools: Vec<Arc<ThreadPool>>,
}

/// What the graph asks for.
#[derive(Debug, Clone, Copy)]
enum InputKind {
    TokenIds,
    AttentionMask,
    TokenTypes,
}

/// At which output each label stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Labels {
    negative: usize,
    neutral: usize,
    positive: usize,
}

impl EmbeddedModel {
    /// Loads the model to score up to `n_threads` sentences at a time.
    pub fn load(n_threads: usize) -> Result<Self, NlpError> {
        let model = Model::load_static_slice(WEIGHTS).map_err(|error| file_error(&error))?;
        let tokenizer = Tokenizer::from_bytes(TOKENIZER).map_err(|error| file_error(&error))?;
        let inputs = model
            .input_ids()
            .iter()
            .map(|id| Ok((*id, input_kind(&model, *id)?)));
        let inputs = inputs.collect::<Result<Vec<_>, NlpError>>()?;
        let output = model
            .node_id("logits")
            .map_err(|error| file_error(&error))?;
        let pools = (0..n_threads.max(1))
            .map(|_| Arc::new(ThreadPool::with_num_threads(1)))
            .collect();
        Ok(Self {
            model,
            tokenizer,
            inputs,
            output,
            labels: Labels::read(CONFIG)?,
            pools,
        })
    }

    fn score_one(&self, sentence: &str, pool: &Arc<ThreadPool>) -> Result<Sentiment, NlpError> {
        let inference = |problem: String| NlpError::Inference {
            model: NAME.into(),
            problem,
        };
        let encoding = self
            .tokenizer
            .encode(prefix(sentence), true)
            .map_err(|error| inference(error.to_string()))?;
        let inputs = self.inputs.iter().map(|(id, kind)| {
            let values = match kind {
                InputKind::TokenIds => encoding.get_ids(),
                InputKind::AttentionMask => encoding.get_attention_mask(),
                InputKind::TokenTypes => encoding.get_type_ids(),
            };
            let values: Vec<i32> = values.iter().map(|value| value.cast_signed()).collect();
            (*id, NdTensor::from_data([1, values.len()], values).into())
        });
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(pool)));
        let [logits] = self
            .model
            .run_n(inputs.collect(), [self.output], Some(options))
            .map_err(|error| inference(error.to_string()))?;
        self.labels.sentiment(logits).map_err(inference)
    }
}

impl SentimentModel for EmbeddedModel {
    fn score(&self, sentences: &[&str]) -> Result<Vec<Sentiment>, NlpError> {
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut distinct = Vec::new();
        for sentence in sentences {
            places.entry(sentence).or_insert_with(|| {
                distinct.push(*sentence);
                distinct.len() - 1
            });
        }
        let scores = self.score_distinct(&distinct)?;
        Ok(sentences
            .iter()
            .map(|sentence| scores[places[sentence]])
            .collect())
    }
}

impl EmbeddedModel {
    /// Scores `sentences` on all pools; each thread takes the next sentence that nobody has taken.
    fn score_distinct(&self, sentences: &[&str]) -> Result<Vec<Sentiment>, NlpError> {
        let next = AtomicUsize::new(0);
        let work = |pool| {
            let mut scored = Vec::new();
            while let Some((place, sentence)) = take_next(&next, sentences) {
                scored.push((place, self.score_one(sentence, pool)?));
            }
            Ok::<_, NlpError>(scored)
        };
        let mut scored = std::thread::scope(|scope| {
            let work = &work;
            let threads: Vec<_> = self
                .pools
                .iter()
                .map(|pool| scope.spawn(move || work(pool)))
                .collect();
            let mut all = Vec::with_capacity(sentences.len());
            for thread in threads {
                let part = thread.join().map_err(|_| NlpError::Inference {
                    model: NAME.into(),
                    problem: "the engine panicked".into(),
                })?;
                all.extend(part?);
            }
            Ok::<_, NlpError>(all)
        })?;
        scored.sort_unstable_by_key(|(place, _)| *place);
        Ok(scored.into_iter().map(|(_, sentiment)| sentiment).collect())
    }
}

impl Labels {
    /// Reads `id2label` of the model's configuration; labels map by name, whatever their order.
    fn read(config: &[u8]) -> Result<Self, NlpError> {
        let config: serde_json::Value =
            serde_json::from_slice(config).map_err(|error| file_error(&error))?;
        let labels = config["id2label"]
            .as_object()
            .ok_or_else(|| file_error(&"config.json has no id2label"))?;
        let place_of = |wanted: &str| {
            let found = labels
                .iter()
                .find(|(_, label)| label.as_str() == Some(wanted));
            found
                .and_then(|(place, _)| place.parse().ok())
                .filter(|place| *place < labels.len())
                .ok_or_else(|| file_error(&format!("config.json has no label \"{wanted}\"")))
        };
        if labels.len() != 3 {
            return Err(file_error(&format!(
                "config.json has {} labels, not 3",
                labels.len()
            )));
        }
        Ok(Self {
            negative: place_of("negative")?,
            neutral: place_of("neutral")?,
            positive: place_of("positive")?,
        })
    }

    /// Softmax of the logits, by label.
    fn sentiment(self, logits: Value) -> Result<Sentiment, String> {
        let row: NdTensor<f32, 2> = logits.try_into().map_err(|error| format!("{error:?}"))?;
        if row.shape() != [1, 3] {
            return Err(format!(
                "logits have the shape {:?}, not [1, 3]",
                row.shape()
            ));
        }
        let logit = |label: usize| f64::from(row[[0, label]]);
        let greatest = (0..3).map(logit).fold(f64::NEG_INFINITY, f64::max);
        let weight = |label: usize| (logit(label) - greatest).exp();
        let total: f64 = (0..3).map(weight).sum();
        let probability = |label| weight(label) / total;
        Sentiment::from_probabilities(
            probability(self.negative),
            probability(self.neutral),
            probability(self.positive),
        )
        .map_err(|error| error.to_string())
    }
}

fn input_kind(model: &Model, id: NodeId) -> Result<InputKind, NlpError> {
    let info = model.node_info(id);
    match info.as_ref().and_then(|info| info.name()) {
        Some("input_ids") => Ok(InputKind::TokenIds),
        Some("attention_mask") => Ok(InputKind::AttentionMask),
        Some("token_type_ids") => Ok(InputKind::TokenTypes),
        other => Err(file_error(&format!(
            "the graph asks for an unknown input {other:?}"
        ))),
    }
}

fn take_next<'a>(next: &AtomicUsize, sentences: &[&'a str]) -> Option<(usize, &'a str)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    sentences.get(place).map(|sentence| (place, *sentence))
}

fn prefix(sentence: &str) -> &str {
    &sentence[..sentence.floor_char_boundary(MAX_BYTES)]
}

fn file_error(problem: &dyn std::fmt::Display) -> NlpError {
    NlpError::ModelFile {
        model: NAME.into(),
        problem: problem.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use newsprint_domain::digest::sha256_hex;

    use super::*;

    #[test]
    fn the_weights_are_the_ones_whose_hash_tag_runs_record() {
        assert_eq!(sha256_hex(WEIGHTS), WEIGHTS_HASH);
    }

    #[test]
    fn labels_map_by_name_and_unknown_ones_are_refused() {
        let turned = br#"{"id2label": {"0": "positive", "1": "negative", "2": "neutral"}}"#;
        assert_eq!(
            Labels::read(turned).unwrap(),
            Labels {
                negative: 1,
                neutral: 2,
                positive: 0
            }
        );
        assert!(
            Labels::read(br#"{"id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}}"#)
                .is_err()
        );
        assert!(Labels::read(br#"{"id2label": {"0": "negative", "1": "positive"}}"#).is_err());
        assert!(Labels::read(b"{}").is_err());
    }

    #[test]
    fn a_sentence_longer_than_the_model_reads_is_cut_on_a_character() {
        let text = "é".repeat(MAX_BYTES);
        assert_eq!(prefix(&text).len(), MAX_BYTES);
        assert_eq!(prefix("short"), "short");
    }
}
