//! The message around the operations, RFC 7644 §3.5.2.

use scim_core::{SchemaUri, ScimError, quote};
use serde_json::{Map, Value};

use super::{EXTRA_MEMBERS, LOOSE_ENVELOPE, MEMBER_CASE, OPERATION_CASE, Reader, take};
use crate::operation::PatchOp;

/// The members of an operation.
pub(super) struct Parts {
    pub(super) op: Option<Value>,
    pub(super) path: Option<Value>,
    pub(super) value: Option<Value>,
    /// There is no value, but a list or an object under a name that means nothing.
    pub(super) astray: bool,
}

impl Reader<'_> {
    /// The list of operations. Other members than `schemas` and `Operations` do not count.
    pub(super) fn envelope(&mut self, body: Value) -> Result<Vec<Value>, ScimError> {
        let Value::Object(mut members) = body else {
            return Err(ScimError::invalid_syntax("a PATCH request has to be a JSON object"));
        };
        let schemas = self.member(&mut members, "schemas", "schemas")?;
        self.schemas_of_message(schemas.as_ref())?;
        let list = match self.member(&mut members, "Operations", "Operations")? {
            Some(Value::Array(list)) => list,
            Some(single @ Value::Object(_)) => self.single_operation(single)?,
            None | Some(Value::Null) => {
                return Err(ScimError::invalid_syntax("`Operations` is missing"));
            }
            Some(_) => return Err(ScimError::invalid_syntax("`Operations` has to be an array")),
        };
        if list.is_empty() {
            return Err(ScimError::invalid_syntax("`Operations` is empty"));
        }
        let most = self.limits.patch_operations;
        if list.len() > most {
            let text = format!("the request has {} operations, and {most} is the limit", list.len());
            return Err(ScimError::payload_too_large(text));
        }
        Ok(list)
    }

    /// MISC-01: a member of the message or of an operation, its name in any case.
    fn member(
        &mut self,
        members: &mut Map<String, Value>,
        name: &str,
        at: &str,
    ) -> Result<Option<Value>, ScimError> {
        match take(members, name)? {
            Some((_, true)) if !self.tolerates(&MEMBER_CASE, || at.to_owned()) => Ok(None),
            found => Ok(found.map(|(value, _)| value)),
        }
    }

    /// MISC-02: `schemas` names the message.
    fn schemas_of_message(&mut self, schemas: Option<&Value>) -> Result<(), ScimError> {
        let is_patch = |uri: &Value| uri.as_str().is_some_and(|uri| SchemaUri::PATCH_OP == *uri);
        if schemas.and_then(Value::as_array).is_some_and(|uris| uris.iter().any(is_patch)) {
            return Ok(());
        }
        if self.tolerates(&LOOSE_ENVELOPE, || "schemas".to_owned()) {
            return Ok(());
        }
        Err(ScimError::invalid_syntax(format!("`schemas` has to list `{}`", SchemaUri::PATCH_OP)))
    }

    /// MISC-02: a single operation that is not in a list.
    fn single_operation(&mut self, operation: Value) -> Result<Vec<Value>, ScimError> {
        if self.tolerates(&LOOSE_ENVELOPE, || "Operations".to_owned()) {
            return Ok(vec![operation]);
        }
        Err(ScimError::invalid_syntax("`Operations` has to be an array"))
    }

    /// The members of an operation; MISC-03: what is no member of one is left alone.
    pub(super) fn members(&mut self, mut members: Map<String, Value>) -> Result<Parts, ScimError> {
        let index = self.index;
        let mut part = |reader: &mut Self, name: &str| match members.remove(name) {
            // The usual case does not look for other spellings one by one.
            Some(value) if members.len() < 3 && !other_case(&members, name) => Ok(Some(value)),
            Some(value) => {
                members.insert(name.to_owned(), value);
                reader.member(&mut members, name, &format!("Operations[{index}].{name}"))
            }
            None if members.is_empty() => Ok(None),
            None => match other_case(&members, name) {
                true => reader.member(&mut members, name, &format!("Operations[{index}].{name}")),
                false => Ok(None),
            },
        };
        let (op, path, value) = (part(self, "op")?, part(self, "path")?, part(self, "value")?);
        // `values`, or what else a list or an object may be the misspelled name of.
        let astray = value.is_none() && members.values().any(|other| other.is_array() || other.is_object());
        let parts = Parts { op, path, value, astray };
        if let Some(name) = members.keys().next() {
            let at = format!("Operations[{index}].{}", quote(name).to_string().trim_matches('`'));
            if !self.tolerates(&EXTRA_MEMBERS, || at) {
                let text = format!("{} is not a member of an operation", quote(name));
                return Err(ScimError::invalid_syntax(text));
            }
        }
        Ok(parts)
    }

    /// The name of the operation; ENT-01: in any case.
    pub(super) fn name(&mut self, op: Option<Value>) -> Result<PatchOp, ScimError> {
        let op = match op {
            Some(Value::String(op)) => op,
            None => return Err(ScimError::invalid_syntax("`op` is missing")),
            Some(_) => return Err(ScimError::invalid_syntax("`op` has to be a string")),
        };
        let all = [PatchOp::Add, PatchOp::Remove, PatchOp::Replace];
        let index = self.index;
        let found = all.into_iter().find(|known| op.eq_ignore_ascii_case(known.as_str()));
        match found {
            Some(known) if known.as_str() == op => Ok(known),
            Some(known) if self.tolerates(&OPERATION_CASE, || format!("Operations[{index}].op")) => Ok(known),
            _ => {
                let text = format!("{} is not an operation: `add`, `remove` or `replace`", quote(&op));
                Err(ScimError::invalid_syntax(text))
            }
        }
    }

    /// Whether an operation is named as Entra names it.
    pub(super) fn shows_entra(&self, list: &[Value]) -> bool {
        let pascal = |operation: &Value| {
            let op = operation.get("op").and_then(Value::as_str);
            op.is_some_and(|op| matches!(op, "Add" | "Remove" | "Replace"))
        };
        self.profile.allows(&OPERATION_CASE) && list.iter().any(pascal)
    }

    /// Charges a value against the limits before anything is made of it.
    pub(super) fn charge(&self, value: &Value) -> Result<(), ScimError> {
        let most = self.limits.patch_values;
        let mut left = most;
        // Deeper than any parser of ours reads, and far from the end of a stack.
        let depth = self.limits.json_depth.min(128);
        match charge(value, depth, &mut left) {
            Ok(()) => Ok(()),
            Err(Charge::Depth) => {
                Err(ScimError::invalid_syntax(format!("the value nests deeper than {depth} levels")))
            }
            Err(Charge::Values) => Err(ScimError::payload_too_large(format!(
                "the operation has more than {most} values, which is the limit"
            ))),
        }
    }
}

enum Charge {
    Depth,
    Values,
}

/// Elements of arrays and members of the outermost object count.
fn charge(value: &Value, depth: usize, left: &mut usize) -> Result<(), Charge> {
    let inner: &mut dyn Iterator<Item = &Value> = match value {
        Value::Array(elements) => {
            *left = left.checked_sub(elements.len()).ok_or(Charge::Values)?;
            &mut elements.iter()
        }
        Value::Object(members) => {
            // An object of a resource has a few dozen members; more are an attempt.
            *left = left.checked_sub(members.len() / 64).ok_or(Charge::Values)?;
            &mut members.values()
        }
        _ => return Ok(()),
    };
    let depth = depth.checked_sub(1).ok_or(Charge::Depth)?;
    for value in inner {
        if value.is_array() || value.is_object() {
            charge(value, depth, left)?;
        }
    }
    Ok(())
}

fn other_case(members: &Map<String, Value>, name: &str) -> bool {
    members.keys().any(|key| key.eq_ignore_ascii_case(name))
}
