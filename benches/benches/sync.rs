//! What the provisioning engine costs: planning what has not changed, its share of an initial cycle, a cycle that costs what
//! changed, and what it remembers.
//!
//! `cargo bench --bench sync` prints its tables; `sync plan`, `sync initial`, `sync changes` one of them, and `changes` up to a
//! million users with `full`.

use std::alloc::System;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use http::{Request, Response};
use scim_client::{Client, RequestBody};
use scim_core::{Group, User};
use scim_server::auth::{ApiKey, BearerTokens, MemoryTokens, Principal, Scopes};
use scim_server::{BaseUrl, Body, MemoryStore, ScimService};
use scim_sync::{
    Assignment, Change, Current, Directory, Job, Kind, Link, MemoryState, Outcome, Role, Rules, SourceId,
    SourceObject, plan,
};
use serde_json::Value;
use tower_service::Service;

const BASE: &str = "https://app.example/scim/v2";
const KEY: &str = "scim-bench-key-0123456789";

/// Counts what is allocated and not freed.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is passed on to the system's allocator as it came.
unsafe impl std::alloc::GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: std::alloc::Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: std::alloc::Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn id(n: usize) -> SourceId {
    format!("{n:08x}-0000-4000-8000-000000000000").into()
}

fn person(n: usize) -> SourceObject {
    SourceObject::user(id(n))
        .with("userPrincipalName", format!("employee.{n}@northwind-trading.example"))
        .with("displayName", format!("Employee Number {n}"))
        .with("givenName", "Employee")
        .with("surname", format!("Number {n}"))
        .with("mail", format!("employee.{n}@northwind-trading.example"))
        .with("jobTitle", "Account Manager")
        .with("department", "Sales")
        .with("employeeId", format!("{n}"))
        .with("accountEnabled", true)
}

fn role() -> Role {
    Role::Named("User".into())
}

/// A directory of so many users, and groups of which each has a hundred.
fn directory(users: usize, groups: usize) -> Directory {
    let directory = Directory::new();
    for n in 0..users {
        directory.put(person(n));
        directory.assign(Kind::User, &id(n), role());
    }
    for n in 0..groups {
        let group = SourceId::from(format!("group-{n}"));
        directory.put(SourceObject::group(group.clone()).with("displayName", format!("Group {n}")));
        directory.set_members(&group, (0..100).map(|m| id((n * 97 + m * 13) % users)));
        directory.assign(Kind::Group, &group, role());
    }
    directory
}

/// A server in the process that measures the time that it takes itself.
#[derive(Clone)]
struct Timed {
    service: ScimService,
    nanoseconds: Arc<AtomicU64>,
    requests: Arc<AtomicUsize>,
}

impl Timed {
    fn new() -> Self {
        let tokens = MemoryTokens::new();
        let principal = Principal::new("acme".parse().unwrap()).with_scopes(Scopes::all());
        tokens.add(ApiKey::fixed(KEY).unwrap().record(principal));
        let groups = MemoryStore::<Group>::new();
        let service = ScimService::builder(BaseUrl::new(BASE).unwrap(), BearerTokens::new(tokens))
            .resource(MemoryStore::<User>::new().with_groups(&groups))
            .resource(groups)
            .without_session_revocation()
            .without_deadline()
            .build()
            .unwrap();
        Self { service, nanoseconds: Arc::default(), requests: Arc::default() }
    }

    fn client(&self) -> Client {
        Client::builder(BASE).bearer(KEY).transport(self.clone()).build().unwrap()
    }

    fn take(&self) -> (f64, usize) {
        let nanoseconds = self.nanoseconds.swap(0, Ordering::Relaxed);
        (nanoseconds as f64 / 1e9, self.requests.swap(0, Ordering::Relaxed))
    }
}

impl Service<Request<RequestBody>> for Timed {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let mut answer = Box::pin(self.service.call(request));
        let nanoseconds = Arc::clone(&self.nanoseconds);
        Box::pin(std::future::poll_fn(move |cx| {
            let start = Instant::now();
            let polled = answer.as_mut().poll(cx);
            nanoseconds.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
            polled
        }))
    }
}

fn job(source: &Directory, server: &Timed, state: &MemoryState) -> Job<Directory, MemoryState> {
    Job::builder("bench", source.clone(), state.clone())
        .target(server.client())
        .rules(Rules::entra_to_scim())
        .build()
        .unwrap()
}

/// Planning users who have not changed: scope, mapping and comparison, each by itself.
fn planning() {
    println!("\n### Planning 100,000 users who have not changed\n");
    println!("| rules | values a user | users a second | time a user |\n|---|---|---|---|");
    for (name, rules) in [("Atlassian", Rules::entra_to_atlassian()), ("any server", Rules::entra_to_scim())]
    {
        let rules = rules.compile().unwrap();
        let mapping = rules.mapping(Kind::User);
        let users: Vec<(Change, Link)> = (0..100_000)
            .map(|n| {
                let mut object = person(n);
                object.assignments = vec![Assignment { role: role(), through: None }];
                let mut link = Link::new(Kind::User, id(n), format!("t-{n}").parse().unwrap());
                let values = mapping.values(&object, false).unwrap();
                let known: BTreeMap<String, Value> = mapping
                    .rows()
                    .iter()
                    .enumerate()
                    .filter_map(|(at, row)| Some((row.target().to_owned(), values.get(at)?.clone())))
                    .collect();
                drop(values);
                link.values = known;
                (Change::Present(object), link)
            })
            .collect();
        let mut times: Vec<f64> = (0..9)
            .map(|_| {
                let start = Instant::now();
                let mut changes = 0;
                for (change, link) in &users {
                    let decision = plan(&rules, black_box(change), Some(link), Current::NotRead);
                    changes += usize::from(decision.action != scim_sync::Action::Skip);
                }
                assert_eq!(changes, 0);
                start.elapsed().as_secs_f64()
            })
            .collect();
        times.sort_by(f64::total_cmp);
        let median = times[times.len() / 2];
        let rate = users.len() as f64 / median;
        let values = users[0].1.values.len();
        println!("| {name} | {values} | {rate:.0} | {:.2} µs |", median / users.len() as f64 * 1e6);
    }
}

/// An initial cycle, and which part of the time is the server's.
async fn initial() {
    println!("\n### An initial cycle of 10,000 users and 500 groups of 100\n");
    println!(
        "| | requests | time | server | client and engine | share of the server |\n|---|---|---|---|---|---|"
    );
    for round in 1..=3 {
        let (source, server, state) = (directory(10_000, 500), Timed::new(), MemoryState::new());
        let job = job(&source, &server, &state);
        for cycle in ["initial cycle", "a cycle that finds nothing"] {
            let start = Instant::now();
            let report = job.run_cycle().await.unwrap();
            let took = start.elapsed().as_secs_f64();
            assert_eq!(report.outcome, Outcome::Completed);
            let (inside, requests) = server.take();
            if requests == 0 {
                println!("| {round}: {cycle} | 0 | {:.2} ms | | | |", took * 1e3);
                continue;
            }
            println!(
                "| {round}: {cycle} | {requests} | {took:.2} s | {inside:.2} s | {:.2} s | {:.0} % |",
                took - inside,
                inside / took * 100.0
            );
        }
    }
}

/// Ten changes among few and among many.
async fn changes(full: bool) {
    println!("\n### Ten changes: five titles, three members, a joiner and a leaver\n");
    println!(
        "| users | source | remembered | requests | median of 9 cycles | without the server |\n|---|---|---|---|---|---|"
    );
    let sizes: &[usize] = if full { &[10_000, 100_000, 1_000_000] } else { &[10_000, 100_000] };
    for users in sizes {
        let before = LIVE.load(Ordering::Relaxed);
        let source = directory(*users, 10);
        let source_bytes = LIVE.load(Ordering::Relaxed) - before;
        let (server, state) = (Timed::new(), MemoryState::new());
        let job = job(&source, &server, &state);
        let first = job.run_cycle().await.unwrap();
        assert_eq!(first.outcome, Outcome::Completed);
        assert_eq!(first.counts.created as usize, users + 10);
        server.take();
        let mut times = Vec::new();
        let (mut requests, mut ours) = (Vec::new(), Vec::new());
        for round in 0..9 {
            for n in 0..5 {
                let title = [("jobTitle".to_owned(), Value::from(format!("Title {round}")))];
                source.update(Kind::User, &id((round * 811 + n * 37) % users), title.into_iter().collect());
            }
            let group = SourceId::from("group-3");
            source.add_members(&group, [id(round * 3 + 1), id(round * 3 + 2)]);
            source.remove_members(&group, [id((3 * 97 + round * 13) % users)]);
            source.put(person(users + round));
            source.assign(Kind::User, &id(users + round), role());
            source.unassign_all(Kind::User, &id(users - 1 - round));
            let start = Instant::now();
            let report = job.run_cycle().await.unwrap();
            let took = start.elapsed().as_secs_f64();
            assert_eq!(report.outcome, Outcome::Completed);
            let (inside, sent) = server.take();
            times.push(took);
            ours.push(took - inside);
            requests.push(sent);
        }
        times.sort_by(f64::total_cmp);
        ours.sort_by(f64::total_cmp);
        requests.sort_unstable();
        let remembered = remembered(*users).await;
        println!(
            "| {users} | {:.0} MiB | {:.0} MiB | {} to {} | {:.2} ms | {:.2} ms |",
            mib(source_bytes),
            mib(remembered),
            requests[0],
            requests[requests.len() - 1],
            times[times.len() / 2] * 1e3,
            ours[ours.len() / 2] * 1e3
        );
    }
}

/// How many bytes a job remembers of so many users, by the same keys and texts in a state of their own.
async fn remembered(users: usize) -> usize {
    let sample = users.min(10_000);
    let small = directory(sample, 10);
    let (server, state) = (Timed::new(), MemoryState::new());
    job(&small, &server, &state).run_cycle().await.unwrap();
    drop((server, small));
    let with = LIVE.load(Ordering::Relaxed);
    drop(state);
    (with - LIVE.load(Ordering::Relaxed)) * (users / sample)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|one| !one.starts_with("--")).collect();
    let wants = |name: &str| {
        let named = ["plan", "initial", "changes"].iter().any(|one| arguments.iter().any(|a| a == one));
        !named || arguments.iter().any(|one| one == name)
    };
    let full = arguments.iter().any(|one| one == "full");
    if wants("plan") {
        planning();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    if wants("initial") {
        runtime.block_on(initial());
    }
    if wants("changes") {
        runtime.block_on(changes(full));
    }
}
