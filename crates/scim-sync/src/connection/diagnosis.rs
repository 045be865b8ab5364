//! What is wrong with a target, and what to do about it.

use scim_client::{Error, TransportErrorKind, UnexpectedKind};
use scim_core::ScimType;
use serde::{Deserialize, Serialize};

use crate::quarantine::QuarantineReason;

/// What a look-up of something that cannot be there says about a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Diagnosis {
    /// It answered with an empty list, as it should.
    Works,
    /// There is no SCIM at this address: a page, a redirect, or nothing found.
    WrongUrl,
    /// It refuses the key, or there is none.
    WrongKey,
    /// It answers with something that is not of SCIM.
    NotScim,
    /// It ignores the filter, or refuses it.
    NoFilter,
    /// Nobody answers, or a gateway says that nobody does.
    Unreachable,
    /// Somebody answers whose certificate is not trusted, or whose TLS is too old.
    Untrusted,
    /// It asks to be left alone.
    TooBusy,
    /// None of these.
    Other,
}

impl Diagnosis {
    /// What the error of a look-up says about the target.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        match error {
            Error::Token(_) => Self::WrongKey,
            Error::Transport(error) if error.kind() == TransportErrorKind::Tls => Self::Untrusted,
            Error::Transport(_) => Self::Unreachable,
            Error::Scim(refusal) if refusal.scim_type() == Some(&ScimType::InvalidFilter) => Self::NoFilter,
            Error::Scim(refusal) => Self::of_status(refusal.status()),
            // The dialect of this target says what it cannot be searched by.
            Error::Request(refusal) if refusal.scim_type() == Some(&ScimType::InvalidFilter) => {
                Self::NoFilter
            }
            Error::UnexpectedResponse(odd) => match (odd.kind(), odd.status()) {
                (UnexpectedKind::NoMatch | UnexpectedKind::Ambiguous, _) => Self::NoFilter,
                (UnexpectedKind::Redirect, _) => Self::WrongUrl,
                (UnexpectedKind::NotJson, 200..=299) => Self::WrongUrl,
                (_, 200..=299) => Self::NotScim,
                (kind, status) => match Self::of_status(status) {
                    Self::Other if kind == UnexpectedKind::NotScim && status < 500 => Self::NotScim,
                    diagnosis => diagnosis,
                },
            },
            _ => Self::Other,
        }
    }

    fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::WrongKey,
            404 | 405 | 410 => Self::WrongUrl,
            408 | 425 | 429 | 503 => Self::TooBusy,
            502 | 504 => Self::Unreachable,
            _ => Self::Other,
        }
    }

    /// What to do, in a sentence.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Works => "the target works: nothing is to be done",
            Self::WrongUrl => {
                "there is no SCIM at this address: copy the base URL from the target's settings, with its whole path"
            }
            Self::WrongKey => {
                "the target refuses the key: copy it again or make a new one, with the right to read and write users and groups"
            }
            Self::NotScim => {
                "something answers that is not SCIM 2.0: check the base URL, and ask whoever runs the target"
            }
            Self::NoFilter => {
                "the target cannot be searched by the matching attribute: match by another one, or ask whoever runs the target"
            }
            Self::Unreachable => {
                "nobody answers: check the host name, the port, firewalls and proxies, and whether the target runs"
            }
            Self::Untrusted => {
                "the target's certificate is not trusted, or its TLS is too old: check the host name and the certificate"
            }
            Self::TooBusy => "the target takes no requests for now: try again later",
            Self::Other => "the target refuses a plain look-up: its answer says more, or whoever runs it",
        }
    }

    /// Whether a job had better stop at once, and why. A target that is not there, or busy, may come back by itself.
    #[must_use]
    pub const fn quarantines(self) -> Option<QuarantineReason> {
        match self {
            Self::WrongUrl | Self::WrongKey | Self::NotScim | Self::NoFilter | Self::Untrusted => {
                Some(QuarantineReason::EncounteredQuarantineException)
            }
            Self::Works | Self::Unreachable | Self::TooBusy | Self::Other => None,
        }
    }
}
