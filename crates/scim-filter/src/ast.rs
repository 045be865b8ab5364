//! The tree of a filter, RFC 7644 §3.4.2.2.

use std::fmt;
use std::ops::Not;

use scim_core::AttrPath;

use crate::literal::Literal;

/// A filter: which resources are asked for (RFC 7644 §3.4.2.2).
///
/// The grammar is closed, and so is this type: a `match` over it covers every filter there is.
///
/// ```
/// use scim_core::attr;
/// use scim_filter::Filter;
///
/// let read: Filter = r#"userType ne "Intern" and (title pr or active eq true)"#.parse()?;
/// let built = Filter::ne(attr::USER_TYPE, "Intern")
///     .and(Filter::pr(attr::TITLE).or(Filter::eq(attr::ACTIVE, true)));
/// assert_eq!(read, built);
/// # Ok::<(), scim_filter::FilterError>(())
/// ```
///
/// # Normal form
///
/// Parser and constructors keep an `And` out of an `And`, an `Or` out of an `Or`, and lists at two terms or more. For
/// every tree in that form, parsing what [`Display`](fmt::Display) prints gives the same tree, as long as it is within
/// the [`Limits`](scim_core::Limits), its brackets hold no further brackets, and its paths end in an attribute.
/// A tree built by hand may break the form: nested lists of one kind print as one list, a list of one term prints as
/// that term, and an empty list prints as `()`, which no parser accepts and [`Filter::check`] refuses. A tree of any
/// depth can be built by hand too; one far deeper than [`Filter::MAX_DEPTH`] can exhaust the stack, as with any
/// recursive type. Nothing that comes out of the parser can.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Filter {
    /// Every one of these holds.
    And(Vec<Filter>),
    /// At least one of these holds.
    Or(Vec<Filter>),
    /// This does not hold.
    Not(Box<Filter>),
    /// `pr`: the attribute has a value.
    Present(AttrPath),
    /// A comparison, such as `userName eq "bjensen"`.
    Compare(AttrPath, CompareOp, Literal),
    /// Brackets, such as `emails[type eq "work"]`: one and the same element satisfies the whole inner filter, whose
    /// paths name sub-attributes.
    ValuePath(AttrPath, Box<Filter>),
}

/// The comparison operators (RFC 7644 §3.4.2.2, Table 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `eq`: equal.
    Eq,
    /// `ne`: not equal.
    Ne,
    /// `co`: contains.
    Co,
    /// `sw`: starts with.
    Sw,
    /// `ew`: ends with.
    Ew,
    /// `gt`: greater than.
    Gt,
    /// `ge`: greater than or equal to.
    Ge,
    /// `lt`: less than.
    Lt,
    /// `le`: less than or equal to.
    Le,
}

macro_rules! comparisons {
    ($($name:ident, $variant:ident, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[must_use]
            pub fn $name(path: AttrPath, value: impl Into<Literal>) -> Self {
                Self::Compare(path, CompareOp::$variant, value.into())
            }
        )*
    };
}

/// Filters are built from values, never glued together from texts: there is nothing to quote and nothing to inject.
///
/// ```
/// use scim_core::attr;
/// use scim_filter::Filter;
///
/// let hostile = r#"x" or userName pr or userName eq "x"#;
/// let filter = Filter::eq(attr::USER_NAME, hostile);
/// assert_eq!(filter.to_string(), r#"userName eq "x\" or userName pr or userName eq \"x""#);
/// assert_eq!(filter.to_string().parse::<Filter>()?, filter);
/// # Ok::<(), scim_filter::FilterError>(())
/// ```
impl Filter {
    comparisons! {
        eq, Eq, "`path eq value`";
        ne, Ne, "`path ne value`";
        co, Co, "`path co value`";
        sw, Sw, "`path sw value`";
        ew, Ew, "`path ew value`";
        gt, Gt, "`path gt value`";
        ge, Ge, "`path ge value`";
        lt, Lt, "`path lt value`";
        le, Le, "`path le value`";
    }

    /// `path pr`
    #[must_use]
    pub fn pr(path: AttrPath) -> Self {
        Self::Present(path)
    }

    /// `path[element]`
    ///
    /// ```
    /// use scim_core::{AttrPath, attr};
    /// use scim_filter::Filter;
    ///
    /// let work = Filter::value_path(attr::EMAILS, Filter::eq(AttrPath::from_static("type"), "work"));
    /// assert_eq!(work.to_string(), r#"emails[type eq "work"]"#);
    /// ```
    #[must_use]
    pub fn value_path(path: AttrPath, element: Filter) -> Self {
        Self::ValuePath(path, Box::new(element))
    }

    /// Both hold. Lists are joined, never nested.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::And(mut all) => {
                join_and(&mut all, other);
                Self::And(all)
            }
            first => {
                let mut all = Vec::with_capacity(2);
                all.push(first);
                join_and(&mut all, other);
                Self::And(all)
            }
        }
    }

    /// One of them holds, or both. Lists are joined, never nested.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match self {
            Self::Or(mut any) => {
                join_or(&mut any, other);
                Self::Or(any)
            }
            first => {
                let mut any = Vec::with_capacity(2);
                any.push(first);
                join_or(&mut any, other);
                Self::Or(any)
            }
        }
    }

    /// The path and value of a filter that is one `eq`, which is what identity providers ask nine times in ten.
    ///
    /// ```
    /// use scim_core::attr;
    /// use scim_filter::{Filter, Literal};
    ///
    /// let filter: Filter = r#"userName eq "bjensen""#.parse()?;
    /// assert_eq!(filter.as_eq(), Some((&attr::USER_NAME, &Literal::from("bjensen"))));
    /// assert_eq!(Filter::pr(attr::TITLE).as_eq(), None);
    /// # Ok::<(), scim_filter::FilterError>(())
    /// ```
    #[must_use]
    pub fn as_eq(&self) -> Option<(&AttrPath, &Literal)> {
        match self {
            Self::Compare(path, CompareOp::Eq, value) => Some((path, value)),
            _ => None,
        }
    }
}

impl Not for Filter {
    type Output = Self;

    fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}

impl CompareOp {
    /// All of them, in the order of Table 3.
    pub const ALL: [Self; 9] =
        [Self::Eq, Self::Ne, Self::Co, Self::Sw, Self::Ew, Self::Gt, Self::Ge, Self::Lt, Self::Le];

    /// The operator as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Co => "co",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }

    /// Whether it asks which of two values comes first: `gt`, `ge`, `lt` or `le`.
    #[must_use]
    pub const fn is_ordering(self) -> bool {
        matches!(self, Self::Gt | Self::Ge | Self::Lt | Self::Le)
    }

    /// Whether it looks into a text: `co`, `sw` or `ew`.
    #[must_use]
    pub const fn is_substring(self) -> bool {
        matches!(self, Self::Co | Self::Sw | Self::Ew)
    }
}

impl fmt::Display for CompareOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Appends to the terms of an `And`, keeping `And` out of `And`.
fn join_and(all: &mut Vec<Filter>, next: Filter) {
    match next {
        Filter::And(more) => all.extend(more),
        one => all.push(one),
    }
}

/// Appends to the terms of an `Or`, keeping `Or` out of `Or`.
fn join_or(any: &mut Vec<Filter>, next: Filter) {
    match next {
        Filter::Or(more) => any.extend(more),
        one => any.push(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scim_core::attr;

    fn term(name: &'static str) -> Filter {
        Filter::pr(AttrPath::from_static(name))
    }

    #[test]
    fn constructors_keep_the_normal_form() {
        let [a, b, c, d] = ["a", "b", "c", "d"].map(term);
        let left = a.clone().and(b.clone()).and(c.clone().and(d.clone()));
        assert_eq!(left, Filter::And(vec![a.clone(), b.clone(), c.clone(), d.clone()]));
        let right = a.clone().or(b.clone().or(c.clone().or(d.clone())));
        assert_eq!(right, Filter::Or(vec![a.clone(), b.clone(), c.clone(), d.clone()]));
        assert_eq!(a.clone().and(b.clone().or(c.clone())), Filter::And(vec![a, Filter::Or(vec![b, c])]));
    }

    #[test]
    fn every_comparison_has_a_constructor() {
        let made = [
            Filter::eq,
            Filter::ne,
            Filter::co,
            Filter::sw,
            Filter::ew,
            Filter::gt,
            Filter::ge,
            Filter::lt,
            Filter::le,
        ]
        .map(|make: fn(AttrPath, &'static str) -> Filter| make(attr::TITLE, "x").to_string());
        assert_eq!(made, CompareOp::ALL.map(|op| format!("title {op} \"x\"")));
    }

    #[test]
    fn only_one_eq_is_an_eq() {
        assert!(Filter::eq(attr::ID, "1").as_eq().is_some());
        for other in [
            Filter::ne(attr::ID, "1"),
            !Filter::eq(attr::ID, "1"),
            Filter::eq(attr::ID, "1").and(Filter::eq(attr::ID, "1")),
        ] {
            assert!(other.as_eq().is_none(), "{other}");
        }
    }
}
