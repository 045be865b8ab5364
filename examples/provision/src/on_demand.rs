//! Provision on demand: one object, with every step shown.

use scim_sync::{Directory, Kind, LogRecord, LogStatus, SourceId, StepType};
use serde_json::Value;

use crate::screen::Screen;

/// The object of this id, or of this user principal name or group name, whatever the case.
pub(crate) fn find(directory: &Directory, name: &str) -> Option<(Kind, SourceId)> {
    let id = SourceId::from(name);
    for kind in [Kind::User, Kind::Group] {
        if directory.contains(kind, &id) {
            return Some((kind, id));
        }
    }
    let name = name.to_lowercase();
    for kind in [Kind::User, Kind::Group] {
        let mut ids = directory.ids(kind).into_iter();
        let named = ids.find(|id| {
            let object = directory.object(kind, id);
            object.is_some_and(|object| object.display_name().to_lowercase() == name)
        });
        if let Some(id) = named {
            return Some((kind, id));
        }
    }
    None
}

/// The five steps of each object; the test of the connection comes before all of them.
pub(crate) fn show(screen: &mut Screen, records: &[LogRecord]) {
    for record in records {
        let identity = &record.source_identity;
        screen.heading(format!("{} {}", identity.identity_type, identity.display_name));
        screen.line("  1. Test connection: it works");
        for (number, title, types) in STEPS {
            let steps: Vec<_> = record
                .provisioning_steps
                .iter()
                .filter(|step| types.contains(&step.provisioning_step_type))
                .collect();
            if steps.is_empty() {
                screen.line(format!("  {number}. {title}: not needed"));
            }
            for step in steps {
                screen.line(format!("  {number}. {title}: {}, {}", word(step.status), step.description));
                for (name, text) in &step.details {
                    screen.line(format!("       {name}: {text}"));
                }
            }
        }
        for property in &record.modified_properties {
            let shown =
                |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
            let (old, new) = (shown(&property.old_value), shown(&property.new_value));
            screen.line(format!("       {}: {old} becomes {new}", property.display_name));
        }
        if let (LogStatus::Failure, Some(advice)) = (record.status, &record.recommended_action) {
            screen.line(format!("     what to do: {advice}"));
        }
    }
}

const STEPS: [(u8, &str, &[StepType]); 4] = [
    (2, "Import", &[StepType::Import]),
    (3, "Determine scope", &[StepType::Scoping]),
    (4, "Match", &[StepType::Matching]),
    (5, "Action", &[StepType::Processing, StepType::Export, StepType::ReferenceResolution]),
];

fn word(status: LogStatus) -> &'static str {
    match status {
        LogStatus::Success => "success",
        LogStatus::Failure => "failure",
        LogStatus::Skipped => "skipped",
        LogStatus::Warning => "warning",
    }
}
