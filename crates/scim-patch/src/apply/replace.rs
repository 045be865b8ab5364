//! The `replace` operation, RFC 7644 §3.5.2.3.

use scim_core::ScimError;
use scim_core::multi_valued::same_value;
use scim_core::schema::{Attribute, Mutability};
use serde_json::Value;

use super::single::immutable;
use super::work::{Slot, Work};
use crate::operation::{Operation, PatchOp};

impl<'r> Work<'_, 'r> {
    /// As `add`, but that a list is replaced as a whole, and that a filter has to select something.
    pub(super) fn replace(&mut self, operation: &'r Operation) -> Result<(), ScimError> {
        let target = &operation.target;
        let Some(attribute) = target.attribute() else { return Ok(()) };
        let value = &operation.value;
        match (target.sub_attribute(), &operation.select, attribute.multi_valued()) {
            (None, None, true) => self.replace_list(operation, attribute),
            (None, None, false) => self.set(operation, attribute, value),
            (Some(sub), None, false) => self.set_sub(operation, attribute, sub, value),
            (_, Some(_), false) => self.set_selected(operation, attribute),
            _ => self.edit_elements(operation, attribute, PatchOp::Replace),
        }
    }

    fn replace_list(&mut self, operation: &'r Operation, attribute: &'r Attribute) -> Result<(), ScimError> {
        let target = &operation.target;
        let slot = Slot::of(target, attribute);
        let old = self.get(slot);
        if old == Some(&operation.value) {
            return Ok(());
        }
        if let (Mutability::Immutable, Some(old)) = (attribute.mutability(), old) {
            let same = same_value(attribute, old, &operation.value);
            return if same { Ok(()) } else { Err(immutable(target.path())) };
        }
        if let Value::Array(_) = operation.value {
            self.put(slot, operation.value.clone());
            self.requires(slot, attribute, operation);
        }
        Ok(())
    }
}
