//! The identifiers of RFC 7643 §3.1 and the tenant of RFC 7644 §6, as types that do not convert into each other.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::ScimError;
use crate::value::Text;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal, $refuses:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Text);

        impl $name {
            /// The longest one, in bytes.
            pub const MAX_LEN: usize = $max;

            /// Takes the text as it is; identifiers are compared exactly.
            ///
            /// # Errors
            /// `invalidValue` when it is empty, too long, holds a control character or is otherwise refused.
            pub fn new(text: impl Into<Text>) -> Result<Self, ScimError> {
                let text = text.into();
                let refuses: fn(&str) -> Option<&'static str> = $refuses;
                let problem = if text.is_empty() {
                    Some("is empty")
                } else if text.len() > Self::MAX_LEN {
                    Some(concat!("is longer than ", $max, " bytes"))
                } else if text.chars().any(char::is_control) {
                    Some("holds a control character")
                } else {
                    refuses(&text)
                };
                match problem {
                    Some(problem) => Err(ScimError::invalid_value(format!(concat!($what, " {}"), problem))),
                    None => Ok(Self(text)),
                }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = ScimError;

            fn from_str(text: &str) -> Result<Self, ScimError> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(Text::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    };
}

id! {
    /// The `id` of a resource: chosen by the service provider, opaque, compared exactly (RFC 7643 §3.1).
    ///
    /// There is no way from an [`ExternalId`] to a `ResourceId`: a client chooses the one, the server the other, and
    /// a product that mixed them up let a client become administrator.
    ///
    /// ```
    /// use scim_core::ResourceId;
    ///
    /// assert_eq!(ResourceId::new("2819c223-7f76-453a-919d-413861904646")?.as_str().len(), 36);
    /// assert!(ResourceId::new("").is_err());
    /// assert!(ResourceId::new("bulkId:7").is_err()); // a reserved word
    /// # Ok::<(), scim_core::ScimError>(())
    /// ```
    ResourceId, "id", 256,
    |text| text.contains("bulkId").then_some("holds the reserved word `bulkId`")
}

id! {
    /// The `externalId` of a resource: chosen by the client, meaningful inside one tenant only (RFC 7643 §3.1).
    ExternalId, "externalId", 1024, |_| None
}

id! {
    /// The tenant that a request belongs to (RFC 7644 §6); part of every key, never optional.
    TenantId, "tenant", 256, |_| None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_exact() {
        assert!(ResourceId::new("x".repeat(256)).is_ok());
        assert!(ResourceId::new("x".repeat(257)).is_err());
        assert!(ExternalId::new("bulkId:1").is_ok());
        assert!(ExternalId::new("a\u{0}b").is_err());
        assert!(TenantId::new("").is_err());
    }

    #[test]
    fn compared_exactly() {
        assert_ne!(ResourceId::new("a").unwrap(), ResourceId::new("A").unwrap());
    }

    #[test]
    fn json_is_the_text() {
        let id: ResourceId = serde_json::from_str(r#""a-1""#).unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), r#""a-1""#);
        assert!(serde_json::from_str::<ResourceId>(r#""""#).is_err());
    }

    #[test]
    fn messages() {
        let say = |text: &str| ResourceId::new(text).unwrap_err().to_string();
        insta::assert_snapshot!([say(""), say(&"x".repeat(300)), say("a\tb"), say("bulkId:1")].join("\n"), @r"
        400 invalidValue: id is empty
        400 invalidValue: id is longer than 256 bytes
        400 invalidValue: id holds a control character
        400 invalidValue: id holds the reserved word `bulkId`
        ");
    }
}
