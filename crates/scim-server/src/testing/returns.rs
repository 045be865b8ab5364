//! Leavers who return.

use scim_core::attr;
use serde_json::json;

use super::guard::Recorder;
use super::world::{Check, Problem, World, dynamic, fails, holds, not_found, replace, same, skip};
use crate::rules::RecreatePolicy;
use crate::store::{ResourceStore, StoreError, Stored, Write};

/// Deletes a resource so that it can return.
async fn retire<S: ResourceStore>(world: &World<'_, S>, stored: &Stored<S::Resource>) -> Result<(), Problem> {
    world.store.delete(&world.cx, &stored.id, &Write::unchecked().with_retirement(true)).await?;
    Ok(())
}

pub(super) async fn what_is_retired_is_out_of_sight<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let stored = world.create_with(1, &[(&attr::EXTERNAL_ID, json!("kit"))]).await?;
    retire(world, &stored).await?;
    let write = Write::unchecked();
    fails("get of what is retired", world.get(&stored.id).await, not_found)?;
    fails("a second delete", world.store.delete(&world.cx, &stored.id, &write).await, not_found)?;
    let new = world.made(1, &[])?;
    let replaced = world.store.replace(&world.cx, &stored.id, new, &write).await;
    fails("replace of what is retired", replaced, not_found)?;
    let patched = world.patch(&stored.id, replace(&attr::EXTERNAL_ID, "x"), &write).await;
    fails("patch of what is retired", patched, not_found)?;
    let names = world.store.names(&world.cx, std::slice::from_ref(&stored.id)).await?;
    same("the names of what is retired", names, Vec::new())?;
    same("all that is in sight", world.page(&world.query(None, None)?).await?.ids, Vec::new())?;
    // The names are free for others.
    let another = world.create_with(1, &[(&attr::EXTERNAL_ID, json!("kit"))]).await?;
    holds("another resource has another id", another.id != stored.id)
}

pub(super) async fn who_returns_has_the_same_id<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let stored = world.create_with(1, &[(&attr::EXTERNAL_ID, json!("kit"))]).await?;
    retire(world, &stored).await?;
    let write = Write::unchecked().with_recreate(RecreatePolicy::ReactivateSameExternalId);
    let stranger = world.made(2, &[(&attr::EXTERNAL_ID, json!("other"))])?;
    let stranger = world.store.create(&world.cx, stranger, &write).await?;
    holds("a stranger is new", stranger.stored.id != stored.id && stranger.before.is_none())?;
    let new = world.made(3, &[(&attr::EXTERNAL_ID, json!("kit"))])?;
    let back = match world.store.create(&world.cx, new, &write).await {
        Err(StoreError::Unsupported(why)) => return Err(skip(&why)),
        other => other?,
    };
    same("the id of who returns", &back.stored.id, &stored.id)?;
    holds("who returns was there before", back.before.is_some())?;
    let read = world.get(&stored.id).await?;
    super::world::same_content("who returns", &*dynamic(&read)?, &*dynamic(&back.stored)?)?;
    holds("the version of who returns is new", read.version != stored.version)?;
    if stored.created.is_some() {
        same("when who returns was created", read.created, stored.created)?;
    }
    Ok(())
}

/// Whoever was of another tenant is nobody here, and the rules are asked about a return as about any other write.
pub(super) async fn a_return_is_a_write_of_the_tenant<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let external = [(&attr::EXTERNAL_ID, json!("kit"))];
    let stored = world.create_with(1, &external).await?;
    retire(world, &stored).await?;
    let policy = RecreatePolicy::ReactivateSameExternalId;
    let write = Write::unchecked().with_recreate(policy);
    let theirs = match world.store.create(&world.other, world.made(1, &external)?, &write).await {
        Err(StoreError::Unsupported(why)) => return Err(skip(&why)),
        other => other?,
    };
    holds(
        "who left one tenant came back in another",
        theirs.stored.id != stored.id && theirs.before.is_none(),
    )?;
    let recorder = Recorder::refusing();
    let write = Write::unchecked().with_guard(&recorder, &[]).with_recreate(policy);
    let refused = world.store.create(&world.cx, world.made(1, &external)?, &write).await;
    let is_refusal =
        |error: &StoreError| matches!(error, StoreError::Rejected(error) if error.status() == 403);
    fails("a return against a rule", refused, is_refusal)?;
    fails("get of who was not let back", world.get(&stored.id).await, not_found)?;
    let asked = recorder.take();
    let asked = asked.first().and_then(|asked| asked.id.as_deref());
    same("who a rule is asked about", asked, Some(stored.id.as_str()))
}

pub(super) async fn an_inactive_resource_comes_back<S: ResourceStore>(world: &World<'_, S>) -> Check {
    if world.kit.schemas.resolve(&attr::ACTIVE).is_err()
        || world.kit.unique.as_ref() != Some(&attr::USER_NAME)
    {
        return Err(skip("the type has no user names that are active"));
    }
    let stored = world.create_with(1, &[(&attr::ACTIVE, json!(false))]).await?;
    let write = Write::unchecked();
    let again = || world.made(1, &[(&attr::ACTIVE, json!(true))]);
    let created = world.store.create(&world.cx, again()?, &write).await;
    fails("create of an inactive name", created, |error| matches!(error, StoreError::Conflict(_)))?;
    let write = write.with_recreate(RecreatePolicy::ReactivateSameUserName);
    let back = match world.store.create(&world.cx, again()?, &write).await {
        // The service looks for who is inactive itself.
        Err(StoreError::Conflict(_)) => return Err(skip("the store leaves it to the service")),
        other => other?,
    };
    same("the id of who comes back", &back.stored.id, &stored.id)?;
    same(
        "whether who comes back is active",
        world.value(&stored.id, &attr::ACTIVE).await?,
        Some(json!(true)),
    )?;
    let created = world.store.create(&world.cx, again()?, &write).await;
    fails("create of an active name", created, |error| matches!(error, StoreError::Conflict(_)))
}
