//! A provisioning engine: keeps the users and groups of SCIM 2.0 servers true to a directory, and says why it does what it
//! does.

mod log;
mod object;
mod rules;
mod source;
mod state;

// The public interface is:
pub use log::{Identity, LogRecord, LogSink, LogStatus, LoggedAction, ModifiedProperty, Step, StepType};
pub use object::{Assignment, Change, Kind, Members, Role, SourceId, SourceObject};
pub use rules::{
    Apply, AssignmentScope, Clause, DefaultAccess, Mapping, Nulls, ObjectMapping, Operator, ReferenceTo,
    Rules, ScopingFilter, SourceOf,
};
pub use source::{
    Batch, CsvSource, Directory, GraphExport, ImportReport, Next, Source, SourceError, Watermark,
};
pub use state::{State, StateError, StateWrite};
