//! What cases ask and change behind the store's back, on either engine.

use newsprint_store::Place;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

/// A connection to a store's database.
#[derive(Debug)]
pub(crate) enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Raw {
    pub(crate) async fn connect(url: &str) -> Self {
        match Place::of(url).unwrap() {
            Place::File(file) => {
                let options = SqliteConnectOptions::new().filename(file);
                let options = options.create_if_missing(true).foreign_keys(true);
                Self::Sqlite(options.connect().await.unwrap())
            }
            Place::Server(url) => Self::Postgres(PgConnection::connect(&url).await.unwrap()),
        }
    }

    /// Runs statements without values.
    pub(crate) async fn run(&mut self, statements: &str) -> Result<(), sqlx::Error> {
        let statements = sqlx::raw_sql(AssertSqlSafe(statements.to_owned()));
        match self {
            Self::Sqlite(connection) => connection.execute(statements).await.map(drop),
            Self::Postgres(connection) => connection.execute(statements).await.map(drop),
        }
    }

    /// The one column of text that a query gives.
    pub(crate) async fn texts(&mut self, query: &str) -> Vec<String> {
        let asked = sqlx::query_scalar(AssertSqlSafe(query.to_owned()));
        let texts = match self {
            Self::Sqlite(connection) => asked.fetch_all(connection).await,
            Self::Postgres(connection) => {
                let asked = sqlx::query_scalar(AssertSqlSafe(query.to_owned()));
                asked.fetch_all(connection).await
            }
        };
        texts.unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// How many rows a table has.
    pub(crate) async fn count(&mut self, table: &str) -> u64 {
        let query = format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}");
        self.texts(&query).await[0].parse().unwrap()
    }

    /// All tables but that of migrations, and those that the engine makes for itself, as SQLite does for words.
    pub(crate) async fn tables(&mut self) -> Vec<String> {
        let query = match self {
            Self::Sqlite(_) => {
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'revision_text%' AND name <> '_sqlx_migrations' ORDER BY name"
            }
            Self::Postgres(_) => {
                "SELECT CAST(table_name AS TEXT) FROM information_schema.tables
                 WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name <> '_sqlx_migrations' ORDER BY 1"
            }
        };
        self.texts(query).await
    }

    /// Columns of a table, in their order.
    pub(crate) async fn columns(&mut self, table: &str) -> Vec<String> {
        let query = match self {
            Self::Sqlite(_) => {
                format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid")
            }
            Self::Postgres(_) => format!(
                "SELECT CAST(column_name AS TEXT) FROM information_schema.columns
                 WHERE table_schema = current_schema() AND table_name = '{table}' ORDER BY ordinal_position"
            ),
        };
        self.texts(&query).await
    }
}
