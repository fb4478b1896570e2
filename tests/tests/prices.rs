//! Prices: files with every fault, indices of every exchange, and corrections.

use newsprint_tests::{Output, TestApp, now, rows};

const HEADER: &str = "Date,Open,High,Low,Close,Volume\n";
/// Four sessions of July 2024.
const CLOSES: &str =
    "Date,Close\n2024-07-15,2187.02\n2024-07-16,2263.67\n2024-07-17,2239.67\n2024-07-18,2197.70\n";

fn import(app: &TestApp, name: &str, text: &str, more: &[&str]) -> Output {
    app.write(name, text);
    now(app, &[&["prices", "import", name], more].concat())
}

/// Dates and closes of an index.
fn closes(app: &TestApp, index: &str) -> Vec<String> {
    let shown = now(
        app,
        &["--format", "json", "prices", "returns", "--index", index],
    );
    let rows = rows(&shown).into_iter();
    rows.map(|row| {
        format!(
            "{} {}",
            row["date"].as_str().unwrap_or_default(),
            row["close"]
        )
    })
    .collect()
}

/// Fails where a line is not on standard error.
fn says(output: &Output, expected: &[&str]) {
    for line in expected {
        assert!(
            output.stderr.contains(line),
            "{line} is not in {}",
            output.stderr
        );
    }
}

#[test]
fn every_fault_is_named_by_file_and_line_and_loses_its_row_alone() {
    let app = TestApp::new();
    let text = HEADER.to_owned()
        + "2024-07-01,2040,2050,2030,2042.40,9\n"
        + "2024-07-02,2040,2050,2030,385000,2033.87\n"
        + "2024-07-03,2040,2050,2030,\"2,036.63\",9\n"
        + "2024-07-05,2040,2050,2030,\"2.026,73\",9\n"
        + "07/08/2024,2040,2050,2030,2038.67,9\n"
        + "2024-07-09,2020,2050,2010,NaN,9\n"
        + "2024-07-10,2020,2060,2010,0x803,9\n"
        + "2024-07-11,2060,2130,2050,-2125.04,9\n"
        + "2024-07-12,2130,2160,2120,2148.27,9\n"
        + "2024-07-12,2130,2160,2120,2148.27,9\n"
        + "2024-07-13,2130,2160,2120,2148.27,9\n"
        + "2024-07-15,2160,2200,2150,2187.02,9\n"
        + "2024-07-15,2160,2200,2150,2186.02,9\n"
        + "2024-07-16,22000,23000,21000,22636.7,9\n"
        + "2024-07-18,2200,2260,2190,2197.70,9\n"
        + "2027-07-16,2200,2260,2190,2197.70,9\n"
        + "45490,2200,2260,2190,2184.35,9\n";
    let output = import(&app, "RUT.csv", &text, &[]).expect_code(3);
    says(
        &output,
        &[
            "skipped RUT.csv line 3: close 385000 lies outside low 2030 to high 2050: check the columns",
            "skipped RUT.csv line 4: close \"2,036.63\" is no number with a decimal point: its comma may separate",
            "skipped RUT.csv line 5: close \"2.026,73\" is no number with a decimal point: its comma may separate",
            "skipped RUT.csv line 6: date \"07/08/2024\" is not of the form YYYY-MM-DD: it may be 2024-08-07 or 2024-07-08",
            "skipped RUT.csv line 7: close \"NaN\" is no number",
            "skipped RUT.csv line 8: close \"0x803\" is no number",
            "skipped RUT.csv line 9: close -2125.04 cannot be of a price",
            "noted RUT.csv line 11: 2024-07-12 stands on line 10 already, with the same close",
            "skipped RUT.csv line 12: 2024-07-13 is no session of XNYS",
            "skipped RUT.csv line 14: 2024-07-15 has different closes, 2187.02 on line 13, 2186.02 on line 14: none is used",
            "skipped RUT.csv line 15: close 22636.7 of 2024-07-16 jumps from 2148.27 of 2024-07-12, about a factor of 10",
            "noted RUT.csv line 15: gap: after this line no close of RUT for 2024-07-17, a session of XNYS",
            "skipped RUT.csv line 17: the close of 2027-07-16 has not been struck yet",
            "skipped RUT.csv line 18: date \"45490\" is not of the form YYYY-MM-DD: it is a number",
            "prices: 1 files, 3 closes added",
        ],
    );
    // The 4th is a holiday; of the sessions whose rows were refused only that with a date in doubt is missing without a name.
    assert_eq!(
        output.stderr.matches("gap: ").count(),
        2,
        "{}",
        output.stderr
    );
    assert!(!output.stderr.contains("2024-07-04"), "{}", output.stderr);
    assert_eq!(
        closes(&app, "RUT"),
        [
            "2024-07-01 2042.4",
            "2024-07-12 2148.27",
            "2024-07-18 2197.7"
        ]
    );
}

#[test]
fn yields_may_be_nothing_or_less_and_keep_days_of_their_own() {
    let app = TestApp::new();
    let text = "observation_date,UST2Y\n2024-07-03,0.02\n2024-07-04,.\n2024-07-05,0\n2024-07-08,-0.01\n2024-07-10,38.5\n";
    let output = import(&app, "fredgraph.csv", text, &[]).expect_code(3);
    says(
        &output,
        &["line 6: close 38.5 of 2024-07-10 jumps from -0.01 of 2024-07-08"],
    );
    assert_eq!(output.stderr.matches("gap").count(), 0, "{}", output.stderr);
    assert_eq!(closes(&app, "UST2Y").len(), 3);
}

#[test]
fn an_index_without_a_calendar_has_no_closes_of_the_future_either() {
    let output = import(
        &TestApp::new(),
        "BTC.csv",
        "Date,Close\n2026-10-31,70000\n2026-11-02,70000\n",
        &[],
    );
    says(
        &output.expect_code(3),
        &[
            "line 3: the close of 2026-11-02 has not been struck yet",
            "1 closes added",
        ],
    );
}

#[test]
fn indices_are_held_to_the_calendar_of_their_own_exchange() {
    let app = TestApp::new();
    for (index, day, level, exchange) in [
        ("FTSE", "2024-08-26", "8345.46", "XLON"),
        ("N225", "2024-08-12", "35025.00", "XTKS"),
        ("HSI", "2024-07-01", "17718.61", "XHKG"),
        ("AXJO", "2024-04-25", "7683.00", "XASX"),
    ] {
        let file = format!("Date,Close\n{day},{level}\n2024-07-04,{level}\n");
        let output = import(&app, &format!("{index}.csv"), &file, &[]).expect_code(3);
        says(
            &output,
            &[
                &format!("line 2: {day} is no session of {exchange}"),
                "1 closes added",
            ],
        );
    }
    let listed = rows(&now(&app, &["--format", "json", "prices", "list"]).expect_code(0));
    let hang_seng = listed.iter().find(|row| row["index"] == "HSI");
    let shown = hang_seng.map(|row| {
        let texts = ["exchange", "currency", "kind", "opens", "first", "last"];
        texts
            .map(|key| row[key].as_str().unwrap_or_default().to_owned())
            .join(" ")
    });
    assert_eq!(
        shown.as_deref(),
        Some("XHKG HKD price no 2024-07-04 2024-07-04")
    );
    let is_whole = |row: &&serde_json::Value| row["currency"].is_string();
    assert_eq!(
        listed.iter().filter(is_whole).count(),
        listed.len(),
        "every shipped index has a currency"
    );
}

#[test]
fn a_corrected_close_is_a_revision_and_a_jump_needs_leave() {
    let app = TestApp::new();
    import(&app, "RUT.csv", CLOSES, &[]).expect_code(0);
    let again = import(&app, "RUT.csv", CLOSES, &[]).expect_code(0);
    says(&again, &["0 closes added, 0 revised, 4 unchanged"]);
    let corrected = CLOSES.replace("2239.67", "2239.76");
    says(
        &import(&app, "RUT.csv", &corrected, &[]).expect_code(0),
        &[
            "0 closes added, 1 revised, 3 unchanged (first revised: 2024-07-17 from 2239.67 to 2239.76)",
        ],
    );
    let split = "Date,Close\n2024-07-18,2197.70\n2024-07-19,1092.17\n2024-07-22,1110.32\n";
    let refused = import(&app, "RUT.csv", split, &[]).expect_code(3);
    let expected = "skipped RUT.csv lines 3 to 4: close 1092.17 of 2024-07-19 jumps from 2197.7 of 2024-07-18, about a factor of 2, \
                    as after a split or a change of scale: it and the 1 closes after it are refused";
    says(
        &refused,
        &[
            expected,
            "--allow-jumps",
            "0 closes added, 0 revised, 1 unchanged",
        ],
    );
    let allowed = import(&app, "RUT.csv", split, &["--allow-jumps"]).expect_code(0);
    says(
        &allowed,
        &[
            "noted RUT.csv lines 3 to 4: close 1092.17",
            "imported, as --allow-jumps asks",
            "2 closes added",
        ],
    );
    // What is recorded is no question any more.
    says(
        &import(&app, "RUT.csv", split, &[]).expect_code(0),
        &["3 unchanged"],
    );
}

#[test]
fn what_is_no_file_of_closes_is_shown() {
    let app = TestApp::new();
    for (text, expected) in [
        (
            "<!doctype html><title>Sign in</title>",
            "it is no CSV file but says: <!doctype html><title>Sign in",
        ),
        (
            "{\"Note\": \"5 calls a minute\"}",
            "it is no CSV file but says: {\"Note\": \"5 calls a minute\"}",
        ),
        (
            "Exceeded the daily hits limit",
            "its header \"Exceeded the daily hits limit\" has no column date",
        ),
        ("", "it is empty"),
    ] {
        let output = import(&app, "RUT.csv", text, &[]).expect_code(1);
        says(&output, &[&format!("skipped RUT.csv: {expected}")]);
    }
}
