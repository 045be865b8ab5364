//! The words of a notification.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use super::{Notification, Staged};
use crate::log::printable;
use crate::quarantine::QuarantineReason;

impl Notification {
    /// What people are told of a job that is in quarantine for this reason.
    pub fn new(
        job: impl Into<String>,
        target: impl Into<String>,
        reason: QuarantineReason,
        error: impl Into<String>,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            job: job.into(),
            target: target.into(),
            reason,
            error: error.into(),
            at,
            next_attempt: None,
            disabled: false,
            staged: None,
            log: None,
        }
    }

    /// The subject of a mail: one line.
    #[must_use]
    pub fn subject(&self) -> String {
        let state = if self.disabled { "is disabled" } else { "is in quarantine" };
        format!("Provisioning job `{}` {state}: {}", short(&self.job, 80), self.reason)
    }

    /// The text of a mail, of which no line is somebody else's alone.
    #[must_use]
    pub fn body(&self) -> String {
        let mut text = String::new();
        let mut line = |words: std::fmt::Arguments<'_>| {
            // Writing to a text does not fail.
            let _ = writeln!(text, "{words}");
        };
        let job = short(&self.job, 200);
        if self.disabled {
            line(format_args!(
                "The provisioning job `{job}` is disabled: it was in quarantine for too long."
            ));
        } else {
            line(format_args!("The provisioning job `{job}` is in quarantine."));
        }
        line(format_args!(""));
        line(format_args!("Target: {}", short(&self.target, 500)));
        line(format_args!("Since: {}", time(self.at)));
        line(format_args!("Reason: {}, {}", self.reason, self.reason.description()));
        line(format_args!("Error: {}", short(&self.error, 2_000)));
        if let Some(Staged { disables, deletes, member_removals, linked }) = self.staged {
            line(format_args!(
                "Held back: {disables} to disable, {deletes} to delete, {member_removals} members to remove; {linked} objects are linked"
            ));
        }
        if let Some(log) = &self.log {
            line(format_args!("Log: {}", short(log, 500)));
        }
        line(format_args!(""));
        match (self.disabled, self.next_attempt) {
            (true, _) => line(format_args!("Nothing happens until the job is restarted.")),
            (false, Some(next)) => line(format_args!("The next attempt is at {}.", time(next))),
            (false, None) => {}
        }
        if self.reason == QuarantineReason::TooManyDeletes {
            line(format_args!(
                "Allow the deletions if they are meant, or correct the source and restart the job."
            ));
        }
        text
    }
}

fn time(at: DateTime<Utc>) -> impl std::fmt::Display {
    at.format("%Y-%m-%d %H:%M:%S UTC")
}

/// As much of a text as fits, on one line.
fn short(text: &str, most: usize) -> String {
    let shown = printable(text);
    match shown.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", shown.get(..end).unwrap_or_default()),
        None => shown.into_owned(),
    }
}
