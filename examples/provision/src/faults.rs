//! A server that misbehaves on purpose.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use directory::Directories;
use futures_util::stream;
use scim_core::TenantId;

/// What goes wrong, and what has gone wrong. Clones share it.
#[derive(Clone)]
pub(crate) struct Faults(Arc<Inner>);

struct Inner {
    rate: f64,
    chance: Mutex<fastrand::Rng>,
    armed: AtomicBool,
    requests: AtomicU64,
    revoke_after: Option<u64>,
    keys: OnceLock<(Directories, TenantId)>,
    made: Mutex<BTreeMap<&'static str, u64>>,
}

#[derive(Clone, Copy)]
enum Fault {
    Broken,
    Busy,
    TooMany,
    /// The connection is closed before anything was done.
    Cut,
    /// The connection is closed after it was done.
    Lost,
}

impl Faults {
    pub(crate) fn new(rate: f64, revoke_after: Option<u64>, seed: u64) -> Self {
        Self(Arc::new(Inner {
            rate,
            chance: Mutex::new(fastrand::Rng::with_seed(seed)),
            armed: AtomicBool::new(false),
            requests: AtomicU64::new(0),
            revoke_after,
            keys: OnceLock::new(),
            made: Mutex::default(),
        }))
    }

    /// A service with these faults.
    pub(crate) fn around(&self, router: Router) -> Router {
        let faults = self.clone();
        router.layer(middleware::from_fn(move |request: Request, next: Next| {
            let faults = faults.clone();
            async move { faults.answer(request, next).await }
        }))
    }

    /// Whose keys are taken back.
    pub(crate) fn know(&self, directories: Directories, id: TenantId) {
        let _ = self.0.keys.set((directories, id));
    }

    /// Lets things go wrong from now on, or no more.
    pub(crate) fn arm(&self, armed: bool) {
        self.0.armed.store(armed, Ordering::Relaxed);
    }

    /// What went wrong, and how often.
    pub(crate) fn made(&self) -> BTreeMap<&'static str, u64> {
        self.0.made.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn answer(&self, request: Request, next: Next) -> Response {
        if !self.0.armed.load(Ordering::Relaxed) {
            return next.run(request).await;
        }
        let count = self.0.requests.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if self.0.revoke_after == Some(count) {
            self.revoke().await;
        }
        let Some(fault) = self.next() else { return next.run(request).await };
        let (name, answer) = match fault {
            Fault::Broken => ("answered 500", refused(StatusCode::INTERNAL_SERVER_ERROR, None)),
            Fault::Busy => {
                ("answered 503 with Retry-After", refused(StatusCode::SERVICE_UNAVAILABLE, Some("1")))
            }
            Fault::TooMany => {
                ("answered 429 with Retry-After", refused(StatusCode::TOO_MANY_REQUESTS, Some("2")))
            }
            Fault::Cut => ("closed the connection before the work", cut()),
            Fault::Lost => {
                let _ = next.run(request).await;
                ("closed the connection after the work", cut())
            }
        };
        *self.0.made.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;
        answer
    }

    fn next(&self) -> Option<Fault> {
        let mut chance = self.0.chance.lock().unwrap_or_else(PoisonError::into_inner);
        let all = [Fault::Broken, Fault::Busy, Fault::TooMany, Fault::Cut, Fault::Lost];
        let hit = chance.f64() < self.0.rate;
        hit.then(|| chance.choice(all)).flatten()
    }

    /// Takes all keys back.
    async fn revoke(&self) {
        let Some((directories, id)) = self.0.keys.get() else { return };
        for key in directories.keys(id).await.unwrap_or_default() {
            if directories.revoke_key(id, &key.id).await.unwrap_or(false) {
                *self
                    .0
                    .made
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .entry("took the key back")
                    .or_default() += 1;
            }
        }
    }
}

fn refused(status: StatusCode, pause: Option<&'static str>) -> Response {
    let body = format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"{}","detail":"on purpose"}}"#,
        status.as_u16()
    );
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/scim+json"));
    if let Some(pause) = pause {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(pause));
    }
    answer
}

/// An answer whose connection breaks.
fn cut() -> Response {
    let broken: Result<Bytes, io::Error> = Err(io::ErrorKind::ConnectionReset.into());
    Response::new(Body::from_stream(stream::iter([broken])))
}
