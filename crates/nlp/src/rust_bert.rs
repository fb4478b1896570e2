//! Local BERT sequence classifiers, run by rust-bert on libtorch: the alternative backend behind the cargo feature `rust-bert`.
//!
//! The pipelines of rust-bert 0.23 pass no attention mask, so that a padded batch changes labels, and its `SentimentModel` takes
//! label 1 for positive; this calls the classifier itself, with the mask, and maps labels by name.

use std::path::{Path, PathBuf};
use std::sync::mpsc;

use newsprint_domain::sentiment::Sentiment;
use rust_bert::bert::{BertConfig, BertForSequenceClassification};
use rust_tokenizers::tokenizer::{BertTokenizer, Tokenizer as _, TruncationStrategy};
use rust_tokenizers::vocab::Vocab as _;
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor, no_grad};

use crate::calibration::softmax;
use crate::error::NlpError;
use crate::sentiment::{Query, SentimentModel};

/// Sentences that are padded to one length and computed together.
const BATCH: usize = 8;
/// Most word pieces of a sentence.
const MAX_PIECES: usize = 128;

/// A classifier on a thread of its own: libtorch's tensors may not be shared.
pub struct RustBertModel {
    folder: PathBuf,
    requests: mpsc::Sender<Request>,
}

struct Request {
    texts: Vec<String>,
    reply: mpsc::Sender<Result<Vec<Sentiment>, String>>,
}

/// The classifier, loaded.
pub(crate) struct Classifier {
    bert: BertForSequenceClassification,
    tokenizer: BertTokenizer,
    /// Outputs of negative, neutral and positive.
    outputs: [usize; 3],
    /// Most word pieces of a sentence.
    room: usize,
    /// Holds the weights.
    _weights: VarStore,
}

impl RustBertModel {
    /// Loads the classifier of a folder with `config.json`, `vocab.txt` and `model.safetensors`. It knows no targets: a sentence
    /// scores the same toward all that it names.
    ///
    /// # Errors
    ///
    /// Refuses other kinds of model than BERT, and labels that are not negative, neutral and positive.
    pub fn load(folder: &Path, n_threads: usize) -> Result<Self, NlpError> {
        let (requests, queue) = mpsc::channel::<Request>();
        let (loaded, outcome) = mpsc::channel();
        let of_thread = folder.to_owned();
        std::thread::Builder::new()
            .name("rust-bert".into())
            .spawn(move || {
                tch::set_num_threads(i32::try_from(n_threads).unwrap_or(1));
                match Classifier::load(&of_thread) {
                    Ok(classifier) => {
                        _ = loaded.send(Ok(()));
                        answer(&classifier, queue);
                    }
                    Err(problem) => _ = loaded.send(Err(problem)),
                }
            })
            .map_err(|error| file_error(folder, error.to_string()))?;
        let outcome = outcome
            .recv()
            .unwrap_or_else(|_| Err("libtorch ended the thread that loaded it".into()));
        outcome.map_err(|problem| file_error(folder, problem))?;
        Ok(Self {
            folder: folder.to_owned(),
            requests,
        })
    }
}

/// Answers until nobody can ask any more.
fn answer(classifier: &Classifier, queue: mpsc::Receiver<Request>) {
    for Request { texts, reply } in queue {
        // Whoever asked may have stopped waiting; that is their right.
        _ = reply.send(classifier.score(&texts));
    }
}

impl SentimentModel for RustBertModel {
    fn score(&self, queries: &[Query<'_>]) -> Result<Vec<Sentiment>, NlpError> {
        let (reply, answer) = mpsc::channel();
        let texts = queries.iter().map(|query| query.text.to_owned()).collect();
        let sent = self.requests.send(Request { texts, reply });
        let answer = sent.ok().and_then(|()| answer.recv().ok());
        let scores = answer.unwrap_or_else(|| Err("its thread has ended".into()));
        scores.map_err(|problem| NlpError::Inference {
            model: self.folder.display().to_string(),
            problem,
        })
    }
}

impl Classifier {
    pub(crate) fn load(folder: &Path) -> Result<Self, String> {
        let file = |name: &str| folder.join(name);
        let written = read_json(&file("config.json"))?;
        let kind = written["model_type"].as_str().unwrap_or("none");
        if kind != "bert" {
            return Err(format!(
                "config.json: model_type is \"{kind}\", not \"bert\""
            ));
        }
        let config: BertConfig =
            serde_json::from_value(written).map_err(|error| format!("config.json: {error}"))?;
        let outputs = outputs(&config)?;
        let mut weights = VarStore::new(Device::Cpu);
        let bert = BertForSequenceClassification::new(weights.root(), &config)
            .map_err(|error| error.to_string())?;
        weights
            .load(file("model.safetensors"))
            .map_err(|error| format!("model.safetensors: {error}"))?;
        let tokenizer = tokenizer(folder, &config)?;
        let room = usize::try_from(config.max_position_embeddings).unwrap_or(0);
        Ok(Self {
            bert,
            tokenizer,
            outputs,
            room: room.min(MAX_PIECES),
            _weights: weights,
        })
    }

    fn score(&self, texts: &[String]) -> Result<Vec<Sentiment>, String> {
        let cut = |text: &String| {
            let strategy = TruncationStrategy::LongestFirst;
            let encoded = self.tokenizer.encode(text, None, self.room, &strategy, 0);
            encoded.token_ids
        };
        let mut sentiments = Vec::with_capacity(texts.len());
        for batch in texts.chunks(BATCH) {
            let rows: Vec<Vec<i64>> = batch.iter().map(cut).collect();
            for logits in self.logits(&rows)? {
                sentiments.push(self.sentiment(logits)?);
            }
        }
        Ok(sentiments)
    }

    /// Three logits for each row of word pieces, padded to one length and masked.
    pub(crate) fn logits(&self, rows: &[Vec<i64>]) -> Result<Vec<[f32; 3]>, String> {
        let longest = rows.iter().map(Vec::len).max().unwrap_or(0);
        let padded = |value: &dyn Fn(&Vec<i64>, usize) -> i64| {
            let flat: Vec<i64> = rows
                .iter()
                .flat_map(|row| (0..longest).map(move |place| value(row, place)))
                .collect();
            Tensor::from_slice(&flat).view([rows.len() as i64, longest as i64])
        };
        let pieces = padded(&|row, place| row.get(place).copied().unwrap_or(0));
        let mask = padded(&|row, place| i64::from(place < row.len()));
        let logits = no_grad(|| {
            let output = self
                .bert
                .forward_t(Some(&pieces), Some(&mask), None, None, None, false);
            output.logits.to_kind(Kind::Float)
        });
        let values: Vec<f32> = logits
            .flatten(0, -1)
            .try_into()
            .map_err(|error: tch::TchError| error.to_string())?;
        let (rows, _) = values.as_chunks::<3>();
        Ok(rows.to_vec())
    }

    fn sentiment(&self, logits: [f32; 3]) -> Result<Sentiment, String> {
        let shares = softmax(logits.map(f64::from));
        let [negative, neutral, positive] = self.outputs.map(|output| shares[output]);
        Sentiment::from_probabilities(negative, neutral, positive)
            .map_err(|error| error.to_string())
    }
}

/// The folder's tokenizer; one that keeps case where `tokenizer_config.json` says so.
fn tokenizer(folder: &Path, config: &BertConfig) -> Result<BertTokenizer, String> {
    let settings = folder.join("tokenizer_config.json");
    let lower = !settings.exists() || read_json(&settings)?["do_lower_case"] != false;
    let tokenizer = BertTokenizer::from_file(folder.join("vocab.txt"), lower, lower)
        .map_err(|error| format!("vocab.txt: {error}"))?;
    let n_pieces = rust_tokenizers::tokenizer::Tokenizer::vocab(&tokenizer)
        .values()
        .len();
    if i64::try_from(n_pieces).is_ok_and(|n| n <= config.vocab_size) {
        return Ok(tokenizer);
    }
    Err(format!(
        "vocab.txt has {n_pieces} pieces, config.json says {}",
        config.vocab_size
    ))
}

fn read_json(path: &Path) -> Result<serde_json::Value, String> {
    let shown = path.file_name().unwrap_or_default().display().to_string();
    let bytes = std::fs::read(path).map_err(|error| format!("read {shown}: {error}"))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{shown}: {error}"))
}

/// Where negative, neutral and positive stand among the outputs, by name in any case.
fn outputs(config: &BertConfig) -> Result<[usize; 3], String> {
    let labels = config
        .id2label
        .as_ref()
        .ok_or("config.json has no id2label")?;
    let place = |wanted: &str| {
        let found = labels
            .iter()
            .find(|(_, label)| label.eq_ignore_ascii_case(wanted));
        found
            .and_then(|(place, _)| usize::try_from(*place).ok())
            .filter(|place| *place < 3 && labels.len() == 3)
            .ok_or_else(|| {
                format!(
                    "config.json: the labels are {labels:?}, not negative, neutral and positive"
                )
            })
    };
    Ok([place("negative")?, place("neutral")?, place("positive")?])
}

fn file_error(folder: &Path, problem: String) -> NlpError {
    NlpError::ModelFile {
        model: folder.display().to_string(),
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sentiment::ModelChoice;
    use crate::trained::Arithmetic;
    use crate::trained::tests::{Golden, furthest, greatest, load, logits};
    use crate::unpack::unpack;

    #[test]
    fn rust_bert_and_the_embedded_engine_agree_on_the_same_weights() {
        let folder = tempfile::tempdir().unwrap();
        unpack(&ModelChoice::Full.files().unwrap().unwrap(), folder.path()).unwrap();
        let engine = load(&ModelChoice::Full, Arithmetic::Float);
        for reading in ["sentence", "target"] {
            let classifier = Classifier::load(&folder.path().join(reading)).unwrap();
            let mut golden = Golden::all("full");
            golden.retain(|golden| golden.is_toward_a_target() == (reading == "target"));
            assert!(golden.len() >= 100);
            let queries: Vec<Query<'_>> = golden.iter().map(Golden::query).collect();
            let ours = logits(&engine, &queries);
            let whole = |golden: &Golden| {
                golden
                    .pieces
                    .iter()
                    .map(|piece| i64::from(*piece))
                    .collect()
            };
            let rows: Vec<Vec<i64>> = golden.iter().map(whole).collect();
            for size in [1, 8] {
                let batches = rows
                    .chunks(size)
                    .map(|batch| classifier.logits(batch).unwrap());
                let theirs: Vec<[f32; 3]> = batches.flatten().collect();
                let off = furthest(&theirs, &ours);
                assert!(off <= 1e-5, "{reading}, batch {size}: {off:e} apart");
                let mut pairs = theirs.iter().zip(&ours);
                assert!(pairs.all(|(l, r)| greatest(*l) == greatest(*r)));
            }
        }
    }

    #[test]
    fn a_classifier_is_loaded_by_its_labels_names_and_others_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        unpack(&ModelChoice::Full.files().unwrap().unwrap(), folder.path()).unwrap();
        let folder = folder.path().join("sentence");
        let choice: ModelChoice = format!("rust-bert:{}", folder.display()).parse().unwrap();
        let model = choice.load(1).unwrap();
        let good = Query::sentence("Profit soared to a record and shares jumped.");
        let bad = Query::sentence("Shares plunged after a heavy loss.");
        let scores = model.score(&[good, bad]).unwrap();
        assert!(scores[0].tone() > scores[1].tone());

        let config = folder.join("config.json");
        let written = std::fs::read_to_string(&config).unwrap();
        for (from, to, problem) in [
            ("positive", "LABEL_2", "not negative, neutral and positive"),
            (
                "\"model_type\":\"bert\"",
                "\"model_type\":\"roberta\"",
                "not \"bert\"",
            ),
        ] {
            assert!(written.contains(from));
            std::fs::write(&config, written.replace(from, to)).unwrap();
            let refused = choice.load(1).map(|_| ()).unwrap_err().to_string();
            assert!(refused.contains(problem), "{refused}");
        }
    }
}
