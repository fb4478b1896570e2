//! Rows of the tables that are made of sums, closes and runs.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, NaiveDate};
use newsprint_domain::digest::Sha256Sum;
use newsprint_domain::identifier::IndexId;
use newsprint_store::{CellSums, ExportedPrice, RunKey};
use newsprint_study::returns::{Series, WINDOWS};

use super::Source;
use super::manifest::Hashed;
use super::parts::Parts;
use crate::columnar::Value;
use crate::report::Selection;
use crate::report::cells::Cells;
use crate::report::measured::Measured;

/// Closes as known, by their date and index.
pub(super) type Prices = BTreeMap<(NaiveDate, IndexId), ExportedPrice>;

/// One year after the other, so that the sums of one are held at a time.
pub(super) async fn theme_day(source: &Source<'_>, parts: &mut Parts) -> anyhow::Result<()> {
    let Some((first, last)) = source.store.available_between().await? else {
        return Ok(());
    };
    for year in first.year()..=last.year() + 1 {
        let Some(selection) = within(&source.selection, year) else {
            continue;
        };
        let cells = Cells::read(source.context, source.store, &selection).await?;
        for ((session, theme, index), sums) in
            cells.by(|row| (row.session, row.theme.as_str(), &row.index))
        {
            parts.write(
                Some(year),
                &day_row(session, theme, index, &sums, &selection),
            )?;
        }
    }
    Ok(())
}

/// The part of what is asked for that lies in a year.
fn within(selection: &Selection, year: i32) -> Option<Selection> {
    let first = NaiveDate::from_ymd_opt(year, 1, 1)?;
    let last = NaiveDate::from_ymd_opt(year, 12, 31)?;
    let from = selection.from.map_or(first, |from| from.max(first));
    let to = selection.to.map_or(last, |to| to.min(last));
    (from <= to).then(|| Selection {
        from: Some(from),
        to: Some(to),
        ..selection.clone()
    })
}

fn day_row(
    session: NaiveDate,
    theme: &str,
    index: &IndexId,
    sums: &CellSums,
    selection: &Selection,
) -> [Value; 9] {
    let tones = selection.weight.of(sums);
    let number = |number| Value::or_null(number, Value::Number);
    [
        Value::date(session),
        Value::text(theme),
        Value::text(index.as_str()),
        Value::Integer(sums.articles.n_tones),
        Value::Integer(sums.stories.n_tones),
        number(tones.mean()),
        number(tones.dispersion()),
        number(tones.share_positive()),
        number(sums.stances.mean()),
    ]
}

/// Closes of the indices that are asked for, as known: with a reconstructed past, those that had been struck by then.
pub(super) async fn known_prices(source: &Source<'_>) -> anyhow::Result<Prices> {
    let as_of = source.selection.as_of;
    let mut prices = source.store.export_prices(as_of).await?;
    prices.retain(|(date, index), _| {
        source.selection.has_index(index)
            && (!as_of.reconstructed || source.struck_at(index, *date) <= as_of.instant)
    });
    Ok(prices)
}

pub(super) fn prices(source: &Source<'_>, known: &Prices, parts: &mut Parts) -> anyhow::Result<()> {
    for ((date, index), price) in known {
        if source.selection.has_session(*date) {
            let row = [
                Value::date(*date),
                Value::text(index.as_str()),
                Value::Number(price.close),
                Value::text(&price.source),
                Value::instant(price.recorded_at),
            ];
            parts.write(Some(date.year()), &row)?;
        }
    }
    Ok(())
}

/// How many closes of each index there are, and their digest.
pub(super) fn price_digests(known: &Prices) -> BTreeMap<String, Hashed> {
    let mut sums: BTreeMap<String, (u64, Sha256Sum)> = BTreeMap::new();
    for ((date, index), price) in known {
        let (n, sum) = sums.entry(index.to_string()).or_default();
        *n += 1;
        sum.update(format!("{date},{}\n", price.close).as_bytes());
    }
    let hashed = sums.into_iter().map(|(index, (n, sum))| {
        let sha256 = sum.finish();
        (index, Hashed { n, sha256 })
    });
    hashed.collect()
}

/// Moves of every session of an index whose exchange has a calendar.
pub(super) fn returns(
    source: &Source<'_>,
    known: &Prices,
    parts: &mut Parts,
) -> anyhow::Result<()> {
    let mut closes: BTreeMap<&IndexId, BTreeMap<NaiveDate, f64>> = BTreeMap::new();
    for ((date, index), price) in known {
        closes.entry(index).or_default().insert(*date, price.close);
    }
    let config = &source.context.config;
    let measured = closes.into_iter().filter_map(|(index, closes)| {
        let definition = config.index(index)?;
        let measured = Measured {
            series: Series::new(definition.kind, closes),
            calendar: config.calendar_of(definition).ok()?,
        };
        Some((index, measured))
    });
    let measured: BTreeMap<&IndexId, Measured<'_>> = measured.collect();
    let days = measured
        .values()
        .flat_map(|measured| measured.series.rows());
    let days: BTreeSet<NaiveDate> = days.map(|(date, _)| *date).collect();
    let windows = WINDOWS.map(|window| (window, Value::text(&window.to_string())));
    for day in days {
        if !source.selection.has_session(day) {
            continue;
        }
        for (index, measured) in &measured {
            if measured.series.position(day).is_none() {
                continue;
            }
            for (window, name) in &windows {
                let moved = measured.move_over(day, *window);
                let row = [
                    Value::date(day),
                    Value::text(index.as_str()),
                    name.clone(),
                    Value::or_null(moved, Value::Number),
                ];
                parts.write(Some(day.year()), &row)?;
            }
        }
    }
    Ok(())
}

pub(super) async fn runs(
    source: &Source<'_>,
    shown: Option<RunKey>,
    parts: &mut Parts,
) -> anyhow::Result<()> {
    for row in source.store.runs(source.selection.as_of).await? {
        let values = [
            Value::text(&row.id),
            Value::text(&row.run.model),
            Value::text(&row.run.model_hash),
            Value::text(&row.run.definitions_hash),
            Value::text(&row.run.code_version),
            Value::instant(row.recorded_at),
            Value::Integer(row.n_tagged),
            Value::Truth(Some(row.key) == shown),
        ];
        parts.write(None, &values)?;
    }
    Ok(())
}
