//! What stores list, made into one form: a page, its total and what comes next.

use scim_core::{Resource, ScimError};

use super::Mounted;
use crate::store::page::{page, with_common};
use crate::store::{Found, Listing, Query, Start, StoreError, Stored};

/// Filters, sorts and cuts out what a store has left to the engine.
pub(crate) fn finish(
    listing: Listing<Stored<Resource>>,
    query: &Query,
    mounted: &Mounted,
) -> Result<Listing<Stored<Resource>>, ScimError> {
    match listing.0 {
        Found::All(all) => {
            let complete = all.into_iter().map(|mut stored| {
                stored.resource = with_common(&stored, &mounted.name);
                stored
            });
            page(complete, query)
        }
        other => Ok(Listing(other)),
    }
}

/// Where a run with cursors goes on: at a store's own cursor, or at a position for a store that has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Onward {
    Cursor(String),
    Index(u64),
}

impl Onward {
    pub(crate) fn write(&self) -> String {
        match self {
            Self::Cursor(cursor) => format!("k.{cursor}"),
            Self::Index(index) => format!("i.{index}"),
        }
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        match text.split_once('.')? {
            ("k", cursor) => Some(Self::Cursor(cursor.to_owned())),
            ("i", index) => index.parse().ok().map(Self::Index),
            _ => None,
        }
    }

    pub(crate) fn start(&self) -> Result<Start, ScimError> {
        Ok(match self {
            Self::Cursor(cursor) => Start::After(Some(cursor.parse()?)),
            Self::Index(index) => Start::Index(*index),
        })
    }
}

/// A page of one type.
pub(crate) struct Part {
    pub(crate) items: Vec<Stored<Resource>>,
    pub(crate) total: Option<u64>,
    pub(crate) next: Option<Onward>,
}

/// Asks a store, and makes one form of its answer.
pub(crate) async fn ask(
    mounted: &Mounted,
    cx: &crate::context::Context,
    query: &Query,
) -> Result<Part, super::respond::Failure> {
    let listing = match mounted.store.query(cx, query).await {
        Err(StoreError::Unsupported(detail)) if query.filter.is_some() => {
            return Err(ScimError::invalid_filter(detail).into());
        }
        other => other?,
    };
    let part = match finish(listing, query, mounted)?.0 {
        Found::All(_) => return Err(ScimError::internal("an unfinished listing").into()),
        Found::Page { items, total } => {
            let first = match query.start {
                Start::Index(first) => first.max(1),
                Start::After(None) => 1,
                // It was never given one of its own.
                Start::After(Some(_)) => return Err(ScimError::internal("a store lost its cursor").into()),
            };
            let after = first.saturating_add(items.len() as u64);
            let next = (!items.is_empty() && after <= total).then_some(Onward::Index(after));
            Part { items, total: Some(total), next }
        }
        Found::Cursor { items, next, total } => {
            if matches!(query.start, Start::Index(first) if first > 1) {
                return Err(ScimError::invalid_value("`startIndex` is not offered here: use `cursor`").into());
            }
            Part { items, total, next: next.map(|next| Onward::Cursor(next.to_string())) }
        }
    };
    if part.items.len() > query.count {
        // A page that is too long breaks clients that count (RFC 7644 §3.4.2.4).
        return Err(ScimError::internal("a store answered with more than it was asked for").into());
    }
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn onward_is_read_as_it_is_written() {
        for onward in [Onward::Cursor("a.b~c".to_owned()), Onward::Index(101)] {
            assert_eq!(Onward::read(&onward.write()), Some(onward));
        }
        for bad in ["", "k", "i.x", "z.1", "i.-1"] {
            assert_eq!(Onward::read(bad), None, "{bad}");
        }
    }
}
