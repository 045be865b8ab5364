//! What a job remembers from one cycle to the next.

mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::future::Future;

pub use self::memory::MemoryState;
#[cfg(feature = "sqlite")]
pub use self::sqlite::SqliteState;

/// A place for texts under keys: what a job remembers.
///
/// One place can hold many jobs, since every key begins with the job's name. Keys are compared byte by byte.
///
/// [`MemoryState`](crate::MemoryState) forgets with the process; `SqliteState` (feature `sqlite`) is a file.
pub trait State: Send + Sync + 'static {
    /// The text under a key.
    ///
    /// # Errors
    /// [`StateError`].
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<String>, StateError>> + Send;

    /// The keys that begin with `prefix`, and come after `after` where it is given, with their texts: in the order of their
    /// bytes, at most `limit`.
    ///
    /// # Errors
    /// [`StateError`].
    fn scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(String, String)>, StateError>> + Send;

    /// Writes all of these, in this order, or none; what is written survives the end of the process where the place is
    /// lasting.
    ///
    /// # Errors
    /// [`StateError`].
    fn commit(&self, writes: Vec<StateWrite>) -> impl Future<Output = Result<(), StateError>> + Send;
}

/// One write to a [`State`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateWrite {
    /// This text under this key, in place of what was there.
    Put(String, String),
    /// Nothing under this key.
    Delete(String),
    /// Nothing under any key that begins so.
    DeletePrefix(String),
}

/// What a job remembers could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("what the job remembers cannot be read or written: {0}")]
pub struct StateError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

#[cfg(test)]
mod tests;
