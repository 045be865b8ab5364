//! Time, as the client sees it: so that tests can hold it still.

use std::future::Future;
use std::pin::Pin;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

/// A clock and an alarm.
pub trait Timer: Send + Sync + 'static {
    /// What time it is: a `Retry-After` may be a date.
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    /// How long ago some fixed moment was; it never goes back, whatever happens to the time of day.
    fn elapsed(&self) -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }

    /// Is done after so long.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// Tokio's alarm; the client has to run on Tokio then.
#[cfg(feature = "tokio")]
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioTimer;

#[cfg(feature = "tokio")]
impl Timer for TokioTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// The output of a future, unless the alarm goes off before.
pub(crate) async fn within<F: Future + Unpin>(
    mut future: F,
    mut alarm: Pin<Box<dyn Future<Output = ()> + Send>>,
) -> Option<F::Output> {
    std::future::poll_fn(|cx| {
        if let std::task::Poll::Ready(output) = Pin::new(&mut future).poll(cx) {
            return std::task::Poll::Ready(Some(output));
        }
        alarm.as_mut().poll(cx).map(|()| None)
    })
    .await
}
