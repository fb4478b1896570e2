//! `prices list`: the indices with what they are and which closes are recorded.

use newsprint_store::AsOf;

use crate::context::Context;
use crate::exit::Outcome;
use crate::table::{Cell, Table};

pub(super) async fn list(context: &Context) -> anyhow::Result<Outcome> {
    let as_of = AsOf {
        instant: context.now(),
        reconstructed: false,
    };
    let mut table = Table {
        name: "indices",
        columns: vec![
            "index", "name", "exchange", "currency", "kind", "opens", "closes", "first", "last", "last_close",
        ],
        rows: vec![],
        notes: vec!["opens: whether published opens are struck by trading, so that a return could start there".into()],
    };
    let indices = &context.config.indices;
    let rows = context.reading(async |store| {
        let mut rows = Vec::with_capacity(indices.len());
        for index in indices {
            let closes = store.prices(&index.id, as_of).await?;
            let (first, last) = (closes.first_key_value(), closes.last_key_value());
            let text = |text: Option<String>| text.map_or(Cell::Null, Cell::Text);
            rows.push(vec![
                Cell::text(index.id.as_str()),
                Cell::text(&index.name),
                text(index.exchange.as_ref().map(ToString::to_string)),
                text(index.currency.as_ref().map(ToString::to_string)),
                Cell::text(index.kind.as_str()),
                Cell::text(if index.opens { "yes" } else { "no" }),
                Cell::count(closes.len()),
                text(first.map(|(date, _)| date.to_string())),
                text(last.map(|(date, _)| date.to_string())),
                Cell::number(last.map(|(_, close)| *close), 2),
            ]);
        }
        Ok(rows)
    });
    table.rows = rows.await?;
    table.print(context.format)?;
    Ok(Outcome::Done)
}
