//! Stores of older versions, with what a current one holds.

use std::collections::BTreeMap;
use std::fmt;

use newsprint_store::Place;
use newsprint_tests::repository;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Executor as _};

use crate::engine::Raw;

/// A store of an older version.
#[derive(Debug)]
pub(crate) struct Older {
    version: i64,
    /// Columns by table.
    pub(crate) tables: BTreeMap<String, Vec<String>>,
}

impl fmt::Display for Older {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "version {}", self.version)
    }
}

impl Older {
    /// Makes a store of a version, empty.
    pub(crate) async fn empty(url: &str, version: i64) -> Self {
        let mut raw = Raw::connect(url).await;
        let engine = match raw {
            Raw::Sqlite(_) => "sqlite",
            Raw::Postgres(_) => "postgres",
        };
        let folder = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(repository().join("migrations").join(engine)).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            if name.split('_').next().unwrap().parse::<i64>().unwrap() <= version {
                std::fs::copy(file.path(), folder.path().join(name)).unwrap();
            }
        }
        // As versions before this one applied them.
        let migrator = Migrator::new(folder.path()).await.unwrap();
        match &mut raw {
            Raw::Sqlite(connection) => migrator.run(connection).await.unwrap(),
            Raw::Postgres(connection) => migrator.run(connection).await.unwrap(),
        }
        let mut tables = BTreeMap::new();
        for table in raw.tables().await {
            let columns = raw.columns(&table).await;
            tables.insert(table, columns);
        }
        Self { version, tables }
    }

    /// Makes a store of a version, with what of `new` it has a place for.
    pub(crate) async fn make(url: &str, version: i64, new: &str) -> Self {
        let older = Self::empty(url, version).await;
        match Raw::connect(url).await {
            Raw::Sqlite(_) => older.copy_file(url, new).await,
            Raw::Postgres(_) => older.copy_database(url, new).await,
        }
        older
    }

    pub(crate) fn has(&self, table: &str, column: &str) -> bool {
        let columns = self.tables.get(table);
        columns.is_some_and(|columns| columns.iter().any(|name| name == column))
    }

    async fn copy_file(&self, url: &str, new: &str) {
        let mut raw = Raw::connect(url).await;
        let Ok(Place::File(new)) = Place::of(new) else {
            panic!("{new} is no file");
        };
        let attach = format!(
            "PRAGMA foreign_keys = OFF; ATTACH '{}' AS new",
            new.display()
        );
        raw.run(&attach).await.unwrap();
        for (table, columns) in &self.tables {
            let columns = columns.join(", ");
            let copy =
                format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}");
            raw.run(&copy).await.unwrap();
        }
    }

    async fn copy_database(&self, url: &str, new: &str) {
        let (mut raw, mut new) = (Raw::connect(url).await, Raw::connect(new).await);
        // References are whole in the end, whatever the order of tables.
        raw.run("SET session_replication_role = replica")
            .await
            .unwrap();
        for (table, columns) in &self.tables {
            let rows = new
                .texts(&format!("SELECT CAST(to_jsonb(t) AS TEXT) FROM {table} t"))
                .await;
            let names = columns.join(", ");
            let copy = format!(
                "INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb)"
            );
            let copy = sqlx::query(AssertSqlSafe(copy)).bind(format!("[{}]", rows.join(",")));
            let Raw::Postgres(connection) = &mut raw else {
                panic!("{url} is no server");
            };
            connection.execute(copy).await.unwrap();
            let key = format!("{table}_key");
            if columns.contains(&key) {
                let next = format!(
                    "SELECT setval(pg_get_serial_sequence('{table}', '{key}'), (SELECT COALESCE(MAX({key}), 0) + 1 FROM {table}), false)"
                );
                raw.run(&next).await.unwrap();
            }
        }
    }
}

/// Every row of these columns, as text.
pub(crate) async fn dump(url: &str, tables: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut raw = Raw::connect(url).await;
    let mut rows = Vec::new();
    for (table, columns) in tables {
        let shown = match raw {
            Raw::Sqlite(_) => {
                let columns: Vec<_> = columns
                    .iter()
                    .map(|column| format!("quote({column})"))
                    .collect();
                columns.join(" || ',' || ")
            }
            Raw::Postgres(_) => format!("CAST(ROW({}) AS TEXT)", columns.join(", ")),
        };
        let of_table = raw.texts(&format!("SELECT {shown} FROM {table}")).await;
        rows.extend(of_table.into_iter().map(|row| format!("{table} {row}")));
    }
    rows.sort();
    rows
}
