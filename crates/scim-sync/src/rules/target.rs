//! The places in a resource that mappings write to.

use std::sync::Arc;

use scim_core::multi_valued::{is_primary, same_value};
use scim_core::schema::{AttrType, Attribute, Mutability, Returned};
use scim_core::value::is_unassigned;
use scim_core::{AttrName, AttrPath, Resolved, Resource, SchemaSet, ScimError, attr};
use scim_filter::{Filter, Literal, Path};
use serde_json::{Map, Value};

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

#[derive(Clone, Debug)]
struct Element {
    list: AttrPath,
    /// What the element is known by.
    terms: Vec<Term>,
    sub: AttrName,
}

#[derive(Clone, Debug)]
struct Term {
    attribute: Arc<Attribute>,
    value: Value,
    literal: Literal,
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
            Some(filter) => Self::element(path, &resolved, attribute, filter, schemas)?,
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

    fn element(
        path: &Path,
        resolved: &Resolved,
        attribute: &Arc<Attribute>,
        filter: &Filter,
        schemas: &SchemaSet,
    ) -> Result<(Arc<Attribute>, Place), String> {
        if !attribute.multi_valued()
            || attribute.kind() != AttrType::Complex
            || resolved.sub_attribute().is_some()
        {
            return Err("holds no list of elements, so nothing can stand in brackets".to_owned());
        }
        let Some(sub) = &path.sub else {
            return Err("names a whole element: add a sub-attribute, such as `.value`".to_owned());
        };
        let Some(leaf) = attribute.sub(sub.as_str()) else {
            return Err(format!("`{}` has no sub-attribute `{sub}`", resolved.path()));
        };
        if leaf.mutability() == Mutability::ReadOnly {
            return Err("is read-only".to_owned());
        }
        let terms = match filter {
            Filter::And(terms) => terms.as_slice(),
            one => std::slice::from_ref(one),
        };
        let terms = terms.iter().map(|term| Term::new(term, attribute)).collect::<Result<Vec<_>, _>>()?;
        for term in &terms {
            term.filter().check_element(resolved, schemas).map_err(|error| error.to_string())?;
        }
        if terms.iter().any(|term| term.attribute.name() == leaf.name()) {
            return Err(format!("`{}` stands in the brackets and after them", leaf.name()));
        }
        let list = resolved.path().clone();
        Ok((Arc::clone(leaf), Place::Element(Element { list, terms, sub: leaf.name().clone() })))
    }

    /// What two targets have in common when they are the same place.
    pub(super) fn key(&self) -> String {
        match &self.place {
            Place::Single(path) | Place::Pointer { value: path, .. } | Place::Pointers(path) => {
                path.to_string().to_lowercase()
            }
            Place::Element(element) => {
                let mut terms: Vec<String> = element.terms.iter().map(Term::key).collect();
                terms.sort_unstable();
                terms.dedup();
                format!("{}[{}].{}", element.list, terms.join(" and "), element.sub).to_lowercase()
            }
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
            Place::Element(element) => {
                let list = resource.get(&element.list)?.as_array()?;
                list.iter().find(|one| element.is(one))?.get(element.sub.as_str())
            }
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
            Place::Element(element) => {
                let last = Filter::eq(AttrPath::of_name(element.sub.clone()), literal);
                let inner = match element.filter() {
                    Some(filter) => filter.and(last),
                    None => last,
                };
                Some(Filter::value_path(element.list.clone(), inner))
            }
        }
    }
}

impl Element {
    fn text(&self) -> String {
        let terms: Vec<String> = self.terms.iter().map(|term| term.filter().to_string()).collect();
        format!("{}[{}].{}", self.list, terms.join(" and "), self.sub)
    }

    fn filter(&self) -> Option<Filter> {
        self.terms.iter().map(Term::filter).reduce(Filter::and)
    }

    fn is(&self, element: &Value) -> bool {
        self.terms.iter().all(|term| {
            let value = element.get(term.attribute.name().as_str());
            value.is_some_and(|value| same_value(&term.attribute, value, &term.value))
        })
    }

    fn write(&self, resource: &mut Resource, attribute: &Attribute, value: Value) -> Result<(), ScimError> {
        let makes_primary = self.sub == *"primary" && value == Value::Bool(true);
        let mut list = match resource.remove(&self.list) {
            Some(Value::Array(list)) => list,
            Some(single) => vec![single],
            None => Vec::new(),
        };
        let place = list.iter().position(|one| self.is(one));
        let at = place.unwrap_or(list.len());
        if place.is_none() {
            list.push(self.fresh(attribute, &list));
        }
        let mut primary = makes_primary;
        if let Some(Value::Object(element)) = list.get_mut(at) {
            element.insert(self.sub.as_str().to_owned(), value);
            primary |= place.is_none() && element.get("primary") == Some(&Value::Bool(true));
        }
        if primary {
            // At most one is (RFC 7643 §2.4).
            for (_, other) in list.iter_mut().enumerate().filter(|(n, one)| *n != at && is_primary(one)) {
                if let Some(mark) = other.get_mut("primary") {
                    *mark = Value::Bool(false);
                }
            }
        }
        restore(resource, &self.list, list);
        Ok(())
    }

    /// An element that is known by the terms. The first work e-mail is primary, as Entra sends it.
    fn fresh(&self, attribute: &Attribute, others: &[Value]) -> Value {
        let terms = self.terms.iter();
        let mut element: Map<String, Value> =
            terms.map(|term| (term.attribute.name().as_str().to_owned(), term.value.clone())).collect();
        let work = element.get("type").is_some_and(|kind| kind == "work");
        if work
            && self.list == attr::EMAILS
            && self.sub == *"value"
            && attribute.sub("primary").is_some()
            && !others.iter().any(is_primary)
        {
            element.entry("primary").or_insert(Value::Bool(true));
        }
        Value::Object(element)
    }

    fn clear(&self, resource: &mut Resource) {
        let Some(Value::Array(mut list)) = resource.remove(&self.list) else { return };
        if let Some(at) = list.iter().position(|one| self.is(one)) {
            let empty = list.get_mut(at).and_then(Value::as_object_mut).is_none_or(|element| {
                element.remove(self.sub.as_str());
                // What is left only says which one it was.
                element.keys().all(|name| {
                    ["primary", "display", "type"].contains(&name.as_str())
                        || self.terms.iter().any(|term| term.attribute.name().as_str() == name)
                })
            });
            if empty {
                list.remove(at);
            }
        }
        if !list.is_empty() {
            restore(resource, &self.list, list);
        }
    }
}

impl Term {
    fn new(filter: &Filter, list: &Attribute) -> Result<Self, String> {
        const ONLY: &str =
            "the brackets may hold only `eq` terms joined by `and`, so that an element can be made of them";
        let (path, literal) = filter.as_eq().ok_or(ONLY)?;
        let name = path.name().filter(|_| path.sub().is_none() && path.schema().is_none()).ok_or(ONLY)?;
        let attribute = list.sub(name.as_str());
        let attribute =
            attribute.ok_or_else(|| format!("`{}` has no sub-attribute `{name}`", list.name()))?;
        let value = match literal {
            Literal::Null => return Err(ONLY.to_owned()),
            // As Entra writes it.
            Literal::String(text) if attribute.kind() == AttrType::Boolean && text == "True" => {
                Value::Bool(true)
            }
            Literal::String(text) if attribute.kind() == AttrType::Boolean && text == "False" => {
                Value::Bool(false)
            }
            Literal::String(text) => Value::String(text.clone()),
            Literal::Bool(truth) => Value::Bool(*truth),
            Literal::Number(number) => serde_json::from_str(number.as_str())
                .map_err(|_| "the number in the brackets is too large")?,
        };
        let literal = self::literal(&value).ok_or(ONLY)?;
        Ok(Self { attribute: Arc::clone(attribute), value, literal })
    }

    fn filter(&self) -> Filter {
        Filter::eq(AttrPath::of_name(self.attribute.name().clone()), self.literal.clone())
    }

    fn key(&self) -> String {
        self.filter().to_string()
    }
}

/// Puts a list back that was taken out.
fn restore(resource: &mut Resource, path: &AttrPath, list: Vec<Value>) {
    let map = resource.as_map_mut();
    let Some(name) = path.name() else { return };
    let list = Value::Array(list);
    match path.schema() {
        None => {
            map.insert(name.as_str().to_owned(), list);
        }
        Some(schema) => {
            let object = map.entry(schema.as_str()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(object) = object {
                object.insert(name.as_str().to_owned(), list);
            }
        }
    }
}

fn literal(value: &Value) -> Option<Literal> {
    match value {
        Value::String(text) => Some(Literal::from(text.as_str())),
        Value::Bool(truth) => Some(Literal::from(*truth)),
        Value::Number(number) => Some(Literal::Number(number.clone().into())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn first_sub(attribute: &Attribute) -> String {
    match attribute.sub_attributes().first() {
        Some(sub) => format!("{}.{}", attribute.name(), sub.name()),
        None => attribute.name().to_string(),
    }
}
