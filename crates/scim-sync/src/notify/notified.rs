//! Telling people once.

use serde::{Deserialize, Serialize};

use crate::quarantine::QuarantineReason;

/// What people were told of a job last, so that they are told once for each reason. It is kept with the job's state.
///
/// ```
/// use scim_sync::{Notified, QuarantineReason};
///
/// let mut notified = Notified::default();
/// let reason = QuarantineReason::TooManyDeletes;
/// assert!(notified.is_news(reason, false));
/// notified.told(reason, false);
/// assert!(!notified.is_news(reason, false));
///
/// notified.left();
/// assert!(notified.is_news(reason, false));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Notified {
    reason: Option<QuarantineReason>,
    disabled: bool,
}

impl Notified {
    /// Whether people do not know yet that the job is in quarantine for this reason, or that it is disabled.
    #[must_use]
    pub fn is_news(&self, reason: QuarantineReason, disabled: bool) -> bool {
        if disabled { !self.disabled } else { self.reason != Some(reason) }
    }

    /// Notes that they were told.
    pub fn told(&mut self, reason: QuarantineReason, disabled: bool) {
        *self = Self { reason: Some(reason), disabled };
    }

    /// Notes that the job has left quarantine: the next one is news, whatever its reason.
    pub fn left(&mut self) {
        *self = Self::default();
    }
}
