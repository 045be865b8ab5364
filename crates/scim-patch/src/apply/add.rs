//! The `add` operation, RFC 7644 §3.5.2.1.

use scim_core::ScimError;
use serde_json::Value;

use super::work::Work;
use crate::operation::{Operation, PatchOp};

impl<'r> Work<'_, 'r> {
    /// Sets a single value, merges into a complex one, appends to a list what is not in it yet.
    pub(super) fn add(&mut self, operation: &'r Operation) -> Result<(), ScimError> {
        let target = &operation.target;
        let Some(attribute) = target.attribute() else { return Ok(()) };
        let value = &operation.value;
        match (target.sub_attribute(), &operation.select, attribute.multi_valued()) {
            (None, None, true) => match value {
                Value::Array(_) => self.change_one_list(operation),
                _ => Ok(()),
            },
            (None, None, false) => self.set(operation, attribute, value),
            (Some(sub), None, false) => self.set_sub(operation, attribute, sub, value),
            (_, Some(_), false) => self.set_selected(operation, attribute),
            _ => self.edit_elements(operation, attribute, PatchOp::Add),
        }
    }
}
