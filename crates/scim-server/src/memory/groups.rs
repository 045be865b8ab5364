//! The `groups` of users, worked out from the members of groups (RFC 7643 §4.1.2).

use std::collections::{HashSet, VecDeque};

use chrono::{DateTime, Utc};
use scim_core::{Resource, ResourceId, ScimError, ScimResource, TenantId};
use serde_json::{Value, json};

use super::table::{Entry, Tenant};
use super::{MemoryStore, read, write};
use crate::store::name_of;

/// What a store of users asks its store of groups.
pub(super) trait Groups: Send + Sync {
    /// A number that changes with the groups of the tenant.
    fn stamp(&self, tenant: &TenantId) -> u64;

    /// The groups that somebody is in, directly and through other groups, and the stamp at which that was so.
    fn groups_of(&self, tenant: &TenantId, member: &str) -> (u64, Vec<Value>);

    /// Takes somebody who is gone out of all groups.
    fn forget(&self, tenant: &TenantId, member: &ResourceId, now: DateTime<Utc>) -> Result<(), ScimError>;
}

impl<G: ScimResource> Groups for MemoryStore<G> {
    fn stamp(&self, tenant: &TenantId) -> u64 {
        self.tenant(tenant).map_or(0, |tenant| read(&tenant).stamp)
    }

    fn groups_of(&self, tenant: &TenantId, member: &str) -> (u64, Vec<Value>) {
        let Some(tenant) = self.tenant(tenant) else { return (0, Vec::new()) };
        let tenant = read(&tenant);
        (tenant.stamp, tenant.groups_of(member))
    }

    fn forget(&self, tenant: &TenantId, member: &ResourceId, now: DateTime<Utc>) -> Result<(), ScimError> {
        match self.tenant(tenant) {
            Some(tenant) => write(&tenant).forget(member, now),
            None => Ok(()),
        }
    }
}

impl<G: ScimResource> Tenant<G> {
    fn groups_of(&self, member: &str) -> Vec<Value> {
        let Some(index) = self.list.as_ref().and_then(|(_, value)| self.live.index(value)) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        // Groups may be members of each other; each is looked at once.
        let mut seen: HashSet<u64> = HashSet::new();
        let mut next: VecDeque<(u64, &str)> = index.places(member).map(|place| (place, "direct")).collect();
        while let Some((place, kind)) = next.pop_front() {
            let Some(group) = self.live.entries.get(&place).filter(|_| seen.insert(place)) else { continue };
            let mut element = json!({"value": group.id.as_str(), "type": kind});
            if let (Some(name), Value::Object(element)) = (name_of(group.resource()), &mut element) {
                element.insert("display".to_owned(), name.into());
            }
            found.push(element);
            next.extend(index.places(group.id.as_str()).map(|place| (place, "indirect")));
        }
        found
    }

    /// Takes a resource that is gone out of the lists that hold it; their versions change.
    pub(super) fn forget(&mut self, member: &ResourceId, now: DateTime<Utc>) -> Result<(), ScimError> {
        let Some((list, value)) = self.list.clone() else { return Ok(()) };
        let Some(name) = list.path().name().map(scim_core::AttrName::as_str) else { return Ok(()) };
        let id = member.as_str();
        let holders: Vec<u64> = match self.live.index(&value) {
            Some(index) => index.places(id).collect(),
            None => return Ok(()),
        };
        for place in holders {
            let version = self.next_version()?;
            let Some(entry) = self.live.entries.remove(&place) else { continue };
            let old = (!self.in_place).then(|| Resource::clone(entry.resource()));
            let mut resource = entry.without(name);
            let (id_of_list, times, ownership) = (entry.id.clone(), (entry.created, now), entry.ownership);
            let mut elements = entry.into_list(name);
            elements.retain(|element| element.get("value").and_then(Value::as_str) != Some(id));
            put_list(&mut resource, name, elements);
            let entry = Entry::new(place, id_of_list, version, resource, times, ownership);
            match (&old, self.live.index_mut(&value)) {
                (Some(old), _) => self.live.reindex(place, Some(old), Some(entry.resource())),
                (None, Some(index)) => index.remove(id, place),
                (None, None) => {}
            }
            self.live.entries.insert(place, entry);
            self.stamp += 1;
        }
        Ok(())
    }
}

/// Puts a list into a resource, unless it is empty.
pub(super) fn put_list(resource: &mut Resource, name: &str, elements: Vec<Value>) {
    if !elements.is_empty() {
        resource.as_map_mut().insert(name.to_owned(), Value::Array(elements));
    }
}
