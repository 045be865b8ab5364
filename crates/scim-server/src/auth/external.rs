//! Requests that somebody else has authenticated, and requests that nobody has.

use http::request::Parts;
use scim_core::{AuthenticationScheme, TenantId};

use super::{AuthError, Authenticator, Principal, Scopes};

/// Believes the application's own middleware, which puts a [`Principal`] into the extensions of the request.
///
/// Extensions never come from the network. Where there is none, nobody is let in.
///
/// ```
/// use scim_core::TenantId;
/// use scim_server::auth::{Principal, PrincipalFromExtensions, Scopes};
///
/// // In the middleware, once it knows who is asking:
/// let mut request = http::Request::new(());
/// let acme = Principal::new(TenantId::new("acme")?).with_scopes(Scopes::read_only());
/// request.extensions_mut().insert(acme);
///
/// // For the service:
/// let authenticator = PrincipalFromExtensions::new();
/// # Ok::<(), scim_core::ScimError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct PrincipalFromExtensions {
    schemes: Vec<AuthenticationScheme>,
}

impl PrincipalFromExtensions {
    /// One that says nothing of how to authenticate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a way to authenticate, for `authenticationSchemes` (RFC 7643 §5).
    #[must_use]
    pub fn with_scheme(mut self, scheme: AuthenticationScheme) -> Self {
        self.schemes.push(scheme);
        self
    }
}

impl Authenticator for PrincipalFromExtensions {
    async fn authenticate(&self, head: &Parts) -> Result<Principal, AuthError> {
        head.extensions.get::<Principal>().cloned().ok_or(AuthError::Missing)
    }

    fn schemes(&self) -> Vec<AuthenticationScheme> {
        self.schemes.clone()
    }
}

/// Lets in everybody, to do everything in one tenant: for tests and a demonstration on one's own machine.
///
/// ```
/// use scim_core::TenantId;
/// use scim_server::auth::dangerous_allow_anyone;
///
/// let authenticator = dangerous_allow_anyone(TenantId::new("demo")?);
/// # Ok::<(), scim_core::ScimError>(())
/// ```
#[must_use]
pub fn dangerous_allow_anyone(tenant: TenantId) -> Anyone {
    Anyone(Principal::new(tenant).with_scopes(Scopes::all()))
}

/// What [`dangerous_allow_anyone`] returns.
#[derive(Clone, Debug)]
pub struct Anyone(Principal);

impl Authenticator for Anyone {
    async fn authenticate(&self, _: &Parts) -> Result<Principal, AuthError> {
        Ok(self.0.clone())
    }

    fn schemes(&self) -> Vec<AuthenticationScheme> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;
    use crate::auth::Access;

    #[tokio::test]
    async fn only_the_extensions_count() {
        let authenticator = PrincipalFromExtensions::new();
        let request = Request::builder().header("authorization", "Bearer acme").header("x-tenant", "acme");
        let mut head = request.body(()).unwrap().into_parts().0;
        assert!(matches!(authenticator.authenticate(&head).await, Err(AuthError::Missing)));
        let acme = Principal::new(TenantId::new("acme").unwrap()).with_scopes(Scopes::read_only());
        head.extensions.insert(acme.clone());
        assert_eq!(authenticator.authenticate(&head).await.unwrap(), acme);
    }

    #[test]
    fn schemes_are_what_the_application_says() {
        assert!(PrincipalFromExtensions::new().schemes().is_empty());
        let basic = AuthenticationScheme { kind: "httpbasic".into(), ..AuthenticationScheme::default() };
        assert_eq!(PrincipalFromExtensions::new().with_scheme(basic.clone()).schemes(), [basic]);
    }

    #[tokio::test]
    async fn anyone_is_somebody_of_one_tenant() {
        let head = Request::new(()).into_parts().0;
        let anyone = dangerous_allow_anyone(TenantId::new("demo").unwrap());
        let principal = anyone.authenticate(&head).await.unwrap();
        assert_eq!(principal.tenant().as_str(), "demo");
        assert!(principal.scopes().allows("Anything", Access::Write) && anyone.schemes().is_empty());
    }
}
