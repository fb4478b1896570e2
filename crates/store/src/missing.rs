//! Whether the sums are those of the rows that they are made of, and what to add where they are not.

use chrono::{DateTime, Utc};

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::observations::Changes;
use crate::roll_ups::{SUMS, alone, held, settle};
use crate::runs::RunKey;
use crate::sql::{Transaction, query};

/// Revisions that are read at once.
const CHUNK: i64 = 2_000;

/// Each ledger with its sums by day, what both are told apart by, and what is added up.
const LEDGERS: [(&str, &str, &str, &str); 2] = [
    (
        "roll_up_delta",
        "roll_up_day",
        "session, run_pair_key, retrospective",
        SUMS,
    ),
    ("tally_delta", "tally_day", "subject, name", "n"),
];

impl Store {
    /// What the tags of `run` add to the sums beyond what these hold.
    pub(crate) async fn missing_sums(
        &self,
        transaction: &mut Transaction,
        run: RunKey,
    ) -> Result<Changes, StoreError> {
        let mut missing = Changes::default();
        let mut after = i64::MIN;
        loop {
            let keys = query(
                "SELECT revision_key FROM tagging WHERE tag_run_key = $1 AND revision_key > $2 ORDER BY revision_key LIMIT $3",
            );
            let keys = keys.bind(run.0).bind(after).bind(CHUNK);
            let keys = keys.fetch_all(&mut *transaction).await;
            let keys = keys.map_err(doing("read taggings"))?;
            let keys: Vec<i64> = keys.iter().map(|row| row.get(0)).collect();
            let Some(last) = keys.last() else { break };
            after = *last;
            let found = self.contributions(transaction, &keys, Some(run)).await?;
            missing.add_all(&found, 1);
        }
        let sums = held(transaction, run).await?;
        missing.add_all(&sums, -1);
        Ok(missing)
    }

    /// Where the sums of any run are not those of its tags: a line for each run, of how many cells and counts differ.
    pub async fn roll_up_problems(&self) -> Result<Vec<String>, StoreError> {
        let begun = self.pool.begin_reading().await;
        let mut transaction = begun.map_err(doing("begin to read"))?;
        let mut problems = ledger_problems(&mut transaction).await?;
        let missing = missing_counts(&mut transaction).await?;
        if !missing.tallies.is_empty() {
            let names: Vec<&str> = missing
                .tallies
                .keys()
                .map(|(_, name)| name.as_str())
                .collect();
            problems.push(format!(
                "counts that are not those of fetch outcomes: {}",
                names.join(", ")
            ));
        }
        for (run, id) in described_runs(&mut transaction).await? {
            let missing = self.missing_sums(&mut transaction, run).await?;
            let (n_cells, n_counts) = (missing.cells.len(), missing.tallies.len());
            if n_cells + n_counts > 0 {
                problems.push(format!(
                    "run {}: {n_cells} cells and {n_counts} counts are not the sums of its tags",
                    id.get(..12).unwrap_or(&id)
                ));
            }
        }
        Ok(problems)
    }

    /// Makes the sums of all runs right, by adding to the ledger what is missing; how many cells and counts that changed.
    pub async fn rebuild_roll_ups(&self, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let mut transaction = self.begin().await?;
        alone(&mut transaction).await?;
        add_up_ledger(&mut transaction).await?;
        let missing = missing_counts(&mut transaction).await?;
        let mut n_changed = missing.tallies.len();
        settle(&mut transaction, &missing, now).await?;
        for (run, _) in described_runs(&mut transaction).await? {
            let missing = self.missing_sums(&mut transaction, run).await?;
            n_changed += missing.cells.len() + missing.tallies.len();
            settle(&mut transaction, &missing, now).await?;
        }
        let committed = transaction.commit().await;
        committed.map_err(doing("make the sums anew"))?;
        Ok(n_changed)
    }
}

/// What fetch outcomes add to the counts that belong to no run, beyond what these hold.
async fn missing_counts(transaction: &mut Transaction) -> Result<Changes, StoreError> {
    let rows = query(
        "SELECT '', 'outcome:' || outcome, COUNT(*) FROM fetch_outcome f
         WHERE outcome <> 'ok' AND NOT EXISTS (
             SELECT 1 FROM fetch_outcome later WHERE later.source = f.source AND later.item = f.item
               AND (later.fetch_outcome_key > f.fetch_outcome_key OR later.outcome = 'ok'))
         GROUP BY outcome
         UNION ALL
         SELECT '', 'not_asked', COUNT(DISTINCT item) FROM listing l
         WHERE NOT EXISTS (SELECT 1 FROM fetch_outcome f WHERE f.item = l.item)
         UNION ALL
         SELECT '', name, CAST(-SUM(n) AS BIGINT) FROM tally_day WHERE subject = '' GROUP BY name",
    );
    let rows = rows.fetch_all(transaction).await;
    let mut missing = Changes::default();
    for row in rows.map_err(doing("count what gave no article"))? {
        let key = (row.get(0), row.get(1));
        *missing.tallies.entry(key).or_default() += row.get::<i64>(2);
    }
    missing.tallies.retain(|_, n| *n != 0);
    Ok(missing)
}

/// Runs of which it is recorded what they read themes against, with their public ids.
async fn described_runs(
    transaction: &mut Transaction,
) -> Result<Vec<(RunKey, String)>, StoreError> {
    let runs = query(
        "SELECT tag_run_key, tag_run_id FROM tag_run u
         WHERE EXISTS (SELECT 1 FROM run_pair p WHERE p.tag_run_key = u.tag_run_key) ORDER BY tag_run_key",
    );
    let runs = runs.fetch_all(transaction).await;
    let runs = runs.map_err(doing("read tag runs"))?;
    Ok(runs
        .iter()
        .map(|row| (RunKey(row.get(0)), row.get(1)))
        .collect())
}

/// Where the sums by day are not those of the ledger.
async fn ledger_problems(transaction: &mut Transaction) -> Result<Vec<String>, StoreError> {
    let mut problems = Vec::new();
    for (ledger, days, key, sums) in LEDGERS {
        let each: Vec<&str> = sums.split(',').map(str::trim).collect();
        let added = |sign: &str| {
            each.iter()
                .map(|sum| format!("{sign}{sum} AS {sum}"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let differs: Vec<String> = each.iter().map(|sum| format!("SUM({sum}) <> 0")).collect();
        let text = format!(
            "SELECT COUNT(*) FROM (
                 SELECT {key} FROM (
                     SELECT {key}, recorded_on AS day, {} FROM {days}
                     UNION ALL SELECT {key}, recorded_at / 86400000000 AS day, {} FROM {ledger}) AS both_of
                 GROUP BY {key}, day HAVING {}) AS differing",
            added(""),
            added("-"),
            differs.join(" OR ")
        );
        let row = query(text).fetch_one(&mut *transaction).await;
        let n: i64 = row.map_err(doing("compare sums with their ledger"))?.get(0);
        if n > 0 {
            problems.push(format!("{n} rows of {days} are not the sums of {ledger}"));
        }
    }
    Ok(problems)
}

/// Makes the sums by day anew from the ledger.
async fn add_up_ledger(transaction: &mut Transaction) -> Result<(), StoreError> {
    for (ledger, days, key, sums) in LEDGERS {
        let each: Vec<&str> = sums.split(',').map(str::trim).collect();
        let total = each.iter().map(|sum| format!("CAST(SUM({sum}) AS BIGINT)"));
        let total = total.collect::<Vec<_>>().join(", ");
        let zero = each.iter().map(|sum| format!("{sum} = 0"));
        let zero = zero.collect::<Vec<_>>().join(", ");
        let set = each.iter().map(|sum| format!("{sum} = excluded.{sum}"));
        let set = set.collect::<Vec<_>>().join(", ");
        let statements = [
            format!("UPDATE {days} SET {zero}"),
            format!(
                "INSERT INTO {days} ({key}, recorded_on, {sums})
                 SELECT {key}, recorded_at / 86400000000, {total} FROM {ledger} WHERE true GROUP BY {key}, recorded_at / 86400000000
                 ON CONFLICT ({key}, recorded_on) DO UPDATE SET {set}"
            ),
        ];
        for statement in statements {
            let done = query(statement).execute(&mut *transaction).await;
            done.map_err(doing("make the sums anew"))?;
        }
    }
    Ok(())
}
