//! The client itself.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::HeaderValue;
use scim_core::{Group, Limits, SchemaSet, ScimResource, User};

use crate::base::{Base, endpoint_path};
use crate::builder::{Builder, Watcher};
use crate::dialect::Dialect;
use crate::endpoint::Endpoint;
use crate::rate::Limiter;
use crate::retry::Retry;
use crate::timer::Timer;
use crate::token::Tokens;
use crate::transport::Transport;

/// A client of one SCIM server, for one tenant.
///
/// It has no type parameters and is cheap to clone; clones share connections, token, rate and what was learned about the
/// server. See the [first page](crate) for what it does.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) base: Base,
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) tokens: Tokens,
    pub(crate) user_agent: HeaderValue,
    pub(crate) limits: Limits,
    pub(crate) retry: Retry,
    pub(crate) limiter: Limiter,
    pub(crate) timer: Box<dyn Timer>,
    pub(crate) timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) watcher: Option<Watcher>,
    pub(crate) dialect: RwLock<Arc<Dialect>>,
}

impl Client {
    /// Begins a client of the server at this URL, such as `https://saas.example/scim/v2`. Path and query are kept, so that
    /// `https://saas.example/scim?aadOptscim062020` is one too.
    pub fn builder(base_url: impl Into<String>) -> Builder {
        Builder::new(base_url.into())
    }

    /// The users, at `/Users`.
    #[must_use]
    pub fn users(&self) -> Endpoint<User> {
        Endpoint::new(self.clone(), "/Users".into(), SchemaSet::user().clone(), true)
    }

    /// The groups, at `/Groups`.
    #[must_use]
    pub fn groups(&self) -> Endpoint<Group> {
        Endpoint::new(self.clone(), "/Groups".into(), SchemaSet::group().clone(), true)
    }

    /// The resources at another endpoint, or those of `/Users` as a type of your own or as
    /// [`Resource`](scim_core::Resource).
    ///
    /// ```
    /// # fn run(client: scim_client::Client) {
    /// use scim_core::{Resource, SchemaSet};
    ///
    /// let users = client.resources::<Resource>("/Users", SchemaSet::user().clone());
    /// # }
    /// ```
    #[must_use]
    pub fn resources<T: ScimResource>(&self, endpoint: &str, schemas: SchemaSet) -> Endpoint<T> {
        Endpoint::new(self.clone(), endpoint_path(endpoint).into(), schemas, false)
    }

    /// What the server cannot do, as far as it is known by now.
    #[must_use]
    pub fn dialect(&self) -> Arc<Dialect> {
        Arc::clone(&self.0.dialect.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes something about the server, for this client and its clones.
    pub fn learn(&self, change: impl FnOnce(&mut Dialect)) {
        let mut dialect = self.0.dialect.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut dialect));
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.0.base)
            .field("dialect", &self.dialect().name)
            .finish_non_exhaustive()
    }
}
