//! Where the records of API keys are kept.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};

use super::TokenRecord;

/// Where the records of API keys are kept, such as a table of the application.
///
/// ```
/// use scim_server::auth::{MemoryTokens, TokenRecord, TokenStore};
///
/// struct Table(MemoryTokens);
///
/// impl TokenStore for Table {
///     async fn find(&self, id: &str) -> Result<Option<TokenRecord>, Box<dyn std::error::Error + Send + Sync>> {
///         // SELECT hash, tenant, expires FROM keys WHERE id = $1
///         self.0.find(id).await
///     }
/// }
/// ```
pub trait TokenStore: Send + Sync + 'static {
    /// Finds a record by its id, which a stranger sent. The id has an index: records are never read one after another.
    ///
    /// # Errors
    /// Whatever went wrong, for the log; the answer is 503, and nobody is let in.
    fn find(
        &self,
        id: &str,
    ) -> impl Future<Output = Result<Option<TokenRecord>, Box<dyn StdError + Send + Sync>>> + Send;
}

/// Records in memory: for tests, and for applications that read their keys when they start.
///
/// Clones share their records, so that one can be kept to add and revoke while the service runs. A tenant may have as many keys
/// as it takes to change from one to the next.
#[derive(Clone, Default)]
pub struct MemoryTokens(Arc<RwLock<HashMap<String, TokenRecord>>>);

impl MemoryTokens {
    /// No records: nobody is let in.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a record, in the place of one with the same id.
    pub fn add(&self, record: TokenRecord) {
        let mut records = self.0.write().unwrap_or_else(PoisonError::into_inner);
        records.insert(record.id.clone(), record);
    }

    /// Takes a record out, and says whether there was one. The next request with its key is refused.
    pub fn revoke(&self, id: &str) -> bool {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(id).is_some()
    }

    /// All records, in the order of their ids.
    #[must_use]
    pub fn list(&self) -> Vec<TokenRecord> {
        let mut all: Vec<_> =
            self.0.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        all.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        all
    }
}

impl TokenStore for MemoryTokens {
    async fn find(&self, id: &str) -> Result<Option<TokenRecord>, Box<dyn StdError + Send + Sync>> {
        Ok(self.0.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned())
    }
}

impl FromIterator<TokenRecord> for MemoryTokens {
    fn from_iter<I: IntoIterator<Item = TokenRecord>>(records: I) -> Self {
        let tokens = Self::new();
        records.into_iter().for_each(|record| tokens.add(record));
        tokens
    }
}

impl fmt::Debug for MemoryTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.list()).finish()
    }
}

#[cfg(test)]
mod tests {
    use scim_core::TenantId;

    use super::*;
    use crate::auth::{ApiKey, Principal};

    fn record(text: &str) -> TokenRecord {
        ApiKey::fixed(text).unwrap().record(Principal::new(TenantId::new("acme").unwrap()))
    }

    #[tokio::test]
    async fn clones_share_their_records() {
        let tokens: MemoryTokens =
            [record("the-first-of-two-keys"), record("the-second-of-two")].into_iter().collect();
        let other = tokens.clone();
        let ids: Vec<String> = tokens.list().into_iter().map(|record| record.id).collect();
        assert!(ids.len() == 2 && ids.is_sorted());
        assert!(other.revoke(&ids[0]) && !other.revoke(&ids[0]));
        assert!(tokens.find(&ids[0]).await.unwrap().is_none());
        assert_eq!(tokens.find(&ids[1]).await.unwrap().unwrap().id, ids[1]);
    }

    #[test]
    fn the_same_key_is_kept_once() {
        let tokens = MemoryTokens::new();
        tokens.add(record("the-only-one-of-the-keys"));
        tokens.add(record("the-only-one-of-the-keys"));
        assert_eq!(tokens.list().len(), 1);
    }

    #[test]
    fn sec_s25_debug_shows_no_hashes() {
        let tokens = MemoryTokens::new();
        tokens.add(record("the-only-one-of-the-keys"));
        let shown = format!("{tokens:?}");
        assert!(shown.contains("acme") && !shown.contains("hash") && !shown.contains("only"), "{shown}");
    }
}
