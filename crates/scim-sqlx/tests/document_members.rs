//! Members in rows of their own, and the groups that follow from them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use scim_core::{Projection, ResourceId, SchemaSet, attr};
use scim_filter::Filter;
use scim_filter::query::SortOrder;
use scim_server::rules::RecreatePolicy;
use scim_server::store::{Query, ResourceStore, StoreError, Write};
use scim_sqlx::{Database, DocumentStore};
use serde_json::{Value, json};

use common::{Databases, find, group, groups, meddle, members, patch, user, users};

async fn three_users(database: &Database, tenant: &str) -> Vec<ResourceId> {
    let mut ids = Vec::new();
    for name in ["ann", "bob", "cid"] {
        let written = database.users().create(&users(tenant), user(name), &Write::unchecked()).await.unwrap();
        ids.push(written.stored.id);
    }
    ids
}

fn add(id: &str) -> Value {
    json!([{"op": "add", "path": "members", "value": [{"value": id}]}])
}

fn remove(id: &str) -> Value {
    json!([{"op": "remove", "path": format!("members[value eq \"{id}\"]")}])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_more_reads_no_other() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let (store, cx, write) = (database.groups(), groups("acme"), Write::unchecked());
        let ids = three_users(database, "acme").await;
        let made = store.create(&cx, group("Guides", &[&ids[0], &ids[1]]), &write).await.unwrap().stored.id;
        // Whoever reads this row fails.
        meddle(&databases, name, "UPDATE scim_members SET element = 'no JSON' WHERE pos = 1").await;
        let want = Projection::except([SchemaSet::group().resolve(&attr::MEMBERS).unwrap()]);
        let whole = store.get(&cx, &made, &Projection::default()).await.unwrap();
        assert!(whole.long_lists[0].all().await.is_err(), "{name}");

        assert!(store.get(&cx, &made, &want).await.is_ok());
        let listing = store.query(&cx, &Query { want, ..Query::of(None, 10) }).await.unwrap();
        assert_eq!(listing.into_items().len(), 1);
        let written = store.patch(&cx, &made, &patch(SchemaSet::group(), add("dan")), &write).await.unwrap();
        assert!(!written.no_op && written.lists[0].count == 3, "{name}: {written:?}");
        assert_eq!(written.lists[0].delta.add, [json!({"value": "dan"})]);
        let gone = patch(SchemaSet::group(), remove(ids[1].as_str()));
        let written = store.patch(&cx, &made, &gone, &write).await.unwrap();
        assert_eq!(
            (written.lists[0].count, &written.lists[0].delta.remove[..]),
            (2, &[ids[1].to_string()][..])
        );
        let renamed = json!([{"op": "replace", "path": "displayName", "value": "Tours"}]);
        store.patch(&cx, &made, &patch(SchemaSet::group(), renamed), &write).await.unwrap();
        assert_eq!(find(&store, &cx, "members.value eq \"dan\"").await, std::slice::from_ref(&made));
        store.delete(&cx, &made, &write).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_members_is_kept() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let (store, cx, write) = (database.groups(), groups("acme"), Write::unchecked());
        let mut new = group("Guides", &[]);
        let made = store.create(&cx, new.clone(), &write).await.unwrap().stored.id;
        let elements = json!([
            {"value": "a", "type": "User", "display": "Ann"},
            {"value": "a", "type": "Group"},
            {"value": "b"},
        ]);
        let operations = json!([{"op": "add", "path": "members", "value": elements}]);
        store.patch(&cx, &made, &patch(SchemaSet::group(), operations), &write).await.unwrap();
        let stored = store.get(&cx, &made, &Projection::default()).await.unwrap();
        assert_eq!(Value::Array(stored.long_lists[0].all().await.unwrap()), elements, "{name}");
        // One at a time, too.
        let first = stored.long_lists[0].page(None, 2).await.unwrap();
        let rest = stored.long_lists[0].page(first.next.as_deref(), 2).await.unwrap();
        assert_eq!((first.elements.len(), rest.elements.len(), rest.next), (2, 1, None));

        let all = [
            ("members[value eq \"a\" and type eq \"group\"]", true),
            ("members[value eq \"b\" and type eq \"user\"]", false),
            ("members.display co \"NN\"", true),
            ("members[not (type pr)]", true),
            ("not (members.value eq \"A\")", true),
            ("members.value ne \"a\"", false),
            ("members.value sw \"b\" and members pr", true),
            ("members.$ref eq \"https://x.example/Users/a\"", false),
            ("not (members.$ref eq \"https://x.example/Users/a\") and displayName eq \"guides\"", true),
        ];
        for (filter, holds) in all {
            assert_eq!(find(&store, &cx, filter).await == [made.clone()], holds, "{name}: {filter}");
            let typed = filter.parse::<Filter>().unwrap().check(SchemaSet::group()).unwrap();
            let mut whole = scim_core::Resource::new(SchemaSet::group());
            whole.set(&attr::DISPLAY_NAME, json!("Guides")).unwrap();
            whole.set(&attr::MEMBERS, elements.clone()).unwrap();
            assert_eq!(typed.matches(&whole), holds, "the filter itself: {filter}");
        }
        // The same list again, in another order, is no change; without one, it is one row less.
        new.members = vec![];
        let operations = json!([{"op": "replace", "path": "members", "value":
            [{"value": "b"}, {"value": "a", "type": "Group"}, {"value": "a", "type": "User", "display": "Ann"}]}]);
        let same = store.patch(&cx, &made, &patch(SchemaSet::group(), operations), &write).await.unwrap();
        assert!(same.no_op, "{name}");
        let written = store.replace(&cx, &made, new, &write).await.unwrap();
        assert_eq!((written.lists[0].count, members(&store, &cx, &made).await.len()), (0, 0));
    }
}

async fn groups_of(
    store: &DocumentStore<scim_core::User>,
    tenant: &str,
    id: &ResourceId,
) -> Vec<(String, String)> {
    let stored = store.get(&users(tenant), id, &Projection::default()).await.unwrap();
    let groups = stored.resource.groups.iter();
    groups.map(|g| (g.display.clone().unwrap().to_string(), g.kind.clone().unwrap().to_string())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_follow_from_members() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let (store, cx, write) = (database.groups(), groups("acme"), Write::unchecked());
        let ids = three_users(database, "acme").await;
        let inner = store.create(&cx, group("Inner", &[&ids[0]]), &write).await.unwrap().stored.id;
        let outer = store.create(&cx, group("Outer", &[&inner, &ids[1]]), &write).await.unwrap().stored.id;
        // They are members of each other.
        let circle = patch(SchemaSet::group(), add(outer.as_str()));
        store.patch(&cx, &inner, &circle, &write).await.unwrap();
        let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
        };
        let us = database.users();
        assert_eq!(
            groups_of(&us, "acme", &ids[0]).await,
            pairs(&[("Inner", "direct"), ("Outer", "indirect")]),
            "{name}"
        );
        assert_eq!(
            groups_of(&us, "acme", &ids[1]).await,
            pairs(&[("Outer", "direct"), ("Inner", "indirect")])
        );
        assert_eq!(groups_of(&us, "acme", &ids[2]).await, []);
        let ucx = users("acme");
        let all = us.query(&ucx, &Query::of(None, 10)).await.unwrap().into_items();
        assert_eq!(all.iter().map(|user| user.resource.groups.len()).collect::<Vec<_>>(), [2, 2, 0]);
        let groups = SchemaSet::user().resolve(&attr::GROUPS).unwrap();
        let light = us.get(&ucx, &ids[0], &Projection::except([groups])).await.unwrap();
        assert!(light.resource.groups.is_empty());

        let both = [ids[0].clone(), ids[1].clone()];
        assert_eq!(find(&us, &ucx, &format!("groups.value eq \"{outer}\"")).await, both);
        assert_eq!(find(&us, &ucx, &format!("groups[value eq \"{inner}\"]")).await, both);
        let direct = format!("groups[value eq \"{inner}\" and type eq \"direct\"]");
        assert_eq!(find(&us, &ucx, &direct).await, [ids[0].clone()]);
        assert_eq!(
            find(&us, &ucx, "groups.display eq \"OUTER\" and userName sw \"a\"").await,
            [ids[0].clone()]
        );
        assert_eq!(find(&us, &ucx, "not (groups pr)").await, [ids[2].clone()]);

        // Who is gone is a member of nothing, and the groups have changed.
        let before = store.get(&cx, &outer, &Projection::default()).await.unwrap();
        us.delete(&ucx, &ids[1], &write).await.unwrap();
        let after = store.get(&cx, &outer, &Projection::default()).await.unwrap();
        assert_ne!(before.version, after.version, "{name}");
        assert_eq!(members(&store, &cx, &outer).await, [inner.to_string()]);
        store.delete(&cx, &inner, &write).await.unwrap();
        assert_eq!(members(&store, &cx, &outer).await, Vec::<String>::new());
        assert_eq!(groups_of(&us, "acme", &ids[0]).await, []);
        // Nothing is left of either.
        let counted = find(&store, &cx, "members pr").await;
        assert_eq!(counted, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_member_is_lost_between_servers() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        // Another server on the same database, with connections of its own.
        let other = match &databases.cluster {
            Some(cluster) if *name == "postgres" => Database::postgres(cluster.url()).await.unwrap(),
            _ => Database::sqlite(databases.file.url()).await.unwrap(),
        };
        other.migrate().await.unwrap();
        let (cx, write) = (groups("acme"), Write::unchecked());
        let made = database.groups().create(&cx, group("Guides", &[]), &write).await.unwrap().stored;
        let mut tasks = Vec::new();
        for n in 0..24 {
            let store = if n % 2 == 0 { database.groups() } else { other.groups() };
            let (cx, id) = (cx.clone(), made.id.clone());
            tasks.push(tokio::spawn(async move {
                let request = patch(SchemaSet::group(), add(&format!("m{n:02}")));
                store.patch(&cx, &id, &request, &Write::unchecked()).await.map(drop)
            }));
        }
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(members(&database.groups(), &cx, &made.id).await.len(), 24, "{name}");

        // One winner for a version, and one for a name.
        let mut tasks = Vec::new();
        let version = database.groups().get(&cx, &made.id, &Projection::default()).await.unwrap().version;
        for n in 0..8 {
            let db = if n % 2 == 0 { database.clone() } else { other.clone() };
            let (cx, id, version) = (cx.clone(), made.id.clone(), version.clone());
            tasks.push(tokio::spawn(async move {
                let write = Write::unchecked().at(version);
                let request = patch(SchemaSet::group(), add(&format!("late{n}")));
                let patched = match db.groups().patch(&cx, &id, &request, &write).await {
                    Ok(_) => 1,
                    Err(StoreError::VersionMismatch) => 0,
                    Err(error) => panic!("{error}"),
                };
                let created =
                    match db.users().create(&users("acme"), user("Racer"), &Write::unchecked()).await {
                        Ok(_) => 1,
                        Err(StoreError::Conflict(path)) if path == attr::USER_NAME => 0,
                        Err(error) => panic!("{error}"),
                    };
                (patched, created)
            }));
        }
        let mut sums = (0, 0);
        for task in tasks {
            let (patched, created) = task.await.unwrap();
            sums = (sums.0 + patched, sums.1 + created);
        }
        assert_eq!(sums, (1, 1), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_retires_leaves_the_groups_and_the_names() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let (us, cx, write) =
            (database.users().with_unique(attr::EXTERNAL_ID), users("acme"), Write::unchecked());
        let mut ann = user("ann");
        ann.external_id = Some(scim_core::ExternalId::new("7").unwrap());
        let made = us.create(&cx, ann.clone(), &write).await.unwrap().stored.id;
        let again = us.create(&cx, scim_core::User { user_name: "eve".into(), ..ann.clone() }, &write).await;
        assert!(matches!(again, Err(StoreError::Conflict(path)) if path == attr::EXTERNAL_ID), "{name}");
        let guides =
            database.groups().create(&groups("acme"), group("Guides", &[&made]), &write).await.unwrap();
        us.delete(&cx, &made, &write.clone().with_retirement(true)).await.unwrap();
        assert_eq!(
            members(&database.groups(), &groups("acme"), &guides.stored.id).await,
            Vec::<String>::new()
        );
        let returns = write.clone().with_recreate(RecreatePolicy::ReactivateSameUserName);
        let back = us.create(&cx, user("ANN"), &returns).await.unwrap();
        assert_eq!(back.stored.id, made, "{name}");
        assert_eq!(groups_of(&us, "acme", &made).await, []);
        us.delete(&cx, &made, &write).await.unwrap();
        us.create(&cx, ann, &write).await.unwrap();

        let existing = us.insert_existing(&cx, user("old")).await.unwrap();
        assert_eq!(existing.ownership, scim_server::store::Ownership::Application);
        let sorted = scim_filter::query::Sort { by: attr::USER_NAME, order: SortOrder::Descending };
        let sort = sorted.check(SchemaSet::user(), &scim_filter::CheckOptions::default()).unwrap();
        let found =
            us.query(&cx, &Query { sort: Some(sort), ..Query::of(None, 10) }).await.unwrap().into_items();
        assert_eq!(
            found.iter().map(|user| user.resource.user_name.as_str()).collect::<Vec<_>>(),
            ["old", "ann"]
        );
    }
}
