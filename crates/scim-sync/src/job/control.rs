//! Starting, stopping and restarting a job, and what it says of itself.

use chrono::{DateTime, Utc};

use super::{Job, JobError, JobState, Status};
use crate::connection::{Connection, test_connection};
use crate::cycle::CycleReport;
use crate::escrow::Escrow;
use crate::ledger::Writes;
use crate::progress::ProgressReader;
use crate::quarantine::Quarantine;
use crate::source::Source;
use crate::state::State;
use crate::target::matching_path;

/// What a restart forgets.
///
/// [`ResetScope::default`] is what a button "restart" does: failures, the watermark and the quarantine are forgotten, and
/// which resource an object is, is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub struct ResetScope {
    /// Which resource of the target an object is: everything is matched again.
    pub connector_data_store: bool,
    /// What could not be provisioned. Where the watermark stays, failures are forgotten until their objects change.
    pub escrows: bool,
    /// Where the source was read to: everything is read again.
    pub watermark: bool,
    /// That the job is in quarantine.
    pub quarantine_state: bool,
    /// Lets the next cycle take away as much as it likes.
    pub force_deletes: bool,
}

/// What a job says of itself.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct JobStatus {
    /// Where it stands.
    pub status: Status,
    /// Why it rests, and when it is tried again.
    pub quarantine: Option<Quarantine>,
    /// When the next cycle is due.
    pub next_cycle: Option<DateTime<Utc>>,
    /// What the last cycle did.
    pub last_cycle: Option<CycleReport>,
    /// How many cycles there were.
    pub cycles: u64,
    /// How many users are linked to a resource of the target.
    pub linked_users: u64,
    /// How many groups.
    pub linked_groups: u64,
    /// How many objects wait to be tried again.
    pub escrows: usize,
}

impl ResetScope {
    /// Nothing.
    pub const NONE: Self = Self {
        connector_data_store: false,
        escrows: false,
        watermark: false,
        quarantine_state: false,
        force_deletes: false,
    };

    /// Everything, so that every object is matched again. The deletion guard stays.
    pub const FULL: Self = Self {
        connector_data_store: true,
        escrows: true,
        watermark: true,
        quarantine_state: true,
        force_deletes: false,
    };
}

impl Default for ResetScope {
    fn default() -> Self {
        Self { escrows: true, watermark: true, quarantine_state: true, ..Self::NONE }
    }
}

impl<S: Source, T: State> Job<S, T> {
    /// The job's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The source.
    #[must_use]
    pub fn source(&self) -> &S {
        &self.inner.source
    }

    /// How far a cycle is, while it runs.
    #[must_use]
    pub fn progress(&self) -> ProgressReader {
        self.inner.progress.subscribe()
    }

    /// Where the job stands.
    ///
    /// # Errors
    /// [`JobError::State`].
    pub async fn status(&self) -> Result<JobStatus, JobError> {
        let state = self.inner.ledger.job().await?;
        let status = if self.inner.target.is_none() { Status::NotConfigured } else { state.status };
        Ok(JobStatus {
            status,
            quarantine: state.quarantine,
            next_cycle: state.next_cycle,
            last_cycle: state.last_cycle,
            cycles: state.cycles,
            linked_users: state.linked_users,
            linked_groups: state.linked_groups,
            escrows: self.inner.ledger.escrows().await?.len(),
        })
    }

    /// What could not be provisioned, and when it is tried again.
    ///
    /// # Errors
    /// [`JobError::State`].
    pub async fn escrows(&self) -> Result<Vec<Escrow>, JobError> {
        Ok(self.inner.ledger.escrows().await?)
    }

    /// Asks the target whether it can be provisioned: as the first matching attribute of users is looked up.
    ///
    /// # Errors
    /// [`JobError::NotActive`] without a target. What is wrong with the target is in the diagnosis.
    pub async fn test_connection(&self) -> Result<Connection, JobError> {
        let target = self.inner.target.as_ref().ok_or(JobError::NotActive(Status::NotConfigured))?;
        let mapping = self.inner.rules.mapping(crate::Kind::User);
        let path = mapping.matching().first().and_then(|row| matching_path(mapping, *row));
        Ok(test_connection(&target.client, &path.unwrap_or(scim_core::attr::USER_NAME)).await)
    }

    pub(super) async fn change(&self, change: impl FnOnce(&mut JobState)) -> Result<(), JobError> {
        let _change = self.inner.changing.lock().await;
        let mut state = self.inner.ledger.job().await?;
        change(&mut state);
        Ok(self.inner.ledger.save_job(&state).await?)
    }

    /// Starts the job, or goes on with it after a pause. A quarantine stays.
    ///
    /// # Errors
    /// [`JobError::NotActive`] without a target, [`JobError::State`].
    pub async fn start(&self) -> Result<(), JobError> {
        if self.inner.target.is_none() {
            return Err(JobError::NotActive(Status::NotConfigured));
        }
        let _one = self.inner.running.lock().await;
        self.change(|state| {
            state.status = match &state.quarantine {
                Some(_) => Status::Quarantine,
                None => Status::Active,
            };
        })
        .await
    }

    /// Breaks off the cycle that runs, if one does: objects that are under way are finished, and no others are begun. The
    /// outcome is [`Outcome::Interrupted`](crate::Outcome::Interrupted), and the next cycle begins at the same watermark.
    pub fn interrupt(&self) {
        self.inner.halt.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    /// Stops the job. A cycle that runs comes to its end.
    ///
    /// # Errors
    /// [`JobError::State`].
    pub async fn pause(&self) -> Result<(), JobError> {
        self.change(|state| state.status = Status::Paused).await
    }

    /// Forgets what the scope says, and starts the job.
    ///
    /// # Errors
    /// [`JobError::NotActive`] without a target, [`JobError::State`].
    pub async fn restart(&self, scope: ResetScope) -> Result<(), JobError> {
        {
            let _one = self.inner.running.lock().await;
            let mut writes = Writes::default();
            if scope.connector_data_store {
                self.inner.ledger.clear_links(&mut writes);
            }
            if scope.escrows {
                self.inner.ledger.clear_escrows(&mut writes);
            }
            let _change = self.inner.changing.lock().await;
            let mut state = self.inner.ledger.job().await?;
            if scope.connector_data_store {
                (state.linked_users, state.linked_groups) = (0, 0);
            }
            if scope.watermark || scope.connector_data_store {
                state.watermark = None;
            }
            if scope.quarantine_state {
                state.quarantine = None;
                state.notified = crate::notify::Notified::default();
            }
            state.deletes_allowed |= scope.force_deletes;
            state.next_cycle = None;
            // All of it or nothing: without its links, a job must not go on at the watermark.
            self.inner.ledger.put_job(&state, &mut writes)?;
            self.inner.ledger.commit(writes).await?;
        }
        self.start().await
    }

    /// Lets the next cycle take away what the deletion guard held back, and ends the quarantine that it began.
    ///
    /// # Errors
    /// [`JobError::State`].
    pub async fn allow_deletes(&self) -> Result<(), JobError> {
        self.restart(ResetScope { force_deletes: true, quarantine_state: true, ..ResetScope::NONE }).await
    }
}
