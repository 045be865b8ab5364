//! What has to hold when all operations have run: required values, extensions and `schemas`. RFC 7644 §3.5.2.

use scim_core::multi_valued::same_element;
use scim_core::schema::{Attribute, Mutability};
use scim_core::{AttrPath, ScimError};
use serde_json::Value;

use super::work::{Duty, Slot, Work};
use crate::error::PatchError;
use crate::operation::{Operation, PatchOp};

impl<'r> Work<'_, 'r> {
    pub(super) fn finish(&mut self) -> Result<(), PatchError> {
        let duties = std::mem::take(&mut self.duties);
        let mut complete: Vec<Slot<'_>> = Vec::new();
        for duty in &duties {
            match duty {
                Duty::Assigned { index, slot, sub, path } => {
                    self.assigned(*slot, *sub, path).map_err(|error| PatchError::of(*index, error))?;
                }
                // Once for all operations on an attribute: its list may be long.
                Duty::Complete { slot, attribute, .. } if !complete.contains(slot) => {
                    complete.push(*slot);
                    self.complete(*slot, attribute, &duties)?;
                }
                Duty::Complete { .. } => {}
            }
        }
        if self.touched.is_empty() { Ok(()) } else { self.finish_extensions() }
    }

    fn assigned(&self, slot: Slot<'_>, sub: Option<&str>, path: &AttrPath) -> Result<(), ScimError> {
        let container_gone = slot.container.is_some_and(|uri| self.is_bare(uri));
        let ok = match (self.get(slot), sub) {
            // With nothing of the extension left, nothing of it is required.
            (None, _) if container_gone => true,
            (None, sub) => sub.is_some(),
            (Some(_), None) => true,
            (Some(value), Some(sub)) => value.get(sub).is_some(),
        };
        if ok {
            return Ok(());
        }
        let path = match sub {
            Some(sub) if path.sub().is_none() => format!("{path}.{sub}"),
            Some(_) => path.to_string(),
            None => path.clone().without_sub().to_string(),
        };
        Err(ScimError::not_mutable(format!("`{path}` is required and would be left without a value")))
    }

    /// Every value has the sub-attributes that it requires.
    fn complete(&self, slot: Slot<'_>, attribute: &Attribute, duties: &[Duty<'_>]) -> Result<(), PatchError> {
        let values = match self.get(slot) {
            Some(Value::Array(elements)) => elements.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        let required = attribute.sub_attributes().iter().filter(|sub| sub.required());
        for sub in required.filter(|sub| sub.mutability() != Mutability::ReadOnly) {
            let name = sub.name().as_str();
            let Some(value) = values.iter().find(|value| value.get(name).is_none()) else { continue };
            let mut operations = duties.iter().filter_map(|duty| match duty {
                Duty::Complete { slot: of, operation, .. } if *of == slot => Some(*operation),
                _ => None,
            });
            let first = operations.clone().next();
            // The last that can have left it so; a value that was so before is the first one's to put right.
            let blamed =
                operations.rfind(|operation| leaves_out(operation, attribute, name, value)).or(first);
            let Some(operation) = blamed else { continue };
            let path = operation.target.path().clone().without_sub();
            let error = if operation.op == PatchOp::Remove {
                let text = format!("`{path}.{name}` is required and would be left without a value");
                ScimError::not_mutable(text)
            } else {
                ScimError::invalid_value(format!("`{path}.{name}` is required"))
            };
            return Err(PatchError::of(operation.index, error));
        }
        Ok(())
    }

    /// The objects of extensions and their URNs in `schemas` come and go together.
    fn finish_extensions(&mut self) -> Result<(), PatchError> {
        let schemas = self.schemas;
        for extension in schemas.extensions() {
            let schema = extension.schema();
            let uri = schema.id().as_str();
            let touched = self.touched.iter().find(|touched| touched.uri == uri);
            let (made, taken) = touched.map_or((None, None), |touched| (touched.made, touched.taken));
            if !self.is_bare(uri) {
                self.list_schema(schema.id(), true);
                if let Some(index) = made {
                    self.requirements(schema).map_err(|error| PatchError::of(index, error))?;
                }
                continue;
            }
            if let (Some(index), true) = (taken, extension.is_required()) {
                let text = format!("`{uri}` is required and would be left without a value");
                return Err(PatchError::of(index, ScimError::not_mutable(text)));
            }
            if self.top().get(uri).and_then(Value::as_object).is_some_and(|members| !members.is_empty()) {
                self.list_schema(schema.id(), true);
                continue;
            }
            let was_there = self.top().contains_key(uri);
            self.drop_empty_container(uri);
            let asked_for = self.listed.iter().any(|listed| *schema.id() == **listed);
            if (taken.is_some() || was_there) && !asked_for {
                self.list_schema(schema.id(), false);
            }
        }
        Ok(())
    }

    /// Whether nothing is left of an extension, or nothing but what only the server may write.
    fn is_bare(&self, uri: &str) -> bool {
        let mut schemas = self.schemas.extensions().iter().map(scim_core::schema::SchemaExtension::schema);
        let schema = schemas.find(|schema| schema.id().as_str() == uri);
        match self.top().get(uri) {
            Some(Value::Object(members)) => members.keys().all(|name| {
                let attribute = schema.and_then(|schema| schema.attribute(name));
                attribute.is_some_and(|attribute| attribute.mutability() == Mutability::ReadOnly)
            }),
            Some(_) => false,
            None => true,
        }
    }

    fn requirements(&self, schema: &scim_core::schema::Schema) -> Result<(), ScimError> {
        let members = self.top().get(schema.id().as_str()).and_then(Value::as_object);
        let missing = schema.attributes().iter().find(|attribute| {
            attribute.required()
                && attribute.mutability() != Mutability::ReadOnly
                && members.is_none_or(|members| !members.contains_key(attribute.name().as_str()))
        });
        match missing {
            None => Ok(()),
            Some(attribute) => {
                let text = format!("`{}:{}` is required", schema.id(), attribute.name());
                Err(ScimError::invalid_value(text))
            }
        }
    }
}

/// Whether an operation may be the one that left a value without a sub-attribute.
fn leaves_out(operation: &Operation, attribute: &Attribute, name: &str, value: &Value) -> bool {
    let sub = operation.target.sub_attribute();
    if operation.op == PatchOp::Remove {
        return sub.is_some_and(|sub| *sub.name() == *name);
    }
    let lacks = |made: &Value| made.get(name).is_none() && same_element(attribute, made, value);
    let created = |sub: &Attribute| {
        let mut made = operation.seed.as_deref().cloned().unwrap_or_default();
        made.insert(sub.name().as_str().to_owned(), operation.value.clone());
        lacks(&Value::Object(made))
    };
    match (&operation.value, sub) {
        (_, Some(sub)) => created(sub),
        (Value::Array(made), None) => made.iter().any(lacks),
        (Value::Object(members), None) => members.get(name).map_or(lacks(&operation.value), Value::is_null),
        _ => false,
    }
}
