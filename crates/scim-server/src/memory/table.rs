//! The resources of one tenant, and who has which value.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use scim_core::schema::Mutability;
use scim_core::{
    AttrPath, Resolved, Resource, ResourceId, SchemaSet, ScimError, ScimResource, Version, attr,
};
use scim_filter::{CompareOp, Typed};
use serde_json::Value;

use super::Options;
use super::index::{Index, unique_paths};
use crate::rules::RecreatePolicy;
use crate::store::page::put_common;
use crate::store::{Ownership, Row, Stored};

/// A resource in its canonical form, and in that of the application once somebody has asked.
pub(super) struct Form<R> {
    pub(super) resource: Arc<Resource>,
    typed: OnceLock<Arc<R>>,
}

impl<R: ScimResource> Form<R> {
    pub(super) fn new(resource: Resource) -> Self {
        Self { resource: Arc::new(resource), typed: OnceLock::new() }
    }

    pub(super) fn typed(&self) -> Result<Arc<R>, ScimError> {
        // The dynamic resource is its own typed form: nothing is copied.
        let shared: Arc<dyn Any + Send + Sync> = Arc::<Resource>::clone(&self.resource);
        if let Ok(same) = shared.downcast::<R>() {
            return Ok(same);
        }
        if let Some(typed) = self.typed.get() {
            return Ok(Arc::clone(typed));
        }
        let typed = Arc::new(self.resource.to_typed::<R>()?);
        Ok(Arc::clone(self.typed.get_or_init(|| typed)))
    }
}

/// A resource, and what only the store knows of it.
pub(super) struct Entry<R> {
    pub(super) place: u64,
    pub(super) id: ResourceId,
    pub(super) version: Version,
    pub(super) form: Arc<Form<R>>,
    pub(super) created: DateTime<Utc>,
    pub(super) last_modified: DateTime<Utc>,
    pub(super) ownership: Ownership,
    shown: Mutex<Option<Shown<R>>>,
}

/// A user with its groups, as they were at a stamp of the groups.
struct Shown<R> {
    stamp: u64,
    groups: Vec<Value>,
    form: Arc<Form<R>>,
}

impl<R: ScimResource> Entry<R> {
    /// A resource with its `id` and `meta`, of which the resource type is there already.
    pub(super) fn new(
        place: u64,
        id: ResourceId,
        version: Version,
        mut resource: Resource,
        times: (DateTime<Utc>, DateTime<Utc>),
        ownership: Ownership,
    ) -> Self {
        let (created, last_modified) = times;
        let meta = resource.as_map().get("meta").and_then(|meta| meta.get("resourceType")?.as_str());
        let resource_type = meta.unwrap_or_default().to_owned();
        put_common(&mut resource, &id, &resource_type, version.as_str(), Some(created), Some(last_modified));
        let form = Arc::new(Form::new(resource));
        Self { place, id, version, form, created, last_modified, ownership, shown: Mutex::default() }
    }

    pub(super) fn resource(&self) -> &Resource {
        &self.form.resource
    }

    /// The elements of a list, taken out; copied only while a reader holds the resource.
    pub(super) fn into_list(self, name: &str) -> Vec<Value> {
        drop(self.shown);
        let list = match Arc::try_unwrap(self.form).map(|form| Arc::try_unwrap(form.resource)) {
            Ok(Ok(resource)) => resource.into_map().remove(name),
            Ok(Err(shared)) => shared.as_map().get(name).cloned(),
            Err(form) => form.resource.as_map().get(name).cloned(),
        };
        match list {
            Some(Value::Array(elements)) => elements,
            _ => Vec::new(),
        }
    }

    /// A copy of the resource without a list.
    pub(super) fn without(&self, name: &str) -> Resource {
        let map = self.resource().as_map().iter().filter(|(key, _)| *key != name);
        let map = map.map(|(key, value)| (key.clone(), value.clone())).collect();
        let mut light = Resource::default();
        if let Some(schemas) = self.resource().schema_set() {
            light = light.with_schema_set(schemas);
        }
        *light.as_map_mut() = map;
        light
    }

    /// The resource in this form.
    pub(super) fn stored_as(&self, form: &Form<R>) -> Result<Stored<R>, ScimError> {
        Ok(Stored::new(self.id.clone(), self.version.clone(), form.typed()?)
            .with_created(self.created)
            .with_last_modified(self.last_modified)
            .with_ownership(self.ownership)
            .with_twin(&form.resource))
    }

    /// The user with its groups, of which `groups` knows a stamp and the list. Where they are what they were, nothing is
    /// copied.
    pub(super) fn with_groups(
        &self,
        stamp: impl FnOnce() -> u64,
        groups: impl FnOnce() -> (u64, Vec<Value>),
    ) -> Arc<Form<R>> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shown) = shown.as_ref().filter(|shown| shown.stamp == stamp()) {
            return Arc::clone(&shown.form);
        }
        let (stamp, groups) = groups();
        if let Some(shown) = shown.as_mut().filter(|shown| shown.groups == groups) {
            shown.stamp = stamp;
            return Arc::clone(&shown.form);
        }
        let form = if groups.is_empty() {
            Arc::clone(&self.form)
        } else {
            let mut resource = Resource::clone(&self.form.resource);
            resource.as_map_mut().insert("groups".to_owned(), Value::Array(groups.clone()));
            Arc::new(Form::new(resource))
        };
        *shown = Some(Shown { stamp, groups, form: Arc::clone(&form) });
        form
    }
}

/// An entry that a filter looks at.
pub(super) struct Candidate<'a, R> {
    pub(super) entry: &'a Entry<R>,
    /// The form with what was worked out for the filter.
    pub(super) form: Option<Arc<Form<R>>>,
}

impl<R: ScimResource> Row for Candidate<'_, R> {
    fn id(&self) -> &ResourceId {
        &self.entry.id
    }

    fn resource(&self) -> &Resource {
        self.form.as_ref().map_or(&self.entry.form.resource, |form| &form.resource)
    }

    fn place(&self) -> Option<u64> {
        Some(self.entry.place)
    }
}

/// Resources in the order in which they came to be.
pub(super) struct Table<R> {
    pub(super) entries: BTreeMap<u64, Entry<R>>,
    ids: HashMap<ResourceId, u64>,
    indexes: Vec<Index>,
}

impl<R: ScimResource> Table<R> {
    fn new(indexes: Vec<Index>) -> Self {
        Self { entries: BTreeMap::new(), ids: HashMap::new(), indexes }
    }

    pub(super) fn get(&self, id: &ResourceId) -> Option<&Entry<R>> {
        self.entries.get(self.ids.get(id)?)
    }

    pub(super) fn index(&self, path: &AttrPath) -> Option<&Index> {
        self.indexes.iter().find(|index| index.path() == path)
    }

    pub(super) fn index_mut(&mut self, path: &AttrPath) -> Option<&mut Index> {
        self.indexes.iter_mut().find(|index| index.path() == path)
    }

    pub(super) fn reindex(&mut self, place: u64, old: Option<&Resource>, new: Option<&Resource>) {
        self.indexes.iter_mut().for_each(|index| index.update(place, old, new));
    }

    /// Puts an entry in, in the place of the one that was there.
    pub(super) fn put(&mut self, entry: Entry<R>) {
        let place = entry.place;
        let old = self.entries.remove(&place);
        self.reindex(place, old.as_ref().map(Entry::resource), Some(entry.resource()));
        self.ids.insert(entry.id.clone(), place);
        self.entries.insert(place, entry);
    }

    pub(super) fn take(&mut self, id: &ResourceId) -> Option<Entry<R>> {
        let entry = self.entries.remove(&self.ids.remove(id)?)?;
        self.reindex(entry.place, Some(entry.resource()), None);
        Some(entry)
    }

    /// The unique attribute of which another resource has a value of this one's.
    pub(super) fn conflict(&self, resource: &Resource, own: Option<u64>) -> Option<AttrPath> {
        let taken = |index: &&Index| {
            index.keys(resource).any(|key| index.places(&key).any(|place| Some(place) != own))
        };
        self.indexes.iter().filter(|index| index.unique).find(taken).map(|index| index.path().clone())
    }

    /// The only resources for which the filter may hold, where an index knows; the filter has to be asked all the same.
    pub(super) fn candidates(&self, filter: &Typed) -> Option<BTreeSet<u64>> {
        match filter {
            Typed::Compare(target, CompareOp::Eq, operand) if *target.path() == attr::ID => match operand {
                scim_filter::check::Operand::Exact(id) => {
                    let id = ResourceId::new(id.as_str()).ok();
                    Some(id.and_then(|id| self.ids.get(&id)).copied().into_iter().collect())
                }
                _ => None,
            },
            Typed::Compare(target, CompareOp::Eq, operand) => self.index(target.path())?.asked(operand),
            Typed::Element(_, inner) => self.candidates(inner),
            Typed::And(all) => all.iter().filter_map(|one| self.candidates(one)).min_by_key(BTreeSet::len),
            Typed::Or(any) => {
                any.iter().map(|one| self.candidates(one)).try_fold(BTreeSet::new(), |mut all, some| {
                    all.extend(some?);
                    Some(all)
                })
            }
            Typed::Constant(false) => Some(BTreeSet::new()),
            Typed::Constant(true) | Typed::Not(_) | Typed::Present(_) | Typed::Compare(..) => None,
        }
    }
}

/// What one tenant has.
pub(super) struct Tenant<R> {
    pub(super) live: Table<R>,
    /// Out of sight, until they return.
    pub(super) retired: Table<R>,
    /// The list of references to other resources that the type has, such as `members`, and the `value` of its elements.
    pub(super) list: Option<(Resolved, AttrPath)>,
    /// Whether the list can be changed in place: it has no index but the one of `value`, which is not unique.
    pub(super) in_place: bool,
    /// Changes with every write.
    pub(super) stamp: u64,
    last_place: u64,
    last_version: u64,
}

impl<R: ScimResource> Tenant<R> {
    pub(super) fn new(schemas: &SchemaSet, options: &Options) -> Self {
        let mut unique = unique_paths(schemas);
        unique.extend(options.unique.iter().cloned());
        let list = schemas.attributes().find(|attribute| {
            attribute.multi_valued()
                && attribute.refers_to_resources()
                && attribute.mutability() == Mutability::ReadWrite
                && !attribute.required()
        });
        let list = list.and_then(|attribute| {
            let target = schemas.resolve(&AttrPath::of_name(attribute.name().clone())).ok()?;
            let value = target.with_sub_attribute("value")?.path().clone();
            Some((target, value))
        });
        let standard = [attr::EXTERNAL_ID, attr::USER_NAME, attr::DISPLAY_NAME];
        let plain = standard.into_iter().chain(options.indexed.iter().cloned());
        let values = list.iter().map(|(_, value)| value.clone());
        let mut indexes: Vec<Index> = Vec::new();
        let all = unique.into_iter().map(|path| (path, true));
        for (path, unique) in all.chain(plain.chain(values).map(|path| (path, false))) {
            // What the type does not have needs no index.
            let Ok(target) = schemas.resolve(&path) else { continue };
            if !indexes.iter().any(|index| index.path() == target.path()) {
                indexes.push(Index::new(target, unique));
            }
        }
        let in_place = list.as_ref().is_some_and(|(list, value)| {
            let within = |index: &&Index| index.path().clone().without_sub() == *list.path();
            indexes.iter().filter(within).all(|index| index.path() == value && !index.unique)
        });
        let identity = [attr::EXTERNAL_ID, attr::USER_NAME];
        let identity = identity.iter().filter_map(|path| schemas.resolve(path).ok());
        let retired = Table::new(identity.map(|target| Index::new(target, false)).collect());
        Self { live: Table::new(indexes), retired, list, in_place, stamp: 1, last_place: 0, last_version: 0 }
    }

    pub(super) fn next_place(&mut self) -> u64 {
        self.last_place += 1;
        self.last_place
    }

    pub(super) fn next_version(&mut self) -> Result<Version, ScimError> {
        self.last_version += 1;
        Version::new(self.last_version.to_string())
    }

    /// The resource that a new one brings back: the only one that is there, if it is inactive and the directory's, or else the
    /// youngest of those that are out of sight. Says whether it is out of sight.
    pub(super) fn returning(&self, new: &Resource, policy: RecreatePolicy) -> Option<(u64, bool)> {
        let path = match policy {
            RecreatePolicy::Conflict => return None,
            RecreatePolicy::ReactivateSameExternalId => attr::EXTERNAL_ID,
            RecreatePolicy::ReactivateSameUserName => attr::USER_NAME,
        };
        let is_inactive = |place: &u64| {
            let entry = self.live.entries.get(place);
            entry.is_some_and(|entry| {
                entry.ownership != Ownership::Application
                    && entry.resource().get(&attr::ACTIVE) == Some(&Value::Bool(false))
            })
        };
        let live = self.live.index(&path)?;
        let mut here = live.keys(new).flat_map(|key| live.places(&key).collect::<Vec<_>>());
        match (here.next(), here.next()) {
            (None, _) => {}
            (Some(place), None) => return is_inactive(&place).then_some((place, false)),
            // Two are nobody in particular: what is one person's is not given to another.
            (Some(_), Some(_)) => return None,
        }
        let retired = self.retired.index(&path)?;
        let youngest = retired.keys(new).flat_map(|key| retired.places(&key).collect::<Vec<_>>()).max()?;
        Some((youngest, true))
    }
}
