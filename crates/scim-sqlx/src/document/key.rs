//! Texts that stand for values, so that both databases compare them alike: byte by byte.

use std::borrow::Cow;
use std::fmt::Write;

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use scim_core::schema::{AttrType, Attribute};
use scim_core::value::{datetime, text};
use scim_core::{Resolved, attr};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What a year is moved by, so that all that there are have six digits.
const YEAR_ZERO: i32 = 500_000;

/// An instant, of fixed width.
pub(crate) fn instant(time: DateTime<Utc>) -> String {
    let nano = time.nanosecond().min(999_999_999);
    format!(
        "{:06}-{:02}-{:02}T{:02}:{:02}:{:02}.{nano:09}",
        time.year() + YEAR_ZERO,
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
    )
}

/// The instant that [`instant`] wrote.
pub(crate) fn read_instant(text: &str) -> Option<DateTime<Utc>> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
    let year = i32::try_from(number(0, 6)?).ok()? - YEAR_ZERO;
    let date = NaiveDate::from_ymd_opt(year, number(7, 9)?, number(10, 12)?)?;
    let time = date.and_hms_nano_opt(number(13, 15)?, number(16, 18)?, number(19, 21)?, number(22, 31)?)?;
    Some(time.and_utc())
}

/// A JSON number: the same text for the same number, and texts in the order of the numbers.
pub(crate) fn number(text: &str) -> String {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_start_matches('0');
    let zeros = all.len() - digits.len();
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return "o".to_owned();
    }
    let beyond = if exponent.starts_with('-') { i64::MIN } else { i64::MAX };
    let exponent = exponent.parse().unwrap_or(beyond);
    let len = |len: usize| i64::try_from(len).unwrap_or(i64::MAX);
    let magnitude = (len(whole.len()) - len(zeros)).saturating_add(exponent);
    let biased = i128::from(magnitude) - i128::from(i64::MIN);
    let key = format!("{biased:020}{digits}");
    if !negative {
        return format!("p{key}");
    }
    // The larger its digits, the smaller it is, and the longer.
    let complement = key.bytes().map(|digit| char::from(b'9' - digit.clamp(b'0', b'9') + b'0'));
    let mut negative = String::from("n");
    negative.extend(complement);
    negative.push('~');
    negative
}

pub(crate) fn boolean(value: bool) -> &'static str {
    if value { "t" } else { "f" }
}

/// A name as a key of a search document, where nothing has a meaning of its own in a path.
pub(crate) fn name(name: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'.' | b'_' | b'/' | b'-');
    if name.bytes().all(plain) {
        return Cow::Borrowed(name);
    }
    let mut safe = String::with_capacity(name.len() + 8);
    for byte in name.bytes() {
        if plain(byte) {
            safe.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(safe, "%{byte:02x}");
        }
    }
    Cow::Owned(safe)
}

/// A key that fits into an index, whatever its length: of a long one, the hash.
pub(crate) fn indexed(key: &str) -> String {
    const LONG: usize = 400;
    const HASHED: char = '\u{1}';
    if key.len() <= LONG && !key.starts_with(HASHED) {
        return key.to_owned();
    }
    let mut hashed = String::from(HASHED);
    for byte in Sha256::digest(key) {
        let _ = write!(hashed, "{byte:02x}");
    }
    hashed
}

/// So many bytes, from two digits each.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// Whether texts at a path compare as they are (RFC 7643 §2.3.1, §3.1); the URIs in `schemas` do not (RFC 7644 §3.10).
pub(crate) fn is_exact(target: &Resolved) -> bool {
    *target.path() != attr::SCHEMAS
        && match (target.attribute(), target.sub_attribute()) {
            (Some(attribute), Some(sub)) => is_exact_sub(attribute, sub),
            (Some(attribute), None) => attribute.compares_exactly(),
            (None, _) => false,
        }
}

pub(crate) fn is_exact_sub(attribute: &Attribute, sub: &Attribute) -> bool {
    sub.compares_exactly() || (attribute.refers_to_resources() && sub.name().as_str() == "value")
}

/// The key of a value of a simple attribute; nothing for one that does not fit its type.
pub(crate) fn simple(kind: AttrType, exact: bool, value: &Value) -> Option<String> {
    match (kind, value) {
        (AttrType::DateTime, Value::String(text)) => datetime::parse(text).map(instant),
        (AttrType::Boolean, Value::Bool(value)) => Some(boolean(*value).to_owned()),
        (AttrType::Integer | AttrType::Decimal, Value::Number(value)) => Some(number(&value.to_string())),
        (AttrType::String | AttrType::Reference | AttrType::Binary, Value::String(text)) if exact => {
            Some(text.clone())
        }
        (AttrType::String | AttrType::Reference | AttrType::Binary, Value::String(text)) => {
            Some(text::fold(text).into_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_order_of_their_keys() {
        let texts = [
            "-1e999999999999999999999",
            "-1e300",
            "-12",
            "-2.5",
            "-2",
            "-1.5",
            "-1.2",
            "-1",
            "-0.5",
            "-1e-400",
            "0",
            "1e-999999999999999999999",
            "0.001",
            "0.1",
            "0.10000000000000000001",
            "0.5",
            "1",
            "1.2",
            "9.99",
            "10",
            "9007199254740992",
            "9007199254740992.5",
            "9007199254740993",
            "18446744073709551615",
            "100000000000000000001",
            "1e300",
            "1e999999999999999999999",
        ];
        let keys: Vec<String> = texts.iter().map(|text| number(text)).collect();
        for (at, pair) in keys.windows(2).enumerate() {
            assert!(pair[0] < pair[1], "{} {}", texts[at], texts[at + 1]);
        }
        for same in
            [&["0", "-0", "0.0", "-0.0e5"][..], &["1200", "1.2e3", "12e2", "1200.000"], &["-0.05", "-5E-2"]]
        {
            assert!(same.iter().all(|text| number(text) == number(same[0])), "{same:?}");
        }
    }

    #[test]
    fn instants_have_the_order_of_their_keys() {
        let texts = [
            "-0100-01-01T00:00:00Z",
            "1969-12-31T23:59:59.999999999Z",
            "2011-05-13T04:42:34Z",
            "2011-05-13T04:42:34.000000001Z",
            "2011-05-13T06:42:34.5+02:00",
            "12000-01-01T00:00:00Z",
        ];
        let times: Vec<_> = texts.iter().map(|text| datetime::parse(text).unwrap()).collect();
        let keys: Vec<String> = times.iter().map(|time| instant(*time)).collect();
        assert!(keys.is_sorted() && keys.iter().all(|key| key.len() == keys[0].len()), "{keys:?}");
        assert_eq!(keys.iter().map(|key| read_instant(key).unwrap()).collect::<Vec<_>>(), times);
        assert_eq!(read_instant("2011"), None);
    }

    #[test]
    fn names_and_long_keys_are_safe() {
        assert_eq!(name("$ref"), "%24ref");
        assert_eq!(name("urn:x:2.0:User"), "urn:x:2.0:User");
        assert_eq!(name("a\"b"), "a%22b");
        assert_eq!(indexed("bjensen"), "bjensen");
        let long = indexed(&"x".repeat(401));
        assert!(long.len() == 65 && long != indexed(&"x".repeat(402)));
        // Nobody can choose a short text that is taken for a long one.
        assert_ne!(indexed(&long), long);
        assert_eq!(unhex::<2>("0aff"), Some([10, 255]));
        assert_eq!(unhex::<2>("0af"), None);
    }
}
