//! One test for each kind of flaw that was reported of SCIM servers: here none of them can happen.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests say what they expect"
)]

mod server_common;

use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::Full;
use scim_core::value::secret::Secret;
use scim_core::{ExternalId, Limits, Projection, Resource, ResourceId, SchemaSet, ScimError, TenantId, User};
use scim_server::auth::{
    Access, ApiKey, BearerTokens, MemoryTokens, Principal, Scopes, TokenHash, TokenRecord, TokenStore,
};
use scim_server::rules::{Event, Leaver, LinkPolicy, Observer, PasswordSink, RecreatePolicy};
use scim_server::store::{Listing, Query, ResourceStore, StoreError, Stored, Write as StoreWrite, Written};
use scim_server::{BaseUrl, Builder, Context, CursorKey, ScimService};
use serde_json::{Value, json};
use server_common::*;

/// Does not compile for a type that has the trait.
macro_rules! lacks {
    ($type:ty: $($bound:tt)+) => {{
        trait Ambiguous<A> {
            fn told() {}
        }
        struct Has;
        impl<T: ?Sized> Ambiguous<()> for T {}
        impl<T: ?Sized + $($bound)+> Ambiguous<Has> for T {}
        <$type as Ambiguous<_>>::told();
    }};
}

/// Every route and method that reads or writes resources, for a user, a group and whatever goes with them.
fn doors(user_id: &str, group_id: &str) -> Vec<(&'static str, String, Value)> {
    let one = |path: &str, id: &str| format!("/{path}/{id}");
    let rename = patch(&json!([{"op": "replace", "path": "displayName", "value": "Mallory"}]));
    let remove = bulk(&json!([{"method": "DELETE", "path": one("Users", user_id)}]));
    let make = bulk(&json!([{"method": "POST", "path": "/Users", "bulkId": "1", "data": user("mallory")}]));
    vec![
        ("GET", "/Users".to_owned(), Value::Null),
        ("GET", "/Users?filter=userName%20pr".to_owned(), Value::Null),
        ("GET", "/?filter=id%20pr".to_owned(), Value::Null),
        ("POST", "/.search".to_owned(), search("id pr")),
        ("POST", "/Users/.search".to_owned(), search("userName pr")),
        ("POST", "/Groups/.search".to_owned(), search("displayName pr")),
        ("GET", one("Users", user_id), Value::Null),
        ("HEAD", one("Users", user_id), Value::Null),
        ("GET", one("Groups", group_id), Value::Null),
        ("GET", "/Groups".to_owned(), Value::Null),
        ("POST", "/Users".to_owned(), user("mallory")),
        ("POST", "/Groups".to_owned(), group("Mallories", &[])),
        ("PUT", one("Users", user_id), user("mallory")),
        ("PATCH", one("Users", user_id), rename.clone()),
        ("PUT", one("Groups", group_id), group("Mallories", &[])),
        ("PATCH", one("Groups", group_id), rename.clone()),
        ("DELETE", one("Users", user_id), Value::Null),
        ("DELETE", one("Groups", group_id), Value::Null),
        ("GET", "/Me".to_owned(), Value::Null),
        ("PUT", "/Me".to_owned(), user("mallory")),
        ("PATCH", "/Me".to_owned(), rename),
        ("DELETE", "/Me".to_owned(), Value::Null),
        ("POST", "/Bulk".to_owned(), remove),
        ("POST", "/Bulk".to_owned(), make),
    ]
}

const DISCOVERY: [&str; 5] = [
    "/ServiceProviderConfig",
    "/ResourceTypes",
    "/ResourceTypes/User",
    "/Schemas",
    "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
];

#[tokio::test]
async fn sec_s01_external_id_is_not_id() {
    lacks!(ResourceId: From<ExternalId>);
    lacks!(ResourceId: PartialEq<ExternalId>);
    lacks!(ExternalId: Into<ResourceId>);
    lacks!(ExternalId: AsRef<ResourceId>);
    let world = World::new();
    let client = world.client();
    let admin = client.user("admin").await;
    // Mallory says that she is the administrator, and then number one.
    for external in [admin.as_str(), "1"] {
        let body =
            json!({"schemas": [USER], "userName": format!("mallory-{external}"), "externalId": external});
        let made = client.post("/Users", &body).await.is(201);
        assert_ne!(made.id(), admin);
        assert_eq!(made.json()["externalId"], external);
        assert_eq!(
            client.find(&format!("id eq \"{external}\"")).await.listed("userName").len(),
            usize::from(external == admin)
        );
    }
    let path = format!("/Users/{admin}");
    assert_eq!(client.get(&path).await.json()["userName"], "admin");
    assert_eq!(client.get("/Users/1").await.error(), "404");
    let operations = json!([{"op": "replace", "path": "active", "value": false}]);
    assert_eq!(client.patch("/Users/1", &operations).await.error(), "404");
    assert_eq!(client.delete("/Users/1").await.error(), "404");
    // Nor does a group take her for its member.
    client.group("Admins", &[&admin]).await;
    let mallory = client.find("userName eq \"mallory-1\"").await.json();
    assert!(mallory["Resources"][0].get("groups").is_none(), "{mallory}");
}

#[tokio::test]
async fn sec_s05_what_is_echoed_is_never_evaluated() {
    let world = World::new();
    let client = world.client();
    let id = client.user("admin").await;
    let before = world.snapshot("acme");
    for text in [
        "${7*7}",
        "#{7*7}",
        "{{7*7}}",
        "%s%n%x",
        "{}",
        "{0}",
        "<%= 7*7 %>",
        "\u{1b}[31m\r\nX: y\u{0}\u{202e}",
    ] {
        let mut answers =
            vec![client.find(text).await, client.find(&format!("userName zz \"{text}\"")).await];
        answers.push(client.get(&format!("/Users?sortBy={}", encode(text))).await);
        answers.push(client.get(&format!("/Users/{}", encode(text))).await);
        answers.push(client.get(&format!("/{}", encode(text))).await);
        answers.push(
            client.patch(&format!("/Users/{id}"), &json!([{"op": "add", "path": text, "value": 1}])).await,
        );
        answers.push(
            client
                .patch(&format!("/Users/{id}"), &json!([{"op": text, "path": "title", "value": "x"}]))
                .await,
        );
        answers.push(
            client
                .put(&format!("/Users/{id}"), &json!({"schemas": [text], "userName": text, "active": text}))
                .await,
        );
        answers.push(
            client.post("/Users", &json!({"schemas": [USER], "userName": {"value": text}, text: text})).await,
        );
        answers.push(client.send("POST", "/Users", &[("content-type", "a/${7*7}")], "{}").await);
        for answer in answers.iter().filter(|answer| answer.status >= 400) {
            answer.error();
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(!detail.contains("49"), "{detail}");
            assert!(!detail.chars().any(|c| c.is_control() || c == '\u{202e}'), "{detail:?}");
        }
    }
    let long = "x".repeat(20_000);
    for answer in [
        client.find(&format!("{long} eq 1")).await,
        client.patch(&format!("/Users/{id}"), &json!([{"op": "add", "path": long, "value": 1}])).await,
        client.patch(&format!("/Users/{id}"), &json!([{"op": long, "path": "title"}])).await,
        client.get(&format!("/Users/{long}")).await,
        client
            .put(&format!("/Users/{id}"), &json!({"schemas": [USER], "userName": "x", "active": long}))
            .await,
        client.send("POST", "/Users", &[("content-type", &long)], "{}").await,
    ] {
        answer.error();
        assert!(answer.bytes.len() < 1_000, "{}", answer.text());
    }
    assert_eq!(world.snapshot("acme"), before);
}

#[tokio::test]
async fn sec_s06_no_route_without_credentials() {
    let world = World::new();
    let client = world.client();
    let (user_id, group_id) = (client.user("admin").await, client.group("Admins", &[]).await);
    let before = world.snapshot("acme");
    let mut doors = doors(&user_id, &group_id);
    doors.extend(DISCOVERY.map(|path| ("GET", path.to_owned(), Value::Null)));
    doors.extend(
        ["/", "/Nothing", "/Users/7/8", "/v1/Users"].map(|path| ("GET", path.to_owned(), Value::Null)),
    );
    doors.push(("OPTIONS", "/Users".to_owned(), Value::Null));
    doors.push(("TRACE", "/Users".to_owned(), Value::Null));
    for (method, path, body) in &doors {
        let bad = [
            None,
            Some("Bearer wrong-wrong-wrong-wrong"),
            Some("Basic YWRtaW46YWRtaW4="),
            Some("Bearer"),
            Some(""),
        ];
        for credentials in bad {
            let headers: Vec<_> = credentials.map(|value| ("authorization", value)).into_iter().collect();
            let answer = client.anonymous().send(method, path, &headers, body.to_string()).await;
            assert_eq!(answer.status, 401, "{method} {path} {credentials:?}");
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
            if *method != "HEAD" {
                answer.error();
            }
        }
    }
    assert_eq!(world.snapshot("acme"), before);

    // Even where what describes the service is for everyone, nothing else is.
    let open = Client { key: None, ..world.client_of(world.builder().public_discovery()) };
    for path in DISCOVERY {
        open.get(path).await.is(200);
        assert_ne!(open.delete(path).await.status, 200);
    }
    for (method, path, body) in doors.iter().filter(|(_, path, _)| !DISCOVERY.contains(&path.as_str())) {
        assert_eq!(open.json(method, path, body).await.status, 401, "{method} {path}");
    }
    assert_eq!(world.snapshot("acme"), before);
}

#[tokio::test]
async fn sec_s07_a_key_is_good_for_what_it_says() {
    let world = World::new();
    let client = world.client_of(world.builder().me(|_| async { Ok(None) }));
    let (user_id, group_id) = (client.user("admin").await, client.group("Admins", &[]).await);
    let before = world.snapshot("acme");
    let reads = |method: &str, path: &str| method == "GET" || method == "HEAD" || path.contains(".search");
    let acme = || Principal::new(tenant("acme"));
    let reader = client.with_key(&world.key(acme().with_scopes(Scopes::read_only())));
    let nobody = client.with_key(&world.key(acme()));
    for (method, path, body) in doors(&user_id, &group_id).into_iter().filter(|door| door.1 != "/Me") {
        let answer = reader.json(method, &path, &body).await;
        match (reads(method, &path), path.as_str()) {
            (true, _) => assert_eq!(answer.status, 200, "{method} {path}"),
            (false, "/Bulk") => assert_eq!(answer.json()["Operations"][0]["status"], "403"),
            (false, _) => assert_eq!(answer.error(), "403", "{method} {path}"),
        }
        let answer = nobody.json(method, &path, &body).await;
        match (method, path.as_str()) {
            (_, "/Bulk") => assert_eq!(answer.json()["Operations"][0]["status"], "403"),
            ("HEAD", _) => assert_eq!(answer.status, 403),
            // Over all types that may be read there is nothing.
            (_, "/.search" | "/?filter=id%20pr") if answer.status == 200 => {
                assert_eq!(answer.json()["totalResults"], 0);
            }
            _ => assert_eq!(answer.error(), "403", "{method} {path}"),
        }
    }
    // One type and not the other.
    let scopes = Scopes::default().with("Group", Access::Write);
    let groups_only = client.with_key(&world.key(acme().with_scopes(scopes)));
    assert_eq!(groups_only.get("/Users").await.error(), "403");
    assert_eq!(groups_only.get(&format!("/Users/{user_id}")).await.error(), "403");
    assert_eq!(groups_only.post("/.search", &search("id pr")).await.listed("id"), [group_id.as_str()]);
    let both = bulk(&json!([
        {"method": "DELETE", "path": format!("/Users/{user_id}")},
        {"method": "PATCH", "path": format!("/Users/{user_id}"), "data": patch(&json!([{"op": "remove", "path": "title"}]))},
    ]));
    let answer = groups_only.post("/Bulk", &both).await.json();
    assert_eq!(
        (&answer["Operations"][0]["status"], &answer["Operations"][1]["status"]),
        (&json!("403"), &json!("403"))
    );
    assert_eq!(world.snapshot("acme"), before);
}

#[tokio::test]
async fn sec_s08_no_empty_secret() {
    for text in ["", " ", "short", "               "] {
        assert!(ApiKey::fixed(text).is_err());
    }
    assert!(CursorKey::from_text("").is_err());
    assert!(CursorKey::from_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").is_err());
    const SHA256_OF_NOTHING: [u8; 32] = [
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
        0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    ];
    // Somebody kept the hash of nothing, under every id there could be.
    struct Careless;
    impl TokenStore for Careless {
        async fn find(
            &self,
            id: &str,
        ) -> Result<Option<TokenRecord>, Box<dyn std::error::Error + Send + Sync>> {
            let principal = Principal::new(tenant("acme")).with_scopes(Scopes::all());
            Ok(Some(TokenRecord::new(id, TokenHash::new(SHA256_OF_NOTHING), principal)))
        }
    }
    let world = World::new();
    let service = ScimService::builder(BaseUrl::new(BASE).unwrap(), BearerTokens::new(Careless))
        .resource(scim_server::MemoryStore::<User>::new())
        .without_session_revocation()
        .build()
        .unwrap();
    let careless = Client { service, key: None };
    let none = world.client().anonymous();
    for client in [careless, none] {
        for value in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer  ",
            "bearer Bearer",
            "Bearer Bearer ",
            "Bearer \"\"",
            "Bearer null",
        ] {
            let answer = client.send("GET", "/Users", &[("authorization", value)], "").await;
            assert_eq!(answer.error(), "401", "{value:?}");
        }
    }
}

#[tokio::test]
async fn sec_s09_secrets_are_compared_in_constant_time() {
    lacks!(ApiKey: PartialEq);
    lacks!(ApiKey: AsRef<str>);
    lacks!(ApiKey: std::fmt::Display);
    lacks!(TokenHash: PartialEq);
    lacks!(TokenRecord: PartialEq);
    lacks!(CursorKey: PartialEq);

    /// Counts how often it is asked, and what for.
    #[derive(Clone, Default)]
    struct Counted(MemoryTokens, Arc<Mutex<Vec<String>>>);
    impl TokenStore for Counted {
        async fn find(
            &self,
            id: &str,
        ) -> Result<Option<TokenRecord>, Box<dyn std::error::Error + Send + Sync>> {
            self.1.lock().unwrap().push(id.to_owned());
            self.0.find(id).await
        }
    }
    let tokens = Counted::default();
    let keys: Vec<ApiKey> = (0..50).map(|_| ApiKey::generate().unwrap()).collect();
    for key in &keys {
        tokens.0.add(key.record(Principal::new(tenant("acme")).with_scopes(Scopes::all())));
    }
    let service = ScimService::builder(BaseUrl::new(BASE).unwrap(), BearerTokens::new(tokens.clone()))
        .resource(scim_server::MemoryStore::<User>::new())
        .without_session_revocation()
        .build()
        .unwrap();
    let good = keys[7].expose().to_owned();
    let (head, secret) = good.rsplit_once('_').unwrap();
    let forged = [
        (good.clone(), 200),
        // The right id with another secret, one letter off, shorter, longer, in another case.
        (format!("{head}_{}", keys[8].expose().rsplit_once('_').unwrap().1), 401),
        (format!("{head}_{}", secret.get(1..).unwrap()), 401),
        (format!("{good}x"), 401),
        (good.to_uppercase(), 401),
        (head.to_owned(), 401),
        (format!("{head}_"), 401),
        ("scim_0123456789abcdef_0123456789012345678901234567890123456789012".to_owned(), 401),
    ];
    for (key, status) in forged {
        tokens.1.lock().unwrap().clear();
        let answer = Client { service: service.clone(), key: Some(key.clone()) }.get("/Users").await;
        assert_eq!(answer.status, status, "{key}");
        // One look-up by an index, and the secret is no part of it.
        let asked = tokens.1.lock().unwrap().clone();
        assert_eq!(asked.len(), 1, "{key}");
        assert!(!asked[0].contains(secret.get(1..8).unwrap()), "{asked:?}");
    }
}

#[tokio::test]
async fn sec_s10_nothing_without_a_tenant() {
    lacks!(TenantId: Default);
    lacks!(Principal: Default);
    lacks!(Context: Default);
    assert!(TenantId::new("").is_err());
    let world = World::new();
    let (acme, other) = (world.client(), world.client());
    let other = other.with_key(&world.key_for("other"));
    let id = acme.user("admin").await;
    let before = world.snapshot("acme");
    // A create does not become a rename of somebody else's.
    let made = other.post("/Users", &json!({"schemas": [USER], "userName": "admin", "id": id})).await.is(201);
    assert_ne!(made.id(), id);
    for (method, path, body) in doors(&id, &id).iter().filter(|(_, path, _)| path.contains(&id)) {
        assert_eq!(other.json(method, path, body).await.status, 404, "{method} {path}");
    }
    // Nor does a header or a parameter say another tenant.
    for (name, value) in
        [("x-tenant", "acme"), ("x-tenant-id", "acme"), ("host", "acme.example"), ("x-org-id", "acme")]
    {
        let answer = other.send("GET", "/Users?tenant=acme&tenantId=acme", &[(name, value)], "").await;
        assert_eq!(answer.listed("id"), [made.id()]);
    }
    assert_eq!(world.snapshot("acme"), before);
}

#[tokio::test]
async fn sec_s11_no_filter_gets_out_of_its_tenant() {
    let world = World::new();
    let acme = world.client();
    let other = acme.with_key(&world.key_for("other"));
    acme.user("admin").await;
    let own = other.user("guest").await;
    for filter in [
        "userName pr or userName pr",
        "userName eq \"nobody\" or id pr",
        "not (userName eq \"x\") or not (userName eq \"y\")",
        "(userName pr) or (externalId pr)",
        "userName ne \"x\"",
        "id pr or meta.resourceType eq \"User\"",
        "userName sw \"\" or userName co \"\"",
    ] {
        assert_eq!(other.find(filter).await.listed("id"), [own.as_str()], "{filter}");
        assert_eq!(
            other.post("/Users/.search", &search(filter)).await.listed("id"),
            [own.as_str()],
            "{filter}"
        );
        assert_eq!(other.post("/.search", &search(filter)).await.listed("id"), [own.as_str()], "{filter}");
    }
    for filter in [
        "userName pr) or (userName pr",
        "userName pr or",
        "1 eq 1",
        "userName pr; id pr",
        "userName pr or 1=1",
        "tenant eq \"acme\"",
    ] {
        let answer = other.find(filter).await;
        match answer.status {
            200 => assert!(answer.listed("userName").iter().all(|name| name == "guest")),
            _ => assert_eq!(answer.error(), "400 invalidFilter", "{filter}"),
        }
    }
}

#[tokio::test]
async fn sec_s12_what_may_not_be_read_cannot_be_asked_about() {
    let world = World::new();
    let kept = Arc::new(Mutex::new(Vec::new()));
    let client = world.client_of(world.builder().passwords(Keeper(Arc::clone(&kept))));
    let body = json!({"schemas": [USER], "userName": "admin", "password": "hunter2hunter2"});
    let id = client.post("/Users", &body).await.id();
    for filter in [
        "password pr",
        "password sw \"h\"",
        "password eq \"hunter2hunter2\"",
        "not (password pr)",
        "userName pr and password gt \"a\"",
        "urn:ietf:params:scim:schemas:core:2.0:User:password pr",
        "PASSWORD pr",
    ] {
        // RFC 7644 §3.12, table 9: what is sensitive does not belong into a URI.
        assert_eq!(client.find(filter).await.error(), "403 sensitive", "{filter}");
        let answer = client.post("/Users/.search", &search(filter)).await;
        assert!(["403 sensitive", "400 invalidFilter"].contains(&answer.error().as_str()), "{filter}");
    }
    for query in [
        "attributes=password",
        "attributes=userName,password",
        "excludedAttributes=userName",
        "sortBy=password",
    ] {
        for path in ["/Users", &format!("/Users/{id}")] {
            let answer = client.get(&format!("{path}?{query}")).await;
            assert!(
                !answer.text().contains("hunter2") && !answer.text().contains("\"password\":"),
                "{query}"
            );
        }
    }
}

/// The names of groups are not for those who may not read groups, be they asked for or guessed.
#[tokio::test]
async fn sec_s12_who_may_not_read_groups_does_not_learn_their_names() {
    let world = World::new();
    let client = world.client();
    let id = client.user("admin").await;
    client.group("Secret Society", &[&id]).await;
    let scopes = Scopes::default().with("User", Access::Read);
    let users_only = client.with_key(&world.key(Principal::new(tenant("acme")).with_scopes(scopes)));
    for answer in [
        users_only.get(&format!("/Users/{id}")).await.is(200),
        users_only.get("/Users").await.is(200),
        users_only.get(&format!("/Users/{id}?attributes=groups")).await.is(200),
        users_only.get(&format!("/Users/{id}?attributes=groups.display")).await.is(200),
        users_only.get("/Users?attributes=groups.display").await.is(200),
        users_only.get("/?attributes=groups.display").await.is(200),
    ] {
        assert!(!answer.text().contains("Secret Society"), "{}", answer.text());
    }
    for filter in [
        "groups.display sw \"Secret\"",
        "groups[display sw \"Secret\"]",
        "not (groups.display ne \"Secret Society\")",
        "userName pr and (groups.display pr or title pr)",
    ] {
        assert_eq!(users_only.find(filter).await.error(), "403", "{filter}");
        for path in ["/Users/.search", "/.search"] {
            assert_eq!(users_only.post(path, &search(filter)).await.error(), "403", "{filter}");
        }
        assert_eq!(client.find(filter).await.listed("id"), [id.as_str()], "{filter}");
    }
    assert_eq!(users_only.get("/Users?sortBy=groups.display").await.error(), "403");
    assert_eq!(users_only.find("userName pr").await.listed("id"), [id.as_str()]);
    // What is shown may be asked about.
    let shown = users_only.get(&format!("/Users/{id}")).await.json()["groups"][0]["value"].clone();
    assert_eq!(users_only.find(&format!("groups.value eq {shown}")).await.listed("id"), [id.as_str()]);
    let seen = client.get(&format!("/Users/{id}?attributes=groups.display")).await.is(200);
    assert_eq!(seen.json()["groups"][0]["display"], "Secret Society");
}

#[tokio::test]
async fn sec_s13_the_path_says_which_resource() {
    let world = World::new();
    let client = world.client();
    let (admin, mallory) = (client.user("admin").await, client.user("mallory").await);
    let other_path = format!("/Users/{mallory}");
    let victim = client.get(&format!("/Users/{admin}")).await.text();
    let stolen = json!({"schemas": [USER], "userName": "mallory", "title": "CEO", "id": admin,
        "meta": {"location": format!("{BASE}/Users/{admin}"), "resourceType": "User"}});
    let answer = client.put(&other_path, &stolen).await;
    assert_eq!((answer.status, answer.json()["id"].as_str().unwrap()), (200, mallory.as_str()));
    assert_eq!(answer.json()["meta"]["location"], format!("{BASE}/Users/{mallory}"));
    for operations in [
        json!([{"op": "replace", "value": {"id": admin, "title": "CTO"}}]),
        json!([{"op": "replace", "path": "id", "value": admin}]),
        json!([{"op": "add", "path": "meta.location", "value": format!("{BASE}/Users/{admin}")}]),
    ] {
        assert_eq!(client.patch(&other_path, &operations).await.error(), "400 mutability", "{operations}");
    }
    let both = bulk(&json!([{"method": "PUT", "path": other_path, "data": stolen}]));
    client.post("/Bulk", &both).await.is(200);
    assert_eq!(client.get(&format!("/Users/{admin}")).await.text(), victim);
    assert_ne!(
        client.post("/Users", &json!({"schemas": [USER], "userName": "third", "id": admin})).await.id(),
        admin
    );
}

#[tokio::test]
async fn sec_s14_what_is_read_only_stays() {
    let world = World::new();
    let client = world.client();
    let admins = client.group("Admins", &[]).await;
    let claim = json!({"schemas": [USER], "userName": "mallory", "groups": [{"value": admins, "display": "Admins"}],
        "meta": {"created": "1999-01-01T00:00:00Z", "version": "W/\"99\""}, "isAdmin": true, "__proto__": {"admin": true},
        "constructor": {"prototype": 1}, "tenant": "other"});
    let made = client.post("/Users", &claim).await.is(201);
    let path = format!("/Users/{}", made.id());
    let put = client.put(&path, &claim).await.is(200);
    for body in [made.json(), put.json(), client.get(&path).await.json()] {
        for name in ["groups", "isAdmin", "__proto__", "constructor", "tenant"] {
            assert!(body.get(name).is_none(), "{name}: {body}");
        }
        assert!(!body["meta"]["created"].as_str().unwrap().starts_with("1999"));
        assert_ne!(body["meta"]["version"], "W/\"99\"");
    }
    assert!(client.get(&format!("/Groups/{admins}")).await.json().get("members").is_none());
    let before = world.snapshot("acme");
    for operations in [
        json!([{"op": "add", "path": "groups", "value": [{"value": admins}]}]),
        json!([{"op": "add", "value": {"groups": [{"value": admins}]}}]),
        json!([{"op": "replace", "path": "meta.created", "value": "1999-01-01T00:00:00Z"}]),
        json!([{"op": "replace", "path": "meta", "value": {"version": "1"}}]),
        json!([{"op": "remove", "path": "id"}]),
    ] {
        assert_eq!(client.patch(&path, &operations).await.error(), "400 mutability", "{operations}");
    }
    for name in ["__proto__", "constructor.prototype", "isAdmin"] {
        let answer = client.patch(&path, &json!([{"op": "add", "path": name, "value": true}])).await;
        assert!(answer.status >= 400 || client.get(&path).await.json().get(name).is_none());
    }
    assert_eq!(world.snapshot("acme"), before);
}

/// Keeps passwords, and whose they are.
struct Keeper(Arc<Mutex<Vec<(String, String)>>>);

impl PasswordSink for Keeper {
    async fn set(&self, _: &Context, id: &ResourceId, password: Secret) -> Result<(), ScimError> {
        self.0.lock().unwrap().push((id.to_string(), password.expose().to_owned()));
        Ok(())
    }
}

fn existing(world: &World, body: Value) -> String {
    let resource = Resource::from_canonical(body.as_object().unwrap().clone(), &user_schemas());
    world.users.insert_existing(&world.user_cx("acme"), resource).unwrap().id.to_string()
}

fn owner() -> Value {
    json!({"schemas": [USER], "userName": "boss", "displayName": "The Boss", "active": true,
        "emails": [{"value": "boss@app.example", "type": "work"}]})
}

#[tokio::test]
async fn sec_s15_a_password_is_taken_where_somebody_asked_for_it() {
    // Nobody did: it is gone.
    let world = World::new();
    let client = world.client();
    let body = json!({"schemas": [USER], "userName": "bjensen", "password": "t1meMa$heen"});
    let made = client.post("/Users", &body).await.is(201);
    let path = format!("/Users/{}", made.id());
    let mut seen = made.text() + &client.put(&path, &body).await.is(200).text();
    let set = json!([{"op": "replace", "path": "password", "value": "t1meMa$heen"}]);
    seen += &client.patch(&path, &set).await.is(200).text();
    seen += &client.get(&format!("{path}?attributes=password")).await.text();
    seen += &world.snapshot("acme");
    assert!(!seen.contains("t1meMa$heen") && !seen.contains("\"password\":"), "{seen}");
    assert_eq!(client.get("/ServiceProviderConfig").await.json()["changePassword"]["supported"], false);

    // Somebody did, and still nobody chooses the password of an account that is not the directory's.
    let kept = Arc::new(Mutex::new(Vec::new()));
    let world = World::new();
    let client = world.client_of(world.builder().passwords(Keeper(Arc::clone(&kept))));
    let id = existing(&world, owner());
    let path = format!("/Users/{id}");
    assert_eq!(client.patch(&path, &set).await.error(), "403");
    let mut same = owner();
    same["password"] = json!("t1meMa$heen");
    assert_eq!(client.put(&path, &same).await.error(), "403");
    let pathless = json!([{"op": "add", "value": {"password": "t1meMa$heen", "active": true}}]);
    assert_eq!(client.patch(&path, &pathless).await.error(), "403");
    let many = bulk(&json!([{"method": "PATCH", "path": path, "data": patch(&set)}]));
    assert_eq!(client.post("/Bulk", &many).await.json()["Operations"][0]["status"], "403");
    assert_eq!(*kept.lock().unwrap(), []);
}

/// Lets the directory have everyone.
struct Anybody;

impl LinkPolicy for Anybody {
    fn link(&self, _: &Context, _: &Resource, _: &Resource) -> Result<(), ScimError> {
        Ok(())
    }
}

#[tokio::test]
async fn sec_s16_no_account_is_taken_over_unasked() {
    let world = World::new();
    let client = world.client();
    let id = existing(&world, owner());
    let path = format!("/Users/{id}");
    let before = world.snapshot("acme");
    let disable = json!([{"op": "replace", "path": "active", "value": false}]);
    assert_eq!(client.post("/Users", &owner()).await.error(), "409 uniqueness");
    assert_eq!(client.post("/Users", &user("BOSS")).await.error(), "409 uniqueness");
    assert_eq!(client.put(&path, &user("boss")).await.error(), "403");
    assert_eq!(client.patch(&path, &disable).await.error(), "403");
    assert_eq!(client.delete(&path).await.error(), "403");
    assert_eq!(world.snapshot("acme"), before);

    // Where accounts may be taken over, none is renamed at once.
    let client = world.client_of(world.builder().link_policy(Anybody));
    let mut renamed = owner();
    renamed["emails"][0]["value"] = json!("mallory@evil.example");
    assert_eq!(client.post("/Users", &renamed).await.error(), "403");
    assert_eq!(client.put(&path, &renamed).await.error(), "403");
    for operations in [
        json!([{"op": "replace", "path": "userName", "value": "mallory"}]),
        json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "mallory@evil.example"}]),
        json!([{"op": "add", "path": "emails", "value": [{"value": "mallory@evil.example", "primary": true}]}]),
        json!([{"op": "remove", "path": "emails"}]),
    ] {
        assert_eq!(client.patch(&path, &operations).await.error(), "403", "{operations}");
    }
    assert_eq!(world.snapshot("acme"), before);
    let linked = client.post("/Users", &owner()).await.is(201);
    assert_eq!(linked.id(), id);
}

#[tokio::test]
async fn sec_s17_what_identifies_an_account_is_its_owners() {
    let world = World::new();
    let client = world.client_of(world.builder().link_policy(Anybody));
    let id = existing(&world, owner());
    let path = format!("/Users/{id}");
    let title = json!([{"op": "add", "path": "title", "value": "Boss"}]);
    client.patch(&path, &title).await.is(200);
    let before = world.snapshot("acme");
    assert!(before.contains("Linked"), "{before}");
    for operations in [
        json!([{"op": "replace", "path": "userName", "value": "mallory"}]),
        json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "mallory@evil.example"}]),
        json!([{"op": "add", "value": {"emails": [{"value": "mallory@evil.example"}]}}]),
        json!([{"op": "remove", "path": "emails"}]),
    ] {
        assert_eq!(client.patch(&path, &operations).await.error(), "403", "{operations}");
    }
    let mut renamed = owner();
    renamed["userName"] = json!("mallory");
    assert_eq!(client.put(&path, &renamed).await.error(), "403");
    let many = bulk(&json!([{"method": "PUT", "path": path, "data": renamed}]));
    assert_eq!(client.post("/Bulk", &many).await.json()["Operations"][0]["status"], "403");
    assert_eq!(world.snapshot("acme"), before);
    // Its own accounts the directory may rename.
    let own = client.user("bjensen").await;
    let rename = json!([{"op": "replace", "path": "userName", "value": "babs"}]);
    client.patch(&format!("/Users/{own}"), &rename).await.is(200);
}

#[tokio::test]
async fn sec_s18_no_filter_is_put_together_from_texts() {
    for policy in [RecreatePolicy::ReactivateSameExternalId, RecreatePolicy::ReactivateSameUserName] {
        let world = World::new();
        let client = world.client_of(world.builder().recreate_policy(policy));
        let body = json!({"schemas": [USER], "userName": "leaver", "externalId": "e-1", "active": false});
        let leaver = client.post("/Users", &body).await.id();
        for evil in [
            "x\" or userName pr or userName eq \"",
            "\\\" or id pr or userName eq \\\"",
            "x\" or not (userName eq \"y",
            "*",
            "%",
        ] {
            let body = json!({"schemas": [USER], "userName": evil, "externalId": evil});
            let made = client.post("/Users", &body).await.is(201);
            assert_ne!(made.id(), leaver);
            assert_eq!(made.json()["userName"], evil);
            // What was written is found again, and nothing else.
            let filter = format!("userName eq {}", Value::from(evil));
            assert_eq!(client.find(&filter).await.listed("id"), [made.id()]);
        }
        assert_eq!(client.get(&format!("/Users/{leaver}")).await.json()["active"], false);
    }
}

#[tokio::test]
async fn sec_s19_no_route_makes_keys() {
    let world = World::new();
    let client = world.client();
    let before: Vec<String> = world.tokens.list().into_iter().map(|record| record.id).collect();
    for name in [
        "Tokens",
        "tokens",
        "token",
        "ApiKeys",
        "Keys",
        "oauth/token",
        "Principals",
        "Tenants",
        "admin",
        "auth",
    ] {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            assert_eq!(
                client.json(method, &format!("/{name}"), &json!({})).await.error(),
                "404",
                "{method} {name}"
            );
        }
    }
    let types = client.get("/ResourceTypes").await.listed("name");
    assert_eq!(types, ["User", "Group"]);
    let after: Vec<String> = world.tokens.list().into_iter().map(|record| record.id).collect();
    assert_eq!(before, after);
}

#[tokio::test(start_paused = true)]
async fn sec_s21_everything_has_a_bound() {
    let limits = Limits {
        body_bytes: 4_000,
        json_depth: 8,
        json_nodes: 400,
        filter_bytes: 200,
        filter_depth: 4,
        filter_terms: 4,
        patch_operations: 3,
        patch_values: 5,
        bulk_operations: 2,
        page_default: 2,
        page_max: 3,
        query_bytes: 600,
        projection_paths: 3,
    };
    let world = World::new();
    let client = world.client_of(world.builder().limits(limits));
    for number in 0..5 {
        client.user(&format!("user-{number}")).await;
    }
    let id = client.group("Staff", &[]).await;
    let before = world.snapshot("acme");
    let too_much = client.post("/Users", &json!({"schemas": [USER], "userName": "x".repeat(5_000)})).await;
    assert_eq!(too_much.error(), "413");
    let operation = json!({"method": "POST", "path": "/Users", "data": user("x")});
    let of_bulk = client.post("/Bulk", &bulk(&json!([operation, operation, operation]))).await;
    assert_eq!(of_bulk.error().split(' ').next().unwrap(), "413");
    let path = format!("/Groups/{id}");
    let add = json!({"op": "add", "path": "displayName", "value": "x"});
    let many: Vec<Value> = (0..9).map(|n| json!({"value": n.to_string()})).collect();
    let mut deep = json!("x");
    (0..9).for_each(|_| deep = json!([deep]));
    for answer in [
        client.patch(&path, &json!([add, add, add, add])).await,
        client.patch(&path, &json!([{"op": "add", "path": "members", "value": many}])).await,
        client.post("/Users", &json!({"schemas": [USER], "userName": "x", "title": deep})).await,
        client.post("/Users", &json!({"schemas": [USER], "userName": "x", "roles": vec!["x"; 450]})).await,
    ] {
        assert!(matches!(answer.error().split(' ').next(), Some("400" | "413")), "{}", answer.text());
    }
    for filter in [
        format!("userName eq \"{}\"", "x".repeat(190)),
        "((((((userName pr))))))".to_owned(),
        "not (not (not (not (not (not (userName pr))))))".to_owned(),
        "userName pr or userName pr or userName pr or userName pr or userName pr".to_owned(),
    ] {
        assert_eq!(client.find(&filter).await.error(), "400 invalidFilter", "{filter}");
        assert_eq!(client.post("/.search", &search(&filter)).await.error(), "400 invalidFilter", "{filter}");
    }
    assert_eq!(client.get(&format!("/Users?x={}", "y".repeat(700))).await.error(), "414");
    assert!(client.get("/Users?attributes=title,userName,active,name,emails").await.status >= 400);
    // Pages are as long as they may be, whatever was asked for.
    assert_eq!(client.get("/Users").await.listed("id").len(), 2);
    for count in ["1000000", "4", "18446744073709551615"] {
        let answer = client.get(&format!("/Users?count={count}")).await;
        assert!(answer.status == 400 || answer.listed("id").len() == 3, "{count} {}", answer.text());
    }
    assert_eq!(
        client.post("/.search", &json!({"schemas": [SEARCH], "count": 100})).await.listed("id").len(),
        3
    );
    assert_eq!(world.snapshot("acme"), before);

    // A body that does not come ends at the deadline.
    struct Silent;
    impl http_body::Body for Silent {
        type Data = Bytes;
        type Error = std::convert::Infallible;
        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
            std::task::Poll::Pending
        }
    }
    let authorization = format!("Bearer {}", client.key.clone().unwrap());
    let request = http::Request::post("/Users").header("authorization", authorization).body(Silent).unwrap();
    assert_eq!(client.raw(request).await.error(), "503");
}

#[tokio::test]
async fn sec_s21_a_stranger_does_not_use_up_what_a_tenant_may_ask() {
    let world = World::new();
    let base = BaseUrl::per_tenant("https://app.example/scim/{tenant}").unwrap();
    let limit = scim_server::RateLimit::per_second(1).with_burst(2);
    let client = world.client_of(world.builder_at(base).public_discovery().rate_limit(limit));
    for _ in 0..10 {
        client.anonymous().get("/acme/Schemas").await;
        client.anonymous().get("/acme/Users").await;
    }
    client.get("/acme/Users").await.is(200);

    let world = World::new();
    let client = world.client_of(world.builder().public_discovery().rate_limit(limit));
    let client = client.with_key(&world.key_for("public"));
    for _ in 0..10 {
        client.anonymous().get("/Schemas").await;
    }
    client.get("/Users").await.is(200);
}

#[tokio::test]
async fn sec_s22_links_do_not_come_from_the_request() {
    let world = World::new();
    let client = world.client();
    let headers = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "gopher"),
        ("x-forwarded-prefix", "/evil.example"),
        ("x-original-url", "/evil.example"),
        ("x-rewrite-url", "/evil.example"),
        ("forwarded", "host=evil.example;proto=gopher"),
        ("referer", "https://evil.example/"),
        ("origin", "https://evil.example"),
        ("content-type", "application/json"),
    ];
    let made = client
        .send("POST", "https://evil.example/scim/v2/Users", &headers, user("bjensen").to_string())
        .await
        .is(201);
    let id = made.id();
    assert_eq!(made.header("location"), format!("{BASE}/Users/{id}"));
    let staff = client.send("POST", "/Groups", &headers, group("Staff", &[&id]).to_string()).await.is(201);
    let mut seen = made.text() + &staff.text() + staff.header("location");
    for path in [
        "/Users",
        "/Groups",
        &format!("/Users/{id}"),
        "/.search",
        "/ServiceProviderConfig",
        "/ResourceTypes",
        "/Schemas",
        "/?filter=id%20pr",
    ] {
        let (method, body) =
            if path == "/.search" { ("POST", search("id pr").to_string()) } else { ("GET", String::new()) };
        let answer = client.send(method, path, &headers, body).await.is(200);
        seen += &answer.text();
    }
    let operation =
        bulk(&json!([{"method": "POST", "path": "/Users", "bulkId": "a", "data": user("other")}]));
    seen += &client.send("POST", "/Bulk", &headers, operation.to_string()).await.is(200).text();
    assert!(!seen.contains("evil") && !seen.contains("gopher"), "{seen}");
    assert!(seen.contains(&format!("\"$ref\":\"{BASE}/Users/{id}\"")));
}

#[tokio::test]
async fn sec_s23_no_answer_tells_of_other_tenants() {
    let world = World::new();
    let acme = world.client();
    let other = acme.with_key(&world.key_for("other"));
    let body = json!({"schemas": [USER], "userName": "bjensen", "externalId": "e-1"});
    let (id, never) = (acme.post("/Users", &body).await.id(), "00000000-0000-4000-8000-000000000000");
    acme.group("Staff", &[]).await;
    // Somebody else's id looks like one that never was.
    for (method, body) in [
        ("GET", Value::Null),
        ("PUT", user("x")),
        ("PATCH", patch(&json!([{"op": "add", "path": "title", "value": "x"}]))),
        ("DELETE", Value::Null),
    ] {
        for headers in [vec![], vec![("if-match", "W/\"1\"")], vec![("if-none-match", "*")]] {
            let theirs = other.send(method, &format!("/Users/{id}"), &headers, body.to_string()).await;
            let nobodys = other.send(method, &format!("/Users/{never}"), &headers, body.to_string()).await;
            assert_eq!(theirs.error(), "404", "{method}");
            assert_eq!(theirs.text().replace(&id, never), nobodys.text());
            assert_eq!(theirs.headers, nobodys.headers);
        }
    }
    // The same names are free.
    other.post("/Users", &body).await.is(201);
    other.group("Staff", &[]).await;
    assert_eq!(acme.post("/Users", &body).await.error(), "409 uniqueness");
}

#[tokio::test]
async fn sec_s24_leavers_lose_their_sessions() {
    /// Would be shadowed by the method of the builder, if there was one before it is decided.
    trait NoBuild {
        fn build(self) -> &'static str;
    }
    impl NoBuild for Builder<scim_server::Undecided> {
        fn build(self) -> &'static str {
            "not before somebody thought of the leavers"
        }
    }
    let base = || BaseUrl::new(BASE).unwrap();
    let undecided = ScimService::builder(base(), BearerTokens::new(MemoryTokens::new()));
    let told: &str = undecided.resource(scim_server::MemoryStore::<User>::new()).build();
    assert_eq!(told, "not before somebody thought of the leavers");

    let world = World::new();
    let left = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&left);
    let schemas = user_schemas();
    let service = ScimService::builder(base(), BearerTokens::new(world.tokens.clone()))
        .resource_type(scim_core::ResourceType::new("User", "/Users", &schemas), schemas, world.users.clone())
        .on_deprovision(move |cx: Context, leaver: Leaver| {
            let told = format!("{} {} {}", cx.tenant(), leaver.id, leaver.deleted);
            let mut seen = seen.lock().unwrap();
            // Before a deletion and after it.
            if seen.last() != Some(&told) {
                seen.push(told);
            }
            async { Ok(()) }
        })
        .build()
        .unwrap();
    let client = Client { service, key: Some(world.key_for("acme")) };
    let gone = |id: &str, deleted: bool| vec![format!("acme {id} {deleted}")];
    let off = json!([{"op": "Replace", "path": "active", "value": "False"}]);
    let inactive = |name: &str| json!({"schemas": [USER], "userName": name, "active": false});
    for (at, way) in ["patch", "pathless", "put", "delete", "bulk patch", "bulk delete", "bulk put"]
        .into_iter()
        .enumerate()
    {
        let name = format!("leaver-{at}");
        let id = client.user(&name).await;
        let path = format!("/Users/{id}");
        assert_eq!(*left.lock().unwrap(), Vec::<String>::new(), "{way}");
        let of_bulk =
            |method: &str, data: Value| bulk(&json!([{"method": method, "path": path, "data": data}]));
        match way {
            "patch" => client.patch(&path, &off).await,
            "pathless" => client.patch(&path, &json!([{"op": "replace", "value": {"active": false}}])).await,
            "put" => client.put(&path, &inactive(&name)).await,
            "delete" => client.delete(&path).await,
            "bulk patch" => client.post("/Bulk", &of_bulk("PATCH", patch(&off))).await,
            "bulk put" => client.post("/Bulk", &of_bulk("PUT", inactive(&name))).await,
            _ => client.post("/Bulk", &bulk(&json!([{"method": "DELETE", "path": path}]))).await,
        };
        assert_eq!(std::mem::take(&mut *left.lock().unwrap()), gone(&id, way.contains("delete")), "{way}");
    }
}

/// A sink that refuses, after it has seen the password.
struct Refuses;

impl PasswordSink for Refuses {
    async fn set(&self, _: &Context, _: &ResourceId, _: Secret) -> Result<(), ScimError> {
        Err(ScimError::internal("the hash function is on holiday"))
    }
}

#[tokio::test]
async fn sec_s24_a_leaver_loses_sessions_even_when_the_password_cannot_be_kept() {
    let world = World::new();
    let left = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&left);
    let schemas = user_schemas();
    let service = ScimService::builder(BaseUrl::new(BASE).unwrap(), BearerTokens::new(world.tokens.clone()))
        .resource_type(scim_core::ResourceType::new("User", "/Users", &schemas), schemas, world.users.clone())
        .passwords(Refuses)
        .on_deprovision(move |_: Context, _: Leaver| {
            seen.fetch_add(1, Ordering::SeqCst);
            async { Ok(()) }
        })
        .build()
        .unwrap();
    let client = Client { service, key: Some(world.key_for("acme")) };
    let id = client.user("leaver").await;
    let both = json!([{"op": "replace", "value": {"active": false, "password": "t1meMa$heen"}}]);
    assert_eq!(client.patch(&format!("/Users/{id}"), &both).await.error(), "500");
    assert_eq!(client.get(&format!("/Users/{id}")).await.json()["active"], false);
    assert_eq!(left.load(Ordering::SeqCst), 1);
}

/// An observer that falls over.
struct Panics;

impl Observer for Panics {
    async fn committed(&self, _: &Context, event: &Event) {
        assert!(!event.deactivated, "the mail server is gone");
    }
}

/// A service whose handler for leavers fails so often, and what counts its calls.
fn with_leavers(world: &World, failures: usize, panics: bool) -> (Client, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let schemas = user_schemas();
    let builder = ScimService::builder(BaseUrl::new(BASE).unwrap(), BearerTokens::new(world.tokens.clone()))
        .resource_type(scim_core::ResourceType::new("User", "/Users", &schemas), schemas, world.users.clone())
        .on_deprovision(move |_: Context, _: Leaver| {
            let call = counted.fetch_add(1, Ordering::SeqCst);
            async move { if call < failures { Err("the session store is gone".into()) } else { Ok(()) } }
        });
    let builder = if panics { builder.observer(Panics) } else { builder };
    (Client { service: builder.build().unwrap(), key: Some(world.key_for("acme")) }, calls)
}

#[tokio::test]
async fn sec_s24_a_leaver_loses_sessions_even_when_an_observer_panics() {
    for method in ["PATCH", "DELETE"] {
        let world = World::new();
        let (client, calls) = with_leavers(&world, 0, true);
        let path = format!("/Users/{}", client.user("leaver").await);
        let off = patch(&json!([{"op": "replace", "path": "active", "value": false}]));
        assert_eq!(client.json(method, &path, &off).await.error(), "500");
        let expected = if method == "DELETE" { 2 } else { 1 };
        assert_eq!(calls.load(Ordering::SeqCst), expected, "{method}");
    }
}

/// As it is promised: repeating the request repeats the call.
#[tokio::test(start_paused = true)]
async fn sec_s24_what_could_not_be_ended_can_be_repeated() {
    repeats(&["PATCH", "PUT"]).await;
}

#[tokio::test(start_paused = true)]
async fn sec_s24_a_deletion_can_be_repeated() {
    repeats(&["DELETE"]).await;
}

async fn repeats(methods: &[&str]) {
    for method in methods.iter().copied() {
        let world = World::new();
        let (client, calls) = with_leavers(&world, 3, false);
        let path = format!("/Users/{}", client.user("leaver").await);
        let body = match method {
            "PATCH" => patch(&json!([{"op": "replace", "path": "active", "value": false}])),
            _ => json!({"schemas": [USER], "userName": "leaver", "active": false}),
        };
        assert_eq!(client.json(method, &path, &body).await.error(), "503", "{method}");
        assert_eq!(calls.load(Ordering::SeqCst), 3, "{method}");
        let again = client.json(method, &path, &body).await;
        assert!([200, 204].contains(&again.status), "{method} {}", again.text());
        let expected = if method == "DELETE" { 5 } else { 4 };
        assert_eq!(calls.load(Ordering::SeqCst), expected, "{method}: the sessions go on for ever");
    }
}

/// Fails at everything, without a word of what it was given.
struct Failing;

impl ResourceStore for Failing {
    type Resource = User;

    async fn create(&self, _: &Context, new: User, _: &StoreWrite<'_>) -> Result<Written<User>, StoreError> {
        Err(StoreError::Internal(format!("row {new:?} does not fit").into()))
    }

    async fn get(&self, _: &Context, _: &ResourceId, _: &Projection) -> Result<Stored<User>, StoreError> {
        Err(StoreError::unavailable("no route to 10.0.0.7"))
    }

    async fn query(&self, _: &Context, query: &Query) -> Result<Listing<Stored<User>>, StoreError> {
        Err(StoreError::Internal(format!("{:?}", query.sort).into()))
    }

    async fn replace(
        &self,
        _: &Context,
        _: &ResourceId,
        new: User,
        _: &StoreWrite<'_>,
    ) -> Result<Written<User>, StoreError> {
        Err(StoreError::Internal(format!("{new:?}").into()))
    }

    async fn delete(
        &self,
        _: &Context,
        _: &ResourceId,
        _: &StoreWrite<'_>,
    ) -> Result<Stored<User>, StoreError> {
        Err(StoreError::Internal("no".into()))
    }

    async fn patch(
        &self,
        _: &Context,
        _: &ResourceId,
        patch: &scim_patch::PatchRequest,
        _: &StoreWrite<'_>,
    ) -> Result<Written<User>, StoreError> {
        Err(StoreError::Internal(format!("{patch:?}").into()))
    }
}

struct Prints(Arc<Mutex<String>>);

impl Observer for Prints {
    async fn committed(&self, cx: &Context, event: &Event) {
        self.0.lock().unwrap().push_str(&format!("{cx:?} {event:?}"));
    }
}

#[tokio::test]
async fn sec_s25_no_secret_is_logged() {
    const SECRETS: [&str; 4] =
        ["t1meMa$heen", "wrong-key-wrong-key", "pr1vate-filter-value", "sensitive-title"];
    let (log, seen) = (Log::start(), Arc::new(Mutex::new(String::new())));
    let world = World::new();
    let client = world.client_of(world.builder().observer(Prints(seen.clone())).passwords(Refuses));
    let plain = world.client_of(world.builder().observer(Prints(seen.clone())));
    let failing = ScimService::builder(BaseUrl::new(BASE).unwrap(), BearerTokens::new(world.tokens.clone()))
        .resource(Failing)
        .on_deprovision(|_: Context, _: Leaver| async { Err("the session store is gone".into()) })
        .build()
        .unwrap();
    let failing = Client { service: failing, key: client.key.clone() };
    let mut keys = vec![];
    for client in [&client, &plain, &failing] {
        keys.push(client.key.clone().unwrap());
        let body = |name: &str| json!({"schemas": [USER], "userName": name, "title": "sensitive-title", "password": "t1meMa$heen"});
        client.post("/Users", &body("bjensen")).await;
        let id = client.post("/Users", &user("other")).await.json()["id"].as_str().unwrap_or("7").to_owned();
        let path = format!("/Users/{id}");
        client.put(&path, &body("other")).await;
        client.patch(&path, &json!([{"op": "add", "path": "password", "value": "t1meMa$heen"}])).await;
        client
            .patch(&path, &json!([{"op": "Add", "value": {"password": "t1meMa$heen", "active": "False"}}]))
            .await;
        client.patch(&path, &json!([{"op": "add", "path": "password", "value": ["t1meMa$heen"]}])).await;
        client
            .post("/Users", &json!({"schemas": [USER], "userName": "x", "password": {"a": "t1meMa$heen"}}))
            .await;
        client.send("POST", "/Users", &[], "{\"userName\": \"x\", \"password\": \"t1meMa$heen\"").await;
        let many = bulk(&json!([
            {"method": "POST", "path": "/Users", "bulkId": "a", "data": body("third")},
            {"method": "PATCH", "path": path, "data": patch(&json!([{"op": "add", "path": "password", "value": "t1meMa$heen"}]))},
        ]));
        client.post("/Bulk", &many).await;
        client.find("userName eq \"pr1vate-filter-value\"").await;
        client.find("password eq \"t1meMa$heen\"").await;
        client.get("/Users?filter=pr1vate-filter-value").await;
        client.get("/Users?access_token=t1meMa%24heen").await;
        client.with_key("wrong-key-wrong-key").get(&path).await;
        client.delete(&path).await;
    }
    let (logged, seen) = (log.take(), seen.lock().unwrap().clone());
    assert!(
        logged.contains("request")
            && logged.contains("a request failed")
            && logged.contains("a password was sent and dropped"),
        "{logged}"
    );
    // What is told of a request is this.
    let told =
        logged.lines().find(|line| line.contains("operation=\"patch\"") && line.contains("status=200"));
    for field in ["method=PATCH", "tenant=\"acme\"", "resource_type=\"User\"", "deviations=", "microseconds="]
    {
        assert!(told.is_some_and(|line| line.contains(field)), "{field}: {logged}");
    }
    for secret in SECRETS.iter().take(3) {
        assert!(!logged.contains(secret), "{secret}: {logged}");
        assert!(!seen.contains(secret), "{secret}: {seen}");
    }
    for key in &keys {
        assert!(!logged.contains(key.as_str()) && !seen.contains(key.as_str()));
        assert!(!logged.contains(key.rsplit('_').next().unwrap()));
    }
    // What the service logs by itself has no values in it; only a store's own words could.
    let own: Vec<&str> = logged.lines().filter(|line| !line.contains("cause")).collect();
    assert!(own.iter().all(|line| !line.contains("sensitive-title")), "{own:?}");
    assert!(!world.snapshot("acme").contains("t1meMa$heen"));
}

#[test]
fn sec_s25_debug_shows_no_secrets() {
    let world = World::new();
    let text = world.key(Principal::new(tenant("acme")).with_subject("bjensen"));
    let key = ApiKey::fixed(text.clone()).unwrap();
    let record = key.record(Principal::new(tenant("acme")));
    let cursor = CursorKey::new([7; 32]);
    let secret = "t1meMa$heen";
    let typed = User { user_name: "x".into(), password: Some(secret.into()), ..User::default() };
    let dynamic = Resource::from_canonical(
        json!({"userName": "x", "password": secret}).as_object().unwrap().clone(),
        &user_schemas(),
    );
    let profile = scim_core::Profile::lenient();
    let sent = patch(&json!([{"op": "add", "path": "password", "value": secret},
        {"op": "add", "value": {"password": secret, "title": "x"}}]));
    let request = scim_patch::PatchRequest::parse(sent, SchemaSet::user(), &profile).unwrap();
    let builder = world.builder();
    let mut shown = format!("{key:?} {record:?} {:?} {:?} {cursor:?}", record.hash, world.tokens);
    shown += &format!(
        "{typed:?} {typed:#?} {dynamic:?} {request:?} {request:#?} {builder:?} {:?}",
        Secret::new(secret)
    );
    shown += &format!("{:?} {:?}", builder.build().unwrap(), world.users);
    shown += &format!("{:?} {:?}", BearerTokens::new(world.tokens.clone()), world.user_cx("acme"));
    shown += &format!("{:?}", ApiKey::fixed("t1meMa$heen"));
    shown += &format!("{:?}", BaseUrl::new("https://babs:t1meMa$heen@app.example/scim"));
    for hidden in [secret, text.as_str(), text.rsplit('_').next().unwrap(), "7, 7", "0707"] {
        assert!(!shown.contains(hidden), "{hidden}: {shown}");
    }
}

#[tokio::test]
async fn sec_s26_no_address_is_ever_called() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let world = World::new();
    let client = world.client();
    let body = json!({"schemas": [USER, ENTERPRISE], "userName": "x", "profileUrl": format!("{url}/me"),
        "photos": [{"value": format!("{url}/photo.png"), "type": "photo"}],
        "x509Certificates": [{"value": "MIIB"}],
        "meta": {"location": format!("{url}/Users/1")},
        ENTERPRISE: {"manager": {"value": "m-1", "$ref": format!("{url}/Users/m-1")}}});
    let made = client.post("/Users", &body).await.is(201);
    let path = format!("/Users/{}", made.id());
    client.put(&path, &body).await.is(200);
    client.get(&path).await.is(200);
    client.get("/Users?attributes=photos,profileUrl").await.is(200);
    let members = json!([{"op": "add", "path": "members", "value": [{"value": "m-1", "$ref": format!("{url}/Users/m-1")}]}]);
    let staff = client.group("Staff", &[]).await;
    client.patch(&format!("/Groups/{staff}"), &members).await.is(204);
    client.get(&format!("/Groups/{staff}")).await.is(200);
    client.post("/Bulk", &bulk(&json!([{"method": "POST", "path": format!("{url}/Users"), "bulkId": "1", "data": user("y")}]))).await;
    client.get(&format!("/Users/{}", encode(&format!("{url}/x")))).await;
    client.get(&format!("/Schemas/{}", encode(&format!("{url}/x")))).await;
    let error = listener.accept().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn sec_s28_no_rule_is_no() {
    assert!(!Scopes::default().allows("User", Access::Read));
    assert!(Scopes::default().allows("User", Access::None));
    assert!(!Principal::new(tenant("acme")).scopes().allows("User", Access::Read));
    assert!(!Scopes::all().with("Group", Access::None).allows("Group", Access::Read));
    assert!(!Scopes::all().with("Group", Access::Read).allows("Group", Access::Write));
    let world = World::new();
    let client = world.client();
    let id = client.user("admin").await;
    let staff = client.group("Staff", &[]).await;
    let before = world.snapshot("acme");
    let nobody = client.with_key(&world.key(Principal::new(tenant("acme"))));
    for (method, path, body) in doors(&id, &staff) {
        let answer = nobody.json(method, &path, &body).await;
        assert!(!answer.text().contains("admin") && !answer.text().contains("Staff"), "{method} {path}");
        assert!(
            answer.status >= 400 || answer.json()["totalResults"] == 0 || path == "/Bulk",
            "{method} {path}"
        );
    }
    // Without keys nobody comes in at all.
    let empty = World::new();
    let client = empty.client_of(empty.builder());
    empty.tokens.list().iter().for_each(|record| assert!(empty.tokens.revoke(&record.id)));
    assert_eq!(client.get("/Users").await.error(), "401");
    assert_eq!(world.snapshot("acme"), before);
    let request = http::Request::get("/Users").body(Full::new(Bytes::new())).unwrap();
    assert_eq!(client.raw(request).await.error(), "401");
}
