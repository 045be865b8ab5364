//! Who is asking: RFC 7644 §2.

mod principal;

use std::future::Future;

use http::request::Parts;
use scim_core::AuthenticationScheme;

pub use self::principal::{Access, Principal, Scopes};

/// Finds out who is asking.
///
/// There is no service without one; see `BearerTokens` and `dangerous_allow_anyone`.
pub trait Authenticator: Send + Sync + 'static {
    /// Finds out who is asking, from the head of the request.
    ///
    /// # Errors
    /// [`AuthError`]; the body of the answer says no more than that.
    fn authenticate(&self, head: &Parts) -> impl Future<Output = Result<Principal, AuthError>> + Send;

    /// The ways to authenticate, for `authenticationSchemes` (RFC 7643 §5).
    fn schemes(&self) -> Vec<AuthenticationScheme>;

    /// What `WWW-Authenticate` says with a 401 (RFC 7644 §2).
    fn challenge(&self) -> String {
        "Bearer realm=\"scim\"".to_owned()
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
