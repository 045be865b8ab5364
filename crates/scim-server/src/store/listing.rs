//! What a store answers.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use scim_core::{AttrPath, Resource, ResourceId, ScimError, ScimResource, Version};
use scim_filter::query::Cursor;

use super::long::LongList;
use super::write::Ownership;
use crate::rules::ListChange;

/// A resource as a store has it, and what only the store knows of it.
///
/// ```
/// use chrono::Utc;
/// use scim_core::{ResourceId, User, Version};
/// use scim_server::store::Stored;
///
/// let user = User { user_name: "bjensen".into(), ..User::default() };
/// let stored = Stored::new(ResourceId::new("7")?, Version::new("1")?, user).with_last_modified(Utc::now());
/// assert_eq!(stored.resource.user_name, "bjensen");
/// # Ok::<(), scim_core::ScimError>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Stored<R> {
    /// Which resource. What the resource itself says under `id` and `meta` does not count.
    pub id: ResourceId,
    /// Changes with every change of the resource: a row version, a time of change with enough digits, a hash.
    pub version: Version,
    /// The resource; it may hold more than was wanted.
    pub resource: Arc<R>,
    /// When it came to be.
    pub created: Option<DateTime<Utc>>,
    /// When it last changed.
    pub last_modified: Option<DateTime<Utc>>,
    /// Whose it is.
    pub ownership: Ownership,
    /// Lists that are not part of `resource`, and are read piece by piece.
    pub long_lists: Vec<LongList>,
    pub(super) twin: Option<Twin<R>>,
}

/// The dynamic form of a resource that a store has beside the typed one; it counts for that very one only.
pub(super) struct Twin<R>(Arc<R>, Arc<Resource>);

impl<R> Clone for Twin<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0), Arc::clone(&self.1))
    }
}

impl<R> fmt::Debug for Twin<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

impl<R> Stored<R> {
    /// A resource with its id and version.
    #[must_use]
    pub fn new(id: ResourceId, version: Version, resource: impl Into<Arc<R>>) -> Self {
        Self {
            id,
            version,
            resource: resource.into(),
            created: None,
            last_modified: None,
            ownership: Ownership::default(),
            long_lists: Vec::new(),
            twin: None,
        }
    }

    /// With the time when it came to be.
    #[must_use]
    pub fn with_created(mut self, created: DateTime<Utc>) -> Self {
        self.created = Some(created);
        self
    }

    /// With the time when it last changed.
    #[must_use]
    pub fn with_last_modified(mut self, last_modified: DateTime<Utc>) -> Self {
        self.last_modified = Some(last_modified);
        self
    }

    /// With its owner, where that is not the directory.
    #[must_use]
    pub fn with_ownership(mut self, ownership: Ownership) -> Self {
        self.ownership = ownership;
        self
    }

    /// With a list that is not part of the resource, and is read piece by piece while an answer is written, so that it need not
    /// fit into memory. It has to be one of the long lists of the type, such as `members`.
    #[must_use]
    pub fn with_long_list(mut self, list: LongList) -> Self {
        self.long_lists.push(list);
        self
    }

    /// The same with another form of the resource.
    ///
    /// # Errors
    /// Those of the function.
    pub fn try_map<S, E>(self, to: impl FnOnce(Arc<R>) -> Result<Arc<S>, E>) -> Result<Stored<S>, E> {
        let Self { id, version, resource, created, last_modified, ownership, long_lists, twin: _ } = self;
        let resource = to(resource)?;
        Ok(Stored { id, version, resource, created, last_modified, ownership, long_lists, twin: None })
    }

    /// With the dynamic form of the resource, so that nobody has to make it.
    pub(crate) fn with_twin(mut self, dynamic: &Arc<Resource>) -> Self {
        self.twin = Some(Twin(Arc::clone(&self.resource), Arc::clone(dynamic)));
        self
    }
}

impl<R: ScimResource> Stored<R> {
    /// The dynamic form of the resource.
    pub(crate) fn dynamic(&self) -> Result<Arc<Resource>, ScimError> {
        match &self.twin {
            Some(Twin(of, dynamic)) if Arc::ptr_eq(of, &self.resource) => Ok(Arc::clone(dynamic)),
            _ => R::to_resource(&self.resource),
        }
    }
}

impl<R> Clone for Stored<R> {
    fn clone(&self) -> Self {
        Self {
            id: self.id.clone(),
            version: self.version.clone(),
            resource: Arc::clone(&self.resource),
            created: self.created,
            last_modified: self.last_modified,
            ownership: self.ownership,
            long_lists: self.long_lists.clone(),
            twin: self.twin.clone(),
        }
    }
}

/// What a write did.
#[derive(Debug)]
#[non_exhaustive]
pub struct Written<R> {
    /// The resource as it is now, with what [`Write::wants`](super::Write::wants) at the least.
    pub stored: Stored<R>,
    /// The resource as it was, with the same; `None` for a new one.
    pub before: Option<Stored<R>>,
    /// The attributes that changed, where the store knows them; the engine compares otherwise.
    pub changed: Option<Vec<AttrPath>>,
    /// What became of long lists whose elements are not part of `before` and `stored`.
    pub lists: Vec<ListChange>,
    /// Whether nothing changed, and so neither did the version.
    pub no_op: bool,
}

impl<R> Written<R> {
    /// A new resource.
    #[must_use]
    pub fn created(stored: Stored<R>) -> Self {
        Self { stored, before: None, changed: None, lists: Vec::new(), no_op: false }
    }

    /// A resource that was changed.
    #[must_use]
    pub fn updated(before: Stored<R>, stored: Stored<R>) -> Self {
        Self { stored, before: Some(before), changed: None, lists: Vec::new(), no_op: false }
    }

    /// A resource that was what it was asked to become.
    #[must_use]
    pub fn unchanged(stored: Stored<R>) -> Self {
        Self {
            before: Some(stored.clone()),
            stored,
            changed: Some(Vec::new()),
            lists: Vec::new(),
            no_op: true,
        }
    }

    /// Names the attributes that changed.
    #[must_use]
    pub fn with_changed(mut self, changed: Vec<AttrPath>) -> Self {
        if !self.no_op {
            self.changed = Some(changed);
        }
        self
    }
}

impl<R> Written<R> {
    /// Says what became of long lists that are not part of the resources.
    #[must_use]
    pub fn with_lists(mut self, lists: Vec<ListChange>) -> Self {
        self.lists = lists;
        self
    }
}

/// What was found.
#[derive(Debug)]
pub struct Listing<T>(pub(crate) Found<T>);

#[derive(Debug)]
pub(crate) enum Found<T> {
    All(Vec<T>),
    Page { items: Vec<T>, total: u64 },
    Cursor { items: Vec<T>, next: Option<Cursor>, total: Option<u64> },
}

impl<T> Listing<T> {
    /// Every resource of the tenant: the engine filters, sorts and cuts out the page. For small tables.
    ///
    /// They have to be complete, whatever the projection of the query, for the filter may ask about any attribute.
    #[must_use]
    pub fn all(items: Vec<T>) -> Self {
        Self(Found::All(items))
    }

    /// The page that was asked for by index, and the number of all results.
    #[must_use]
    pub fn page(items: Vec<T>, total: u64) -> Self {
        Self(Found::Page { items, total })
    }

    /// The page that was asked for by cursor, and the cursor of the next one unless this is the last (RFC 9865 §2).
    ///
    /// The engine seals the cursor: the store may write a key into it as it is.
    #[must_use]
    pub fn cursor(items: Vec<T>, next: Option<Cursor>) -> Self {
        Self(Found::Cursor { items, next, total: None })
    }

    /// Adds the number of all results to a page by cursor.
    #[must_use]
    pub fn with_total(mut self, all: u64) -> Self {
        match &mut self.0 {
            Found::Cursor { total, .. } => *total = Some(all),
            Found::Page { total, .. } => *total = all,
            Found::All(_) => {}
        }
        self
    }

    /// The number of all results, where the store has said it.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        match &self.0 {
            Found::All(items) => Some(items.len() as u64),
            Found::Page { total, .. } => Some(*total),
            Found::Cursor { total, .. } => *total,
        }
    }

    /// The cursor of the next page, where there is one.
    #[must_use]
    pub fn next(&self) -> Option<&Cursor> {
        match &self.0 {
            Found::Cursor { next, .. } => next.as_ref(),
            Found::All(_) | Found::Page { .. } => None,
        }
    }

    /// The resources of this page, in order.
    #[must_use]
    pub fn into_items(self) -> Vec<T> {
        match self.0 {
            Found::All(items) | Found::Page { items, .. } | Found::Cursor { items, .. } => items,
        }
    }

    /// The same with another form of each resource, for a store that lets [`page`](super::page()) do the work.
    ///
    /// # Errors
    /// Those of the function.
    pub fn try_map<S, E>(self, to: impl FnMut(T) -> Result<S, E>) -> Result<Listing<S>, E> {
        let each = |items: Vec<T>| items.into_iter().map(to).collect::<Result<Vec<S>, E>>();
        Ok(Listing(match self.0 {
            Found::All(items) => Found::All(each(items)?),
            Found::Page { items, total } => Found::Page { items: each(items)?, total },
            Found::Cursor { items, next, total } => Found::Cursor { items: each(items)?, next, total },
        }))
    }
}
