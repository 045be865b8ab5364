//! Servers to talk to: a real one in the process, one that answers by a script, and a clock that moves when it is slept on.

#![allow(dead_code, reason = "not every test needs everything")]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use scim_client::{BoxError, Builder, Client, RequestBody, TransportError, TransportErrorKind};
use scim_core::{Group, User};
use scim_server::auth::{ApiKey, BearerTokens, MemoryTokens, Principal, Scopes};
use scim_server::{BaseUrl, MemoryStore, ScimService};
use serde_json::{Value, json};
use tower::Service;

pub(crate) const BASE: &str = "https://example.com/scim/v2";
pub(crate) const TOKEN: &str = "scim-test-token-0123456789";

/// A server with users and groups in memory, that takes [`TOKEN`].
pub(crate) fn server(base: &str) -> ScimService {
    let tokens = MemoryTokens::new();
    let principal = Principal::new("acme".parse().unwrap()).with_scopes(Scopes::all());
    tokens.add(ApiKey::fixed(TOKEN).unwrap().record(principal));
    let groups = MemoryStore::<Group>::new();
    ScimService::builder(BaseUrl::new(base).unwrap(), BearerTokens::new(tokens))
        .resource(MemoryStore::<User>::new().with_groups(&groups))
        .resource(groups)
        .without_session_revocation()
        .build()
        .unwrap()
}

/// A client of a server in the process.
pub(crate) fn in_process() -> Client {
    Client::builder(BASE).bearer(TOKEN).transport(server(BASE)).build().unwrap()
}

/// A clock that stands still, but for sleeping, which takes no time and moves it on.
#[derive(Clone, Default)]
pub(crate) struct Clock(Arc<Mutex<(Duration, Vec<Duration>)>>);

impl Clock {
    pub(crate) fn slept(&self) -> Vec<Duration> {
        self.0.lock().unwrap().1.clone()
    }
}

impl scim_client::Timer for Clock {
    fn now(&self) -> DateTime<Utc> {
        let start = DateTime::parse_from_rfc3339("2026-01-01T00:00:00Z").unwrap().to_utc();
        start + self.0.lock().unwrap().0
    }

    fn elapsed(&self) -> Duration {
        self.0.lock().unwrap().0
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let clock = self.clone();
        let mut done = false;
        Box::pin(std::future::poll_fn(move |_| {
            // A time-out of a request is only ever looked at when there is no answer.
            if !done {
                done = true;
                let mut inner = clock.0.lock().unwrap();
                inner.0 += duration;
                inner.1.push(duration);
            }
            Poll::Ready(())
        }))
    }
}

/// What a scripted server got.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Value,
}

impl Got {
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.uri.trim_start_matches(BASE))
    }
}

/// What a scripted server does.
pub(crate) enum Act {
    Answer(Response<Bytes>),
    Fail(TransportErrorKind),
    /// Never answers.
    Hang,
}

/// A server that answers by a script, and notes what it got.
#[derive(Clone, Default)]
pub(crate) struct Script {
    acts: Arc<Mutex<VecDeque<Act>>>,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Script {
    pub(crate) fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        Self { acts: Arc::new(Mutex::new(acts.into_iter().collect())), got: Arc::default() }
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.got().iter().map(Got::line).collect()
    }

    /// A client of it, with a clock that takes no time.
    pub(crate) fn builder(&self) -> (Builder, Clock) {
        let clock = Clock::default();
        (Client::builder(BASE).bearer(TOKEN).transport(self.clone()).timer(clock.clone()), clock)
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().0.build().unwrap()
    }
}

impl Service<Request<RequestBody>> for Script {
    type Response = Response<Full<Bytes>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let (head, body) = request.into_parts();
        let body = body.into_bytes();
        self.got.lock().unwrap().push(Got {
            method: head.method.to_string(),
            uri: head.uri.to_string(),
            headers: head.headers,
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        });
        let act = self.acts.lock().unwrap().pop_front();
        Box::pin(async move {
            match act.expect("the script has no answer to this request") {
                Act::Answer(answer) => Ok(answer.map(Full::new)),
                Act::Fail(kind) => Err(TransportError::new(kind, "as the script says").into()),
                Act::Hang => std::future::pending().await,
            }
        })
    }
}

/// An answer of SCIM.
pub(crate) fn scim(status: u16, body: Value) -> Act {
    answer(status, &[("content-type", "application/scim+json")], &body.to_string())
}

/// Any answer.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Act {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Act::Answer(response.body(Bytes::copy_from_slice(body.as_bytes())).unwrap())
}

/// An error of SCIM.
pub(crate) fn error(status: u16) -> Act {
    scim(
        status,
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string(), "detail": "as the script says"}),
    )
}

/// An error with other headers.
pub(crate) fn error_with(status: u16, headers: &[(&str, &str)]) -> Act {
    let body =
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string()});
    let mut all = vec![("content-type", "application/scim+json")];
    all.extend(headers);
    answer(status, &all, &body.to_string())
}

pub(crate) fn user(id: &str, user_name: &str) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": id, "userName": user_name})
}

/// A page of a list.
pub(crate) fn page(total: Option<u64>, resources: &[Value]) -> Act {
    let mut body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "Resources": resources,
    });
    if let Some(total) = total {
        body["totalResults"] = total.into();
    }
    scim(200, body)
}

/// A server in the process behind a judge, who may answer in its place.
#[derive(Clone)]
pub(crate) struct Guarded<F> {
    pub(crate) server: ScimService,
    pub(crate) guard: F,
}

impl<F> Service<Request<RequestBody>> for Guarded<F>
where
    F: Fn(&http::Method, &str, &Value) -> Option<Response<Bytes>> + Clone + Send + 'static,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let (head, body) = request.into_parts();
        let body = body.into_bytes();
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let target = head.uri.path_and_query().unwrap().as_str().trim_start_matches("/scim/v2").to_owned();
        if let Some(refusal) = (self.guard)(&head.method, &target, &json) {
            return Box::pin(std::future::ready(Ok(refusal.map(Full::new))));
        }
        let mut server = self.server.clone();
        Box::pin(async move {
            let answer = server.call(Request::from_parts(head, Full::new(body))).await.unwrap();
            let (head, body) = answer.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            Ok(Response::from_parts(head, Full::new(body)))
        })
    }
}
