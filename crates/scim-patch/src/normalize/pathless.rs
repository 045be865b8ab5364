//! Operations without a path, RFC 7644 §3.5.2.1 and §3.5.2.3: one operation for each attribute in the value.

use scim_core::schema::{EXTENSION_PATHS, Schema};
use scim_core::{AttrPath, Deviation, Resolved, ScimError, Unknown, quote};
use serde_json::{Map, Value};

use super::{
    FILTERS_AS_NAMES, PATHS_AS_NAMES, READ_ONLY_IGNORED, Reader, UNKNOWN_NAMES, VALUE_AS_STRING,
    is_multi_valued, is_read_only,
};
use crate::operation::{Operation, PatchOp};

impl Reader<'_> {
    /// An operation on the resource itself.
    pub(super) fn pathless(&mut self, op: PatchOp, value: Value) -> Result<(), ScimError> {
        let members = match self.value_as_string(value)? {
            Value::Object(members) => members,
            _ => {
                return Err(ScimError::invalid_value(
                    "without a path, the value has to be an object of attributes",
                ));
            }
        };
        let mut seen = Vec::new();
        for (name, value) in members {
            self.named(op, &name, value, &mut seen)?;
        }
        Ok(())
    }

    /// KC-01: the object as JSON in a string.
    fn value_as_string(&mut self, value: Value) -> Result<Value, ScimError> {
        let Value::String(text) = &value else { return Ok(value) };
        let index = self.index;
        let parsed = scim_core::json::read(text.as_bytes(), self.limits).ok().filter(Value::is_object);
        match parsed {
            Some(parsed) if self.tolerates(&VALUE_AS_STRING, || place(index, "value")) => {
                self.charge(&parsed)?;
                Ok(parsed)
            }
            _ => Ok(value),
        }
    }

    /// One member of the value: the name of an attribute, of an extension, or a path.
    fn named(
        &mut self,
        op: PatchOp,
        name: &str,
        value: Value,
        seen: &mut Vec<AttrPath>,
    ) -> Result<(), ScimError> {
        if name.contains('[') {
            return self.filter_as_name(op, name, value);
        }
        let Ok(path) = name.parse::<AttrPath>() else { return self.unknown(name) };
        if is_base(&path, self.schemas.base()) {
            return self.base_as_name(op, name, value, seen);
        }
        match self.schemas.resolve(&path) {
            Ok(target) if target.attribute().is_none() => self.extension(op, &target, value, seen),
            Ok(target) if path.schema().is_none() && path.sub().is_none() => {
                self.attribute(op, target, value, seen)
            }
            Ok(target) if self.path_as_name(name) => self.attribute(op, target, value, seen),
            Ok(_) => self.unknown(name),
            Err(_) => match self.unprefixed(&path) {
                Some(target) if self.tolerates(&EXTENSION_PATHS, || name.to_owned()) => {
                    self.attribute(op, target, value, seen)
                }
                _ => self.unknown(name),
            },
        }
    }

    /// ENT-05: a dotted or fully qualified path as a name. What it names is merged into what is there.
    fn path_as_name(&mut self, name: &str) -> bool {
        let index = self.index;
        self.tolerates(&PATHS_AS_NAMES, || {
            place(index, &format!("value.{}", quote(name).to_string().trim_matches('`')))
        })
    }

    /// A path with a filter as a name, where the sender is Entra.
    fn filter_as_name(&mut self, op: PatchOp, name: &str, value: Value) -> Result<(), ScimError> {
        let index = self.index;
        if !(self.entra && self.tolerates(&FILTERS_AS_NAMES, || place(index, "value"))) {
            if self.profile.unknown() == Unknown::Refuse {
                return self.unknown(name);
            }
            // To ignore it would be to answer that it was done.
            return Err(ScimError::invalid_path(format!(
                "{} is a path: it belongs into `path`",
                quote(name)
            )));
        }
        match self.path(name)? {
            Some(target) => self.on_target(op, target, Some(value)),
            None => Ok(()),
        }
    }

    /// ENT-05 again: the base schema's URN as a name, as if its attributes were an extension's.
    fn base_as_name(
        &mut self,
        op: PatchOp,
        name: &str,
        value: Value,
        seen: &mut Vec<AttrPath>,
    ) -> Result<(), ScimError> {
        let Value::Object(members) = value else { return self.unknown(name) };
        if !self.path_as_name(name) {
            return self.unknown(name);
        }
        for (name, value) in members {
            match name.parse::<AttrPath>() {
                Ok(path) if path.schema().is_none() => self.named(op, &name, value, seen)?,
                _ => self.unknown(&name)?,
            }
        }
        Ok(())
    }

    /// The object of an extension: each of its attributes by itself.
    pub(super) fn extension(
        &mut self,
        op: PatchOp,
        target: &Resolved,
        value: Value,
        seen: &mut Vec<AttrPath>,
    ) -> Result<(), ScimError> {
        let Some(uri) = target.extension() else { return Ok(()) };
        let members: Map<String, Value> = match value {
            Value::Object(members) => members,
            Value::Null => {
                if op == PatchOp::Replace {
                    self.push(PatchOp::Remove, target.clone(), None, Value::Null);
                }
                return Ok(());
            }
            _ => {
                let text = format!("`{uri}` has to be an object with the attributes of this schema");
                return Err(ScimError::invalid_value(text));
            }
        };
        for (name, value) in members {
            let found = name.parse::<AttrPath>().ok().filter(|path| path.schema().is_none());
            let sub = found.as_ref().is_some_and(|path| path.sub().is_some());
            match found.and_then(|path| self.schemas.resolve(&path.with_schema(uri.clone())).ok()) {
                Some(target) if !sub || self.path_as_name(&name) => {
                    self.attribute(op, target, value, seen)?;
                }
                _ => self.unknown(&name)?,
            }
        }
        Ok(())
    }

    /// The value of one attribute.
    fn attribute(
        &mut self,
        op: PatchOp,
        target: Resolved,
        value: Value,
        seen: &mut Vec<AttrPath>,
    ) -> Result<(), ScimError> {
        if seen.contains(target.path()) {
            let text = format!("`{}` stands there twice", target.path());
            return Err(ScimError::invalid_syntax(text));
        }
        seen.push(target.path().clone());
        if is_read_only(&target) {
            return self.read_only(target, value);
        }
        if super::path::is_schemas(&target) {
            // It names the schemas of the value, and not all there are to be.
            return self.schemas_value(PatchOp::Add, target, value);
        }
        if is_multi_valued(&target)
            && target.sub_attribute().is_some()
            && !self.profile.allows(&super::EVERY_ELEMENT)
        {
            return Err(ScimError::invalid_path(format!("`{}` is of a list", target.path())));
        }
        self.write(op, target, None, value)
    }

    /// A readOnly value, such as the `id` that Okta sends along: it has to be the one that is there.
    fn read_only(&mut self, target: Resolved, value: Value) -> Result<(), ScimError> {
        let says_nothing = scim_core::value::is_unassigned(&value) || value == "";
        if says_nothing || self.tolerates(&READ_ONLY_IGNORED, || target.path().to_string()) {
            return Ok(());
        }
        let operation = Operation::new(self.index, PatchOp::Replace, target, value);
        self.operations.push(Operation { expects: true, ..operation });
        Ok(())
    }

    /// A name that no schema has (RFC 7644 §3.1): nothing that a PATCH could be kept in.
    fn unknown(&mut self, name: &str) -> Result<(), ScimError> {
        if self.profile.unknown() == Unknown::Refuse {
            return Err(ScimError::invalid_syntax(format!("unknown attribute {}", quote(name))));
        }
        let at = place(self.index, &format!("value.{}", quote(name).to_string().trim_matches('`')));
        self.report(vec![Deviation::new(&UNKNOWN_NAMES, at)]);
        Ok(())
    }
}

fn place(index: usize, part: &str) -> String {
    format!("Operations[{index}].{part}")
}

/// Whether a path is the URN of the base schema.
fn is_base(path: &AttrPath, base: &Schema) -> bool {
    path.schema().is_some_and(|schema| base.id().as_str().len() > schema.as_str().len())
        && *base.id() == *path.to_string()
}
