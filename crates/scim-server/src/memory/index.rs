//! Who has which value of an attribute: for uniqueness, and for filters that ask by `eq`.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use scim_core::schema::Uniqueness;
use scim_core::value::text;
use scim_core::{AttrPath, Resolved, Resource, SchemaSet, attr};
use scim_filter::check::Operand;
use serde_json::Value;

/// The places of the resources with each value of one attribute.
pub(super) struct Index {
    target: Resolved,
    exact: bool,
    pub(super) unique: bool,
    places: HashMap<Box<str>, BTreeSet<u64>>,
}

impl Index {
    pub(super) fn new(target: Resolved, unique: bool) -> Self {
        let is_id = target.attribute().is_some_and(|attribute| attribute.refers_to_resources())
            && target.sub_attribute().is_some_and(|sub| sub.name().as_str() == "value");
        let exact = is_id || target.leaf().is_some_and(|leaf| leaf.compares_exactly());
        Self { target, exact, unique, places: HashMap::new() }
    }

    pub(super) fn path(&self) -> &AttrPath {
        self.target.path()
    }

    /// The keys of a resource's values.
    pub(super) fn keys<'a>(&'a self, resource: &'a Resource) -> impl Iterator<Item = Cow<'a, str>> + 'a {
        resource.get_all(self.target.path()).filter_map(|value| match value {
            Value::String(text) if self.exact => Some(Cow::Borrowed(text.as_str())),
            Value::String(text) => Some(text::fold(text)),
            Value::Bool(_) | Value::Number(_) => Some(Cow::Owned(value.to_string())),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        })
    }

    /// The resources with this value, in the order in which they came to be.
    pub(super) fn places(&self, key: &str) -> impl Iterator<Item = u64> + '_ {
        self.places.get(key).into_iter().flatten().copied()
    }

    pub(super) fn has(&self, key: &str, place: u64) -> bool {
        self.places.get(key).is_some_and(|places| places.contains(&place))
    }

    /// The resources that an `eq` with this operand asks for; `None` when the index cannot tell.
    pub(super) fn asked(&self, operand: &Operand) -> Option<BTreeSet<u64>> {
        let key = match operand {
            Operand::Exact(text) if self.exact => text,
            Operand::Folded(key) if !self.exact => key,
            _ => return None,
        };
        Some(self.places.get(key.as_str()).cloned().unwrap_or_default())
    }

    pub(super) fn add(&mut self, key: &str, place: u64) {
        match self.places.get_mut(key) {
            Some(places) => {
                places.insert(place);
            }
            None => {
                self.places.insert(key.into(), BTreeSet::from([place]));
            }
        }
    }

    pub(super) fn remove(&mut self, key: &str, place: u64) {
        if let Some(places) = self.places.get_mut(key) {
            places.remove(&place);
            if places.is_empty() {
                self.places.remove(key);
            }
        }
    }

    /// Notes that a resource has other values now.
    pub(super) fn update(&mut self, place: u64, old: Option<&Resource>, new: Option<&Resource>) {
        let keys = |resource: Option<&Resource>| -> Vec<String> {
            resource.map(|resource| self.keys(resource).map(Cow::into_owned).collect()).unwrap_or_default()
        };
        let (old, new) = (keys(old), keys(new));
        if old == new {
            return;
        }
        old.iter().for_each(|key| self.remove(key, place));
        new.iter().for_each(|key| self.add(key, place));
    }
}

/// The attributes that the schemas call unique; `id` is the store's own matter.
pub(super) fn unique_paths(schemas: &SchemaSet) -> Vec<AttrPath> {
    let mut found = Vec::new();
    for one in schemas.resolved() {
        let (path, Some(attribute)) = (one.path(), one.attribute()) else { continue };
        if attribute.uniqueness() != Uniqueness::None && *path != attr::ID {
            found.push(path.clone());
        }
        let subs = attribute.sub_attributes().iter().filter(|sub| sub.uniqueness() != Uniqueness::None);
        found.extend(subs.map(|sub| path.clone().with_sub(sub.name().clone())));
    }
    found
}
