//! The file that [`SqliteState`](crate::SqliteState) and [`SqliteLog`](crate::SqliteLog) share.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

use crate::state::StateError;

/// The migrations, of version 1, 2, ...
const MIGRATIONS: &[&str] = &[include_str!("../migrations/0001_state_and_log.sql")];

/// So long is waited for a connection, and for the writer of another process.
const PATIENCE: Duration = Duration::from_secs(10);

/// One connection writes; the others read beside it.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pub(crate) read: SqlitePool,
    write: SqlitePool,
}

impl Database {
    /// Opens a file, makes it where there is none, and brings its tables up to date.
    pub(crate) async fn open(path: &Path) -> Result<Self, StateError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE);
        let pool = |size| {
            SqlitePoolOptions::new()
                .max_connections(size)
                .acquire_timeout(PATIENCE * 4)
                .idle_timeout(None)
                .max_lifetime(None)
        };
        let mut tries = 0;
        let write = loop {
            match pool(1).connect_with(options.clone()).await {
                Ok(write) => break write,
                // While another process turns a new file over to WAL, SQLite does not wait of its own accord.
                Err(error) if is_busy(&error) && tries < 100 => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(error) => return Err(error.into()),
            }
        };
        let database = Self { read: pool(4).connect_lazy_with(options), write };
        database.migrate().await?;
        Ok(database)
    }

    /// A transaction that means to write: it says so first, or SQLite refuses it half-way when another was faster. Dropped, it
    /// leaves nothing.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StateError> {
        Ok(self.write.begin_with("BEGIN IMMEDIATE").await?)
    }

    pub(crate) async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    /// Forward only, one version after another, in one transaction: what is interrupted leaves nothing.
    async fn migrate(&self) -> Result<(), StateError> {
        let mut tx = self.begin().await?;
        sqlx::raw_sql("CREATE TABLE IF NOT EXISTS scim_sync_schema (version INTEGER NOT NULL)")
            .execute(&mut *tx)
            .await?;
        let current: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(version), 0) FROM scim_sync_schema")
            .fetch_one(&mut *tx)
            .await?;
        let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
        if current > known {
            let words = format!(
                "the tables are of version {current}, and this program knows versions up to {known}: it is too old for them"
            );
            return Err(StateError(words.into()));
        }
        for (version, script) in (1_i64..).zip(MIGRATIONS) {
            if version > current {
                sqlx::raw_sql(*script).execute(&mut *tx).await?;
                sqlx::query("INSERT INTO scim_sync_schema (version) VALUES ($1)")
                    .bind(version)
                    .execute(&mut *tx)
                    .await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Whether another connection was faster. The low byte of the code is the error; what is above it says more.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| matches!(code & 0xff, 5 | 6))
}

impl From<sqlx::Error> for StateError {
    fn from(error: sqlx::Error) -> Self {
        Self(Box::new(error))
    }
}
