//! What is kept of a resource: the document that is answered, and the one that is searched.

use scim_core::schema::{AttrType, Attribute, Mutability, Returned};
use scim_core::{Resolved, SchemaSet, ScimError, attr};
use serde_json::{Map, Value};

use super::key;

/// Whether an attribute never leaves the service, so that it is not kept here.
fn is_secret(attribute: &Attribute) -> bool {
    attribute.returned() == Returned::Never || attribute.mutability() == Mutability::WriteOnly
}

/// Takes out of a document what is not kept in it: secrets, and what the store says itself.
pub(super) fn clean(map: &mut Map<String, Value>, schemas: &SchemaSet) {
    map.remove("id");
    map.remove("meta");
    schemas.attributes().for_each(|attribute| clean_one(map, attribute));
    for extension in schemas.extensions() {
        let schema = extension.schema();
        if let Some(Value::Object(inner)) = map.get_mut(schema.id().as_str()) {
            schema.attributes().iter().for_each(|attribute| clean_one(inner, attribute));
        }
    }
}

fn clean_one(map: &mut Map<String, Value>, attribute: &Attribute) {
    let name = attribute.name().as_str();
    if is_secret(attribute) {
        map.remove(name);
        return;
    }
    if !attribute.sub_attributes().iter().any(|sub| is_secret(sub)) {
        return;
    }
    let secret = |element: &mut Value| {
        if let Value::Object(element) = element {
            attribute.sub_attributes().iter().filter(|sub| is_secret(sub)).for_each(|sub| {
                element.remove(sub.name().as_str());
            });
        }
    };
    match map.get_mut(name) {
        Some(Value::Array(elements)) => elements.iter_mut().for_each(secret),
        Some(value) => secret(value),
        None => {}
    }
}

/// Refuses a text that neither database can hold.
pub(super) fn refuse_nul(value: &Value) -> Result<(), ScimError> {
    let refused = |text: &str| if text.contains('\0') { Err(super::db::nul()) } else { Ok(()) };
    match value {
        Value::String(text) => refused(text),
        Value::Array(values) => values.iter().try_for_each(refuse_nul),
        Value::Object(map) => map.iter().try_for_each(|(name, value)| {
            refused(name)?;
            refuse_nul(value)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

/// The document that is searched: the same tree with every value as its key.
pub(super) fn project(doc: &Map<String, Value>, schemas: &SchemaSet, resource_type: &str) -> Value {
    let mut out = Map::new();
    for attribute in schemas.attributes() {
        let is_schemas = *attribute.name() == *"schemas";
        if matches!(attribute.name().as_str(), "id" | "meta") {
            continue;
        }
        project_one(doc, attribute, attribute.compares_exactly() && !is_schemas, &mut out);
    }
    for extension in schemas.extensions() {
        let schema = extension.schema();
        if let Some(Value::Object(inner)) = doc.get(schema.id().as_str()) {
            let mut projected = Map::new();
            for attribute in schema.attributes() {
                project_one(inner, attribute, attribute.compares_exactly(), &mut projected);
            }
            out.insert(key::name(schema.id().as_str()).into_owned(), Value::Object(projected));
        }
    }
    let exact = schemas.resolve(&attr::META).ok().and_then(|meta| meta.with_sub_attribute("resourceType"));
    let exact = exact.as_ref().is_none_or(key::is_exact);
    if let Some(kind) = key::simple(AttrType::String, exact, &Value::from(resource_type)) {
        out.insert(
            "meta".to_owned(),
            Value::Object(Map::from_iter([("resourceType".to_owned(), kind.into())])),
        );
    }
    Value::Object(out)
}

fn project_one(map: &Map<String, Value>, attribute: &Attribute, exact: bool, out: &mut Map<String, Value>) {
    if is_secret(attribute) {
        return;
    }
    let name = attribute.name().as_str();
    if let Some(value) = map.get(name).and_then(|value| project_value(attribute, exact, value)) {
        out.insert(key::name(name).into_owned(), value);
    }
}

fn project_value(attribute: &Attribute, exact: bool, value: &Value) -> Option<Value> {
    match value {
        // Each keeps its place, for the order is that of the first.
        Value::Array(values) if attribute.multi_valued() => Some(Value::Array(
            values
                .iter()
                .map(|value| project_element(attribute, exact, value).unwrap_or(Value::Null))
                .collect(),
        )),
        value => project_element(attribute, exact, value),
    }
}

/// An element of a list, or the value of an attribute that has one.
pub(crate) fn project_element(attribute: &Attribute, exact: bool, value: &Value) -> Option<Value> {
    match (attribute.kind(), value) {
        (AttrType::Complex, Value::Object(members)) => {
            let mut out = Map::new();
            for sub in attribute.sub_attributes() {
                project_one(members, sub, key::is_exact_sub(attribute, sub), &mut out);
            }
            Some(Value::Object(out))
        }
        (AttrType::Complex, _) => None,
        (kind, value) => key::simple(kind, exact, value).map(Value::String),
    }
}

/// The keys of all values at a path, as an index of their uniqueness has them.
pub(super) fn keys(target: &Resolved, doc: &Map<String, Value>) -> Vec<String> {
    let map = match target.extension() {
        Some(uri) => match doc.get(uri.as_str()).and_then(Value::as_object) {
            Some(map) => map,
            None => return Vec::new(),
        },
        None => doc,
    };
    let (Some(attribute), Some(leaf)) = (target.attribute(), target.leaf()) else { return Vec::new() };
    let Some(value) = map.get(attribute.name().as_str()) else { return Vec::new() };
    let exact = key::is_exact(target);
    let mut found = Vec::new();
    let mut add = |value: &Value| found.extend(key::simple(leaf.kind(), exact, value));
    each(value, &mut |element| match target.sub_attribute() {
        Some(sub) => {
            if let Some(value) = element.get(sub.name().as_str()) {
                each(value, &mut add);
            }
        }
        None => add(element),
    });
    found
}

fn each(value: &Value, look: &mut impl FnMut(&Value)) {
    match value {
        Value::Array(values) => values.iter().for_each(look),
        value => look(value),
    }
}
