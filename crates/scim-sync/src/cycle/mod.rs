//! One cycle: from what changed in the source to what the target has.
//!
//! Import, plan, guard, users, groups, references; the watermark is saved last.

mod import;
mod object;
mod references;
mod story;
mod triage;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use scim_core::{ResourceId, attr};
use serde::{Deserialize, Serialize};

pub(crate) use self::import::Import;
use self::story::{Frame, Story};
pub(crate) use self::triage::Triage;
use crate::connection::probe;
use crate::escrow::Escrow;
use crate::guard::{DeletionGuard, Removals};
use crate::job::{Inner, JobError, Status};
use crate::ledger::Writes;
use crate::log::{LogRecord, LogStatus, LoggedAction, StepType};
use crate::object::{Change, Kind, SourceId};
use crate::progress::{Counts, Phase};
use crate::quarantine::QuarantineReason;
use crate::source::Source;
use crate::state::{State, StateError};
use crate::target::{Failure, Target, matching_path};

/// What a cycle did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CycleReport {
    /// Its name.
    pub cycle_id: String,
    /// Whether it looked at everything.
    pub initial: bool,
    /// How it ended.
    pub outcome: Outcome,
    /// When it began.
    pub began: DateTime<Utc>,
    /// When it ended.
    pub ended: DateTime<Utc>,
    /// What was done.
    pub counts: Counts,
    /// What it was to take away.
    pub removals: Removals,
}

/// How a cycle ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It came to its end; single objects may have failed, and are tried again.
    Completed,
    /// The job is in quarantine now.
    Quarantined(QuarantineReason, String),
    /// It broke off, and begins again at the same watermark with the next one.
    Interrupted(String),
}

/// What goes wrong with one object, or with all of them.
pub(crate) enum Trouble {
    /// The object could not be provisioned.
    Failure(StepType, Failure),
    /// The job cannot remember: the cycle ends.
    State(StateError),
}

impl Trouble {
    fn at(step: StepType, failure: Failure) -> Self {
        Self::Failure(step, failure)
    }
}

impl From<StateError> for Trouble {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

/// Why a cycle does not go on.
#[derive(Clone, Debug)]
pub(crate) enum Stop {
    Quarantine(QuarantineReason, String),
    Interrupted(String),
}

/// What came about on the way.
#[derive(Default)]
pub(crate) struct Notes {
    /// Which objects have a resource now that had none before.
    pub(crate) linked: HashSet<(Kind, SourceId)>,
    /// What goes though nobody had planned it, since only the target knew of it.
    pub(crate) unplanned: Removals,
    /// Which objects failed, not counting their references.
    failed: HashSet<(Kind, SourceId)>,
    /// How many objects were linked when it was asked first, less what was linked in this cycle until then.
    links_before: Option<i64>,
    pub(crate) counts: Counts,
    links: [i64; 2],
    stop: Option<Stop>,
}

impl Notes {
    pub(crate) fn count_links(&mut self, kind: Kind, by: i64) {
        let [users, groups] = &mut self.links;
        match kind {
            Kind::User => *users += by,
            Kind::Group => *groups += by,
        }
    }
}

/// Which part of an object came out so.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    /// Its references, and not the object itself.
    reference: bool,
    /// Nothing of it comes after this.
    last: bool,
}

/// One cycle, or one look at what a cycle would do.
pub(crate) struct Course<'a, S, T> {
    pub(crate) inner: &'a Inner<S, T>,
    pub(crate) target: &'a Target,
    pub(crate) cycle: String,
    began: DateTime<Utc>,
    /// Whether everything is looked at.
    pub(crate) full: bool,
    /// Whether anything is written.
    pub(crate) act: bool,
    /// Whether records are kept for the caller, also those of what stays as it is.
    pub(crate) collect: bool,
    /// Whether groups come with some of their members only.
    pub(crate) partial: bool,
    /// Whether the deletion guard has been told to let everything through.
    pub(crate) deletes_allowed: bool,
    /// What could not be provisioned before.
    escrows: HashMap<(Kind, SourceId), Escrow>,
    claims: Mutex<HashMap<(Kind, ResourceId), SourceId>>,
    notes: Mutex<Notes>,
    failures_in_a_row: AtomicU32,
    /// Whether the target was asked already what an odd answer means.
    probed: AtomicBool,
    records: Mutex<Vec<LogRecord>>,
}

impl<'a, S: Source, T: State> Course<'a, S, T> {
    pub(crate) async fn new(inner: &'a Inner<S, T>, full: bool, act: bool) -> Result<Self, JobError> {
        let target = inner.target.as_ref().ok_or(JobError::NotActive(Status::NotConfigured))?;
        let escrows = inner.ledger.escrows().await?;
        let escrows = escrows.into_iter().map(|one| ((one.kind, one.source_id.clone()), one)).collect();
        Ok(Self {
            inner,
            target,
            cycle: uuid::Uuid::new_v4().to_string(),
            began: inner.timer.now(),
            full,
            act,
            collect: !act,
            partial: false,
            deletes_allowed: false,
            escrows,
            claims: Mutex::default(),
            notes: Mutex::default(),
            failures_in_a_row: AtomicU32::new(0),
            probed: AtomicBool::new(false),
            records: Mutex::default(),
        })
    }

    /// What cannot be provisioned, and is due to be tried again.
    pub(crate) fn due(&self) -> Vec<&Escrow> {
        let mut due: Vec<&Escrow> =
            self.escrows.values().filter(|escrow| escrow.is_due(self.began)).collect();
        due.sort_by(|a, b| (a.kind, &a.source_id).cmp(&(b.kind, &b.source_id)));
        due
    }

    /// Does all that was planned: first what is linked, then what is new, users before groups, references last.
    pub(crate) async fn act(&self, import: &Import, triage: &Triage) -> Result<(), StateError> {
        for (kind, phase) in [(Kind::User, Phase::Users), (Kind::Group, Phase::Groups)] {
            self.enter(phase, triage.known(kind).len() + triage.unlinked(kind).len());
            for lane in [triage.known(kind), triage.unlinked(kind)] {
                self.objects(import, lane, triage).await?;
            }
        }
        if self.stop().is_none() {
            self.references(import, triage).await?;
        }
        Ok(())
    }

    /// Every object that there is, also those that nothing has to be done about; then references.
    pub(crate) async fn everything(&self, import: &Import, triage: &Triage) -> Result<(), StateError> {
        for change in &import.changes {
            if self.stop().is_none() {
                self.one(change, triage).await?;
            }
        }
        if self.stop().is_none() {
            self.references(import, triage).await?;
        }
        Ok(())
    }

    /// Whether the deletion guard holds this back.
    async fn held_back(&self, removals: &Removals) -> Result<bool, StateError> {
        let guard = &self.inner.options.guard;
        // Counting takes a look at every link: once, and only where it may matter.
        if self.deletes_allowed || removals.total() <= guard.count {
            return Ok(false);
        }
        let before = match self.note(|notes| notes.links_before) {
            Some(before) => before,
            None => {
                let mut linked = 0_u64;
                for kind in [Kind::User, Kind::Group] {
                    linked += self.inner.ledger.count_links(kind).await?;
                }
                let linked = i64::try_from(linked).unwrap_or(i64::MAX);
                self.note(|notes| *notes.links_before.insert(linked - notes.links.iter().sum::<i64>()))
            }
        };
        let linked = before + self.note(|notes| notes.links.iter().sum::<i64>());
        Ok(guard.holds_back(removals, u64::try_from(linked).unwrap_or_default()))
    }

    /// Whether a cycle is not begun: it would take away too much, or the source has handed over nothing at all.
    pub(crate) async fn is_held_back(&self, import: &Import, triage: &Triage) -> Result<bool, StateError> {
        let guarded = !self.deletes_allowed && self.inner.options.guard != DeletionGuard::dangerous_off();
        let present = |change: &Change| matches!(change, Change::Present(_));
        if guarded && import.complete && triage.removals.total() > 0 && !import.changes.iter().any(present) {
            return Ok(true);
        }
        self.held_back(&triage.removals).await
    }

    /// Whether what nobody had planned to take away makes it too many; then the cycle stops.
    pub(crate) async fn too_many(&self, triage: &Triage, more: Removals) -> Result<bool, StateError> {
        if more.total() == 0 || self.deletes_allowed {
            return Ok(false);
        }
        let unplanned = self.note(|notes| {
            notes.unplanned = notes.unplanned.and(&more);
            notes.unplanned
        });
        let held = self.held_back(&triage.removals.and(&unplanned)).await?;
        if held {
            let Removals { disables, members, .. } = unplanned;
            let text = format!(
                "{disables} accounts would be switched off and {members} members removed that only the target knew of"
            );
            self.stop_with(Stop::Quarantine(QuarantineReason::TooManyDeletes, text));
        }
        Ok(held)
    }

    async fn objects(&self, import: &Import, lane: &[usize], triage: &Triage) -> Result<(), StateError> {
        // By place: a closure that takes what is borrowed keeps the whole cycle from being `Send`.
        let work = futures_util::stream::iter(0..lane.len()).map(|place| async move {
            let change = lane.get(place).and_then(|at| import.changes.get(*at));
            match (self.stop(), change) {
                (None, Some(change)) => self.one(change, triage).await,
                _ => Ok(()),
            }
        });
        let mut work = work.buffer_unordered(self.inner.options.concurrency.max(1));
        while let Some(done) = work.next().await {
            done?;
            self.advance();
        }
        Ok(())
    }

    /// Begins a phase of so many objects.
    pub(crate) fn enter(&self, phase: Phase, total: usize) {
        self.inner.progress.update(|progress| {
            (progress.phase, progress.done, progress.total) = (phase, 0, Some(total as u64));
            progress.cycle_id = Some(self.cycle.clone());
        });
    }

    /// One object of the phase is done.
    pub(crate) fn advance(&self) {
        let counts = self.counts();
        self.inner.progress.update(|progress| {
            progress.done += 1;
            progress.counts = counts;
        });
    }

    /// One object and its record.
    pub(crate) async fn one(&self, change: &Change, triage: &Triage) -> Result<(), StateError> {
        let start = self.inner.timer.elapsed();
        let mut story = Story::new(change);
        let outcome = match triage.duplicate_of(change) {
            Some(other) => Err(Trouble::at(StepType::Matching, triage::duplicate(change, other))),
            None => self.object(change, triage, &mut story).await,
        };
        // Whose references are looked at as well is done when they are.
        let last = !triage.refers(change);
        self.conclude(change.kind(), change.id(), outcome, &mut story, Part { reference: false, last })
            .await?;
        self.tell(story, self.inner.timer.elapsed().saturating_sub(start));
        Ok(())
    }

    /// Takes down how it came out: in escrow, or out of it.
    pub(crate) async fn conclude(
        &self,
        kind: Kind,
        id: &SourceId,
        outcome: Result<(), Trouble>,
        story: &mut Story,
        part: Part,
    ) -> Result<(), StateError> {
        let key = (kind, id.clone());
        let known = self.escrows.get(&key);
        let failed = self.note(|notes| notes.failed.contains(&key));
        match outcome {
            Ok(()) => {
                self.failures_in_a_row.store(0, Ordering::Relaxed);
                // What was not done to its end, or with some of a group's members only, is to be tried again.
                let whole = !(self.partial && kind == Kind::Group) && self.stop().is_none();
                if self.act && part.last && !failed && whole && known.is_some() {
                    let mut writes = Writes::default();
                    self.inner.ledger.remove_escrow(kind, id, &mut writes);
                    self.inner.ledger.commit(writes).await?;
                }
            }
            Err(Trouble::State(error)) => return Err(error),
            Err(Trouble::Failure(step, failure)) => {
                story.failed(step, failure.code, &failure.message);
                story.quiet = false;
                if self.judge(kind, &failure, known.is_none()).await && self.act && !failed {
                    // Cycles are late by what they take: what counts is when they begin.
                    let now = self.began;
                    let interval = TimeDelta::from_std(self.inner.options.interval).unwrap_or(TimeDelta::MAX);
                    let (code, reason) = (failure.code, failure.message.as_str());
                    let mut escrow = match known {
                        Some(known) => {
                            let mut escrow = known.clone();
                            escrow.failed_again(code, reason, now, interval);
                            escrow
                        }
                        None => Escrow::new(kind, id.clone(), code, reason, now, interval),
                    };
                    escrow.reference = part.reference;
                    if !part.reference {
                        self.note(|notes| notes.failed.insert(key));
                    }
                    let mut writes = Writes::default();
                    self.inner.ledger.put_escrow(&escrow, &mut writes)?;
                    self.inner.ledger.commit(writes).await?;
                }
            }
        }
        Ok(())
    }

    /// Whether a failure is one of this object; else it is one of the target, and the cycle stops.
    async fn judge(&self, kind: Kind, failure: &Failure, is_new: bool) -> bool {
        let Some(error) = &failure.error else { return true };
        if let Some(reason) = QuarantineReason::immediate(error, failure.asked) {
            self.stop_with(Stop::Quarantine(reason, failure.message.clone()));
            return false;
        }
        if QuarantineReason::is_doubtful(error) && !self.probed.swap(true, Ordering::Relaxed) {
            let path = match kind {
                Kind::User => attr::USER_NAME,
                Kind::Group => attr::DISPLAY_NAME,
            };
            let mapping = self.inner.rules.mapping(kind);
            let matching = mapping.matching().first().and_then(|row| matching_path(mapping, *row));
            let path = matching.unwrap_or(path);
            let (diagnosis, said) = probe(&self.target.client, kind, &path).await;
            if let Some(reason) = diagnosis.quarantines() {
                self.stop_with(Stop::Quarantine(reason, said.unwrap_or_else(|| failure.message.clone())));
                return false;
            }
        }
        if !error.is_retryable() {
            self.failures_in_a_row.store(0, Ordering::Relaxed);
            return true;
        }
        // What failed in an earlier cycle says nothing of the target now, and must not hold up all others for ever.
        if !is_new {
            return true;
        }
        let failures = self.failures_in_a_row.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if failures >= self.inner.options.outage_after.max(1) {
            let text = format!("{failures} requests in a row failed, the last one: {}", failure.message);
            self.stop_with(Stop::Interrupted(text));
        }
        true
    }

    /// Counts what a story says, and writes it into the log.
    pub(crate) fn tell(&self, story: Story, took: Duration) {
        self.note(|notes| {
            let counts = &mut notes.counts;
            let counter = match (story.status, story.action) {
                (LogStatus::Failure, _) => &mut counts.failed,
                (LogStatus::Skipped, _) if story.quiet => &mut counts.unchanged,
                (LogStatus::Skipped, _) => &mut counts.skipped,
                (_, LoggedAction::Create) => &mut counts.created,
                (_, LoggedAction::Disable) => &mut counts.disabled,
                (_, LoggedAction::Delete) => &mut counts.deleted,
                (_, LoggedAction::Update) => &mut counts.updated,
                _ => &mut counts.unchanged,
            };
            *counter += 1;
        });
        if !story.quiet || self.inner.options.log_unchanged || self.collect && self.act {
            self.write(story, took);
        }
    }

    /// Writes a story into the log.
    pub(crate) fn write(&self, story: Story, took: Duration) {
        let record = story.into_record(&Frame {
            job: &self.inner.name,
            cycle: &self.cycle,
            source: self.inner.source.name(),
            target: &self.inner.target_name,
            at: self.inner.timer.now(),
            took,
        });
        if self.act {
            self.inner.log.record(&record);
        }
        if self.collect {
            self.records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
        }
    }

    pub(crate) fn take_records(&self) -> Vec<LogRecord> {
        std::mem::take(&mut self.records.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whose resource this is in this cycle: his who was first.
    fn claim(&self, kind: Kind, id: &ResourceId, source: &SourceId) -> Option<SourceId> {
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        Some(claims.entry((kind, id.clone())).or_insert_with(|| source.clone()).clone())
    }

    pub(crate) fn note<R>(&self, change: impl FnOnce(&mut Notes) -> R) -> R {
        change(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn counts(&self) -> Counts {
        self.note(|notes| notes.counts)
    }

    /// By how much the numbers of linked users and groups have changed.
    pub(crate) fn links_by(&self) -> [i64; 2] {
        self.note(|notes| notes.links)
    }

    pub(crate) fn stop(&self) -> Option<Stop> {
        let halted = || Stop::Interrupted("somebody interrupted it".to_owned());
        let halt = self.inner.halt.load(Ordering::Relaxed);
        self.note(|notes| notes.stop.clone()).or_else(|| (self.act && halt).then(halted))
    }

    /// The first reason is the one.
    pub(crate) fn stop_with(&self, stop: Stop) {
        self.note(|notes| {
            notes.stop.get_or_insert(stop);
        });
    }
}

/// The ids of a list of changes.
pub(crate) fn ids(changes: &[Change]) -> HashSet<(Kind, SourceId)> {
    changes.iter().map(|change| (change.kind(), change.id().clone())).collect()
}
