//! API keys in `Authorization: Bearer`: RFC 6750 §2.1 and §3, RFC 7644 §2.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use scim_core::AuthenticationScheme;

use super::key::lookup_id;
use super::{ApiKey, AuthError, Authenticator, Principal, TokenHash, TokenRecord, TokenStore};
use crate::timer::Timer;

/// Lets in who has an API key.
///
/// No route makes, lists or takes back keys: that is the application's own business, with [`ApiKey`] and its store.
///
/// ```
/// use scim_core::TenantId;
/// use scim_server::auth::{ApiKey, BearerTokens, MemoryTokens, Principal, Scopes};
///
/// let acme = Principal::new(TenantId::new("acme")?).with_scopes(Scopes::all());
/// let tokens = MemoryTokens::new();
/// tokens.add(ApiKey::fixed("no-key-for-production")?.record(acme));
/// let authenticator = BearerTokens::new(tokens);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct BearerTokens<S> {
    store: S,
    clock: Option<Arc<dyn Timer>>,
}

impl<S: TokenStore> BearerTokens<S> {
    /// Over these records.
    #[must_use]
    pub fn new(store: S) -> Self {
        Self { store, clock: None }
    }

    /// With another clock than the system's, which says when a key expires.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Timer>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The records.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }
}

impl<S: TokenStore> Authenticator for BearerTokens<S> {
    async fn authenticate(&self, head: &Parts) -> Result<Principal, AuthError> {
        let token = bearer_token(&head.headers)?;
        let record = self.store.find(&lookup_id(token)).await.map_err(AuthError::Unavailable)?;
        let now = self.clock.as_ref().map_or_else(Utc::now, |clock| clock.now());
        judge(record, token, now)
    }

    fn schemes(&self) -> Vec<AuthenticationScheme> {
        vec![AuthenticationScheme {
            kind: "oauthbearertoken".into(),
            name: "OAuth Bearer Token".into(),
            description: "An API key in the header `Authorization: Bearer`".into(),
            spec_uri: Some("https://www.rfc-editor.org/info/rfc6750".into()),
            primary: Some(true),
            ..AuthenticationScheme::default()
        }]
    }
}

impl<S> fmt::Debug for BearerTokens<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerTokens").finish_non_exhaustive()
    }
}

/// The work is the same whether there is a record or not, so that the time does not tell which ids there are.
fn judge(record: Option<TokenRecord>, token: &str, now: DateTime<Utc>) -> Result<Principal, AuthError> {
    const NOBODY: TokenHash = TokenHash::new([0; 32]);
    let matches = record.as_ref().map_or(&NOBODY, |record| &record.hash).matches(token);
    match record {
        Some(record) if matches && record.expires.is_none_or(|end| now < end) => Ok(record.principal),
        _ => Err(AuthError::Invalid),
    }
}

/// The token of the one `Authorization` header.
///
/// ```abnf
/// credentials = "Bearer" 1*SP b64token
/// ```
fn bearer_token(headers: &HeaderMap) -> Result<&str, AuthError> {
    let mut sent = headers.get_all(AUTHORIZATION).iter();
    let value = match (sent.next(), sent.next()) {
        (None, _) => return Err(AuthError::Missing),
        (Some(value), None) => value.as_bytes(),
        // A proxy and we might each look at another one of the two.
        (Some(_), Some(_)) => return Err(AuthError::Invalid),
    };
    // Before anything is done with it, the longest key and twice the name of the scheme.
    if value.len() > ApiKey::MAX_LEN + 64 {
        return Err(AuthError::Invalid);
    }
    let text = std::str::from_utf8(value).map_err(|_| AuthError::Invalid)?.trim_matches(' ');
    // Another scheme is no credentials of ours: the challenge then is the one for those who sent none (RFC 6750 §3.1).
    let token = after_scheme(text).ok_or(AuthError::Missing)?;
    // ENT-35: administrators paste the token with the word in front, and the sender adds its own.
    let token = after_scheme(token).filter(|rest| !rest.is_empty()).unwrap_or(token);
    let fits = (1..=ApiKey::MAX_LEN).contains(&token.len());
    if fits && token.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(token)
    } else {
        Err(AuthError::Invalid)
    }
}

/// What follows the name of the scheme, which is the same in any case (RFC 9110 §11.1).
fn after_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| rest.trim_start_matches(' '))
}

#[cfg(test)]
#[path = "bearer_tests.rs"]
mod tests;
