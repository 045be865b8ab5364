//! Operations on `schemas`, RFC 7644 §3.5.2: an extension that is no longer listed takes its data with it.

use scim_core::schema::Mutability;
use scim_core::{SchemaUri, ScimError};
use serde_json::Value;

use super::work::{Slot, Work};
use crate::operation::{Operation, PatchOp, Select};

const SCHEMAS: Slot<'static> = Slot { container: None, name: "schemas" };

impl<'r> Work<'_, 'r> {
    pub(super) fn patch_schemas(&mut self, operation: &'r Operation) -> Result<(), ScimError> {
        let listed = self.list(SCHEMAS);
        let named = |uri: &Value| match &operation.value {
            Value::Array(uris) => uris.iter().any(|other| same_uri(other, uri)),
            _ => false,
        };
        let stays = |uri: &&Value| match (operation.op, &operation.select) {
            (PatchOp::Add, _) => true,
            (PatchOp::Replace, _) => named(uri),
            (PatchOp::Remove, Some(Select::Filter(filter))) => !filter.matches(uri),
            (PatchOp::Remove, Some(Select::Listed(uris))) => !uris.iter().any(|other| same_uri(other, uri)),
            (PatchOp::Remove, None) => false,
        };
        let mut new: Vec<Value> = listed.iter().filter(stays).cloned().collect();
        let gone: Vec<Value> = listed.iter().filter(|uri| !stays(uri)).cloned().collect();
        if let Value::Array(uris) = &operation.value {
            self.listed.extend(uris.iter().filter_map(Value::as_str));
            for uri in uris {
                if !new.iter().any(|other| same_uri(other, uri)) {
                    new.push(uri.clone());
                }
            }
        }
        let base = self.schemas.base().id();
        if gone.iter().any(|uri| uri.as_str().is_some_and(|uri| *base == *uri)) {
            return Err(ScimError::not_mutable(format!("`schemas` has to keep `{base}`")));
        }
        for uri in gone.iter().filter_map(Value::as_str) {
            self.take_extension(uri)?;
        }
        if new.as_slice() != self.list(SCHEMAS) {
            self.put(SCHEMAS, Value::Array(new));
        }
        Ok(())
    }

    /// Takes away all attributes of an extension, but for those that only the server may write.
    pub(super) fn take_extension(&mut self, uri: &str) -> Result<(), ScimError> {
        let schemas = self.schemas;
        let Some(extension) = schemas.extensions().iter().find(|extension| *extension.schema().id() == *uri)
        else {
            return Ok(());
        };
        let schema = extension.schema();
        // What was asked for so far is no longer; an operation that comes after may list it again.
        self.listed.retain(|listed| *schema.id() != **listed);
        let Some(Value::Object(members)) = self.top().get(schema.id().as_str()) else { return Ok(()) };
        let fixed = schema.attributes().iter().find(|attribute| {
            attribute.mutability() == Mutability::Immutable && members.contains_key(attribute.name().as_str())
        });
        if let Some(fixed) = fixed {
            let text = format!("`{}:{}` is immutable", schema.id(), fixed.name());
            return Err(ScimError::not_mutable(text));
        }
        let read_only = |name: &str| {
            schema.attribute(name).is_some_and(|attribute| attribute.mutability() == Mutability::ReadOnly)
        };
        let kept = members.iter().filter(|(name, _)| read_only(name));
        let kept = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
        self.take_container(schema.id().as_str(), kept);
        Ok(())
    }

    /// Adds a URN to those listed, or takes it away.
    pub(super) fn list_schema(&mut self, uri: &SchemaUri, listed: bool) {
        let is_it = |other: &Value| other.as_str().is_some_and(|other| *uri == *other);
        let now = self.list(SCHEMAS);
        if now.iter().any(is_it) == listed {
            return;
        }
        let mut new: Vec<Value> = now.iter().filter(|other| !is_it(other)).cloned().collect();
        if listed {
            new.push(uri.as_str().into());
        }
        self.put(SCHEMAS, Value::Array(new));
    }
}

fn same_uri(a: &Value, b: &Value) -> bool {
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => false,
    }
}
