//! A log as three tables, joined by the change id.

use std::borrow::Cow;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::SecondsFormat;
use serde::Serialize;
use serde_json::Value;

use super::file::Lines;
use super::text::printable;
use super::{Identity, LogRecord, LogSink};

/// A [`LogSink`] that writes three tables for a spreadsheet into a directory: `logs.csv`, `steps.csv` and
/// `modified-properties.csv`, whose rows belong together where `changeId` is the same.
///
/// Cells hold text on one line without control characters. One that a spreadsheet would take for a formula, because it begins
/// with `=`, `+`, `-` or `@`, begins with an apostrophe instead. For exact values there is [`JsonLinesLog`](crate::JsonLinesLog).
///
/// A record that cannot be written is counted in [`lost`](Self::lost) and reported through `tracing`; the job goes on. One
/// process may write into a directory at a time.
#[derive(Debug)]
pub struct CsvLog {
    tables: Mutex<Tables>,
    lost: AtomicU64,
}

#[derive(Debug)]
struct Tables {
    logs: Lines,
    steps: Lines,
    properties: Lines,
}

const LOGS: &[&str] = &[
    "changeId",
    "activityDateTime",
    "jobId",
    "cycleId",
    "provisioningAction",
    "status",
    "code",
    "reason",
    "recommendedAction",
    "durationInMilliseconds",
    "sourceSystem",
    "sourceId",
    "sourceDisplayName",
    "sourceType",
    "targetSystem",
    "targetId",
    "targetDisplayName",
    "targetType",
];
const STEPS: &[&str] = &["changeId", "number", "provisioningStepType", "status", "description", "details"];
const PROPERTIES: &[&str] = &["changeId", "displayName", "oldValue", "newValue"];

impl CsvLog {
    /// Opens the three tables in a directory to add to; whatever is not there is made.
    ///
    /// # Errors
    /// What the system says, and [`ErrorKind::InvalidData`] for a file of one of these names that is another table.
    pub fn open(directory: impl AsRef<Path>) -> io::Result<Self> {
        let directory = directory.as_ref();
        std::fs::create_dir_all(directory)?;
        let tables = Tables {
            logs: table(&directory.join("logs.csv"), LOGS)?,
            steps: table(&directory.join("steps.csv"), STEPS)?,
            properties: table(&directory.join("modified-properties.csv"), PROPERTIES)?,
        };
        Ok(Self { tables: Mutex::new(tables), lost: AtomicU64::new(0) })
    }

    /// How many records could not be written.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    fn write(&self, record: &LogRecord) -> io::Result<()> {
        let rows = (logs(record)?, steps(record)?, properties(record)?);
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        // The row that the others belong to comes last, so that it has them all.
        tables.properties.add(&rows.2)?;
        tables.steps.add(&rows.1)?;
        tables.logs.add(&rows.0)
    }
}

impl LogSink for CsvLog {
    fn record(&self, record: &LogRecord) {
        if let Err(error) = self.write(record) {
            let lost = self.lost.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::error!(change_id = %record.change_id, lost, %error, "a record is not in the log tables");
        }
    }
}

fn table(path: &Path, columns: &[&str]) -> io::Result<Lines> {
    let mut lines = Lines::open(path)?;
    let header = rows([columns.iter().map(|name| Cow::Borrowed(*name)).collect()])?;
    if lines.is_empty()? {
        lines.add(&header)?;
    }
    if lines.start(header.len())? != header {
        let words = format!("{} is another table", printable(&path.to_string_lossy()));
        return Err(io::Error::new(ErrorKind::InvalidData, words));
    }
    // No cell has a line break, so that what comes after the last one is a part of a row.
    lines.cut()?;
    Ok(lines)
}

fn logs(record: &LogRecord) -> io::Result<Vec<u8>> {
    let optional = |text: &Option<String>| text.as_deref().map_or(Cow::Borrowed(""), cell).into_owned();
    let source = identity(Some(&record.source_identity));
    let target = identity(record.target_identity.as_ref());
    let mut row = vec![
        cell(&record.change_id),
        record.activity_date_time.to_rfc3339_opts(SecondsFormat::Millis, true).into(),
        cell(&record.job_id),
        cell(&record.cycle_id),
        name(&record.provisioning_action)?,
        name(&record.status)?,
        optional(&record.code).into(),
        optional(&record.reason).into(),
        optional(&record.recommended_action).into(),
        record.duration_in_milliseconds.to_string().into(),
        cell(&record.source_system),
    ];
    row.extend(source);
    row.push(cell(&record.target_system));
    row.extend(target);
    rows([row])
}

fn steps(record: &LogRecord) -> io::Result<Vec<u8>> {
    let mut all = Vec::with_capacity(record.provisioning_steps.len());
    for (number, step) in (1..).zip(&record.provisioning_steps) {
        let details: Vec<_> = step.details.iter().map(|(name, text)| format!("{name}: {text}")).collect();
        all.push(vec![
            cell(&record.change_id),
            Cow::Owned(usize::to_string(&number)),
            name(&step.provisioning_step_type)?,
            name(&step.status)?,
            cell(&step.description),
            cell(&details.join("; ")).into_owned().into(),
        ]);
    }
    rows(all)
}

fn properties(record: &LogRecord) -> io::Result<Vec<u8>> {
    let value = |value: &Option<Value>| match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => cell(text).into_owned(),
        Some(other) => cell(&other.to_string()).into_owned(),
    };
    rows(record.modified_properties.iter().map(|property| {
        let (old, new) = (value(&property.old_value), value(&property.new_value));
        vec![cell(&record.change_id), cell(&property.display_name), old.into(), new.into()]
    }))
}

fn identity(identity: Option<&Identity>) -> [Cow<'_, str>; 3] {
    identity.map_or([Cow::Borrowed(""), Cow::Borrowed(""), Cow::Borrowed("")], |identity| {
        [cell(&identity.id), cell(&identity.display_name), identity.identity_type.as_str().into()]
    })
}

/// What a word of ours is called in JSON.
fn name(value: &impl Serialize) -> io::Result<Cow<'static, str>> {
    match serde_json::to_value(value)? {
        Value::String(name) => Ok(name.into()),
        other => Ok(other.to_string().into()),
    }
}

/// A text as a cell that is shown and never worked out. The wide forms of the signs count too: some spreadsheets take them.
fn cell(text: &str) -> Cow<'_, str> {
    let shown = printable(text);
    let sign = |c| matches!(c, '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}');
    // A tab or a line break in front is a formula's beginning for some, too.
    let formula = shown.trim_start().starts_with(sign) || text.starts_with(['\t', '\r', '\n']);
    if formula { Cow::Owned(format!("'{shown}")) } else { shown }
}

fn rows<'a>(rows: impl IntoIterator<Item = Vec<Cow<'a, str>>>) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| cell.as_bytes()))?;
    }
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}
