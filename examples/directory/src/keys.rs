//! API keys in memory or in a database, whichever it is: hashes of them only.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use scim_core::TenantId;
use scim_server::auth::{ApiKey, MemoryTokens, Principal, Scopes, TokenRecord, TokenStore};
use scim_server::store::StoreError;
use scim_sqlx::{Database, DatabaseTokens, Grant};

/// What may be known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyInfo {
    /// What it is called: of a key `scim_ID_SECRET`, the part in the middle. It is no secret.
    pub id: String,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// From when on it opens nothing.
    pub expires: Option<DateTime<Utc>>,
}

impl KeyInfo {
    /// Whether it opens nothing any more.
    #[must_use]
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }

    /// Whether the key was made up elsewhere. Its id is then no part of it.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.id.starts_with("fixed-")
    }
}

/// How the key begins, so that whoever has it recognises it. One that was made up elsewhere shows nothing of itself.
impl fmt::Display for KeyInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_given() { f.write_str(&self.id) } else { write!(f, "scim_{}", self.id) }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Keys {
    Memory(MemoryKeys),
    Database(DatabaseTokens),
}

/// Keys in memory, whose records do not say when they were made.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryKeys {
    tokens: MemoryTokens,
    infos: Arc<Mutex<Vec<(TenantId, KeyInfo)>>>,
}

impl Keys {
    pub(crate) fn of(database: &Database) -> Self {
        Self::Database(DatabaseTokens::new(database))
    }

    /// The same with what was looked up remembered for so long.
    pub(crate) fn remembering(self, time: Duration) -> Self {
        match self {
            Self::Database(tokens) => Self::Database(tokens.remembering(time)),
            memory => memory,
        }
    }

    /// Lets a key in for so many days, and says whether it is new.
    pub(crate) async fn add(
        &self,
        directory: &TenantId,
        key: &ApiKey,
        days: Option<u32>,
    ) -> Result<bool, StoreError> {
        let now = Utc::now();
        let expires = days.and_then(|days| now.checked_add_signed(TimeDelta::days(i64::from(days))));
        match self {
            Self::Memory(keys) => Ok(keys.add(directory, key, now, expires)),
            Self::Database(tokens) => {
                let grant = Grant::all(directory.clone());
                let grant = expires.map_or(grant.clone(), |end| grant.expires_at(end));
                tokens.add(key, &grant).await
            }
        }
    }

    /// The keys of a directory, the newest last.
    pub(crate) async fn list(&self, directory: &TenantId) -> Result<Vec<KeyInfo>, StoreError> {
        let mut infos = match self {
            Self::Memory(keys) => keys.list(directory),
            Self::Database(tokens) => {
                let infos = tokens.list(directory, "").await?.into_iter();
                infos
                    .map(|info| KeyInfo { expires: info.grant.expires(), id: info.id, created: info.created })
                    .collect()
            }
        };
        infos.sort_by_key(|info| info.created);
        Ok(infos)
    }

    pub(crate) async fn expire(&self, id: &str, end: DateTime<Utc>) -> Result<(), StoreError> {
        match self {
            Self::Memory(keys) => keys.expire(id, end),
            Self::Database(tokens) => tokens.expire(id, end).await.map(drop)?,
        }
        Ok(())
    }

    /// Takes a key back, and says whether there was one.
    pub(crate) async fn revoke(&self, id: &str) -> Result<bool, StoreError> {
        match self {
            Self::Memory(keys) => Ok(keys.revoke(id)),
            Self::Database(tokens) => tokens.revoke(id).await,
        }
    }
}

impl TokenStore for Keys {
    async fn find(&self, id: &str) -> Result<Option<TokenRecord>, Box<dyn StdError + Send + Sync>> {
        match self {
            Self::Memory(keys) => keys.tokens.find(id).await,
            Self::Database(tokens) => tokens.find(id).await,
        }
    }
}

impl MemoryKeys {
    fn add(
        &self,
        directory: &TenantId,
        key: &ApiKey,
        created: DateTime<Utc>,
        expires: Option<DateTime<Utc>>,
    ) -> bool {
        let record = key.record(Principal::new(directory.clone()).with_scopes(Scopes::all()));
        let record = match expires {
            Some(end) => record.expires_at(end),
            None => record,
        };
        let mut infos = self.lock();
        if infos.iter().any(|(_, info)| info.id == record.id) {
            return false;
        }
        infos.push((directory.clone(), KeyInfo { id: record.id.clone(), created, expires }));
        self.tokens.add(record);
        true
    }

    fn list(&self, directory: &TenantId) -> Vec<KeyInfo> {
        self.lock().iter().filter(|(of, _)| of == directory).map(|(_, info)| info.clone()).collect()
    }

    fn expire(&self, id: &str, end: DateTime<Utc>) {
        let mut infos = self.lock();
        let Some(record) = self.tokens.list().into_iter().find(|record| record.id == id) else { return };
        self.tokens.add(record.expires_at(end));
        for (_, info) in infos.iter_mut().filter(|(_, info)| info.id == id) {
            info.expires = Some(end);
        }
    }

    fn revoke(&self, id: &str) -> bool {
        self.lock().retain(|(_, info)| info.id != id);
        self.tokens.revoke(id)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(TenantId, KeyInfo)>> {
        self.infos.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
