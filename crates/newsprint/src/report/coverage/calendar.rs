//! The coverage of all sources as a calendar: each day by what its hours are called.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::Line;
use crate::plot::{self, CATEGORIES, CoverageDay, Figure, Heading};

/// The plot of the table's lines; `notes` are the table's.
pub(super) fn figure(lines: &[Line], notes: &[String]) -> Figure {
    let mut days: BTreeMap<NaiveDate, [f64; 6]> = BTreeMap::new();
    for line in lines {
        let hours = days.entry(line.hour.date_naive()).or_default();
        let category = category(line.seen.reading());
        if let Some(place) = CATEGORIES.iter().position(|name| *name == category) {
            hours[place] += 1.0;
        }
    }
    let rows = days.into_iter();
    let rows = rows.map(|(date, hours)| CoverageDay { date, hours });
    plot::coverage(heading(lines, notes), rows.collect())
}

/// What the plot calls an hour of this reading: an hour of which nothing is known yet is one thing, whatever the reason.
fn category(reading: &str) -> &str {
    match reading {
        "pending" | "not asked" => "not asked or pending",
        known => known,
    }
}

fn heading(lines: &[Line], notes: &[String]) -> Heading {
    let sources: BTreeSet<&str> = lines.iter().map(|line| line.source.as_str()).collect();
    let of = match sources.len() {
        1 => sources.into_iter().collect(),
        n => format!("{n} sources"),
    };
    let dates = lines.iter().map(|line| line.hour.date_naive());
    let period = match (dates.clone().min(), dates.max()) {
        (Some(first), Some(last)) if first < last => format!(", {first} to {last} (UTC)"),
        (Some(only), _) => format!(", {only} (UTC)"),
        _ => String::new(),
    };
    Heading {
        title: format!("Coverage of {of} by day"),
        subtitle: format!("n = {} hours of sources{period}", lines.len()),
        measure: "share of the hours of a day".into(),
        notes: notes.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::hour::Hour;
    use super::*;

    #[test]
    fn every_reading_of_an_hour_has_its_category() {
        let one = |set: fn(&mut Hour)| {
            let mut hour = Hour::default();
            set(&mut hour);
            hour
        };
        let hours = [
            Hour::default(),
            one(|hour| hour.reads_ok = 1),
            one(|hour| hour.reads_blocked = 1),
            one(|hour| hour.reads_failed = 1),
            one(|hour| hour.pending = 1),
            one(|hour| hour.articles = 1),
            one(|hour| (hour.articles, hour.blocked) = (1, 1)),
        ];
        for hour in hours {
            let category = category(hour.reading());
            assert!(CATEGORIES.contains(&category), "{category}");
        }
    }
}
