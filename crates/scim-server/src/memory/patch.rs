//! PATCH in place: one member more costs a walk through the members, and no copy of them.

use std::collections::{HashMap, HashSet};

use scim_core::multi_valued::same_element;
use scim_core::schema::Attribute;
use scim_core::{Resolved, Resource, ResourceId, ScimResource};
use scim_patch::{Delta, PatchRequest};
use serde_json::Value;

use super::groups::put_list;
use super::index::Index;
use super::table::{Entry, Form, Tenant};
use super::{MemoryStore, write as lock};
use crate::context::Context;
use crate::rules::ListChange;
use crate::store::{StoreError, Write, Written};

impl<R: ScimResource> MemoryStore<R> {
    pub(super) fn patch_now(
        &self,
        cx: &Context,
        id: &ResourceId,
        patch: &PatchRequest,
        write: &Write<'_>,
    ) -> Result<Written<R>, StoreError> {
        let tenant = self.tenant(cx.tenant()).ok_or(StoreError::NotFound)?;
        let tenant = &mut *lock(&tenant);
        let entry = tenant.live.get(id).ok_or(StoreError::NotFound)?;
        write.check_version(&entry.version)?;
        let place = entry.place;
        let list = tenant.list.as_ref().map(|(list, _)| list);
        let list = list.filter(|list| tenant.in_place && !write.wants(list));
        if let Some((delta, rest)) = list.and_then(|list| split(patch, list)) {
            return self.patch_list(cx, tenant, place, &delta, &rest, write);
        }
        // A value that the request expects may be one that is worked out.
        let form = self.form_with_groups(cx.tenant(), entry);
        let patched = patch.apply(&form.resource, cx.schemas())?;
        if patched.changed.is_empty() {
            return Ok(Written::unchanged(entry.stored_as(&form)?));
        }
        let new = self.kept(cx, patched.resource);
        self.commit(cx, tenant, place, new, write, Some(patched.changed))
    }

    /// Applies what is about the list to the list, and the rest to the resource without it.
    fn patch_list(
        &self,
        cx: &Context,
        tenant: &mut Tenant<R>,
        place: u64,
        delta: &Delta,
        rest: &PatchRequest,
        write: &Write<'_>,
    ) -> Result<Written<R>, StoreError> {
        let missing = || StoreError::NotFound;
        let (list, value) = tenant.list.clone().ok_or_else(missing)?;
        let attribute = list.attribute().ok_or_else(missing)?;
        let name = attribute.name().as_str();
        let entry = tenant.live.entries.get(&place).ok_or_else(missing)?;
        let index = tenant.live.index(&value).ok_or_else(missing)?;
        let (delta, gone) = effective(delta, attribute, entry, index);

        let old = entry.without(name);
        let mut new = old.clone();
        let mut changed = rest.apply_to(&mut new, cx.schemas())?;
        if !(delta.add.is_empty() && delta.remove.is_empty()) {
            changed.push(list.path().clone());
        }
        let before = entry.stored_as(&Form::new(old.clone()))?;
        if changed.is_empty() {
            return Ok(Written::unchanged(before));
        }
        if let Some(path) = tenant.live.conflict(&new, Some(place)) {
            return Err(StoreError::Conflict(path));
        }
        let count = elements(entry.resource(), name).len() - gone + delta.add.len();
        let lists =
            vec![ListChange { attribute: list.path().clone(), delta: delta.clone(), count: count as u64 }];
        let (id, times, ownership) =
            (entry.id.clone(), (entry.created, cx.now()), entry.ownership.after_write());
        let version = tenant.next_version()?;
        let light = Entry::new(place, id.clone(), version.clone(), new.clone(), times, ownership);
        let after = light.stored_as(&light.form)?;
        write.check_dynamic(cx, Some(&before), Some(light.resource()), &lists)?;

        // Nothing is refused from here on.
        tenant.live.reindex(place, Some(&old), Some(&new));
        let Some(entry) = tenant.live.entries.remove(&place) else { return Err(StoreError::NotFound) };
        let mut elements = entry.into_list(name);
        if !delta.remove.is_empty() {
            let removed: HashSet<&str> = delta.remove.iter().map(String::as_str).collect();
            elements.retain(|element| id_of(element).is_none_or(|id| !removed.contains(id)));
        }
        elements.extend(delta.add.iter().cloned());
        if let Some(index) = tenant.live.index_mut(&value) {
            delta.remove.iter().for_each(|id| index.remove(id, place));
            delta.add.iter().filter_map(id_of).for_each(|id| index.add(id, place));
        }
        put_list(&mut new, name, elements);
        tenant.live.entries.insert(place, Entry::new(place, id, version, new, times, ownership));
        tenant.stamp += 1;
        Ok(Written::updated(before, after).with_changed(changed).with_lists(lists))
    }
}

/// What a request does to the list by value, and what it does besides; `None` when that cannot be told apart, or when
/// all elements go and the copy is no worse.
fn split(patch: &PatchRequest, list: &Resolved) -> Option<(Delta, PatchRequest)> {
    let name = list.attribute()?.name();
    let is_about = |target: &Resolved| {
        target.extension().is_none() && target.attribute().is_some_and(|attribute| attribute.name() == name)
    };
    if !patch.operations().iter().any(|operation| is_about(operation.target())) {
        return Some((Delta::default(), patch.clone()));
    }
    patch.split(list.path()).filter(|(delta, _)| !delta.clear)
}

/// The elements that really come and go, and how many go.
fn effective<R: ScimResource>(
    delta: &Delta,
    attribute: &Attribute,
    entry: &Entry<R>,
    index: &Index,
) -> (Delta, usize) {
    let is_there = |id: &str| index.has(id, entry.place);
    let mut remove: Vec<String> = delta.remove.iter().filter(|id| is_there(id)).cloned().collect();
    let known: HashSet<&str> = delta.add.iter().filter_map(id_of).filter(|id| is_there(id)).collect();
    // One walk finds all that matters; none is needed when all is new.
    let mut there: HashMap<&str, Vec<&Value>> = HashMap::new();
    if !(remove.is_empty() && known.is_empty()) {
        let removed: HashSet<&str> = remove.iter().map(String::as_str).collect();
        for element in elements(entry.resource(), attribute.name().as_str()) {
            if let Some(id) = id_of(element).filter(|id| known.contains(id) || removed.contains(id)) {
                there.entry(id).or_default().push(element);
            }
        }
    }
    let mut added: HashMap<&str, Vec<&Value>> = HashMap::new();
    delta.add.iter().filter_map(|element| Some((id_of(element)?, element))).for_each(|(id, element)| {
        added.entry(id).or_default().push(element);
    });
    // What is removed and put back as it was stays.
    let is_put_back = |id: &str| added.get(id).is_some_and(|added| there.get(id) == Some(added));
    remove.retain(|id| !is_put_back(id));
    let removed: HashSet<&str> = remove.iter().map(String::as_str).collect();
    let comes = |element: &&Value| match id_of(element) {
        Some(id) if removed.contains(id) => true,
        Some(id) => {
            let same = |other: &&Value| same_element(attribute, other, element);
            !there.get(id).is_some_and(|there| there.iter().any(same))
        }
        None => true,
    };
    let add: Vec<Value> = delta.add.iter().filter(comes).cloned().collect();
    let gone = removed.iter().filter_map(|id| there.get(id)).map(Vec::len).sum();
    (Delta { add, remove, clear: false }, gone)
}

fn id_of(element: &Value) -> Option<&str> {
    element.get("value")?.as_str()
}

fn elements<'a>(resource: &'a Resource, name: &str) -> &'a [Value] {
    match resource.as_map().get(name) {
        Some(Value::Array(elements)) => elements,
        _ => &[],
    }
}
