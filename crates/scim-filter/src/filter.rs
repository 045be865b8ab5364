//! Reading a filter: the doors to the grammar, and the leniencies that it knows.

use std::str::FromStr;

use scim_core::{Deviation, Limits, Profile, Switch};

use crate::ast::Filter;
use crate::error::FilterError;
use crate::parse;

/// `emails[type eq "work"].value eq "x"`: read as `emails[type eq "work" and value eq "x"]`.
///
/// On under [`Profile::lenient`]; the grammar of RFC 7644 has no comparison after brackets.
pub static COMPARISON_AFTER_BRACKETS: Switch =
    Switch::new("ENT-23", "a comparison follows the brackets that it belongs into").lenient();

/// `externalId eq jyoung`: read as `externalId eq "jyoung"`.
///
/// Off in both profiles: what a value without quotes means is a guess, and a wrong guess finds the wrong person.
pub static BARE_VALUES: Switch = Switch::new("ENT-22", "a comparison value lacks its quotes");

/// `type eq"work"`: read as `type eq "work"`, as an example of RFC 7644 §3.5.2.2 has it against the grammar.
///
/// On under [`Profile::lenient`].
pub static MISSING_BLANK: Switch =
    Switch::new("R7644-3.4.2.2-05", "the blank between an operator and its value is missing").lenient();

/// A filter, and the leniencies that reading it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The filter.
    pub filter: Filter,
    /// What was accepted though the grammar does not have it.
    pub deviations: Vec<Deviation>,
}

impl Filter {
    /// How deep parentheses, brackets and `not` may nest at the most, whatever
    /// [`Limits::filter_depth`](scim_core::Limits::filter_depth) says.
    ///
    /// It keeps everything that walks a filter well inside of a small thread's stack.
    pub const MAX_DEPTH: usize = 40;

    /// Reads a filter as the standard has it, within the default limits (RFC 7644 §3.4.2.2).
    ///
    /// ```
    /// use scim_core::attr;
    /// use scim_filter::Filter;
    ///
    /// let filter = Filter::parse(r#"userName eq "bjensen""#)?;
    /// assert_eq!(filter, Filter::eq(attr::USER_NAME, "bjensen"));
    /// # Ok::<(), scim_filter::FilterError>(())
    /// ```
    ///
    /// # Errors
    /// `invalidFilter` when the text is not of the grammar or beyond a limit.
    pub fn parse(filter: &str) -> Result<Self, FilterError> {
        Ok(parse::filter(filter, &Limits::default(), &Profile::rfc())?.filter)
    }

    /// Reads a filter within these limits, with the leniencies of this profile.
    ///
    /// ```
    /// use scim_core::{Limits, Profile};
    /// use scim_filter::Filter;
    ///
    /// let sent = r#"emails[type eq "work"].value eq "b@example.com""#;
    /// let parsed = Filter::parse_with(sent, &Limits::default(), &Profile::lenient())?;
    /// assert_eq!(parsed.filter.to_string(), r#"emails[type eq "work" and value eq "b@example.com"]"#);
    /// assert_eq!(parsed.deviations[0].id(), "ENT-23");
    /// assert!(Filter::parse_with(sent, &Limits::default(), &Profile::rfc()).is_err());
    /// # Ok::<(), scim_filter::FilterError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Filter::parse`].
    pub fn parse_with(filter: &str, limits: &Limits, profile: &Profile) -> Result<Parsed, FilterError> {
        parse::filter(filter, limits, profile)
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    /// As [`Filter::parse`].
    fn from_str(filter: &str) -> Result<Self, FilterError> {
        Self::parse(filter)
    }
}
