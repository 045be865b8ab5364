//! Putting a job together.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use scim_client::{Client, Timer, TokioTimer};

use super::{Inner, Job, JobError, Options};
use crate::guard::DeletionGuard;
use crate::ledger::Ledger;
use crate::log::{LogSink, Tee};
use crate::notify::{AnyNotifier, Notifier, TracingNotifier};
use crate::progress::ProgressWatch;
use crate::quarantine::Thresholds;
use crate::rules::Rules;
use crate::source::Source;
use crate::state::State;
use crate::target::Target;

/// What a job is put together from.
///
/// ```
/// use scim_client::Client;
/// use scim_sync::{Directory, Job, MemoryState, Rules};
///
/// let directory = Directory::new().named("staff");
/// let client = Client::builder("http://127.0.0.1:8080/scim/v2").bearer("the target's key").build()?;
/// let job = Job::builder("acme-prod", directory, MemoryState::new())
///     .target(client)
///     .rules(Rules::entra_to_atlassian())
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct JobBuilder<S, T> {
    name: String,
    source: S,
    state: T,
    client: Option<Client>,
    target_name: String,
    rules: Rules,
    log: Box<dyn LogSink>,
    notifier: Box<dyn AnyNotifier>,
    timer: Box<dyn Timer>,
    options: Options,
}

impl<S: Source, T: State> Job<S, T> {
    /// Begins a job of this name. What it remembers stands in the state under the name.
    pub fn builder(name: impl Into<String>, source: S, state: T) -> JobBuilder<S, T> {
        JobBuilder {
            name: name.into(),
            source,
            state,
            client: None,
            target_name: "target".to_owned(),
            rules: Rules::entra_to_atlassian(),
            log: Box::new(Tee::new()),
            notifier: Box::new(TracingNotifier),
            timer: Box::new(TokioTimer),
            options: Options {
                interval: Duration::from_secs(40 * 60),
                concurrency: 8,
                member_batch: 100,
                guard: DeletionGuard::default(),
                thresholds: Thresholds::default(),
                outage_after: 20,
                log_unchanged: false,
            },
        }
    }
}

impl<S: Source, T: State> JobBuilder<S, T> {
    /// The target. Without one, the job is [`NotConfigured`](super::Status::NotConfigured).
    ///
    /// The client's dialect says in which form requests are sent; its rate and its retries are the job's.
    pub fn target(mut self, client: Client) -> Self {
        self.client = Some(client);
        self
    }

    /// What the target is called in logs; `target` by default.
    pub fn target_name(mut self, name: impl Into<String>) -> Self {
        self.target_name = name.into();
        self
    }

    /// What is provisioned, and how: [`Rules::entra_to_atlassian`] by default.
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Where records go; nowhere by default.
    pub fn log(mut self, log: impl LogSink) -> Self {
        self.log = Box::new(log);
        self
    }

    /// Who hears of a quarantine; the trace by default.
    pub fn notifier(mut self, notifier: impl Notifier) -> Self {
        self.notifier = Box::new(notifier);
        self
    }

    /// The clock; Tokio's by default.
    pub fn timer(mut self, timer: impl Timer) -> Self {
        self.timer = Box::new(timer);
        self
    }

    /// How long it is from the begin of one cycle to that of the next; 40 minutes by default.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.options.interval = interval;
        self
    }

    /// How many objects are under way at once; 8 by default.
    pub fn concurrency(mut self, objects: usize) -> Self {
        self.options.concurrency = objects;
        self
    }

    /// How many members are sent in one request; 100 by default. The client's dialect may make it less.
    pub fn member_batch(mut self, members: usize) -> Self {
        self.options.member_batch = members;
        self
    }

    /// How much one cycle may take away.
    pub fn deletion_guard(mut self, guard: DeletionGuard) -> Self {
        self.options.guard = guard;
        self
    }

    /// How much may fail before the job goes into quarantine.
    pub fn thresholds(mut self, thresholds: Thresholds) -> Self {
        self.options.thresholds = thresholds;
        self
    }

    /// After how many failures in a row that are the target's a cycle breaks off; 20 by default.
    pub fn outage_after(mut self, failures: u32) -> Self {
        self.options.outage_after = failures;
        self
    }

    /// Writes a record also of what is the same already; off by default.
    pub fn log_unchanged(mut self, log: bool) -> Self {
        self.options.log_unchanged = log;
        self
    }

    /// Puts the job together.
    ///
    /// # Errors
    /// [`JobError::Rules`] where the rules cannot be followed.
    pub fn build(self) -> Result<Job<S, T>, JobError> {
        let rules = self.rules.compile()?;
        let target = self.client.map(|client| Target::new(client, &rules));
        Ok(Job {
            inner: Arc::new(Inner {
                ledger: Ledger::new(self.state, &self.name),
                name: self.name,
                target_name: self.target_name,
                source: self.source,
                target,
                rules,
                log: self.log,
                notifier: self.notifier,
                timer: self.timer,
                options: self.options,
                progress: ProgressWatch::default(),
                running: tokio::sync::Mutex::default(),
                halt: AtomicBool::new(false),
                changing: tokio::sync::Mutex::default(),
            }),
        })
    }
}

impl<S, T> fmt::Debug for JobBuilder<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<S, T> fmt::Debug for Job<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("name", &self.inner.name).finish_non_exhaustive()
    }
}
