//! `newsprint study` against values computed with statsmodels, scipy, pandas and exchange_calendars: every number of every fixture.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::path::Path;

use newsprint_tests::{TestApp, conformance};
use serde_json::Value;

type Row = HashMap<String, String>;

/// Columns and keys that hold p-values, which are compared to 1e-7.
const P_VALUES: [&str; 3] = ["p", "psr_vs_0", "dsr"];

fn rows(text: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

fn read(file: &Path) -> Vec<Row> {
    rows(&std::fs::read_to_string(file).unwrap())
}

fn study(format: &str, arguments: &[&str]) -> String {
    let arguments = [&["--format", format, "study"], arguments].concat();
    TestApp::new().run(&arguments).expect_code(0).stdout
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&study("json", arguments)).unwrap()
}

/// A number agrees to 1e-9 of itself and a p-value to 1e-7, so that a small one agrees in its digits and not only in being small.
/// What is zero but for rounding (12 digits are printed, of moves of whole basis points too) agrees to 1e-13.
fn check_number(name: &str, found: f64, expected: f64) {
    let (relative, rounding) = match P_VALUES.contains(&name) {
        true => (1e-7, 0.0),
        false => (1e-9, 1e-13),
    };
    let is_right = (found - expected).abs() <= (relative * expected.abs()).max(rounding);
    assert!(is_right, "{name} is {found}, expected {expected}");
}

/// Compares a JSON row with a row of a fixture, column by column; what is empty there is null here.
fn check_row(found: &Value, expected: &Row) -> usize {
    for (name, wanted) in expected {
        let value = found
            .get(name)
            .unwrap_or_else(|| panic!("no column {name}: {found}"));
        match (value, wanted.parse::<f64>()) {
            (Value::Number(number), Ok(wanted)) => {
                check_number(name, number.as_f64().unwrap(), wanted)
            }
            (Value::Null, _) => assert_eq!(wanted, "", "{name} of {expected:?}"),
            (value, _) => assert_eq!(value, wanted.as_str(), "{name} of {expected:?}"),
        }
    }
    expected.len()
}

fn check_rows(found: &Value, expected: &[Row]) -> usize {
    let found = found.as_array().unwrap();
    assert_eq!(found.len(), expected.len());
    let pairs = found.iter().zip(expected);
    pairs
        .map(|(found, expected)| check_row(found, expected))
        .sum()
}

/// Compares every leaf of a fixture with what stands at its place.
fn check_json(name: &str, found: &Value, expected: &Value) -> usize {
    match expected {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, expected)| check_json(name, &found[name], expected))
            .sum(),
        Value::Array(values) => {
            assert_eq!(found.as_array().unwrap().len(), values.len(), "{name}");
            let places = values.iter().enumerate();
            // statsmodels gives a statistic and then its p-value.
            let names = |place| if place == 1 { "p" } else { name };
            places
                .map(|(place, expected)| check_json(names(place), &found[place], expected))
                .sum()
        }
        Value::Number(expected) => {
            let (found, expected) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
            check_number(name, found, expected);
            1
        }
        other => {
            assert_eq!(found, other, "{name}");
            1
        }
    }
}

/// Whether CSV holds the same table as JSON, in the fixture's columns.
fn check_csv(arguments: &[&str], expected: &[Row]) {
    let found = rows(&study("csv", arguments));
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        for (name, wanted) in expected {
            match (found[name].parse::<f64>(), wanted.parse::<f64>()) {
                (Ok(found), Ok(wanted)) => check_number(name, found, wanted),
                _ => assert_eq!(&found[name], wanted, "{name} of {expected:?}"),
            }
        }
    }
}

fn path(folder: &Path, file: &str) -> String {
    folder.join(file).to_str().unwrap().to_owned()
}

#[test]
fn event_studies_agree_with_every_number() {
    let Some(folder) = conformance("conformance/eventstudy") else {
        return;
    };
    let (returns, events) = (
        path(&folder, "input_returns.csv"),
        path(&folder, "input_events.csv"),
    );
    let arguments = ["event-study", "--returns", &returns, "--events", &events];
    let found = json(&arguments);
    let (averages, of_events) = (
        read(&folder.join("expected_caar.csv")),
        read(&folder.join("expected_events.csv")),
    );
    assert_eq!(check_rows(&found["rows"], &averages), 16 * 9);
    assert_eq!(check_rows(&found["events"], &of_events), 178 * 10);
    assert!(
        found["notes"].to_string().contains(
            "1 left out, since the returns end before its event window does (2024-12-18)"
        )
    );
    check_csv(&arguments, &averages);
    check_csv(&[&arguments[..], &["--events-table"]].concat(), &of_events);
}

#[test]
fn granger_tests_leads_and_lags_agree_with_every_number() {
    let Some(folder) = conformance("conformance/granger_ccf") else {
        return;
    };
    let expected = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let mut expected: Value = serde_json::from_str(&expected).unwrap();
    for about_itself in ["note", "statsmodels"] {
        expected
            .as_object_mut()
            .unwrap()
            .remove(about_itself)
            .unwrap();
    }
    let input = path(&folder, "input.csv");
    let columns = [
        "--input",
        &input,
        "--y",
        "ret",
        "--x",
        "sentiment",
        "--max-lag",
    ];
    let found = json(&[&["granger"], &columns[..], &["5"]].concat());
    assert!(check_json("", &found, &expected) >= 140 + 21 + 2 + 4 + 4);

    let lags = json(&[&["lead-lag"], &columns[..], &["10"]].concat());
    let lags = lags["rows"].as_array().unwrap();
    assert_eq!(lags.len(), 21);
    for lag in lags {
        let wanted = &expected["ccf_sentiment_t_vs_ret_t_plus_k_biased"][lag["lag"].to_string()];
        check_json("correlation", &lag["correlation"], wanted);
        check_json("band_95", &lag["band_95"], &expected["ccf_band_95"]);
    }

    let table = rows(&study(
        "csv",
        &[&["granger"], &columns[..], &["5"]].concat(),
    ));
    assert_eq!(table.len(), 10);
    for row in table {
        let tests = &expected["granger"][&row["direction"]][&row["lag"]];
        for (column, test, place) in [
            ("f", "ssr_ftest", 0),
            ("p", "ssr_ftest", 1),
            ("df_denom", "ssr_ftest", 2),
            ("df_num", "ssr_ftest", 3),
            ("chi2", "ssr_chi2test", 0),
            ("lr_p", "lrtest", 1),
            ("params_f", "params_ftest", 0),
        ] {
            check_number(
                column,
                row[column].parse().unwrap(),
                tests[test][place].as_f64().unwrap(),
            );
        }
    }
}

#[test]
fn corrections_and_deflated_sharpe_ratios_agree_with_every_number() {
    let Some(folder) = conformance("conformance/multiple_testing") else {
        return;
    };
    let input = path(&folder, "input.csv");
    let expected = read(&folder.join("expected.csv"));
    let found = json(&["fdr", "--input", &input]);
    assert_eq!(check_rows(&found["rows"], &expected), 30 * 10);
    check_csv(&["fdr", "--input", &input], &expected);

    let returns = path(&folder, "input_strategy_returns.csv");
    let expected = std::fs::read_to_string(folder.join("expected_dsr.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let found = json(&["sharpe", "--input", &returns]);
    assert_eq!(check_json("", &found, &expected), 3 + 8 * 6 + 1);
    for row in rows(&study("csv", &["sharpe", "--input", &returns])) {
        let of_strategy = &expected["strategies"][&row["strategy"]];
        for (name, wanted) in of_strategy.as_object().unwrap() {
            check_number(name, row[name].parse().unwrap(), wanted.as_f64().unwrap());
        }
    }
}

#[test]
fn returns_agree_with_every_number() {
    let Some(folder) = conformance("conformance/returns") else {
        return;
    };
    let input = path(&folder, "input_prices.csv");
    let expected = read(&folder.join("expected.csv"));
    let arguments = ["returns", "--input", &input, "--from", "2023-01-01"];
    let until_2024 = |row: &Row| row["date"].as_str() < "2025";
    let found = json(&arguments);
    let found: Vec<Value> = found["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["date"].as_str().unwrap() < "2025")
        .cloned()
        .collect();
    assert_eq!(check_rows(&Value::Array(found), &expected), 5_034 * 15);
    let table: Vec<Row> = rows(&study("csv", &arguments))
        .into_iter()
        .filter(until_2024)
        .collect();
    assert_eq!(table.len(), expected.len());
    for (found, expected) in table.iter().zip(&expected) {
        assert_eq!(
            (&found["symbol"], &found["date"]),
            (&expected["symbol"], &expected["date"])
        );
        let (found, expected) = (&found["vol21_annual"], &expected["vol21_annual"]);
        assert!(found.is_empty() == expected.is_empty());
        if let Ok(expected) = expected.parse() {
            check_number("vol21_annual", found.parse().unwrap(), expected);
        }
    }
}

#[test]
fn alignment_agrees_with_every_row() {
    let Some(folder) = conformance("conformance/alignment") else {
        return;
    };
    let input = path(&folder, "input.csv");
    let expected = read(&folder.join("expected.csv"));
    let found = json(&["align", "--input", &input]);
    assert_eq!(check_rows(&found["rows"], &expected), 400 * 8);
    check_csv(&["align", "--input", &input], &expected);
}

/// The fixture's correlations rest on the sessions before the first and after the last row, which stand in the price files.
#[test]
fn joins_by_date_look_ahead_and_aligned_ones_do_not() {
    let Some(folder) = conformance("conformance/lookahead_demo") else {
        return;
    };
    let Some(prices) = conformance("prices") else {
        return;
    };
    let (input, gspc, rut) = (
        path(&folder, "input_daily.csv"),
        path(&prices, "GSPC.csv"),
        path(&prices, "RUT.csv"),
    );
    let expected = read(&folder.join("expected.csv"));
    let arguments = [
        "correlate",
        "--input",
        &input,
        "--prices",
        &gspc,
        "--prices",
        &rut,
    ];
    let found = json(&arguments);
    assert_eq!(check_rows(&found["rows"], &expected), 16 * 5);
    check_csv(&arguments, &expected);

    let notes = found["notes"].to_string();
    for said in [
        "WARNING, look-ahead: GSPC: joined by calendar date the correlation is 0.149 to 0.158",
        "aligned to what could still be traded it is -0.029 to 0.019",
        "WARNING, look-ahead: RUT: joined by calendar date the correlation is 0.132 to 0.140",
        "aligned to what could still be traded it is -0.025 to 0.027",
        "0 of 6 tradable correlations have p < .05",
    ] {
        assert!(notes.contains(said), "{said} is not in {notes}");
    }

    // Without the price files the moves at both ends are not known, and the others are the same.
    let alone = json(&["correlate", "--input", &input]);
    for (row, expected) in alone["rows"].as_array().unwrap().iter().zip(&expected) {
        let (found, wanted) = (
            row["spearman"].as_f64().unwrap(),
            expected["spearman"].parse::<f64>().unwrap(),
        );
        assert!((found - wanted).abs() < 1e-3, "{row}");
    }
}
