//! The acts of a run.

use std::path::Path;
use std::time::Duration;

use scim_client::Timer as _;
use scim_sync::{QuarantineReason, ResetScope, Rules, Status};

use crate::Failure;
use crate::arguments::Arguments;
use crate::company::Company;
use crate::compare::compare;
use crate::folder::Folder;
use crate::screen::{Screen, count};
use crate::session::{CompanyJob, Session};
use crate::stop::Stop;
use crate::target::Target;
use crate::{on_demand, show};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Both ends agree, or what was asked for was done.
    Good,
    /// They do not.
    Bad,
    /// Somebody stopped it.
    Stopped,
}

/// Does all of it.
///
/// # Errors
/// What kept it from being tried, or from going on.
pub async fn run(arguments: &Arguments, screen: &mut Screen, stop: &Stop) -> Result<Ending, Failure> {
    let rules = arguments.rules()?;
    let folder = Folder::open(arguments.dir.as_deref())?;
    let company = Company::read(&arguments.company, folder.is_day_two())?;
    screen.heading("Company");
    screen.fact("source", arguments.company.display().to_string());
    let report = &company.report;
    screen.fact(
        "holds",
        format!(
            "{}, {}, {}, {} of them in the bin",
            count(report.users as u64, "user"),
            count(report.groups as u64, "group"),
            count(report.memberships as u64, "membership"),
            report.in_bin
        ),
    );
    let target = Target::open(arguments, &folder, &company, screen).await?;
    let mut session = Session::open(arguments, screen, stop, folder, company, target).await?;
    let ending = session.acts(&rules).await;
    session.close().await;
    ending
}

impl Session<'_> {
    async fn acts(&mut self, rules: &Rules) -> Result<Ending, Failure> {
        let mut job = self.job(rules.clone())?;
        if !self.connect(&job).await? {
            return Ok(Ending::Bad);
        }
        if let Some(name) = &self.arguments.on_demand {
            return self.on_demand(&job, name).await;
        }
        if self.arguments.dry_run {
            self.screen.heading("What an initial cycle would do");
            show::preview(self.screen, &job.preview().await?);
            self.screen.line("  nothing was written");
            return Ok(Ending::Good);
        }
        self.resume(&job).await?;
        self.target.arm(true);
        let title = if self.folder.continued { "The first cycle of this run" } else { "Initial cycle" };
        if let Some(ending) = self.through(title, &mut job, rules).await? {
            return Ok(ending);
        }
        if !self.folder.is_day_two()
            && self.company.has_day_two()
            && let Some(ending) = self.day_two(&mut job, rules).await?
        {
            return Ok(ending);
        }
        self.target.arm(false);
        if let Some(ending) = self.settle(&mut job, rules).await? {
            return Ok(ending);
        }
        if let Some(ending) = self.silent(&mut job, rules).await? {
            return Ok(ending);
        }
        if self.arguments.bad_day
            && let Some(ending) = self.bad_day(&mut job).await?
        {
            return Ok(ending);
        }
        self.verdict(&job, rules).await
    }

    async fn connect(&mut self, job: &CompanyJob) -> Result<bool, Failure> {
        let connection = job.test_connection().await?;
        self.screen.fact("connection", connection.diagnosis.advice());
        for words in connection.error.iter().chain(&connection.warnings) {
            self.screen.fact("", words);
        }
        Ok(connection.works())
    }

    /// A job that had stopped in an earlier run is started again by this one: somebody has done something about it.
    async fn resume(&mut self, job: &CompanyJob) -> Result<(), Failure> {
        let status = job.status().await?;
        if !matches!(status.status, Status::Quarantine | Status::Disabled | Status::Paused) {
            return Ok(());
        }
        self.screen.fact("job", format!("it was {}, and is started again", status.status.as_str()));
        let held = status.quarantine.is_some_and(|one| one.reason == QuarantineReason::TooManyDeletes);
        let force_deletes = held && self.arguments.allow_deletes;
        job.restart(ResetScope { quarantine_state: true, force_deletes, ..ResetScope::NONE }).await?;
        Ok(())
    }

    async fn on_demand(&mut self, job: &CompanyJob, name: &str) -> Result<Ending, Failure> {
        let missing = |name: &str| format!("the company has nobody and no group `{name}`");
        let directory = &self.company.directory;
        let (kind, id) = on_demand::find(directory, name).ok_or_else(|| missing(name))?;
        let mut members = Vec::new();
        for member in &self.arguments.member {
            members.push(on_demand::find(directory, member).ok_or_else(|| missing(member))?.1);
        }
        let done = job.provision(kind, &id, &members, !self.arguments.dry_run).await?;
        on_demand::show(self.screen, &done.records);
        if self.arguments.dry_run {
            self.screen.line("  nothing was written");
        }
        let failed = done.records.iter().any(|record| record.status == scim_sync::LogStatus::Failure);
        Ok(if failed { Ending::Bad } else { Ending::Good })
    }

    /// The next day: joiners, movers, leavers, renames and groups that change.
    async fn day_two(&mut self, job: &mut CompanyJob, rules: &Rules) -> Result<Option<Ending>, Failure> {
        self.target.arm(false);
        self.clock.advance(Duration::from_secs(24 * 60 * 60));
        self.folder.begin_day_two()?;
        let changes = self.company.begin_day_two(self.clock.now())?;
        self.screen.heading(format!(
            "Day two: {} in the source; what the next cycle would do",
            count(changes, "change")
        ));
        show::preview(self.screen, &job.preview().await?);
        self.target.arm(true);
        self.through("Incremental cycle", job, rules).await
    }

    /// A cycle that finds nothing to do.
    async fn silent(&mut self, job: &mut CompanyJob, rules: &Rules) -> Result<Option<Ending>, Failure> {
        self.target.wire.reset();
        if let Some(ending) = self.through("One more cycle", job, rules).await? {
            return Ok(Some(ending));
        }
        self.screen.line(format!("  requests: {}", self.target.wire.words()));
        if self.target.wire.writes() == 0 {
            return Ok(None);
        }
        self.screen.line("  it wrote, though nothing has changed");
        Ok(Some(Ending::Bad))
    }

    /// Reads both ends, and says whether they agree.
    async fn verdict(&mut self, job: &CompanyJob, rules: &Rules) -> Result<Ending, Failure> {
        self.screen.heading("Comparison of source and target");
        let escrows = job.escrows().await?;
        let shared = self.target.server.is_none();
        let verdict = compare(&self.target.client, rules, &self.company.directory, &escrows, shared).await?;
        verdict.show(self.screen);
        self.screen.heading("Logs");
        for (name, what) in
            [("log.jsonl", "every object, step by step"), ("tables", "the same for a spreadsheet")]
        {
            self.screen.line(format!("  {}: {what}", shown(&self.folder.file(name))));
        }
        self.screen.line(format!("  {}: what the job remembers", shown(&self.folder.file("state.db"))));
        let good = verdict.is_good();
        self.screen.heading(if good {
            "Verdict: good. The target is what the source says."
        } else {
            "Verdict: bad. The target is not what the source says."
        });
        Ok(if good { Ending::Good } else { Ending::Bad })
    }

    /// Whether somebody wants it to end, in which case the log is named.
    pub(crate) fn stopped(&mut self) -> Option<Ending> {
        self.stop.is_asked().then(|| {
            self.screen.line(format!("  stopped; `--dir {}` goes on from here", shown(&self.folder.path)));
            Ending::Stopped
        })
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
