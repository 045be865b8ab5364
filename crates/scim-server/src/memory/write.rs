//! Creating, replacing and deleting.

use std::sync::Arc;

use scim_core::{AttrPath, Resource, ResourceId, ScimResource, attr};
use serde_json::{Map, Value, json};

use super::table::{Entry, Tenant};
use super::{MemoryStore, write as lock};
use crate::context::Context;
use crate::store::{Ownership, StoreError, Stored, Write, Written};

impl<R: ScimResource> MemoryStore<R> {
    pub(super) fn create_now(
        &self,
        cx: &Context,
        new: R,
        write: &Write<'_>,
        ownership: Ownership,
    ) -> Result<Written<R>, StoreError> {
        let new = self.canonical(cx, new)?;
        let tenant = self.tenant_for(cx);
        let tenant = &mut *lock(&tenant);
        match tenant.returning(&new, write.recreate()) {
            Some((place, true)) => return self.bring_back(cx, tenant, place, new, write),
            Some((place, false)) => return self.commit(cx, tenant, place, new, write, None),
            None => {}
        }
        if let Some(path) = tenant.live.conflict(&new, None) {
            return Err(StoreError::Conflict(path));
        }
        let (place, version) = (tenant.next_place(), tenant.next_version()?);
        let entry = Entry::new(place, new_id()?, version, new, (cx.now(), cx.now()), ownership);
        write.check_dynamic::<R>(cx, None, Some(entry.resource()), &[])?;
        let stored = self.shown(cx.tenant(), &entry)?;
        tenant.live.put(entry);
        tenant.stamp += 1;
        Ok(Written::created(stored))
    }

    pub(super) fn replace_now(
        &self,
        cx: &Context,
        id: &ResourceId,
        new: R,
        write: &Write<'_>,
    ) -> Result<Written<R>, StoreError> {
        let new = self.canonical(cx, new)?;
        let tenant = self.tenant(cx.tenant()).ok_or(StoreError::NotFound)?;
        let tenant = &mut *lock(&tenant);
        let entry = tenant.live.get(id).ok_or(StoreError::NotFound)?;
        write.check_version(&entry.version)?;
        let place = entry.place;
        self.commit(cx, tenant, place, new, write, None)
    }

    pub(super) fn delete_now(
        &self,
        cx: &Context,
        id: &ResourceId,
        write: &Write<'_>,
    ) -> Result<Stored<R>, StoreError> {
        let tenant = self.tenant(cx.tenant()).ok_or(StoreError::NotFound)?;
        let tenant = &mut *lock(&tenant);
        let entry = tenant.live.get(id).ok_or(StoreError::NotFound)?;
        write.check_version(&entry.version)?;
        let before = self.shown(cx.tenant(), entry)?;
        write.check(cx, Some(&before), None)?;
        let version = tenant.next_version()?;
        let Some(entry) = tenant.live.take(id) else { return Err(StoreError::NotFound) };
        if write.retires() {
            let mut resource = Resource::clone(entry.resource());
            if cx.schemas().resolve(&attr::ACTIVE).is_ok() {
                resource.as_map_mut().insert("active".to_owned(), Value::Bool(false));
            }
            let times = (entry.created, cx.now());
            let id = entry.id.clone();
            tenant.retired.put(Entry::new(entry.place, id, version, resource, times, entry.ownership));
        }
        tenant.forget(id, cx.now())?;
        tenant.stamp += 1;
        if let Some(groups) = &self.options.groups {
            groups.forget(cx.tenant(), id, cx.now())?;
        }
        Ok(before)
    }

    /// Puts a resource in the place of the one that is there, if it differs and the rules let it. The version was compared.
    pub(super) fn commit(
        &self,
        cx: &Context,
        tenant: &mut Tenant<R>,
        place: u64,
        new: Resource,
        write: &Write<'_>,
        changed: Option<Vec<AttrPath>>,
    ) -> Result<Written<R>, StoreError> {
        let old = tenant.live.entries.get(&place).ok_or(StoreError::NotFound)?;
        // An account of the application's becomes linked, even where nothing else changes.
        if old.ownership != Ownership::Application && same_content(old.resource(), &new) {
            return Ok(Written::unchanged(self.shown(cx.tenant(), old)?));
        }
        let before = self.shown(cx.tenant(), old)?;
        let (id, created, ownership) = (old.id.clone(), old.created, old.ownership.after_write());
        if let Some(path) = tenant.live.conflict(&new, Some(place)) {
            return Err(StoreError::Conflict(path));
        }
        let version = tenant.next_version()?;
        let entry = Entry::new(place, id, version, new, (created, cx.now()), ownership);
        write.check_dynamic(cx, Some(&before), Some(entry.resource()), &[])?;
        let stored = self.shown(cx.tenant(), &entry)?;
        tenant.live.put(entry);
        tenant.stamp += 1;
        let written = Written::updated(before, stored);
        Ok(match changed {
            Some(changed) => written.with_changed(changed),
            None => written,
        })
    }

    /// Brings a resource back that was out of sight.
    fn bring_back(
        &self,
        cx: &Context,
        tenant: &mut Tenant<R>,
        place: u64,
        new: Resource,
        write: &Write<'_>,
    ) -> Result<Written<R>, StoreError> {
        if let Some(path) = tenant.live.conflict(&new, None) {
            return Err(StoreError::Conflict(path));
        }
        let version = tenant.next_version()?;
        let old = tenant.retired.entries.get(&place).ok_or(StoreError::NotFound)?;
        let before = old.stored_as(&old.form)?;
        let (id, times) = (old.id.clone(), (old.created, cx.now()));
        let entry = Entry::new(place, id, version, new, times, old.ownership.after_write());
        write.check_dynamic(cx, Some(&before), Some(entry.resource()), &[])?;
        let stored = self.shown(cx.tenant(), &entry)?;
        tenant.retired.take(&before.id);
        tenant.live.put(entry);
        tenant.stamp += 1;
        Ok(Written::updated(before, stored))
    }

    /// The dynamic form of what is to be kept, without what the store says itself.
    fn canonical(&self, cx: &Context, new: R) -> Result<Resource, StoreError> {
        let shared = Arc::new(new);
        let resource = R::to_resource(&shared)?;
        drop(shared);
        let resource = Arc::try_unwrap(resource).unwrap_or_else(|shared| Resource::clone(&shared));
        Ok(self.kept(cx, resource))
    }

    /// What is kept of a resource: not the groups, which are worked out, and of `meta` the type.
    pub(super) fn kept(&self, cx: &Context, resource: Resource) -> Resource {
        let mut resource = resource.with_schema_set(cx.schemas());
        let map = resource.as_map_mut();
        map.remove("id");
        if self.options.groups.is_some() {
            map.remove("groups");
        }
        map.insert("meta".to_owned(), json!({"resourceType": cx.resource_type()}));
        resource
    }
}

/// An id that nobody can guess and that was never there.
fn new_id() -> Result<ResourceId, StoreError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Internal(error.to_string().into()))?;
    let uuid = uuid::Builder::from_random_bytes(bytes).into_uuid();
    Ok(ResourceId::new(uuid.to_string())?)
}

/// Whether two resources are the same but for what the store says itself. The order of `schemas` means nothing.
fn same_content(old: &Resource, new: &Resource) -> bool {
    let own = |name: &str| !matches!(name, "id" | "meta" | "schemas");
    let content = |map: &Map<String, Value>| map.keys().filter(|name| own(name)).count();
    let mut schemas = [old.schemas().collect::<Vec<_>>(), new.schemas().collect()];
    schemas.iter_mut().for_each(|schemas| schemas.sort_unstable());
    let [old_schemas, new_schemas] = schemas;
    let (old, new) = (old.as_map(), new.as_map());
    old_schemas == new_schemas
        && content(old) == content(new)
        && old.iter().filter(|(name, _)| own(name)).all(|(name, value)| new.get(name) == Some(value))
}
