//! A run that is killed at any instant and run again leaves the same tables as one that was never killed.

use newsprint_tests::{Workplace, break_off, n_kills};

#[test]
fn killed_runs_lose_and_double_nothing() {
    let kill = |child: &mut std::process::Child| child.kill().unwrap();
    let tally = break_off(n_kills(20), Workplace::on_file, kill);
    tally.check("kills on a file");
}
