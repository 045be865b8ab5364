//! Who is asking: RFC 7644 §2.

mod bearer;
mod external;
mod key;
mod principal;
mod tokens;

use std::future::Future;

use http::request::Parts;
use scim_core::AuthenticationScheme;

pub use self::bearer::BearerTokens;
pub use self::external::{Anyone, PrincipalFromExtensions, dangerous_allow_anyone};
pub use self::key::{ApiKey, TokenHash, TokenRecord};
pub use self::principal::{Access, Principal, Scopes};
pub use self::tokens::{MemoryTokens, TokenStore};

/// Finds out who is asking.
///
/// There is no service without one; see [`BearerTokens`], [`PrincipalFromExtensions`] and [`dangerous_allow_anyone`].
pub trait Authenticator: Send + Sync + 'static {
    /// Finds out who is asking, from the head of the request.
    ///
    /// # Errors
    /// [`AuthError`]; the body of the answer says no more than that.
    fn authenticate(&self, head: &Parts) -> impl Future<Output = Result<Principal, AuthError>> + Send;

    /// The ways to authenticate, for `authenticationSchemes` (RFC 7643 §5).
    fn schemes(&self) -> Vec<AuthenticationScheme>;

    /// What `WWW-Authenticate` says with a 401 (RFC 7644 §2, RFC 6750 §3). Who sent nothing is told of no error.
    fn challenge(&self, error: &AuthError) -> String {
        match error {
            AuthError::Invalid => "Bearer realm=\"scim\", error=\"invalid_token\"".to_owned(),
            _ => "Bearer realm=\"scim\"".to_owned(),
        }
    }
}

/// Why somebody is not let in.
#[derive(Debug)]
#[non_exhaustive]
pub enum AuthError {
    /// There are no credentials: 401.
    Missing,
    /// The credentials are not good, or no longer: 401.
    Invalid,
    /// They are good, and not for this: 403.
    Forbidden,
    /// It cannot be found out at the moment: 503. The cause is for the log.
    Unavailable(Box<dyn std::error::Error + Send + Sync>),
}
