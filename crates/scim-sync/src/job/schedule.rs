//! One cycle after the other.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::{Job, JobError, Status};
use crate::source::Source;
use crate::state::State;

impl<S: Source, T: State> Job<S, T> {
    /// Runs cycles, each when it is due, until `stop` comes about or the job is disabled. A cycle that runs then comes to
    /// its end.
    ///
    /// A paused job goes on when it is started again. What goes wrong is traced, and does not end it.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            let wait = match self.pause_until().await {
                Some(wait) => wait,
                None => return,
            };
            let sleep = pin!(self.inner.timer.sleep(wait));
            if let Either::Left(_) = select(stop.as_mut(), sleep).await {
                return;
            }
            match self.run_cycle().await {
                Ok(report) => tracing::info!(job = self.name(), outcome = ?report.outcome, "a cycle ended"),
                Err(JobError::NotActive(_) | JobError::Quarantined(_)) => {}
                Err(error) => tracing::error!(job = self.name(), %error, "a cycle could not be run"),
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
        let due = match (status.status, status.quarantine) {
            (Status::Disabled | Status::NotConfigured, _) => return None,
            (Status::Paused, _) => return Some(interval.min(Duration::from_secs(60))),
            (Status::Quarantine, Some(quarantine)) => Some(quarantine.next_attempt),
            _ => status.next_cycle,
        };
        let wait = due.map(|due| (due - self.inner.timer.now()).to_std().unwrap_or_default());
        Some(wait.unwrap_or_default())
    }
}
