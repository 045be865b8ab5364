//! When a request is sent again, and after how long.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use http::{HeaderMap, header};

/// How often and how fast a failed request is sent again.
///
/// A server that answers 429 or 503 with `Retry-After` is left alone for as long as it asks; else the pause doubles from
/// attempt to attempt, and half of it is left to chance. The deadline of the whole operation
/// ([`Builder::deadline`](crate::Builder::deadline)) bounds it all: a pause that does not fit is not made.
///
/// ```
/// use std::time::Duration;
///
/// use scim_client::Retry;
///
/// let patient = Retry::default().with_attempts(8).with_pauses(Duration::from_secs(1), Duration::from_secs(60));
/// assert_ne!(patient, Retry::never());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    attempts: u32,
    first: Duration,
    longest: Duration,
    budget: u32,
}

impl Default for Retry {
    /// Four attempts, with pauses of about 0.5, 1 and 2 seconds; a hundred repetitions in a row on all operations together.
    fn default() -> Self {
        Self { attempts: 4, first: Duration::from_millis(500), longest: Duration::from_secs(30), budget: 100 }
    }
}

impl Retry {
    /// Every request is sent once.
    #[must_use]
    pub fn never() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// How often a request is sent at the most; at least once.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// The first pause, and the longest one that the client makes of its own accord.
    #[must_use]
    pub fn with_pauses(mut self, first: Duration, longest: Duration) -> Self {
        (self.first, self.longest) = (first, longest.max(first));
        self
    }

    /// How many repetitions all clones of the client make together; ten answers that are no failure give one back. A
    /// server that is down is not hammered by everyone at once then.
    #[must_use]
    pub fn with_budget(mut self, budget: u32) -> Self {
        self.budget = budget;
        self
    }

    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    pub(crate) fn budget(&self) -> u32 {
        self.budget
    }

    /// The pause after so many attempts, of which half is left to chance.
    pub(crate) fn pause(&self, attempts: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
        let whole = self.first.saturating_mul(doubled).min(self.longest);
        let share = RandomState::new().hash_one(attempts) % 1_000;
        whole / 2 + (whole / 2).mul_f64(f64::from(u32::try_from(share).unwrap_or(0)) / 1_000.0)
    }
}

/// How long the server asks to be left alone: seconds or a date (RFC 9110 §10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = DateTime::parse_from_rfc2822(text).map(|date| date.to_utc()).ok().or_else(|| {
        ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .map(|date| date.and_utc())
    })?;
    // A date that has passed means now.
    Some((date - now).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates() {
        let now = DateTime::parse_from_rfc3339("1994-11-06T08:49:30Z").unwrap().to_utc();
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers, now).map(|pause| pause.as_millis())
        };
        assert_eq!(read("120"), Some(120_000));
        assert_eq!(read(" 0 "), Some(0));
        assert_eq!(read("1.5"), Some(1_500));
        assert_eq!(read("99999999999999999999999"), Some(u128::from(u64::MAX) * 1000));
        for date in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(read(date), Some(7_000), "{date}");
        }
        assert_eq!(read("Sun, 06 Nov 1994 08:49:29 GMT"), Some(0));
        for odd in ["", "soon", "-1", "NaN", "inf", "1 minute"] {
            assert_eq!(read(odd), None, "{odd}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn pauses_double_and_are_bounded() {
        let retry = Retry::default().with_pauses(Duration::from_secs(1), Duration::from_secs(10));
        for (attempts, whole) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (u32::MAX, 10)] {
            for _ in 0..20 {
                let pause = retry.pause(attempts);
                let whole = Duration::from_secs(whole);
                assert!(pause >= whole / 2 && pause <= whole, "{attempts}: {pause:?}");
            }
        }
    }
}
