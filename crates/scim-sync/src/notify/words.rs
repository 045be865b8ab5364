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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    fn notification(reason: QuarantineReason) -> Notification {
        let target = "https://saas.example/scim/v2";
        let began = at("2026-01-01T00:00:00Z");
        let mut notification = Notification::new("acme", target, reason, "GET /Users: 401", began);
        notification.next_attempt = Some(at("2026-01-01T06:00:00Z"));
        notification
    }

    #[test]
    fn a_quarantine() {
        let notification = notification(QuarantineReason::EncounteredQuarantineException);
        assert_eq!(
            notification.subject(),
            "Provisioning job `acme` is in quarantine: EncounteredQuarantineException"
        );
        assert_eq!(
            notification.body(),
            "The provisioning job `acme` is in quarantine.\n\
             \n\
             Target: https://saas.example/scim/v2\n\
             Since: 2026-01-01 00:00:00 UTC\n\
             Reason: EncounteredQuarantineException, the target refuses the key, or does not speak SCIM\n\
             Error: GET /Users: 401\n\
             \n\
             The next attempt is at 2026-01-01 06:00:00 UTC.\n"
        );
    }

    #[test]
    fn deletions_that_are_held_back() {
        let mut notification = notification(QuarantineReason::TooManyDeletes);
        notification.error = "33 of 200".into();
        notification.staged = Some(Staged { disables: 21, deletes: 5, member_removals: 7, linked: 200 });
        notification.log = Some("provision.jsonl".into());
        assert_eq!(
            notification.body(),
            "The provisioning job `acme` is in quarantine.\n\
             \n\
             Target: https://saas.example/scim/v2\n\
             Since: 2026-01-01 00:00:00 UTC\n\
             Reason: TooManyDeletes, the cycle would disable or delete more than is allowed\n\
             Error: 33 of 200\n\
             Held back: 21 to disable, 5 to delete, 7 members to remove; 200 objects are linked\n\
             Log: provision.jsonl\n\
             \n\
             The next attempt is at 2026-01-01 06:00:00 UTC.\n\
             Allow the deletions if they are meant, or correct the source and restart the job.\n"
        );
    }

    #[test]
    fn a_job_that_is_disabled() {
        let mut notification = notification(QuarantineReason::Unknown);
        notification.disabled = true;
        assert_eq!(notification.subject(), "Provisioning job `acme` is disabled: Unknown");
        let body = notification.body();
        assert!(
            body.starts_with("The provisioning job `acme` is disabled: it was in quarantine for too long.\n")
        );
        assert!(body.ends_with("\nNothing happens until the job is restarted.\n"), "{body}");
    }

    #[test]
    fn nobody_else_writes_a_line() {
        let evil = "x\r\nBcc: all@example.com\r\n\r\n\u{1b}[2J".repeat(500);
        let mut notification = notification(QuarantineReason::Unknown);
        notification.log = Some(evil.clone());
        let lines = notification.body().lines().count();
        notification.job = evil.clone();
        notification.target = evil.clone();
        notification.error = evil.clone();
        notification.log = Some(evil);
        assert!(!notification.subject().contains(char::is_control));
        assert!(notification.subject().chars().count() < 150);
        let body = notification.body();
        assert_eq!(body.lines().count(), lines);
        assert!(!body.replace('\n', "").contains(char::is_control));
        assert!(body.len() < 4_500);
    }
}
