//! The order of decimal numbers, digit by digit.

use std::cmp::Ordering;
use std::fmt::{self, Write};

/// A number as its sign, its digits and where the first of them stands; the same number has the same parts, however it
/// is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exact {
    negative: bool,
    /// How many digits stand before the point; below zero, how many zeros stand after it. Beyond `i64`, its end.
    magnitude: i64,
    /// Without zeros at either end; empty for zero.
    digits: Box<str>,
}

impl Exact {
    /// A number that a resource has, as the shortest text that means it, which is what a client wrote.
    pub(crate) fn of(number: &serde_json::Number) -> Self {
        with_text(number, |text| Parts::of(text).owned())
    }

    /// A JSON number.
    pub(super) fn read(text: &str) -> Self {
        Parts::of(text).owned()
    }

    /// How a number of a resource compares with this one. Nothing is allocated.
    pub(super) fn cmp_json(&self, number: &serde_json::Number) -> Ordering {
        with_text(number, |text| Parts::of(text).cmp(&self.parts()))
    }

    pub(super) fn is_whole(&self) -> bool {
        i64::try_from(self.digits.len()).is_ok_and(|len| len <= self.magnitude) || self.digits.is_empty()
    }

    /// The number as an integer, if it is one; beyond `i128`, its end.
    pub(super) fn saturated(&self) -> Option<i128> {
        if !self.is_whole() {
            return None;
        }
        let beyond = if self.negative { i128::MIN } else { i128::MAX };
        // No `i128` has more digits.
        if self.magnitude > 39 {
            return Some(beyond);
        }
        let width = usize::try_from(self.magnitude).unwrap_or(0).max(1);
        let sign = if self.negative { "-" } else { "" };
        Some(format!("{sign}{:0<width$}", self.digits).parse().unwrap_or(beyond))
    }

    fn parts(&self) -> Parts<'_> {
        Parts { negative: self.negative, magnitude: self.magnitude, whole: &self.digits, fraction: "" }
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The same, in the text that it was written in.
struct Parts<'a> {
    negative: bool,
    magnitude: i64,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        // An exponent that does not fit is beyond everything all the same.
        let beyond = if exponent.starts_with('-') { i64::MIN } else { i64::MAX };
        let exponent = exponent.parse().unwrap_or(beyond);
        let len = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
        if !whole.is_empty() {
            let magnitude = len(whole).saturating_add(exponent);
            let whole = if fraction.is_empty() { whole.trim_end_matches('0') } else { whole };
            return Self { negative, magnitude, whole, fraction };
        }
        let digits = fraction.trim_start_matches('0');
        if digits.is_empty() {
            return Self { negative: false, magnitude: 0, whole: "", fraction: "" };
        }
        let magnitude = exponent.saturating_sub(len(fraction).saturating_sub(len(digits)));
        Self { negative, magnitude, whole: "", fraction: digits }
    }

    fn owned(&self) -> Exact {
        let digits = format!("{}{}", self.whole, self.fraction).into();
        Exact { negative: self.negative, magnitude: self.magnitude, digits }
    }

    fn digits(&self) -> impl Iterator<Item = u8> + 'a {
        self.whole.bytes().chain(self.fraction.bytes())
    }

    fn sign(&self) -> i8 {
        match (self.digits().next(), self.negative) {
            (None, _) => 0,
            (Some(_), false) => 1,
            (Some(_), true) => -1,
        }
    }

    fn cmp(&self, other: &Self) -> Ordering {
        let size = || self.magnitude.cmp(&other.magnitude).then_with(|| self.digits().cmp(other.digits()));
        self.sign().cmp(&other.sign()).then_with(|| if self.negative { size().reverse() } else { size() })
    }
}

/// Lends the text of a number, without allocating for those of usual length.
fn with_text<T>(number: &serde_json::Number, look: impl FnOnce(&str) -> T) -> T {
    let mut buffer = Buffer { bytes: [0; 40], len: 0 };
    if write!(buffer, "{number}").is_ok() {
        if let Some(text) = buffer.bytes.get(..buffer.len).and_then(|bytes| std::str::from_utf8(bytes).ok()) {
            return look(text);
        }
    }
    look(&number.to_string())
}

/// A text that does not grow.
struct Buffer {
    bytes: [u8; 40],
    len: usize,
}

impl Write for Buffer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_order() {
        let texts = [
            "-1e999999999999999999999",
            "-1e300",
            "-1e40",
            "-2.5",
            "-2",
            "-1.5",
            "-1e-400",
            "0",
            "1e-999999999999999999999",
            "0.001",
            "0.1",
            "0.10000000000000000001",
            "0.5",
            "1",
            "9.99",
            "10",
            "9007199254740992",
            "9007199254740992.5",
            "9007199254740993",
            "18446744073709551615",
            "100000000000000000000",
            "100000000000000000001",
            "1e40",
            "1e300",
            "1e999999999999999999999",
        ];
        for (at, a) in texts.iter().enumerate() {
            for (other, b) in texts.iter().enumerate() {
                assert_eq!(Exact::read(a).cmp(&Exact::read(b)), at.cmp(&other), "{a} {b}");
            }
        }
    }

    #[test]
    fn one_number_however_it_is_written() {
        for same in [
            &["0", "-0", "0.0", "-0.0e5", "0e999999999999999999999"][..],
            &["1", "1.0", "10e-1", "0.1e1", "0.001E+3"],
            &["1200", "1.2e3", "12e2", "1200.000"],
            &["-0.05", "-5e-2", "-0.5e-1", "-50e-3"],
        ] {
            for text in same {
                assert_eq!(Exact::read(text), Exact::read(same[0]), "{text}");
                assert!(Exact::read(text).cmp(&Exact::read(same[0])).is_eq());
            }
        }
    }
}
