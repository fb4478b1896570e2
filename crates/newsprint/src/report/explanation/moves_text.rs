//! Observations of tone and moves as text.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use newsprint_domain::index::SeriesKind;
use newsprint_store::RecordedClose;
use newsprint_study::returns::Window;

use super::super::cells::Weight;
use super::observations::{Missing, Observation, Observations};
use super::tone_text::instant;
use crate::table::{Cell, Table, printable};
use crate::wrapping::wrapped;

const COLUMNS: [&str; 11] = [
    "session",
    "stories",
    "articles",
    "mean_tone",
    "from",
    "close",
    "to",
    "close",
    "move_bp",
    "to_rho",
    "prices",
];

/// Definition, numbers, and the observations that are asked for, at most `limit` of each kind.
pub(super) fn shown(observations: &Observations<'_>, limit: usize) -> anyhow::Result<String> {
    let mut text = definition(observations) + "\n" + &numbers(observations) + "\n";
    text += &rows(observations, limit)?;
    Ok(text + &missing(&observations.missing, limit))
}

/// The observation of a session: its closes and where they were read, or why there is none.
pub(super) fn observation(observations: &Observations<'_>, session: NaiveDate) -> String {
    let known = match observations.of(session) {
        Some(Ok(row)) => one(observations, row),
        Some(Err(missing)) => wrapped("  left out ", &missing.reason),
        None => wrapped(
            "  left out ",
            "the session has echoes alone, and no story of its own",
        ),
    };
    definition(observations) + "\n" + &known
}

fn one(observations: &Observations<'_>, row: &Observation) -> String {
    let line = |name: &str, text: &str| wrapped(&format!("  {name:<8} "), text);
    let close = |name: &str, date| match observations.closes.get(&date) {
        Some(close) => line(
            name,
            &format!("{date}  {}  {}", close.close, provenance(close)),
        ),
        None => String::new(),
    };
    let moved = format!(
        "{:.1} bp{}; ",
        row.moved,
        if observations.subject.index.kind == SeriesKind::Yield {
            " of yield"
        } else {
            ""
        }
    );
    let influence = match observations.rho {
        Some(rho) => format!(
            "adds {:+.4} to a rank correlation of {rho:.3}",
            row.influence
        ),
        None => "too few sessions for a correlation".into(),
    };
    close("from", row.from) + &close("to", row.to) + &line("move", &format!("{moved}{influence}"))
}

fn definition(observations: &Observations<'_>) -> String {
    let subject = observations.subject;
    let once = match observations.weight {
        Weight::Story => "stories",
        Weight::Article => "articles",
    };
    let (theme, index) = (subject.theme, &subject.index.id);
    let tone = format!(
        "observations are sessions of {} with the mean tone of their {once} ({theme}, {index}) and the move of {} ({}) over {}: {}",
        subject.exchange,
        subject.index.name,
        subject.index.kind.as_str(),
        observations.window,
        span(observations.window)
    );
    wrapped("  ", &tone) + &wrapped("  ", &format!("entry: {}", entry(observations.window)))
}

/// Between which closes a window lies.
fn span(window: Window) -> String {
    match window {
        Window::Reaction => "from the close before the session to its close".into(),
        Window::Forward(1) => "from the session's close to the next of the series".into(),
        Window::Forward(horizon) => {
            format!("from the session's close over the next {horizon} closes of the series")
        }
    }
}

fn entry(window: Window) -> String {
    match window {
        Window::Reaction => {
            "none: it describes the day of the news, part of the move was over when the news came, and nobody could have earned it"
        }
        Window::Forward(_) => {
            "at the close of the reaction session, which is after available_at of every article in it, and so never earlier than the news"
        }
    }
    .into()
}

fn numbers(observations: &Observations<'_>) -> String {
    let n_articles = observations.rows.iter();
    let n_articles: i64 = n_articles.map(|row| row.sums.articles.n_tones).sum();
    let rho = match observations.rho {
        Some(rho) => format!("rho {rho:.3}"),
        None => "rho: too few sessions, or tone or move does not vary".into(),
    };
    wrapped(
        "  ",
        &format!(
            "n {n_articles} · sessions {} · missing {} · effective_n {} · {rho}",
            observations.rows.len(),
            observations.missing.len(),
            observations.effective_n
        ),
    )
}

fn rows(observations: &Observations<'_>, limit: usize) -> anyhow::Result<String> {
    if observations.rows.is_empty() {
        return Ok(String::new());
    }
    let shown: Vec<&Observation> = observations.rows.iter().take(limit).collect();
    let n_left_out = observations.rows.len() - shown.len();
    let sources: BTreeSet<String> = observations.closes.values().map(provenance).collect();
    let mut columns = COLUMNS.to_vec();
    // One place and time for all is said once.
    let is_one_source = sources.len() == 1;
    columns.truncate(COLUMNS.len() - usize::from(is_one_source));
    let mut notes = Vec::new();
    if n_left_out > 0 {
        let all = observations.rows.len();
        notes.push(format!(
            "{n_left_out} of {all} left out, which move the rank correlation least: --limit {all} shows all"
        ));
    }
    notes.extend(
        sources
            .first()
            .filter(|_| is_one_source)
            .map(|source| format!("prices: {source}")),
    );
    if observations.rho.is_some() {
        let note = "to_rho: what the session adds to the rank correlation; all add up to it";
        notes.push(note.into());
    }
    let table = Table {
        name: "observations, the most influential first",
        rows: shown
            .iter()
            .map(|row| line(observations, row, columns.len()))
            .collect(),
        columns,
        notes,
    };
    table.rendered(crate::table::Format::Table)
}

fn line(observations: &Observations<'_>, row: &Observation, n_columns: usize) -> Vec<Cell> {
    let close = |date| observations.closes.get(&date);
    let value = |date| close(date).map_or(Cell::Null, |close| Cell::text(close.close.to_string()));
    let sources = [row.from, row.to].into_iter().filter_map(close);
    let sources: BTreeSet<String> = sources.map(provenance).collect();
    let mut cells = vec![
        Cell::text(row.session.to_string()),
        Cell::Count(row.sums.stories.n_tones),
        Cell::Count(row.sums.articles.n_tones),
        Cell::Number(row.mean_tone, 3),
        Cell::text(row.from.to_string()),
        value(row.from),
        Cell::text(row.to.to_string()),
        value(row.to),
        Cell::Number(row.moved, 1),
        Cell::number(observations.rho.map(|_| row.influence), 4),
        Cell::text(sources.into_iter().collect::<Vec<_>>().join(" / ")),
    ];
    cells.truncate(n_columns);
    cells
}

fn missing(missing: &[Missing], limit: usize) -> String {
    if missing.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\nleft out, since their move is not known: {}\n",
        missing.len()
    );
    for one in missing.iter().take(limit) {
        let n = one.n_articles;
        let label = format!("  {}  {:+.3}  n {n:<4} ", one.session, one.mean_tone);
        text += &wrapped(&label, &one.reason);
    }
    let n_more = missing.len().saturating_sub(limit);
    if n_more > 0 {
        let all = missing.len();
        text += &wrapped("  ", &format!("{n_more} more: --limit {all} shows all"));
    }
    text
}

/// Where and when a close was read, and whether it corrects an earlier one.
fn provenance(close: &RecordedClose) -> String {
    let revision = match close.revision {
        1 => String::new(),
        n => format!(", revision {n}"),
    };
    format!(
        "{}, recorded {} UTC{revision}",
        printable(&close.source),
        instant(close.recorded_at)
    )
}
