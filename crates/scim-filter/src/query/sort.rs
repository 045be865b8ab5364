//! The order of results, RFC 7644 §3.4.2.3.

use std::cmp::Ordering;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde_json::Value;

use scim_core::schema::AttrType;
use scim_core::value::{datetime, text};
use scim_core::{AttrName, AttrPath, Deviation, Resolved, Resource, SchemaSet, ScimError, ScimType, quote};

use crate::check::{CheckOptions, Exact, Judge, compares_exactly};
use crate::error::FilterError;

/// An order of resources, as a request asks for it (RFC 7644 §3.4.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    /// The attribute whose value decides.
    pub by: AttrPath,
    /// Which way.
    pub order: SortOrder,
}

/// The direction of a [`Sort`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortOrder {
    /// Small values first, resources without a value last.
    #[default]
    Ascending,
    /// The reverse.
    Descending,
}

/// An order that makes sense for the resources of a schema set.
///
/// Of a list, the primary element decides, and else the first (RFC 7644 §3.4.2.3). Ascending, what has no value stands
/// last; descending is the reverse, so that it stands first. What is equal stands in the order of `id`, which is always
/// ascending.
///
/// Who stores resources elsewhere translates the order as the filter is translated:
///
/// ```
/// use scim_core::{SchemaSet, attr};
/// use scim_filter::CheckOptions;
/// use scim_filter::query::{Sort, SortOrder, TypedSort};
///
/// /// An `ORDER BY` for a table of users, or nothing where the table cannot answer.
/// fn sql(sort: &TypedSort) -> Option<String> {
///     let column = match sort.target() {
///         Some(target) if *target.path() == attr::TITLE && !sort.compares_exactly() => "title_folded",
///         Some(target) if *target.path() == attr::EXTERNAL_ID && sort.compares_exactly() => "external_id",
///         // No resource has a value: only the ids decide.
///         None => return Some("ORDER BY id".to_owned()),
///         Some(_) => return None,
///     };
///     Some(match sort.order() {
///         SortOrder::Ascending => format!("ORDER BY ({column} IS NULL), {column} ASC, id"),
///         SortOrder::Descending => format!("ORDER BY ({column} IS NOT NULL), {column} DESC, id"),
///     })
/// }
///
/// let sort = Sort { by: attr::TITLE, order: SortOrder::Descending };
/// let typed = sort.check(SchemaSet::user(), &CheckOptions::default())?;
/// assert_eq!(sql(&typed).as_deref(), Some("ORDER BY (title_folded IS NOT NULL), title_folded DESC, id"));
/// # Ok::<(), scim_core::ScimError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TypedSort {
    target: Option<Resolved>,
    exact: bool,
    order: SortOrder,
    deviations: Vec<Deviation>,
}

impl Sort {
    /// Ascending by this attribute.
    #[must_use]
    pub fn by(by: AttrPath) -> Self {
        Self { by, order: SortOrder::Ascending }
    }

    /// Checks the order against the schemas of a resource type.
    ///
    /// A complex attribute is sorted by its sub-attribute `value`, where it has one.
    ///
    /// ```
    /// use scim_core::{SchemaSet, attr};
    /// use scim_filter::CheckOptions;
    /// use scim_filter::query::Sort;
    ///
    /// let options = CheckOptions { in_uri: true, ..CheckOptions::default() };
    /// assert!(Sort::by(attr::NAME_FAMILY_NAME).check(SchemaSet::user(), &options).is_ok());
    /// let error = Sort::by(attr::PASSWORD).check(SchemaSet::user(), &options).unwrap_err();
    /// assert_eq!(error.status(), 403);
    /// ```
    ///
    /// # Errors
    /// `invalidValue` when the attribute does not exist or has no order, 403 when the caller may not ask about it: an
    /// order gives values away.
    pub fn check(&self, schemas: &SchemaSet, options: &CheckOptions<'_>) -> Result<TypedSort, ScimError> {
        let refused = |error: FilterError| {
            let error = ScimError::from(error);
            match error.status() {
                400 => error.with_type(ScimType::InvalidValue).with_context("`sortBy`"),
                _ => error,
            }
        };
        let mut judge = Judge::new(schemas, options);
        let Some(mut target) = judge.locate(&self.by, None).map_err(refused)? else {
            return Ok(TypedSort { target: None, exact: true, order: self.order, deviations: Vec::new() });
        };
        let is_complex =
            |target: &Resolved| target.leaf().is_none_or(|leaf| leaf.kind() == AttrType::Complex);
        if is_complex(&target) && target.attribute().is_some_and(|whole| whole.sub("value").is_some()) {
            let value = target.path().clone().with_sub(AttrName::from_static("value"));
            target = judge.locate(&value, None).map_err(refused)?.unwrap_or(target);
        }
        judge.authorise(&target).map_err(refused)?;
        if is_complex(&target) {
            let words = format!("`sortBy`: `{}` is complex: name one of its sub-attributes", target.path());
            return Err(ScimError::invalid_value(words));
        }
        let exact = compares_exactly(&target);
        Ok(TypedSort { target: Some(target), exact, order: self.order, deviations: judge.deviations })
    }
}

impl TypedSort {
    /// The attribute; `None` for one that the schemas do not have and that has no value anywhere.
    #[must_use]
    pub fn target(&self) -> Option<&Resolved> {
        self.target.as_ref()
    }

    /// Which way.
    #[must_use]
    pub fn order(&self) -> SortOrder {
        self.order
    }

    /// Whether texts stand in the order of their code points as they are: those of exact attributes, references and ids, as
    /// in `groups.value`, do. The others, and the URIs in `schemas`, stand in the order of what
    /// [`fold`](scim_core::value::text::fold) makes of them.
    #[must_use]
    pub fn compares_exactly(&self) -> bool {
        self.exact
    }

    /// What was understood though the standard does not have it.
    #[must_use]
    pub fn deviations(&self) -> &[Deviation] {
        &self.deviations
    }

    /// Sorts a list: by the attribute, then by `id`; what has neither keeps its place.
    ///
    /// ```
    /// use scim_core::{Resource, SchemaSet, attr};
    /// use scim_filter::CheckOptions;
    /// use scim_filter::query::Sort;
    /// use serde_json::json;
    ///
    /// let user = |name: &str| {
    ///     let mut user = Resource::new(SchemaSet::user());
    ///     user.set(&attr::USER_NAME, json!(name)).map(|()| user)
    /// };
    /// let mut users = vec![user("b")?, user("C")?, user("a")?];
    /// Sort::by(attr::USER_NAME)
    ///     .check(SchemaSet::user(), &CheckOptions::default())?
    ///     .sort(&mut users, |user| user);
    /// let names: Vec<_> = users.iter().filter_map(|user| user.get(&attr::USER_NAME)).collect();
    /// assert_eq!(names, ["a", "b", "C"]);
    /// # Ok::<(), scim_core::ScimError>(())
    /// ```
    pub fn sort<T>(&self, items: &mut [T], resource: impl Fn(&T) -> &Resource) {
        items.sort_by_cached_key(|item| self.key(resource(item)));
    }

    /// What puts a resource in its place: keys compare as the resources are to stand.
    #[must_use]
    pub fn key(&self, resource: &Resource) -> SortKey {
        SortKey {
            value: self.value(resource).and_then(|value| self.rank(value)),
            descending: self.order == SortOrder::Descending,
            id: resource.id().map(Box::from),
        }
    }

    /// The value that decides: of a list, that of the primary element, or else of the first.
    fn value<'a>(&self, resource: &'a Resource) -> Option<&'a Value> {
        let target = self.target.as_ref()?;
        let map = match target.extension() {
            Some(extension) => resource.as_map().get(extension.as_str())?.as_object()?,
            None => resource.as_map(),
        };
        let mut value = map.get(target.attribute()?.name().as_str())?;
        if let Value::Array(elements) = value {
            let is_primary = |element: &&Value| element.get("primary") == Some(&Value::Bool(true));
            value = elements.iter().find(is_primary).or_else(|| elements.first())?;
        }
        match target.sub_attribute() {
            Some(sub) => value.as_object()?.get(sub.name().as_str()),
            None => Some(value),
        }
    }

    fn rank(&self, value: &Value) -> Option<Rank> {
        let is_date = self.target.as_ref()?.leaf().is_some_and(|leaf| leaf.kind() == AttrType::DateTime);
        match value {
            Value::Bool(value) => Some(Rank::Boolean(*value)),
            Value::Number(number) => Some(Rank::Number(Exact::of(number))),
            Value::String(text) if is_date => datetime::parse(text).map(Rank::DateTime),
            Value::String(text) if self.exact => Some(Rank::Text(text.as_str().into())),
            Value::String(text) => Some(Rank::Text(text::fold(text).into())),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

/// The place of a resource in an order; made by [`TypedSort::key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    value: Option<Rank>,
    descending: bool,
    id: Option<Box<str>>,
}

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_value = match (&self.value, &other.value) {
            (Some(a), Some(b)) => a.cmp(b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        let by_value = if self.descending { by_value.reverse() } else { by_value };
        by_value.then_with(|| self.id.cmp(&other.id))
    }
}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Boolean(bool),
    Number(Exact),
    DateTime(DateTime<Utc>),
    Text(Box<str>),
}

impl SortOrder {
    /// The word that stands for it in a request.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }
}

impl FromStr for SortOrder {
    type Err = ScimError;

    /// # Errors
    /// `invalidValue` when the text is neither word, in any case.
    fn from_str(text: &str) -> Result<Self, ScimError> {
        [Self::Ascending, Self::Descending]
            .into_iter()
            .find(|order| order.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| {
                let words = format!("`sortOrder` is `ascending` or `descending`, not {}", quote(text));
                ScimError::invalid_value(words)
            })
    }
}
