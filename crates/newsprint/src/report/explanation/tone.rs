//! What a cell of tone is made of: its sums as the tables have them, and the articles that add up to them.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use newsprint_domain::calendar::Calendar;
use newsprint_domain::identifier::Mic;
use newsprint_domain::index::IndexDefinition;
use newsprint_domain::session::Session;
use newsprint_domain::tone_sum::ToneSum;
use newsprint_store::{CellAsked, CellPart, CellSums, Particulars, Store};

use super::super::Selection;
use super::super::cells::{Cells, Weight};
use super::absent::{Absence, absence};
use crate::context::Context;

/// How much earlier and later articles are looked for where those of the session by today's calendar do not add up to the cell: they
/// may have been given to it by an older calendar.
const WIDER: TimeDelta = TimeDelta::days(30);

/// A theme's id and an index, by the sessions of its exchange.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) theme: &'a str,
    pub(super) index: &'a IndexDefinition,
    pub(super) exchange: &'a Mic,
    pub(super) calendar: &'a Calendar,
}

/// A cell of tone with what it is made of.
pub(super) struct ToneCell<'a> {
    pub(super) subject: Subject<'a>,
    pub(super) session: Session,
    /// When the session before closed, where the calendar has one.
    pub(super) base_close: Option<DateTime<Utc>>,
    pub(super) weight: Weight,
    /// As the tables add them up.
    pub(super) sums: CellSums,
    /// All articles, by availability.
    pub(super) parts: Vec<CellPart>,
    /// Those that are shown, with their places among the parts.
    pub(super) shown: Vec<(usize, Particulars)>,
    pub(super) notes: Vec<String>,
}

impl<'a> ToneCell<'a> {
    /// Reads the cell of a session, which the calendar has, with the particulars of at most `limit` articles; where it is empty, why.
    pub(super) async fn read(
        context: &Context,
        store: &Store,
        selection: &Selection,
        (subject, day): (Subject<'a>, NaiveDate),
        limit: usize,
    ) -> anyhow::Result<Result<Self, Absence>> {
        let selection = &Selection {
            themes: vec![subject.theme.to_owned()],
            indices: vec![subject.index.id.clone()],
            from: Some(day),
            to: Some(day),
            ..selection.clone()
        };
        let cells = Cells::read(context, store, selection).await?;
        let run = selection.run(store).await?.map(|(run, _)| run);
        let asked = asked(subject, day);
        let mut sums = CellSums::default();
        cells.rows.iter().for_each(|row| sums.add(&row.sums, 1));
        let Some(run) = run.filter(|_| !sums.is_empty()) else {
            let absence = absence(context, store, selection, (run, &asked), cells.notes).await?;
            return Ok(Err(absence));
        };
        let mut parts = Vec::new();
        for margin in [TimeDelta::zero(), WIDER] {
            let asked = CellAsked {
                from: asked.from - margin,
                before: asked.before + margin,
                ..asked.clone()
            };
            parts = store.cell_parts(run, selection.as_of, &asked).await?;
            parts.retain(|part| !(part.retrospective && selection.no_retrospective));
            if sum_of(&parts) == sums {
                break;
            }
        }
        let mut shown = Vec::new();
        for place in chosen(&parts, selection.weight, limit) {
            let read = store.particulars(&parts[place], subject.exchange, selection.as_of);
            shown.push((place, read.await?));
        }
        let (session, base_close) = hours(subject.calendar, day);
        let mut cell = Self {
            subject,
            session,
            base_close,
            weight: selection.weight,
            sums,
            parts,
            shown,
            notes: cells.notes,
        };
        cell.notes.extend(cell.mismatch());
        Ok(Ok(cell))
    }

    /// Tones that count: of stories, or of articles.
    pub(super) fn counted(&self) -> &ToneSum {
        self.weight.of(&self.sums)
    }

    /// What the articles that are not shown add.
    pub(super) fn left_out(&self) -> CellSums {
        let mut left_out = sum_of(&self.parts);
        for (place, _) in &self.shown {
            left_out.add(&self.parts[*place].sums, -1);
        }
        left_out
    }

    /// Says so where the articles do not add up to the sums.
    fn mismatch(&self) -> Option<String> {
        (sum_of(&self.parts) != self.sums).then(|| {
            "these articles do not add up to the cell: its sums are damaged; `newsprint doctor` says what to do".into()
        })
    }
}

/// What articles add up to.
fn sum_of(parts: &[CellPart]) -> CellSums {
    let mut sums = CellSums::default();
    parts.iter().for_each(|part| sums.add(&part.sums, 1));
    sums
}

/// The articles that became available between the close before the session and its own.
pub(super) fn asked(subject: Subject<'_>, day: NaiveDate) -> CellAsked {
    let (session, base_close) = hours(subject.calendar, day);
    CellAsked {
        theme: subject.theme.to_owned(),
        index: subject.index.id.clone(),
        exchange: subject.exchange.clone(),
        session: day,
        from: base_close.unwrap_or(session.open - TimeDelta::days(1)),
        before: session.close,
    }
}

/// The session of a day that has one, and when the one before it closed.
fn hours(calendar: &Calendar, day: NaiveDate) -> (Session, Option<DateTime<Utc>>) {
    let sessions = calendar.sessions();
    let place = calendar.position(day).unwrap_or_default();
    let base = place.checked_sub(1).map(|before| sessions[before].close);
    (sessions[place], base)
}

/// The places of the articles that are shown: where there are too many, those whose tone counts most, in order.
fn chosen(parts: &[CellPart], weight: Weight, limit: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..parts.len()).collect();
    // An echo counts nothing among stories, and comes last.
    places.sort_by_key(|place| {
        let counted = weight.of(&parts[*place].sums);
        (counted.n_tones == 0, -counted.sum.abs())
    });
    places.truncate(limit);
    places.sort_unstable();
    places
}
