//! Small figures of every kind, and large ones.

use chrono::{Days, NaiveDate};

use super::*;

pub(super) fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn heading(title: &str, measure: &str) -> Heading {
    Heading {
        title: title.into(),
        subtitle: "n = 4 sessions, 2024-01-02 to 2024-04-01".into(),
        measure: measure.into(),
        notes: vec!["as of 2024-07-30, all that was known".into()],
    }
}

pub(super) fn all() -> [Figure; 6] {
    [
        quantile_returns(),
        event_study(),
        tone_against_index(),
        lead_lag(),
        coverage(),
        intervals(),
    ]
}

pub(super) fn quantile_returns() -> Figure {
    let rows = vec![
        (date(2024, 4, 1), vec![-2.0, 0.1, 2.5]),
        (date(2024, 1, 2), vec![0.0, 0.0, 0.0]),
        (date(2024, 2, 1), vec![-1.5, f64::NAN, 1.0]),
        (date(2024, 3, 1), vec![-1.0, 0.2, 2.6]),
    ];
    super::quantile_returns(
        heading("RUT by quantile of tone", "cumulative return, %"),
        rows,
    )
}

pub(super) fn event_study() -> Figure {
    let day = |tau: i64, caar: f64, half: f64| EventDay {
        tau,
        caar,
        low: caar - half,
        high: caar + half,
    };
    let rows = vec![
        day(-2, 0.1, 0.2),
        day(-1, 0.0, 0.3),
        day(0, 0.9, 0.4),
        day(1, 1.1, f64::NAN),
        day(2, 1.0, 0.6),
    ];
    super::event_study(
        heading("Returns around events", "mean abnormal return, %"),
        rows,
    )
}

pub(super) fn tone_against_index() -> Figure {
    let tones = [0.5, -0.25, f64::NAN, 0.1];
    let closes = [2_000.0, 2_010.5, 1_990.0, f64::NAN];
    let rows = tones.iter().zip(closes).enumerate();
    let rows = rows.map(|(place, (tone, close))| ToneDay {
        date: date(2024, 1, 2) + Days::new(place as u64),
        tone: *tone,
        close,
    });
    super::tone_against_index(
        heading("small_caps & RUT", "Russell 2000, close"),
        rows.collect(),
    )
}

pub(super) fn lead_lag() -> Figure {
    let rows = vec![(-1, -0.02), (0, 0.15), (1, f64::NAN), (2, -0.12)];
    super::lead_lag(
        heading("Tone and moves by lag", "correlation"),
        "positive: tone first",
        rows,
        0.1,
    )
}

pub(super) fn coverage() -> Figure {
    let day = |day, hours| CoverageDay {
        date: date(2024, 7, day),
        hours,
    };
    let rows = vec![
        day(1, [24.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
        day(2, [6.0, 2.0, 4.0, 4.0, 2.0, 6.0]),
        day(4, [0.0, 0.0, 0.0, 0.0, 0.0, 24.0]),
        day(5, [0.0; 6]),
    ];
    super::coverage(
        heading("Coverage by day", "share of the hours of a day"),
        rows,
    )
}

pub(super) fn interval(label: &str, value: f64, is_significant: bool) -> IntervalRow {
    IntervalRow {
        label: label.into(),
        value,
        low: value - 0.05,
        high: value + 0.06,
        is_significant,
    }
}

pub(super) fn intervals() -> Figure {
    let rows = [
        interval("small_caps · RUT · 1", 0.08, true),
        interval("small_caps · RUT · 5", -0.02, false),
        interval("small_caps · RUT · 21", f64::NAN, false),
    ];
    super::intervals(
        heading("Information coefficients", "coefficient"),
        Some(0.0),
        "q < 0.05",
        &rows,
    )
}

/// Long texts, many rows, few rows, large and small numbers.
pub(super) fn extremes() -> Vec<Figure> {
    let long = "a text that is much longer than any line of any picture could ever be ".repeat(9);
    let heading = || Heading {
        title: long.clone(),
        subtitle: long.replace(' ', "_"),
        measure: long.clone(),
        notes: vec![],
    };
    let wave = |place: u64| ((place * 7_919) % 1_000) as f64 / 1_000.0 - 0.5;
    let day = |place: u64| date(2004, 1, 1) + Days::new(place);
    let many = (0..5_000).map(|n| (day(n), (0..20).map(|q| wave(n + q) * 1e9).collect()));
    let tones = |n: u64| {
        let rows = (0..n).map(|n| ToneDay {
            date: day(n),
            tone: wave(n),
            close: 40_000.0 + wave(n),
        });
        super::tone_against_index(heading(), rows.collect())
    };
    let years = (0..20 * 366).map(|n| CoverageDay {
        date: day(n),
        hours: [1.0, wave(n) + 0.5, 0.0, 1.0, 0.0, wave(n) + 0.5],
    });
    let forest: Vec<IntervalRow> = (0..60)
        .map(|n| interval(&long, wave(n) * 1e-7, n % 2 == 0))
        .collect();
    let lags = (-500..=500).map(|lag: i64| (lag, -1e-12 * wave(lag.unsigned_abs())));
    vec![
        super::quantile_returns(heading(), many.collect()),
        super::quantile_returns(heading(), vec![(day(0), vec![-1.0])]),
        // A long date under the left end of an axis whose labels take little room.
        super::quantile_returns(
            heading(),
            vec![
                (date(2024, 11, 21), vec![0.0]),
                (date(2024, 11, 25), vec![8.0]),
            ],
        ),
        super::event_study(
            heading(),
            vec![EventDay {
                tau: 3,
                caar: 0.0,
                low: 0.0,
                high: 0.0,
            }],
        ),
        tones(2),
        tones(5_000),
        super::lead_lag(heading(), &long, lags.collect(), f64::NAN),
        super::coverage(heading(), years.collect()),
        super::intervals(heading(), Some(1e6), &long, &forest),
    ]
}
