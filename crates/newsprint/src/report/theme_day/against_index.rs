//! The tone of one theme against the closes of one index, as a plot.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use newsprint_domain::identifier::IndexId;
use newsprint_domain::index::SeriesKind;
use newsprint_store::Store;

use super::super::Selection;
use super::super::cells::{Cells, Weight};
use super::super::measured::series_of;
use crate::context::Context;
use crate::exit::misuse;
use crate::plot::{self, Figure, Heading, ToneDay};

/// The one theme and the one index that are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    theme: &'a str,
    index: &'a IndexId,
}

/// Mean tones by session, and how many articles and stories they are of.
pub(super) struct Days {
    tones: BTreeMap<NaiveDate, f64>,
    n_articles: i64,
    n_stories: i64,
}

/// # Errors
/// [`crate::exit::Misuse`] where there are not exactly one theme and one index.
pub(super) fn asked(selection: &Selection) -> anyhow::Result<Asked<'_>> {
    match (&selection.themes[..], &selection.indices[..]) {
        ([theme], [index]) => Ok(Asked { theme, index }),
        (themes, indices) => Err(misuse(format!(
            "--plot draws one theme against one index, and {} and {} are asked for: give --theme and --index once each",
            counted(themes.len(), "theme", "themes"),
            counted(indices.len(), "index", "indices"),
        ))),
    }
}

/// None named means all of them.
fn counted(n: usize, one: &str, many: &str) -> String {
    match n {
        0 => format!("all {many}"),
        1 => format!("one {one}"),
        n => format!("{n} {many}"),
    }
}

/// The sessions of `cells`, which are of one theme and one index.
pub(super) fn days(cells: &Cells, weight: Weight) -> Days {
    let sums = cells.by(|row| row.session);
    let tones = sums.iter();
    let tones = tones.filter_map(|(session, sums)| Some((*session, weight.of(sums).mean()?)));
    Days {
        tones: tones.collect(),
        n_articles: sums.values().map(|sums| sums.articles.n_tones).sum(),
        n_stories: sums.values().map(|sums| sums.stories.n_tones).sum(),
    }
}

/// The plot: closes as known by then, from the first to the last session with a tone, or over the period that is asked for.
///
/// # Errors
/// Where the index has no exchange by whose sessions it is read, or no close in the period.
pub(super) async fn figure(
    context: &Context,
    store: &Store,
    (asked, selection): (Asked<'_>, &Selection),
    (days, notes): (Days, &[String]),
) -> anyhow::Result<Figure> {
    let measured = series_of(context, store, asked.index, selection.as_of).await?;
    let first = selection.from.or(days.tones.keys().next().copied());
    let last = selection.to.or(days.tones.keys().next_back().copied());
    let closes = measured.series.rows().iter();
    let closes = closes.filter(|(date, _)| {
        first.is_some_and(|first| first <= *date) && last.is_some_and(|last| *date <= last)
    });
    let closes: BTreeMap<NaiveDate, f64> = closes.copied().collect();
    if closes.is_empty() && !days.tones.is_empty() {
        anyhow::bail!(
            "no close of {} is known between the first and the last day of the plot: `newsprint prices import` brings them",
            asked.index
        );
    }
    let heading = heading(context, (asked, selection.weight), &days)?;
    let notes = notes.to_vec();
    let rows = rows(&days.tones, &closes);
    Ok(plot::tone_against_index(Heading { notes, ..heading }, rows))
}

/// A row for each day that has a tone or a close.
fn rows(tones: &BTreeMap<NaiveDate, f64>, closes: &BTreeMap<NaiveDate, f64>) -> Vec<ToneDay> {
    let value = |of: &BTreeMap<NaiveDate, f64>, date| of.get(&date).copied().unwrap_or(f64::NAN);
    let dates = tones
        .keys()
        .chain(closes.keys().filter(|date| !tones.contains_key(date)));
    dates
        .map(|date| ToneDay {
            date: *date,
            tone: value(tones, *date),
            close: value(closes, *date),
        })
        .collect()
}

fn heading(
    context: &Context,
    (asked, weight): (Asked<'_>, Weight),
    days: &Days,
) -> anyhow::Result<Heading> {
    let index = context.config.require_index(asked.index.as_str())?;
    let period = match (days.tones.keys().next(), days.tones.keys().next_back()) {
        (Some(first), Some(last)) => format!(", {first} to {last}"),
        _ => String::new(),
    };
    let counted = match weight {
        Weight::Story => format!("{} stories ({} articles)", days.n_stories, days.n_articles),
        Weight::Article => format!("{} articles", days.n_articles),
    };
    let unit = match index.kind {
        SeriesKind::Price | SeriesKind::Volatility => "close",
        SeriesKind::Yield => "yield, %",
    };
    Ok(Heading {
        title: format!("{}: tone of the press and {}", asked.theme, index.name),
        subtitle: format!("n = {counted} in {} sessions{period}", days.tones.len()),
        measure: format!("{} ({}), {unit}", index.name, index.id),
        notes: vec![],
    })
}
