//! A provisioning engine: keeps the users and groups of SCIM 2.0 servers true to a directory, and says why it does what it
//! does.
//!
//! # One directory, many tenants, from nothing
//!
//! A [`Job`] keeps one target true to one source. It is made of four things: a [`Source`], where users and groups come from;
//! a client of the target; [`Rules`], which say who is provisioned and how; and a [`State`], where it remembers which resource
//! an object is. A platform that pushes one directory to the applications of many customers has a job for each of them, in a
//! map:
//!
//! ```no_run
//! use std::collections::HashMap;
//!
//! use scim_client::Client;
//! use scim_sync::{Directory, Job, Kind, MemoryState, Role, Rules, SourceObject};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The directory. It is in memory here; a platform implements `Source` for its own tables.
//! let staff = Directory::new().named("staff");
//! let ann = SourceObject::user("u1").with("userPrincipalName", "ann@acme.example").with("displayName", "Ann");
//! staff.put(ann.with("mail", "ann@acme.example"));
//! staff.put(SourceObject::group("g1").with("displayName", "Engineering"));
//! staff.add_members(&"g1".into(), ["u1".into()]);
//! // Who may use the applications: this group, and its direct members.
//! staff.assign(Kind::Group, &"g1".into(), Role::Named("user".into()));
//!
//! // What the jobs remember, each under its name. `SqliteState` (feature `sqlite`) outlives the process.
//! let state = MemoryState::new();
//!
//! let tenants = [
//!     ("acme", "https://wiki.example/scim/directory/1e0ee27e", "the key that acme was shown"),
//!     ("globex", "https://wiki.example/scim/directory/7a94c110", "the key that globex was shown"),
//! ];
//! let mut jobs = HashMap::new();
//! for (tenant, base_url, key) in tenants {
//!     let client = Client::builder(base_url).bearer(key).build()?;
//!     let job = Job::builder(tenant, staff.clone(), state.clone())
//!         .target(client)
//!         .target_name(base_url)
//!         .rules(Rules::entra_to_scim())
//!         .build()?;
//!     jobs.insert(tenant, job);
//! }
//!
//! // The button "test connection", and what would happen; nothing is written.
//! let job = &jobs["acme"];
//! let connection = job.test_connection().await?;
//! println!("{}", connection.diagnosis.advice());
//! println!("{} changes", job.preview().await?.records.len());
//!
//! // From now on every job runs its cycles, every 40 minutes, until the process is told to stop.
//! for job in jobs.values().cloned() {
//!     tokio::spawn(async move {
//!         let stop = async {
//!             let _ = tokio::signal::ctrl_c().await;
//!         };
//!         job.run(stop).await;
//!     });
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What a cycle does
//!
//! The first cycle looks at everything, later ones at what has changed since. Users come first, then groups without members,
//! then managers and members, when whoever they refer to is there:
//!
//! ```text
//! source ──import──▶ scope ──▶ match ──▶ plan ──▶ deletion guard ──▶ act ──▶ references ──▶ target
//!                                                                                  │
//!                                     state, log, escrow ◀──── what came of each object
//! ```
//!
//! Nothing is sent for what is the same already. The source is read on from a [`Watermark`], which is saved when the cycle has
//! come to its end: a process that dies at any moment begins the cycle again, and whatever was done is found done.
//!
//! # When something goes wrong
//!
//! | what | becomes of it |
//! |---|---|
//! | one object is refused, or fails | an [`Escrow`]: it is tried again in later cycles, less and less often; the others go on |
//! | the target is down, or busy | it is left alone for as long as it asks; after 20 failures in a row the cycle breaks off |
//! | the key is refused, or the target is none of SCIM | [`Quarantine`]: people are told once ([`Notifier`]), and it is tried after 6, 12, 24 hours; after 28 days the job is disabled |
//! | a cycle would disable, delete or remove too much | the [`DeletionGuard`] holds it back before anything is sent, until [`Job::allow_deletes`] |
//! | the source cannot be read | the cycle ends, and the next one begins at the same watermark |
//!
//! # Where to look
//!
//! | you want | look at |
//! |---|---|
//! | to push a directory of your own | [`Source`]; ready-made: [`Directory`], [`GraphExport`], [`CsvSource`] |
//! | other attributes, another scope | [`Rules`], [`Mapping`], [`ScopingFilter`], [`Expression`] |
//! | to see what would happen | [`Job::preview`], [`Job::provision`] for one object, step by step |
//! | to know what happened and why | [`LogSink`]: [`JsonLinesLog`], [`CsvLog`], `SqliteLog` |
//! | a progress bar | [`Job::progress`] |
//! | to start, pause, restart and interrupt | [`Job::start`], [`Job::pause`], [`Job::restart`], [`Job::interrupt`] |
//! | to test your own rules | [`plan`], which is a pure function |
//!
//! # Incomplete support
//!
//! - One process at a time may run the cycles of a job; nothing keeps a second one away.
//! - Two users who swap their `userName` in one cycle are refused (409) until one of them gets another one.
//! - Ids of deleted users stay in groups of targets that do not take them out themselves.
//! - A preview does not show the managers of users who have yet to be created.
//! - Expressions have no functions of dates, of random values or for unique values; each is refused by its name.

mod connection;
mod cycle;
#[cfg(feature = "sqlite")]
mod database;
mod escrow;
mod guard;
mod job;
mod ledger;
mod link;
mod log;
mod notify;
mod object;
mod plan;
mod progress;
mod quarantine;
mod rules;
mod source;
mod state;
mod target;
#[cfg(test)]
mod testing;

// The public interface is:
pub use connection::{Connection, Diagnosis, probe, test_connection};
pub use cycle::{CycleReport, Outcome};
pub use escrow::{Escrow, EscrowCounts};
pub use guard::{DeletionGuard, Removals};
pub use job::{Job, JobBuilder, JobError, JobStatus, OnDemand, Preview, ResetScope, Status};
pub use link::{Link, Reference};
pub use log::{
    CsvLog, ErrorCode, Identity, JsonLinesLog, LogRecord, LogSink, LogStatus, LoggedAction, MemoryLog,
    ModifiedProperty, Step, StepType, Tee, UnknownCode, mask, printable,
};
#[cfg(feature = "sqlite")]
pub use log::{LogQuery, SqliteLog};
#[cfg(feature = "mail")]
pub use notify::{MailBuilder, MailNotifier};
pub use notify::{MemoryNotifier, Notification, Notified, Notifier, NotifyError, Staged, TracingNotifier};
pub use object::{Assignment, Change, Kind, Members, Role, SourceId, SourceObject};
pub use plan::{Action, Current, Decision, Reason, ValueChange, plan};
pub use progress::{Counts, Phase, Progress, ProgressReader, ProgressWatch};
pub use quarantine::{Asked, Quarantine, QuarantineReason, Thresholds};
pub use rules::{
    Apply, AssignmentScope, Clause, CompiledMapping, CompiledRules, DefaultAccess, Expression,
    ExpressionError, Mapping, MappingError, Nulls, ObjectMapping, Operator, ReferenceTo, Row, Rules,
    RulesError, RulesProblem, Scope, ScopeReason, ScopingFilter, SourceOf, Values,
};
pub use source::{
    Batch, CsvSource, Directory, GraphExport, ImportReport, Next, Source, SourceError, Watermark,
};
#[cfg(feature = "sqlite")]
pub use state::SqliteState;
pub use state::{MemoryState, State, StateError, StateWrite};
