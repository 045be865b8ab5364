//! One resource after another: create, read, replace, patch, delete, and versions.

use scim_core::schema::Mutability;
use scim_core::{ResourceId, attr};
use serde_json::json;

use super::world::{Check, World, dynamic, fails, holds, not_found, replace, same, same_content, wrong};
use crate::store::{Precondition, ResourceStore, StoreError, Write};

pub(super) async fn what_was_created_is_read<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let external = json!("Kit-External-1");
    let sent = world.made(1, &[(&attr::EXTERNAL_ID, external.clone())])?;
    let sent = S::Resource::to_resource_of(sent)?;
    let stored = world.create_with(1, &[(&attr::EXTERNAL_ID, external)]).await?;
    same_content("the answer to a create", &*dynamic(&stored)?, &sent)?;
    let read = world.get(&stored.id).await?;
    same_content("what is read after a create", &*dynamic(&read)?, &sent)?;
    same("the id", read.id, stored.id)?;
    same("the version after a read", read.version, stored.version)
}

pub(super) async fn what_is_not_there_is_not_found<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let write = Write::unchecked();
    for id in [uuid::Uuid::new_v4().to_string(), "1".to_owned(), "' OR 1=1 --".to_owned(), "ä/..".to_owned()]
    {
        let id = ResourceId::new(id)?;
        fails("get of what is not there", world.get(&id).await, not_found)?;
        let new = world.made(1, &[])?;
        fails(
            "replace of what is not there",
            world.store.replace(&world.cx, &id, new, &write).await,
            not_found,
        )?;
        fails("delete of what is not there", world.store.delete(&world.cx, &id, &write).await, not_found)?;
        let patch = replace(&attr::EXTERNAL_ID, "x");
        fails("patch of what is not there", world.patch(&id, patch, &write).await, not_found)?;
    }
    same("all after writes to nothing", world.page(&world.query(None, None)?).await?.ids, Vec::new())
}

pub(super) async fn replacing_replaces_the_whole<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let text = world.text()?;
    let other = world.create(2).await?;
    let stored = world.create_with(1, &[(text, json!("before")), (&attr::EXTERNAL_ID, json!("e"))]).await?;
    let sent = S::Resource::to_resource_of(world.made(1, &[(text, json!("after"))])?)?;
    let new = world.made(1, &[(text, json!("after"))])?;
    let written = world.store.replace(&world.cx, &stored.id, new, &Write::unchecked()).await?;
    holds("a replace that changes something is no no-op", !written.no_op)?;
    same("the id after a replace", &written.stored.id, &stored.id)?;
    same_content("the answer to a replace", &*dynamic(&written.stored)?, &sent)?;
    same_content("what is read after a replace", &*dynamic(&world.get(&stored.id).await?)?, &sent)?;
    let before = written.before.ok_or_else(|| wrong("a replace does not say what was there"))?;
    same("what was there", dynamic(&before)?.get(text).cloned(), Some(json!("before")))?;
    let untouched = world.get(&other.id).await?;
    same("the version of another resource", untouched.version, other.version)
}

pub(super) async fn patching_changes_what_it_names<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let text = world.text()?;
    let stored = world.create_with(1, &[(text, json!("before")), (&attr::EXTERNAL_ID, json!("e"))]).await?;
    let write = Write::unchecked();
    let written = world.patch(&stored.id, replace(text, "after"), &write).await?;
    same("the answer to a patch", dynamic(&written.stored)?.get(text).cloned(), Some(json!("after")))?;
    holds("a patch that changes something is no no-op", !written.no_op)?;
    // Observers hear of it, and who is deactivated is signed out.
    let before = written.before.ok_or_else(|| wrong("a patch does not say what was there"))?;
    same("what was there", dynamic(&before)?.get(text).cloned(), Some(json!("before")))?;
    let named = written.changed.as_ref().is_none_or(|changed| changed.contains(text));
    holds("what changed does not name what the patch changed", named)?;
    same("what is read after a patch", world.value(&stored.id, text).await?, Some(json!("after")))?;
    let external = world.value(&stored.id, &attr::EXTERNAL_ID).await?;
    same("what the patch did not name", external, Some(json!("e")))?;
    // All or nothing (RFC 7644 §3.5.2).
    let mut required = world.kit.schemas.attributes().filter(|attribute| {
        attribute.required()
            && attribute.mutability() == Mutability::ReadWrite
            && *attribute.name() != *"schemas"
    });
    if let Some(required) = required.next() {
        let operations = json!([
            {"op": "replace", "path": "externalId", "value": "half"},
            {"op": "remove", "path": required.name().as_str()},
        ]);
        let refused =
            |error: &StoreError| matches!(error, StoreError::Rejected(error) if error.status() == 400);
        fails(
            "a patch that takes a required value",
            world.patch(&stored.id, operations, &write).await,
            refused,
        )?;
        let external = world.value(&stored.id, &attr::EXTERNAL_ID).await?;
        same("what a failed patch left", external, Some(json!("e")))?;
    }
    Ok(())
}

pub(super) async fn what_is_deleted_is_gone<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let stored = world.create(1).await?;
    let write = Write::unchecked();
    let gone = world.store.delete(&world.cx, &stored.id, &write).await?;
    same("the id of what was deleted", &gone.id, &stored.id)?;
    same_content("what was deleted", &*dynamic(&gone)?, &*dynamic(&stored)?)?;
    fails("get after delete", world.get(&stored.id).await, not_found)?;
    fails("a second delete", world.store.delete(&world.cx, &stored.id, &write).await, not_found)?;
    same("all after delete", world.page(&world.query(None, None)?).await?.ids, Vec::new())
}

pub(super) async fn ids_are_never_used_again<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let mut seen = std::collections::HashSet::new();
    for n in 0..20 {
        let stored = world.create(n % 5).await?;
        holds("an id was used again", seen.insert(stored.id.clone()))?;
        world.delete(&stored.id).await?;
    }
    Ok(())
}

/// Ids compare exactly (RFC 7643 §3.1): under another spelling there is nothing, also where a column would take it.
pub(super) async fn ids_are_exact<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let id = world.create(1).await?.id.to_string();
    let spellings =
        [id.to_uppercase(), id.to_lowercase(), format!("0{id}"), format!("+{id}"), format!("{id}.0")];
    for other in spellings.into_iter().filter(|other| *other != id) {
        let other = ResourceId::new(other)?;
        fails(&format!("get of `{other}` where `{id}` is"), world.get(&other).await, not_found)?;
    }
    Ok(())
}

/// S1: a client that chooses an `externalId` must not so choose which resource it writes.
pub(super) async fn an_external_id_is_no_id<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let victim = world.create(1).await?;
    let claimed = json!(victim.id.as_str());
    let stored = world.create_with(2, &[(&attr::EXTERNAL_ID, claimed)]).await?;
    holds("a new resource has an id of its own", stored.id != victim.id)?;
    let read = world.get(&victim.id).await?;
    same_content("who has the id", &*dynamic(&read)?, &*dynamic(&victim)?)?;
    let handle = json!("Kit-Handle");
    let named = world.create_with(3, &[(&attr::EXTERNAL_ID, handle)]).await?;
    fails("get by an externalId", world.get(&ResourceId::new("Kit-Handle")?).await, not_found)?;
    world.delete(&named.id).await?;
    holds("another resource is there", world.get(&victim.id).await.is_ok())
}

pub(super) async fn versions_change_with_the_resource<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let text = world.text()?;
    let write = Write::unchecked();
    let stored = world.create_with(1, &[(text, json!("a"))]).await?;
    let mut versions = vec![stored.version.clone()];
    let written = world.patch(&stored.id, replace(text, "b"), &write).await?;
    versions.push(written.stored.version.clone());
    let new = world.made(1, &[(text, json!("c"))])?;
    versions.push(world.store.replace(&world.cx, &stored.id, new, &write).await?.stored.version);
    let written = world.patch(&stored.id, replace(text, "a"), &write).await?;
    versions.push(written.stored.version);
    for (at, version) in versions.iter().enumerate() {
        holds("a version came twice", !versions.iter().take(at).any(|earlier| earlier == version))?;
    }
    let current = world.get(&stored.id).await?;
    same("the version that is read", Some(&current.version), versions.last())?;

    let written = world.patch(&stored.id, replace(text, "a"), &write).await?;
    holds("a patch that changes nothing says so", written.no_op)?;
    same("the version after a patch that changes nothing", &written.stored.version, &current.version)?;
    let new = world.made(1, &[(text, json!("a"))])?;
    let written = world.store.replace(&world.cx, &stored.id, new, &write).await?;
    holds("a replace that changes nothing says so", written.no_op)?;
    same("the version after a replace that changes nothing", &written.stored.version, &current.version)?;
    let after = world.get(&stored.id).await?;
    same("lastModified after nothing changed", after.last_modified, current.last_modified)?;
    same("the version after nothing changed", after.version, current.version)?;
    if let Some(created) = stored.created {
        same("when it was created", after.created, Some(created))?;
    }
    Ok(())
}

pub(super) async fn a_wrong_version_writes_nothing<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let text = world.text()?;
    let stored = world.create_with(1, &[(text, json!("a"))]).await?;
    world.patch(&stored.id, replace(text, "b"), &Write::unchecked()).await?;
    let stale = Write::unchecked().at(stored.version.clone());
    let mismatch = |error: &StoreError| matches!(error, StoreError::VersionMismatch);
    fails("a patch of a stale version", world.patch(&stored.id, replace(text, "c"), &stale).await, mismatch)?;
    let new = world.made(1, &[(text, json!("c"))])?;
    let replaced = world.store.replace(&world.cx, &stored.id, new, &stale).await;
    fails("a replace of a stale version", replaced, mismatch)?;
    fails("a delete of a stale version", world.store.delete(&world.cx, &stored.id, &stale).await, mismatch)?;
    let nothing = Write::unchecked().with_expected(Precondition::OneOf(Vec::new()));
    fails("a patch of no version", world.patch(&stored.id, replace(text, "c"), &nothing).await, mismatch)?;
    same("what is there after", world.value(&stored.id, text).await?, Some(json!("b")))
}

pub(super) async fn one_of_several_versions_is_enough<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let text = world.text()?;
    let stored = world.create_with(1, &[(text, json!("a"))]).await?;
    let second = world.patch(&stored.id, replace(text, "b"), &Write::unchecked()).await?.stored;
    let several = Precondition::OneOf(vec![stored.version.clone(), second.version]);
    let write = Write::unchecked().with_expected(several);
    let third = world.patch(&stored.id, replace(text, "c"), &write).await?.stored;
    // A strong tag means the same version (RFC 7644 §3.14).
    let strong = format!("\"{}\"", third.version.opaque()).parse()?;
    world.store.delete(&world.cx, &stored.id, &Write::unchecked().at(strong)).await?;
    Ok(())
}

pub(super) async fn names_are_those_of_the_resources<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let (one, two) = (world.create(1).await?, world.create(2).await?);
    let missing = ResourceId::new(uuid::Uuid::new_v4().to_string())?;
    let names = world.store.names(&world.cx, &[one.id.clone(), missing, two.id.clone()]).await?;
    let mut expected = Vec::new();
    for stored in [&one, &two] {
        let name = crate::store::name_of(&*dynamic(stored)?);
        expected.push((stored.id.clone(), name));
    }
    let mut found = names;
    found.sort();
    expected.sort();
    same("the names", found, expected)?;
    let foreign = world.store.names(&world.other, &[one.id]).await?;
    same("the names for another tenant", foreign, Vec::new())
}

/// The dynamic form of a resource that nobody else holds.
trait ToResource: scim_core::ScimResource {
    fn to_resource_of(this: Self) -> Result<scim_core::Resource, scim_core::ScimError> {
        Self::to_resource(&std::sync::Arc::new(this)).map(|resource| scim_core::Resource::clone(&resource))
    }
}

impl<R: scim_core::ScimResource> ToResource for R {}
