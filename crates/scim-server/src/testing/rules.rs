//! The rules of the application are part of each write.

use scim_core::{Resource, attr};
use serde_json::{Value, json};

use super::guard::{Asked, Recorder};
use super::world::{Check, Problem, World, dynamic, fails, holds, replace, same, same_content, wrong};
use crate::store::{Ownership, ResourceStore, StoreError, Write};

fn refused(error: &StoreError) -> bool {
    matches!(error, StoreError::Rejected(error) if error.status() == 403)
}

pub(super) async fn rules_are_asked_before_the_commit<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let stored = world.create(1).await?;
    let recorder = Recorder::refusing();
    let write = Write::unchecked().with_guard(&recorder, &[]);
    let new = world.made(2, &[])?;
    fails("create against a rule", world.store.create(&world.cx, new, &write).await, refused)?;
    let new = world.made(2, &[])?;
    let replaced = world.store.replace(&world.cx, &stored.id, new, &write).await;
    fails("replace against a rule", replaced, refused)?;
    let patched = world.patch(&stored.id, replace(&attr::EXTERNAL_ID, "x"), &write).await;
    fails("patch against a rule", patched, refused)?;
    fails("delete against a rule", world.store.delete(&world.cx, &stored.id, &write).await, refused)?;
    same("how often the rule was asked", recorder.take().len(), 4)?;
    let all = world.page(&world.query(None, None)?).await?.ids;
    same("all after refusals", all, vec![stored.id.to_string()])?;
    let read = world.get(&stored.id).await?;
    same("the version after refusals", &read.version, &stored.version)?;
    same_content("what is there after refusals", &*dynamic(&read)?, &*dynamic(&stored)?)?;
    // What was refused is not taken.
    world.create(2).await?;
    Ok(())
}

pub(super) async fn rules_see_what_was_and_what_will_be<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let path = &attr::EXTERNAL_ID;
    let recorder = Recorder::default();
    let write = Write::unchecked().with_guard(&recorder, &[]);
    let one = |what: &str| -> Result<Asked, Problem> {
        let mut asked = recorder.take();
        same(&format!("how often a rule was asked about {what}"), asked.len(), 1)?;
        asked.pop().ok_or_else(|| wrong("no rule was asked"))
    };
    let value = |resource: &Option<Resource>| -> Option<Value> { resource.as_ref()?.get(path).cloned() };
    let new = world.made(1, &[(path, json!("a"))])?;
    let id = world.store.create(&world.cx, new, &write).await?.stored.id;
    let asked = one("a create")?;
    holds("a create has no before", asked.before.is_none() && asked.ownership.is_none())?;
    same("what a create will be", value(&asked.after), Some(json!("a")))?;

    let new = world.made(1, &[(path, json!("b"))])?;
    world.store.replace(&world.cx, &id, new, &write).await?;
    let asked = one("a replace")?;
    same("which resource is replaced", asked.id.as_deref(), Some(id.as_str()))?;
    same("what a replace finds", value(&asked.before), Some(json!("a")))?;
    same("what a replace leaves", value(&asked.after), Some(json!("b")))?;
    same("whose it is", asked.ownership, Some(Ownership::Directory))?;

    world.patch(&id, replace(path, "c"), &write).await?;
    let asked = one("a patch")?;
    same("which resource is patched", asked.id.as_deref(), Some(id.as_str()))?;
    same("what a patch finds", value(&asked.before), Some(json!("b")))?;
    same("what a patch leaves", value(&asked.after), Some(json!("c")))?;

    world.store.delete(&world.cx, &id, &write).await?;
    let asked = one("a delete")?;
    same("which resource is deleted", asked.id.as_deref(), Some(id.as_str()))?;
    same("what a delete finds", value(&asked.before), Some(json!("c")))?;
    holds("a delete leaves nothing", asked.after.is_none())
}

pub(super) async fn rules_come_after_the_version<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let stored = world.create(1).await?;
    world.patch(&stored.id, replace(&attr::EXTERNAL_ID, "x"), &Write::unchecked()).await?;
    let recorder = Recorder::refusing();
    let write = Write::unchecked().with_guard(&recorder, &[]).at(stored.version.clone());
    let mismatch = |error: &StoreError| matches!(error, StoreError::VersionMismatch);
    let deleted = world.store.delete(&world.cx, &stored.id, &write).await;
    fails("a delete of a stale version", deleted, mismatch)?;
    let patched = world.patch(&stored.id, replace(&attr::EXTERNAL_ID, "y"), &write).await;
    fails("a patch of a stale version", patched, mismatch)
}
