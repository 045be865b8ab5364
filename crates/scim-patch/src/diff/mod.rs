//! The request that makes one resource of another.

mod chunk;
mod list;

use scim_core::schema::{AttrType, Attribute, Mutability, Schema};
use scim_core::value::is_unassigned;
use scim_core::{AttrPath, Resolved, Resource, SchemaSet, SchemaUri};
use serde_json::{Map, Value};

use crate::operation::{Operation, PatchOp};
use crate::request::PatchRequest;

/// How a request is written, for one who understands less than the RFC, or something else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// As the RFC has it; several elements may be selected by one path.
    #[default]
    Rfc,
    /// As Entra writes: `Add`, `Remove`, `Replace`, and the elements to remove as a list in `value`.
    Entra,
    /// As Entra writes with its flag `aadOptscim062020`: single values together in one operation without a path.
    EntraScim062020,
    /// An explicit path in every operation, which selects one element at the most: for targets such as AWS.
    Explicit,
}

/// How a difference is written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiffOptions {
    /// The dialect of the one who gets it.
    pub dialect: Dialect,
    /// How many elements of lists such as `members` may come and go in one request.
    pub chunk: Option<usize>,
}

impl PatchRequest {
    /// The smallest request that makes `after` of `before`.
    ///
    /// What the client cannot write is not compared: readOnly attributes, and what no schema defines. The order of the
    /// elements of a list means nothing, so that two resources that differ in it alone do not differ.
    ///
    /// ```
    /// use scim_core::{Resource, SchemaSet, attr};
    /// use scim_patch::PatchRequest;
    /// use serde_json::json;
    ///
    /// let mut before = Resource::new(SchemaSet::user());
    /// before.set(&attr::USER_NAME, json!("bjensen"))?;
    /// before.set(&attr::EMAILS, json!([{"type": "work", "value": "b@example.com"}]))?;
    /// let mut after = before.clone();
    /// after.set(&attr::ACTIVE, json!(false))?;
    /// after.set(&attr::EMAILS, json!([{"type": "work", "value": "barbara@example.com"}]))?;
    ///
    /// let patch = PatchRequest::diff(&before, &after, SchemaSet::user());
    /// assert_eq!(
    ///     serde_json::to_value(&patch).unwrap()["Operations"],
    ///     json!([
    ///         {"op": "add", "path": "active", "value": false},
    ///         {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "barbara@example.com"},
    ///     ])
    /// );
    /// assert_eq!(patch.apply(&before, SchemaSet::user())?.resource, after);
    /// # Ok::<(), scim_core::ScimError>(())
    /// ```
    #[must_use]
    pub fn diff(before: &Resource, after: &Resource, schemas: &SchemaSet) -> Self {
        Self { operations: difference(before, after, schemas, false), ..Self::default() }
    }

    /// The requests that make `after` of `before`, one after the other; none when there is nothing to do.
    ///
    /// ```
    /// use scim_core::{Resource, SchemaSet, attr};
    /// use scim_patch::{Dialect, DiffOptions, PatchRequest};
    /// use serde_json::{Value, json};
    ///
    /// let empty = Resource::new(SchemaSet::group());
    /// let mut full = empty.clone();
    /// let members: Vec<Value> = (0..250).map(|n| json!({"value": n.to_string()})).collect();
    /// full.set(&attr::MEMBERS, Value::Array(members))?;
    ///
    /// let options = DiffOptions { dialect: Dialect::Explicit, chunk: Some(100) };
    /// let requests = PatchRequest::diff_with(&empty, &full, SchemaSet::group(), &options);
    /// assert_eq!(requests.len(), 3);
    /// # Ok::<(), scim_core::ScimError>(())
    /// ```
    #[must_use]
    pub fn diff_with(
        before: &Resource,
        after: &Resource,
        schemas: &SchemaSet,
        options: &DiffOptions,
    ) -> Vec<Self> {
        let operations = difference(before, after, schemas, options.chunk.is_some());
        let chunks = match options.chunk {
            _ if operations.is_empty() => Vec::new(),
            Some(most) => chunk::split(operations, most.max(1)),
            None => vec![operations],
        };
        let request = |operations: Vec<Operation>| {
            // Each request counts its operations from the start.
            let operations = operations.into_iter().enumerate();
            let operations = operations.map(|(index, operation)| Operation { index, ..operation }).collect();
            Self { operations, deviations: Vec::new(), dialect: options.dialect }
        };
        chunks.into_iter().map(request).collect()
    }
}

/// The operations that make `after` of `before`.
fn difference(before: &Resource, after: &Resource, schemas: &SchemaSet, chunked: bool) -> Vec<Operation> {
    let mut difference = Difference { schemas, chunked, operations: Vec::new() };
    difference.attributes(schemas.attributes().map(|a| &**a), None, before.as_map(), after.as_map());
    for extension in schemas.extensions() {
        let schema = extension.schema();
        let of = |resource: &'_ Resource| -> Option<Map<String, Value>> {
            match resource.as_map().get(schema.id().as_str()) {
                Some(Value::Object(members)) if !members.is_empty() => Some(members.clone()),
                _ => None,
            }
        };
        let (old, new) = (of(before), of(after));
        if let (Some(_), None, Ok(target)) =
            (&old, &new, schemas.resolve(&AttrPath::of_schema(schema.id().clone())))
        {
            difference.push(PatchOp::Remove, target, Value::Null);
            continue;
        }
        let attributes = schema.attributes().iter().map(|a| &**a);
        let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
        difference.attributes(attributes, Some(schema.id()), &old, &new);
    }
    difference.schemas(before, after);
    difference.operations
}

struct Difference<'a> {
    schemas: &'a SchemaSet,
    /// Lists are told in changes, however many they are.
    chunked: bool,
    operations: Vec<Operation>,
}

impl Difference<'_> {
    fn push(&mut self, op: PatchOp, target: Resolved, value: Value) {
        let index = self.operations.len();
        self.operations.push(Operation::new(index, op, target, value));
    }

    fn attributes<'a>(
        &mut self,
        attributes: impl Iterator<Item = &'a Attribute>,
        extension: Option<&SchemaUri>,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) {
        for attribute in attributes {
            let name = attribute.name().as_str();
            let (old, new) = (before.get(name), after.get(name));
            let is_schemas = extension.is_none() && name == "schemas";
            if old == new || is_schemas || attribute.mutability() == Mutability::ReadOnly {
                continue;
            }
            let path = AttrPath::of_name(attribute.name().clone());
            let path = match extension {
                Some(uri) => path.with_schema(uri.clone()),
                None => path,
            };
            let Ok(target) = self.schemas.resolve(&path) else { continue };
            match (old, new) {
                (Some(Value::Array(old)), Some(Value::Array(new))) if attribute.multi_valued() => {
                    self.list(&target, attribute, old, new);
                }
                (Some(Value::Object(old)), Some(Value::Object(new))) => {
                    self.complex(&target, attribute, old, new);
                }
                (Some(_), Some(new)) => self.push(PatchOp::Replace, target, new.clone()),
                (None, Some(new)) => {
                    let value = writable(attribute, new);
                    if !is_unassigned(&value) {
                        self.push(PatchOp::Add, target, value);
                    }
                }
                (Some(_), None) => self.push(PatchOp::Remove, target, Value::Null),
                (None, None) => {}
            }
        }
    }

    /// A single complex value: the sub-attributes that differ.
    fn complex(
        &mut self,
        target: &Resolved,
        attribute: &Attribute,
        old: &Map<String, Value>,
        new: &Map<String, Value>,
    ) {
        let mut written = Map::new();
        for sub in attribute.sub_attributes().iter().filter(|sub| sub.mutability() != Mutability::ReadOnly) {
            let name = sub.name().as_str();
            match (old.get(name), new.get(name)) {
                (old, Some(new)) if old != Some(new) => drop(written.insert(name.to_owned(), new.clone())),
                (Some(_), None) => {
                    if let Some(target) = target.with_sub_attribute(name) {
                        self.push(PatchOp::Remove, target, Value::Null);
                    }
                }
                _ => {}
            }
        }
        if written.len() > 1 {
            self.push(PatchOp::Replace, target.clone(), Value::Object(written));
            return;
        }
        for (name, value) in written {
            if let Some(target) = target.with_sub_attribute(&name) {
                self.push(PatchOp::Replace, target, value);
            }
        }
    }

    /// Extensions that are listed without data; the others follow their data.
    fn schemas(&mut self, before: &Resource, after: &Resource) {
        let Ok(target) = self.schemas.resolve(&scim_core::attr::SCHEMAS) else { return };
        let listed = |resource: &Resource, uri: &SchemaUri| resource.schemas().any(|one| *uri == *one);
        let filled = |resource: &Resource, uri: &SchemaUri| resource.as_map().contains_key(uri.as_str());
        // What the client cannot write does not come with a request, or goes with what it was worked out from.
        let holds = |resource: &Resource, schema: &Schema| match resource.as_map().get(schema.id().as_str()) {
            Some(Value::Object(members)) => schema.attributes().iter().any(|attribute| {
                let value = members.get(attribute.name().as_str());
                attribute.mutability() != Mutability::ReadOnly
                    && value.is_some_and(|value| !is_unassigned(&writable(attribute, value)))
            }),
            _ => false,
        };
        let mut come = Vec::new();
        let mut go = Vec::new();
        for extension in self.schemas.extensions() {
            let schema = extension.schema();
            let uri = schema.id();
            match (listed(before, uri), listed(after, uri)) {
                (false, true) if !holds(after, schema) => come.push(Value::from(uri.as_str())),
                (true, false) if !filled(before, uri) => go.push(Value::from(uri.as_str())),
                (true, true)
                    if !holds(after, schema)
                        && (holds(before, schema) || filled(before, uri) && !filled(after, uri)) =>
                {
                    come.push(Value::from(uri.as_str()));
                }
                _ => {}
            }
        }
        if !go.is_empty() {
            let index = self.operations.len();
            let mut operation = Operation::new(index, PatchOp::Remove, target.clone(), Value::Null);
            operation.select = Some(crate::operation::Select::Listed(go));
            self.operations.push(operation);
        }
        if !come.is_empty() {
            self.push(PatchOp::Add, target, Value::Array(come));
        }
    }
}

/// A value without what the client cannot write.
fn writable(attribute: &Attribute, value: &Value) -> Value {
    let mut value = value.clone();
    if attribute.kind() != AttrType::Complex
        || attribute.sub_attributes().iter().all(|sub| sub.mutability() != Mutability::ReadOnly)
    {
        return value;
    }
    let strip = |value: &mut Value| {
        if let Value::Object(members) = value {
            members.retain(|name, _| {
                attribute.sub(name).is_none_or(|sub| sub.mutability() != Mutability::ReadOnly)
            });
        }
    };
    match &mut value {
        Value::Array(elements) => elements.iter_mut().for_each(strip),
        single => strip(single),
    }
    value
}

#[cfg(test)]
mod tests {
    use scim_core::Profile;
    use serde_json::json;

    use super::*;

    /// An extension that is listed without data, or with what the server works out alone.
    #[test]
    fn the_urn_of_an_extension_stays_without_its_data() {
        let schemas = SchemaSet::user();
        let resource = |listed: bool, first: bool, data: Option<&Value>| {
            let mut uris = vec![SchemaUri::USER];
            if listed {
                uris.insert(usize::from(!first), SchemaUri::ENTERPRISE_USER);
            }
            let mut map = json!({"schemas": uris, "userName": "u", "title": "t"});
            if let Some(data) = data {
                map[SchemaUri::ENTERPRISE_USER.as_str()] = data.clone();
            }
            let Value::Object(map) = map else { panic!("an object") };
            Resource::from_canonical(map, schemas)
        };
        let data = [
            json!({"department": "Tours"}),
            json!({"department": "Tours", "division": "Parks", "manager": {"value": "7", "displayName": "J"}}),
            json!({"manager": {"value": "7", "displayName": "J"}}),
            json!({"manager": {"displayName": "J"}}),
        ];
        for first in [false, true] {
            let empty = [resource(true, first, None), resource(false, first, None)];
            let full = data.iter().map(|data| resource(true, first, Some(data)));
            let all: Vec<Resource> = full.chain(empty).collect();
            for (before, after) in all.iter().flat_map(|before| all.iter().map(move |after| (before, after)))
            {
                let patched = PatchRequest::diff(before, after, schemas).apply(before, schemas).unwrap();
                let patched = patched.resource;
                let uris =
                    |resource: &Resource| -> Vec<String> { resource.schemas().map(str::to_owned).collect() };
                assert!(uris(after).iter().all(|uri| uris(&patched).contains(uri)), "{before:?} {after:?}");
                assert_eq!(uris(&patched).len(), uris(after).len());
                // A URN that comes is the last; the name of a manager is none of the client's.
                let computed = after.get(&scim_core::attr::MANAGER_DISPLAY_NAME).is_some();
                if uris(before).len() >= uris(after).len() && !computed {
                    assert_eq!(patched, *after);
                }
                assert!(PatchRequest::diff(&patched, after, schemas).is_empty(), "{before:?} {after:?}");
                for dialect in [Dialect::Rfc, Dialect::Entra, Dialect::EntraScim062020, Dialect::Explicit] {
                    let mut now = before.clone();
                    let options = DiffOptions { dialect, chunk: Some(1) };
                    for patch in PatchRequest::diff_with(before, after, schemas, &options) {
                        let sent = serde_json::to_value(&patch).unwrap();
                        let read = PatchRequest::parse(sent, schemas, &Profile::lenient()).unwrap();
                        read.apply_to(&mut now, schemas).unwrap();
                    }
                    assert_eq!(now, patched);
                }
            }
        }
    }
}
