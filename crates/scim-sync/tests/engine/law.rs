//! The law of the engine: whatever happens to the source, the wire and the process, after quiet cycles the target is what
//! the source says, and a further cycle writes nothing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use http::StatusCode;
use proptest::prelude::*;
use scim_core::{AttrPath, Resource, attr};
use scim_sync::{Kind, Members, Nulls, Outcome, ResetScope, Role, Rules, SourceId, SourceObject, Status};
use serde_json::{Value, json};

use crate::support::{Fault, Frailty, World, person};

const MANAGER: AttrPath =
    AttrPath::from_static("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager");

const INVALID: &str =
    r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","scimType":"invalidValue"}"#;

/// Something that happens.
#[derive(Clone, Debug)]
enum Event {
    Join(u8),
    Assign(u8, bool),
    Enable(u8, bool),
    Bin(u8, bool),
    Delete(u8),
    Rename(u8, u8),
    Title(u8, Option<u8>),
    Manager(u8, Option<u8>),
    Group(u8, Vec<u8>),
    AssignGroup(u8, bool),
    Members(u8, Vec<u8>, Vec<u8>),
    Nest(u8, u8),
    RenameGroup(u8, u8),
    DeleteGroup(u8),
    /// Somebody deletes a user in the target.
    LoseUser(u8),
    LoseGroup(u8),
    /// A cycle on a wire that fails: how, and how often in 256.
    Cycle(u8, u8, u64),
    /// A cycle that is killed at this request, which was done or was not.
    Kill(u8, bool),
    Restart,
    /// A cycle whose state fails, or is never heard of again, from this commit on.
    Commit(u8, Frailty),
    /// A user, or a group with two members, on demand.
    OnDemand(Kind, u8),
    Preview,
}

fn event() -> impl Strategy<Value = Event> {
    let user = 0..8u8;
    let group = 0..4u8;
    let users = || prop::collection::vec(0..8u8, 0..5);
    prop_oneof![
        4 => user.clone().prop_map(Event::Join),
        2 => (user.clone(), any::<bool>()).prop_map(|(u, on)| Event::Assign(u, on)),
        2 => (user.clone(), any::<bool>()).prop_map(|(u, on)| Event::Enable(u, on)),
        1 => (user.clone(), any::<bool>()).prop_map(|(u, on)| Event::Bin(u, on)),
        1 => user.clone().prop_map(Event::Delete),
        1 => (user.clone(), 0..3u8).prop_map(|(u, n)| Event::Rename(u, n)),
        2 => (user.clone(), prop::option::of(0..3u8)).prop_map(|(u, n)| Event::Title(u, n)),
        2 => (user.clone(), prop::option::of(0..8u8)).prop_map(|(u, m)| Event::Manager(u, m)),
        3 => (group.clone(), users()).prop_map(|(g, m)| Event::Group(g, m)),
        1 => (group.clone(), any::<bool>()).prop_map(|(g, on)| Event::AssignGroup(g, on)),
        3 => (group.clone(), users(), users()).prop_map(|(g, a, r)| Event::Members(g, a, r)),
        1 => (group.clone(), 0..4u8).prop_map(|(a, b)| Event::Nest(a, b)),
        1 => (group.clone(), 0..3u8).prop_map(|(g, n)| Event::RenameGroup(g, n)),
        1 => group.clone().prop_map(Event::DeleteGroup),
        1 => user.prop_map(Event::LoseUser),
        1 => group.prop_map(Event::LoseGroup),
        5 => (0..6u8, 0..120u8, any::<u64>()).prop_map(|(how, often, seed)| Event::Cycle(how, often, seed)),
        2 => (0..20u8, any::<bool>()).prop_map(|(at, done)| Event::Kill(at, done)),
        1 => Just(Event::Restart),
        3 => (0..40u8, frailty()).prop_map(|(at, frailty)| Event::Commit(at, frailty)),
        1 => (kind(), 0..4u8).prop_map(|(kind, n)| Event::OnDemand(kind, n)),
        1 => Just(Event::Preview),
    ]
}

fn frailty() -> impl Strategy<Value = Frailty> {
    let done = any::<bool>().prop_map(|done| Frailty::Hangs { done });
    prop_oneof![1 => Just(Frailty::Fails), 2 => done]
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::User), Just(Kind::Group)]
}

fn uid(n: u8) -> SourceId {
    format!("u{n}").into()
}

fn gid(n: u8) -> SourceId {
    format!("g{n}").into()
}

fn role() -> Role {
    Role::Named("User".into())
}

pub(crate) fn rules() -> Rules {
    let mut rules = Rules::entra_to_scim();
    rules.nulls = Nulls::Clear;
    rules
}

/// Numbers that look random.
fn next(seed: &mut u64) -> u8 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) as u8
}

async fn happen(world: &World, event: &Event) -> bool {
    let source = &world.source;
    match event {
        Event::Join(u) => {
            if !source.contains(Kind::User, &uid(*u)) {
                source.put(person(&format!("u{u}")));
                source.assign(Kind::User, &uid(*u), role());
            }
        }
        Event::Assign(u, true) => drop(source.assign(Kind::User, &uid(*u), role())),
        Event::Assign(u, false) => drop(source.unassign_all(Kind::User, &uid(*u))),
        Event::Enable(u, on) => drop(source.set_enabled(&uid(*u), *on)),
        Event::Bin(u, true) => drop(source.soft_delete(Kind::User, &uid(*u), chrono::DateTime::UNIX_EPOCH)),
        Event::Bin(u, false) => drop(source.restore(Kind::User, &uid(*u))),
        Event::Delete(u) => drop(source.delete(Kind::User, &uid(*u))),
        Event::Rename(u, n) => {
            world.set(&format!("u{u}"), "userPrincipalName", format!("u{u}-{n}@example.com"));
        }
        Event::Title(u, n) => {
            world.set(&format!("u{u}"), "jobTitle", n.map_or(Value::Null, |n| json!(format!("Title {n}"))));
        }
        Event::Manager(u, m) => drop(source.set_manager(&uid(*u), m.map(uid))),
        Event::Group(g, members) => {
            let members: Vec<String> = members.iter().map(|m| format!("u{m}")).collect();
            let members: Vec<&str> = members.iter().map(String::as_str).collect();
            world.add_group(&format!("g{g}"), &members);
        }
        Event::AssignGroup(g, true) => drop(source.assign(Kind::Group, &gid(*g), role())),
        Event::AssignGroup(g, false) => drop(source.unassign_all(Kind::Group, &gid(*g))),
        Event::Members(g, add, remove) => {
            source.add_members(&gid(*g), add.iter().copied().map(uid));
            source.remove_members(&gid(*g), remove.iter().copied().map(uid));
        }
        Event::Nest(a, b) => drop(source.add_members(&gid(*a), [gid(*b)])),
        Event::RenameGroup(g, n) => {
            let name = [("displayName".to_owned(), json!(format!("Group g{g} {n}")))].into_iter().collect();
            source.update(Kind::Group, &gid(*g), name);
        }
        Event::DeleteGroup(g) => drop(source.delete(Kind::Group, &gid(*g))),
        Event::LoseUser(u) => {
            let name = format!("u{u}");
            let lost = world.users().await.into_iter().find(|user| user.external_id() == Some(&name));
            if let Some(id) = lost.as_ref().and_then(Resource::id) {
                world.onlooker().users().delete(&id.parse().unwrap(), None).await.unwrap();
            }
            return true;
        }
        Event::LoseGroup(g) => {
            let name = format!("g{g}");
            let lost = world.groups().await.into_iter().find(|group| group.external_id() == Some(&name));
            if let Some(id) = lost.as_ref().and_then(Resource::id) {
                world.onlooker().groups().delete(&id.parse().unwrap(), None).await.unwrap();
            }
            return true;
        }
        Event::Cycle(how, often, seed) => {
            let (how, often, mut seed) = (*how, *often, *seed);
            world.script(move |sent| {
                if next(&mut seed) >= often {
                    return Fault::None;
                }
                match how {
                    0 => Fault::Answer(StatusCode::INTERNAL_SERVER_ERROR, "text/html", "<h1>oops</h1>"),
                    1 => Fault::Busy(503, 2),
                    2 => Fault::Busy(429, 1),
                    3 => Fault::Cut,
                    5 if sent.is_write() => {
                        Fault::Answer(StatusCode::BAD_REQUEST, "application/scim+json", INVALID)
                    }
                    5 => Fault::None,
                    _ => Fault::Lost,
                }
            });
            // Whatever comes of it.
            let _ = world.job().run_cycle().await;
            world.script(|_| Fault::None);
            world.clock.advance(TimeDelta::minutes(40));
        }
        Event::Kill(at, done) => {
            let (mut left, done) = (*at, *done);
            world.script(move |_| {
                if left == 0 {
                    return Fault::Hang { done };
                }
                left -= 1;
                Fault::None
            });
            world.cycle_until_hang().await;
            world.script(|_| Fault::None);
        }
        Event::Commit(at, frailty) => {
            world.state.frail(Some((u32::from(*at), *frailty)));
            world.cycle_until_hang().await;
            world.state.frail(None);
        }
        Event::OnDemand(kind, n) => {
            let id = if *kind == Kind::User { uid(*n) } else { gid(*n) };
            let _ = world.job().provision(*kind, &id, &[uid(*n), uid(n + 1)], true).await;
        }
        Event::Preview => {
            let commits = *world.state.commits.lock().unwrap();
            world.take_sent();
            let _ = world.job().preview().await;
            assert_eq!(world.take_writes().len(), 0);
            assert_eq!(*world.state.commits.lock().unwrap(), commits);
        }
        Event::Restart => world.job().restart(ResetScope::default()).await.unwrap(),
    }
    false
}

/// What the target has to be, said without the engine.
pub(crate) async fn verdict(world: &World) -> Result<(), String> {
    let objects = |kind: Kind| -> BTreeMap<String, SourceObject> {
        let ids = world.source.ids(kind);
        ids.iter().map(|id| (id.to_string(), world.source.object(kind, id).unwrap())).collect()
    };
    let (people, groups) = (objects(Kind::User), objects(Kind::Group));
    let by_source = |all: Vec<Resource>| -> Result<BTreeMap<String, Resource>, String> {
        let mut map = BTreeMap::new();
        for one in all {
            let id = one.external_id().unwrap_or("").to_owned();
            if map.insert(id.clone(), one).is_some() {
                return Err(format!("{id} is there twice"));
            }
        }
        Ok(map)
    };
    let (users, teams) = (by_source(world.users().await)?, by_source(world.groups().await)?);
    let in_scope = |object: &SourceObject| object.is_active() && !object.assignments.is_empty();
    for id in users.keys() {
        if !people.contains_key(id) {
            return Err(format!("{id} is deleted in the source and still there"));
        }
    }
    for id in teams.keys() {
        if !groups.get(id).is_some_and(in_scope) {
            return Err(format!("group {id} is out of scope and still there"));
        }
    }
    for (id, person) in &people {
        let user = users.get(id);
        if !in_scope(person) {
            if user.is_some_and(|user| user.get(&attr::ACTIVE) != Some(&json!(false))) {
                return Err(format!("{id} left and is still active"));
            }
            continue;
        }
        let Some(user) = user else { return Err(format!("{id} is not there")) };
        let expected = [
            (attr::USER_NAME, person.get("userPrincipalName").cloned()),
            (attr::TITLE, person.get("jobTitle").cloned()),
            (attr::DISPLAY_NAME, person.get("displayName").cloned()),
            (attr::ACTIVE, Some(json!(true))),
        ];
        for (path, value) in expected {
            if user.get(&path) != value.as_ref() {
                return Err(format!("{id}: `{path}` is {:?} and not {value:?}", user.get(&path)));
            }
        }
        let manager = user.get(&MANAGER).and_then(|manager| manager["value"].as_str());
        let wanted = person.manager.as_ref().and_then(|manager| users.get(manager.as_str())?.id());
        if manager != wanted {
            return Err(format!("{id}: the manager is {manager:?} and not {wanted:?}"));
        }
    }
    for (id, group) in groups.iter().filter(|(_, group)| in_scope(group)) {
        let Some(team) = teams.get(id) else { return Err(format!("group {id} is not there")) };
        if team.get(&attr::DISPLAY_NAME) != group.get("displayName") {
            return Err(format!("group {id} has another name"));
        }
        let Members::All(members) = &group.members else { return Err("no members".into()) };
        let wanted: BTreeSet<&str> = members
            .iter()
            .filter(|member| member.as_str() != id)
            .filter_map(|member| users.get(member.as_str()).or_else(|| teams.get(member.as_str()))?.id())
            .collect();
        let are: BTreeSet<&str> =
            team.get_all(&attr::MEMBERS).filter_map(|one| one["value"].as_str()).collect();
        if are != wanted {
            return Err(format!("group {id} has {are:?} and not {wanted:?}"));
        }
    }
    Ok(())
}

async fn quiet_cycles_converge(events: Vec<Event>, narrow: bool) -> Result<(), TestCaseError> {
    let mut world = World::new(rules());
    if narrow {
        world.concurrency = 1;
        world.source = world.source.clone().with_page_size(2);
    }
    let mut lost = false;
    for event in &events {
        lost |= happen(&world, event).await;
    }
    world.script(|_| Fault::None);
    if lost {
        // What others do in the target is seen when everything is looked at.
        world.clock.advance(TimeDelta::days(1));
        world.job().restart(ResetScope::default()).await.unwrap();
    }
    let mut last = Err("no cycle".to_owned());
    for _ in 0..6 {
        world.clock.advance(TimeDelta::days(2));
        let report = world.job().run_cycle().await;
        let report = report.map_err(|error| TestCaseError::fail(format!("{error}")))?;
        prop_assert_eq!(&report.outcome, &Outcome::Completed);
        last = verdict(&world).await;
        if last.is_ok() && report.counts.failed == 0 && report.counts.reference_failures == 0 {
            break;
        }
    }
    prop_assert_eq!(last, Ok(()));
    prop_assert_eq!(world.job().escrows().await.unwrap().len(), 0, "nothing waits to be tried again");
    prop_assert_eq!(world.job().status().await.unwrap().status, Status::Active);
    world.take_sent();
    world.clock.advance(TimeDelta::days(2));
    world.job().run_cycle().await.unwrap();
    let writes = world.take_writes();
    prop_assert!(writes.is_empty(), "a quiet cycle wrote {:?}", writes);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn after_quiet_cycles_the_target_is_what_the_source_says(events in prop::collection::vec(event(), 1..40), narrow: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(quiet_cycles_converge(events, narrow))?;
    }
}
