//! A whole service in process, without a network: `ScimService` over `MemoryStore`, beside a bare tower service that answers
//! with the same bytes ready-made.
//!
//! `cargo bench --bench server` prints its tables. The requests are built before the clock starts and the answers dropped after
//! it stops, for both services. `server USERS` takes another number of users than 100,000.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context as Task, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use scim_core::{
    Group, Intent, Profile, Projection, Resource, ResourceType, SchemaSet, ScimResource, TenantId, User,
};
use scim_server::auth::{
    ApiKey, Authenticator, BearerTokens, MemoryTokens, Principal, Scopes, dangerous_allow_anyone,
};
use scim_server::store::{ResourceStore, Write};
use scim_server::{BaseUrl, Context, MemoryStore, ScimService};
use serde_json::{Value, json};
use tower_service::Service;

const ROUNDS: usize = 101;
/// So many requests are timed at once.
const BATCH: usize = 20;

fn tenant() -> TenantId {
    TenantId::new("acme").unwrap()
}

/// The output of a future that waits for nothing.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Task::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits for something"),
    }
}

/// RFC 7643 §8.3 with a short certificate, as in `core`, under a name of its own.
fn full_user(n: usize) -> Value {
    let text = include_str!("../../crates/scim-testing/testdata/rfc7643/8.3-user-enterprise.json");
    let mut user: Value = serde_json::from_str(text).unwrap();
    user["x509Certificates"] = json!([{"value": "MIIDQzCCAqyg"}]);
    user["userName"] = user_name(n).into();
    user["externalId"] = format!("e-{n}").into();
    for name in ["id", "meta", "groups"] {
        user.as_object_mut().unwrap().remove(name);
    }
    user
}

fn user_name(n: usize) -> String {
    format!("bjensen{n}@example.com")
}

/// Puts a resource into a store; its id.
fn put<R: ScimResource>(store: &MemoryStore<R>, cx: &Context, resource: Value) -> String {
    let admitted = cx.schemas().admit(resource, Intent::Create, &Profile::lenient()).unwrap().resource;
    let resource = R::from_resource(admitted).unwrap();
    now(store.create(cx, resource, &Write::unchecked())).unwrap().stored.id.to_string()
}

fn service<R: ScimResource>(
    auth: impl Authenticator,
    endpoint: &str,
    set: &SchemaSet,
    store: &MemoryStore<R>,
) -> ScimService {
    let def = ResourceType::new(set.base().name(), endpoint, set);
    ScimService::builder(BaseUrl::new("https://app.example/scim/v2").unwrap(), auth)
        .resource_type(def, set.clone(), store.clone())
        .without_session_revocation()
        // The alarm of Tokio costs what it costs; there is none here.
        .without_deadline()
        .build()
        .unwrap()
}

/// Answers whatever it is asked with bytes that are there.
#[derive(Clone)]
struct Bare {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Service<Request<Full<Bytes>>> for Bare {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Task<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        let answer = self.clone();
        Box::pin(async move {
            drop(request);
            let mut response = Response::new(Full::new(answer.body));
            *response.status_mut() = answer.status;
            *response.headers_mut() = answer.headers;
            Ok(response)
        })
    }
}

type Requests = Box<dyn FnMut() -> Request<Full<Bytes>>>;
type Answer = Box<dyn FnMut(Request<Full<Bytes>>) -> Box<dyn std::any::Any>>;

/// What is asked again and again, and who answers.
struct Row {
    name: String,
    requests: Requests,
    answer: Answer,
    /// The row that it is compared with.
    beside: Option<&'static str>,
    times: Vec<Duration>,
    allocations: u64,
}

fn row<S, B>(name: impl Into<String>, service: &S, requests: Requests) -> Row
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error = Infallible> + Clone + 'static,
    B: 'static,
{
    let mut service = service.clone();
    Row {
        name: name.into(),
        requests,
        answer: Box::new(move |request| Box::new(now(service.call(request)).unwrap())),
        beside: None,
        times: Vec::new(),
        allocations: 0,
    }
}

/// Measures all in turns, so that what the machine does meanwhile hits all alike.
fn measure(rows: &mut [Row], rounds: usize, batch: usize) {
    for row in rows.iter_mut() {
        // Beside those of the service, there is that of the box which keeps the answer.
        row.allocations = (0..5)
            .map(|_| {
                let request = (row.requests)();
                allocation_counter::measure(|| drop((row.answer)(request))).count_total - 1
            })
            .min()
            .unwrap_or_default();
    }
    for _ in 0..rounds {
        for row in rows.iter_mut() {
            let requests: Vec<_> = (0..batch).map(|_| (row.requests)()).collect();
            let mut answers = Vec::with_capacity(batch);
            let start = Instant::now();
            answers.extend(requests.into_iter().map(|request| (row.answer)(request)));
            row.times.push(start.elapsed() / u32::try_from(batch).unwrap());
            black_box(answers);
        }
    }
    rows.iter_mut().for_each(|row| row.times.sort_unstable());
}

impl Row {
    fn beside(self, name: &'static str) -> Self {
        Self { beside: Some(name), ..self }
    }

    fn median(&self) -> Duration {
        self.times[self.times.len() / 2]
    }
}

fn request(method: &Method, path: &str, key: Option<&str>, body: &str) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method.clone()).uri(format!("/scim/v2{path}"));
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    request
        .header("accept", "application/scim+json")
        .header("content-type", "application/scim+json")
        .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
        .unwrap()
}

/// The answer to a request, for the bare service to give.
fn ready_made(service: &ScimService, request: Request<Full<Bytes>>) -> Bare {
    let (head, body) = now(service.clone().call(request)).unwrap().into_parts();
    assert!(head.status.is_success(), "{}", head.status);
    Bare { status: head.status, headers: head.headers, body: now(body.collect()).unwrap().to_bytes() }
}

/// Numbers that jump about below a limit.
fn jumping(below: usize, from: usize) -> impl FnMut() -> usize {
    let mut state = from;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    }
}

fn users<R: ScimResource>(kind: &str, count: usize) {
    let set = SchemaSet::user();
    let store = MemoryStore::<R>::new();
    let cx = Context::new(tenant(), "User", set);
    let spare: Vec<Value> = (0..10_000).map(full_user).collect();
    let start = Instant::now();
    let ids: Rc<[String]> = (0..count).map(|n| put(&store, &cx, full_user(n))).collect();
    println!(
        "\n{kind}: {count} users, put in at {:.1?} each\n",
        start.elapsed() / u32::try_from(count).unwrap()
    );

    let key = ApiKey::generate().unwrap();
    let all = Principal::new(tenant()).with_scopes(Scopes::all());
    let tokens: MemoryTokens = [key.record(all)].into_iter().collect();
    let bearer = service(BearerTokens::new(tokens), "/Users", set, &store);
    let open = service(dangerous_allow_anyone(tenant()), "/Users", set, &store);
    let key = key.expose().to_owned();

    let ask = |what: &'static str, key: Option<&str>, mut next: Box<dyn FnMut() -> usize>| -> Requests {
        let (ids, key) = (Rc::clone(&ids), key.map(str::to_owned));
        let (mut turn, mut changed) = (0, HashMap::new());
        Box::new(move || {
            let n = next();
            let (method, path, body) = match what {
                "get" => (Method::GET, format!("/Users/{}", ids[n]), String::new()),
                "filter" => {
                    let name = user_name(n).replace('@', "%40");
                    (Method::GET, format!("/Users?filter=userName+eq+%22{name}%22"), String::new())
                }
                "patch" => {
                    // Every time is a change; the rows have users of their own.
                    let n = n / 2 * 2 + usize::from(key.is_none());
                    let active: &mut bool = changed.entry(n).or_insert(true);
                    *active = !*active;
                    let body = json!({
                        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                        "Operations": [{"op": "replace", "path": "active", "value": active}],
                    });
                    (Method::PATCH, format!("/Users/{}", ids[n]), body.to_string())
                }
                "list" => {
                    (Method::GET, format!("/Users?count=100&startIndex={}", n % 1000 * 10 + 1), String::new())
                }
                _ => {
                    turn += 1;
                    (Method::POST, "/Users".to_owned(), full_user(count + turn + n * 1_000_000).to_string())
                }
            };
            request(&method, &path, key.as_deref(), &body)
        })
    };
    // No row asks for what another one has just brought into the caches.
    let row_of = std::cell::Cell::new(0);
    let anywhere = || -> Box<dyn FnMut() -> usize> {
        row_of.set(row_of.get() + 1);
        Box::new(jumping(count, row_of.get()))
    };
    let same = || -> Box<dyn FnMut() -> usize> { Box::new(|| 0) };
    let with_key = Some(key.as_str());

    // The store's own `Value`s: what a walk through them takes when they are not in a cache is part of it.
    let own = store.snapshot(&tenant()).unwrap();
    let own: Rc<[Arc<Resource>]> = own.iter().map(|one| R::to_resource(&one.resource).unwrap()).collect();
    let written = |name: &str, mut next: Box<dyn FnMut() -> usize>, many: usize| -> Row {
        let own = Rc::clone(&own);
        Row {
            name: name.to_owned(),
            requests: Box::new(|| request(&Method::GET, "", None, "")),
            answer: Box::new(move |_| {
                let n = if many == 1 { next() } else { next() % 1000 * 10 };
                let page: Vec<_> = own[n..(n + many).min(own.len())].iter().map(|one| one.as_map()).collect();
                Box::new(serde_json::to_vec(&page).unwrap())
            }),
            beside: None,
            times: Vec::new(),
            allocations: 0,
        }
    };
    let one_get = ready_made(&bearer, ask("get", with_key, same())());
    let one_list = ready_made(&bearer, ask("list", with_key, same())());
    println!(
        "an answer with one user has {} bytes, one with a page {}\n",
        one_get.body.len(),
        one_list.body.len()
    );

    let mut rows = vec![
        written("a user's `Value` to JSON", anywhere(), 1),
        row("bare: one user", &one_get, ask("get", with_key, anywhere())),
        row("GET by id, one and the same", &bearer, ask("get", with_key, same())),
        row("GET by id", &bearer, ask("get", with_key, anywhere())),
        row("GET by id, anyone", &open, ask("get", None, anywhere())),
        row("`filter=userName eq`", &bearer, ask("filter", with_key, anywhere())),
        row("`filter=userName eq`, anyone", &open, ask("filter", None, anywhere())),
    ];
    measure(&mut rows, ROUNDS, BATCH);
    let mut lists = vec![
        row("bare: a page", &one_list, ask("list", with_key, same())),
        written("100 `Value`s to JSON, one and the same page", same(), 100),
        written("100 `Value`s to JSON", anywhere(), 100),
        row("list of 100, one and the same page", &bearer, ask("list", with_key, same()))
            .beside("100 `Value`s to JSON, one and the same page"),
        row("list of 100", &bearer, ask("list", with_key, anywhere())).beside("100 `Value`s to JSON"),
        row("list of 100, anyone", &open, ask("list", None, anywhere())).beside("100 `Value`s to JSON"),
    ];
    measure(&mut lists, ROUNDS, 5);
    rows.append(&mut lists);
    // What is replaced is given back from here on, and what comes finds room: the heap need not grow.
    rows.iter_mut().for_each(|row| row.answer = Box::new(|_| Box::new(())));
    drop((own, spare));
    let mut writes = vec![
        row("PATCH `active`", &bearer, ask("patch", with_key, anywhere())),
        row("PATCH `active`, anyone", &open, ask("patch", None, anywhere())),
        row("POST", &bearer, ask("post", with_key, Box::new(|| 1))),
        row("POST, anyone", &open, ask("post", None, Box::new(|| 2))),
    ];
    measure(&mut writes, ROUNDS, BATCH);
    rows.append(&mut writes);
    table(kind, &rows);
}

fn table(kind: &str, rows: &[Row]) {
    println!(
        "| {kind} | median | least | over bare | to `Value`s | allocations |\n|---|---|---|---|---|---|"
    );
    let median = |name: &str| rows.iter().find(|row| row.name == name).map(Row::median);
    for row in rows {
        let least = row.times.first().copied().unwrap_or_default();
        let is_ours = !row.name.starts_with("bare") && !row.name.contains("to JSON");
        let bare = median(if row.name.starts_with("list") { "bare: a page" } else { "bare: one user" });
        let over = bare.filter(|_| is_ours).map(|bare| format!("{:.1?}", row.median().saturating_sub(bare)));
        let ratio = row.beside.and_then(median).map(|base| row.median().as_secs_f64() / base.as_secs_f64());
        println!(
            "| {} | {:.1?} | {least:.1?} | {} | {} | {} |",
            row.name,
            row.median(),
            over.unwrap_or_default(),
            ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
            row.allocations,
        );
    }
}

fn groups<R: ScimResource>(kind: &str) {
    println!(
        "\n| {kind}, members | PATCH that adds one | least | allocations | GET without `members` | least | allocations |"
    );
    println!("|---|---|---|---|---|---|---|");
    for members in [100, 1_000, 10_000, 100_000, 1_000_000] {
        let set = SchemaSet::group();
        let store = MemoryStore::<R>::new();
        let cx = Context::new(tenant(), "Group", set);
        let list: Vec<Value> =
            (0..members).map(|n| json!({"value": format!("{n:012}"), "type": "User"})).collect();
        let group = json!({"schemas": [set.base().id().as_str()], "displayName": "All", "members": list});
        let id = put(&store, &cx, group);
        let service = service(dangerous_allow_anyone(tenant()), "/Groups", set, &store);
        let path = format!("/Groups/{id}");
        let mut next = members;
        let add: Requests = {
            let path = path.clone();
            Box::new(move || {
                next += 1;
                let body = json!({
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations": [{"op": "add", "path": "members", "value": [{"value": format!("{next:012}")}]}],
                });
                request(&Method::PATCH, &path, None, &body.to_string())
            })
        };
        let path = format!("{path}?excludedAttributes=members");
        let get: Requests = Box::new(move || request(&Method::GET, &path, None, ""));
        let mut rows = vec![row("patch", &service, add), row("get", &service, get)];
        measure(&mut rows, 21, 5);
        let cells = rows
            .iter()
            .map(|row| format!("{:.1?} | {:.1?} | {}", row.median(), row.times[0], row.allocations));
        println!("| {members} | {} |", cells.collect::<Vec<_>>().join(" | "));
        let seen = now(store.get(&cx, &id.parse().unwrap(), &Projection::everything())).unwrap();
        drop(black_box(seen));
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "--test") {
        return;
    }
    let count = args.iter().find_map(|arg| arg.parse().ok()).unwrap_or(100_000);
    let wants = |part: &str| {
        !args.iter().any(|arg| ["dynamic", "typed", "groups"].contains(&arg.as_str()))
            || args.iter().any(|arg| arg == part)
    };
    if wants("dynamic") {
        users::<Resource>("`MemoryStore<Resource>`", count);
    }
    if wants("typed") {
        users::<User>("`MemoryStore<User>`", count);
    }
    if wants("groups") {
        groups::<Resource>("`MemoryStore<Resource>`");
        groups::<Group>("`MemoryStore<Group>`");
    }
}
