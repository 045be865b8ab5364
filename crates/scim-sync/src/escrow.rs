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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    fn new(interval: TimeDelta) -> Escrow {
        let began = at("2026-01-01T00:00:00Z");
        Escrow::new(Kind::User, "u1".into(), ErrorCode::Timeout, "late", began, interval)
    }

    #[test]
    fn less_and_less_often_and_once_a_day() {
        let interval = TimeDelta::minutes(40);
        let mut escrow = new(interval);
        let mut tried = Vec::new();
        for cycle in 1..=180 {
            let began = at("2026-01-01T00:00:00Z") + interval * cycle;
            if escrow.is_due(began) {
                tried.push(cycle);
                escrow.failed_again(ErrorCode::EntryConflict, "taken", began, interval);
            }
        }
        // After 1, 2, 4, 8, 16 and 32 cycles; from there on after the 36 cycles of a day.
        assert_eq!(tried, [1, 3, 7, 15, 31, 63, 99, 135, 171]);
        assert_eq!(escrow.attempts, 10);
        assert_eq!(escrow.first_failed, at("2026-01-01T00:00:00Z"));
        assert_eq!(escrow.last_failed, at("2026-01-01T00:00:00Z") + interval * 171);
        assert_eq!((escrow.code, &*escrow.reason), (ErrorCode::EntryConflict, "taken"));
    }

    #[test]
    fn odd_intervals() {
        let began = at("2026-01-01T00:00:00Z");
        // Cycles that are days apart: every one tries.
        let days = TimeDelta::days(3);
        let mut escrow = new(days);
        for cycle in 1..5 {
            assert!(!escrow.is_due(began + days * cycle - TimeDelta::seconds(1)));
            assert!(escrow.is_due(began + days * cycle));
            escrow.failed_again(ErrorCode::Timeout, "late", began + days * cycle, days);
        }
        for interval in [TimeDelta::zero(), TimeDelta::MAX, TimeDelta::MIN] {
            let mut escrow = new(interval);
            escrow.attempts = u32::MAX - 1;
            for _ in 0..3 {
                escrow.failed_again(ErrorCode::Timeout, "late", DateTime::<Utc>::MAX_UTC, interval);
            }
            assert_eq!(escrow.attempts, u32::MAX);
        }
    }

    #[test]
    fn a_clock_that_was_set_back_puts_nothing_off() {
        let escrow = new(TimeDelta::minutes(40));
        assert!(escrow.is_due(at("2025-12-31T23:00:00Z")));
        assert!(!escrow.is_due(at("2026-01-01T00:00:00Z")));
    }

    #[test]
    fn as_it_is_stored() {
        let escrow = new(TimeDelta::minutes(40)).of_reference();
        let text = serde_json::to_string(&escrow).unwrap();
        assert_eq!(
            text,
            r#"{"kind":"user","sourceId":"u1","attempts":1,"firstFailed":"2026-01-01T00:00:00Z","lastFailed":"2026-01-01T00:00:00Z","nextAttempt":"2026-01-01T00:40:00Z","code":"Timeout","reason":"late","reference":true}"#
        );
        assert_eq!(serde_json::from_str::<Escrow>(&text).unwrap(), escrow);
    }

    #[test]
    fn references_are_counted_by_themselves() {
        let mut counts = EscrowCounts { events: 10, ..EscrowCounts::default() };
        let escrow = new(TimeDelta::minutes(40));
        counts.add(&escrow);
        counts.add(&escrow.clone().of_reference());
        counts.add(&escrow);
        assert_eq!(counts, EscrowCounts { total_failures: 3, reference_failures: 1, events: 10 });
        assert_eq!(counts.base_failures(), 2);
    }
}
