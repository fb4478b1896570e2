//! The days of one index in one file: each has one close, and no session between the first and the last is missing.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use newsprint_domain::calendar::Calendar;
use newsprint_domain::index::{IndexDefinition, SeriesKind};

use super::csv_file::{Close, Finding, Row};

/// Gaps that are named one by one; a file of weeks or months has one after each row.
const MAX_GAPS: usize = 8;

/// Closes by day, with the lines they stand on.
pub(super) type Days = BTreeMap<NaiveDate, (u64, f64)>;

/// Days with their one close; what stands twice is noted, and refused where the closes differ.
pub(super) fn one_close_each(
    rows: &[Row],
    refused: &mut Vec<Finding>,
    noted: &mut Vec<Finding>,
) -> Days {
    let mut by_day: BTreeMap<NaiveDate, Vec<(u64, f64)>> = BTreeMap::new();
    for row in rows {
        if let Close::Value(close) = row.close {
            by_day.entry(row.date).or_default().push((row.line, close));
        }
    }
    let mut days = Days::new();
    for (date, closes) in by_day {
        let [first, others @ ..] = &closes[..] else {
            continue;
        };
        let Some(last) = others.last() else {
            days.insert(date, *first);
            continue;
        };
        if others
            .iter()
            .all(|other| other.1.to_bits() == first.1.to_bits())
        {
            days.insert(date, *first);
            let says = format!(
                "{date} stands on line {} already, with the same close",
                first.0
            );
            noted.push(Finding::at(last.0, says));
            continue;
        }
        let closes: Vec<String> = closes
            .iter()
            .map(|(line, close)| format!("{close} on line {line}"))
            .collect();
        let says = format!(
            "{date} has different closes, {}: none is used; leave the right one in the file",
            closes.join(", ")
        );
        refused.push(Finding::at(last.0, says));
    }
    days
}

/// Sessions of the index's exchange between its first and last day in the file of which the file says nothing.
///
/// Yields and volatility indices have days of their own: a holiday of the bond market is a session of the exchange. Of them a session
/// that is missing alone is no gap, nor is a row without a value.
pub(super) fn gaps(index: &IndexDefinition, calendar: &Calendar, rows: &[Row]) -> Vec<Finding> {
    let keeps_sessions = index.kind == SeriesKind::Price;
    let says_something = |row: &&Row| !keeps_sessions || row.close != Close::None;
    // A date that was refused may be of another century; it is there, but the file does not begin or end with it.
    let certain = rows.iter().filter(|row| row.close != Close::Refused);
    let certain = certain.filter(says_something).map(|row| row.date);
    let (Some(first), Some(last)) = (certain.clone().min(), certain.max()) else {
        return vec![];
    };
    let there: BTreeMap<NaiveDate, u64> = rows
        .iter()
        .filter(says_something)
        .filter(|row| (first..=last).contains(&row.date))
        .map(|row| (row.date, row.line))
        .collect();
    let shortest = if keeps_sessions { 1 } else { 2 };
    let pairs = there.keys().zip(there.keys().skip(1));
    let gaps: Vec<Gap> = pairs
        .filter_map(|(before, after)| Gap::between(calendar, *before, *after))
        .filter(|gap| gap.n_sessions >= shortest)
        .collect();
    let mut found: Vec<Finding> = gaps
        .iter()
        .take(MAX_GAPS)
        .map(|gap| {
            let says = gap.says(index, calendar);
            Finding::at(there.get(&gap.before).copied().unwrap_or_default(), says)
        })
        .collect();
    if let (Some(next), Some(last)) = (gaps.get(MAX_GAPS), gaps.last()) {
        let n_sessions: usize = gaps[MAX_GAPS..].iter().map(|gap| gap.n_sessions).sum();
        let says = format!(
            "{} has {} more gaps from here on, {n_sessions} sessions in all, the last before {}: import files that have them",
            index.id,
            gaps.len() - MAX_GAPS,
            last.after
        );
        found.push(Finding::at(
            there.get(&next.before).copied().unwrap_or_default(),
            says,
        ));
    }
    found
}

/// Closes of days that the calendar does not reach: no session is known of them.
pub(super) fn beyond(index: &IndexDefinition, calendar: &Calendar, days: &Days) -> Option<Finding> {
    let mut beyond = days.iter().filter(|(date, _)| !calendar.covers(**date));
    let (first, (line, _)) = beyond.next().filter(|_| index.kind == SeriesKind::Price)?;
    let n = 1 + beyond.count();
    let exchange = calendar.exchange();
    let says = format!(
        "{n} closes of {} from {first} on lie outside calendars/{exchange}.csv: whether they are of sessions is not checked",
        index.id
    );
    Some(Finding::at(*line, says))
}

/// Sessions without a row.
struct Gap {
    /// The day of the row before, and of the row after.
    before: NaiveDate,
    after: NaiveDate,
    first: NaiveDate,
    last: NaiveDate,
    n_sessions: usize,
}

impl Gap {
    fn between(calendar: &Calendar, before: NaiveDate, after: NaiveDate) -> Option<Self> {
        let sessions = calendar.sessions();
        let start = sessions.partition_point(|session| session.date <= before);
        let end = sessions.partition_point(|session| session.date < after);
        let missing = sessions.get(start..end)?;
        Some(Self {
            before,
            after,
            first: missing.first()?.date,
            last: missing.last()?.date,
            n_sessions: missing.len(),
        })
    }

    fn says(&self, index: &IndexDefinition, calendar: &Calendar) -> String {
        let (id, exchange) = (&index.id, calendar.exchange());
        let what = match self.n_sessions {
            1 => format!("{}, a session of {exchange}", self.first),
            n => format!(
                "{n} sessions of {exchange}, {} to {}",
                self.first, self.last
            ),
        };
        format!("gap: after this line no close of {id} for {what}: import a file that has it")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::NaiveTime;
    use newsprint_domain::calendar::CalendarTable;
    use newsprint_domain::identifier::Mic;

    use super::super::csv_file::tests::index;
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2024, 7, day).unwrap()
    }

    fn rows(days: &[(u32, Close)]) -> Vec<Row> {
        let rows = days.iter().zip(2..).map(|((number, close), line)| Row {
            line,
            date: day(*number),
            close: *close,
        });
        rows.collect()
    }

    /// July 2024 in New York: the 4th is a holiday.
    fn calendar() -> Calendar {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        Calendar::new(&CalendarTable {
            exchange: Mic::new("XNYS").unwrap(),
            version: "july".into(),
            zone: chrono_tz::America::New_York,
            first_day: day(1),
            last_day: day(31),
            hours: BTreeMap::from([(day(1), (time(9), time(16)))]),
            closures: BTreeSet::from([day(4)]),
            early_closes: BTreeMap::new(),
            late_opens: BTreeMap::new(),
        })
        .unwrap()
    }

    fn gaps_of(kind: SeriesKind, days: &[(u32, Close)]) -> Vec<String> {
        let found = gaps(&index("RUT", kind, "^RUT"), &calendar(), &rows(days));
        found
            .iter()
            .map(|gap| format!("{}: {}", gap.lines.0, gap.says))
            .collect()
    }

    #[test]
    fn a_session_without_a_row_is_a_gap_and_a_holiday_is_none() {
        use Close::{None, Refused, Value};
        assert!(
            gaps_of(
                SeriesKind::Price,
                &[(3, Value(1.0)), (5, Value(1.0)), (8, Value(1.0))]
            )
            .is_empty()
        );
        let refused = [
            (8, Value(1.0)),
            (9, Refused),
            (10, Value(1.0)),
            (31, Refused),
        ];
        assert!(
            gaps_of(SeriesKind::Price, &refused).is_empty(),
            "it has been named"
        );
        let gaps = gaps_of(
            SeriesKind::Price,
            &[
                (3, Value(1.0)),
                (8, Value(1.0)),
                (9, None),
                (12, Value(1.0)),
            ],
        );
        assert_eq!(
            gaps,
            [
                "2: gap: after this line no close of RUT for 2024-07-05, a session of XNYS: import a file that has it",
                "3: gap: after this line no close of RUT for 3 sessions of XNYS, 2024-07-09 to 2024-07-11: import a file that has it",
            ]
        );
        let own = [
            (1, Value(1.0)),
            (3, Value(1.0)),
            (5, None),
            (10, Value(1.0)),
        ];
        let gaps = gaps_of(SeriesKind::Yield, &own);
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        assert!(
            gaps[0].starts_with("4: ") && gaps[0].contains("2024-07-08 to 2024-07-09"),
            "{gaps:?}"
        );
    }

    #[test]
    fn many_gaps_are_told_together() {
        let days: Vec<(u32, Close)> = (1..=31)
            .step_by(2)
            .map(|day| (day, Close::Value(1.0)))
            .collect();
        let gaps = gaps_of(SeriesKind::Price, &days);
        assert_eq!(gaps.len(), MAX_GAPS + 1, "{gaps:#?}");
        assert!(
            gaps[MAX_GAPS].contains("more gaps from here on"),
            "{gaps:?}"
        );
    }

    #[test]
    fn a_day_has_one_close_or_none() {
        let value = Close::Value;
        let (mut refused, mut noted) = (vec![], vec![]);
        let rows = rows(&[
            (1, value(1.0)),
            (2, value(2.0)),
            (2, value(3.0)),
            (2, value(2.0)),
            (1, value(1.0)),
            (2, Close::None),
        ]);
        let days = one_close_each(&rows, &mut refused, &mut noted);
        assert_eq!(days, Days::from([(day(1), (2, 1.0))]));
        let says = "2024-07-02 has different closes, 2 on line 3, 3 on line 4, 2 on line 5: none is used; leave the right one in the file";
        assert_eq!(refused, [Finding::at(5, says)]);
        let says = "2024-07-01 stands on line 2 already, with the same close";
        assert_eq!(noted, [Finding::at(6, says)]);
    }
}
