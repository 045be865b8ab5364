//! Why there is no token, RFC 6749 §5.2.

use std::fmt;
use std::time::Duration;

use scim_core::quote;

/// Why a token endpoint gave no token: it is inside of [`Error::Token`](crate::Error::Token).
///
/// No secret is in it, and nothing of what the endpoint said but an error code and its description.
#[derive(Clone, Debug)]
pub struct TokenEndpointError {
    kind: Kind,
    retry_after: Option<Duration>,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Unreachable { why: String, retryable: bool },
    Busy(u16),
    Refused { code: String, description: Option<String> },
    Redirect,
    Status(u16),
    Malformed,
    NoBearer,
}

impl TokenEndpointError {
    pub(super) fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.retry_after = retry_after;
        self
    }

    /// What the endpoint refused with, such as `invalid_client` (RFC 6749 §5.2).
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match &self.kind {
            Kind::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Whether there may be a token at another time: the wire failed, or the endpoint is busy or broken.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind, Kind::Busy(_) | Kind::Unreachable { retryable: true, .. })
    }

    /// How long the endpoint asked to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl From<Kind> for TokenEndpointError {
    fn from(kind: Kind) -> Self {
        Self { kind, retry_after: None }
    }
}

impl fmt::Display for TokenEndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Unreachable { why, .. } => write!(f, "the token endpoint: {why}"),
            Kind::Busy(status) | Kind::Status(status) => write!(f, "the token endpoint answered {status}"),
            Kind::Refused { code, description: None } => {
                write!(f, "the token endpoint refuses with {}", quote(code))
            }
            Kind::Refused { code, description: Some(description) } => {
                write!(f, "the token endpoint refuses with {}: {}", quote(code), quote(description))
            }
            Kind::Redirect => f.write_str("the token endpoint redirects, and redirects are not followed"),
            Kind::Malformed => f.write_str("the token endpoint's answer holds no token"),
            Kind::NoBearer => {
                f.write_str("the token endpoint's answer is a token of another type than `Bearer`")
            }
        }
    }
}

impl std::error::Error for TokenEndpointError {}
