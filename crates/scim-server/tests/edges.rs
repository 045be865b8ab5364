//! What is rare: long values, long lists, and what goes wrong after a commit.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use scim_core::schema::{Schema, SchemaExtension};
use scim_core::{AttrPath, Projection, Resource, ResourceId, ResourceType, SchemaSet, TenantId};
use scim_server::auth::{
    Access, ApiKey, BearerTokens, MemoryTokens, Principal, Scopes, dangerous_allow_anyone,
};
use scim_server::rules::Leaver;
use scim_server::store::{
    ListPage, ListSource, Listing, LongList, Query, ResourceStore, StoreError, Stored, Write, Written,
};
use scim_server::{BaseUrl, Builder, Context, MemoryStore, ScimService, Undecided};
use serde_json::{Value, json};
use tower::ServiceExt;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

fn builder() -> Builder<Undecided> {
    let base = BaseUrl::new("https://app.example/scim/v2").unwrap();
    let groups = MemoryStore::<Resource>::new();
    let users = MemoryStore::<Resource>::new().with_groups(&groups);
    let (user, group) = (SchemaSet::user(), SchemaSet::group());
    ScimService::builder(base, dangerous_allow_anyone(TenantId::new("acme").unwrap()))
        .resource_type(ResourceType::new("User", "/Users", user), user.clone(), users)
        .resource_type(ResourceType::new("Group", "/Groups", group), group.clone(), groups)
}

fn service() -> ScimService {
    builder().without_session_revocation().build().unwrap()
}

async fn ask(service: &ScimService, method: &str, path: &str, body: Value) -> (u16, Value) {
    let body = Full::new(Bytes::from(body.to_string()));
    let request = Request::builder().method(method).uri(path).body(body).unwrap();
    let response = service.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

async fn get(service: &ScimService, path: &str) -> Value {
    let (status, body) = ask(service, "GET", path, Value::Null).await;
    assert_eq!(status, 200, "{body}");
    body
}

async fn make(service: &ScimService, path: &str, body: Value) -> String {
    let (status, body) = ask(service, "POST", path, body).await;
    assert_eq!(status, 201, "{body}");
    body["id"].as_str().unwrap().to_owned()
}

fn user(name: &str) -> Value {
    json!({"schemas": [USER], "userName": name})
}

fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    json!({"schemas": [GROUP], "displayName": name, "members": members})
}

/// The user names of all pages of a run with cursors.
async fn run(service: &ScimService, query: &str) -> Vec<String> {
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    loop {
        let page = get(service, &format!("{query}&cursor={cursor}")).await;
        let found = page["Resources"].as_array().unwrap();
        seen.extend(found.iter().map(|one| one["userName"].as_str().unwrap().to_owned()));
        match page["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return seen,
        }
        assert!(seen.len() < 100);
    }
}

#[tokio::test]
async fn a_time_that_is_shown_can_be_asked_for() {
    let service = service();
    make(&service, "/Users", user("bjensen")).await;
    let shown = get(&service, "/Users").await["Resources"][0]["meta"]["lastModified"].clone();
    let shown = shown.as_str().unwrap();
    for (op, count) in [("eq", 1), ("ge", 1), ("le", 1), ("gt", 0), ("lt", 0)] {
        let found = get(&service, &format!("/Users?filter=meta.lastModified+{op}+%22{shown}%22")).await;
        assert_eq!(found["totalResults"], count, "{op}");
    }
}

#[tokio::test]
async fn a_cursor_stands_after_a_long_value_too() {
    let service = service();
    let mut ids = Vec::new();
    for n in 0..4 {
        let mut body = user(&format!("u{n}"));
        body["title"] = format!("{}{n}", "x".repeat(5_000)).into();
        ids.push(make(&service, "/Users", body).await);
    }
    for path in ["/Users", "/"] {
        let all = run(&service, &format!("{path}?sortBy=title&count=1")).await;
        assert_eq!(all, ["u0", "u1", "u2", "u3"], "{path}");
        let all = run(&service, &format!("{path}?sortBy=title&sortOrder=descending&count=3")).await;
        assert_eq!(all, ["u3", "u2", "u1", "u0"], "{path}");
    }
    let first = get(&service, "/Users?sortBy=title&count=2&cursor").await;
    ask(&service, "DELETE", &format!("/Users/{}", ids[1]), Value::Null).await;
    let next = format!("/Users?sortBy=title&count=2&cursor={}", first["nextCursor"].as_str().unwrap());
    let (status, body) = ask(&service, "GET", &next, Value::Null).await;
    assert_eq!((status, &body["scimType"]), (400, &json!("expiredCursor")));
}

#[tokio::test]
async fn of_too_many_members_nothing_is_guessed() {
    let service = service();
    let inner = make(&service, "/Groups", group("inner", &[])).await;
    let mut ids: Vec<String> = (0..10_001).map(|n| format!("x{n}")).collect();
    ids.push(inner.clone());
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let outer = make(&service, "/Groups", group("outer", &ids)).await;
    let shown = get(&service, &format!("/Groups/{outer}")).await;
    let members = shown["members"].as_array().unwrap();
    assert_eq!(members.len(), 10_002);
    assert_eq!(members[10_001], json!({"value": inner}));
}

#[tokio::test]
async fn types_are_merged_by_what_is_not_shown() {
    let service = service();
    let mut users = Vec::new();
    for n in 0..6 {
        users.push(make(&service, "/Users", user(&format!("u{n}"))).await);
    }
    for (n, id) in users.iter().enumerate() {
        make(&service, "/Groups", group(&format!("g{}", 5 - n), &[id])).await;
    }
    let want = ["u5", "u4", "u3", "u2", "u1", "u0"];
    for shown in ["attributes=userName", "excludedAttributes=groups", "attributes=userName,groups.type"] {
        let query = format!("/?filter=userName+pr&sortBy=groups.display&{shown}");
        let page = get(&service, &query).await;
        let found = page["Resources"].as_array().unwrap();
        let names: Vec<&str> = found.iter().map(|one| one["userName"].as_str().unwrap()).collect();
        assert_eq!(names, want, "{shown}");
        assert!(!page.to_string().contains("g5"), "{shown}");
        assert_eq!(run(&service, &format!("{query}&count=2")).await, want, "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_repeated_delete_ends_the_sessions_that_the_first_could_not() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let service = builder()
        .on_deprovision(move |_: Context, leaver: Leaver| {
            assert!(leaver.deleted && leaver.before.is_some());
            let call = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                match call {
                    0..3 => Err("the session store is gone".into()),
                    // The deadline of the service comes first.
                    3 => std::future::pending().await,
                    _ => Ok(()),
                }
            }
        })
        .build()
        .unwrap();
    let path = format!("/Users/{}", make(&service, "/Users", user("bjensen")).await);
    for (status, count) in [(503, 3), (503, 4), (204, 6), (404, 6)] {
        assert_eq!(ask(&service, "DELETE", &path, Value::Null).await.0, status);
        assert_eq!(calls.load(Ordering::SeqCst), count);
    }
    let path = format!("/Users/{}", make(&service, "/Users", user("bjensen")).await);
    assert_eq!(ask(&service, "DELETE", &path, Value::Null).await.0, 204);
    assert_eq!(ask(&service, "DELETE", &path, Value::Null).await.0, 404);
    // Before a deletion and after it.
    assert_eq!(calls.load(Ordering::SeqCst), 8);
}

/// A store that cannot say what its resources are called, and gives them a long list.
struct Odd {
    store: MemoryStore<Resource>,
    watchers: usize,
}

const WATCHERS: &str = "urn:example:params:scim:schemas:Team:1.0:Group:watchers";

struct Watchers(usize);

impl ListSource for Watchers {
    async fn page(&self, after: Option<&str>, _: usize) -> Result<ListPage, StoreError> {
        let from: usize = after.unwrap_or("0").parse()?;
        let to = (from + 2).min(self.0);
        let elements = (from..to).map(|n| json!({"value": format!("w{n}"), "type": "x"})).collect();
        Ok(ListPage { elements, next: (to < self.0).then(|| to.to_string()) })
    }
}

impl ResourceStore for Odd {
    type Resource = Resource;

    async fn create(
        &self,
        cx: &Context,
        new: Resource,
        write: &Write<'_>,
    ) -> Result<Written<Resource>, StoreError> {
        self.store.create(cx, new, write).await
    }

    async fn get(
        &self,
        cx: &Context,
        id: &ResourceId,
        want: &Projection,
    ) -> Result<Stored<Resource>, StoreError> {
        let list = LongList::new(WATCHERS.parse()?, Watchers(self.watchers));
        Ok(self.store.get(cx, id, want).await?.with_long_list(list))
    }

    async fn query(&self, cx: &Context, query: &Query) -> Result<Listing<Stored<Resource>>, StoreError> {
        self.store.query(cx, query).await
    }

    async fn replace(
        &self,
        cx: &Context,
        id: &ResourceId,
        new: Resource,
        write: &Write<'_>,
    ) -> Result<Written<Resource>, StoreError> {
        self.store.replace(cx, id, new, write).await
    }

    async fn delete(
        &self,
        cx: &Context,
        id: &ResourceId,
        write: &Write<'_>,
    ) -> Result<Stored<Resource>, StoreError> {
        self.store.delete(cx, id, write).await
    }

    async fn names(
        &self,
        _: &Context,
        _: &[ResourceId],
    ) -> Result<Vec<(ResourceId, Option<String>)>, StoreError> {
        Err(StoreError::unavailable("the database is gone"))
    }
}

fn odd(watchers: usize) -> ScimService {
    let team: Schema = serde_json::from_value(json!({
        "id": "urn:example:params:scim:schemas:Team:1.0:Group", "name": "Team",
        "attributes": [
            {"name": "color", "type": "string"},
            {"name": "watchers", "type": "complex", "multiValued": true, "subAttributes": [
                {"name": "value", "type": "string"}, {"name": "type", "type": "string"}]},
        ],
    }))
    .unwrap();
    let base = Arc::clone(SchemaSet::group().base());
    let set = SchemaSet::new(base, [SchemaExtension::optional(Arc::new(team))]).unwrap();
    let base = BaseUrl::new("https://app.example/scim/v2").unwrap();
    ScimService::builder(base, dangerous_allow_anyone(TenantId::new("acme").unwrap()))
        .resource_type(
            ResourceType::new("Group", "/Groups", &set),
            set,
            Odd { store: MemoryStore::new(), watchers },
        )
        .long_lists("Group", [WATCHERS.parse::<AttrPath>().unwrap()])
        .without_session_revocation()
        .build()
        .unwrap()
}

#[tokio::test]
async fn what_was_written_is_told_without_the_names_of_others() {
    let service = odd(0);
    let (status, made) = ask(&service, "POST", "/Groups", group("guides", &["u1"])).await;
    assert_eq!((status, made["members"][0]["value"].as_str()), (201, Some("u1")), "{made}");
    let path = format!("/Groups/{}", made["id"].as_str().unwrap());
    let (status, put) = ask(&service, "PUT", &path, group("leaders", &["u1"])).await;
    assert_eq!((status, put["displayName"].as_str()), (200, Some("leaders")));
    let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "displayName", "value": "guides"}]});
    let (status, patched) = ask(&service, "PATCH", &format!("{path}?attributes=members"), patch).await;
    assert_eq!((status, patched["members"][0]["value"].as_str()), (200, Some("u1")));
    // Nothing was done yet: it can be tried again.
    assert_eq!(ask(&service, "GET", &path, Value::Null).await.0, 503);
}

#[tokio::test]
async fn long_lists_of_extensions_stand_in_their_extension() {
    let team = "urn:example:params:scim:schemas:Team:1.0:Group";
    for color in [None, Some("red")] {
        let service = odd(5);
        let mut body = group("guides", &[]);
        if let Some(color) = color {
            body[team] = json!({"color": color});
        }
        let path = format!("/Groups/{}", make(&service, "/Groups", body).await);
        let shown = get(&service, &path).await;
        assert_eq!(shown["schemas"], json!([GROUP, team]));
        assert_eq!(shown[team]["color"].as_str(), color);
        assert_eq!(shown[team]["watchers"].as_array().unwrap().len(), 5);
        assert!(shown.get("watchers").is_none());
        let part = get(&service, &format!("{path}?attributes={WATCHERS}.value")).await;
        assert_eq!(part[team]["watchers"][4], json!({"value": "w4"}));
        let rest = get(&service, &format!("{path}?excludedAttributes={WATCHERS}")).await;
        assert_eq!(rest.get(team), color.map(|color| json!({"color": color})).as_ref());
    }
}

#[tokio::test]
async fn a_cursor_over_several_types_is_good_for_these_types() {
    let (tokens, tenant) = (MemoryTokens::new(), TenantId::new("acme").unwrap());
    let key = |scopes: Scopes| {
        let key = ApiKey::generate().unwrap();
        tokens.add(key.record(Principal::new(tenant.clone()).with_scopes(scopes)));
        format!("Bearer {}", key.expose())
    };
    let all = key(Scopes::all());
    let first = key(Scopes::read_only().with("C", Access::None));
    let last = key(Scopes::read_only().with("A", Access::None));
    let base = BaseUrl::new("https://app.example/scim/v2").unwrap();
    let mut builder = ScimService::builder(base, BearerTokens::new(tokens.clone()));
    for name in ["A", "B", "C"] {
        let (set, path) = (SchemaSet::group(), format!("/{name}"));
        let def = ResourceType::new(name, path.as_str(), set);
        builder = builder.resource_type(def, set.clone(), MemoryStore::<Resource>::new());
    }
    let service = builder.without_session_revocation().build().unwrap();
    let send = async |key: &str, method: &str, path: &str, body: Value| {
        let request = Request::builder().method(method).uri(path).header("authorization", key);
        let request = request.body(Full::new(Bytes::from(body.to_string()))).unwrap();
        let bytes =
            service.clone().oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice::<Value>(&bytes).unwrap()
    };
    for path in ["/A", "/B", "/C"] {
        for n in 0..3 {
            send(&all, "POST", path, group(&format!("{path}{n}"), &[])).await;
        }
    }
    let page = send(&first, "GET", "/?count=2&cursor", Value::Null).await;
    let next = format!("/?count=2&cursor={}", page["nextCursor"].as_str().unwrap());
    assert_eq!(send(&first, "GET", &next, Value::Null).await["itemsPerPage"], 2);
    assert_eq!(send(&last, "GET", &next, Value::Null).await["scimType"], "invalidCursor");
}
