//! `newsprint study` on series of one's own: what it prints, and what it says of files that no statistic can be made of.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::NaiveDate;
use newsprint_tests::{Output, TestApp};

/// Rows of days, with numbers without a pattern in the other columns, of a linear congruential generator.
fn series(header: &str, n_rows: usize) -> String {
    let first = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
    let mut state = 1_u32;
    let mut lines = vec![header.to_owned()];
    for day in first.iter_days().take(n_rows) {
        let mut fields = vec![day.to_string()];
        for _ in header.split(',').skip(1) {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            fields.push((f64::from(state >> 8) / f64::from(1 << 24) - 0.5).to_string());
        }
        lines.push(fields.join(","));
    }
    lines.join("\n") + "\n"
}

fn study(app: &TestApp, arguments: &str) -> Output {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    app.run(&[&["--format", "json", "study"], &arguments[..]].concat())
}

fn refused(app: &TestApp, arguments: &str, expected: &str) {
    let output = study(app, arguments).expect_code(2);
    assert!(
        output.stderr.contains(expected),
        "{expected} is not in {}",
        output.stderr
    );
    assert_eq!(output.stdout, "", "no number of it");
}

#[test]
fn series_that_nothing_can_be_said_of_are_named() {
    let app = TestApp::new();
    app.write("short.csv", &series("date,x,y", 20));
    app.write("good.csv", &series("date,x,y", 200));
    let constant = series("date,y", 50).replace('\n', ",0.1\n");
    app.write("constant.csv", &constant.replacen("y,0.1", "y,x", 1));
    app.write("unsorted.csv", "date,x,y\n2024-01-02,1,2\n2024-01-01,2,3\n");
    app.write("twice.csv", "date,x,y\n2024-01-02,1,2\n2024-01-02,2,3\n");
    app.write("infinite.csv", "date,x,y\n2024-01-02,1,inf\n");
    for command in ["granger", "lead-lag"] {
        let of = |file: &str, more: &str| format!("{command} --input {file} --x x --y y {more}");
        refused(
            &app,
            &of("unsorted.csv", ""),
            "row 2, column \"date\": 2024-01-01 stands after 2024-01-02: sort the rows by day",
        );
        refused(
            &app,
            &of("twice.csv", ""),
            "2024-01-02 stands twice: keep one row a day",
        );
        refused(
            &app,
            &of("infinite.csv", ""),
            "row 1, column \"y\": \"inf\" is no finite number",
        );
        refused(
            &app,
            &of("constant.csv", ""),
            "column \"x\" holds the same value in every row",
        );
        refused(&app, &of("nowhere.csv", ""), "read nowhere.csv");
        refused(
            &app,
            &format!("{command} --input good.csv --x z --y y"),
            "it has no column \"z\": there are date, x, y",
        );
    }
    refused(
        &app,
        "lead-lag --input short.csv --x x --y y --max-lag 15",
        "20 rows have both x and y: lags up to 15 take at least 25",
    );
    refused(
        &app,
        "granger --input short.csv --x x --y y",
        "5 lags take at least 26 rows, and there are 20",
    );
    refused(
        &app,
        "granger --input good.csv --x x --y x",
        "a series is constant, or its lags are a combination of the others",
    );
    refused(
        &app,
        "correlate --input unsorted.csv --x x --y y",
        "stands after",
    );
    refused(
        &app,
        "correlate --input good.csv",
        "give --x and --y, or a file with columns session",
    );
    refused(
        &app,
        "correlate --input good.csv --x x --y y --horizon 5",
        "holds no price: --horizon takes prices",
    );
}

#[test]
fn values_that_are_not_known_are_left_out_and_counted() {
    let app = TestApp::new();
    let complete = series("date,x,y", 100);
    app.write("complete.csv", &complete);
    app.write(
        "holes.csv",
        &(complete + "2024-05-01,NaN,0.1\n2024-05-02,0.1,\n"),
    );
    for command in ["granger --max-lag 2", "lead-lag"] {
        let of = |file: &str| {
            study(&app, &format!("{command} --input {file} --x x --y y"))
                .expect_code(0)
                .json()
        };
        let (mut complete, mut holes) = (of("complete.csv"), of("holes.csv"));
        let (_, notes) = (complete["notes"].take(), holes["notes"].take());
        assert!(
            notes
                .to_string()
                .contains("2 rows left out, in which a value is not known"),
            "{notes}"
        );
        assert_eq!(complete, holes);
    }
}

#[test]
fn event_studies_say_which_events_they_leave_out_and_refuse_what_makes_none() {
    let app = TestApp::new();
    app.write("returns.csv", &series("date,r,m", 120));
    app.write("events.csv", "name,event_date\na,2024-03-01\nb,2024-03-02\nc,2024-03-03\nd,2024-01-05\ne,2024-12-01\nf,2023-01-01\ng,2024-03-01\n");
    let windows = "--estimation -40..-10 --window -2..2";
    let of = |events: &str, more: &str| {
        format!("event-study --returns returns.csv --events {events} {more}")
    };
    let found = study(&app, &of("events.csv", windows))
        .expect_code(0)
        .json();
    assert_eq!(found["rows"].as_array().unwrap().len(), 5);
    assert_eq!(found["events"].as_array().unwrap().len(), 3);
    let notes = found["notes"].to_string();
    for said in [
        "3 of 7 events",
        "1 left out, since another event has the same session (2024-03-01)",
        "2 left out, since the returns start too late for its estimation window (2023-01-01, 2024-01-05)",
        "1 left out, since the returns end before its event window does (2024-12-01)",
        "2 events share sessions of their window with the one before",
    ] {
        assert!(notes.contains(said), "{said} is not in {notes}");
    }
    refused(
        &app,
        &of("events.csv", ""),
        "0 of 7 events have full windows, and an average with a band takes at least 2",
    );
    refused(
        &app,
        &of("events.csv", "--window -40..10"),
        "the estimation window has to end before the event window starts",
    );
    refused(
        &app,
        &of("events.csv", "--estimation -35..-30"),
        "needs at least 10 sessions",
    );
    refused(
        &app,
        &of("events.csv", "--column day"),
        "it has no column \"day\"",
    );
    refused(
        &app,
        &of("events.csv", "--column name"),
        "\"a\" is no date like 2024-07-17",
    );
    refused(&app, &of("events.csv", "--window 5"), "like -5..10");
    app.write("returns.csv", "date,r\n2024-01-01,0.1\n");
    refused(
        &app,
        &of("events.csv", windows),
        "it has no column \"m\": there are date, r",
    );
}

#[test]
fn ratios_are_made_of_enough_returns_and_deflated_by_all_trials() {
    let app = TestApp::new();
    app.write("two.csv", &series("date,a,b", 60));
    app.write("one.csv", &series("date,a", 60));
    app.write("short.csv", &series("date,a,b", 19));
    let two = study(&app, "sharpe --input two.csv").expect_code(0).json();
    let more = study(&app, "sharpe --input two.csv --trials 50")
        .expect_code(0)
        .json();
    let dsr = |found: &serde_json::Value| found["strategies"]["a"]["dsr"].as_f64().unwrap();
    assert!(
        dsr(&two) > dsr(&more),
        "the more was tried, the less is left"
    );
    let one = study(&app, "sharpe --input one.csv").expect_code(0).json();
    assert!(one["strategies"]["a"]["dsr"].is_null() && one["sr0_expected_max"].is_null());
    assert!(one["strategies"]["a"]["psr_vs_0"].is_number());
    refused(
        &app,
        "sharpe --input short.csv",
        "each column needs at least 20 returns that are not all the same",
    );
    refused(
        &app,
        "sharpe --input two.csv --trials 1",
        "the file alone holds 2 strategies",
    );
}

#[test]
fn returns_and_alignments_of_ones_own_rows() {
    let app = TestApp::new();
    app.write(
        "GSPC.csv",
        "Date,Open,Close\n2024-07-01,100,101\n2024-07-02,,.\n2024-07-03,102,103.02\n",
    );
    let found = study(&app, "returns --input GSPC.csv")
        .expect_code(0)
        .json();
    assert_eq!(
        found["rows"].as_array().unwrap().len(),
        2,
        "a row without a close is no session"
    );
    assert_eq!(found["rows"][1]["symbol"], "GSPC");
    assert!((found["rows"][1]["o2c_0"].as_f64().unwrap() - 0.01).abs() < 1e-12);
    assert!(found["rows"][0]["c2c_0"].is_null() && found["rows"][1]["fwd_c2c_1"].is_null());
    app.write(
        "p.csv",
        "symbol,date,close\nA,2024-07-01,1\nB,2024-07-01,1\nA,2024-07-01,2\n",
    );
    refused(
        &app,
        "returns --input p.csv",
        "row 3, column \"date\": 2024-07-01 stands twice",
    );
    app.write("p.csv", "symbol,date,close\nA,2024-07-01,0\n");
    refused(
        &app,
        "returns --input p.csv",
        "row 1, column \"close\": 0 is no price",
    );

    app.write(
        "when.csv",
        "published_utc\n2024-07-03\n2024-07-03T16:59:59Z\n2099-01-01T00:00:00Z\n",
    );
    let found = study(&app, "align --input when.csv --exchange XNYS")
        .expect_code(3)
        .json();
    let sessions = [
        &found["rows"][0]["reaction_session"],
        &found["rows"][1]["reaction_session"],
    ];
    assert_eq!(
        sessions,
        ["2024-07-05", "2024-07-03"],
        "a date counts from its end"
    );
    assert_eq!(found["rows"][1]["early_close"], 1);
    assert!(found["rows"][2]["phase"].is_null());
    assert!(
        found["notes"]
            .to_string()
            .contains("row 3: 2099-01-01T00:00:00Z is past the calendar's end")
    );
    refused(
        &app,
        "align --input when.csv",
        "it has no column \"exchange\"",
    );
    refused(
        &app,
        "align --input when.csv --exchange NYSE",
        "unknown exchange \"NYSE\": calendars/ has",
    );
    app.write("when.csv", "published_utc\n2024-07-03 12:00\n");
    refused(
        &app,
        "align --input when.csv --exchange XNYS",
        "a time needs its offset",
    );
}
