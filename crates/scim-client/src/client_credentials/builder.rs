//! Putting a provider together.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use http::{Request, Response};
use http_body::Body;
use oauth2::{AuthType, ClientId, ClientSecret, Scope, TokenUrl};
use scim_core::ScimError;
use scim_core::value::secret::Secret;
use tokio::sync::Mutex;
use tower_service::Service;
use url::{Host, Url};

use super::endpoint::TokenEndpoint;
use super::{ClientCredentials, Inner, State};
use crate::error::Error;
use crate::timer::Timer;
use crate::transport::{BoxError, RequestBody, Tower, Transport};

/// What a [`ClientCredentials`] is put together from.
///
/// ```
/// use std::time::Duration;
///
/// use scim_client::ClientCredentials;
///
/// let tokens = ClientCredentials::builder("http://127.0.0.1:8080/token", "my-client", "s3cret")
///     .scope("users")
///     .scope("groups")
///     .parameter("resource", "https://saas.example/scim")
///     .secret_in_body()
///     .early(Duration::from_secs(120))
///     .build()?;
/// assert!(!format!("{tokens:?}").contains("s3cret"));
/// # Ok::<(), scim_client::Error>(())
/// ```
#[must_use]
pub struct ClientCredentialsBuilder {
    token_endpoint: String,
    client_id: String,
    client_secret: Secret,
    auth: AuthType,
    scopes: Vec<Scope>,
    parameters: Vec<(String, String)>,
    transport: Option<Box<dyn Transport>>,
    #[cfg(feature = "reqwest")]
    sockets: crate::transport::Options,
    timer: Option<Box<dyn Timer>>,
    timeout: Duration,
    early: Duration,
}

impl ClientCredentialsBuilder {
    pub(super) fn new(token_endpoint: String, client_id: String, client_secret: Secret) -> Self {
        Self {
            token_endpoint,
            client_id,
            client_secret,
            auth: AuthType::BasicAuth,
            scopes: Vec::new(),
            parameters: Vec::new(),
            transport: None,
            #[cfg(feature = "reqwest")]
            sockets: crate::transport::Options {
                connect_timeout: Some(Duration::from_secs(10)),
                ..crate::transport::Options::default()
            },
            timer: None,
            timeout: Duration::from_secs(30),
            early: Duration::from_secs(60),
        }
    }

    /// One more scope that the token is to have.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.push(Scope::new(scope.into()));
        self
    }

    /// One more parameter of the request, such as `audience`, or `resource` (RFC 8707).
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Sends id and secret in the body; by default they are in the header, as HTTP Basic (RFC 6749 §2.3.1).
    pub fn secret_in_body(mut self) -> Self {
        self.auth = AuthType::RequestBody;
        self
    }

    /// How requests get to the token endpoint; over sockets by default. It has to leave redirects alone, or the secret may
    /// get to another host.
    pub fn transport<S, B>(mut self, service: S) -> Self
    where
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        self.transport = Some(Box::new(Tower::new(service)));
        self
    }

    /// Certificates to trust beside those of the system, as PEM: for the default transport.
    #[cfg(feature = "reqwest")]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.sockets.roots.push(pem.into());
        self
    }

    /// The clock; Tokio's by default.
    pub fn timer(mut self, timer: impl Timer) -> Self {
        self.timer = Some(Box::new(timer));
        self
    }

    /// How long the token endpoint may take for an answer; 30 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long before its end a token is fetched anew; a minute by default, and never more than half of its life.
    pub fn early(mut self, early: Duration) -> Self {
        self.early = early;
        self
    }

    /// Puts the provider together. Nothing is fetched before a request needs it.
    ///
    /// # Errors
    /// [`Error::Request`] when the token endpoint is no URL, or neither `https` nor on this machine; as
    /// [`Builder::build`](crate::Builder::build) else.
    pub fn build(self) -> Result<ClientCredentials, Error> {
        let wrong = |why: &str| Error::request(ScimError::invalid_value(format!("the token endpoint {why}")));
        let url = Url::parse(self.token_endpoint.trim()).map_err(|_| wrong("is not a URL"))?;
        let https = url.scheme() == "https";
        let local = url.scheme() == "http" && is_loopback(&url);
        if !(https || local) {
            return Err(wrong("has to begin with `https://`, as the secret goes there"));
        }
        // They would end in logs.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("holds a name or password: give them to the builder"));
        }
        // RFC 6749 §3.2.
        if url.fragment().is_some() {
            return Err(wrong("has a `#`"));
        }
        #[cfg(feature = "reqwest")]
        let transport = match self.transport {
            Some(transport) => transport,
            None => {
                let sockets = crate::transport::Sockets::new(https, &self.sockets);
                let sockets = sockets.map_err(|error| {
                    Error::request(ScimError::invalid_value(format!("no connections are possible: {error}")))
                })?;
                Box::new(sockets)
            }
        };
        #[cfg(not(feature = "reqwest"))]
        let transport = self.transport.ok_or_else(|| {
            Error::request(ScimError::invalid_value("there is no transport: give one to the builder"))
        })?;
        #[cfg(feature = "tokio")]
        let timer = self.timer.unwrap_or_else(|| Box::new(crate::timer::TokioTimer));
        #[cfg(not(feature = "tokio"))]
        let timer = self.timer.ok_or_else(|| {
            Error::request(ScimError::invalid_value("there is no timer: give one to the builder"))
        })?;
        let token_url = TokenUrl::new(url.into()).map_err(|_| wrong("is not a URL"))?;
        let client = oauth2::Client::new(ClientId::new(self.client_id))
            .set_client_secret(ClientSecret::new(self.client_secret.expose().to_owned()))
            .set_auth_type(self.auth)
            .set_token_uri(token_url);
        let endpoint = TokenEndpoint {
            client,
            secret: self.client_secret,
            scopes: self.scopes,
            parameters: self.parameters,
            transport,
            timeout: self.timeout,
        };
        Ok(ClientCredentials(Arc::new(Inner {
            endpoint,
            timer,
            early: self.early,
            state: Mutex::new(State::default()),
            rounds: AtomicU64::new(0),
        })))
    }
}

/// Whether the host is this machine, so that nothing goes over a wire.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

/// Without the secret.
impl fmt::Debug for ClientCredentialsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentialsBuilder").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "reqwest"))]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_nowhere_in_the_clear() {
        let build = |url: &str| ClientCredentials::builder(url, "id", "s3cret").build();
        for good in [
            "https://localhost/token?tenant=1",
            "http://127.0.0.1:1/token",
            "http://[::1]:1/token",
            "http://LOCALHOST/token",
            "http://127.9.9.9/token",
        ] {
            if good.starts_with("http:") {
                assert!(build(good).is_ok(), "{good}");
            }
        }
        let wrong = |url: &str| build(url).unwrap_err().to_string();
        let clear = "the token endpoint has to begin with `https://`, as the secret goes there";
        for url in [
            "http://login.example/token",
            "http://localhost.example/token",
            "http://127.0.0.1.example/token",
            "http://0.0.0.0/token",
            "ftp://127.0.0.1/token",
        ] {
            assert_eq!(wrong(url), clear, "{url}");
        }
        assert_eq!(wrong("login.example"), "the token endpoint is not a URL");
        assert_eq!(wrong("http://127.0.0.1/#a"), "the token endpoint has a `#`");
        assert_eq!(
            wrong("http://id:s3cret@127.0.0.1/"),
            "the token endpoint holds a name or password: give them to the builder"
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        let builder = ClientCredentials::builder("http://127.0.0.1:1/token?code=s3cret", "id", "s3cret")
            .parameter("assertion", "s3cret");
        assert_eq!(format!("{builder:?}"), "ClientCredentialsBuilder { client_id: \"id\", .. }");
        let built = format!("{:?}", builder.build().unwrap());
        assert_eq!(built, "ClientCredentials { endpoint: http://127.0.0.1:1/token, .. }");
    }
}
