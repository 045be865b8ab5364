//! A job: a source, a target, rules, and what is remembered from cycle to cycle.

mod builder;
mod control;
mod on_demand;
mod schedule;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use scim_client::Timer;
use serde::{Deserialize, Serialize};

pub use self::builder::JobBuilder;
pub use self::control::{JobStatus, ResetScope};

pub use self::on_demand::OnDemand;
use crate::cycle::{Course, CycleReport, Import, Outcome, Stop, Triage};
use crate::escrow::EscrowCounts;
use crate::guard::{DeletionGuard, Removals};
use crate::ledger::{Ledger, Writes};
use crate::log::{LogRecord, LogSink, LogStatus, LoggedAction};
use crate::notify::{AnyNotifier, Notification, Notified, Staged};
use crate::progress::{Counts, Phase, Progress, ProgressWatch};
use crate::quarantine::{Quarantine, QuarantineReason, Thresholds};
use crate::rules::{CompiledRules, RulesError};
use crate::source::{Source, SourceError, Watermark};
use crate::state::{State, StateError};
use crate::target::Target;

/// A job: keeps one target true to one source.
///
/// It is cheap to clone; its clones are the same job. One process at a time may run the cycles of a job.
pub struct Job<S, T> {
    pub(crate) inner: Arc<Inner<S, T>>,
}

/// What a job is made of.
pub(crate) struct Inner<S, T> {
    pub(crate) name: String,
    pub(crate) target_name: String,
    pub(crate) source: S,
    pub(crate) target: Option<Target>,
    pub(crate) rules: CompiledRules,
    pub(crate) ledger: Ledger<T>,
    pub(crate) log: Box<dyn LogSink>,
    pub(crate) notifier: Box<dyn AnyNotifier>,
    pub(crate) timer: Box<dyn Timer>,
    pub(crate) options: Options,
    pub(crate) progress: ProgressWatch,
    /// One cycle at a time.
    running: tokio::sync::Mutex<()>,
    /// Whether the cycle that runs is to end.
    pub(crate) halt: AtomicBool,
    /// One change at a time of what the job remembers of itself: it may be paused while a cycle ends.
    changing: tokio::sync::Mutex<()>,
}

/// How a job runs.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) interval: Duration,
    pub(crate) concurrency: usize,
    pub(crate) member_batch: usize,
    pub(crate) guard: DeletionGuard,
    pub(crate) thresholds: Thresholds,
    pub(crate) outage_after: u32,
    pub(crate) log_unchanged: bool,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// There is no target: a builder without a client.
    NotConfigured,
    /// It has not been started.
    #[default]
    NotRun,
    /// Its cycles run.
    Active,
    /// Somebody stopped it.
    Paused,
    /// It is in quarantine: it tries again, and less and less often.
    Quarantine,
    /// It was in quarantine for four weeks, and has given up.
    Disabled,
}

/// What a job remembers of itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct JobState {
    pub(crate) status: Status,
    pub(crate) watermark: Option<Watermark>,
    /// The rules that the watermark was made with.
    pub(crate) rules: Option<String>,
    pub(crate) quarantine: Option<Quarantine>,
    pub(crate) notified: Notified,
    /// The next cycle may take away as much as it likes.
    pub(crate) deletes_allowed: bool,
    pub(crate) linked_users: u64,
    pub(crate) linked_groups: u64,
    pub(crate) next_cycle: Option<DateTime<Utc>>,
    pub(crate) last_cycle: Option<CycleReport>,
    pub(crate) cycles: u64,
}

/// What a cycle would do.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Preview {
    /// Whether it would look at everything.
    pub initial: bool,
    /// What it would do, object by object; what stays as it is, is not among them.
    pub records: Vec<LogRecord>,
    /// What it would take away.
    pub removals: Removals,
    /// Whether the deletion guard would hold it back.
    pub held_back: bool,
    /// How many objects would stay as they are.
    pub unchanged: u64,
}

/// Why a job could not be put together, or a cycle could not be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// The rules cannot be followed.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The source cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The job cannot remember.
    #[error(transparent)]
    State(#[from] StateError),
    /// The job does not run now.
    #[error("the job is {}", .0.as_str())]
    NotActive(Status),
    /// It is in quarantine, and is tried again then.
    #[error("the job is in quarantine until {0}")]
    Quarantined(DateTime<Utc>),
    /// There is no such object in the source.
    #[error("the source has no {0} `{1}`")]
    NoSuchObject(crate::Kind, String),
}

impl Status {
    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotConfigured => "not configured",
            Self::NotRun => "not started",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Quarantine => "in quarantine",
            Self::Disabled => "disabled",
        }
    }
}

impl<S: Source, T: State> Job<S, T> {
    /// Runs one cycle now, whenever the next one would have been: an initial one where there is no watermark, else an
    /// incremental one.
    ///
    /// Single objects that cannot be provisioned do not end it. A job that was never started is started by this.
    ///
    /// # Errors
    /// [`JobError::NotActive`] where the job is paused or disabled, [`JobError::Quarantined`] before the time of the next
    /// attempt; or where the source or the state cannot be read, which the next cycle makes good.
    pub async fn run_cycle(&self) -> Result<CycleReport, JobError> {
        let _one = self.inner.running.lock().await;
        self.inner.halt.store(false, Ordering::Relaxed);
        let mut state = self.inner.ledger.job().await?;
        let now = self.inner.timer.now();
        match (state.status, &state.quarantine) {
            (Status::Paused | Status::Disabled | Status::NotConfigured, _) => {
                return Err(JobError::NotActive(state.status));
            }
            (Status::Quarantine, Some(quarantine)) if quarantine.is_over(now) => {
                self.give_up(&mut state).await?;
                return Err(JobError::NotActive(Status::Disabled));
            }
            (Status::Quarantine, Some(quarantine)) if !quarantine.is_due(now) => {
                return Err(JobError::Quarantined(quarantine.next_attempt));
            }
            (Status::NotRun, _) => state.status = Status::Active,
            _ => {}
        }
        let report = self.cycle(&mut state, now).await;
        if report.is_err() {
            self.inner.progress.update(|progress| progress.phase = Phase::Idle);
        }
        let next = chrono::Duration::from_std(self.inner.options.interval).ok();
        let next = next.and_then(|interval| now.checked_add_signed(interval));
        state.next_cycle = Some(next.unwrap_or(DateTime::<Utc>::MAX_UTC));
        let _change = self.inner.changing.lock().await;
        // Somebody may have paused it meanwhile; the running cycle came to its end, however that was.
        if self.inner.ledger.job().await?.status == Status::Paused {
            state.status = Status::Paused;
        }
        if let Ok(report) = &report {
            state.last_cycle = Some(report.clone());
            state.cycles += 1;
        }
        self.inner.ledger.save_job(&state).await?;
        report
    }

    async fn cycle(&self, state: &mut JobState, now: DateTime<Utc>) -> Result<CycleReport, JobError> {
        let inner = &*self.inner;
        let fingerprint = inner.rules.rules().fingerprint();
        if state.rules.as_ref() != Some(&fingerprint) {
            // Who was in scope may be out of it now, and the reverse.
            // That is written down at once: the rules may be the former ones again after a cycle that was killed.
            if state.watermark.take().is_some() {
                self.change(|state| state.watermark = None).await?;
            }
        }
        let (mut course, import) = self.begin(state, true).await?;
        course.deletes_allowed = std::mem::take(&mut state.deletes_allowed);
        inner.progress.update(|progress| progress.phase = Phase::Planning);
        let triage = course.triage(&import).await?;
        course.note(|notes| notes.counts.unchanged = triage.unchanged);
        if course.is_held_back(&import, &triage).await? {
            self.stage(&course, &import, &triage).await?;
        } else {
            course.act(&import, &triage).await?;
        }
        self.finish(state, &course, &import, &triage, fingerprint, now).await
    }

    /// The course of a cycle with what it begins with.
    async fn begin(&self, state: &JobState, act: bool) -> Result<(Course<'_, S, T>, Import), JobError> {
        let inner = &*self.inner;
        inner.progress.update(|progress| {
            let (users, groups) = (state.linked_users, state.linked_groups);
            *progress = Progress::default();
            (progress.phase, progress.initial) = (Phase::Reading, state.watermark.is_none());
            progress.began = Some(inner.timer.now());
            (progress.linked_users, progress.linked_groups) = (users, groups);
        });
        let course = Course::new(inner, state.watermark.is_none(), act).await?;
        if act {
            course.settle().await?;
        }
        if let Some(import) = course.import(state.watermark.as_ref()).await? {
            return Ok((course, import));
        }
        // The source does not know the watermark any more.
        let course = Course::new(inner, true, act).await?;
        match course.import(None).await? {
            Some(import) => Ok((course, import)),
            None => Err(SourceError::WatermarkLost.into()),
        }
    }

    /// Writes down what is held back; nothing is sent.
    async fn stage(
        &self,
        course: &Course<'_, S, T>,
        import: &Import,
        triage: &Triage,
    ) -> Result<(), JobError> {
        let look = Course::new(&self.inner, course.full, false).await?;
        for kind in [crate::Kind::User, crate::Kind::Group] {
            let known = triage.known(kind).iter().filter_map(|at| import.changes.get(*at));
            for change in known.filter(|change| triage.leaves(change)) {
                if look.stop().is_some() {
                    break;
                }
                look.one(change, triage).await?;
            }
        }
        for mut record in look.take_records() {
            if record.status == LogStatus::Success {
                record.provisioning_action = LoggedAction::StagedDelete;
                record.status = LogStatus::Warning;
                record.cycle_id.clone_from(&course.cycle);
                self.inner.log.record(&record);
            }
        }
        let Removals { disables, deletes, members } = triage.removals;
        let text = format!(
            "{disables} disables, {deletes} deletes and {members} removals of members were held back"
        );
        let staged = triage.removals.disables + triage.removals.deletes;
        course.note(|notes| notes.counts = Counts { staged, ..Counts::default() });
        course.stop_with(Stop::Quarantine(QuarantineReason::TooManyDeletes, text));
        Ok(())
    }

    async fn finish(
        &self,
        state: &mut JobState,
        course: &Course<'_, S, T>,
        import: &Import,
        triage: &Triage,
        fingerprint: String,
        now: DateTime<Utc>,
    ) -> Result<CycleReport, JobError> {
        let inner = &*self.inner;
        let [users, groups] = course.links_by();
        state.linked_users = state.linked_users.saturating_add_signed(users);
        state.linked_groups = state.linked_groups.saturating_add_signed(groups);
        let stop = match course.stop() {
            None => self.judge(import).await?,
            stop => stop,
        };
        let outcome = match stop {
            None => {
                state.watermark.clone_from(&import.watermark);
                state.rules = Some(fingerprint);
                state.quarantine = None;
                state.notified.left();
                state.status = Status::Active;
                Outcome::Completed
            }
            Some(Stop::Interrupted(why)) => Outcome::Interrupted(why),
            Some(Stop::Quarantine(reason, error)) => {
                self.quarantine(state, reason, &error, triage.removals, now).await;
                Outcome::Quarantined(reason, error)
            }
        };
        let counts = course.counts();
        inner.progress.update(|progress| {
            (progress.phase, progress.counts) = (Phase::Idle, counts);
            progress.ended = Some(inner.timer.now());
            (progress.linked_users, progress.linked_groups) = (state.linked_users, state.linked_groups);
        });
        Ok(CycleReport {
            cycle_id: course.cycle.clone(),
            initial: course.full,
            outcome,
            began: now,
            ended: inner.timer.now(),
            counts,
            removals: triage.removals,
        })
    }

    /// Whether so much failed that the job has to rest.
    async fn judge(&self, import: &Import) -> Result<Option<Stop>, JobError> {
        let escrows = self.inner.ledger.escrows().await?;
        let ids = crate::cycle::ids(&import.changes);
        let others = escrows.iter().filter(|one| !ids.contains(&(one.kind, one.source_id.clone()))).count();
        let mut counts =
            EscrowCounts { events: (import.changes.len() + others) as u64, ..EscrowCounts::default() };
        escrows.iter().for_each(|escrow| counts.add(escrow));
        Ok(self.inner.options.thresholds.evaluate(&counts).map(|reason| {
            let EscrowCounts { total_failures, reference_failures, events } = counts;
            let text = format!(
                "{total_failures} of {events} objects failed, {reference_failures} of them by references"
            );
            Stop::Quarantine(reason, text)
        }))
    }

    async fn quarantine(
        &self,
        state: &mut JobState,
        reason: QuarantineReason,
        error: &str,
        removals: Removals,
        now: DateTime<Utc>,
    ) {
        match &mut state.quarantine {
            Some(quarantine) => quarantine.failed_again(reason, error, now),
            none => *none = Some(Quarantine::new(reason, error, now)),
        }
        state.status = Status::Quarantine;
        if state.notified.is_news(reason, false) {
            let mut told = Notification::new(&*self.inner.name, &*self.inner.target_name, reason, error, now);
            told.next_attempt = state.quarantine.as_ref().map(|quarantine| quarantine.next_attempt);
            if reason == QuarantineReason::TooManyDeletes {
                let Removals { disables, deletes, members } = removals;
                let linked = state.linked_users.saturating_add(state.linked_groups);
                told.staged = Some(Staged { disables, deletes, member_removals: members, linked });
            }
            self.tell(state, &told).await;
        }
    }

    /// Tells people; who could not be told is told with the next attempt.
    async fn tell(&self, state: &mut JobState, told: &Notification) {
        match self.inner.notifier.notify_boxed(told).await {
            Ok(()) => state.notified.told(told.reason, told.disabled),
            Err(error) => tracing::error!(job = %told.job, %error, "nobody was told of the quarantine"),
        }
    }

    /// Four weeks are enough.
    async fn give_up(&self, state: &mut JobState) -> Result<(), JobError> {
        state.status = Status::Disabled;
        if let Some(quarantine) = state.quarantine.clone()
            && state.notified.is_news(quarantine.reason, true)
        {
            let (inner, now) = (&self.inner, self.inner.timer.now());
            let (job, target) = (&*inner.name, &*inner.target_name);
            let mut told = Notification::new(job, target, quarantine.reason, quarantine.error, now);
            told.disabled = true;
            self.tell(state, &told).await;
        }
        // Whoever failed is not remembered: should it begin again, everything has to be looked at.
        state.watermark = None;
        let mut writes = Writes::default();
        self.inner.ledger.clear_escrows(&mut writes);
        self.inner.ledger.put_job(state, &mut writes)?;
        let _change = self.inner.changing.lock().await;
        self.inner.ledger.commit(writes).await?;
        Ok(())
    }

    /// What the next cycle would do, with the target asked and nothing written, neither there nor here. It waits for a cycle
    /// that runs.
    ///
    /// # Errors
    /// As [`run_cycle`](Self::run_cycle), whatever the status of the job.
    pub async fn preview(&self) -> Result<Preview, JobError> {
        let _one = self.inner.running.lock().await;
        let before = self.inner.progress.snapshot();
        let preview = self.look().await;
        self.inner.progress.update(|progress| *progress = before);
        preview
    }

    async fn look(&self) -> Result<Preview, JobError> {
        let mut state = self.inner.ledger.job().await?;
        if state.rules.as_ref() != Some(&self.inner.rules.rules().fingerprint()) {
            state.watermark = None;
        }
        let (mut course, import) = self.begin(&state, false).await?;
        course.deletes_allowed = state.deletes_allowed;
        let triage = course.triage(&import).await?;
        let held_back = course.is_held_back(&import, &triage).await?;
        course.act(&import, &triage).await?;
        let unchanged = triage.unchanged + course.counts().unchanged;
        Ok(Preview {
            initial: course.full,
            records: course.take_records(),
            removals: triage.removals,
            held_back,
            unchanged,
        })
    }
}

impl<S, T> Clone for Job<S, T> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}
