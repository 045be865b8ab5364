//! A log in a file of SQLite, which can be asked.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use sqlx::{QueryBuilder, Sqlite};
use tokio::sync::{mpsc, oneshot};

use super::{LogRecord, LogSink, LogStatus};
use crate::database::Database;
use crate::state::StateError;

/// So many records may wait to be written.
const WAITING: usize = 65_536;
/// So many are written at once.
const BATCH: usize = 512;

/// A [`LogSink`] in a file of SQLite, with indexes by cycle, by status and by source object.
///
/// Records are written by a task of their own, many at once; [`flush`](Self::flush) waits for it. One that cannot be written, or
/// for which there is no room in the line of 65,536, is counted in [`lost`](Self::lost) and reported through `tracing`; the job
/// goes on. The file may be that of a [`SqliteState`](crate::SqliteState): see [`SqliteState::log`](crate::SqliteState::log).
///
/// ```
/// use scim_sync::{LogQuery, LogStatus, SqliteLog};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), scim_sync::StateError> {
/// # let file = std::env::temp_dir().join(format!("scim-sync-log-doc-{}.db", std::process::id()));
/// let log = SqliteLog::open(&file).await?;
/// // ... the job gets `log.clone()`; at the end of a cycle:
/// log.flush().await?;
/// let failures = LogQuery { status: Some(LogStatus::Failure), ..LogQuery::default() };
/// for record in log.records(&failures, 100).await? {
///     println!("{}: {:?}", record.source_identity.display_name, record.reason);
/// }
/// # log.close().await?;
/// # let _ = std::fs::remove_file(file);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqliteLog {
    database: Database,
    writer: mpsc::Sender<Message>,
    lost: Arc<AtomicU64>,
}

/// Which records: all, but for what is said here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Those of this job.
    pub job_id: Option<String>,
    /// Those of this cycle.
    pub cycle_id: Option<String>,
    /// Those that came out so.
    pub status: Option<LogStatus>,
    /// Those about this object of the source.
    pub source_id: Option<String>,
    /// Those since then.
    pub since: Option<DateTime<Utc>>,
}

enum Message {
    Record(Box<LogRecord>),
    Flush(oneshot::Sender<()>),
}

impl SqliteLog {
    /// Opens a file, which is made where there is none, and brings its tables up to date. It has to be called on Tokio.
    ///
    /// # Errors
    /// [`StateError`] when it cannot be opened, or when its tables are of a newer version of this crate.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StateError> {
        Ok(Self::of(Database::open(path.as_ref()).await?))
    }

    pub(crate) fn of(database: Database) -> Self {
        let (writer, messages) = mpsc::channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        tokio::spawn(write(database.clone(), messages, Arc::clone(&lost)));
        Self { database, writer, lost }
    }

    /// How many records could not be written.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Waits until all records that came before are on the disk, or counted as lost.
    ///
    /// # Errors
    /// [`StateError`] when the task that writes has ended.
    pub async fn flush(&self) -> Result<(), StateError> {
        let ended = || StateError("the task that writes the log has ended".into());
        let (done, waiting) = oneshot::channel();
        self.writer.send(Message::Flush(done)).await.map_err(|_| ended())?;
        waiting.await.map_err(|_| ended())
    }

    /// The latest records of this kind, the newest first, at most `limit`.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn records(&self, query: &LogQuery, limit: usize) -> Result<Vec<LogRecord>, StateError> {
        let mut sql = QueryBuilder::<Sqlite>::new("SELECT record FROM scim_sync_log WHERE 1 = 1");
        if let Some(job) = &query.job_id {
            sql.push(" AND job_id = ").push_bind(job);
        }
        if let Some(cycle) = &query.cycle_id {
            sql.push(" AND cycle_id = ").push_bind(cycle);
        }
        if let Some(status) = query.status {
            sql.push(" AND status = ").push_bind(status_name(status));
        }
        if let Some(source) = &query.source_id {
            sql.push(" AND source_id = ").push_bind(source);
        }
        if let Some(since) = query.since {
            sql.push(" AND at_ms >= ").push_bind(since.timestamp_millis());
        }
        sql.push(" ORDER BY number DESC LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let texts: Vec<String> = sql.build_query_scalar().fetch_all(&self.database.read).await?;
        let read = |text: String| serde_json::from_str(&text).map_err(|error| StateError(Box::new(error)));
        texts.into_iter().map(read).collect()
    }

    /// Forgets what was done before this moment, and says how many records that were.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn prune(&self, before: DateTime<Utc>) -> Result<u64, StateError> {
        // In portions, so that nobody else who writes waits for long.
        let sql = "DELETE FROM scim_sync_log WHERE number IN
                   (SELECT number FROM scim_sync_log WHERE at_ms < $1 LIMIT 5000)";
        let mut pruned = 0;
        loop {
            let mut tx = self.database.begin().await?;
            let gone =
                sqlx::query(sql).bind(before.timestamp_millis()).execute(&mut *tx).await?.rows_affected();
            tx.commit().await?;
            pruned += gone;
            if gone == 0 {
                return Ok(pruned);
            }
        }
    }

    /// Waits as [`flush`](Self::flush) does, and closes all connections; those of a state that shares them too.
    ///
    /// # Errors
    /// As [`flush`](Self::flush).
    pub async fn close(&self) -> Result<(), StateError> {
        let flushed = self.flush().await;
        self.database.close().await;
        flushed
    }
}

impl LogSink for SqliteLog {
    fn record(&self, record: &LogRecord) {
        if self.writer.try_send(Message::Record(Box::new(record.clone()))).is_err() {
            let lost = self.lost.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::error!(change_id = %record.change_id, lost, "a record has no room in the log");
        }
    }
}

impl fmt::Debug for SqliteLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteLog").field("lost", &self.lost()).finish_non_exhaustive()
    }
}

/// Writes what comes until nobody is left to send.
async fn write(database: Database, mut messages: mpsc::Receiver<Message>, lost: Arc<AtomicU64>) {
    let mut came = Vec::with_capacity(BATCH);
    while messages.recv_many(&mut came, BATCH).await > 0 {
        let mut records = Vec::with_capacity(came.len());
        let mut waiting = Vec::new();
        for message in came.drain(..) {
            match message {
                Message::Record(record) => records.push(record),
                Message::Flush(done) => waiting.push(done),
            }
        }
        if let Err(error) = insert(&database, &records).await {
            let lost = lost.fetch_add(records.len() as u64, Ordering::Relaxed) + records.len() as u64;
            tracing::error!(records = records.len(), lost, %error, "records are not in the log");
        }
        for done in waiting {
            // Whoever asked may have gone.
            let _ = done.send(());
        }
    }
}

async fn insert(database: &Database, records: &[Box<LogRecord>]) -> Result<(), StateError> {
    if records.is_empty() {
        return Ok(());
    }
    let mut tx = database.begin().await?;
    for record in records {
        let text = serde_json::to_string(record).map_err(|error| StateError(Box::new(error)))?;
        sqlx::query(
            "INSERT INTO scim_sync_log (job_id, cycle_id, source_id, status, at_ms, record)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&record.job_id)
        .bind(&record.cycle_id)
        .bind(&record.source_identity.id)
        .bind(status_name(record.status))
        .bind(record.activity_date_time.timestamp_millis())
        .bind(text)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

fn status_name(status: LogStatus) -> &'static str {
    match status {
        LogStatus::Success => "success",
        LogStatus::Failure => "failure",
        LogStatus::Skipped => "skipped",
        LogStatus::Warning => "warning",
    }
}

#[cfg(test)]
mod tests;
