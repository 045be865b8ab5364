//! Attribute names, RFC 7643 §2.1.
//!
//! ```text
//! ATTRNAME = ALPHA *(nameChar)
//! nameChar = "$" / "-" / "_" / DIGIT / ALPHA
//! ```
//!
//! `$ref` starts with a `$`, which the production does not admit; erratum 8924 asks for it, and so do we: one
//! leading `$` is allowed.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::error::{ScimError, quote};

/// The name of an attribute or sub-attribute, such as `userName` or `$ref` (RFC 7643 §2.1).
///
/// Names are compared, ordered and hashed without regard to ASCII case, and printed as they were written.
///
/// ```
/// use scim_core::AttrName;
///
/// let written: AttrName = "USERNAME".parse()?;
/// assert_eq!(written, AttrName::from_static("userName"));
/// assert_eq!(written.to_string(), "USERNAME");
/// assert!("user name".parse::<AttrName>().is_err());
/// # Ok::<(), scim_core::ScimError>(())
/// ```
#[derive(Clone)]
pub struct AttrName(Cow<'static, str>);

impl AttrName {
    /// The longest name that is read from outside, in bytes.
    pub const MAX_LEN: usize = 128;

    /// A name known when compiling; a malformed one does not compile in a constant.
    ///
    /// # Panics
    /// On a malformed name, when it is called outside a constant.
    #[must_use]
    pub const fn from_static(name: &'static str) -> Self {
        assert!(is_name(name.as_bytes()), "not an attribute name");
        Self(Cow::Borrowed(name))
    }

    /// Reads a name, without allocating for those of the standard schemas.
    pub(crate) fn read(name: &str) -> Option<Self> {
        if let Some(known) = known(name) {
            return Some(Self(Cow::Borrowed(known)));
        }
        (name.len() <= Self::MAX_LEN && is_name(name.as_bytes())).then(|| Self(Cow::Owned(name.to_owned())))
    }

    /// The name as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AttrName {
    type Err = ScimError;

    /// # Errors
    /// `invalidPath` when the text is empty, longer than [`AttrName::MAX_LEN`] or not of the production above.
    fn from_str(name: &str) -> Result<Self, ScimError> {
        Self::read(name).ok_or_else(|| {
            ScimError::invalid_path(format!(
                "{} is not an attribute name: a letter, then letters, digits, `-`, `_` or `$`",
                quote(name)
            ))
        })
    }
}

impl fmt::Display for AttrName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AttrName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl AsRef<str> for AttrName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq for AttrName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for AttrName {}

impl PartialEq<str> for AttrName {
    fn eq(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

impl PartialEq<&str> for AttrName {
    fn eq(&self, other: &&str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

impl PartialOrd for AttrName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for AttrName {
    fn cmp(&self, other: &Self) -> Ordering {
        cmp_ignore_ascii_case(&self.0, &other.0)
    }
}

impl Hash for AttrName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_ignore_ascii_case(&self.0, state);
    }
}

/// Orders two texts as if both were in lower-case ASCII.
pub(crate) fn cmp_ignore_ascii_case(a: &str, b: &str) -> Ordering {
    a.bytes().map(|b| b.to_ascii_lowercase()).cmp(b.bytes().map(|b| b.to_ascii_lowercase()))
}

/// Hashes a text as if it were in lower-case ASCII.
pub(crate) fn hash_ignore_ascii_case<H: Hasher>(text: &str, state: &mut H) {
    for byte in text.bytes() {
        state.write_u8(byte.to_ascii_lowercase());
    }
    state.write_u8(0xff);
}

/// `ATTRNAME`, with one `$` allowed in front.
#[allow(clippy::indexing_slicing, reason = "const fn: the loops are bounded by the length")]
pub(crate) const fn is_name(name: &[u8]) -> bool {
    let mut at = 0;
    if !name.is_empty() && name[0] == b'$' {
        at = 1;
    }
    if at >= name.len() || !name[at].is_ascii_alphabetic() {
        return false;
    }
    while at < name.len() {
        if !is_name_char(name[at]) {
            return false;
        }
        at += 1;
    }
    true
}

/// `nameChar`.
pub(crate) const fn is_name_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'$' | b'-' | b'_')
}

macro_rules! known {
    ($($name:literal)*) => {
        /// The standard names, so that reading one allocates nothing.
        fn known(name: &str) -> Option<&'static str> {
            match name {
                $($name => Some($name),)*
                _ => None,
            }
        }
    };
}

known! {
    "schemas" "id" "externalId" "meta" "resourceType" "created" "lastModified" "location" "version"
    "userName" "name" "formatted" "familyName" "givenName" "middleName" "honorificPrefix" "honorificSuffix"
    "displayName" "nickName" "profileUrl" "title" "userType" "preferredLanguage" "locale" "timezone" "active"
    "password" "emails" "phoneNumbers" "ims" "photos" "addresses" "groups" "entitlements" "roles"
    "x509Certificates" "value" "display" "type" "primary" "$ref" "streetAddress" "region" "locality"
    "postalCode" "country" "members" "employeeNumber" "costCenter" "organization" "division" "department"
    "manager"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_production_admits() {
        for name in ["a", "userName", "x509Certificates", "a-b_c$9", "$ref", "A"] {
            assert_eq!(name.parse::<AttrName>().unwrap().as_str(), name);
        }
        for name in ["", "$", "1a", "-a", "_a", "$1", "$$ref", "a b", "a.b", "é", "a:b", "a\n"] {
            assert!(name.parse::<AttrName>().is_err(), "{name:?}");
        }
        assert!("a".repeat(AttrName::MAX_LEN).parse::<AttrName>().is_ok());
        assert!("a".repeat(AttrName::MAX_LEN + 1).parse::<AttrName>().is_err());
    }

    #[test]
    fn case_never_matters_and_is_kept() {
        use std::collections::{BTreeSet, HashSet};
        let names: Vec<AttrName> = ["userName", "USERNAME", "username"].map(|n| n.parse().unwrap()).into();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), 1);
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 1);
        assert_eq!(names[1].to_string(), "USERNAME");
        assert!(AttrName::from_static("a") < AttrName::from_static("B"));
    }
}
