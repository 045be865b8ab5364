//! Errors that stop the whole job, whatever the counts are.

use scim_client::{Error, TransportErrorKind, UnexpectedKind};

use super::QuarantineReason;

/// What a request was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    /// Finding or listing resources: the same right and the same skill for all objects.
    LookUp,
    /// Reading, changing or deleting one resource.
    Resource,
}

impl QuarantineReason {
    /// Whether an error is one of the whole target, so that no other object would fare better: the job stops at once.
    ///
    /// | error | look-up | one resource |
    /// |---|---|---|
    /// | no token, 401, no trusted connection | stops | stops |
    /// | a redirect, a page or other JSON in place of SCIM, with status 404 or one of success | stops | stops |
    /// | 403, 405, 501, or a 404 where a list is due | stops | fails that object |
    /// | 429, 5xx, a connection that fails | no | no |
    /// | all others | no | fails that object |
    ///
    /// A 403 for one resource may be about this resource or about the key, and a resource that does not match a look-up may
    /// come from a server that ignores filters or that compares otherwise: see [`is_doubtful`](Self::is_doubtful).
    #[must_use]
    pub fn immediate(error: &Error, asked: Asked) -> Option<Self> {
        let stops = match error {
            Error::Token(_) => true,
            Error::Transport(error) => error.kind() == TransportErrorKind::Tls,
            Error::Scim(refusal) => match refusal.status() {
                401 => true,
                403 | 404 | 405 | 501 => asked == Asked::LookUp,
                _ => false,
            },
            Error::UnexpectedResponse(odd) => match (odd.status(), odd.kind()) {
                (401, _) | (_, UnexpectedKind::Redirect) => true,
                (404, _) if asked == Asked::LookUp => true,
                (404, _) => !error.is_not_found(),
                (200..=299, UnexpectedKind::NotJson | UnexpectedKind::NotScim) => true,
                (403 | 405 | 501, _) => asked == Asked::LookUp,
                _ => false,
            },
            _ => false,
        };
        stops.then_some(Self::EncounteredQuarantineException)
    }

    /// Whether an error may be one of the whole target, or of one object only: a look-up of something that cannot be there
    /// tells ([`probe`](crate::probe)).
    #[must_use]
    pub fn is_doubtful(error: &Error) -> bool {
        match error {
            Error::UnexpectedResponse(odd) if odd.kind() == UnexpectedKind::NoMatch => true,
            error => error.status() == Some(403),
        }
    }
}
