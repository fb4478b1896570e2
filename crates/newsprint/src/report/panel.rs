//! Tones of themes and indices, session by session: what is held against the indices' moves.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use newsprint_domain::identifier::IndexId;
use newsprint_domain::tone_sum::ToneSum;
use newsprint_store::{CellRef, CellRow, Store};

use super::Selection;
use super::cells::{Cells, Ground, Hindsight, Weight};
use crate::context::Context;

/// One session of a theme and an index.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Day {
    pub(super) session: NaiveDate,
    /// Tones of what counts once.
    pub(super) tones: ToneSum,
    pub(super) n_articles: i64,
}

/// One theme and index, oldest session first. A session in which nothing counts is none.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ToneSeries {
    pub(super) theme: String,
    pub(super) index: IndexId,
    pub(super) days: Vec<Day>,
}

/// All that a table asks for, by theme and index.
#[derive(Debug, Default)]
pub(super) struct Panel {
    pub(super) series: Vec<ToneSeries>,
    pub(super) notes: Vec<String>,
    hindsight: Hindsight,
}

impl Panel {
    pub(super) async fn read(
        context: &Context,
        store: &Store,
        selection: &Selection,
    ) -> anyhow::Result<Self> {
        let ground = Ground::read(context, store, selection).await?;
        let mut gathered = Gathered::new(selection.weight);
        let take = |cell: CellRef<'_>| gathered.add(cell);
        ground.each_cell(store, selection, take).await?;
        Ok(gathered.panel(ground.notes))
    }

    /// Of cells that were read for another table too.
    pub(super) fn of(cells: &Cells, weight: Weight) -> Self {
        let mut gathered = Gathered::new(weight);
        cells
            .rows
            .iter()
            .for_each(|row| gathered.add(cell_ref(row)));
        gathered.panel(vec![])
    }

    /// What is to be said of the tones below a table.
    pub(super) fn hindsight_notes(&self) -> Vec<String> {
        self.hindsight.notes()
    }
}

fn cell_ref(row: &CellRow) -> CellRef<'_> {
    CellRef {
        theme: &row.theme,
        index: &row.index,
        session: row.session,
        retrospective: row.retrospective,
        sums: &row.sums,
    }
}

/// Days by theme and index, as they come.
struct Gathered {
    weight: Weight,
    days: BTreeMap<String, BTreeMap<IndexId, Vec<Day>>>,
    hindsight: Hindsight,
}

impl Gathered {
    fn new(weight: Weight) -> Self {
        Self {
            weight,
            days: BTreeMap::new(),
            hindsight: Hindsight::default(),
        }
    }

    fn add(&mut self, cell: CellRef<'_>) {
        self.hindsight.add(cell.retrospective, cell.sums);
        let day = Day {
            session: cell.session,
            tones: *self.weight.of(cell.sums),
            n_articles: cell.sums.articles.n_tones,
        };
        // Looked up first: most cells are of a theme and index that are there, and need no copy of their names.
        let indices = match self.days.get_mut(cell.theme) {
            Some(indices) => indices,
            None => self.days.entry(cell.theme.to_owned()).or_default(),
        };
        match indices.get_mut(cell.index) {
            Some(days) => days.push(day),
            None => _ = indices.insert(cell.index.clone(), vec![day]),
        }
    }

    fn panel(self, notes: Vec<String>) -> Panel {
        let series = self.days.into_iter().flat_map(|(theme, indices)| {
            let of_index = move |(index, days)| ToneSeries {
                theme: theme.clone(),
                index,
                days: merged(days),
            };
            indices.into_iter().map(of_index)
        });
        let mut series: Vec<ToneSeries> = series.collect();
        series.retain(|series| !series.days.is_empty());
        Panel {
            series,
            notes,
            hindsight: self.hindsight,
        }
    }
}

/// What is retrospective and what is not, of one session together; a session of copies alone has no story of its own.
fn merged(mut days: Vec<Day>) -> Vec<Day> {
    days.sort_by_key(|day| day.session);
    days.dedup_by(|later, day| {
        let is_same = later.session == day.session;
        if is_same {
            day.tones.add_sum(&later.tones, 1);
            day.n_articles += later.n_articles;
        }
        is_same
    });
    days.retain(|day| day.tones.n_tones > 0);
    days.shrink_to_fit();
    days
}
