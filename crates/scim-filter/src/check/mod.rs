//! Judging a filter by schemas, RFC 7644 §3.4.2.2 with the characteristics of RFC 7643 §7.
//!
//! Whether a question makes sense is decided here, before any data is seen: the same filter is good or bad for an empty
//! directory and a full one.

mod across;
mod exact;
mod judge;
mod literal;
mod numeric;
mod options;
mod present;
mod resolve;
mod typed;

use scim_core::{Resolved, SchemaSet};

pub(crate) use self::exact::Exact;
pub(crate) use self::judge::Judge;
pub(crate) use self::literal::compares_exactly;
pub use self::numeric::Numeric;
pub use self::options::{CheckOptions, UnknownAttribute, Warning};
use self::resolve::has_elements;
pub(crate) use self::resolve::is_simple;
pub use self::typed::{ElementFilter, Operand, Typed, TypedFilter};
use crate::ast::Filter;
use crate::error::{FilterError, Meaning};

impl Filter {
    /// Checks the filter against the schemas of a resource type, with the default options.
    ///
    /// ```
    /// use scim_core::SchemaSet;
    /// use scim_filter::Filter;
    ///
    /// let check = |text: &str| text.parse::<Filter>()?.check(SchemaSet::user());
    /// assert!(check(r#"urn:ietf:params:scim:schemas:core:2.0:User:emails.type eq "work""#).is_ok());
    ///
    /// let error = check(r#"active gt true"#).unwrap_err();
    /// assert_eq!(error.to_string(), "`active` is a boolean: `gt` does not apply");
    /// # Ok::<(), scim_filter::FilterError>(())
    /// ```
    ///
    /// # Errors
    /// `invalidFilter` when an attribute does not exist, an operator does not go with its type or a value cannot fit it.
    /// 403 when the caller may not ask about it.
    pub fn check(&self, schemas: &SchemaSet) -> Result<TypedFilter, FilterError> {
        self.check_with(schemas, &CheckOptions::default())
    }

    /// Checks the filter against the schemas of a resource type.
    ///
    /// ```
    /// use scim_core::SchemaSet;
    /// use scim_filter::{CheckOptions, Filter, UnknownAttribute};
    ///
    /// // A query of users and groups together: groups have no user name.
    /// let filter: Filter = r#"userName eq "bjensen" or displayName eq "Tour Guides""#.parse()?;
    /// let mixed = CheckOptions { unknown: UnknownAttribute::NoValue, ..CheckOptions::default() };
    /// assert!(filter.check_with(SchemaSet::group(), &mixed).is_ok());
    /// assert!(filter.check(SchemaSet::group()).is_err());
    /// # Ok::<(), scim_filter::FilterError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Filter::check`].
    pub fn check_with(
        &self,
        schemas: &SchemaSet,
        options: &CheckOptions<'_>,
    ) -> Result<TypedFilter, FilterError> {
        let mut judge = Judge::new(schemas, options);
        let root = judge.judge(self, None, 0)?;
        Ok(TypedFilter(judge.finish(self, root)))
    }
}

/// The filter in the brackets of a path.
impl Filter {
    /// Checks a filter that stands in the brackets of an attribute, as in the path of a PATCH operation.
    ///
    /// ```
    /// use scim_core::SchemaSet;
    /// use scim_filter::Path;
    /// use serde_json::json;
    ///
    /// let path: Path = r#"emails[type eq "work"].value"#.parse()?;
    /// let schemas = SchemaSet::user();
    /// let emails = schemas.resolve(&path.attr).unwrap();
    /// let work = path.filter.unwrap().check_element(&emails, schemas)?;
    /// assert!(work.matches(&json!({"type": "Work", "value": "b@example.com"})));
    /// # Ok::<(), scim_filter::FilterError>(())
    /// ```
    ///
    /// # Errors
    /// `invalidFilter`, as [`Filter::check`], and when the attribute has no elements.
    pub fn check_element(
        &self,
        attribute: &Resolved,
        schemas: &SchemaSet,
    ) -> Result<ElementFilter, FilterError> {
        self.check_element_with(attribute, schemas, &CheckOptions::default())
    }

    /// Checks a filter that stands in the brackets of an attribute.
    ///
    /// ```
    /// use scim_core::{SchemaSet, attr};
    /// use scim_filter::{CheckOptions, Filter};
    /// use serde_json::json;
    ///
    /// let schemas = SchemaSet::user();
    /// let emails = schemas.resolve(&attr::EMAILS).unwrap();
    /// let options = CheckOptions { missing_boolean_is_false: true, ..CheckOptions::default() };
    /// let others = "primary eq false".parse::<Filter>()?.check_element_with(&emails, schemas, &options)?;
    /// assert!(others.matches(&json!({"type": "work"})));
    /// # Ok::<(), scim_filter::FilterError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Filter::check_element`].
    pub fn check_element_with(
        &self,
        attribute: &Resolved,
        schemas: &SchemaSet,
        options: &CheckOptions<'_>,
    ) -> Result<ElementFilter, FilterError> {
        has_elements(attribute)?;
        let mut judge = Judge::new(schemas, options);
        let root = judge.judge(self, Some(attribute), 0)?;
        Ok(ElementFilter(judge.finish(self, root)))
    }
}

fn invalid(words: impl Into<String>) -> FilterError {
    FilterError::meaning(Meaning::Invalid, words)
}
