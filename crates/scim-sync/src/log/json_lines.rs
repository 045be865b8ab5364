//! A log as a file of JSON lines.

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::file::Lines;
use super::text::is_obeyed;
use super::{LogRecord, LogSink};

/// A [`LogSink`] that adds each record to a file, as JSON on a line of its own.
///
/// A line is with the operating system as soon as the record is: it survives the end of the process. A record that cannot be
/// written is counted in [`lost`](Self::lost) and reported through `tracing`; the job goes on. Values are written exactly, with
/// control characters as `\u001b`, so that the file may be looked at in a terminal.
///
/// ```
/// use scim_sync::{JsonLinesLog, LogRecord};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let file = std::env::temp_dir().join(format!("scim-sync-doc-{}.jsonl", std::process::id()));
/// let log = JsonLinesLog::open(&file)?;
/// // ... the job gets the log; later, or in another process:
/// for line in std::fs::read_to_string(&file)?.lines() {
///     let record: LogRecord = serde_json::from_str(line)?;
///     println!("{}: {:?}", record.source_identity.display_name, record.status);
/// }
/// # std::fs::remove_file(file)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct JsonLinesLog {
    lines: Mutex<Lines>,
    lost: AtomicU64,
}

impl JsonLinesLog {
    /// Opens a file to add to; it is made where there is none.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        Ok(Self { lines: Mutex::new(Lines::open(path.as_ref())?), lost: AtomicU64::new(0) })
    }

    /// How many records could not be written.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Waits until what was written is on the disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync(&self) -> io::Result<()> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).sync()
    }
}

impl LogSink for JsonLinesLog {
    fn record(&self, record: &LogRecord) {
        let written = line(record)
            .and_then(|line| self.lines.lock().unwrap_or_else(PoisonError::into_inner).add(line.as_bytes()));
        if let Err(error) = written {
            let lost = self.lost.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::error!(change_id = %record.change_id, lost, %error, "a record is not in the log file");
        }
    }
}

/// A record with its line break. JSON escapes the control characters of ASCII itself; the others can only stand in texts, where
/// an escape means the same.
fn line(record: &LogRecord) -> io::Result<String> {
    let mut line = serde_json::to_string(record)?;
    if line.contains(is_obeyed) {
        let mut escaped = String::with_capacity(line.len() + 16);
        for c in line.chars() {
            if is_obeyed(c) {
                // All of them are in the first plane. Writing to a text does not fail.
                let _ = write!(escaped, "\\u{:04x}", u32::from(c));
            } else {
                escaped.push(c);
            }
        }
        line = escaped;
    }
    line.push('\n');
    Ok(line)
}
