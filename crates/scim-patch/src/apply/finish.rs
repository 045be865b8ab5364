//! What has to hold when all operations have run: required values, extensions and `schemas`. RFC 7644 §3.5.2.

use scim_core::schema::Mutability;
use scim_core::{AttrPath, ScimError};
use serde_json::Value;

use super::work::{Duty, Slot, Work};
use crate::error::PatchError;

impl<'r> Work<'_, 'r> {
    pub(super) fn finish(&mut self) -> Result<(), PatchError> {
        for duty in std::mem::take(&mut self.duties) {
            let (index, checked) = match duty {
                Duty::Assigned { index, slot, sub, path } => (index, self.assigned(slot, sub, path)),
                Duty::Complete { index, slot, attribute, path, removed } => {
                    (index, self.complete(slot, attribute, path, removed))
                }
            };
            checked.map_err(|error| PatchError::of(index, error))?;
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
    fn complete(
        &self,
        slot: Slot<'_>,
        attribute: &scim_core::schema::Attribute,
        path: &AttrPath,
        removed: bool,
    ) -> Result<(), ScimError> {
        let values = match self.get(slot) {
            Some(Value::Array(elements)) => elements.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        let required = attribute.sub_attributes().iter().filter(|sub| sub.required());
        for sub in required.filter(|sub| sub.mutability() != Mutability::ReadOnly) {
            let name = sub.name().as_str();
            if values.iter().all(|value| value.get(name).is_some()) {
                continue;
            }
            let path = path.clone().without_sub();
            return Err(if removed {
                let text = format!("`{path}.{name}` is required and would be left without a value");
                ScimError::not_mutable(text)
            } else {
                ScimError::invalid_value(format!("`{path}.{name}` is required"))
            });
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
