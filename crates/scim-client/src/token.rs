//! Where the bearer token comes from.

use std::future::Future;
use std::pin::Pin;

use scim_core::value::secret::Secret;

use crate::transport::BoxError;

/// Gives the bearer token of each request: for tokens that expire or rotate.
///
/// ```
/// use scim_client::{BoxError, TokenProvider};
/// use scim_core::value::secret::Secret;
///
/// struct FromFile(std::path::PathBuf);
///
/// impl TokenProvider for FromFile {
///     async fn token(&self, _refused: Option<&Secret>) -> Result<Secret, BoxError> {
///         Ok(std::fs::read_to_string(&self.0)?.trim().into())
///     }
/// }
/// ```
pub trait TokenProvider: Send + Sync + 'static {
    /// The token for the next request.
    ///
    /// After an answer 401 it is asked once more, and told which token was refused. Several requests may fail with the same
    /// one at once: a provider that has got another in the meantime gives that, instead of fetching one more.
    fn token(&self, refused: Option<&Secret>) -> impl Future<Output = Result<Secret, BoxError>> + Send;
}

/// A token of a request, while it is fetched.
pub(crate) type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Secret, BoxError>> + Send + 'a>>;

/// A provider without its type.
pub(crate) trait Erased: Send + Sync {
    fn fetch<'a>(&'a self, refused: Option<&'a Secret>) -> Fetching<'a>;
}

impl<T: TokenProvider> Erased for T {
    fn fetch<'a>(&'a self, refused: Option<&'a Secret>) -> Fetching<'a> {
        Box::pin(self.token(refused))
    }
}

/// What the client has.
#[derive(Default)]
pub(crate) enum Tokens {
    #[default]
    None,
    Fixed(Secret),
    Provided(Box<dyn Erased>),
}

impl Tokens {
    /// Whether there may be another one after a 401.
    pub(crate) fn rotate(&self) -> bool {
        matches!(self, Self::Provided(_))
    }
}
