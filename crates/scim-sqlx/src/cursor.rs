//! Cursors: which row was the last of its page, and the answer made of rows (RFC 9865 §2).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, Utc};
use scim_core::multi_valued::is_primary;
use scim_core::value::{datetime, text};
use scim_core::{Resolved, Resource, ScimError, ScimResource, attr};
use scim_filter::query::{Cursor, TypedSort};
use scim_server::store::{Listing, Query, Start, StoreError, Stored};
use serde_json::{Value, json};

use crate::columns::{Columns, Kind};
use crate::condition::{Fit, fit_instant, integer_key, uuid_key};
use crate::dialect::Dialect;
use crate::order::{SortBy, Wanted};
use crate::sql::Bind;

/// Longer texts are no part of a cursor, which has to fit into a URI: the row itself is asked instead.
const MAX_TEXT: usize = 512;

impl Columns {
    /// Makes the answer of the rows that [`push_query`](Self::push_query) has found, and of the number of all results where
    /// [`Query::total`] asks for it.
    ///
    /// A cursor holds the id of the last row, and the value that it is sorted by: resources have to hold the attribute of
    /// [`Query::sort`], whatever [`Query::want`] says.
    ///
    /// ```
    /// # use scim_core::{ResourceId, SchemaSet, User, Version, attr};
    /// # use scim_sqlx::{Columns, IdColumn};
    /// use scim_server::store::{Query, Start, Stored};
    ///
    /// # let columns = Columns::builder(SchemaSet::user(), IdColumn::integer("users.id")).build()?;
    /// let mut query = Query::of(None, 2);
    /// query.start = Start::After(None);
    /// let row = |id: &str| Ok::<_, scim_core::ScimError>(Stored::new(ResourceId::new(id)?, Version::new("1")?, User::default()));
    ///
    /// // A third row says that there is another page.
    /// let listing = columns.listing(&query, vec![row("3")?, row("7")?, row("9")?], None).unwrap();
    /// assert_eq!(listing.into_items().len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// 500 for a resource that is none of the schemas.
    pub fn listing<R: ScimResource>(
        &self,
        query: &Query,
        mut rows: Vec<Stored<R>>,
        total: Option<u64>,
    ) -> Result<Listing<Stored<R>>, StoreError> {
        if let Start::Index(from) = query.start {
            let seen = from.saturating_sub(1).saturating_add(rows.len() as u64);
            return Ok(Listing::page(rows, total.unwrap_or(seen)));
        }
        let has_more = rows.len() > query.count;
        rows.truncate(query.count);
        let next = match rows.last() {
            Some(last) if has_more => Some(self.cursor(query.sort.as_ref(), last)?),
            _ => None,
        };
        let listing = Listing::cursor(rows, next);
        Ok(match total {
            Some(total) => listing.with_total(total),
            None => listing,
        })
    }

    fn cursor<R: ScimResource>(
        &self,
        sort: Option<&TypedSort>,
        last: &Stored<R>,
    ) -> Result<Cursor, ScimError> {
        let id = last.id.as_str();
        let cursor = match self.sort_by(sort)? {
            None => json!(id),
            Some(by) => match value(by.sort, last)? {
                None | Some(Value::Null) => json!([id, []]),
                Some(Value::String(text)) if text.len() > MAX_TEXT => json!([id]),
                Some(value) => json!([id, value]),
            },
        };
        URL_SAFE_NO_PAD.encode(cursor.to_string()).parse()
    }
}

/// What a cursor says of the last row of a page.
pub(crate) struct Last {
    pub(crate) id: Bind,
    /// Nothing where it had none, or there is no order.
    pub(crate) value: Option<Wanted>,
}

impl Last {
    /// Reads a cursor of a query with this order.
    pub(crate) fn read<DB: Dialect>(
        cursor: &Cursor,
        id_kind: Kind,
        by: Option<&SortBy<'_>>,
    ) -> Result<Self, ScimError> {
        Self::parts::<DB>(cursor, id_kind, by)
            .ok_or_else(|| ScimError::invalid_cursor("the cursor is not one of this store's"))
    }

    fn parts<DB: Dialect>(cursor: &Cursor, id_kind: Kind, by: Option<&SortBy<'_>>) -> Option<Self> {
        let storable = |text: &str| DB::HOLDS_NUL || !text.contains('\0');
        let read_id = |text: &str| match id_kind {
            Kind::IntegerKey => integer_key(text),
            Kind::UuidKey => uuid_key(text),
            _ => storable(text).then(|| Bind::Text(text.to_owned())),
        };
        let json: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor.as_str()).ok()?).ok()?;
        let Some(by) = by else {
            return Some(Self { id: read_id(json.as_str()?)?, value: None });
        };
        let (id, value) = match json.as_array()?.as_slice() {
            [id] => {
                let id = read_id(id.as_str()?)?;
                (id.clone(), Some(Wanted::OfRow(id)))
            }
            [id, Value::Array(nothing)] if nothing.is_empty() => (read_id(id.as_str()?)?, None),
            [id, value] => {
                let bind = bind::<DB>(by.kind, value)?;
                if matches!(&bind, Bind::Text(text) if !storable(text)) {
                    return None;
                }
                (read_id(id.as_str()?)?, Some(Wanted::Value(bind)))
            }
            _ => return None,
        };
        Some(Self { id, value })
    }
}

/// The value as a column of this kind holds it.
fn bind<DB: Dialect>(kind: Kind, value: &Value) -> Option<Bind> {
    match kind {
        Kind::Folded => value.as_str().map(|value| Bind::Text(text::fold(value).into_owned())),
        Kind::Exact | Kind::IntegerKey | Kind::UuidKey => {
            value.as_str().map(|value| Bind::Text(value.to_owned()))
        }
        Kind::Boolean => value.as_bool().map(Bind::Boolean),
        Kind::Integer => value.as_i64().map(Bind::Integer),
        Kind::Float => value.as_f64().map(Bind::Float),
        Kind::Timestamp => match fit_instant(datetime::parse(value.as_str()?)?, DB::TICK_NANOS) {
            Fit::Exact(bind) | Fit::After(bind) => Some(bind),
            Fit::Below | Fit::Above => None,
        },
        Kind::Presence => None,
    }
}

/// The value that decides: of a list, that of the primary element, or else of the first. What a store has beside the resource
/// counts as it does there.
fn value<R: ScimResource>(sort: &TypedSort, last: &Stored<R>) -> Result<Option<Value>, ScimError> {
    let Some(target) = sort.target() else { return Ok(None) };
    let time = |time: Option<DateTime<Utc>>| {
        time.map(|time| Value::String(time.to_rfc3339_opts(SecondsFormat::AutoSi, true)))
    };
    let path = target.path();
    if *path == attr::ID {
        return Ok(Some(last.id.as_str().into()));
    } else if *path == attr::META_VERSION {
        return Ok(Some(last.version.as_str().into()));
    } else if *path == attr::META_CREATED && last.created.is_some() {
        return Ok(time(last.created));
    } else if *path == attr::META_LAST_MODIFIED && last.last_modified.is_some() {
        return Ok(time(last.last_modified));
    }
    let resource: Arc<Resource> = R::to_resource(&last.resource)?;
    Ok(value_in(target, &resource).cloned())
}

fn value_in<'a>(target: &Resolved, resource: &'a Resource) -> Option<&'a Value> {
    let map = match target.extension() {
        Some(extension) => resource.as_map().get(extension.as_str())?.as_object()?,
        None => resource.as_map(),
    };
    let mut value = map.get(target.attribute()?.name().as_str())?;
    if let Value::Array(elements) = value {
        value = elements.iter().find(|element| is_primary(element)).or_else(|| elements.first())?;
    }
    match target.sub_attribute() {
        Some(sub) => value.as_object()?.get(sub.name().as_str()),
        None => Some(value),
    }
}

#[cfg(test)]
mod tests;
