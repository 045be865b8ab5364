//! The places in a resource that mappings write to.

use std::sync::Arc;

use scim_core::schema::{AttrType, Attribute, Mutability, Returned};
use scim_core::value::is_unassigned;
use scim_core::{AttrName, AttrPath, Resolved, Resource, SchemaSet, ScimError, attr};
use scim_filter::{Filter, Path};
use serde_json::{Map, Value};

use super::element::{Element, literal};
use super::extension;
use super::mapping::ReferenceTo;
use crate::object::Kind;

/// A place in a resource, checked against schemas.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The path, with names as in the schemas.
    pub(super) text: String,
    /// The definition of what is written.
    pub(super) leaf: Arc<Attribute>,
    /// The attribute that it is part of.
    pub(super) attribute: Arc<Attribute>,
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    /// A simple attribute or a sub-attribute of a single value.
    Single(AttrPath),
    /// A single value that points at another resource.
    Pointer { whole: AttrPath, value: AttrPath },
    /// A list of such.
    Pointers(AttrPath),
    /// A sub-attribute of one element of a list.
    Element(Element),
}

impl Target {
    /// Reads a target, or says why nothing can be written there and at which byte.
    pub(super) fn new(
        text: &str,
        schemas: &SchemaSet,
        kind: Kind,
        reference: Option<ReferenceTo>,
    ) -> Result<Self, (String, Option<usize>)> {
        let path = Path::parse(text).map_err(|error| (error.to_string(), error.position()))?;
        Self::of(&path, schemas, kind, reference).map_err(|words| (words, None))
    }

    fn of(
        path: &Path,
        schemas: &SchemaSet,
        kind: Kind,
        reference: Option<ReferenceTo>,
    ) -> Result<Self, String> {
        let resolved = schemas.resolve(&path.attr).map_err(|error| match path.attr.schema() {
            Some(uri) if extension::is_custom(uri, schemas) => {
                "an attribute of an extension that is not known is a text, without sub-attributes and brackets".to_owned()
            }
            _ => error.detail().unwrap_or("there is no such attribute").to_owned(),
        })?;
        if *resolved.path() == attr::ID {
            return Err("the target gives it, so it cannot be mapped".to_owned());
        }
        let (Some(attribute), Some(leaf)) = (resolved.attribute(), resolved.leaf()) else {
            return Err("names a whole extension: add the attribute".to_owned());
        };
        let read_only = |one: &Attribute| one.mutability() == Mutability::ReadOnly;
        if read_only(attribute) || read_only(leaf) || *resolved.path() == attr::SCHEMAS {
            return Err("is read-only".to_owned());
        }
        if let Some(reference) = reference {
            return Self::reference(path, &resolved, attribute, kind, reference);
        }
        let (leaf, place) = match &path.filter {
            Some(filter) => {
                let (leaf, element) = Element::new(path, &resolved, attribute, filter, schemas)?;
                (leaf, Place::Element(element))
            }
            None if attribute.multi_valued() && attribute.refers_to_resources() => {
                return Err("holds references: its source has to be `reference`".to_owned());
            }
            None if attribute.multi_valued() => {
                return Err(format!(
                    "holds a list: name the element, as in `{}[type eq \"work\"].value`",
                    attribute.name()
                ));
            }
            None if leaf.kind() == AttrType::Complex && leaf.sub("value").is_some() => {
                return Err("is a reference: its source has to be `reference`".to_owned());
            }
            None if leaf.kind() == AttrType::Complex => {
                return Err(format!("has sub-attributes: name one, such as `{}`", first_sub(leaf)));
            }
            None => (Arc::clone(leaf), Place::Single(resolved.path().clone())),
        };
        let text = match &place {
            Place::Element(element) => element.text(),
            _ => resolved.path().to_string(),
        };
        Ok(Self { text, leaf, attribute: Arc::clone(attribute), place })
    }

    fn reference(
        path: &Path,
        resolved: &Resolved,
        attribute: &Arc<Attribute>,
        kind: Kind,
        reference: ReferenceTo,
    ) -> Result<Self, String> {
        match (kind, reference) {
            (Kind::User, ReferenceTo::Manager) | (Kind::Group, ReferenceTo::Members) => {}
            (Kind::User, ReferenceTo::Members) => return Err("users have no members".to_owned()),
            (Kind::Group, ReferenceTo::Manager) => return Err("groups have no manager".to_owned()),
        }
        let whole = resolved.path().clone().without_sub();
        let value = attribute.sub("value").filter(|_| attribute.kind() == AttrType::Complex);
        let fits = match reference {
            ReferenceTo::Manager => !attribute.multi_valued(),
            ReferenceTo::Members => attribute.multi_valued(),
        };
        let names_value = resolved.sub_attribute().is_none_or(|sub| *sub.name() == *"value");
        let (Some(value), true, true, None) = (value, fits, names_value, &path.filter) else {
            return Err(match reference {
                ReferenceTo::Manager => "cannot hold one reference, as `manager` does".to_owned(),
                ReferenceTo::Members => "cannot hold references, as `members` does".to_owned(),
            });
        };
        let place = match reference {
            ReferenceTo::Manager => {
                Place::Pointer { value: whole.clone().with_sub(value.name().clone()), whole: whole.clone() }
            }
            ReferenceTo::Members => Place::Pointers(whole.clone()),
        };
        Ok(Self { text: whole.to_string(), leaf: Arc::clone(value), attribute: Arc::clone(attribute), place })
    }

    /// What two targets have in common when they are the same place.
    pub(super) fn key(&self) -> String {
        match &self.place {
            Place::Single(path) | Place::Pointer { value: path, .. } | Place::Pointers(path) => {
                path.to_string().to_lowercase()
            }
            Place::Element(element) => element.key(),
        }
    }

    /// The list, the element in it as a PATCH names it, and what of it is written, where this is a part of an element.
    pub(super) fn element(&self) -> Option<(&AttrPath, String, &AttrName)> {
        match &self.place {
            Place::Element(element) => Some(element.parts()),
            _ => None,
        }
    }

    /// Whether this is the place of a path.
    pub(super) fn is(&self, path: &AttrPath) -> bool {
        matches!(&self.place, Place::Single(own) if own == path)
    }

    /// Whether it is a secret: never returned, or named like a password.
    pub(super) fn is_secret(&self) -> bool {
        [&self.leaf, &self.attribute].into_iter().any(|one| {
            one.returned() == Returned::Never || one.name().as_str().to_ascii_lowercase().contains("password")
        })
    }

    /// The value that stands there, but for lists of references.
    pub(super) fn value<'a>(&self, resource: &'a Resource) -> Option<&'a Value> {
        match &self.place {
            Place::Single(path) | Place::Pointer { value: path, .. } => resource.get(path),
            Place::Pointers(_) => None,
            Place::Element(element) => element.value(resource),
        }
        .filter(|value| !is_unassigned(value))
    }

    /// The ids in a list of references.
    pub(super) fn ids(&self, resource: &Resource) -> Option<Value> {
        let Place::Pointers(list) = &self.place else { return None };
        let list = resource.get(list)?.as_array()?;
        let ids: Vec<Value> = list.iter().filter_map(|one| one.get("value").cloned()).collect();
        (!ids.is_empty()).then_some(Value::Array(ids))
    }

    /// Puts a value there.
    pub(super) fn write(&self, resource: &mut Resource, value: Value) -> Result<(), ScimError> {
        match &self.place {
            Place::Single(path) => resource.set(path, value),
            Place::Pointer { whole, value: path } => {
                if resource.get(path) == Some(&value) {
                    return Ok(());
                }
                // The rest of it is about somebody else.
                let name = path.sub().map_or("value", AttrName::as_str).to_owned();
                resource.set(whole, Value::Object(Map::from_iter([(name, value)])))
            }
            Place::Pointers(list) => {
                let Value::Array(ids) = value else {
                    return Err(ScimError::invalid_value(format!("`{}` takes a list of ids", self.text)));
                };
                let element = |id| Value::Object(Map::from_iter([("value".to_owned(), id)]));
                resource.set(list, Value::Array(ids.into_iter().map(element).collect()))
            }
            Place::Element(element) => element.write(resource, &self.attribute, value),
        }
    }

    /// Takes the value away, and what it leaves empty.
    pub(super) fn clear(&self, resource: &mut Resource) {
        match &self.place {
            Place::Single(path) | Place::Pointer { whole: path, .. } | Place::Pointers(path) => {
                resource.remove(path);
            }
            Place::Element(element) => element.clear(resource),
        }
    }

    /// The question who has this value there.
    pub(super) fn filter(&self, value: &Value) -> Option<Filter> {
        let literal = literal(value)?;
        match &self.place {
            Place::Single(path) => Some(Filter::eq(path.clone(), literal)),
            Place::Pointer { .. } | Place::Pointers(_) => None,
            Place::Element(element) => Some(element.filter(literal)),
        }
    }
}

fn first_sub(attribute: &Attribute) -> String {
    match attribute.sub_attributes().first() {
        Some(sub) => format!("{}.{}", attribute.name(), sub.name()),
        None => attribute.name().to_string(),
    }
}
