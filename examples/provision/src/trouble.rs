//! Cycles that do not come to their end, and what is done about it.

use std::time::Duration;

use scim_client::Timer as _;
use scim_sync::{Outcome, QuarantineReason, ResetScope, Rules};

use crate::Failure;
use crate::compare;
use crate::run::Ending;
use crate::screen::count;
use crate::session::{CompanyJob, Session, is_complete};

/// How many cycles may pass until a target that behaves again is what the source says.
const PATIENCE: usize = 30;

impl Session<'_> {
    /// One cycle; where it ends in quarantine, whatever this run can do about it. Nothing comes back where the run goes on.
    pub(crate) async fn through(
        &mut self,
        title: &str,
        job: &mut CompanyJob,
        rules: &Rules,
    ) -> Result<Option<Ending>, Failure> {
        if let Some(ending) = self.stopped() {
            return Ok(Some(ending));
        }
        let report = self.cycle(title, job).await?;
        if let Some(ending) = self.stopped() {
            return Ok(Some(ending));
        }
        match &report.outcome {
            Outcome::Quarantined(QuarantineReason::TooManyDeletes, _) => self.held_back(job).await,
            Outcome::Quarantined(..) => self.quarantined(job, rules).await,
            // The target is to blame, and gets another chance.
            Outcome::Interrupted(_) if self.arguments.fail_rate > 0.0 => Ok(None),
            Outcome::Completed => Ok(None),
            _ => Ok(Some(Ending::Bad)),
        }
    }

    /// The deletion guard held a cycle back.
    async fn held_back(&mut self, job: &CompanyJob) -> Result<Option<Ending>, Failure> {
        if !self.arguments.allow_deletes {
            self.screen.line("  --allow-deletes lets it through; or correct the source, and start again with the same --dir");
            return Ok(Some(Ending::Bad));
        }
        job.allow_deletes().await?;
        let report = self.cycle("The same cycle, with the deletions allowed", job).await?;
        Ok((!is_complete(&report)).then_some(Ending::Bad))
    }

    /// The target refuses the key: the job rests until it has another one.
    async fn quarantined(&mut self, job: &mut CompanyJob, rules: &Rules) -> Result<Option<Ending>, Failure> {
        self.screen.heading("In quarantine");
        if let Err(error) = job.run_cycle().await {
            self.screen.line(format!("  another cycle now is refused: {error}"));
        }
        if !self.target.renew_key(self.screen).await? {
            self.screen.line("  make another key in the target, and start again with the same --dir");
            return Ok(Some(Ending::Bad));
        }
        *job = self.job(rules.clone())?;
        self.screen.line("  the job gets the new key, and is restarted: its quarantine is over, and what it remembers stays");
        job.restart(ResetScope { quarantine_state: true, ..ResetScope::NONE }).await?;
        let report = self.cycle("The cycle once more", job).await?;
        Ok((!is_complete(&report) && self.arguments.fail_rate == 0.0).then_some(Ending::Bad))
    }

    /// After a target that misbehaved: cycles, one interval after the other, until nothing waits that could do with another
    /// attempt.
    pub(crate) async fn settle(
        &mut self,
        job: &mut CompanyJob,
        rules: &Rules,
    ) -> Result<Option<Ending>, Failure> {
        if self.arguments.fail_rate == 0.0 {
            return Ok(None);
        }
        self.screen.heading("What the server did on purpose");
        for (what, times) in
            self.target.server.iter().flat_map(|server| server.faults.made()).collect::<Vec<_>>()
        {
            self.screen.line(format!("  {}: {what}", count(times, "time")));
        }
        for number in 1..=PATIENCE {
            let status = job.status().await?;
            let complete = status.last_cycle.as_ref().is_some_and(is_complete);
            let escrows = self.escrows(job).await?;
            let next = escrows
                .iter()
                .filter(|one| !compare::is_for_good(one.code))
                .map(|one| one.next_attempt)
                .min();
            if complete && next.is_none() {
                return Ok(None);
            }
            self.clock.advance(Duration::from_secs(40 * 60));
            if complete && let Some(next) = next {
                self.clock.advance_to(next);
            }
            let title = format!(
                "Quiet cycle {number}: the server behaves, {}",
                count(escrows.len() as u64, "object") + " to be tried again"
            );
            if let Some(ending) = self.through(&title, job, rules).await? {
                return Ok(Some(ending));
            }
        }
        self.screen.line("  it does not come to rest");
        Ok(Some(Ending::Bad))
    }

    /// Somebody takes a role away by mistake, and many users would be disabled.
    pub(crate) async fn bad_day(&mut self, job: &mut CompanyJob) -> Result<Option<Ending>, Failure> {
        let taken = self.company.begin_bad_day(self.clock.now())?;
        let names: Vec<String> = taken.iter().map(|(kind, id, _)| self.company.name(*kind, id)).collect();
        self.screen.heading(format!("A bad day: {} lost the role of the application", names.join(", ")));
        self.target.wire.reset();
        let report = self.cycle("Cycle after the mistake", job).await?;
        self.screen.line(format!("  requests: {}", self.target.wire.words()));
        if !matches!(report.outcome, Outcome::Quarantined(QuarantineReason::TooManyDeletes, _)) {
            self.screen.line("  the deletion guard did not hold it back");
            return Ok(Some(Ending::Bad));
        }
        if self.arguments.allow_deletes {
            return self.held_back(job).await;
        }
        if self.target.wire.writes() > 0 {
            self.screen.line("  it wrote, though it was held back");
            return Ok(Some(Ending::Bad));
        }
        self.company.end_bad_day(&taken);
        self.screen.heading("The role is given back, and the job is restarted");
        job.restart(ResetScope { quarantine_state: true, ..ResetScope::NONE }).await?;
        let report = self.cycle("Cycle after the correction", job).await?;
        Ok((!is_complete(&report)).then_some(Ending::Bad))
    }
}
