//! What an error of the database means to a store.

use std::time::Duration;

use scim_core::AttrPath;
use scim_server::store::StoreError;
use sqlx::error::DatabaseError;

/// Turns errors of sqlx into those of a store.
///
/// A bare `?` makes a 500 of every one. With this, a value that is taken is 409, and a database that is gone for the moment is
/// 503, so that the sender tries again.
pub trait StoreResult<T> {
    /// A violated unique constraint is [`StoreError::Conflict`] with the attribute beside its name; see
    /// [`or_unavailable`](Self::or_unavailable) for the others.
    ///
    /// PostgreSQL names the constraint or the unique index (`users_tenant_login_key`). SQLite names the columns, of which one is
    /// enough (`users.login_key`), or the index where that is over an expression.
    ///
    /// ```no_run
    /// # async fn insert(pool: sqlx::SqlitePool) -> Result<(), scim_server::store::StoreError> {
    /// use scim_core::attr;
    /// use scim_sqlx::StoreResult;
    ///
    /// sqlx::query("INSERT INTO users (tenant, login_key) VALUES (?, ?)")
    ///     .bind("acme")
    ///     .bind("bjensen")
    ///     .execute(&pool)
    ///     .await
    ///     .or_conflict(&[("users.login_key", attr::USER_NAME)])?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the error means.
    fn or_conflict(self, unique: &[(&str, AttrPath)]) -> Result<T, StoreError>;

    /// No connection, no room, or too many others at once are [`StoreError::Unavailable`], all else
    /// [`StoreError::Internal`].
    ///
    /// # Errors
    /// What the error means.
    fn or_unavailable(self) -> Result<T, StoreError>;
}

impl<T> StoreResult<T> for Result<T, sqlx::Error> {
    fn or_conflict(self, unique: &[(&str, AttrPath)]) -> Result<T, StoreError> {
        self.map_err(|error| match taken(&error, unique) {
            Some(attribute) => StoreError::Conflict(attribute),
            None => meaning(error),
        })
    }

    fn or_unavailable(self) -> Result<T, StoreError> {
        self.map_err(meaning)
    }
}

fn taken(error: &sqlx::Error, unique: &[(&str, AttrPath)]) -> Option<AttrPath> {
    let error = error.as_database_error().filter(|error| error.is_unique_violation())?;
    let is = |name: &str| match error.constraint() {
        Some(constraint) => constraint == name,
        None => sqlite_names(error.message()).any(|named| named == name),
    };
    unique.iter().find(|(name, _)| is(name)).map(|(_, attribute)| attribute.clone())
}

/// What SQLite says was violated: `users.tenant, users.login_key`, or `index 'users_email'`.
fn sqlite_names(message: &str) -> impl Iterator<Item = &str> {
    let names = message.strip_prefix("UNIQUE constraint failed: ").unwrap_or_default();
    names
        .split(", ")
        .map(|name| name.strip_prefix("index '").and_then(|name| name.strip_suffix('\'')).unwrap_or(name))
}

fn meaning(error: sqlx::Error) -> StoreError {
    let passes = match &error {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_) => true,
        sqlx::Error::Database(error) => will_pass(error.as_ref()),
        _ => false,
    };
    if passes {
        return StoreError::Unavailable { retry_after: Some(Duration::from_secs(1)), source: error.into() };
    }
    StoreError::Internal(error.into())
}

/// Whether the same may go well a little later.
fn will_pass(error: &dyn DatabaseError) -> bool {
    let Some(code) = error.code() else { return false };
    if code.len() < 5 {
        // A result code of SQLite, whose lowest byte is the primary one: BUSY, LOCKED, IOERR, FULL, CANTOPEN.
        return code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13 | 14));
    }
    // Classes of SQLSTATE: no connection, deadlocks and their like, no resources, the operator's doing.
    ["08", "40", "53", "57", "58"].iter().any(|class| code.starts_with(class)) || code == "55P03"
}

#[cfg(test)]
mod tests;
