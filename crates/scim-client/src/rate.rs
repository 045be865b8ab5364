//! How fast a client asks, and how many requests it has under way.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

/// How fast a client asks, all of its clones together: a token bucket.
///
/// ```
/// use scim_client::Rate;
///
/// // What Slack allows for writes, with a margin.
/// let rate = Rate::per_minute(500).with_burst(100);
/// assert_ne!(rate, Rate::per_second(500));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    interval: Duration,
    burst: u32,
}

impl Rate {
    /// So many requests a second; at least one.
    #[must_use]
    pub fn per_second(requests: u32) -> Self {
        Self { interval: Duration::from_secs(1) / requests.max(1), burst: 1 }
    }

    /// So many requests a minute; at least one.
    #[must_use]
    pub fn per_minute(requests: u32) -> Self {
        Self { interval: Duration::from_secs(60) / requests.max(1), burst: 1 }
    }

    /// How many requests may be sent at once after a rest; one without it.
    #[must_use]
    pub fn with_burst(mut self, burst: u32) -> Self {
        self.burst = burst.max(1);
        self
    }
}

/// What all clones of a client share.
pub(crate) struct Limiter {
    rate: Option<Rate>,
    permits: Option<Semaphore>,
    state: Mutex<State>,
    budget: u32,
}

#[derive(Default)]
struct State {
    /// When the bucket will be full.
    full: Duration,
    /// Until when the server asked to be left alone.
    quiet: Duration,
    /// Tenths of repetitions that were made and not given back.
    spent: u64,
}

impl Limiter {
    pub(crate) fn new(rate: Option<Rate>, concurrency: Option<usize>, budget: u32) -> Self {
        let permits = concurrency.map(|most| Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS)));
        Self { rate, permits, state: Mutex::default(), budget }
    }

    fn with<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes a place in the line, and says how long to wait for it; `None`, and no place, if that is longer than `most`.
    pub(crate) fn wait(&self, now: Duration, most: Duration) -> Option<Duration> {
        self.with(|state| {
            let quiet = state.quiet.saturating_sub(now);
            let Some(rate) = self.rate else { return (quiet <= most).then_some(quiet) };
            let full = state.full.max(now);
            let spare = rate.interval.saturating_mul(rate.burst - 1);
            let wait = full.saturating_sub(now).saturating_sub(spare).max(quiet);
            if wait > most {
                return None;
            }
            state.full = full.saturating_add(rate.interval);
            Some(wait)
        })
    }

    /// Nobody asks before this moment.
    pub(crate) fn quiet_until(&self, moment: Duration) {
        self.with(|state| state.quiet = state.quiet.max(moment));
    }

    /// Whether one more repetition is within the budget; it is taken from it.
    pub(crate) fn spend(&self) -> bool {
        self.with(|state| {
            let fits = state.spent + 10 <= u64::from(self.budget) * 10;
            if fits {
                state.spent += 10;
            }
            fits
        })
    }

    /// Notes an answer that is no failure.
    pub(crate) fn earn(&self) {
        self.with(|state| state.spent = state.spent.saturating_sub(1));
    }

    /// One of the places for requests under way.
    pub(crate) async fn permit(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.permits.as_ref()?.acquire().await.ok()
    }

    /// The same, if there is one at once or none is needed.
    pub(crate) fn try_permit(&self) -> Option<Option<SemaphorePermit<'_>>> {
        match &self.permits {
            None => Some(None),
            Some(permits) => permits.try_acquire().ok().map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_of_three() {
        let limiter = Limiter::new(Some(Rate::per_second(10).with_burst(3)), None, 0);
        let at = |millis| limiter.wait(Duration::from_millis(millis), Duration::MAX).unwrap().as_millis();
        assert_eq!([at(0), at(0), at(0), at(0), at(0)], [0, 0, 0, 100, 200]);
        assert_eq!(at(1_000), 0);
        assert_eq!(limiter.wait(Duration::from_secs(1), Duration::ZERO), Some(Duration::ZERO));
        assert_eq!(limiter.wait(Duration::from_secs(1), Duration::ZERO), Some(Duration::ZERO));
        assert_eq!(limiter.wait(Duration::from_secs(1), Duration::ZERO), None);
        limiter.quiet_until(Duration::from_secs(9));
        assert_eq!(at(8_000), 1_000);
    }

    #[test]
    fn a_budget_is_given_back_slowly() {
        let limiter = Limiter::new(None, None, 2);
        assert_eq!([limiter.spend(), limiter.spend(), limiter.spend()], [true, true, false]);
        (0..9).for_each(|_| limiter.earn());
        assert!(!limiter.spend());
        limiter.earn();
        assert!(limiter.spend());
    }
}
