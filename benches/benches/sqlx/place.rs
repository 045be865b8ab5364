//! Databases to measure on.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use scim_sqlx::Database;
use scim_testing::postgres::Cluster;
use sqlx::postgres::{PgConnection, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Executor, PgPool, Row, SqlitePool};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Where databases are made.
pub(crate) enum Place {
    Sqlite,
    /// The URL of a server, up to the name of the database.
    Postgres(String),
}

/// A database of a measurement's own.
pub(crate) struct Home {
    pub(crate) database: Database,
    file: Option<PathBuf>,
    url: String,
}

/// A pool of our own beside that of the store, with the same options.
#[derive(Clone)]
pub(crate) enum Bare {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres(PgPool),
}

/// A connection that statements are sent through as they are.
pub(crate) enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite
    }

    pub(crate) fn postgres(cluster: &Cluster) -> Self {
        Self::Postgres(cluster.url().trim_end_matches("postgres").to_owned())
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// A database with its tables and nothing in them.
    pub(crate) async fn home(&self) -> Home {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let home = match self {
            Self::Sqlite => {
                let file =
                    std::env::temp_dir().join(format!("scim-bench-{}-{number}.db", std::process::id()));
                let url = file.to_str().unwrap().to_owned();
                Home { database: Database::sqlite(&url).await.unwrap(), file: Some(file), url }
            }
            Self::Postgres(server) => {
                let mut connection = PgConnection::connect(&format!("{server}postgres")).await.unwrap();
                let make = sqlx::AssertSqlSafe(format!("CREATE DATABASE bench{number}"));
                connection.execute(sqlx::raw_sql(make)).await.unwrap();
                let url = format!("{server}bench{number}");
                Home { database: Database::postgres(&url).await.unwrap(), file: None, url }
            }
        };
        home.database.migrate().await.unwrap();
        home
    }
}

impl Home {
    fn options(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(&self.url)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
    }

    pub(crate) async fn raw(&self) -> Raw {
        match &self.file {
            Some(_) => Raw::Sqlite(self.options().connect().await.unwrap()),
            None => Raw::Postgres(PgConnection::connect(&self.url).await.unwrap()),
        }
    }

    pub(crate) async fn bare(&self) -> Bare {
        match &self.file {
            Some(_) => {
                let pool = |size| {
                    SqlitePoolOptions::new()
                        .max_connections(size)
                        .test_before_acquire(false)
                        .connect_lazy_with(self.options())
                };
                Bare::Sqlite { write: pool(1), read: pool(4) }
            }
            None => Bare::Postgres(
                PgPoolOptions::new()
                    .max_connections(10)
                    .test_before_acquire(false)
                    .connect(&self.url)
                    .await
                    .unwrap(),
            ),
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{end}", file.display()));
            }
        }
    }
}

impl Raw {
    /// Runs statements that bind nothing.
    pub(crate) async fn run(&mut self, sql: String) {
        let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
        match self {
            Self::Sqlite(connection) => drop(connection.execute(sql).await.unwrap()),
            Self::Postgres(connection) => drop(connection.execute(sql).await.unwrap()),
        }
    }

    /// The texts of the first column.
    pub(crate) async fn texts(&mut self, sql: String) -> Vec<String> {
        let sql = sqlx::AssertSqlSafe(sql);
        match self {
            Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_all(connection).await.unwrap(),
            Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_all(connection).await.unwrap(),
        }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

/// A statement that binds texts.
pub(crate) struct Statement {
    text: String,
    texts: Vec<String>,
}

impl Statement {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), texts: Vec::new() }
    }

    pub(crate) fn with<const N: usize>(mut self, texts: [&str; N]) -> Self {
        self.texts.extend(texts.map(str::to_owned));
        self
    }
}

macro_rules! bound {
    ($statement:expr) => {{
        let Statement { text, texts } = $statement;
        let mut query = sqlx::query(sqlx::AssertSqlSafe(text));
        for text in texts {
            query = query.bind(text);
        }
        query
    }};
}

impl Bare {
    /// One transaction.
    pub(crate) async fn write(&self, statements: [Statement; 3]) {
        match self {
            Self::Sqlite { write, .. } => {
                let mut tx = write.begin_with("BEGIN IMMEDIATE").await.unwrap();
                for statement in statements {
                    bound!(statement).execute(&mut *tx).await.unwrap();
                }
                tx.commit().await.unwrap();
            }
            Self::Postgres(pool) => {
                let mut tx = pool.begin().await.unwrap();
                for statement in statements {
                    bound!(statement).execute(&mut *tx).await.unwrap();
                }
                tx.commit().await.unwrap();
            }
        }
    }

    /// The text in the first column of the only row.
    pub(crate) async fn read(&self, statement: Statement) -> String {
        match self {
            Self::Sqlite { read, .. } => bound!(statement).fetch_one(read).await.unwrap().get(0),
            Self::Postgres(pool) => bound!(statement).fetch_one(pool).await.unwrap().get(0),
        }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { write, read } => {
                write.close().await;
                read.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
