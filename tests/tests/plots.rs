//! Tables that draw a picture too: what is drawn is what the table says.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use newsprint_tests::{TestApp, now, with_demo_articles};

const TONE: [&str; 6] = [
    "report",
    "theme-day",
    "--theme",
    "small_caps",
    "--index",
    "RUT",
];

/// Runs the report with its plot written to `file`.
fn plotted(app: &TestApp, report: &[&str], file: &str, code: i32) -> String {
    let path = app.path().join(file);
    let plot = ["--plot", path.to_str().unwrap(), "--format", "csv"];
    let output = now(app, &[report, &plot].concat()).expect_code(code);
    assert_eq!(code == 0, path.exists(), "{file}: {}", output.stderr);
    if code == 0 {
        output.stdout
    } else {
        output.stderr
    }
}

#[test]
fn tone_is_drawn_against_the_closes_of_one_index() {
    let app = with_demo_articles();
    let error = plotted(&app, &TONE, "none.svg", 1);
    assert!(error.contains("no close of RUT is known"), "{error}");
    app.write(
        "rut.csv",
        "Date,Close\n2024-07-16,2263.67\n2024-07-17,2239.66\n2024-07-18,2198.29\n2024-07-19,2184.35\n",
    );
    now(&app, &["prices", "import", "rut.csv", "--index", "RUT"]).expect_code(0);
    let table = plotted(&app, &TONE, "tone.html", 0);
    let page = app.read("tone.html");
    assert!(
        page.contains("small_caps: tone of the press and Russell 2000"),
        "{page}"
    );
    assert!(page.contains("<td class=\"number\">2239.66</td>"), "{page}");
    let rows: Vec<&str> = table.lines().skip(1).collect();
    assert!(rows.len() > 1, "{table}");
    for row in rows {
        let cells: Vec<&str> = row.split(',').collect();
        let tone: f64 = cells[5].parse().unwrap();
        let drawn = format!(
            "<tr><td>{}</td><td class=\"number\">{tone:.3}</td>",
            cells[0]
        );
        assert!(page.contains(&drawn), "{drawn} in {page}");
    }
    plotted(&app, &TONE, "tone.png", 0);
    let png = std::fs::read(app.path().join("tone.png")).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
}

#[test]
fn what_cannot_be_drawn_is_told_and_leaves_no_file() {
    // What is asked for is checked before the store, which is not there yet.
    let app = TestApp::new();
    let error = plotted(&app, &TONE[..4], "all.svg", 2);
    let told = "one theme and all indices are asked for: give --theme and --index once each";
    assert!(error.contains(told), "{error}");
    let two = [&TONE[..], &["--theme", "rate_cuts"]].concat();
    let error = plotted(&app, &two, "two.svg", 2);
    assert!(
        error.contains("2 themes and one index are asked for"),
        "{error}"
    );
    let error = plotted(&app, &TONE, "tone.pdf", 2);
    assert!(error.contains(".svg, .png or .html"), "{error}");
    let app = with_demo_articles();
    let never = [&TONE[..], &["--to", "1990-01-01"]].concat();
    let error = plotted(&app, &never, "never.svg", 1);
    assert!(
        error.contains("there is nothing to draw: the table has no rows"),
        "{error}"
    );
}

#[test]
fn coverage_is_drawn_as_a_calendar_of_the_hours_of_the_table() {
    let app = TestApp::for_loopback();
    app.run(&["--offline", "fetch"]).expect_code(0);
    let report = [
        "report",
        "coverage",
        "--from",
        "2026-10-30",
        "--to",
        "2026-10-31",
    ];
    let table = plotted(&app, &report, "days.html", 0);
    let page = app.read("days.html");
    assert!(
        table.lines().skip(1).all(|row| row.ends_with(",not asked")),
        "{table}"
    );
    let n_hours = table.lines().count() - 1;
    let subtitle = format!("n = {n_hours} hours of sources, 2026-10-30 to 2026-10-31 (UTC)");
    assert!(page.contains(&subtitle), "{page}");
    let zeros = "<td class=\"number\">0.000</td>".repeat(3);
    let day = format!("<tr><td>2026-10-31</td>{zeros}<td class=\"number\">1.000</td>");
    assert!(page.contains(&day), "{page}");
}
