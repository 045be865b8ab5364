//! The request as a whole, RFC 7644 §3.5.2.

use scim_core::schema::Returned;
use scim_core::{AttrPath, Deviation, Limits, Profile, Resolved, SchemaSet};
use serde_json::Value;

use crate::diff::Dialect;
use crate::error::PatchError;
use crate::normalize;
use crate::operation::{Change, Operation};

/// A PATCH request (RFC 7644 §3.5.2): normalised, its paths resolved, its values admitted.
///
/// ```
/// use scim_core::{Profile, Resource, SchemaSet, attr};
/// use scim_patch::PatchRequest;
/// use serde_json::json;
///
/// let body = json!({
///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///     "Operations": [{"op": "replace", "value": {"active": "False", "name.givenName": "Barbara"}}],
/// });
/// let patch = PatchRequest::parse(body, SchemaSet::user(), &Profile::lenient())?;
/// assert_eq!(patch.operations().len(), 2);
/// assert_eq!(patch.deviations().len(), 2);
///
/// let mut user = Resource::new(SchemaSet::user());
/// let changed = patch.apply_to(&mut user, SchemaSet::user())?;
/// assert_eq!(user.get(&attr::ACTIVE), Some(&json!(false)));
/// assert!(changed.contains(&attr::ACTIVE) && changed.contains(&attr::NAME_GIVEN_NAME));
/// # Ok::<(), scim_patch::PatchError>(())
/// ```
///
/// `Serialize` writes it as a request in canonical form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PatchRequest {
    pub(crate) operations: Vec<Operation>,
    pub(crate) deviations: Vec<Deviation>,
    pub(crate) dialect: Dialect,
}

impl PatchRequest {
    /// Reads a request within the default limits.
    ///
    /// Nothing of the resource is needed: what can be judged without it is judged here.
    ///
    /// ```
    /// use scim_core::{Profile, SchemaSet};
    /// use scim_patch::PatchRequest;
    /// use serde_json::json;
    ///
    /// let body = json!({
    ///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "Add", "path": "members", "value": [{"$ref": null, "value": "7"}]}],
    /// });
    /// let patch = PatchRequest::parse(body.clone(), SchemaSet::group(), &Profile::lenient())?;
    /// assert_eq!(patch.deviations()[0].id(), "ENT-01");
    /// assert!(PatchRequest::parse(body, SchemaSet::group(), &Profile::rfc()).is_err());
    /// # Ok::<(), scim_patch::PatchError>(())
    /// ```
    ///
    /// # Errors
    /// As the table of [`PatchError`] has it, with the operation at fault.
    pub fn parse(body: Value, schemas: &SchemaSet, profile: &Profile) -> Result<Self, PatchError> {
        Self::parse_with(body, schemas, profile, &Limits::default())
    }

    /// Reads a request within these limits.
    ///
    /// ```
    /// use scim_core::{Limits, Profile, SchemaSet};
    /// use scim_patch::PatchRequest;
    /// use serde_json::json;
    ///
    /// let body = json!({
    ///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "remove", "path": "title"}, {"op": "remove", "path": "locale"}],
    /// });
    /// let one = Limits { patch_operations: 1, ..Limits::default() };
    /// let error = PatchRequest::parse_with(body, SchemaSet::user(), &Profile::rfc(), &one).unwrap_err();
    /// assert_eq!(error.status(), 413);
    /// ```
    ///
    /// # Errors
    /// As [`PatchRequest::parse`].
    pub fn parse_with(
        body: Value,
        schemas: &SchemaSet,
        profile: &Profile,
        limits: &Limits,
    ) -> Result<Self, PatchError> {
        let (operations, deviations) = normalize::read(body, schemas, profile, limits)?;
        Ok(Self { operations, deviations, dialect: Dialect::Rfc })
    }

    /// The same request, to be written in the dialect of the one who gets it.
    ///
    /// ```
    /// use scim_core::{Profile, SchemaSet};
    /// use scim_patch::{Dialect, PatchRequest};
    /// use serde_json::json;
    ///
    /// let body = json!({
    ///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "replace", "path": "title", "value": "Guide"}],
    /// });
    /// let patch = PatchRequest::parse(body, SchemaSet::user(), &Profile::rfc())?.in_dialect(Dialect::Entra);
    /// assert_eq!(
    ///     serde_json::to_value(&patch).unwrap()["Operations"],
    ///     json!([{"op": "Replace", "path": "title", "value": "Guide"}])
    /// );
    /// # Ok::<(), scim_patch::PatchError>(())
    /// ```
    #[must_use]
    pub fn in_dialect(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// What the sender did that the RFC does not have, and was let through.
    #[must_use]
    pub fn deviations(&self) -> &[Deviation] {
        &self.deviations
    }

    /// The operations, in the order in which they are applied.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Whether nothing is left to do, as for the difference of two equal resources. Such a request is not sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Whether an operation takes every element of this attribute away, as `remove members` and `replace members []` do.
    ///
    /// A store, or a policy before it, can ask so before a group loses all of its members.
    ///
    /// ```
    /// use scim_core::{Profile, SchemaSet, attr};
    /// use scim_patch::{Change, PatchRequest};
    /// use serde_json::json;
    ///
    /// let body = json!({
    ///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "replace", "path": "members", "value": []}],
    /// });
    /// let patch = PatchRequest::parse(body, SchemaSet::group(), &Profile::rfc())?;
    /// assert_eq!(patch.operations()[0].change(), Change::Clear);
    /// assert!(patch.clears(&attr::MEMBERS));
    /// # Ok::<(), scim_patch::PatchError>(())
    /// ```
    #[must_use]
    pub fn clears(&self, attribute: &AttrPath) -> bool {
        self.operations.iter().any(|operation| match operation.change() {
            Change::Clear => *operation.target.path() == *attribute,
            Change::Remove => {
                operation.target.attribute().is_none() && operation.target.extension() == attribute.schema()
            }
            _ => false,
        })
    }

    /// Takes out what the request does to an attribute: the values that it would set, the last one last.
    ///
    /// For what goes elsewhere, as a password does. What is left may be nothing, and is still a request for this resource.
    ///
    /// ```
    /// use scim_core::{Profile, SchemaSet, attr};
    /// use scim_patch::PatchRequest;
    /// use serde_json::json;
    ///
    /// let body = json!({
    ///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "replace", "value": {"password": "t1meMa$heen", "active": true}}],
    /// });
    /// let mut patch = PatchRequest::parse(body, SchemaSet::user(), &Profile::rfc())?;
    /// assert_eq!(patch.take(&attr::PASSWORD), [Some(json!("t1meMa$heen"))]);
    /// assert_eq!(patch.operations().len(), 1);
    /// # Ok::<(), scim_patch::PatchError>(())
    /// ```
    #[must_use]
    pub fn take(&mut self, attribute: &AttrPath) -> Vec<Option<Value>> {
        let (taken, rest) = std::mem::take(&mut self.operations)
            .into_iter()
            .partition::<Vec<_>, _>(|operation| operation.target.path() == attribute);
        self.operations = rest;
        taken.into_iter().map(|operation| (!operation.value.is_null()).then_some(operation.value)).collect()
    }

    /// What the request writes, for [`Projection::with_supplied`](scim_core::Projection::with_supplied).
    ///
    /// ```
    /// use scim_core::{Profile, Projection, SchemaSet};
    /// use scim_patch::PatchRequest;
    /// use serde_json::json;
    ///
    /// let body = json!({
    ///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "add", "path": "NAME.familyname", "value": "Jensen"}],
    /// });
    /// let patch = PatchRequest::parse(body, SchemaSet::user(), &Profile::rfc())?;
    /// assert_eq!(patch.attributes()[0].path().to_string(), "name.familyName");
    /// let _answer = Projection::default().with_supplied(patch.attributes());
    /// # Ok::<(), scim_patch::PatchError>(())
    /// ```
    #[must_use]
    pub fn attributes(&self) -> Vec<Resolved> {
        let mut all: Vec<Resolved> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for operation in self.operations.iter().filter(|operation| !operation.expects) {
            let target = &operation.target;
            if seen.insert(target.path()) {
                all.push(target.clone());
            }
        }
        // Sub-attributes that are returned on request were written with the value that holds them.
        let mut below: Vec<Resolved> = Vec::new();
        for target in &all {
            let (Some(attribute), None) = (target.attribute(), target.sub_attribute()) else { continue };
            let on_request =
                |sub: &&std::sync::Arc<scim_core::schema::Attribute>| sub.returned() == Returned::Request;
            below.extend(
                attribute
                    .sub_attributes()
                    .iter()
                    .filter(on_request)
                    .filter_map(|sub| target.with_sub_attribute(sub.name().as_str())),
            );
        }
        all.extend(below);
        all
    }
}
