//! What a `remove` is sent with, RFC 7644 §3.5.2.2. The RFC has no `value` there; Entra does.

use scim_core::schema::AttrType;
use scim_core::{Resolved, ScimError};
use scim_filter::ElementFilter;
use serde_json::Value;

use super::{REMOVE_LISTED, REMOVE_WITH_VALUE, Reader, is_multi_valued};
use crate::operation::{Operation, PatchOp, Select};

impl Reader<'_> {
    /// A `remove` at a path.
    pub(super) fn remove(
        &mut self,
        target: Resolved,
        filter: Option<ElementFilter>,
        value: Option<Value>,
    ) -> Result<(), ScimError> {
        let whole_list = filter.is_none() && target.sub_attribute().is_none() && is_multi_valued(&target);
        match value {
            Some(value) if whole_list => return self.remove_listed(target, value),
            // The path says all, and the value says some: whatever is meant, it is not all.
            Some(value) if !value.is_null() && filter.is_none() && takes_many(&target) => {
                let text = format!(
                    "`remove` of `{}` takes no value: select what is meant in the path",
                    target.path()
                );
                return Err(ScimError::invalid_value(text));
            }
            Some(value) => self.remove_with_value(&value)?,
            None => {}
        }
        self.push(PatchOp::Remove, target, filter, Value::Null);
        Ok(())
    }

    /// ENT-08: the elements that are meant are listed in the value. The list as a whole never goes.
    fn remove_listed(&mut self, target: Resolved, value: Value) -> Result<(), ScimError> {
        let path = target.path().clone();
        if !self.tolerates(&REMOVE_LISTED, || path.to_string()) {
            let text = format!("`remove` takes no value: select the elements of `{path}` in the path");
            return Err(ScimError::invalid_value(text));
        }
        let Some(attribute) = target.attribute() else { return Ok(()) };
        let value = match value {
            single @ Value::Object(_) if attribute.kind() == AttrType::Complex => Value::Array(vec![single]),
            single @ (Value::String(_) | Value::Number(_) | Value::Bool(_))
                if attribute.kind() != AttrType::Complex =>
            {
                Value::Array(vec![single])
            }
            value => value,
        };
        let malformed =
            || ScimError::invalid_value(format!("the elements of `{path}` to remove are not listed"));
        if value.as_array().is_none_or(Vec::is_empty) {
            return Err(malformed());
        }
        let identified = attribute.sub("value").is_some();
        let Value::Array(elements) = self.admit(&target, value)? else { return Err(malformed()) };
        for element in elements.iter().filter(|element| element.is_object()) {
            if identified && element.get("value").is_none() {
                return Err(ScimError::invalid_value(format!(
                    "an element of `{path}` is listed without its value"
                )));
            }
        }
        let mut operation = Operation::new(self.index, PatchOp::Remove, target, Value::Null);
        operation.select = Some(Select::Listed(elements));
        self.operations.push(operation);
        Ok(())
    }

    /// ENT-10: a value beside a path that says all. It is not written.
    fn remove_with_value(&mut self, value: &Value) -> Result<(), ScimError> {
        let index = self.index;
        if value.is_null() || self.tolerates(&REMOVE_WITH_VALUE, || format!("Operations[{index}].value")) {
            return Ok(());
        }
        Err(ScimError::invalid_value("`remove` takes no value"))
    }
}

/// Whether a removal at this path takes more than one value away: of every element of a list, or of a whole extension.
fn takes_many(target: &Resolved) -> bool {
    target.leaf().is_none() || (target.sub_attribute().is_some() && is_multi_valued(target))
}
