//! Schema URIs, RFC 7643 §3 and §10.3.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{ScimError, quote};
use crate::name::{cmp_ignore_ascii_case, hash_ignore_ascii_case};

/// The URI that names a schema or a protocol message, such as `urn:ietf:params:scim:schemas:core:2.0:User`.
///
/// Compared, ordered and hashed without regard to case (RFC 7644 §3.10), printed as written. Any URI will do: real
/// schemas also live under `urn:scim:` and `http://`.
///
/// ```
/// use scim_core::SchemaUri;
///
/// let sent: SchemaUri = "URN:IETF:params:scim:schemas:core:2.0:user".parse()?;
/// assert_eq!(sent, SchemaUri::USER);
/// # Ok::<(), scim_core::ScimError>(())
/// ```
#[derive(Clone)]
pub struct SchemaUri(Cow<'static, str>);

macro_rules! constants {
    ($($(#[$doc:meta])* $name:ident = $uri:literal;)*) => {
        impl SchemaUri {
            $($(#[$doc])* pub const $name: Self = Self::from_static($uri);)*
        }

        /// The registered URIs, so that reading one allocates nothing.
        fn known(uri: &str) -> Option<&'static str> {
            match uri {
                $($uri => Some($uri),)*
                _ => None,
            }
        }
    };
}

constants! {
    /// A user (RFC 7643 §4.1).
    USER = "urn:ietf:params:scim:schemas:core:2.0:User";
    /// A group (RFC 7643 §4.2).
    GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";
    /// The extension for users of an enterprise (RFC 7643 §4.3).
    ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    /// What a service provider can do (RFC 7643 §5).
    SERVICE_PROVIDER_CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
    /// A resource type (RFC 7643 §6).
    RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
    /// A schema (RFC 7643 §7).
    SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema";
    /// A page of results (RFC 7644 §3.4.2).
    LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    /// A query sent as a body (RFC 7644 §3.4.3).
    SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
    /// A PATCH request (RFC 7644 §3.5.2).
    PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
    /// A bulk request (RFC 7644 §3.7).
    BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
    /// The answer to a bulk request (RFC 7644 §3.7).
    BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
    /// An error (RFC 7644 §3.12).
    ERROR = "urn:ietf:params:scim:api:messages:2.0:Error";
}

impl SchemaUri {
    /// The longest URI that is read from outside, in bytes.
    pub const MAX_LEN: usize = 512;

    /// What the registered core schemas start with, in lower case.
    const CORE: &'static str = "urn:ietf:params:scim:schemas:core:";

    /// A URI known when compiling; a malformed one does not compile in a constant.
    ///
    /// # Panics
    /// On a malformed URI, when it is called outside a constant.
    #[must_use]
    pub const fn from_static(uri: &'static str) -> Self {
        assert!(is_uri(uri.as_bytes()), "not a schema URI");
        Self(Cow::Borrowed(uri))
    }

    /// Reads a URI, without allocating for the registered ones.
    pub(crate) fn read(uri: &str) -> Option<Self> {
        if let Some(known) = known(uri) {
            return Some(Self(Cow::Borrowed(known)));
        }
        (uri.len() <= Self::MAX_LEN && is_uri(uri.as_bytes())).then(|| Self(Cow::Owned(uri.to_owned())))
    }

    /// The URI as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a URI may hold this character: visible ASCII without quotes, brackets and the like (RFC 3986 §2), and
    /// without parentheses, which are marks of the filter grammar.
    #[must_use]
    pub const fn allows(c: char) -> bool {
        c.is_ascii_graphic()
            && !matches!(c, '"' | '\\' | '`' | '<' | '>' | '(' | ')' | '[' | ']' | '{' | '|' | '}' | '^')
    }

    /// Whether this is one of the IETF's base schemas, whose attributes sit at the top of a resource.
    #[must_use]
    pub fn is_core(&self) -> bool {
        self.0.get(..Self::CORE.len()).is_some_and(|start| start.eq_ignore_ascii_case(Self::CORE))
    }
}

/// A scheme, a colon, and something after it that does not end in a colon; of the characters that
/// [`SchemaUri::allows`].
#[allow(clippy::indexing_slicing, reason = "const fn: the loop is bounded by the length")]
const fn is_uri(uri: &[u8]) -> bool {
    if uri.is_empty() || !uri[0].is_ascii_alphabetic() || uri[uri.len() - 1] == b':' {
        return false;
    }
    let mut colon = false;
    let mut at = 0;
    while at < uri.len() {
        if !SchemaUri::allows(uri[at] as char) {
            return false;
        }
        if uri[at] == b':' {
            colon = true;
        }
        at += 1;
    }
    colon
}

impl FromStr for SchemaUri {
    type Err = ScimError;

    /// # Errors
    /// `invalidValue` when the text is no URI, or longer than [`SchemaUri::MAX_LEN`].
    fn from_str(uri: &str) -> Result<Self, ScimError> {
        Self::read(uri).ok_or_else(|| ScimError::invalid_value(format!("{} is not a schema URI", quote(uri))))
    }
}

impl fmt::Display for SchemaUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SchemaUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl AsRef<str> for SchemaUri {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq for SchemaUri {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for SchemaUri {}

impl PartialEq<str> for SchemaUri {
    fn eq(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

impl PartialEq<&str> for SchemaUri {
    fn eq(&self, other: &&str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

impl PartialOrd for SchemaUri {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SchemaUri {
    fn cmp(&self, other: &Self) -> Ordering {
        cmp_ignore_ascii_case(&self.0, &other.0)
    }
}

impl Hash for SchemaUri {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_ignore_ascii_case(&self.0, state);
    }
}

impl Serialize for SchemaUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SchemaUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let uri = Cow::<'de, str>::deserialize(deserializer)?;
        uri.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_any_uri() {
        for uri in [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:scim:schemas:extension:atlassian-external:1.0",
            "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
        ] {
            assert_eq!(uri.parse::<SchemaUri>().unwrap().as_str(), uri);
        }
        for uri in ["", "User", "urn:", ":a", "urn:a b", "urn:a\"", "urn:é", "1:a", "urn:x(y)", "urn:x:"] {
            assert!(uri.parse::<SchemaUri>().is_err(), "{uri:?}");
        }
        assert!(format!("urn:{}", "a".repeat(600)).parse::<SchemaUri>().is_err());
    }

    #[test]
    fn core_is_told_from_extension_in_any_case() {
        assert!(SchemaUri::USER.is_core());
        assert!("URN:ietf:params:SCIM:schemas:core:2.0:Device".parse::<SchemaUri>().unwrap().is_core());
        assert!(!SchemaUri::ENTERPRISE_USER.is_core());
        assert!(!SchemaUri::ERROR.is_core());
    }
}
