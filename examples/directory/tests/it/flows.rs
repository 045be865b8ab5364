//! What identity providers do, in their own words.

use directory::Policies;
use scim_core::ResourceId;
use serde_json::json;

use super::client::{Client, GROUP, USER, http, two, with};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

#[tokio::test]
async fn a_connection_is_tested_with_a_name_that_nobody_has() {
    let (_running, client) = with(Policies::default()).await;
    let path = "/Users?filter=userName+eq+%2248d3d4a6-93e5-4d45-a1b2-cd5d43a3a2a5%22";
    let answer = client.get(path).await.is(200);
    assert_eq!(answer.headers["content-type"], "application/scim+json");
    assert_eq!(answer.body["totalResults"], 0);
    assert_eq!(answer.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]));

    let stranger = client.with(&client.base, "somebody-elses-key");
    let answer = stranger.get(path).await;
    answer.refused(401, None, "these credentials are not good");
    assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
}

#[tokio::test]
async fn a_user_comes_changes_leaves_and_is_gone() {
    let (running, client) = with(Policies::default()).await;
    let created = client
        .post(
            "/Users",
            json!({
                "schemas": [USER, ENTERPRISE], "externalId": "0a1b", "userName": "bjensen@example.com", "active": true,
                "name": {"givenName": "Barbara", "familyName": "Jensen"},
                "emails": [{"type": "work", "primary": true, "value": "bjensen@example.com"}],
                ENTERPRISE: {"department": "Tours"}
            }),
        )
        .await
        .is(201);
    let path = format!("/Users/{}", created.id());
    let location = format!("{}{path}", client.base);
    assert_eq!(
        (&created.body["meta"]["location"], created.headers["location"].to_str().unwrap()),
        (&json!(location), &*location)
    );

    let found = client.get("/Users?filter=externalId+eq+%220a1b%22").await.is(200);
    assert_eq!(
        (&found.body["totalResults"], &found.body["Resources"][0]["id"]),
        (&json!(1), &json!(created.id()))
    );
    client.user("BJENSEN@example.com").await.refused(
        409,
        Some("uniqueness"),
        "`userName` is taken by another resource",
    );

    let changed = client
        .patch(
            &path,
            json!([
                {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "babs@example.com"},
                {"op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Guides"}
            ]),
        )
        .await
        .is(200);
    assert_eq!(changed.body["emails"][0]["value"], "babs@example.com");
    assert_eq!(changed.body[ENTERPRISE]["department"], "Guides");

    // Somebody is signed in when the account is disabled, as Entra does it.
    let (directory, user) = (running.started[0].id.clone(), ResourceId::new(created.id()).unwrap());
    running.sessions.begin(directory.clone(), user.clone());
    running.sessions.begin(directory.clone(), user.clone());
    let off =
        client.patch(&path, json!([{"op": "Replace", "path": "active", "value": "False"}])).await.is(200);
    assert_eq!(off.body["active"], false);
    assert_eq!(running.sessions.open(&directory, &user), 0);
    let ended = running.sessions.ended();
    assert_eq!((ended.len(), ended[0].sessions, ended[0].deleted), (1, 2, false));
    assert_eq!((&ended[0].directory, &ended[0].user), (&directory, &user));

    client.delete(&path).await.is(204);
    client.get(&path).await.is(404);
    client.delete(&path).await.is(404);
    assert!(running.sessions.ended().last().unwrap().deleted);
    running.into_running().shutdown().await;
}

#[tokio::test]
async fn a_group_gets_and_loses_members() {
    let (_running, client) = with(Policies::default()).await;
    let babs = client.user("bjensen").await.is(201);
    let jim = client.user("jsmith").await.is(201);
    let group = client.group("Guides").await.is(201);
    let path = format!("/Groups/{}", group.id());
    let members = json!([{"value": babs.id()}, {"value": jim.id()}]);
    // The members of a group are not sent back unasked.
    client.patch(&path, json!([{"op": "add", "path": "members", "value": members}])).await.is(204);
    let read = client.get(&format!("/Users/{}", babs.id())).await.is(200);
    assert_eq!(read.body["groups"][0]["value"], group.id());
    let without = client.get(&format!("{path}?excludedAttributes=members")).await.is(200);
    assert!(without.body.get("members").is_none());

    let one = format!("members[value eq \"{}\"]", jim.id());
    client.patch(&path, json!([{"op": "remove", "path": one}])).await.is(204);
    let left = client.get(&path).await.is(200);
    assert_eq!(left.body["members"].as_array().unwrap().len(), 1);
    assert_eq!(left.body["members"][0]["value"], babs.id());
    let renamed = json!({"schemas": [GROUP], "displayName": "Tour Guides", "members": []});
    assert_eq!(client.put(&path, renamed).await.is(200).body["displayName"], "Tour Guides");
    client.delete(&path).await.is(204);
    client.get(&path).await.is(404);
}

#[tokio::test]
async fn everything_is_offered() {
    let (_running, client) = with(Policies::default()).await;
    let config = client.get("/ServiceProviderConfig").await.is(200).body;
    for what in ["patch", "bulk", "filter", "sort", "etag"] {
        assert_eq!(config[what]["supported"], true, "{what}");
    }
    assert_eq!(
        (&config["pagination"]["cursor"], &config["pagination"]["index"]),
        (&json!(true), &json!(true))
    );
    let types = client.get("/ResourceTypes").await.is(200).body;
    assert_eq!(types["totalResults"], 2);
    assert_eq!(client.get(&format!("/Schemas/{ENTERPRISE}")).await.is(200).body["id"], ENTERPRISE);

    for name in ["carla", "adam", "berta"] {
        client.user(name).await.is(201);
    }
    client.group("Guides").await.is(201);
    let names = |answer: &super::client::Answer| -> Vec<String> {
        let all = answer.body["Resources"].as_array().unwrap().iter();
        all.map(|one| one["userName"].as_str().unwrap().to_owned()).collect()
    };
    let sorted = client.get("/Users?sortBy=userName&startIndex=2&count=2").await.is(200);
    assert_eq!(
        (names(&sorted), &sorted.body["totalResults"]),
        (vec!["berta".into(), "carla".into()], &json!(3))
    );
    let first = client.get("/Users?sortBy=userName&cursor&count=2").await.is(200);
    let next = first.body["nextCursor"].as_str().unwrap();
    let second = client.get(&format!("/Users?sortBy=userName&count=2&cursor={next}")).await.is(200);
    assert_eq!((names(&first).len(), names(&second)), (2, vec!["carla".to_owned()]));

    let search =
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "id pr"});
    assert_eq!(client.post("/.search", search.clone()).await.is(200).body["totalResults"], 4);
    assert_eq!(client.post("/Users/.search", search).await.is(200).body["totalResults"], 3);
    assert_eq!(client.get("/?filter=id+pr").await.is(200).body["totalResults"], 4);

    let bulk = client
        .post(
            "/Bulk",
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
                {"method": "POST", "path": "/Users", "bulkId": "d", "data": {"schemas": [USER], "userName": "dora"}},
                {"method": "POST", "path": "/Groups", "bulkId": "g",
                 "data": {"schemas": [GROUP], "displayName": "New", "members": [{"value": "bulkId:d"}]}}
            ]}),
        )
        .await
        .is(200);
    let statuses: Vec<_> =
        bulk.body["Operations"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, ["201", "201"], "{bulk:#?}");

    let user = client.user("eve").await.is(201);
    let path = format!("{}/Users/{}", client.base, user.id());
    let stale = http().delete(path).header("if-match", "W/\"stale\"");
    let token = _running.token();
    assert_eq!(stale.bearer_auth(token).send().await.unwrap().status(), 412);
}

#[tokio::test]
async fn directories_are_apart() {
    let running = two(Policies::default()).await;
    let (one, other) = (Client::of(&running.started[0]), Client::of(&running.started[1]));
    assert_ne!(one.base, other.base);
    let user = one.user("bjensen").await.is(201);
    other.user("bjensen").await.is(201);
    let path = format!("/Users/{}", user.id());
    other.get(&path).await.is(404);
    other.delete(&path).await.is(404);
    assert_eq!(other.get("/Users?filter=id+pr").await.is(200).body["totalResults"], 1);
    // The one's key opens no other directory, and does not tell whether there is one.
    let crossed = one.with(&other.base, running.started[0].key.expose());
    let nowhere = one
        .with(&one.base.replace(running.started[0].id.as_str(), "nowhere"), running.started[0].key.expose());
    for stranger in [crossed, nowhere] {
        stranger.get(&path).await.refused(404, None, "there is nothing at this address");
    }
    // One that is created later is there at once.
    let (third, key) = running.directories.create("third").await.unwrap();
    let third = Client::new(&running.base_url_of(&third.id), key.expose());
    assert_eq!(third.get("/Users").await.is(200).body["totalResults"], 0);
    one.get(&path).await.is(200);
}

#[tokio::test]
async fn only_this_machine_may_connect() {
    let options = |listen: &str, anywhere| directory::Options {
        listen: listen.parse().unwrap(),
        dangerous_listen_anywhere: anywhere,
        public_url: Some("https://app.example/".to_owned()),
        ..directory::Options::default()
    };
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[::ffff:192.0.2.1]:0"] {
        let error = directory::start(options(listen, false)).await.unwrap_err().to_string();
        assert!(error.starts_with(listen) && error.contains("in the clear"), "{error}");
    }
    let running = directory::start(options("0.0.0.0:0", true)).await.unwrap();
    assert!(running.base_url().starts_with("https://app.example/scim/directory/"), "{}", running.base_url());
}

#[tokio::test]
async fn a_change_of_what_is_no_more_is_refused() {
    let (_running, client) = with(Policies::default()).await;
    let user = client.user("bjensen").await.is(201);
    let (path, version) = (format!("/Users/{}", user.id()), user.headers["etag"].to_str().unwrap());
    let put = |title: &str| json!({"schemas": [USER], "userName": "bjensen", "title": title});
    client.send_at("PUT", &path, put("Guide"), version).await.is(200);
    client.send_at("PUT", &path, put("Tour guide"), version).await.is(412);
    assert_eq!(client.get(&path).await.is(200).body["title"], "Guide");
}
