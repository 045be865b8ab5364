//! Time, as the client sees it: so that tests can hold it still.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::Poll;
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

/// The output of a future, unless so much time passes before.
///
/// The alarm is set only once the future waits: what is there at once needs none.
pub(crate) async fn within<F: Future + Unpin>(
    mut future: F,
    timer: &dyn Timer,
    most: Duration,
) -> Option<F::Output> {
    let mut alarm = None;
    poll_fn(|cx| {
        if let Poll::Ready(output) = Pin::new(&mut future).poll(cx) {
            return Poll::Ready(Some(output));
        }
        alarm.get_or_insert_with(|| timer.sleep(most)).as_mut().poll(cx).map(|()| None)
    })
    .await
}
