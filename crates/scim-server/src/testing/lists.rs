//! Members, and other long lists of references.

use scim_core::{AttrPath, Projection, ResourceId};
use serde_json::{Value, json};

use super::guard::Recorder;
use super::join::join_all;
use super::world::{Check, Problem, World, holds, same, wrong};
use crate::store::{ResourceStore, Write};

const MEMBERS: usize = 12;

/// The ids of members, in order.
async fn members<S: ResourceStore>(world: &World<'_, S>, id: &ResourceId) -> Result<Vec<String>, Problem> {
    let value = world.value(id, world.list()?).await?;
    let elements = value.as_ref().and_then(Value::as_array).into_iter().flatten();
    let ids = elements.filter_map(|element| element.get("value")?.as_str());
    let mut ids: Vec<String> = ids.map(str::to_owned).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// The ids of others that may be members, in order.
async fn others<S: ResourceStore>(world: &World<'_, S>, count: usize) -> Result<Vec<String>, Problem> {
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push(world.create(100 + n).await?.id.to_string());
    }
    ids.sort_unstable();
    Ok(ids)
}

fn add(list: &AttrPath, ids: &[String]) -> Value {
    let elements: Vec<Value> = ids.iter().map(|id| json!({"value": id})).collect();
    json!([{"op": "add", "path": list.to_string(), "value": elements}])
}

fn remove(list: &AttrPath, id: &str) -> Value {
    json!([{"op": "remove", "path": format!("{list}[value eq \"{id}\"]")}])
}

/// Writes with and without an answer that shows the list: a store may do them in two ways.
fn projections<S: ResourceStore>(world: &World<'_, S>) -> Result<[Projection; 2], Problem> {
    let list = world.kit.schemas.resolve(world.list()?)?;
    Ok([Projection::default(), Projection::except([list])])
}

pub(super) async fn members_come_and_go<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let list = world.list()?;
    let ids = others(world, 3).await?;
    let (first, rest) = ids.split_first().ok_or_else(|| wrong("no members"))?;
    for (n, answer) in projections(world)?.iter().enumerate() {
        let write = Write::unchecked().with_answer(answer);
        let group = world.create(n).await?.id;
        let written = world.patch(&group, add(list, &ids), &write).await?;
        same("the members after they came", &members(world, &group).await?, &ids)?;
        same("the version after", &world.get(&group).await?.version, &written.stored.version)?;
        world.patch(&group, remove(list, first), &write).await?;
        same("the members after one went", &members(world, &group).await?[..], rest)?;
        let found = world.find(&format!("{list}.value eq \"{first}\"")).await?;
        holds("who went is not found as a member", !found.contains(&group.to_string()))?;
        for id in rest {
            let found = world.find(&format!("{list}[value eq \"{id}\"]")).await?;
            holds("a member is found", found.contains(&group.to_string()))?;
        }
        let both = json!([
            {"op": "replace", "path": "externalId", "value": "kit"},
            {"op": "add", "path": list.to_string(), "value": [{"value": first}]},
            {"op": "remove", "path": format!("{list}[value eq \"{}\"]", rest.first().map_or("", |id| id))},
        ]);
        world.patch(&group, both, &write).await?;
        let external = world.value(&group, &scim_core::attr::EXTERNAL_ID).await?;
        same("what came beside a member", external, Some(json!("kit")))?;
        let mut left = vec![first.clone()];
        left.extend(rest.iter().skip(1).cloned());
        left.sort_unstable();
        same("the members after one came and one went", members(world, &group).await?, left)?;
        let none = json!([{"op": "remove", "path": list.to_string()}]);
        world.patch(&group, none, &write).await?;
        same("the members after all went", members(world, &group).await?, Vec::new())?;
    }
    Ok(())
}

pub(super) async fn members_that_change_nothing_change_nothing<S: ResourceStore>(
    world: &World<'_, S>,
) -> Check {
    let list = world.list()?;
    let ids = others(world, 2).await?;
    for (n, answer) in projections(world)?.iter().enumerate() {
        let write = Write::unchecked().with_answer(answer);
        let group = world.create(n).await?.id;
        world.patch(&group, add(list, &ids), &write).await?;
        let before = world.get(&group).await?;
        let stranger = uuid::Uuid::new_v4().to_string();
        for operations in [add(list, &ids), remove(list, &stranger)] {
            let written = world.patch(&group, operations, &write).await?;
            holds("a patch that changes no member says so", written.no_op)?;
        }
        let after = world.get(&group).await?;
        same("the version after nothing changed", after.version, before.version)?;
        same("the members after nothing changed", &members(world, &group).await?, &ids)?;
    }
    Ok(())
}

pub(super) async fn no_member_is_lost<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let list = world.list()?;
    let ids = others(world, MEMBERS).await?;
    for (n, answer) in projections(world)?.iter().enumerate() {
        let write = Write::unchecked().with_answer(answer);
        let group = world.create(n).await?.id;
        let all = ids.iter().map(|id| world.patch(&group, add(list, std::slice::from_ref(id)), &write));
        for result in join_all(all).await {
            result?;
        }
        same("the members that came at once", &members(world, &group).await?, &ids)?;
    }
    Ok(())
}

pub(super) async fn rules_see_which_members_come_and_go<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let list = world.list()?;
    let ids = others(world, 4).await?;
    let [a, b, c, d] = &ids[..] else { return Err(wrong("four members")) };
    let needs = [world.kit.schemas.resolve(list)?];
    let none = Projection::except(needs.clone());
    for (n, needs) in [&needs[..], &[]].into_iter().enumerate() {
        let recorder = Recorder::of_list(list.clone());
        let write = Write::unchecked().with_answer(&none).with_guard(&recorder, needs);
        let group = world.create(n).await?.id;
        world.patch(&group, add(list, &[a.clone(), b.clone()]), &write).await?;
        let operations = json!([
            {"op": "remove", "path": format!("{list}[value eq \"{a}\" or value eq \"{d}\"]")},
            {"op": "add", "path": list.to_string(), "value": [{"value": b}, {"value": c}]},
        ]);
        world.patch(&group, operations, &write).await?;
        let asked = recorder.take();
        let [_, asked] = &asked[..] else { return Err(wrong("a rule is asked once for each patch")) };
        same("who comes", &asked.added[..], std::slice::from_ref(c))?;
        same("who goes", &asked.removed[..], std::slice::from_ref(a))?;
        same("how many there will be", asked.count, 2)?;
        // What is not about members still says how many there are.
        world.patch(&group, super::world::replace(&scim_core::attr::EXTERNAL_ID, "kit"), &write).await?;
        let asked = recorder.take();
        let [asked] = &asked[..] else { return Err(wrong("a rule is asked once for each patch")) };
        same("how many there are", asked.count, 2)?;
        holds("nobody comes or goes", asked.added.is_empty() && asked.removed.is_empty())?;
    }
    Ok(())
}
