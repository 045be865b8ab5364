//! Values that are taken once within a tenant (RFC 7643 §7).

use scim_core::AttrPath;
use serde_json::{Value, json};

use super::world::{Check, Problem, World, dynamic, fails, replace, same, wrong};
use crate::store::{ResourceStore, StoreError, Stored, Write};

/// The unique value of a resource, as it is and in another case.
fn both<S: ResourceStore>(stored: &Stored<S::Resource>, path: &AttrPath) -> Result<[Value; 3], Problem> {
    let value = dynamic(stored)?.get(path).cloned();
    let text = value.as_ref().and_then(Value::as_str).ok_or_else(|| wrong("a unique text is missing"))?;
    Ok([json!(text), json!(text.to_uppercase()), json!(text.to_lowercase())])
}

fn conflict(path: &AttrPath) -> impl Fn(&StoreError) -> bool + '_ {
    move |error| matches!(error, StoreError::Conflict(taken) if taken == path)
}

pub(super) async fn a_value_is_taken_once<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let unique = world.unique()?;
    let stored = world.create(1).await?;
    for value in both::<S>(&stored, unique)? {
        let new = world.made(2, &[(unique, value)])?;
        let created = world.store.create(&world.cx, new, &Write::unchecked()).await;
        fails("create with a value that is taken", created, conflict(unique))?;
    }
    let all = world.page(&world.query(None, None)?).await?.ids;
    same("all after conflicts", all, vec![stored.id.to_string()])
}

pub(super) async fn a_value_is_taken_by_replace_and_patch<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let unique = world.unique()?;
    let (one, two) = (world.create(1).await?, world.create(2).await?);
    let write = Write::unchecked();
    let [own, ..] = both::<S>(&two, unique)?;
    for value in both::<S>(&one, unique)? {
        let new = world.made(2, &[(unique, value.clone())])?;
        let replaced = world.store.replace(&world.cx, &two.id, new, &write).await;
        fails("replace with a value that is taken", replaced, conflict(unique))?;
        let patched = world.patch(&two.id, replace(unique, value), &write).await;
        fails("patch with a value that is taken", patched, conflict(unique))?;
    }
    same("the value after conflicts", world.value(&two.id, unique).await?, Some(own.clone()))?;
    same("the version after conflicts", &world.get(&two.id).await?.version, &two.version)?;
    // Nobody is in their own way.
    let [_, upper, _] = both::<S>(&two, unique)?;
    world.patch(&two.id, replace(unique, upper.clone()), &write).await?;
    same("a value in another case", world.value(&two.id, unique).await?, Some(upper))
}

pub(super) async fn a_value_is_free_again<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let unique = world.unique()?;
    let one = world.create(1).await?;
    let [value, ..] = both::<S>(&one, unique)?;
    world.patch(&one.id, replace(unique, "kit-renamed"), &Write::unchecked()).await?;
    let two = world.create_with(2, &[(unique, value.clone())]).await?;
    world.delete(&two.id).await?;
    world.create_with(3, &[(unique, value)]).await?;
    Ok(())
}
