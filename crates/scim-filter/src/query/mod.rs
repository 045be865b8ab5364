//! A whole query: filter, order, page and attributes (RFC 7644 §3.4.2 and §3.4.3, RFC 9865).

mod page;
mod projection;
mod search_request;
mod sort;
mod text;

use scim_core::{Deviation, Projection, SchemaSet, ScimError};

pub use self::page::{Cursor, Page, Start, Window};
pub use self::projection::{ATTRIBUTES_WIN, ProjectionParams};
pub use self::sort::{Sort, SortKey, SortOrder, TypedSort};
use crate::ast::Filter;
use crate::check::{CheckOptions, TypedFilter};

/// Which resources, in what order, which part of them, and what of each (RFC 7644 §3.4.2).
///
/// It means the same whether it arrives in a query string or as the body of `/.search`, and remembers which it was.
///
/// ```
/// use scim_core::{Limits, Profile, attr};
/// use scim_filter::Filter;
/// use scim_filter::query::{Page, Query};
///
/// let sent = "filter=userName+sw+%22b%22&sortBy=userName&startIndex=11&count=10&attributes=userName,emails";
/// let query = Query::parse(sent, &Limits::default(), &Profile::rfc())?.query;
/// assert_eq!(query.filter, Some(Filter::sw(attr::USER_NAME, "b")));
/// assert_eq!(query.page, Page::from_index(11).with_count(10));
/// # Ok::<(), scim_core::ScimError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Which resources; all of them without one.
    pub filter: Option<Filter>,
    /// In what order; that of the server's choice without one.
    pub sort: Option<Sort>,
    /// Which page.
    pub page: Page,
    /// Which attributes.
    pub projection: ProjectionParams,
    /// Whether it came in a URI, as [`Query::parse`] notes: a question about what is never returned is answered with 403
    /// `sensitive` then (RFC 7644 §7.5.2).
    pub in_uri: bool,
}

/// A query, and what was noticed while reading it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedQuery {
    /// The query.
    pub query: Query,
    /// Parameters that are none of a query's, and were ignored.
    pub ignored: Vec<String>,
    /// What was accepted though the standard does not have it.
    pub deviations: Vec<Deviation>,
}

/// A query that makes sense for the resources of a schema set.
#[derive(Clone, Debug)]
pub struct TypedQuery {
    /// Which resources.
    pub filter: Option<TypedFilter>,
    /// In what order.
    pub sort: Option<TypedSort>,
    /// Which page.
    pub page: Page,
    /// Which attributes.
    pub projection: Projection,
    /// What was understood in order and attributes though the standard does not have it; the filter has its own list.
    pub deviations: Vec<Deviation>,
}

impl Query {
    /// All resources for which a filter holds.
    ///
    /// ```
    /// use scim_core::attr;
    /// use scim_filter::Filter;
    /// use scim_filter::query::Query;
    ///
    /// let query = Query::of(Filter::eq(attr::USER_NAME, "a+b@example.com"));
    /// assert_eq!(query.to_query_string(), "filter=userName%20eq%20%22a%2Bb%40example.com%22");
    /// ```
    #[must_use]
    pub fn of(filter: Filter) -> Self {
        Self { filter: Some(filter), ..Self::default() }
    }

    /// Checks filter and order against the schemas of a resource type, and resolves the attributes.
    ///
    /// ```
    /// use scim_core::{Limits, Profile, SchemaSet};
    /// use scim_filter::CheckOptions;
    /// use scim_filter::query::Query;
    ///
    /// let query = Query::parse("filter=password+pr", &Limits::default(), &Profile::rfc())?.query;
    /// let error = query.check(SchemaSet::user(), &CheckOptions::default()).unwrap_err();
    /// assert_eq!(error.status(), 403);
    /// # Ok::<(), scim_core::ScimError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Filter::check`] and [`Sort::check`].
    pub fn check(&self, schemas: &SchemaSet, options: &CheckOptions<'_>) -> Result<TypedQuery, ScimError> {
        let options = &CheckOptions { in_uri: self.in_uri || options.in_uri, ..*options };
        let filter = self.filter.as_ref().map(|filter| filter.check_with(schemas, options)).transpose()?;
        let sort = self.sort.as_ref().map(|sort| sort.check(schemas, options)).transpose()?;
        let mut deviations = sort.as_ref().map(|sort| sort.deviations().to_vec()).unwrap_or_default();
        let projection = self.projection.resolve_with(schemas, options.profile, &mut deviations);
        Ok(TypedQuery { filter, sort, page: self.page.clone(), projection, deviations })
    }
}
