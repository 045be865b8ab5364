//! How requests get to a server: over sockets, or by any `tower::Service`.

mod body;
mod error;
#[cfg(feature = "reqwest")]
mod sockets;

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::Body;
use tower_service::Service;

pub use self::body::RequestBody;
use self::body::Unread;
pub use self::error::{TransportError, TransportErrorKind};
#[cfg(feature = "reqwest")]
pub(crate) use self::sockets::{Options, Sockets};

/// Any error.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An answer as it came, its body read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Nothing, where the body is longer than the limit.
    pub(crate) body: Option<Bytes>,
}

type Answering = Pin<Box<dyn Future<Output = Result<Answer, TransportError>> + Send>>;

/// A transport without its type.
pub(crate) trait Transport: Send + Sync {
    /// Sends a request, and reads the answer as far as the limit.
    fn send(&self, request: Request<RequestBody>, limit: usize) -> Answering;
}

/// Any service as a transport: cloned for each request, so that it need not be `Sync`.
pub(crate) struct Tower<S>(Mutex<S>);

impl<S> Tower<S> {
    pub(crate) fn new(service: S) -> Self {
        Self(Mutex::new(service))
    }
}

impl<S, B> Transport for Tower<S>
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    fn send(&self, request: Request<RequestBody>, limit: usize) -> Answering {
        let mut service = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Box::pin(async move {
            poll_fn(|cx| service.poll_ready(cx)).await.map_err(|error| TransportError::of(error.into()))?;
            let answered = service.call(request).await;
            let (head, body) = answered.map_err(|error| TransportError::of(error.into()))?.into_parts();
            let body = match body::read(body, limit).await {
                Ok(bytes) => Some(bytes),
                Err(Unread::TooLong) => None,
                Err(Unread::Broken(error)) => return Err(TransportError::of(error).while_reading()),
            };
            Ok(Answer { status: head.status, headers: head.headers, body })
        })
    }
}
