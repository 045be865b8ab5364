//! API keys in the database, hashed.

mod grant;

use std::collections::HashMap;
use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use scim_core::TenantId;
use scim_server::auth::{ApiKey, TokenHash, TokenRecord, TokenStore};
use scim_server::store::StoreError;

pub use self::grant::Grant;
use self::grant::{read_scopes, write_scopes};
use crate::Database;
use crate::document::db::{Fault, Row, Sql, transaction};
use crate::document::key;

/// The most records that are remembered at once.
const REMEMBERED: usize = 10_000;

/// The API keys of a [`Database`]: made, changed and taken back here, and looked up by
/// [`BearerTokens`](scim_server::auth::BearerTokens).
///
/// A look-up is remembered for ten seconds, so that a key that was taken back elsewhere may be good for as long.
///
/// ```
/// use scim_core::TenantId;
/// use scim_server::auth::BearerTokens;
/// use scim_sqlx::{Database, DatabaseTokens, Grant};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let database = Database::sqlite(":memory:").await.map_err(scim_core::ScimError::from)?;
/// # database.migrate().await.map_err(scim_core::ScimError::from)?;
/// let tokens = DatabaseTokens::new(&database);
/// let key = tokens.create(&Grant::all(TenantId::new("acme")?)).await.map_err(scim_core::ScimError::from)?;
/// println!("shown once: {}", key.expose());
/// let authenticator = BearerTokens::new(tokens);
/// # let _ = authenticator;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct DatabaseTokens {
    database: Database,
    remember: Duration,
    remembered: Arc<Mutex<HashMap<String, Remembered>>>,
}

/// A record, and when it was looked up.
type Remembered = (Instant, TokenRecord);

/// What is known of a key; the key itself is not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenInfo {
    /// What it is found by: the part of the key in the middle. It is no secret.
    pub id: String,
    /// What it lets its holder do, and until when.
    pub grant: Grant,
    /// When it was made.
    pub created: DateTime<Utc>,
}

impl DatabaseTokens {
    /// The keys of a database, whose look-ups are remembered for ten seconds.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self { database: database.clone(), remember: Duration::from_secs(10), remembered: Arc::default() }
    }

    /// The same with look-ups remembered for so long: ten seconds at the most, and not at all for zero.
    #[must_use]
    pub fn remembering(mut self, time: Duration) -> Self {
        self.remember = time.min(Duration::from_secs(10));
        self
    }

    /// Makes a key. It can be shown now and never again.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] and the like.
    pub async fn create(&self, grant: &Grant) -> Result<ApiKey, StoreError> {
        let key = ApiKey::generate()?;
        match self.add(&key, grant).await? {
            true => Ok(key),
            false => Err(StoreError::Internal("two keys came out alike".into())),
        }
    }

    /// Takes in a key that was made up elsewhere, and says whether it is new. One that is there already stays as it was.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] and the like.
    pub async fn add(&self, key: &ApiKey, grant: &Grant) -> Result<bool, StoreError> {
        let record = key.record(grant.principal());
        let hash: String = record.hash.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let scopes = write_scopes(grant);
        let sql = Sql::new(
            "INSERT INTO scim_tokens (id, hash, tenant, subject, scopes, created, expires) \
            VALUES ($1, $2, $3, $4, $5, $6, $7) \
            ON CONFLICT DO NOTHING",
        );
        let sql =
            sql.with(record.id.as_str()).with(hash).with(grant.tenant.as_str()).with(grant.subject.clone());
        let sql = sql.with(scopes).with(key::instant(Utc::now())).with(grant.expires.map(key::instant));
        let written: Result<u64, StoreError> = transaction!(self.database.pool, tx => tx.run(sql.clone()));
        Ok(written? > 0)
    }

    /// Makes a key that may do the same as another one, which stays good for a while.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such key, or it has expired; [`StoreError::Unavailable`] and the like.
    pub async fn rotate(&self, id: &str, overlap: Duration) -> Result<ApiKey, StoreError> {
        let old = self.info(id).await?.ok_or(StoreError::NotFound)?;
        let now = Utc::now();
        if old.grant.expires.is_some_and(|end| end <= now) {
            return Err(StoreError::NotFound);
        }
        let new = self.create(&old.grant).await?;
        let end = now + chrono::TimeDelta::from_std(overlap).unwrap_or(chrono::TimeDelta::MAX / 2);
        if old.grant.expires.is_none_or(|old| end < old) {
            self.expire(id, end).await?;
        }
        Ok(new)
    }

    /// Makes a key good up to a time, and says whether there was one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] and the like.
    pub async fn expire(&self, id: &str, end: DateTime<Utc>) -> Result<bool, StoreError> {
        let sql =
            Sql::new("UPDATE scim_tokens SET expires = $2 WHERE id = $1").with(id).with(key::instant(end));
        let changed: Result<u64, StoreError> = transaction!(self.database.pool, tx => tx.run(sql.clone()));
        self.forget(id);
        Ok(changed? > 0)
    }

    /// Takes a key back, and says whether there was one. Other processes may remember it for as long as they are told to.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] and the like.
    pub async fn revoke(&self, id: &str) -> Result<bool, StoreError> {
        let sql = Sql::new("DELETE FROM scim_tokens WHERE id = $1").with(id);
        let gone: Result<u64, StoreError> = transaction!(self.database.pool, tx => tx.run(sql.clone()));
        self.forget(id);
        Ok(gone? > 0)
    }

    /// The keys of a tenant whose ids start like this, in the order of their ids.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] and the like.
    pub async fn list(&self, tenant: &TenantId, prefix: &str) -> Result<Vec<TokenInfo>, StoreError> {
        let sql = Sql::new(
            "SELECT id, tenant, subject, scopes, created, expires, hash FROM scim_tokens \
            WHERE tenant = $1 AND substr(id, 1, length($2)) = $2 ORDER BY id",
        );
        let rows = self.database.pool.rows(sql.with(tenant.as_str()).with(prefix)).await;
        let infos: Result<Vec<TokenInfo>, Fault> = rows.and_then(|rows| rows.iter().map(read_info).collect());
        infos.map_err(Fault::into_error)
    }

    async fn row(&self, id: &str) -> Result<Option<Row>, StoreError> {
        // It comes from a stranger, and no id has one.
        if id.contains('\0') {
            return Ok(None);
        }
        let sql = Sql::new(
            "SELECT id, tenant, subject, scopes, created, expires, hash FROM scim_tokens WHERE id = $1",
        );
        let rows = self.database.pool.rows(sql.with(id)).await.map_err(Fault::into_error)?;
        Ok(rows.into_iter().next())
    }

    async fn info(&self, id: &str) -> Result<Option<TokenInfo>, StoreError> {
        let row = self.row(id).await?;
        row.map(|row| read_info(&row).map_err(Fault::into_error)).transpose()
    }

    fn forget(&self, id: &str) {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    fn remembered(&self, id: &str) -> Option<TokenRecord> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, record) = remembered.get(id)?;
        (since.elapsed() < self.remember).then(|| record.clone())
    }

    async fn find_now(&self, id: &str) -> Result<Option<TokenRecord>, StoreError> {
        if let Some(record) = self.remembered(id) {
            return Ok(Some(record));
        }
        // From before the look-up: what is taken back meanwhile is not remembered for longer.
        let since = Instant::now();
        let record = match self.row(id).await? {
            Some(row) => Some(read_record(&row).map_err(Fault::into_error)?),
            None => None,
        };
        // What strangers make up is not remembered, so that it takes no room.
        if let Some(record) = record.as_ref().filter(|_| !self.remember.is_zero()) {
            let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
            if remembered.len() >= REMEMBERED {
                remembered.retain(|_, (since, _)| since.elapsed() < self.remember);
            }
            if remembered.len() < REMEMBERED {
                remembered.insert(id.to_owned(), (since, record.clone()));
            }
        }
        Ok(record)
    }
}

impl TokenStore for DatabaseTokens {
    async fn find(&self, id: &str) -> Result<Option<TokenRecord>, Box<dyn StdError + Send + Sync>> {
        self.find_now(id).await.map_err(|error| error.to_string().into())
    }
}

impl fmt::Debug for DatabaseTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseTokens").field("database", &self.database).finish_non_exhaustive()
    }
}

fn damaged() -> Fault {
    StoreError::Internal("a row of an API key is damaged".into()).into()
}

fn read_info(row: &Row) -> Result<TokenInfo, Fault> {
    let time = |text: String| key::read_instant(&text).ok_or_else(damaged);
    let (everywhere, by_type) = read_scopes(&row.text(3)?)?;
    let tenant = TenantId::new(row.text(1)?)?;
    let expires = row.maybe(5)?.map(time).transpose()?;
    let grant = Grant { tenant, subject: row.maybe(2)?, everywhere, by_type, expires };
    Ok(TokenInfo { id: row.text(0)?, grant, created: time(row.text(4)?)? })
}

fn read_record(row: &Row) -> Result<TokenRecord, Fault> {
    let info = read_info(row)?;
    let bytes = key::unhex::<32>(&row.text(6)?).ok_or_else(damaged)?;
    let record = TokenRecord::new(info.id, TokenHash::new(bytes), info.grant.principal());
    Ok(match info.grant.expires {
        Some(end) => record.expires_at(end),
        None => record,
    })
}
