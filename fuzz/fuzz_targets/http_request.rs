//! Requests through a whole service: whatever comes in is answered as the RFC says, and nothing else happens.
//!
//! The input is up to four requests with a line `---` between them. A request is a line of method, path and query, lines of
//! headers, an empty line, and the body. `u-1`, `u-2`, `u-3` and `g-1` stand for the ids of the resources that are there.
#![no_main]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context as Task, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use libfuzzer_sys::fuzz_target;
use scim_core::{
    Group, Intent, Profile, Resource, ResourceId, ResourceType, SchemaSet, ScimResource, TenantId, User,
};
use scim_server::auth::{ApiKey, BearerTokens, MemoryTokens, Principal, Scopes};
use scim_server::store::{ResourceStore, Write};
use scim_server::{BaseUrl, Context, CursorKey, MemoryStore, ScimService, Timer};
use serde_json::{Value, json};
use tower_service::Service;

const KEY: &str = "the-key-of-acme-0001";
const OTHER_KEY: &str = "the-key-of-other-002";
/// Stored where it should not be, so that the gate out is what keeps it.
const PASSWORD: &str = "zQ7-kept-by-the-store-Vx";

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let requests: Vec<&str> = text.split("\n---\n").take(4).collect();
    // Both kinds of stores say the same.
    let typed = TYPED.with_borrow_mut(|world| World::run(world, &requests));
    let dynamic = DYNAMIC.with_borrow_mut(|world| World::run(world, &requests));
    assert_eq!(typed, dynamic, "typed stores answer otherwise");
});

thread_local! {
    static TYPED: RefCell<Option<World<User, Group>>> = const { RefCell::new(None) };
    static DYNAMIC: RefCell<Option<World<Resource, Resource>>> = const { RefCell::new(None) };
}

/// A service and its stores, which serve for the next input too unless something was written.
struct World<U, G> {
    service: ScimService,
    users: MemoryStore<U>,
    groups: MemoryStore<G>,
    ids: BTreeMap<&'static str, String>,
}

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

impl<U: ScimResource, G: ScimResource> World<U, G> {
    fn new() -> Self {
        let groups = MemoryStore::<G>::new();
        let users = MemoryStore::<U>::new().with_groups(&groups);
        let tokens: MemoryTokens = [(KEY, "acme"), (OTHER_KEY, "other")]
            .into_iter()
            .map(|(key, name)| {
                let principal = Principal::new(tenant(name)).with_scopes(Scopes::all()).with_subject("me");
                ApiKey::fixed(key).unwrap().record(principal)
            })
            .collect();
        let mut ids = BTreeMap::new();
        for name in ["other", "acme"] {
            let cx = |kind, set| Context::new(tenant(name), kind, set);
            let (user_cx, group_cx) = (cx("User", SchemaSet::user()), cx("Group", SchemaSet::group()));
            for (place, login) in [("u-1", "bjensen"), ("u-2", "mandy"), ("u-3", "Jürgen")] {
                let user = json!({
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": login,
                    "externalId": place, "active": true, "name": {"familyName": login}, "password": PASSWORD,
                    "emails": [{"value": format!("{login}@example.com"), "type": "work", "primary": true}],
                });
                ids.insert(place, put(&users, &user_cx, user));
            }
            let group = json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Tour Guides",
                "members": [{"value": ids["u-1"], "type": "User"}, {"value": ids["u-2"]}],
            });
            ids.insert("g-1", put(&groups, &group_cx, group));
        }
        let me = ResourceId::new(ids["u-1"].as_str()).unwrap();
        let base = BaseUrl::new("https://scim.example/scim/v2").unwrap();
        let mount = |name, endpoint, set| (ResourceType::new(name, endpoint, set), set.clone());
        let (user_type, user_set) = mount("User", "/Users", SchemaSet::user());
        let (group_type, group_set) = mount("Group", "/Groups", SchemaSet::group());
        let service = ScimService::builder(base, BearerTokens::new(tokens))
            .resource_type(user_type, user_set, users.clone())
            .resource_type(group_type, group_set, groups.clone())
            .me(move |_| std::future::ready(Ok(Some(("User".to_owned(), me.clone())))))
            .cursor_key(CursorKey::new([7; 32]))
            .timer(Never)
            .without_deadline()
            .without_session_revocation()
            .build()
            .unwrap();
        Self { service, users, groups, ids }
    }

    /// The status of each answer.
    fn run(kept: &mut Option<Self>, requests: &[&str]) -> Vec<u16> {
        let mut world = kept.take().unwrap_or_else(Self::new);
        let others = world.all("other");
        let start = world.all("acme");
        let mut before = start.clone();
        let mut answered = Vec::new();
        for text in requests {
            let Some(request) = world.read(text) else { continue };
            let method = request.method().clone();
            let (status, headers, body) = world.send(request);
            check(&method, status, &headers, &body);
            let after = world.all("acme");
            if status.is_client_error() || method == Method::GET || method == Method::HEAD {
                assert_eq!(before, after, "{status} changed something");
            }
            before = after;
            answered.push(status.as_u16());
        }
        assert_eq!(world.all("other"), others, "another tenant's resources changed");
        if before == start {
            *kept = Some(world);
            return answered;
        }
        for path in ["/scim/v2/Users?attributes=password", "/scim/v2/Users", "/scim/v2/Groups", "/scim/v2/"] {
            let request = Request::get(path).body(Full::default()).unwrap();
            let (status, headers, body) = world.send(request);
            assert_eq!(status, 200, "{path}");
            check(&Method::GET, status, &headers, &body);
        }
        answered
    }

    /// A request as a text says it; nothing where none can be sent.
    fn read(&self, text: &str) -> Option<Request<Full<Bytes>>> {
        let mut text = text.to_owned();
        for (place, id) in &self.ids {
            text = text.replace(place, id);
        }
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let mut lines = head.lines();
        let (method, uri) = lines.next()?.split_once(' ')?;
        let method = Method::from_bytes(method.as_bytes()).ok()?;
        let mut request =
            Request::builder().method(method).uri(uri).body(Full::new(body.to_owned().into())).ok()?;
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            request.headers_mut().append(name, HeaderValue::from_str(value.trim()).ok()?);
        }
        // The key of the other tenant is not among what is guessed.
        (!text.contains(OTHER_KEY) && !text.contains(PASSWORD)).then_some(request)
    }

    fn send(&mut self, mut request: Request<Full<Bytes>>) -> (StatusCode, HeaderMap, Bytes) {
        let key = HeaderValue::from_str(&format!("Bearer {KEY}")).unwrap();
        request.headers_mut().entry(header::AUTHORIZATION).or_insert(key);
        let (head, body) = now(self.service.call(request)).unwrap().into_parts();
        (head.status, head.headers, now(body.collect()).unwrap().to_bytes())
    }

    /// All that a tenant has, and at which versions.
    fn all(&self, name: &str) -> Vec<(String, String, String)> {
        let mut all = rows(&self.users, name);
        all.extend(rows(&self.groups, name));
        all
    }
}

fn rows<R: ScimResource>(store: &MemoryStore<R>, name: &str) -> Vec<(String, String, String)> {
    let rows = store.snapshot(&tenant(name)).unwrap();
    let row = |row: scim_server::store::Stored<R>| {
        let text = serde_json::to_string(&*row.resource).unwrap();
        (row.id.to_string(), row.version.as_str().to_owned(), text)
    };
    rows.into_iter().map(row).collect()
}

fn put<R: ScimResource>(store: &MemoryStore<R>, cx: &Context, value: Value) -> String {
    let admitted = cx.schemas().admit(value, Intent::Create, &Profile::lenient()).unwrap().resource;
    let resource = R::from_resource(admitted).unwrap();
    now(store.create(cx, resource, &Write::unchecked())).unwrap().stored.id.to_string()
}

/// What holds for every answer.
fn check(method: &Method, status: StatusCode, headers: &HeaderMap, body: &[u8]) {
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(!status.is_server_error() || status == 501, "{status}: {text}");
    assert!(!text.contains(PASSWORD), "a password: {text}");
    assert!(
        !headers
            .values()
            .any(|value| value.as_bytes().windows(PASSWORD.len()).any(|w| w == PASSWORD.as_bytes()))
    );
    if method == Method::HEAD || matches!(status.as_u16(), 204 | 304) {
        assert_eq!(text, "", "{status}");
        return;
    }
    assert!(status.is_success() || status.as_u16() >= 400, "{status}");
    assert_eq!(headers[header::CONTENT_TYPE], "application/scim+json");
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert!(!has_password(&answer), "a password: {text}");
    if status.as_u16() >= 400 {
        assert_eq!(answer["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!(answer["status"], status.as_str());
    }
}

fn has_password(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            members.iter().any(|(name, value)| name.eq_ignore_ascii_case("password") || has_password(value))
        }
        Value::Array(elements) => elements.iter().any(has_password),
        _ => false,
    }
}

/// The output of a future that waits for nothing.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Task::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits for something"),
    }
}

/// A clock that stands still.
struct Never;

impl Timer for Never {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}
