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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_for_each_reason() {
        use QuarantineReason::{EncounteredQuarantineException as Key, TooManyDeletes as Deletes};
        let mut notified = Notified::default();
        let mut told = Vec::new();
        for (attempt, (reason, disabled)) in [
            (Key, false),
            (Key, false),
            (Deletes, false),
            (Deletes, false),
            (Key, false),
            (Key, true),
            (Key, true),
        ]
        .into_iter()
        .enumerate()
        {
            if notified.is_news(reason, disabled) {
                told.push(attempt);
                notified.told(reason, disabled);
            }
        }
        assert_eq!(told, [0, 2, 4, 5]);
        notified.left();
        assert!(notified.is_news(Key, false));
    }

    #[test]
    fn who_could_not_be_told_is_told_later() {
        let notified = Notified::default();
        assert!(notified.is_news(QuarantineReason::Unknown, false));
        assert!(notified.is_news(QuarantineReason::Unknown, false));
    }

    #[test]
    fn it_is_remembered() {
        let mut notified = Notified::default();
        notified.told(QuarantineReason::TooManyDeletes, false);
        let text = serde_json::to_string(&notified).unwrap();
        assert_eq!(text, r#"{"reason":"TooManyDeletes","disabled":false}"#);
        assert_eq!(serde_json::from_str::<Notified>(&text).unwrap(), notified);
        assert_eq!(serde_json::from_str::<Notified>("{}").unwrap(), Notified::default());
    }
}
