//! Telling people that a job has stopped.

#[cfg(feature = "mail")]
mod mail;
mod notified;
mod words;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[cfg(feature = "mail")]
pub use self::mail::{MailBuilder, MailNotifier};
pub use self::notified::Notified;
use crate::quarantine::QuarantineReason;

/// Tells people that a job is in quarantine or disabled.
///
/// [`TracingNotifier`] is the default; `MailNotifier` (feature `mail`) sends mails.
pub trait Notifier: Send + Sync + 'static {
    /// Tells them.
    ///
    /// # Errors
    /// [`NotifyError`]; the job goes on, and tries once more at its next attempt.
    fn notify(&self, notification: &Notification) -> impl Future<Output = Result<(), NotifyError>> + Send;
}

/// What people are told. The words are made from it by [`subject`](Self::subject) and [`body`](Self::body); there are no secrets
/// in it.
///
/// ```
/// use chrono::DateTime;
/// use scim_sync::{Notification, QuarantineReason};
///
/// let at = DateTime::UNIX_EPOCH;
/// let reason = QuarantineReason::EncounteredQuarantineException;
/// let told = Notification::new("acme", "https://saas.example/scim/v2", reason, "the key was refused", at);
/// assert_eq!(told.subject(), "Provisioning job `acme` is in quarantine: EncounteredQuarantineException");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Notification {
    /// The job.
    pub job: String,
    /// The target, as logs name it.
    pub target: String,
    /// Why.
    pub reason: QuarantineReason,
    /// The same, in a sentence.
    pub error: String,
    /// Since when.
    pub at: DateTime<Utc>,
    /// When the job tries again; never, where it is disabled.
    pub next_attempt: Option<DateTime<Utc>>,
    /// Whether the job is disabled: nothing happens until somebody restarts it.
    pub disabled: bool,
    /// What the deletion guard holds back.
    pub staged: Option<Staged>,
    /// Where the log is.
    pub log: Option<String>,
}

/// What the deletion guard holds back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Staged {
    /// Users and groups that would be switched off.
    pub disables: u64,
    /// Users and groups that would be deleted.
    pub deletes: u64,
    /// Members that would be taken out of groups.
    pub member_removals: u64,
    /// How many objects are linked to one of the target.
    pub linked: u64,
}

/// People could not be told.
#[derive(Debug, thiserror::Error)]
#[error("the notification cannot be sent: {0}")]
pub struct NotifyError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A [`Notifier`] that writes a warning through `tracing`.
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingNotifier;

/// A [`Notifier`] that remembers what it was told, for tests. Clones share one memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryNotifier(Arc<Mutex<Vec<Notification>>>);

impl Notifier for TracingNotifier {
    async fn notify(&self, notification: &Notification) -> Result<(), NotifyError> {
        tracing::warn!(
            job = %notification.job,
            target_system = %notification.target,
            reason = %notification.reason,
            disabled = notification.disabled,
            error = %crate::log::printable(&notification.error),
            "the job has stopped"
        );
        Ok(())
    }
}

impl MemoryNotifier {
    /// One that was told nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What it was told.
    #[must_use]
    pub fn notifications(&self) -> Vec<Notification> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Notifier for MemoryNotifier {
    async fn notify(&self, notification: &Notification) -> Result<(), NotifyError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(notification.clone());
        Ok(())
    }
}

impl<N: Notifier> Notifier for Arc<N> {
    async fn notify(&self, notification: &Notification) -> Result<(), NotifyError> {
        (**self).notify(notification).await
    }
}

type Notifying<'a> = Pin<Box<dyn Future<Output = Result<(), NotifyError>> + Send + 'a>>;

/// A notifier without its type.
pub(crate) trait AnyNotifier: Send + Sync {
    fn notify_boxed<'a>(&'a self, notification: &'a Notification) -> Notifying<'a>;
}

impl<N: Notifier> AnyNotifier for N {
    fn notify_boxed<'a>(&'a self, notification: &'a Notification) -> Notifying<'a> {
        Box::pin(self.notify(notification))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn any_notifier_can_be_held_without_its_type() {
        let memory = MemoryNotifier::new();
        let all: [Arc<dyn AnyNotifier>; 3] =
            [Arc::new(memory.clone()), Arc::new(Arc::new(memory.clone())), Arc::new(TracingNotifier)];
        let reason = QuarantineReason::Unknown;
        let notification = Notification::new("acme", "target", reason, "error", DateTime::UNIX_EPOCH);
        for notifier in all {
            notifier.notify_boxed(&notification).await.unwrap();
        }
        assert_eq!(memory.notifications(), [notification.clone(), notification]);
    }
}
