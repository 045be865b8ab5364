//! A log that is gone with the process.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::{LogRecord, LogSink};

/// A [`LogSink`] in memory, which keeps the latest records. Clones share one memory.
///
/// ```
/// use scim_sync::MemoryLog;
///
/// let log = MemoryLog::new(10_000);
/// let sink = log.clone();
/// // ... the job gets `sink` ...
/// assert!(log.records().is_empty());
/// ```
#[derive(Clone)]
pub struct MemoryLog {
    records: Arc<Mutex<VecDeque<LogRecord>>>,
    most: usize,
}

impl MemoryLog {
    /// One that keeps so many records.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { records: Arc::default(), most }
    }

    /// The records, the oldest first.
    #[must_use]
    pub fn records(&self) -> Vec<LogRecord> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// The same, and forgets them.
    #[must_use]
    pub fn take(&self) -> Vec<LogRecord> {
        std::mem::take(&mut *self.records.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

impl LogSink for MemoryLog {
    fn record(&self, record: &LogRecord) {
        if self.most == 0 {
            return;
        }
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        while records.len() >= self.most {
            records.pop_front();
        }
        records.push_back(record.clone());
    }
}

impl Default for MemoryLog {
    /// Ten thousand records.
    fn default() -> Self {
        Self::new(10_000)
    }
}

impl fmt::Debug for MemoryLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLog").field("most", &self.most).finish_non_exhaustive()
    }
}
