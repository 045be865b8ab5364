//! The token endpoint, RFC 6749 §3.2: the request of §4.4.2 and the answers of §5.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AccessToken, AsyncHttpClient, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, RefreshToken,
    RequestTokenError, Scope, StandardRevocableToken, TokenResponse,
};
use scim_core::value::secret::Secret;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::error::{Kind, TokenEndpointError};
use crate::retry::retry_after;
use crate::timer::{Timer, within};
use crate::transport::{RequestBody, Transport, TransportErrorKind};

/// A client of the protocol, with the only endpoint that this grant needs.
pub(super) type Protocol = oauth2::Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// No answer of a token endpoint is longer than this many bytes.
const MOST: usize = 256 << 10;

pub(super) struct TokenEndpoint {
    pub(super) client: Protocol,
    /// What must not be quoted, should the endpoint say it back.
    pub(super) secret: Secret,
    pub(super) scopes: Vec<Scope>,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) transport: Box<dyn Transport>,
    pub(super) timeout: Duration,
}

/// A token, and how long it is good for, if the endpoint says so.
pub(super) struct Issued {
    pub(super) token: Secret,
    pub(super) lifetime: Option<Duration>,
}

impl TokenEndpoint {
    /// Asks for a token.
    pub(super) async fn fetch(&self, timer: &dyn Timer) -> Result<Issued, TokenEndpointError> {
        let started = timer.elapsed();
        let outcome = self.ask(timer).await;
        let took = timer.elapsed().saturating_sub(started);
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        match &outcome {
            Ok(_) => tracing::debug!(took_ms, "a token was fetched"),
            Err(error) => tracing::debug!(took_ms, %error, "no token was fetched"),
        }
        outcome
    }

    async fn ask(&self, timer: &dyn Timer) -> Result<Issued, TokenEndpointError> {
        let mut request = self.client.exchange_client_credentials().add_scopes(self.scopes.iter().cloned());
        for (name, value) in &self.parameters {
            request = request.add_extra_param(name, value);
        }
        let answer = request
            .request_async(&Wire { endpoint: self, timer })
            .await
            .map_err(|error| self.failure(error))?;
        if answer.token_type != BasicTokenType::Bearer {
            return Err(Kind::NoBearer.into());
        }
        if answer.access_token.secret().is_empty() {
            return Err(Kind::Malformed.into());
        }
        Ok(Issued { token: answer.access_token.secret().as_str().into(), lifetime: answer.expires_in() })
    }

    /// One request. What is no answer of the protocol ends here, before anybody reads it.
    async fn send(
        &self,
        request: HttpRequest,
        timer: &dyn Timer,
    ) -> Result<HttpResponse, TokenEndpointError> {
        let mut request = request.map(|body| RequestBody::new(body.into()));
        let agent = HeaderValue::from_static(concat!("scim-client/", env!("CARGO_PKG_VERSION")));
        request.headers_mut().insert(header::USER_AGENT, agent);
        if let Some(credentials) = request.headers_mut().get_mut(header::AUTHORIZATION) {
            credentials.set_sensitive(true);
        }
        let answered = within(self.transport.send(request, MOST), timer, self.timeout).await;
        let answer = match answered {
            None => return Err(Kind::Unreachable { why: "no answer in time".into(), retryable: true }.into()),
            Some(Err(error)) => {
                let retryable = error.kind() != TransportErrorKind::Tls;
                return Err(Kind::Unreachable { why: self.hide(error.to_string()), retryable }.into());
            }
            Some(Ok(answer)) => answer,
        };
        let status = answer.status;
        if status.is_redirection() {
            return Err(Kind::Redirect.into());
        }
        if status.is_server_error() || matches!(status.as_u16(), 408 | 429) {
            let pause = retry_after(&answer.headers, timer.now());
            return Err(TokenEndpointError::from(Kind::Busy(status.as_u16())).with_retry_after(pause));
        }
        let body = answer.body.ok_or(Kind::Malformed)?;
        // Errors are 400 and 401 (RFC 6749 §5.2), and what else is no token answers with its status at least.
        if status != StatusCode::OK && serde_json::from_slice::<BasicErrorResponse>(&body).is_err() {
            return Err(Kind::Status(status.as_u16()).into());
        }
        let mut response = HttpResponse::new(body.into());
        *response.status_mut() = status;
        // A body that is JSON is JSON, whatever it is called.
        *response.headers_mut() = HeaderMap::new();
        Ok(response)
    }

    /// What the endpoint said no with, or that it made no sense. Of a body that makes no sense nothing is shown: it may
    /// hold a token.
    fn failure(
        &self,
        error: RequestTokenError<TokenEndpointError, BasicErrorResponse>,
    ) -> TokenEndpointError {
        match error {
            RequestTokenError::Request(error) => error,
            RequestTokenError::ServerResponse(refusal) => {
                let code = self.hide(refusal.error().as_ref().to_owned());
                let description = refusal.error_description().map(|text| self.hide(text.clone()));
                Kind::Refused { code, description }.into()
            }
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => Kind::Malformed.into(),
        }
    }

    /// A text of somebody else, without the secret, should it be in there.
    fn hide(&self, text: String) -> String {
        let encoded: String = url::form_urlencoded::byte_serialize(self.secret.expose().as_bytes()).collect();
        let mut text = text;
        for secret in [self.secret.expose(), &encoded] {
            if !secret.is_empty() {
                text = text.replace(secret, "[secret]");
            }
        }
        text
    }
}

/// How the protocol gets to the endpoint.
struct Wire<'a> {
    endpoint: &'a TokenEndpoint,
    timer: &'a dyn Timer,
}

impl<'c> AsyncHttpClient<'c> for Wire<'_> {
    type Error = TokenEndpointError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, TokenEndpointError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.endpoint.send(request, self.timer))
    }
}

/// Without its query.
impl fmt::Debug for TokenEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.client.token_uri().url();
        write!(f, "{}{}", url.origin().ascii_serialization(), url.path())
    }
}

/// An answer that is a token, RFC 6749 §5.1, read leniently: some endpoints write the lifetime as a text, and some leave out
/// the type.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    /// REQUIRED.
    access_token: AccessToken,
    /// REQUIRED; case-insensitive.
    #[serde(default = "bearer", deserialize_with = "token_type")]
    token_type: BasicTokenType,
    /// RECOMMENDED; in seconds.
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
}

impl TokenResponse for Answer {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        None
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

fn bearer() -> BasicTokenType {
    BasicTokenType::Bearer
}

fn token_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BasicTokenType, D::Error> {
    let name = Option::<String>::deserialize(deserializer)?.unwrap_or_else(|| "bearer".to_owned());
    Ok(if name.eq_ignore_ascii_case("bearer") { bearer() } else { BasicTokenType::Extension(name) })
}

/// What is no number of seconds counts as not said.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64().or_else(|| Some(number.as_f64()?.max(0.0) as u64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}
