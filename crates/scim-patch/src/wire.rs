//! A request as it is sent, RFC 7644 §3.5.2, in the dialect of the one who gets it.

use std::borrow::Cow;

use scim_core::SchemaUri;
use scim_core::schema::AttrType;
use scim_filter::Path;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::{Map, Value, json};

use crate::diff::Dialect;
use crate::operation::{Operation, PatchOp, Select, filter_of, values_of};
use crate::request::PatchRequest;

/// So many elements are selected by one path, and about so many bytes of it.
const MAX_SELECTED: usize = 100;
const MAX_PATH: usize = 8 << 10;

/// ```
/// use scim_core::{Profile, SchemaSet};
/// use scim_patch::PatchRequest;
/// use serde_json::json;
///
/// let body = json!({
///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///     "Operations": [{"op": "Remove", "path": "members", "value": [{"value": "7"}, {"value": "8"}]}],
/// });
/// let patch = PatchRequest::parse(body, SchemaSet::group(), &Profile::lenient())?;
/// assert_eq!(
///     serde_json::to_value(&patch).unwrap()["Operations"],
///     json!([{"op": "remove", "path": "members[value eq \"7\" or value eq \"8\"]"}])
/// );
/// # Ok::<(), scim_patch::PatchError>(())
/// ```
impl Serialize for PatchRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_struct("PatchRequest", 2)?;
        body.serialize_field("schemas", &[SchemaUri::PATCH_OP])?;
        body.serialize_field("Operations", &written(&self.operations, self.dialect))?;
        body.end()
    }
}

/// An operation as it is sent.
pub(crate) struct Written<'a> {
    op: &'static str,
    path: Option<String>,
    value: Option<Cow<'a, Value>>,
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut operation = serializer.serialize_struct("Operation", 3)?;
        operation.serialize_field("op", self.op)?;
        match &self.path {
            Some(path) => operation.serialize_field("path", path)?,
            None => operation.skip_field("path")?,
        }
        match &self.value {
            Some(value) => operation.serialize_field("value", value.as_ref())?,
            None => operation.skip_field("value")?,
        }
        operation.end()
    }
}

pub(crate) fn written(operations: &[Operation], dialect: Dialect) -> Vec<Written<'_>> {
    let mut all = Vec::with_capacity(operations.len());
    let mut rest = operations;
    while let Some((first, after)) = rest.split_first() {
        let merged = match dialect {
            Dialect::EntraScim062020 => {
                rest.iter().take_while(|next| next.op == first.op && is_mergeable(next)).count()
            }
            _ => 0,
        };
        if merged > 1 {
            let (together, after) = rest.split_at(merged);
            all.push(pathless(together));
            rest = after;
        } else {
            one(first, dialect, &mut all);
            rest = after;
        }
    }
    all
}

/// Whether an operation can share a path-less value with others: it sets a single value.
fn is_mergeable(operation: &Operation) -> bool {
    operation.op != PatchOp::Remove
        && operation.select.is_none()
        && !operation.expects
        && !operation.is_list()
        && (operation.has_sub()
            || operation.target.attribute().is_some_and(|attribute| attribute.kind() != AttrType::Complex))
}

fn pathless(operations: &[Operation]) -> Written<'_> {
    let mut members = Map::new();
    for operation in operations {
        members.insert(operation.target.path().to_string(), operation.value.clone());
    }
    let op = operations.first().map_or("replace", |first| first.op.as_str());
    Written { op, path: None, value: Some(Cow::Owned(Value::Object(members))) }
}

fn one<'a>(operation: &'a Operation, dialect: Dialect, all: &mut Vec<Written<'a>>) {
    let op = match (dialect, operation.op) {
        (Dialect::Entra, PatchOp::Add) => "Add",
        (Dialect::Entra, PatchOp::Remove) => "Remove",
        (Dialect::Entra, PatchOp::Replace) => "Replace",
        (_, op) => op.as_str(),
    };
    if operation.expects {
        let value = Some(Cow::Owned(expected(operation)));
        all.push(Written { op, path: None, value });
        return;
    }
    let removal = operation.op == PatchOp::Remove && !operation.has_sub();
    if let (true, Dialect::Entra, Some(list)) = (removal, dialect, listed(operation)) {
        let path = Some(operation.target.path().clone().to_string());
        all.push(Written { op, path, value: Some(Cow::Owned(Value::Array(list))) });
        return;
    }
    match (&operation.select, operation.target.attribute()) {
        (Some(Select::Listed(elements)), Some(attribute)) => {
            let most = if dialect == Dialect::Rfc { MAX_SELECTED } else { 1 };
            let mut rest = elements.as_slice();
            while !rest.is_empty() {
                let mut bytes = 0;
                let fits = rest.iter().take(most).take_while(|element| {
                    bytes += element.to_string().len() + 16;
                    bytes < MAX_PATH
                });
                let (now, later) = rest.split_at(fits.count().max(1));
                let filter = Some(filter_of(attribute, now));
                let path = Path { attr: operation.target.path().clone(), filter, sub: None };
                all.push(Written { op, path: Some(path.to_string()), value: None });
                rest = later;
            }
        }
        _ => {
            let path = operation.path().map(|path| path.to_string());
            let plain = matches!(dialect, Dialect::Entra | Dialect::EntraScim062020);
            let reference = if plain { pointer(operation) } else { None };
            all.push(Written { op, path, value: reference.or(operation.value()).map(Cow::Borrowed) });
        }
    }
}

/// The id in a reference such as `manager`, which Entra sends alone.
fn pointer(operation: &Operation) -> Option<&Value> {
    let attribute = operation.target.attribute()?;
    let whole = attribute.kind() == AttrType::Complex && !attribute.multi_valued() && !operation.has_sub();
    let members = operation.value.as_object().filter(|members| whole && members.len() == 1)?;
    members.get("value").filter(|id| id.is_string())
}

/// A readOnly value, where a path-less operation has it.
fn expected(operation: &Operation) -> Value {
    let path = operation.target.path();
    let name = |name: Option<&scim_core::AttrName>| name.map(|name| name.as_str().to_owned());
    let mut value = operation.value.clone();
    let names = [name(path.sub()), name(path.name()), path.schema().map(|uri| uri.as_str().to_owned())];
    for name in names.into_iter().flatten() {
        value = Value::Object(Map::from_iter([(name, value)]));
    }
    value
}

/// The elements that a removal lists, or selects by nothing but their value.
fn listed(operation: &Operation) -> Option<Vec<Value>> {
    match operation.select.as_ref()? {
        Select::Listed(elements) => Some(elements.clone()),
        Select::Filter(filter) => {
            let complex = operation.target.attribute()?.kind() == AttrType::Complex;
            let element = |value: &str| if complex { json!({"value": value}) } else { value.into() };
            Some(values_of(filter)?.into_iter().map(element).collect())
        }
    }
}
