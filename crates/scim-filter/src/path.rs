//! The path of a PATCH operation, RFC 7644 §3.5.2.

use std::str::FromStr;

use scim_core::{AttrName, AttrPath, Deviation, Limits, Profile};

use crate::ast::Filter;
use crate::error::FilterError;
use crate::parse;

/// What a PATCH operation points at (RFC 7644 §3.5.2).
///
/// Four forms: an attribute (`name.familyName`), elements of one (`emails[type eq "work"]`), a sub-attribute of such
/// elements (`emails[type eq "work"].value`), and a whole extension by its URN. The last cannot be told from an
/// attribute without schemas: [`SchemaSet::resolve`](scim_core::SchemaSet::resolve) does.
///
/// ```
/// use scim_core::{AttrName, attr};
/// use scim_filter::Path;
///
/// let path: Path = r#"emails[type eq "work"].value"#.parse()?;
/// assert_eq!(path.attr, attr::EMAILS);
/// assert_eq!(path.filter.unwrap().to_string(), r#"type eq "work""#);
/// assert_eq!(path.sub, Some(AttrName::from_static("value")));
/// # Ok::<(), scim_filter::FilterError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// What stands before the brackets, or the whole path where there are none.
    pub attr: AttrPath,
    /// What stands in the brackets.
    pub filter: Option<Filter>,
    /// The sub-attribute after the brackets; without brackets, it is part of `attr`.
    pub sub: Option<AttrName>,
}

/// A path, and the leniencies that reading it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedPath {
    /// The path.
    pub path: Path,
    /// What was accepted though the grammar does not have it.
    pub deviations: Vec<Deviation>,
}

impl Path {
    /// Reads a path as the standard has it, within the default limits.
    ///
    /// ```
    /// use scim_filter::Path;
    ///
    /// assert!(Path::parse("name.familyName").is_ok());
    /// let error = Path::parse("emails[type eq work]").unwrap_err();
    /// assert_eq!(error.position(), Some(15));
    /// ```
    ///
    /// # Errors
    /// `invalidPath` when the text is not of the grammar or beyond a limit, `invalidFilter` when that is so between
    /// its brackets.
    pub fn parse(path: &str) -> Result<Self, FilterError> {
        Ok(parse::path(path, &Limits::default(), &Profile::rfc())?.path)
    }

    /// Reads a path within these limits, with the leniencies of this profile.
    ///
    /// ```
    /// use scim_core::{Limits, Profile};
    /// use scim_filter::Path;
    ///
    /// let sent = r#"addresses[type eq"work"]"#;
    /// let parsed = Path::parse_with(sent, &Limits::default(), &Profile::lenient())?;
    /// assert_eq!(parsed.path.to_string(), r#"addresses[type eq "work"]"#);
    /// assert_eq!(parsed.deviations.len(), 1);
    /// # Ok::<(), scim_filter::FilterError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Path::parse`].
    pub fn parse_with(path: &str, limits: &Limits, profile: &Profile) -> Result<ParsedPath, FilterError> {
        parse::path(path, limits, profile)
    }
}

impl From<AttrPath> for Path {
    fn from(attr: AttrPath) -> Self {
        Self { attr, filter: None, sub: None }
    }
}

impl FromStr for Path {
    type Err = FilterError;

    /// As [`Path::parse`].
    fn from_str(path: &str) -> Result<Self, FilterError> {
        Self::parse(path)
    }
}
