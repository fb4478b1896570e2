//! model info: the card of the configured model.

use newsprint_nlp::model_card::{ModelCard, ModelFiles};
use newsprint_nlp::sentiment::ModelChoice;

use crate::context::Context;
use crate::exit::Outcome;
use crate::table::{Cell, Table};

pub(super) fn info(context: &Context) -> anyhow::Result<Outcome> {
    let settings = &context.config.settings.model;
    let table = match settings.name.files()? {
        Some(files) => {
            let read = files.card()?;
            files.verify(&read)?;
            card(&files, &read)
        }
        None => without_card(&settings.name)?,
    };
    table.print(context.format)?;
    Ok(Outcome::Done)
}

/// Scores in the table, everything else below it.
fn card(files: &ModelFiles, card: &ModelCard) -> Table {
    let rows = card.scores.iter().map(|(set, scores)| {
        vec![
            Cell::text(set),
            Cell::Count(i64::try_from(scores.n).unwrap_or(i64::MAX)),
            Cell::Number(scores.accuracy, 3),
            Cell::Number(scores.macro_f1, 3),
            Cell::Number(scores.ece, 3),
            Cell::number(scores.both_right, 3),
        ]
    });
    let shape = card.shape;
    let mut notes = vec![
        format!("model {}: {}", card.name, card.summary),
        format!("licence: {}", card.licence),
        format!(
            "{} layers (the first {} read a sentence as such, all of them a sentence toward a target) of {} values and {} heads, {} word pieces, texts of up to {} pieces, {} bytes in all",
            shape.layers,
            shape.sentence_layers,
            shape.width,
            shape.heads,
            shape.pieces,
            shape.positions,
            files.size()
        ),
        format!("made from {}", card.bases.join(" and ")),
        format!(
            "calibration: softmax(logits × margin^k / T), k = {:.3} and T = {:.3} for a sentence, k = {:.3} and T = {:.3} toward a target",
            card.calibration.sentence.margin_power,
            card.calibration.sentence.temperature,
            card.calibration.target.margin_power,
            card.calibration.target.temperature
        ),
    ];
    if let Some(cascade) = card.cascade {
        notes.push(format!(
            "a linear model over runs of word pieces answers for sentences as such where its probability reaches {}",
            cascade.threshold
        ));
    }
    for data in &card.data {
        notes.push(format!(
            "data: {} ({}), {} examples, {}",
            data.corpus, data.licence, data.examples, data.used_for
        ));
    }
    for (file, hash) in &card.files {
        notes.push(format!("SHA-256 of {file}: {hash}"));
    }
    notes.push(format!(
        "SHA-256 of the card, as tag runs record it: {}",
        files.hash()
    ));
    Table {
        name: "validation",
        columns: vec![
            "set",
            "n",
            "accuracy",
            "macro F1",
            "ECE",
            "disagreeing: all right",
        ],
        rows: rows.collect(),
        notes,
    }
}

fn without_card(model: &ModelChoice) -> anyhow::Result<Table> {
    let (name, hash) = model.identity()?;
    let (what, of) = match model {
        ModelChoice::RustBert(_) => ("a BERT classifier, run on libtorch", "its files"),
        _ => (
            "lists of words of gain and loss, turned around by a negation before them",
            "the lists",
        ),
    };
    Ok(Table {
        name: "validation",
        columns: vec!["set", "n"],
        rows: vec![],
        notes: vec![
            format!("model {name}: {what}"),
            format!("SHA-256 of {of}, as tag runs record it: {hash}"),
        ],
    })
}
