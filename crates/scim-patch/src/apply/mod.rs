//! Applying a request, RFC 7644 §3.5.2: its operations in order, each on the result of the one before, all or none.

mod add;
mod changed;
mod element;
mod finish;
mod identity;
mod index;
mod list;
mod remove;
mod replace;
mod schemas;
mod single;
#[cfg(test)]
mod tests;
mod work;

use scim_core::{AttrPath, Resource, SchemaSet, ScimError};

use self::work::Work;
use crate::error::PatchError;
use crate::operation::{Operation, PatchOp};
use crate::request::PatchRequest;

/// What became of a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Patched {
    /// The resource with the request applied.
    pub resource: Resource,
    /// The attributes that have another value now, and nothing when all was as it should be: sub-attributes of single
    /// values (`name.givenName`), lists as a whole (`emails`), `schemas` where an extension came or went.
    pub changed: Vec<AttrPath>,
}

impl PatchRequest {
    /// Applies the request to a copy of a resource.
    ///
    /// ```
    /// use scim_core::{Profile, Resource, SchemaSet, attr};
    /// use scim_patch::PatchRequest;
    /// use serde_json::json;
    ///
    /// let mut user = Resource::new(SchemaSet::user());
    /// user.set(&attr::NICK_NAME, json!("Babs"))?;
    ///
    /// let body = json!({
    ///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "remove", "path": "nickName"}],
    /// });
    /// let patch = PatchRequest::parse(body, SchemaSet::user(), &Profile::rfc())?;
    /// let patched = patch.apply(&user, SchemaSet::user())?;
    /// assert_eq!(patched.changed, [attr::NICK_NAME]);
    /// assert_eq!(patched.resource.get(&attr::NICK_NAME), None);
    /// assert_eq!(patch.apply(&patched.resource, SchemaSet::user())?.changed, []);
    /// # Ok::<(), scim_core::ScimError>(())
    /// ```
    ///
    /// # Errors
    /// `noTarget` when a filter selects nothing to replace; `mutability` when a readOnly or immutable value would change
    /// or a required one be left out; `invalidValue` when an element would lack what it requires, or two elements would
    /// be primary; 413 when the operations, all taken together, would go through more than twenty million elements.
    pub fn apply(&self, resource: &Resource, schemas: &SchemaSet) -> Result<Patched, PatchError> {
        let mut copy = resource.clone();
        let mut work = Work::new(copy.as_map_mut(), schemas);
        let changed = work.run(&self.operations)?;
        Ok(Patched { resource: copy, changed })
    }

    /// Applies the request in place, which suits large groups; when an operation fails, everything is put back.
    ///
    /// ```
    /// use scim_core::{Profile, Resource, SchemaSet, attr};
    /// use scim_patch::PatchRequest;
    /// use serde_json::json;
    ///
    /// let body = json!({
    ///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [
    ///         {"op": "add", "path": "members", "value": [{"value": "7"}]},
    ///         {"op": "remove", "path": "displayName"},
    ///     ],
    /// });
    /// let patch = PatchRequest::parse(body, SchemaSet::group(), &Profile::rfc())?;
    ///
    /// let mut group = Resource::new(SchemaSet::group());
    /// group.set(&attr::DISPLAY_NAME, json!("Guides"))?;
    /// let before = group.clone();
    /// let error = patch.apply_to(&mut group, SchemaSet::group()).unwrap_err();
    /// assert_eq!(error.to_string(), "operation 2: `displayName` is required and would be left without a value");
    /// assert_eq!(group, before);
    /// # Ok::<(), scim_core::ScimError>(())
    /// ```
    ///
    /// # Errors
    /// As [`PatchRequest::apply`].
    pub fn apply_to(
        &self,
        resource: &mut Resource,
        schemas: &SchemaSet,
    ) -> Result<Vec<AttrPath>, PatchError> {
        let mut work = Work::new(resource.as_map_mut(), schemas);
        match work.run(&self.operations) {
            Ok(changed) => Ok(changed),
            Err(error) => {
                work.undo();
                Err(error)
            }
        }
    }
}

impl<'r> Work<'_, 'r> {
    /// Runs the operations, and what has to hold in the end.
    fn run(&mut self, operations: &'r [Operation]) -> Result<Vec<AttrPath>, PatchError> {
        let mut rest = operations;
        while let Some((operation, after)) = rest.split_first() {
            let run = list::run_of(rest);
            if run > 1 {
                let (batch, after) = rest.split_at(run);
                self.change_list(batch).map_err(|error| PatchError::of(self.index, error))?;
                rest = after;
                continue;
            }
            self.index = operation.index;
            self.one(operation).map_err(|error| PatchError::of(operation.index, error))?;
            rest = after;
        }
        self.finish()?;
        Ok(self.changed())
    }

    fn one(&mut self, operation: &'r Operation) -> Result<(), ScimError> {
        if operation.expects {
            return self.expect(operation);
        }
        if *operation.target.path() == scim_core::attr::SCHEMAS {
            return self.patch_schemas(operation);
        }
        match operation.op {
            PatchOp::Add => self.add(operation),
            PatchOp::Remove => self.remove(operation),
            PatchOp::Replace => self.replace(operation),
        }
    }
}
