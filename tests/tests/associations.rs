//! What tables say of tones against moves: what was planted is found by each of them, and what is not there by none.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use newsprint_tests::{Output, TestApp, now, repository, rows};
use serde_json::Value;

/// Tables that test something, with what makes them short.
const TABLES: [&[&str]; 7] = [
    &["returns"],
    &["ic"],
    &["quantiles", "--quantiles", "2"],
    &["regression"],
    &["hit-rate"],
    &["lead-lag", "--max-lag", "2"],
    &["granger", "--max-lag", "2"],
];

/// Sessions of New York in two months.
const MONTHS: [(&str, &[u32]); 2] = [
    (
        "2024-04",
        &[
            1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 15, 16, 17, 18, 19, 22, 23, 24, 25, 26, 29, 30,
        ],
    ),
    (
        "2024-05",
        &[
            1, 2, 3, 6, 7, 8, 9, 10, 13, 14, 15, 16, 17, 20, 21, 22, 23, 24, 28, 29, 30, 31,
        ],
    ),
];

fn sessions() -> Vec<String> {
    let days = MONTHS.iter();
    let days =
        days.flat_map(|(month, days)| days.iter().map(move |day| format!("{month}-{day:02}")));
    days.collect()
}

/// Whether the news of a session is good: the bits of a number without a pattern.
fn is_good(place: usize) -> bool {
    let mixed = (place as u64 + 11).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).count_ones().is_multiple_of(2)
}

fn page(place: usize, session: &str) -> String {
    let said = match (is_good(place), place % 4) {
        (true, 0) => "soared to a record, a triumph for investors who cheered strong profits.",
        (true, 1) => "rose.",
        (true, 2) => "rallied on good earnings, and optimism was strong.",
        (true, _) => "gained, a success in spite of weak orders.",
        (false, 0) => "plunged in a crash, a disaster for investors who fear heavy losses.",
        (false, 1) => "fell.",
        (false, 2) => "slumped on bad earnings, and worries were strong.",
        (false, _) => "lost ground, a failure in spite of robust orders.",
    };
    let padding =
        "Traders in New York met on Wall Street and the exchange was open for the usual hours. "
            .repeat(9);
    format!(
        "<html lang=\"en\"><head><title>Trading report number {place} of the year</title>
         <link rel=\"canonical\" href=\"https://unlisted.example/{session}\">
         <meta property=\"article:published_time\" content=\"{session}T15:{:02}:00Z\"></head>
         <body><article><h1>Trading report number {place} of the year</h1><p>The Russell 2000 {said}</p><p>{padding}</p></article></body></html>",
        place % 60
    )
}

/// Closes of which each moves by a percent, upwards where `rises` says so of its place, and a little more or less each time.
fn closes(rises: impl Fn(usize) -> bool) -> String {
    let mut close = 2_000.0;
    let lines = sessions().into_iter().enumerate().map(|(place, session)| {
        let size = 0.01 + 0.000_1 * ((place * 7) % 13) as f64;
        close *= if rises(place) { 1.0 + size } else { 1.0 - size };
        format!("{session},{close}\n")
    });
    format!("Date,Close\n{}", lines.collect::<String>())
}

/// Two months of news of the Russell 2000, one article a session, with closes that follow `rises`.
fn app(rises: impl Fn(usize) -> bool) -> TestApp {
    let app = TestApp::new();
    for (place, session) in sessions().iter().enumerate() {
        app.write(&format!("pages/{session}.html"), &page(place, session));
    }
    app.write("RUT.csv", &closes(rises));
    now(&app, &["fetch", "--folder", "pages"]).expect_code(0);
    now(&app, &["--model", "lexicon", "tag"]).expect_code(0);
    now(&app, &["prices", "import", "RUT.csv"]).expect_code(0);
    app
}

fn report(app: &TestApp, table: &[&str], more: &[&str]) -> Output {
    // The articles are so alike that they pass for copies of the first.
    let asked = [
        "--theme", "any", "--index", "RUT", "--weight", "article", "--format", "json",
    ];
    now(app, &[&["report"], table, &asked, more].concat())
}

fn readings(output: &Output) -> Vec<String> {
    let reading = |row: &Value| row["reading"].as_str().unwrap().to_owned();
    rows(output).iter().map(reading).collect()
}

const FOUND: &str = "association, q < .05";

#[test]
fn what_the_index_did_the_day_after_is_found_by_every_table() {
    let app = app(|place| place > 0 && is_good(place - 1));
    for table in TABLES {
        let horizon: &[&str] = if matches!(table[0], "lead-lag" | "granger") {
            &[]
        } else {
            &["--horizon", "1"]
        };
        let few = [horizon, &["--min-n", "10"]].concat();
        let output = report(&app, table, &few).expect_code(0);
        let found: Vec<Value> = rows(&output)
            .into_iter()
            .filter(|row| row["reading"] == FOUND)
            .collect();
        assert!(!found.is_empty(), "{}: {}", table[0], output.stdout);
        for row in found {
            let below = |name: &str| row[name].as_f64().is_some_and(|p| p < 0.05);
            assert!(below("p") && below("q") && below("placebo_p"), "{row}");
        }
    }
    let ic = rows(&report(&app, &["ic"], &["--horizon", "1"]));
    assert!(
        ic[0]["rho"].as_f64().unwrap() > 0.7 && ic[0]["ci_low"].as_f64().unwrap() > 0.6,
        "{}",
        ic[0]
    );
    let hits = rows(&report(
        &app,
        &["hit-rate"],
        &["--horizon", "1", "--min-n", "10"],
    ));
    assert!(hits.iter().all(|row| row["hit_rate"] == 1.0), "{hits:?}");
    let lags = rows(&report(&app, &["lead-lag"], &[]));
    let strongest = lags.iter().max_by(|one, other| {
        one["correlation"]
            .as_f64()
            .unwrap()
            .abs()
            .total_cmp(&other["correlation"].as_f64().unwrap().abs())
    });
    assert_eq!(strongest.unwrap()["lag"], 1);
}

#[test]
fn a_reaction_is_never_called_tradable() {
    let app = app(is_good);
    let returns = rows(&report(&app, &["returns"], &["--horizon", "1"]));
    assert_eq!(
        returns[0]["reading"],
        "goes with the reaction, which nobody could trade"
    );
    assert_eq!(returns[1]["reading"], "no effect");
    for table in TABLES.iter().skip(1) {
        let horizon: &[&str] = if matches!(table[0], "lead-lag" | "granger") {
            &[]
        } else {
            &["--horizon", "1"]
        };
        let found = readings(&report(&app, table, horizon));
        assert!(
            !found.iter().any(|reading| reading == FOUND),
            "{}: {found:?}",
            table[0]
        );
    }
}

#[test]
fn what_has_nothing_to_do_with_the_news_is_no_effect_in_any_table() {
    let app = app(|place| (place * place + place / 3) % 5 < 2);
    for table in TABLES {
        let found = readings(&report(&app, table, &[]));
        let is_null = |reading: &String| {
            reading.starts_with("no effect")
                || reading == "too few sessions"
                || reading == "describes"
        };
        assert!(found.iter().all(is_null), "{}: {found:?}", table[0]);
    }
}

#[test]
fn each_horizon_keeps_its_own_rows_and_the_seed_moves_intervals_alone() {
    let app = app(is_good);
    let of = |more: &[&str]| rows(&report(&app, &["ic"], more));
    let (alone, beside) = (of(&["--horizon", "1"]), of(&["--horizon", "1,21"]));
    for name in [
        "sessions",
        "missing",
        "effective_n",
        "rho",
        "nw_t",
        "p",
        "ci_low",
        "placebo_p",
    ] {
        assert_eq!(alone[0][name], beside[0][name], "{name}");
    }
    assert!(beside[1]["missing"].as_i64() > alone[0]["missing"].as_i64());
    assert_eq!(of(&["--horizon", "1"]), alone, "the same again");
    let other = of(&["--horizon", "1", "--seed", "2"]);
    assert_ne!(alone[0]["ci_low"], other[0]["ci_low"]);
    assert_eq!(
        (&alone[0]["rho"], &alone[0]["p"]),
        (&other[0]["rho"], &other[0]["p"])
    );
    let without = of(&["--horizon", "1", "--draws", "0", "--shifts", "0"]);
    assert_eq!(
        (&without[0]["ci_low"], &without[0]["placebo_p"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn too_little_is_said_in_words_and_gives_no_number() {
    let app = app(is_good);
    for table in TABLES {
        let short = report(&app, table, &["--min-n", "300"]).expect_code(0);
        for row in rows(&short) {
            assert_eq!(row["reading"], "too few sessions", "{}: {row}", table[0]);
            assert_eq!(
                (&row["p"], &row["q"], &row["ci_low"]),
                (&Value::Null, &Value::Null, &Value::Null),
                "{row}"
            );
        }
        let empty =
            report(&app, table, &["--from", "2031-01-01", "--to", "2031-02-01"]).expect_code(1);
        assert!(rows(&empty).is_empty());
        let unknown = now(&app, &["report", table[0], "--theme", "nonsense"]).expect_code(2);
        assert!(unknown.stderr.contains("nonsense"), "{}", unknown.stderr);
        let backwards = now(
            &app,
            &[
                "report",
                table[0],
                "--from",
                "2024-05-01",
                "--to",
                "2024-04-01",
            ],
        )
        .expect_code(2);
        assert!(
            backwards.stderr.contains("is after"),
            "{}",
            backwards.stderr
        );
        let explained = now(&app, &["report", table[0], "--explain"]).expect_code(0);
        assert!(
            explained.stdout.contains("placebo_p") && explained.stdout.contains("entry"),
            "{}",
            explained.stdout
        );
    }
    now(&app, &["report", "ic", "--horizon", "0"]).expect_code(2);
}

#[test]
fn a_reference_market_explains_what_is_its_own() {
    let app = app(|place| place > 0 && is_good(place - 1));
    let output = now(
        &app,
        &[
            "report",
            "ic",
            "--theme",
            "any",
            "--abnormal",
            "--format",
            "json",
        ],
    )
    .expect_code(0);
    let notes = output.json()["notes"].to_string();
    assert!(notes.contains("RUT of GSPC"), "{notes}");
    assert_eq!(
        readings(&output)[0],
        "no prices",
        "there is no year of closes of both"
    );
}

/// How many columns a table has.
fn line_length(text: &str) -> usize {
    text.lines()
        .next()
        .map_or(0, |header| header.split(',').count())
}

#[test]
fn nothing_is_claimed_of_the_demo_that_placebo_dates_show_too() {
    let app = TestApp::new();
    now(&app, &["demo"]).expect_code(0);
    let demo = ["--db", "newsprint-demo.db", "report"];
    now(&app, &[&demo[..], &["all", "--folder", "tables"]].concat()).expect_code(0);
    for table in [
        "returns",
        "ic",
        "quantiles",
        "regression",
        "hit_rate",
        "lead_lag",
        "event_study",
        "granger",
    ] {
        let text = app.read(&format!("tables/{table}.csv"));
        // The reading stands last and alone may hold a comma.
        let mut lines = text
            .lines()
            .map(|line| line.splitn(line_length(&text), ',').collect::<Vec<_>>());
        let header = lines.next().unwrap();
        let column = |name: &str| header.iter().position(|column| *column == name).unwrap();
        for name in [
            "sessions",
            "ci_low",
            "ci_high",
            "p",
            "q",
            "placebo_95",
            "placebo_p",
            "reading",
        ] {
            column(name);
        }
        let rows: Vec<_> = lines.collect();
        assert!(!rows.is_empty(), "{table}");
        for row in rows.iter().filter(|row| {
            row.last()
                .is_some_and(|reading| reading.contains("association"))
        }) {
            let below = |name: &str| row[column(name)].parse::<f64>().is_ok_and(|p| p < 0.05);
            assert!(below("q") && below("placebo_p"), "{table}: {row:?}");
        }
        let null = rows.iter().filter(|row| {
            row.last()
                .is_some_and(|reading| reading.starts_with("no effect"))
        });
        assert!(
            null.count() > 0 || table == "granger",
            "{table} prints no null"
        );
    }
}

#[test]
fn leads_and_lags_of_abnormal_moves_are_not_those_of_the_moves() {
    let app = app(is_good);
    for index in ["RUT", "GSPC"] {
        let closes = repository().join(format!("demo/prices/{index}.csv"));
        now(&app, &["prices", "import", closes.to_str().unwrap()]).expect_code(0);
    }
    let of = |more: &[&str]| rows(&report(&app, &["lead-lag", "--max-lag", "1"], more));
    let (as_they_are, abnormal) = (of(&[]), of(&["--abnormal"]));
    for (one, other) in as_they_are.iter().zip(&abnormal) {
        assert_eq!(
            (&one["lag"], &one["sessions"]),
            (&other["lag"], &other["sessions"])
        );
        assert!(other["correlation"].is_number(), "{other}");
        assert_ne!(
            one["correlation"], other["correlation"],
            "lag {}",
            one["lag"]
        );
    }
    assert_eq!(abnormal.len(), 3);
}
