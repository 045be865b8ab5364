//! Queries as bodies: the SearchRequest message, RFC 7644 §3.4.3 and RFC 9865 §3.

use scim_core::{AttrPath, Limits, Profile, SchemaUri, ScimError, quote};
use serde_json::{Map, Value};

use super::page::{Start, page};
use super::projection::{ProjectionParams, push};
use super::text::sort;
use super::{ParsedQuery, Query};
use crate::ast::Filter;
use crate::check::Numeric;
use crate::literal::Number;

impl Query {
    /// Reads the body of a POST to `/.search`. Names are read in any case, `null` is nothing, and a member that is none
    /// of a query's is ignored and listed. `startIndex` and `count` may be of any size, and written as `1e2` or `10.0`.
    ///
    /// ```
    /// use scim_core::{Limits, Profile, attr};
    /// use scim_filter::Filter;
    /// use scim_filter::query::Query;
    /// use serde_json::json;
    ///
    /// let body = json!({
    ///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
    ///     "filter": "displayName sw \"smith\"",
    ///     "count": 10
    /// });
    /// let query = Query::from_search_request(body, &Limits::default(), &Profile::rfc())?.query;
    /// assert_eq!(query.filter, Some(Filter::sw(attr::DISPLAY_NAME, "smith")));
    /// # Ok::<(), scim_core::ScimError>(())
    /// ```
    ///
    /// # Errors
    /// `invalidSyntax` when the body is no SearchRequest; `invalidFilter`, `invalidCursor` or `invalidValue` by the
    /// member that is wrong.
    pub fn from_search_request(
        body: Value,
        limits: &Limits,
        profile: &Profile,
    ) -> Result<ParsedQuery, ScimError> {
        let Value::Object(members) = body else {
            return Err(ScimError::invalid_syntax("a SearchRequest is a JSON object"));
        };
        let mut body = Body::default();
        let mut parsed = ParsedQuery::default();
        for (name, value) in members {
            match body.slot(&name) {
                Some((known, slot)) if slot.is_some() => {
                    return Err(ScimError::invalid_syntax(format!("`{known}` is given twice")));
                }
                Some((_, slot)) => *slot = Some(value),
                None => parsed.ignored.push(name),
            }
        }
        body.finish(parsed, limits, profile)
    }

    /// The query as the body of a POST to `/.search`; [`Query::from_search_request`] is the inverse.
    #[must_use]
    pub fn to_search_request(&self) -> Value {
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        put("schemas", Value::from(vec![SchemaUri::SEARCH_REQUEST.as_str()]));
        let texts = |paths: &[AttrPath]| paths.iter().map(ToString::to_string).collect::<Vec<_>>().into();
        match &self.projection {
            ProjectionParams::Default => {}
            ProjectionParams::Attributes(paths) => {
                put("attributes", texts(paths));
            }
            ProjectionParams::ExcludedAttributes(paths) => {
                put("excludedAttributes", texts(paths));
            }
        }
        if let Some(filter) = &self.filter {
            put("filter", filter.to_string().into());
        }
        if let Some(sort) = &self.sort {
            put("sortBy", sort.by.to_string().into());
            put("sortOrder", sort.order.as_str().into());
        }
        match &self.page.start {
            Start::Default => {}
            Start::Index(start_index) => {
                put("startIndex", (*start_index).into());
            }
            Start::FirstCursor => {
                put("cursor", "".into());
            }
            Start::Cursor(cursor) => {
                put("cursor", cursor.as_str().into());
            }
        }
        if let Some(count) = self.page.count {
            put("count", count.into());
        }
        Value::Object(body)
    }
}

const MEMBERS: [&str; 9] = [
    "schemas",
    "attributes",
    "excludedAttributes",
    "filter",
    "sortBy",
    "sortOrder",
    "startIndex",
    "count",
    "cursor",
];

/// The members that a SearchRequest may have, in the order of [`MEMBERS`].
#[derive(Default)]
struct Body([Option<Value>; MEMBERS.len()]);

impl Body {
    fn slot(&mut self, name: &str) -> Option<(&'static str, &mut Option<Value>)> {
        MEMBERS.into_iter().zip(&mut self.0).find(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    fn finish(
        self,
        mut parsed: ParsedQuery,
        limits: &Limits,
        profile: &Profile,
    ) -> Result<ParsedQuery, ScimError> {
        let [schemas, attributes, excluded, filter, sort_by, sort_order, start_index, count, cursor] = self.0;
        let is_ours = |value: &Value| value.as_str().is_some_and(|uri| SchemaUri::SEARCH_REQUEST == *uri);
        if !schemas.as_ref().and_then(Value::as_array).is_some_and(|uris| uris.iter().any(is_ours)) {
            let words = format!("`schemas` has to name `{}`", SchemaUri::SEARCH_REQUEST);
            return Err(ScimError::invalid_syntax(words));
        }
        if let Some(filter) = text("filter", filter)? {
            let read = Filter::parse_with(&filter, limits, profile)?;
            parsed.query.filter = Some(read.filter);
            parsed.deviations = read.deviations;
        }
        let (by, order) = (text("sortBy", sort_by)?, text("sortOrder", sort_order)?);
        parsed.query.sort = sort(by.as_deref(), order.as_deref())?;
        let cursor = text("cursor", cursor)?;
        parsed.query.page =
            page(integer("startIndex", start_index)?, integer("count", count)?, cursor.as_deref())?;
        let attributes = paths("attributes", attributes, limits)?;
        let excluded = paths("excludedAttributes", excluded, limits)?;
        parsed.query.projection =
            ProjectionParams::new(attributes, excluded, profile, &mut parsed.deviations)?;
        Ok(parsed)
    }
}

fn text(name: &str, value: Option<Value>) -> Result<Option<String>, ScimError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(misfit(name, "a string", &other)),
    }
}

fn integer(name: &str, value: Option<Value>) -> Result<Option<i128>, ScimError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => {
            whole(&number).map(Some).ok_or_else(|| misfit(name, "an integer", &Value::Number(number)))
        }
        Some(other) => Err(misfit(name, "an integer", &other)),
    }
}

/// A number without a fraction, however it is written and however large it is; what is beyond `i128` is its end.
fn whole(number: &serde_json::Number) -> Option<i128> {
    let number = Numeric::from(Number::from(number.clone()));
    number.is_whole().then(|| number.saturated())
}

fn paths(name: &str, value: Option<Value>, limits: &Limits) -> Result<Vec<AttrPath>, ScimError> {
    let mut paths = Vec::new();
    match value {
        None | Some(Value::Null) => {}
        Some(Value::Array(values)) => {
            for value in values {
                match value {
                    Value::String(path) => push(&mut paths, &path, limits)?,
                    other => return Err(misfit(name, "a list of strings", &other)),
                }
            }
        }
        Some(other) => return Err(misfit(name, "a list of strings", &other)),
    }
    Ok(paths)
}

fn misfit(name: &str, wanted: &str, value: &Value) -> ScimError {
    let sent = match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) => format!("the string {}", quote(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => quote(&value.to_string()).to_string(),
    };
    ScimError::invalid_value(format!("`{name}` is {wanted}, not {sent}"))
}
