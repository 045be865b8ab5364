//! Filtering, sorting and cutting out pages, for stores that have their resources at hand.
//!
//! A cursor names the last resource of its page: by its id, with its value where there is an order, or by its place where
//! the store counts places. So pages fit together whatever others write between them.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use scim_core::value::datetime;
use scim_core::{Resource, ResourceId, ScimError};
use scim_filter::query::{Cursor, SortKey, TypedSort};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::listing::Found;
use super::{Listing, Query, Start, Stored};

/// A resource among those that [`page`] chooses from.
pub trait Row {
    /// Which resource.
    fn id(&self) -> &ResourceId;

    /// The resource, with `id` and `meta` where these may be asked about.
    fn resource(&self) -> &Resource;

    /// A number that grows from each resource to the next in the order of the store, and never changes. Provided: none, and
    /// pages by cursor are in the order of the ids.
    fn place(&self) -> Option<u64> {
        None
    }
}

impl Row for Stored<Resource> {
    fn id(&self) -> &ResourceId {
        &self.id
    }

    fn resource(&self) -> &Resource {
        &self.resource
    }
}

/// Answers a query from all resources of a tenant: filters, sorts and cuts out the page (RFC 7644 §3.4.2, RFC 9865 §2).
///
/// Where the query has no order, the rows are taken to come in theirs.
///
/// ```
/// use scim_core::{Resource, ResourceId, SchemaSet, Version, attr};
/// use scim_filter::Filter;
/// use scim_server::store::{Query, Stored, page};
///
/// let mut rows = Vec::new();
/// for name in ["anna", "Bert", "arne"] {
///     let mut user = Resource::new(SchemaSet::user());
///     user.set(&attr::USER_NAME, name.into())?;
///     rows.push(Stored::new(ResourceId::new(name)?, Version::new("1")?, user));
/// }
/// let filter = Filter::sw(attr::USER_NAME, "A").check(SchemaSet::user())?;
/// let found = page(rows, &Query::of(Some(filter), 10))?.into_items();
/// assert_eq!(found.iter().map(|user| user.id.as_str()).collect::<Vec<_>>(), ["anna", "arne"]);
/// # Ok::<(), scim_core::ScimError>(())
/// ```
///
/// # Errors
/// `invalidCursor` for a cursor that no page like this has named, `expiredCursor` for one that stands for a value too long to be
/// in it, which the last resource of its page does not have any more.
pub fn page<T: Row>(rows: impl IntoIterator<Item = T>, query: &Query) -> Result<Listing<T>, ScimError> {
    let rows = rows.into_iter();
    match &query.start {
        Start::Index(from) => Ok(by_index(rows, query, *from)),
        Start::After(after) => by_cursor(rows, query, after.as_ref()),
    }
}

fn matches(query: &Query, row: &impl Row) -> bool {
    query.filter.as_ref().is_none_or(|filter| filter.matches(row.resource()))
}

fn by_index<T: Row>(rows: impl Iterator<Item = T>, query: &Query, from: u64) -> Listing<T> {
    let skip = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
    let mut total = 0;
    let mut items = Vec::new();
    let found = rows.filter(|row| matches(query, row));
    if let Some(sort) = &query.sort {
        let mut sorted: Vec<(SortKey, T)> = found.map(|row| (key(sort, &row), row)).collect();
        sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
        total = sorted.len();
        items.extend(sorted.into_iter().skip(skip).take(query.count).map(|(_, row)| row));
    } else {
        for row in found {
            if total >= skip && items.len() < query.count {
                items.push(row);
            }
            total += 1;
        }
    }
    Listing::page(items, total as u64)
}

fn by_cursor<T: Row>(
    mut rows: impl Iterator<Item = T>,
    query: &Query,
    after: Option<&Cursor>,
) -> Result<Listing<T>, ScimError> {
    let mut looked_at: Vec<T> = Vec::new();
    let after = after.map(Last::read).transpose()?;
    let mut total: u64 = 0;
    let mut rest: Vec<(Order, T)> = Vec::new();
    let after = match (after, &query.sort) {
        (Some(Last::Long(id, mark)), Some(sort)) => {
            let last = loop {
                let row = rows.next().ok_or_else(moved)?;
                looked_at.push(row);
                match looked_at.last() {
                    Some(row) if row.id().as_str() == id => break row,
                    _ => {}
                }
            };
            match value(sort, last.resource()) {
                Some(Value::String(text)) if mark_of(text) == mark => Some(Order::Key(key(sort, last))),
                _ => return Err(moved()),
            }
        }
        (None, _) => None,
        (Some(Last::Place(place)), None) => Some(Order::Place(place)),
        (Some(Last::Id(id)), None) => Some(Order::Id(id)),
        (Some(Last::Sorted(id, value)), Some(sort)) => Some(Order::Key(sort.key(&ghost(sort, &id, value)))),
        (Some(_), _) => return Err(malformed()),
    };
    for row in looked_at.into_iter().chain(rows) {
        let order = match (&query.sort, row.place()) {
            (Some(sort), _) => Order::Key(key(sort, &row)),
            (None, Some(place)) => Order::Place(place),
            (None, None) => Order::Id(row.id().as_str().to_owned()),
        };
        if after.as_ref().is_some_and(|after| std::mem::discriminant(after) != std::mem::discriminant(&order))
        {
            return Err(malformed());
        }
        let is_after = after.as_ref().is_none_or(|after| order > *after);
        if !query.total && !is_after {
            continue;
        }
        if !matches(query, &row) {
            continue;
        }
        total += 1;
        if is_after {
            rest.push((order, row));
            let in_order = matches!(rest.last(), Some((Order::Place(_), _)));
            if in_order && rest.len() > query.count {
                if !query.total {
                    break;
                }
                // One more than asked for tells that there is a next page.
                rest.truncate(query.count.saturating_add(1));
            }
        }
    }
    rest.sort_by(|(a, _), (b, _)| a.cmp(b));
    let has_more = rest.len() > query.count;
    rest.truncate(query.count);
    let next = match rest.last() {
        Some((_, last)) if has_more => Some(Last::of(last, query.sort.as_ref()).write()?),
        _ => None,
    };
    let total = query.total.then_some(total);
    let items = rest.into_iter().map(|(_, row)| row).collect();
    Ok(Listing(Found::Cursor { items, next, total }))
}

/// What puts a row in its place.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Place(u64),
    Id(String),
    Key(SortKey),
}

/// What a cursor says: which resource was the last one of its page.
enum Last {
    Place(u64),
    Id(String),
    Sorted(String, Option<Value>),
    /// With a value that is too long for a cursor: it is that of the resource, as long as its mark is the same.
    Long(String, String),
}

/// The longest value that a cursor holds, in bytes: it has to fit into the address of a request.
const LONGEST_VALUE: usize = 512;

impl Last {
    fn of(row: &impl Row, sort: Option<&TypedSort>) -> Self {
        match (sort, row.place()) {
            (Some(sort), _) => {
                let id = row.id().as_str().to_owned();
                match value(sort, row.resource()) {
                    Some(Value::String(text)) if text.len() > LONGEST_VALUE => Self::Long(id, mark_of(text)),
                    value => Self::Sorted(id, value.cloned()),
                }
            }
            (None, Some(place)) => Self::Place(place),
            (None, None) => Self::Id(row.id().as_str().to_owned()),
        }
    }

    fn write(&self) -> Result<Cursor, ScimError> {
        let json = match self {
            Self::Place(place) => json!(place),
            Self::Id(id) => json!(id),
            Self::Sorted(id, None) => json!([id]),
            Self::Sorted(id, Some(value)) => json!([id, value]),
            Self::Long(id, mark) => json!({"id": id, "mark": mark}),
        };
        URL_SAFE_NO_PAD.encode(json.to_string()).parse()
    }

    fn read(cursor: &Cursor) -> Result<Self, ScimError> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor.as_str()).map_err(|_| malformed())?;
        match serde_json::from_slice(&bytes).map_err(|_| malformed())? {
            Value::Number(place) => place.as_u64().map(Self::Place).ok_or_else(malformed),
            Value::String(id) => Ok(Self::Id(id)),
            Value::Object(mut map) => match (map.remove("id"), map.remove("mark")) {
                (Some(Value::String(id)), Some(Value::String(mark))) => Ok(Self::Long(id, mark)),
                _ => Err(malformed()),
            },
            Value::Array(parts) => match <[Value; 2]>::try_from(parts) {
                Ok([Value::String(id), value]) => Ok(Self::Sorted(id, Some(value))),
                Err(parts) => match <[Value; 1]>::try_from(parts) {
                    Ok([Value::String(id)]) => Ok(Self::Sorted(id, None)),
                    _ => Err(malformed()),
                },
                Ok(_) => Err(malformed()),
            },
            _ => Err(malformed()),
        }
    }
}

/// The place that a cursor of a store with places starts after, so that the store need not look at what is before.
pub(crate) fn place_of(cursor: &Cursor) -> Option<u64> {
    match Last::read(cursor) {
        Ok(Last::Place(place)) => Some(place),
        _ => None,
    }
}

fn malformed() -> ScimError {
    ScimError::invalid_cursor("the cursor is not one of this store's")
}

fn moved() -> ScimError {
    ScimError::expired_cursor(
        "what the last page ended with is not where it was: start with the first page again",
    )
}

/// Tells whether a long value is still the same.
fn mark_of(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

fn key(sort: &TypedSort, row: &impl Row) -> SortKey {
    let resource = row.resource();
    if resource.id() == Some(row.id().as_str()) {
        return sort.key(resource);
    }
    // The id that decides between equals is the one that the store has, whatever the resource says.
    sort.key(&ghost(sort, row.id().as_str(), value(sort, resource).cloned()))
}

/// A resource with nothing but what its place in an order depends on.
fn ghost(sort: &TypedSort, id: &str, value: Option<Value>) -> Resource {
    let mut map = Map::new();
    let names = sort.target().and_then(|target| Some((target, target.attribute()?.name().as_str())));
    if let (Some(mut value), Some((target, name))) = (value, names) {
        if let Some(sub) = target.sub_attribute() {
            value = object(sub.name().as_str(), value);
        }
        match target.extension() {
            Some(extension) => {
                map.insert(extension.as_str().to_owned(), object(name, value));
            }
            None => {
                map.insert(name.to_owned(), value);
            }
        }
    }
    map.insert("id".to_owned(), id.into());
    let mut ghost = Resource::default();
    *ghost.as_map_mut() = map;
    ghost
}

fn object(name: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), value)]))
}

/// The value that [`TypedSort::key`] looks at: of a list, that of the primary element, or else of the first.
fn value<'a>(sort: &TypedSort, resource: &'a Resource) -> Option<&'a Value> {
    let target = sort.target()?;
    let map = match target.extension() {
        Some(extension) => resource.as_map().get(extension.as_str())?.as_object()?,
        None => resource.as_map(),
    };
    let mut value = map.get(target.attribute()?.name().as_str())?;
    if let Value::Array(elements) = value {
        value = elements
            .iter()
            .find(|element| scim_core::multi_valued::is_primary(element))
            .or_else(|| elements.first())?;
    }
    match target.sub_attribute() {
        Some(sub) => value.as_object()?.get(sub.name().as_str()),
        None => Some(value),
    }
}

/// The resource with `id` and `meta` as the store has them, so that these may be asked about: the same one where they are in
/// it already.
pub(crate) fn with_common(stored: &Stored<Resource>, resource_type: &str) -> Arc<Resource> {
    let resource = &stored.resource;
    let has = |name: &str, wanted: &str| {
        resource.as_map().get("meta").and_then(|meta| meta.get(name)?.as_str()) == Some(wanted)
    };
    let has_time = |name: &str, wanted: Option<DateTime<Utc>>| {
        let there = resource.as_map().get("meta").and_then(|meta| meta.get(name)?.as_str());
        there.and_then(datetime::parse) == wanted.map(|time| time.trunc_subsecs(3))
    };
    let complete = resource.id() == Some(stored.id.as_str())
        && has("resourceType", resource_type)
        && has("version", stored.version.as_str())
        && has_time("created", stored.created)
        && has_time("lastModified", stored.last_modified);
    if complete {
        return Arc::clone(resource);
    }
    let mut resource = Resource::clone(resource);
    put_common(
        &mut resource,
        &stored.id,
        resource_type,
        stored.version.as_str(),
        stored.created,
        stored.last_modified,
    );
    Arc::new(resource)
}

/// Writes `id` and `meta` into a resource: times as answers show them, so that a filter finds what a client has seen.
pub(crate) fn put_common(
    resource: &mut Resource,
    id: &ResourceId,
    resource_type: &str,
    version: &str,
    created: Option<DateTime<Utc>>,
    last_modified: Option<DateTime<Utc>>,
) {
    let map = resource.as_map_mut();
    map.insert("id".to_owned(), id.as_str().into());
    let mut meta = Map::new();
    meta.insert("resourceType".to_owned(), resource_type.into());
    for (name, time) in [("created", created), ("lastModified", last_modified)] {
        if let Some(time) = time {
            meta.insert(name.to_owned(), time.to_rfc3339_opts(SecondsFormat::Millis, true).into());
        }
    }
    meta.insert("version".to_owned(), version.into());
    map.insert("meta".to_owned(), Value::Object(meta));
}

#[cfg(test)]
mod tests;
