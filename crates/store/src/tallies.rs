//! Counts that tables print beside their rows, kept as roll-ups are: a ledger, and its sums by the day of recording.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::hosts::day_of;
use crate::observations::{ARTICLES, FOREIGN, UNASSIGNED};
use crate::reading::AsOf;
use crate::rows::micros;
use crate::runs::RunKey;
use crate::sql::{Kind, Rows, Transaction, Value, query};

/// Counts by subject (a run's id, or nothing) and name.
pub(crate) type Tallies = BTreeMap<(String, String), i64>;

const LEDGER: Rows = Rows {
    table: "tally_delta",
    columns: &[
        ("subject", Kind::Text),
        ("name", Kind::Text),
        ("n", Kind::Integer),
        ("recorded_at", Kind::Integer),
    ],
    otherwise: "",
};

const DAYS: Rows = Rows {
    table: "tally_day",
    columns: &[
        ("subject", Kind::Text),
        ("name", Kind::Text),
        ("n", Kind::Integer),
        ("recorded_on", Kind::Integer),
    ],
    otherwise: "ON CONFLICT (subject, name, recorded_on) DO UPDATE SET n = tally_day.n + excluded.n",
};

/// Pages that a source names and that nobody has been asked for.
pub(crate) const NOT_ASKED: &str = "not_asked";

/// The name under which items are counted whose last outcome is this one.
pub(crate) fn of_outcome(outcome: &str) -> String {
    format!("{OUTCOME}{outcome}")
}

const OUTCOME: &str = "outcome:";

/// Adds to a count that belongs to no run.
pub(crate) fn count(tallies: &mut Tallies, name: &str, n: i64) {
    let key = (String::new(), name.to_owned());
    *tallies.entry(key).or_default() += n;
}

/// Keeps others out who record outcomes and what sources name, until the transaction ends: whether something is the first or the last of
/// its kind must not change between reading it and writing it, and two that record the same in another order must not wait for each other.
pub(crate) async fn alone(transaction: &mut Transaction) -> Result<(), StoreError> {
    let waited = transaction.wait_for("newsprint outcomes").await;
    waited.map_err(doing("wait for the counts"))
}

/// Writes changes of counts.
pub(crate) async fn settle(
    transaction: &mut Transaction,
    tallies: &Tallies,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let rows = |last: i64| {
        let changed = tallies.iter().filter(|(_, n)| **n != 0);
        let rows = changed.flat_map(move |((subject, name), n)| {
            [
                Value::from(subject),
                Value::from(name),
                Value::from(*n),
                Value::from(last),
            ]
        });
        rows.collect::<Vec<_>>()
    };
    let kept = LEDGER.insert(transaction, rows(micros(now))).await;
    kept.map_err(doing("record changes of counts"))?;
    let kept = DAYS.insert(transaction, rows(day_of(now))).await;
    kept.map_err(doing("add up changes of counts"))
}

/// The counts that are held of a run's articles.
pub(crate) async fn held(
    transaction: &mut Transaction,
    run: RunKey,
) -> Result<Tallies, StoreError> {
    let rows = query(
        "SELECT u.tag_run_id, d.name, CAST(SUM(d.n) AS BIGINT) FROM tag_run u JOIN tally_day d ON d.subject = u.tag_run_id
         WHERE u.tag_run_key = $1 GROUP BY u.tag_run_id, d.name",
    );
    let rows = rows.bind(run.0).fetch_all(transaction).await;
    let rows = rows.map_err(doing("read counts"))?;
    let held = rows.iter().filter_map(|row| {
        let name: String = row.get(1);
        let is_known = [ARTICLES, FOREIGN, UNASSIGNED].contains(&name.as_str());
        is_known.then(|| ((row.get(0), name), row.get(2)))
    });
    Ok(held.collect())
}

impl Store {
    /// How many items had given no article by then, by their last outcome, and how many pages that sources named had not been asked for.
    pub async fn without_article(
        &self,
        as_of: AsOf,
    ) -> Result<(BTreeMap<String, i64>, i64), StoreError> {
        let counts = self.tallies("", as_of).await?;
        let n_not_asked = counts.get(NOT_ASKED).copied().unwrap_or_default();
        let outcomes = counts.into_iter().filter_map(|(name, n)| {
            let outcome = name.strip_prefix(OUTCOME)?.to_owned();
            Some((outcome, n))
        });
        Ok((outcomes.collect(), n_not_asked))
    }

    /// Counts of a subject as of then, by name.
    pub async fn tallies(
        &self,
        subject: &str,
        as_of: AsOf,
    ) -> Result<BTreeMap<String, i64>, StoreError> {
        let rows = query(
            "SELECT name, CAST(SUM(n) AS BIGINT) FROM (
                 SELECT name, n FROM tally_day WHERE subject = $1 AND ($3 OR recorded_on < $4)
                 UNION ALL
                 SELECT name, n FROM tally_delta WHERE NOT $3 AND subject = $1 AND recorded_at >= $4 * 86400000000 AND recorded_at <= $2
             ) AS counted GROUP BY name",
        );
        let rows = rows
            .bind(subject)
            .bind(micros(as_of.instant))
            .bind(as_of.reconstructed)
            .bind(day_of(as_of.instant))
            .fetch_all(&self.pool)
            .await
            .map_err(doing("read counts"))?;
        let counts = rows.iter().map(|row| (row.get(0), row.get(1)));
        Ok(counts.filter(|(_, n)| *n != 0).collect())
    }
}
