//! `newsprint study` on the fixture's files, and its numbers against those of other tools.

use serde_json::Value;

use crate::{Output, TestApp, fixture};

/// Runs `newsprint study` as JSON beside the fixture's files: `factor.csv`, `prices.csv`, `regression.csv` and `signal.csv`.
///
/// # Panics
/// Where one of them cannot be read.
pub fn study(arguments: &[&str]) -> Output {
    let app = TestApp::new();
    for name in ["factor", "prices", "regression", "signal"] {
        let file = format!("{name}.csv");
        let text = std::fs::read_to_string(fixture("study").join(&file))
            .unwrap_or_else(|error| panic!("read {file}: {error}"));
        app.write(&file, &text);
    }
    run(&app, arguments)
}

/// Runs `newsprint study` as JSON.
pub fn run(app: &TestApp, arguments: &[&str]) -> Output {
    app.run(&[&["study"], arguments, &["--format", "json"]].concat())
}

/// Compares numbers of a row by name, to nine digits.
///
/// # Panics
/// Where one differs.
pub fn check(row: &Value, expected: &[(&str, f64)]) {
    for (name, expected) in expected {
        let found = row[name].as_f64().unwrap_or(f64::NAN);
        let is_close = (found - expected).abs() <= 1e-9 * expected.abs();
        assert!(is_close, "{name}: {found} and not {expected} in {row}");
    }
}
