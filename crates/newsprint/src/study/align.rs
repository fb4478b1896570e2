//! study align: which sessions could first react to instants, and from which a reader could first trade.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use newsprint_domain::calendar::Calendar;
use newsprint_study::alignment::{Unassigned, align};

use super::frame::Frame;
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::table::{Cell, Table};

const COLUMNS: [&str; 8] = [
    "exchange",
    "published_utc",
    "reaction_session",
    "base_close_session",
    "entry_open_session",
    "phase",
    "reaction_close_utc",
    "early_close",
];

#[derive(Debug, clap::Args)]
pub(crate) struct AlignArgs {
    /// A CSV file with columns exchange (its MIC, as XNYS) and published_utc (an instant with its offset, or a date)
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// The exchange of all rows, where the file has no such column
    #[arg(long, value_name = "MIC")]
    exchange: Option<String>,
    /// The column of the instants
    #[arg(long, value_name = "COLUMN", default_value = "published_utc")]
    column: String,
}

pub(super) fn command(context: &Context, args: &AlignArgs) -> anyhow::Result<Outcome> {
    let frame = Frame::read(&args.input)?;
    let exchanges = match &args.exchange {
        Some(exchange) => vec![exchange.clone(); frame.n_rows()],
        None => frame.texts("exchange")?.to_vec(),
    };
    let instants = frame.texts(&args.column)?;
    let (mut rows, mut n_days, mut outside) = (Vec::with_capacity(exchanges.len()), 0, Vec::new());
    for (row, (exchange, text)) in exchanges.iter().zip(instants).enumerate() {
        let calendar = context.config.require_calendar(exchange)?;
        let (instant, is_day) = instant(calendar, text)
            .map_err(|problem| frame.problem(row, &args.column, &problem))?;
        n_days += usize::from(is_day);
        let aligned = cells(calendar, instant);
        if let Err(problem) = &aligned {
            outside.push(format!(
                "row {}: {text} is {problem} ({exchange}): no session is known",
                row + 1
            ));
        }
        let mut cells = vec![Cell::text(exchange), Cell::text(text)];
        cells.extend(aligned.unwrap_or_else(|_| std::array::from_fn(|_| Cell::Null)));
        rows.push(cells);
    }
    if rows.is_empty() {
        return Err(misuse(format!("{}: it has no rows", args.input.display())));
    }
    let table = Table {
        name: "align",
        columns: COLUMNS.to_vec(),
        rows,
        notes: notes(n_days, &outside),
    };
    table.print(context.format)?;
    Ok(if outside.is_empty() {
        Outcome::Done
    } else {
        Outcome::InPart
    })
}

/// An instant; of a date the last second in the exchange's zone, since nobody knows when on that day it was. And whether it was a date.
fn instant(calendar: &Calendar, text: &str) -> Result<(DateTime<Utc>, bool), String> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok((calendar.end_of_day(day), true));
    }
    let instant = DateTime::parse_from_rfc3339(text);
    let instant = instant.or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%#z"));
    instant.map(|instant| (instant.to_utc(), false)).map_err(|_| {
        format!("\"{text}\" is neither an instant with its offset, like 2024-07-17T14:25:00Z, nor a date; a time needs its offset")
    })
}

fn cells(calendar: &Calendar, instant: DateTime<Utc>) -> Result<[Cell; 6], Unassigned> {
    let alignment = align(calendar, instant)?;
    let is_early = calendar.closes_early(alignment.reaction_session);
    Ok([
        Cell::text(alignment.reaction_session.to_string()),
        Cell::text(alignment.base_close_session.to_string()),
        Cell::text(alignment.entry_open_session.to_string()),
        Cell::text(alignment.phase.as_str()),
        Cell::text(
            alignment
                .reaction_close
                .to_rfc3339_opts(SecondsFormat::Secs, true),
        ),
        Cell::Count(is_early.into()),
    ])
}

fn notes(n_days: usize, outside: &[String]) -> Vec<String> {
    const SHOWN: usize = 10;
    let mut notes = vec![
        "the reaction session is the first that closes after the instant; what is tradable starts at its close, or at the open of the entry session".to_owned(),
    ];
    if n_days > 0 {
        notes.push(format!("{n_days} dates without a time count from 23:59:59 of the exchange's day, so that the next session reacts"));
    }
    notes.extend(outside.iter().take(SHOWN).cloned());
    if outside.len() > SHOWN {
        notes.push(format!(
            "and {} more rows outside their calendar",
            outside.len() - SHOWN
        ));
    }
    notes
}
