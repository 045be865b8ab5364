//! API keys: what the customer gets, and what is kept of it.

use std::borrow::Cow;
use std::fmt::{self, Write};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::Principal;
use crate::secret::{KeyError, random_text};

/// An API key, to be shown to the customer once (RFC 6750 §2.1): what is kept is its [`record`](ApiKey::record).
///
/// It never prints; [`expose`](ApiKey::expose) is the one way to the text.
///
/// ```
/// use scim_core::TenantId;
/// use scim_server::auth::{ApiKey, MemoryTokens, Principal, Scopes};
///
/// let tokens = MemoryTokens::new();
/// let key = ApiKey::generate()?;
/// tokens.add(key.record(Principal::new(TenantId::new("acme")?).with_scopes(Scopes::all())));
/// assert!(key.expose().starts_with("scim_"));
/// assert_eq!(format!("{key:?}"), "ApiKey(..)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ApiKey(String);

/// What is kept of an API key: nobody gets from it to the key.
#[derive(Clone)]
#[non_exhaustive]
pub struct TokenRecord {
    /// What the record is found by ([`TokenStore::find`](super::TokenStore::find)); it is no secret.
    pub id: String,
    /// The hash of the whole key.
    pub hash: TokenHash,
    /// Whom the key lets in.
    pub principal: Principal,
    /// From when on it does not.
    pub expires: Option<DateTime<Utc>>,
}

/// The SHA-256 of an API key, which can be compared with nothing but a key.
///
/// ```compile_fail,E0369
/// use scim_server::auth::TokenHash;
///
/// // This would take longer the more is right.
/// let same = TokenHash::new([0; 32]) == TokenHash::new([0; 32]);
/// ```
#[derive(Clone)]
pub struct TokenHash([u8; 32]);

const PREFIX: &str = "scim_";
const ID_LETTERS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const ID_LEN: usize = 16;
const SECRET_LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 62^43 is just above 2^256.
const SECRET_LEN: usize = 43;

impl ApiKey {
    /// The shortest text that [`ApiKey::fixed`] takes, in bytes.
    pub const MIN_LEN: usize = 16;
    /// The longest text that is taken for a key, in bytes.
    pub const MAX_LEN: usize = 8 * 1024;

    /// A new key, `scim_<id>_<secret>`, with 256 random bits.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn generate() -> Result<Self, KeyError> {
        let id = random_text(ID_LETTERS, ID_LEN)?;
        Ok(Self(format!("{PREFIX}{id}_{}", random_text(SECRET_LETTERS, SECRET_LEN)?)))
    }

    /// A key that was made up elsewhere: for a test, an option of a command, a move from another product.
    ///
    /// Its id is worked out from the text, so whoever sees ids can try out guesses: the text has to be random.
    ///
    /// # Errors
    /// [`KeyError`] when it is shorter than [`MIN_LEN`](Self::MIN_LEN) bytes, longer than [`MAX_LEN`](Self::MAX_LEN), or has
    /// characters that are not visible ASCII. An empty key would let in everybody who sends none.
    pub fn fixed(text: impl Into<String>) -> Result<Self, KeyError> {
        let text = text.into();
        if text.len() < Self::MIN_LEN {
            Err(KeyError::TooShort(Self::MIN_LEN))
        } else if text.len() > Self::MAX_LEN {
            Err(KeyError::TooLong(Self::MAX_LEN))
        } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Err(KeyError::Characters)
        } else {
            Ok(Self(text))
        }
    }

    /// The text, for the customer.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What to keep.
    #[must_use]
    pub fn record(&self, principal: Principal) -> TokenRecord {
        TokenRecord::new(lookup_id(&self.0), TokenHash::of(&self.0), principal)
    }
}

/// What the record of a token is found by. It says nothing about the secret.
pub(super) fn lookup_id(token: &str) -> Cow<'_, str> {
    let generated =
        token.strip_prefix(PREFIX).and_then(|rest| rest.split_once('_')).filter(|(id, secret)| {
            // All of the form that is ours: else the id might be most of the secret.
            id.len() == ID_LEN
                && id.bytes().all(|byte| ID_LETTERS.contains(&byte))
                && secret.len() == SECRET_LEN
                && secret.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
    match generated {
        Some((id, _)) => id.into(),
        None => {
            // Another hash than the one that is kept, of which the id would otherwise be a part.
            let hash = Sha256::new().chain_update(b"scim-server id of a fixed key\0").chain_update(token);
            let mut id = "fixed-".to_owned();
            for byte in hash.finalize().iter().take(16) {
                // Writing to a text cannot fail.
                let _ = write!(id, "{byte:02x}");
            }
            id.into()
        }
    }
}

impl TokenRecord {
    /// A record as it was kept.
    #[must_use]
    pub fn new(id: impl Into<String>, hash: TokenHash, principal: Principal) -> Self {
        Self { id: id.into(), hash, principal, expires: None }
    }

    /// The same up to a time.
    #[must_use]
    pub fn expires_at(mut self, time: DateTime<Utc>) -> Self {
        self.expires = Some(time);
        self
    }
}

impl TokenHash {
    /// A hash as it was kept.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for keeping.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// Takes the same time whatever is different.
    pub(super) fn matches(&self, token: &str) -> bool {
        #[cfg(test)]
        tests::COMPARED.with(|times| times.set(times.get() + 1));
        Self::of(token).0.ct_eq(&self.0).into()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

impl fmt::Debug for TokenRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRecord")
            .field("id", &self.id)
            .field("principal", &self.principal)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::Cell;

    use scim_core::TenantId;

    use super::*;
    use crate::secret::tests::has_no_eq;

    thread_local! {
        /// How often this thread compared a key.
        pub(in crate::auth) static COMPARED: Cell<usize> = const { Cell::new(0) };
    }

    fn acme() -> Principal {
        Principal::new(TenantId::new("acme").unwrap())
    }

    #[test]
    fn a_new_key_has_an_id_and_a_secret() {
        let key = ApiKey::generate().unwrap();
        let parts: Vec<&str> = key.expose().split('_').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [4, 16, 43]);
        assert_eq!(key.record(acme()).id, parts[1]);
        assert_ne!(key.expose(), ApiKey::generate().unwrap().expose());
        // What was generated can be made known again from its text.
        let again = ApiKey::fixed(key.expose()).unwrap().record(acme());
        assert_eq!((again.id.as_str(), again.hash.as_bytes()), (parts[1], &TokenHash::of(key.expose()).0));
    }

    #[test]
    fn sec_s08_empty_secret_is_refused() {
        let error = |text: &str| ApiKey::fixed(text).unwrap_err().to_string();
        for text in
            ["", " ", "                    ", "fifteen-letters", "\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t"]
        {
            assert!(ApiKey::fixed(text).is_err(), "{text:?}");
        }
        assert!(error("").contains("shorter") && error(&" ".repeat(20)).contains("visible"));
        assert!(ApiKey::fixed("sixteen--letters").is_ok());
        assert!(ApiKey::fixed("x".repeat(8192)).is_ok());
        assert!(ApiKey::fixed("x".repeat(8193)).is_err());
        assert!(ApiKey::fixed("schlüssel-aus-München").is_err());
    }

    #[test]
    fn an_id_is_never_part_of_a_secret() {
        // Of our form but for a short secret, or one character.
        let id = "a".repeat(16);
        for text in [
            format!("scim_{id}_x"),
            format!("scim_{id}_{}", "-".repeat(43)),
            format!("scim_{}_{}", "a".repeat(17), "x".repeat(43)),
            format!("scim_{}_{}", "A".repeat(16), "x".repeat(43)),
        ] {
            let id = lookup_id(&text).into_owned();
            assert!(id.starts_with("fixed-") && id.len() == 38, "{text} {id}");
        }
        let record = ApiKey::fixed("correct horse".replace(' ', "-battery-")).unwrap().record(acme());
        let hash: String = record.hash.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(!hash.contains(record.id.strip_prefix("fixed-").unwrap()));
    }

    #[test]
    fn sec_s09_keys_have_no_equality() {
        has_no_eq!(ApiKey, TokenHash, TokenRecord, crate::CursorKey);
    }

    #[test]
    fn sec_s25_debug_shows_no_key() {
        let key = ApiKey::fixed("correct-battery-horse").unwrap();
        let record = key.record(acme());
        let shown = format!("{key:?} {record:?} {:?}", record.hash);
        let byte = format!("{}, {}", record.hash.as_bytes()[0], record.hash.as_bytes()[1]);
        assert!(!shown.contains("horse") && !shown.contains(&byte), "{shown}");
        assert!(shown.contains("acme") && shown.contains(&record.id));
    }
}
