//! Which session each revision belongs to, by which calendar.

use chrono::{DateTime, Utc};
use newsprint_domain::identifier::Mic;
use newsprint_domain::session::Alignment;
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
        for (revision_key, assignment) in assignments {
            insert_assignment(&mut transaction, *revision_key, assignment, now).await?;
        }
        transaction
            .commit()
            .await
            .map_err(doing("commit session assignments"))
    }
}

pub(crate) async fn insert_assignment(
    transaction: &mut Transaction<'_, Sqlite>,
    revision_key: i64,
    assignment: &SessionAssignment,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let alignment = assignment.alignment.as_ref();
    sqlx::query(
        "INSERT INTO session_assignment (revision_key, exchange, calendar_version, reaction_session, reaction_close,
                                         base_close_session, entry_open_session, phase, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (revision_key, exchange, calendar_version) DO NOTHING",
    )
    .bind(revision_key)
    .bind(assignment.exchange.as_str())
    .bind(&assignment.calendar_version)
    .bind(alignment.map(|alignment| alignment.reaction_session.to_string()))
    .bind(alignment.map(|alignment| micros(alignment.reaction_close)))
    .bind(alignment.map(|alignment| alignment.base_close_session.to_string()))
    .bind(alignment.map(|alignment| alignment.entry_open_session.to_string()))
    .bind(alignment.map(|alignment| alignment.phase.as_str()))
    .bind(micros(now))
    .execute(&mut **transaction)
    .await
    .map_err(doing("record a session assignment"))?;
    Ok(())
}
