//! A clock that can be put forward, and that can run fast.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use scim_client::Timer;

/// A clock that goes `speed` times as fast as others, and that can be put forward: the next day comes when it is told to.
#[derive(Clone)]
pub(crate) struct Clock(Arc<Inner>);

struct Inner {
    start: Instant,
    began: DateTime<Utc>,
    speed: u32,
    ahead: Mutex<Duration>,
}

impl Clock {
    pub(crate) fn new(speed: u32) -> Self {
        let (start, began) = (Instant::now(), Utc::now());
        Self(Arc::new(Inner { start, began, speed: speed.max(1), ahead: Mutex::default() }))
    }

    /// Puts it forward.
    pub(crate) fn advance(&self, by: Duration) {
        let mut ahead = self.0.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        *ahead = ahead.saturating_add(by);
    }

    /// Puts it forward to this moment, if that is still to come.
    pub(crate) fn advance_to(&self, moment: DateTime<Utc>) {
        self.advance((moment - self.now()).to_std().unwrap_or_default());
    }
}

impl Timer for Clock {
    fn now(&self) -> DateTime<Utc> {
        self.0.began + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        let ahead = *self.0.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        (self.0.start.elapsed() * self.0.speed).saturating_add(ahead)
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration / self.0.speed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_day_comes_when_it_is_told_to() {
        let clock = Clock::new(1);
        let before = clock.now();
        clock.advance(Duration::from_secs(86_400));
        assert!(clock.now() - before >= chrono::TimeDelta::days(1));
        let later = clock.now() + chrono::TimeDelta::hours(6);
        clock.advance_to(later);
        clock.advance_to(before);
        assert!(clock.now() >= later && clock.now() < later + chrono::TimeDelta::hours(1));
    }
}
