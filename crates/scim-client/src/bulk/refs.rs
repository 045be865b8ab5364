//! References to what is only being created, RFC 7644 §3.7.2: `bulkId:` and a name, as a value or in a path.

use scim_core::{BulkOperation, BulkResult};
use serde_json::Value;

const PREFIX: &str = "bulkId:";

/// What becomes of a reference.
pub(super) enum Target<'a> {
    /// It is replaced by this id.
    Known(&'a str),
    /// It stays, since the server resolves it.
    Here,
    /// There is nothing that it could refer to.
    Missing,
}

/// The names that an operation refers to.
pub(super) fn of(operation: &BulkOperation) -> Vec<String> {
    let mut names = Vec::new();
    if let Some(data) = &operation.data {
        in_value(data, &mut |name| names.push(name.to_owned()));
    }
    in_path(&operation.path, &mut |name| names.push(name.to_owned()));
    names
}

fn in_path(path: &str, see: &mut dyn FnMut(&str)) {
    path.split('/').filter_map(|segment| segment.strip_prefix(PREFIX)).for_each(see);
}

/// Not deeper than JSON that was read, or built by hand, may be.
fn in_value(value: &Value, see: &mut dyn FnMut(&str)) {
    let mut next = vec![value];
    while let Some(value) = next.pop() {
        match value {
            Value::String(text) => in_text(text, see),
            Value::Array(elements) => next.extend(elements),
            Value::Object(members) => next.extend(members.values()),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// A value is a reference as a whole; a URI such as `/Users/bulkId:a` in its last segment.
fn in_text(text: &str, see: &mut dyn FnMut(&str)) {
    if let Some(name) = text.rsplit('/').next().and_then(|last| last.strip_prefix(PREFIX)) {
        see(name);
    }
}

/// The operation with what is known by now, or nothing where a reference has no target.
pub(super) fn resolved<'a>(
    operation: &BulkOperation,
    resolve: &dyn Fn(&str) -> Target<'a>,
) -> Option<BulkOperation> {
    let mut operation = operation.clone();
    let mut missing = false;
    let mut replace = |text: &str| -> Option<String> {
        let (front, name) = match text.rsplit_once('/') {
            Some((front, last)) => (Some(front), last.strip_prefix(PREFIX)?),
            None => (None, text.strip_prefix(PREFIX)?),
        };
        match resolve(name) {
            Target::Known(id) => {
                let mut new = front.map(|front| format!("{front}/")).unwrap_or_default();
                if front.is_some() {
                    crate::base::encode(id, &mut new);
                } else {
                    new.push_str(id);
                }
                Some(new)
            }
            Target::Here => None,
            Target::Missing => {
                missing = true;
                None
            }
        }
    };
    if let Some(path) = replace(&operation.path) {
        operation.path = path;
    }
    if let Some(data) = &mut operation.data {
        let mut next = vec![data];
        while let Some(value) = next.pop() {
            match value {
                Value::String(text) => {
                    if let Some(new) = replace(text) {
                        *text = new;
                    }
                }
                Value::Array(elements) => next.extend(elements),
                Value::Object(members) => next.extend(members.values_mut()),
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
    }
    (!missing).then_some(operation)
}

/// The id of what was created: in the body if there is one, else at the end of its location.
pub(super) fn id_of(result: &BulkResult) -> Option<String> {
    let body = result.response.as_ref().and_then(|body| body.get("id")).and_then(Value::as_str);
    let location = result.location.as_deref().unwrap_or_default();
    let location = location.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    // It is an encoded segment there; an id with more in it has to come in a body.
    let plain = location.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'));
    body.or_else(|| (plain && !location.is_empty()).then_some(location)).map(str::to_owned)
}
