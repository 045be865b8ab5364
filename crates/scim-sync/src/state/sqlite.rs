//! A state in a file of SQLite.

use std::fmt;
use std::path::Path;

use tokio::sync::{mpsc, oneshot};

use super::{State, StateError, StateWrite};
use crate::database::Database;
use crate::log::SqliteLog;

const SCAN: &str =
    "SELECT key, value FROM scim_sync_state WHERE key >= $1 AND key < $2 ORDER BY key LIMIT $3";

/// A [`State`] in a file of SQLite: what is committed is still there after the process, or the machine, has died.
///
/// What [`commit`](State::commit) has acknowledged is on the disk (WAL, `synchronous=FULL`), and what it has not is either
/// there as a whole or not at all. Commits that come at the same time share one trip to the disk. Several processes may have the
/// file open: who writes waits up to ten seconds for the other. Clones share connections.
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
pub struct SqliteState {
    database: Database,
    writer: mpsc::Sender<Commit>,
}

type Commit = (Vec<StateWrite>, oneshot::Sender<Result<(), StateError>>);

/// So many commits share one transaction.
const TOGETHER: usize = 256;

impl SqliteState {
    /// Opens a file, which is made where there is none, and brings its tables up to date. It lives as long as the runtime of
    /// Tokio that it was opened on.
    ///
    /// # Errors
    /// [`StateError`] when it cannot be opened, or when its tables are of a newer version of this crate.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StateError> {
        let database = Database::open(path.as_ref()).await?;
        let (writer, commits) = mpsc::channel(TOGETHER);
        tokio::spawn(write(database.clone(), commits));
        Ok(Self { database, writer })
    }

    /// A log in the same file.
    #[must_use]
    pub fn log(&self) -> SqliteLog {
        SqliteLog::of(self.database.clone())
    }

    /// Closes all connections, when what they do is done; those of a [`log`](Self::log) too.
    pub async fn close(&self) {
        self.database.close().await;
    }
}

impl State for SqliteState {
    async fn get(&self, key: &str) -> Result<Option<String>, StateError> {
        let sql = "SELECT value FROM scim_sync_state WHERE key = $1";
        Ok(sqlx::query_scalar(sql).bind(key.as_bytes()).fetch_optional(&self.database.read).await?)
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
        let rows = query.fetch_all(&self.database.read).await?;
        let text = |key| String::from_utf8(key).map_err(|error| StateError(Box::new(error)));
        rows.into_iter().map(|(key, value)| Ok((text(key)?, value))).collect()
    }

    async fn commit(&self, writes: Vec<StateWrite>) -> Result<(), StateError> {
        if writes.is_empty() {
            return Ok(());
        }
        let ended = || StateError("the task that writes has ended".into());
        let (done, waiting) = oneshot::channel();
        self.writer.send((writes, done)).await.map_err(|_| ended())?;
        waiting.await.map_err(|_| ended())?
    }
}

impl fmt::Debug for SqliteState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteState").finish_non_exhaustive()
    }
}

/// Writes what comes until nobody is left to send.
async fn write(database: Database, mut commits: mpsc::Receiver<Commit>) {
    let mut came = Vec::new();
    while commits.recv_many(&mut came, TOGETHER).await > 0 {
        if came.len() > 1 {
            let all: Vec<_> = came.iter().flat_map(|(writes, _)| writes).collect();
            if apply(&database, &all).await.is_ok() {
                // Whoever asked may have gone.
                came.drain(..).for_each(|(_, done)| drop(done.send(Ok(()))));
                continue;
            }
        }
        // What cannot be written must not take others with it.
        for (writes, done) in came.drain(..) {
            let all: Vec<_> = writes.iter().collect();
            let _ = done.send(apply(&database, &all).await);
        }
    }
}

/// All of these in one transaction.
async fn apply(database: &Database, writes: &[&StateWrite]) -> Result<(), StateError> {
    let mut tx = database.begin().await?;
    for write in writes {
        let query = match write {
            StateWrite::Put(key, value) => {
                let sql = "INSERT INTO scim_sync_state (key, value) VALUES ($1, $2)
                           ON CONFLICT (key) DO UPDATE SET value = excluded.value";
                sqlx::query(sql).bind(key.as_bytes()).bind(value)
            }
            StateWrite::Delete(key) => {
                sqlx::query("DELETE FROM scim_sync_state WHERE key = $1").bind(key.as_bytes())
            }
            StateWrite::DeletePrefix(prefix) => {
                sqlx::query("DELETE FROM scim_sync_state WHERE key >= $1 AND key < $2")
                    .bind(prefix.as_bytes())
                    .bind(end_of(prefix))
            }
        };
        query.execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
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
