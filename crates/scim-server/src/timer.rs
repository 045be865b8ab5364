//! Time, as the service sees it: so that tests can hold it still.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use chrono::{DateTime, Utc};

/// A clock and an alarm.
pub trait Timer: Send + Sync + 'static {
    /// What time it is.
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    /// Is done after so long.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// Tokio's alarm; the service has to run on Tokio then.
#[cfg(feature = "tokio")]
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioTimer;

#[cfg(feature = "tokio")]
impl Timer for TokioTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }
}
