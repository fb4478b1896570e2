//! Splits, scales and columns of something else, alone and in stretches.

use super::*;

fn date(day: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 7, 1).unwrap() + chrono::TimeDelta::days(day)
}

fn days(closes: &[(i64, f64)]) -> Days {
    let days = closes.iter().zip(2..);
    days.map(|((day, close), line)| (date(*day), (line, *close)))
        .collect()
}

/// What is left of `closes` beside `known` ones, and what is said.
fn left(kind: SeriesKind, closes: &[(i64, f64)], known: &[(i64, f64)]) -> (Vec<f64>, Vec<Finding>) {
    let mut days = days(closes);
    let known = known
        .iter()
        .map(|(day, close)| (date(*day), *close))
        .collect();
    let found = take_out(kind, &mut days, &known, false);
    (days.values().map(|(_, close)| *close).collect(), found)
}

#[test]
fn one_close_of_another_scale_is_refused_alone() {
    let closes = [(0, 100.0), (1, 101.0), (2, 1_010.0), (3, 102.0), (4, 103.0)];
    let (kept, found) = left(SeriesKind::Price, &closes, &[]);
    assert_eq!(kept, [100.0, 101.0, 102.0, 103.0]);
    let says = "close 1010 of 2024-07-03 jumps from 101 of 2024-07-02, about a factor of 10, as after a split or a change of scale: \
                it is refused; check the column and the source, and import with --allow-jumps what is right";
    assert_eq!(found, [Finding::at(4, says)]);
}

#[test]
fn a_stretch_after_a_split_is_told_once() {
    let closes = [(0, 100.0), (1, 101.0), (2, 102.0), (3, 51.0), (4, 51.5)];
    let (kept, found) = left(SeriesKind::Price, &closes, &[]);
    assert_eq!(kept, [100.0, 101.0, 102.0]);
    assert_eq!((found.len(), found[0].lines), (1, (5, 6)));
    assert!(
        found[0].says.contains("about a factor of 2")
            && found[0].says.contains("the 1 closes after it"),
        "{found:?}"
    );
    // Where the greater part comes after it, the part before is in doubt.
    let closes = [(0, 10.0), (1, 101.0), (2, 102.0)];
    assert_eq!(left(SeriesKind::Price, &closes, &[]).0, [101.0, 102.0]);
}

#[test]
fn recorded_closes_are_believed_before_any_of_the_file() {
    let closes = [(3, 51.0), (4, 51.5), (5, 52.0)];
    assert!(left(SeriesKind::Price, &closes, &[(2, 102.0)]).0.is_empty());
    assert!(left(SeriesKind::Price, &closes, &[(6, 102.0)]).0.is_empty());
    assert_eq!(
        left(SeriesKind::Price, &closes, &[(2, 50.0), (9, 102.0)])
            .0
            .len(),
        3
    );
    let (kept, found) = left(
        SeriesKind::Price,
        &[(2, 1_020.0), (3, 102.5)],
        &[(2, 102.0)],
    );
    assert_eq!(kept, [102.5]);
    assert!(
        found[0]
            .says
            .starts_with("close 1020 of 2024-07-03 is recorded as 102, about a factor of 10"),
        "{found:?}"
    );
    // A split that was allowed once is no question any more.
    let split = [(1, 100.0), (2, 50.0)];
    assert_eq!(
        left(
            SeriesKind::Price,
            &[(1, 100.0), (2, 50.0), (3, 50.5)],
            &split
        )
        .0
        .len(),
        3
    );
}

#[test]
fn what_a_kind_of_series_does_is_no_jump() {
    for (kind, closes, n_kept) in [
        (SeriesKind::Price, [(0, 100.0), (1, 77.0)], 2),
        (SeriesKind::Price, [(0, 100.0), (1, 141.0)], 1),
        (SeriesKind::Price, [(0, 100.0), (30, 50.0)], 2),
        (SeriesKind::Price, [(0, 100.0), (30, 1_000.0)], 1),
        (SeriesKind::Price, [(0, 100.0), (4_000, 1_000.0)], 2),
        (SeriesKind::Volatility, [(0, 17.31), (1, 37.32)], 2),
        (SeriesKind::Volatility, [(0, 17.31), (1, 173.1)], 1),
        (SeriesKind::Yield, [(0, 0.02), (1, -0.01)], 2),
        (SeriesKind::Yield, [(0, 4.2), (1, 42.1)], 1),
    ] {
        assert_eq!(
            left(kind, &closes, &[]).0.len(),
            n_kept,
            "{kind:?} {closes:?}"
        );
    }
}

#[test]
fn what_is_allowed_is_told_and_kept() {
    let mut days = days(&[(0, 100.0), (1, 101.0), (2, 50.5)]);
    let found = take_out(SeriesKind::Price, &mut days, &BTreeMap::new(), true);
    assert_eq!((days.len(), found.len()), (3, 1));
    assert!(
        found[0]
            .says
            .ends_with("it is imported, as --allow-jumps asks"),
        "{found:?}"
    );
}
