//! One way to run a statement on either engine: the statements are the same, and what their drivers do differently ends here.

mod bulk;
mod values;

use std::borrow::Cow;
use std::future::poll_fn;

pub(crate) use bulk::{Kind, Rows};
use sqlx::postgres::{PgArguments, PgConnection, PgPool};
use sqlx::query::Query as Prepared;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqlitePool};
use sqlx::{AssertSqlSafe, Postgres, Sqlite};
pub(crate) use values::{Row, Value, json_rows};

/// Which engine a store is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// How far behind the last key that was dealt with one may lie that was not. On SQLite, where one writes at a time, keys are committed in
/// their order; on a server a transaction may commit after one that took a later key.
pub(crate) fn slack(engine: Engine) -> i64 {
    match engine {
        Engine::Sqlite => 0,
        Engine::Postgres => 16_384,
    }
}

/// Connections to one store.
#[derive(Debug, Clone)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// All that is done before [`Transaction::commit`] is kept, or nothing.
#[derive(Debug)]
pub(crate) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// What a statement is run on.
pub(crate) enum On<'a> {
    SqlitePool(&'a SqlitePool),
    PostgresPool(&'a PgPool),
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

/// A statement with its values.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    text: Cow<'static, str>,
    values: Vec<Value>,
}

/// A statement whose values `$1`, `$2`, … are bound in their order.
pub(crate) fn query(text: impl Into<Cow<'static, str>>) -> Query {
    Query {
        text: text.into(),
        values: vec![],
    }
}

impl Query {
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Runs the statement; how many rows it added or changed.
    pub(crate) async fn execute(self, on: impl Into<On<'_>>) -> Result<u64, sqlx::Error> {
        Ok(match on.into() {
            On::SqlitePool(pool) => self.on_sqlite().execute(pool).await?.rows_affected(),
            On::Sqlite(connection) => self.on_sqlite().execute(connection).await?.rows_affected(),
            On::PostgresPool(pool) => self.on_postgres().execute(pool).await?.rows_affected(),
            On::Postgres(connection) => {
                let done = self.on_postgres().execute(connection).await?;
                done.rows_affected()
            }
        })
    }

    pub(crate) async fn fetch_all(self, on: impl Into<On<'_>>) -> Result<Vec<Row>, sqlx::Error> {
        Ok(match on.into() {
            On::SqlitePool(pool) => rows(self.on_sqlite().fetch_all(pool).await?),
            On::Sqlite(connection) => rows(self.on_sqlite().fetch_all(connection).await?),
            On::PostgresPool(pool) => rows(self.on_postgres().fetch_all(pool).await?),
            On::Postgres(connection) => rows(self.on_postgres().fetch_all(connection).await?),
        })
    }

    /// Gives each row as it comes, which takes no memory for all of them at once.
    pub(crate) async fn fetch_to(
        self,
        pool: &Pool,
        mut take: impl FnMut(&Row),
    ) -> Result<(), sqlx::Error> {
        match pool {
            Pool::Sqlite(pool) => {
                let mut rows = self.on_sqlite().fetch(pool);
                while let Some(row) = poll_fn(|context| rows.as_mut().poll_next(context)).await {
                    take(&row?.into());
                }
            }
            Pool::Postgres(pool) => {
                let mut rows = self.on_postgres().fetch(pool);
                while let Some(row) = poll_fn(|context| rows.as_mut().poll_next(context)).await {
                    take(&row?.into());
                }
            }
        }
        Ok(())
    }

    pub(crate) async fn fetch_optional(
        self,
        on: impl Into<On<'_>>,
    ) -> Result<Option<Row>, sqlx::Error> {
        Ok(self.fetch_all(on).await?.into_iter().next())
    }

    pub(crate) async fn fetch_one(self, on: impl Into<On<'_>>) -> Result<Row, sqlx::Error> {
        let row = self.fetch_optional(on).await?;
        row.ok_or(sqlx::Error::RowNotFound)
    }

    /// Runs several statements, parted by `;`, that share their values; rows of all of them. SQLite takes them in one call, because
    /// each call costs as much as a statement itself; PostgreSQL takes one at a time.
    pub(crate) async fn fetch_each(
        self,
        transaction: &mut Transaction,
    ) -> Result<Vec<Row>, sqlx::Error> {
        if let Transaction::Sqlite(_) = transaction {
            return self.fetch_all(transaction).await;
        }
        let mut found = Vec::new();
        for statement in self.text.split(';').filter(|text| !text.trim().is_empty()) {
            // A connection keeps prepared statements by their text: one that is also run by itself must take as many values here.
            let n_values = n_values(statement).min(self.values.len());
            let one = Self {
                text: statement.to_owned().into(),
                values: self.values[..n_values].to_vec(),
            };
            found.extend(one.fetch_all(&mut *transaction).await?);
        }
        Ok(found)
    }

    /// Runs statements as one transaction of their own, in one call where the engine takes it. On PostgreSQL whoever else names the
    /// same `subject` waits; on SQLite everybody who writes does.
    pub(crate) async fn fetch_alone(
        self,
        pool: &Pool,
        subject: &str,
    ) -> Result<Vec<Row>, sqlx::Error> {
        let sqlite = match pool {
            Pool::Sqlite(sqlite) => sqlite,
            Pool::Postgres(_) => {
                let mut transaction = pool.begin().await?;
                transaction.wait_for(subject).await?;
                let found = self.fetch_all(&mut transaction).await?;
                transaction.commit().await?;
                return Ok(found);
            }
        };
        let mut connection = sqlite.acquire().await?;
        let whole = Self {
            text: format!("BEGIN IMMEDIATE; {}; COMMIT", self.text).into(),
            values: self.values,
        };
        let found = whole.fetch_all(On::Sqlite(&mut connection)).await;
        if found.is_err() {
            // Where it failed before it began there is nothing to take back.
            let undone = query("ROLLBACK").execute(On::Sqlite(&mut connection)).await;
            tracing::debug!(?undone, "A transaction failed");
        }
        found
    }

    fn on_sqlite(self) -> Prepared<'static, Sqlite, SqliteArguments> {
        let prepared = match self.text {
            Cow::Borrowed(text) => sqlx::query(text),
            Cow::Owned(text) => sqlx::query(AssertSqlSafe(text)),
        };
        let bound = self.values.into_iter();
        bound.fold(prepared, |prepared, value| match value {
            Value::Integer(value) => prepared.bind(value),
            Value::Real(value) => prepared.bind(value),
            Value::Text(value) => prepared.bind(value),
            Value::Bytes(value) => prepared.bind(value),
            Value::Truth(value) => prepared.bind(value),
        })
    }

    fn on_postgres(self) -> Prepared<'static, Postgres, PgArguments> {
        let prepared = match self.text {
            Cow::Borrowed(text) => sqlx::query(text),
            Cow::Owned(text) => sqlx::query(AssertSqlSafe(text)),
        };
        let bound = self.values.into_iter();
        bound.fold(prepared, |prepared, value| match value {
            Value::Integer(value) => prepared.bind(value),
            Value::Real(value) => prepared.bind(value),
            Value::Text(value) => prepared.bind(value),
            Value::Bytes(value) => prepared.bind(value),
            Value::Truth(value) => prepared.bind(value),
        })
    }
}

impl Pool {
    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Begins a transaction that writes, waiting for other writers now rather than failing later.
    pub(crate) async fn begin(&self) -> Result<Transaction, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(pool) => Transaction::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Transaction::Postgres(pool.begin().await?),
        })
    }

    /// Begins a transaction that reads one state of the store, whatever is written meanwhile.
    pub(crate) async fn begin_reading(&self) -> Result<Transaction, sqlx::Error> {
        let repeatable = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Ok(match self {
            Self::Sqlite(pool) => Transaction::Sqlite(pool.begin().await?),
            Self::Postgres(pool) => Transaction::Postgres(pool.begin_with(repeatable).await?),
        })
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Transaction {
    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Keeps others out who name the same `subject` until this ends. SQLite keeps out everybody who writes as it is.
    pub(crate) async fn wait_for(&mut self, subject: &str) -> Result<(), sqlx::Error> {
        if self.engine() == Engine::Postgres {
            let lock = query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))");
            lock.bind(subject).fetch_all(self).await?;
        }
        Ok(())
    }

    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
        }
    }
}

impl<'a> From<&'a Pool> for On<'a> {
    fn from(pool: &'a Pool) -> Self {
        match pool {
            Pool::Sqlite(pool) => Self::SqlitePool(pool),
            Pool::Postgres(pool) => Self::PostgresPool(pool),
        }
    }
}

impl<'a> From<&'a mut Transaction> for On<'a> {
    fn from(transaction: &'a mut Transaction) -> Self {
        match transaction {
            Transaction::Sqlite(transaction) => Self::Sqlite(transaction),
            Transaction::Postgres(transaction) => Self::Postgres(transaction),
        }
    }
}

fn rows<R: Into<Row>>(rows: Vec<R>) -> Vec<Row> {
    rows.into_iter().map(Into::into).collect()
}

/// The highest number of a value that a statement names.
fn n_values(statement: &str) -> usize {
    let after_sign = statement.split('$').skip(1);
    let numbers = after_sign.map(|text| {
        let end = text.find(|character: char| !character.is_ascii_digit());
        text[..end.unwrap_or(text.len())]
            .parse()
            .unwrap_or_default()
    });
    numbers.max().unwrap_or_default()
}
