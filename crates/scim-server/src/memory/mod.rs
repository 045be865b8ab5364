//! A store in memory: complete, for tests, demonstrations and small directories.

mod groups;
mod index;
mod patch;
mod table;
mod write;

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use scim_core::schema::Attribute;
use scim_core::{AttrPath, Projection, Resource, ResourceId, ScimResource, TenantId, attr};
use scim_filter::Typed;
use scim_patch::PatchRequest;

use self::groups::Groups;
use self::table::{Candidate, Entry, Form, Tenant};
use crate::context::Context;
use crate::cursor::CursorKey;
use crate::store::page::place_of;
use crate::store::{
    Listing, Ownership, Query, ResourceStore, Start, StoreError, Stored, Write, Written, name_of, page,
};

/// A store that keeps its resources in memory, for as long as the process lives.
///
/// It keeps tenants apart, compares versions, asks the rules, and filters, sorts and pages, as every store has to; it is what
/// the test kit was written beside. Clones share the resources.
///
/// ```
/// use scim_core::{SchemaSet, TenantId, User};
/// use scim_server::store::{ResourceStore, Write};
/// use scim_server::{Context, MemoryStore};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let users = MemoryStore::<User>::new();
/// let cx = Context::new(TenantId::new("acme")?, "User", SchemaSet::user());
/// let babs = User { user_name: "bjensen".into(), ..User::default() };
/// let stored = users.create(&cx, babs, &Write::unchecked()).await?.stored;
/// assert_eq!(stored.resource.user_name, "bjensen");
///
/// let again = User { user_name: "BJensen".into(), ..User::default() };
/// let error = users.create(&cx, again, &Write::unchecked()).await.unwrap_err();
/// assert_eq!(error.to_string(), "`userName` is taken");
/// # Ok::<(), scim_server::store::StoreError>(())
/// # }).unwrap();
/// ```
///
/// What is unique and what has an index is read from the schemas when a tenant is first written for.
pub struct MemoryStore<R = Resource> {
    options: Arc<Options>,
    tenants: Arc<RwLock<Tenants<R>>>,
    key: Option<CursorKey>,
}

type Tenants<R> = HashMap<TenantId, Arc<RwLock<Tenant<R>>>>;

/// What was said about a store before anything was in it.
#[derive(Clone, Default)]
struct Options {
    unique: Vec<AttrPath>,
    indexed: Vec<AttrPath>,
    groups: Option<Arc<dyn Groups>>,
}

/// A lock is never left in the middle of a change, so one that a panic has marked is as good as any.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

impl<R: ScimResource> MemoryStore<R> {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        let mut bytes = [0; 32];
        let key = getrandom::fill(&mut bytes).is_ok().then(|| CursorKey::new(bytes));
        Self { options: Arc::default(), tenants: Arc::default(), key }
    }

    /// The same store, where one more attribute is unique within a tenant, beside those that the schemas call so. To be said
    /// before anything is in it.
    #[must_use]
    pub fn with_unique(mut self, path: AttrPath) -> Self {
        Arc::make_mut(&mut self.options).unique.push(path);
        self
    }

    /// The same store, where one more attribute is found without going through all resources: beside `id`, `externalId`,
    /// `userName`, `displayName`, `members.value` and what is unique. To be said before anything is in it.
    #[must_use]
    pub fn with_index(mut self, path: AttrPath) -> Self {
        Arc::make_mut(&mut self.options).indexed.push(path);
        self
    }

    /// The same store of users, whose `groups` are worked out from the members of these groups (RFC 7643 §4.1.2); whoever is
    /// deleted is taken out of the groups. To be said before anything is in it.
    ///
    /// ```
    /// use scim_core::{Group, User};
    /// use scim_server::MemoryStore;
    ///
    /// let groups = MemoryStore::<Group>::new();
    /// let users = MemoryStore::<User>::new().with_groups(&groups);
    /// # let _ = users;
    /// ```
    #[must_use]
    pub fn with_groups<G: ScimResource>(mut self, groups: &MemoryStore<G>) -> Self {
        Arc::make_mut(&mut self.options).groups = Some(Arc::new(groups.clone()));
        self
    }

    /// Puts in a resource that the application had before the directory came ([`Ownership::Application`]). No rule is asked.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a value that has to be unique is taken.
    pub fn insert_existing(&self, cx: &Context, resource: R) -> Result<Stored<R>, StoreError> {
        let written = self.create_now(cx, resource, &Write::unchecked(), Ownership::Application)?;
        Ok(written.stored)
    }

    /// How many resources a tenant has.
    #[must_use]
    pub fn len(&self, tenant: &TenantId) -> usize {
        self.tenant(tenant).map_or(0, |tenant| read(&tenant).live.entries.len())
    }

    /// All resources of a tenant, in the order in which they came to be.
    ///
    /// # Errors
    /// 500 when a resource does not fit the type.
    pub fn snapshot(&self, tenant: &TenantId) -> Result<Vec<Stored<R>>, StoreError> {
        let Some(data) = self.tenant(tenant) else { return Ok(Vec::new()) };
        let data = read(&data);
        data.live.entries.values().map(|entry| self.shown(tenant, entry)).collect()
    }

    fn tenant(&self, tenant: &TenantId) -> Option<Arc<RwLock<Tenant<R>>>> {
        read(&self.tenants).get(tenant).cloned()
    }

    /// The tenant's resources, also for a tenant that has none yet.
    fn tenant_for(&self, cx: &Context) -> Arc<RwLock<Tenant<R>>> {
        if let Some(tenant) = self.tenant(cx.tenant()) {
            return tenant;
        }
        let mut tenants = write(&self.tenants);
        let tenant = tenants
            .entry(cx.tenant().clone())
            .or_insert_with(|| Arc::new(RwLock::new(Tenant::new(cx.schemas(), &self.options))));
        Arc::clone(tenant)
    }

    /// The form of an entry that shows its groups, where there are any.
    fn form_with_groups(&self, tenant: &TenantId, entry: &Entry<R>) -> Arc<Form<R>> {
        match &self.options.groups {
            None => Arc::clone(&entry.form),
            Some(groups) => {
                entry.with_groups(|| groups.stamp(tenant), || groups.groups_of(tenant, entry.id.as_str()))
            }
        }
    }

    /// The resource as it is answered when all of it is wanted.
    fn shown(&self, tenant: &TenantId, entry: &Entry<R>) -> Result<Stored<R>, StoreError> {
        Ok(entry.stored_as(&self.form_with_groups(tenant, entry))?)
    }

    /// Whether an answer shows groups that have to be worked out for it.
    fn wants_groups(&self, cx: &Context, want: &Projection) -> bool {
        self.options.groups.is_some()
            && cx.schemas().resolve(&attr::GROUPS).is_ok_and(|groups| want.wants(&groups))
    }

    fn get_now(&self, cx: &Context, id: &ResourceId, want: &Projection) -> Result<Stored<R>, StoreError> {
        let tenant = self.tenant(cx.tenant()).ok_or(StoreError::NotFound)?;
        let tenant = read(&tenant);
        let entry = tenant.live.get(id).ok_or(StoreError::NotFound)?;
        if self.wants_groups(cx, want) {
            return self.shown(cx.tenant(), entry);
        }
        let unwanted = tenant.list.as_ref().filter(|(list, _)| !want.wants(list));
        self.light(entry, unwanted.and_then(|(list, _)| list.attribute()))
    }

    /// The resource without a list that nobody gets to see: to make a typed form of it could take long.
    fn light(&self, entry: &Entry<R>, unwanted: Option<&Arc<Attribute>>) -> Result<Stored<R>, StoreError> {
        let is_dynamic = TypeId::of::<R>() == TypeId::of::<Resource>();
        let name = unwanted.map(|list| list.name().as_str());
        Ok(match name.filter(|name| !is_dynamic && entry.resource().as_map().contains_key(*name)) {
            Some(name) => entry.stored_as(&Form::new(entry.without(name)))?,
            None => entry.stored_as(&entry.form)?,
        })
    }

    fn query_now(&self, cx: &Context, query: &Query) -> Result<Listing<Stored<R>>, StoreError> {
        let Some(tenant) = self.tenant(cx.tenant()) else {
            return page(Vec::<Candidate<'_, R>>::new(), query)?.try_map(|_| Err(StoreError::NotFound));
        };
        let tenant = read(&tenant);
        let entries = &tenant.live.entries;
        let asks_groups = self.options.groups.is_some() && asks(query, attr::GROUPS.name());
        let candidate =
            |entry| Candidate { entry, form: asks_groups.then(|| self.form_with_groups(cx.tenant(), entry)) };
        let chosen = query.filter.as_ref().and_then(|filter| tenant.live.candidates(filter.root()));
        let after = match &query.start {
            Start::After(Some(cursor)) if query.sort.is_none() && !query.total => place_of(cursor),
            _ => None,
        };
        let found = match (chosen, &query.start) {
            (Some(chosen), _) => {
                page(chosen.iter().filter_map(|place| entries.get(place)).map(candidate), query)?
            }
            (None, Start::Index(from)) if query.filter.is_none() && query.sort.is_none() => {
                let skip = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
                let items = entries.values().skip(skip).take(query.count).map(candidate).collect();
                Listing::page(items, entries.len() as u64)
            }
            (None, _) => page(entries.range(after.unwrap_or(0)..).map(|(_, entry)| candidate(entry)), query)?,
        };
        let wants_groups = self.wants_groups(cx, &query.want);
        let unwanted = tenant.list.as_ref().filter(|(list, _)| !query.want.wants(list));
        let unwanted = unwanted.and_then(|(list, _)| list.attribute());
        found.try_map(|found| {
            if wants_groups {
                return self.shown(cx.tenant(), found.entry);
            }
            self.light(found.entry, unwanted)
        })
    }
}

/// Whether a query asks about an attribute, in its filter or its order.
fn asks(query: &Query, name: Option<&scim_core::AttrName>) -> bool {
    fn is(target: &scim_core::Resolved, name: Option<&scim_core::AttrName>) -> bool {
        target.extension().is_none() && target.attribute().map(|attribute| attribute.name()) == name
    }
    fn within(typed: &Typed, name: Option<&scim_core::AttrName>) -> bool {
        match typed {
            Typed::And(list) | Typed::Or(list) => list.iter().any(|typed| within(typed, name)),
            Typed::Not(inner) => within(inner, name),
            Typed::Present(target) | Typed::Compare(target, ..) | Typed::Element(target, _) => {
                is(target, name)
            }
            Typed::Constant(_) => false,
        }
    }
    query.filter.as_ref().is_some_and(|filter| within(filter.root(), name))
        || query.sort.as_ref().and_then(|sort| sort.target()).is_some_and(|target| is(target, name))
}

impl<R: ScimResource> ResourceStore for MemoryStore<R> {
    type Resource = R;

    async fn create(&self, cx: &Context, new: R, write: &Write<'_>) -> Result<Written<R>, StoreError> {
        self.create_now(cx, new, write, Ownership::Directory)
    }

    async fn get(&self, cx: &Context, id: &ResourceId, want: &Projection) -> Result<Stored<R>, StoreError> {
        self.get_now(cx, id, want)
    }

    async fn query(&self, cx: &Context, query: &Query) -> Result<Listing<Stored<R>>, StoreError> {
        self.query_now(cx, query)
    }

    async fn replace(
        &self,
        cx: &Context,
        id: &ResourceId,
        new: R,
        write: &Write<'_>,
    ) -> Result<Written<R>, StoreError> {
        self.replace_now(cx, id, new, write)
    }

    async fn delete(
        &self,
        cx: &Context,
        id: &ResourceId,
        write: &Write<'_>,
    ) -> Result<Stored<R>, StoreError> {
        self.delete_now(cx, id, write)
    }

    async fn patch(
        &self,
        cx: &Context,
        id: &ResourceId,
        patch: &PatchRequest,
        write: &Write<'_>,
    ) -> Result<Written<R>, StoreError> {
        self.patch_now(cx, id, patch, write)
    }

    async fn names(
        &self,
        cx: &Context,
        ids: &[ResourceId],
    ) -> Result<Vec<(ResourceId, Option<String>)>, StoreError> {
        let Some(tenant) = self.tenant(cx.tenant()) else { return Ok(Vec::new()) };
        let tenant = read(&tenant);
        let entries = ids.iter().filter_map(|id| tenant.live.get(id));
        Ok(entries.map(|entry| (entry.id.clone(), name_of(entry.resource()))).collect())
    }

    fn cursor_key(&self) -> Option<CursorKey> {
        self.key.clone()
    }
}

impl<R: ScimResource> Default for MemoryStore<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R> Clone for MemoryStore<R> {
    fn clone(&self) -> Self {
        Self { options: Arc::clone(&self.options), tenants: Arc::clone(&self.tenants), key: self.key.clone() }
    }
}

/// Shows how much there is, and none of it.
impl<R> fmt::Debug for MemoryStore<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("tenants", &read(&self.tenants).len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
