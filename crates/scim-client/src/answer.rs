//! What an answer says: yes, no, or nothing that makes sense. RFC 7644 §3.12.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use scim_core::value::secret::Secret;
use scim_core::{Limits, SchemaUri, ScimError, json, quote};
use serde_json::{Map, Value};

use crate::error::{Error, Refusal, Unexpected, UnexpectedKind, excerpt, hide};
use crate::exchange::{Ask, Condition, Success};
use crate::transport::Answer;

/// What has to be known to judge an answer.
pub(crate) struct Facts<'a> {
    pub(crate) asked: &'a str,
    pub(crate) pause: Option<Duration>,
    pub(crate) any_404: bool,
    /// What must not be quoted, should the server say it back.
    pub(crate) secret: Option<&'a Secret>,
    pub(crate) limits: &'a Limits,
}

impl Facts<'_> {
    fn success(&self, status: StatusCode, headers: HeaderMap, body: bytes::Bytes) -> Success {
        Success { asked: self.asked.to_owned(), status, headers, body, secret: self.secret.cloned() }
    }
}

/// Tells answers that say yes from all others.
pub(crate) fn judge(answer: Answer, ask: &Ask, facts: &Facts<'_>) -> Result<Success, Error> {
    let Answer { status, headers, body } = answer;
    let asked = facts.asked;
    let odd = |kind, detail: String| {
        let odd = Unexpected::new(kind, status.as_u16(), asked, hide(detail, facts.secret));
        let not_found = status == StatusCode::NOT_FOUND && facts.any_404;
        Error::UnexpectedResponse(odd.with_retry_after(facts.pause).with_not_found(not_found))
    };
    if status == StatusCode::NOT_MODIFIED && matches!(ask.condition, Condition::IfNoneMatch(_)) {
        return Ok(facts.success(status, headers, bytes::Bytes::new()));
    }
    if status.is_redirection() {
        let to = headers.get(header::LOCATION).and_then(|to| to.to_str().ok()).map_or_else(
            || "it does not say to where".to_owned(),
            // The query is the one that was sent, and names are in it.
            |to| format!("to {}", quote(to.split('?').next().unwrap_or_default())),
        );
        return Err(odd(UnexpectedKind::Redirect, to));
    }
    if status.is_success() {
        return match body {
            _ if ask.blind => Ok(facts.success(status, headers, bytes::Bytes::new())),
            None => Err(odd(UnexpectedKind::TooLong, too_long(facts.limits))),
            Some(body) => Ok(facts.success(status, headers, body)),
        };
    }
    if status.is_informational() {
        return Err(odd(UnexpectedKind::Status, String::new()));
    }
    let Some(body) = body else {
        return Err(odd(UnexpectedKind::TooLong, too_long(facts.limits)));
    };
    let kind = match json::read(&body, facts.limits) {
        Ok(Value::Object(map)) => match scim_error(map, status, &headers) {
            Some(error) => {
                let detail = error.detail().map(|detail| shorten(hide(detail.to_owned(), facts.secret)));
                let error = match detail {
                    Some(detail) => error.with_detail(detail),
                    None => error,
                };
                return Err(Error::Scim(Refusal::new(error, asked, facts.pause)));
            }
            None => UnexpectedKind::NotScim,
        },
        Ok(_) => UnexpectedKind::NotScim,
        Err(_) if is_json(&headers) && !body.is_empty() => UnexpectedKind::Malformed,
        Err(_) => UnexpectedKind::NotJson,
    };
    Err(odd(kind, if body.is_empty() { "it has no body".to_owned() } else { excerpt(&body, facts.secret) }))
}

fn too_long(limits: &Limits) -> String {
    format!("{} bytes are the limit", limits.body_bytes)
}

/// As much of a server's words as a log takes.
fn shorten(text: String) -> String {
    const MOST: usize = 2_000;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "…",
        None => text,
    }
}

/// Whether the media type is one of JSON, or is not given.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let Some(media_type) = headers.get(header::CONTENT_TYPE) else { return true };
    let Ok(media_type) = media_type.to_str() else { return false };
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.is_empty() || essence.ends_with("/json") || essence.ends_with("+json")
}

/// The error that a body is, if it is one of SCIM.
///
/// Where it does not say so in `schemas`, it has to look like one and like nothing else: frameworks answer a wrong path
/// with a `status` of 404 too.
fn scim_error(map: Map<String, Value>, status: StatusCode, headers: &HeaderMap) -> Option<ScimError> {
    let get = |name: &str| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let known = names_error(get("schemas")) || names_error(get("schema"));
    let problem = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|media_type| media_type.as_bytes().starts_with(b"application/problem"));
    let alike = !problem
        && (get("scimType").is_some_and(Value::is_string)
            || get("Errors").and_then(Value::as_array).is_some_and(|errors| {
                errors
                    .first()
                    .is_some_and(|first| first.get("code").is_some() || first.get("description").is_some())
            })
            || get("detail").is_some_and(Value::is_string)
                && get("status").is_some()
                && ["title", "type", "error", "path", "instance"].iter().all(|name| get(name).is_none()));
    if !known && !alike {
        return None;
    }
    let error: ScimError = serde_json::from_value(Value::Object(map)).ok()?;
    // A gateway sees the status of HTTP only, and so do we.
    Some(error.with_status(status.as_u16()))
}

/// Whether `schemas` names the message, as a list, as a text, or as a list inside of a text.
fn names_error(schemas: Option<&Value>) -> bool {
    let names = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.contains(&SchemaUri::ERROR.as_str().to_ascii_lowercase())
            || text.contains("urn:scim:schemas:core:1.0")
    };
    match schemas {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).any(names),
        Some(Value::String(text)) => names(text),
        _ => false,
    }
}

/// The error that the body of a "success" is, if it is one.
pub(crate) fn error_in(map: &Map<String, Value>) -> Option<ScimError> {
    let schemas = map.iter().find(|(key, _)| key.eq_ignore_ascii_case("schemas")).map(|(_, value)| value);
    let error = match schemas {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).any(|one| SchemaUri::ERROR == *one),
        Some(Value::String(text)) => text.contains(SchemaUri::ERROR.as_str()),
        _ => false,
    };
    let old = map.len() == 1 && map.keys().any(|key| key.eq_ignore_ascii_case("Errors"));
    if error || old { serde_json::from_value(Value::Object(map.clone())).ok() } else { None }
}

impl Success {
    /// An answer whose status is one of success, and that makes no sense all the same.
    pub(crate) fn odd(&self, kind: UnexpectedKind, detail: impl Into<String>) -> Error {
        Unexpected::new(kind, self.status.as_u16(), &self.asked, hide(detail.into(), self.secret.as_ref()))
            .into()
    }

    /// The beginning of the body, for a message.
    pub(crate) fn excerpt(&self) -> String {
        excerpt(&self.body, self.secret.as_ref())
    }

    /// Why a body is not what it should be.
    pub(crate) fn unreadable(&self, why: impl std::fmt::Display, limits: &Limits) -> Error {
        let why: String = why.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if self.body.is_empty() {
            return self.odd(UnexpectedKind::Malformed, "it has no body");
        }
        match json::read(&self.body, limits) {
            Err(_) if !is_json(&self.headers) => self.odd(UnexpectedKind::NotJson, self.excerpt()),
            Ok(Value::Object(map)) => match error_in(&map) {
                Some(error) => self.odd(UnexpectedKind::ErrorInSuccess, error.to_string()),
                None => self.odd(UnexpectedKind::Malformed, why),
            },
            _ => self.odd(UnexpectedKind::Malformed, why),
        }
    }

    /// The body as JSON.
    pub(crate) fn json(&self, limits: &Limits) -> Result<Map<String, Value>, Error> {
        if !is_json(&self.headers) {
            return Err(self.odd(UnexpectedKind::NotJson, self.excerpt()));
        }
        match json::read(&self.body, limits) {
            Ok(Value::Object(map)) => match error_in(&map) {
                Some(error) => Err(self.odd(UnexpectedKind::ErrorInSuccess, error.to_string())),
                None => Ok(map),
            },
            Ok(_) => Err(self.odd(UnexpectedKind::NotScim, self.excerpt())),
            Err(error) => Err(self.unreadable(error.detail().unwrap_or_default(), limits)),
        }
    }
}

impl From<Unexpected> for Error {
    fn from(unexpected: Unexpected) -> Self {
        Self::UnexpectedResponse(unexpected)
    }
}
