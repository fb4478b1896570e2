//! Eight processes at once on one store get in each other's way and say so; they lose and double nothing.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use newsprint_tests::postgres::{PrivatePostgres, Settings};
use newsprint_tests::{NOW, Output, Workplace, n_kills};

const N_PROCESSES: usize = 8;

/// What is done all at once; the first makes the store.
const COMMANDS: [&[&str]; 7] = [
    &["prices", "import", "prices/RUT.csv"],
    &["fetch"],
    &["tag"],
    &["prices", "import", "prices/GSPC.csv"],
    &["report", "theme-day", "--index", "RUT", "--reconstructed"],
    &["run"],
    &["report", "coverage"],
];

fn run(workplace: &Workplace, command: &[&str]) -> Output {
    let url = workplace.url.as_deref().map(|url| ["--db", url]);
    let url = url.iter().flatten().copied();
    let arguments = ["--now", NOW].into_iter().chain(url);
    let arguments: Vec<&str> = arguments.chain(command.iter().copied()).collect();
    workplace.app.run(&arguments)
}

/// What is wrong with how a command ended that others may have got in the way of.
fn problem(command: &[&str], output: &Output) -> Option<String> {
    let mut lines = output.stderr.lines();
    let is_wrong = |line: &str| {
        line.contains("error") || line.contains(": skipped ") && !line.contains("another run (")
    };
    let is_held = output.stderr.contains("another run (");
    // A table may still be empty.
    let is_as_said = match output.code {
        0 => true,
        1 | 3 => is_held || command[0] == "report",
        _ => false,
    };
    let is_wrong = lines.any(is_wrong) || !is_as_said;
    is_wrong.then(|| format!("{command:?} {output:?}"))
}

/// Everything but the order in which it came to be.
fn rows(workplace: &Workplace) -> Vec<String> {
    let rows = workplace.everything().into_iter().map(|row| {
        let is_key = |value: &str| value.contains("_key=") || value.contains("_key\":");
        let values = row.split([' ', ',']).filter(|value| !is_key(value));
        values.collect::<Vec<_>>().join(" ")
    });
    let mut rows: Vec<String> = rows.collect();
    rows.sort();
    rows
}

fn storm(undisturbed: &Workplace, workplace: &Workplace) {
    undisturbed.run().expect_code(0);
    let expected = rows(undisturbed);
    run(workplace, COMMANDS[0]).expect_code(0);
    let n_rounds = n_kills(20).div_ceil(5);
    let problems = std::thread::scope(|scope| {
        let process = |process: usize| {
            let commands = (0..n_rounds).map(|round| COMMANDS[(process + round) % COMMANDS.len()]);
            let problems =
                commands.filter_map(|command| problem(command, &run(workplace, command)));
            problems.collect::<Vec<String>>()
        };
        let processes: Vec<_> = (0..N_PROCESSES)
            .map(|number| scope.spawn(move || process(number)))
            .collect();
        let problems = processes
            .into_iter()
            .flat_map(|process| process.join().unwrap());
        problems.collect::<Vec<String>>()
    });
    assert!(problems.is_empty(), "{problems:#?}");
    workplace.run().expect_code(0);
    let found = rows(workplace);
    let missing = expected.iter().filter(|row| !found.contains(row));
    let new = found.iter().filter(|row| !expected.contains(row));
    let differing = missing.chain(new).take(6).collect::<Vec<_>>();
    assert!(expected == found, "{differing:#?}");
}

#[test]
fn eight_processes_at_once_on_a_file_lose_and_double_nothing() {
    storm(&Workplace::on_file(), &Workplace::on_file());
}

#[test]
fn eight_processes_at_once_on_postgres_lose_and_double_nothing() {
    let server = PrivatePostgres::start(Settings::default());
    let fresh = || Workplace::on_server(server.create_database());
    storm(&fresh(), &fresh());
}
