//! The `remove` operation, RFC 7644 §3.5.2.2.

use scim_core::schema::{Attribute, Mutability};
use scim_core::{AttrPath, ScimError};
use serde_json::Value;

use super::work::{Duty, Slot, Work};
use crate::operation::{Operation, PatchOp, Select};

impl<'r> Work<'_, 'r> {
    /// Leaves an attribute, selected elements, or a sub-attribute of either unassigned. What is not there is no error.
    pub(super) fn remove(&mut self, operation: &'r Operation) -> Result<(), ScimError> {
        let target = &operation.target;
        let Some(attribute) = target.attribute() else { return self.remove_extension(operation) };
        match (target.sub_attribute(), &operation.select, attribute.multi_valued()) {
            (None, None, _) => self.unassign(operation, attribute),
            (None, Some(_), true) => self.change_one_list(operation),
            (Some(sub), None, false) => self.remove_sub(operation, attribute, sub),
            (sub, Some(select), false) => {
                let slot = Slot::of(target, attribute);
                let Some(value) = self.get(slot) else { return Ok(()) };
                let selected = match select {
                    Select::Filter(filter) => filter.matches(value),
                    Select::Listed(_) => false,
                };
                match sub {
                    _ if !selected => Ok(()),
                    Some(sub) => self.remove_sub(operation, attribute, sub),
                    None => self.unassign(operation, attribute),
                }
            }
            (Some(_), _, true) => self.edit_elements(operation, attribute, PatchOp::Remove),
        }
    }

    /// A whole attribute.
    fn unassign(&mut self, operation: &'r Operation, attribute: &'r Attribute) -> Result<(), ScimError> {
        let target = &operation.target;
        let slot = Slot::of(target, attribute);
        let Some(old) = self.get(slot) else { return Ok(()) };
        let has_fixed = match old {
            Value::Object(members) => attribute.sub_attributes().iter().any(|sub| {
                sub.mutability() == Mutability::Immutable && members.contains_key(sub.name().as_str())
            }),
            _ => false,
        };
        if has_fixed || attribute.mutability() == Mutability::Immutable {
            return Err(fixed(target.path()));
        }
        self.take(slot);
        self.has_to_be_assigned(slot, attribute, operation);
        Ok(())
    }

    /// In the end, a required attribute has a value again.
    pub(super) fn has_to_be_assigned(
        &mut self,
        slot: Slot<'r>,
        attribute: &'r Attribute,
        operation: &'r Operation,
    ) {
        if attribute.required() {
            let path = operation.target.path();
            self.duties.push(Duty::Assigned { index: operation.index, slot, sub: None, path });
        }
    }

    /// A sub-attribute of a single value.
    fn remove_sub(
        &mut self,
        operation: &'r Operation,
        attribute: &'r Attribute,
        sub: &'r Attribute,
    ) -> Result<(), ScimError> {
        let target = &operation.target;
        let slot = Slot::of(target, attribute);
        let name = sub.name().as_str();
        if self.get(slot).and_then(|whole| whole.get(name)).is_none() {
            return Ok(());
        }
        if [attribute, sub].iter().any(|attribute| attribute.mutability() == Mutability::Immutable) {
            return Err(fixed(target.path()));
        }
        self.unassign_sub(slot, target.path(), Some(sub), name);
        self.forget_computed(slot, attribute);
        self.stays_assigned(slot, attribute, target.path());
        Ok(())
    }

    /// A whole extension: each of its attributes. The URN in `schemas` goes in the end.
    fn remove_extension(&mut self, operation: &'r Operation) -> Result<(), ScimError> {
        let Some(uri) = operation.target.extension() else { return Ok(()) };
        self.take_extension(uri.as_str())
    }
}

fn fixed(path: &AttrPath) -> ScimError {
    ScimError::mutability(path, "is immutable and cannot be taken away")
}
