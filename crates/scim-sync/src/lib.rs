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
    Apply, AssignmentScope, Clause, CompiledMapping, CompiledRules, DefaultAccess, Expression,
    ExpressionError, Mapping, MappingError, Nulls, ObjectMapping, Operator, ReferenceTo, Row, Rules,
    RulesError, RulesProblem, Scope, ScopeReason, ScopingFilter, SourceOf, Values,
};
pub use source::{Batch, Next, Source, SourceError, Watermark};
pub use state::{State, StateError, StateWrite};
