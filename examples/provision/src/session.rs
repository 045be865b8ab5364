//! A run: everything that its acts share.

use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use scim_sync::{
    CsvLog, CycleReport, Escrow, Job, JobError, JsonLinesLog, MemoryNotifier, Outcome, Rules, SqliteState,
    Tee,
};

use crate::Failure;
use crate::arguments::Arguments;
use crate::bar::Bar;
use crate::clock::Clock;
use crate::company::Company;
use crate::folder::Folder;
use crate::screen::Screen;
use crate::show;
use crate::stop::Stop;
use crate::tally::Tally;
use crate::target::{HURRY, Target};

/// The job of this program.
pub(crate) type CompanyJob = Job<scim_sync::Directory, SqliteState>;

/// Everything that the acts of a run share.
pub(crate) struct Session<'a> {
    pub(crate) arguments: &'a Arguments,
    pub(crate) screen: &'a mut Screen,
    pub(crate) stop: &'a Stop,
    pub(crate) folder: Folder,
    pub(crate) company: Company,
    pub(crate) target: Target,
    pub(crate) clock: Clock,
    state: SqliteState,
    logs: Arc<Tee>,
    tally: Tally,
    notifier: MemoryNotifier,
    /// How many notifications were shown.
    told: usize,
}

impl<'a> Session<'a> {
    pub(crate) async fn open(
        arguments: &'a Arguments,
        screen: &'a mut Screen,
        stop: &'a Stop,
        folder: Folder,
        company: Company,
        target: Target,
    ) -> Result<Self, Failure> {
        let tally = Tally::default();
        let logs = Tee::new()
            .and(JsonLinesLog::open(folder.file("log.jsonl"))?)
            .and(CsvLog::open(folder.file("tables"))?)
            .and(tally.clone());
        let state = SqliteState::open(folder.file("state.db")).await?;
        let clock = Clock::new(if arguments.fail_rate > 0.0 { HURRY } else { 1 });
        Ok(Self {
            arguments,
            screen,
            stop,
            folder,
            company,
            target,
            clock,
            state,
            logs: Arc::new(logs),
            tally,
            notifier: MemoryNotifier::new(),
            told: 0,
        })
    }

    /// The job, with these rules. Whatever it is put together from, its state is one.
    pub(crate) fn job(&self, rules: Rules) -> Result<CompanyJob, Failure> {
        let job = Job::builder("company", self.company.directory.clone(), self.state.clone())
            .target(self.target.client.clone())
            .target_name(&self.target.url)
            .rules(rules)
            .log(Arc::clone(&self.logs))
            .notifier(self.notifier.clone())
            .timer(self.clock.clone())
            .concurrency(self.arguments.concurrency)
            .deletion_guard(self.arguments.guard());
        Ok(job.build()?)
    }

    /// Runs a cycle, shows how far it is, and what came of it. Ctrl-C breaks it off.
    pub(crate) async fn cycle(&mut self, title: &str, job: &CompanyJob) -> Result<CycleReport, JobError> {
        self.screen.heading(title);
        self.tally.take();
        let (mut bar, mut progress) = (Bar::new(self.screen.live), job.progress());
        let (mut stopping, start) = (false, Instant::now());
        let report = {
            let mut run = pin!(job.run_cycle());
            loop {
                tokio::select! {
                    biased;
                    report = &mut run => break report,
                    () = self.stop.asked(), if !stopping => {
                        stopping = true;
                        job.interrupt();
                        bar.say("  Ctrl-C: what is under way is finished; once more ends it at once", self.screen);
                    }
                    Some(now) = progress.changed() => bar.show(&now, self.screen),
                }
            }
        };
        bar.finish();
        let report = report?;
        show::cycle(self.screen, &report, &self.tally, start.elapsed());
        self.tell();
        Ok(report)
    }

    /// Shows whom the job has told what.
    fn tell(&mut self) {
        let all = self.notifier.notifications();
        for told in all.iter().skip(self.told) {
            self.screen.heading(format!("Notification: {}", told.subject()));
            self.screen.lines(&told.body());
        }
        self.told = all.len();
    }

    /// What is not provisioned yet.
    pub(crate) async fn escrows(&self, job: &CompanyJob) -> Result<Vec<Escrow>, JobError> {
        job.escrows().await
    }

    pub(crate) async fn close(self) {
        self.state.close().await;
        if let Some(server) = self.target.server {
            server.shutdown().await;
        }
    }
}

/// Whether a cycle came to its end.
pub(crate) fn is_complete(report: &CycleReport) -> bool {
    report.outcome == Outcome::Completed
}
