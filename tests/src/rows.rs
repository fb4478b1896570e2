//! Everything that a store holds, in an order that does not depend on when rows were written.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteRow};
use sqlx::{Column as _, Row as _, TypeInfo as _, ValueRef as _};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::runtime::Builder;

use crate::TestApp;

/// Every row of every table as text, sorted, surrogate keys included: two stores with equal rows hold the same facts.
///
/// Left out are tables of who works on what, and the ledgers of sums, which have a row for each transaction: their sums are compared.
///
/// The index of words, whose rows are blocks of the engine's own, is left out: it is made of the revisions.
///
/// # Panics
/// Where the store cannot be read.
pub async fn all_rows(store: &Path) -> Vec<String> {
    let options = SqliteConnectOptions::new().filename(store);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await;
    let pool = pool.unwrap_or_else(|error| panic!("open {}: {error}", store.display()));
    let tables =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'
                  AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'revision\\_text%' ESCAPE '\\' AND name NOT IN ('stage_lease', 'schedule_slot', 'calendar_pass', 'roll_up_delta', 'tally_delta') ORDER BY name";
    let tables: Vec<(String,)> = sqlx::query_as(tables)
        .fetch_all(&pool)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let mut rows = Vec::new();
    for (table,) in tables {
        let query = sqlx::AssertSqlSafe(format!("SELECT * FROM {table}"));
        let found = sqlx::query(query)
            .fetch_all(&pool)
            .await
            .unwrap_or_else(|error| panic!("read {table}: {error}"));
        rows.extend(found.iter().map(|row| format!("{table} {}", shown(row))));
    }
    pool.close().await;
    rows.sort();
    rows
}

impl TestApp {
    /// What a query of the store gives, as text; `null` is written so.
    ///
    /// # Panics
    /// Where it cannot be asked.
    pub fn select(&self, query: &str) -> Vec<Vec<String>> {
        let store = self.path().join("newsprint.db");
        let options = SqliteConnectOptions::new().filename(store).read_only(true);
        let rows = asked(options, query);
        rows.iter()
            .map(|row| (0..row.len()).map(|place| value(row, place)).collect())
            .collect()
    }

    /// Does to the store what newsprint never does; references are not checked.
    ///
    /// # Panics
    /// Where it cannot be done.
    pub fn tamper(&self, statement: &str) {
        let store = self.path().join("newsprint.db");
        let options = SqliteConnectOptions::new().filename(store);
        asked(options.foreign_keys(false), statement);
    }
}

/// What a statement gives, run on a connection of its own.
fn asked(options: SqliteConnectOptions, statement: &str) -> Vec<SqliteRow> {
    let asked = async {
        let mut connection = options.connect().await?;
        let query = sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()));
        let rows = query.fetch_all(&mut connection).await?;
        connection.close().await?;
        Ok::<_, sqlx::Error>(rows)
    };
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("start a runtime: {error}"));
    let rows = runtime.block_on(asked);
    rows.unwrap_or_else(|error| panic!("{statement}: {error}"))
}

fn shown(row: &SqliteRow) -> String {
    let values = row.columns().iter().map(|column| {
        let value = value(row, column.ordinal());
        format!("{}={value}", column.name())
    });
    values.collect::<Vec<_>>().join(" ")
}

fn value(row: &SqliteRow, place: usize) -> String {
    let kind = row
        .try_get_raw(place)
        .map(|value| (value.is_null(), value.type_info().name().to_owned()));
    match kind {
        Ok((true, _)) => "null".to_owned(),
        Ok((_, kind)) if kind == "INTEGER" => row.get::<i64, _>(place).to_string(),
        Ok((_, kind)) if kind == "REAL" => row.get::<f64, _>(place).to_string(),
        Ok((_, kind)) if kind == "BLOB" => {
            String::from_utf8_lossy(&row.get::<Vec<u8>, _>(place)).into_owned()
        }
        Ok(_) => row.get::<String, _>(place),
        Err(error) => panic!("{error}"),
    }
}
