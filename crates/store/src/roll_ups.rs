//! Sums of tones by theme, index and session, written in the transaction that changes what they are made of: a ledger keeps every change
//! with its instant, and beside it stand its sums by the day of recording.

use chrono::{DateTime, Utc};
use newsprint_domain::identifier::{IndexId, Mic};

use crate::error::{StoreError, doing};
use crate::hosts::day_of;
use crate::observations::{ByCell, CellSums, Changes};
use crate::rows::{corrupt, micros};
use crate::runs::RunKey;
use crate::sql::{Kind, Row, Rows, Transaction, Value, query};

/// What a run reads a theme against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// A theme's id, or [`ANY_THEME`](crate::ANY_THEME).
    pub theme: String,
    /// The index.
    pub index: IndexId,
    /// The exchange by whose sessions the index is read.
    pub exchange: Mic,
    /// Whether the theme is linked to it by definition, so that articles need not name it.
    pub is_linked: bool,
}

/// The columns that hold sums, in the order of [`sums_of`].
pub(crate) const SUMS: &str =
    "n, sum, sum_of_squares, n_positive, n_stances, sum_of_stances, n_reconstructed,
    story_n, story_sum, story_sum_of_squares, story_n_positive";

/// Columns of both tables, which end with when or on which day a row was recorded.
const fn columns(recorded: &'static str) -> [(&'static str, Kind); 15] {
    [
        ("run_pair_key", Kind::Integer),
        ("session", Kind::Text),
        ("retrospective", Kind::Truth),
        ("n", Kind::Integer),
        ("sum", Kind::Integer),
        ("sum_of_squares", Kind::Integer),
        ("n_positive", Kind::Integer),
        ("n_stances", Kind::Integer),
        ("sum_of_stances", Kind::Integer),
        ("n_reconstructed", Kind::Integer),
        ("story_n", Kind::Integer),
        ("story_sum", Kind::Integer),
        ("story_sum_of_squares", Kind::Integer),
        ("story_n_positive", Kind::Integer),
        (recorded, Kind::Integer),
    ]
}

const LEDGER: Rows = Rows {
    table: "roll_up_delta",
    columns: &columns("recorded_at"),
    otherwise: "",
};

const DAYS: Rows = Rows {
    table: "roll_up_day",
    columns: &columns("recorded_on"),
    otherwise: "ON CONFLICT (session, run_pair_key, retrospective, recorded_on) DO UPDATE SET
        n = roll_up_day.n + excluded.n, sum = roll_up_day.sum + excluded.sum,
        sum_of_squares = roll_up_day.sum_of_squares + excluded.sum_of_squares, n_positive = roll_up_day.n_positive + excluded.n_positive,
        n_stances = roll_up_day.n_stances + excluded.n_stances, sum_of_stances = roll_up_day.sum_of_stances + excluded.sum_of_stances,
        n_reconstructed = roll_up_day.n_reconstructed + excluded.n_reconstructed,
        story_n = roll_up_day.story_n + excluded.story_n, story_sum = roll_up_day.story_sum + excluded.story_sum,
        story_sum_of_squares = roll_up_day.story_sum_of_squares + excluded.story_sum_of_squares,
        story_n_positive = roll_up_day.story_n_positive + excluded.story_n_positive",
};

/// Keeps others out who change sums, until the transaction ends: what one reads to know its changes must not change under it.
pub(crate) async fn alone(transaction: &mut Transaction) -> Result<(), StoreError> {
    let waited = transaction.wait_for("newsprint roll-ups").await;
    waited.map_err(doing("wait for the roll-ups"))
}

/// Writes changes of sums and counts.
pub(crate) async fn settle(
    transaction: &mut Transaction,
    changes: &Changes,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let rows = |last: i64| {
        let cells = changes.cells.iter().filter(|(_, sums)| !sums.is_empty());
        let rows = cells.flat_map(move |((pair, session, retrospective), sums)| {
            let key = [
                Value::from(*pair),
                Value::from(session),
                Value::from(*retrospective),
            ];
            let sums = numbers(sums).into_iter().map(Value::from);
            key.into_iter().chain(sums).chain([Value::from(last)])
        });
        rows.collect::<Vec<_>>()
    };
    let kept = LEDGER.insert(transaction, rows(micros(now))).await;
    kept.map_err(doing("record changes of sums"))?;
    let kept = DAYS.insert(transaction, rows(day_of(now))).await;
    kept.map_err(doing("add up changes of sums"))?;
    crate::tallies::settle(transaction, &changes.tallies, now).await
}

fn numbers(sums: &CellSums) -> [i64; 11] {
    let CellSums {
        articles,
        stories,
        stances,
        n_reconstructed,
    } = sums;
    [
        articles.n_tones,
        articles.sum,
        articles.sum_of_squares,
        articles.n_positive,
        stances.n_tones,
        stances.sum,
        *n_reconstructed,
        stories.n_tones,
        stories.sum,
        stories.sum_of_squares,
        stories.n_positive,
    ]
}

/// What [`numbers`] made numbers of.
fn sums_of(numbers: [i64; 11]) -> CellSums {
    let mut sums = CellSums::default();
    [
        sums.articles.n_tones,
        sums.articles.sum,
        sums.articles.sum_of_squares,
        sums.articles.n_positive,
        sums.stances.n_tones,
        sums.stances.sum,
        sums.n_reconstructed,
        sums.stories.n_tones,
        sums.stories.sum,
        sums.stories.sum_of_squares,
        sums.stories.n_positive,
    ] = numbers;
    sums
}

/// The sums and counts that are held of a run.
pub(crate) async fn held(
    transaction: &mut Transaction,
    run: RunKey,
) -> Result<Changes, StoreError> {
    let text = format!(
        "SELECT d.run_pair_key, d.session, d.retrospective, {SUMS}
         FROM run_pair p JOIN roll_up_day d ON d.run_pair_key = p.run_pair_key WHERE p.tag_run_key = $1"
    );
    let rows = query(text).bind(run.0).fetch_all(&mut *transaction).await;
    let mut held = Changes::default();
    add(&mut held.cells, &rows.map_err(doing("read sums"))?);
    held.tallies = crate::tallies::held(transaction, run).await?;
    Ok(held)
}

/// Adds rows of a pair, a session, whether retrospective, and [`SUMS`].
pub(crate) fn add(cells: &mut ByCell, rows: &[Row]) {
    for row in rows {
        let key = (row.get(0), row.get(1), row.get(2));
        let sums = sums_of(std::array::from_fn(|place| row.get(3 + place)));
        cells.entry(key).or_default().add(&sums, 1);
    }
}

/// Rows of `roll_up_day d` as one text of words, [`SUMS`] last: a row that comes by itself wakes a thread, a text of thousands does so once.
pub(crate) fn sheet() -> String {
    format!(
        "string_agg(concat_ws(' ', d.run_pair_key, d.session, CAST(d.retrospective AS INTEGER), {SUMS}), ' ')"
    )
}

/// What stands on a [`sheet`].
pub(crate) fn cells_of(sheet: &str) -> Result<ByCell, StoreError> {
    let mut cells = ByCell::new();
    let mut words = sheet.split(' ');
    while let Some(pair) = words.next() {
        let session = words.next().unwrap_or_default();
        let mut number = || words.next().and_then(|word| word.parse::<i64>().ok());
        let read = pair.parse::<i64>().ok().zip(number());
        let mut numbers = [0; 11];
        let is_whole = numbers
            .iter_mut()
            .all(|held| number().map(|read| *held = read).is_some());
        let Some((pair, retrospective)) = read.filter(|_| is_whole) else {
            return Err(corrupt(
                "roll_up_day",
                format!("session {session} holds a sum that is no number"),
            ));
        };
        let key = (pair, session.to_owned(), retrospective != 0);
        cells.entry(key).or_default().add(&sums_of(numbers), 1);
    }
    Ok(cells)
}
