//! The service itself: RFC 7644 as a `tower::Service`.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Buf;
use http::{Request, Response};
use scim_core::ScimError;

use crate::Body;
use crate::auth::Authenticator;
use crate::base_url::BaseUrl;
use crate::builder::{Builder, Undecided};
use crate::engine::{Engine, failure};

/// A SCIM service: mount it wherever a `tower::Service` goes.
///
/// It is cheap to clone. See the [first page](crate) for a whole server.
#[derive(Clone)]
pub struct ScimService(Arc<Engine>);

/// The future of an answer.
pub type ResponseFuture = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl ScimService {
    /// Begins a service at this address, which all links begin with, for those that the authenticator lets in.
    pub fn builder(base: BaseUrl, auth: impl Authenticator) -> Builder<Undecided> {
        Builder::new(base, auth)
    }

    pub(crate) fn of(engine: Engine) -> Self {
        Self(Arc::new(engine))
    }
}

impl<B> tower_service::Service<Request<B>> for ScimService
where
    B: http_body::Body + Send + 'static,
    B::Data: Buf + Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture {
        let engine = Arc::clone(&self.0);
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let method = head.method.clone();
            let answer = Caught(Box::pin(engine.answer(head, body)));
            let answer = match engine.deadline {
                None => answer.await,
                Some(deadline) => Either { first: answer, second: engine.timer.sleep(deadline) }
                    .await
                    .unwrap_or_else(|| {
                        tracing::error!("a request took longer than its deadline");
                        Ok(failure(ScimError::unavailable("the request took too long"), &method))
                    }),
            };
            Ok(answer.unwrap_or_else(|()| {
                tracing::error!("a request ended in a panic");
                failure(ScimError::internal("panic"), &method)
            }))
        })
    }
}

impl fmt::Debug for ScimService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScimService").field("base", &self.0.base).finish_non_exhaustive()
    }
}

/// A future whose panics are its errors. It is dropped after one, so nothing broken is seen again.
struct Caught<F>(Pin<Box<F>>);

impl<F: Future> Future for Caught<F> {
    type Output = Result<F::Output, ()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let inner = self.0.as_mut();
        match catch_unwind(AssertUnwindSafe(|| inner.poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(_) => Poll::Ready(Err(())),
        }
    }
}

/// The first one's output, unless the second is done before.
struct Either<F> {
    first: Caught<F>,
    second: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl<F: Future> Future for Either<F> {
    type Output = Option<Result<F::Output, ()>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(output) = Pin::new(&mut self.first).poll(cx) {
            return Poll::Ready(Some(output));
        }
        self.second.as_mut().poll(cx).map(|()| None)
    }
}
