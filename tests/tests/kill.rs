//! A run that is killed at any instant and run again leaves the same tables as one that was never killed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use newsprint_tests::{TestApp, all_rows};

const RUN: [&str; 3] = ["--now", "2026-11-01T12:00:00Z", "run"];

/// How often a run is killed; `scripts/test soak` asks for more.
fn n_kills() -> u32 {
    #[expect(
        clippy::disallowed_methods,
        reason = "how scripts/test asks for a soak"
    )]
    let asked = std::env::var("NEWSPRINT_TEST_KILLS").ok();
    asked.map_or(10, |asked| {
        asked.parse().expect("NEWSPRINT_TEST_KILLS is a number")
    })
}

/// Rows and written tables.
async fn everything(app: &TestApp) -> (Vec<String>, String, String) {
    let rows = all_rows(&app.path().join("newsprint.db")).await;
    (
        rows,
        app.read("reports/theme_day.csv"),
        app.read("reports/returns.csv"),
    )
}

/// Kills one run after `delay`; says whether it was still going.
fn kill_after(app: &TestApp, delay: Duration) -> bool {
    let mut child = app.start(&RUN);
    std::thread::sleep(delay);
    let was_running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    was_running
}

#[tokio::test]
async fn killed_runs_lose_and_double_nothing() {
    // The first run may have to read the command from the disk.
    TestApp::with_fixture_pages().run(&RUN).expect_code(0);
    let whole = TestApp::with_fixture_pages();
    let start = Instant::now();
    whole.run(&RUN).expect_code(0);
    let duration = start.elapsed();
    let expected = everything(&whole).await;
    let n_kills = n_kills();
    let mut n_running = 0;
    for kill in 0..n_kills {
        // Spread over the whole run by the golden ratio, so that few and many kills alike reach every stage.
        let share = (f64::from(kill) * 0.618_033_988_749_895).fract();
        let app = TestApp::with_fixture_pages();
        n_running += u32::from(kill_after(&app, duration.mul_f64(share)));
        app.run(&RUN).expect_code(0);
        assert_eq!(
            everything(&app).await,
            expected,
            "after a kill at {share:.3} of a run"
        );
    }
    assert!(
        n_running * 2 > n_kills,
        "only {n_running} of {n_kills} kills met a running process"
    );
}

#[tokio::test]
async fn a_run_killed_again_and_again_gets_there() {
    // The first run may have to read the command from the disk.
    TestApp::with_fixture_pages().run(&RUN).expect_code(0);
    let whole = TestApp::with_fixture_pages();
    let start = Instant::now();
    whole.run(&RUN).expect_code(0);
    let duration = start.elapsed();
    let app = TestApp::with_fixture_pages();
    for kill in 1..=5 {
        kill_after(&app, duration.mul_f64(f64::from(kill) / 8.0));
    }
    app.run(&RUN).expect_code(0);
    assert_eq!(everything(&app).await, everything(&whole).await);
}
