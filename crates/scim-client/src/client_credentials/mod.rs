//! The client credentials grant of OAuth 2.0, RFC 6749 §4.4: a token provider.

mod builder;
mod endpoint;
mod error;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use scim_core::value::secret::Secret;
use tokio::sync::Mutex;

pub use self::builder::ClientCredentialsBuilder;
use self::endpoint::TokenEndpoint;
pub use self::error::TokenEndpointError;
use crate::timer::Timer;
use crate::token::TokenProvider;
use crate::transport::BoxError;

/// Bearer tokens from a token endpoint, for a client's own id and secret (RFC 6749 §4.4).
///
/// A token is fetched when the first request needs one, kept until shortly before it expires, and fetched anew when the
/// SCIM server refuses it. However many requests wait for a token, it is fetched once. Clones share it, so that several
/// clients may use the same credentials.
///
/// ```no_run
/// use scim_client::{Client, ClientCredentials};
///
/// let tokens = ClientCredentials::builder("https://login.example/oauth2/token", "my-client", "my secret")
///     .scope("scim.write")
///     .parameter("audience", "https://saas.example")
///     .build()?;
/// let client = Client::builder("https://saas.example/scim/v2").token_provider(tokens).build()?;
/// # Ok::<(), scim_client::Error>(())
/// ```
#[derive(Clone)]
pub struct ClientCredentials(Arc<Inner>);

struct Inner {
    endpoint: TokenEndpoint,
    timer: Box<dyn Timer>,
    /// How long before its end a token is fetched anew.
    early: Duration,
    state: Mutex<State>,
    /// How often a token was fetched, or not.
    rounds: AtomicU64,
}

#[derive(Default)]
struct State {
    kept: Option<Kept>,
    failed: Option<TokenEndpointError>,
}

/// A token, and until when it is used and can be used.
struct Kept {
    token: Secret,
    fresh: Duration,
    valid: Duration,
}

impl ClientCredentials {
    /// Begins a provider that asks this token endpoint with the id and the secret that it knows the client by.
    pub fn builder(
        token_endpoint: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
    ) -> ClientCredentialsBuilder {
        ClientCredentialsBuilder::new(token_endpoint.into(), client_id.into(), client_secret.into())
    }
}

impl TokenProvider for ClientCredentials {
    async fn token(&self, refused: Option<&Secret>) -> Result<Secret, BoxError> {
        let inner = &*self.0;
        let seen = inner.rounds.load(Ordering::Acquire);
        let mut state = inner.state.lock().await;
        // What came in the meantime is the answer to this call too, good or bad.
        let waited = inner.rounds.load(Ordering::Acquire) != seen;
        let now = inner.timer.elapsed();
        if let Some(kept) = state.kept.as_ref().filter(|kept| now < kept.fresh) {
            if waited || refused != Some(&kept.token) {
                return Ok(kept.token.clone());
            }
        }
        if let Some(failed) = state.failed.as_ref().filter(|_| waited) {
            return Err(failed.clone().into());
        }
        let before = state.kept.take().filter(|kept| refused != Some(&kept.token));
        let outcome = inner.endpoint.fetch(&*inner.timer).await;
        inner.rounds.fetch_add(1, Ordering::AcqRel);
        let kept = match outcome {
            Ok(issued) => {
                // From before the request on, as nobody knows when the endpoint began to count.
                let lifetime = issued.lifetime.unwrap_or(Duration::MAX);
                let early = inner.early.min(lifetime / 2);
                let (fresh, valid) = (now.saturating_add(lifetime - early), now.saturating_add(lifetime));
                Kept { token: issued.token, fresh, valid }
            }
            Err(error) => {
                // A token that was to be exchanged early is good for a while.
                let now = inner.timer.elapsed();
                match before.filter(|kept| now < kept.valid) {
                    Some(kept) => Kept { fresh: kept.valid.min(now.saturating_add(PAUSE)), ..kept },
                    None => {
                        state.failed = Some(error.clone());
                        return Err(error.into());
                    }
                }
            }
        };
        let token = kept.token.clone();
        *state = State { kept: Some(kept), failed: None };
        Ok(token)
    }
}

/// How long the endpoint is left alone where it fails and there is still a token.
const PAUSE: Duration = Duration::from_secs(10);

/// Where the tokens come from, and nothing else.
impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials").field("endpoint", &self.0.endpoint).finish_non_exhaustive()
    }
}
