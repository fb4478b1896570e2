//! event_study: what an index did around sessions of unusual tone, beyond what its market explains.

use std::collections::BTreeMap;

use newsprint_domain::identifier::IndexId;
use newsprint_study::bootstrap::Interval;
use newsprint_study::event_averages::cumulative_average;
use newsprint_study::event_study::{Event, Windows, event, mean_adjusted_event};
use newsprint_study::extremes::{Extreme, extremes};
use newsprint_study::market_model::ESTIMATION;
use newsprint_study::placebo::held_against;
use newsprint_study::returns::Window;
use rayon::prelude::*;

use super::judged::{Finding, TOO_FEW, Use};
use super::lines::{Line, Study};
use super::reference::{Daily, market_of};
use super::statistics::Statistics;
use crate::context::Context;
use crate::exit::misuse;
use crate::table::{Cell, Table};

pub(crate) const NAME: &str = "event_study";

const COLUMNS: [&str; 11] = [
    "theme",
    "index",
    "tone",
    "tau",
    "sessions",
    "events",
    "missing",
    "overlapping",
    "ar_bp",
    "from",
    "car_bp",
];

/// Sessions of the event window; those of the market model are [`ESTIMATION`].
const AROUND: (i32, i32) = (-5, 10);

/// Sessions before one that its tone is held against, and the share of them that it has to lie above (or below).
const MIN_BEFORE: usize = 60;
const SHARE: f64 = 0.9;

/// The reading of what came before the tone was known.
const BEFORE: &str = "goes with sessions up to the event's, which nobody could trade";

/// Abnormal returns around every session of an index.
struct Around {
    daily: Daily,
    /// `None` where a window reaches beyond the series.
    events: Vec<Option<Event>>,
}

pub(super) fn of(
    context: &Context,
    study: &Study<'_>,
    statistics: &Statistics,
) -> anyhow::Result<Table> {
    let windows =
        Windows::new(ESTIMATION, AROUND).map_err(|problem| misuse(problem.to_string()))?;
    let indices: Vec<&IndexId> = study.measures().keys().collect();
    let around = indices
        .par_iter()
        .map(|index| ((*index).clone(), around(context, study, index, &windows)));
    let around: BTreeMap<IndexId, Around> = around.collect();
    let findings = study.findings(&[Window::Reaction], |line| {
        let sides = [Extreme::High, Extreme::Low];
        let around = around.get(&line.series.index);
        let of_side = |side| around.map_or(vec![], |around| find(line, around, side, statistics));
        sides.into_iter().flat_map(of_side).collect()
    });
    let mut table = study.table((NAME, &COLUMNS), &findings);
    if !table.rows.is_empty() {
        table.notes.push(format!(
            "events: sessions whose mean tone is above (below) {:.0} % of all before it, at least {MIN_BEFORE}; one that begins within another's window is left out (overlapping)",
            SHARE * 100.0
        ));
        table.notes.push("abnormal returns: less the index's reference market, by a line through sessions −250..−30; of an index without one, less their mean; car_bp from session `from` on: after the event's session from the first on, which is what could be traded; ci: t band over events".into());
    }
    Ok(table)
}

fn around(context: &Context, study: &Study<'_>, index: &IndexId, windows: &Windows) -> Around {
    let market = market_of(&context.config, study.measures(), index);
    let daily = study
        .measures()
        .get(index)
        .map(|measured| Daily::new(measured, market));
    let daily = daily.unwrap_or_default();
    let of = |row: usize| match &daily.market {
        Some(market) => event((&daily.moves, market), row, windows).ok(),
        None => mean_adjusted_event(&daily.moves, row, windows).ok(),
    };
    let events = (0..daily.moves.len()).map(of).collect();
    Around { daily, events }
}

/// Events of a line, and how many could not be used.
struct Chosen<'a> {
    events: Vec<&'a Event>,
    n_missing: usize,
    n_overlapping: usize,
}

fn chosen<'a>(line: &Line<'_>, around: &'a Around, side: Extreme) -> Chosen<'a> {
    let observations = &line.observations;
    let mut chosen = Chosen {
        events: vec![],
        n_missing: 0,
        n_overlapping: 0,
    };
    let length = usize::try_from(AROUND.1 - AROUND.0).unwrap_or(0) + 1;
    let mut free_from = 0;
    for place in extremes(&observations.tones, (side, SHARE, MIN_BEFORE)) {
        let row = around.daily.row(observations.sessions[place]);
        let found = row.and_then(|row| Some((row, around.events.get(row)?.as_ref()?)));
        match found {
            None => chosen.n_missing += 1,
            Some((row, _)) if row < free_from => chosen.n_overlapping += 1,
            Some((row, event)) => {
                free_from = row + length;
                chosen.events.push(event);
            }
        }
    }
    chosen
}

fn find(line: &Line<'_>, around: &Around, side: Extreme, statistics: &Statistics) -> Vec<Finding> {
    let chosen = chosen(line, around, side);
    let n_events = chosen.events.len();
    if n_events < statistics.selection.min_n.max(2) {
        let mut finding = began(line, side, None, &chosen);
        finding.cells.extend([const { Cell::Null }; 3]);
        return vec![finding];
    }
    let possible: Vec<&Event> = around.events.iter().flatten().collect();
    let elsewhere = statistics.trials.elsewhere(&possible, n_events);
    let each = (AROUND.0..=AROUND.1).filter_map(|tau| {
        let from = if tau > 0 { 1 } else { AROUND.0 };
        let cumulative = cumulative_average(&chosen.events, from, tau)?;
        let abnormal = cumulative_average(&chosen.events, tau, tau)?;
        let mut finding = began(line, side, Some(tau), &chosen);
        finding.cells.extend([
            Cell::Number(abnormal.mean, 1),
            Cell::Count(from.into()),
            Cell::Number(cumulative.mean, 1),
        ]);
        finding.p = cumulative.p;
        finding.interval = Some(Interval {
            low: cumulative.band.0,
            high: cumulative.band.1,
            p: cumulative.p.unwrap_or(1.0),
        });
        finding.placebo = held_against(cumulative.mean, &elsewhere(from, tau));
        Some(finding)
    });
    each.collect()
}

fn began(line: &Line<'_>, side: Extreme, tau: Option<i32>, chosen: &Chosen<'_>) -> Finding {
    let mut finding = line.nothing(Some(TOO_FEW), 2);
    finding.decimals = 1;
    finding.usable = if tau.is_some_and(|tau| tau > 0) {
        Use::Tradable
    } else {
        Use::Describes(BEFORE)
    };
    finding.cells.extend([
        Cell::text(match side {
            Extreme::High => "high",
            Extreme::Low => "low",
        }),
        tau.map_or(Cell::Null, |tau| Cell::Count(tau.into())),
        Cell::count(line.observations.n_sessions()),
        Cell::count(chosen.events.len()),
        Cell::count(chosen.n_missing),
        Cell::count(chosen.n_overlapping),
    ]);
    finding
}
