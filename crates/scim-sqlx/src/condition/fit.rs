//! Where a value of a filter stands among those that a column can hold.

use std::cmp::Ordering;

use chrono::{DateTime, Datelike, Timelike, Utc};
use scim_filter::check::Numeric;

use crate::sql::Bind;

/// Where a value stands among those that a column can hold.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fit {
    /// The column can hold it.
    Exact(Bind),
    /// The column cannot hold it; this is the greatest value below that it can hold.
    After(Bind),
    /// It is below all that the column can hold.
    Below,
    /// It is above all that the column can hold.
    Above,
}

/// Among integers of 64 bits.
pub(crate) fn integer(number: &Numeric) -> Fit {
    if let Some(integer) = number.as_i64() {
        return Fit::Exact(Bind::Integer(integer));
    }
    let is_below = |integer: i64| number.cmp_json(&integer.into()) == Ordering::Less;
    if !is_below(i64::MIN) {
        return Fit::Below;
    }
    if is_below(i64::MAX) {
        return Fit::Above;
    }
    // It is below at `low`, and not at `high`.
    let (mut low, mut high) = (i64::MIN, i64::MAX);
    while low.saturating_add(1) < high {
        let middle = low.midpoint(high);
        if is_below(middle) { low = middle } else { high = middle }
    }
    Fit::After(Bind::Integer(low))
}

/// Among floating-point numbers, each of which counts as the shortest decimal that means it.
pub(crate) fn float(number: &Numeric) -> Fit {
    let nearest = number.as_f64();
    let Some(json) = serde_json::Number::from_f64(nearest) else {
        return if nearest < 0.0 { Fit::Below } else { Fit::Above };
    };
    match number.cmp_json(&json) {
        Ordering::Equal => Fit::Exact(Bind::Float(nearest)),
        Ordering::Less => Fit::After(Bind::Float(nearest)),
        Ordering::Greater => match nearest.next_down() {
            below if below.is_finite() => Fit::After(Bind::Float(below)),
            _ => Fit::Below,
        },
    }
}

/// Among instants of the years 0 to 9999 that are whole ticks of so many nanoseconds.
pub(crate) fn instant(instant: DateTime<Utc>, tick: u32) -> Fit {
    match instant.year() {
        ..0 => return Fit::Below,
        10_000.. => return Fit::Above,
        _ => {}
    }
    let beyond = instant.nanosecond().checked_rem(tick).unwrap_or(0);
    if beyond == 0 {
        return Fit::Exact(Bind::Instant(instant));
    }
    let floor = instant.with_nanosecond(instant.nanosecond() - beyond).unwrap_or(instant);
    Fit::After(Bind::Instant(floor))
}

#[cfg(test)]
mod tests {
    use scim_core::value::datetime;
    use scim_filter::Number;

    use super::*;

    fn numeric(text: &str) -> Numeric {
        text.parse::<Number>().unwrap().into()
    }

    #[test]
    fn integers_that_no_column_can_hold() {
        let exact = |integer| Fit::Exact(Bind::Integer(integer));
        let after = |integer| Fit::After(Bind::Integer(integer));
        for (text, fit) in [
            ("7", exact(7)),
            ("7.0", exact(7)),
            ("7.5", after(7)),
            ("-7.5", after(-8)),
            ("0.001", after(0)),
            ("-1e-400", after(-1)),
            ("9007199254740993.5", after(9_007_199_254_740_993)),
            ("9223372036854775807", exact(i64::MAX)),
            ("9223372036854775806.5", after(i64::MAX - 1)),
            ("9223372036854775807.5", Fit::Above),
            ("9223372036854775808", Fit::Above),
            ("1e999999999999", Fit::Above),
            ("-9223372036854775808", exact(i64::MIN)),
            ("-9223372036854775807.5", after(i64::MIN)),
            ("-9223372036854775808.5", Fit::Below),
            ("-1e400", Fit::Below),
        ] {
            assert_eq!(integer(&numeric(text)), fit, "{text}");
        }
    }

    #[test]
    fn decimals_that_no_column_can_hold() {
        let exact = |float| Fit::Exact(Bind::Float(float));
        let after = |float| Fit::After(Bind::Float(float));
        for (text, fit) in [
            ("0.1", exact(0.1)),
            ("1e-1", exact(0.1)),
            ("0.10000000000000000001", after(0.1)),
            ("0.09999999999999999999", after(0.1_f64.next_down())),
            ("9007199254740993", after(9_007_199_254_740_992.0)),
            ("1e-400", after(0.0)),
            ("-1e-400", after(0.0_f64.next_down())),
            ("1.7976931348623157e308", exact(f64::MAX)),
            ("1.7976931348623158e308", after(f64::MAX)),
            ("1e400", Fit::Above),
            ("-1e400", Fit::Below),
        ] {
            assert_eq!(float(&numeric(text)), fit, "{text}");
        }
    }

    #[test]
    fn instants_between_two_ticks() {
        let at = |text: &str| datetime::parse(text).unwrap();
        let fit = |text: &str| instant(at(text), 1_000);
        assert_eq!(
            fit("2011-05-13T04:42:34.000001Z"),
            Fit::Exact(Bind::Instant(at("2011-05-13T04:42:34.000001Z")))
        );
        assert_eq!(
            fit("2011-05-13T04:42:34.0000019Z"),
            Fit::After(Bind::Instant(at("2011-05-13T04:42:34.000001Z")))
        );
        assert_eq!(fit("-0044-03-15T12:00:00Z"), Fit::Below);
        assert_eq!(fit("12011-05-13T04:42:34Z"), Fit::Above);
    }
}
