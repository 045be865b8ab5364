//! Failures of single objects, kept so that they are tried again.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::log::ErrorCode;
use crate::object::{Kind, SourceId};

/// A failure of one object, kept so that it is tried again in later cycles: less and less often, and at least once a day.
///
/// After the first failure it is tried in the next cycle, then after 2, 4, 8, ... cycles, and never more than a day (or an
/// interval, where that is longer) after the attempt before.
///
/// ```
/// use chrono::{TimeDelta, Utc};
/// use scim_sync::{ErrorCode, Escrow, Kind};
///
/// let (interval, began) = (TimeDelta::minutes(40), Utc::now());
/// let mut escrow = Escrow::new(Kind::User, "42".into(), ErrorCode::EntryConflict, "`userName` is taken", began, interval);
/// assert!(escrow.is_due(began + interval));
///
/// escrow.failed_again(ErrorCode::EntryConflict, "`userName` is taken", began + interval, interval);
/// assert!(!escrow.is_due(began + interval * 2));
/// assert!(escrow.is_due(began + interval * 3));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Escrow {
    /// What the object is.
    pub kind: Kind,
    /// Its id in the source.
    pub source_id: SourceId,
    /// How often it failed in a row; at least once.
    pub attempts: u32,
    /// The beginning of the cycle in which it failed first.
    pub first_failed: DateTime<Utc>,
    /// The beginning of the cycle in which it failed last.
    pub last_failed: DateTime<Utc>,
    /// A cycle that begins then, or later, tries again.
    pub next_attempt: DateTime<Utc>,
    /// Why it failed last.
    pub code: ErrorCode,
    /// The same, in a sentence.
    pub reason: String,
    /// Whether all but a reference, a manager or a member, is as it should be.
    #[serde(default)]
    pub reference: bool,
}

/// What is in escrow, and what a cycle was about: by these it is decided whether the job goes on. See
/// [`Thresholds`](crate::Thresholds).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EscrowCounts {
    /// How many failures there are, with those of references.
    pub total_failures: u64,
    /// How many of them are of references.
    pub reference_failures: u64,
    /// How many objects were worked on, with those that failed.
    pub events: u64,
}

impl Escrow {
    /// The first failure of an object, in the cycle that began then; cycles begin at this interval.
    #[must_use]
    pub fn new(
        kind: Kind,
        source_id: SourceId,
        code: ErrorCode,
        reason: impl Into<String>,
        cycle_began: DateTime<Utc>,
        interval: TimeDelta,
    ) -> Self {
        Self {
            kind,
            source_id,
            attempts: 1,
            first_failed: cycle_began,
            last_failed: cycle_began,
            next_attempt: after(cycle_began, 1, interval),
            code,
            reason: reason.into(),
            reference: false,
        }
    }

    /// The same, where all but a reference is as it should be.
    #[must_use]
    pub fn of_reference(mut self) -> Self {
        self.reference = true;
        self
    }

    /// Notes that it failed again, in the cycle that began then.
    pub fn failed_again(
        &mut self,
        code: ErrorCode,
        reason: impl Into<String>,
        cycle_began: DateTime<Utc>,
        interval: TimeDelta,
    ) {
        self.attempts = self.attempts.saturating_add(1);
        self.last_failed = cycle_began;
        self.next_attempt = after(cycle_began, self.attempts, interval);
        (self.code, self.reason) = (code, reason.into());
    }

    /// Whether a cycle that begins then tries again.
    #[must_use]
    pub fn is_due(&self, cycle_began: DateTime<Utc>) -> bool {
        // A clock that was set back must not put it off for ever.
        cycle_began >= self.next_attempt || cycle_began < self.last_failed
    }
}

impl EscrowCounts {
    /// Counts a failure.
    pub fn add(&mut self, escrow: &Escrow) {
        self.total_failures = self.total_failures.saturating_add(1);
        self.reference_failures = self.reference_failures.saturating_add(u64::from(escrow.reference));
    }

    /// How many failures are of more than references.
    #[must_use]
    pub fn base_failures(&self) -> u64 {
        self.total_failures.saturating_sub(self.reference_failures)
    }
}

/// When it is tried again after so many failures.
fn after(failed: DateTime<Utc>, attempts: u32, interval: TimeDelta) -> DateTime<Utc> {
    let longest = interval.max(TimeDelta::days(1));
    let cycles = 2_i32.saturating_pow(attempts.saturating_sub(1).min(30));
    let pause = interval.checked_mul(cycles).map_or(longest, |pause| pause.min(longest));
    failed.checked_add_signed(pause).unwrap_or(failed)
}
