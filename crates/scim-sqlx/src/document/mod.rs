//! A ready-made store for any resource type, for who has no table yet.
//!
//! ```
//! use scim_core::{SchemaSet, TenantId, User};
//! use scim_server::Context;
//! use scim_server::store::{ResourceStore, Write};
//! use scim_sqlx::Database;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), scim_server::store::StoreError> {
//! # let file = std::env::temp_dir().join(format!("scim-doc-{}.db", std::process::id()));
//! let database = Database::sqlite(file.to_string_lossy()).await?;
//! database.migrate().await?;
//! let users = database.users();
//!
//! let cx = Context::new(TenantId::new("acme")?, "User", SchemaSet::user());
//! let babs = User { user_name: "bjensen".into(), ..User::default() };
//! let stored = users.create(&cx, babs, &Write::unchecked()).await?.stored;
//! assert_eq!(stored.resource.user_name, "bjensen");
//! # database.close().await;
//! # let _ = std::fs::remove_file(file);
//! # Ok(())
//! # }
//! ```

pub(crate) mod db;
mod entry;
pub(crate) mod fault;
mod filter;
pub(crate) mod key;
mod leave;
mod migrate;
mod order;
mod patch;
mod query;
pub(crate) mod search;
mod store;
mod unique;
mod write;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use scim_core::{Group, Resource, SchemaSet, TenantId, User};
use scim_server::CursorKey;
use scim_server::store::StoreError;
#[cfg(feature = "postgres")]
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
#[cfg(feature = "sqlite")]
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use self::db::{Fault, Pool, Sql, Tx, transaction};
pub use self::store::DocumentStore;

/// So long is waited for a connection, and for another writer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A database with the tables of this crate: resources, members, keys and the feed of changes. Cheap to clone.
///
/// [`migrate`](Self::migrate) comes before anything else.
#[derive(Clone)]
pub struct Database {
    pub(crate) pool: Pool,
    key: Arc<OnceLock<CursorKey>>,
}

impl Database {
    /// Opens a file of SQLite, which is made where there is none: a path, or a URL such as `sqlite:scim.db`.
    ///
    /// What was acknowledged is on the disk (WAL, `synchronous=FULL`). One connection writes and four read; a `:memory:` database
    /// has one for all.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the file cannot be opened, [`StoreError::Internal`] for a URL that is none.
    #[cfg(feature = "sqlite")]
    pub async fn sqlite(path_or_url: impl AsRef<str>) -> Result<Self, StoreError> {
        let text = path_or_url.as_ref();
        let options = match text.strip_prefix("sqlite:") {
            Some(_) => text.parse::<SqliteConnectOptions>()?,
            None if text == ":memory:" => SqliteConnectOptions::new().in_memory(true),
            None => SqliteConnectOptions::new().filename(text),
        };
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE);
        let pool = |size| {
            SqlitePoolOptions::new()
                .max_connections(size)
                .acquire_timeout(PATIENCE * 4)
                .idle_timeout(None)
                .max_lifetime(None)
        };
        let write =
            pool(1).connect_with(options.clone()).await.map_err(|error| Fault::from(error).into_error())?;
        let in_memory = text.contains(":memory:") || text.contains("mode=memory");
        let read = if in_memory { write.clone() } else { pool(4).connect_lazy_with(options) };
        Ok(Self::of(Pool::Sqlite { read, write }))
    }

    /// Connects to PostgreSQL 13 or later, with up to ten connections: `postgres://user:password@host/database`. Over a network,
    /// with `?sslmode=verify-full` and the feature `tls`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it is not there.
    #[cfg(feature = "postgres")]
    pub async fn postgres(url: impl AsRef<str>) -> Result<Self, StoreError> {
        let options: PgConnectOptions =
            url.as_ref().parse().map_err(|error| Fault::from(error).into_error())?;
        let pool = PgPoolOptions::new().max_connections(10).acquire_timeout(PATIENCE);
        match pool.connect_with(options.clone()).await {
            Ok(pool) => Ok(Self::of(Pool::Postgres(pool))),
            Err(sqlx::Error::PoolTimedOut) => Err(why_not(&options).await.into_error()),
            Err(error) => Err(Fault::from(error).into_error()),
        }
    }

    /// The same over a pool of the application's own, which reads and writes. Whether what was acknowledged is on the disk, and
    /// how long a writer waits for another, is said in its options: `journal_mode`, `synchronous` and `busy_timeout`.
    #[cfg(feature = "sqlite")]
    #[must_use]
    pub fn of_sqlite(pool: SqlitePool) -> Self {
        Self::of(Pool::Sqlite { read: pool.clone(), write: pool })
    }

    /// The same over a pool of the application's own, with its options.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn of_postgres(pool: PgPool) -> Self {
        Self::of(Pool::Postgres(pool))
    }

    fn of(pool: Pool) -> Self {
        Self { pool, key: Arc::default() }
    }

    /// Makes the tables, or brings them up to date. Several servers may do it at once; what is interrupted leaves the tables as
    /// they were.
    ///
    /// # Errors
    /// [`StoreError::Internal`] when the tables are of a newer version of this crate, [`StoreError::Unavailable`].
    pub async fn migrate(&self) -> Result<(), StoreError> {
        migrate::migrate(&self.pool).await?;
        let key = migrate::cursor_key(&self.pool).await.map_err(Fault::into_error)?;
        let _ = self.key.set(key);
        Ok(())
    }

    /// The users, with `groups` worked out from the members of groups.
    #[must_use]
    pub fn users(&self) -> DocumentStore<User> {
        DocumentStore::new(self.clone(), "User", SchemaSet::user())
    }

    /// The groups, with each member in a row of its own.
    #[must_use]
    pub fn groups(&self) -> DocumentStore<Group> {
        DocumentStore::new(self.clone(), "Group", SchemaSet::group())
    }

    /// The resources of any type. What is unique is read from these schemas.
    #[must_use]
    pub fn resources(&self, resource_type: &str, schemas: &SchemaSet) -> DocumentStore<Resource> {
        DocumentStore::new(self.clone(), resource_type, schemas)
    }

    /// Forgets all that a tenant has, in one transaction: resources of every type, members, keys and lines of the feed. Says how
    /// many resources that were.
    ///
    /// What is written for the tenant at the same moment may come after it; take the keys back first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] and the like.
    pub async fn erase(&self, tenant: &TenantId) -> Result<u64, StoreError> {
        transaction!(self.pool, tx => erase(&mut tx, tenant))
    }

    /// The key that cursors are sealed with, once [`migrate`](Self::migrate) has read it.
    #[must_use]
    pub fn cursor_key(&self) -> Option<CursorKey> {
        self.key.get().cloned()
    }

    /// Closes all connections, when what they do is done.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

async fn erase(tx: &mut Tx, tenant: &TenantId) -> Result<u64, Fault> {
    let others = [
        "DELETE FROM scim_tokens WHERE tenant = $1",
        "DELETE FROM scim_members WHERE tenant = $1",
        "DELETE FROM scim_unique WHERE tenant = $1",
        "DELETE FROM scim_outbox WHERE tenant = $1",
    ];
    for text in others {
        tx.run(Sql::new(text).with(tenant.as_str())).await?;
    }
    tx.run(Sql::new("DELETE FROM scim_resources WHERE tenant = $1").with(tenant.as_str())).await
}

/// A pool tries again until its time is over, and then says no more than that. One connection says what is the matter.
#[cfg(feature = "postgres")]
async fn why_not(options: &PgConnectOptions) -> Fault {
    use sqlx::{ConnectOptions, Connection};
    match tokio::time::timeout(Duration::from_secs(1), options.connect()).await {
        Ok(Err(error)) => error.into(),
        Ok(Ok(connection)) => {
            // It is there by now, and somebody may try again.
            let _ = connection.close().await;
            sqlx::Error::PoolTimedOut.into()
        }
        Err(_) => sqlx::Error::PoolTimedOut.into(),
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("dialect", &self.pool.dialect()).finish_non_exhaustive()
    }
}
