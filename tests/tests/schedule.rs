//! Several schedulers on one store: each slot is run once, whatever becomes of who began it.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Child;
use std::time::Duration;

use newsprint_tests::postgres::{PrivatePostgres, Settings};
use newsprint_tests::{TestApp, all_rows, ask_postgres, now, repository, signal, wait_until};

/// The fixture's pages and nothing scheduled but these stages.
fn scheduled(model: &str, stages: &[(&str, &str)]) -> TestApp {
    let app = TestApp::with_fixture_pages();
    app.edit_config("\"full\"", &format!("\"{model}\""));
    let config = app.read("config/newsprint.toml");
    let kept = config.split("[schedule]").next().unwrap().to_owned();
    let lines = stages
        .iter()
        .map(|(stage, cron)| format!("{stage} = \"{cron}\"\n"));
    let schedule = format!("[schedule]\n{}", lines.collect::<String>());
    app.write("config/newsprint.toml", &(kept + &schedule));
    app
}

/// Ends a scheduler as Ctrl-C does; what it said.
fn ended(child: Child) -> String {
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    said
}

/// Slots that a scheduler says it runs, as "fetch of 2026-11-01 12:00:00 UTC".
fn run_by(said: &str) -> Vec<String> {
    let lines = said.lines().filter_map(|line| {
        let slot = line.strip_prefix("schedule: ")?;
        let is_run = ["fetch of", "tag of"]
            .iter()
            .any(|run| slot.starts_with(run));
        (is_run && !slot.contains("failed")).then(|| slot.to_owned())
    });
    lines.collect()
}

#[test]
fn two_schedulers_run_each_slot_once() {
    let every_second = "* * * * * *";
    let app = scheduled("lexicon", &[("fetch", every_second), ("tag", every_second)]);
    now(&app, &["tag"]).expect_code(0);
    let schedulers = [app.start(&["schedule"]), app.start(&["schedule"])];
    let finished = "SELECT COUNT(*) FROM schedule_slot WHERE finished_at IS NOT NULL";
    wait_until("eight slots", || app.count(finished) >= 8);
    let said = schedulers.map(ended);
    let run: Vec<String> = said.iter().flat_map(|said| run_by(said)).collect();
    let distinct: BTreeSet<&String> = run.iter().collect();
    assert_eq!(run.len(), distinct.len(), "a slot was run twice: {said:?}");
    assert_eq!(
        app.count("SELECT COUNT(*) FROM schedule_slot"),
        run.len(),
        "{said:?}"
    );
    let told = said
        .iter()
        .filter(|said| said.contains("another scheduler"));
    assert!(told.count() > 0, "{said:?}");
    let free = "SELECT COUNT(*) FROM stage_lease WHERE leased_until > 0";
    assert_eq!(app.count(free), 0, "leases are given back");
    for table in ["article", "revision", "tagging"] {
        let rows = app.count(&format!("SELECT COUNT(*) FROM {table}"));
        assert_eq!(rows, 20, "{table}");
    }
}

/// What tagging writes, without when.
fn tags(app: &TestApp) -> Vec<String> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let rows = runtime.block_on(all_rows(&app.path().join("newsprint.db")));
    let tables = ["tag", "theme", "index", "sentence", "entity", "promotion"];
    let rows = rows
        .into_iter()
        .filter(|row| tables.iter().any(|table| row.starts_with(table)));
    let untimed = rows.map(|row| {
        let values = row.split(' ').filter(|value| !value.contains("_at="));
        values.collect::<Vec<_>>().join(" ")
    });
    let mut untimed: Vec<String> = untimed.collect();
    untimed.sort();
    untimed
}

/// Stops a process between two of its transactions; a process that is stopped within one keeps the whole file to itself.
fn pause_between_transactions(app: &TestApp, child: &Child, then: &str) {
    wait_until("a pause between two transactions", || {
        signal(child, "STOP");
        let is_changed = app.change(then).is_ok();
        if !is_changed {
            signal(child, "CONT");
        }
        is_changed
    });
}

/// A scheduler is paused in a slot for longer than its leases last. The next one takes the slot over, and the first, when it goes on, can
/// write nothing.
#[test]
fn a_slot_is_taken_over_from_a_paused_scheduler_which_then_writes_nothing() {
    let undisturbed = TestApp::with_fixture_pages();
    let app = scheduled("full", &[("tag", "0 0 * * *")]);
    let pages = repository().join("tests/fixtures/pages");
    for app in [&undisturbed, &app] {
        now(app, &["fetch", "--folder", pages.to_str().unwrap()]).expect_code(0);
    }
    now(&undisturbed, &["tag"]).expect_code(0);
    // The last slot passed while no scheduler ran.
    app.change("INSERT INTO schedule_slot VALUES ('schedule tag', 1767225600000000, 1, 1)")
        .unwrap();
    let paused = app.start(&["schedule"]);
    let n_tagged = || app.count("SELECT COUNT(*) FROM tagging");
    wait_until("the first tags", || n_tagged() > 0);
    // As if its leases had ended meanwhile.
    let end = "UPDATE stage_lease SET leased_until = 1";
    pause_between_transactions(&app, &paused, end);
    let n_before = n_tagged();
    assert!(n_before < 20, "it was paused too late");
    let heir = app.start(&["schedule"]);
    let n_unfinished = "SELECT COUNT(*) FROM schedule_slot WHERE finished_at IS NULL";
    wait_until("the slot", || app.count(n_unfinished) == 0);
    assert_eq!(n_tagged(), 20);
    signal(&paused, "CONT");
    std::thread::sleep(Duration::from_millis(500));
    let (paused, heir) = (ended(paused), ended(heir));
    assert_eq!((run_by(&paused).len(), run_by(&heir).len()), (1, 1));
    assert!(
        paused.contains("has gone to another process"),
        "{n_before} tagged before: {paused}"
    );
    assert!(
        heir.contains(&format!("{} revisions tagged", 20 - n_before)),
        "{heir}"
    );
    assert_eq!(app.count("SELECT COUNT(*) FROM schedule_slot"), 2);
    assert_eq!(tags(&app), tags(&undisturbed));
}

#[test]
fn a_schedule_outlasts_a_postgres_server_that_is_away() {
    let mut server = PrivatePostgres::start(Settings::default());
    let url = server.create_database();
    server.stop_immediate();
    let app = scheduled(
        "lexicon",
        &[("fetch", "* * * * * *"), ("tag", "* * * * * *")],
    );
    let mut scheduler = app.start(&["--db", &url, "schedule"]);
    let mut said = BufReader::new(scheduler.stderr.take().unwrap());
    let mut first = String::new();
    said.read_line(&mut first).unwrap();
    assert!(first.contains("the store cannot be reached"), "{first}");
    let finished = |more_than: usize| {
        let count = "SELECT COUNT(finished_at)::text FROM schedule_slot";
        let count = ask_postgres(&url, count).ok();
        count.is_some_and(|count| count[0].parse::<usize>().unwrap() > more_than)
    };
    server.start_again();
    wait_until("slots after the start", || finished(4));
    server.stop_immediate();
    std::thread::sleep(Duration::from_millis(1_500));
    server.start_again();
    wait_until("slots after the crash", || finished(8));
    signal(&scheduler, "INT");
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert!(scheduler.wait().unwrap().success(), "{rest}");
    assert!(rest.contains("failed"), "{rest}");
    let count = "SELECT COUNT(*)::text FROM tagging";
    assert_eq!(ask_postgres(&url, count).unwrap(), ["20"], "{rest}");
}
