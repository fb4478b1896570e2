//! The common ground of tables of tone: sums by theme, index and session, and what is to be said of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use newsprint_domain::calendar::Calendar;
use newsprint_domain::tone_sum::ToneSum;
use newsprint_store::{Asked, CellRow, CellSums, Closed, Store};

use super::{Selection, notes};
use crate::context::Context;
use crate::table::Table;

/// What counts once in a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Weight {
    /// A story, in the session of its first article; copies add nothing
    #[default]
    Story,
    /// Every article
    Article,
}

impl Weight {
    /// As it is written in a manifest.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Story => "story",
            Self::Article => "article",
        }
    }

    /// Reads what [`Weight::name`] writes.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let mut weights = [Self::Story, Self::Article].into_iter();
        weights.find(|weight| weight.name() == name)
    }

    /// The sums that a table of this weight rests on.
    pub(crate) fn of(self, sums: &CellSums) -> &ToneSum {
        match self {
            Self::Story => &sums.stories,
            Self::Article => &sums.articles,
        }
    }
}

/// Sums, and what is to be said of them.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    pub(super) rows: Vec<CellRow>,
    pub(super) notes: Vec<String>,
}

impl Cells {
    /// Reads what `selection` asks for.
    pub(crate) async fn read(
        context: &Context,
        store: &Store,
        selection: &Selection,
    ) -> anyhow::Result<Self> {
        let run = selection.run(store).await?;
        let run_id = run.as_ref().map(|(_, id)| id.as_str());
        let mut notes = notes(context, store, selection, run_id).await?;
        let Some((run, run_id)) = run else {
            return Ok(Self {
                rows: vec![],
                notes,
            });
        };
        let counts = store.tallies(&run_id, selection.as_of).await?;
        let count = |name| counts.get(name).copied().unwrap_or_default();
        let (n_foreign, n_articles) = (count("foreign"), count("articles"));
        if n_foreign > 0 {
            notes.push(format!(
                "{n_foreign} of {n_articles} articles are not in English: no theme was looked for in them"
            ));
        }
        let n_unassigned = count("unassigned");
        if n_unassigned > 0 {
            notes.push(format!("{n_unassigned} articles lie outside a calendar and are left out until it is extended"));
        }
        let asked = Asked {
            themes: selection.themes.clone(),
            indices: selection.indices.clone(),
            from: selection.from,
            to: selection.to,
        };
        let closed = closed(context, selection.as_of.instant);
        let mut rows = store.cells(run, selection.as_of, &asked, &closed).await?;
        rows.retain(|row| !(row.retrospective && selection.no_retrospective));
        Ok(Self { rows, notes })
    }

    /// Adds how much of what is shown is hindsight: articles known by their publication time alone, and themes defined after them.
    pub(super) fn note_hindsight(&self, table: &mut Table) {
        let count = |is_counted: fn(&CellRow) -> i64| self.rows.iter().map(is_counted).sum::<i64>();
        let n_all = count(|row| row.sums.articles.n_tones);
        let n_reconstructed = count(|row| row.sums.n_reconstructed);
        let n_retrospective = count(|row| i64::from(row.retrospective) * row.sums.articles.n_tones);
        let once = "an article counts once for each of its themes and indices";
        if n_reconstructed > 0 {
            table.notes.push(format!(
                "{n_reconstructed} of {n_all} tones ({once}): availability reconstructed from the publication time"
            ));
        }
        if n_retrospective > 0 {
            table.notes.push(format!(
                "{n_retrospective} of {n_all} tones: of articles older than the definition of the theme (retrospective)"
            ));
        }
    }

    /// Sums by what `key` tells apart, whether retrospective or not.
    pub(crate) fn by<'a, K: Ord>(
        &'a self,
        key: impl Fn(&'a CellRow) -> K,
    ) -> BTreeMap<K, CellSums> {
        let mut sums: BTreeMap<K, CellSums> = BTreeMap::new();
        for row in &self.rows {
            sums.entry(key(row)).or_default().add(&row.sums, 1);
        }
        sums
    }
}

/// The last session of each exchange that had closed by then.
fn closed(context: &Context, instant: DateTime<Utc>) -> Closed {
    let last = |calendar: &Calendar| {
        let sessions = calendar.sessions();
        let n_closed = sessions.partition_point(|session| session.close <= instant);
        let last = sessions.get(n_closed.checked_sub(1)?)?;
        Some((last.date, last.close))
    };
    let calendars = context.config.calendars.iter();
    calendars
        .filter_map(|(exchange, calendar)| Some((exchange.clone(), last(calendar)?)))
        .collect()
}
