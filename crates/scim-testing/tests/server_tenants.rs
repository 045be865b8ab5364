//! Two tenants on one service: neither ever sees or changes what the other has.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests say what they expect"
)]

mod server_common;

use std::sync::Arc;

use scim_core::schema::{Schema, SchemaExtension};
use scim_core::{Profile, ResourceId, SchemaSet, attr};
use scim_server::auth::{Access, Principal, Scopes};
use scim_server::rules::{DeletePolicy, RecreatePolicy};
use scim_server::{BaseUrl, RateLimit, TenantSettings};
use serde_json::{Value, json};
use server_common::*;

/// Two tenants, each with users and groups of the same names.
struct Two {
    world: World,
    acme: Client,
    other: Client,
    /// Ids of acme: `bjensen`, and the group `Staff` of which she is a member.
    user: String,
    group: String,
    /// The same of the other one.
    other_user: String,
    other_group: String,
}

async fn two() -> Two {
    let world = World::new();
    let acme = world.client();
    two_on(world, acme).await
}

async fn two_on(world: World, acme: Client) -> Two {
    let other = acme.with_key(&world.key_for("other"));
    let mut made = Vec::new();
    for client in [&acme, &other] {
        let body =
            json!({"schemas": [USER], "userName": "bjensen", "externalId": "e-1", "displayName": "Babs"});
        let id = client.post("/Users", &body).await.is(201).id();
        let staff = json!({"schemas": [GROUP], "displayName": "Staff", "externalId": "g-1", "members": [{"value": id}]});
        made.push(id);
        made.push(client.post("/Groups", &staff).await.is(201).id());
    }
    let [user, group, other_user, other_group] = made.try_into().unwrap();
    Two { world, acme, other, user, group, other_user, other_group }
}

impl Two {
    /// Runs something, after which acme has what it had.
    fn acme_has(&self) -> String {
        self.world.snapshot("acme")
    }
}

#[tokio::test]
async fn create() {
    let two = two().await;
    let before = two.acme_has();
    // The same names are nobody's business: no 409 in the other, and one in the own.
    let body = json!({"schemas": [USER], "userName": "only-acme", "externalId": "e-9"});
    two.acme.post("/Users", &body).await.is(201);
    two.other.post("/Users", &body).await.is(201);
    assert_eq!(two.acme.post("/Users", &body).await.error(), "409 uniqueness");
    assert_eq!(two.acme.post("/Groups", &group("Staff", &[])).await.error(), "409 uniqueness");
    assert_eq!(two.other.post("/Groups", &group("Staff", &[])).await.error(), "409 uniqueness");
    assert!(two.acme_has().starts_with(&before.lines().next().unwrap().to_owned()));
}

#[tokio::test]
async fn get_put_patch_delete() {
    let two = two().await;
    let before = two.acme_has();
    let version = two.acme.get(&format!("/Users/{}", two.user)).await.header("etag").to_owned();
    let title = patch(&json!([{"op": "add", "path": "displayName", "value": "Mallory"}]));
    let empty = patch(&json!([{"op": "remove", "path": "members"}]));
    let join = patch(&json!([{"op": "add", "path": "members", "value": [{"value": two.other_user}]}]));
    let password = patch(&json!([{"op": "add", "path": "password", "value": "t1meMa$heen"}]));
    for (path, put, patches) in [
        (format!("/Users/{}", two.user), user("mallory"), vec![title.clone(), password]),
        (format!("/Groups/{}", two.group), group("Mallories", &[]), vec![title, empty, join]),
    ] {
        for headers in [
            vec![],
            vec![("if-match", "*")],
            vec![("if-match", version.as_str())],
            vec![("if-none-match", version.as_str())],
        ] {
            let mut answers = vec![
                two.other.send("GET", &path, &headers, "").await,
                two.other.send("PUT", &path, &headers, put.to_string()).await,
                two.other.send("DELETE", &path, &headers, "").await,
            ];
            for patch in &patches {
                answers.push(two.other.send("PATCH", &path, &headers, patch.to_string()).await);
            }
            for answer in answers {
                assert_eq!(answer.error(), "404", "{path} {headers:?}");
                assert!(answer.headers.get("etag").is_none());
            }
            assert_eq!(two.other.send("HEAD", &path, &headers, "").await.status, 404);
        }
    }
    assert_eq!(two.acme_has(), before);
}

#[tokio::test]
async fn versions_are_a_tenants_own() {
    let two = two().await;
    let path = format!("/Users/{}", two.user);
    let own = format!("/Users/{}", two.other_user);
    let before = two.acme.get(&path).await.header("etag").to_owned();
    let add = |n: usize| json!([{"op": "replace", "path": "title", "value": n.to_string()}]);
    for n in 0..5 {
        two.other.patch(&own, &add(n)).await.is(200);
    }
    assert_eq!(two.acme.get(&path).await.header("etag"), before);
    two.acme.send("PATCH", &path, &[("if-match", &before)], patch(&add(9)).to_string()).await.is(200);
}

#[tokio::test]
async fn lists_filters_and_searches() {
    let two = two().await;
    for n in 0..3 {
        two.acme.user(&format!("extra-{n}")).await;
    }
    let filters = [
        "userName eq \"bjensen\"".to_owned(),
        "externalId eq \"e-1\"".to_owned(),
        "id pr".to_owned(),
        "userName sw \"b\" or userName sw \"extra\"".to_owned(),
        "not (userName eq \"x\")".to_owned(),
        format!("id eq \"{}\" or id eq \"{}\"", two.user, two.other_user),
        format!("groups.value eq \"{}\" or groups.value eq \"{}\"", two.group, two.other_group),
        "groups.display eq \"Staff\"".to_owned(),
        "meta.created gt \"2000-01-01T00:00:00Z\"".to_owned(),
    ];
    for filter in &filters {
        let answers = [
            two.other.find(filter).await,
            two.other
                .get(&format!("/Users?sortBy=userName&sortOrder=descending&filter={}", encode(filter)))
                .await,
            two.other.post("/Users/.search", &search(filter)).await,
        ];
        for answer in answers {
            assert_eq!(answer.listed("id"), [two.other_user.as_str()], "{filter}");
            assert_eq!(answer.json()["totalResults"], 1, "{filter}");
        }
    }
    for filter in [
        "displayName eq \"Staff\"".to_owned(),
        format!("members.value eq \"{}\" or members.value eq \"{}\"", two.user, two.other_user),
        format!("members[value eq \"{}\"] or displayName pr", two.user),
    ] {
        let by_post = two.other.post("/Groups/.search", &search(&filter)).await;
        let by_get = two.other.get(&format!("/Groups?filter={}", encode(&filter))).await;
        for answer in [by_post, by_get] {
            assert_eq!(answer.listed("id"), [two.other_group.as_str()], "{filter}");
            assert_eq!(answer.json()["totalResults"], 1);
        }
    }
    for root in [
        two.other.get("/?filter=id%20pr").await,
        two.other.get("/").await,
        two.other.post("/.search", &search("id pr")).await,
        two.other
            .post("/.search", &json!({"schemas": [SEARCH], "sortBy": "id", "filter": "externalId pr"}))
            .await,
        two.other
            .post("/.search", &json!({"schemas": [SEARCH], "cursor": "", "filter": "externalId pr"}))
            .await,
    ] {
        let mut found = root.listed("id");
        found.sort();
        let mut own = [two.other_user.clone(), two.other_group.clone()];
        own.sort();
        assert_eq!(found, own);
        assert!(root.json().get("totalResults").is_none_or(|total| *total == 2), "{}", root.text());
    }
    // Totals alone.
    assert_eq!(two.other.get("/Users?count=0").await.json()["totalResults"], 1);
    assert_eq!(two.acme.get("/Users?count=0").await.json()["totalResults"], 4);
    assert_eq!(
        two.other.post("/.search", &json!({"schemas": [SEARCH], "count": 0})).await.json()["totalResults"],
        2
    );
}

#[tokio::test]
async fn cursors() {
    let two = two().await;
    for n in 0..6 {
        two.acme.user(&format!("user-{n}")).await;
        two.other.user(&format!("user-{n}")).await;
    }
    let queries = ["count=2&cursor", "count=2&cursor&sortBy=userName", "count=2&cursor&filter=userName%20pr"];
    for path in ["/Users", "/"] {
        for query in queries {
            let page = two.acme.get(&format!("{path}?{query}")).await.is(200).json();
            let cursor = page["nextCursor"].as_str().unwrap_or_else(|| panic!("{path} {query} {page}"));
            let go_on = query.replacen("cursor", &format!("cursor={cursor}"), 1);
            let go_on = format!("{path}?{go_on}");
            assert_eq!(two.other.get(&go_on).await.error(), "400 invalidCursor", "{go_on}");
            assert_eq!(two.acme.get(&go_on).await.listed("id").len(), 2, "{go_on}");
        }
    }
    let by_post = json!({"schemas": [SEARCH], "count": 2, "cursor": ""});
    for path in ["/Users/.search", "/.search"] {
        let cursor = two.acme.post(path, &by_post).await.json()["nextCursor"].as_str().unwrap().to_owned();
        let mut go_on = by_post.clone();
        go_on["cursor"] = json!(cursor);
        assert_eq!(two.other.post(path, &go_on).await.error(), "400 invalidCursor");
        two.acme.post(path, &go_on).await.is(200);
    }
    // Nor is it good for somebody else of the same tenant, if they have a name of their own.
    let named = |name: &str| {
        let principal = Principal::new(tenant("acme")).with_scopes(Scopes::all()).with_subject(name);
        two.acme.with_key(&two.world.key(principal))
    };
    let (one, another) = (named("one"), named("another"));
    let cursor = one.get("/Users?count=2&cursor").await.json()["nextCursor"].as_str().unwrap().to_owned();
    let go_on = format!("/Users?count=2&cursor={cursor}");
    assert_eq!(another.get(&go_on).await.error(), "400 invalidCursor");
    one.get(&go_on).await.is(200);
}

/// A cursor over several types is no way into a type that somebody may not read.
#[tokio::test]
async fn cursors_do_not_widen_scopes() {
    let two = two().await;
    for n in 0..3 {
        two.acme.user(&format!("user-{n}")).await;
        two.acme.group(&format!("group-{n}"), &[]).await;
    }
    let scopes = Scopes::default().with("Group", Access::Read);
    let narrow = two.acme.with_key(&two.world.key(Principal::new(tenant("acme")).with_scopes(scopes)));
    let mut answer = two.acme.get("/?count=1&cursor").await.json();
    while let Some(cursor) = answer["nextCursor"].as_str().map(str::to_owned) {
        let theirs = narrow.get(&format!("/?count=1&cursor={cursor}")).await;
        if theirs.status == 200 {
            assert!(!theirs.text().contains("userName"), "{}", theirs.text());
        } else {
            assert_eq!(theirs.error(), "400 invalidCursor");
        }
        answer = two.acme.get(&format!("/?count=1&cursor={cursor}")).await.is(200).json();
    }
}

#[tokio::test]
async fn names_and_links_of_members() {
    let two = two().await;
    // A member that is the other tenant's is somebody that nobody knows here.
    let body = json!({"schemas": [GROUP], "displayName": "Spies", "members": [{"value": two.user}, {"value": two.other_user}]});
    let made = two.other.post("/Groups", &body).await;
    let spies = two.other.get(&format!("/Groups/{}", made.id())).await.json();
    let members = spies["members"].as_array().unwrap();
    let of = |id: &str| members.iter().find(|member| member["value"] == *id).unwrap();
    assert!(of(&two.user).get("display").is_none(), "{spies}");
    assert_eq!(of(&two.other_user)["display"], "Babs");
    assert!(!spies.to_string().contains("acme"));
    // And she is in no group of theirs.
    let seen = two.acme.get(&format!("/Users/{}", two.user)).await.json();
    assert_eq!(seen["groups"].as_array().unwrap().len(), 1, "{seen}");
    let manager =
        json!({"schemas": [USER, ENTERPRISE], "userName": "x", ENTERPRISE: {"manager": {"value": two.user}}});
    let made = two.other.post("/Users", &manager).await.is(201).json();
    assert!(made[ENTERPRISE]["manager"].get("displayName").is_none(), "{made}");
    // When she is deleted there, their groups keep what they hold, and the other way round.
    let own = two.acme_has();
    two.other.delete(&format!("/Users/{}", two.other_user)).await.is(204);
    assert_eq!(two.acme_has(), own);
    let theirs = two.world.snapshot("other");
    two.acme.delete(&format!("/Users/{}", two.user)).await.is(204);
    assert_eq!(two.world.snapshot("other"), theirs);
}

#[tokio::test]
async fn me() {
    let world = World::new();
    // A resolver that looks at the name only; the tenant is the service's to keep apart.
    let client = world.client_of(world.builder().me(|principal| async move {
        let id = principal.subject().and_then(|subject| ResourceId::new(subject).ok());
        Ok(id.map(|id| ("User".to_owned(), id)))
    }));
    let two = two_on(world, client).await;
    let before = two.acme_has();
    let as_her = |name: &str| {
        let principal =
            Principal::new(tenant(name)).with_scopes(Scopes::all()).with_subject(two.user.clone());
        two.acme.with_key(&two.world.key(principal))
    };
    let (own, foreign) = (as_her("acme"), as_her("other"));
    assert_eq!(own.get("/Me").await.json()["userName"], "bjensen");
    assert_eq!(foreign.get("/Me").await.error(), "404");
    assert_eq!(foreign.put("/Me", &user("mallory")).await.error(), "404");
    assert_eq!(
        foreign.patch("/Me", &json!([{"op": "add", "path": "title", "value": "x"}])).await.error(),
        "404"
    );
    assert_eq!(foreign.delete("/Me").await.error(), "404");
    assert_eq!(two.acme_has(), before);
}

#[tokio::test]
async fn bulk_requests() {
    let two = two().await;
    let before = two.acme_has();
    let add = patch(&json!([{"op": "add", "path": "displayName", "value": "x"}]));
    let paths = [
        format!("/Users/{}", two.user),
        format!("Users/{}", two.user),
        format!("{BASE}/Users/{}", two.user),
        format!("/acme/Users/{}", two.user),
        format!("/../acme/Users/{}", two.user),
        format!("https://app.example/scim/acme/Users/{}", two.user),
        format!("/Groups/{}", two.group),
    ];
    for path in &paths {
        let operations = json!([
            {"method": "PUT", "path": path, "data": user("mallory")},
            {"method": "PATCH", "path": path, "data": add},
            {"method": "DELETE", "path": path},
            {"method": "DELETE", "path": path, "version": "W/\"1\""},
        ]);
        let answer = two.other.post("/Bulk", &bulk(&operations)).await;
        match answer.status {
            200 => {
                for one in answer.json()["Operations"].as_array().unwrap() {
                    assert!(["400", "404"].contains(&one["status"].as_str().unwrap()), "{path} {one}");
                    assert!(one.get("version").is_none(), "{one}");
                }
            }
            _ => {
                answer.error();
            }
        }
    }
    // What a bulk request makes and refers to is in its own tenant.
    let operations = json!([
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"schemas": [USER], "userName": "only-acme"}},
        {"method": "POST", "path": "/Groups", "bulkId": "b", "data": {"schemas": [GROUP], "displayName": "New",
            "members": [{"value": "bulkId:a"}]}},
    ]);
    let answer = two.other.post("/Bulk", &bulk(&operations)).await.is(200).json();
    assert_eq!(
        (&answer["Operations"][0]["status"], &answer["Operations"][1]["status"]),
        (&json!("201"), &json!("201"))
    );
    assert_eq!(two.acme_has(), before);
}

#[tokio::test]
async fn retired_resources() {
    for policy in [RecreatePolicy::ReactivateSameExternalId, RecreatePolicy::ReactivateSameUserName] {
        let world = World::new();
        let client =
            world.client_of(world.builder().recreate_policy(policy).delete_policy(DeletePolicy::Retire));
        let two = two_on(world, client).await;
        two.acme.delete(&format!("/Users/{}", two.user)).await.is(204);
        two.other.delete(&format!("/Users/{}", two.other_user)).await.is(204);
        let body = json!({"schemas": [USER], "userName": "bjensen", "externalId": "e-1"});
        assert_eq!(two.other.post("/Users", &body).await.is(201).id(), two.other_user);
        assert_eq!(two.acme.post("/Users", &body).await.is(201).id(), two.user);
    }
}

#[tokio::test]
async fn rates() {
    let world = World::new();
    let client = world.client_of(world.builder().rate_limit(RateLimit::per_second(1).with_burst(5)));
    let other = client.with_key(&world.key_for("other"));
    for _ in 0..20 {
        client.get("/Users").await;
    }
    assert_eq!(client.get("/Users").await.error(), "429");
    other.get("/Users").await.is(200);
}

const MANY: &str = "https://app.example/scim/directory/{tenant}";

#[tokio::test]
async fn addresses() {
    let world = World::new();
    let names = ["acme", "ACME", "a b", "a/b", "ä", "a%2Fb", "a+b"];
    let root = world.client_of(world.builder_at(BaseUrl::per_tenant(MANY).unwrap()));
    let segment = |name: &str| encode(name);
    for name in names {
        let own = root.with_key(&world.key_for(name));
        let made = own.post(&format!("/{}/Users", segment(name)), &user("bjensen")).await.is(201);
        let location = format!("https://app.example/scim/directory/{}/Users/{}", segment(name), made.id());
        assert_eq!(made.header("location"), location);
        assert_eq!(made.json()["meta"]["location"], location);
        // With the path of the base and without.
        for prefix in ["", "/scim/directory"] {
            let path = format!("{prefix}/{}/Users/{}", segment(name), made.id());
            own.get(&path).await.is(200);
        }
        for wrong in names.iter().filter(|other| **other != name) {
            let path = format!("/{}/Users", segment(wrong));
            assert_eq!(own.get(&path).await.error(), "404", "{name} at {path}");
            assert_eq!(own.post(&path, &user("x")).await.error(), "404", "{name} at {path}");
        }
        for path in [
            "/Users",
            "/",
            "//Users",
            "/./Users",
            "/../Users",
            "/%2e%2e/Users",
            "/%2E/Users",
            "/nobody/Users",
            "/scim/directory/Users",
        ] {
            assert_eq!(own.get(path).await.error(), "404", "{name} at {path}");
        }
    }
    // However it is written, it is the same tenant or none.
    let acme = root.with_key(&world.key_for("acme"));
    acme.get("/%61cme/Users").await.is(200);
    acme.get("/%61%63%6d%65/Users").await.is(200);
    for path in [
        "/%2561cme/Users",
        "/acme%00/Users",
        "/acme%20/Users",
        "/acme%2F/Users",
        "/acme%2FUsers",
        "/acme%ff/Users",
        "/acme;x/Users",
        "/acme./Users",
        "/Acme/Users",
        "/%41cme/Users",
        "/acme%2F..%2Fother/Users",
        "/other/../acme/Users",
    ] {
        assert_eq!(acme.get(path).await.error(), "404", "{path}");
    }
    // A name and its look-alike are two.
    let composed = root.with_key(&world.key_for("\u{e4}"));
    assert_eq!(composed.get("/a%CC%88/Users").await.error(), "404");
    // Who has no key learns nothing of which there are.
    let (there, nowhere) =
        (root.anonymous().get("/acme/Users").await, root.anonymous().get("/nobody/Users").await);
    assert_eq!(
        (there.status, there.text(), there.headers),
        (nowhere.status, nowhere.text(), nowhere.headers)
    );
}

#[tokio::test]
async fn addresses_in_bulk_and_links() {
    let world = World::new();
    let root = world.client_of(world.builder_at(BaseUrl::per_tenant(MANY).unwrap()));
    let other = root.with_key(&world.key_for("other"));
    let id = root.post("/acme/Users", &user("bjensen")).await.id();
    let before = world.snapshot("acme");
    for path in ["/acme/Users", "https://app.example/scim/directory/acme/Users"] {
        let operations = json!([
            {"method": "DELETE", "path": format!("{path}/{id}")},
            {"method": "POST", "path": path, "bulkId": "1", "data": user("mallory")},
        ]);
        let answer = other.post("/other/Bulk", &bulk(&operations)).await;
        if answer.status == 200 {
            for one in answer.json()["Operations"].as_array().unwrap() {
                assert!(["400", "404"].contains(&one["status"].as_str().unwrap()), "{one}");
            }
        }
    }
    assert_eq!((world.snapshot("acme"), world.snapshot("other")), (before, String::new()));
    let own = json!([{"method": "POST", "path": "https://app.example/scim/directory/other/Users", "bulkId": "1", "data": user("x")}]);
    let answer = other.post("/other/Bulk", &bulk(&own)).await.json();
    assert_eq!(answer["Operations"][0]["status"], "201");
    let discovered =
        other.get("/other/ResourceTypes").await.text() + &other.get("/other/Schemas").await.text();
    assert!(discovered.contains("directory/other/") && !discovered.contains("acme"));
}

/// A tenant with an extension of its own, and strict; and one without.
fn settings(name: &str) -> Option<Arc<TenantSettings>> {
    if name != "acme" {
        return None;
    }
    let schema: Schema = serde_json::from_value(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": "urn:example:acme:User", "name": "AcmeUser", "description": "",
        "attributes": [{"name": "badge", "type": "string", "multiValued": false, "description": "", "required": false,
            "caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": "none"}]
    }))
    .unwrap();
    let base = SchemaSet::user();
    let mut extensions = base.extensions().to_vec();
    extensions.push(SchemaExtension::optional(Arc::new(schema)));
    let schemas = SchemaSet::new(Arc::clone(base.base()), extensions).unwrap();
    Some(Arc::new(TenantSettings::new().with_schemas("User", schemas).with_profile(Profile::rfc())))
}

#[tokio::test]
async fn settings_of_their_own() {
    let world = World::new();
    let acme = world.client_of(world.builder().tenant_settings(|tenant| settings(tenant.as_str())));
    let other = acme.with_key(&world.key_for("other"));
    let urn = "urn:example:acme:User";
    let body = json!({"schemas": [USER, urn], "userName": "bjensen", urn: {"badge": "7"}});
    // One has the extension in all that describes the service, the other in none.
    for (client, has) in [(&acme, true), (&other, false)] {
        assert_eq!(client.get("/Schemas").await.text().contains(urn), has);
        assert_eq!(client.get("/ResourceTypes").await.text().contains(urn), has);
        assert_eq!(client.get("/ResourceTypes/User").await.text().contains(urn), has);
        assert_eq!(client.get(&format!("/Schemas/{urn}")).await.status, if has { 200 } else { 404 });
        let made = client.post("/Users", &body).await.is(201).json();
        assert_eq!(made.get(urn).is_some(), has, "{made}");
        let filter = format!("{urn}:badge eq \"7\"");
        let found = client.find(&filter).await;
        if has {
            assert_eq!(found.listed("userName"), ["bjensen"]);
        } else {
            assert_eq!(found.error(), "400 invalidFilter");
        }
    }
    // And one is strict.
    let stringly = json!([{"op": "Replace", "path": "active", "value": "False"}]);
    for (client, status) in [(&acme, 400), (&other, 200)] {
        let id = client.user("second").await;
        client.patch(&format!("/Users/{id}"), &stringly).await.is(status);
    }
}

#[tokio::test]
async fn strangers_do_not_see_what_is_a_tenants_own() {
    let world = World::new();
    let base = BaseUrl::per_tenant(MANY).unwrap();
    let builder =
        world.builder_at(base).tenant_settings(|tenant| settings(tenant.as_str())).public_discovery();
    let acme = world.client_of(builder);
    let (stranger, other) = (acme.anonymous(), acme.with_key(&world.key_for("other")));
    assert!(acme.get("/acme/Schemas").await.is(200).text().contains("urn:example:acme:User"));
    for client in [&stranger, &other] {
        let (there, nowhere) =
            (client.get("/acme/Schemas").await.is(200), client.get("/nobody/Schemas").await.is(200));
        assert!(!there.text().contains("urn:example:acme"));
        assert_eq!(there.text().replace("/acme/", "/nobody/"), nowhere.text());
    }
}

#[tokio::test]
async fn unique_values_are_a_tenants_own() {
    let two = two().await;
    let rename = json!([{"op": "replace", "path": "userName", "value": "taken"}]);
    two.acme.user("taken").await;
    two.other.patch(&format!("/Users/{}", two.other_user), &rename).await.is(200);
    assert_eq!(two.acme.patch(&format!("/Users/{}", two.user), &rename).await.error(), "409 uniqueness");
    assert_eq!(two.acme.put(&format!("/Users/{}", two.user), &user("TAKEN")).await.error(), "409 uniqueness");
    let names: Vec<Value> =
        two.acme.get("/Users?attributes=userName").await.json()["Resources"].as_array().unwrap().clone();
    assert_eq!(names.len(), 2);
    assert_eq!(attr::USER_NAME.to_string(), "userName");
}

/// What follows from the schemas of a tenant's own: links, and what may be stored as one.
#[tokio::test]
async fn references_of_a_tenants_own_extension() {
    let world = World::new();
    let uri = "urn:example:params:scim:schemas:Sponsor:1.0:User";
    let extension = json!({"id": uri, "name": "Sponsor", "attributes": [
        {"name": "sponsor", "type": "complex", "multiValued": false, "subAttributes": [
            {"name": "value", "type": "string"},
            {"name": "$ref", "type": "reference", "referenceTypes": ["User"]}]}]});
    let extension = Schema::from_json(&extension).unwrap();
    let extension = SchemaExtension::optional(Arc::new(extension));
    let set = SchemaSet::new(SchemaSet::user().base().clone(), [extension]).unwrap();
    let settings = Arc::new(TenantSettings::new().with_schemas("User", set));
    let client = world.client_of(
        world
            .builder()
            .tenant_settings(move |tenant| (tenant.as_str() == "acme").then(|| Arc::clone(&settings))),
    );
    let boss = client.user("boss").await;
    let mut sent = user("bjensen");
    sent[uri] = json!({"sponsor": {"value": "bulkId:1"}});
    assert_eq!(client.post("/Users", &sent).await.error(), "400 invalidValue");
    sent[uri] = json!({"sponsor": {"value": boss}});
    let made = client.post("/Users", &sent).await.is(201).json();
    assert_eq!(made[uri]["sponsor"]["$ref"], format!("{BASE}/Users/{boss}"));
}
