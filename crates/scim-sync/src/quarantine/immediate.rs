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
    /// Some of those that fail an object may be about the whole target all the same: see [`is_doubtful`](Self::is_doubtful).
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
    ///
    /// A 403 for one resource may be about this resource or about the key. A resource that does not match a look-up may come from
    /// a server that ignores filters, or from one that compares otherwise. What cannot be read may be one value or everything.
    #[must_use]
    pub fn is_doubtful(error: &Error) -> bool {
        use UnexpectedKind::{ErrorInSuccess, Malformed, NoMatch};
        match error {
            Error::UnexpectedResponse(odd) if odd.status() != 403 => {
                matches!(odd.kind(), NoMatch | Malformed | ErrorInSuccess)
            }
            error => error.status() == Some(403),
        }
    }
}

#[cfg(test)]
mod tests {
    use scim_client::{Client, TransportError};
    use scim_core::attr;
    use scim_filter::Filter;

    use super::*;
    use crate::testing::{Answer, answer, client, refusal, users};

    /// Whether the answer stops the job, to a look-up and to a request about one resource.
    async fn stops(client: Client) -> (bool, bool) {
        let babs = Filter::eq(attr::USER_NAME, "babs");
        let look_up = client.users().find(&babs).await.unwrap_err();
        let resource = client.users().get(&"2819c223".parse().unwrap()).await.unwrap_err();
        let stops = |error: &Error, asked| {
            let reason = QuarantineReason::immediate(error, asked);
            assert!(reason.is_none_or(|reason| reason == QuarantineReason::EncounteredQuarantineException));
            reason.is_some()
        };
        (stops(&look_up, Asked::LookUp), stops(&resource, Asked::Resource))
    }

    async fn of(answer: impl Fn() -> Answer + Clone + Send + Sync + 'static) -> (bool, bool) {
        stops(client(move |_| answer())).await
    }

    #[tokio::test]
    async fn refusals() {
        for (status, expected) in [
            (400, (false, false)),
            (401, (true, true)),
            (403, (true, false)),
            (404, (true, false)),
            (405, (true, false)),
            (409, (false, false)),
            (412, (false, false)),
            (422, (false, false)),
            (429, (false, false)),
            (500, (false, false)),
            (501, (true, false)),
            (503, (false, false)),
        ] {
            assert_eq!(of(move || refusal(status, None)).await, expected, "{status}");
        }
        assert_eq!(of(|| refusal(400, Some("invalidFilter"))).await, (false, false));
    }

    #[tokio::test]
    async fn answers_that_make_no_sense() {
        for (status, media_type, body, expected) in [
            (200, "text/html", "<html>log in", (true, true)),
            // The client cannot always tell JSON that is not of SCIM from a resource that is malformed: see `doubts`.
            (200, "application/json", r#"{"hello":"world"}"#, (true, false)),
            (200, "application/json", "[1]", (false, false)),
            // What is wrong with one resource is no reason to stop for all.
            (200, "application/json", r#"{"totalResults":1,"Resources":[{"id":{}}]}"#, (false, false)),
            (302, "text/html", "", (true, true)),
            (400, "text/html", "<html>", (false, false)),
            (401, "text/html", "<html>", (true, true)),
            (403, "text/html", "<html>a firewall", (true, false)),
            (404, "text/html", "<html>", (true, true)),
            (404, "application/json", r#"{"error":"no route"}"#, (true, true)),
            (429, "text/html", "<html>", (false, false)),
            (502, "text/html", "<html>", (false, false)),
        ] {
            assert_eq!(of(move || answer(status, media_type, body)).await, expected, "{status} {body}");
        }
        let lenient = client(|_| answer(404, "text/html", "<html>"));
        lenient.learn(|dialect| dialect.any_404_is_not_found = true);
        assert_eq!(stops(lenient).await, (true, false));
    }

    #[test]
    fn what_got_no_answer() {
        use TransportErrorKind::*;
        for (kind, stops) in [(Connect, false), (TimedOut, false), (Broken, false), (Tls, true)] {
            for asked in [Asked::LookUp, Asked::Resource] {
                let error = Error::Transport(TransportError::new(kind, "x"));
                assert_eq!(QuarantineReason::immediate(&error, asked).is_some(), stops, "{kind:?}");
            }
        }
        let reason = QuarantineReason::immediate(&Error::Token("gone".into()), Asked::Resource);
        assert_eq!(reason, Some(QuarantineReason::EncounteredQuarantineException));
    }

    #[tokio::test]
    async fn doubts() {
        let find = async |client: Client| {
            let jim = Filter::eq(attr::USER_NAME, "jim");
            client.users().find(&jim).await.unwrap_err()
        };
        let ignored = find(client(|_| users(1, &["babs"]))).await;
        assert!(QuarantineReason::is_doubtful(&ignored));
        assert_eq!(QuarantineReason::immediate(&ignored, Asked::LookUp), None);
        for body in ["[1]", "{", r#"{"totalResults":1,"Resources":[{"id":{}}]}"#] {
            let unread = find(client(move |_| answer(200, "application/json", body))).await;
            assert!(QuarantineReason::is_doubtful(&unread), "{body}");
            assert_eq!(QuarantineReason::immediate(&unread, Asked::LookUp), None);
        }
        assert!(QuarantineReason::is_doubtful(&find(client(|_| refusal(403, None))).await));
        assert!(QuarantineReason::is_doubtful(&find(client(|_| answer(403, "text/html", ""))).await));
        assert!(!QuarantineReason::is_doubtful(&find(client(|_| refusal(409, None))).await));
        assert!(!QuarantineReason::is_doubtful(&find(client(|_| users(2, &["jim", "jim"]))).await));
    }
}
