//! Putting a client together.

use std::fmt;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use scim_core::value::secret::Secret;
use scim_core::{Limits, ScimError};
use tower_service::Service;

use crate::base::Base;
use crate::client::{Client, Inner};
use crate::dialect::Dialect;
use crate::error::Error;
use crate::rate::{Limiter, Rate};
use crate::retry::Retry;
use crate::timer::Timer;
use crate::token::{TokenProvider, Tokens};
use crate::transport::{BoxError, RequestBody, Tower, Transport};

/// What a client is put together from.
///
/// ```
/// use std::time::Duration;
///
/// use scim_client::{Client, Dialect, Rate};
///
/// let client = Client::builder("http://127.0.0.1:8080/scim/v2")
///     .bearer("scim_acme_2f6d")
///     .dialect(Dialect::slack())
///     .rate(Rate::per_minute(150).with_burst(15))
///     .concurrency(4)
///     .deadline(Duration::from_secs(120))
///     .build()?;
/// assert!(!format!("{client:?}").contains("2f6d"));
/// # Ok::<(), scim_client::Error>(())
/// ```
#[must_use]
pub struct Builder {
    base_url: String,
    tokens: Tokens,
    user_agent: String,
    transport: Option<Box<dyn Transport>>,
    #[cfg(feature = "reqwest")]
    sockets: crate::transport::Options,
    dialect: Dialect,
    limits: Limits,
    retry: Retry,
    rate: Option<Rate>,
    concurrency: Option<usize>,
    timer: Option<Box<dyn Timer>>,
    timeout: Duration,
    deadline: Duration,
    watcher: Option<Watcher>,
}

/// Is told of every attempt.
pub(crate) type Watcher = Box<dyn Fn(&Method, Option<StatusCode>) + Send + Sync>;

impl Builder {
    pub(crate) fn new(base_url: String) -> Self {
        Self {
            base_url,
            tokens: Tokens::None,
            user_agent: concat!("scim-client/", env!("CARGO_PKG_VERSION")).to_owned(),
            transport: None,
            #[cfg(feature = "reqwest")]
            sockets: crate::transport::Options {
                connect_timeout: Some(Duration::from_secs(10)),
                ..crate::transport::Options::default()
            },
            dialect: Dialect::rfc(),
            limits: Limits { body_bytes: 32 << 20, ..Limits::default() },
            retry: Retry::default(),
            rate: None,
            concurrency: None,
            timer: None,
            timeout: Duration::from_secs(30),
            deadline: Duration::from_secs(120),
            watcher: None,
        }
    }

    /// The token that every request carries.
    pub fn bearer(mut self, token: impl Into<Secret>) -> Self {
        self.tokens = Tokens::Fixed(token.into());
        self
    }

    /// Where the token of each request comes from.
    pub fn token_provider(mut self, provider: impl TokenProvider) -> Self {
        self.tokens = Tokens::Provided(Box::new(provider));
        self
    }

    /// What the client calls itself; `scim-client/` and its version by default. Some servers refuse requests without.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// How requests get to the server: any service, such as a server in the same process, or an HTTP client with layers of
    /// your own. It has to leave redirects alone, or the token may get to another host.
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

    /// How long a connection may take to come about; 10 seconds by default. For the default transport.
    #[cfg(feature = "reqwest")]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.sockets.connect_timeout = Some(timeout);
        self
    }

    /// What the server cannot do; nothing is known about it by default.
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// How large answers may be: 32 MiB by default, and for the rest as [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How failed requests are repeated.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// How fast the client asks; as fast as it can by default.
    pub fn rate(mut self, rate: Rate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// How many requests may be under way at once; any number by default.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = Some(requests);
        self
    }

    /// The clock; Tokio's by default.
    pub fn timer(mut self, timer: impl Timer) -> Self {
        self.timer = Some(Box::new(timer));
        self
    }

    /// How long one attempt may take, with its answer; 30 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long one request may take with all repetitions and pauses; two minutes by default.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Tells somebody of every request that was sent, each attempt by itself: its method, and the status of the answer where
    /// there was one. For metrics; it must not wait.
    pub fn on_attempt(mut self, tell: impl Fn(&Method, Option<StatusCode>) + Send + Sync + 'static) -> Self {
        self.watcher = Some(Box::new(tell));
        self
    }

    /// Puts the client together.
    ///
    /// # Errors
    /// [`Error::Request`] when the base URL is none, the User-Agent cannot stand in a header, a root certificate cannot be
    /// read, there are no certificates for `https`, or there is no transport or timer because the features that bring
    /// them are off.
    pub fn build(self) -> Result<Client, Error> {
        let base = Base::parse(&self.base_url).map_err(Error::request)?;
        let user_agent = HeaderValue::from_str(&self.user_agent).map_err(|_| {
            Error::request(ScimError::invalid_value("the User-Agent cannot stand in a header"))
        })?;
        #[cfg(feature = "reqwest")]
        let transport = match self.transport {
            Some(transport) => transport,
            None => {
                let sockets = crate::transport::Sockets::new(base.is_https(), &self.sockets);
                let sockets = sockets.map_err(|error| {
                    Error::request(ScimError::invalid_value(format!("no connections are possible: {error}")))
                })?;
                Box::new(sockets)
            }
        };
        #[cfg(not(feature = "reqwest"))]
        let transport = self.transport.ok_or_else(|| {
            let _ = base.is_https();
            Error::request(ScimError::invalid_value("there is no transport: give one to the builder"))
        })?;
        #[cfg(feature = "tokio")]
        let timer = self.timer.unwrap_or_else(|| Box::new(crate::timer::TokioTimer));
        #[cfg(not(feature = "tokio"))]
        let timer = self.timer.ok_or_else(|| {
            Error::request(ScimError::invalid_value("there is no timer: give one to the builder"))
        })?;
        Ok(Client(Arc::new(Inner {
            base,
            transport,
            tokens: self.tokens,
            user_agent,
            limits: self.limits,
            limiter: Limiter::new(self.rate, self.concurrency, self.retry.budget()),
            retry: self.retry,
            timer,
            timeout: self.timeout,
            deadline: self.deadline,
            watcher: self.watcher,
            dialect: RwLock::new(Arc::new(self.dialect)),
        })))
    }
}

/// Without the token.
impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("dialect", &self.dialect.name).finish_non_exhaustive()
    }
}
