//! Which directories there are, and which keys open them.

mod entry;
#[cfg(test)]
mod tests;

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use scim_core::value::text::fold;
use scim_core::{Projection, Resource, ResourceId, TenantId};
use scim_server::MemoryStore;
use scim_server::auth::{ApiKey, TokenStore};
use scim_server::store::{Query, ResourceStore, Start, StoreError, Write};
use scim_sqlx::Database;

pub use self::entry::Directory;
use self::entry::{DIRECTORY, SERVICE, context, directory, origin, schemas, service};
use crate::keys::{KeyInfo, Keys, MemoryKeys};
use crate::location::{Location, OpenError};
use crate::store::Store;

/// Which directories there are, and which keys open them: in memory, or in a database together with their users and groups.
/// Clones share them.
///
/// A key is given out when it is made, and never again: only a hash of it is kept. What happens here counts at once in this
/// process, and in others on the same database once they look the key up again, after ten seconds at the most.
///
/// ```
/// use std::time::Duration;
///
/// use directory::Directories;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), directory::DirectoryError> {
/// let directories = Directories::in_memory()?;
/// let (people, old) = directories.create("People").await?;
/// let new = directories.rotate_key(&people.id, Duration::from_secs(3600)).await?;
/// assert_eq!(directories.keys(&people.id).await?.len(), 2);
/// # let _ = (old, new);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Directories {
    /// Nothing for memory.
    database: Option<Database>,
    entries: Store<Resource>,
    services: Store<Resource>,
    keys: Keys,
    key_days: Option<u32>,
}

/// Why a directory or a key could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// There is no such directory.
    #[error("there is no directory `{0}`")]
    Unknown(String),
    /// A directory is called so already, whatever the case.
    #[error("there is a directory `{0}` already")]
    NameTaken(String),
    /// Nothing can be called so.
    #[error("the name of a directory is not empty, and has no control characters")]
    Name,
    /// The key opens a directory already.
    #[error("the key opens a directory already: every directory has keys of its own")]
    KeyTaken,
    /// There is no key.
    #[error(transparent)]
    Key(#[from] scim_server::KeyError),
    /// The database failed, in these words.
    #[error("the database failed: {0}")]
    Database(String),
    /// There is no database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// What is kept of directories is damaged.
    #[error(transparent)]
    Entry(#[from] scim_core::ScimError),
}

impl From<StoreError> for DirectoryError {
    fn from(error: StoreError) -> Self {
        Self::Database(error.to_string())
    }
}

/// So many are read at once.
const PAGE: usize = 500;

impl Directories {
    /// None yet, in memory.
    ///
    /// # Errors
    /// None that are known.
    pub fn in_memory() -> Result<Self, DirectoryError> {
        Ok(Self {
            database: None,
            entries: Store::Memory(MemoryStore::new()),
            services: Store::Memory(MemoryStore::new()),
            keys: Keys::Memory(MemoryKeys::default()),
            key_days: None,
        })
    }

    /// Those of a database that was [migrated](Database::migrate).
    ///
    /// # Errors
    /// None that are known.
    pub fn of(database: &Database) -> Result<Self, DirectoryError> {
        let schemas = schemas()?;
        Ok(Self {
            entries: Store::Database(database.resources(DIRECTORY, &schemas)),
            services: Store::Database(database.resources(SERVICE, &schemas)),
            keys: Keys::of(database),
            key_days: None,
            database: Some(database.clone()),
        })
    }

    /// Those that are there: in a database, whose tables are made or brought up to date, or none yet in memory.
    ///
    /// # Errors
    /// [`DirectoryError::Open`].
    pub async fn open(location: &Location) -> Result<Self, DirectoryError> {
        match location.open().await? {
            Some(database) => Self::of(&database),
            None => Self::in_memory(),
        }
    }

    /// The same, where new directories have keys that are good for so many days.
    #[must_use]
    pub fn with_key_days(mut self, days: u32) -> Self {
        self.key_days = Some(days);
        self
    }

    /// The same, where a key that was looked up is remembered for so long, ten seconds at the most.
    #[must_use]
    pub fn with_key_cache(mut self, time: Duration) -> Self {
        self.keys = self.keys.remembering(time);
        self
    }

    /// The database; nothing for memory.
    #[must_use]
    pub fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    /// Creates a directory, and its first key.
    ///
    /// # Errors
    /// [`DirectoryError::NameTaken`], [`DirectoryError::Name`], [`DirectoryError::Database`].
    pub async fn create(&self, name: &str) -> Result<(Directory, ApiKey), DirectoryError> {
        let key = ApiKey::generate()?;
        Ok((self.create_with_key(name, &key).await?, key))
    }

    /// Creates a directory that is opened by a key that was made up elsewhere.
    ///
    /// # Errors
    /// Those of [`create`](Self::create), and [`DirectoryError::KeyTaken`].
    pub async fn create_with_key(&self, name: &str, key: &ApiKey) -> Result<Directory, DirectoryError> {
        let name = name.trim();
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(DirectoryError::Name);
        }
        let new = directory(name, self.key_days)?;
        let written = self.entries.create(&context(DIRECTORY)?, new, &Write::unchecked()).await;
        let written = written.map_err(|error| match error {
            StoreError::Conflict(_) => DirectoryError::NameTaken(name.to_owned()),
            error => error.into(),
        })?;
        let directory = Directory::read(&written.stored)?;
        if !self.admit(&directory, key).await? {
            self.forget(&directory.id).await?;
            return Err(DirectoryError::KeyTaken);
        }
        Ok(directory)
    }

    /// All directories, in the order in which they were created.
    ///
    /// # Errors
    /// [`DirectoryError::Database`].
    pub async fn list(&self) -> Result<Vec<Directory>, DirectoryError> {
        let (cx, mut all) = (context(DIRECTORY)?, Vec::new());
        loop {
            let start = Start::Index(all.len() as u64 + 1);
            let query = Query { start, total: false, ..Query::of(None, PAGE) };
            let page = self.entries.query(&cx, &query).await?.into_items();
            let last = page.len() < PAGE;
            for stored in page {
                all.push(Directory::read(&stored)?);
            }
            if last {
                return Ok(all);
            }
        }
    }

    /// The directory that is called so, whatever the case, or has this id.
    ///
    /// # Errors
    /// [`DirectoryError::Unknown`], [`DirectoryError::Database`].
    pub async fn find(&self, name_or_id: &str) -> Result<Directory, DirectoryError> {
        let name = fold(name_or_id.trim());
        let all = self.list().await?;
        let by_name = all.iter().find(|directory| fold(&directory.name) == name);
        let found = by_name.or_else(|| all.iter().find(|directory| directory.id.as_str() == name_or_id));
        found.cloned().ok_or_else(|| DirectoryError::Unknown(name_or_id.to_owned()))
    }

    /// The keys of a directory, the newest last.
    ///
    /// # Errors
    /// [`DirectoryError::Unknown`], [`DirectoryError::Database`].
    pub async fn keys(&self, id: &TenantId) -> Result<Vec<KeyInfo>, DirectoryError> {
        self.get(id).await?;
        Ok(self.keys.list(id).await?)
    }

    /// Makes a key beside the newest one, which stays good for a while, so that the identity provider can be told of the change.
    /// Keys before that one end now: there are two at the most.
    ///
    /// # Errors
    /// [`DirectoryError::Unknown`], [`DirectoryError::Database`].
    pub async fn rotate_key(&self, id: &TenantId, overlap: Duration) -> Result<ApiKey, DirectoryError> {
        let directory = self.get(id).await?;
        let mut old = self.keys.list(id).await?;
        let key = self.another_key(&directory).await?;
        let now = Utc::now();
        // A time that is too far away to be written is for ever.
        let end = TimeDelta::from_std(overlap).ok().and_then(|overlap| now.checked_add_signed(overlap));
        if let Some(newest) = old.pop_if(|newest| !overlap.is_zero() && !newest.is_expired(now))
            && let Some(end) = end.filter(|end| newest.expires.is_none_or(|expires| *end < expires))
        {
            self.keys.expire(&newest.id, end).await?;
        }
        for info in old {
            self.keys.revoke(&info.id).await?;
        }
        Ok(key)
    }

    /// Makes a key in the place of all others, which end now: for one that was lost, or seen by others.
    ///
    /// # Errors
    /// [`DirectoryError::Unknown`], [`DirectoryError::Database`].
    pub async fn regenerate_key(&self, id: &TenantId) -> Result<ApiKey, DirectoryError> {
        self.rotate_key(id, Duration::ZERO).await
    }

    /// Ends a key, by what it is called ([`KeyInfo::id`]), and says whether there was one.
    ///
    /// # Errors
    /// [`DirectoryError::Unknown`], [`DirectoryError::Database`].
    pub async fn revoke_key(&self, id: &TenantId, key: &str) -> Result<bool, DirectoryError> {
        let is_own = self.keys(id).await?.iter().any(|info| info.id == key);
        Ok(is_own && self.keys.revoke(key).await?)
    }

    /// Sees to it that a key that was made up elsewhere opens a directory.
    ///
    /// # Errors
    /// [`DirectoryError::KeyTaken`] when it opens another one, [`DirectoryError::Unknown`], [`DirectoryError::Database`].
    pub async fn ensure_key(&self, id: &TenantId, key: &ApiKey) -> Result<(), DirectoryError> {
        let directory = self.get(id).await?;
        if self.admit(&directory, key).await? {
            return Ok(());
        }
        let record = key.record(scim_server::auth::Principal::new(id.clone()));
        let is_own = self.keys.list(id).await?.iter().any(|info| info.id == record.id);
        if is_own { Ok(()) } else { Err(DirectoryError::KeyTaken) }
    }

    /// Deletes a directory: its keys, its users and groups, and itself. Nobody's sessions end by it. Says how many resources went;
    /// what is in memory is out of reach then, and goes with the process.
    ///
    /// Another process may remember a key for ten seconds, and let a write in. Nobody can read what came of it.
    ///
    /// # Errors
    /// [`DirectoryError::Unknown`], [`DirectoryError::Database`].
    pub async fn delete(&self, id: &TenantId) -> Result<u64, DirectoryError> {
        for info in self.keys(id).await? {
            self.keys.revoke(&info.id).await?;
        }
        let gone = match &self.database {
            Some(database) => database.erase(id).await?,
            None => 0,
        };
        self.forget(id).await?;
        Ok(gone)
    }

    /// What clients see the service at that was started last, if any was.
    ///
    /// # Errors
    /// [`DirectoryError::Database`].
    pub async fn origin(&self) -> Result<Option<String>, DirectoryError> {
        let found = self.services.query(&context(SERVICE)?, &Query::of(None, 1)).await?.into_items();
        Ok(found.first().and_then(origin))
    }

    /// Keeps what clients see the service at.
    pub(crate) async fn set_origin(&self, origin: &str) -> Result<(), DirectoryError> {
        let (cx, write) = (context(SERVICE)?, Write::unchecked());
        match self.services.create(&cx, service(origin)?, &write).await {
            Ok(_) => return Ok(()),
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
        if let Some(old) = self.services.query(&cx, &Query::of(None, 1)).await?.into_items().first() {
            self.services.replace(&cx, &old.id, service(origin)?, &write).await?;
        }
        Ok(())
    }

    /// The records that an authenticator finds keys in.
    #[must_use]
    pub fn tokens(&self) -> impl TokenStore + use<> {
        self.keys.clone()
    }

    async fn get(&self, id: &TenantId) -> Result<Directory, DirectoryError> {
        let (cx, entry) = (context(DIRECTORY)?, ResourceId::new(id.as_str())?);
        match self.entries.get(&cx, &entry, &Projection::default()).await {
            Ok(stored) => Ok(Directory::read(&stored)?),
            Err(StoreError::NotFound) => Err(DirectoryError::Unknown(id.to_string())),
            Err(error) => Err(error.into()),
        }
    }

    async fn forget(&self, id: &TenantId) -> Result<(), DirectoryError> {
        let id = ResourceId::new(id.as_str())?;
        match self.entries.delete(&context(DIRECTORY)?, &id, &Write::unchecked()).await {
            Ok(_) | Err(StoreError::NotFound) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn another_key(&self, directory: &Directory) -> Result<ApiKey, DirectoryError> {
        let key = ApiKey::generate()?;
        if self.admit(directory, &key).await? { Ok(key) } else { Err(DirectoryError::KeyTaken) }
    }

    /// Lets a key in, and says whether it is new.
    async fn admit(&self, directory: &Directory, key: &ApiKey) -> Result<bool, DirectoryError> {
        Ok(self.keys.add(&directory.id, key, directory.key_days).await?)
    }
}
