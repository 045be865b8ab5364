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
