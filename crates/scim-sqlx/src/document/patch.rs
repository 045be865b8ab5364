//! PATCH: k rows for k members that come or go, whatever the size of the group.

use scim_core::{Resolved, Resource, ResourceId, ScimResource};
use scim_patch::{Delta, PatchRequest};
use scim_server::Context;
use scim_server::store::{Write, Written};
use serde_json::Value;

use super::db::{Fault, Tx};
use super::entry::Entry;
use super::query::put;
use super::store::DocumentStore;
use super::write::Members;
use crate::members::{self, From};

impl<R: ScimResource> DocumentStore<R> {
    pub(super) async fn patch_in(
        &self,
        tx: &mut Tx,
        cx: &Context,
        id: &ResourceId,
        patch: &PatchRequest,
        write: &Write<'_>,
    ) -> Result<Written<R>, Fault> {
        let old = self.row(tx, cx, id).await?;
        write.check_version(&old.version()?)?;
        if let Some(list) = self.facets.list.clone().filter(|list| !write.wants(list))
            && let Some((delta, rest)) = split(patch, &list)
        {
            return self.patch_rows(tx, cx, old, &list, &delta, rest.as_ref(), write).await;
        }
        let mut resource = old.resource(&self.kind, cx.schemas())?;
        if self.facets.groups && is_about(patch, "groups") {
            // A value that the request expects may be one that is worked out.
            let groups = members::groups_of_one(From::Tx(tx), cx.tenant(), id).await?;
            put(&mut resource, "groups", groups);
        }
        let mut there = Vec::new();
        if self.facets.list.is_some() {
            there = members::all(From::Tx(tx), &self.of(cx, id)).await?;
            put(&mut resource, "members", there.iter().map(|member| member.element.clone()).collect());
        }
        let changed = patch.apply_to(&mut resource, cx.schemas())?;
        let new = self.kept(cx, resource.into_map())?;
        let mut rows = Members::default();
        if let Some(attribute) = self.attribute() {
            rows.change = members::by_difference(attribute, &there, &new.members);
            if self.wants_members(write) {
                rows.all = Some((there.into_iter().map(|member| member.element).collect(), new.members));
            }
        }
        self.commit(tx, cx, old, new.doc, rows, write, Some(changed)).await
    }

    /// Applies what is about the members to their rows, and the rest to the document.
    #[expect(clippy::too_many_arguments, reason = "the two parts of a request, and what it is about")]
    async fn patch_rows(
        &self,
        tx: &mut Tx,
        cx: &Context,
        old: Entry,
        list: &Resolved,
        delta: &Delta,
        rest: Option<&PatchRequest>,
        write: &Write<'_>,
    ) -> Result<Written<R>, Fault> {
        let mut rows = Members::default();
        if let Some(attribute) = list.attribute() {
            delta.add.iter().try_for_each(super::search::refuse_nul)?;
            rows.change = members::by_delta(tx, &self.of(cx, &old.id), attribute, delta).await?;
        }
        let mut changed = Vec::new();
        let mut new = old.doc.clone();
        if let Some(rest) = rest {
            let mut resource: Resource = old.resource(&self.kind, cx.schemas())?;
            changed = rest.apply_to(&mut resource, cx.schemas())?;
            new = self.kept(cx, resource.into_map())?.doc;
        }
        if !rows.change.is_empty() {
            changed.push(list.path().clone());
        }
        self.commit(tx, cx, old, new, rows, write, Some(changed)).await
    }
}

/// Whether an operation is about an attribute of the base schema.
fn is_about(patch: &PatchRequest, name: &str) -> bool {
    patch.operations().iter().any(|operation| {
        let target = operation.target();
        target.extension().is_none()
            && target.attribute().is_some_and(|attribute| attribute.name().as_str() == name)
    })
}

/// What a request does to the list by value, and what it does besides; `None` when that cannot be told apart, or when all
/// elements go.
fn split(patch: &PatchRequest, list: &Resolved) -> Option<(Delta, Option<PatchRequest>)> {
    let name = list.attribute()?.name().as_str();
    if !is_about(patch, name) {
        return Some((Delta::default(), Some(patch.clone())));
    }
    let (delta, rest) = patch.split(list.path()).filter(|(delta, _)| !delta.clear)?;
    // What refers to nobody is not told by value.
    let named =
        delta.add.iter().all(|element: &Value| members::value_of(element).is_some_and(|id| !id.is_empty()));
    named.then_some((delta, Some(rest)))
}
