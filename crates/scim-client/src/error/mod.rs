//! Errors, by whose fault they are.

mod unexpected;

use std::error::Error as StdError;
use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use scim_core::ScimError;

pub use self::unexpected::{Unexpected, UnexpectedKind};
pub(crate) use self::unexpected::{excerpt, hide};
use crate::transport::{BoxError, TransportError};

/// Why an operation did not work.
///
/// ```
/// use scim_client::Error;
///
/// fn say(error: &Error) -> String {
///     match error {
///         Error::Scim(refusal) => format!("the server said no: {}", refusal.status()),
///         Error::Transport(_) => "the wire failed".into(),
///         Error::UnexpectedResponse(odd) => format!("the answer made no sense: {:?}", odd.kind()),
///         other => other.to_string(),
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The server said no, in the words of RFC 7644 §3.12 or close to them.
    Scim(Refusal),
    /// The wire failed: there is no whole answer.
    Transport(TransportError),
    /// The answer made no sense.
    UnexpectedResponse(Unexpected),
    /// The request makes no sense, or this server cannot take it: nothing was sent.
    Request(ScimError),
    /// There is no token: its provider failed.
    Token(BoxError),
}

/// What the server said no to; it is the [`ScimError`] that the server sent.
#[derive(Debug)]
pub struct Refusal {
    error: ScimError,
    asked: Box<str>,
    retry_after: Option<Duration>,
}

impl Refusal {
    pub(crate) fn new(error: ScimError, asked: &str, retry_after: Option<Duration>) -> Self {
        Self { error, asked: asked.into(), retry_after }
    }

    /// The error by itself.
    #[must_use]
    pub fn into_inner(self) -> ScimError {
        self.error
    }
}

impl Deref for Refusal {
    type Target = ScimError;

    fn deref(&self) -> &ScimError {
        &self.error
    }
}

impl Error {
    pub(crate) fn request(error: impl Into<ScimError>) -> Self {
        Self::Request(error.into())
    }

    /// The HTTP status of the answer, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Scim(refusal) => Some(refusal.status()),
            Self::UnexpectedResponse(unexpected) => Some(unexpected.status()),
            Self::Transport(_) | Self::Request(_) | Self::Token(_) => None,
        }
    }

    /// Whether the same request may work at another time: the wire failed, or the server, or its token endpoint, is busy or
    /// broke.
    ///
    /// Whether it may be repeated is another question: the server may have done what a POST asked for.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Transport(error) => error.is_retryable(),
            Self::Scim(_) | Self::UnexpectedResponse(_) => {
                self.status().is_some_and(|status| matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504))
            }
            Self::Token(error) => of_endpoint(error).is_some_and(|(retryable, _)| retryable),
            Self::Request(_) => false,
        }
    }

    /// How long the server asked to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Scim(refusal) => refusal.retry_after,
            Self::UnexpectedResponse(unexpected) => unexpected.retry_after(),
            Self::Token(error) => of_endpoint(error).and_then(|(_, pause)| pause),
            Self::Transport(_) | Self::Request(_) => None,
        }
    }

    /// Whether the resource is gone: the server said so as SCIM does. The 404 of a gateway, of a web framework or of a
    /// wrong base URL does not count, unless the [`Dialect`](crate::Dialect) says that this server means it.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::Scim(refusal) => refusal.status() == 404,
            Self::UnexpectedResponse(unexpected) => unexpected.means_not_found(),
            Self::Transport(_) | Self::Request(_) | Self::Token(_) => false,
        }
    }

    /// Whether the resource is no longer at the version that the request named (412).
    #[must_use]
    pub fn is_version_mismatch(&self) -> bool {
        self.status() == Some(412)
    }

    /// Whether the server may have done what was asked, though there is no answer that says so.
    pub(crate) fn is_unclear(&self) -> bool {
        match self {
            Self::Transport(error) => !error.is_unsent(),
            Self::Scim(_) | Self::UnexpectedResponse(_) => self
                .status()
                .is_some_and(|status| matches!(status, 408 | 500 | 502 | 503 | 504) || status < 300),
            Self::Request(_) | Self::Token(_) => false,
        }
    }
}

/// Whether a provider of ours says that there may be a token later, and after how long.
fn of_endpoint(error: &BoxError) -> Option<(bool, Option<Duration>)> {
    #[cfg(feature = "oauth2")]
    let found = error
        .downcast_ref::<crate::TokenEndpointError>()
        .map(|error| (error.is_retryable(), error.retry_after()));
    #[cfg(not(feature = "oauth2"))]
    let found = {
        let _ = error;
        None
    };
    found
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scim(refusal) => write!(f, "{}: {}", refusal.asked, refusal.error),
            Self::Transport(error) => error.fmt(f),
            Self::UnexpectedResponse(unexpected) => unexpected.fmt(f),
            Self::Request(error) => match error.detail() {
                Some(detail) => f.write_str(detail),
                None => error.fmt(f),
            },
            Self::Token(error) => write!(f, "no token: {error}"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Scim(refusal) => Some(&refusal.error),
            Self::Transport(error) => error.source(),
            Self::UnexpectedResponse(_) => None,
            Self::Request(error) => Some(error),
            Self::Token(error) => Some(error.as_ref()),
        }
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}
