//! A provisioning engine: keeps the users and groups of SCIM 2.0 servers true to a directory, and says why it does what it
//! does.

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
