//! Tenants are apart (RFC 7644 §6).

use scim_core::{Projection, attr};
use serde_json::json;

use super::world::{Check, World, dynamic, fails, not_found, replace, same, same_content};
use crate::store::{ResourceStore, Write};

pub(super) async fn tenants_see_nothing_of_each_other<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let stored = world.create_with(1, &[(&attr::EXTERNAL_ID, json!("kit"))]).await?;
    let read = world.store.get(&world.other, &stored.id, &Projection::default()).await;
    fails("get by another tenant", read, not_found)?;
    let theirs = World { cx: world.other.clone(), other: world.cx.clone(), ..*world };
    same("what another tenant finds", theirs.page(&theirs.query(None, None)?).await?.ids, Vec::new())?;
    same(
        "what another tenant finds by externalId",
        theirs.find(r#"externalId eq "kit""#).await?,
        Vec::new(),
    )?;
    let by_id = format!("id eq \"{}\"", stored.id);
    same("what another tenant finds by id", theirs.find(&by_id).await?, Vec::new())
}

pub(super) async fn tenants_write_nothing_of_each_other<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let stored = world.create(1).await?;
    let write = Write::unchecked();
    let theirs = World { cx: world.other.clone(), other: world.cx.clone(), ..*world };
    let new = world.made(2, &[])?;
    let replaced = world.store.replace(&world.other, &stored.id, new, &write).await;
    fails("replace by another tenant", replaced, not_found)?;
    let patched = theirs.patch(&stored.id, replace(&attr::EXTERNAL_ID, "x"), &write).await;
    fails("patch by another tenant", patched, not_found)?;
    fails("delete by another tenant", world.store.delete(&world.other, &stored.id, &write).await, not_found)?;
    let read = world.get(&stored.id).await?;
    same("the version after", &read.version, &stored.version)?;
    same_content("what is there after", &*dynamic(&read)?, &*dynamic(&stored)?)
}

/// A conflict would tell that another customer has somebody of this name.
pub(super) async fn tenants_do_not_conflict<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let external = [(&attr::EXTERNAL_ID, json!("kit"))];
    world.create_with(1, &external).await?;
    let theirs = World { cx: world.other.clone(), other: world.cx.clone(), ..*world };
    let stored = theirs.create_with(1, &external).await?;
    same(
        "what the other tenant finds",
        theirs.find(r#"externalId eq "kit""#).await?,
        vec![stored.id.to_string()],
    )
}
