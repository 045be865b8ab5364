//! Which directories there are, and which keys open them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use scim_core::TenantId;
use scim_server::auth::{ApiKey, MemoryTokens, Principal, Scopes};

/// Which directories there are, and which keys open them. Clones share them.
///
/// A key is given out when it is made, and never again: only a hash of it is kept.
#[derive(Clone, Debug, Default)]
pub struct Directories {
    tokens: MemoryTokens,
    entries: Arc<Mutex<Vec<Entry>>>,
    key_lifetime: Option<TimeDelta>,
}

/// A directory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Directory {
    /// The last segment of its base URL; each directory is a tenant of its own.
    pub id: TenantId,
    /// What people call it.
    pub name: String,
    /// When it was created.
    pub created: DateTime<Utc>,
}

/// What may be known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyInfo {
    /// What it is called; no secret.
    pub id: String,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// From when on it opens nothing.
    pub expires: Option<DateTime<Utc>>,
}

/// Why a directory or a key could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// There is no such directory.
    #[error("there is no directory `{0}`")]
    Unknown(TenantId),
    /// The key opens a directory already.
    #[error("the key opens a directory already: every directory has keys of its own")]
    KeyTaken,
    /// There is no key.
    #[error(transparent)]
    Key(#[from] scim_server::KeyError),
    /// There is no id.
    #[error(transparent)]
    Id(#[from] scim_core::ScimError),
}

#[derive(Debug)]
struct Entry {
    directory: Directory,
    /// The newest last.
    keys: Vec<KeyInfo>,
}

impl Directories {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, where new keys are good for so many days.
    #[must_use]
    pub fn with_key_days(mut self, days: u32) -> Self {
        self.key_lifetime = Some(TimeDelta::days(i64::from(days)));
        self
    }

    /// Creates a directory, and its first key.
    ///
    /// # Errors
    /// [`DirectoryError::Key`] when there is no randomness.
    pub fn create(&self, name: impl Into<String>) -> Result<(Directory, ApiKey), DirectoryError> {
        let key = ApiKey::generate()?;
        Ok((self.create_with_key(name, &key)?, key))
    }

    /// Creates a directory that is opened by a key that was made up elsewhere.
    ///
    /// # Errors
    /// [`DirectoryError::KeyTaken`].
    pub fn create_with_key(
        &self,
        name: impl Into<String>,
        key: &ApiKey,
    ) -> Result<Directory, DirectoryError> {
        let directory = Directory {
            id: TenantId::new(uuid::Uuid::new_v4().to_string())?,
            name: name.into(),
            created: Utc::now(),
        };
        let mut entries = self.lock();
        let first = self.admit(&entries, &directory.id, key)?;
        entries.push(Entry { directory: directory.clone(), keys: vec![first] });
        Ok(directory)
    }

    /// All directories, in the order in which they were created.
    #[must_use]
    pub fn list(&self) -> Vec<Directory> {
        self.lock().iter().map(|entry| entry.directory.clone()).collect()
    }

    /// The keys of a directory, the newest last.
    ///
    /// # Errors
    /// [`DirectoryError::Unknown`].
    pub fn keys(&self, id: &TenantId) -> Result<Vec<KeyInfo>, DirectoryError> {
        let mut entries = self.lock();
        Ok(entry(&mut entries, id)?.keys.clone())
    }

    /// Makes a key beside the newest one, which stays good while the identity provider is told of the change: end it with
    /// [`revoke_key`](Self::revoke_key) then. Keys before that one end now: there are two at the most.
    ///
    /// # Errors
    /// [`DirectoryError::Unknown`].
    pub fn rotate_key(&self, id: &TenantId) -> Result<ApiKey, DirectoryError> {
        self.another_key(id, 1)
    }

    /// Makes a key in the place of all others, which end now: for one that was lost, or seen by others.
    ///
    /// # Errors
    /// [`DirectoryError::Unknown`].
    pub fn regenerate_key(&self, id: &TenantId) -> Result<ApiKey, DirectoryError> {
        self.another_key(id, 0)
    }

    /// Ends a key, by what it is called ([`KeyInfo::id`]), and says whether there was one.
    ///
    /// # Errors
    /// [`DirectoryError::Unknown`].
    pub fn revoke_key(&self, id: &TenantId, key: &str) -> Result<bool, DirectoryError> {
        let mut entries = self.lock();
        let keys = &mut entry(&mut entries, id)?.keys;
        let before = keys.len();
        keys.retain(|one| one.id != key);
        Ok(keys.len() < before && self.tokens.revoke(key))
    }

    /// The records that an authenticator finds keys in.
    #[must_use]
    pub fn tokens(&self) -> MemoryTokens {
        self.tokens.clone()
    }

    fn another_key(&self, id: &TenantId, stay: usize) -> Result<ApiKey, DirectoryError> {
        let key = ApiKey::generate()?;
        let mut entries = self.lock();
        let going = entry(&mut entries, id)?.keys.len().saturating_sub(stay);
        let new = self.admit(&entries, id, &key)?;
        let keys = &mut entry(&mut entries, id)?.keys;
        for old in keys.drain(..going) {
            self.tokens.revoke(&old.id);
        }
        keys.push(new);
        Ok(key)
    }

    /// Lets a key in.
    fn admit(&self, entries: &[Entry], id: &TenantId, key: &ApiKey) -> Result<KeyInfo, DirectoryError> {
        let mut record = key.record(Principal::new(id.clone()).with_scopes(Scopes::all()));
        if entries.iter().any(|entry| entry.keys.iter().any(|one| one.id == record.id)) {
            return Err(DirectoryError::KeyTaken);
        }
        let created = Utc::now();
        if let Some(expires) = self.key_lifetime.and_then(|lifetime| created.checked_add_signed(lifetime)) {
            record = record.expires_at(expires);
        }
        let info = KeyInfo { id: record.id.clone(), created, expires: record.expires };
        self.tokens.add(record);
        Ok(info)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry<'a>(entries: &'a mut [Entry], id: &TenantId) -> Result<&'a mut Entry, DirectoryError> {
    entries
        .iter_mut()
        .find(|entry| entry.directory.id == *id)
        .ok_or_else(|| DirectoryError::Unknown(id.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_two_keys_at_the_most() {
        let directories = Directories::new();
        let (directory, _first) = directories.create("People").unwrap();
        let ids =
            || directories.keys(&directory.id).unwrap().into_iter().map(|key| key.id).collect::<Vec<_>>();
        let first = ids();
        directories.rotate_key(&directory.id).unwrap();
        let second = ids();
        assert_eq!((second.len(), &second[0]), (2, &first[0]));
        directories.rotate_key(&directory.id).unwrap();
        let third = ids();
        assert_eq!((third.len(), &third[0]), (2, &second[1]));
        directories.regenerate_key(&directory.id).unwrap();
        assert_eq!(ids().len(), 1);
        assert_eq!(directories.tokens().list().len(), 1);
        assert!(!directories.revoke_key(&directory.id, &third[1]).unwrap());
        assert!(directories.revoke_key(&directory.id, &ids()[0]).unwrap());
        assert!(directories.tokens().list().is_empty());
    }

    #[test]
    fn a_key_opens_one_directory() {
        let directories = Directories::new();
        let key = ApiKey::fixed("a-key-for-two-directories").unwrap();
        let first = directories.create_with_key("one", &key).unwrap();
        let error = directories.create_with_key("other", &key).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the key opens a directory already: every directory has keys of its own"
        );
        assert_eq!(directories.list(), [first]);
    }

    #[test]
    fn a_directory_ends_its_own_keys_only() {
        let directories = Directories::new();
        let (one, _key) = directories.create("one").unwrap();
        let (other, _key) = directories.create("other").unwrap();
        let key = directories.keys(&other.id).unwrap().remove(0);
        assert!(!directories.revoke_key(&one.id, &key.id).unwrap());
        assert_eq!(directories.tokens().list().len(), 2);
        let unknown = TenantId::new("nowhere").unwrap();
        assert_eq!(directories.keys(&unknown).unwrap_err().to_string(), "there is no directory `nowhere`");
    }

    #[test]
    fn keys_end_after_their_days() {
        let directories = Directories::new().with_key_days(365);
        let (directory, _key) = directories.create("People").unwrap();
        let key = directories.keys(&directory.id).unwrap().remove(0);
        assert_eq!(key.expires, Some(key.created + TimeDelta::days(365)));
        assert_eq!(directories.tokens().list()[0].expires, key.expires);
    }

    #[test]
    fn debug_shows_no_key() {
        let directories = Directories::new();
        let (_, key) = directories.create("People").unwrap();
        let secret = key.expose().rsplit('_').next().unwrap();
        assert!(!format!("{directories:?}").contains(secret));
    }
}
