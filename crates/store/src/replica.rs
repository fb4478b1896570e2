//! A second store that physically holds only what the first one had recorded by an instant, so that tables of the past can be held
//! against tables that cannot know of later.
//!
//! What is copied is read from the schema: a table with `recorded_at` by time, one without it along with the table that it refers to.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::rows::{corrupt, instant, micros};
use crate::sql::{Pool, Row, Transaction, query};

/// Tables of what holds now, of which no table of results is made.
const OF_NOW: [&str; 7] = [
    "_sqlx_migrations",
    "calendar_pass",
    "fetch_item",
    "host",
    "robots",
    "schedule_slot",
    "stage_lease",
];

/// Sums that are made of the other tables.
const DERIVED: [&str; 5] = [
    "roll_up_day",
    "roll_up_delta",
    "tally_day",
    "tally_delta",
    "text_indexed",
];

/// Tables of the search, which are made of the texts.
const OF_SEARCH: &str = "revision_text";

/// Tables whose rows are written with those of another one than the first that they refer to: which, and by which column.
///
/// What runs of older versions read themes against was written later than they were recorded.
const WRITTEN_WITH: [(&str, &str, &str); 2] = [
    ("text_band", "text_print", "revision_key"),
    ("run_pair", "tag_run", "tag_run_key"),
];

/// Rows of one statement: many enough to cost little each, and few enough that SQLite takes their values.
const ROWS_AT_ONCE: usize = 100;

/// A store in memory that follows another one through time.
#[derive(Debug)]
pub struct Replica {
    store: Store,
    tables: Vec<Copied>,
    /// What was recorded until then is there, in microseconds.
    recorded_by: i64,
}

/// A table that is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Copied {
    name: String,
    columns: Vec<String>,
    /// Where its rows have no `recorded_at`: the table that says when they were recorded, the column there, and the own one.
    follows: Option<(String, String, String)>,
}

impl Replica {
    /// An empty one, of the current schema.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where the schema has a table of which it is not known whether it holds facts.
    pub async fn new() -> Result<Self, StoreError> {
        let store = Store::in_memory().await?;
        // An article may have been recorded, by a clock that was wrong, after what refers to it.
        let unchecked = query("PRAGMA foreign_keys = OFF");
        let unchecked = unchecked.execute(&store.pool).await;
        unchecked.map_err(doing("prepare a copy"))?;
        let tables = copied_tables(&store.pool).await?;
        Ok(Self {
            store,
            tables,
            recorded_by: i64::MIN,
        })
    }

    /// The store in memory.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Gives its memory back.
    pub async fn close(self) {
        self.store.close().await;
    }

    /// Every instant at which a row of `source` was recorded.
    pub async fn instants(&self, source: &Store) -> Result<Vec<DateTime<Utc>>, StoreError> {
        let mut instants = BTreeSet::new();
        for table in self.tables.iter().filter(|table| table.follows.is_none()) {
            let found = query(format!("SELECT DISTINCT recorded_at FROM {}", table.name));
            let found = found.fetch_all(&source.pool).await;
            let found = found.map_err(doing("read when rows were recorded"))?;
            instants.extend(found.iter().map(|row| row.get::<i64>(0)));
        }
        let instants = instants.into_iter();
        instants.map(|micros| instant("a table", micros)).collect()
    }

    /// Copies what `source` recorded since the last call, up to and with `until`; how many rows. An `until` before the last one
    /// copies nothing and takes nothing back.
    pub async fn advance(
        &mut self,
        source: &Store,
        until: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        let (after, until) = (self.recorded_by, micros(until));
        if until <= after {
            return Ok(0);
        }
        let begun = self.store.pool.begin().await;
        let mut transaction = begun.map_err(doing("copy rows"))?;
        let mut n_rows = 0;
        for table in &self.tables {
            let rows = query(table.select()).bind(after).bind(until);
            let rows = rows.fetch_all(&source.pool).await;
            let rows = rows.map_err(doing("read rows to copy"))?;
            n_rows += rows.len();
            for rows in rows.chunks(ROWS_AT_ONCE) {
                let inserted = table.insert(&mut transaction, rows).await;
                inserted.map_err(doing("copy rows"))?;
            }
        }
        let committed = transaction.commit().await;
        committed.map_err(doing("copy rows"))?;
        self.recorded_by = until;
        // Sums are not copied but made anew of the copied rows: a leak in them would otherwise be on both sides.
        let now = instant("a table", until)?;
        self.store.rebuild_roll_ups(now).await?;
        Ok(n_rows)
    }
}

impl Copied {
    /// The statement that reads the rows which were recorded after $1 and by $2.
    fn select(&self) -> String {
        let Self { name, columns, .. } = self;
        let columns: Vec<String> = columns.iter().map(|column| format!("c.{column}")).collect();
        let columns = columns.join(", ");
        match &self.follows {
            None => format!(
                "SELECT {columns} FROM {name} c WHERE c.recorded_at > $1 AND c.recorded_at <= $2"
            ),
            Some((parent, key, column)) => format!(
                "SELECT {columns} FROM {parent} p JOIN {name} c ON c.{column} = p.{key} WHERE p.recorded_at > $1 AND p.recorded_at <= $2"
            ),
        }
    }

    async fn insert(&self, transaction: &mut Transaction, rows: &[Row]) -> Result<(), sqlx::Error> {
        let Self { name, columns, .. } = self;
        let row = format!("({})", vec!["?"; columns.len()].join(", "));
        let values = vec![row; rows.len()].join(", ");
        let mut insert = query(format!(
            "INSERT INTO {name} ({}) VALUES {values}",
            columns.join(", ")
        ));
        for row in rows {
            for place in 0..columns.len() {
                insert = insert.bind(row.value(place)?);
            }
        }
        insert.execute(transaction).await.map(drop)
    }
}

/// Tables that hold facts, each after those that it refers to.
async fn copied_tables(pool: &Pool) -> Result<Vec<Copied>, StoreError> {
    let names = query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    let mut tables = Vec::new();
    for name in read_texts(pool, names).await? {
        let is_left_out =
            OF_NOW.contains(&&*name) || DERIVED.contains(&&*name) || name.starts_with(OF_SEARCH);
        if is_left_out || name.starts_with("sqlite_") {
            continue;
        }
        tables.push(copied(pool, name).await?);
    }
    Ok(tables)
}

async fn copied(pool: &Pool, name: String) -> Result<Copied, StoreError> {
    let columns = query("SELECT name FROM pragma_table_info($1) ORDER BY cid").bind(&name);
    let columns = read_texts(pool, columns).await?;
    let is_given = WRITTEN_WITH.iter().any(|(child, _, _)| *child == name);
    let says_when = columns.iter().any(|column| column == "recorded_at");
    let follows = match says_when && !is_given {
        true => None,
        false => Some(followed(pool, &name).await?),
    };
    Ok(Copied {
        name,
        columns,
        follows,
    })
}

/// The table that says when rows of `name` were recorded: the one given, else the first that they refer to and that says so.
async fn followed(pool: &Pool, name: &str) -> Result<(String, String, String), StoreError> {
    let given = WRITTEN_WITH.iter().find(|(child, _, _)| *child == name);
    if let Some((_, parent, column)) = given {
        return Ok(((*parent).into(), (*column).into(), (*column).into()));
    }
    let referred = query(
        "SELECT k.\"table\", k.\"to\", k.\"from\" FROM pragma_foreign_key_list($1) k
         WHERE EXISTS (SELECT 1 FROM pragma_table_info(k.\"table\") c WHERE c.name = 'recorded_at') ORDER BY k.id DESC",
    );
    let referred = referred.bind(name).fetch_optional(pool).await;
    let referred = referred.map_err(doing("read the schema"))?;
    match referred {
        Some(row) => Ok((row.get(0), row.get(1), row.get(2))),
        None => Err(corrupt(
            "the schema",
            format!("the table {name}, of which it is not known when its rows were recorded"),
        )),
    }
}

async fn read_texts(pool: &Pool, names: crate::sql::Query) -> Result<Vec<String>, StoreError> {
    let rows = names.fetch_all(pool).await;
    let rows = rows.map_err(doing("read the schema"))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(micros).unwrap()
    }

    async fn run(store: &Store, statements: &[&'static str]) {
        for statement in statements {
            query(*statement).execute(&store.pool).await.unwrap();
        }
    }

    async fn count(store: &Store, table: &str) -> i64 {
        let counted = query(format!("SELECT COUNT(*) FROM {table}"));
        counted.fetch_one(&store.pool).await.unwrap().get(0)
    }

    #[tokio::test]
    async fn every_table_is_copied_or_named_as_one_of_now_or_a_sum() {
        let replica = Replica::new().await.unwrap();
        let follows = |name: &str| {
            let table = replica.tables.iter().find(|table| table.name == name);
            let table = table.unwrap_or_else(|| panic!("{name} is not copied"));
            table.follows.as_ref().map(|(parent, _, _)| parent.clone())
        };
        assert_eq!(follows("revision"), None);
        assert_eq!(follows("evidence").as_deref(), Some("tagging"));
        assert_eq!(follows("theme_effect").as_deref(), Some("tagging"));
        assert_eq!(follows("text_band").as_deref(), Some("text_print"));
        run(replica.store(), &["CREATE TABLE forgotten (a INTEGER)"]).await;
        let problem = copied_tables(&replica.store().pool).await.unwrap_err();
        assert!(problem.to_string().contains("forgotten"), "{problem}");
    }

    #[tokio::test]
    async fn a_replica_holds_what_was_recorded_by_then_and_goes_on() {
        let source = Store::in_memory().await.unwrap();
        run(
            &source,
            &[
                "INSERT INTO article VALUES (7, 'a', 'p', 'https://a.example/1', 10), (9, 'b', 'p', 'https://a.example/2', 30)",
                "INSERT INTO revision VALUES (3, 'r', 7, '', 'title', '[]', NULL, 'en', 'text', 'd', 5, NULL, NULL, NULL, 6, 6, 0, 10)",
                "INSERT INTO tag_run VALUES (1, 't', 'm', 'h', 'd', 'c', 10)",
                "INSERT INTO tagging (tagging_key, tag_run_key, revision_key, tone, recorded_at) VALUES (4, 1, 3, -5, 20)",
                "INSERT INTO index_tag VALUES (4, 'RUT', NULL)",
                "INSERT INTO text_print VALUES (3, x'00ff', 20)",
                "INSERT INTO text_band VALUES (0, 11, 3)",
                "INSERT INTO price (index_id, date, close, source, recorded_at) VALUES ('RUT', '2024-07-16', 0.1, 'f', 31)",
            ],
        )
        .await;
        let mut replica = Replica::new().await.unwrap();
        let instants = replica.instants(&source).await.unwrap();
        assert_eq!(instants, [10, 20, 30, 31].map(at));
        assert_eq!(replica.advance(&source, at(19)).await.unwrap(), 3);
        assert_eq!(count(replica.store(), "index_tag").await, 0);
        assert_eq!(replica.advance(&source, at(20)).await.unwrap(), 4);
        assert_eq!(count(replica.store(), "text_band").await, 1);
        assert_eq!(replica.advance(&source, at(5)).await.unwrap(), 0);
        assert_eq!(replica.advance(&source, at(31)).await.unwrap(), 2);
        let statement = "SELECT r.title, r.site, t.tone, p.sketch, c.close, a.article_key FROM revision r
                         JOIN tagging t USING (revision_key) JOIN text_print p USING (revision_key), price c, article a
                         WHERE a.article_id = 'b'";
        let mut rows = Vec::new();
        for store in [&source, replica.store()] {
            let row = query(statement).fetch_one(&store.pool).await.unwrap();
            rows.push((0..6).map(|place| row.value(place).unwrap()).collect());
        }
        let copy: Vec<_> = rows.pop().unwrap();
        assert_eq!(copy, rows[0]);
    }
}
