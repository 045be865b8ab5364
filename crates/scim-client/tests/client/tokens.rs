//! Tokens from a token endpoint, RFC 6749 §4.4, made by hand.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use scim_client::{
    BoxError, Client, ClientCredentials, ClientCredentialsBuilder, Error, RequestBody, Retry,
    TokenEndpointError, TokenProvider,
};
use scim_core::ResourceId;
use scim_core::value::secret::Secret;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::Service;

use crate::support::{BASE, user};

const SECRET: &str = "s3cret/+ %é";

/// A clock that stands still until somebody moves it, and an alarm that never rings.
#[derive(Clone, Default)]
struct Stopped(Arc<Mutex<Duration>>);

impl Stopped {
    fn go_to(&self, seconds: u64) {
        *self.0.lock().unwrap() = Duration::from_secs(seconds);
    }
}

impl scim_client::Timer for Stopped {
    fn elapsed(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}

/// A token endpoint on a socket, which answers in this order, and then always with a token of its own number.
#[derive(Clone, Default)]
struct Endpoint {
    url: String,
    answers: Arc<Mutex<VecDeque<Response<String>>>>,
    got: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    /// Each answer takes one of these, where there are any.
    gate: Option<Arc<Semaphore>>,
}

fn answer(status: u16, body: &str) -> Response<String> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(body.to_owned())
        .unwrap()
}

impl Endpoint {
    async fn new(answers: impl IntoIterator<Item = Response<String>>) -> Self {
        Self::gated(answers, None).await
    }

    async fn gated(
        answers: impl IntoIterator<Item = Response<String>>,
        gate: Option<Arc<Semaphore>>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token?tenant=7", listener.local_addr().unwrap());
        let answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        let endpoint = Self { url, answers, got: Arc::default(), gate };
        let served = endpoint.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let served = served.clone();
                let service = service_fn(move |request| served.clone().serve(request));
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        endpoint
    }

    async fn serve(
        self,
        request: Request<hyper::body::Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let (head, body) = request.into_parts();
        assert_eq!((head.method.as_str(), head.uri.to_string().as_str()), ("POST", "/token?tenant=7"));
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let number = {
            let mut got = self.got.lock().unwrap();
            got.push((head.headers, body));
            got.len()
        };
        if let Some(gate) = &self.gate {
            gate.acquire().await.unwrap().forget();
        }
        let next = self.answers.lock().unwrap().pop_front();
        let issued =
            format!(r#"{{"access_token": "token-{number}", "token_type": "Bearer", "expires_in": 600}}"#);
        Ok(next.unwrap_or_else(|| answer(200, &issued)).map(|body| Full::new(body.into())))
    }

    fn provider(&self) -> ClientCredentialsBuilder {
        ClientCredentials::builder(&self.url, "client:1", SECRET)
    }

    fn fetched(&self) -> usize {
        self.got.lock().unwrap().len()
    }
}

async fn token(provider: &ClientCredentials) -> String {
    provider.token(None).await.unwrap().expose().to_owned()
}

#[tokio::test]
async fn the_request_is_that_of_the_rfc() {
    let endpoint = Endpoint::new([]).await;
    let provider =
        endpoint.provider().scope("users").scope("groups").parameter("audience", "https://saas/?a&b");
    assert_eq!(token(&provider.build().unwrap()).await, "token-1");
    assert_eq!(token(&endpoint.provider().secret_in_body().build().unwrap()).await, "token-2");
    let got = endpoint.got.lock().unwrap();
    // RFC 6749 §2.3.1: form-encoded, then Basic. `client%3A1:s3cret%2F%2B+%25%C3%A9`
    let (headers, body) = &got[0];
    assert_eq!(headers["authorization"], "Basic Y2xpZW50JTNBMTpzM2NyZXQlMkYlMkIrJTI1JUMzJUE5");
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    assert!(headers["user-agent"].to_str().unwrap().starts_with("scim-client/"));
    assert_eq!(
        body,
        "grant_type=client_credentials&scope=users+groups&audience=https%3A%2F%2Fsaas%2F%3Fa%26b"
    );
    let (headers, body) = &got[1];
    assert!(!headers.contains_key("authorization"));
    let credentials = "client_id=client%3A1&client_secret=s3cret%2F%2B+%25%C3%A9";
    assert_eq!(*body, format!("grant_type=client_credentials&{credentials}"));
}

#[tokio::test]
async fn a_token_is_kept_until_shortly_before_its_end() {
    let clock = Stopped::default();
    let endpoint = Endpoint::new([]).await;
    let provider = endpoint.provider().timer(clock.clone()).build().unwrap();
    let mut tokens = Vec::new();
    for seconds in [0, 539, 540, 1_079, 1_080] {
        clock.go_to(seconds);
        tokens.push(token(&provider).await);
    }
    assert_eq!(tokens, ["token-1", "token-1", "token-2", "token-2", "token-3"]);
    assert_eq!(endpoint.fetched(), 3);
}

#[tokio::test]
async fn lifetimes_are_read_leniently() {
    for (said, fresh_at, stale_at) in [
        (r#""expires_in": "600""#, 539, Some(540)),
        (r#""expires_in": 600.5"#, 539, Some(540)),
        // Never more than half of its life is given away.
        (r#""expires_in": 60"#, 29, Some(30)),
        (r#""expires_in": 0"#, 0, Some(0)),
        (r#""expires_in": null"#, 1_000_000_000, None),
        (r#""expires_in": 18446744073709551615"#, 1_000_000_000, None),
        (r#""scope": "users""#, 1_000_000_000, None),
    ] {
        let clock = Stopped::default();
        let body = format!(r#"{{"access_token": "first", "token_type": "bEARER", {said}}}"#);
        let endpoint = Endpoint::new([answer(200, &body)]).await;
        let provider = endpoint.provider().timer(clock.clone()).build().unwrap();
        assert_eq!(token(&provider).await, "first");
        if stale_at != Some(0) {
            clock.go_to(fresh_at);
            assert_eq!(token(&provider).await, "first", "{said}");
        }
        if let Some(seconds) = stale_at {
            clock.go_to(seconds);
            assert_eq!(token(&provider).await, "token-2", "{said}");
        }
    }
    // Without a type it is one for bearers, since nobody knows another.
    let endpoint = Endpoint::new([answer(200, r#"{"access_token": "untyped"}"#)]).await;
    assert_eq!(token(&endpoint.provider().build().unwrap()).await, "untyped");
}

/// Polls all of them once, so that they wait.
async fn all<T: Send + 'static>(futures: Vec<impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let mut outcomes = Vec::new();
    for task in futures.into_iter().map(tokio::spawn).collect::<Vec<_>>() {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

#[tokio::test]
async fn however_many_wait_it_is_fetched_once() {
    for (first, expected) in [(None, "token-1"), (Some(answer(400, r#"{"error": "invalid_scope"}"#)), "no")] {
        let gate = Arc::new(Semaphore::new(0));
        let endpoint = Endpoint::gated(first, Some(Arc::clone(&gate))).await;
        let provider = endpoint.provider().build().unwrap();
        let asking = (0..50).map(|_| {
            let provider = provider.clone();
            async move { provider.token(None).await.map_err(|error| error.to_string()) }
        });
        let asking = tokio::spawn(all(asking.collect()));
        // They all run before the endpoint answers: it has the request only after a turn of the only thread there is.
        while endpoint.fetched() == 0 {
            tokio::task::yield_now().await;
        }
        gate.add_permits(1);
        for outcome in asking.await.unwrap() {
            match expected {
                "no" => assert_eq!(outcome.unwrap_err(), "the token endpoint refuses with `invalid_scope`"),
                token => assert_eq!(outcome.unwrap().expose(), token),
            }
        }
        assert_eq!(endpoint.fetched(), 1);
    }
}

/// A SCIM server that takes one token only, and counts how often it refuses.
#[derive(Clone)]
struct Guarded {
    takes: &'static str,
    refused: Arc<Mutex<usize>>,
}

impl Service<Request<RequestBody>> for Guarded {
    type Response = Response<Full<Bytes>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let good = request.headers()["authorization"] == format!("Bearer {}", self.takes).as_str();
        let body = match good {
            true => user("7", "bjensen").to_string(),
            false => {
                r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "401"}"#.to_owned()
            }
        };
        *self.refused.lock().unwrap() += usize::from(!good);
        Box::pin(async move {
            // So that all ask with the same token before the first of them hears of it.
            tokio::task::yield_now().await;
            let response = Response::builder().status(if good { 200 } else { 401 });
            Ok(response.header("content-type", "application/scim+json").body(Full::new(body.into()))?)
        })
    }
}

#[tokio::test]
async fn a_token_that_is_refused_is_fetched_anew_once() {
    let endpoint = Endpoint::new([]).await;
    let provider = endpoint.provider().build().unwrap();
    let server = Guarded { takes: "token-2", refused: Arc::default() };
    let client =
        Client::builder(BASE).token_provider(provider.clone()).transport(server.clone()).build().unwrap();
    assert_eq!(token(&provider).await, "token-1");
    let asking = (0..20).map(|_| {
        let client = client.clone();
        async move { client.users().get(&ResourceId::new("7").unwrap()).await.map(|user| user.id.clone()) }
    });
    for outcome in all(asking.collect()).await {
        assert!(outcome.unwrap().is_some());
    }
    assert_eq!((endpoint.fetched(), *server.refused.lock().unwrap()), (2, 20));

    // Where the new one is refused too, that is the answer, and it was fetched once more only.
    let server = Guarded { takes: "none", ..server };
    let client = Client::builder(BASE).token_provider(provider).transport(server.clone()).build().unwrap();
    let error = client.users().get(&ResourceId::new("7").unwrap()).await.unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert_eq!((endpoint.fetched(), *server.refused.lock().unwrap()), (3, 22));
}

#[tokio::test]
async fn a_token_that_is_still_good_outlives_a_failure_of_the_endpoint() {
    let clock = Stopped::default();
    let issued = answer(200, r#"{"access_token": "first", "token_type": "Bearer", "expires_in": 600}"#);
    let endpoint = Endpoint::new([issued, answer(503, ""), answer(503, "")]).await;
    let provider = endpoint.provider().timer(clock.clone()).build().unwrap();
    for (seconds, fetched) in [(0, 1), (541, 2), (550, 2), (551, 3), (560, 3)] {
        clock.go_to(seconds);
        assert_eq!((token(&provider).await.as_str(), endpoint.fetched()), ("first", fetched), "{seconds}");
    }
    // One that was refused does not.
    let refused = Secret::from("first");
    let endpoint_is_back = provider.token(Some(&refused)).await.unwrap();
    assert_eq!(endpoint_is_back.expose(), "token-4");
}

async fn refusal(first: Response<String>) -> (TokenEndpointError, Endpoint) {
    let endpoint = Endpoint::new([first]).await;
    let error = endpoint.provider().build().unwrap().token(None).await.unwrap_err();
    (error.downcast_ref::<TokenEndpointError>().unwrap().clone(), endpoint)
}

#[tokio::test]
async fn what_the_endpoint_says_no_with() {
    let encoded = "s3cret%2F%2B+%25%C3%A9";
    let described =
        format!(r#"{{"error": "invalid_client", "error_description": "no {SECRET} or {encoded}\n"}}"#);
    let described = described.replace('\n', "\\n");
    for (first, expected, code) in [
        (
            answer(401, &described),
            r"the token endpoint refuses with `invalid_client`: `no [secret] or [secret]\n`",
            Some("invalid_client"),
        ),
        (
            answer(400, r#"{"error": "s0mething"}"#),
            "the token endpoint refuses with `s0mething`",
            Some("s0mething"),
        ),
        (answer(404, "<html>token-1"), "the token endpoint answered 404", None),
        (answer(401, ""), "the token endpoint answered 401", None),
        (answer(201, r#"{"access_token": "token-1"}"#), "the token endpoint answered 201", None),
        (answer(200, "<html>token-1"), "the token endpoint's answer holds no token", None),
        (answer(200, ""), "the token endpoint's answer holds no token", None),
        (answer(200, r#"{"access_token": ""}"#), "the token endpoint's answer holds no token", None),
        (
            answer(200, r#"{"access_token": 7, "x": "token-1"}"#),
            "the token endpoint's answer holds no token",
            None,
        ),
        (answer(200, &"x".repeat(1 << 20)), "the token endpoint's answer holds no token", None),
        (
            answer(200, r#"{"access_token": "token-1", "token_type": "mac"}"#),
            "the token endpoint's answer is a token of another type than `Bearer`",
            None,
        ),
    ] {
        let (error, _) = refusal(first).await;
        assert_eq!((error.to_string().as_str(), error.code()), (expected, code));
        assert!(!error.is_retryable(), "{error}");
        let shown = format!("{error:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("token-1"), "{shown}");
    }
}

#[tokio::test]
async fn the_secret_does_not_follow_a_redirect() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = format!("http://{}/token", elsewhere.local_addr().unwrap());
    for status in [302, 307, 308] {
        let moved = Response::builder().status(status).header("location", &to).body(String::new()).unwrap();
        let (error, endpoint) = refusal(moved).await;
        assert_eq!(error.to_string(), "the token endpoint redirects, and redirects are not followed");
        assert_eq!(endpoint.fetched(), 1);
    }
    let connection = std::pin::pin!(elsewhere.accept());
    let mut cx = Context::from_waker(std::task::Waker::noop());
    assert!(connection.poll(&mut cx).is_pending(), "nobody came");
}

#[tokio::test]
async fn an_endpoint_that_is_busy_is_asked_again_as_the_client_repeats() {
    let busy = |status| {
        Response::builder().status(status).header("retry-after", "0").body("busy".to_owned()).unwrap()
    };
    let endpoint = Endpoint::new([busy(503), busy(429)]).await;
    let server = Guarded { takes: "token-3", refused: Arc::default() };
    let client = Client::builder(BASE).token_provider(endpoint.provider().build().unwrap()).transport(server);
    client.build().unwrap().users().get(&ResourceId::new("7").unwrap()).await.unwrap();
    assert_eq!(endpoint.fetched(), 3);

    let endpoint = Endpoint::new([busy(503)]).await;
    let server = Guarded { takes: "none", refused: Arc::default() };
    let client =
        Client::builder(BASE).token_provider(endpoint.provider().build().unwrap()).transport(server.clone());
    let client = client.retry(Retry::never()).build().unwrap();
    let error = client.users().get(&ResourceId::new("7").unwrap()).await.unwrap_err();
    assert_eq!(error.to_string(), "no token: the token endpoint answered 503");
    assert!(error.is_retryable() && error.retry_after() == Some(Duration::ZERO));
    assert!(matches!(error, Error::Token(_)));
    // Nothing was sent without a token.
    assert_eq!(*server.refused.lock().unwrap(), 0);
}

#[tokio::test]
async fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/token?{SECRET}", listener.local_addr().unwrap());
    drop(listener);
    let provider = ClientCredentials::builder(url, "client", SECRET).build().unwrap();
    let error = provider.token(None).await.unwrap_err();
    assert!(error.to_string().starts_with("the token endpoint: no connection: "), "{error}");
    assert!(error.downcast_ref::<TokenEndpointError>().unwrap().is_retryable());
}
