//! Versions of resources, RFC 7644 §3.14: entity tags, compared by their opaque part.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::error::{ScimError, quote};
use crate::value::Text;

/// The version of a resource, as `ETag` and `meta.version` carry it.
///
/// SCIM's versions are weak, and `If-Match` compares them weakly all the same (RFC 7644 §3.14): two versions are equal
/// when their opaque parts are.
///
/// ```
/// use scim_core::Version;
///
/// let sent: Version = r#""3694e05e9dff590""#.parse()?;
/// assert_eq!(sent, Version::new("3694e05e9dff590")?);
/// assert_eq!(sent.to_string(), r#""3694e05e9dff590""#); // as it was read
/// assert_eq!(Version::new("7")?.to_string(), r#"W/"7""#);
/// # Ok::<(), scim_core::ScimError>(())
/// ```
#[derive(Clone)]
pub struct Version(Text);

impl Version {
    /// The longest opaque part, in bytes.
    pub const MAX_LEN: usize = 256;

    /// A weak version with this opaque part.
    ///
    /// # Errors
    /// `invalidValue` when it is empty, too long, or holds what an entity tag may not hold (RFC 9110 §8.8.3).
    pub fn new(opaque: impl AsRef<str>) -> Result<Self, ScimError> {
        let opaque = opaque.as_ref();
        check(opaque)?;
        Ok(Self(format!("W/\"{opaque}\"").into()))
    }

    /// Reads a tag and keeps it.
    pub(crate) fn read(tag: Text) -> Result<Self, ScimError> {
        check(opaque(&tag))?;
        Ok(Self(tag))
    }

    /// What is between the quotes.
    #[must_use]
    pub fn opaque(&self) -> &str {
        opaque(&self.0)
    }

    /// The whole tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn opaque(tag: &str) -> &str {
    let rest = tag.strip_prefix("W/").or_else(|| tag.strip_prefix("w/")).unwrap_or(tag);
    rest.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(rest)
}

fn check(opaque: &str) -> Result<(), ScimError> {
    let fits = |b: u8| b == b'!' || (b'#'..=b'~').contains(&b) || b >= 0x80;
    if opaque.is_empty() || opaque.len() > Version::MAX_LEN || !opaque.bytes().all(fits) {
        return Err(ScimError::invalid_value(format!("{} is not an entity tag", quote(opaque))));
    }
    Ok(())
}

/// Reads `W/"x"`, `"x"` and, as some servers leave the quotes out, `x`.
impl FromStr for Version {
    type Err = ScimError;

    fn from_str(tag: &str) -> Result<Self, ScimError> {
        Self::read(tag.trim().into())
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.opaque() == other.opaque()
    }
}

impl Eq for Version {}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.opaque().hash(state);
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_and_strong_are_one() {
        let version = Version::new("a1").unwrap();
        for tag in [r#"W/"a1""#, r#""a1""#, "a1", r#" w/"a1" "#] {
            assert_eq!(tag.parse::<Version>().unwrap(), version);
        }
        assert_ne!(Version::new("A1").unwrap(), version);
        assert_eq!(version.to_string(), r#"W/"a1""#);
    }

    #[test]
    fn refuses_what_no_header_could_hold() {
        for tag in ["", "\"\"", "W/", "a\"b", "a b", "a\nb", "\"a"] {
            assert!(tag.parse::<Version>().is_err(), "{tag:?}");
        }
    }
}
