//! Attribute notation, RFC 7644 §3.10.
//!
//! ```text
//! attr-path = ( schema-urn ":" )? name ( "." name )?
//! ```
//!
//! A URN ends at the last colon; dots before it (`2.0`) belong to the URN. Whether a text such as
//! `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User` names a schema or an attribute `User` cannot be
//! told without schemas: [`SchemaSet::resolve`](crate::SchemaSet::resolve) decides.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{ScimError, quote};
use crate::name::AttrName;
use crate::uri::SchemaUri;

/// The path of an attribute, a sub-attribute or a whole extension (RFC 7644 §3.10).
///
/// Two paths are equal when they are spelled alike but for case; what two spellings mean is up to
/// [`SchemaSet::resolve`](crate::SchemaSet::resolve).
///
/// ```
/// use scim_core::{AttrPath, SchemaUri, attr};
///
/// let path: AttrPath = "urn:ietf:params:scim:schemas:core:2.0:User:name.familyName".parse()?;
/// assert_eq!(path.schema(), Some(&SchemaUri::USER));
/// assert_eq!(path.name().unwrap().as_str(), "name");
/// assert_eq!(path.sub().unwrap().as_str(), "familyName");
/// assert_eq!("NAME.familyname".parse::<AttrPath>()?, attr::NAME_FAMILY_NAME);
/// # Ok::<(), scim_core::ScimError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttrPath {
    schema: Option<SchemaUri>,
    /// None only beside a schema: the path of the whole schema.
    name: Option<AttrName>,
    sub: Option<AttrName>,
}

impl AttrPath {
    /// The longest path that is read from outside, in bytes.
    pub const MAX_LEN: usize = SchemaUri::MAX_LEN + 2 * AttrName::MAX_LEN + 2;

    /// A path known when compiling; a malformed one does not compile in a constant.
    ///
    /// ```
    /// use scim_core::AttrPath;
    ///
    /// const BADGE: AttrPath = AttrPath::from_static("urn:example:params:badge:1.0:User:badge.number");
    /// assert_eq!(BADGE.to_string(), "urn:example:params:badge:1.0:User:badge.number");
    /// ```
    ///
    /// # Panics
    /// On a malformed path, when it is called outside a constant.
    #[must_use]
    pub const fn from_static(path: &'static str) -> Self {
        let colon = last(path.as_bytes(), b':');
        let rest = match colon {
            Some(colon) => cut(path, colon).1,
            None => path,
        };
        let dot = last(rest.as_bytes(), b'.');
        let schema = match colon {
            Some(colon) => Some(SchemaUri::from_static(cut(path, colon).0)),
            None => None,
        };
        let name = match dot {
            Some(dot) => Some(AttrName::from_static(cut(rest, dot).0)),
            None => Some(AttrName::from_static(rest)),
        };
        let sub = match dot {
            Some(dot) => Some(AttrName::from_static(cut(rest, dot).1)),
            None => None,
        };
        Self { schema, name, sub }
    }

    /// The path of a whole schema, as a PATCH of an extension names it.
    #[must_use]
    pub fn of_schema(schema: SchemaUri) -> Self {
        Self { schema: Some(schema), name: None, sub: None }
    }

    /// The path of an attribute.
    #[must_use]
    pub fn of_name(name: AttrName) -> Self {
        Self { schema: None, name: Some(name), sub: None }
    }

    /// The same path, below this schema.
    #[must_use]
    pub fn with_schema(mut self, schema: SchemaUri) -> Self {
        self.schema = Some(schema);
        self
    }

    /// The same path without its schema; unchanged where nothing would be left.
    #[must_use]
    pub fn without_schema(mut self) -> Self {
        if self.name.is_some() {
            self.schema = None;
        }
        self
    }

    /// The path of this sub-attribute of the attribute; unchanged where the path is that of a whole schema.
    #[must_use]
    pub fn with_sub(mut self, sub: AttrName) -> Self {
        if self.name.is_some() {
            self.sub = Some(sub);
        }
        self
    }

    /// The path of the attribute that the sub-attribute belongs to; unchanged where there is no sub-attribute.
    #[must_use]
    pub fn without_sub(mut self) -> Self {
        self.sub = None;
        self
    }

    /// What stands before the last colon.
    #[must_use]
    pub fn schema(&self) -> Option<&SchemaUri> {
        self.schema.as_ref()
    }

    /// The attribute; `None` when the path is that of a whole schema.
    #[must_use]
    pub fn name(&self) -> Option<&AttrName> {
        self.name.as_ref()
    }

    /// The sub-attribute.
    #[must_use]
    pub fn sub(&self) -> Option<&AttrName> {
        self.sub.as_ref()
    }

    fn read(path: &str) -> Option<Self> {
        if path.len() > Self::MAX_LEN {
            return None;
        }
        let Some((schema, rest)) = path.rsplit_once(':') else {
            let (name, sub) = read_names(path)?;
            return Some(Self { schema: None, name: Some(name), sub });
        };
        if let (Some((name, sub)), Some(schema)) = (read_names(rest), SchemaUri::read(schema)) {
            return Some(Self { schema: Some(schema), name: Some(name), sub });
        }
        // A URI that could be no attribute, such as `urn:example:directory:1.0`.
        SchemaUri::read(path).map(Self::of_schema)
    }
}

fn read_names(names: &str) -> Option<(AttrName, Option<AttrName>)> {
    match names.split_once('.') {
        Some((name, sub)) => Some((AttrName::read(name)?, Some(AttrName::read(sub)?))),
        None => Some((AttrName::read(names)?, None)),
    }
}

#[allow(clippy::indexing_slicing, reason = "const fn: the loop is bounded by the length")]
const fn last(text: &[u8], byte: u8) -> Option<usize> {
    let mut at = text.len();
    while at > 0 {
        at -= 1;
        if text[at] == byte {
            return Some(at);
        }
    }
    None
}

/// What stands before and after the ASCII character at this place.
#[allow(clippy::panic, reason = "const fn: refuses to compile; unreachable, as an ASCII byte is a boundary")]
const fn cut(text: &'static str, at: usize) -> (&'static str, &'static str) {
    let (before, rest) = text.as_bytes().split_at(at);
    let (_, after) = rest.split_at(1);
    match (std::str::from_utf8(before), std::str::from_utf8(after)) {
        (Ok(before), Ok(after)) => (before, after),
        _ => panic!("not UTF-8"),
    }
}

impl FromStr for AttrPath {
    type Err = ScimError;

    /// # Errors
    /// `invalidPath` when the text is not attribute notation, or longer than [`AttrPath::MAX_LEN`].
    fn from_str(path: &str) -> Result<Self, ScimError> {
        Self::read(path).ok_or_else(|| {
            let problem = if path.is_empty() {
                "the attribute path is empty".to_owned()
            } else if path.len() > Self::MAX_LEN {
                format!("the attribute path is longer than {} bytes", Self::MAX_LEN)
            } else {
                format!("{} is not an attribute path such as `userName` or `name.familyName`", quote(path))
            };
            ScimError::invalid_path(problem)
        })
    }
}

impl fmt::Display for AttrPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            f.write_str(schema.as_str())?;
            if self.name.is_some() {
                f.write_str(":")?;
            }
        }
        if let Some(name) = &self.name {
            f.write_str(name.as_str())?;
        }
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for AttrPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl Serialize for AttrPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AttrPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The paths of the standard attributes, as constants: `attr::USER_NAME`, `attr::EMAILS_VALUE`, ...
///
/// They are constants and no patterns: compare with `==`.
pub mod attr {
    use super::{AttrName, AttrPath, SchemaUri};

    macro_rules! paths {
        ($schema:expr; $($constant:ident = $name:literal $(. $sub:literal)?;)*) => {
            $(
                #[doc = concat!("`", $name, $(".", $sub,)? "`")]
                pub const $constant: AttrPath = AttrPath {
                    schema: $schema,
                    name: Some(AttrName::from_static($name)),
                    sub: paths!(@sub $($sub)?),
                };
            )*
        };
        (@sub $sub:literal) => { Some(AttrName::from_static($sub)) };
        (@sub) => { None };
    }

    // The common attributes, RFC 7643 §3.1.
    paths! { None;
        SCHEMAS = "schemas";
        ID = "id";
        EXTERNAL_ID = "externalId";
        META = "meta";
        META_RESOURCE_TYPE = "meta"."resourceType";
        META_CREATED = "meta"."created";
        META_LAST_MODIFIED = "meta"."lastModified";
        META_LOCATION = "meta"."location";
        META_VERSION = "meta"."version";
    }

    // User, RFC 7643 §4.1. Group shares displayName.
    paths! { None;
        USER_NAME = "userName";
        NAME = "name";
        NAME_FORMATTED = "name"."formatted";
        NAME_FAMILY_NAME = "name"."familyName";
        NAME_GIVEN_NAME = "name"."givenName";
        NAME_MIDDLE_NAME = "name"."middleName";
        NAME_HONORIFIC_PREFIX = "name"."honorificPrefix";
        NAME_HONORIFIC_SUFFIX = "name"."honorificSuffix";
        DISPLAY_NAME = "displayName";
        NICK_NAME = "nickName";
        PROFILE_URL = "profileUrl";
        TITLE = "title";
        USER_TYPE = "userType";
        PREFERRED_LANGUAGE = "preferredLanguage";
        LOCALE = "locale";
        TIMEZONE = "timezone";
        ACTIVE = "active";
        PASSWORD = "password";
        EMAILS = "emails";
        EMAILS_VALUE = "emails"."value";
        EMAILS_DISPLAY = "emails"."display";
        EMAILS_TYPE = "emails"."type";
        EMAILS_PRIMARY = "emails"."primary";
        PHONE_NUMBERS = "phoneNumbers";
        PHONE_NUMBERS_VALUE = "phoneNumbers"."value";
        PHONE_NUMBERS_DISPLAY = "phoneNumbers"."display";
        PHONE_NUMBERS_TYPE = "phoneNumbers"."type";
        PHONE_NUMBERS_PRIMARY = "phoneNumbers"."primary";
        IMS = "ims";
        IMS_VALUE = "ims"."value";
        IMS_DISPLAY = "ims"."display";
        IMS_TYPE = "ims"."type";
        IMS_PRIMARY = "ims"."primary";
        PHOTOS = "photos";
        PHOTOS_VALUE = "photos"."value";
        PHOTOS_DISPLAY = "photos"."display";
        PHOTOS_TYPE = "photos"."type";
        PHOTOS_PRIMARY = "photos"."primary";
        ADDRESSES = "addresses";
        ADDRESSES_FORMATTED = "addresses"."formatted";
        ADDRESSES_STREET_ADDRESS = "addresses"."streetAddress";
        ADDRESSES_LOCALITY = "addresses"."locality";
        ADDRESSES_REGION = "addresses"."region";
        ADDRESSES_POSTAL_CODE = "addresses"."postalCode";
        ADDRESSES_COUNTRY = "addresses"."country";
        ADDRESSES_TYPE = "addresses"."type";
        ADDRESSES_PRIMARY = "addresses"."primary";
        GROUPS = "groups";
        GROUPS_VALUE = "groups"."value";
        GROUPS_REF = "groups"."$ref";
        GROUPS_DISPLAY = "groups"."display";
        GROUPS_TYPE = "groups"."type";
        ENTITLEMENTS = "entitlements";
        ENTITLEMENTS_VALUE = "entitlements"."value";
        ENTITLEMENTS_DISPLAY = "entitlements"."display";
        ENTITLEMENTS_TYPE = "entitlements"."type";
        ENTITLEMENTS_PRIMARY = "entitlements"."primary";
        ROLES = "roles";
        ROLES_VALUE = "roles"."value";
        ROLES_DISPLAY = "roles"."display";
        ROLES_TYPE = "roles"."type";
        ROLES_PRIMARY = "roles"."primary";
        X509_CERTIFICATES = "x509Certificates";
        X509_CERTIFICATES_VALUE = "x509Certificates"."value";
        X509_CERTIFICATES_DISPLAY = "x509Certificates"."display";
        X509_CERTIFICATES_TYPE = "x509Certificates"."type";
        X509_CERTIFICATES_PRIMARY = "x509Certificates"."primary";
    }

    // Group, RFC 7643 §4.2.
    paths! { None;
        MEMBERS = "members";
        MEMBERS_VALUE = "members"."value";
        MEMBERS_REF = "members"."$ref";
        MEMBERS_DISPLAY = "members"."display";
        MEMBERS_TYPE = "members"."type";
    }

    // Enterprise User, RFC 7643 §4.3.
    paths! { Some(SchemaUri::ENTERPRISE_USER);
        EMPLOYEE_NUMBER = "employeeNumber";
        COST_CENTER = "costCenter";
        ORGANIZATION = "organization";
        DIVISION = "division";
        DEPARTMENT = "department";
        MANAGER = "manager";
        MANAGER_VALUE = "manager"."value";
        MANAGER_REF = "manager"."$ref";
        MANAGER_DISPLAY_NAME = "manager"."displayName";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(path: &str) -> (Option<String>, Option<String>, Option<String>) {
        let path: AttrPath = path.parse().unwrap();
        (
            path.schema().map(ToString::to_string),
            path.name().map(ToString::to_string),
            path.sub().map(ToString::to_string),
        )
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn section_3_10_splits_at_the_last_colon() {
        assert_eq!(parts("userName"), (None, some("userName"), None));
        assert_eq!(parts("name.familyName"), (None, some("name"), some("familyName")));
        assert_eq!(parts("members.$ref"), (None, some("members"), some("$ref")));
        assert_eq!(
            parts("urn:ietf:params:scim:schemas:core:2.0:User:name.familyName"),
            (some("urn:ietf:params:scim:schemas:core:2.0:User"), some("name"), some("familyName"))
        );
        assert_eq!(
            parts("urn:scim:schemas:extension:atlassian-custom:1.0:Attributes"),
            (some("urn:scim:schemas:extension:atlassian-custom:1.0"), some("Attributes"), None)
        );
    }

    #[test]
    fn a_urn_that_ends_in_no_name_is_a_schema() {
        assert_eq!(parts("urn:example:directory:1.0"), (some("urn:example:directory:1.0"), None, None));
        let path: AttrPath = "urn:example:directory:1.0".parse().unwrap();
        assert_eq!(path.clone().without_schema(), path);
        assert_eq!(path.clone().with_sub(AttrName::from_static("value")), path);
    }

    #[test]
    fn prints_what_was_written() {
        for text in [
            "userName",
            "NAME.FamilyName",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            "urn:example:directory:1.0",
            "http://schemas.example.com/2006/Ext",
            "urn:a:b:c.$ref",
            "a:b",
        ] {
            assert_eq!(text.parse::<AttrPath>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn refuses_with_reason() {
        let long = "a".repeat(900);
        let bad =
            ["", ".", "a.", ".a", "a.b.c", "a b", "1:b", "urn:x:", "urn:x:a b", "emails[type]", "a\n", &long];
        let said: Vec<String> =
            bad.iter().map(|text| text.parse::<AttrPath>().unwrap_err().to_string()).collect();
        insta::assert_snapshot!(said.join("\n"));
    }

    #[test]
    fn constants_equal_their_texts() {
        assert_eq!(attr::MEMBERS_REF, "members.$ref".parse().unwrap());
        assert_eq!(
            attr::MANAGER,
            AttrPath::from_static("urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:Manager")
        );
    }
}
