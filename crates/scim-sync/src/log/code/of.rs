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

#[cfg(test)]
mod tests {
    use scim_client::{Client, TransportError};
    use scim_core::{User, attr};
    use scim_filter::Filter;

    use super::*;
    use crate::testing::{Answer, answer, client, refusal, users};

    async fn read(client: &Client) -> ErrorCode {
        ErrorCode::of(&client.users().get(&"2819c223".parse().unwrap()).await.unwrap_err())
    }

    async fn read_of(answer: impl Fn() -> Answer + Clone + Send + Sync + 'static) -> ErrorCode {
        read(&client(move |_| answer())).await
    }

    const INCOMPATIBLE: ErrorCode = ErrorCode::SystemForCrossDomainIdentityManagementServiceIncompatible;

    #[tokio::test]
    async fn refusals() {
        use ErrorCode::*;
        for (status, scim_type, code) in [
            (400, None, UnprocessableEntity),
            (400, Some("invalidValue"), UnprocessableEntity),
            (400, Some("invalidSyntax"), UnprocessableEntity),
            (400, Some("noTarget"), UnprocessableEntity),
            (400, Some("theirOwn"), UnprocessableEntity),
            (400, Some("uniqueness"), EntryConflict),
            (400, Some("mutability"), NotPermitted),
            (400, Some("invalidPath"), SchemaAttributeNotFound),
            (400, Some("invalidFilter"), INCOMPATIBLE),
            (400, Some("tooMany"), INCOMPATIBLE),
            (400, Some("invalidVers"), INCOMPATIBLE),
            (400, Some("sensitive"), INCOMPATIBLE),
            (400, Some("invalidCursor"), INCOMPATIBLE),
            (401, None, Unauthorized),
            (402, None, LicenseLimitExceeded),
            (403, None, InsufficientRights),
            (404, None, InvalidAnchor),
            (405, None, MethodNotAllowed),
            (408, None, Timeout),
            (409, None, EntryConflict),
            (409, Some("uniqueness"), EntryConflict),
            (410, None, InvalidAnchor),
            (412, None, Conflict),
            (413, None, UnprocessableEntity),
            (418, None, UnprocessableEntity),
            (422, None, UnprocessableEntity),
            (429, None, TooManyRequests),
            (500, None, InternalServerError),
            (501, None, NotImplemented),
            (502, None, InternalServerError),
            (503, None, InternalServerError),
            (504, None, InternalServerError),
        ] {
            assert_eq!(read_of(move || refusal(status, scim_type)).await, code, "{status} {scim_type:?}");
        }
    }

    #[tokio::test]
    async fn answers_that_make_no_sense() {
        use ErrorCode::*;
        for (status, media_type, body, code) in [
            (200, "text/html", "<html>", INCOMPATIBLE),
            (200, "application/json", "{\"hello\":", INCOMPATIBLE),
            (200, "application/json", r#"{"id":"other","userName":"x"}"#, INCOMPATIBLE),
            (302, "text/html", "", INCOMPATIBLE),
            (400, "text/html", "<html>", INCOMPATIBLE),
            (401, "text/html", "<html>", Unauthorized),
            (403, "text/html", "<html>", InsufficientRights),
            (404, "text/html", "<html>", INCOMPATIBLE),
            (404, "application/json", r#"{"title":"Not Found","status":404}"#, INCOMPATIBLE),
            (429, "text/plain", "slow down", TooManyRequests),
            (503, "text/html", "<html>", InternalServerError),
        ] {
            assert_eq!(read_of(move || answer(status, media_type, body)).await, code, "{status} {body}");
        }
        let lenient = client(|_| answer(404, "text/html", "<html>"));
        lenient.learn(|dialect| dialect.any_404_is_not_found = true);
        assert_eq!(read(&lenient).await, InvalidAnchor);
    }

    #[tokio::test]
    async fn more_than_was_looked_for() {
        let twins = client(|_| users(2, &["babs", "Babs"]));
        let babs = Filter::eq(attr::USER_NAME, "babs");
        let error = twins.users().find(&babs).await.unwrap_err();
        assert_eq!(ErrorCode::of(&error), ErrorCode::DuplicateTargetEntries);
        let other = Filter::eq(attr::USER_NAME, "jim");
        let error = twins.users().find(&other).await.unwrap_err();
        assert_eq!(ErrorCode::of(&error), INCOMPATIBLE);
        let error = twins.users().list(Default::default()).collect(1).await.unwrap_err();
        let many = ErrorCode::SystemForCrossDomainIdentityManagementMultipleEntriesInResponse;
        assert_eq!(ErrorCode::of(&error), many);
    }

    #[tokio::test]
    async fn what_got_no_answer() {
        use TransportErrorKind::*;
        for (kind, code) in [
            (TimedOut, ErrorCode::Timeout),
            (Connect, ErrorCode::WebExceptionProtocolError),
            (Tls, ErrorCode::WebExceptionProtocolError),
            (Broken, ErrorCode::WebExceptionProtocolError),
        ] {
            assert_eq!(ErrorCode::of(&Error::Transport(TransportError::new(kind, "x"))), code);
        }
        assert_eq!(ErrorCode::of(&Error::Token("gone".into())), ErrorCode::Unauthorized);
        for (error, code) in [
            (ScimError::not_implemented("x"), ErrorCode::NotImplemented),
            (ScimError::invalid_filter("x"), INCOMPATIBLE),
            (ScimError::invalid_value("x"), ErrorCode::UnprocessableEntity),
            (ScimError::mutability(&attr::USER_NAME, "x"), ErrorCode::NotPermitted),
            (ScimError::new(500), ErrorCode::InternalError),
        ] {
            assert_eq!(ErrorCode::of(&Error::Request(error)), code);
        }
        // A server that takes no PUT.
        let client = client(|_| refusal(500, None));
        client.learn(|dialect| dialect.no_put = vec!["/Users".into()]);
        let error = client.users().replace(&"1".parse().unwrap(), &User::default(), None).await.unwrap_err();
        assert_eq!(ErrorCode::of(&error), ErrorCode::NotImplemented);
    }
}
