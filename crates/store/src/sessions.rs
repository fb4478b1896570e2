//! Which session each revision belongs to, by which calendar.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use newsprint_domain::identifier::Mic;
use newsprint_domain::session::Alignment;
use serde_json::{Value, json};

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::roll_ups::{alone, settle};
use crate::rows::{instant, micros};
use crate::sql::{query, slack};

/// Where one revision falls among an exchange's sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionAssignment {
    /// The exchange.
    pub exchange: Mic,
    /// The calendar that said so.
    pub calendar_version: String,
    /// `None` where the calendar does not reach.
    pub alignment: Option<Alignment>,
}

impl Store {
    /// Revisions without an assignment under this calendar, with the instant to align, and the key of the last revision that was looked at.
    /// Those that an earlier pass looked at ([`Store::finish_pass`]) are not looked at again.
    pub async fn unassigned(
        &self,
        exchange: &Mic,
        calendar_version: &str,
    ) -> Result<(Vec<(i64, DateTime<Utc>)>, i64), StoreError> {
        let last = query("SELECT COALESCE(MAX(revision_key), 0) FROM revision");
        let last = last.fetch_one(&self.pool).await;
        let last: i64 = last.map_err(doing("read revisions"))?.get(0);
        let rows = query(
            "SELECT revision_key, available_at FROM revision r
             WHERE revision_key > COALESCE((SELECT through_key FROM calendar_pass WHERE exchange = $1 AND calendar_version = $2), 0) - $4
               AND revision_key <= $3
               AND NOT EXISTS (SELECT 1 FROM session_assignment s
                               WHERE s.revision_key = r.revision_key AND s.exchange = $1 AND s.calendar_version = $2)
             ORDER BY revision_key",
        )
        .bind(exchange.as_str())
        .bind(calendar_version)
        .bind(last)
        .bind(slack(self.engine()))
        .fetch_all(&self.pool)
        .await
        .map_err(doing("read revisions without a session"))?;
        let unassigned = rows
            .iter()
            .map(|row| Ok((row.get(0), instant("revision", row.get(1))?)));
        Ok((unassigned.collect::<Result<_, StoreError>>()?, last))
    }

    /// Says that every revision up to this key has its assignment under this calendar.
    pub async fn finish_pass(
        &self,
        exchange: &Mic,
        calendar_version: &str,
        through_key: i64,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let finished = query(
            "INSERT INTO calendar_pass (exchange, calendar_version, through_key) VALUES ($1, $2, $3)
             ON CONFLICT (exchange, calendar_version) DO UPDATE SET through_key = $3 WHERE calendar_pass.through_key < $3",
        );
        let finished = finished.bind(exchange.as_str()).bind(calendar_version);
        let finished = finished.bind(through_key).execute(&mut transaction).await;
        finished.map_err(doing("record how far a calendar was applied"))?;
        let committed = transaction.commit().await;
        committed.map_err(doing("record how far a calendar was applied"))
    }

    /// Appends assignments of stored revisions.
    pub async fn record_assignments(
        &self,
        assignments: &[(i64, SessionAssignment)],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        alone(&mut transaction).await?;
        let revisions: Vec<[i64; 1]> = assignments.iter().map(|(key, _)| [*key]).collect();
        // A revision may be stamped by several exchanges, and adds to the sums once.
        let stamped: BTreeSet<i64> = assignments.iter().map(|(key, _)| *key).collect();
        let stamped = Vec::from_iter(stamped);
        let before = self.contributions(&mut transaction, &stamped, None).await?;
        let rows = assignment_rows(assignments.iter().map(|(_, assigned)| assigned));
        let inserted = query(
            "INSERT INTO session_assignment (revision_key, exchange, calendar_version, reaction_session, reaction_close,
                                             base_close_session, entry_open_session, phase, recorded_at)
             SELECT CAST(r.value ->> 0 AS BIGINT), a.value ->> 0, a.value ->> 1, a.value ->> 2, CAST(a.value ->> 3 AS BIGINT), a.value ->> 4, a.value ->> 5, a.value ->> 6, $3
             FROM json_each($1) r JOIN json_each($2) a ON a.key = r.key WHERE true ORDER BY a.key
             ON CONFLICT (revision_key, exchange, calendar_version) DO NOTHING",
        );
        let inserted = inserted.bind(json!(revisions).to_string()).bind(rows);
        let inserted = inserted.bind(micros(now)).execute(&mut transaction).await;
        inserted.map_err(doing("record session assignments"))?;
        let mut changes = self.contributions(&mut transaction, &stamped, None).await?;
        changes.add_all(&before, -1);
        settle(&mut transaction, &changes, now).await?;
        transaction
            .commit()
            .await
            .map_err(doing("commit session assignments"))
    }
}

/// Assignments as JSON, of each the columns of its row but for the revision and when it was recorded.
pub(crate) fn assignment_rows<'a>(
    assignments: impl Iterator<Item = &'a SessionAssignment>,
) -> String {
    let rows: Vec<Value> = assignments.map(row).collect();
    json!(rows).to_string()
}

fn row(assignment: &SessionAssignment) -> Value {
    let alignment = assignment.alignment.as_ref();
    json!([
        assignment.exchange.as_str(),
        assignment.calendar_version,
        alignment.map(|alignment| alignment.reaction_session.to_string()),
        alignment.map(|alignment| micros(alignment.reaction_close)),
        alignment.map(|alignment| alignment.base_close_session.to_string()),
        alignment.map(|alignment| alignment.entry_open_session.to_string()),
        alignment.map(|alignment| alignment.phase.as_str()),
    ])
}
