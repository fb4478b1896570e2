//! explain: from one number of a table down to the articles, sentences, sessions and closes that it is made of.

mod absent;
mod as_json;
mod cell;
mod moves_text;
mod observations;
mod sentences;
mod tone;
mod tone_text;

use chrono::NaiveDate;
use newsprint_domain::calendar::Calendar;
use newsprint_store::{ANY_THEME, Store};
use newsprint_study::returns::Window;
use serde_json::{Value, json};

use super::{KnownArgs, MIN_SESSIONS, Selection, TableArgs};
use crate::cli::parse_date;
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::output::print;
use crate::table::{Format, printable};
use crate::wrapping::wrapped;
use absent::Absence;
use cell::{CellName, Place, SYNTAX};
use observations::Observations;
use tone::{Subject, ToneCell};

const EXAMPLES: &str = "\
Cells:
  theme_day:2024-07-17/small_caps/RUT           a session's tone: its articles, and the sentences they rest on
  theme_day:2024-07-17/any/RUT                  the same of all articles that name the index
  returns:small_caps/RUT/fwd_c2c_1              the sessions that a line rests on, each with its tone, closes and move
  returns:small_caps/RUT/fwd_c2c_1@2024-07-17   one of them, down to its articles
  ic:… quantiles:… regression:… hit_rate:… lead_lag:… granger:…   the same observations, by theme, index and window";

/// Which cell, and as known when.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// TABLE:SESSION/THEME/INDEX, or TABLE:THEME/INDEX/WINDOW with or without @SESSION
    #[arg(value_name = "CELL")]
    cell: String,
    /// Of a line over sessions: the first one
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    from: Option<NaiveDate>,
    /// Of a line over sessions: the last one
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    to: Option<NaiveDate>,
    #[command(flatten)]
    known: KnownArgs,
    /// Fewest sessions for which a correlation is printed
    #[arg(long, value_name = "N", default_value_t = MIN_SESSIONS, value_parser = clap::value_parser!(u32).range(4..))]
    min_n: u32,
    /// Most articles, and most observations, that are shown
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// What is known of a cell.
enum Explained<'a> {
    Tone(Box<ToneCell<'a>>),
    Moves(Box<Observations<'a>>),
    Observation(Box<Observations<'a>>, Box<ToneCell<'a>>),
    Empty(Absence),
}

/// Prints what a cell is made of.
pub(crate) async fn command(context: &Context, args: &ExplainArgs) -> anyhow::Result<Outcome> {
    if context.format == Format::Csv {
        let message = "explain prints text or JSON: use --format table or --format json";
        return Err(misuse(message));
    }
    let name = CellName::parse(&args.cell).map_err(misuse)?;
    let subject = subject(context, &name)?;
    let selection = args.selection(context, &name)?;
    let limit = args.limit as usize;
    let read =
        async |store: &Store| explained(context, store, &selection, (&name, subject), limit).await;
    let explained = context.reading(read).await?;
    let shown = match context.format {
        Format::Json => as_json(&name, &explained, limit)?,
        _ => as_text(&name, &explained, limit)?,
    };
    print(&shown)?;
    Ok(match explained {
        Explained::Empty(_) => Outcome::Nothing,
        _ => Outcome::Done,
    })
}

impl ExplainArgs {
    /// The same as the table's, but for what the cell itself says.
    fn selection(&self, context: &Context, name: &CellName) -> anyhow::Result<Selection> {
        if name.session().is_some() && (self.from.is_some() || self.to.is_some()) {
            return Err(misuse(format!(
                "{name} is the cell of one session: leave out --from and --to"
            )));
        }
        let args = TableArgs {
            from: self.from,
            to: self.to,
            known: self.known.clone(),
            min_n: self.min_n,
            ..TableArgs::default()
        };
        args.selection(context)
    }
}

/// The theme, the index and its calendar, all of which must be there, and so must the session.
fn subject<'a>(context: &'a Context, name: &'a CellName) -> anyhow::Result<Subject<'a>> {
    let with_syntax = |problem: anyhow::Error| misuse(format!("{problem:#}; {SYNTAX}"));
    if name.theme != ANY_THEME {
        let found = context.config.require_theme(&name.theme);
        found.map_err(with_syntax)?;
    }
    let index = context.config.require_index(&name.index);
    let index = index.map_err(with_syntax)?;
    let calendar = context.config.calendar_of(index)?;
    if let Some(day) = name.session() {
        require_session(calendar, day, name)?;
    }
    Ok(Subject {
        theme: &name.theme,
        index,
        exchange: calendar.exchange(),
        calendar,
    })
}

/// Refuses a day without a session, and says which are nearest.
fn require_session(calendar: &Calendar, day: NaiveDate, name: &CellName) -> anyhow::Result<()> {
    if calendar.position(day).is_some() {
        return Ok(());
    }
    let sessions = calendar.sessions();
    let place = sessions.partition_point(|session| session.date < day);
    let before = place.checked_sub(1).and_then(|place| sessions.get(place));
    let nearest: Vec<String> = [before, sessions.get(place)]
        .into_iter()
        .flatten()
        .map(|session| session.date.to_string())
        .collect();
    let nearest = nearest.join(" and ");
    Err(misuse(format!(
        "{name}: {day} ({}) is no session of {}, nearest: {nearest}; {SYNTAX}",
        day.format("%A"),
        calendar.exchange()
    )))
}

async fn explained<'a>(
    context: &'a Context,
    store: &Store,
    selection: &Selection,
    (name, subject): (&CellName, Subject<'a>),
    limit: usize,
) -> anyhow::Result<Explained<'a>> {
    let tone = async |day| ToneCell::read(context, store, selection, (subject, day), limit).await;
    let moves = async |window: Window, day| {
        let what = (subject, window);
        Observations::read(context, store, selection, what, (limit, day)).await
    };
    Ok(match name.place {
        Place::Session(day) => match tone(day).await? {
            Ok(cell) => Explained::Tone(Box::new(cell)),
            Err(absence) => Explained::Empty(absence),
        },
        Place::Window(window) => {
            let observations = moves(window, None).await?;
            match observations.is_empty() {
                true => Explained::Empty(without_observations(observations)),
                false => Explained::Moves(Box::new(observations)),
            }
        }
        Place::Observation(window, day) => {
            let observations = Box::new(moves(window, Some(day)).await?);
            match tone(day).await? {
                Ok(cell) => Explained::Observation(observations, Box::new(cell)),
                Err(absence) => Explained::Empty(absence),
            }
        }
    })
}

/// What is said of a line without any session.
fn without_observations(observations: Observations<'_>) -> Absence {
    let Subject { theme, index, .. } = observations.subject;
    let of = match theme {
        ANY_THEME => format!("names {}", index.id),
        theme => format!("carries {theme} and speaks of {}", index.id),
    };
    Absence {
        reading: "no observations",
        told: vec![format!(
            "empty, which is no zero: of what is asked for, no session has an article that {of}"
        )],
        notes: observations.notes,
    }
}

fn as_text(name: &CellName, explained: &Explained<'_>, limit: usize) -> anyhow::Result<String> {
    let (body, notes) = match explained {
        Explained::Tone(cell) => (tone_text::shown(cell), &cell.notes),
        Explained::Moves(observations) => {
            (moves_text::shown(observations, limit)?, &observations.notes)
        }
        Explained::Observation(observations, cell) => {
            let observation = moves_text::observation(observations, cell.session.date);
            (observation + "\n" + &tone_text::shown(cell), &cell.notes)
        }
        Explained::Empty(absence) => {
            let told = absence.told.iter();
            (
                told.map(|line| wrapped("  ", line)).collect(),
                &absence.notes,
            )
        }
    };
    let bold = anstyle::Style::new().bold();
    let notes: String = notes
        .iter()
        .map(|note| wrapped("  ", &printable(note)))
        .collect();
    Ok(format!("{bold}{name}{bold:#}\n{body}\n{notes}"))
}

fn as_json(name: &CellName, explained: &Explained<'_>, limit: usize) -> anyhow::Result<String> {
    let mut whole = match explained {
        Explained::Tone(cell) => as_json::tone(cell),
        Explained::Moves(observations) => as_json::moves(observations, limit),
        Explained::Observation(observations, cell) => {
            let mut whole = as_json::tone(cell);
            whole["observation"] = as_json::observation_of(observations, cell.session.date);
            whole
        }
        Explained::Empty(absence) => as_json::empty(absence),
    };
    whole["cell"] = Value::String(name.to_string());
    Ok(serde_json::to_string_pretty(&json!(whole))? + "\n")
}
