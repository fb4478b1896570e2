//! Many rows at once. SQLite takes them as one statement of many values, PostgreSQL as an array for each column: each is what its driver
//! takes fastest.

use std::fmt::Write as _;

use sqlx::postgres::PgArguments;
use sqlx::query::Query as Prepared;
use sqlx::{AssertSqlSafe, Postgres};

use super::{Query, Transaction, Value};

/// Rows of one statement on SQLite: few sizes, so that statements are prepared once.
const SIZES: [usize; 4] = [128, 16, 4, 1];

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Text,
    Truth,
}

/// A table's columns, and what is to be done with a row that is there already.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [(&'static str, Kind)],
    /// The end of the statement, such as `ON CONFLICT …`.
    pub(crate) otherwise: &'static str,
}

impl Rows {
    /// Inserts rows, whose values stand one after the other.
    pub(crate) async fn insert(
        &self,
        transaction: &mut Transaction,
        values: Vec<Value>,
    ) -> Result<(), sqlx::Error> {
        if values.is_empty() {
            return Ok(());
        }
        match transaction {
            Transaction::Sqlite(_) => self.insert_values(transaction, values).await,
            Transaction::Postgres(postgres) => {
                let statement = self.of_arrays();
                let prepared = sqlx::query(AssertSqlSafe(statement));
                let prepared = self.bind_arrays(prepared, values);
                prepared.execute(&mut **postgres).await.map(drop)
            }
        }
    }

    async fn insert_values(
        &self,
        transaction: &mut Transaction,
        values: Vec<Value>,
    ) -> Result<(), sqlx::Error> {
        let width = self.columns.len();
        let mut n_left = values.len() / width;
        let mut values = values.into_iter();
        for size in SIZES {
            let statement = self.of_values(size);
            while n_left >= size {
                let statement = Query {
                    text: statement.clone().into(),
                    values: values.by_ref().take(size * width).collect(),
                };
                statement.execute(&mut *transaction).await?;
                n_left -= size;
            }
        }
        Ok(())
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    fn of_values(&self, n_rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
        let rows = vec![row; n_rows].join(", ");
        let Self {
            table, otherwise, ..
        } = self;
        format!(
            "INSERT INTO {table} ({}) VALUES {rows} {otherwise}",
            self.names()
        )
    }

    fn of_arrays(&self) -> String {
        let mut arrays = String::new();
        for (place, (_, kind)) in self.columns.iter().enumerate() {
            let kind = match kind {
                Kind::Integer => "BIGINT",
                Kind::Text => "TEXT",
                Kind::Truth => "BOOLEAN",
            };
            let comma = if place == 0 { "" } else { ", " };
            // Writing to a string does not fail.
            let _ = write!(arrays, "{comma}${}::{kind}[]", place + 1);
        }
        let Self {
            table, otherwise, ..
        } = self;
        format!(
            "INSERT INTO {table} ({}) SELECT * FROM UNNEST({arrays}) {otherwise}",
            self.names()
        )
    }

    fn bind_arrays(
        &self,
        prepared: Prepared<'static, Postgres, PgArguments>,
        values: Vec<Value>,
    ) -> Prepared<'static, Postgres, PgArguments> {
        let width = self.columns.len();
        let n_rows = values.len() / width;
        let mut columns: Vec<Vec<Value>> = vec![Vec::with_capacity(n_rows); width];
        for (place, value) in values.into_iter().enumerate() {
            columns[place % width].push(value);
        }
        let columns = columns.into_iter().zip(self.columns);
        columns.fold(prepared, |prepared, (values, (_, kind))| match kind {
            Kind::Integer => prepared.bind(integers(values)),
            Kind::Text => prepared.bind(texts(values)),
            Kind::Truth => prepared.bind(truths(values)),
        })
    }
}

fn integers(values: Vec<Value>) -> Vec<Option<i64>> {
    let integers = values.into_iter().map(|value| match value {
        Value::Integer(value) => value,
        _ => None,
    });
    integers.collect()
}

fn texts(values: Vec<Value>) -> Vec<Option<String>> {
    let texts = values.into_iter().map(|value| match value {
        Value::Text(value) => value,
        _ => None,
    });
    texts.collect()
}

fn truths(values: Vec<Value>) -> Vec<bool> {
    let truths = values.into_iter();
    truths
        .map(|value| matches!(value, Value::Truth(true)))
        .collect()
}
