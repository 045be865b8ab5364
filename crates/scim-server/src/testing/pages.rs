//! Pages by index and by cursor (RFC 7644 §3.4.2.4, RFC 9865 §2).

use std::collections::HashSet;

use scim_core::AttrPath;
use scim_filter::query::SortOrder;
use serde_json::json;

use super::world::{Check, Problem, World, holds, same, sorted, wrong};
use crate::store::{ResourceStore, Start};

const RESOURCES: usize = 11;

async fn some<S: ResourceStore>(world: &World<'_, S>) -> Result<Vec<String>, Problem> {
    let mut all = Vec::new();
    for n in 0..RESOURCES {
        // Some texts come twice, so that the id has to decide.
        let text = world.kit.text.as_ref().map(|path| (path, json!(format!("text {}", n % 4))));
        all.push(world.create_with(n, text.as_slice()).await?);
    }
    Ok(sorted(&all))
}

pub(super) async fn pages_by_index_cover_all_once<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let all = some(world).await?;
    let sort = world.kit.text.as_ref().map(|path| (path, SortOrder::Descending));
    for sort in [None, sort] {
        let mut seen = Vec::new();
        for start in (1..=12).step_by(3) {
            let mut query = world.query(None, sort)?;
            (query.start, query.count) = (Start::Index(start), 3);
            seen.extend(world.page(&query).await?.ids);
        }
        seen.sort_unstable();
        same("all pages by index together", &seen, &all)?;
    }
    Ok(())
}

/// Walks through all pages by cursor; after the first, and each other one, something is done.
async fn walk<S: ResourceStore, F: Future<Output = Check>>(
    world: &World<'_, S>,
    sort: Option<(&AttrPath, SortOrder)>,
    mut between: impl FnMut(usize, Vec<String>) -> F,
) -> Result<Vec<String>, Problem> {
    let (mut seen, mut after) = (Vec::new(), None);
    for turn in 0..100 {
        let mut query = world.query(None, sort)?;
        (query.start, query.count, query.total) = (Start::After(after), 3, turn % 2 == 0);
        let page = world.page(&query).await?;
        holds("a page has more than was asked for", page.ids.len() <= 3)?;
        holds("an empty page has a next one", page.next.is_none() || !page.ids.is_empty())?;
        seen.extend(page.ids.clone());
        after = page.next;
        if after.is_none() {
            return Ok(seen);
        }
        between(turn, page.ids).await?;
    }
    Err(wrong("pages by cursor do not come to an end"))
}

async fn nothing(_: usize, _: Vec<String>) -> Check {
    Ok(())
}

pub(super) async fn pages_by_cursor_cover_all_once<S: ResourceStore>(world: &World<'_, S>) -> Check {
    same("pages by cursor of nothing", walk(world, None, nothing).await?, Vec::new())?;
    let all = some(world).await?;
    let mut seen = walk(world, None, nothing).await?;
    seen.sort_unstable();
    same("all pages by cursor together", seen, all)?;
    let mut query = world.query(None, None)?;
    (query.start, query.count) = (Start::After(None), 1000);
    holds("the only page has a next one", world.page(&query).await?.next.is_none())
}

pub(super) async fn pages_by_cursor_stand_while_others_write<S: ResourceStore>(
    world: &World<'_, S>,
) -> Check {
    let text = world.kit.text.as_ref();
    for (round, sort) in [None, text.map(|path| (path, SortOrder::Ascending))].into_iter().enumerate() {
        let world = &World::new(world.kit, world.store)?;
        let all: HashSet<String> = some(world).await?.into_iter().collect();
        let gone = std::sync::Mutex::new(HashSet::new());
        let gone = &gone;
        // What was returned last goes, and others come, before and after it.
        let between = |turn: usize, ids: Vec<String>| async move {
            if let Some(last) = ids.last() {
                world.delete(&scim_core::ResourceId::new(last.as_str())?).await?;
                gone.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(last.clone());
            }
            if turn < 5 {
                for (n, value) in [(100, "text 00"), (200, "text 9")] {
                    let text = world.kit.text.as_ref().map(|path| (path, json!(value)));
                    world.create_with(n + turn, text.as_slice()).await?;
                }
            }
            Ok(())
        };
        let seen = walk(world, sort, between).await?;
        let distinct: HashSet<&String> = seen.iter().collect();
        same(&format!("resources that came twice (round {round})"), seen.len() - distinct.len(), 0)?;
        let missed = all.iter().filter(|id| !distinct.contains(id)).count();
        same(&format!("resources that were left out (round {round})"), missed, 0)?;
    }
    Ok(())
}

pub(super) async fn pages_by_cursor_keep_an_order<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let path = world.text()?;
    some(world).await?;
    for order in [SortOrder::Ascending, SortOrder::Descending] {
        let whole = world.page(&world.query(None, Some((path, order)))?).await?.ids;
        same("the order of pages by cursor", walk(world, Some((path, order)), nothing).await?, whole)?;
    }
    Ok(())
}

/// What a filter leaves out must not come with the cursor: an identity provider would take it for what it asked for.
pub(super) async fn pages_by_cursor_keep_to_the_filter<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let path = world.text()?;
    let mut chosen = Vec::new();
    for n in 0..RESOURCES {
        let stored = world.create_with(n, &[(path, json!(if n % 2 == 0 { "in" } else { "out" }))]).await?;
        if n % 2 == 0 {
            chosen.push(stored);
        }
    }
    let filter = scim_filter::Filter::eq(path.clone(), "in");
    for sort in [None, Some((path, SortOrder::Ascending))] {
        let (mut seen, mut after) = (Vec::new(), None);
        for _ in 0..RESOURCES {
            let mut query = world.query(Some(&filter), sort)?;
            (query.start, query.count) = (Start::After(after), 2);
            let page = world.page(&query).await?;
            let right = page.total.is_none_or(|total| total == chosen.len() as u64);
            holds("the total beside a cursor is not that of all results", right)?;
            seen.extend(page.ids);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        seen.sort_unstable();
        same("all pages by cursor with a filter", seen, sorted(&chosen))?;
    }
    Ok(())
}
