//! One log into several places.

use std::fmt;
use std::sync::Arc;

use super::{LogRecord, LogSink};

/// A [`LogSink`] that hands every record to several; to nobody, where it has none.
///
/// ```
/// use scim_sync::{MemoryLog, Tee};
///
/// let (one, two) = (MemoryLog::default(), MemoryLog::default());
/// let both = Tee::new().and(one.clone()).and(two.clone());
/// ```
#[derive(Clone, Default)]
pub struct Tee(Vec<Arc<dyn LogSink>>);

impl Tee {
    /// One that hands over to nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with one more.
    #[must_use]
    pub fn and(mut self, sink: impl LogSink) -> Self {
        self.0.push(Arc::new(sink));
        self
    }
}

impl LogSink for Tee {
    fn record(&self, record: &LogRecord) {
        for sink in &self.0 {
            sink.record(record);
        }
    }
}

impl fmt::Debug for Tee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tee").field(&self.0.len()).finish()
    }
}

impl<S: LogSink + ?Sized> LogSink for Arc<S> {
    fn record(&self, record: &LogRecord) {
        (**self).record(record);
    }
}

impl<S: LogSink + ?Sized> LogSink for Box<S> {
    fn record(&self, record: &LogRecord) {
        (**self).record(record);
    }
}
