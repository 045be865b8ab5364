//! What was done and why, object by object.

mod code;
mod csv;
mod file;
mod json_lines;
mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;
mod tee;
mod text;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::code::{ErrorCode, UnknownCode};
pub use self::csv::CsvLog;
pub use self::json_lines::JsonLinesLog;
pub use self::memory::MemoryLog;
#[cfg(feature = "sqlite")]
pub use self::sqlite::{LogQuery, SqliteLog};
pub use self::tee::Tee;
pub use self::text::{mask, printable};
use crate::object::Kind;

/// Takes the records of a job as they come about.
///
/// It is asked from several tasks at once and must not wait for long: a sink that can, hands over to a task of its own.
pub trait LogSink: Send + Sync + 'static {
    /// Takes one record.
    fn record(&self, record: &LogRecord);
}

/// What happened to one object in one cycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LogRecord {
    /// The name of this record; that of the change.
    pub change_id: String,
    /// The job.
    pub job_id: String,
    /// The cycle.
    pub cycle_id: String,
    /// When it was done.
    pub activity_date_time: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub duration_in_milliseconds: u64,
    /// What was done, or would have been.
    pub provisioning_action: LoggedAction,
    /// How it came out.
    pub status: LogStatus,
    /// The code of the failure or of the reason to skip, such as `DuplicateTargetEntries`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The reason, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What may be done about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recommended_action: Option<String>,
    /// The name of the source.
    pub source_system: String,
    /// The name of the target.
    pub target_system: String,
    /// The object in the source.
    pub source_identity: Identity,
    /// The resource in the target, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_identity: Option<Identity>,
    /// What was done, step by step.
    pub provisioning_steps: Vec<Step>,
    /// What changed in the target. Secret values are masked.
    pub modified_properties: Vec<ModifiedProperty>,
}

/// An object, as a log names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub display_name: String,
    /// What it is.
    pub identity_type: Kind,
}

/// What was done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum LoggedAction {
    /// It was created.
    Create,
    /// It was changed.
    Update,
    /// It was switched off.
    Disable,
    /// It was deleted.
    Delete,
    /// It would have been switched off or deleted, and the deletion guard held that back.
    StagedDelete,
    /// Anything else, such as nothing.
    Other,
}

/// How something came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LogStatus {
    /// It is done.
    Success,
    /// It did not work.
    Failure,
    /// There was nothing to do, or the rules say not to.
    Skipped,
    /// It is done, and something about it is odd.
    Warning,
}

/// One step of what was done to an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Which of the pipeline's steps.
    pub provisioning_step_type: StepType,
    /// How it came out.
    pub status: LogStatus,
    /// What was looked at and found, in a sentence.
    pub description: String,
    /// What was looked at and found, as name and text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<(String, String)>,
}

/// The steps of the pipeline, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StepType {
    /// Reading the object from the source.
    Import,
    /// Whether it is in scope.
    Scoping,
    /// Which resource of the target it is.
    Matching,
    /// What has to change.
    Processing,
    /// Writing to the target.
    Export,
    /// Its manager or its members.
    ReferenceResolution,
}

/// An attribute of the target that changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModifiedProperty {
    /// The target's attribute, such as `emails[type eq "work"].value`.
    pub display_name: String,
    /// What was there, as far as this job knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_value: Option<Value>,
    /// What is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_value: Option<Value>,
}

#[cfg(test)]
mod tests;
