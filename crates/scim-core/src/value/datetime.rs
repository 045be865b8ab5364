//! `dateTime` values, RFC 7643 §2.3.5: `xsd:dateTime` texts, compared as instants.
//!
//! ```text
//! '-'? yyyy '-' mm '-' dd 'T' hh ':' mm ':' ss ('.' s+)? (zzzzzz)?
//! ```

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use chrono::{DateTime as Instant, Days, NaiveDate, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Text;
use crate::error::{ScimError, quote};

/// The instant that an `xsd:dateTime` text names; `None` when it is none.
///
/// A text without zone is taken as UTC. Digits of the fraction beyond the ninth are dropped.
///
/// ```
/// use scim_core::value::datetime::parse;
///
/// assert_eq!(parse("2011-05-13T04:42:34Z"), parse("2011-05-13T06:42:34.000+02:00"));
/// assert_eq!(parse("2011-05-13T04:42:34Z"), parse("2011-05-13T04:42:34"));
/// assert_eq!(parse("2011-05-13"), None);
/// ```
#[must_use]
pub fn parse(text: &str) -> Option<Instant<Utc>> {
    let (negative, rest) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let dash = rest.iter().position(|b| *b == b'-')?;
    let (year_digits, rest) = rest.split_at_checked(dash)?;
    if !(4..=6).contains(&year_digits.len()) || (year_digits.len() > 4 && year_digits.first() == Some(&b'0'))
    {
        return None;
    }
    let year = i32::try_from(number(year_digits)?).ok()?;
    let year = if negative { -year } else { year };
    let (month, rest) = two(expect(rest, b'-')?)?;
    let (day, rest) = two(expect(rest, b'-')?)?;
    let (hour, rest) = two(expect(rest, b'T')?)?;
    let (minute, rest) = two(expect(rest, b':')?)?;
    let (second, rest) = two(expect(rest, b':')?)?;
    let (nano, rest) = fraction(rest)?;
    let offset = zone(rest)?;
    let mut date = NaiveDate::from_ymd_opt(year, month, day)?;
    let time = if hour == 24 && minute == 0 && second == 0 && nano == 0 {
        date = date.checked_add_days(Days::new(1))?;
        chrono::NaiveTime::MIN
    } else if second > 59 {
        return None;
    } else {
        chrono::NaiveTime::from_hms_nano_opt(hour, minute, second, nano)?
    };
    date.and_time(time).and_utc().checked_sub_signed(offset)
}

fn expect(text: &[u8], byte: u8) -> Option<&[u8]> {
    match text {
        [first, rest @ ..] if *first == byte => Some(rest),
        _ => None,
    }
}

fn two(text: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(2)?;
    Some((number(digits)?, rest))
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |sum, digit| match digit {
        b'0'..=b'9' => sum.checked_mul(10)?.checked_add(u32::from(digit - b'0')),
        _ => None,
    })
}

fn fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let [b'.', rest @ ..] = text else { return Some((0, text)) };
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = rest.split_at_checked(digits)?;
    if digits.is_empty() {
        return None;
    }
    let nano = (0..9).fold(0, |sum, at| sum * 10 + digits.get(at).map_or(0, |d| u32::from(d - b'0')));
    Some((nano, rest))
}

fn zone(text: &[u8]) -> Option<TimeDelta> {
    let (sign, rest) = match text {
        [] | [b'Z'] => return Some(TimeDelta::zero()),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = two(rest)?;
    let (minutes, rest) = two(expect(rest, b':')?)?;
    if !rest.is_empty() || minutes > 59 || hours * 60 + minutes > 14 * 60 {
        return None;
    }
    Some(TimeDelta::minutes(sign * i64::from(hours * 60 + minutes)))
}

/// A `dateTime` as it was written, compared as an instant (RFC 7643 §2.3.5).
///
/// ```
/// use scim_core::value::datetime::DateTime;
///
/// let a: DateTime = "2010-01-23T04:56:22Z".parse()?;
/// let b: DateTime = "2010-01-23T05:56:22+01:00".parse()?;
/// assert_eq!(a, b);
/// assert_eq!(b.as_str(), "2010-01-23T05:56:22+01:00");
/// # Ok::<(), scim_core::ScimError>(())
/// ```
#[derive(Clone)]
pub struct DateTime {
    text: Text,
    instant: Instant<Utc>,
}

impl DateTime {
    /// Reads a text and keeps it.
    pub(crate) fn new(text: Text) -> Result<Self, ScimError> {
        match parse(&text) {
            Some(instant) => Ok(Self { text, instant }),
            None => Err(ScimError::invalid_value(format!(
                "{} is not a dateTime such as `2011-05-13T04:42:34Z`",
                quote(&text)
            ))),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The instant.
    #[must_use]
    pub fn instant(&self) -> Instant<Utc> {
        self.instant
    }
}

impl From<Instant<Utc>> for DateTime {
    /// Written in UTC, with as many digits of the fraction as it takes.
    fn from(instant: Instant<Utc>) -> Self {
        Self { text: instant.to_rfc3339_opts(SecondsFormat::AutoSi, true).into(), instant }
    }
}

impl FromStr for DateTime {
    type Err = ScimError;

    /// # Errors
    /// `invalidValue` when the text is no `xsd:dateTime`.
    fn from_str(text: &str) -> Result<Self, ScimError> {
        Self::new(text.into())
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for DateTime {
    fn eq(&self, other: &Self) -> bool {
        self.instant == other.instant
    }
}

impl Eq for DateTime {}

impl PartialOrd for DateTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DateTime {
    fn cmp(&self, other: &Self) -> Ordering {
        self.instant.cmp(&other.instant)
    }
}

impl Hash for DateTime {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.instant.hash(state);
    }
}

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Text::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_2_3_5_forms() {
        let same = [
            "2008-01-23T04:56:22Z",
            "2008-01-23T04:56:22",
            "2008-01-23T04:56:22+00:00",
            "2008-01-23T04:56:22.000000000000Z",
            "2008-01-22T23:56:22-05:00",
            "2008-01-23T18:56:22+14:00",
        ];
        for text in same {
            assert_eq!(parse(text), parse(same[0]), "{text}");
            assert!(parse(text).is_some());
        }
        assert_eq!(parse("2008-01-23T24:00:00Z"), parse("2008-01-24T00:00:00Z"));
        assert!(parse("2008-01-23T04:56:22.1Z") < parse("2008-01-23T04:56:22.12Z"));
        assert!(parse("12008-01-23T04:56:22Z") > parse("2008-01-23T04:56:22Z"));
        assert!(parse("-0044-03-15T12:00:00Z").is_some());
    }

    #[test]
    fn refuses_what_is_none() {
        for text in [
            "",
            "-",
            "2008",
            "2008-01-23",
            "2008-01-23 04:56:22Z",
            "2008-01-23t04:56:22Z",
            "2008-01-23T04:56:22z",
            "2008-01-23T04:56Z",
            "2008-02-30T04:56:22Z",
            "2008-01-23T24:00:01Z",
            "2008-01-23T04:56:60Z",
            "2008-01-23T04:60:00Z",
            "2008-01-23T04:56:22.Z",
            "2008-01-23T04:56:22+14:01",
            "2008-01-23T04:56:22+0100",
            "2008-01-23T04:56:22Zx",
            "08-01-23T04:56:22Z",
            "02008-01-23T04:56:22Z",
            "999999-01-23T04:56:22Z",
            "2008-01-23T04:56:22Ｚ",
            "２008-01-23T04:56:22Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn keeps_the_text_and_compares_the_instant() {
        let a: DateTime = "2010-01-23T04:56:22.120Z".parse().unwrap();
        let b = DateTime::from(a.instant());
        assert_eq!(a, b);
        assert_eq!(a.to_string(), "2010-01-23T04:56:22.120Z");
        assert_eq!(b.to_string(), "2010-01-23T04:56:22.120Z");
        assert_eq!(serde_json::to_string(&a).unwrap(), r#""2010-01-23T04:56:22.120Z""#);
        insta::assert_snapshot!("now".parse::<DateTime>().unwrap_err(), @"400 invalidValue: `now` is not a dateTime such as `2011-05-13T04:42:34Z`");
    }
}
