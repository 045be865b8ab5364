//! A provisioning engine: keeps the users and groups of SCIM 2.0 servers true to a directory, and says why it does what it
//! does.

mod connection;
#[cfg(feature = "sqlite")]
mod database;
mod escrow;
mod log;
mod notify;
mod object;
mod progress;
mod quarantine;
mod rules;
mod source;
mod state;
#[cfg(test)]
mod testing;

// The public interface is:
pub use connection::{Connection, Diagnosis, probe, test_connection};
pub use escrow::{Escrow, EscrowCounts};
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
pub use progress::{Counts, Phase, Progress, ProgressReader, ProgressWatch};
pub use quarantine::{Asked, Quarantine, QuarantineReason, Thresholds};
pub use rules::{
    Apply, AssignmentScope, Clause, DefaultAccess, Mapping, Nulls, ObjectMapping, Operator, ReferenceTo,
    Rules, ScopingFilter, SourceOf,
};
pub use source::{Batch, Next, Source, SourceError, Watermark};
#[cfg(feature = "sqlite")]
pub use state::SqliteState;
pub use state::{MemoryState, State, StateError, StateWrite};
