//! study event-study: what a series did around events beyond what the market explains.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use newsprint_study::event_averages::{Average, averages};
use newsprint_study::event_study::{Event, NoEvent, Windows, event};
use serde_json::Value;

use super::frame::Frame;
use super::rows::ascending_days;
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::output::print;
use crate::table::{Cell, Format, Table};

const EVENT_COLUMNS: [&str; 11] = [
    "event",
    "session",
    "alpha",
    "beta",
    "sigma",
    "n_est",
    "ar_0",
    "car_m1_p1",
    "car_0_p5",
    "car_m5_p10",
    "car_window",
];

/// Sessions over which the events' cumulative returns are shown, beside the whole event window.
const CUMULATED: [(i32, i32); 4] = [(0, 0), (-1, 1), (0, 5), (-5, 10)];

#[derive(Debug, clap::Args)]
pub(crate) struct EventStudyArgs {
    /// A CSV file with columns date, r (the simple return of what is studied) and m (that of the market)
    #[arg(long, value_name = "FILE")]
    returns: PathBuf,
    /// A CSV file with the days of the events
    #[arg(long, value_name = "FILE")]
    events: PathBuf,
    /// The column of the days: event_date, or the first one
    #[arg(long, value_name = "COLUMN")]
    column: Option<String>,
    /// Sessions before the event on which the market model is fitted
    #[arg(long, value_name = "A..B", default_value = "-250..-30", allow_hyphen_values = true, value_parser = sessions)]
    estimation: (i32, i32),
    /// Sessions around the event whose abnormal returns are added up
    #[arg(long, value_name = "A..B", default_value = "-5..10", allow_hyphen_values = true, value_parser = sessions)]
    window: (i32, i32),
    /// Print a line per event instead of the averages (JSON holds both)
    #[arg(long)]
    events_table: bool,
}

/// Sessions `A..B` relative to the event's, both included.
fn sessions(text: &str) -> Result<(i32, i32), String> {
    let bound = |text: &str| text.trim().parse().ok();
    text.split_once("..")
        .and_then(|(from, to)| Some((bound(from)?, bound(to.trim_start_matches('='))?)))
        .filter(|(from, to): &(i32, i32)| from.abs() <= 100_000 && to.abs() <= 100_000)
        .ok_or_else(|| {
            "give the first and last session relative to the event's, like -5..10".into()
        })
}

/// Simple returns by session, oldest first.
struct Returns {
    days: Vec<NaiveDate>,
    of_series: Vec<f64>,
    of_market: Vec<f64>,
    n_dropped: usize,
}

/// Events that could be measured, by session, and what became of the others.
#[derive(Default)]
struct Measured {
    days: Vec<NaiveDate>,
    events: Vec<Event>,
    left_out: BTreeMap<String, Vec<NaiveDate>>,
}

pub(super) fn command(context: &Context, args: &EventStudyArgs) -> anyhow::Result<Outcome> {
    let windows = Windows::new(args.estimation, args.window)
        .map_err(|problem| misuse(format!("--estimation, --window: {problem}")))?;
    let returns = Returns::read(&Frame::read(&args.returns)?)?;
    let days = event_days(&Frame::read(&args.events)?, args.column.as_deref())?;
    let measured = measure(&returns, &days, &windows);
    let Some(averages) = averages(&measured.events) else {
        return Err(misuse(format!(
            "{} of {} events have full windows, and an average with a band takes at least 2: {}",
            measured.events.len(),
            days.len(),
            measured.reasons().join("; ")
        )));
    };
    let notes = notes(&returns, &measured, (days.len(), &windows));
    let events = events_table(&returns, &measured, &windows, &notes);
    let table = averages_table(&averages, notes);
    if context.format == Format::Json {
        print(&json(&table, &events)?)?;
    } else {
        let chosen = if args.events_table { events } else { table };
        chosen.print(context.format)?;
    }
    Ok(Outcome::Done)
}

impl Returns {
    fn read(frame: &Frame) -> anyhow::Result<Self> {
        let days = ascending_days(frame, "date")?;
        let rows = days
            .into_iter()
            .zip(frame.numbers("r")?)
            .zip(frame.numbers("m")?);
        let rows = rows.filter_map(|((day, r), m)| Some((day, r?, m?)));
        let mut returns = Self {
            days: Vec::new(),
            of_series: Vec::new(),
            of_market: Vec::new(),
            n_dropped: 0,
        };
        for (day, r, m) in rows {
            returns.days.push(day);
            returns.of_series.push(r);
            returns.of_market.push(m);
        }
        returns.n_dropped = frame.n_rows() - returns.days.len();
        Ok(returns)
    }
}

fn event_days(frame: &Frame, column: Option<&str>) -> anyhow::Result<Vec<NaiveDate>> {
    let names = frame.names();
    let named = names.iter().find(|name| *name == "event_date");
    let column = column.or_else(|| named.or(names.first()).map(String::as_str));
    frame.dates(column.unwrap_or("event_date"))
}

/// An event counts from its day's session, or the next one; of events with the same session the first counts.
fn measure(returns: &Returns, days: &[NaiveDate], windows: &Windows) -> Measured {
    let mut sorted = days.to_vec();
    sorted.sort_unstable();
    let mut measured = Measured::default();
    for day in sorted {
        let session = returns.days.partition_point(|known| *known < day);
        let is_known = measured
            .events
            .last()
            .is_some_and(|event| event.session == session);
        let found = event((&returns.of_series, &returns.of_market), session, windows);
        let reason = match found {
            // A day before the returns has no session in them, be the windows as short as they may.
            _ if returns.days.first().is_none_or(|first| day < *first) => {
                NoEvent::BeforeReturns.to_string()
            }
            Ok(_) if is_known => "another event has the same session".to_owned(),
            Ok(event) => {
                measured.days.push(day);
                measured.events.push(event);
                continue;
            }
            Err(reason) => reason.to_string(),
        };
        measured.left_out.entry(reason).or_default().push(day);
    }
    measured
}

impl Measured {
    fn reasons(&self) -> Vec<String> {
        let reasons = self.left_out.iter().map(|(reason, days)| {
            let shown: Vec<String> = days.iter().take(5).map(ToString::to_string).collect();
            let more = if days.len() > shown.len() { " …" } else { "" };
            format!(
                "{} left out, since {reason} ({}{more})",
                days.len(),
                shown.join(", ")
            )
        });
        reasons.collect()
    }

    /// Events whose window shares sessions with that of the one before.
    fn n_overlapping(&self, windows: &Windows) -> usize {
        let (from, to) = windows.event();
        let length = usize::try_from(to - from + 1).unwrap_or(usize::MAX);
        let pairs = self.events.windows(2);
        pairs
            .filter(|pair| pair[1].session - pair[0].session < length)
            .count()
    }
}

fn notes(
    returns: &Returns,
    measured: &Measured,
    (n_days, windows): (usize, &Windows),
) -> Vec<String> {
    let mut notes = vec![
        format!("{} of {n_days} events, each counted from its day's session or the next one", measured.events.len()),
        "market model by least squares; band: t with N - 1 degrees of freedom, by the spread between events".into(),
    ];
    notes.extend(measured.reasons());
    let n_overlapping = measured.n_overlapping(windows);
    if n_overlapping > 0 {
        notes.push(format!(
            "{n_overlapping} events share sessions of their window with the one before: they are not independent, and the band is too narrow by that"
        ));
    }
    if returns.n_dropped > 0 {
        notes.push(format!(
            "{} sessions left out, in which r or m is not known: windows count the others",
            returns.n_dropped
        ));
    }
    notes
}

fn averages_table(averages: &[Average], notes: Vec<String>) -> Table {
    let rows = averages.iter().map(|row| {
        vec![
            Cell::Count(row.tau.into()),
            Cell::Number(row.abnormal, 6),
            Cell::number(row.abnormal_t, 2),
            Cell::Number(row.cumulative, 6),
            Cell::Number(row.standard_error, 6),
            Cell::number(row.cumulative_t, 2),
            Cell::Number(row.band.0, 6),
            Cell::Number(row.band.1, 6),
            Cell::Number(row.share_positive, 3),
        ]
    });
    Table {
        name: "event_study",
        columns: vec![
            "tau",
            "aar",
            "aar_t_cs",
            "caar",
            "se_cs",
            "t_cs",
            "lo95",
            "hi95",
            "pct_positive",
        ],
        rows: rows.collect(),
        notes,
    }
}

fn events_table(
    returns: &Returns,
    measured: &Measured,
    windows: &Windows,
    notes: &[String],
) -> Table {
    let is_usual = windows.event() == (-5, 10);
    let n_columns = if is_usual {
        EVENT_COLUMNS.len() - 1
    } else {
        EVENT_COLUMNS.len()
    };
    let whole = (!is_usual).then(|| windows.event());
    let rows = measured
        .days
        .iter()
        .zip(&measured.events)
        .map(|(day, event)| {
            let mut row = vec![
                Cell::text(day.to_string()),
                Cell::text(returns.days[event.session].to_string()),
                Cell::Number(event.alpha, 6),
                Cell::Number(event.beta, 4),
                Cell::Number(event.sigma, 6),
                Cell::count(event.n_estimation),
            ];
            let sums = CUMULATED.into_iter().chain(whole);
            row.extend(sums.map(|(from, to)| Cell::number(event.cumulative(from, to), 6)));
            row
        });
    Table {
        name: "events",
        columns: EVENT_COLUMNS[..n_columns].to_vec(),
        rows: rows.collect(),
        notes: notes.to_vec(),
    }
}

/// The averages with the events beside them.
fn json(table: &Table, events: &Table) -> anyhow::Result<String> {
    let mut whole: Value = serde_json::from_str(&table.rendered(Format::Json)?)?;
    let mut of_events: Value = serde_json::from_str(&events.rendered(Format::Json)?)?;
    whole["events"] = of_events["rows"].take();
    Ok(serde_json::to_string_pretty(&whole)? + "\n")
}
