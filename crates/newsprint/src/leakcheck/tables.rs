//! The tables that are held against each other.

use chrono::TimeDelta;
use newsprint_store::{AsOf, Store};

use super::{Asked, Shown};
use crate::context::Context;
use crate::report::coverage::{self, Period};
use crate::report::statistics::Statistics;
use crate::report::{MIN_SESSIONS, Selection, TableArgs, articles, returns, theme_day};
use crate::table::{Cell, Table};

/// Hours of coverage before the newest row that are compared.
const HOURS: i64 = 48;

/// What tables are asked for but for the instant.
pub(super) fn selection(
    context: &Context,
    themes: &[String],
    indices: &[String],
) -> anyhow::Result<Selection> {
    let args = TableArgs {
        theme: themes.to_vec(),
        index: indices.to_vec(),
        min_n: MIN_SESSIONS,
        ..TableArgs::default()
    };
    args.selection(context)
}

/// All tables of `store`.
pub(super) async fn tables(
    context: &Context,
    store: &Store,
    selection: &Selection,
    asked: Asked,
) -> anyhow::Result<Vec<Shown>> {
    let as_of = AsOf {
        instant: asked.as_of,
        reconstructed: false,
    };
    let selection = Selection {
        as_of,
        ..selection.clone()
    };
    // The hours do not depend on the instant that is asked about, so that both stores are asked for the same ones.
    let until = coverage::floor(asked.newest) + TimeDelta::hours(1);
    let period = Period {
        from: until - TimeDelta::hours(HOURS),
        until,
        due_until: asked.newest,
        as_of: asked.as_of,
    };
    let tables = [
        theme_day::table(context, store, &selection).await?,
        returns::table(
            context,
            store,
            &Statistics::without_trials(selection.clone()),
        )
        .await?,
        articles::table(context, store, &selection).await?,
        coverage::table_of(context, store, &[], period).await?,
    ];
    Ok(tables.iter().map(shown).collect())
}

fn shown(table: &Table) -> Shown {
    let rows = table.rows.iter();
    let rows = rows.map(|row| row.iter().map(Cell::exact).collect());
    let notes = table.notes.iter().map(|note| vec![timeless(note)]);
    Shown {
        name: table.name,
        rows: rows.chain(notes).collect(),
    }
}

/// A note without the instant that it begins with.
fn timeless(note: &str) -> String {
    let after_instant = note
        .strip_prefix("as of ")
        .and_then(|rest| rest.split_once(" UTC"));
    after_instant.map_or(note, |(_, rest)| rest).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_compared_without_its_instant() {
        assert_eq!(
            timeless("as of 2024-07-17 09:00:00 UTC, tag run ab"),
            ", tag run ab"
        );
        assert_eq!(timeless("3 articles"), "3 articles");
    }
}
