//! Texts that must not be seen, such as `password` (RFC 7643 §4.1.1).

use std::fmt;

use super::Text;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that no `Debug` output shows.
///
/// It is serialised, since a client has to send it; a server's answers leave it out by the schema.
///
/// ```
/// use scim_core::value::secret::Secret;
///
/// let password = Secret::new("t1meMa$heen");
/// assert_eq!(format!("{password:?}"), "Secret(..)");
/// assert_eq!(password.expose(), "t1meMa$heen");
/// ```
#[derive(Clone, Default)]
pub struct Secret(Text);

impl Secret {
    /// Hides a text.
    #[must_use]
    pub fn new(text: impl Into<Text>) -> Self {
        Self(text.into())
    }

    /// Shows it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Compares in a time that tells no more than the lengths.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self.0.bytes().zip(other.0.bytes()).fold(0, |diff, (a, b)| diff | (a ^ b)) == 0
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert!(!format!("{:?} {:#?}", Secret::new("hush"), Some(Secret::new("hush"))).contains("hush"));
    }

    #[test]
    fn compares_whole_texts() {
        assert_eq!(Secret::new("ab"), Secret::new("ab"));
        assert_ne!(Secret::new("ab"), Secret::new("aB"));
        assert_ne!(Secret::new("ab"), Secret::new("abc"));
    }

    #[test]
    fn json_is_the_text() {
        let secret: Secret = serde_json::from_str(r#""hush""#).unwrap();
        assert_eq!(serde_json::to_string(&secret).unwrap(), r#""hush""#);
    }
}
