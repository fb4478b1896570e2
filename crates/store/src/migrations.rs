//! Brings a store to the current schema: all pending migrations in one transaction, so that it is of the old schema or of the new one.

use sqlx::migrate::{Migration, Migrator};
use sqlx::{Executor as _, SqlSafeStr as _};

use crate::connection::explained;
use crate::sql::{Engine, Pool, Transaction, query};

static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

/// The table in which applied migrations are kept, as sqlx's own command names and reads it.
const TABLE: [(Engine, &str); 2] = [
    (
        Engine::Sqlite,
        "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
             version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
             success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)",
    ),
    (
        Engine::Postgres,
        "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
             version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMPTZ NOT NULL DEFAULT now(),
             success BOOLEAN NOT NULL, checksum BYTEA NOT NULL, execution_time BIGINT NOT NULL)",
    ),
];

fn migrator(engine: Engine) -> &'static Migrator {
    match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    }
}

/// Applies what is pending; an error says what keeps the store from the current schema.
pub(crate) async fn apply(pool: &Pool) -> Result<(), String> {
    let text = |problem: sqlx::Error| explained(&problem);
    if problem_of(pool).await.map_err(text)?.is_none() {
        return Ok(());
    }
    let mut transaction = pool.begin().await.map_err(text)?;
    let waited = transaction.wait_for("newsprint migrations").await;
    waited.map_err(text)?;
    for (engine, table) in TABLE {
        if engine == pool.engine() {
            query(table).execute(&mut transaction).await.map_err(text)?;
        }
    }
    // Read once more: another process may have applied them meanwhile.
    let applied = applied(&mut transaction).await.map_err(text)?;
    let migrations: Vec<&Migration> = migrator(pool.engine()).iter().collect();
    for (version, checksum) in &applied {
        match migrations.iter().find(|known| known.version == *version) {
            Some(known) if *known.checksum == **checksum => {}
            Some(_) => {
                return Err(format!(
                    "migration {version} was another one when it was applied"
                ));
            }
            None => return Err("it was made by a newer version of newsprint".into()),
        }
    }
    let pending = migrations.into_iter().filter(|migration| {
        let mut applied = applied.iter();
        !applied.any(|(version, _)| *version == migration.version)
    });
    for migration in pending {
        let done = apply_one(&mut transaction, migration).await;
        done.map_err(|problem| format!("migration {}: {problem}", migration.version))?;
    }
    transaction.commit().await.map_err(text)
}

async fn applied(transaction: &mut Transaction) -> Result<Vec<(i64, Vec<u8>)>, sqlx::Error> {
    let rows = query("SELECT version, checksum FROM _sqlx_migrations ORDER BY version");
    let rows = rows.fetch_all(transaction).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// How a store's schema stands to that of this version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SchemaState {
    /// Versions of the migrations that were applied.
    pub applied: Vec<i64>,
    /// Those of this version that were not.
    pub pending: Vec<i64>,
    /// Applied ones that this version does not have, or has otherwise.
    pub foreign: Vec<i64>,
}

/// Compares what was applied with what there is.
pub(crate) async fn state_of(pool: &Pool) -> Result<SchemaState, sqlx::Error> {
    let rows = query("SELECT version, checksum FROM _sqlx_migrations ORDER BY version");
    let known: Vec<&Migration> = migrator(pool.engine()).iter().collect();
    let mut state = SchemaState::default();
    for row in rows.fetch_all(pool).await? {
        let (version, checksum): (i64, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
        state.applied.push(version);
        let mut known = known.iter();
        if !known.any(|known| known.version == version && *known.checksum == *checksum) {
            state.foreign.push(version);
        }
    }
    let versions = known.iter().map(|known| known.version);
    state.pending = versions
        .filter(|version| !state.applied.contains(version))
        .collect();
    Ok(state)
}

async fn apply_one(
    transaction: &mut Transaction,
    migration: &'static Migration,
) -> Result<(), sqlx::Error> {
    let statements =
        || sqlx::raw_sql(sqlx::AssertSqlSafe(migration.sql.as_str().to_owned()).into_sql_str());
    match &mut *transaction {
        Transaction::Sqlite(sqlite) => sqlite.execute(statements()).await.map(drop)?,
        Transaction::Postgres(postgres) => postgres.execute(statements()).await.map(drop)?,
    }
    let recorded = query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES ($1, $2, $3, $4, 0)",
    );
    let recorded = recorded
        .bind(migration.version)
        .bind(&*migration.description);
    let recorded = recorded.bind(true).bind(&*migration.checksum);
    recorded.execute(transaction).await.map(drop)
}

/// What keeps a store from being of the current schema, and what to do; `None` where it is.
pub(crate) async fn problem_of(pool: &Pool) -> Result<Option<&'static str>, sqlx::Error> {
    let has_table = match pool.engine() {
        Engine::Sqlite => "SELECT COUNT(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'",
        Engine::Postgres => {
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = '_sqlx_migrations' AND table_schema = current_schema()"
        }
    };
    let n_tables: i64 = query(has_table).fetch_one(pool).await?.get(0);
    let present: Option<i64> = if n_tables == 0 {
        None
    } else {
        let row = query("SELECT MAX(version) FROM _sqlx_migrations");
        row.fetch_one(pool).await?.get(0)
    };
    let current = migrator(pool.engine())
        .iter()
        .map(|known| known.version)
        .max();
    Ok(if present == current {
        None
    } else if present.is_some() && present < current {
        Some("it was made by an older version: `newsprint tag` brings it up to date")
    } else {
        Some(
            "it was not made by this version of newsprint: name another file in store.url or with --db",
        )
    })
}
