//! What is told about one object: the steps that were taken, and how they came out.

use chrono::{DateTime, Utc};
use scim_core::ResourceId;
use serde_json::Value;
use std::time::Duration;

use crate::log::{
    ErrorCode, Identity, LogRecord, LogStatus, LoggedAction, ModifiedProperty, Step, StepType, mask,
};
use crate::object::{Change, Kind};
use crate::plan::ValueChange;
use crate::rules::CompiledMapping;

/// The story of one object in one cycle.
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) identity: Identity,
    pub(crate) target: Option<ResourceId>,
    pub(crate) action: LoggedAction,
    pub(crate) status: LogStatus,
    pub(crate) code: Option<ErrorCode>,
    pub(crate) reason: Option<String>,
    pub(crate) changed: Vec<ModifiedProperty>,
    steps: Vec<Step>,
    /// Whether nothing happened that is worth a record.
    pub(crate) quiet: bool,
}

/// Where and when a story takes place.
pub(crate) struct Frame<'a> {
    pub(crate) job: &'a str,
    pub(crate) cycle: &'a str,
    pub(crate) source: &'a str,
    pub(crate) target: &'a str,
    pub(crate) at: DateTime<Utc>,
    pub(crate) took: Duration,
}

impl Story {
    pub(crate) fn new(change: &Change) -> Self {
        let display_name = match change {
            Change::Present(object) => object.display_name().to_owned(),
            Change::Deleted { id, .. } => id.to_string(),
        };
        Self::about(change.kind(), change.id().as_str(), display_name)
    }

    pub(crate) fn about(kind: Kind, id: &str, display_name: String) -> Self {
        Self {
            identity: Identity { id: id.to_owned(), display_name, identity_type: kind },
            target: None,
            action: LoggedAction::Other,
            status: LogStatus::Success,
            code: None,
            reason: None,
            changed: Vec::new(),
            steps: Vec::new(),
            quiet: false,
        }
    }

    pub(crate) fn step(
        &mut self,
        kind: StepType,
        status: LogStatus,
        description: impl Into<String>,
        details: Vec<(String, String)>,
    ) {
        self.steps.push(Step {
            provisioning_step_type: kind,
            status,
            description: description.into(),
            details,
        });
    }

    pub(crate) fn skipped(&mut self, code: Option<ErrorCode>, reason: impl Into<String>) {
        self.status = LogStatus::Skipped;
        self.code = code;
        self.reason = Some(reason.into());
    }

    pub(crate) fn failed(&mut self, step: StepType, code: ErrorCode, reason: &str) {
        self.status = LogStatus::Failure;
        self.code = Some(code);
        self.reason = Some(reason.to_owned());
        self.step(step, LogStatus::Failure, reason, Vec::new());
    }

    /// Something about it is odd, though it worked.
    pub(crate) fn warn(&mut self, step: StepType, code: ErrorCode, reason: &str) {
        self.status = LogStatus::Warning;
        self.code = Some(code);
        self.reason = Some(reason.to_owned());
        self.step(step, LogStatus::Warning, reason, Vec::new());
    }

    pub(crate) fn changes(&mut self, mapping: &CompiledMapping, changes: &[ValueChange]) {
        for change in changes {
            let Some(row) = mapping.rows().get(change.row) else { continue };
            let shown =
                |value: &Option<Value>| value.as_ref().map(|value| mask(value.clone(), row.is_masked()));
            self.changed.push(ModifiedProperty {
                display_name: row.target().to_owned(),
                old_value: shown(&change.old),
                new_value: shown(&change.new),
            });
        }
    }

    pub(crate) fn into_record(self, frame: &Frame<'_>) -> LogRecord {
        let display_name = self.identity.display_name.clone();
        let target_identity = self.target.map(|id| Identity {
            id: id.to_string(),
            display_name,
            identity_type: self.identity.identity_type,
        });
        LogRecord {
            change_id: uuid::Uuid::new_v4().to_string(),
            job_id: frame.job.to_owned(),
            cycle_id: frame.cycle.to_owned(),
            activity_date_time: frame.at,
            duration_in_milliseconds: u64::try_from(frame.took.as_millis()).unwrap_or(u64::MAX),
            provisioning_action: self.action,
            status: self.status,
            code: self.code.map(|code| code.as_str().to_owned()),
            reason: self.reason,
            recommended_action: self.code.map(|code| code.recommended_action().to_owned()),
            source_system: frame.source.to_owned(),
            target_system: frame.target.to_owned(),
            source_identity: self.identity,
            target_identity,
            provisioning_steps: self.steps,
            modified_properties: self.changed,
        }
    }
}
