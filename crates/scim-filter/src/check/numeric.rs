//! Numbers that compare exactly.

use std::cmp::Ordering;

use super::exact::Exact;
use crate::literal::Number;

/// A number of a filter, worked out so that it compares exactly with any JSON number.
///
/// No number is turned into a floating-point one to be compared. What a resource holds as a floating-point number counts
/// as the shortest decimal that means it, which is how it is written and, up to 17 digits, how it was read: `0.1` is
/// exactly a tenth, and `9007199254740992.0` is not `9007199254740993`.
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
    exact: Exact,
    /// The number, where it is an integer that fits.
    integer: Option<i128>,
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
        self.integer.and_then(|integer| integer.try_into().ok())
    }

    /// The nearest floating-point number, which another number may share; infinite where the number is too large for one.
    #[must_use]
    pub fn as_f64(&self) -> f64 {
        self.number.as_f64()
    }

    /// Whether the number is an integer.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.integer.is_some()
    }

    /// The number as an integer; beyond `i128`, its end. 0 for what is none.
    pub(crate) fn saturated(&self) -> i128 {
        self.integer.unwrap_or(0)
    }

    /// How a JSON number compares with this one: `Greater` when the JSON number is greater.
    #[must_use]
    pub fn cmp_json(&self, value: &serde_json::Number) -> Ordering {
        let integer = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
        match (integer, self.integer) {
            // What is beyond `i128` is beyond what fits here, too.
            (Some(value), Some(integer)) => value.cmp(&integer),
            _ => self.exact.cmp_json(value),
        }
    }
}

impl From<Number> for Numeric {
    fn from(number: Number) -> Self {
        let exact = Exact::read(number.as_str());
        let integer = exact.saturated();
        Self { number, exact, integer }
    }
}

/// Equal when they compare alike.
impl PartialEq for Numeric {
    fn eq(&self, other: &Self) -> bool {
        self.exact == other.exact
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(text: &str) -> Numeric {
        text.parse::<Number>().unwrap().into()
    }

    #[test]
    fn integers_are_told_from_fractions() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("0e999999999999999999999", Some(0)),
            ("7.5", None),
            ("-7.5", None),
            ("7.0", Some(7)),
            ("1e3", Some(1000)),
            ("12.34e1", None),
            ("12.34E+2", Some(1234)),
            ("1234e-2", None),
            ("1200e-2", Some(12)),
            ("0.001", None),
            ("1e-999999999999999999999", None),
            ("-9007199254740993", Some(-9_007_199_254_740_993)),
            ("170141183460469231731687303715884105727", Some(i128::MAX)),
            ("170141183460469231731687303715884105728", Some(i128::MAX)),
            ("1e400", Some(i128::MAX)),
            ("-1e400", Some(i128::MIN)),
            ("1e999999999999999999999", Some(i128::MAX)),
        ] {
            let numeric = numeric(text);
            assert_eq!(numeric.integer, expected, "{text}");
            assert_eq!(numeric.is_whole(), expected.is_some(), "{text}");
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
            ("9007199254740992.0", "9007199254740993", Ordering::Less),
            ("9007199254740992.0", "9007199254740992", Ordering::Equal),
            ("18446744073709551615", "18446744073709551616", Ordering::Less),
            ("-3", "-2.5", Ordering::Less),
            ("-2", "-2.5", Ordering::Greater),
            ("5", "5.0", Ordering::Equal),
            ("5.0", "5", Ordering::Equal),
            ("-0.0", "0", Ordering::Equal),
            ("0.1", "0.1", Ordering::Equal),
            ("0.1", "1e-1", Ordering::Equal),
            ("0.1", "0.10000000000000000001", Ordering::Less),
            ("0.3", "0.299999999999999988897769753748", Ordering::Greater),
            ("1e20", "100000000000000000000", Ordering::Equal),
            ("1e20", "100000000000000000001", Ordering::Less),
            ("1.5", "1", Ordering::Greater),
            ("7", "1e400", Ordering::Less),
            ("7", "-1e400", Ordering::Greater),
            ("1e300", "1e400", Ordering::Less),
            ("1.7976931348623157e308", "17976931348623157e292", Ordering::Equal),
        ] {
            assert_eq!(cmp(value, literal), expected, "{value} against {literal}");
        }
    }
}
