//! Numbers that compare exactly.

use std::cmp::Ordering;

use crate::literal::Number;

/// A number of a filter, worked out so that it compares exactly with any JSON number.
///
/// ```
/// use scim_filter::check::Numeric;
/// use scim_filter::Number;
///
/// let limit = Numeric::from("9007199254740992.5".parse::<Number>()?);
/// assert!(limit.cmp_json(&9_007_199_254_740_993_u64.into()).is_gt());
/// # Ok::<(), scim_filter::FilterError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Numeric {
    number: Number,
    /// The largest integer that is not larger; beyond `i128`, its end.
    floor: i128,
    /// Whether the number is an integer, and `floor` is it.
    whole: bool,
    nearest: f64,
}

impl Numeric {
    /// The number as it was written.
    #[must_use]
    pub fn number(&self) -> &Number {
        &self.number
    }

    /// The number as an integer, if it is one and fits; `1.0` and `1e3` are.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        if self.whole { i64::try_from(self.floor).ok() } else { None }
    }

    /// The nearest floating-point number.
    #[must_use]
    pub fn as_f64(&self) -> f64 {
        self.nearest
    }

    /// Whether the number is an integer.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// How a JSON number compares with this one: `Greater` when the JSON number is greater.
    #[must_use]
    pub fn cmp_json(&self, value: &serde_json::Number) -> Ordering {
        let integer = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
        match integer {
            Some(integer) => {
                integer.cmp(&self.floor).then(if self.whole { Ordering::Equal } else { Ordering::Less })
            }
            None => {
                value.as_f64().and_then(|value| value.partial_cmp(&self.nearest)).unwrap_or(Ordering::Less)
            }
        }
    }
}

impl From<Number> for Numeric {
    fn from(number: Number) -> Self {
        let nearest = number.as_f64();
        let (floor, whole) = floor(number.as_str());
        Self { number, floor, whole, nearest }
    }
}

/// Equal when they compare alike.
impl PartialEq for Numeric {
    fn eq(&self, other: &Self) -> bool {
        (self.floor, self.whole) == (other.floor, other.whole) && self.nearest == other.nearest
    }
}

/// The floor of a JSON number, and whether the number is that integer.
fn floor(text: &str) -> (i128, bool) {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // An exponent that does not fit is beyond everything all the same.
    let beyond = if exponent.starts_with('-') { i64::MIN / 2 } else { i64::MAX / 2 };
    let exponent = exponent.parse().unwrap_or(beyond).clamp(i64::MIN / 2, i64::MAX / 2);
    let mut left = exponent.saturating_add(i64::try_from(whole.len()).unwrap_or(i64::MAX / 2));
    let mut magnitude: Option<i128> = Some(0);
    let mut remainder = false;
    for digit in whole.bytes().chain(fraction.bytes()).map(|b| i128::from(b.wrapping_sub(b'0'))) {
        if left > 0 {
            magnitude = magnitude.and_then(|sum| sum.checked_mul(10)?.checked_add(digit));
        } else {
            remainder |= digit > 0;
        }
        left = left.saturating_sub(1);
    }
    while left > 0 {
        match magnitude {
            None | Some(0) => break,
            Some(sum) => magnitude = sum.checked_mul(10),
        }
        left -= 1;
    }
    match (magnitude, negative) {
        (Some(sum), false) => (sum, !remainder),
        (Some(sum), true) if remainder => (-sum - 1, false),
        (Some(sum), true) => (-sum, true),
        (None, false) => (i128::MAX, !remainder),
        (None, true) => (i128::MIN, !remainder),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(text: &str) -> Numeric {
        text.parse::<Number>().unwrap().into()
    }

    #[test]
    fn floors_are_exact() {
        for (text, expected) in [
            ("0", (0, true)),
            ("-0", (0, true)),
            ("0e999999999999999999999", (0, true)),
            ("7.5", (7, false)),
            ("-7.5", (-8, false)),
            ("7.0", (7, true)),
            ("1e3", (1000, true)),
            ("12.34e1", (123, false)),
            ("12.34E+2", (1234, true)),
            ("1234e-2", (12, false)),
            ("1200e-2", (12, true)),
            ("0.001", (0, false)),
            ("-0.001", (-1, false)),
            ("1e-999999999999999999999", (0, false)),
            ("9007199254740993", (9_007_199_254_740_993, true)),
            ("1e400", (i128::MAX, true)),
            ("-1e400", (i128::MIN, true)),
            ("1e999999999999999999999", (i128::MAX, true)),
        ] {
            let numeric = numeric(text);
            assert_eq!((numeric.floor, numeric.whole), expected, "{text}");
        }
    }

    #[test]
    fn compares_where_floating_point_cannot() {
        let cmp =
            |value: &str, literal: &str| numeric(literal).cmp_json(&serde_json::from_str(value).unwrap());
        for (value, literal, expected) in [
            ("9007199254740993", "9007199254740992", Ordering::Greater),
            ("9007199254740993", "9007199254740993", Ordering::Equal),
            ("9007199254740993", "9007199254740993.5", Ordering::Less),
            ("18446744073709551615", "18446744073709551616", Ordering::Less),
            ("-3", "-2.5", Ordering::Less),
            ("-2", "-2.5", Ordering::Greater),
            ("5", "5.0", Ordering::Equal),
            ("5.0", "5", Ordering::Equal),
            ("0.1", "0.1", Ordering::Equal),
            ("0.1", "1e-1", Ordering::Equal),
            ("1.5", "1", Ordering::Greater),
            ("7", "1e400", Ordering::Less),
            ("7", "-1e400", Ordering::Greater),
            ("1e300", "1e400", Ordering::Less),
        ] {
            assert_eq!(cmp(value, literal), expected, "{value} against {literal}");
        }
    }
}
