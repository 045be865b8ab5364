//! A directory, a server in the process, a wire between them that can be cut, and a clock that moves when told.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use scim_client::{BoxError, Client, Dialect, RequestBody, Timer};
use scim_core::{Group, Resource, User, attr};
use scim_filter::query::Query;
use scim_server::auth::{ApiKey, BearerTokens, MemoryTokens, Principal, Scopes};
use scim_server::{BaseUrl, MemoryStore, ScimService};
use scim_sync::{
    CycleReport, DeletionGuard, Directory, Job, JobBuilder, Kind, MemoryLog, MemoryNotifier, MemoryState,
    Role, Rules, SourceId, SourceObject, State, StateError, StateWrite,
};
use serde_json::Value;
use tower::{Service, ServiceExt};

pub(crate) const BASE: &str = "https://target.example/scim/v2";
pub(crate) const TOKEN: &str = "scim-test-token-0123456789";

/// A request that was sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: String,
    /// Below the base, with the query.
    pub(crate) path: String,
    pub(crate) body: Value,
}

impl Sent {
    pub(crate) fn is_write(&self) -> bool {
        self.method != "GET" && !self.path.ends_with("/.search")
    }

    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// What the wire does to a request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    None,
    /// The server does not see it, and this is the answer.
    Answer(StatusCode, &'static str, &'static str),
    /// The server asks to be left alone for so many seconds.
    Busy(u16, u32),
    /// The server does it, and its answer is changed on the way.
    Rewrite(fn(&mut StatusCode, &mut Value)),
    /// The server never sees it.
    Cut,
    /// The server does it, and nobody hears of it.
    Lost,
    /// Nothing comes back, ever: whoever waits has to be killed. The server does it, or does not.
    Hang {
        done: bool,
    },
}

type Script = Box<dyn FnMut(&Sent) -> Fault + Send>;

/// A way to the server that notes what is sent, and fails when told.
#[derive(Clone)]
pub(crate) struct Wire {
    server: ScimService,
    sent: Arc<Mutex<Vec<Sent>>>,
    script: Arc<Mutex<Script>>,
    /// Told when a request hangs.
    hangs: Arc<tokio::sync::Notify>,
}

impl Service<Request<RequestBody>> for Wire {
    type Response = Response<Full<Bytes>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let wire = self.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let bytes = body.collect().await?.to_bytes();
            let uri = parts.uri.to_string();
            let sent = Sent {
                method: parts.method.to_string(),
                path: uri.strip_prefix(BASE).unwrap_or(&uri).to_owned(),
                body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            };
            let fault = (wire.script.lock().unwrap())(&sent);
            wire.sent.lock().unwrap().push(sent);
            let request = Request::from_parts(parts, Full::new(bytes));
            match fault {
                Fault::None => wire.pass(request).await,
                Fault::Answer(status, kind, text) => Ok(Response::builder()
                    .status(status)
                    .header("Content-Type", kind)
                    .body(Full::new(text.into()))?),
                Fault::Busy(status, seconds) => Ok(Response::builder()
                    .status(status)
                    .header("Retry-After", seconds)
                    .body(Full::new(Bytes::new()))?),
                Fault::Rewrite(change) => {
                    let (mut parts, body) = wire.pass(request).await?.into_parts();
                    let bytes = body.collect().await?.to_bytes();
                    let Ok(mut value) = serde_json::from_slice(&bytes) else {
                        return Ok(Response::from_parts(parts, Full::new(bytes)));
                    };
                    change(&mut parts.status, &mut value);
                    parts.headers.remove(http::header::CONTENT_LENGTH);
                    Ok(Response::from_parts(parts, Full::new(value.to_string().into())))
                }
                Fault::Cut => Err("the wire is cut".into()),
                Fault::Lost => {
                    let _ = wire.pass(request).await;
                    Err("the answer is lost".into())
                }
                Fault::Hang { done } => {
                    if done {
                        let _ = wire.pass(request).await;
                    }
                    wire.hangs.notify_one();
                    std::future::pending().await
                }
            }
        })
    }
}

impl Wire {
    async fn pass(&self, request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, BoxError> {
        let answer: Result<_, Infallible> = self.server.clone().oneshot(request).await;
        let (parts, body) = answer.unwrap().into_parts();
        Ok(Response::from_parts(parts, Full::new(body.collect().await?.to_bytes())))
    }
}

/// A clock that stands still. Who sleeps on it moves it on, at once; time-outs never come about.
#[derive(Clone, Default)]
pub(crate) struct Clock(Arc<Mutex<Duration>>);

impl Clock {
    pub(crate) fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by.to_std().unwrap();
    }
}

impl Timer for Clock {
    fn now(&self) -> DateTime<Utc> {
        let start = DateTime::parse_from_rfc3339("2026-01-01T00:00:00Z").unwrap().to_utc();
        start + *self.0.lock().unwrap()
    }

    fn elapsed(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let clock = self.clone();
        Box::pin(async move {
            // The time-outs of requests are long: they are only looked at where there is no answer.
            if duration >= Duration::from_secs(20) {
                return std::future::pending().await;
            }
            *clock.0.lock().unwrap() += duration;
            tokio::task::yield_now().await;
        })
    }
}

/// What becomes of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frailty {
    /// It fails, and so do all after it.
    Fails,
    /// Whoever waits for it has to be killed; it was done, or was not.
    Hangs { done: bool },
}

/// A state that stands still, or fails, with the commit after so many.
#[derive(Clone, Default)]
pub(crate) struct FrailState {
    inner: MemoryState,
    at: Arc<Mutex<Option<(u32, Frailty)>>>,
    pub(crate) commits: Arc<Mutex<u32>>,
    hangs: Arc<tokio::sync::Notify>,
}

impl FrailState {
    /// From now on.
    pub(crate) fn frail(&self, at: Option<(u32, Frailty)>) {
        *self.at.lock().unwrap() = at;
    }
}

impl State for FrailState {
    async fn get(&self, key: &str) -> Result<Option<String>, StateError> {
        self.inner.get(key).await
    }

    async fn scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, String)>, StateError> {
        self.inner.scan(prefix, after, limit).await
    }

    async fn commit(&self, writes: Vec<StateWrite>) -> Result<(), StateError> {
        *self.commits.lock().unwrap() += 1;
        let now = {
            let mut at = self.at.lock().unwrap();
            match at.as_mut() {
                Some((0, frailty)) => Some(*frailty),
                Some((left, _)) => {
                    *left -= 1;
                    None
                }
                None => None,
            }
        };
        match now {
            None => self.inner.commit(writes).await,
            Some(Frailty::Fails) => Err(StateError("the disk is full".into())),
            Some(Frailty::Hangs { done }) => {
                if done {
                    self.inner.commit(writes).await?;
                }
                self.hangs.notify_one();
                std::future::pending().await
            }
        }
    }
}

/// Both ends.
pub(crate) struct World {
    pub(crate) source: Directory,
    pub(crate) state: FrailState,
    pub(crate) clock: Clock,
    pub(crate) log: MemoryLog,
    pub(crate) told: MemoryNotifier,
    pub(crate) rules: Rules,
    pub(crate) dialect: Dialect,
    pub(crate) concurrency: usize,
    wire: Wire,
}

impl World {
    pub(crate) fn new(rules: Rules) -> Self {
        let tokens = MemoryTokens::new();
        let principal = Principal::new("acme".parse().unwrap()).with_scopes(Scopes::all());
        tokens.add(ApiKey::fixed(TOKEN).unwrap().record(principal));
        let groups = MemoryStore::<Group>::new();
        let server = ScimService::builder(BaseUrl::new(BASE).unwrap(), BearerTokens::new(tokens))
            .resource(MemoryStore::<User>::new().with_groups(&groups))
            .resource(groups)
            .without_session_revocation()
            .build()
            .unwrap();
        let wire = Wire {
            server,
            sent: Arc::default(),
            script: Arc::new(Mutex::new(Box::new(|_| Fault::None))),
            hangs: Arc::default(),
        };
        Self {
            source: Directory::new(),
            state: FrailState::default(),
            clock: Clock::default(),
            log: MemoryLog::new(100_000),
            told: MemoryNotifier::new(),
            rules,
            dialect: Dialect::rfc(),
            concurrency: 8,
            wire,
        }
    }

    /// A client that nothing happens to and that nobody counts.
    pub(crate) fn onlooker(&self) -> Client {
        Client::builder(BASE).bearer(TOKEN).transport(self.wire.server.clone()).build().unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        Client::builder(BASE)
            .bearer(TOKEN)
            .transport(self.wire.clone())
            .dialect(self.dialect.clone())
            .timer(self.clock.clone())
            .build()
            .unwrap()
    }

    pub(crate) fn builder(&self) -> JobBuilder<Directory, FrailState> {
        Job::builder("job", self.source.clone(), self.state.clone())
            .target(self.client())
            .rules(self.rules.clone())
            .log(self.log.clone())
            .notifier(self.told.clone())
            .timer(self.clock.clone())
            .concurrency(self.concurrency)
            .deletion_guard(DeletionGuard::dangerous_off())
    }

    /// A job; everything that it remembers is in the world.
    pub(crate) fn job(&self) -> Job<Directory, FrailState> {
        self.builder().build().unwrap()
    }

    pub(crate) async fn cycle(&self) -> CycleReport {
        self.job().run_cycle().await.unwrap()
    }

    /// What happens to the requests from now on.
    pub(crate) fn script(&self, script: impl FnMut(&Sent) -> Fault + Send + 'static) {
        *self.wire.script.lock().unwrap() = Box::new(script);
    }

    /// Runs a cycle, and kills it as soon as a request, or a commit, hangs.
    pub(crate) async fn cycle_until_hang(&self) -> bool {
        tokio::select! {
            biased;
            _ = async { self.job().run_cycle().await } => false,
            () = self.wire.hangs.notified() => true,
            () = self.state.hangs.notified() => true,
        }
    }

    /// What was sent since this was asked the last time.
    pub(crate) fn take_sent(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.wire.sent.lock().unwrap())
    }

    /// The writes among them.
    pub(crate) fn take_writes(&self) -> Vec<Sent> {
        self.take_sent().into_iter().filter(Sent::is_write).collect()
    }

    /// The users of the target, by their names.
    pub(crate) async fn users(&self) -> Vec<Resource> {
        all(&self.onlooker(), Kind::User).await
    }

    pub(crate) async fn groups(&self) -> Vec<Resource> {
        all(&self.onlooker(), Kind::Group).await
    }

    pub(crate) async fn user(&self, name: &str) -> Option<Resource> {
        self.users().await.into_iter().find(|user| user.get(&attr::USER_NAME).unwrap() == name)
    }

    pub(crate) async fn group(&self, name: &str) -> Option<Resource> {
        self.groups().await.into_iter().find(|group| group.get(&attr::DISPLAY_NAME).unwrap() == name)
    }

    /// The names of a group's members, in order.
    pub(crate) async fn member_names(&self, name: &str) -> Vec<String> {
        let group = self.group(name).await.unwrap_or_else(|| panic!("no group {name}"));
        let (users, groups) = (self.users().await, self.groups().await);
        let mut names: Vec<String> = group
            .get_all(&attr::MEMBERS)
            .map(|member| {
                let id = member["value"].as_str();
                let found = users.iter().chain(&groups).find(|one| one.id() == id);
                let name = found.and_then(|one| one.get(&attr::USER_NAME).or(one.get(&attr::DISPLAY_NAME)));
                name.and_then(Value::as_str).unwrap_or("nobody").to_owned()
            })
            .collect();
        names.sort();
        names
    }

    /// A user who is assigned.
    pub(crate) fn add_user(&self, id: &str) {
        self.source.put(person(id));
        self.source.assign(Kind::User, &id.into(), Role::Named("User".into()));
    }

    /// A group that is assigned, with these members.
    pub(crate) fn add_group(&self, id: &str, members: &[&str]) {
        self.source.put(
            SourceObject::group(id).with("displayName", format!("Group {id}")).with("securityEnabled", true),
        );
        self.source.set_members(&id.into(), members.iter().map(|id| SourceId::from(*id)));
        self.source.assign(Kind::Group, &id.into(), Role::Named("User".into()));
    }

    pub(crate) fn set(&self, id: &str, name: &str, value: impl Into<Value>) {
        let attributes = [(name.to_owned(), value.into())].into_iter().collect();
        self.source.update(Kind::User, &id.into(), attributes);
    }
}

async fn all(client: &Client, kind: Kind) -> Vec<Resource> {
    let end = match kind {
        Kind::User => client.users().untyped(),
        Kind::Group => client.groups().untyped(),
    };
    let mut pages = end.list(Query::default());
    let mut all = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        all.extend(page.resources.into_iter().map(|one| one.resource));
    }
    all
}

/// A user of the source.
pub(crate) fn person(id: &str) -> SourceObject {
    SourceObject::user(id)
        .with("userPrincipalName", format!("{id}@example.com"))
        .with("displayName", format!("User {id}"))
        .with("givenName", "Given")
        .with("surname", id)
        .with("mail", format!("{id}@mail.example.com"))
        .with("accountEnabled", true)
}

/// The names of records, with what was done and how it came out.
pub(crate) fn told(log: &MemoryLog) -> Vec<String> {
    let mut lines: Vec<String> = log
        .take()
        .into_iter()
        .map(|record| {
            let code = record.code.map(|code| format!(" {code}")).unwrap_or_default();
            format!(
                "{} {:?} {:?}{code}",
                record.source_identity.id, record.provisioning_action, record.status
            )
        })
        .collect();
    lines.sort();
    lines
}
