//! Which session each revision belongs to, by which calendar.

use chrono::{DateTime, Utc};
use newsprint_domain::identifier::Mic;
use newsprint_domain::session::Alignment;
use serde_json::{Value, json};
use sqlx::{Row as _, Sqlite, Transaction};

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::rows::{instant, micros};

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
    /// Revisions without an assignment under this calendar, with the instant to align.
    pub async fn unassigned(
        &self,
        exchange: &Mic,
        calendar_version: &str,
    ) -> Result<Vec<(i64, DateTime<Utc>)>, StoreError> {
        let rows = sqlx::query(
            "SELECT revision_key, available_at FROM revision r
             WHERE NOT EXISTS (SELECT 1 FROM session_assignment s
                               WHERE s.revision_key = r.revision_key AND s.exchange = $1 AND s.calendar_version = $2)
             ORDER BY revision_key",
        )
        .bind(exchange.as_str())
        .bind(calendar_version)
        .fetch_all(&self.pool)
        .await
        .map_err(doing("read revisions without a session"))?;
        rows.iter()
            .map(|row| Ok((row.get(0), instant("revision", row.get(1))?)))
            .collect()
    }

    /// Appends assignments of stored revisions.
    pub async fn record_assignments(
        &self,
        assignments: &[(i64, SessionAssignment)],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let assigned = assignments.iter();
        let assigned = assigned.map(|(revision_key, assignment)| (*revision_key, assignment));
        insert_assignments(&mut transaction, assigned, now).await?;
        transaction
            .commit()
            .await
            .map_err(doing("commit session assignments"))
    }
}

pub(crate) async fn insert_assignments(
    transaction: &mut Transaction<'_, Sqlite>,
    assignments: impl Iterator<Item = (i64, &SessionAssignment)>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let rows: Vec<Value> = assignments
        .map(|(key, assigned)| row(key, assigned))
        .collect();
    let inserted = sqlx::query(
        "INSERT INTO session_assignment (revision_key, exchange, calendar_version, reaction_session, reaction_close,
                                         base_close_session, entry_open_session, phase, recorded_at)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, $2
         FROM json_each($1) WHERE true ORDER BY key
         ON CONFLICT (revision_key, exchange, calendar_version) DO NOTHING",
    );
    let inserted = inserted.bind(json!(rows).to_string()).bind(micros(now));
    let inserted = inserted.execute(&mut **transaction).await;
    inserted.map_err(doing("record session assignments"))?;
    Ok(())
}

/// An assignment as the columns of its row, up to when it was recorded.
fn row(revision_key: i64, assignment: &SessionAssignment) -> Value {
    let alignment = assignment.alignment.as_ref();
    json!([
        revision_key,
        assignment.exchange.as_str(),
        assignment.calendar_version,
        alignment.map(|alignment| alignment.reaction_session.to_string()),
        alignment.map(|alignment| micros(alignment.reaction_close)),
        alignment.map(|alignment| alignment.base_close_session.to_string()),
        alignment.map(|alignment| alignment.entry_open_session.to_string()),
        alignment.map(|alignment| alignment.phase.as_str()),
    ])
}
