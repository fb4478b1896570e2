//! coverage: what was expected of each source in each hour, and what was seen, so that "no news" and "we were blocked" are different values.

mod calendar;
mod hour;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use croner::Cron;
use newsprint_fetcher::publisher::Source;
use newsprint_store::{AsOf, Store};

use self::hour::Hour;
use super::outcomes::{Kind, kind};
use crate::cli::{parse_date, parse_instant};
use crate::context::Context;
use crate::exit::misuse;
use crate::plot::{self, Figure};
use crate::table::{Cell, Table};

pub(crate) const NAME: &str = "coverage";

/// Weeks before an hour from which it is told how many pages a source names in it.
const WEEKS: i32 = 4;

/// What to show.
#[derive(Debug, clap::Args)]
pub(crate) struct CoverageArgs {
    /// Only this source, by its address; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    source: Vec<String>,
    /// First day (UTC) [default: the 24 hours before --as-of]
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    from: Option<NaiveDate>,
    /// Last day (UTC)
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    to: Option<NaiveDate>,
    /// Only what had been recorded by this instant (RFC 3339) [default: now]
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    as_of: Option<DateTime<Utc>>,
    /// Draw a calendar too, each day by what its hours were: a file that ends in .svg, .png or .html
    #[arg(long, value_name = "FILE", value_parser = plot::parse_file)]
    pub(super) plot: Option<PathBuf>,
    /// Print what the table's columns mean instead of the table
    #[arg(long)]
    pub(super) explain: bool,
}

type Key = (DateTime<Utc>, String);

const COLUMNS: [&str; 14] = [
    "hour",
    "source",
    "reads_due",
    "reads_ok",
    "reads_blocked",
    "reads_failed",
    "expected",
    "named",
    "articles",
    "blocked",
    "no_article",
    "failed",
    "pending",
    "reading",
];

/// One hour of one source.
struct Line {
    hour: DateTime<Utc>,
    source: String,
    due: i64,
    expected: Option<f64>,
    seen: Hour,
}

/// Which hours to show, as known when, and up to when the schedule is expected to have been kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Period {
    pub(crate) from: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
    pub(crate) due_until: DateTime<Utc>,
    pub(crate) as_of: DateTime<Utc>,
}

/// The table, and its figure where a plot is asked for.
pub(super) async fn drawn(
    context: &Context,
    store: &Store,
    args: &CoverageArgs,
) -> anyhow::Result<(Table, Option<Figure>)> {
    let as_of = args.as_of.unwrap_or_else(|| context.now());
    let (from, until) = args.period(as_of)?;
    let period = Period {
        from,
        until,
        due_until: until.min(as_of),
        as_of,
    };
    let lines = lines(context, store, &args.source, period).await?;
    let table = of(&lines, as_of);
    let plot = args.plot.as_ref();
    let figure = plot.map(|_| calendar::figure(&lines, &table.notes));
    Ok((table, figure))
}

/// The table of `sources`, or of all where none is named.
pub(crate) async fn table_of(
    context: &Context,
    store: &Store,
    sources: &[String],
    period: Period,
) -> anyhow::Result<Table> {
    let lines = lines(context, store, sources, period).await?;
    Ok(of(&lines, period.as_of))
}

async fn lines(
    context: &Context,
    store: &Store,
    sources: &[String],
    period: Period,
) -> anyhow::Result<Vec<Line>> {
    let Period {
        from,
        until,
        due_until,
        as_of,
    } = period;
    let hours = hours(store, from - TimeDelta::weeks(WEEKS.into()), until, as_of).await?;
    let slots = slots(context, from, due_until)?;
    let keys = keys(context, sources, &hours, from, until).into_iter();
    let lines = keys.map(|(hour, source)| Line {
        due: slots.get(&hour).copied().unwrap_or_default(),
        expected: expected(&hours, hour, &source),
        seen: hours
            .get(&(hour, source.clone()))
            .copied()
            .unwrap_or_default(),
        hour,
        source,
    });
    Ok(lines.collect())
}

fn of(lines: &[Line], as_of: DateTime<Utc>) -> Table {
    let mut readings: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lines {
        *readings.entry(line.seen.reading()).or_default() += 1;
    }
    let readings = readings.iter();
    let readings: Vec<String> = readings
        .map(|(reading, n)| format!("{n} {reading}"))
        .collect();
    Table {
        name: NAME,
        columns: COLUMNS.to_vec(),
        rows: lines.iter().map(row).collect(),
        notes: vec![
            format!("as of {}", as_of.format("%Y-%m-%d %H:%M:%S UTC")),
            format!("hours: {}", readings.join(", ")),
        ],
    }
}

impl CoverageArgs {
    /// The hours asked for: whole days, or the last 24.
    fn period(&self, as_of: DateTime<Utc>) -> anyhow::Result<(DateTime<Utc>, DateTime<Utc>)> {
        let start = |date: NaiveDate| date.and_time(chrono::NaiveTime::MIN).and_utc();
        let this_hour = floor(as_of);
        let until = match self.to {
            Some(to) => (start(to) + TimeDelta::days(1)).min(this_hour + TimeDelta::hours(1)),
            None => this_hour + TimeDelta::hours(1),
        };
        let from = self.from.map_or(until - TimeDelta::hours(24), start);
        if from >= until {
            let message = format!(
                "nothing lies between {} and {}: give an earlier --from",
                from.format("%Y-%m-%d %H:%M"),
                until.format("%Y-%m-%d %H:%M UTC")
            );
            return Err(misuse(message));
        }
        Ok((from, until))
    }
}

/// Hours and sources of the table: every hour of a configured source, and of others those in which something was seen.
fn keys(
    context: &Context,
    asked: &[String],
    hours: &BTreeMap<Key, Hour>,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> BTreeSet<Key> {
    let is_asked = |source: &str| asked.is_empty() || asked.iter().any(|s| s == source);
    let sources = context.config.publishers.iter();
    let sources = sources.flat_map(|publisher| publisher.sources.iter());
    let live =
        sources.filter(|source| !matches!(source, Source::Warc { .. } | Source::Folder { .. }));
    let mut keys: BTreeSet<Key> = hours
        .keys()
        .filter(|(hour, _)| *hour >= from)
        .cloned()
        .collect();
    for source in live {
        let mut hour = from;
        while hour < until {
            keys.insert((hour, source.name()));
            hour += TimeDelta::hours(1);
        }
    }
    keys.retain(|(_, source)| is_asked(source));
    keys
}

async fn hours(
    store: &Store,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    as_of: DateTime<Utc>,
) -> anyhow::Result<BTreeMap<Key, Hour>> {
    let as_of = AsOf {
        instant: as_of,
        reconstructed: false,
    };
    let mut hours: BTreeMap<Key, Hour> = BTreeMap::new();
    for read in store.source_attempts((from, until), as_of).await? {
        let hour = hours.entry((read.hour, read.source)).or_default();
        *match kind(&read.outcome) {
            Kind::Seen => &mut hour.reads_ok,
            Kind::Blocked => &mut hour.reads_blocked,
            Kind::NoArticle | Kind::Failed => &mut hour.reads_failed,
            Kind::Pending => continue,
        } += read.n;
    }
    for named in store.listed_pages((from, until), as_of).await? {
        let hour = hours.entry((named.hour, named.source)).or_default();
        *match named.outcome.as_deref().map(kind) {
            None | Some(Kind::Pending) => &mut hour.pending,
            Some(Kind::Seen) => &mut hour.articles,
            Some(Kind::Blocked) => &mut hour.blocked,
            Some(Kind::NoArticle) => &mut hour.no_article,
            Some(Kind::Failed) => &mut hour.failed,
        } += named.n;
    }
    Ok(hours)
}

/// What came of all sources in the hours of a time, in the table's words, and how often.
pub(super) async fn summary(
    store: &Store,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    as_of: DateTime<Utc>,
) -> anyhow::Result<(&'static str, String)> {
    let mut seen = Hour::default();
    for hour in hours(store, floor(from), until, as_of).await?.values() {
        seen.add(hour);
    }
    Ok((seen.reading(), seen.counts()))
}

/// Slots of the schedule's fetch expression in each hour.
fn slots(
    context: &Context,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> anyhow::Result<BTreeMap<DateTime<Utc>, i64>> {
    let mut slots = BTreeMap::new();
    let Some(expression) = &context.config.settings.schedule.fetch else {
        return Ok(slots);
    };
    let cron: Cron = expression.parse().context("read schedule.fetch")?;
    // The first slot may be the period's first instant.
    let mut last = from - TimeDelta::seconds(1);
    while let Ok(slot) = cron.find_next_occurrence(&last, false) {
        if slot >= until {
            break;
        }
        *slots.entry(floor(slot)).or_default() += 1;
        last = slot;
    }
    Ok(slots)
}

/// Mean number of pages that the source named in this hour of the week in the weeks before, as far as it was read then.
fn expected(hours: &BTreeMap<Key, Hour>, hour: DateTime<Utc>, source: &str) -> Option<f64> {
    let earlier = (1..=WEEKS).map(|week| hour - TimeDelta::weeks(week.into()));
    let earlier = earlier.filter_map(|hour| hours.get(&(hour, source.to_owned())));
    let named: Vec<i64> = earlier
        .filter(|hour| hour.reads_ok > 0)
        .map(Hour::named)
        .collect();
    (!named.is_empty()).then(|| named.iter().sum::<i64>() as f64 / named.len() as f64)
}

fn row(line: &Line) -> Vec<Cell> {
    let seen = line.seen;
    let mut row = vec![
        Cell::text(line.hour.format("%Y-%m-%dT%H:%MZ").to_string()),
        Cell::text(&line.source),
    ];
    let reads = [
        line.due,
        seen.reads_ok,
        seen.reads_blocked,
        seen.reads_failed,
    ];
    row.extend(reads.map(Cell::Count));
    row.push(Cell::number(line.expected, 1));
    let pages = [
        seen.named(),
        seen.articles,
        seen.blocked,
        seen.no_article,
        seen.failed,
        seen.pending,
    ];
    row.extend(pages.map(Cell::Count));
    row.push(Cell::text(seen.reading()));
    row
}

/// The hour that an instant is in.
pub(crate) fn floor(instant: DateTime<Utc>) -> DateTime<Utc> {
    let seconds = instant.timestamp();
    DateTime::from_timestamp(seconds - seconds.rem_euclid(3_600), 0).unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_expected_is_the_mean_of_weeks_in_which_the_source_was_read() {
        let hour = at("2024-07-30T13:00:00Z");
        let week = |n: i64| (hour - TimeDelta::weeks(n), "s".to_owned());
        let named = |articles, reads_ok| Hour {
            articles,
            reads_ok,
            ..Hour::default()
        };
        let hours = BTreeMap::from([
            (week(1), named(4, 1)),
            (week(2), named(0, 1)),
            (week(3), named(9, 0)),
            (week(5), named(99, 1)),
        ]);
        assert_eq!(expected(&hours, hour, "s"), Some(2.0));
        assert_eq!(expected(&hours, hour, "other"), None);
    }
}
