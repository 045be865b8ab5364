//! The store: what is asked of it, and how a row becomes a resource.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use scim_core::schema::Mutability;
use scim_core::{
    AttrPath, Projection, Resolved, Resource, ResourceId, SchemaSet, ScimResource, TenantId, attr,
};
use scim_patch::PatchRequest;
use scim_server::store::{
    Listing, LongList, Ownership, Query, ResourceStore, StoreError, Stored, Write, Written,
};
use scim_server::{Context, CursorKey};
use serde_json::Value;

use super::db::{Fault, Sql, Tx, transaction};
use super::entry::{COLUMNS, Entry};
use super::query::put;
use super::{Database, unique};
use crate::members::{self, From, Of, Source};

/// A store of one resource type in a [`Database`]. Cheap to clone.
///
/// Any filter runs in SQL. What SQL cannot say exactly, such as a comparison of references or of part of a date, is asked of
/// the resources one by one, of ten thousand at the most.
///
/// ```
/// use scim_core::{SchemaSet, attr};
/// use scim_sqlx::Database;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), scim_server::store::StoreError> {
/// let database = Database::sqlite(":memory:").await?;
/// database.migrate().await?;
/// let users = database.users().with_unique(attr::EXTERNAL_ID);
/// let devices = database.resources("Device", SchemaSet::user());
/// # let _ = (users, devices);
/// # Ok(())
/// # }
/// ```
pub struct DocumentStore<R = Resource> {
    pub(super) db: Database,
    pub(super) kind: Arc<str>,
    pub(super) facets: Arc<Facets>,
    pub(super) scan_limit: usize,
    resource: PhantomData<fn() -> R>,
}

/// What the schemas of a type say to a store.
#[derive(Clone, Debug)]
pub(super) struct Facets {
    schemas: SchemaSet,
    pub(super) unique: Vec<Resolved>,
    /// The list whose elements are rows.
    pub(super) list: Option<Resolved>,
    /// Whether there are groups to be worked out.
    pub(super) groups: bool,
}

impl Facets {
    fn of(schemas: &SchemaSet) -> Self {
        let list = schemas.resolve(&attr::MEMBERS).ok().filter(|target| {
            target.attribute().is_some_and(|attribute| {
                attribute.multi_valued()
                    && attribute.refers_to_resources()
                    && attribute.mutability() == Mutability::ReadWrite
                    && !attribute.required()
            })
        });
        let groups = schemas.resolve(&attr::GROUPS).ok().and_then(|target| target.attribute().cloned());
        let groups =
            groups.is_some_and(|groups| groups.multi_valued() && groups.mutability() == Mutability::ReadOnly);
        Self { schemas: schemas.clone(), unique: unique::paths(schemas), list, groups }
    }
}

impl<R: ScimResource> DocumentStore<R> {
    pub(super) fn new(db: Database, kind: &str, schemas: &SchemaSet) -> Self {
        let facets = Arc::new(Facets::of(schemas));
        Self { db, kind: kind.into(), facets, scan_limit: 10_000, resource: PhantomData }
    }

    /// The same store, where one more attribute is unique within a tenant, beside those that the schemas call so. To be said
    /// before anything is in it.
    #[must_use]
    pub fn with_unique(mut self, path: AttrPath) -> Self {
        let facets = Arc::make_mut(&mut self.facets);
        if let Ok(target) = facets.schemas.resolve(&path)
            && !facets.unique.iter().any(|known| known.path() == target.path())
        {
            facets.unique.push(target);
        }
        self
    }

    /// The same store, where so many resources at the most are looked at one by one, for a filter that SQL cannot answer by
    /// itself; beyond, the answer is 400 `tooMany`.
    #[must_use]
    pub fn with_scan_limit(mut self, resources: usize) -> Self {
        self.scan_limit = resources;
        self
    }

    /// How many resources a tenant has; those that are retired do not count.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] and the like.
    pub async fn count(&self, tenant: &TenantId) -> Result<u64, StoreError> {
        let text = "SELECT COUNT(*) FROM scim_resources WHERE tenant = $1 AND type = $2 AND retired = 0";
        let rows = self.db.pool.rows(Sql::new(text).with(tenant.as_str()).with(&*self.kind)).await;
        let count = rows.and_then(|rows| rows.first().map_or(Ok(0), |row| row.int(0)));
        count.map(|count| u64::try_from(count).unwrap_or(0)).map_err(Fault::into_error)
    }

    /// Puts in a resource that the application had before the directory came ([`Ownership::Application`]). No rule is asked.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a value that has to be unique is taken.
    pub async fn insert_existing(&self, cx: &Context, resource: R) -> Result<Stored<R>, StoreError> {
        let new = self.sent(cx, resource)?;
        let write = Write::unchecked();
        let written: Result<Written<R>, StoreError> = transaction!(
            self.db.pool, tx => self.create_in(&mut tx, cx, &new, &write, Ownership::Application)
        );
        Ok(written?.stored)
    }

    /// The row of a resource, locked.
    pub(super) async fn row(&self, tx: &mut Tx, cx: &Context, id: &ResourceId) -> Result<Entry, Fault> {
        let mut sql = Sql::new("SELECT ").with(cx.tenant().as_str()).with(&*self.kind).with(id.as_str());
        sql.push(COLUMNS).push(" FROM scim_resources r WHERE r.tenant = $1 AND r.type = $2 AND r.id = $3");
        sql.push(" AND r.retired = 0").push(tx.dialect().for_update());
        match tx.rows(sql).await?.first() {
            Some(row) => Entry::read(row),
            None => Err(StoreError::NotFound.into()),
        }
    }

    async fn get_now(&self, cx: &Context, id: &ResourceId, want: &Projection) -> Result<Stored<R>, Fault> {
        let mut sql = Sql::new("SELECT ").with(cx.tenant().as_str()).with(&*self.kind).with(id.as_str());
        sql.push(COLUMNS).push(" FROM scim_resources r WHERE r.tenant = $1 AND r.type = $2 AND r.id = $3");
        sql.push(" AND r.retired = 0");
        let rows = self.db.pool.rows(sql).await?;
        let entry = Entry::read(rows.first().ok_or(StoreError::NotFound)?)?;
        let groups = if self.wants_groups(cx, want) {
            members::groups_of_one(From::Pool(&self.db.pool), cx.tenant(), &entry.id).await?
        } else {
            Vec::new()
        };
        self.stored(cx, &entry, groups, None)
    }

    /// A resource as it is answered. Members that are at hand are part of it; others are read when somebody asks.
    pub(super) fn stored(
        &self,
        cx: &Context,
        entry: &Entry,
        groups: Vec<Value>,
        members: Option<Vec<Value>>,
    ) -> Result<Stored<R>, Fault> {
        let mut resource = entry.resource(&self.kind, cx.schemas())?;
        put(&mut resource, "groups", groups);
        let mut long = None;
        if self.facets.list.is_some() {
            match members {
                Some(members) => put(&mut resource, "members", members),
                None => {
                    let source = Source { pool: self.db.pool.clone(), of: self.of(cx, &entry.id) };
                    long = Some(LongList::new(attr::MEMBERS, source));
                }
            }
        }
        let stored = Stored::new(entry.id.clone(), entry.version()?, R::from_resource(resource)?)
            .with_created(entry.created)
            .with_last_modified(entry.modified)
            .with_ownership(entry.ownership);
        Ok(match long {
            Some(long) => stored.with_long_list(long),
            None => stored,
        })
    }

    pub(super) fn of(&self, cx: &Context, group: &ResourceId) -> Of {
        Of { tenant: cx.tenant().clone(), group: group.clone() }
    }

    /// Whether an answer shows groups that have to be worked out for it.
    pub(super) fn wants_groups(&self, cx: &Context, want: &Projection) -> bool {
        self.facets.groups && cx.schemas().resolve(&attr::GROUPS).is_ok_and(|groups| want.wants(&groups))
    }

    async fn names_now(
        &self,
        cx: &Context,
        ids: &[ResourceId],
    ) -> Result<Vec<(ResourceId, Option<String>)>, Fault> {
        let mut found = Vec::new();
        for chunk in ids.chunks(500) {
            let text = "SELECT id, label FROM scim_resources \
                WHERE tenant = $1 AND type = $2 AND retired = 0 AND id IN (";
            let mut sql = Sql::new(text).with(cx.tenant().as_str()).with(&*self.kind);
            sql.bind_all(chunk.iter().map(ResourceId::as_str)).push(")");
            let sql = if chunk.len() == 1 { sql } else { sql.once() };
            for row in self.db.pool.rows(sql).await? {
                found.push((ResourceId::new(row.text(0)?)?, row.maybe(1)?));
            }
        }
        Ok(found)
    }
}

impl<R: ScimResource> ResourceStore for DocumentStore<R> {
    type Resource = R;

    async fn create(&self, cx: &Context, new: R, write: &Write<'_>) -> Result<Written<R>, StoreError> {
        let new = self.sent(cx, new)?;
        transaction!(self.db.pool, tx => self.create_in(&mut tx, cx, &new, write, Ownership::Directory))
    }

    async fn get(&self, cx: &Context, id: &ResourceId, want: &Projection) -> Result<Stored<R>, StoreError> {
        self.get_now(cx, id, want).await.map_err(Fault::into_error)
    }

    async fn query(&self, cx: &Context, query: &Query) -> Result<Listing<Stored<R>>, StoreError> {
        self.query_now(cx, query).await.map_err(Fault::into_error)
    }

    async fn replace(
        &self,
        cx: &Context,
        id: &ResourceId,
        new: R,
        write: &Write<'_>,
    ) -> Result<Written<R>, StoreError> {
        let new = self.sent(cx, new)?;
        transaction!(self.db.pool, tx => self.replace_in(&mut tx, cx, id, &new, write))
    }

    async fn delete(
        &self,
        cx: &Context,
        id: &ResourceId,
        write: &Write<'_>,
    ) -> Result<Stored<R>, StoreError> {
        transaction!(self.db.pool, tx => self.delete_in(&mut tx, cx, id, write))
    }

    async fn patch(
        &self,
        cx: &Context,
        id: &ResourceId,
        patch: &PatchRequest,
        write: &Write<'_>,
    ) -> Result<Written<R>, StoreError> {
        transaction!(self.db.pool, tx => self.patch_in(&mut tx, cx, id, patch, write))
    }

    async fn names(
        &self,
        cx: &Context,
        ids: &[ResourceId],
    ) -> Result<Vec<(ResourceId, Option<String>)>, StoreError> {
        self.names_now(cx, ids).await.map_err(Fault::into_error)
    }

    fn cursor_key(&self) -> Option<CursorKey> {
        self.db.cursor_key()
    }
}

impl<R> Clone for DocumentStore<R> {
    fn clone(&self) -> Self {
        Self {
            db: self.db.clone(),
            kind: Arc::clone(&self.kind),
            facets: Arc::clone(&self.facets),
            scan_limit: self.scan_limit,
            resource: PhantomData,
        }
    }
}

impl<R> fmt::Debug for DocumentStore<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentStore")
            .field("type", &self.kind)
            .field("database", &self.db)
            .finish_non_exhaustive()
    }
}
