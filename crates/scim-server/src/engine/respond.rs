//! Answers: media type, Location, ETag and the body of errors (RFC 7644 §3.8, §3.12, §3.14).

use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use scim_core::{ResourceId, ScimError, Version};

use super::body::Body;
use super::headers::SCIM_JSON;
use super::stream::Streamed;
use crate::store::StoreError;

/// A success.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) version: Option<Version>,
    pub(crate) id: Option<ResourceId>,
    pub(crate) body: Option<Payload>,
}

/// What is sent.
#[derive(Debug)]
pub(crate) enum Payload {
    Whole(Bytes),
    Streamed(Streamed),
}

impl Reply {
    pub(crate) fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, location: None, version: None, id: None, body: Some(Payload::Whole(body.into())) }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, location: None, version: None, id: None, body: None }
    }

    pub(crate) fn into_response(self, method: &Method) -> Response<Body> {
        let mut response = Response::new(Body::default());
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let headers = response.headers_mut();
        if let Some(location) = self.location.as_deref().and_then(|text| HeaderValue::from_str(text).ok()) {
            headers.insert(LOCATION, location);
        }
        if let Some(version) = self.version.as_ref().and_then(|tag| HeaderValue::from_str(tag.as_str()).ok())
        {
            headers.insert(ETAG, version);
        }
        if self.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(SCIM_JSON));
        }
        match self.body {
            Some(Payload::Whole(body)) if *method == Method::HEAD => {
                headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
            }
            Some(Payload::Whole(body)) => *response.body_mut() = Body::new(body),
            Some(Payload::Streamed(body)) if *method != Method::HEAD => {
                *response.body_mut() = Body::streamed(body);
            }
            Some(Payload::Streamed(_)) | None => {}
        }
        response
    }
}

/// A failure: what the peer is told, and what goes with it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: ScimError,
    pub(crate) headers: Vec<(HeaderName, String)>,
}

impl Failure {
    pub(crate) fn method_not_allowed(allowed: &[Method]) -> Self {
        let allowed = allowed.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        let error = ScimError::method_not_allowed(format!("allowed here: {allowed}"));
        Self { error, headers: vec![(ALLOW, allowed)] }
    }

    pub(crate) fn unauthorized(detail: &'static str, challenge: String) -> Self {
        Self { error: ScimError::unauthorized(detail), headers: vec![(WWW_AUTHENTICATE, challenge)] }
    }

    pub(crate) fn later(error: ScimError, after: Duration) -> Self {
        // A part of a second counts as a whole one.
        let seconds = after.as_secs().saturating_add(u64::from(after.subsec_nanos() > 0)).max(1);
        Self { error, headers: vec![(RETRY_AFTER, seconds.to_string())] }
    }

    pub(crate) fn into_response(self, method: &Method) -> Response<Body> {
        let status = StatusCode::from_u16(self.error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.error.with_status(status.as_u16())).unwrap_or_default();
        let mut response = Reply::json(status.as_u16(), body).into_response(method);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl From<ScimError> for Failure {
    fn from(error: ScimError) -> Self {
        if error.status() == 503 {
            return Self::later(error, DEFAULT_RETRY);
        }
        Self { error, headers: Vec::new() }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error.retry_after() {
            Some(after) => Self::later(error.into(), after),
            None => ScimError::from(error).into(),
        }
    }
}

/// When nobody says how long.
const DEFAULT_RETRY: Duration = Duration::from_secs(5);
