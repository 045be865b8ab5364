//! Several writers at once.

use serde_json::json;

use super::join::join_all;
use super::world::{Check, World, dynamic, replace, same, wrong};
use crate::store::{ResourceStore, StoreError, Write};

const WRITERS: usize = 8;

pub(super) async fn one_of_many_creates_a_name<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let unique = world.unique()?;
    let write = Write::unchecked();
    let mut all = Vec::new();
    for n in 0..WRITERS {
        all.push(world.made(n, &[(unique, json!(if n % 2 == 0 { "kit.racer" } else { "KIT.Racer" }))])?);
    }
    let results = join_all(all.into_iter().map(|new| world.store.create(&world.cx, new, &write))).await;
    let mut won = 0;
    for result in results {
        match result {
            Ok(_) => won += 1,
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    same("how many created one name", won, 1)?;
    same("how many are there", world.page(&world.query(None, None)?).await?.ids.len(), 1)
}

pub(super) async fn one_of_many_writes_at_a_version<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let text = world.text()?;
    let stored = world.create_with(1, &[(text, json!("before"))]).await?;
    let write = Write::unchecked().at(stored.version.clone());
    let patches =
        join_all((0..WRITERS).map(|n| world.patch(&stored.id, replace(text, format!("patch {n}")), &write)))
            .await;
    let mut all = Vec::new();
    for n in 0..WRITERS {
        all.push(world.made(1, &[(text, json!(format!("replace {n}")))])?);
    }
    let replaced =
        join_all(all.into_iter().map(|new| world.store.replace(&world.cx, &stored.id, new, &write))).await;
    let mut winners = Vec::new();
    for result in patches.into_iter().chain(replaced) {
        match result {
            Ok(written) => winners.push(dynamic(&written.stored)?.get(text).cloned()),
            Err(StoreError::VersionMismatch) => {}
            Err(error) => return Err(error.into()),
        }
    }
    same("how many wrote at one version", winners.len(), 1)?;
    let winner = winners.pop().ok_or_else(|| wrong("nobody wrote"))?;
    same("what the winner wrote", world.value(&stored.id, text).await?, winner)
}

/// Each writer changes something else; all changes have to be there in the end.
pub(super) async fn no_patch_is_lost<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let text = world.text()?;
    let external = &scim_core::attr::EXTERNAL_ID;
    let stored = world.create_with(1, &[(text, json!("before"))]).await?;
    let write = Write::unchecked();
    let changes = [(text, "text"), (external, "external")];
    let all =
        join_all(changes.map(|(path, value)| world.patch(&stored.id, replace(path, value), &write))).await;
    for result in all {
        result?;
    }
    for (path, value) in changes {
        same("what one of two writers wrote", world.value(&stored.id, path).await?, Some(json!(value)))?;
    }
    Ok(())
}
