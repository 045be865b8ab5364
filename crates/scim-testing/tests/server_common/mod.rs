//! A mounted service on stores in memory, and what sends requests to it.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of several tests, each of which uses some"
)]

use std::cell::RefCell;
use std::sync::Once;

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use scim_core::{Resource, ResourceType, SchemaSet, TenantId};
use scim_server::auth::{ApiKey, BearerTokens, MemoryTokens, Principal, Scopes};
use scim_server::{BaseUrl, Builder, Context, Decided, MemoryStore, ScimService};
use serde_json::{Value, json};
use tower::ServiceExt;

pub const BASE: &str = "https://app.example/scim/v2";
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
pub const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
pub const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
pub const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

pub fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

/// The stores and keys of a service.
#[derive(Clone)]
pub struct World {
    pub users: MemoryStore<Resource>,
    pub groups: MemoryStore<Resource>,
    pub tokens: MemoryTokens,
}

impl World {
    pub fn new() -> Self {
        let groups = MemoryStore::new().with_unique(scim_core::attr::DISPLAY_NAME);
        let users = MemoryStore::new().with_groups(&groups);
        Self { users, groups, tokens: MemoryTokens::new() }
    }

    /// A key for somebody.
    pub fn key(&self, principal: Principal) -> String {
        let key = ApiKey::generate().unwrap();
        self.tokens.add(key.record(principal));
        key.expose().to_owned()
    }

    /// A key for all that a tenant has.
    pub fn key_for(&self, name: &str) -> String {
        self.key(Principal::new(tenant(name)).with_scopes(Scopes::all()))
    }

    /// A builder with users and groups.
    pub fn builder(&self) -> Builder<Decided> {
        self.builder_at(BaseUrl::new(BASE).unwrap())
    }

    pub fn builder_at(&self, base: BaseUrl) -> Builder<Decided> {
        let (user, group) = (user_schemas(), SchemaSet::group());
        ScimService::builder(base, BearerTokens::new(self.tokens.clone()))
            .resource_type(ResourceType::new("User", "/Users", &user), user, self.users.clone())
            .resource_type(ResourceType::new("Group", "/Groups", group), group.clone(), self.groups.clone())
            .without_session_revocation()
    }

    /// A service, and somebody of `acme` who may do everything.
    pub fn client(&self) -> Client {
        self.client_of(self.builder())
    }

    pub fn client_of(&self, builder: Builder<Decided>) -> Client {
        Client { service: builder.build().unwrap(), key: Some(self.key_for("acme")) }
    }

    pub fn user_cx(&self, name: &str) -> Context {
        Context::new(tenant(name), "User", &user_schemas())
    }

    /// All that is stored for a tenant, as text.
    pub fn snapshot(&self, name: &str) -> String {
        let (users, groups) = (self.users.snapshot(&tenant(name)), self.groups.snapshot(&tenant(name)));
        let all = users.unwrap().into_iter().chain(groups.unwrap());
        all.map(|stored| {
            let content = Value::Object(stored.resource.as_map().clone());
            let (id, version) = (&stored.id, &stored.version);
            format!("{id} {} {:?} {:?} {content}\n", version.as_str(), stored.last_modified, stored.ownership)
        })
        .collect()
    }
}

pub fn user_schemas() -> SchemaSet {
    SchemaSet::user().clone()
}

/// Somebody who asks a service.
#[derive(Clone)]
pub struct Client {
    pub service: ScimService,
    pub key: Option<String>,
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Answer {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The id of the resource that is answered.
    #[track_caller]
    pub fn id(&self) -> String {
        assert!(self.status < 300, "{} {}", self.status, self.text());
        self.json()["id"].as_str().unwrap().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and keyword of an error, which has to be one of RFC 7644 §3.12: `400 invalidValue`.
    #[track_caller]
    pub fn error(&self) -> String {
        assert!(self.status >= 400, "{} {}", self.status, self.text());
        assert_eq!(self.header("content-type"), "application/scim+json");
        let body = self.json();
        assert_eq!(body["schemas"], json!([ERROR]));
        assert_eq!(body["status"], self.status.to_string());
        match body["scimType"].as_str() {
            Some(keyword) => format!("{} {keyword}", self.status),
            None => self.status.to_string(),
        }
    }

    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// The values of an attribute of what a list found.
    #[track_caller]
    pub fn listed(&self, attribute: &str) -> Vec<String> {
        assert_eq!(self.status, 200, "{}", self.text());
        let body = self.json();
        assert_eq!(body["schemas"], json!([LIST]));
        let found = body["Resources"].as_array().unwrap();
        found.iter().map(|one| one[attribute].as_str().unwrap_or_default().to_owned()).collect()
    }
}

impl Client {
    /// The same service for somebody else.
    pub fn with_key(&self, key: &str) -> Self {
        Self { service: self.service.clone(), key: Some(key.to_owned()) }
    }

    pub fn anonymous(&self) -> Self {
        Self { service: self.service.clone(), key: None }
    }

    pub async fn raw<B>(&self, request: Request<B>) -> Answer
    where
        B: http_body::Body + Send + 'static,
        B::Data: Send,
    {
        let response = self.service.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            bytes: body.collect().await.unwrap().to_bytes(),
        }
    }

    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.raw(request.body(Full::new(body.into())).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], "").await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.json("POST", path, body).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.json("PUT", path, body).await
    }

    pub async fn patch(&self, path: &str, operations: &Value) -> Answer {
        self.json("PATCH", path, &patch(operations)).await
    }

    pub async fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send(method, path, &[("content-type", "application/scim+json")], body.to_string()).await
    }

    /// Makes a user, and returns the id.
    pub async fn user(&self, name: &str) -> String {
        self.post("/Users", &user(name)).await.is(201).id()
    }

    /// Makes a group, and returns the id.
    pub async fn group(&self, name: &str, members: &[&str]) -> String {
        self.post("/Groups", &group(name, members)).await.is(201).id()
    }

    /// All that a filter finds.
    pub async fn find(&self, filter: &str) -> Answer {
        self.get(&format!("/Users?filter={}", encode(filter))).await
    }
}

pub fn user(name: &str) -> Value {
    json!({"schemas": [USER], "userName": name})
}

pub fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    json!({"schemas": [GROUP], "displayName": name, "members": members})
}

pub fn patch(operations: &Value) -> Value {
    json!({"schemas": [PATCH_OP], "Operations": operations})
}

pub fn bulk(operations: &Value) -> Value {
    json!({"schemas": [BULK], "Operations": operations})
}

pub fn search(filter: &str) -> Value {
    json!({"schemas": [SEARCH], "filter": filter})
}

/// A text as a part of a query.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

thread_local! {
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// What is logged on this thread, on which a test runs as a whole.
///
/// There is one subscriber for the process: those of several threads get into each other's way.
pub struct Log(());

struct ToThread;

impl std::io::Write for ToThread {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.with_borrow_mut(|log| log.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub fn start() -> Self {
        static START: Once = Once::new();
        START.call_once(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_ansi(false)
                .with_writer(|| ToThread)
                .finish();
            tracing::subscriber::set_global_default(subscriber).unwrap();
        });
        LOG.take();
        Self(())
    }

    /// What was logged since this was asked last.
    pub fn take(&self) -> String {
        String::from_utf8(LOG.take()).unwrap()
    }
}
