//! What the client costs: its time over that of the server in the same process, its memory on a long list, and how fast it
//! drives a server over sockets beside a bare HTTP client.
//!
//! `cargo bench --bench client` prints its tables; `client requests`, `client stream` and `client sockets` one of them, the
//! last one with a number of rounds other than 15, if one is given.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use scim_client::{Client, RequestBody};
use scim_core::{Group, ResourceId, User, attr};
use scim_filter::Filter;
use scim_filter::query::{Page, Query};
use scim_server::auth::{ApiKey, BearerTokens, MemoryTokens, Principal, Scopes};
use scim_server::{BaseUrl, MemoryStore, ScimService};
use serde_json::{Value, json};
use tower_service::Service;

const BASE: &str = "https://app.example/scim/v2";
const KEY: &str = "scim-bench-key-0123456789";

/// RFC 7643 §8.3 with a short certificate, as in `server`, under a name of its own.
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

fn typed_user(n: usize) -> User {
    serde_json::from_value(full_user(n)).unwrap()
}

fn service() -> ScimService {
    let tokens = MemoryTokens::new();
    let principal = Principal::new("acme".parse().unwrap()).with_scopes(Scopes::all());
    tokens.add(ApiKey::fixed(KEY).unwrap().record(principal));
    ScimService::builder(BaseUrl::new(BASE).unwrap(), BearerTokens::new(tokens))
        .resource(MemoryStore::<User>::new())
        .resource(MemoryStore::<Group>::new())
        .without_session_revocation()
        // The alarm of Tokio costs what it costs; there is none here.
        .without_deadline()
        .build()
        .unwrap()
}

fn client<S>(transport: S) -> Client
where
    S: Service<Request<RequestBody>, Response = Response<Full<Bytes>>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    Client::builder(BASE).bearer(KEY).transport(transport).build().unwrap()
}

/// The output of a future that waits for nothing.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits for something"),
    }
}

/// Answers whatever it is asked with bytes that are there.
#[derive(Clone)]
struct Bare {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Service<Request<RequestBody>> for Bare {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<RequestBody>) -> Self::Future {
        let mut response = Response::new(Full::new(self.body.clone()));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        std::future::ready(Ok(response))
    }
}

/// What is timed, and how long it took.
struct Row<'a> {
    name: &'static str,
    run: Box<dyn FnMut() + 'a>,
    times: Vec<Duration>,
    allocations: u64,
}

fn row<'a>(name: &'static str, run: impl FnMut() + 'a) -> Row<'a> {
    Row { name, run: Box::new(run), times: Vec::new(), allocations: 0 }
}

/// Measures all in turns, so that what the machine does meanwhile hits all alike.
fn measure(rows: &mut [Row<'_>], rounds: usize, batch: u32) {
    for row in rows.iter_mut() {
        row.allocations =
            (0..5).map(|_| allocation_counter::measure(|| (row.run)()).count_total).min().unwrap_or_default();
    }
    for _ in 0..rounds {
        for row in rows.iter_mut() {
            let start = Instant::now();
            (0..batch).for_each(|_| (row.run)());
            row.times.push(start.elapsed() / batch);
        }
    }
    rows.iter_mut().for_each(|row| row.times.sort_unstable());
}

impl Row<'_> {
    fn median(&self) -> Duration {
        self.times[self.times.len() / 2]
    }
}

/// One and the same user each time, so that everything is in the caches for the server and for the client alike.
fn requests() {
    let service = service();
    let put = client(service_of_bytes(&service));
    // `TokioTimer` needs a runtime to be around.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _guard = runtime.enter();
    let ids: Vec<ResourceId> =
        (0..1_000).map(|n| now(put.users().create(&typed_user(n))).unwrap().id.clone().unwrap()).collect();
    let id = ids[500].clone();
    let name = user_name(500);
    let key = Filter::eq(attr::USER_NAME, &*name);
    let page = Query { page: Page::default().with_count(100), ..Query::default() };

    let get = format!("{BASE}/Users/{id}");
    let find = format!("{BASE}/Users?filter=userName%20eq%20%22{}%22&count=2", name.replace('@', "%40"));
    let list = format!("{BASE}/Users?count=100");
    let answer = |uri: &str| {
        let answer = now(service_of_bytes(&service).call(ask(uri))).unwrap();
        assert!(answer.status().is_success());
        let (head, body) = answer.into_parts();
        Bare { status: head.status, headers: head.headers, body: now(body.collect()).unwrap().to_bytes() }
    };
    let (one, found, hundred) = (answer(&get), answer(&find), answer(&list));
    println!("\na user has {} bytes, a page of 100 {}\n", one.body.len(), hundred.body.len());
    // The server by itself: its answer is read to the end, and nobody looks at it.
    let server = |uri: String| {
        let service = service.clone();
        move || {
            let answer = now(service_of_bytes(&service).call(ask(&uri))).unwrap();
            black_box(now(answer.into_body().collect()).unwrap().to_bytes());
        }
    };
    let parse = |bytes: Bytes| move || drop(black_box(serde_json::from_slice::<User>(&bytes).unwrap()));
    let (through, bare, bare_find, bare_list) =
        (client(service_of_bytes(&service)), client(one.clone()), client(found), client(hundred));
    let of = |client: &Client| client.users();
    let (users, bare_users) = (of(&through), of(&bare));
    let (untyped, bare_untyped) = (users.untyped(), bare_users.untyped());
    let (find_users, list_users) = (of(&bare_find), of(&bare_list));
    let mut rows = vec![
        row("bytes to a typed `User`", parse(one.body.clone())),
        row("server alone: GET", server(get)),
        row("client and server: GET", || drop(black_box(now(users.get(&id)).unwrap()))),
        row("client alone: GET", || drop(black_box(now(bare_users.get(&id)).unwrap()))),
        row("client and server: GET, untyped", || drop(black_box(now(untyped.get(&id)).unwrap()))),
        row("client alone: GET, untyped", || drop(black_box(now(bare_untyped.get(&id)).unwrap()))),
        row("server alone: look-up", server(find)),
        row("client and server: `find`", || drop(black_box(now(users.find(&key)).unwrap()))),
        row("client alone: `find`", || drop(black_box(now(find_users.find(&key)).unwrap()))),
    ];
    measure(&mut rows, 201, 50);
    let mut lists = vec![
        row("server alone: page of 100", server(list)),
        row("client and server: page of 100", || {
            drop(black_box(now(users.list(page.clone()).next()).unwrap()))
        }),
        row("client alone: page of 100", || {
            drop(black_box(now(list_users.list(page.clone()).next()).unwrap()))
        }),
    ];
    measure(&mut lists, 101, 5);
    rows.append(&mut lists);
    println!("| row | median | over the server alone | allocations |\n|---|---|---|---|");
    let mut alone = Duration::ZERO;
    for row in &rows {
        if row.name.starts_with("server alone") {
            alone = row.median();
        }
        let over = row.name.starts_with("client and server").then(|| row.median().saturating_sub(alone));
        let over = over.map(|over| format!("{over:.1?}")).unwrap_or_default();
        println!("| {} | {:.1?} | {over} | {} |", row.name, row.median(), row.allocations);
    }
}

fn ask(uri: &str) -> Request<RequestBody> {
    Request::get(uri)
        .header("authorization", format!("Bearer {KEY}"))
        .header("accept", "application/scim+json")
        .header("user-agent", "bench")
        .body(RequestBody::default())
        .unwrap()
}

/// The service, whose answers are whole bytes here.
fn service_of_bytes(service: &ScimService) -> Whole {
    Whole(service.clone())
}

#[derive(Clone)]
struct Whole(ScimService);

impl Service<Request<RequestBody>> for Whole {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let answering = self.0.call(request);
        Box::pin(async move {
            let (head, body) = answering.await.unwrap().into_parts();
            let body = body.collect().await.expect("the answer is whole").to_bytes();
            Ok(Response::from_parts(head, Full::new(body)))
        })
    }
}

/// Answers with pages of as many users as are asked for; what it made itself is not counted.
#[derive(Clone)]
struct Directory {
    users: usize,
    user: Arc<Value>,
}

impl Service<Request<RequestBody>> for Directory {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let mut page = Bytes::new();
        allocation_counter::opt_out(|| {
            let query = request.uri().query().unwrap_or_default();
            let number = |name: &str| {
                let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
                value.and_then(|value| value.parse::<usize>().ok())
            };
            let (start, count) = (number("startIndex").unwrap_or(1), number("count").unwrap_or(100));
            let users: Vec<Value> = (start..(start + count).min(self.users + 1))
                .map(|n| {
                    let mut user = (*self.user).clone();
                    user["id"] = format!("{n:032x}").into();
                    user["userName"] = user_name(n).into();
                    user
                })
                .collect();
            let list = json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                "totalResults": self.users, "startIndex": start, "itemsPerPage": users.len(), "Resources": users,
            });
            page = serde_json::to_vec(&list).unwrap().into();
        });
        std::future::ready(Ok(Response::new(Full::new(page))))
    }
}

fn stream() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _guard = runtime.enter();
    println!(
        "\n| users, streamed in pages of 100 | peak of the client's memory | a user | time a user |\n|---|---|---|---|"
    );
    for users in [1_000, 10_000, 100_000] {
        let client = client(Directory { users, user: Arc::new(full_user(0)) });
        let query = Query { page: Page::default().with_count(100), ..Query::default() };
        let mut came = 0;
        let start = Instant::now();
        let counted = allocation_counter::measure(|| {
            now(async {
                let mut users = pin!(client.users().list(query).into_stream());
                while let Some(user) = poll_fn(|cx| users.as_mut().poll_next(cx)).await {
                    came += usize::from(user.unwrap().id.is_some());
                }
            });
        });
        let took = start.elapsed() / u32::try_from(users).unwrap();
        assert_eq!(came, users);
        println!(
            "| {users} | {:.1} KiB | {} B | {took:.1?} |",
            counted.bytes_max as f64 / 1024.0,
            counted.bytes_max / users as u64,
        );
    }
}

/// What the threads of this process took of the processors: it says less of what else runs than the time of day does.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let ticks = stat.rsplit(')').next().unwrap().split_whitespace().skip(11).take(2);
    // A hundred a second on every Linux.
    Duration::from_millis(ticks.map(|ticks| ticks.parse::<u64>().unwrap() * 10).sum())
}

/// So many connections ask at once.
const CONNECTIONS: usize = 16;

fn sockets(rounds: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let directory = directory::start(directory::Options::default()).await.unwrap();
        let (base, key) = (directory.base_url().to_owned(), directory.token().to_owned());
        let client = Client::builder(&base).bearer(&*key).concurrency(CONNECTIONS).build().unwrap();
        let mut ids = Vec::new();
        for n in 0..1_000 {
            ids.push(client.users().create(&typed_user(n)).await.unwrap().id.clone().unwrap());
        }
        let ids: Arc<[ResourceId]> = ids.into();
        // It wants to know who would do TLS, though nobody does.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Nobody would run it without these, and the client has the same.
        let bare = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        let untyped = client.users().untyped();

        // Each of the tasks takes the next number until there is none left.
        let turns = async |what: &'static str, requests: usize| {
            let next = Arc::new(AtomicUsize::new(0));
            let (start, spent) = (Instant::now(), processor_time());
            let tasks: Vec<_> = (0..CONNECTIONS)
                .map(|_| {
                    let (next, ids, base, key) = (Arc::clone(&next), Arc::clone(&ids), base.clone(), key.clone());
                    let (bare, typed, untyped) = (bare.clone(), client.users(), untyped.clone());
                    tokio::spawn(async move {
                        loop {
                            let n = next.fetch_add(1, Ordering::Relaxed);
                            if n >= requests {
                                return;
                            }
                            let n = n * 7 % ids.len();
                            match what {
                                "bare" => {
                                    let request = bare
                                        .get(format!("{base}/Users/{}", ids[n]))
                                        .header("user-agent", "bench")
                                        .header("accept", "application/scim+json, application/json;q=0.9")
                                        .header("authorization", format!("Bearer {key}"));
                                    let answer = request.send().await.unwrap();
                                    assert_eq!(answer.status(), 200);
                                    black_box(answer.bytes().await.unwrap());
                                }
                                "typed" => drop(black_box(typed.get(&ids[n]).await.unwrap())),
                                "untyped" => drop(black_box(untyped.get(&ids[n]).await.unwrap())),
                                "find" => {
                                    let key = Filter::eq(attr::USER_NAME, user_name(n));
                                    drop(black_box(typed.find(&key).await.unwrap().unwrap()));
                                }
                                _ => {
                                    let name = user_name(n).replace('@', "%40");
                                    let filter = format!("filter=userName%20eq%20%22{name}%22&count=2");
                                    let request = bare
                                        .get(format!("{base}/Users?{filter}"))
                                        .header("user-agent", "bench")
                                        .header("accept", "application/scim+json, application/json;q=0.9")
                                        .header("authorization", format!("Bearer {key}"));
                                    black_box(request.send().await.unwrap().bytes().await.unwrap());
                                }
                            }
                        }
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
            let spent = processor_time() - spent;
            (requests as f64 / start.elapsed().as_secs_f64(), spent.as_secs_f64() / requests as f64)
        };
        let rows = [("bare", "bare"), ("typed", "bare"), ("untyped", "bare"), ("bare look-up", "bare look-up"), ("find", "bare look-up")];
        for (what, _) in rows {
            turns(what, 2_000).await;
        }
        let mut rates = vec![Vec::new(); rows.len()];
        for _ in 0..rounds {
            for (at, (what, _)) in rows.iter().enumerate() {
                rates[at].push(turns(what, 4_000).await);
            }
        }
        // Of each round by itself, since what the machine does meanwhile changes from round to round.
        println!("\n| {CONNECTIONS} connections over loopback, GET | requests a second | to the bare loop | processor time a request, server and all | bare loop to it |\n|---|---|---|---|---|");
        for (at, (what, beside)) in rows.iter().enumerate() {
            let base = rows.iter().position(|(name, _)| name == beside).unwrap();
            let (own, bare) = (&rates[at], &rates[base]);
            let middle = |numbers: &mut dyn Iterator<Item = f64>| {
                let mut numbers: Vec<f64> = numbers.collect();
                numbers.sort_by(f64::total_cmp);
                numbers[numbers.len() / 2]
            };
            let rate = middle(&mut own.iter().map(|one| one.0));
            let ratio = middle(&mut own.iter().zip(bare).map(|(own, bare)| own.0 / bare.0));
            let spent = middle(&mut own.iter().map(|one| one.1));
            let effort = middle(&mut own.iter().zip(bare).map(|(own, bare)| bare.1 / own.1));
            println!("| {what} | {rate:.0} | {ratio:.2} | {:.0} µs | {effort:.2} |", spent * 1e6);
        }
        directory.shutdown().await;
    });
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "--test") {
        return;
    }
    let parts = ["requests", "stream", "sockets"];
    let all = !args.iter().any(|arg| parts.contains(&arg.as_str()));
    let wants = |part: &str| all || args.iter().any(|arg| arg == part);
    if wants("requests") {
        requests();
    }
    if wants("stream") {
        stream();
    }
    if wants("sockets") {
        sockets(args.iter().find_map(|arg| arg.parse().ok()).unwrap_or(15));
    }
}
