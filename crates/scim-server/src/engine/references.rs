//! What refers to resources: `$ref`, `type` and names of members, groups and managers (RFC 7643 §2.3.7, §4.1.2, §4.2, §4.3).

use std::collections::HashMap;
use std::sync::Arc;

use scim_core::schema::{AttrType, Mutability};
use scim_core::{AttrPath, Projection, Resolved, Resource, ResourceId, SchemaSet};
use serde_json::{Map, Value};

use super::{Call, Mounted};
use crate::auth::Access;
use crate::context::Operation;
use crate::store::StoreError;

/// So many names are looked up for one answer; a page with more members than that goes without.
const NAMES_MAX: usize = 10_000;

/// An attribute that refers to resources.
pub(crate) struct Reference {
    /// The attribute itself, and its sub-attributes as far as there are any.
    attribute: Resolved,
    link: Option<Resolved>,
    name: Option<Resolved>,
    /// There when `type` tells the resource type.
    kind: Option<Resolved>,
    /// The indexes of the resource types.
    targets: Vec<usize>,
    /// Whether these are all that it can refer to.
    all_here: bool,
}

/// What resources are called: by id, the index of the type and the name.
#[derive(Default)]
pub(crate) struct Names {
    found: HashMap<ResourceId, (usize, Option<String>)>,
    /// There were too many to look for, or they could not be asked: of one that is not found nothing is known.
    unknown: bool,
}

impl Names {
    /// Where it cannot be found out what anything is called.
    pub(super) fn unknown() -> Self {
        Self { unknown: true, ..Self::default() }
    }

    fn of(&self, id: &str) -> Option<&(usize, Option<String>)> {
        if self.found.is_empty() {
            return None;
        }
        self.found.get(&ResourceId::new(id).ok()?)
    }
}

impl Reference {
    /// Those of a schema set, where the names of the mounted resource types are these.
    pub(crate) fn all(schemas: &SchemaSet, types: &[String]) -> Vec<Self> {
        schemas.resolved().filter_map(|one| Self::of(one, types)).collect()
    }

    fn of(resolved: Resolved, types: &[String]) -> Option<Self> {
        let attribute = Arc::clone(resolved.attribute()?);
        if attribute.kind() != AttrType::Complex {
            return None;
        }
        attribute.sub("value")?;
        let link = attribute.sub("$ref")?;
        let index = |name: &String| types.iter().position(|one| one == name);
        let targets: Vec<usize> = link.reference_types().iter().filter_map(index).collect();
        if targets.is_empty() {
            return None;
        }
        let tells_type = attribute.sub("type").is_some_and(|kind| {
            let known = kind.canonical_values();
            !known.is_empty() && known.iter().all(|value| link.reference_types().contains(value))
        });
        let name = if attribute.sub("display").is_some() { "display" } else { "displayName" };
        Some(Self {
            link: resolved.with_sub_attribute("$ref"),
            name: resolved.with_sub_attribute(name),
            kind: if tells_type { resolved.with_sub_attribute("type") } else { None },
            all_here: targets.len() == link.reference_types().len(),
            targets,
            attribute: resolved,
        })
    }

    /// The value of the attribute in a resource.
    fn value<'a>(&self, resource: &'a Resource) -> Option<&'a Value> {
        let map = match self.attribute.extension() {
            Some(uri) => resource.as_map().get(uri.as_str())?.as_object()?,
            None => resource.as_map(),
        };
        map.get(self.attribute.attribute()?.name().as_str())
    }

    /// Whether something is referred to by the name that it has in a bulk request.
    pub(super) fn has_bulk_id(&self, resource: &Resource) -> bool {
        match self.value(resource) {
            Some(Value::Array(elements)) => elements.iter().any(is_bulk_id),
            Some(element) => is_bulk_id(element),
            None => false,
        }
    }

    /// The ids whose names an answer lacks.
    fn lacking<'a>(&self, value: &'a Value, want: &Projection) -> Vec<&'a str> {
        let wants = |path: &Option<Resolved>| path.as_ref().is_some_and(|path| want.wants(path));
        let (name, kind) = (wants(&self.name), wants(&self.kind) && self.targets.len() > 1);
        if !name && !kind {
            return Vec::new();
        }
        let lacks = |element: &&Map<String, Value>, path: &Option<Resolved>| {
            leaf(path).is_some_and(|leaf| !element.contains_key(leaf))
        };
        elements(value)
            .filter(|element| (name && lacks(element, &self.name)) || (kind && lacks(element, &self.kind)))
            .filter_map(|element| element.get("value")?.as_str())
            .collect()
    }
}

/// Whether an element refers to something by the name that it has in a bulk request.
pub(super) fn is_bulk_id(element: &Value) -> bool {
    element.get("value").and_then(Value::as_str).is_some_and(|id| id.starts_with("bulkId:"))
}

impl Call {
    /// Finds the names that an answer needs and its resources do not have.
    pub(super) async fn names<'a>(
        &self,
        shown: impl Iterator<Item = (&'a Mounted, &'a Resource, &'a Projection)>,
    ) -> Result<Names, StoreError> {
        let mut wanted: HashMap<ResourceId, &[usize]> = HashMap::new();
        for (mounted, resource, want) in shown {
            for reference in &mounted.references {
                let Some(value) = reference.value(resource) else { continue };
                for id in reference.lacking(value, want) {
                    if wanted.len() >= NAMES_MAX {
                        return Ok(Names::unknown());
                    }
                    if let Ok(id) = ResourceId::new(id) {
                        wanted.entry(id).or_insert(&reference.targets);
                    }
                }
            }
        }
        let mut names = Names::default();
        if wanted.is_empty() {
            return Ok(names);
        }
        for (at, mounted) in self.types.iter().enumerate() {
            // Whoever may not read a resource does not get its name either.
            if !self.principal.scopes().allows(&mounted.name, Access::Read) {
                continue;
            }
            let here: Vec<ResourceId> = wanted
                .iter()
                .filter(|(id, targets)| targets.contains(&at) && !names.found.contains_key(*id))
                .map(|(id, _)| id.clone())
                .collect();
            if here.is_empty() {
                continue;
            }
            let cx = self.cx(mounted, Operation::Get);
            for (id, name) in mounted.store.names(&cx, &here).await? {
                names.found.insert(id, (at, name));
            }
        }
        Ok(names)
    }

    /// Adds to an overlay what the references of a resource lack.
    pub(super) fn link(
        &self,
        mounted: &Mounted,
        resource: &Resource,
        want: &Projection,
        names: &Names,
        overlay: &mut Map<String, Value>,
    ) {
        for reference in &mounted.references {
            if !want.wants(&reference.attribute)
                && !reference.link.as_ref().is_some_and(|link| want.wants(link))
            {
                continue;
            }
            let Some(value) = reference.value(resource) else { continue };
            let Some(attribute) = reference.attribute.attribute() else { continue };
            if self.hides_names(reference) {
                let mut value = value.clone();
                if let Some(name) = leaf(&reference.name) {
                    elements_mut(&mut value).for_each(|element| drop(element.remove(name)));
                }
                lay(reference, attribute.name().as_str(), resource, value, overlay);
                continue;
            }
            // Most references are complete, and nothing is copied.
            let missing: Vec<Vec<(&str, Value)>> =
                elements(value).map(|element| self.missing(reference, element, names)).collect();
            if missing.iter().all(Vec::is_empty) {
                continue;
            }
            let mut value = value.clone();
            for (element, missing) in elements_mut(&mut value).zip(missing) {
                element.extend(missing.into_iter().map(|(name, value)| (name.to_owned(), value)));
            }
            lay(reference, attribute.name().as_str(), resource, value, overlay);
        }
    }

    /// Whether the names that the server itself put there are not for this principal, who may not read what they are names of.
    fn hides_names(&self, reference: &Reference) -> bool {
        let ours = reference.attribute.attribute().is_some_and(|a| a.mutability() == Mutability::ReadOnly);
        let may_read = |at: &usize| {
            let target = self.types.get(*at);
            target.is_some_and(|target| self.principal.scopes().allows(&target.name, Access::Read))
        };
        ours && !reference.targets.iter().any(may_read)
    }

    /// What the principal may ask about; nothing when that is everything.
    pub(super) fn readable(&self, mounted: &Mounted) -> Option<Vec<AttrPath>> {
        let hidden: Vec<&Resolved> = mounted
            .references
            .iter()
            .filter(|one| self.hides_names(one))
            .filter_map(|one| one.name.as_ref())
            .collect();
        if hidden.is_empty() {
            return None;
        }
        let mut readable = Vec::new();
        for one in mounted.schemas.resolved() {
            let (path, Some(attribute)) = (one.path().clone(), one.attribute()) else { continue };
            match hidden.iter().find(|name| name.path().clone().without_sub() == path) {
                None => readable.push(path),
                Some(name) => {
                    let subs = attribute
                        .sub_attributes()
                        .iter()
                        .map(|sub| path.clone().with_sub(sub.name().clone()));
                    readable.extend(subs.filter(|sub| sub != name.path()));
                }
            }
        }
        Some(readable)
    }

    /// What one element lacks.
    fn missing<'a>(
        &self,
        reference: &'a Reference,
        element: &Map<String, Value>,
        names: &Names,
    ) -> Vec<(&'a str, Value)> {
        let mut missing = Vec::new();
        let Some(id) = element.get("value").and_then(Value::as_str) else { return missing };
        let found = names.of(id);
        let said = element.get("type").and_then(Value::as_str).filter(|_| reference.kind.is_some());
        let said = said.and_then(|said| {
            let is_it = |at: &&usize| self.types.get(**at).is_some_and(|t| t.name.eq_ignore_ascii_case(said));
            reference.targets.iter().find(is_it).copied()
        });
        let guess =
            || if names.unknown && reference.targets.len() > 1 { None } else { self.likely(reference) };
        let target = said.or(found.map(|(at, _)| *at)).or_else(guess);
        let Some(mounted) = target.and_then(|at| self.types.get(at)) else { return missing };
        if reference.link.is_some() && !element.contains_key("$ref") {
            missing.push(("$ref", self.base.location(&mounted.endpoint, id).into()));
        }
        if reference.kind.is_some() && !element.contains_key("type") {
            missing.push(("type", mounted.name.as_ref().into()));
        }
        if let (Some(name), Some((_, Some(found)))) = (leaf(&reference.name), found)
            && !element.contains_key(name)
        {
            missing.push((name, found.as_str().into()));
        }
        missing
    }

    /// The type of a resource that nobody knows: people are referred to more often than anything else.
    fn likely(&self, reference: &Reference) -> Option<usize> {
        if !reference.all_here {
            return None;
        }
        let is_user = |at: &&usize| self.types.get(**at).is_some_and(|mounted| &*mounted.name == "User");
        reference.targets.iter().find(is_user).or_else(|| reference.targets.first()).copied()
    }
}

/// Lays the value of a reference over that of the resource.
fn lay(
    reference: &Reference,
    name: &str,
    resource: &Resource,
    value: Value,
    overlay: &mut Map<String, Value>,
) {
    match reference.attribute.extension() {
        None => {
            overlay.insert(name.to_owned(), value);
        }
        Some(uri) => {
            let stored = || resource.as_map().get(uri.as_str()).cloned().unwrap_or_default();
            let container = overlay.entry(uri.as_str().to_owned()).or_insert_with(stored);
            if let Some(container) = container.as_object_mut() {
                container.insert(name.to_owned(), value);
            }
        }
    }
}

fn leaf(path: &Option<Resolved>) -> Option<&str> {
    path.as_ref()?.sub_attribute().map(|sub| sub.name().as_str())
}

fn elements(value: &Value) -> impl Iterator<Item = &Map<String, Value>> {
    let (list, one) = match value {
        Value::Array(elements) => (elements.as_slice(), None),
        other => (&[][..], other.as_object()),
    };
    list.iter().filter_map(Value::as_object).chain(one)
}

fn elements_mut(value: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let (list, one) = match value {
        Value::Array(elements) => (elements.as_mut_slice(), None),
        other => (&mut [][..], other.as_object_mut()),
    };
    list.iter_mut().filter_map(Value::as_object_mut).chain(one)
}
