//! Answers that make no sense.

use std::fmt;
use std::time::Duration;

use scim_core::quote;
use scim_core::value::secret::Secret;

/// An answer that makes no sense. What is quoted of it is cut and escaped.
#[derive(Debug)]
pub struct Unexpected(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: UnexpectedKind,
    status: u16,
    asked: Box<str>,
    detail: String,
    retry_after: Option<Duration>,
    not_found: bool,
}

/// What makes no sense about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnexpectedKind {
    /// It is not JSON: a page for people, as a gateway or a wrong URL answers.
    NotJson,
    /// It is JSON, and not of SCIM: an error of a gateway or of a web framework.
    NotScim,
    /// It is JSON that breaks off or is malformed, or it does not fit what was asked for.
    Malformed,
    /// It is longer than the limit.
    TooLong,
    /// It points to another place, and redirects are not followed.
    Redirect,
    /// Its status is one of success, and its body an error.
    ErrorInSuccess,
    /// Its status is none that an answer to such a request has.
    Status,
    /// It holds more than one resource where one was looked for.
    Ambiguous,
    /// It holds a resource that does not match what was looked for: the server ignores filters, or reads them otherwise.
    NoMatch,
    /// It is about another resource.
    OtherResource,
    /// Its pages go round in circles, or on for ever.
    EndlessPages,
    /// It holds more than the bound that the caller set.
    TooMany,
}

impl Unexpected {
    pub(crate) fn new(kind: UnexpectedKind, status: u16, asked: &str, detail: impl Into<String>) -> Self {
        let (asked, detail) = (asked.into(), detail.into());
        Self(Box::new(Inner { kind, status, asked, detail, retry_after: None, not_found: false }))
    }

    pub(crate) fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.0.retry_after = retry_after;
        self
    }

    pub(crate) fn with_not_found(mut self, not_found: bool) -> Self {
        self.0.not_found = not_found;
        self
    }

    /// What makes no sense.
    #[must_use]
    pub fn kind(&self) -> UnexpectedKind {
        self.0.kind
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.status
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    pub(crate) fn means_not_found(&self) -> bool {
        self.0.not_found
    }
}

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        write!(f, "{}: unexpected answer {}: ", inner.asked, inner.status)?;
        f.write_str(match inner.kind {
            UnexpectedKind::NotJson => "it is not JSON",
            UnexpectedKind::NotScim => "it is JSON that is not of SCIM",
            UnexpectedKind::Malformed => "it is malformed",
            UnexpectedKind::TooLong => "it is too long",
            UnexpectedKind::Redirect => "redirects are not followed",
            UnexpectedKind::ErrorInSuccess => "the status says success and the body is an error",
            UnexpectedKind::Status => "no answer to such a request has this status",
            UnexpectedKind::Ambiguous => "more than one resource was found",
            UnexpectedKind::NoMatch => "a resource does not match what was looked for",
            UnexpectedKind::OtherResource => "it is about another resource",
            UnexpectedKind::EndlessPages => "the pages come to no end",
            UnexpectedKind::TooMany => "there are more resources than the caller wants",
        })?;
        if inner.detail.is_empty() { Ok(()) } else { write!(f, ": {}", inner.detail) }
    }
}

/// The token, where a server says it back.
pub(crate) fn hide(text: String, secret: Option<&Secret>) -> String {
    match secret.map(Secret::expose) {
        Some(secret) if !secret.is_empty() && text.contains(secret) => text.replace(secret, "[token]"),
        _ => text,
    }
}

/// The beginning of a body, as it may stand in a message. The token is taken out before anything is cut, or a part of it
/// would stay.
pub(crate) fn excerpt(body: &[u8], secret: Option<&Secret>) -> String {
    const MOST: usize = 256;
    let most = MOST + secret.map_or(0, |secret| secret.expose().len());
    let start = body.get(..most).unwrap_or(body);
    let text = hide(String::from_utf8_lossy(start).trim().to_owned(), secret);
    quote(&text).to_string()
}
