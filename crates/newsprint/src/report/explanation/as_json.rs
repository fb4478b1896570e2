//! Explanations as JSON, with every digit.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use newsprint_domain::sentiment::ONE;
use newsprint_store::Particulars;
use serde_json::{Map, Value, json};

use super::super::theme_day::{COLUMNS, summary};
use super::absent::Absence;
use super::observations::{Observation, Observations};
use super::sentences::{Carried, carried};
use super::tone::ToneCell;
use super::tone_text::millionths;
use crate::highlight::part_of;
use crate::table::Cell;

/// An instant to the microsecond.
fn exact(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// An empty cell.
pub(super) fn empty(absence: &Absence) -> Value {
    json!({ "empty": true, "reading": absence.reading, "told": absence.told, "notes": absence.notes })
}

/// A cell of tone.
pub(super) fn tone(cell: &ToneCell<'_>) -> Value {
    let cells = summary(&cell.sums, cell.weight);
    let names = COLUMNS.iter().skip(COLUMNS.len() - cells.len());
    let numbers = names
        .zip(&cells)
        .map(|(name, cell)| ((*name).to_owned(), cell.json()));
    let shown = cell.shown.iter();
    let articles = shown.map(|(place, read)| article(cell, *place, read));
    let left_out = cell.left_out();
    let counted = cell.weight.of(&left_out);
    json!({
        "empty": false,
        "numbers": numbers.collect::<Map<_, _>>(),
        "sum_of_tones": millionths(cell.counted().sum),
        "n_tones": cell.counted().n_tones,
        "session": {
            "date": cell.session.date.to_string(),
            "exchange": cell.subject.exchange.as_str(),
            "zone": cell.subject.calendar.zone().to_string(),
            "open": exact(cell.session.open),
            "close": exact(cell.session.close),
            "close_before": cell.base_close.map(exact),
            "calendar_version": cell.subject.calendar.version(),
            "rule": "the first session whose close is after available_at",
        },
        "articles": articles.collect::<Vec<_>>(),
        "left_out": {
            "n": left_out.articles.n_tones,
            "independent_n": left_out.stories.n_tones,
            "n_tones": counted.n_tones,
            "sum_of_tones": millionths(counted.sum),
        },
        "notes": cell.notes,
    })
}

fn article(cell: &ToneCell<'_>, place: usize, read: &Particulars) -> Value {
    let part = &cell.parts[place];
    let found = carried(cell.subject, part, read);
    let sentences = found.sentences.iter();
    let counted = cell.weight.of(&part.sums);
    json!({
        "address": read.view.address,
        "article_id": read.article_id,
        "publisher": read.view.publisher,
        "title": read.view.title,
        "available_at": exact(part.available_at),
        "recorded_at": exact(read.recorded_at),
        "removed_at": read.removed_at.map(exact),
        "reconstructed": part.sums.n_reconstructed > 0,
        "retrospective": part.retrospective,
        "published_stated": read.view.published_stated,
        "published_found_in": read.view.published_found_in,
        "phase": read.assignment.phase,
        "base_close_session": read.assignment.base_close_session.to_string(),
        "reaction_close": exact(read.assignment.reaction_close),
        "calendar_version": read.assignment.calendar_version,
        "role": if read.follows.is_some() { "echo" } else { "origin" },
        "follows": read.follows.as_ref().map(|origin| json!({
            "address": origin.address,
            "publisher": origin.publisher,
            "likeness": f64::from(origin.likeness) / f64::from(ONE),
            "evidence": origin.evidence,
        })),
        "n_followers": read.n_followers,
        "names_index": part.names_index,
        "is_linked": part.is_linked,
        "tone": part.sums.articles.mean(),
        "tone_millionths": part.sums.articles.sum,
        "stance": part.sums.stances.mean(),
        "counts": counted.n_tones,
        "stories": part.sums.stories.n_tones,
        "sentences_add_up": found.adds_up,
        "sentences": sentences.map(|one| sentence(read, one)).collect::<Vec<_>>(),
    })
}

fn sentence(read: &Particulars, carried: &Carried<'_>) -> Value {
    let (sentence, sentiment) = (carried.sentence, carried.sentiment);
    let found = carried
        .found
        .iter()
        .map(|found| json!({ "words": found.words, "rule": found.rule, "stance": found.stance }));
    let share = |millionths: i32| f64::from(millionths) / f64::from(ONE);
    json!({
        "part": sentence.part.as_str(),
        "start": sentence.span.start,
        "end": sentence.span.end,
        "text": sentence.span.of(part_of(&read.view, sentence.part)),
        "negative": share(sentiment.negative()),
        "neutral": share(sentiment.neutral()),
        "positive": share(sentiment.positive()),
        "tone_millionths": sentiment.tone().millionths(),
        "toward_words": carried.is_toward,
        "counts": carried.weight,
        "found": found.collect::<Vec<_>>(),
    })
}

/// The observations that a line rests on.
pub(super) fn moves(observations: &Observations<'_>, limit: usize) -> Value {
    let rows = observations.rows.iter();
    let n_articles: i64 = rows.clone().map(|row| row.sums.articles.n_tones).sum();
    let missing = observations.missing.iter().map(|one| {
        json!({
            "session": one.session.to_string(),
            "mean_tone": one.mean_tone,
            "n": one.n_articles,
            "reason": one.reason,
        })
    });
    json!({
        "empty": false,
        "numbers": {
            "n": n_articles,
            "sessions": observations.rows.len(),
            "missing": observations.missing.len(),
            "effective_n": observations.effective_n,
            "rho": observations.rho,
        },
        "kind": observations.subject.index.kind.as_str(),
        "observations": rows.take(limit).map(|row| observation(observations, row)).collect::<Vec<_>>(),
        "n_left_out": observations.rows.len().saturating_sub(limit),
        "missing": missing.collect::<Vec<_>>(),
        "notes": observations.notes,
    })
}

/// The observation of a session; where its move is not known, why.
pub(super) fn observation_of(observations: &Observations<'_>, session: NaiveDate) -> Value {
    match observations.of(session) {
        Some(Ok(row)) => observation(observations, row),
        Some(Err(missing)) => json!({ "missing": missing.reason }),
        None => Value::Null,
    }
}

/// One observation with its price rows.
fn observation(observations: &Observations<'_>, row: &Observation) -> Value {
    let close = |date: NaiveDate| {
        let close = observations.closes.get(&date)?;
        Some(json!({
            "date": date.to_string(),
            "close": close.close,
            "source": close.source,
            "recorded_at": exact(close.recorded_at),
            "revision": close.revision,
        }))
    };
    json!({
        "session": row.session.to_string(),
        "n": row.sums.articles.n_tones,
        "independent_n": row.sums.stories.n_tones,
        "mean_tone": row.mean_tone,
        "from": close(row.from),
        "to": close(row.to),
        "move_bp": Cell::Number(row.moved, 1).json(),
        "to_rho": observations.rho.map(|_| row.influence),
    })
}
