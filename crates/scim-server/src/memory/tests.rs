use std::sync::Arc;

use chrono::{TimeDelta, TimeZone, Utc};
use scim_core::{Group, Member, Profile, SchemaSet, SchemaUri, TenantId, User};
use scim_filter::query::{Sort, SortOrder};
use scim_filter::{CheckOptions, Filter};
use serde_json::{Value, json};

use super::*;
use crate::rules::{Change, Guard, RecreatePolicy};

fn tenant() -> TenantId {
    TenantId::new("acme").unwrap()
}

fn users_cx() -> Context {
    Context::new(tenant(), "User", SchemaSet::user())
}

fn groups_cx() -> Context {
    Context::new(tenant(), "Group", SchemaSet::group())
}

fn user(name: &str) -> User {
    User { user_name: name.into(), active: Some(true), ..User::default() }
}

fn group(name: &str, members: &[&ResourceId]) -> Group {
    let members = members.iter().map(|id| Member::new(id.as_str())).collect();
    Group { display_name: name.into(), members, ..Group::default() }
}

fn patch(schemas: &SchemaSet, operations: Value) -> PatchRequest {
    let body = json!({"schemas": [SchemaUri::PATCH_OP], "Operations": operations});
    PatchRequest::parse(body, schemas, &Profile::rfc()).unwrap()
}

fn adds(id: &ResourceId) -> PatchRequest {
    let member = json!([{"op": "add", "path": "members", "value": [{"value": id.as_str()}]}]);
    patch(SchemaSet::group(), member)
}

fn removes(id: &ResourceId) -> PatchRequest {
    let path = format!("members[value eq \"{id}\"]");
    patch(SchemaSet::group(), json!([{"op": "remove", "path": path}]))
}

fn filter(text: &str, schemas: &SchemaSet) -> Query {
    let filter = Filter::parse(text).unwrap().check(schemas).unwrap();
    Query::of(Some(filter), 100)
}

/// A linked pair of stores with two users.
struct Pair {
    users: MemoryStore<User>,
    groups: MemoryStore<Group>,
    ann: ResourceId,
    bob: ResourceId,
}

impl Pair {
    async fn new() -> Self {
        let groups = MemoryStore::<Group>::new();
        let users = MemoryStore::<User>::new().with_groups(&groups);
        let mut ids = Vec::new();
        for name in ["ann", "bob"] {
            let created = users.create(&users_cx(), user(name), &Write::unchecked()).await.unwrap();
            ids.push(created.stored.id);
        }
        let [ann, bob] = <[ResourceId; 2]>::try_from(ids).unwrap();
        Self { users, groups, ann, bob }
    }

    async fn group(&self, name: &str, members: &[&ResourceId]) -> ResourceId {
        let written = self.groups.create(&groups_cx(), group(name, members), &Write::unchecked()).await;
        written.unwrap().stored.id
    }

    async fn patch(&self, id: &ResourceId, patch: &PatchRequest) -> Written<Group> {
        self.groups.patch(&groups_cx(), id, patch, &Write::unchecked()).await.unwrap()
    }

    async fn get(&self, id: &ResourceId) -> Stored<User> {
        self.users.get(&users_cx(), id, &Projection::default()).await.unwrap()
    }

    /// The groups of a user, as `name/type`.
    async fn groups_of(&self, id: &ResourceId) -> Vec<String> {
        let user = self.get(id).await;
        let text =
            |text: &Option<scim_core::Text>| text.as_ref().map(ToString::to_string).unwrap_or_default();
        let groups = user.resource.groups.iter();
        groups.map(|group| format!("{}/{}", text(&group.display), text(&group.kind))).collect()
    }
}

#[tokio::test]
async fn groups_of_users_follow_the_members() {
    let pair = Pair::new().await;
    assert_eq!(pair.groups_of(&pair.ann).await, [""; 0]);
    let before = pair.get(&pair.ann).await.version;
    let guides = pair.group("Guides", &[&pair.ann]).await;
    let all = pair.group("All", &[&guides]).await;
    assert_eq!(pair.groups_of(&pair.ann).await, ["Guides/direct", "All/indirect"]);
    // A circle comes to an end.
    pair.patch(&guides, &adds(&all)).await;
    assert_eq!(pair.groups_of(&pair.ann).await, ["Guides/direct", "All/indirect"]);
    pair.patch(&guides, &removes(&all)).await;

    pair.patch(&all, &adds(&pair.bob)).await;
    assert_eq!(pair.groups_of(&pair.bob).await, ["All/direct"]);
    let rename = json!([{"op": "replace", "path": "displayName", "value": "Everybody"}]);
    pair.patch(&all, &patch(SchemaSet::group(), rename)).await;
    assert_eq!(pair.groups_of(&pair.bob).await, ["Everybody/direct"]);
    pair.patch(&guides, &removes(&pair.ann)).await;
    assert_eq!(pair.groups_of(&pair.ann).await, [""; 0]);
    assert_eq!(pair.get(&pair.ann).await.version, before);
}

#[tokio::test]
async fn repeated_reads_copy_nothing() {
    let pair = Pair::new().await;
    let guides = pair.group("Guides", &[&pair.ann]).await;
    let (ann, bob) = (pair.get(&pair.ann).await, pair.get(&pair.bob).await);
    assert!(Arc::ptr_eq(&ann.resource, &pair.get(&pair.ann).await.resource));
    // What happens to others copies nothing either.
    pair.patch(&guides, &adds(&pair.bob)).await;
    assert!(Arc::ptr_eq(&ann.resource, &pair.get(&pair.ann).await.resource));
    assert!(!Arc::ptr_eq(&bob.resource, &pair.get(&pair.bob).await.resource));
}

#[tokio::test]
async fn groups_are_shown_where_they_are_wanted() {
    let pair = Pair::new().await;
    let guides = pair.group("Guides", &[&pair.ann]).await;
    let groups = SchemaSet::user().resolve(&attr::GROUPS).unwrap();
    let without = Projection::except([groups]);
    let read = pair.users.get(&users_cx(), &pair.ann, &without).await.unwrap();
    assert!(read.resource.groups.is_empty());
    for text in
        [format!("groups.value eq \"{guides}\""), "groups[type eq \"direct\"]".into(), "groups pr".into()]
    {
        let mut query = filter(&text, SchemaSet::user());
        let found = pair.users.query(&users_cx(), &query).await.unwrap().into_items();
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!((&found[0].id, found[0].resource.groups.len()), (&pair.ann, 1));
        query.want = without.clone();
        let found = pair.users.query(&users_cx(), &query).await.unwrap().into_items();
        assert_eq!((found.len(), found[0].resource.groups.len()), (1, 0));
    }
}

#[tokio::test]
async fn what_is_written_back_with_its_groups_changes_nothing() {
    let pair = Pair::new().await;
    pair.group("Guides", &[&pair.ann]).await;
    let read = pair.get(&pair.ann).await;
    let back = Resource::from_typed(&*read.resource).unwrap().to_typed::<User>().unwrap();
    let written = pair.users.replace(&users_cx(), &pair.ann, back, &Write::unchecked()).await.unwrap();
    assert!(written.no_op);
    assert_eq!(written.stored.resource.groups.len(), 1);
}

#[tokio::test]
async fn who_is_deleted_is_no_member() {
    let pair = Pair::new().await;
    let guides = pair.group("Guides", &[&pair.ann, &pair.bob]).await;
    let all = pair.group("All", &[&guides]).await;
    let later = Utc.with_ymd_and_hms(2099, 1, 1, 0, 0, 0).unwrap();
    let before = pair.groups.get(&groups_cx(), &guides, &Projection::default()).await.unwrap();
    pair.users.delete(&users_cx().with_now(later), &pair.ann, &Write::unchecked()).await.unwrap();
    let after = pair.groups.get(&groups_cx(), &guides, &Projection::default()).await.unwrap();
    assert_eq!(after.resource.members, [Member::new(pair.bob.as_str())]);
    assert_ne!(after.version, before.version);
    assert_eq!((after.created, after.last_modified), (before.created, Some(later)));
    let meta = after.resource.meta.clone().unwrap();
    assert_eq!((meta.version, meta.resource_type.as_deref()), (Some(after.version), Some("Group")));
    let found = filter(&format!("members.value eq \"{}\"", pair.ann), SchemaSet::group());
    assert!(pair.groups.query(&groups_cx(), &found).await.unwrap().into_items().is_empty());

    pair.groups.delete(&groups_cx(), &guides, &Write::unchecked()).await.unwrap();
    let left = pair.groups.get(&groups_cx(), &all, &Projection::default()).await.unwrap();
    assert!(left.resource.members.is_empty());
    assert_eq!(pair.groups_of(&pair.bob).await, [""; 0]);
}

fn light() -> Projection {
    Projection::except([SchemaSet::group().resolve(&attr::MEMBERS).unwrap()])
}

#[tokio::test]
async fn one_member_more_does_not_copy_the_group() {
    let groups = MemoryStore::<Resource>::new();
    let mut large = Resource::new(SchemaSet::group());
    large.set(&attr::DISPLAY_NAME, "All".into()).unwrap();
    let members: Vec<Value> = (0..10_000).map(|n| json!({"value": format!("m{n}")})).collect();
    large.set(&attr::MEMBERS, members.into()).unwrap();
    let id = groups.create(&groups_cx(), large, &Write::unchecked()).await.unwrap().stored.id;
    // A text of an element stays where it is in memory.
    let place = async |want: &Projection| {
        let read = groups.get(&groups_cx(), &id, want).await.unwrap();
        let list = read.resource.get(&attr::MEMBERS).and_then(Value::as_array).unwrap();
        (list.len(), list[7]["value"].as_str().unwrap().as_ptr() as usize)
    };
    let (_, before) = place(&Projection::default()).await;
    let answer = light();
    let write = Write::unchecked().with_answer(&answer);
    let ann = ResourceId::new("ann").unwrap();
    let written = groups.patch(&groups_cx(), &id, &adds(&ann), &write).await.unwrap();
    assert_eq!(written.changed, Some(vec![attr::MEMBERS]));
    assert_eq!((written.lists[0].count, written.lists[0].delta.add.len()), (10_001, 1));
    assert_eq!(written.stored.resource.get(&attr::MEMBERS), None);
    assert_eq!(place(&Projection::default()).await, (10_001, before));
    groups.patch(&groups_cx(), &id, &removes(&ann), &write).await.unwrap();
    assert_eq!(place(&Projection::default()).await, (10_000, before));

    // A reader keeps what it has read.
    let held = groups.get(&groups_cx(), &id, &Projection::default()).await.unwrap();
    groups.patch(&groups_cx(), &id, &adds(&ann), &write).await.unwrap();
    assert_eq!(held.resource.get_all(&attr::MEMBERS).count(), 10_000);
    assert_ne!(place(&Projection::default()).await.1, before);
}

/// Every patch, in both ways: what is there after, what is said to have changed, and the index.
#[tokio::test]
async fn both_ways_of_patching_agree() {
    let (a, b) = (json!({"value": "a"}), json!({"value": "b", "type": "User"}));
    let starts =
        [json!([]), json!([a]), json!([b]), json!([a, b]), json!([a, {"value": "b", "type": "Group"}])];
    let mut operations = vec![
        json!({"op": "remove", "path": "members"}),
        json!({"op": "remove", "path": "members[value eq \"a\"]"}),
        json!({"op": "remove", "path": "members[value eq \"b\" or value eq \"c\"]"}),
        json!({"op": "remove", "path": "members[type eq \"User\"]"}),
        json!({"op": "replace", "path": "members", "value": [b, {"value": "c"}]}),
        json!({"op": "replace", "path": "displayName", "value": "other"}),
        json!({"op": "replace", "path": "displayName", "value": "name"}),
        json!({"op": "add", "path": "externalId", "value": "x"}),
    ];
    for element in
        [a, b, json!({"value": "b"}), json!({"value": "b", "type": "Group"}), json!({"value": "A"})]
    {
        operations.push(json!({"op": "add", "path": "members", "value": [element]}));
    }
    let mut requests: Vec<Vec<Value>> = operations.iter().map(|one| vec![one.clone()]).collect();
    for one in &operations {
        requests.extend(operations.iter().map(|two| vec![one.clone(), two.clone()]));
    }
    let (answer, mut lists) = (light(), 0);
    for start in &starts {
        for request in &requests {
            let mut outcomes = Vec::new();
            for write in [
                Write::unchecked().with_answer(&answer),
                Write::unchecked().with_answer(&Projection::default()),
            ] {
                let groups = MemoryStore::<Resource>::new();
                let mut made = Resource::new(SchemaSet::group());
                made.set(&attr::DISPLAY_NAME, "name".into()).unwrap();
                made.set(&attr::MEMBERS, start.clone()).unwrap();
                let cx = groups_cx().with_now(Utc.timestamp_opt(0, 0).unwrap());
                let id = groups.create(&cx, made, &Write::unchecked()).await.unwrap().stored.id;
                let request = patch(SchemaSet::group(), Value::Array(request.clone()));
                let written = groups.patch(&cx, &id, &request, &write).await.unwrap();
                lists += written.lists.len();
                let mut after = Resource::clone(&groups.get(&cx, &id, &answer).await.unwrap().resource);
                after.as_map_mut().remove("id");
                let mut members: Vec<String> = after
                    .remove(&attr::MEMBERS)
                    .iter()
                    .flat_map(|list| list.as_array().unwrap().clone())
                    .map(|m| m.to_string())
                    .collect();
                members.sort();
                if let [list] = &written.lists[..] {
                    assert_eq!(list.count, members.len() as u64, "{start} {request:?}");
                }
                let mut found = Vec::new();
                for value in ["a", "A", "b", "c"] {
                    let query = filter(&format!("members.value eq \"{value}\""), SchemaSet::group());
                    found.push(groups.query(&cx, &query).await.unwrap().into_items().len());
                    let indexed = read(&groups.tenant(cx.tenant()).unwrap())
                        .live
                        .index(&attr::MEMBERS_VALUE)
                        .unwrap()
                        .places(value)
                        .count();
                    assert_eq!(found.last(), Some(&indexed));
                }
                let mut changed = written.changed.clone().unwrap();
                changed.sort();
                let mut at_first: Vec<String> =
                    start.as_array().unwrap().iter().map(ToString::to_string).collect();
                at_first.sort();
                if members == at_first {
                    // Whether a member that went and came back changed anything is a matter of taste.
                    changed.retain(|path| *path != attr::MEMBERS);
                    after.as_map_mut().remove("meta");
                } else {
                    assert!(!written.no_op && changed.contains(&attr::MEMBERS), "{start} {request:?}");
                }
                outcomes.push((after, members, found, changed));
            }
            assert_eq!(outcomes[0], outcomes[1], "{start} {request:?}");
        }
    }
    assert!(lists > 300, "{lists}");
}

#[tokio::test]
async fn indexes_find_what_a_walk_finds() {
    let users = MemoryStore::<Resource>::new().with_index(attr::TITLE).with_index(attr::EMAILS_VALUE);
    let cx = users_cx();
    for n in 0..40 {
        let mut user = Resource::new(SchemaSet::user());
        user.set(&attr::USER_NAME, format!("User{n}").into()).unwrap();
        user.set(&attr::TITLE, ["Boss", "boss", "Clerk", "ß"][n % 4].into()).unwrap();
        let (mail, kind) = (format!("M{}@example.com", n % 7), ["work", "home"][n % 2]);
        user.set(&attr::EMAILS, json!([{"value": mail, "type": kind}])).unwrap();
        if n % 3 == 0 {
            user.set(&attr::EXTERNAL_ID, format!("E{}", n % 2).into()).unwrap();
        }
        users.create(&cx, user, &Write::unchecked()).await.unwrap();
    }
    let all: Vec<Stored<Resource>> = users.snapshot(cx.tenant()).unwrap();
    let some = all[5].id.to_string();
    let texts = [
        "userName eq \"USER7\"".to_owned(),
        "title eq \"BOSS\"".to_owned(),
        "title eq \"SS\"".to_owned(),
        "title eq \"nobody\"".to_owned(),
        "externalId eq \"E0\"".to_owned(),
        "externalId eq \"e0\"".to_owned(),
        "emails.value eq \"m3@example.com\"".to_owned(),
        "emails[value eq \"m3@example.com\" and type eq \"work\"]".to_owned(),
        "emails[value eq \"m3@example.com\"] and title eq \"boss\" and userName co \"1\"".to_owned(),
        "userName eq \"user3\" or title eq \"ß\"".to_owned(),
        "userName eq \"user3\" or userName co \"4\"".to_owned(),
        "not (title eq \"boss\")".to_owned(),
        "title ne \"boss\"".to_owned(),
        format!("id eq \"{some}\""),
        format!("id eq \"{}\"", some.to_uppercase()),
        format!("id eq \"{some}\" and title pr"),
    ];
    for text in texts {
        for sort in [None, Some(SortOrder::Ascending), Some(SortOrder::Descending)] {
            let mut query = filter(&text, SchemaSet::user());
            let check = |order| {
                Sort { by: attr::TITLE, order }.check(SchemaSet::user(), &CheckOptions::default()).unwrap()
            };
            query.sort = sort.map(check);
            let ids = |listing: Listing<Stored<Resource>>| -> Vec<ResourceId> {
                listing.into_items().into_iter().map(|stored| stored.id).collect()
            };
            let found = ids(users.query(&cx, &query).await.unwrap());
            assert_eq!(found, ids(page(all.clone(), &query).unwrap()), "{text}");
        }
    }
}

#[tokio::test]
async fn other_attributes_can_be_unique() {
    let groups = MemoryStore::<Group>::new().with_unique(attr::DISPLAY_NAME);
    let write = Write::unchecked();
    groups.create(&groups_cx(), group("Guides", &[]), &write).await.unwrap();
    let error = groups.create(&groups_cx(), group("GUIDES", &[]), &write).await.unwrap_err();
    assert_eq!(error.to_string(), "`displayName` is taken");
}

#[tokio::test]
async fn accounts_of_the_application_are_linked_by_the_first_write() {
    let users = MemoryStore::<User>::new();
    let cx = users_cx();
    let stored = users.insert_existing(&cx, user("ann")).unwrap();
    assert_eq!(stored.ownership, Ownership::Application);
    assert!(matches!(users.insert_existing(&cx, user("Ann")), Err(StoreError::Conflict(_))));
    let new = User { title: Some("Guide".into()), ..user("ann") };
    let written = users.replace(&cx, &stored.id, new, &Write::unchecked()).await.unwrap();
    assert_eq!(written.before.unwrap().ownership, Ownership::Application);
    assert_eq!(written.stored.ownership, Ownership::Linked);
    assert_eq!((users.len(cx.tenant()), users.len(&TenantId::new("other").unwrap())), (1, 0));
}

#[tokio::test]
async fn who_returns_is_who_they_were() {
    let users = MemoryStore::<User>::new();
    let long_ago = users_cx().with_now(Utc::now() - TimeDelta::days(7));
    let stored = users.create(&long_ago, user("ann"), &Write::unchecked()).await.unwrap().stored;
    users.delete(&users_cx(), &stored.id, &Write::unchecked().with_retirement(true)).await.unwrap();
    assert_eq!(users.len(&tenant()), 0);
    let write = Write::unchecked().with_recreate(RecreatePolicy::ReactivateSameUserName);
    let written = users.create(&users_cx(), user("ANN"), &write).await.unwrap();
    assert_eq!((&written.stored.id, written.stored.created), (&stored.id, stored.created));
    assert_eq!(written.before.unwrap().resource.active, Some(false));
    assert_eq!(written.stored.resource.active, Some(true));
    let error = users.create(&users_cx(), user("ann"), &write).await.unwrap_err();
    assert_eq!(error.to_string(), "`userName` is taken");
}

struct Panics;

impl Guard for Panics {
    fn is_idle(&self) -> bool {
        false
    }

    fn check(&self, _: &Context, _: &Change<'_>) -> Result<(), scim_core::ScimError> {
        panic!("a rule with a mistake")
    }
}

#[tokio::test]
async fn a_rule_that_panics_takes_nobody_along() {
    let users = MemoryStore::<User>::new();
    let stored = users.create(&users_cx(), user("ann"), &Write::unchecked()).await.unwrap().stored;
    let (clone, id) = (users.clone(), stored.id.clone());
    let write = async move {
        let write = Write::unchecked().with_guard(&Panics, &[]);
        clone.delete(&users_cx(), &id, &write).await.map(|_| ())
    };
    assert!(tokio::spawn(write).await.unwrap_err().is_panic());
    users.get(&users_cx(), &stored.id, &Projection::default()).await.unwrap();
    users.delete(&users_cx(), &stored.id, &Write::unchecked()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn threads_lose_nothing() {
    const WRITERS: usize = 8;
    const EACH: usize = 40;
    let pair = Arc::new(Pair::new().await);
    let all = pair.group("All", &[]).await;
    let mut tasks = Vec::new();
    for writer in 0..WRITERS {
        let (pair, all) = (Arc::clone(&pair), all.clone());
        tasks.push(tokio::spawn(async move {
            let mut won = 0;
            for n in 0..EACH {
                let name = format!("user{n}");
                if let Ok(written) = pair.users.create(&users_cx(), user(&name), &Write::unchecked()).await {
                    won += 1;
                    let answer = light();
                    let write = Write::unchecked().with_answer(&answer);
                    let id = written.stored.id;
                    pair.groups.patch(&groups_cx(), &all, &adds(&id), &write).await.unwrap();
                    assert_eq!(pair.groups_of(&id).await, ["All/direct"]);
                    if (writer + n) % 5 == 0 {
                        pair.users.delete(&users_cx(), &id, &Write::unchecked()).await.unwrap();
                        won -= 1;
                    }
                }
                let query = Query { start: Start::After(None), ..Query::of(None, 10) };
                pair.users.query(&users_cx(), &query).await.unwrap();
            }
            won
        }));
    }
    let mut there = 0;
    for task in tasks {
        there += task.await.unwrap();
    }
    let stored = pair.groups.get(&groups_cx(), &all, &Projection::default()).await.unwrap();
    assert_eq!(stored.resource.members.len(), there);
    assert_eq!(pair.users.len(&tenant()), there + 2);
}

#[tokio::test]
async fn debug_shows_nobody() {
    let pair = Pair::new().await;
    assert_eq!(format!("{:?}", pair.users), "MemoryStore { tenants: 1, .. }");
    assert!(pair.users.cursor_key().is_some());
}

#[tokio::test]
async fn another_resource_put_into_an_answer_is_what_is_shown() {
    let users = MemoryStore::<User>::new();
    let mut stored = users.create(&users_cx(), user("ann"), &Write::unchecked()).await.unwrap().stored;
    let name = |stored: &Stored<User>| stored.dynamic().unwrap().get(&attr::USER_NAME).cloned();
    assert_eq!(name(&stored), Some("ann".into()));
    Arc::make_mut(&mut stored.resource).user_name = "bob".into();
    assert_eq!(name(&stored), Some("bob".into()));
    stored.resource = Arc::new(user("cid"));
    assert_eq!(name(&stored), Some("cid".into()));
}

#[tokio::test]
async fn a_list_that_is_not_wanted_is_left_out_of_typed_resources() {
    let pair = Pair::new().await;
    let all = pair.group("All", &[&pair.ann]).await;
    let members = SchemaSet::group().resolve(&attr::MEMBERS).unwrap();
    for (want, count) in [(Projection::default(), 1), (Projection::except([members]), 0)] {
        let got = pair.groups.get(&groups_cx(), &all, &want).await.unwrap();
        assert_eq!(got.resource.members.len(), count);
        let query = Query { want, ..Query::of(None, 10) };
        let listed = pair.groups.query(&groups_cx(), &query).await.unwrap().into_items();
        assert_eq!(listed[0].resource.members.len(), count);
    }
    assert_eq!(pair.groups.snapshot(&tenant()).unwrap()[0].resource.members.len(), 1);
}

#[tokio::test]
async fn indexes_and_uniqueness_within_members_hold_however_they_are_written() {
    let named = |id: &str, name: &str| {
        let member = json!([{"op": "add", "path": "members", "value": [{"value": id, "display": name}]}]);
        patch(SchemaSet::group(), member)
    };
    let display: AttrPath = "members.display".parse().unwrap();
    let groups = MemoryStore::<Group>::new().with_index(display);
    let users = MemoryStore::<User>::new().with_groups(&groups);
    let write = Write::unchecked();
    let ann = users.create(&users_cx(), user("ann"), &write).await.unwrap().stored.id;
    let all = groups.create(&groups_cx(), group("All", &[]), &write).await.unwrap().stored.id;
    groups.patch(&groups_cx(), &all, &named(ann.as_str(), "Ann"), &write).await.unwrap();
    let query = filter("members.display eq \"ANN\"", SchemaSet::group());
    assert_eq!(groups.query(&groups_cx(), &query).await.unwrap().into_items().len(), 1);
    users.delete(&users_cx(), &ann, &write).await.unwrap();
    let path = "members.display".parse().unwrap();
    let held = groups.tenant(&tenant()).unwrap();
    assert_eq!(read(&held).live.index(&path).unwrap().places("ann").count(), 0);

    // Nobody is in two groups, or has the name of another.
    for unique in ["members.value", "members.display"] {
        let groups = MemoryStore::<Group>::new().with_unique(unique.parse().unwrap());
        let one = groups.create(&groups_cx(), group("One", &[]), &write).await.unwrap().stored.id;
        let two = groups.create(&groups_cx(), group("Two", &[]), &write).await.unwrap().stored.id;
        groups.patch(&groups_cx(), &one, &named("a", "Ann"), &write).await.unwrap();
        let error = groups.patch(&groups_cx(), &two, &named("a", "Ann"), &write).await.unwrap_err();
        assert_eq!(error.to_string(), format!("`{unique}` is taken"));
    }
}

#[tokio::test]
async fn two_of_one_external_id_are_nobody_who_returns() {
    let users = MemoryStore::<User>::new();
    let cx = users_cx();
    let person = |name: &str, active| User {
        external_id: Some(scim_core::ExternalId::new("X").unwrap()),
        active: Some(active),
        ..user(name)
    };
    let write = Write::unchecked().with_recreate(RecreatePolicy::ReactivateSameExternalId);
    let mut ids = Vec::new();
    for (name, active) in [("ann", false), ("bob", true)] {
        let stored = users.create(&cx, person(name, active), &Write::unchecked()).await.unwrap().stored;
        ids.push(stored.id);
    }
    let new = users.create(&cx, person("cid", true), &write).await.unwrap();
    assert!(new.before.is_none() && !ids.contains(&new.stored.id));

    // An account of the application's is linked, and not brought back.
    let users = MemoryStore::<User>::new();
    let existing = users.insert_existing(&cx, person("dot", false)).unwrap();
    let new = users.create(&cx, person("eve", true), &write).await.unwrap();
    assert!(new.before.is_none() && new.stored.id != existing.id);
}
