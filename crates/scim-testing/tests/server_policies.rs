//! The application's own rules, and what it hears of, for every way to write.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests say what they expect"
)]

mod server_common;

use std::sync::{Arc, Mutex};

use scim_core::value::secret::Secret;
use scim_core::{AttrPath, Resource, ResourceId, ScimError, attr};
use scim_server::Context;
use scim_server::rules::{
    Change, DeletePolicy, Event, EventKind, LinkPolicy, Never, Observer, PasswordPolicy, PasswordSink,
    RecreatePolicy,
};
use serde_json::{Value, json};
use server_common::*;

/// The one answer of a bulk request with one operation, as status and keyword.
async fn in_bulk(client: &Client, method: &str, path: &str, data: &Value) -> String {
    let mut operation = json!({"method": method, "path": path, "bulkId": "1"});
    if !data.is_null() {
        operation["data"] = data.clone();
    }
    let answer = client.post("/Bulk", &bulk(&json!([operation]))).await.is(200).json();
    let one = &answer["Operations"][0];
    let keyword = one["response"]["scimType"].as_str().map(|keyword| format!(" {keyword}"));
    format!("{}{}", one["status"].as_str().unwrap(), keyword.unwrap_or_default())
}

// Rules

fn verified_domain(cx: &Context, change: &Change<'_>) -> Result<(), ScimError> {
    let Some(after) = change.after.filter(|_| cx.resource_type() == "User") else { return Ok(()) };
    let good = |value: &Value| value.as_str().is_some_and(|mail| mail.ends_with("@acme.example"));
    if after.get_all(&attr::EMAILS_VALUE).all(good) {
        Ok(())
    } else {
        Err(ScimError::invalid_value("`emails` is not of a verified domain"))
    }
}

#[tokio::test]
async fn verified_domains() {
    let world = World::new();
    let client = world.client_of(world.builder().rule(verified_domain));
    let with = |mail: &str| json!({"schemas": [USER], "userName": "bjensen", "emails": [{"value": mail, "type": "work"}]});
    let (good, evil) = (with("babs@acme.example"), with("babs@evil.example"));
    assert_eq!(client.post("/Users", &evil).await.error(), "400 invalidValue");
    assert_eq!(in_bulk(&client, "POST", "/Users", &evil).await, "400 invalidValue");
    assert_eq!(world.snapshot("acme"), "");
    let path = format!("/Users/{}", client.post("/Users", &good).await.is(201).id());
    let before = world.snapshot("acme");
    assert_eq!(client.put(&path, &evil).await.error(), "400 invalidValue");
    assert_eq!(in_bulk(&client, "PUT", &path, &evil).await, "400 invalidValue");
    for operations in [
        json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "x@evil.example"}]),
        json!([{"op": "add", "path": "emails", "value": {"value": "x@evil.example", "type": "home"}}]),
        json!([{"op": "replace", "value": {"emails": [{"value": "x@evil.example"}]}}]),
        // The rule sees all of a request, and none of it happens.
        json!([{"op": "add", "path": "title", "value": "x"}, {"op": "add", "path": "emails", "value": [{"value": "x@evil.example"}]}]),
    ] {
        assert_eq!(client.patch(&path, &operations).await.error(), "400 invalidValue", "{operations}");
        assert_eq!(in_bulk(&client, "PATCH", &path, &patch(&operations)).await, "400 invalidValue");
    }
    assert_eq!(world.snapshot("acme"), before);
    client.put(&path, &with("other@acme.example")).await.is(200);
    client.delete(&path).await.is(204);
}

fn names_stay(cx: &Context, change: &Change<'_>) -> Result<(), ScimError> {
    let name = |resource: Option<&Resource>| resource.and_then(|r| r.get(&attr::DISPLAY_NAME).cloned());
    let (before, after) = (name(change.before), name(change.after));
    if cx.resource_type() == "Group" && change.before.is_some() && change.after.is_some() && before != after {
        return Err(ScimError::mutability(&attr::DISPLAY_NAME, "cannot be changed here"));
    }
    Ok(())
}

#[tokio::test]
async fn immutable_names_of_groups() {
    let world = World::new();
    let client = world.client_of(world.builder().rule(names_stay));
    let id = client.user("bjensen").await;
    let path = format!("/Groups/{}", client.group("Staff", &[]).await);
    let before = world.snapshot("acme");
    assert_eq!(client.put(&path, &group("Crew", &[])).await.error(), "400 mutability");
    assert_eq!(in_bulk(&client, "PUT", &path, &group("Crew", &[])).await, "400 mutability");
    for operations in [
        json!([{"op": "replace", "path": "displayName", "value": "Crew"}]),
        json!([{"op": "Replace", "value": {"displayName": "Crew"}}]),
        json!([{"op": "add", "path": "members", "value": [{"value": id}]}, {"op": "replace", "path": "displayName", "value": "Crew"}]),
    ] {
        assert_eq!(client.patch(&path, &operations).await.error(), "400 mutability", "{operations}");
        assert_eq!(in_bulk(&client, "PATCH", &path, &patch(&operations)).await, "400 mutability");
    }
    assert_eq!(world.snapshot("acme"), before);
    // What does not touch the name is fine, and so is the same name.
    client.patch(&path, &json!([{"op": "add", "path": "members", "value": [{"value": id}]}])).await.is(204);
    client.patch(&path, &json!([{"op": "replace", "value": {"displayName": "Staff"}}])).await.is(204);
    client.put(&path, &group("Staff", &[])).await.is(200);
    client.delete(&path).await.is(204);
}

fn at_most_three(cx: &Context, change: &Change<'_>) -> Result<(), ScimError> {
    if cx.resource_type() == "Group" && change.count(&attr::MEMBERS) > 3 {
        return Err(ScimError::invalid_value("a group has three members at the most"));
    }
    Ok(())
}

#[tokio::test]
async fn at_most_so_many_members() {
    let world = World::new();
    let client = world.client_of(world.builder().rule(at_most_three));
    let four = ["a", "b", "c", "d"];
    assert_eq!(client.post("/Groups", &group("Staff", &four)).await.error(), "400 invalidValue");
    assert_eq!(in_bulk(&client, "POST", "/Groups", &group("Staff", &four)).await, "400 invalidValue");
    assert_eq!(world.snapshot("acme"), "");
    let path = format!("/Groups/{}", client.group("Staff", &four[..2]).await);
    let before = world.snapshot("acme");
    assert_eq!(client.put(&path, &group("Staff", &four)).await.error(), "400 invalidValue");
    assert_eq!(in_bulk(&client, "PUT", &path, &group("Staff", &four)).await, "400 invalidValue");
    let member = |id: &str| json!({"value": id});
    for operations in [
        json!([{"op": "add", "path": "members", "value": [member("c"), member("d")]}]),
        json!([{"op": "Add", "path": "members", "value": [member("c")]}, {"op": "Add", "path": "members", "value": [member("d")]}]),
        json!([{"op": "replace", "path": "members", "value": four.map(member)}]),
        json!([{"op": "add", "value": {"members": [member("c"), member("d")]}}]),
        json!([{"op": "remove", "path": "members[value eq \"a\"]"}, {"op": "add", "path": "members", "value": [member("c"), member("d"), member("e")]}]),
    ] {
        assert_eq!(client.patch(&path, &operations).await.error(), "400 invalidValue", "{operations}");
        assert_eq!(in_bulk(&client, "PATCH", &path, &patch(&operations)).await, "400 invalidValue");
    }
    assert_eq!(world.snapshot("acme"), before);
    for operations in [
        // Who is there already is not counted twice, nor is who is named twice.
        json!([{"op": "add", "path": "members", "value": [member("a"), member("b"), member("c"), member("c")]}]),
        json!([{"op": "add", "path": "members", "value": [member("c")]}]),
        json!([{"op": "remove", "path": "members[value eq \"a\"]"}, {"op": "add", "path": "members", "value": [member("d")]}]),
        json!([{"op": "remove", "path": "members"}]),
    ] {
        client.patch(&path, &operations).await.is(204);
    }
    client.put(&path, &group("Staff", &four[..3])).await.is(200);
}

/// A rule is asked about deletion too, and only the first that says no is heard.
#[tokio::test]
async fn rules_are_asked_in_their_order() {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let rule = |name: &'static str, refuse: bool| {
        let asked = Arc::clone(&asked);
        move |cx: &Context, change: &Change<'_>| {
            let kind = (change.before.is_some(), change.after.is_some());
            asked.lock().unwrap().push(format!(
                "{name} {} {} {kind:?}",
                cx.tenant(),
                cx.operation().as_str()
            ));
            if refuse && kind == (true, false) { Err(ScimError::forbidden("stays")) } else { Ok(()) }
        }
    };
    let world = World::new();
    let client = world.client_of(
        world.builder().rule(rule("one", false)).rule(rule("two", true)).rule(rule("three", false)),
    );
    let id = client.user("bjensen").await;
    asked.lock().unwrap().clear();
    assert_eq!(client.delete(&format!("/Users/{id}")).await.error(), "403");
    assert_eq!(*asked.lock().unwrap(), ["one acme delete (true, false)", "two acme delete (true, false)"]);
    client.get(&format!("/Users/{id}")).await.is(200);
}

// Observers

/// What an event was, in a line.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Observer for Heard {
    async fn committed(&self, cx: &Context, event: &Event) {
        let mut paths: Vec<String> = event.changed.iter().map(AttrPath::to_string).collect();
        paths.sort();
        let mut line = format!("{} {:?} {}", cx.resource_type(), event.kind, paths.join(","));
        if event.activated {
            line += " activated";
        }
        if event.deactivated {
            line += " deactivated";
        }
        for list in &event.lists {
            let added: Vec<&str> = list.delta.add.iter().filter_map(|one| one["value"].as_str()).collect();
            line += &format!(" {}+{added:?}-{:?}={}", list.attribute, list.delta.remove, list.count);
        }
        assert!(event.before.is_some() || event.after.is_some());
        assert_eq!(event.kind == EventKind::Deleted, event.after.is_none());
        self.0.lock().unwrap().push(line);
    }
}

#[tokio::test]
async fn observers_hear_of_users() {
    let (world, heard) = (World::new(), Heard::default());
    let client = world.client_of(world.builder().observer(heard.clone()));
    let id = client.user("bjensen").await;
    let path = format!("/Users/{id}");
    let told = heard.take();
    assert!(
        told.len() == 1
            && told[0].starts_with("User Created ")
            && told[0].contains("userName")
            && told[0].ends_with(" activated"),
        "{told:?}"
    );
    for (operations, line) in [
        (json!([{"op": "add", "path": "title", "value": "x"}]), "User Changed title"),
        (json!([{"op": "replace", "path": "name.givenName", "value": "Babs"}]), "User Changed name"),
        (json!([{"op": "Replace", "path": "active", "value": "False"}]), "User Changed active deactivated"),
        (json!([{"op": "Replace", "path": "active", "value": "True"}]), "User Changed active activated"),
        (json!([{"op": "replace", "value": {"title": "y", "nickName": "z"}}]), "User Changed nickName,title"),
        (json!([{"op": "remove", "path": "title"}]), "User Changed title"),
    ] {
        client.patch(&path, &operations).await.is(200);
        let told = heard.take();
        assert_eq!(told.len(), 1, "{operations} {told:?}");
        // A sub-attribute may be named or the attribute it belongs to.
        assert_eq!(told[0].replace("name.givenName", "name"), line, "{operations}");
    }
    // Nothing changed, nothing is told; what is refused neither.
    client.patch(&path, &json!([{"op": "replace", "path": "nickName", "value": "z"}])).await.is(200);
    client.patch(&path, &json!([{"op": "replace", "path": "id", "value": "z"}])).await.is(400);
    client.post("/Users", &user("BJENSEN")).await.is(409);
    client.send("DELETE", &path, &[("if-match", "W/\"999\"")], "").await.is(412);
    client.get(&path).await.is(200);
    assert_eq!(heard.take(), Vec::<String>::new());
    let body = json!({"schemas": [USER, ENTERPRISE], "userName": "bjensen", "active": false, ENTERPRISE: {"department": "IT"}});
    client.put(&path, &body).await.is(200);
    let told = heard.take();
    assert!(
        told.len() == 1 && told[0].starts_with("User Changed ") && told[0].ends_with(" deactivated"),
        "{told:?}"
    );
    for changed in ["active", "nickName", &format!("{ENTERPRISE}:department")] {
        assert!(told[0].contains(changed), "{changed} {told:?}");
    }
    assert!(!told[0].contains("userName"), "{told:?}");
    client.put(&path, &body).await.is(200);
    assert_eq!(heard.take(), Vec::<String>::new());
    client.delete(&path).await.is(204);
    let told = heard.take();
    assert!(
        told.len() == 1 && told[0].starts_with("User Deleted") && !told[0].contains("activated"),
        "{told:?}"
    );
    // In bulk as alone.
    let inactive = json!({"schemas": [USER], "userName": "sleeper", "active": false});
    assert_eq!(in_bulk(&client, "POST", "/Users", &inactive).await, "201");
    let told = heard.take();
    assert!(
        told.len() == 1 && told[0].starts_with("User Created") && !told[0].contains("activated"),
        "{told:?}"
    );
}

#[tokio::test]
async fn observers_hear_of_members() {
    let (world, heard) = (World::new(), Heard::default());
    let client = world.client_of(world.builder().observer(heard.clone()));
    let path = format!("/Groups/{}", client.group("Staff", &["a", "b"]).await);
    assert_eq!(heard.take(), ["Group Created displayName,members"]);
    let member = |id: &str| json!({"value": id});
    for (operations, line) in [
        (
            json!([{"op": "add", "path": "members", "value": [member("b"), member("c")]}]),
            r#"Group Changed members members+["c"]-[]=3"#,
        ),
        (
            json!([{"op": "remove", "path": "members[value eq \"a\"]"}]),
            r#"Group Changed members members+[]-["a"]=2"#,
        ),
        (
            json!([{"op": "Remove", "path": "members", "value": [member("b"), member("zz")]}]),
            r#"Group Changed members members+[]-["b"]=1"#,
        ),
        (
            json!([{"op": "replace", "path": "displayName", "value": "Crew"}, {"op": "add", "path": "members", "value": [member("d")]}]),
            r#"Group Changed displayName,members members+["d"]-[]=2"#,
        ),
    ] {
        client.patch(&path, &operations).await.is(204);
        assert_eq!(heard.take(), [line], "{operations}");
    }
    for nothing in [
        json!([{"op": "add", "path": "members", "value": [member("d")]}]),
        json!([{"op": "remove", "path": "members[value eq \"zz\"]"}]),
        json!([{"op": "remove", "path": "members[value eq \"c\"]"}, {"op": "add", "path": "members", "value": [member("c")]}]),
    ] {
        let answer = client.patch(&path, &nothing).await;
        assert!(answer.status == 204 || answer.error() == "400 noTarget", "{}", answer.text());
        assert_eq!(heard.take(), Vec::<String>::new(), "{nothing}");
    }
    client.delete(&path).await.is(204);
    let told = heard.take();
    assert!(told.len() == 1 && told[0].starts_with("Group Deleted"), "{told:?}");
}

/// Whichever way members come and go, a rule and an observer can tell who.
#[tokio::test]
async fn who_comes_and_goes() {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let told = Arc::clone(&seen);
    let rule = move |_: &Context, change: &Change<'_>| {
        let mut added: Vec<&str> =
            change.added(&attr::MEMBERS).into_iter().filter_map(|one| one["value"].as_str()).collect();
        let mut removed = change.removed(&attr::MEMBERS);
        added.sort_unstable();
        removed.sort_unstable();
        told.lock().unwrap().push(format!("+{added:?} -{removed:?} ={}", change.count(&attr::MEMBERS)));
        Ok(())
    };
    let world = World::new();
    let client = world.client_of(world.builder().rule(rule));
    let take = || std::mem::take(&mut *seen.lock().unwrap());
    let path = format!("/Groups/{}", client.group("Staff", &["a", "b"]).await);
    assert_eq!(take(), [r#"+["a", "b"] -[] =2"#]);
    let member = |id: &str| json!({"value": id});
    client
        .patch(&path, &json!([{"op": "add", "path": "members", "value": [member("c"), member("a")]}]))
        .await
        .is(204);
    assert_eq!(take(), [r#"+["c"] -[] =3"#]);
    client.put(&path, &group("Staff", &["c", "d"])).await.is(200);
    assert_eq!(take(), [r#"+["d"] -["a", "b"] =2"#]);
    client
        .patch(&path, &json!([{"op": "replace", "path": "members", "value": [member("d"), member("e")]}]))
        .await
        .is(204);
    assert_eq!(take(), [r#"+["e"] -["c"] =2"#]);
    client.patch(&path, &json!([{"op": "remove", "path": "members"}])).await.is(204);
    assert_eq!(take(), [r#"+[] -["d", "e"] =0"#]);
    client.patch(&path, &json!([{"op": "add", "path": "members", "value": [member("a")]}])).await.is(204);
    take();
    client.delete(&path).await.is(204);
    assert_eq!(take().len(), 1);
}

// Accounts that were there before

struct Yes;

impl LinkPolicy for Yes {
    fn link(&self, _: &Context, _: &Resource, _: &Resource) -> Result<(), ScimError> {
        Ok(())
    }
}

fn existing(world: &World) -> String {
    let resource = Resource::from_canonical(boss().as_object().unwrap().clone(), &user_schemas());
    world.users.insert_existing(&world.user_cx("acme"), resource).unwrap().id.to_string()
}

fn boss() -> Value {
    json!({"schemas": [USER], "userName": "boss", "displayName": "The Boss", "active": true,
        "emails": [{"value": "boss@app.example", "type": "work"}]})
}

fn boss_with(name: &str, value: &str) -> Value {
    let mut body = boss();
    body[name] = json!(value);
    body
}

#[tokio::test]
async fn nobody_is_linked_by_default() {
    for explicit in [false, true] {
        let world = World::new();
        let builder = world.builder();
        let client = world.client_of(if explicit { builder.link_policy(Never) } else { builder });
        let path = format!("/Users/{}", existing(&world));
        let before = world.snapshot("acme");
        // Also not when nothing would change.
        for body in [boss(), boss_with("title", "x"), boss_with("externalId", "e-1")] {
            let answer = client.post("/Users", &body).await;
            assert!(matches!(answer.error().as_str(), "409 uniqueness" | "403"), "{}", answer.text());
            assert!(matches!(
                in_bulk(&client, "POST", "/Users", &body).await.as_str(),
                "409 uniqueness" | "403"
            ));
        }
        assert_eq!(client.put(&path, &boss_with("title", "x")).await.error(), "403");
        assert_eq!(client.delete(&path).await.error(), "403");
        assert_eq!(in_bulk(&client, "DELETE", &path, &Value::Null).await, "403");
        for operations in [
            json!([{"op": "replace", "path": "active", "value": false}]),
            json!([{"op": "add", "path": "externalId", "value": "e-1"}]),
        ] {
            assert_eq!(client.patch(&path, &operations).await.error(), "403");
            assert_eq!(in_bulk(&client, "PATCH", &path, &patch(&operations)).await, "403");
        }
        assert_eq!(world.snapshot("acme"), before);
        // It is seen, since it is in the way.
        assert_eq!(client.find("userName eq \"boss\"").await.listed("userName"), ["boss"]);
    }
}

#[tokio::test]
async fn a_first_write_links() {
    for way in ["post", "post of the same", "put", "patch", "bulk"] {
        let world = World::new();
        let client = world.client_of(world.builder().link_policy(Yes));
        let id = existing(&world);
        let path = format!("/Users/{id}");
        let before = world.snapshot("acme");
        // Not when it changes who it is.
        for renamed in [boss_with("userName", "mallory"), {
            let mut body = boss();
            body["emails"][0]["value"] = json!("mallory@evil.example");
            body
        }] {
            assert_eq!(client.put(&path, &renamed).await.error(), "403");
        }
        assert_eq!(world.snapshot("acme"), before);
        let title = json!([{"op": "add", "path": "title", "value": "x"}]);
        match way {
            "post" => {
                assert_eq!(client.post("/Users", &boss_with("externalId", "e-1")).await.is(201).id(), id);
            }
            "post of the same" => assert_eq!(client.post("/Users", &boss()).await.is(201).id(), id),
            "put" => assert_eq!(client.put(&path, &boss_with("title", "x")).await.is(200).id(), id),
            "patch" => assert_eq!(client.patch(&path, &title).await.is(200).id(), id),
            _ => assert_eq!(in_bulk(&client, "POST", "/Users", &boss_with("title", "x")).await, "201"),
        }
        let after = world.snapshot("acme");
        assert!(after.contains("Linked"), "{way}: {after}");
        // Linked is not owned: the name stays the application's.
        assert_eq!(client.put(&path, &boss_with("userName", "mallory")).await.error(), "403", "{way}");
        client.put(&path, &boss_with("nickName", "y")).await.is(200);
        // Another one does not get it as well.
        assert_eq!(client.post("/Users", &boss()).await.error(), "409 uniqueness", "{way}");
    }
}

/// Lets some accounts be linked, and their names be changed.
struct Some_;

impl LinkPolicy for Some_ {
    fn link(&self, _: &Context, existing: &Resource, sent: &Resource) -> Result<(), ScimError> {
        let sent = sent.get(&attr::EXTERNAL_ID).and_then(Value::as_str) == Some("approved");
        let known = existing.get(&attr::USER_NAME).and_then(Value::as_str) == Some("boss");
        if sent && known { Ok(()) } else { Err(ScimError::forbidden("ask an administrator first")) }
    }

    fn change_identifiers(&self, _: &Context, _: &Resource, after: &Resource) -> Result<(), ScimError> {
        let good = |mail: &Value| mail.as_str().is_some_and(|mail| mail.ends_with("@acme.example"));
        if after.get_all(&attr::EMAILS_VALUE).all(good) {
            Ok(())
        } else {
            Err(ScimError::forbidden("not verified"))
        }
    }
}

#[tokio::test]
async fn a_policy_decides() {
    let world = World::new();
    let client = world.client_of(world.builder().link_policy(Some_));
    let id = existing(&world);
    let path = format!("/Users/{id}");
    assert_eq!(client.post("/Users", &boss()).await.error(), "403");
    assert_eq!(client.post("/Users", &boss_with("externalId", "else")).await.error(), "403");
    let answer = client.post("/Users", &boss_with("externalId", "approved")).await.is(201);
    assert_eq!(answer.id(), id);
    let mail =
        |mail: &str| json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": mail}]);
    assert_eq!(client.patch(&path, &mail("x@evil.example")).await.error(), "403");
    client.patch(&path, &mail("x@acme.example")).await.is(200);
}

// Leavers who return

#[tokio::test]
async fn deleted_and_created_again() {
    use DeletePolicy::{Hard, Retire};
    use RecreatePolicy::{Conflict, ReactivateSameExternalId, ReactivateSameUserName};
    let body = |name: &str, external: &str| json!({"schemas": [USER], "userName": name, "externalId": external, "displayName": external});
    for (delete, recreate, same_external, same_name) in [
        (Hard, Conflict, false, false),
        (Hard, ReactivateSameExternalId, false, false),
        (Hard, ReactivateSameUserName, false, false),
        (Retire, Conflict, false, false),
        (Retire, ReactivateSameExternalId, true, false),
        (Retire, ReactivateSameUserName, false, true),
    ] {
        // With the same externalId and another name, and the other way round.
        for (second, comes_back) in [
            (body("renamed", "e-1"), same_external),
            (body("BJensen", "e-2"), same_name),
            (body("bjensen", "e-1"), same_external || same_name),
            (body("stranger", "e-9"), false),
        ] {
            let what = format!("{delete:?} {recreate:?} {second}");
            let (world, heard) = (World::new(), Heard::default());
            let builder = world.builder().delete_policy(delete).recreate_policy(recreate);
            let client = world.client_of(builder.observer(heard.clone()));
            let made = client.post("/Users", &body("bjensen", "e-1")).await.is(201);
            let path = format!("/Users/{}", made.id());
            client.delete(&path).await.is(204);
            // Out of sight in every way.
            assert_eq!(client.get(&path).await.error(), "404", "{what}");
            assert_eq!(client.delete(&path).await.error(), "404", "{what}");
            assert_eq!(client.put(&path, &body("x", "y")).await.error(), "404", "{what}");
            assert_eq!(
                client.patch(&path, &json!([{"op": "add", "path": "title", "value": "x"}])).await.error(),
                "404"
            );
            assert_eq!(client.find("userName eq \"bjensen\" or id pr").await.json()["totalResults"], 0);
            heard.take();
            let again = client.post("/Users", &second).await.is(201);
            assert_eq!(again.id() == made.id(), comes_back, "{what}");
            let json = again.json();
            for name in ["userName", "externalId", "displayName"] {
                assert_eq!(json[name], second[name], "{what}");
            }
            assert_ne!(json["active"], false, "{what}");
            assert_eq!(again.header("location"), format!("{BASE}/Users/{}", again.id()));
            assert_ne!(again.header("etag"), made.header("etag"), "{what}");
            assert_eq!(client.get(&format!("/Users/{}", again.id())).await.json(), json);
            let told = heard.take();
            assert!(
                told.len() == 1 && told[0].starts_with("User Created") && told[0].ends_with("activated"),
                "{told:?}"
            );
            // The second time it is a plain conflict.
            assert_eq!(client.post("/Users", &second).await.error(), "409 uniqueness", "{what}");
        }
    }
}

#[tokio::test]
async fn disabled_and_created_again() {
    use RecreatePolicy::{Conflict, ReactivateSameExternalId, ReactivateSameUserName};
    let body =
        |name: &str, external: &str| json!({"schemas": [USER], "userName": name, "externalId": external});
    for (recreate, second, expected) in [
        (Conflict, body("bjensen", "e-1"), "409 uniqueness"),
        (ReactivateSameExternalId, body("bjensen", "e-1"), "same"),
        (ReactivateSameExternalId, body("renamed", "e-1"), "same"),
        (ReactivateSameExternalId, body("bjensen", "e-2"), "409 uniqueness"),
        (ReactivateSameExternalId, body("renamed", "E-1"), "new"),
        (ReactivateSameUserName, body("BJENSEN", "e-2"), "same"),
        (ReactivateSameUserName, body("renamed", "e-1"), "new"),
        // No name, no match.
        (ReactivateSameExternalId, user("renamed"), "new"),
    ] {
        for how in ["patch", "put"] {
            let what = format!("{recreate:?} {second} {how}");
            let (world, heard) = (World::new(), Heard::default());
            let client = world.client_of(world.builder().recreate_policy(recreate).observer(heard.clone()));
            let id = client.post("/Users", &body("bjensen", "e-1")).await.is(201).id();
            let staff = client.group("Staff", &[&id]).await;
            let path = format!("/Users/{id}");
            // Active, it is in the way.
            assert_eq!(
                client.post("/Users", &body("bjensen", "e-1")).await.error(),
                "409 uniqueness",
                "{what}"
            );
            let mut off = body("bjensen", "e-1");
            off["active"] = json!(false);
            match how {
                "put" => client.put(&path, &off).await.is(200),
                _ => {
                    client.patch(&path, &json!([{"op": "replace", "value": {"active": false}}])).await.is(200)
                }
            };
            heard.take();
            let again = client.post("/Users", &second).await;
            match expected {
                "same" => {
                    assert_eq!(again.id(), id, "{what}");
                    assert_eq!((again.status, &again.json()["active"]), (201, &json!(true)), "{what}");
                    let told = heard.take();
                    assert!(told.len() == 1 && told[0].ends_with(" activated"), "{told:?}");
                    // With what depends on it.
                    let members = client.get(&format!("/Groups/{staff}")).await.json();
                    assert_eq!(members["members"][0]["value"], id);
                }
                "new" => assert_ne!(again.is(201).id(), id, "{what}"),
                error => assert_eq!(again.error(), error, "{what}"),
            }
        }
    }
}

#[tokio::test]
async fn who_returns_is_not_somebody_else() {
    for recreate in [RecreatePolicy::ReactivateSameExternalId, RecreatePolicy::ReactivateSameUserName] {
        // An inactive account of the application's is not brought back by the directory.
        let world = World::new();
        let client = world.client_of(world.builder().recreate_policy(recreate));
        let mut inactive = boss_with("externalId", "e-1");
        inactive["active"] = json!(false);
        let resource = Resource::from_canonical(inactive.as_object().unwrap().clone(), &user_schemas());
        world.users.insert_existing(&world.user_cx("acme"), resource).unwrap();
        let before = world.snapshot("acme");
        let answer = client.post("/Users", &boss_with("externalId", "e-1")).await;
        assert!(matches!(answer.error().as_str(), "403" | "409 uniqueness"), "{}", answer.text());
        assert_eq!(world.snapshot("acme"), before);
    }
    // A return is not a way around a rule.
    let world = World::new();
    let builder = world.builder().recreate_policy(RecreatePolicy::ReactivateSameUserName);
    let client = world.client_of(builder.delete_policy(DeletePolicy::Retire).rule(verified_domain));
    let id = client.user("bjensen").await;
    client.delete(&format!("/Users/{id}")).await.is(204);
    let evil = json!({"schemas": [USER], "userName": "bjensen", "emails": [{"value": "x@evil.example"}]});
    assert_eq!(client.post("/Users", &evil).await.error(), "400 invalidValue");
    assert_eq!(client.get(&format!("/Users/{id}")).await.error(), "404");
    assert_eq!(client.post("/Users", &user("bjensen")).await.is(201).id(), id);
}

#[tokio::test]
async fn groups_are_gone_when_they_are_gone() {
    let world = World::new();
    let builder = world.builder().delete_policy(DeletePolicy::Retire);
    let client = world.client_of(builder.recreate_policy(RecreatePolicy::ReactivateSameExternalId));
    let body =
        json!({"schemas": [GROUP], "displayName": "Staff", "externalId": "g-1", "members": [{"value": "a"}]});
    let id = client.post("/Groups", &body).await.id();
    client.delete(&format!("/Groups/{id}")).await.is(204);
    let again = client
        .post("/Groups", &json!({"schemas": [GROUP], "displayName": "Staff", "externalId": "g-1"}))
        .await
        .is(201);
    assert_ne!(again.id(), id);
    assert!(again.json().get("members").is_none());
}

// Passwords

/// Keeps passwords, as `id=password`; refuses short ones.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<String>>>);

impl PasswordSink for Sink {
    fn check(&self, _: &Context, password: &Secret) -> Result<(), ScimError> {
        if password.expose().len() < 8 {
            Err(ScimError::invalid_value("`password` is too short"))
        } else {
            Ok(())
        }
    }

    async fn set(&self, _: &Context, id: &ResourceId, password: Secret) -> Result<(), ScimError> {
        self.0.lock().unwrap().push(format!("{id}={}", password.expose()));
        Ok(())
    }
}

const PASSWORD: &str = "t1meMa$heen";

fn with_password(name: &str, password: &str) -> Value {
    json!({"schemas": [USER], "userName": name, "password": password})
}

/// Every way to send a password for a user that is there.
fn ways(path: &str, password: &str) -> Vec<(&'static str, String, Value)> {
    let path_of = path.to_owned();
    let op = |op: Value| patch(&json!([op]));
    let by_path = op(json!({"op": "replace", "path": "password", "value": password}));
    let with_title =
        op(json!({"op": "add", "value": {"password": password, "title": password.len().to_string()}}));
    let in_bulk = |method: &str, data: &Value| bulk(&json!([{"method": method, "path": path, "data": data}]));
    let put = with_password("bjensen", password);
    vec![
        ("PATCH", path_of.clone(), by_path.clone()),
        ("PATCH", path_of.clone(), op(json!({"op": "Replace", "value": {"password": password}}))),
        (
            "PATCH",
            path_of.clone(),
            op(json!({"op": "add", "path": format!("{USER}:password"), "value": password})),
        ),
        ("PATCH", path_of.clone(), with_title),
        ("PUT", path_of, put.clone()),
        ("POST", "/Bulk".to_owned(), in_bulk("PATCH", &by_path)),
        ("POST", "/Bulk".to_owned(), in_bulk("PUT", &put)),
    ]
}

/// A rule and an observer that print all they see.
#[derive(Clone, Default)]
struct Spy(Arc<Mutex<String>>);

impl Observer for Spy {
    async fn committed(&self, cx: &Context, event: &Event) {
        let show = |resource: &Option<Arc<Resource>>| resource.as_ref().map(|r| format!("{:?}", r.as_map()));
        let line = format!("{cx:?} {event:?} {:?} {:?}", show(&event.before), show(&event.after));
        self.0.lock().unwrap().push_str(&line);
    }
}

impl Spy {
    fn rule(&self) -> impl Fn(&Context, &Change<'_>) -> Result<(), ScimError> + Send + Sync + 'static {
        let seen = Arc::clone(&self.0);
        move |_, change| {
            let maps = [change.before, change.after].map(|r| r.map(|r| format!("{:?}", r.as_map())));
            seen.lock().unwrap().push_str(&format!("{change:?} {maps:?}"));
            Ok(())
        }
    }
}

#[tokio::test]
async fn passwords_go_to_who_takes_them() {
    let (world, sink, spy) = (World::new(), Sink::default(), Spy::default());
    let builder = world.builder().passwords(sink.clone()).observer(spy.clone()).rule(spy.rule());
    let client = world.client_of(builder);
    let made = client.post("/Users", &with_password("bjensen", PASSWORD)).await.is(201);
    let (id, mut seen) = (made.id(), made.text());
    let path = format!("/Users/{id}");
    let kept = |password: &str| vec![format!("{id}={password}")];
    let take = || std::mem::take(&mut *sink.0.lock().unwrap());
    assert_eq!(take(), kept(PASSWORD));
    for (at, (method, path, body)) in ways(&path, "an0ther$ecret").into_iter().enumerate() {
        let answer = client.json(method, &path, &body).await.is(200);
        seen += &answer.text();
        assert_eq!(take(), kept("an0ther$ecret"), "{at}");
    }
    let in_bulk = bulk(
        &json!([{"method": "POST", "path": "/Users", "bulkId": "1", "data": with_password("other", PASSWORD)}]),
    );
    seen += &client.post("/Bulk", &in_bulk).await.text();
    assert_eq!(take().len(), 1);
    // Of several the last one counts.
    let twice = json!([{"op": "add", "path": "password", "value": "the-first-one"}, {"op": "add", "path": "password", "value": "the-last-one"}]);
    client.patch(&path, &twice).await.is(200);
    assert_eq!(take(), kept("the-last-one"));
    // Refused before anything is written.
    let before = world.snapshot("acme");
    for (method, path, body) in ways(&path, "sh0rt") {
        let answer = client.json(method, &path, &body).await;
        if path == "/Bulk" {
            assert_eq!(answer.json()["Operations"][0]["status"], "400");
        } else {
            assert_eq!(answer.error(), "400 invalidValue");
        }
        seen += &answer.text();
    }
    assert_eq!(client.post("/Users", &with_password("third", "sh0rt")).await.error(), "400 invalidValue");
    assert_eq!((take(), world.snapshot("acme")), (vec![], before.clone()));
    // What fails takes no password with it.
    for (headers, target, status) in
        [(vec![("if-match", "W/\"999\"")], path.clone(), 412), (vec![], "/Users/nobody".to_owned(), 404)]
    {
        let set = patch(&json!([{"op": "add", "path": "password", "value": PASSWORD}]));
        client.send("PATCH", &target, &headers, set.to_string()).await.is(status);
        client
            .send("PUT", &target, &headers, with_password("bjensen", PASSWORD).to_string())
            .await
            .is(status);
    }
    assert_eq!(client.post("/Users", &with_password("BJENSEN", PASSWORD)).await.error(), "409 uniqueness");
    assert_eq!(take(), Vec::<String>::new());
    seen += &(before + &spy.0.lock().unwrap());
    for secret in [PASSWORD, "an0ther$ecret", "the-last-one", "sh0rt"] {
        assert!(!seen.contains(secret), "{secret}");
    }
    assert!(!seen.contains("\"password\""));
    assert_eq!(client.get("/ServiceProviderConfig").await.json()["changePassword"]["supported"], true);
}

#[tokio::test]
async fn passwords_that_nobody_takes() {
    for refuse in [false, true] {
        let (world, spy) = (World::new(), Spy::default());
        let policy = if refuse { PasswordPolicy::Refuse } else { PasswordPolicy::Drop };
        let builder = world.builder().password_policy(policy).observer(spy.clone()).rule(spy.rule());
        let client = world.client_of(builder);
        let path = format!("/Users/{}", client.user("bjensen").await);
        let before = world.snapshot("acme");
        for (method, path, body) in ways(&path, PASSWORD) {
            let answer = client.json(method, &path, &body).await;
            match (refuse, path.as_str()) {
                (true, "/Bulk") => {
                    assert_eq!(answer.json()["Operations"][0]["response"]["scimType"], "invalidValue");
                }
                (true, _) => assert_eq!(answer.error(), "400 invalidValue"),
                (false, _) => assert_eq!(answer.status, 200),
            }
            assert!(!answer.text().contains(PASSWORD), "{}", answer.text());
        }
        let made = client.post("/Users", &with_password("other", PASSWORD)).await;
        if refuse {
            assert_eq!(made.error(), "400 invalidValue");
            assert_eq!(world.snapshot("acme"), before);
        } else {
            made.is(201);
        }
        let seen = world.snapshot("acme") + &spy.0.lock().unwrap();
        assert!(!seen.contains(PASSWORD) && !seen.contains("\"password\""), "{seen}");
    }
}

/// A password alone is a write as well: rules are asked.
#[tokio::test]
async fn rules_are_asked_about_a_password_alone() {
    let (world, sink) = (World::new(), Sink::default());
    let admins_stay = |_: &Context, change: &Change<'_>| {
        let name = change.before.and_then(|before| before.get(&attr::USER_NAME)).and_then(Value::as_str);
        if name == Some("admin") { Err(ScimError::forbidden("not by a directory")) } else { Ok(()) }
    };
    let client = world.client_of(world.builder().passwords(sink.clone()).rule(admins_stay));
    let path = format!("/Users/{}", client.user("admin").await);
    let set = json!([{"op": "add", "path": "password", "value": PASSWORD}]);
    assert_eq!(client.patch(&path, &set).await.error(), "403");
    assert_eq!(client.put(&path, &with_password("admin", PASSWORD)).await.error(), "403");
    assert_eq!(in_bulk(&client, "PATCH", &path, &patch(&set)).await, "403");
    assert_eq!(*sink.0.lock().unwrap(), Vec::<String>::new());
}
