//! Why a request got no answer.

use std::error::Error as StdError;
use std::fmt;

use super::BoxError;

/// Why a request got no whole answer.
///
/// A transport of your own may fail with one of these to say more than "something went wrong":
///
/// ```
/// use scim_client::{TransportError, TransportErrorKind};
///
/// let error = TransportError::new(TransportErrorKind::Connect, "no route to host");
/// assert_eq!(error.to_string(), "no connection: no route to host");
/// ```
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: BoxError,
    asked: Option<Box<str>>,
}

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// There was no connection, so the server has not seen the request.
    Connect,
    /// The server is not who it should be, or speaks no TLS that is good enough: trying again changes nothing.
    Tls,
    /// No answer in time; the server may have done what was asked.
    TimedOut,
    /// The connection broke; the server may have done what was asked.
    Broken,
}

impl TransportError {
    /// A failure of this kind.
    #[must_use]
    pub fn new(kind: TransportErrorKind, source: impl Into<BoxError>) -> Self {
        Self { kind, source: source.into(), asked: None }
    }

    /// What kind of failure it was.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// The failure of any service.
    pub(crate) fn of(source: BoxError) -> Self {
        match source.downcast::<Self>() {
            Ok(own) => *own,
            Err(source) => Self::new(TransportErrorKind::Broken, source),
        }
    }

    /// The same, when there was an answer already: so there was a connection.
    pub(crate) fn while_reading(mut self) -> Self {
        if self.kind == TransportErrorKind::Connect {
            self.kind = TransportErrorKind::Broken;
        }
        self
    }

    /// The same, of this request.
    pub(crate) fn about(mut self, asked: &str) -> Self {
        self.asked = Some(asked.into());
        self
    }

    /// Whether the server has certainly not seen the request.
    pub(crate) fn is_unsent(&self) -> bool {
        matches!(self.kind, TransportErrorKind::Connect | TransportErrorKind::Tls)
    }

    pub(crate) fn is_retryable(&self) -> bool {
        self.kind != TransportErrorKind::Tls
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(asked) = &self.asked {
            write!(f, "{asked}: ")?;
        }
        f.write_str(match self.kind {
            TransportErrorKind::Connect => "no connection",
            TransportErrorKind::Tls => "no trusted connection",
            TransportErrorKind::TimedOut => "no answer in time",
            TransportErrorKind::Broken => "the connection broke",
        })?;
        // The chain has the reason at its end, and most of what is between says nothing.
        let mut last: &(dyn StdError + 'static) = self.source.as_ref();
        while let Some(source) = last.source() {
            last = source;
        }
        let text: String = last.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        write!(f, ": {text}")
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.source.as_ref())
    }
}
