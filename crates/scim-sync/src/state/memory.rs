//! A state that is gone with the process.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock};

use super::{State, StateError, StateWrite};

/// A [`State`] in memory: for tests, for dry runs, and for whoever starts from nothing each time. Clones share one memory.
///
/// ```
/// use scim_sync::{MemoryState, State, StateWrite};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), scim_sync::StateError> {
/// let state = MemoryState::new();
/// let put = |key: &str, text: &str| StateWrite::Put(key.into(), text.into());
/// state.commit(vec![put("job/a", "1"), put("job/b", "2"), put("other", "3")]).await?;
///
/// assert_eq!(state.get("job/a").await?.as_deref(), Some("1"));
/// assert_eq!(state.scan("job/", Some("job/a"), 10).await?, [("job/b".to_owned(), "2".to_owned())]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct MemoryState(Arc<RwLock<BTreeMap<String, String>>>);

impl MemoryState {
    /// One that remembers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many keys have a text.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl State for MemoryState {
    async fn get(&self, key: &str) -> Result<Option<String>, StateError> {
        Ok(self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    async fn scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, String)>, StateError> {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found = map.range::<str, _>((from, Bound::Unbounded));
        let found = found.take_while(|(key, _)| key.starts_with(prefix)).take(limit);
        Ok(found.map(|(key, text)| (key.clone(), text.clone())).collect())
    }

    async fn commit(&self, writes: Vec<StateWrite>) -> Result<(), StateError> {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for write in writes {
            match write {
                StateWrite::Put(key, text) => {
                    map.insert(key, text);
                }
                StateWrite::Delete(key) => {
                    map.remove(&key);
                }
                StateWrite::DeletePrefix(prefix) => {
                    // Costs what goes: splitting and joining maps would cost what stays.
                    let from = map.range(prefix.clone()..).map(|(key, _)| key);
                    let gone: Vec<String> =
                        from.take_while(|key| key.starts_with(&prefix)).cloned().collect();
                    for key in gone {
                        map.remove(&key);
                    }
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for MemoryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryState").field("len", &self.len()).finish_non_exhaustive()
    }
}
