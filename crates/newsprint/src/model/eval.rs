//! model eval: the configured model on a file of labelled sentences.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use newsprint_domain::sentiment::{ONE, Sentiment};
use newsprint_nlp::sentiment::Query;
use newsprint_study::classification::{
    Prediction, accuracy, confusion, expected_calibration_error, macro_f1,
};
use serde_json::json;

use crate::asked::{Asked, Marked};
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::output::print;
use crate::progress::say;
use crate::table::{Cell, Format, Table, printable};

const LABELS: [&str; 3] = ["negative", "neutral", "positive"];
const CALIBRATION_BINS: usize = 15;

/// A row of the file.
struct Row {
    asked: Asked,
    label: usize,
}

/// Where the columns of a row are.
struct Columns {
    text: usize,
    label: usize,
    target: Option<usize>,
    /// target_start and target_end, in bytes of the text.
    span: Option<(usize, usize)>,
}

/// What is printed.
struct Scores {
    model: String,
    predictions: Vec<Prediction>,
    /// Texts whose targets' labels disagree, and of how many every target is right.
    disagreeing: Option<(usize, usize)>,
    per_second: f64,
    threads: usize,
}

pub(super) fn eval(context: &Context, file: &Path, target_column: &str) -> anyhow::Result<Outcome> {
    let (rows, n_bad) = read(file, target_column)?;
    if rows.is_empty() {
        say(&format!("{}: there is no row to score", file.display()));
        return Ok(Outcome::Nothing);
    }
    let settings = &context.config.settings.model;
    let model = settings.name.load(settings.threads)?;
    let marked: Vec<Marked<'_>> = rows.iter().flat_map(|row| row.asked.marked()).collect();
    let queries: Vec<Query<'_>> = marked.iter().map(Marked::query).collect();
    let began = Instant::now();
    let sentiments = model.score(&queries)?;
    let seconds = began.elapsed().as_secs_f64();
    let predictions: Vec<Prediction> = rows
        .iter()
        .zip(sentiments)
        .map(|(row, sentiment)| row.prediction(sentiment))
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
    let scores = Scores {
        model: settings.name.identity()?.0,
        disagreeing: disagreeing(&rows, &queries, &predictions),
        per_second: queries.iter().collect::<HashSet<_>>().len() as f64 / seconds,
        threads: settings.threads,
        predictions,
    };
    scores.print(context.format)?;
    Ok(if n_bad == 0 {
        Outcome::Done
    } else {
        Outcome::InPart
    })
}

/// The rows that can be used, and how many cannot; each of those is named on standard error.
fn read(file: &Path, target_column: &str) -> anyhow::Result<(Vec<Row>, usize)> {
    let shown = file.display();
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(file)
        .with_context(|| format!("read {shown}"))?;
    let header = reader
        .byte_headers()
        .with_context(|| format!("read {shown}"))?
        .clone();
    let column = |name: &str| header.iter().position(|field| field == name.as_bytes());
    let needed = |name: &str| {
        column(name).ok_or_else(|| misuse(format!("{shown}: there is no column \"{name}\"")))
    };
    let target = column(target_column);
    if target.is_none() && target_column != "target" {
        needed(target_column)?;
    }
    let columns = Columns {
        text: needed("text")?,
        label: needed("label")?,
        target,
        span: match (column("target_start"), column("target_end")) {
            (Some(start), Some(end)) => Some((start, end)),
            (None, None) => None,
            _ => {
                let problem = "the columns target_start and target_end belong together";
                return Err(misuse(format!("{shown}: {problem}")));
            }
        },
    };
    let (mut rows, mut n_bad) = (Vec::new(), 0);
    let mut records = reader.byte_records();
    loop {
        let line = records.reader().position().line();
        let Some(record) = records.next() else { break };
        let line = record
            .as_ref()
            .ok()
            .and_then(csv::ByteRecord::position)
            .map_or(line, csv::Position::line);
        let row = record
            .map_err(|error| error.to_string())
            .and_then(|record| Row::read(&record, &columns));
        match row {
            Ok(row) => rows.push(row),
            Err(problem) => {
                n_bad += 1;
                say(&format!("{shown}: skipped line {line}: {problem}"));
            }
        }
    }
    Ok((rows, n_bad))
}

impl Row {
    fn read(record: &csv::ByteRecord, columns: &Columns) -> Result<Self, String> {
        let field = |place: usize| record.get(place).map(String::from_utf8_lossy);
        let offset = |place: usize| match field(place).unwrap_or_default().trim() {
            "" => Ok(None),
            written => written
                .parse()
                .map(Some)
                .map_err(|_| format!("\"{}\" is no offset in bytes", printable(written))),
        };
        let (target_start, target_end) = match columns.span {
            Some((start, end)) => (offset(start)?, offset(end)?),
            None => (None, None),
        };
        let asked = Asked {
            text: field(columns.text).ok_or("it has no text")?.into_owned(),
            target: columns.target.and_then(field).map(Cow::into_owned),
            target_start,
            target_end,
        };
        asked.marked()?;
        let written = field(columns.label).ok_or("it has no label")?;
        let label = LABELS.iter().position(|label| *label == written.trim());
        let label = label.ok_or_else(|| {
            let written = printable(&written);
            format!("\"{written}\" is no label: write negative, neutral or positive")
        })?;
        Ok(Self { asked, label })
    }

    fn prediction(&self, sentiment: Sentiment) -> Prediction {
        let parts = [
            sentiment.negative(),
            sentiment.neutral(),
            sentiment.positive(),
        ];
        Prediction {
            truth: self.label,
            probabilities: parts.map(|part| f64::from(part) / f64::from(ONE)),
        }
    }
}

/// Texts whose targets' labels disagree, and how many of them have every target right; `None` without such texts.
fn disagreeing(
    rows: &[Row],
    queries: &[Query<'_>],
    predictions: &[Prediction],
) -> Option<(usize, usize)> {
    let mut by_text: BTreeMap<&str, Vec<&Prediction>> = BTreeMap::new();
    for ((row, query), prediction) in rows.iter().zip(queries).zip(predictions) {
        if query.target.is_some() {
            by_text.entry(&row.asked.text).or_default().push(prediction);
        }
    }
    by_text.retain(|_, some| some.iter().any(|p| p.truth != some[0].truth));
    let all_right = |some: &&Vec<&Prediction>| some.iter().all(|p| p.is_right());
    let n_right = by_text.values().filter(all_right).count();
    (!by_text.is_empty()).then_some((by_text.len(), n_right))
}

impl Scores {
    fn print(&self, format: Format) -> anyhow::Result<()> {
        match format {
            Format::Json => print(&(serde_json::to_string_pretty(&self.json())? + "\n")),
            _ => self.table().print(format),
        }
    }

    fn ece(&self) -> Option<f64> {
        expected_calibration_error(&self.predictions, CALIBRATION_BINS)
    }

    fn json(&self) -> serde_json::Value {
        let matrix: serde_json::Map<_, _> = LABELS
            .iter()
            .zip(confusion(&self.predictions))
            .map(|(label, row)| {
                let row: serde_json::Map<_, _> = LABELS
                    .iter()
                    .zip(row)
                    .map(|(label, count)| ((*label).to_owned(), json!(count)))
                    .collect();
                ((*label).to_owned(), json!(row))
            })
            .collect();
        json!({
            "model": self.model,
            "n": self.predictions.len(),
            "accuracy": accuracy(&self.predictions),
            "macro_f1": macro_f1(&self.predictions),
            "ece": self.ece(),
            "confusion": matrix,
            "disagreeing_texts": self.disagreeing.map(|(n, _)| n),
            "disagreeing_all_right": self.disagreeing.map(|(_, right)| right),
            "sentences_per_second": self.per_second,
            "threads": self.threads,
        })
    }

    /// The confusion matrix, the figures below it.
    fn table(&self) -> Table {
        let rows = LABELS
            .iter()
            .zip(confusion(&self.predictions))
            .map(|(label, counts)| {
                std::iter::once(Cell::text(*label))
                    .chain(counts.map(Cell::count))
                    .collect()
            });
        let shown = |value: Option<f64>| value.map_or("–".into(), |value| format!("{value:.3}"));
        let mut notes = vec![
            format!("model {}, {} sentences", self.model, self.predictions.len()),
            format!(
                "accuracy {}, macro F1 {}, calibration error {} (ECE, {CALIBRATION_BINS} bins)",
                shown(accuracy(&self.predictions)),
                shown(macro_f1(&self.predictions)),
                shown(self.ece())
            ),
        ];
        if let Some((n, n_right)) = self.disagreeing {
            notes.push(format!(
                "texts whose targets disagree: {n}, every target right in {n_right}"
            ));
        }
        notes.push(format!(
            "{:.0} sentences/s on {} threads",
            self.per_second, self.threads
        ));
        Table {
            name: "confusion",
            columns: vec!["label", "as negative", "as neutral", "as positive"],
            rows: rows.collect(),
            notes,
        }
    }
}
