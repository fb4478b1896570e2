//! Stage leases: one process at a time works on a stage, and one that lost its lease while it was paused can write nothing any more.
//!
//! A lease has an end and is renewed before it. Whoever takes it over gets a higher token, and every transaction of a fenced store asks
//! for the token first, under a lock that a take-over waits for: so that of two holders only the later one writes, whatever their clocks say.

use chrono::{DateTime, TimeDelta, Utc};

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::rows::{instant, micros};
use crate::sql::{Engine, Transaction, query};

/// The right to write what belongs to a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageLease {
    stage: String,
    token: i64,
}

/// What every transaction of a fenced store asks for first.
#[derive(Debug, Clone)]
pub(crate) struct Fence(StageLease);

/// Whether a stage may be worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StageLeased {
    /// By the caller, and by nobody else until the lease ends or is given back.
    Granted(StageLease),
    /// By somebody else.
    Held {
        /// Who holds it.
        holder: String,
        /// Until when, unless it is renewed.
        until: DateTime<Utc>,
    },
}

impl Store {
    /// Leases `stage` to `holder` for `lasts`; a lease that has ended by `now` is taken over.
    pub async fn lease_stage(
        &self,
        stage: &str,
        holder: &str,
        lasts: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<StageLeased, StoreError> {
        let mut transaction = self.begin().await?;
        let waited = transaction.wait_for(stage).await;
        waited.map_err(doing("wait for a stage"))?;
        let held = query("SELECT holder, token, leased_until FROM stage_lease WHERE stage = $1");
        let held = held.bind(stage).fetch_optional(&mut transaction).await;
        let held = held.map_err(doing("read a stage's lease"))?;
        let mut token = 1;
        if let Some(row) = held {
            let until = instant("stage_lease", row.get(2))?;
            // One that outlasts every lease was made while the clock was wrong.
            if now < until && until <= now + lasts * 2 {
                let holder = row.get(0);
                return Ok(StageLeased::Held { holder, until });
            }
            token = row.get::<i64>(1) + 1;
        }
        let leased = query(
            "INSERT INTO stage_lease (stage, holder, token, leased_until) VALUES ($1, $2, $3, $4)
             ON CONFLICT (stage) DO UPDATE SET holder = $2, token = $3, leased_until = $4",
        );
        let leased = leased.bind(stage).bind(holder).bind(token);
        let leased = leased.bind(micros(now + lasts)).execute(&mut transaction);
        leased.await.map_err(doing("lease a stage"))?;
        let committed = transaction.commit().await;
        committed.map_err(doing("lease a stage"))?;
        let stage = stage.to_owned();
        Ok(StageLeased::Granted(StageLease { stage, token }))
    }

    /// Lets a lease last until `until`; `false` where somebody else has taken it over.
    pub async fn renew_stage(
        &self,
        lease: &StageLease,
        until: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let renewed =
            query("UPDATE stage_lease SET leased_until = $3 WHERE stage = $1 AND token = $2");
        let renewed = renewed.bind(&lease.stage).bind(lease.token);
        let renewed = renewed.bind(micros(until)).execute(&self.hurried).await;
        Ok(renewed.map_err(doing("renew a stage's lease"))? > 0)
    }

    /// Gives a lease back.
    pub async fn release_stage(&self, lease: &StageLease) -> Result<(), StoreError> {
        let released =
            query("UPDATE stage_lease SET leased_until = 0 WHERE stage = $1 AND token = $2");
        let released = released.bind(&lease.stage).bind(lease.token);
        let released = released.execute(&self.hurried).await;
        released.map_err(doing("give back a stage's lease"))?;
        Ok(())
    }

    /// The same store, which writes as long as the lease is this one and is refused from then on.
    pub fn under(&self, lease: &StageLease) -> Self {
        Self {
            fence: Some(Fence(lease.clone())),
            ..self.clone()
        }
    }

    /// The instant after which slots of a stage are still to be run: its latest slot that was finished or, where none was, just before
    /// the first that was begun. `None` where no scheduler has run the stage.
    pub async fn slots_run_until(&self, stage: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
        let latest = query(
            "SELECT COALESCE(MAX(CASE WHEN finished_at IS NULL THEN NULL ELSE slot END), MIN(slot) - 1)
             FROM schedule_slot WHERE stage = $1",
        );
        let latest = latest.bind(stage).fetch_one(&self.pool).await;
        let latest = latest.map_err(doing("read the schedule's slots"))?;
        let latest: Option<i64> = latest.get(0);
        let read = |slot| instant("schedule_slot", slot);
        latest.map(read).transpose()
    }

    /// Takes a slot of the schedule, under the stage's lease: `false` where it has been run. One that was begun and not finished was
    /// begun by a process that has lost the lease, and is taken over.
    pub async fn take_slot(
        &self,
        lease: &StageLease,
        slot: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.under(lease).begin().await?;
        let taken = query(
            "INSERT INTO schedule_slot (stage, slot, token) VALUES ($1, $2, $3)
             ON CONFLICT (stage, slot) DO UPDATE SET token = $3 WHERE schedule_slot.finished_at IS NULL",
        );
        let taken = taken.bind(&lease.stage).bind(micros(slot));
        let taken = taken.bind(lease.token).execute(&mut transaction).await;
        let taken = taken.map_err(doing("take a slot"))?;
        let committed = transaction.commit().await;
        committed.map_err(doing("take a slot"))?;
        Ok(taken > 0)
    }

    /// Says that a slot has been run.
    pub async fn finish_slot(
        &self,
        lease: &StageLease,
        slot: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.under(lease).begin().await?;
        let finished =
            query("UPDATE schedule_slot SET finished_at = $3 WHERE stage = $1 AND slot = $2");
        let finished = finished.bind(&lease.stage).bind(micros(slot));
        let finished = finished.bind(micros(now)).execute(&mut transaction).await;
        finished.map_err(doing("finish a slot"))?;
        let committed = transaction.commit().await;
        committed.map_err(doing("finish a slot"))
    }
}

impl StageLease {
    /// The stage's name.
    pub fn stage(&self) -> &str {
        &self.stage
    }
}

impl Fence {
    /// Refuses the transaction where the lease has gone to somebody else, and keeps it from going while the transaction lasts.
    pub(crate) async fn check(&self, transaction: &mut Transaction) -> Result<(), StoreError> {
        let Self(StageLease { stage, token }) = self;
        let locked = match transaction.engine() {
            Engine::Sqlite => "SELECT token FROM stage_lease WHERE stage = $1",
            Engine::Postgres => "SELECT token FROM stage_lease WHERE stage = $1 FOR UPDATE",
        };
        let row = query(locked).bind(stage).fetch_optional(transaction).await;
        let row = row.map_err(doing("read a stage's lease"))?;
        match row.map(|row| row.get::<i64>(0)) {
            Some(current) if current == *token => Ok(()),
            _ => Err(StoreError::LeaseLost {
                stage: stage.clone(),
            }),
        }
    }
}
