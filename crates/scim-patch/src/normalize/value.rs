//! The value of an `add` or `replace`, RFC 7644 §3.5.2.1 and §3.5.2.3: admitted as the schema has it.

use scim_core::schema::{AttrType, Attribute, Mutability};
use scim_core::{Limits, Resolved, ScimError, admit, quote};
use scim_filter::ElementFilter;
use serde_json::Value;

use super::path::is_schemas;
use super::{ROLES_AS_STRINGS, Reader};
use crate::operation::PatchOp;

impl Reader<'_> {
    /// Passes a value through the gate.
    pub(super) fn admit(&mut self, target: &Resolved, value: Value) -> Result<Value, ScimError> {
        let admitted = self.schemas.admit_value(target, value, self.profile)?;
        self.report(admitted.deviations);
        Ok(admitted.value)
    }

    /// An `add` or `replace` at a target.
    ///
    /// `replace` with null, or with what amounts to no value, is a removal; `add` with it changes nothing.
    pub(super) fn write(
        &mut self,
        op: PatchOp,
        target: Resolved,
        filter: Option<ElementFilter>,
        value: Value,
    ) -> Result<(), ScimError> {
        let Some(attribute) = target.attribute() else {
            return self.extension(op, &target.clone(), value, &mut Vec::new());
        };
        if is_schemas(&target) {
            if filter.is_some() {
                return Err(ScimError::invalid_path("`schemas` is written as a whole"));
            }
            return self.schemas_value(op, target, value);
        }
        if value.is_null() {
            return self.nothing(op, target, filter);
        }
        let list = attribute.multi_valued() && target.sub_attribute().is_none();
        if list && filter.is_none() {
            return self.list_value(op, target, value);
        }
        if list {
            return self.element_value(op, target, filter, value);
        }
        if target.sub_attribute().is_none() && attribute.kind() == AttrType::Complex {
            let attribute = attribute.clone();
            let value = self.merged(op, &target, &attribute, value)?;
            return match value {
                Some(value) if value.is_null() => self.nothing(op, target, filter),
                Some(value) => {
                    self.push(op, target, filter, value);
                    Ok(())
                }
                None => Ok(()),
            };
        }
        let value = self.admit(&target, value)?;
        if value.is_null() {
            return self.nothing(op, target, filter);
        }
        let seed = filter.as_ref().and_then(|filter| self.missing_element(op, &target, filter, &value));
        // With an element to create, `replace` is what `add` does.
        let op = if seed.is_some() { PatchOp::Add } else { op };
        self.push(op, target, filter, value);
        if let Some(operation) = self.operations.last_mut() {
            operation.seed = seed.map(Box::new);
        }
        Ok(())
    }

    /// No value: `replace` takes away what is there, `add` adds nothing.
    fn nothing(
        &mut self,
        op: PatchOp,
        target: Resolved,
        filter: Option<ElementFilter>,
    ) -> Result<(), ScimError> {
        if op == PatchOp::Replace {
            self.push(PatchOp::Remove, target, filter, Value::Null);
        }
        Ok(())
    }

    /// The value of a whole list. A single value may be added to one (RFC 7644 §3.5.2.1); something malformed never
    /// empties one.
    fn list_value(&mut self, op: PatchOp, target: Resolved, value: Value) -> Result<(), ScimError> {
        let Some(attribute) = target.attribute().cloned() else { return Ok(()) };
        let complex = attribute.kind() == AttrType::Complex;
        let mut value = match value {
            single @ Value::Object(_) if op == PatchOp::Add && complex => Value::Array(vec![single]),
            single @ (Value::String(_) | Value::Number(_) | Value::Bool(_))
                if op == PatchOp::Add && !complex =>
            {
                Value::Array(vec![single])
            }
            value => value,
        };
        if let (true, Value::Array(elements)) = (complex, &mut value) {
            self.roles_as_strings(&attribute, elements);
        }
        // Only these two say that the list is to be empty.
        let cleared = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        let value = self.admit(&target, value)?;
        let Value::Array(mut elements) = value else {
            if !cleared {
                return Err(ScimError::invalid_value(format!(
                    "no element of `{}` has a value",
                    target.path()
                )));
            }
            return self.nothing(op, target, None);
        };
        if attribute.refers_to_resources() {
            if let Some(at) = elements.iter().position(|element| element.get("value").is_none()) {
                let text = format!("`{}[{at}]` names no resource", target.path());
                return Err(ScimError::invalid_value(text));
            }
        }
        drop_read_only(&attribute, &mut elements);
        if elements.is_empty() {
            return Err(ScimError::invalid_value(format!("no element of `{}` has a value", target.path())));
        }
        self.push(op, target, None, Value::Array(elements));
        Ok(())
    }

    /// The value of selected elements: one element, of which what is sent is merged into each.
    fn element_value(
        &mut self,
        op: PatchOp,
        target: Resolved,
        filter: Option<ElementFilter>,
        value: Value,
    ) -> Result<(), ScimError> {
        let Some(attribute) = target.attribute().cloned() else { return Ok(()) };
        let value = match value {
            Value::Array(mut elements)
                if elements.len() == 1 && self.profile.allows(&admit::SINGLE_FOR_LIST) =>
            {
                elements.pop().unwrap_or_default()
            }
            Value::Array(_) => {
                let text =
                    format!("the value for selected elements of `{}` has to be one element", target.path());
                return Err(ScimError::invalid_value(text));
            }
            value => value,
        };
        let value = if attribute.kind() == AttrType::Complex {
            self.merged(op, &target, &attribute, value)?
        } else {
            match self.admit(&target, Value::Array(vec![value]))? {
                Value::Array(mut elements) => elements.pop(),
                _ => Some(Value::Null),
            }
        };
        match value {
            Some(value) if value.is_null() => self.nothing(op, target, filter),
            Some(value) => {
                self.push(op, target, filter, value);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A complex value that is merged into another: what is sent as null is kept, since `replace` takes it away.
    ///
    /// `None` when nothing was sent that could change anything; null when what was sent stands for no value at all.
    fn merged(
        &mut self,
        op: PatchOp,
        target: &Resolved,
        attribute: &Attribute,
        mut value: Value,
    ) -> Result<Option<Value>, ScimError> {
        let named: Option<Vec<&str>> = value.as_object().map(|members| {
            members.keys().filter_map(|name| Some(attribute.sub(name)?.name().as_str())).collect()
        });
        if let Value::Object(members) = &mut value {
            members.retain(|_, value| !value.is_null());
        }
        let value = if attribute.multi_valued() { Value::Array(vec![value]) } else { value };
        let mut admitted = match self.admit(target, value)? {
            Value::Array(mut elements) if attribute.multi_valued() => elements.pop().unwrap_or_default(),
            value => value,
        };
        let Some(named) = named else { return Ok(Some(admitted)) };
        if op == PatchOp::Replace {
            for name in named {
                if admitted.get(name).is_none() {
                    if admitted.is_null() {
                        admitted = Value::Object(serde_json::Map::new());
                    }
                    if let Value::Object(members) = &mut admitted {
                        members.insert(name.to_owned(), Value::Null);
                    }
                }
            }
        }
        Ok((!admitted.is_null()).then_some(admitted))
    }

    /// ENT-15: roles and entitlements whose `value` is the whole element as JSON in a string.
    fn roles_as_strings(&mut self, attribute: &Attribute, elements: &mut [Value]) {
        let name = attribute.name();
        if *name != "roles" && *name != "entitlements" {
            return;
        }
        for element in elements {
            let text = match &*element {
                Value::String(text) => Some(text),
                element => match element.get("value") {
                    Some(Value::String(text)) => Some(text),
                    _ => None,
                },
            };
            let Some(unpacked) = text.and_then(|text| unpacked(text, self.limits)) else { continue };
            if self.tolerates(&ROLES_AS_STRINGS, || name.to_string()) {
                *element = unpacked;
            }
        }
    }

    /// The URIs for `schemas`: those of the base schema and of extensions, spelled as these are.
    pub(super) fn schemas_value(
        &mut self,
        op: PatchOp,
        target: Resolved,
        value: Value,
    ) -> Result<(), ScimError> {
        let sent = match value {
            Value::Array(uris) => uris,
            uri @ Value::String(_) => vec![uri],
            _ => return Err(ScimError::invalid_value("`schemas` has to be an array of schema URIs")),
        };
        let mut uris: Vec<Value> = Vec::with_capacity(2);
        for uri in sent {
            let Value::String(uri) = uri else {
                return Err(ScimError::invalid_value("`schemas` has to be an array of schema URIs"));
            };
            let extensions = self.schemas.extensions().iter().map(|extension| extension.schema().id());
            let known = extensions.chain([self.schemas.base().id()]).find(|known| **known == *uri);
            match known.map(|known| Value::from(known.as_str())) {
                Some(known) if !uris.contains(&known) => uris.push(known),
                Some(_) => {}
                None => {
                    if !self.tolerates(&admit::EXTENSION_NOT_LISTED, || "schemas".to_owned()) {
                        let text = format!("{} is not a schema of this resource type", quote(&uri));
                        return Err(ScimError::invalid_value(text));
                    }
                }
            }
        }
        if uris.is_empty() {
            return Ok(());
        }
        if op == PatchOp::Replace && !uris.iter().any(|uri| uri == self.schemas.base().id().as_str()) {
            let text = format!("`schemas` lacks `{}`", self.schemas.base().id());
            return Err(ScimError::invalid_value(text));
        }
        self.push(op, target, None, Value::Array(uris));
        Ok(())
    }
}

/// The object in a string, if it has a `value`; the name for people goes where the schema has it.
fn unpacked(text: &str, limits: &Limits) -> Option<Value> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let mut parsed = scim_core::json::read(text.as_bytes(), limits).ok()?;
    let members = parsed.as_object_mut()?;
    members.get("value")?.as_str()?;
    if !members.contains_key("display") {
        if let Some(name) = members.remove("displayName") {
            members.insert("display".to_owned(), name);
        }
    }
    Some(parsed)
}

/// What the server works out about an element is not the client's to say; a new element starts without it.
fn drop_read_only(attribute: &Attribute, elements: &mut Vec<Value>) {
    let read_only: Vec<&str> = attribute
        .sub_attributes()
        .iter()
        .filter(|sub| sub.mutability() == Mutability::ReadOnly)
        .map(|sub| sub.name().as_str())
        .collect();
    if read_only.is_empty() {
        return;
    }
    for members in elements.iter_mut().filter_map(Value::as_object_mut) {
        members.retain(|name, _| !read_only.contains(&name.as_str()));
    }
    elements.retain(|element| !scim_core::value::is_unassigned(element));
}
