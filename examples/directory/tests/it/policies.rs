//! What a product may answer differently, each by itself.

use directory::Policies;
use scim_core::Profile;
use scim_server::Features;
use scim_server::rules::{DeletePolicy, RecreatePolicy};
use serde_json::{Value, json};

use super::client::{Client, GROUP, USER, two, with};

#[tokio::test]
async fn pages_have_an_end() {
    let (_running, client) = with(Policies { page_max: 2, ..Policies::default() }).await;
    for name in ["a", "b", "c"] {
        client.user(name).await.is(201);
    }
    for path in ["/Users", "/Users?count=200", "/Users?count=2"] {
        let page = client.get(path).await.is(200).body;
        assert_eq!(
            (page["Resources"].as_array().unwrap().len(), &page["totalResults"]),
            (2, &json!(3)),
            "{path}"
        );
    }
    let config = client.get("/ServiceProviderConfig").await.is(200).body;
    assert_eq!(config["filter"]["maxResults"], 2);
}

#[tokio::test]
async fn group_names_stay() {
    let (_running, client) = with(Policies { immutable_group_names: true, ..Policies::default() }).await;
    let group = client.group("Guides").await.is(201);
    let path = format!("/Groups/{}", group.id());
    let rename = json!([{"op": "replace", "path": "displayName", "value": "Others"}]);
    let refused = client.patch(&path, rename).await.is(400);
    assert_eq!(refused.body["scimType"], "mutability", "{refused:#?}");
    let put = |name: &str| json!({"schemas": [GROUP], "displayName": name, "externalId": "7"});
    let refused = client.put(&path, put("Others")).await.is(400);
    assert_eq!(refused.body["scimType"], "mutability", "{refused:#?}");
    // The name that it has can be sent with everything else, as identity providers do.
    client.put(&path, put("Guides")).await.is(200);
    let same = json!([{"op": "replace", "value": {"displayName": "Guides", "externalId": "8"}}]);
    assert!(matches!(client.patch(&path, same).await.status, 200 | 204));
    let read = client.get(&path).await.is(200).body;
    assert_eq!((&read["displayName"], &read["externalId"]), (&json!("Guides"), &json!("8")));

    let schema = client.get(&format!("/Schemas/{GROUP}")).await.is(200).body;
    let named = |name: &str| {
        schema["attributes"].as_array().unwrap().iter().find(|a| a["name"] == name).unwrap().clone()
    };
    assert_eq!(
        (&named("displayName")["mutability"], &named("members")["mutability"]),
        (&json!("immutable"), &json!("readWrite"))
    );
}

#[tokio::test]
async fn group_names_are_taken() {
    let (_running, client) = with(Policies { unique_group_names: true, ..Policies::default() }).await;
    client.group("Guides").await.is(201);
    client.group("guides").await.refused(
        409,
        Some("uniqueness"),
        "`displayName` is taken by another resource",
    );
    let (_running, client) = with(Policies::default()).await;
    client.group("Guides").await.is(201);
    client.group("Guides").await.is(201);
}

#[tokio::test]
async fn users_are_of_verified_domains() {
    let verified_domains = vec!["example.com".to_owned(), "example.org".to_owned()];
    let (_running, client) = with(Policies { verified_domains, ..Policies::default() }).await;
    let no = |attribute: &str, address: &str| {
        format!("`{attribute}` `{address}` is not of a verified domain: example.com, example.org")
    };
    for address in [
        "eve@evil.example",
        "eve@example.com.evil.example",
        "eve@notexample.com",
        "a@example.com@evil.example",
    ] {
        client.user(address).await.refused(400, Some("invalidValue"), &no("userName", address));
    }
    // A name that is no address is of no domain.
    client.user("adam").await.is(201);
    let babs = client.user("babs@EXAMPLE.org").await.is(201);
    let path = format!("/Users/{}", babs.id());
    let add = |address: &str| json!([{"op": "add", "path": "emails", "value": [{"value": address, "type": "home"}]}]);
    let refused = client.patch(&path, add("babs@home.example")).await;
    refused.refused(400, Some("invalidValue"), &no("emails.value", "babs@home.example"));
    client.patch(&path, add("babs")).await.refused(400, Some("invalidValue"), &no("emails.value", "babs"));
    client.patch(&path, add("babs@example.com")).await.is(200);
    let put = json!({"schemas": [USER], "userName": "babs@evil.example"});
    client.put(&path, put).await.refused(400, Some("invalidValue"), &no("userName", "babs@evil.example"));
    assert_eq!(client.get(&path).await.is(200).body["userName"], "babs@EXAMPLE.org");
}

#[tokio::test]
async fn groups_have_an_end() {
    let (_running, client) = with(Policies { max_members: Some(2), ..Policies::default() }).await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        ids.push(client.user(name).await.is(201).id().to_owned());
    }
    let group = client.group("Guides").await.is(201);
    let path = format!("/Groups/{}", group.id());
    let add = |id: &String| json!([{"op": "add", "path": "members", "value": [{"value": id}]}]);
    client.patch(&path, add(&ids[0])).await.is(204);
    client.patch(&path, add(&ids[1])).await.is(204);
    client.patch(&path, add(&ids[1])).await.is(204);
    let full = "a group has 2 members at the most";
    client.patch(&path, add(&ids[2])).await.refused(400, Some("invalidValue"), full);
    let members: Vec<Value> = ids.iter().map(|id| json!({"value": id})).collect();
    let whole = json!({"schemas": [GROUP], "displayName": "All", "members": members});
    client.put(&path, whole.clone()).await.refused(400, Some("invalidValue"), full);
    client.post("/Groups", whole).await.refused(400, Some("invalidValue"), full);
    client
        .patch(&path, json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", ids[0])}]))
        .await
        .is(204);
    client.patch(&path, add(&ids[2])).await.is(204);
}

#[tokio::test]
async fn directories_have_an_end() {
    let running = two(Policies { max_users: Some(2), ..Policies::default() }).await;
    let (one, other) = (Client::of(&running.started[0]), Client::of(&running.started[1]));
    one.user("a").await.is(201);
    let b = one.user("b").await.is(201);
    one.user("c").await.refused(403, None, "the directory is full: it has 2 users at the most");
    other.user("c").await.is(201);
    one.delete(&format!("/Users/{}", b.id())).await.is(204);
    one.user("c").await.is(201);
}

#[tokio::test]
async fn who_is_too_fast_is_told_so() {
    let (_running, client) = with(Policies { rate_limit: Some(1), ..Policies::default() }).await;
    client.get("/Users").await.is(200);
    // The next second may have begun in between, but not each time.
    for _ in 0..1_000 {
        let answer = client.get("/Users").await;
        if answer.status == 429 {
            answer.refused(429, None, "too many requests: slow down");
            assert_eq!(answer.headers["retry-after"], "1");
            return;
        }
    }
    panic!("nobody was too fast");
}

#[tokio::test]
async fn what_is_not_offered_is_not_announced() {
    let features =
        Features::all().with_bulk(false).with_sort(false).with_cursors(false).with_root_search(false);
    let (_running, client) = with(Policies { features, ..Policies::default() }).await;
    let config = client.get("/ServiceProviderConfig").await.is(200).body;
    for (what, offered) in [("bulk", false), ("sort", false), ("filter", true), ("patch", true)] {
        assert_eq!(config[what]["supported"], offered, "{what}");
    }
    assert_eq!(config["pagination"]["cursor"], false);
    let bulk = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": []});
    client.post("/Bulk", bulk).await.is(501);
    client.get("/Users?cursor").await.is(400);
    assert!(client.get("/?filter=id+pr").await.status >= 400);
    client.get("/Users?sortBy=userName").await.is(200);
    let features = Features::all().with_filter(false);
    let (_running, client) = with(Policies { features, ..Policies::default() }).await;
    assert_eq!(client.get("/Users?filter=id+pr").await.is(400).body["scimType"], "invalidFilter");
}

#[tokio::test]
async fn senders_are_let_get_away_with_things_or_not() {
    let odd = json!({"schemas": [USER], "userName": "bjensen", "active": "True"});
    let (_running, client) = with(Policies::default()).await;
    assert_eq!(client.post("/Users", odd.clone()).await.is(201).body["active"], true);
    let (_running, client) = with(Policies { profile: Profile::rfc(), ..Policies::default() }).await;
    assert_eq!(client.post("/Users", odd).await.is(400).body["scimType"], "invalidValue");
}

#[tokio::test]
async fn who_was_deleted_comes_back_as_somebody_else_or_not() {
    let person = |name: &str| json!({"schemas": [USER], "userName": name, "externalId": "0a1b"});
    let again = |delete, recreate, name: &'static str| async move {
        let (_running, client) = with(Policies { delete, recreate, ..Policies::default() }).await;
        let first = client.post("/Users", person("bjensen")).await.is(201);
        let path = format!("/Users/{}", first.id());
        client.delete(&path).await.is(204);
        client.get(&path).await.is(404);
        assert_eq!(client.get("/Users").await.is(200).body["totalResults"], 0);
        let second = client.post("/Users", person(name)).await.is(201);
        assert_ne!(second.body["active"], false, "{second:#?}");
        first.id() == second.id()
    };
    use RecreatePolicy::{Conflict, ReactivateSameExternalId, ReactivateSameUserName};
    assert!(!again(DeletePolicy::Hard, Conflict, "bjensen").await);
    assert!(!again(DeletePolicy::Hard, ReactivateSameUserName, "bjensen").await);
    assert!(!again(DeletePolicy::Retire, Conflict, "bjensen").await);
    assert!(again(DeletePolicy::Retire, ReactivateSameUserName, "bjensen").await);
    assert!(again(DeletePolicy::Retire, ReactivateSameExternalId, "babs").await);
    assert!(!again(DeletePolicy::Retire, ReactivateSameUserName, "babs").await);
}

#[tokio::test]
async fn atlassian_has_all_of_them() {
    let (running, client) = with(Policies::atlassian()).await;
    let config = client.get("/ServiceProviderConfig").await.is(200).body;
    assert_eq!((&config["bulk"]["supported"], &config["sort"]["supported"]), (&json!(false), &json!(false)));
    assert_eq!(config["filter"]["maxResults"], 100);
    let key = running.directories.keys(&running.started[0].id).await.unwrap().remove(0);
    // A database says itself when a key was made: a moment later.
    assert_eq!((key.expires.unwrap() - key.created + chrono::TimeDelta::minutes(1)).num_days(), 365);
    let group = client.group("Guides").await.is(201);
    client.group("Guides").await.is(409);
    let rename = json!([{"op": "replace", "path": "displayName", "value": "Others"}]);
    client.patch(&format!("/Groups/{}", group.id()), rename).await.is(400);
}
