//! A state in a file of SQLite.

use std::fmt;
use std::path::Path;

use super::{State, StateError, StateWrite};
use crate::database::Database;
use crate::log::SqliteLog;

const SCAN: &str =
    "SELECT key, value FROM scim_sync_state WHERE key >= $1 AND key < $2 ORDER BY key LIMIT $3";

/// A [`State`] in a file of SQLite: what is committed is still there after the process, or the machine, has died.
///
/// What [`commit`](State::commit) has acknowledged is on the disk (WAL, `synchronous=FULL`), and what it has not is either
/// there as a whole or not at all. Several processes may have the file open: who writes waits up to ten seconds for the other.
/// Clones share connections.
///
/// ```
/// use scim_sync::{SqliteState, State, StateWrite};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), scim_sync::StateError> {
/// # let file = std::env::temp_dir().join(format!("scim-sync-doc-{}.db", std::process::id()));
/// let state = SqliteState::open(&file).await?;
/// state.commit(vec![StateWrite::Put("job/watermark".into(), "42".into())]).await?;
/// state.close().await;
///
/// let again = SqliteState::open(&file).await?;
/// assert_eq!(again.get("job/watermark").await?.as_deref(), Some("42"));
/// # again.close().await;
/// # let _ = std::fs::remove_file(file);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqliteState(Database);

impl SqliteState {
    /// Opens a file, which is made where there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// [`StateError`] when it cannot be opened, or when its tables are of a newer version of this crate.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StateError> {
        Ok(Self(Database::open(path.as_ref()).await?))
    }

    /// A log in the same file.
    #[must_use]
    pub fn log(&self) -> SqliteLog {
        SqliteLog::of(self.0.clone())
    }

    /// Closes all connections, when what they do is done; those of a [`log`](Self::log) too.
    pub async fn close(&self) {
        self.0.close().await;
    }
}

impl State for SqliteState {
    async fn get(&self, key: &str) -> Result<Option<String>, StateError> {
        let sql = "SELECT value FROM scim_sync_state WHERE key = $1";
        Ok(sqlx::query_scalar(sql).bind(key.as_bytes()).fetch_optional(&self.0.read).await?)
    }

    async fn scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, String)>, StateError> {
        // Keys that begin so are a range, and the index gives it in order.
        let from = match after {
            // The first text behind another one is that with a zero byte.
            Some(after) if after >= prefix => [after.as_bytes(), &[0]].concat(),
            _ => prefix.as_bytes().to_vec(),
        };
        let query = sqlx::query_as::<_, (Vec<u8>, String)>(SCAN)
            .bind(from)
            .bind(end_of(prefix))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = query.fetch_all(&self.0.read).await?;
        let text = |key| String::from_utf8(key).map_err(|error| StateError(Box::new(error)));
        rows.into_iter().map(|(key, value)| Ok((text(key)?, value))).collect()
    }

    async fn commit(&self, writes: Vec<StateWrite>) -> Result<(), StateError> {
        if writes.is_empty() {
            return Ok(());
        }
        let mut tx = self.0.begin().await?;
        for write in writes {
            let query = match write {
                StateWrite::Put(key, value) => {
                    let sql = "INSERT INTO scim_sync_state (key, value) VALUES ($1, $2)
                               ON CONFLICT (key) DO UPDATE SET value = excluded.value";
                    sqlx::query(sql).bind(key.into_bytes()).bind(value)
                }
                StateWrite::Delete(key) => {
                    sqlx::query("DELETE FROM scim_sync_state WHERE key = $1").bind(key.into_bytes())
                }
                StateWrite::DeletePrefix(prefix) => {
                    let end = end_of(&prefix);
                    sqlx::query("DELETE FROM scim_sync_state WHERE key >= $1 AND key < $2")
                        .bind(prefix.into_bytes())
                        .bind(end)
                }
            };
            query.execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

impl fmt::Debug for SqliteState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteState").finish_non_exhaustive()
    }
}

/// What comes behind all keys that begin so. No byte of a text is 0xff, so that one more always fits.
fn end_of(prefix: &str) -> Vec<u8> {
    let mut end = prefix.as_bytes().to_vec();
    match end.last_mut() {
        Some(last) => *last = last.saturating_add(1),
        None => end.push(u8::MAX),
    }
    end
}

#[cfg(test)]
mod tests;
