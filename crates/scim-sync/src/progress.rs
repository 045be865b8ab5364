//! How far a cycle is.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// What a job is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Phase {
    /// Nothing: it waits for the next cycle.
    #[default]
    Idle,
    /// It reads the source.
    Reading,
    /// It works out what has to change.
    Planning,
    /// It writes users.
    Users,
    /// It writes groups, without members.
    Groups,
    /// It writes managers and members.
    References,
}

/// How far a cycle is: what a progress bar shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Progress {
    /// The cycle, once there was one.
    pub cycle_id: Option<String>,
    /// Whether it began without a watermark.
    pub initial: bool,
    /// What the job is doing.
    pub phase: Phase,
    /// When the cycle began.
    pub began: Option<DateTime<Utc>>,
    /// When it ended, if it has.
    pub ended: Option<DateTime<Utc>>,
    /// How many pages of the source were read.
    pub pages_done: u64,
    /// How many there are, once that is known.
    pub pages_total: Option<u64>,
    /// How many objects, or groups with references, this phase is done with.
    pub done: u64,
    /// How many it has, once that is known.
    pub total: Option<u64>,
    /// What came of the objects of this cycle.
    pub counts: Counts,
    /// How many users are linked to one of the target, over all cycles.
    pub linked_users: u64,
    /// How many groups are.
    pub linked_groups: u64,
}

/// What came of objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Counts {
    /// Created in the target.
    pub created: u64,
    /// Changed there.
    pub updated: u64,
    /// Switched off there.
    pub disabled: u64,
    /// Deleted there.
    pub deleted: u64,
    /// Left alone.
    pub skipped: u64,
    /// Failed.
    pub failed: u64,
    /// Held back by the deletion guard.
    pub staged: u64,
    /// The same already.
    pub unchanged: u64,
    /// Managers that were set or taken away.
    pub managers: u64,
    /// Members that were put into groups.
    pub members_added: u64,
    /// Members that were taken out of groups.
    pub members_removed: u64,
    /// Managers and lists of members that could not be written.
    pub reference_failures: u64,
}

/// The progress of a job, for whoever wants to see it. Cheap to clone; clones share one.
///
/// ```
/// use scim_sync::{Phase, ProgressWatch};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let watch = ProgressWatch::new();
/// let mut seen = watch.subscribe();
///
/// watch.update(|progress| {
///     progress.phase = Phase::Users;
///     (progress.done, progress.total) = (50, Some(200));
/// });
/// let progress = seen.changed().await;
/// assert_eq!(progress.and_then(|progress| progress.percent()), Some(25));
/// # }
/// ```
#[derive(Clone)]
pub struct ProgressWatch(Arc<watch::Sender<Progress>>);

/// Sees each change of a progress, but for those that another one followed at once: [`ProgressWatch::subscribe`].
#[derive(Clone, Debug)]
pub struct ProgressReader(watch::Receiver<Progress>);

impl Progress {
    /// How much of the phase is done, in per cent: of the pages while the source is read, of the objects otherwise. Nothing
    /// where the total is not known.
    #[must_use]
    pub fn percent(&self) -> Option<u8> {
        let (done, total) = match self.phase {
            Phase::Idle => return self.ended.map(|_| 100),
            Phase::Reading => (self.pages_done, self.pages_total?),
            _ => (self.done, self.total?),
        };
        if total == 0 {
            return Some(100);
        }
        // It is done when it is done, and not when little is left.
        let percent = u128::from(done) * 100 / u128::from(total);
        Some(u8::try_from(percent).map_or(100, |percent| percent.min(100)))
    }
}

impl Counts {
    /// How many objects there were; references are not counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        [
            self.created,
            self.updated,
            self.disabled,
            self.deleted,
            self.skipped,
            self.failed,
            self.staged,
            self.unchanged,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }
}

impl ProgressWatch {
    /// Of a job that has done nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Progress::default())))
    }

    /// Changes the progress.
    pub fn update(&self, change: impl FnOnce(&mut Progress)) {
        self.0.send_modify(change);
    }

    /// The progress as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Progress {
        self.0.borrow().clone()
    }

    /// Sees changes from now on.
    #[must_use]
    pub fn subscribe(&self) -> ProgressReader {
        ProgressReader(self.0.subscribe())
    }
}

impl ProgressReader {
    /// Waits for a change since the last call, and gives the progress as it is then; nothing once the job is gone.
    pub async fn changed(&mut self) -> Option<Progress> {
        self.0.changed().await.ok()?;
        Some(self.0.borrow_and_update().clone())
    }

    /// The progress as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Progress {
        self.0.borrow().clone()
    }
}

impl Default for ProgressWatch {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ProgressWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProgressWatch").field(&self.snapshot()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn per_cent_are_of_pages_and_then_of_objects() {
        let of = |phase, pages: (u64, Option<u64>), objects: (u64, Option<u64>)| {
            let (pages_done, pages_total) = pages;
            let (done, total) = objects;
            Progress { phase, pages_done, pages_total, done, total, ..Progress::default() }.percent()
        };
        assert_eq!(of(Phase::Reading, (1, Some(4)), (9, Some(9))), Some(25));
        assert_eq!(of(Phase::Reading, (1, None), (9, Some(9))), None);
        assert_eq!(of(Phase::Users, (1, Some(4)), (199, Some(200))), Some(99));
        assert_eq!(of(Phase::Users, (1, Some(4)), (200, Some(200))), Some(100));
        assert_eq!(of(Phase::Groups, (1, Some(4)), (0, Some(0))), Some(100));
        // Whatever is counted wrongly stays a percentage.
        assert_eq!(of(Phase::References, (1, Some(4)), (u64::MAX, Some(1))), Some(100));
        assert_eq!(of(Phase::Planning, (1, Some(4)), (3, None)), None);
        assert_eq!(Progress::default().percent(), None);
        let ended = Progress { ended: Some(DateTime::UNIX_EPOCH), ..Progress::default() };
        assert_eq!(ended.percent(), Some(100));
    }

    #[tokio::test]
    async fn who_watches_sees_the_latest_and_the_end() {
        let watch = ProgressWatch::new();
        let mut reader = watch.subscribe();
        let job = watch.clone();
        drop(watch);
        job.update(|progress| progress.counts.created += 1);
        job.update(|progress| progress.counts.failed += 2);
        let seen = reader.changed().await.unwrap();
        assert_eq!(seen, job.snapshot());
        assert_eq!((seen.counts.created, seen.counts.failed, seen.counts.total()), (1, 2, 3));

        job.update(|progress| progress.phase = Phase::Groups);
        drop(job);
        assert_eq!(reader.changed().await.unwrap().phase, Phase::Groups);
        assert_eq!(reader.changed().await, None);
        assert_eq!(reader.snapshot().phase, Phase::Groups);
    }

    #[test]
    fn as_it_is_written() {
        let progress = Progress { phase: Phase::References, total: Some(2), ..Progress::default() };
        let text = serde_json::to_string(&progress).unwrap();
        assert!(text.contains(r#""phase":"references","#) && text.contains(r#""linkedUsers":0"#), "{text}");
        assert_eq!(serde_json::from_str::<Progress>(&text).unwrap(), progress);
        assert_eq!(serde_json::from_str::<Progress>("{}").unwrap(), Progress::default());
    }
}
