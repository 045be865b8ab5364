//! What senders should not send: the right status and keyword, and nothing changed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests say what they expect"
)]

mod server_common;

use scim_core::{Limits, Profile};
use serde_json::{Value, json};
use server_common::*;

/// A service with a user and a group, and what there was before.
struct Fixture {
    world: World,
    client: Client,
    user: String,
    group: String,
    before: String,
}

async fn fixture() -> Fixture {
    let world = World::new();
    let client = world.client();
    fixture_on(world, client).await
}

async fn fixture_on(world: World, client: Client) -> Fixture {
    let body = json!({"schemas": [USER], "userName": "bjensen", "externalId": "e-1", "active": true,
        "emails": [{"value": "b@app.example", "type": "work", "primary": true}]});
    let id = client.post("/Users", &body).await.is(201).id();
    let staff = client.group("Staff", &[&id]).await;
    let (user, group) = (format!("/Users/{id}"), format!("/Groups/{staff}"));
    let before = listing(&world, &client).await;
    Fixture { world, client, user, group, before }
}

/// All there is, as a client sees it and as it is stored.
async fn listing(world: &World, client: &Client) -> String {
    let seen = client.get("/Users?count=500").await.text() + &client.get("/Groups?count=500").await.text();
    seen + &world.snapshot("acme") + &world.snapshot("other")
}

impl Fixture {
    #[track_caller]
    fn assert_unchanged(&self, now: &str) {
        assert_eq!(now, self.before);
    }

    async fn finish(self) {
        let now = listing(&self.world, &self.client).await;
        self.assert_unchanged(&now);
    }

    /// A raw body to each route that takes one.
    async fn everywhere(&self, body: &[u8]) -> Vec<(String, Answer)> {
        let mut answers = Vec::new();
        for (method, path) in [
            ("POST", "/Users"),
            ("POST", "/Groups"),
            ("PUT", self.user.as_str()),
            ("PUT", self.group.as_str()),
            ("PATCH", self.user.as_str()),
            ("PATCH", self.group.as_str()),
            ("POST", "/Bulk"),
            ("POST", "/.search"),
            ("POST", "/Users/.search"),
        ] {
            let headers = [("content-type", "application/scim+json")];
            let answer = self.client.send(method, path, &headers, body.to_vec()).await;
            answers.push((format!("{method} {path}"), answer));
        }
        answers
    }
}

#[tokio::test]
async fn bodies_that_are_no_json() {
    let of = fixture().await;
    let bodies: [&[u8]; 18] = [
        b"{",
        b"{\"userName\": \"x\"",
        b"{\"userName\": \"x\"} x",
        b"{\"userName\": \"x\"}{}",
        b"{'userName': 'x'}",
        b"{\"userName\": \"x\",}",
        b"<xml/>",
        b"userName=x&active=true",
        b"\xff\xfe{\x00}\x00",
        b"{\"userName\": \"\xff\xfe\"}",
        b"{\"userName\": \"\xed\xa0\x80\"}",
        b"{\"userName\": \"\xc0\xaf\"}",
        b"{\"userName\": \"\\ud800\"}",
        b"{\"userName\": \"\\udc00\\ud800\"}",
        b"{\"userName\": \"\\ud83d\"}",
        b"{\"userName\": \"a\nb\"}",
        b"{\"userName\": NaN}",
        b"{\"userName\": \"x\", \"n\": 1e999}",
    ];
    for body in bodies {
        for (what, answer) in of.everywhere(body).await {
            assert_eq!(answer.error(), "400 invalidSyntax", "{what} {}", String::from_utf8_lossy(body));
        }
    }
    of.finish().await;
}

#[tokio::test]
async fn bodies_that_are_no_objects() {
    let of = fixture().await;
    for body in ["", "   ", "null", "[]", "[{}]", "\"text\"", "7", "true", "[null]"] {
        for (what, answer) in of.everywhere(body.as_bytes()).await {
            assert_eq!(answer.error(), "400 invalidSyntax", "{what} `{body}`");
        }
    }
    of.finish().await;
}

#[tokio::test]
async fn an_empty_object() {
    let of = fixture().await;
    for (what, answer) in of.everywhere(b"{}").await {
        // A search without anything is a search for everything.
        if what.contains(".search") && answer.status == 200 {
            continue;
        }
        let error = answer.error();
        assert!(["400 invalidSyntax", "400 invalidValue"].contains(&error.as_str()), "{what} {error}");
    }
    of.finish().await;
}

#[tokio::test]
async fn keys_that_are_there_twice() {
    let of = fixture().await;
    for body in [
        format!(r#"{{"schemas":["{USER}"],"userName":"x","userName":"y"}}"#),
        format!(r#"{{"schemas":["{USER}"],"userName":"x","USERNAME":"y"}}"#),
        format!(r#"{{"schemas":["{USER}"],"Schemas":["{USER}"],"userName":"y"}}"#),
        format!(r#"{{"schemas":["{USER}"],"userName":"x","name":{{"givenName":"a","GivenName":"b"}}}}"#),
        format!(r#"{{"schemas":["{USER}"],"userName":"x","emails":[{{"value":"a","Value":"b"}}]}}"#),
        format!(
            r#"{{"schemas":["{USER}"],"userName":"x","{ENTERPRISE}":{{}},"{}":{{}}}}"#,
            ENTERPRISE.to_uppercase()
        ),
    ] {
        for (method, path) in [("POST", "/Users"), ("PUT", of.user.as_str())] {
            let answer = of.client.send(method, path, &[], body.clone()).await;
            assert_eq!(answer.error(), "400 invalidSyntax", "{method} {body}");
        }
    }
    for operations in [
        r#"{"op":"replace","op":"remove","path":"title","value":"x"}"#,
        r#"{"op":"replace","Op":"remove","path":"title","value":"x"}"#,
        r#"{"op":"replace","value":{"title":"a","Title":"b"}}"#,
        r#"{"op":"replace","path":"name","value":{"givenName":"a","givenname":"b"}}"#,
    ] {
        let body = format!(r#"{{"schemas":["{PATCH_OP}"],"Operations":[{operations}]}}"#);
        let answer = of.client.send("PATCH", &of.user, &[], body).await;
        assert_eq!(answer.error(), "400 invalidSyntax", "{operations}");
    }
    of.finish().await;
}

#[tokio::test]
async fn depth() {
    let of = fixture().await;
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let deep = open.repeat(100_000) + "1" + &close.repeat(100_000);
        let unclosed = open.repeat(100_000);
        let inside = format!(r#"{{"schemas":["{USER}"],"userName":"x","title":{deep}}}"#);
        let patched = format!(
            r#"{{"schemas":["{PATCH_OP}"],"Operations":[{{"op":"add","path":"title","value":{deep}}}]}}"#
        );
        for body in [deep, unclosed, inside, patched] {
            for (what, answer) in of.everywhere(body.as_bytes()).await {
                assert_eq!(answer.error(), "400 invalidSyntax", "{what} {open}");
            }
        }
    }
    for filter in [
        "(".repeat(100_000),
        "not (".repeat(3_000) + "userName pr" + &")".repeat(3_000),
        "emails[".repeat(2_000),
        "(".repeat(2_000) + "userName pr" + &")".repeat(2_000),
    ] {
        let answer = of.client.post("/Users/.search", &search(&filter)).await;
        assert_eq!(answer.error(), "400 invalidFilter");
        let path = format!("emails[{filter}].value");
        let operations = json!([{"op": "replace", "path": path, "value": "x"}]);
        let answer = of.client.patch(&of.user, &operations).await;
        assert!(
            ["400 invalidPath", "400 invalidFilter"].contains(&answer.error().as_str()),
            "{}",
            answer.text()
        );
    }
    let dots = "a.".repeat(8_000) + "a";
    let operations = json!([{"op": "add", "path": dots, "value": "x"}]);
    assert_eq!(of.client.patch(&of.user, &operations).await.error(), "400 invalidPath");
    of.finish().await;
}

#[tokio::test]
async fn size() {
    let of = fixture().await;
    let large = format!(r#"{{"schemas":["{USER}"],"userName":"{}"}}"#, "x".repeat(9 << 20));
    for (what, answer) in of.everywhere(large.as_bytes()).await {
        assert_eq!(answer.error(), "413", "{what}");
    }
    // As large as is said counts, before anything is read.
    let headers = [("content-length", "99999999999")];
    assert_eq!(of.client.send("POST", "/Users", &headers, "{}").await.error(), "413");
    let filter = format!("userName eq \"{}\"", "x".repeat(1 << 20));
    assert_eq!(of.client.post("/Users/.search", &search(&filter)).await.error(), "400 invalidFilter");
    assert_eq!(of.client.post("/.search", &search(&filter)).await.error(), "400 invalidFilter");
    let many: Vec<Value> =
        (0..1_001).map(|n| json!({"method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": user(&format!("u{n}"))})).collect();
    // RFC 7644 §3.7.4.
    assert_eq!(of.client.post("/Bulk", &bulk(&json!(many))).await.error().split(' ').next(), Some("413"));
    let long = "y".repeat(33 << 10);
    for path in [
        "/Users",
        "/Groups",
        "/",
        &of.user,
        &of.group,
        "/Schemas",
        "/ResourceTypes",
        "/ServiceProviderConfig",
    ] {
        assert_eq!(of.client.get(&format!("{path}?x={long}")).await.error(), "414", "{path}");
        assert_eq!(of.client.get(&format!("{path}?filter={long}")).await.error(), "414", "{path}");
    }
    assert_eq!(of.client.post(&format!("/Users?x={long}"), &user("x")).await.error(), "414");
    assert_eq!(of.client.put(&format!("{}?x={long}", of.user), &user("x")).await.error(), "414");
    assert_eq!(of.client.delete(&format!("{}?x={long}", of.user)).await.error(), "414");
    of.finish().await;
}

#[tokio::test]
async fn size_of_bulk_operations() {
    let world = World::new();
    let limits = Limits { bulk_operations: 2, body_bytes: 2_000, ..Limits::default() };
    let client = world.client_of(world.builder().limits(limits));
    let of = fixture_on(world, client).await;
    let operation = |n: usize| json!({"method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": user(&format!("u{n}"))});
    let three: Vec<Value> = (0..3).map(operation).collect();
    assert_eq!(of.client.post("/Bulk", &bulk(&json!(three))).await.error().split(' ').next(), Some("413"));
    let config = of.client.get("/ServiceProviderConfig").await.json();
    assert_eq!(
        (&config["bulk"]["maxOperations"], &config["bulk"]["maxPayloadSize"]),
        (&json!(2), &json!(2_000))
    );
    of.finish().await;
}

#[tokio::test]
async fn media_types() {
    let of = fixture().await;
    let good = user("x").to_string();
    for kind in [
        "text/plain",
        "text/xml",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/scim+json; charset=iso-8859-1",
        "application/json-patch+json",
        "application",
        "*/*",
    ] {
        for (method, path) in [
            ("POST", "/Users"),
            ("PUT", of.user.as_str()),
            ("PATCH", of.user.as_str()),
            ("POST", "/Bulk"),
            ("POST", "/.search"),
        ] {
            let answer = of.client.send(method, path, &[("content-type", kind)], good.clone()).await;
            assert_eq!(answer.error(), "415", "{method} {path} {kind}");
        }
    }
    for kind in ["text/html", "application/xml", "image/*", "application/scim+json;q=0"] {
        let answer = of.client.send("POST", "/Users", &[("accept", kind)], good.clone()).await;
        assert_eq!(answer.error(), "406", "{kind}");
    }
    of.finish().await;
}

#[tokio::test]
async fn methods() {
    let of = fixture().await;
    let own = of.user.clone();
    for (path, allowed) in [
        ("/Users", vec!["GET", "HEAD", "POST"]),
        (own.as_str(), vec!["GET", "HEAD", "PUT", "PATCH", "DELETE"]),
        ("/Users/.search", vec!["POST"]),
        ("/.search", vec!["POST"]),
        ("/Bulk", vec!["POST"]),
        ("/Schemas", vec!["GET", "HEAD"]),
        ("/ResourceTypes/User", vec!["GET", "HEAD"]),
        ("/ServiceProviderConfig", vec!["GET", "HEAD"]),
    ] {
        for method in [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "SEARCH", "get",
            "PROPFIND", "X",
        ] {
            if allowed.contains(&method) {
                continue;
            }
            let headers = [
                ("x-http-method-override", "DELETE"),
                ("x-http-method", "DELETE"),
                ("x-method-override", "PUT"),
            ];
            let answer = of.client.send(method, path, &headers, user("x").to_string()).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            let mut told: Vec<&str> = answer.header("allow").split(", ").collect();
            told.sort_unstable();
            let mut allowed = allowed.clone();
            allowed.sort_unstable();
            assert_eq!(told, allowed, "{path}");
            if method != "HEAD" {
                answer.error();
            }
        }
    }
    // Nothing tunnels through another method.
    let headers = [("x-http-method-override", "DELETE")];
    of.client.send("GET", &own, &headers, "").await.is(200);
    assert_eq!(of.client.send("POST", &own, &headers, "").await.error(), "405");
    of.finish().await;
}

#[tokio::test]
async fn paths() {
    let of = fixture().await;
    let id = of.user.strip_prefix("/Users/").unwrap();
    for path in [
        "/Users/../Users".to_owned(),
        "/Users/..%2f..%2fetc%2fpasswd".to_owned(),
        "/Users/%2e%2e".to_owned(),
        "/Users/..".to_owned(),
        "/Users/.".to_owned(),
        "/Users/%00".to_owned(),
        format!("/Users/{id}%00"),
        format!("/Users/{id}%20"),
        format!("/Users/{id}%2F"),
        format!("/Users/{id};x=1"),
        format!("/Users/%252e%252e/{id}"),
        format!("/Users/{}", id.to_uppercase()),
        "/Users/%".to_owned(),
        "/Users/%zz".to_owned(),
        "/Users/%ff%fe".to_owned(),
        "/Users/%c0%ae%c0%ae".to_owned(),
        "/Users/bulkId:1".to_owned(),
        "/Users/bulkId%3A1".to_owned(),
        format!("/Users/{}", "x".repeat(10_000)),
        "/Users/*".to_owned(),
        "/Users/%27%20OR%201%3D1%20--".to_owned(),
        "/Users/%7B%22%24ne%22%3Anull%7D".to_owned(),
        "/users".to_owned(),
        "/USERS".to_owned(),
        format!("/Groups/{id}"),
        format!("/Users/{id}/groups"),
        "/Users%2F.search".to_owned(),
        format!("/Users%2F{id}"),
        "/Nothing/7".to_owned(),
        "/scim/v2/scim/v2/Users".to_owned(),
    ] {
        for (method, body) in
            [("GET", String::new()), ("PUT", user("x").to_string()), ("DELETE", String::new())]
        {
            let answer = of.client.send(method, &path, &[], body).await;
            assert!(matches!(answer.error().as_str(), "404" | "405"), "{method} {path} {}", answer.text());
            assert!(!answer.text().contains("bjensen"));
        }
    }
    // An id may be encoded, as any segment.
    let encoded: String = id.bytes().map(|byte| format!("%{byte:02X}")).collect();
    of.client.get(&format!("/Users/{encoded}")).await.is(200);
    of.client.get(&format!("{}/", of.user)).await.is(200);
    of.finish().await;
}

#[tokio::test]
async fn ids_in_bodies() {
    let of = fixture().await;
    let id = of.user.strip_prefix("/Users/").unwrap().to_owned();
    for operations in [
        json!([{"op": "replace", "value": {"id": "other", "title": "x"}}]),
        json!([{"op": "replace", "path": "id", "value": "other"}]),
        json!([{"op": "add", "path": "meta.version", "value": "W/\"9\""}]),
        json!([{"op": "remove", "path": "schemas"}]),
        json!([{"op": "remove", "path": "userName"}]),
        json!([{"op": "add", "path": "groups", "value": [{"value": "g"}]}]),
    ] {
        let answer = of.client.patch(&of.user, &operations).await;
        assert_eq!(answer.error(), "400 mutability", "{operations}");
    }
    // The same id is let through (OKTA-04), and so is all that is read-only in PUT.
    of.client.patch(&of.user, &json!([{"op": "replace", "value": {"id": id}}])).await.is(200);
    let mut same = of.client.get(&of.user).await.json();
    same["id"] = json!("other");
    same["meta"] = json!({"created": "1999-01-01T00:00:00Z", "resourceType": "Group"});
    same["groups"] = json!([]);
    assert_eq!(of.client.put(&of.user, &same).await.is(200).id(), id);
    of.finish().await;
}

#[tokio::test]
async fn unknown_attributes() {
    // Lenient: left out, and a path that is written out is refused (idp rules of a robust server).
    let world = World::new();
    let client = world.client();
    let made = client
        .post(
            "/Users",
            &json!({"schemas": [USER], "userName": "x", "shoeSize": 44, "name": {"nick": "y"},
        "urn:example:unknown": {"a": 1}}),
        )
        .await
        .is(201);
    let body = made.json();
    assert!(
        body.get("shoeSize").is_none()
            && body.get("urn:example:unknown").is_none()
            && body.get("name").is_none(),
        "{body}"
    );
    let path = format!("/Users/{}", made.id());
    let before = world.snapshot("acme");
    client.patch(&path, &json!([{"op": "add", "value": {"shoeSize": 44}}])).await.is(200);
    for unknown in [
        "shoeSize",
        "name.nick",
        "urn:example:unknown:a",
        "emails[shoe eq 1].value",
        "userName.x",
        "emails.value.x",
    ] {
        let answer = client.patch(&path, &json!([{"op": "add", "path": unknown, "value": 44}])).await;
        assert!(
            matches!(answer.error().as_str(), "400 invalidPath" | "400 invalidFilter"),
            "{unknown} {}",
            answer.text()
        );
    }
    for filter in ["shoeSize eq 44", "name.nick pr", "urn:example:unknown:a pr"] {
        assert_eq!(client.find(filter).await.error(), "400 invalidFilter", "{filter}");
    }
    assert_eq!(world.snapshot("acme"), before);

    let world = World::new();
    let client = world.client_of(world.builder().profile(Profile::rfc()));
    let of = fixture_on(world, client).await;
    for body in [
        json!({"schemas": [USER], "userName": "x", "shoeSize": 44}),
        json!({"schemas": [USER], "userName": "x", "name": {"nick": "y"}}),
        json!({"schemas": [USER, "urn:example:unknown"], "userName": "x", "urn:example:unknown": {"a": 1}}),
    ] {
        assert_eq!(of.client.post("/Users", &body).await.error(), "400 invalidSyntax", "{body}");
        assert_eq!(of.client.put(&of.user, &body).await.error(), "400 invalidSyntax", "{body}");
    }
    of.finish().await;
}

#[tokio::test]
async fn values_of_the_wrong_type() {
    let of = fixture().await;
    for body in [
        json!({"schemas": [USER], "userName": 7}),
        json!({"schemas": [USER], "userName": ["x"]}),
        json!({"schemas": [USER], "userName": {"value": "x"}}),
        json!({"schemas": [USER], "userName": true}),
        json!({"schemas": [USER], "userName": ""}),
        json!({"schemas": [USER], "userName": null}),
        json!({"schemas": [USER], "displayName": "x"}),
        json!({"schemas": [USER], "userName": "x", "active": "maybe"}),
        json!({"schemas": [USER], "userName": "x", "active": 1}),
        json!({"schemas": [USER], "userName": "x", "active": {}}),
        json!({"schemas": [USER], "userName": "x", "emails": "b@app.example"}),
        json!({"schemas": [USER], "userName": "x", "emails": ["b@app.example"]}),
        json!({"schemas": [USER], "userName": "x", "emails": [null]}),
        json!({"schemas": [USER], "userName": "x", "emails": [[{"value": "x"}]]}),
        json!({"schemas": [USER], "userName": "x", "name": "Babs"}),
        json!({"schemas": [USER], "userName": "x", "x509Certificates": [{"value": "not base64!"}]}),
        json!({"schemas": "x", "userName": 7}),
        json!({"schemas": [USER], "userName": "x", ENTERPRISE: []}),
        json!({"schemas": [USER], "userName": "x", ENTERPRISE: "x"}),
    ] {
        for (method, path) in [("POST", "/Users"), ("PUT", of.user.as_str())] {
            let answer = of.client.json(method, path, &body).await;
            assert!(
                ["400 invalidValue", "400 invalidSyntax"].contains(&answer.error().as_str()),
                "{method} {body} {}",
                answer.text()
            );
        }
    }
    for operations in [
        json!([{"op": "replace", "path": "active", "value": "maybe"}]),
        json!([{"op": "replace", "path": "active", "value": 1}]),
        json!([{"op": "replace", "path": "title", "value": 7}]),
        json!([{"op": "replace", "path": "title", "value": {"value": "x"}}]),
        json!([{"op": "replace", "path": "title", "value": ["x"]}]),
        json!([{"op": "replace", "path": "emails[type eq \"work\"].primary", "value": "+49 30 1"}]),
        json!([{"op": "replace", "path": "name", "value": "x"}]),
        json!([{"op": "add", "value": "x"}]),
        json!([{"op": "add", "value": ["x"]}]),
    ] {
        assert_eq!(of.client.patch(&of.user, &operations).await.error(), "400 invalidValue", "{operations}");
    }
    for operations in [
        json!([{"op": "add", "path": "title"}]),
        json!([{"op": "replace", "path": "title"}]),
        json!([{"op": "add"}]),
    ] {
        let answer = of.client.patch(&of.user, &operations).await;
        assert!(
            ["400 invalidValue", "400 invalidSyntax"].contains(&answer.error().as_str()),
            "{operations} {}",
            answer.text()
        );
    }
    of.finish().await;
}

#[tokio::test]
async fn patches_that_make_no_sense() {
    let of = fixture().await;
    for (operations, error) in [
        (json!([{"op": "move", "path": "title", "value": "x"}]), "400 invalidSyntax"),
        (json!([{"op": "", "path": "title", "value": "x"}]), "400 invalidSyntax"),
        (json!([{"op": 7, "path": "title", "value": "x"}]), "400 invalidSyntax"),
        (json!([{"path": "title", "value": "x"}]), "400 invalidSyntax"),
        (json!([7]), "400 invalidSyntax"),
        (json!(["remove"]), "400 invalidSyntax"),
        (json!([null]), "400 invalidSyntax"),
        (json!("x"), "400 invalidSyntax"),
        (json!([{"op": "remove"}]), "400 noTarget"),
        (json!([{"op": "remove", "path": ""}]), "400 noTarget"),
        (json!([{"op": "replace", "path": "title[", "value": "x"}]), "400 invalidPath"),
        (json!([{"op": "replace", "path": "emails[type eq].value", "value": "x"}]), "400 invalidPath"),
        (json!([{"op": "replace", "path": "emails[type ne \"work\"].value", "value": "x"}]), "400 noTarget"),
        (json!([{"op": "replace", "path": 7, "value": "x"}]), "400 invalidPath"),
        (json!([{"op": "replace", "path": ["title"], "value": "x"}]), "400 invalidPath"),
        // All or nothing (RFC 7644 §3.5.2).
        (
            json!([{"op": "add", "path": "title", "value": "x"}, {"op": "replace", "path": "id", "value": "x"}]),
            "400 mutability",
        ),
    ] {
        let got = of.client.patch(&of.user, &operations).await.error();
        // What is no text is no path, and no message either.
        let also =
            error == "400 invalidPath" && !operations[0]["path"].is_string() && got == "400 invalidSyntax";
        let also =
            also || (error == "400 noTarget" && operations[0]["path"] == "" && got == "400 invalidPath");
        // RFC 7644 §3.12, table 9: a path with a bad filter is either.
        let filter = operations[0]["path"].as_str().is_some_and(|path| path.contains('['));
        let also = also || (error == "400 invalidPath" && filter && got == "400 invalidFilter");
        assert!(got == error || also, "{operations}: {got} and not {error}");
    }
    // A list of members that cannot be read removes nobody.
    for value in [
        json!(""),
        json!("x"),
        json!(7),
        json!([7]),
        json!([{}]),
        json!([{"value": null}]),
        json!([{"value": ""}]),
        json!([null]),
        json!({"x": 1}),
    ] {
        let operations = json!([{"op": "Remove", "path": "members", "value": value}]);
        let answer = of.client.patch(&of.group, &operations).await;
        assert_eq!(answer.error().split(' ').next(), Some("400"), "{operations}");
    }
    let empty = of.client.json("PATCH", &of.user, &json!({"schemas": [PATCH_OP]})).await;
    assert_eq!(empty.error(), "400 invalidSyntax");
    of.finish().await;
}

#[tokio::test]
async fn numbers_out_of_range() {
    let of = fixture().await;
    for number in
        ["1.5", "1e99", "99999999999999999999999", "-99999999999999999999999", "0x10", "NaN", "", "x", "٣"]
    {
        for name in ["count", "startIndex"] {
            let answer = of.client.get(&format!("/Users?{name}={}", encode(number))).await;
            assert!(
                answer.status == 200 && number.ends_with("999") || answer.error() == "400 invalidValue",
                "{name}={number} {}",
                answer.text()
            );
        }
    }
    // RFC 7644 §3.4.2.4.
    for (query, start, items) in [
        ("count=-5", 1, 0),
        ("startIndex=0", 1, 1),
        ("startIndex=-7", 1, 1),
        ("startIndex=18446744073709551615", u64::MAX, 0),
        ("count=0", 1, 0),
    ] {
        let answer = of.client.get(&format!("/Users?{query}")).await.is(200).json();
        assert_eq!(
            (&answer["totalResults"], answer["Resources"].as_array().unwrap().len()),
            (&json!(1), items),
            "{query}"
        );
        assert_eq!(
            (&answer["startIndex"], &answer["itemsPerPage"]),
            (&json!(start), &json!(items)),
            "{query}"
        );
    }
    for (name, value) in [
        ("count", json!("5")),
        ("count", json!(1.5)),
        ("startIndex", json!([1])),
        ("count", json!(true)),
        ("filter", json!(7)),
        ("sortBy", json!({})),
        ("attributes", json!(7)),
        ("sortOrder", json!("sideways")),
    ] {
        let mut body = json!({"schemas": [SEARCH]});
        body[name] = value;
        let answer = of.client.post("/Users/.search", &body).await;
        assert!(
            answer.status == 200 && name == "count"
                || ["400 invalidValue", "400 invalidSyntax", "400 invalidFilter", "400 invalidPath"]
                    .contains(&answer.error().as_str()),
            "{body} {}",
            answer.text()
        );
    }
    let body = format!(
        r#"{{"schemas":["{SEARCH}"],"count":99999999999999999999999999,"startIndex":-99999999999999999999999999}}"#
    );
    let answer = of.client.send("POST", "/Users/.search", &[], body).await;
    assert!(answer.status == 200 || answer.error() == "400 invalidValue", "{}", answer.text());
    of.finish().await;
}

#[tokio::test]
async fn filters_that_make_no_sense() {
    let of = fixture().await;
    for filter in [
        "",
        " ",
        "userName",
        "userName eq",
        "eq \"x\"",
        "userName eq \"x",
        "userName eq x y",
        "userName eq 'x'",
        "userName zz \"x\"",
        "userName eq \"x\" and",
        "and",
        "()",
        "not",
        "userName pr pr",
        "active gt true",
        "active eq \"maybe\"",
        "emails[",
        "emails[]",
        "emails[type eq \"work\"",
        "userName eq \"\\ud800\"",
        "userName eq \"\u{0}\"",
        "meta.created gt \"yesterday\"",
        "userName eq \"a\" xor userName eq \"b\"",
        "userName,x pr",
        "urn:x",
        ":userName pr",
        "userName. pr",
        "a.b.c pr",
    ] {
        for answer in [of.client.find(filter).await, of.client.post("/Users/.search", &search(filter)).await]
        {
            // An empty one may count as none.
            if filter.trim().is_empty() && answer.status == 200 {
                continue;
            }
            assert_eq!(answer.error(), "400 invalidFilter", "`{filter}`");
        }
    }
    // Bytes that are no text, and escapes that are none.
    for query in ["filter=%ff", "filter=userName%20eq%20%22%c3%28%22", "%ff=1", "filter=%", "filter=%zz"] {
        let answer = of.client.get(&format!("/Users?{query}")).await;
        assert!(
            answer.status == 200 && !query.starts_with("filter") || answer.error().starts_with("400"),
            "{query} {}",
            answer.text()
        );
    }
    // Twice the same parameter is two questions.
    let twice =
        of.client.get("/Users?filter=userName%20eq%20%22bjensen%22&filter=userName%20eq%20%22x%22").await;
    assert!(twice.error().starts_with("400"), "{}", twice.text());
    for cursor in ["x", "%00", "AAAA", &"A".repeat(5_000), "..%2F..", "W10"] {
        let answer = of.client.get(&format!("/Users?cursor={cursor}")).await;
        assert_eq!(answer.error(), "400 invalidCursor", "{cursor}");
    }
    of.finish().await;
}

#[tokio::test]
async fn conditions() {
    let of = fixture().await;
    let title = patch(&json!([{"op": "add", "path": "title", "value": "x"}])).to_string();
    let version = of.client.get(&of.user).await.header("etag").to_owned();
    for (name, value, status) in [
        ("if-match", "W/\"999\"", 412),
        ("if-match", "\"999\"", 412),
        ("if-match", "W/\"998\", W/\"999\"", 412),
        ("if-match", "", 412),
        ("if-none-match", "*", 412),
        ("if-none-match", version.as_str(), 412),
        ("if-match", "999", 400),
        ("if-match", "W/999", 400),
        ("if-match", "\"", 400),
        ("if-match", "\"a b\"", 400),
    ] {
        for (method, body) in
            [("PUT", user("x").to_string()), ("PATCH", title.clone()), ("DELETE", String::new())]
        {
            let answer = of.client.send(method, &of.user, &[(name, value)], body).await;
            let got = answer.error();
            // What cannot be read matches nothing.
            assert!(
                got.starts_with(&status.to_string()) || (status == 400 && got == "412"),
                "{method} {name}: {value}: {got}"
            );
        }
    }
    of.client.send("GET", &of.user, &[("if-none-match", &version)], "").await.is(304);
    of.finish().await;
}

#[tokio::test]
async fn bulk_requests_that_make_no_sense() {
    let of = fixture().await;
    let own = of.user.clone();
    for operations in [json!([]), json!({}), json!("x"), json!(null), json!([7]), json!([null]), json!([[]])]
    {
        let answer = of.client.post("/Bulk", &bulk(&operations)).await;
        if answer.status != 200 {
            assert_eq!(answer.error().split(' ').next(), Some("400"), "{operations}");
        } else {
            assert!(answer.json()["Operations"].as_array().unwrap().iter().all(|one| one["status"] != "201"));
        }
    }
    for operation in [
        json!({"method": "GET", "path": own}),
        json!({"method": "delete ", "path": own}),
        json!({"method": "MOVE", "path": own}),
        json!({"path": own}),
        json!({"method": "DELETE"}),
        json!({"method": "DELETE", "path": "/Users"}),
        json!({"method": "DELETE", "path": ""}),
        json!({"method": "DELETE", "path": "/Me"}),
        json!({"method": "DELETE", "path": "/Users/../Users/x"}),
        json!({"method": "DELETE", "path": format!("{own}?x=1")}),
        json!({"method": "DELETE", "path": format!("https://evil.example{own}")}),
        json!({"method": "DELETE", "path": format!("https://app.example{own}")}),
        json!({"method": "DELETE", "path": format!("//app.example/scim/v2{own}")}),
        json!({"method": "DELETE", "path": 7}),
        json!({"method": "POST", "path": "/Users", "data": user("x")}),
        json!({"method": "POST", "path": own, "bulkId": "1", "data": user("x")}),
        json!({"method": "POST", "path": "/Bulk", "bulkId": "1", "data": bulk(&json!([{"method": "DELETE", "path": own}]))}),
        json!({"method": "POST", "path": "/Users", "bulkId": "1"}),
        json!({"method": "POST", "path": "/Users", "bulkId": "1", "data": []}),
        json!({"method": "POST", "path": "/Users", "bulkId": "1", "data": "x"}),
        json!({"method": "POST", "path": "/Users/.search", "bulkId": "1", "data": search("id pr")}),
        json!({"method": "PUT", "path": own}),
        json!({"method": "PATCH", "path": own, "data": {}}),
        json!({"method": "PUT", "path": own, "data": {"schemas": [USER]}}),
        json!({"method": "DELETE", "path": own, "version": "W/\"999\""}),
        json!({"method": "DELETE", "path": "/Users/bulkId:nobody"}),
        json!({"method": "PATCH", "path": "/Groups/x", "data": patch(&json!([{"op": "add", "path": "members", "value": [{"value": "bulkId:nobody"}]}]))}),
        json!({"method": "POST", "path": "/Groups", "bulkId": "1", "data": group("New", &["bulkId:nobody"])}),
    ] {
        let answer = of.client.post("/Bulk", &bulk(&json!([operation]))).await;
        if answer.status == 200 {
            let body = answer.json();
            let one = &body["Operations"][0];
            let status: u16 = one["status"].as_str().unwrap().parse().unwrap();
            assert!((400..500).contains(&status), "{operation} {body}");
            assert_eq!(one["response"]["schemas"], json!([ERROR]), "{body}");
            assert_eq!(one["response"]["status"], one["status"]);
        } else {
            assert_eq!(answer.error().split(' ').next(), Some("400"), "{operation}");
        }
    }
    // The same bulkId twice.
    let operation =
        |name: &str| json!({"method": "POST", "path": "/Users", "bulkId": "1", "data": user(name)});
    let answer = of.client.post("/Bulk", &bulk(&json!([operation("x"), operation("y")]))).await;
    assert!(answer.status >= 400, "{}", answer.text());
    of.finish().await;
}

#[tokio::test]
async fn ids_of_other_tenants() {
    let of = fixture().await;
    let other = of.client.with_key(&of.world.key_for("other"));
    let title = patch(&json!([{"op": "add", "path": "displayName", "value": "x"}]));
    for path in [&of.user, &of.group] {
        for (method, body) in
            [("GET", Value::Null), ("PUT", user("x")), ("PATCH", title.clone()), ("DELETE", Value::Null)]
        {
            assert_eq!(other.json(method, path, &body).await.error(), "404", "{method} {path}");
        }
    }
    of.finish().await;
}

#[tokio::test]
async fn errors_of_head() {
    let of = fixture().await;
    for (path, status) in
        [("/Users/nobody", 404), ("/Nothing", 404), ("/Users?filter=x", 400), ("/Bulk", 405)]
    {
        let answer = of.client.send("HEAD", path, &[], "").await;
        assert_eq!((answer.status, answer.bytes.len()), (status, 0), "{path}");
    }
    of.finish().await;
}

#[tokio::test]
async fn control_characters_do_not_reach_headers() {
    let of = fixture().await;
    for path in ["/Users/%0d%0aSet-Cookie:%20a=b", "/%0d%0aSet-Cookie:%20a=b", "/Schemas/%0d%0aX:y"] {
        let answer = of.client.get(path).await;
        assert_eq!(answer.error(), "404", "{path}");
        assert!(answer.headers.get("set-cookie").is_none() && answer.headers.len() <= 3);
    }
    of.finish().await;
}
