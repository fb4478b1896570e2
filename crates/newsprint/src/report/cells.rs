//! The common ground of tables of tone: sums by theme, index and session, and what is to be said of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use newsprint_domain::calendar::Calendar;
use newsprint_domain::tone_sum::ToneSum;
use newsprint_store::{Asked, CellRef, CellRow, CellSums, Closed, RunKey, Store};

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

/// What a table of tone rests on: the run, which cells are asked for, and what is to be said of them.
pub(super) struct Ground {
    run: Option<RunKey>,
    asked: Asked,
    closed: Closed,
    pub(super) notes: Vec<String>,
}

impl Ground {
    pub(super) async fn read(
        context: &Context,
        store: &Store,
        selection: &Selection,
    ) -> anyhow::Result<Self> {
        let run = selection.run(store).await?;
        let run_id = run.as_ref().map(|(_, id)| id.as_str());
        let mut notes = notes(context, store, selection, run_id).await?;
        if let Some(run_id) = run_id {
            let counts = store.tallies(run_id, selection.as_of).await?;
            notes.extend(left_out(&counts));
        }
        Ok(Self {
            run: run.map(|(run, _)| run),
            asked: Asked {
                themes: selection.themes.clone(),
                indices: selection.indices.clone(),
                from: selection.from,
                to: selection.to,
            },
            closed: closed(context, selection.as_of.instant),
            notes,
        })
    }

    /// Gives each cell; none where nothing had been tagged.
    pub(super) async fn each_cell(
        &self,
        store: &Store,
        selection: &Selection,
        mut take: impl FnMut(CellRef<'_>),
    ) -> anyhow::Result<()> {
        let Some(run) = self.run else { return Ok(()) };
        let asked = (&self.asked, &self.closed);
        let kept = |cell: CellRef<'_>| {
            if !(cell.retrospective && selection.no_retrospective) {
                take(cell);
            }
        };
        Ok(store.each_cell(run, selection.as_of, asked, kept).await?)
    }
}

fn left_out(counts: &BTreeMap<String, i64>) -> Vec<String> {
    let count = |name| counts.get(name).copied().unwrap_or_default();
    let mut notes = Vec::new();
    let (n_foreign, n_articles) = (count("foreign"), count("articles"));
    if n_foreign > 0 {
        notes.push(format!(
            "{n_foreign} of {n_articles} articles are not in English: no theme was looked for in them"
        ));
    }
    let n_unassigned = count("unassigned");
    if n_unassigned > 0 {
        notes.push(format!(
            "{n_unassigned} articles lie outside a calendar and are left out until it is extended"
        ));
    }
    notes
}

/// How much of what is shown is hindsight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Hindsight {
    n_all: i64,
    n_reconstructed: i64,
    n_retrospective: i64,
}

impl Hindsight {
    pub(super) fn add(&mut self, retrospective: bool, sums: &CellSums) {
        let n_tones = sums.articles.n_tones;
        self.n_all += n_tones;
        self.n_reconstructed += sums.n_reconstructed;
        self.n_retrospective += i64::from(retrospective) * n_tones;
    }

    /// Articles known by their publication time alone, and themes defined after them.
    pub(super) fn notes(&self) -> Vec<String> {
        let Self {
            n_all,
            n_reconstructed,
            n_retrospective,
        } = self;
        let once = "an article counts once for each of its themes and indices";
        let mut notes = Vec::new();
        if *n_reconstructed > 0 {
            notes.push(format!(
                "{n_reconstructed} of {n_all} tones ({once}): availability reconstructed from the publication time"
            ));
        }
        if *n_retrospective > 0 {
            notes.push(format!(
                "{n_retrospective} of {n_all} tones: of articles older than the definition of the theme (retrospective)"
            ));
        }
        notes
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
        let ground = Ground::read(context, store, selection).await?;
        let Some(run) = ground.run else {
            return Ok(Self {
                rows: vec![],
                notes: ground.notes,
            });
        };
        let (asked, closed) = (&ground.asked, &ground.closed);
        let mut rows = store.cells(run, selection.as_of, asked, closed).await?;
        rows.retain(|row| !(row.retrospective && selection.no_retrospective));
        Ok(Self {
            rows,
            notes: ground.notes,
        })
    }

    /// Adds how much of what is shown is hindsight.
    pub(super) fn note_hindsight(&self, table: &mut Table) {
        let mut hindsight = Hindsight::default();
        self.rows
            .iter()
            .for_each(|row| hindsight.add(row.retrospective, &row.sums));
        table.notes.extend(hindsight.notes());
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
