//! Pictures of tables of associations: the same numbers, read from the tables' own rows.

use chrono::NaiveDate;
use newsprint_study::lead_lag::band_95;
use newsprint_study::quantiles::quantiles as quantiles_of;
use newsprint_study::returns::Window;

use super::lines::Study;
use super::statistics::Statistics;
use crate::exit::misuse;
use crate::plot::{self, EventDay, Figure, Heading, IntervalRow};
use crate::table::{Cell, Table};

/// Rows beyond which nobody could read a picture of intervals.
const MOST_ROWS: usize = 60;

/// What a picture of intervals shows.
pub(super) struct Measure {
    column: &'static str,
    /// What intervals are counted from, where the column is not.
    base: Option<&'static str>,
    /// The column that names a row besides theme and index.
    names: &'static [&'static str],
    unit: &'static str,
}

pub(super) const RHO: Measure = Measure {
    column: "rho",
    base: None,
    names: &["window"],
    unit: "Spearman's rank correlation of tone and move",
};
pub(super) const BETA: Measure = Measure {
    column: "beta_bp",
    base: None,
    names: &["window"],
    unit: "basis points for a tone of +1 instead of 0",
};
pub(super) const HITS: Measure = Measure {
    column: "hit_rate",
    base: Some("base_rate"),
    names: &["window", "tone"],
    unit: "hit rate less base rate",
};
pub(super) const F: Measure = Measure {
    column: "f",
    base: None,
    names: &["direction", "lags"],
    unit: "F of the lags of the other series",
};

/// Values with their intervals, a row each.
pub(super) fn intervals(
    study: &Study<'_>,
    table: &Table,
    measure: &Measure,
) -> anyhow::Result<Figure> {
    let value = |row: &[Cell]| {
        let base = measure
            .base
            .map_or(Some(0.0), |base| number(table, row, base));
        Some(number(table, row, measure.column)? - base?)
    };
    let rows = table.rows.iter().filter_map(|row| {
        let names = ["theme", "index"].iter().chain(measure.names);
        let names: Vec<String> = names.map(|name| shown(table, row, name)).collect();
        let value = value(row)?;
        Some(IntervalRow {
            label: names.join(" "),
            value,
            low: number(table, row, "ci_low").unwrap_or(value),
            high: number(table, row, "ci_high").unwrap_or(value),
            is_significant: !shown(table, row, "reading").starts_with("no effect"),
        })
    });
    let rows: Vec<IntervalRow> = rows.collect();
    if rows.len() > MOST_ROWS {
        return Err(misuse(format!(
            "--plot: {} rows are too many for one picture: choose with --theme, --index and --horizon, up to {MOST_ROWS} rows",
            rows.len()
        )));
    }
    let heading = heading(study, table, measure.unit);
    Ok(plot::intervals(
        heading,
        Some(0.0),
        "q < .05, beside placebo dates",
        &rows,
    ))
}

/// The sum of moves after sessions of each quantile, from session to session.
pub(super) fn quantiles(
    study: &Study<'_>,
    table: &Table,
    (statistics, n_quantiles): (&Statistics, usize),
) -> anyhow::Result<Figure> {
    let windows: Vec<Window> = statistics.tradable().into_iter().take(1).collect();
    let lines = study.lines(&windows, |line| {
        let observations = &line.observations;
        let sorted = quantiles_of(&observations.tones, n_quantiles)?;
        let mut sums = vec![0.0; n_quantiles];
        let places = sorted
            .iter()
            .zip(&observations.moves)
            .zip(&observations.sessions);
        let rows = places.map(|((quantile, move_bp), session)| {
            sums[quantile - 1] += move_bp / 100.0;
            (*session, sums.clone())
        });
        Some(rows.collect::<Vec<(NaiveDate, Vec<f64>)>>())
    });
    let [Some(rows)] = &lines[..] else {
        return Err(one_pair("the quantiles"));
    };
    let unit = format!(
        "sum of moves after sessions of the quantile ({}), %",
        windows[0]
    );
    Ok(plot::quantile_returns(
        heading(study, table, &unit),
        rows.clone(),
    ))
}

/// Correlations by lag.
pub(super) fn lead_lag(study: &Study<'_>, table: &Table) -> anyhow::Result<Figure> {
    let is_one = study.series().nth(1).is_none();
    let row = |row: &Vec<Cell>| {
        Some((
            whole(table, row, "lag")?,
            number(table, row, "correlation")?,
        ))
    };
    let rows: Vec<(i64, f64)> = table.rows.iter().filter_map(row).collect();
    let least = table
        .rows
        .iter()
        .filter_map(|row| whole(table, row, "sessions"))
        .min();
    let band = least.and_then(|least| band_95(usize::try_from(least).ok()?));
    let (Some(band), true) = (band, is_one) else {
        return Err(one_pair("lags"));
    };
    let heading = heading(study, table, "correlation of tone and daily move");
    Ok(plot::lead_lag(
        heading,
        "sessions of the move after the tone's own",
        rows,
        band,
    ))
}

/// Cumulative abnormal returns around the events of one side: those of high tone where there are any.
pub(super) fn event_study(study: &Study<'_>, table: &Table) -> anyhow::Result<Figure> {
    let is_one = study.series().nth(1).is_none();
    let has_number = |side: &&&str| {
        let of_side = |row: &Vec<Cell>| {
            shown(table, row, "tone") == **side && number(table, row, "car_bp").is_some()
        };
        table.rows.iter().any(of_side)
    };
    let side = ["high", "low"].iter().find(has_number);
    let (Some(side), true) = (side, is_one) else {
        return Err(one_pair("events"));
    };
    let rows = table
        .rows
        .iter()
        .filter(|row| shown(table, row, "tone") == *side);
    let days = rows.filter_map(|row| {
        Some(EventDay {
            tau: whole(table, row, "tau")?,
            caar: number(table, row, "car_bp")?,
            low: number(table, row, "ci_low")?,
            high: number(table, row, "ci_high")?,
        })
    });
    let days: Vec<EventDay> = days.collect();
    let mut heading = heading(
        study,
        table,
        "mean cumulative abnormal return, bp; begins anew after session 0",
    );
    let n_events = table
        .rows
        .iter()
        .find(|row| shown(table, row, "tone") == *side);
    let n_events = n_events.map_or_else(String::new, |row| shown(table, row, "events"));
    heading.title = format!("{}, sessions of {side} tone", heading.title);
    heading.subtitle = format!("{n_events} events; {}", heading.subtitle);
    Ok(plot::event_study(heading, days))
}

fn one_pair(what: &str) -> anyhow::Error {
    misuse(format!(
        "--plot draws {what} of one theme and one index that have numbers: choose them with --theme and --index"
    ))
}

/// Name, number of sessions and period.
fn heading(study: &Study<'_>, table: &Table, measure: &str) -> Heading {
    let of_pair =
        |series: &super::panel::ToneSeries| format!("{} and {}", series.theme, series.index);
    let mut series = study.series();
    let subject = match (series.next(), series.next()) {
        (Some(only), None) => of_pair(only),
        _ => format!("{} pairs of theme and index", study.series().count()),
    };
    let sessions = || {
        study
            .series()
            .flat_map(|series| series.days.iter().map(|day| day.session))
    };
    let period = match (sessions().min(), sessions().max()) {
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => "no session".into(),
    };
    let counts = table
        .rows
        .iter()
        .filter_map(|row| whole(table, row, "sessions"));
    let (least, most) = counts.fold((i64::MAX, 0), |(least, most), n| {
        (least.min(n), most.max(n))
    });
    let n = match least >= most {
        true => format!("n = {most} sessions"),
        false => format!("n = {least} to {most} sessions"),
    };
    Heading {
        title: format!("{}: {subject}", table.name),
        subtitle: format!("{n}, {period}"),
        measure: measure.into(),
        notes: table.notes.clone(),
    }
}

fn cell<'t>(table: &Table, row: &'t [Cell], column: &str) -> Option<&'t Cell> {
    row.get(table.columns.iter().position(|name| *name == column)?)
}

fn number(table: &Table, row: &[Cell], column: &str) -> Option<f64> {
    match cell(table, row, column)? {
        Cell::Number(value, _) => Some(*value),
        _ => None,
    }
}

fn whole(table: &Table, row: &[Cell], column: &str) -> Option<i64> {
    match cell(table, row, column)? {
        Cell::Count(count) => Some(*count),
        _ => None,
    }
}

fn shown(table: &Table, row: &[Cell], column: &str) -> String {
    cell(table, row, column).map_or_else(String::new, Cell::shown)
}
