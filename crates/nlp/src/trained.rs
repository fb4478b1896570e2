//! A trained model: word pieces, the encoder, calibrated probabilities, and what was scored before.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use newsprint_domain::sentence::Span;
use newsprint_domain::sentiment::Sentiment;

use crate::calibration::Calibration;
use crate::cascade::Cascade;
use crate::error::NlpError;
use crate::learned::{LearnedTheme, TaughtTheme, likely};
use crate::model_card::{Calibrations, CascadeCard, ModelCard, ModelFiles};
use crate::model_file::TensorFile;
use crate::sentiment::{Query, SentenceReading, SentimentModel};
pub use crate::transformer::Arithmetic;
use crate::transformer::{Glance, Output, Reading, Scratch, Transformer};
use crate::word_pieces::WordPieces;

/// Word pieces that are computed together: enough to keep the matrix products busy, few enough to stay in the cache.
const BATCH_PIECES: usize = 256;
/// Sentences whose word pieces a thread looks up before it takes the next ones.
const PER_STEP: usize = 64;
/// Sentences that are remembered: wire copies and the boilerplate of a site come again and again.
const REMEMBERED: usize = 16 * 1024;
/// Bytes of a sentence that is remembered.
const MAX_REMEMBERED: usize = 1024;

/// The model, loaded.
pub struct TrainedModel {
    name: String,
    pieces: WordPieces,
    cascade: Option<(Cascade, CascadeCard)>,
    glance: Option<Glance>,
    transformer: Transformer,
    labels: Labels,
    calibrations: Calibrations,
    taught: Vec<TaughtTheme>,
    /// One single-threaded pool for each batch in flight: products are too small to be worth splitting.
    pools: Vec<rayon::ThreadPool>,
    known: Mutex<Known>,
}

/// Answers by text and target.
type Known = HashMap<(Box<str>, Option<Span>), SentenceReading>;

/// At which output each label stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Labels {
    negative: usize,
    neutral: usize,
    positive: usize,
}

/// A query in word pieces, and its place among the queries.
struct Sentence {
    place: usize,
    reading: Reading,
    pieces: Vec<u32>,
}

/// What the encoder says of a sentence.
struct Encoded {
    logits: [f32; 3],
    /// Of a sentence as such.
    themes: Vec<LearnedTheme>,
}

impl TrainedModel {
    /// Loads the model, to compute on up to `n_threads` threads. Refuses files that are not those of its card.
    pub fn load(files: &ModelFiles, n_threads: usize) -> Result<Self, NlpError> {
        Self::load_with(files, n_threads, Arithmetic::AsStored)
    }

    /// The same, with the arithmetic asked for.
    pub fn load_with(
        files: &ModelFiles,
        n_threads: usize,
        arithmetic: Arithmetic,
    ) -> Result<Self, NlpError> {
        let card = files.card()?;
        let tensors = TensorFile::read(files.place(), files.weights(&card)?)?;
        let vocabulary = files.vocabulary(&card)?;
        if vocabulary.lines().count() != card.shape.pieces {
            return Err(tensors.problem(format!(
                "vocab.txt has {} pieces, the card says {}",
                vocabulary.lines().count(),
                card.shape.pieces
            )));
        }
        let pieces = WordPieces::read(vocabulary, card.shape.positions);
        let pools = (0..n_threads.max(1)).map(|_| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
            pool.map_err(|error| tensors.problem(error.to_string()))
        });
        Ok(Self {
            pools: pools.collect::<Result<_, _>>()?,
            pieces: pieces.map_err(|problem| tensors.problem(problem))?,
            transformer: Transformer::read(&tensors, card.shape, card.themes.len(), arithmetic)?,
            cascade: card
                .cascade
                .map(|settings| {
                    Ok::<_, NlpError>((Cascade::read(&tensors, settings.buckets)?, settings))
                })
                .transpose()?,
            glance: (!card.themes.is_empty())
                .then(|| Glance::read(&tensors, card.shape, card.themes.len(), arithmetic))
                .transpose()?,
            labels: Labels::of(&card),
            calibrations: card.calibration,
            taught: card.themes,
            known: Mutex::default(),
            name: card.name,
        })
    }

    /// The queries in word pieces, in order.
    fn pieces_of(&self, queries: &[Query<'_>]) -> Vec<Sentence> {
        let read = self.spread(queries, PER_STEP, |_, (begin, queries)| {
            let sentences = (begin..).zip(queries);
            sentences
                .map(|(place, query)| Sentence {
                    place,
                    reading: reading(query),
                    pieces: self.pieces.of(query),
                })
                .collect::<Vec<_>>()
        });
        read.into_iter().flatten().collect()
    }

    /// What the encoder says of each sentence, by its place, as `split` takes it out of a batch; each is computed with sentences
    /// of the same reading and like length.
    fn encode<T: Send>(
        &self,
        mut sentences: Vec<Sentence>,
        split: impl Fn(Output) -> Vec<T> + Sync,
    ) -> Vec<(usize, T)> {
        sentences.sort_by_key(|sentence| (sentence.reading, sentence.pieces.len()));
        let computed = self.spread(&batches(&sentences), 1, |scratch, (_, batch)| {
            let pieces: Vec<&[u32]> = batch[0].iter().map(|sentence| &*sentence.pieces).collect();
            let reading = batch[0][0].reading;
            split(self.transformer.read_batch(&pieces, reading, scratch))
        });
        let places = sentences.iter().map(|sentence| sentence.place);
        places.zip(computed.into_iter().flatten()).collect()
    }

    /// What the first step of the cascade says of a sentence as such, where it is sure.
    fn shortcut(&self, sentence: &Sentence) -> Option<[f64; 3]> {
        let (cascade, settings) = self
            .cascade
            .as_ref()
            .filter(|_| sentence.reading == Reading::Sentence)?;
        let logits = cascade.logits(&sentence.pieces);
        let probabilities = self.labels.probabilities(logits, settings.calibration);
        let is_sure = probabilities
            .iter()
            .any(|probability| *probability >= settings.threshold);
        is_sure.then_some(probabilities)
    }

    /// What a sentence may be about at a glance.
    fn themes_at_a_glance(&self, sentence: &Sentence, scratch: &mut Scratch) -> Vec<LearnedTheme> {
        let glance = self.glance.as_ref();
        let states =
            glance.map(|glance| glance.states(&self.transformer, &sentence.pieces, scratch));
        states.map_or_else(Vec::new, |states| likely(&states))
    }

    /// Does `work` on runs of `n` items, with the place of the first, on all pools; gives the results in order.
    fn spread<T: Sync, R: Send>(
        &self,
        items: &[T],
        n: usize,
        work: impl Fn(&mut Scratch, (usize, &[T])) -> R + Sync,
    ) -> Vec<R> {
        let next = AtomicUsize::new(0);
        let take_all = || {
            let (mut scratch, mut done) = (Scratch::default(), Vec::new());
            loop {
                let run = next.fetch_add(1, Ordering::Relaxed);
                let Some(some) = items.chunks(n).nth(run) else {
                    return done;
                };
                done.push((run, work(&mut scratch, (run * n, some))));
            }
        };
        let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
            let threads: Vec<_> = self
                .pools
                .iter()
                .map(|pool| scope.spawn(|| pool.install(take_all)))
                .collect();
            let joined = threads.into_iter().map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            joined.flatten().collect()
        });
        done.sort_unstable_by_key(|(run, _)| *run);
        done.into_iter().map(|(_, result)| result).collect()
    }

    /// Reads queries that are all different and not known yet.
    fn compute(&self, queries: &[Query<'_>]) -> Result<Vec<SentenceReading>, NlpError> {
        let sentences = self.pieces_of(queries);
        let quick = self.spread(&sentences, PER_STEP, |scratch, (_, some)| {
            let answers = some.iter().map(|sentence| {
                let probabilities = self.shortcut(sentence)?;
                Some((probabilities, self.themes_at_a_glance(sentence, scratch)))
            });
            answers.collect::<Vec<_>>()
        });
        let mut answers: Vec<Option<([f64; 3], Vec<LearnedTheme>)>> =
            quick.into_iter().flatten().collect();
        let rest = sentences
            .into_iter()
            .filter(|sentence| answers[sentence.place].is_none());
        for (place, Encoded { logits, themes }) in self.encode(rest.collect(), encoded) {
            let calibration = match reading(&queries[place]) {
                Reading::Sentence => self.calibrations.sentence,
                Reading::Target => self.calibrations.target,
            };
            answers[place] = Some((self.labels.probabilities(logits, calibration), themes));
        }
        let readings = answers.into_iter().map(|answer| {
            let ([negative, neutral, positive], themes) = answer.unwrap_or(([f64::NAN; 3], vec![]));
            let sentiment = Sentiment::from_probabilities(negative, neutral, positive);
            sentiment.map(|sentiment| SentenceReading {
                sentiment,
                themes: themes.into(),
            })
        });
        readings
            .map(|reading| {
                reading.map_err(|error| NlpError::Inference {
                    model: self.name.clone(),
                    problem: error.to_string(),
                })
            })
            .collect()
    }

    /// Answers to `queries`, in order; what was asked before is remembered.
    fn answers(&self, queries: &[Query<'_>]) -> Result<Vec<SentenceReading>, NlpError> {
        // A thread that panicked while it held the lock left whole entries behind.
        let lock = || {
            self.known
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        };
        let mut answers: HashMap<Query<'_>, SentenceReading> = HashMap::new();
        let mut new: Vec<Query<'_>> = Vec::new();
        {
            let known = lock();
            let mut seen = HashSet::new();
            for query in queries.iter().filter(|query| seen.insert(**query)) {
                match known.get(&(query.text.into(), query.target)) {
                    Some(answer) => _ = answers.insert(*query, answer.clone()),
                    None => new.push(*query),
                }
            }
        }
        let computed = self.compute(&new)?;
        let mut known = lock();
        for (query, answer) in new.into_iter().zip(computed) {
            if query.text.len() <= MAX_REMEMBERED {
                if known.len() >= REMEMBERED {
                    known.clear();
                }
                known.insert((query.text.into(), query.target), answer.clone());
            }
            answers.insert(query, answer);
        }
        Ok(queries.iter().map(|query| answers[query].clone()).collect())
    }
}

impl SentimentModel for TrainedModel {
    fn score(&self, queries: &[Query<'_>]) -> Result<Vec<Sentiment>, NlpError> {
        let answers = self.answers(queries)?.into_iter();
        Ok(answers.map(|answer| answer.sentiment).collect())
    }

    fn taught(&self) -> &[TaughtTheme] {
        &self.taught
    }

    fn read(&self, sentences: &[&str]) -> Result<Vec<SentenceReading>, NlpError> {
        let queries: Vec<Query<'_>> = sentences.iter().copied().map(Query::sentence).collect();
        self.answers(&queries)
    }

    fn sketches(&self, sentences: &[&str]) -> Option<Vec<Vec<f32>>> {
        let glance = self.glance.as_ref()?;
        let sketches = sentences.iter().map(|sentence| {
            let pieces = self.pieces.of(&Query::sentence(sentence));
            glance.sketch(&self.transformer, &pieces)
        });
        Some(sketches.collect())
    }

    fn meanings(&self, sentences: &[&str]) -> Option<Vec<Vec<f32>>> {
        if self.taught.is_empty() {
            return None;
        }
        let queries: Vec<Query<'_>> = sentences.iter().copied().map(Query::sentence).collect();
        let width = 2 * self.transformer.width();
        let mut meanings = vec![vec![]; sentences.len()];
        let about = |output: Output| -> Vec<Vec<f32>> {
            let rows = output.about.chunks_exact(width);
            rows.map(<[f32]>::to_vec).collect()
        };
        for (place, about) in self.encode(self.pieces_of(&queries), about) {
            meanings[place] = about;
        }
        Some(meanings)
    }
}

/// The encoder's answer, sentence by sentence.
fn encoded(output: Output) -> Vec<Encoded> {
    let n_states = output.states.len() / output.logits.len().max(1);
    let mut states = output.states.chunks_exact(n_states.max(1));
    let sentences = output.logits.into_iter().map(|logits| Encoded {
        logits,
        themes: states.next().map_or_else(Vec::new, likely),
    });
    sentences.collect()
}

impl Labels {
    fn of(card: &ModelCard) -> Self {
        // The card was checked to hold each label once.
        let place = |label: &str| card.labels.iter().position(|l| l == label).unwrap_or(0);
        Self {
            negative: place("negative"),
            neutral: place("neutral"),
            positive: place("positive"),
        }
    }

    /// Negative, neutral, positive.
    fn probabilities(self, logits: [f32; 3], calibration: Calibration) -> [f64; 3] {
        let shares = calibration.probabilities(logits);
        [self.negative, self.neutral, self.positive].map(|label| shares[label])
    }
}

/// What a query asks for.
fn reading(query: &Query<'_>) -> Reading {
    match query.marked_target() {
        None => Reading::Sentence,
        Some(_) => Reading::Target,
    }
}

/// Runs of sentences of one reading, of at most [`BATCH_PIECES`] word pieces together or of one sentence.
fn batches(sentences: &[Sentence]) -> Vec<&[Sentence]> {
    let mut n_pieces = 0;
    let together = |before: &Sentence, next: &Sentence| {
        n_pieces += before.pieces.len();
        let fits = before.reading == next.reading && n_pieces + next.pieces.len() <= BATCH_PIECES;
        if !fits {
            n_pieces = 0;
        }
        fits
    };
    sentences.chunk_by(together).collect()
}

#[cfg(test)]
pub(crate) mod tests;
