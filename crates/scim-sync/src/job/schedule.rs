//! One cycle after the other.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::{Either, select};

use super::{Job, JobError, Status};
use crate::source::Source;
use crate::state::State;

/// How long to wait where nothing else says how long.
const A_WHILE: Duration = Duration::from_secs(60);

impl<S: Source, T: State> Job<S, T> {
    /// Runs cycles, each when it is due, until `stop` comes about or the job is disabled. A cycle that runs then comes to
    /// its end.
    ///
    /// A paused job goes on when it is started again. What goes wrong is traced, and does not end it.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut least = Duration::ZERO;
        loop {
            let wait = match self.pause_until().await {
                Some(wait) => wait.max(std::mem::take(&mut least)),
                None => return,
            };
            let sleep = pin!(self.inner.timer.sleep(wait));
            if let Either::Left(_) = select(stop.as_mut(), sleep).await {
                return;
            }
            match self.run_cycle().await {
                Ok(report) => tracing::info!(job = self.name(), outcome = ?report.outcome, "a cycle ended"),
                Err(JobError::NotActive(_) | JobError::Quarantined(_)) => {}
                Err(error) => {
                    tracing::error!(job = self.name(), %error, "a cycle could not be run");
                    // Where nothing can be remembered, the next one is due at once.
                    least = self.inner.options.interval.min(A_WHILE);
                }
            }
        }
    }

    /// How long to wait for the next cycle; nothing where there will be none.
    async fn pause_until(&self) -> Option<Duration> {
        let interval = self.inner.options.interval;
        let status = match self.status().await {
            Ok(status) => status,
            Err(error) => {
                tracing::error!(job = self.name(), %error, "the state of the job cannot be read");
                return Some(interval);
            }
        };
        let now = self.inner.timer.now();
        let due = match (status.status, status.quarantine) {
            (Status::Disabled | Status::NotConfigured, _) => return None,
            (Status::Paused, _) => return Some(interval.min(A_WHILE)),
            (Status::Quarantine, Some(quarantine)) if quarantine.is_due(now) => None,
            (Status::Quarantine, Some(quarantine)) => Some(quarantine.next_attempt),
            // A clock that was set back must not put it off for ever.
            _ => return Some(status.next_cycle.map_or(Duration::ZERO, |due| until(due, now).min(interval))),
        };
        Some(due.map_or(Duration::ZERO, |due| until(due, now)))
    }
}

fn until(due: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    due.signed_duration_since(now).to_std().unwrap_or_default()
}
