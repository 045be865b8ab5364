//! A filter whose paths and values are known to fit: what evaluators and translators work with.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use scim_core::{Deviation, Resolved};

use super::Warning;
use super::numeric::Numeric;
use crate::ast::{CompareOp, Filter};

/// A filter that makes sense for the resources of a schema set.
///
/// Its paths are resolved, its values have the type of what they are compared with, and what it asks about may be asked.
/// [`Filter::check`] makes it. It is cheap to clone.
///
/// ```
/// use scim_core::SchemaSet;
/// use scim_filter::Filter;
///
/// let filter: Filter = r#"emails[type eq "work"] and active eq "True""#.parse()?;
/// let typed = filter.check(SchemaSet::user())?;
/// assert_eq!(typed.filter(), &filter);
/// assert_eq!(typed.warnings()[0].to_string(), "`active` is a boolean, compared with a string");
/// # Ok::<(), scim_filter::FilterError>(())
/// ```
#[derive(Clone)]
pub struct TypedFilter(pub(super) Arc<Checked>);

/// What a check found out.
pub(super) struct Checked {
    pub(super) filter: Filter,
    pub(super) root: Typed,
    pub(super) warnings: Vec<Warning>,
    pub(super) deviations: Vec<Deviation>,
    pub(super) empty_string_is_present: bool,
}

impl TypedFilter {
    /// The filter that was checked.
    #[must_use]
    pub fn filter(&self) -> &Filter {
        &self.0.filter
    }

    /// The tree to translate from.
    #[must_use]
    pub fn root(&self) -> &Typed {
        &self.0.root
    }

    /// What is legal and probably not meant so.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.0.warnings
    }

    /// What was understood though the standard does not have it: see [`CheckOptions::profile`](super::CheckOptions).
    #[must_use]
    pub fn deviations(&self) -> &[Deviation] {
        &self.0.deviations
    }

    /// Whether [`Typed::Present`] holds for `""`.
    #[must_use]
    pub fn empty_string_is_present(&self) -> bool {
        self.0.empty_string_is_present
    }
}

/// A filter that makes sense for the elements of one attribute: what stands in the brackets of a path.
///
/// [`Filter::check_element`] and [`Filter::check_element_with`] make it. It is cheap to clone.
#[derive(Clone)]
pub struct ElementFilter(pub(super) Arc<Checked>);

impl ElementFilter {
    /// The filter that was checked.
    #[must_use]
    pub fn filter(&self) -> &Filter {
        &self.0.filter
    }

    /// The tree to translate from; see [`Typed::Element`] for the meaning of its paths.
    #[must_use]
    pub fn root(&self) -> &Typed {
        &self.0.root
    }

    /// What is legal and probably not meant so.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.0.warnings
    }

    /// What was understood though the standard does not have it: see [`CheckOptions::profile`](super::CheckOptions).
    #[must_use]
    pub fn deviations(&self) -> &[Deviation] {
        &self.0.deviations
    }

    /// Whether [`Typed::Present`] holds for `""`.
    #[must_use]
    pub fn empty_string_is_present(&self) -> bool {
        self.0.empty_string_is_present
    }
}

/// The tree of a [`TypedFilter`].
///
/// Every `match` over it is complete: nothing in a filter can be left out by a translator without the compiler noticing.
/// Comparisons with `null` have become [`Typed::Present`], and no translation has to think of three truth values: of an
/// attribute without a value, `ne` holds and no other comparison does, and a negation turns that round.
#[derive(Clone, Debug)]
pub enum Typed {
    /// Every one of these holds.
    And(Vec<Typed>),
    /// At least one of these holds.
    Or(Vec<Typed>),
    /// This does not hold.
    Not(Box<Typed>),
    /// The attribute has a value: any that is not `null`, `[]` or `{}`, nor, unless
    /// [`TypedFilter::empty_string_is_present`], `""`. Of a complex attribute or an extension with parts that may not be
    /// asked about, the other parts are asked one by one.
    Present(Resolved),
    /// Any value of the attribute satisfies the test; for [`CompareOp::Ne`], no value is equal.
    Compare(Resolved, CompareOp, Operand),
    /// One and the same element of the attribute satisfies all of this. The paths inside are those of the sub-attributes
    /// (`emails.type`); where the elements are simple, the path of the attribute itself stands for the element.
    Element(Resolved, Box<Typed>),
    /// Holds for every resource, or for none: about an attribute that the schemas do not have.
    Constant(bool),
}

/// The value that a comparison compares with, in the type of the attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// For a boolean: `eq` and `ne`.
    Boolean(bool),
    /// For an integer or a decimal: `eq`, `ne` and the orderings.
    Number(Numeric),
    /// For a dateTime: `eq`, `ne` and the orderings, between instants.
    DateTime(DateTime<Utc>),
    /// For texts that are compared as they are, by code points: all operators, without the orderings for a binary.
    Exact(String),
    /// For texts that are compared after folding, with [`scim_core::value::text::fold`] of the value: all operators.
    /// This is the folded key.
    Folded(String),
    /// For a reference to a resource, `eq` and `ne` only: see [`scim_core::value::reference::same_resource`].
    Reference(String),
}

impl fmt::Debug for TypedFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedFilter")
            .field("filter", &self.0.filter.to_string())
            .field("warnings", &self.0.warnings)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ElementFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ElementFilter")
            .field("filter", &self.0.filter.to_string())
            .field("warnings", &self.0.warnings)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for TypedFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.filter.fmt(f)
    }
}
