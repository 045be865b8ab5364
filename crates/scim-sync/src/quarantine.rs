//! Jobs that had better stop for a while.

mod immediate;
mod thresholds;

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub use self::immediate::Asked;
pub use self::thresholds::Thresholds;

/// Why a job is in quarantine, in the words of Microsoft Graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum QuarantineReason {
    /// The target refuses the key, or does not speak SCIM.
    EncounteredQuarantineException,
    /// Too large a part of the objects failed.
    EncounteredEscrowProportionThreshold,
    /// Too many objects failed, not counting references.
    EncounteredBaseEscrowThreshold,
    /// Too many objects and references failed.
    EncounteredTotalEscrowThreshold,
    /// The cycle would disable or delete too many: the deletion guard.
    TooManyDeletes,
    /// Somebody asked for it.
    QuarantinedOnDemand,
    /// The source could not be read.
    IngestionInterrupted,
    /// None of these.
    Unknown,
}

/// A job that is in quarantine: it is tried 6, 12, 24 and then every 24 hours after its first failure, and disabled after
/// 28 days.
///
/// ```
/// use chrono::{TimeDelta, Utc};
/// use scim_sync::{Quarantine, QuarantineReason};
///
/// let began = Utc::now();
/// let reason = QuarantineReason::EncounteredQuarantineException;
/// let mut quarantine = Quarantine::new(reason, "the key was refused", began);
/// assert!(quarantine.is_due(began + TimeDelta::hours(6)));
///
/// quarantine.failed_again(reason, "the key was refused", began + TimeDelta::hours(6));
/// assert_eq!(quarantine.next_attempt, began + TimeDelta::hours(12));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Quarantine {
    /// Why, as of the latest attempt.
    pub reason: QuarantineReason,
    /// The same, in a sentence.
    pub error: String,
    /// When this series of attempts began: the first failure.
    pub series_began: DateTime<Utc>,
    /// When the latest attempt failed.
    pub current_began: DateTime<Utc>,
    /// How often it failed again since the series began.
    pub series_count: u32,
    /// When it is tried next.
    pub next_attempt: DateTime<Utc>,
}

impl QuarantineReason {
    /// The reason, as it stands in Microsoft Graph.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EncounteredQuarantineException => "EncounteredQuarantineException",
            Self::EncounteredEscrowProportionThreshold => "EncounteredEscrowProportionThreshold",
            Self::EncounteredBaseEscrowThreshold => "EncounteredBaseEscrowThreshold",
            Self::EncounteredTotalEscrowThreshold => "EncounteredTotalEscrowThreshold",
            Self::TooManyDeletes => "TooManyDeletes",
            Self::QuarantinedOnDemand => "QuarantinedOnDemand",
            Self::IngestionInterrupted => "IngestionInterrupted",
            Self::Unknown => "Unknown",
        }
    }

    /// What it means, in a sentence.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::EncounteredQuarantineException => "the target refuses the key, or does not speak SCIM",
            Self::EncounteredEscrowProportionThreshold => "too large a part of the objects failed",
            Self::EncounteredBaseEscrowThreshold => "too many objects failed",
            Self::EncounteredTotalEscrowThreshold => "too many objects and references failed",
            Self::TooManyDeletes => "the cycle would disable or delete more than is allowed",
            Self::QuarantinedOnDemand => "somebody asked for it",
            Self::IngestionInterrupted => "the source could not be read",
            Self::Unknown => "the reason is not known",
        }
    }
}

impl fmt::Display for QuarantineReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Quarantine {
    /// A job whose cycle failed for the first time.
    #[must_use]
    pub fn new(reason: QuarantineReason, error: impl Into<String>, now: DateTime<Utc>) -> Self {
        Self {
            reason,
            error: error.into(),
            series_began: now,
            current_began: now,
            series_count: 0,
            next_attempt: next(now, now),
        }
    }

    /// Notes that another attempt failed, for this reason.
    pub fn failed_again(&mut self, reason: QuarantineReason, error: impl Into<String>, now: DateTime<Utc>) {
        (self.reason, self.error) = (reason, error.into());
        self.current_began = now;
        self.series_count = self.series_count.saturating_add(1);
        self.next_attempt = next(self.series_began, now);
    }

    /// Whether it is time for another attempt.
    #[must_use]
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        // A clock that was set back must not put it off for ever.
        now >= self.next_attempt || now < self.current_began
    }

    /// Whether the attempts are over: the job is disabled.
    #[must_use]
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        now.signed_duration_since(self.series_began) >= TimeDelta::days(28)
    }
}

/// The next attempt after this moment, in a series that began then: after 6, 12 and 24 hours and every 24 hours from there on.
fn next(began: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let gone = now.signed_duration_since(began);
    let pause = [6, 12].map(TimeDelta::hours).into_iter().find(|pause| *pause > gone);
    let pause = pause.unwrap_or_else(|| TimeDelta::days(gone.num_days().saturating_add(1).max(1)));
    began.checked_add_signed(pause).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    const REASON: QuarantineReason = QuarantineReason::EncounteredQuarantineException;

    fn began() -> DateTime<Utc> {
        at("2026-03-01T00:00:00Z")
    }

    fn hours(hours: i64) -> DateTime<Utc> {
        began() + TimeDelta::hours(hours)
    }

    #[test]
    fn attempts_that_are_made_in_time() {
        let mut quarantine = Quarantine::new(REASON, "refused", began());
        let mut attempts = Vec::new();
        while !quarantine.is_over(quarantine.next_attempt) {
            let now = quarantine.next_attempt;
            assert!(!quarantine.is_due(now - TimeDelta::nanoseconds(1)));
            assert!(quarantine.is_due(now));
            attempts.push((now - began()).num_hours());
            quarantine.failed_again(REASON, "refused", now);
            assert_eq!(quarantine.current_began, now);
        }
        let days = (1..28).map(|day| day * 24);
        assert_eq!(attempts, [6, 12].into_iter().chain(days).collect::<Vec<_>>());
        assert_eq!(quarantine.series_count, 29);
        assert_eq!(quarantine.series_began, began());
        assert_eq!(quarantine.next_attempt, hours(28 * 24));
    }

    #[test]
    fn attempts_that_are_late_or_early_are_measured_from_the_first_failure() {
        for (attempt, next) in [
            (0, 6),
            (1, 6),
            (5, 6),
            (6, 12),
            (11, 12),
            (12, 24),
            (13, 24),
            (24, 48),
            (47, 48),
            (48, 72),
            (300, 312),
        ] {
            let mut quarantine = Quarantine::new(REASON, "refused", began());
            quarantine.failed_again(REASON, "refused", hours(attempt));
            assert_eq!(quarantine.next_attempt, hours(next), "after {attempt} hours");
        }
    }

    #[test]
    fn over_after_28_days() {
        let quarantine = Quarantine::new(REASON, "refused", began());
        assert!(!quarantine.is_over(began()));
        assert!(!quarantine.is_over(at("2026-03-28T23:59:59.999Z")));
        assert!(quarantine.is_over(at("2026-03-29T00:00:00Z")));
    }

    #[test]
    fn clocks_that_are_wrong() {
        let mut quarantine = Quarantine::new(REASON, "refused", began());
        assert!(quarantine.is_due(hours(-1)));
        assert!(!quarantine.is_over(hours(-1)));
        quarantine.failed_again(REASON, "refused", hours(-100));
        assert_eq!(quarantine.next_attempt, hours(6));
        for now in [DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC] {
            quarantine.failed_again(REASON, "refused", now);
            let _ = (quarantine.is_due(now), quarantine.is_over(now));
            let _ = Quarantine::new(REASON, "refused", now);
        }
    }

    #[test]
    fn the_reason_is_that_of_the_latest_attempt() {
        let mut quarantine = Quarantine::new(REASON, "refused", began());
        quarantine.failed_again(QuarantineReason::TooManyDeletes, "21 deletes", hours(6));
        assert_eq!(
            serde_json::to_string(&quarantine).unwrap(),
            r#"{"reason":"TooManyDeletes","error":"21 deletes","seriesBegan":"2026-03-01T00:00:00Z","currentBegan":"2026-03-01T06:00:00Z","seriesCount":1,"nextAttempt":"2026-03-01T12:00:00Z"}"#
        );
    }

    #[test]
    fn reasons_are_those_of_graph() {
        use QuarantineReason::*;
        for (reason, name) in [
            (EncounteredQuarantineException, "EncounteredQuarantineException"),
            (EncounteredEscrowProportionThreshold, "EncounteredEscrowProportionThreshold"),
            (EncounteredBaseEscrowThreshold, "EncounteredBaseEscrowThreshold"),
            (EncounteredTotalEscrowThreshold, "EncounteredTotalEscrowThreshold"),
            (TooManyDeletes, "TooManyDeletes"),
            (QuarantinedOnDemand, "QuarantinedOnDemand"),
            (IngestionInterrupted, "IngestionInterrupted"),
            (Unknown, "Unknown"),
        ] {
            assert_eq!(reason.to_string(), name);
            assert_eq!(serde_json::to_value(reason).unwrap(), name);
        }
    }
}
