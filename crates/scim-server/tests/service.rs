//! The service as a whole, on the store in memory: what happens around the operations.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context as Task, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use scim_core::{
    AuthenticationScheme, Limits, Projection, Resource, ResourceId, ResourceType, SchemaSet, TenantId, User,
};
use scim_server::auth::{
    ApiKey, AuthError, Authenticator, BearerTokens, MemoryTokens, Principal, Scopes, dangerous_allow_anyone,
};
use scim_server::rules::Leaver;
use scim_server::store::{Listing, Query, ResourceStore, StoreError, Stored, Write, Written};
use scim_server::{BaseUrl, Context, MemoryStore, RateLimit, ScimService};
use serde_json::{Value, json};
use tower::ServiceExt;

const BASE: &str = "https://app.example/scim/v2";

fn tenant() -> TenantId {
    TenantId::new("acme").unwrap()
}

fn users() -> (ResourceType, SchemaSet, MemoryStore<Resource>) {
    let set = SchemaSet::user();
    (ResourceType::new("User", "/Users", set), set.clone(), MemoryStore::new())
}

fn service() -> ScimService {
    let (def, set, store) = users();
    ScimService::builder(BaseUrl::new(BASE).unwrap(), dangerous_allow_anyone(tenant()))
        .resource_type(def, set, store)
        .without_session_revocation()
        .build()
        .unwrap()
}

struct Answer {
    status: u16,
    headers: http::HeaderMap,
    bytes: Bytes,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    fn error(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/scim+json");
        let body = self.json();
        assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!(body["status"], self.status.to_string());
        let kind = body["scimType"].as_str().map(|kind| format!(" {kind}")).unwrap_or_default();
        format!("{}{kind}: {}", self.status, body["detail"].as_str().unwrap())
    }
}

async fn send<B>(service: &ScimService, request: Request<B>) -> Answer
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
{
    let response = service.clone().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        bytes: body.collect().await.unwrap().to_bytes(),
    }
}

fn request(method: &str, path: &str, body: Option<Value>) -> Request<Full<Bytes>> {
    let bytes = body.map(|body| body.to_string()).unwrap_or_default();
    Request::builder().method(method).uri(path).body(Full::new(Bytes::from(bytes))).unwrap()
}

async fn ask(service: &ScimService, method: &str, path: &str, body: Option<Value>) -> Answer {
    send(service, request(method, path, body)).await
}

fn babs() -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bjensen"})
}

#[tokio::test]
async fn a_user_from_birth_to_death() {
    let service = service();
    let made = ask(&service, "POST", "/Users", Some(babs())).await;
    assert_eq!(made.status, 201);
    let location = made.headers["location"].to_str().unwrap().to_owned();
    let body = made.json();
    assert_eq!(body["meta"]["location"], location);
    assert_eq!(made.headers["etag"].to_str().unwrap(), body["meta"]["version"]);
    assert_eq!(body["meta"]["created"], body["meta"]["lastModified"]);
    assert_eq!(body["meta"]["resourceType"], "User");
    let path = location.strip_prefix(BASE).unwrap().to_owned();
    assert_eq!(path, format!("/Users/{}", body["id"].as_str().unwrap()));

    let got = ask(&service, "GET", &path, None).await;
    assert_eq!((got.status, got.json()), (200, body.clone()));
    // The framework may or may not have taken the base away.
    assert_eq!(ask(&service, "GET", &format!("/scim/v2{path}/"), None).await.json(), body);

    let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "Replace", "path": "active", "value": "False"}]});
    let patched = ask(&service, "PATCH", &path, Some(patch.clone())).await;
    assert_eq!((patched.status, &patched.json()["active"]), (200, &json!(false)));
    assert_ne!(patched.headers["etag"], got.headers["etag"]);
    let again = ask(&service, "PATCH", &path, Some(patch)).await;
    assert_eq!((again.status, again.json()), (200, patched.json()));

    let found = ask(&service, "GET", "/Users?filter=userName%20eq%20%22BJENSEN%22", None).await.json();
    assert_eq!((&found["totalResults"], &found["Resources"][0]), (&json!(1), &patched.json()));

    assert_eq!(ask(&service, "DELETE", &path, None).await.status, 204);
    for method in ["GET", "DELETE"] {
        let gone = ask(&service, method, &path, None).await;
        assert_eq!(gone.status, 404);
    }
    assert_eq!(ask(&service, "GET", "/Users", None).await.json()["Resources"], json!([]));
}

#[tokio::test]
async fn head_is_get_without_its_body() {
    let service = service();
    let path = ask(&service, "POST", "/Users", Some(babs())).await.headers["location"]
        .to_str()
        .unwrap()
        .strip_prefix(BASE)
        .unwrap()
        .to_owned();
    let got = ask(&service, "GET", &path, None).await;
    let head = ask(&service, "HEAD", &path, None).await;
    assert_eq!((head.status, head.bytes.len()), (200, 0));
    assert_eq!(head.headers["content-length"].to_str().unwrap(), got.bytes.len().to_string());
    assert_eq!(head.headers["etag"], got.headers["etag"]);
    assert_eq!(ask(&service, "HEAD", "/Users/7", None).await.status, 404);
    assert_eq!(ask(&service, "HEAD", "/Users/7", None).await.bytes.len(), 0);
}

#[tokio::test]
async fn whatever_goes_wrong_is_a_scim_error() {
    let service = service();
    let mut seen = String::new();
    for (method, path) in [
        ("GET", "/Nothing"),
        ("GET", "/Users/7/8"),
        ("GET", "/Users/..%2F..%2Fetc"),
        ("GET", "/v1/Users"),
        ("PUT", "/Users"),
        ("TRACE", "/Users/7"),
        ("DELETE", "/Schemas"),
        ("POST", "/ServiceProviderConfig"),
        ("GET", "/.search"),
        ("GET", "/"),
        ("GET", "/Me"),
        ("GET", "/Users?filter=userName"),
        ("GET", "/Users?count=x"),
        ("GET", "/Users?cursor=abc"),
        ("GET", "/Schemas?filter=id+pr"),
        ("GET", "/Schemas/urn:nothing"),
        ("POST", "/Users"),
        ("PATCH", "/Users/7"),
    ] {
        let answer = ask(&service, method, path, None).await;
        let allow = answer.headers.get("allow").map(|allow| format!(" [{}]", allow.to_str().unwrap()));
        seen += &format!("{method} {path} -> {}{}\n", answer.error(), allow.unwrap_or_default());
    }
    insta::assert_snapshot!(seen);
}

#[tokio::test]
async fn media_types() {
    let service = service();
    let with = |name: &str, value: &str| {
        let mut sent = request("POST", "/Users", Some(babs()));
        sent.headers_mut().insert(http::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
        sent
    };
    insta::assert_snapshot!(send(&service, with("content-type", "text/xml")).await.error(), @"415: the body has to be `application/scim+json` in UTF-8, not `text/xml`");
    insta::assert_snapshot!(send(&service, with("accept", "text/html")).await.error(), @"406: answers are `application/scim+json`");
    assert_eq!(send(&service, with("content-type", "application/json; charset=utf-8")).await.status, 201);
}

/// A body that never ends, and counts what was read of it.
struct Endless(Arc<AtomicUsize>);

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Task<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        let piece = Bytes::from_static(&[b' '; 1024]);
        self.0.fetch_add(piece.len(), Ordering::Relaxed);
        Poll::Ready(Some(Ok(http_body::Frame::data(piece))))
    }
}

/// A body that never comes.
struct Silent;

impl http_body::Body for Silent {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Task<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        Poll::Pending
    }
}

#[tokio::test]
async fn a_body_is_read_up_to_its_limit_only() {
    let service = service();
    let read = Arc::new(AtomicUsize::new(0));
    let endless = Request::post("/Users").body(Endless(Arc::clone(&read))).unwrap();
    insta::assert_snapshot!(send(&service, endless).await.error(), @"413: the body is longer than 8388608 bytes");
    assert!(read.load(Ordering::Relaxed) <= Limits::default().body_bytes + 1024);

    let read = Arc::new(AtomicUsize::new(0));
    let announced = Request::post("/Users")
        .header("content-length", "52428800")
        .body(Endless(Arc::clone(&read)))
        .unwrap();
    assert_eq!(send(&service, announced).await.status, 413);
    assert_eq!(read.load(Ordering::Relaxed), 0);
}

#[tokio::test(start_paused = true)]
async fn a_slow_request_ends_at_its_deadline() {
    let silent = Request::post("/Users").body(Silent).unwrap();
    let answer = send(&service(), silent).await;
    assert_eq!(answer.headers["retry-after"], "5");
    insta::assert_snapshot!(answer.error(), @"503: the request took too long");
}

/// A store in which everything goes wrong.
struct Broken;

impl ResourceStore for Broken {
    type Resource = User;

    async fn create(&self, _: &Context, _: User, _: &Write<'_>) -> Result<Written<User>, StoreError> {
        panic!("a secret of the store")
    }

    async fn get(&self, _: &Context, _: &ResourceId, _: &Projection) -> Result<Stored<User>, StoreError> {
        Err(StoreError::Internal("password=hunter2 at db.internal".into()))
    }

    async fn query(&self, _: &Context, _: &Query) -> Result<Listing<Stored<User>>, StoreError> {
        Err(StoreError::Unsupported("this filter is too much for the table".to_owned()))
    }

    async fn replace(
        &self,
        _: &Context,
        _: &ResourceId,
        _: User,
        _: &Write<'_>,
    ) -> Result<Written<User>, StoreError> {
        Err(StoreError::NotFound)
    }

    async fn delete(&self, _: &Context, _: &ResourceId, _: &Write<'_>) -> Result<Stored<User>, StoreError> {
        let source = "connection refused by 10.0.0.7".into();
        Err(StoreError::Unavailable { retry_after: Some(Duration::from_millis(1500)), source })
    }
}

#[tokio::test]
async fn what_is_broken_inside_stays_inside() {
    let service = ScimService::builder(BaseUrl::new(BASE).unwrap(), dangerous_allow_anyone(tenant()))
        .resource(Broken)
        .without_session_revocation()
        .build()
        .unwrap();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let panicked = ask(&service, "POST", "/Users", Some(babs())).await;
    std::panic::set_hook(hook);
    insta::assert_snapshot!(panicked.error(), @"500: internal error");
    insta::assert_snapshot!(ask(&service, "GET", "/Users/7", None).await.error(), @"500: internal error");
    insta::assert_snapshot!(ask(&service, "GET", "/Users", None).await.error(), @"501: this filter is too much for the table");
    insta::assert_snapshot!(ask(&service, "GET", "/Users?filter=active+pr", None).await.error(), @"400 invalidFilter: this filter is too much for the table");
    let gone = ask(&service, "DELETE", "/Users/7", None).await;
    assert_eq!(gone.headers["retry-after"], "2");
    insta::assert_snapshot!(gone.error(), @"503: the storage is not available: try again later");
}

#[tokio::test]
async fn credentials() {
    let (def, set, store) = users();
    let tokens = MemoryTokens::new();
    let (reader, nobody) = (ApiKey::generate().unwrap(), ApiKey::generate().unwrap());
    tokens.add(reader.record(Principal::new(tenant()).with_scopes(Scopes::read_only())));
    tokens.add(nobody.record(Principal::new(tenant())));
    let service = ScimService::builder(BaseUrl::new(BASE).unwrap(), BearerTokens::new(tokens))
        .resource_type(def, set, store)
        .without_session_revocation()
        .build()
        .unwrap();
    let with = |method: &str, path: &str, key: &ApiKey| {
        let mut sent = request(method, path, Some(babs()));
        sent.headers_mut().insert("authorization", format!("Bearer {}", key.expose()).parse().unwrap());
        sent
    };
    for path in ["/Users", "/Nothing", "/ServiceProviderConfig", "/Users/7"] {
        let answer = ask(&service, "GET", path, None).await;
        assert_eq!(answer.status, 401, "{path}");
        assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
        answer.error();
    }
    assert_eq!(send(&service, with("GET", "/Users", &reader)).await.status, 200);
    insta::assert_snapshot!(send(&service, with("POST", "/Users", &reader)).await.error(), @"403: these credentials may not write `User` resources");
    insta::assert_snapshot!(send(&service, with("GET", "/Users", &nobody)).await.error(), @"403: these credentials may not read `User` resources");
    // What describes the service is for everyone who was let in.
    assert_eq!(send(&service, with("GET", "/ServiceProviderConfig", &nobody)).await.status, 200);
}

#[tokio::test]
async fn too_many_requests() {
    let (def, set, store) = users();
    let service = ScimService::builder(BaseUrl::new(BASE).unwrap(), dangerous_allow_anyone(tenant()))
        .resource_type(def, set, store)
        .rate_limit(RateLimit::per_second(1).with_burst(1))
        .without_session_revocation()
        .build()
        .unwrap();
    assert_eq!(ask(&service, "GET", "/Users", None).await.status, 200);
    let answer = ask(&service, "GET", "/Users", None).await;
    assert_eq!(answer.headers["retry-after"], "1");
    insta::assert_snapshot!(answer.error(), @"429: too many requests: slow down");
}

#[tokio::test]
async fn leavers_are_signed_out_and_again_when_the_sender_repeats_itself() {
    let (def, set, store) = users();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let service = ScimService::builder(BaseUrl::new(BASE).unwrap(), dangerous_allow_anyone(tenant()))
        .resource_type(def, set, store)
        .on_deprovision(move |_cx: Context, _leaver: Leaver| {
            let call = counted.fetch_add(1, Ordering::SeqCst);
            // The first request fails with all of its tries.
            async move { if call < 3 { Err("the session store is gone".into()) } else { Ok(()) } }
        })
        .build()
        .unwrap();
    let made = ask(&service, "POST", "/Users", Some(babs())).await;
    assert_eq!((made.status, calls.load(Ordering::SeqCst)), (201, 0));
    let path = format!("/Users/{}", made.json()["id"].as_str().unwrap());
    let patch = |value: bool| {
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": value}]})
    };
    let failed = ask(&service, "PATCH", &path, Some(patch(false))).await;
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    insta::assert_snapshot!(failed.error(), @"503: signing the account out everywhere failed: repeat the request");
    // The account is disabled all the same.
    assert_eq!(ask(&service, "GET", &path, None).await.json()["active"], false);
    assert_eq!(ask(&service, "PATCH", &path, Some(patch(false))).await.status, 200);
    assert_eq!(calls.load(Ordering::SeqCst), 4);
    let title = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "title", "value": "Guide"}]});
    assert_eq!(ask(&service, "PATCH", &path, Some(title)).await.status, 200);
    assert_eq!(calls.load(Ordering::SeqCst), 4, "nothing was said about `active`");
    assert_eq!(ask(&service, "PATCH", &path, Some(patch(true))).await.status, 200);
    assert_eq!(ask(&service, "DELETE", &path, None).await.status, 204);
    assert_eq!(calls.load(Ordering::SeqCst), 6, "before the deletion and after it");
}

#[tokio::test]
async fn it_mounts_in_axum() {
    let app: axum::Router = axum::Router::new().nest_service("/scim/v2", service());
    let request = Request::builder()
        .method(Method::GET)
        .uri("/scim/v2/Users?count=0&")
        .body(axum::body::Body::empty())
        .unwrap();
    let response = app.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

/// Lets everyone read, and those who write only with a header.
struct ByMethod;

impl Authenticator for ByMethod {
    async fn authenticate(&self, head: &http::request::Parts) -> Result<Principal, AuthError> {
        if head.method == Method::GET || head.headers.contains_key("x-admin") {
            return Ok(Principal::new(tenant()).with_scopes(Scopes::all()));
        }
        Err(AuthError::Forbidden)
    }

    fn schemes(&self) -> Vec<AuthenticationScheme> {
        Vec::new()
    }
}

#[tokio::test]
async fn an_authenticator_sees_the_method() {
    let (def, set, store) = users();
    let service = ScimService::builder(BaseUrl::new(BASE).unwrap(), ByMethod)
        .resource_type(def, set, store)
        .without_session_revocation()
        .build()
        .unwrap();
    assert_eq!(ask(&service, "GET", "/Users", None).await.status, 200);
    assert_eq!(ask(&service, "POST", "/Users", Some(babs())).await.status, 403);
    assert_eq!(ask(&service, "GET", "/Users", None).await.json()["totalResults"], 0);
}
