//! The shipped models against torch, against themselves in other batches, and against damaged files.

use std::path::Path;

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::sentiment::ModelChoice;

/// A sentence and what torch makes of it with the shipped weights in 32-bit floats.
#[derive(Deserialize)]
pub(crate) struct Golden {
    text: String,
    /// Bytes.
    target: Option<[usize; 2]>,
    pub(crate) pieces: Vec<u32>,
    logits: [f32; 3],
    /// Of the cascade's first step.
    cascade: [f32; 3],
    /// Of a sentence as such: place, probability and stance of each theme of at least [`LIKELY`].
    #[serde(default)]
    themes: Vec<(usize, f32, i8)>,
    /// The same at a glance.
    #[serde(default)]
    glance: Vec<(usize, f32, i8)>,
}

/// Themes less likely than this are not in the golden file.
const LIKELY: f32 = 0.05;

impl Golden {
    pub(crate) fn all(model: &str) -> Vec<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("../../models/{model}/golden.jsonl"));
        let text = std::fs::read_to_string(path).unwrap();
        let golden: Vec<Self> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert!(golden.len() >= 200);
        golden
    }

    #[cfg(feature = "rust-bert")]
    pub(crate) fn is_toward_a_target(&self) -> bool {
        self.target.is_some()
    }

    pub(crate) fn query(&self) -> Query<'_> {
        Query {
            text: &self.text,
            target: self.target.map(|[start, end]| Span { start, end }),
        }
    }
}

pub(crate) fn load(choice: &ModelChoice, arithmetic: Arithmetic) -> TrainedModel {
    let files = choice.files().unwrap().unwrap();
    TrainedModel::load_with(&files, 2, arithmetic).unwrap()
}

/// The encoder's logits, in order.
pub(crate) fn logits(model: &TrainedModel, queries: &[Query<'_>]) -> Vec<[f32; 3]> {
    let mut logits = vec![[f32::NAN; 3]; queries.len()];
    for (place, encoded) in model.encode(model.pieces_of(queries), encoded) {
        logits[place] = encoded.logits;
    }
    logits
}

pub(crate) fn greatest(logits: [f32; 3]) -> usize {
    (0..3)
        .max_by(|a, b| logits[*a].total_cmp(&logits[*b]))
        .unwrap()
}

pub(crate) fn furthest(left: &[[f32; 3]], right: &[[f32; 3]]) -> f32 {
    let pairs = left.as_flattened().iter().zip(right.as_flattened());
    pairs.map(|(l, r)| (l - r).abs()).fold(0.0, f32::max)
}

/// Whether `found` are the themes of `golden`, give or take `off` of a probability.
fn are_alike(found: &[LearnedTheme], golden: &[(usize, f32, i8)], off: f32) -> bool {
    let is_golden = |theme: &&LearnedTheme| golden.iter().any(|(place, ..)| *place == theme.place);
    let all_found = golden.iter().all(|(place, probability, _)| {
        let mut found = found.iter();
        let theme = found.find(|theme| theme.place == *place);
        theme.is_some_and(|theme| (theme.probability - probability).abs() <= off)
    });
    let mut others = found.iter().filter(|theme| !is_golden(theme));
    all_found && others.all(|theme| theme.probability < LIKELY + off)
}

/// Of each theme that is likelier than not: whether the stance is the golden one.
fn stances(found: &[LearnedTheme], golden: &[(usize, f32, i8)]) -> Vec<bool> {
    let likely = golden
        .iter()
        .filter(|(_, probability, _)| *probability >= 0.5);
    let same = likely.map(|(place, _, stance)| {
        let theme = found.iter().find(|theme| theme.place == *place);
        theme.is_some_and(|theme| theme.stance.value() == *stance)
    });
    same.collect()
}

/// Themes of sentences as such are torch's, by the encoder and at a glance; eight bits move a probability by a few hundredths, and
/// may exchange two stances that are as likely as one another.
fn reads_the_themes_of_torch(name: &str, choice: &ModelChoice) {
    let golden: Vec<Golden> = Golden::all(name)
        .into_iter()
        .filter(|golden| golden.target.is_none())
        .collect();
    let n_likely: usize = golden.iter().map(|golden| golden.themes.len()).sum();
    assert!(n_likely >= 50, "{name}: {n_likely} themes");
    let queries: Vec<Query<'_>> = golden.iter().map(Golden::query).collect();
    for (arithmetic, off) in [(Arithmetic::Float, 1e-4), (Arithmetic::AsStored, 0.3)] {
        let model = load(choice, arithmetic);
        let mut scratch = Scratch::default();
        let mut same = Vec::new();
        for (place, encoded) in model.encode(model.pieces_of(&queries), encoded) {
            let golden = &golden[place];
            same.extend(stances(&encoded.themes, &golden.themes));
            assert!(
                are_alike(&encoded.themes, &golden.themes, off),
                "{name}, {arithmetic:?}: {:?} for {:?}: {}",
                encoded.themes,
                golden.themes,
                golden.text
            );
        }
        for sentence in model.pieces_of(&queries) {
            let golden = &golden[sentence.place];
            let themes = model.themes_at_a_glance(&sentence, &mut scratch);
            same.extend(stances(&themes, &golden.glance));
            assert!(
                are_alike(&themes, &golden.glance, off),
                "{name}, {arithmetic:?}, at a glance: {themes:?} for {:?}: {}",
                golden.glance,
                golden.text
            );
        }
        let exchanged = same.iter().filter(|same| !**same).count();
        let most = match arithmetic {
            Arithmetic::Float => 0,
            Arithmetic::AsStored => same.len() / 25,
        };
        assert!(exchanged <= most, "{exchanged} of {} stances", same.len());
    }
}

#[test]
fn the_full_model_reads_the_themes_of_torch() {
    reads_the_themes_of_torch("full", &ModelChoice::Full);
}

#[test]
fn the_permissive_model_reads_the_themes_of_torch() {
    reads_the_themes_of_torch("permissive", &ModelChoice::Permissive);
}

/// A shipped model with the themes taken out of its card.
fn without_themes(folder: &Path) -> ModelChoice {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/permissive");
    for file in ["model.safetensors", "vocab.txt"] {
        std::fs::copy(shipped.join(file), folder.join(file)).unwrap();
    }
    let card = std::fs::read(shipped.join("card.json")).unwrap();
    let mut card: serde_json::Value = serde_json::from_slice(&card).unwrap();
    card["themes"] = serde_json::json!([]);
    std::fs::write(folder.join("card.json"), card.to_string()).unwrap();
    ModelChoice::Folder(folder.to_owned())
}

#[test]
fn a_model_that_was_taught_no_themes_finds_none() {
    let folder = tempfile::tempdir().unwrap();
    let model = load(&without_themes(folder.path()), Arithmetic::AsStored);
    let sentence = "The Federal Reserve cut interest rates.";
    let reading = model.read(&[sentence]).unwrap().remove(0);
    assert!(model.taught().is_empty() && reading.themes.is_empty());
    assert_eq!(model.meanings(&[sentence]), None);
    assert_eq!(model.sketches(&[sentence]), None);
}

/// Labels whose logits are no further apart may change places in eight bits: over six layers roundings add up to some tenths.
const CLOSE: f32 = 0.5;

/// Pieces and float logits are torch's; eight bits keep nearly every label.
fn agrees_with_torch(name: &str, choice: &ModelChoice) {
    let golden = Golden::all(name);
    let queries: Vec<Query<'_>> = golden.iter().map(Golden::query).collect();
    let expected: Vec<[f32; 3]> = golden.iter().map(|golden| golden.logits).collect();

    let floats = load(choice, Arithmetic::Float);
    for golden in &golden {
        assert_eq!(
            floats.pieces.of(&golden.query()),
            golden.pieces,
            "{}",
            golden.text
        );
    }
    let in_floats = logits(&floats, &queries);
    let off = furthest(&in_floats, &expected);
    assert!(off <= 1e-5, "{name}: {off:e} from torch");

    let shipped = load(choice, Arithmetic::AsStored);
    let (cascade, _) = shipped.cascade.as_ref().unwrap();
    for golden in &golden {
        let off = furthest(&[cascade.logits(&golden.pieces)], &[golden.cascade]);
        assert!(
            off <= 1e-5,
            "{name}: cascade {off:e} off on {}",
            golden.text
        );
    }
    for (golden, ours) in golden.iter().zip(logits(&shipped, &queries)) {
        let torch = golden.logits;
        let lead = torch[greatest(torch)] - torch[greatest(ours)];
        assert!(
            lead <= CLOSE,
            "{name}: eight bits change a label that led by {lead}: {}",
            golden.text
        );
    }
}

#[test]
fn the_full_model_agrees_with_torch() {
    agrees_with_torch("full", &ModelChoice::Full);
}

#[test]
fn the_permissive_model_agrees_with_torch() {
    agrees_with_torch("permissive", &ModelChoice::Permissive);
}

#[test]
fn logits_are_the_same_to_the_bit_in_any_batch_and_order() {
    let golden = Golden::all("full");
    let queries: Vec<Query<'_>> = golden.iter().map(Golden::query).collect();
    let model = load(&ModelChoice::Full, Arithmetic::AsStored);
    let alone: Vec<[f32; 3]> = queries
        .iter()
        .map(|query| logits(&model, &[*query])[0])
        .collect();
    let places = proptest::collection::vec(0..queries.len(), 1..40);
    proptest!(ProptestConfig::with_cases(48), |(places in places)| {
        let some: Vec<Query<'_>> = places.iter().map(|place| queries[*place]).collect();
        let together = logits(&model, &some);
        for (place, row) in places.iter().zip(together) {
            prop_assert_eq!(row, alone[*place]);
        }
    });
}

#[test]
fn ten_thousand_sentences_are_scored_and_repeats_are_remembered() {
    let model = load(&ModelChoice::Full, Arithmetic::AsStored);
    let texts: Vec<String> = (0..10_000)
        .map(|n| format!("Profit {}", n % 5_000))
        .collect();
    let queries: Vec<Query<'_>> = texts.iter().map(|text| Query::sentence(text)).collect();
    assert_eq!(model.score(&queries).unwrap().len(), 10_000);
    assert_eq!(model.known.lock().unwrap().len(), 5_000);

    // What is remembered is answered from memory: a mark put there comes back.
    let mark = Sentiment::from_probabilities(0.25, 0.5, 0.25).unwrap();
    let marked = SentenceReading {
        sentiment: mark,
        themes: [].into(),
    };
    let key = (Box::from("Profit 7"), None);
    let before = model.known.lock().unwrap().insert(key, marked.clone());
    assert!(before.is_some());
    assert_eq!(model.score(&queries[7..8]).unwrap(), [mark]);

    // Memory that is full is emptied, and goes on.
    let fill = (0..REMEMBERED).map(|n| ((format!("text {n}").into(), None), marked.clone()));
    model.known.lock().unwrap().extend(fill);
    model.score(&[Query::sentence("Profit fell")]).unwrap();
    assert_eq!(model.known.lock().unwrap().len(), 1);
}

#[test]
fn long_sentences_are_not_remembered() {
    let model = load(&ModelChoice::Full, Arithmetic::AsStored);
    let long = "profit ".repeat(1_000);
    model.score(&[Query::sentence(&long)]).unwrap();
    assert!(model.known.lock().unwrap().is_empty());
}

#[test]
fn hidden_characters_do_not_change_a_score() {
    let model = load(&ModelChoice::Full, Arithmetic::AsStored);
    let score = |text: &str| model.score(&[Query::sentence(text)]).unwrap()[0];
    let plain = score("Shares of the bank fell sharply after the warning.");
    assert_eq!(
        score(
            "Sha\u{ad}res of the b\u{200b}ank fe\u{2060}ll sharply\u{202e} after\u{0} the warning.\u{feff}"
        ),
        plain
    );
}

#[test]
fn a_target_without_words_is_none() {
    let model = load(&ModelChoice::Full, Arithmetic::AsStored);
    let text = "Shares of the bank fell sharply.";
    let target = Some(Span { start: 6, end: 6 });
    let scores = model.score(&[Query { text, target }, Query::sentence(text)]);
    let scores = scores.unwrap();
    assert_eq!(scores[0], scores[1]);
}

#[test]
fn a_truncated_or_altered_file_is_refused_with_both_hashes() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/full");
    for file in ["card.json", "model.safetensors", "vocab.txt"] {
        std::fs::copy(shipped.join(file), folder.path().join(file)).unwrap();
    }
    let loaded = || {
        ModelChoice::Folder(folder.path().into())
            .load(1)
            .map(|_| ())
    };
    loaded().unwrap();

    let weights = std::fs::read(folder.path().join("model.safetensors")).unwrap();
    let mut altered = weights.clone();
    altered[weights.len() / 2] ^= 1;
    let expected = newsprint_domain::digest::sha256_hex(&weights);
    for bytes in [&weights[..weights.len() / 2], &altered, b""] {
        std::fs::write(folder.path().join("model.safetensors"), bytes).unwrap();
        let refused = loaded().unwrap_err().to_string();
        let hash = newsprint_domain::digest::sha256_hex(bytes);
        assert!(
            refused.contains(&format!("expects SHA-256 {expected}")) && refused.contains(&hash),
            "{refused}"
        );
    }
    std::fs::write(folder.path().join("model.safetensors"), weights).unwrap();
    std::fs::write(folder.path().join("card.json"), "{\"name\": 1}").unwrap();
    assert!(loaded().unwrap_err().to_string().contains("card.json"));
    std::fs::remove_file(folder.path().join("vocab.txt")).unwrap();
    assert!(loaded().unwrap_err().to_string().contains("read vocab.txt"));
}
