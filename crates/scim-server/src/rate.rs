//! How many requests a tenant may make: RFC 6585 §4, RFC 7644 §3.12.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use scim_core::TenantId;

/// How many requests each tenant may make of one process: so many a second, and some at once.
///
/// ```
/// use scim_server::RateLimit;
///
/// let limit = RateLimit::per_second(25).with_burst(100);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    per_second: u32,
    burst: u32,
}

impl RateLimit {
    /// So many a second, at least one, and as many at once.
    #[must_use]
    pub const fn per_second(requests: u32) -> Self {
        let per_second = if requests == 0 { 1 } else { requests };
        Self { per_second, burst: per_second }
    }

    /// So many at once, at least one, for who has been quiet.
    #[must_use]
    pub const fn with_burst(mut self, requests: u32) -> Self {
        self.burst = if requests == 0 { 1 } else { requests };
        self
    }

    /// The nanoseconds from one request to the next.
    fn interval(self) -> i128 {
        (1_000_000_000 / i128::from(self.per_second)).max(1)
    }

    /// The nanoseconds in which an empty bucket fills up.
    fn whole(self) -> i128 {
        self.interval() * i128::from(self.burst)
    }
}

/// The buckets of all tenants.
///
/// Of a bucket only the time is kept at which it is full again: it has all tokens from then on, and one less for every interval
/// before it.
#[derive(Debug)]
pub(crate) struct Limiter {
    limit: RateLimit,
    most: usize,
    full_at: Mutex<HashMap<TenantId, i128>>,
}

/// So many tenants are kept in mind.
const MOST_TENANTS: usize = 16 * 1024;

impl Limiter {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self { limit, most: MOST_TENANTS, full_at: Mutex::default() }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// The time after which there is one again, for 429 and `Retry-After`.
    pub(crate) fn take(&self, tenant: &TenantId, now: DateTime<Utc>) -> Result<(), Duration> {
        let now = i128::from(now.timestamp()) * 1_000_000_000 + i128::from(now.timestamp_subsec_nanos());
        let (interval, whole) = (self.limit.interval(), self.limit.whole());
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(full_at) = buckets.get_mut(tenant) else {
            if buckets.len() >= self.most {
                make_room(&mut buckets, now, self.most / 2);
            }
            buckets.insert(tenant.clone(), now + interval);
            return Ok(());
        };
        // Later than that is no bucket full, unless the clock was set back.
        let after = (*full_at).clamp(now, now + whole) + interval;
        let early = after - (now + whole);
        if early <= 0 {
            *full_at = after;
            return Ok(());
        }
        *full_at = after - interval;
        Err(Duration::from_nanos(u64::try_from(early).unwrap_or(u64::MAX)))
    }
}

/// Forgets full buckets, which are as good as new ones, and then those that are closest to it, until so many are left.
///
/// At least half of them go, so that it is not the work of every request.
fn make_room(buckets: &mut HashMap<TenantId, i128>, now: i128, leave: usize) {
    buckets.retain(|_, full_at| *full_at > now);
    if buckets.len() > leave {
        let mut times: Vec<i128> = buckets.values().copied().collect();
        let last = times.len().saturating_sub(leave + 1);
        let (_, limit, _) = times.select_nth_unstable(last);
        buckets.retain(|_, full_at| *full_at > *limit);
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn tenant(name: &str) -> TenantId {
        TenantId::new(name).unwrap()
    }

    fn noon() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }

    fn taken(limiter: &Limiter, tenant: &TenantId, now: DateTime<Utc>) -> usize {
        (0..1000).take_while(|_| limiter.take(tenant, now).is_ok()).count()
    }

    #[test]
    fn a_burst_and_then_so_many_a_second() {
        let limiter = Limiter::new(RateLimit::per_second(4).with_burst(10));
        let acme = tenant("acme");
        assert_eq!(taken(&limiter, &acme, noon()), 10);
        assert_eq!(limiter.take(&acme, noon()), Err(Duration::from_millis(250)));
        let later = noon() + TimeDelta::milliseconds(249);
        assert_eq!(limiter.take(&acme, later), Err(Duration::from_millis(1)));
        assert_eq!(taken(&limiter, &acme, noon() + TimeDelta::milliseconds(250)), 1);
        assert_eq!(taken(&limiter, &acme, noon() + TimeDelta::milliseconds(1250)), 4);
        assert_eq!(taken(&limiter, &acme, noon() + TimeDelta::days(1)), 10);
    }

    #[test]
    fn what_is_refused_costs_nothing() {
        let limiter = Limiter::new(RateLimit::per_second(1));
        let acme = tenant("acme");
        assert_eq!(taken(&limiter, &acme, noon()), 1);
        for _ in 0..100 {
            assert_eq!(limiter.take(&acme, noon()), Err(Duration::from_secs(1)));
        }
        assert!(limiter.take(&acme, noon() + TimeDelta::seconds(1)).is_ok());
    }

    #[test]
    fn tenants_do_not_get_in_each_others_way() {
        let limiter = Limiter::new(RateLimit::per_second(3));
        assert_eq!(taken(&limiter, &tenant("acme"), noon()), 3);
        assert_eq!(taken(&limiter, &tenant("other"), noon()), 3);
    }

    #[test]
    fn a_clock_that_is_set_back_costs_one_interval_at_most() {
        let limiter = Limiter::new(RateLimit::per_second(2).with_burst(6));
        let acme = tenant("acme");
        assert_eq!(taken(&limiter, &acme, noon()), 6);
        let before = noon() - TimeDelta::days(400);
        assert_eq!(limiter.take(&acme, before), Err(Duration::from_millis(500)));
        assert_eq!(taken(&limiter, &acme, before + TimeDelta::milliseconds(500)), 1);
        assert_eq!(taken(&limiter, &acme, before + TimeDelta::seconds(10)), 6);
        for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let _ = limiter.take(&acme, now);
        }
    }

    #[test]
    fn nothing_is_none() {
        let limiter = Limiter::new(RateLimit::per_second(0).with_burst(0));
        assert_eq!(taken(&limiter, &tenant("acme"), noon()), 1);
        let limiter = Limiter::new(RateLimit::per_second(u32::MAX).with_burst(u32::MAX));
        assert_eq!(taken(&limiter, &tenant("acme"), noon()), 1000);
    }

    #[test]
    fn memory_is_bounded() {
        let mut limiter = Limiter::new(RateLimit::per_second(1).with_burst(100));
        limiter.most = 100;
        let busy = tenant("busy");
        assert_eq!(taken(&limiter, &busy, noon()), 100);
        for number in 0..1000 {
            assert!(limiter.take(&tenant(&format!("t{number}")), noon()).is_ok());
            assert!(limiter.full_at.lock().unwrap().len() <= 100);
        }
        // Who has used up the most is forgotten last.
        assert!(limiter.take(&busy, noon()).is_err());
        // Full ones go first.
        let later = noon() + TimeDelta::seconds(2);
        for number in 0..99 {
            let _ = limiter.take(&tenant(&format!("u{number}")), later);
        }
        assert!(limiter.full_at.lock().unwrap().len() <= 100);
        assert!(limiter.take(&busy, noon()).is_err());
    }
}
