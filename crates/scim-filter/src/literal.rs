//! Comparison values, RFC 7644 §3.4.2.2 and RFC 7159.

use std::fmt::{self, Write};
use std::str::FromStr;

use crate::error::FilterError;

/// The value that a comparison compares with (RFC 7644 §3.4.2.2).
///
/// ```
/// use scim_filter::Literal;
///
/// assert_eq!(Literal::from("say \"hi\"").to_string(), r#""say \"hi\"""#);
/// assert_eq!(Literal::from(42).to_string(), "42");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Literal {
    /// `null`: the attribute has no value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, digit by digit as it was written.
    Number(Number),
    /// A text, its escapes resolved.
    String(String),
}

/// A JSON number, kept as it was written (RFC 7159 §6).
///
/// No digit is lost, however large the number is. Two numbers are `==` when they are written alike: `1` and `1.0` are
/// two texts, though a filter that compares with them finds the same resources.
///
/// ```
/// use scim_filter::Number;
///
/// let large: Number = "123456789012345678901234567890".parse()?;
/// assert_eq!(large.as_str(), "123456789012345678901234567890");
/// assert!("0123".parse::<Number>().is_err());
/// # Ok::<(), scim_filter::FilterError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number(Box<str>);

impl Number {
    /// For texts that the grammar has accepted.
    pub(crate) fn trusted(text: &str) -> Self {
        Self(text.into())
    }

    /// The number as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number as an integer, if it is written as one and fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The nearest floating-point number; infinite where the number is too large for one.
    #[must_use]
    pub fn as_f64(&self) -> f64 {
        // A JSON number is always one that Rust reads.
        self.0.parse().unwrap_or(f64::NAN)
    }
}

impl FromStr for Number {
    type Err = FilterError;

    /// # Errors
    /// When the text is not a JSON number.
    fn from_str(text: &str) -> Result<Self, FilterError> {
        crate::parse::number(text)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! from_integers {
    ($($integer:ty)*) => {
        $(
            impl From<$integer> for Number {
                fn from(number: $integer) -> Self {
                    Self(number.to_string().into())
                }
            }

            impl From<$integer> for Literal {
                fn from(number: $integer) -> Self {
                    Self::Number(number.into())
                }
            }
        )*
    };
}

from_integers! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }

impl From<serde_json::Number> for Number {
    fn from(number: serde_json::Number) -> Self {
        Self(number.to_string().into())
    }
}

impl From<Number> for Literal {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl From<serde_json::Number> for Literal {
    fn from(number: serde_json::Number) -> Self {
        Self::Number(number.into())
    }
}

impl From<bool> for Literal {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Literal {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Literal {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<&String> for Literal {
    fn from(text: &String) -> Self {
        Self::String(text.clone())
    }
}

/// As JSON.
impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::String(text) => write_string(f, text),
        }
    }
}

/// A JSON string with the fewest escapes.
fn write_string(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for piece in text.split_inclusive(|c: char| c == '"' || c == '\\' || c < ' ') {
        let mut chars = piece.chars();
        match chars.next_back() {
            Some(last @ ('"' | '\\')) => write!(f, "{}\\{last}", chars.as_str())?,
            Some('\u{8}') => write!(f, "{}\\b", chars.as_str())?,
            Some('\u{c}') => write!(f, "{}\\f", chars.as_str())?,
            Some('\n') => write!(f, "{}\\n", chars.as_str())?,
            Some('\r') => write!(f, "{}\\r", chars.as_str())?,
            Some('\t') => write!(f, "{}\\t", chars.as_str())?,
            Some(last) if last < ' ' => write!(f, "{}\\u{:04x}", chars.as_str(), u32::from(last))?,
            _ => f.write_str(piece)?,
        }
    }
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_written_as_json_does() {
        for text in
            ["", "plain", "\"\\/", "\u{0}\u{8}\t\n\u{b}\u{c}\r\u{1f}\u{7f}", "é😀\u{2028}", "a\"b\\\\"]
        {
            assert_eq!(Literal::from(text).to_string(), serde_json::to_string(text).unwrap());
        }
    }

    #[test]
    fn numbers_keep_every_digit() {
        for text in ["0", "-0", "1.50", "1E+3", "-12e-7", "18446744073709551616000000000000"] {
            assert_eq!(text.parse::<Number>().unwrap().as_str(), text);
        }
        for text in ["", "-", "01", "1.", ".5", "+1", "1e", "0x1", "1 ", "NaN", "--1"] {
            assert!(text.parse::<Number>().is_err(), "{text:?}");
        }
        assert_eq!(Literal::from(u128::MAX).to_string(), u128::MAX.to_string());
        assert_eq!("1e400".parse::<Number>().unwrap().as_f64(), f64::INFINITY);
        assert_eq!("-7".parse::<Number>().unwrap().as_i64(), Some(-7));
    }
}
