//! What a check may be told, and what it has to say beside yes or no.

use std::fmt;

use scim_core::{AttrPath, Profile, quote};

use crate::ast::CompareOp;

/// How a filter or sort order is checked; the default suits a query of one resource type with a body (`/.search`).
///
/// ```
/// use scim_core::{AttrPath, SchemaSet, attr};
/// use scim_filter::{CheckOptions, Filter};
///
/// let readable = [attr::ID, attr::USER_NAME, attr::EMAILS];
/// let options = CheckOptions { readable: Some(&readable), in_uri: true, ..CheckOptions::default() };
/// let check = |text: &str| text.parse::<Filter>()?.check_with(SchemaSet::user(), &options);
///
/// assert!(check(r#"emails[type eq "work"]"#).is_ok());
/// assert!(check(r#"title pr"#).is_err());
/// assert!(check(r#"password pr"#).is_err());
/// # Ok::<(), scim_filter::FilterError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct CheckOptions<'a> {
    /// The attributes that the caller may read; `None` is all. An attribute lets its sub-attributes in, not the reverse.
    /// Asking about any other is refused with 403: whoever may not read a value must not find it out bit by bit.
    pub readable: Option<&'a [AttrPath]>,
    /// What becomes of an attribute that the schemas do not have.
    pub unknown: UnknownAttribute,
    /// Whether `pr` holds for `""`, and `ne null` with it. By the words of the standard ("non-empty") it does not; some providers disagree.
    pub empty_string_is_present: bool,
    /// Whether `ne` on a list holds as soon as one element differs, as a word-by-word reading of "any value matches" has
    /// it. By default it is the negation of `eq`: no element is equal. Inside of brackets there is no difference.
    pub ne_is_existential: bool,
    /// Whether a boolean without a value is `false` to `eq` and `ne`. By default it is neither `true` nor `false`.
    pub missing_boolean_is_false: bool,
    /// Whether `co`, `sw` and `ew` on a dateTime compare its text. By default they are refused.
    pub text_on_dates: bool,
    /// Whether the filter stands in a URI, where asking for what is never returned is answered with 403 `sensitive`
    /// (RFC 7644 §7.5.2) and not with 400 `invalidFilter`.
    pub in_uri: bool,
    /// Which leniencies are on; none without one. [`EXTENSION_PATHS`](scim_core::schema::EXTENSION_PATHS) is the only one
    /// that takes schemas to decide; the others are for [`Filter::parse_with`](crate::Filter::parse_with).
    ///
    /// ```
    /// use scim_core::{Profile, SchemaSet};
    /// use scim_filter::{CheckOptions, Filter};
    ///
    /// let profile = Profile::lenient();
    /// let options = CheckOptions { profile: Some(&profile), ..CheckOptions::default() };
    /// let filter: Filter = r#"id eq "7" and manager eq "2819""#.parse()?;
    /// let typed = filter.check_with(SchemaSet::user(), &options)?;
    /// assert_eq!(typed.deviations()[0].id(), "ENT-13");
    /// assert!(filter.check(SchemaSet::user()).is_err());
    /// # Ok::<(), scim_filter::FilterError>(())
    /// ```
    pub profile: Option<&'a Profile>,
}

/// What becomes of an attribute that the schemas do not have (RFC 7644 §3.4.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownAttribute {
    /// The filter is refused: for a query of one resource type.
    #[default]
    Refuse,
    /// It has no value: for a query of several types, where one type lacks what another has.
    NoValue,
}

/// Something in a filter that is legal and probably not meant so.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Warning {
    /// A complex attribute was compared; its sub-attribute `value` is.
    DefaultSubAttribute(AttrPath),
    /// A boolean was compared with a string that spells one.
    BooleanAsString(AttrPath),
    /// `co`, `sw` or `ew` with the empty string: every value matches.
    EveryValue(AttrPath, CompareOp),
    /// No value can ever be equal to this one.
    NoValue(AttrPath, String),
    /// The value is none of those that the schema suggests.
    NotCanonical(AttrPath, String),
    /// Two conditions on sub-attributes of a list, joined by `and` outside of brackets: different elements may satisfy
    /// them.
    AcrossElements(AttrPath),
    /// The schemas do not have the attribute, and [`UnknownAttribute::NoValue`] was asked for.
    Unknown(AttrPath),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DefaultSubAttribute(path) => write!(f, "`{path}` is complex: its `value` is compared"),
            Self::BooleanAsString(path) => write!(f, "`{path}` is a boolean, compared with a string"),
            Self::EveryValue(path, op) => write!(f, "`{path} {op} \"\"` holds for every value"),
            Self::NoValue(path, value) => write!(f, "`{path}` is never equal to {}", quote(value)),
            Self::NotCanonical(path, value) => {
                write!(f, "{} is none of the values that the schema suggests for `{path}`", quote(value))
            }
            Self::AcrossElements(path) => {
                write!(f, "different elements of `{path}` may satisfy these conditions: use brackets")
            }
            Self::Unknown(path) => write!(f, "`{path}` is not an attribute of this resource type: no value"),
        }
    }
}
