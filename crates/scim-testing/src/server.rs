//! A service over stores in memory, and a synchronous client that talks to it without a network.
//!
//! ```
//! use scim_testing::server::{Server, user};
//! use serde_json::json;
//!
//! let server = Server::new();
//! let answer = server.send("POST", "/Users", user("bjensen", json!({"active": true})));
//! assert_eq!((answer.status, &answer.body["userName"]), (201, &json!("bjensen")));
//! ```

#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot talk to its server has to stop"
)]

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use scim_core::{Profile, Resource, ResourceType, SchemaSet, TenantId};
use scim_server::auth::{ApiKey, BearerTokens, MemoryTokens, Principal, Scopes};
use scim_server::{BaseUrl, Builder, CursorKey, Decided, MemoryStore, ScimService, Timer, Undecided};
use serde_json::{Value, json};
use tower_service::Service as _;

/// The schema of users.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The schema of groups.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The extension of users in a company.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The message of a PATCH.
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// The message of a search.
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// The message of a bulk request.
pub const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// The message of an error.
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// The message of a list.
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// Where the service is.
pub const BASE: &str = "https://example.com/v2";

/// The smallest user, and these members.
#[must_use]
pub fn user(user_name: &str, members: Value) -> Value {
    with(json!({"schemas": [USER], "userName": user_name}), members)
}

/// The smallest group, and these members.
#[must_use]
pub fn group(display_name: &str, members: Value) -> Value {
    with(json!({"schemas": [GROUP], "displayName": display_name}), members)
}

/// A PATCH of these operations.
#[must_use]
pub fn patch(operations: Value) -> Value {
    json!({"schemas": [PATCH_OP], "Operations": operations})
}

/// A bulk request of these operations.
#[must_use]
pub fn bulk(operations: Value) -> Value {
    json!({"schemas": [BULK_REQUEST], "Operations": operations})
}

/// The body with these members added or changed.
///
/// # Panics
/// When they are no objects.
#[must_use]
pub fn with(body: Value, members: Value) -> Value {
    match (body, members) {
        (Value::Object(mut body), Value::Object(members)) => {
            body.extend(members);
            Value::Object(body)
        }
        (body, Value::Null) => body,
        (body, members) => panic!("not two objects: {body} {members}"),
    }
}

/// A clock that stands still until it is moved; its alarms go off at once.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Mutex<DateTime<Utc>>>);

impl Clock {
    /// A clock that shows this time.
    #[must_use]
    pub fn at(time: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(time)))
    }

    /// Moves it on.
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Timer for Clock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}

/// A service with users and groups in memory, as one client with one key sees it. Clones are the same service.
#[derive(Clone, Debug)]
pub struct Server {
    service: ScimService,
    /// The clock of the service: 2011-08-01T18:29:49Z until it is moved.
    pub clock: Clock,
    /// The users.
    pub users: MemoryStore<Resource>,
    /// The groups.
    pub groups: MemoryStore<Resource>,
    tokens: MemoryTokens,
    key: Option<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

impl Server {
    /// With the defaults, and a client of the tenant `acme` who may do everything.
    #[must_use]
    pub fn new() -> Self {
        Self::build(|builder| builder)
    }

    /// As the RFCs have it: without any leniency.
    #[must_use]
    pub fn strict() -> Self {
        Self::build(|builder| builder.profile(Profile::rfc()))
    }

    /// With these options, and nobody who ends the sessions of leavers.
    #[must_use]
    pub fn build(options: impl FnOnce(Builder<Undecided>) -> Builder<Undecided>) -> Self {
        Self::build_decided(|builder| options(builder).without_session_revocation())
    }

    /// With these options.
    ///
    /// # Panics
    /// When they do not fit.
    #[must_use]
    pub fn build_decided(options: impl FnOnce(Builder<Undecided>) -> Builder<Decided>) -> Self {
        let clock = Clock::at(DateTime::from_timestamp(1_312_223_389, 0).expect("a time"));
        let groups = MemoryStore::<Resource>::new();
        let users = MemoryStore::<Resource>::new().with_groups(&groups);
        let tokens = MemoryTokens::new();
        let base = BaseUrl::new(BASE).expect("a base URL");
        let authenticator = BearerTokens::new(tokens.clone()).with_clock(Arc::new(clock.clone()));
        let builder = ScimService::builder(base, authenticator)
            .resource_type(
                ResourceType::new("User", "/Users", SchemaSet::user()),
                SchemaSet::user().clone(),
                users.clone(),
            )
            .resource_type(
                ResourceType::new("Group", "/Groups", SchemaSet::group()),
                SchemaSet::group().clone(),
                groups.clone(),
            )
            .cursor_key(CursorKey::new([7; 32]))
            .timer(clock.clone())
            .without_deadline();
        let service = options(builder).build().unwrap_or_else(|error| panic!("{error}"));
        let server = Self { service, clock, users, groups, tokens, key: None };
        let principal = server.principal("acme").with_scopes(Scopes::all());
        server.as_principal(principal)
    }

    /// Somebody of a tenant who may do nothing yet.
    ///
    /// # Panics
    /// When there can be no such tenant.
    #[must_use]
    pub fn principal(&self, tenant: &str) -> Principal {
        Principal::new(TenantId::new(tenant).unwrap_or_else(|error| panic!("{error}")))
    }

    /// The same service, as somebody else sees it.
    ///
    /// # Panics
    /// When there is no randomness.
    #[must_use]
    pub fn as_principal(&self, principal: Principal) -> Self {
        let key = ApiKey::generate().expect("a key");
        self.tokens.add(key.record(principal));
        Self { key: Some(key.expose().to_owned()), ..self.clone() }
    }

    /// The same service, as a client of another tenant sees it who may do everything.
    #[must_use]
    pub fn as_tenant(&self, tenant: &str) -> Self {
        self.as_principal(self.principal(tenant).with_scopes(Scopes::all()))
    }

    /// The same service, as a client without credentials sees it.
    #[must_use]
    pub fn as_nobody(&self) -> Self {
        Self { key: None, ..self.clone() }
    }

    /// The same service, as a client with these credentials sees it.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self.clone() }
    }

    /// The records of the keys.
    #[must_use]
    pub fn tokens(&self) -> &MemoryTokens {
        &self.tokens
    }

    /// Reads, from a path below the base URL.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, Value::Null)
    }

    /// Asks, with these parameters.
    #[must_use]
    pub fn query(&self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        let mut path = path.to_owned();
        for (at, (name, value)) in parameters.iter().enumerate() {
            path.push(if at == 0 { '?' } else { '&' });
            path.push_str(name);
            path.push('=');
            for byte in value.bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    path.push(char::from(byte));
                } else {
                    path.push_str(&format!("%{byte:02X}"));
                }
            }
        }
        self.get(&path)
    }

    /// Deletes.
    #[must_use]
    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, Value::Null)
    }

    /// Creates, and says under which id.
    ///
    /// # Panics
    /// Unless it is created.
    #[must_use]
    #[track_caller]
    pub fn created(&self, path: &str, body: Value) -> String {
        let answer = self.send("POST", path, body);
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.id()
    }

    /// Sends a request with a body, or without one where it is `null`.
    #[must_use]
    pub fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        self.send_with(method, path, &[], body)
    }

    /// Sends a request with these headers too.
    ///
    /// # Panics
    /// When it is no HTTP.
    #[must_use]
    pub fn send_with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let bytes = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        let typed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let mut all = headers.to_vec();
        if !body.is_null() && !typed {
            all.push(("content-type", "application/scim+json"));
        }
        self.send_bytes(method, path, &all, bytes)
    }

    /// Sends a request with these bytes for a body.
    ///
    /// # Panics
    /// When it is no HTTP.
    #[must_use]
    pub fn send_bytes(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{BASE}{path}"));
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.request(request.body(Full::new(body.into())).unwrap_or_else(|error| panic!("{path}: {error}")))
    }

    /// Sends a request as it is: without credentials, to whatever path it has.
    ///
    /// # Panics
    /// When the answer is no JSON although it has a body.
    #[must_use]
    pub fn request<B>(&self, request: Request<B>) -> Answer
    where
        B: http_body::Body + Send + 'static,
        B::Data: bytes::Buf + Send,
    {
        call(&self.service, request)
    }
}

/// Sends a request to any service.
///
/// # Panics
/// When the answer is no JSON although it has a body, or breaks off.
#[must_use]
pub fn call<B>(service: &ScimService, request: Request<B>) -> Answer
where
    B: http_body::Body + Send + 'static,
    B::Data: bytes::Buf + Send,
{
    let mut service = service.clone();
    block_on(async move {
        let answered: Result<_, Infallible> = service.call(request).await;
        let Ok(response) = answered;
        let (head, body) = response.into_parts();
        let bytes = match body.collect().await {
            Ok(collected) => collected.to_bytes(),
            Err(error) => panic!("the body broke off: {error}"),
        };
        let body = match bytes.as_ref() {
            [] => Value::Null,
            bytes => serde_json::from_slice(bytes)
                .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(bytes))),
        };
        Answer { status: head.status.as_u16(), headers: head.headers, body, bytes }
    })
}

/// Runs a future to its end, on a runtime of its own.
///
/// # Panics
/// When there can be no runtime.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// What the service answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, or `null` where there is none.
    pub body: Value,
    /// The body as it came.
    pub bytes: Bytes,
}

impl Answer {
    /// The text of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The id of the resource.
    ///
    /// # Panics
    /// When it has none.
    #[must_use]
    #[track_caller]
    pub fn id(&self) -> String {
        self.text("/id").to_owned()
    }

    /// The text at a place in the body, such as `/meta/version`.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn text(&self, pointer: &str) -> &str {
        match self.body.pointer(pointer).and_then(Value::as_str) {
            Some(text) => text,
            None => panic!("no text at {pointer}: {} {}", self.status, self.body),
        }
    }

    /// The resources of a list.
    ///
    /// # Panics
    /// When it is no list.
    #[must_use]
    #[track_caller]
    pub fn resources(&self) -> &[Value] {
        match &self.body["Resources"] {
            Value::Array(resources) if self.status == 200 => resources,
            Value::Null if self.status == 200 && self.body["schemas"] == json!([LIST_RESPONSE]) => &[],
            _ => panic!("not a list: {} {}", self.status, self.body),
        }
    }

    /// The texts of an attribute of the resources of a list, in order; `-` where there is none.
    #[must_use]
    #[track_caller]
    pub fn column(&self, attribute: &str) -> Vec<&str> {
        self.resources().iter().map(|one| one[attribute].as_str().unwrap_or("-")).collect()
    }

    /// Asserts that it is a SCIM error with this status, and this keyword or none.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn assert_error(&self, status: u16, scim_type: Option<&str>) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["schemas"], json!([ERROR]), "{}", self.body);
        assert_eq!(self.body["status"], json!(status.to_string()), "{}", self.body);
        assert_eq!(self.body.get("scimType").and_then(Value::as_str), scim_type, "{}", self.body);
    }
}
