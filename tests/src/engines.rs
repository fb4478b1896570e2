//! Stores on either engine, asked and compared from outside, and waited for.

use std::collections::BTreeMap;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};
use tokio::runtime::Builder;

use crate::TestApp;

/// Longest that anything is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for what another process is about to do.
///
/// # Panics
/// Where it does not come to pass within a minute.
pub fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sends a signal (`STOP`, `CONT`, `INT`) to a command that [`TestApp::start`] began.
///
/// # Panics
/// Where none can be sent.
pub fn signal(child: &Child, signal: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &child.id().to_string()])
        .status();
    let is_sent = sent.is_ok_and(|status| status.success());
    assert!(is_sent, "kill -{signal} failed");
}

fn wait_for<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("start a runtime: {error}"));
    runtime.block_on(work)
}

impl TestApp {
    /// Changes the store's file behind newsprint's back, unless somebody writes to it at this instant.
    pub fn change(&self, statement: &str) -> Result<(), sqlx::Error> {
        let options = SqliteConnectOptions::new().filename(self.path().join("newsprint.db"));
        let options = options.busy_timeout(Duration::ZERO);
        wait_for(async {
            let mut connection: SqliteConnection = options.connect().await?;
            let statement = AssertSqlSafe(format!("BEGIN IMMEDIATE; {statement}; COMMIT"));
            sqlx::raw_sql(statement).execute(&mut connection).await?;
            connection.close().await
        })
    }
}

/// The one column of text that a query of a PostgreSQL database gives.
pub fn ask_postgres(url: &str, query: &str) -> Result<Vec<String>, sqlx::Error> {
    wait_for(async {
        let mut connection = PgConnection::connect(url).await?;
        let query = sqlx::query_scalar(AssertSqlSafe(query.to_owned()));
        let rows = query.fetch_all(&mut connection).await?;
        connection.close().await?;
        Ok(rows)
    })
}

/// Every row of every table of a PostgreSQL database, as [`all_rows`](crate::all_rows) gives them of a file.
///
/// Of a surrogate key only its rank is given: a transaction that was broken off leaves a gap in their sequence.
///
/// # Panics
/// Where the database cannot be read.
pub fn postgres_rows(url: &str) -> Vec<String> {
    let ask =
        |query: &str| ask_postgres(url, query).unwrap_or_else(|error| panic!("{query}: {error}"));
    let tables = ask("SELECT table_name::text FROM information_schema.tables
         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name NOT LIKE '\\_%'
           AND table_name NOT IN ('stage_lease', 'schedule_slot', 'calendar_pass', 'roll_up_delta', 'tally_delta')");
    let mut rows: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for table in &tables {
        let found = ask(&format!("SELECT to_jsonb(t)::text FROM {table} t"));
        let found = found
            .iter()
            .map(|row| serde_json::from_str(row).unwrap_or_else(|error| panic!("{row}: {error}")));
        rows.insert(table, found.collect());
    }
    let ranks = ranks(&rows);
    for row in rows.values_mut().flatten().filter_map(Value::as_object_mut) {
        for (column, value) in row {
            if let (Some(ranks), Some(key)) = (ranks.get(column), value.as_i64()) {
                *value = ranks.get(&key).copied().into();
            }
        }
    }
    let lines = rows.iter().flat_map(|(table, rows)| {
        let lines = rows.iter().map(move |row| format!("{table} {row}"));
        lines.collect::<Vec<_>>()
    });
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    lines
}

/// The ranks of each table's own keys, by the name of the column: that of the table, and `_key`.
fn ranks(rows: &BTreeMap<&str, Vec<Value>>) -> BTreeMap<String, BTreeMap<i64, usize>> {
    let ranks = rows.iter().map(|(table, rows)| {
        let column = format!("{table}_key");
        let keys = rows.iter().filter_map(|row| row.get(&column)?.as_i64());
        let mut keys: Vec<i64> = keys.collect();
        keys.sort_unstable();
        let ranks = keys.into_iter().enumerate();
        (column, ranks.map(|(rank, key)| (key, rank)).collect())
    });
    let mut ranks: BTreeMap<String, BTreeMap<i64, usize>> = ranks.collect();
    // Columns that refer to another row than their name says.
    for (column, of) in [
        ("earlier_key", "article_key"),
        ("previous_revision_key", "revision_key"),
    ] {
        if let Some(referred) = ranks.get(of).cloned() {
            ranks.insert(column.to_owned(), referred);
        }
    }
    ranks
}
