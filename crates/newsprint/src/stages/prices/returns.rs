//! `prices returns`: closes with the moves before and after them.

use chrono::NaiveDate;
use newsprint_store::AsOf;
use newsprint_study::returns::{Series, WINDOWS};

use crate::context::Context;
use crate::exit::Outcome;
use crate::table::{Cell, Table};

pub(super) async fn returns(
    context: &Context,
    index: &str,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
) -> anyhow::Result<Outcome> {
    let definition = context.config.require_index(index)?;
    let as_of = AsOf {
        instant: context.now(),
        reconstructed: false,
    };
    let closes = context
        .reading(async |store| Ok(store.prices(&definition.id, as_of).await?))
        .await?;
    let series = Series::new(definition.kind, closes);
    let in_range = |date: &NaiveDate| {
        from.is_none_or(|first| first <= *date) && to.is_none_or(|last| *date <= last)
    };
    let mut table = Table {
        name: "prices",
        columns: vec![
            "date",
            "close",
            "c2c_0",
            "fwd_c2c_1",
            "fwd_c2c_5",
            "fwd_c2c_10",
            "fwd_c2c_21",
        ],
        rows: vec![],
        notes: vec![format!(
            "{index}: {}moves in {}, over rows of the series itself",
            definition
                .currency
                .as_ref()
                .map_or_else(String::new, |currency| format!("in {currency}, ")),
            definition.kind.unit()
        )],
    };
    for (date, close) in series.rows().iter().filter(|(date, _)| in_range(date)) {
        let moves = WINDOWS.map(|window| Cell::number(series.move_over(*date, window), 6));
        let row = [Cell::text(date.to_string()), Cell::Number(*close, 2)]
            .into_iter()
            .chain(moves);
        table.rows.push(row.collect());
    }
    if table.rows.is_empty() {
        table.notes.push(format!(
            "no closes of {index} in that period: `newsprint prices import FILE.csv` adds some"
        ));
    }
    let outcome = if table.rows.is_empty() {
        Outcome::Nothing
    } else {
        Outcome::Done
    };
    table.print(context.format)?;
    Ok(outcome)
}
