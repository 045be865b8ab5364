//! What became of objects, grouped by why.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use scim_sync::{ErrorCode, Kind, LogRecord, LogSink, LogStatus, LoggedAction, StepType};

/// How many names a group of objects is shown with.
const NAMES: usize = 3;

/// What became of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    Created,
    Updated,
    Disabled,
    Deleted,
    Managers,
    Members,
    Staged,
    Skipped,
    Warned,
    Failed,
}

/// Objects of which the same became for the same reason.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    pub(crate) count: u64,
    /// The first few.
    pub(crate) names: Vec<String>,
}

/// A log that keeps only numbers and a few names. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(Arc<Mutex<Groups>>);

/// By what became of them, what they are, and why.
pub(crate) type Groups = BTreeMap<(What, Kind, String), Group>;

impl What {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
            Self::Managers => "manager set",
            Self::Members => "members set",
            Self::Staged => "held back",
            Self::Skipped => "skipped",
            Self::Warned => "warned",
            Self::Failed => "failed",
        }
    }

    fn of(record: &LogRecord) -> Self {
        let reference = record
            .provisioning_steps
            .iter()
            .all(|step| step.provisioning_step_type == StepType::ReferenceResolution);
        match (record.status, record.provisioning_action) {
            (LogStatus::Failure, _) => Self::Failed,
            (LogStatus::Skipped, _) => Self::Skipped,
            (_, LoggedAction::StagedDelete) => Self::Staged,
            (LogStatus::Warning, _) => Self::Warned,
            _ if reference && record.source_identity.identity_type == Kind::User => Self::Managers,
            _ if reference => Self::Members,
            (_, LoggedAction::Create) => Self::Created,
            (_, LoggedAction::Disable) => Self::Disabled,
            (_, LoggedAction::Delete) => Self::Deleted,
            (_, LoggedAction::Update) => Self::Updated,
            _ => Self::Skipped,
        }
    }
}

impl Tally {
    /// Of records that are there already.
    pub(crate) fn of(records: &[LogRecord]) -> Self {
        let tally = Self::default();
        records.iter().for_each(|record| tally.record(record));
        tally
    }

    /// What there is, and begins anew.
    pub(crate) fn take(&self) -> Groups {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl LogSink for Tally {
    fn record(&self, record: &LogRecord) {
        let what = What::of(record);
        let key = (what, record.source_identity.identity_type, why(what, record));
        let mut groups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let group = groups.entry(key).or_default();
        group.count += 1;
        if group.names.len() < NAMES {
            group.names.push(record.source_identity.display_name.clone());
        }
    }
}

/// Why, so that what is the same for many reads the same.
fn why(what: What, record: &LogRecord) -> String {
    let reason = record.reason.as_deref().unwrap_or_default();
    match (what, &record.code) {
        (What::Failed | What::Warned, Some(code)) => {
            let words = code.parse::<ErrorCode>().map_or(reason, |code| code.reason());
            format!("{code}: {words}")
        }
        (What::Updated, _) => {
            let mut names: Vec<&str> =
                record.modified_properties.iter().map(|property| short(&property.display_name)).collect();
            names.sort_unstable();
            names.dedup();
            format!("{reason}: {}", names.join(", "))
        }
        (What::Managers | What::Members, _) => String::new(),
        _ => reason.to_owned(),
    }
}

/// The attribute of a path, without its schema.
fn short(path: &str) -> &str {
    let end = path.find('[').unwrap_or(path.len());
    let head = path.get(..end).unwrap_or(path);
    match head.rfind(':') {
        Some(at) => path.get(at + 1..).unwrap_or(path),
        None => path,
    }
}
