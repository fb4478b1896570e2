//! Runs on PostgreSQL that are killed, and whose server crashes, leave the same rows as one to which nothing happened.

#![cfg(unix)]

use std::cell::RefCell;

use newsprint_tests::postgres::{PrivatePostgres, Settings};
use newsprint_tests::{Workplace, break_off, n_kills};

#[test]
fn runs_on_postgres_that_are_killed_lose_and_double_nothing() {
    let server = PrivatePostgres::start(Settings::default());
    let fresh = || Workplace::on_server(server.create_database());
    let kill = |child: &mut std::process::Child| child.kill().unwrap();
    let tally = break_off(n_kills(20), fresh, kill);
    tally.check("kills on PostgreSQL");
}

/// The server is stopped as a crash stops it, and started when the run has given up.
#[test]
fn runs_whose_postgres_server_crashes_lose_and_double_nothing() {
    let server = RefCell::new(PrivatePostgres::start(Settings::default()));
    let fresh = || Workplace::on_server(server.borrow().create_database());
    let crash = |child: &mut std::process::Child| {
        server.borrow_mut().stop_immediate();
        let code = child.wait().unwrap().code();
        // One that had ended by then did not notice.
        assert!(matches!(code, Some(0 | 1)), "{code:?}");
        server.borrow_mut().start_again();
    };
    let n_crashes = n_kills(20).div_ceil(10);
    break_off(n_crashes, fresh, crash).check("crashes of PostgreSQL");
}
