//! Connections, statements and rows, of either database.

#[cfg(feature = "postgres")]
use sqlx::postgres::{PgPool, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Encode, Row as _, Transaction, Type};
#[cfg(feature = "sqlite")]
use sqlx::{
    Connection as _,
    sqlite::{SqlitePool, SqliteRow},
};

pub(crate) use super::fault::{Fault, nul, transaction};

/// A value that is bound.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Arg {
    Text(String),
    Maybe(Option<String>),
    Int(i64),
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Option<String>> for Arg {
    fn from(text: Option<String>) -> Self {
        Self::Maybe(text)
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

/// A statement: its text is put together from fixed pieces only, and every value is bound.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sql {
    text: String,
    args: Vec<Arg>,
    /// Its text is unlikely to come again, so that it is not worth keeping prepared.
    once: bool,
}

impl Sql {
    pub(crate) fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), args: Vec::new(), once: false }
    }

    /// Binds a value and gives the placeholder that stands for it.
    pub(crate) fn arg(&mut self, value: impl Into<Arg>) -> String {
        self.args.push(value.into());
        format!("${}", self.args.len())
    }

    /// Adds to the text: fixed pieces and placeholders.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Binds a value where the text ends.
    pub(crate) fn bind(&mut self, value: impl Into<Arg>) -> &mut Self {
        let placeholder = self.arg(value);
        self.push(&placeholder)
    }

    /// Binds values where the text ends, with commas between them.
    pub(crate) fn bind_all<T: Into<Arg>>(&mut self, values: impl IntoIterator<Item = T>) -> &mut Self {
        for (at, value) in values.into_iter().enumerate() {
            if at > 0 {
                self.push(", ");
            }
            self.bind(value);
        }
        self
    }

    /// The next value of a text that has its placeholders already.
    pub(crate) fn with(mut self, value: impl Into<Arg>) -> Self {
        self.args.push(value.into());
        self
    }

    /// The question how the database would go about it.
    #[cfg(test)]
    pub(crate) fn explained(mut self) -> Self {
        self.text.insert_str(0, "EXPLAIN QUERY PLAN ");
        self
    }

    pub(crate) fn once(mut self) -> Self {
        self.once = true;
        self
    }
}

/// Which SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    #[cfg(feature = "sqlite")]
    Sqlite,
    #[cfg(feature = "postgres")]
    Postgres,
}

impl Dialect {
    pub(crate) fn is_postgres(self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite => false,
            #[cfg(feature = "postgres")]
            Self::Postgres => true,
        }
    }

    /// Locks the rows that are read. SQLite has one writer at a time.
    pub(crate) fn for_update(self) -> &'static str {
        if self.is_postgres() { " FOR UPDATE" } else { "" }
    }

    /// What turns a bound text into a document.
    pub(crate) fn json(self) -> &'static str {
        if self.is_postgres() { "::jsonb" } else { "" }
    }

    /// The order of code points.
    pub(crate) fn code_points(self) -> &'static str {
        if self.is_postgres() { " COLLATE \"C\"" } else { "" }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Pool {
    /// One connection writes; the others read beside it.
    #[cfg(feature = "sqlite")]
    Sqlite { read: SqlitePool, write: SqlitePool },
    #[cfg(feature = "postgres")]
    Postgres(PgPool),
}

impl Pool {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite { .. } => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    pub(crate) async fn begin(&self) -> Result<Tx, Fault> {
        match self {
            // A reader that becomes a writer half-way is refused when another was faster: who means to write says so first.
            #[cfg(feature = "sqlite")]
            Self::Sqlite { write, .. } => {
                let mut begun = write.begin_with(BEGIN).await;
                if matches!(begun, Err(sqlx::Error::InvalidSavePointStatement)) {
                    close_confused(write).await;
                    begun = write.begin_with(BEGIN).await;
                }
                Ok(Tx::Sqlite(begun?))
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => Ok(Tx::Postgres(pool.begin().await?)),
        }
    }

    /// Reads, outside of any transaction.
    pub(crate) async fn rows(&self, sql: Sql) -> Result<Vec<Row>, Fault> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite { read, .. } => {
                Ok(query(sql).fetch_all(read).await?.into_iter().map(Row::Sqlite).collect())
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => {
                Ok(query(sql).fetch_all(pool).await?.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// What a transaction of SQLite begins with.
#[cfg(feature = "sqlite")]
const BEGIN: &str = "BEGIN IMMEDIATE";

/// A full disk and the like end a transaction of SQLite on their own, of which sqlx does not know: its connection is taken to be
/// in a transaction for ever, and begins no other. A new one takes its place.
#[cfg(feature = "sqlite")]
async fn close_confused(pool: &SqlitePool) {
    // Those that are idle are in no transaction, and what was rolled back before they came back is rolled back.
    let idle: Vec<_> = std::iter::from_fn(|| pool.try_acquire()).collect();
    for connection in idle {
        if connection.is_in_transaction() {
            // Closed is closed, whatever it says.
            let _ = connection.close().await;
        }
    }
}

/// A transaction that means to write.
pub(crate) enum Tx {
    #[cfg(feature = "sqlite")]
    Sqlite(Transaction<'static, sqlx::Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(Transaction<'static, sqlx::Postgres>),
}

impl Tx {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    pub(crate) async fn rows(&mut self, sql: Sql) -> Result<Vec<Row>, Fault> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(tx) => {
                Ok(query(sql).fetch_all(&mut **tx).await?.into_iter().map(Row::Sqlite).collect())
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(tx) => {
                Ok(query(sql).fetch_all(&mut **tx).await?.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// Writes, and says how many rows.
    pub(crate) async fn run(&mut self, sql: Sql) -> Result<u64, Fault> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(tx) => Ok(query(sql).execute(&mut **tx).await?.rows_affected()),
            #[cfg(feature = "postgres")]
            Self::Postgres(tx) => Ok(query(sql).execute(&mut **tx).await?.rows_affected()),
        }
    }

    /// Runs several statements that bind nothing.
    pub(crate) async fn script(&mut self, text: &'static str) -> Result<(), Fault> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(tx) => sqlx::raw_sql(text).execute(&mut **tx).await.map(drop)?,
            #[cfg(feature = "postgres")]
            Self::Postgres(tx) => sqlx::raw_sql(text).execute(&mut **tx).await.map(drop)?,
        }
        Ok(())
    }

    pub(crate) async fn commit(self) -> Result<(), Fault> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(tx) => tx.commit().await?,
            #[cfg(feature = "postgres")]
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

fn query<DB: sqlx::Database + sqlx::database::HasStatementCache>(
    sql: Sql,
) -> Query<'static, DB, DB::Arguments>
where
    String: Encode<'static, DB> + Type<DB>,
    Option<String>: Encode<'static, DB> + Type<DB>,
    i64: Encode<'static, DB> + Type<DB>,
{
    let Sql { text, args, once } = sql;
    // The text has fixed pieces and placeholders only: see `Sql`.
    let mut query = sqlx::query(AssertSqlSafe(text)).persistent(!once);
    for arg in args {
        query = match arg {
            Arg::Text(text) => query.bind(text),
            Arg::Maybe(text) => query.bind(text),
            Arg::Int(number) => query.bind(number),
        };
    }
    query
}

/// A row that was read.
pub(crate) enum Row {
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteRow),
    #[cfg(feature = "postgres")]
    Postgres(PgRow),
}

macro_rules! get {
    ($row:expr, $at:expr) => {
        match $row {
            #[cfg(feature = "sqlite")]
            Row::Sqlite(row) => Ok(row.try_get($at)?),
            #[cfg(feature = "postgres")]
            Row::Postgres(row) => Ok(row.try_get($at)?),
        }
    };
}

impl Row {
    pub(crate) fn text(&self, at: usize) -> Result<String, Fault> {
        get!(self, at)
    }

    pub(crate) fn maybe(&self, at: usize) -> Result<Option<String>, Fault> {
        get!(self, at)
    }

    pub(crate) fn int(&self, at: usize) -> Result<i64, Fault> {
        get!(self, at)
    }
}
