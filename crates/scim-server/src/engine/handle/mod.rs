//! The operations of RFC 7644 §3, one file each.

mod bulk;
mod create;
mod delete;
mod discovery;
mod get;
mod me;
mod password;
mod patch;
mod query;
mod replace;
mod root;

use scim_core::schema::Returned;
use scim_core::{AttrPath, Projection, Resolved, Resource, ResourceId, SchemaSet, ScimError};
use scim_filter::CheckOptions;
use scim_filter::query::{ParsedQuery, Query};

use super::headers::{Conditions, Tags};
use super::respond::Failure;
use super::{Call, Mounted};
use crate::context::Context;
use crate::store::{Precondition, StoreError};

impl Call {
    /// Reads the parameters that say what of a resource the answer shows; `bare` tells whether there were none.
    pub(super) fn parameters(&self, query: Option<&str>) -> Result<ParsedQuery, ScimError> {
        let parsed = Query::parse(query.unwrap_or_default(), self.limits(), self.profile())?;
        self.deviated(parsed.deviations.iter().cloned());
        Ok(parsed)
    }

    /// What the answer shows, when one resource is asked for: filter, order and page make no sense then.
    fn projection(&self, cx: &Context, parsed: &ParsedQuery) -> Result<Projection, ScimError> {
        let query = Query { projection: parsed.query.projection.clone(), ..Query::default() };
        let profile = cx.profile();
        let options = CheckOptions { profile: Some(profile), ..CheckOptions::default() };
        let typed = query.check(cx.schemas(), &options)?;
        self.deviated(typed.deviations);
        Ok(typed.projection)
    }

    /// The versions at which a write may happen. `If-None-Match` takes a look at what is there.
    async fn expected(
        &self,
        cx: &Context,
        mounted: &Mounted,
        id: &ResourceId,
        conditions: &Conditions,
    ) -> Result<Precondition, Failure> {
        if let Some(unwanted) = &conditions.if_none_match {
            let current =
                mounted.store.get(cx, id, &Projection::only([])).await.map_err(|e| failed(id, e))?;
            if unwanted.name(&current.version) {
                return Err(ScimError::precondition_failed().into());
            }
            if conditions.if_match.is_none() {
                return Ok(Precondition::OneOf(vec![current.version]));
            }
        }
        Ok(match &conditions.if_match {
            None | Some(Tags::Any) => Precondition::None,
            Some(Tags::These(tags)) => Precondition::OneOf(tags.clone()),
        })
    }
}

/// What a peer is told when a store fails about this resource.
fn failed(id: &ResourceId, error: StoreError) -> Failure {
    match error {
        StoreError::NotFound => ScimError::not_found(id.as_str()).into(),
        other => other.into(),
    }
}

/// The attributes returned on request only that a body has: they are part of its answer (RFC 7643 §7).
fn supplied(schemas: &SchemaSet, resource: &Resource) -> Vec<Resolved> {
    let on_request = |attribute: &std::sync::Arc<scim_core::schema::Attribute>| {
        attribute.returned() == Returned::Request
            || attribute.sub_attributes().iter().any(|sub| sub.returned() == Returned::Request)
    };
    let mut found = Vec::new();
    let mut add = |path: AttrPath| {
        let Ok(resolved) = schemas.resolve(&path) else { return };
        if resource.get(&path).is_none() {
            return;
        }
        let subs =
            resolved.attribute().map(|attribute| attribute.sub_attributes().to_vec()).unwrap_or_default();
        found.extend(
            subs.iter()
                .filter(|sub| sub.returned() == Returned::Request)
                .filter_map(|sub| resolved.with_sub_attribute(sub.name().as_str())),
        );
        found.push(resolved);
    };
    for attribute in schemas.attributes().filter(|attribute| on_request(attribute)) {
        add(AttrPath::of_name(attribute.name().clone()));
    }
    for extension in schemas.extensions() {
        for attribute in extension.schema().attributes().iter().filter(|attribute| on_request(attribute)) {
            add(AttrPath::of_name(attribute.name().clone()).with_schema(extension.schema().id().clone()));
        }
    }
    found
}
