//! Everything that a store holds, in an order that does not depend on when rows were written.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteRow};
use sqlx::{Column as _, Row as _, TypeInfo as _, ValueRef as _};

/// Every row of every table as text, sorted, surrogate keys included: two stores with equal rows hold the same facts.
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
                  AND name NOT LIKE 'sqlite%' ORDER BY name";
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

fn shown(row: &SqliteRow) -> String {
    let values = row.columns().iter().map(|column| {
        let place = column.ordinal();
        let kind = row
            .try_get_raw(place)
            .map(|value| (value.is_null(), value.type_info().name().to_owned()));
        let value = match kind {
            Ok((true, _)) => "null".to_owned(),
            Ok((_, kind)) if kind == "INTEGER" => row.get::<i64, _>(place).to_string(),
            Ok((_, kind)) if kind == "REAL" => row.get::<f64, _>(place).to_string(),
            Ok((_, kind)) if kind == "BLOB" => {
                String::from_utf8_lossy(&row.get::<Vec<u8>, _>(place)).into_owned()
            }
            Ok(_) => row.get::<String, _>(place),
            Err(error) => panic!("{error}"),
        };
        format!("{}={value}", column.name())
    });
    values.collect::<Vec<_>>().join(" ")
}
