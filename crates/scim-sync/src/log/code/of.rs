//! Which code an error of the client has.

use scim_client::{Error, TransportErrorKind, UnexpectedKind};
use scim_core::{ScimError, ScimType};

use super::ErrorCode;

impl ErrorCode {
    /// The code of an error of the client.
    ///
    /// ```
    /// use scim_client::{Error, TransportError, TransportErrorKind};
    /// use scim_sync::ErrorCode;
    ///
    /// let late = TransportError::new(TransportErrorKind::TimedOut, "the time is up");
    /// assert_eq!(ErrorCode::of(&Error::Transport(late)), ErrorCode::Timeout);
    /// ```
    #[must_use]
    pub fn of(error: &Error) -> Self {
        const INCOMPATIBLE: ErrorCode = ErrorCode::SystemForCrossDomainIdentityManagementServiceIncompatible;
        match error {
            Error::Scim(refusal) => refused(refusal),
            Error::Request(refusal) => match of_type(refusal.scim_type()) {
                Some(code) => code,
                None if refusal.status() == 501 => Self::NotImplemented,
                None => Self::InternalError,
            },
            Error::Transport(error) if error.kind() == TransportErrorKind::TimedOut => Self::Timeout,
            Error::Transport(_) => Self::WebExceptionProtocolError,
            Error::Token(_) => Self::Unauthorized,
            Error::UnexpectedResponse(_) if error.is_not_found() => Self::InvalidAnchor,
            Error::UnexpectedResponse(odd) => match odd.kind() {
                UnexpectedKind::Ambiguous => Self::DuplicateTargetEntries,
                UnexpectedKind::TooMany => {
                    Self::SystemForCrossDomainIdentityManagementMultipleEntriesInResponse
                }
                // A 404 that is not of SCIM is a wrong address or a gateway; other statuses say enough by themselves.
                _ if odd.status() == 404 => INCOMPATIBLE,
                _ => of_status(odd.status()).unwrap_or(INCOMPATIBLE),
            },
            _ => Self::InternalError,
        }
    }
}

fn refused(refusal: &ScimError) -> ErrorCode {
    match refusal.status() {
        400 => of_type(refusal.scim_type()).unwrap_or(ErrorCode::UnprocessableEntity),
        status => of_status(status).unwrap_or(ErrorCode::UnprocessableEntity),
    }
}

fn of_status(status: u16) -> Option<ErrorCode> {
    Some(match status {
        401 => ErrorCode::Unauthorized,
        402 => ErrorCode::LicenseLimitExceeded,
        403 => ErrorCode::InsufficientRights,
        404 | 410 => ErrorCode::InvalidAnchor,
        405 => ErrorCode::MethodNotAllowed,
        408 => ErrorCode::Timeout,
        409 => ErrorCode::EntryConflict,
        412 => ErrorCode::Conflict,
        413 | 422 => ErrorCode::UnprocessableEntity,
        425 | 429 => ErrorCode::TooManyRequests,
        501 => ErrorCode::NotImplemented,
        500..=599 => ErrorCode::InternalServerError,
        _ => return None,
    })
}

fn of_type(scim_type: Option<&ScimType>) -> Option<ErrorCode> {
    Some(match scim_type? {
        ScimType::Uniqueness => ErrorCode::EntryConflict,
        ScimType::Mutability => ErrorCode::NotPermitted,
        ScimType::InvalidPath => ErrorCode::SchemaAttributeNotFound,
        ScimType::InvalidValue | ScimType::InvalidSyntax | ScimType::NoTarget => {
            ErrorCode::UnprocessableEntity
        }
        ScimType::InvalidFilter
        | ScimType::TooMany
        | ScimType::InvalidVers
        | ScimType::Sensitive
        | ScimType::InvalidCursor
        | ScimType::ExpiredCursor
        | ScimType::InvalidCount => ErrorCode::SystemForCrossDomainIdentityManagementServiceIncompatible,
        _ => return None,
    })
}
