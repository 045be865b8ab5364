//! Where the data is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use scim_server::store::StoreError;
use scim_sqlx::Database;
use url::Url;

/// Where the data is: a file of SQLite, a PostgreSQL, or memory. It prints without passwords.
///
/// ```
/// use directory::Location;
///
/// let postgres: Location = "postgres://scim:secret@db.example/people".parse()?;
/// assert_eq!(postgres.to_string(), "postgres://scim@db.example/people");
/// let file: Location = "sqlite:/var/lib/directory.db".parse()?;
/// assert_eq!(file.to_string(), "sqlite:/var/lib/directory.db");
/// # Ok::<(), directory::LocationError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// Nowhere: the data is gone with the process.
    #[default]
    Memory,
    /// A file of SQLite, which several processes of one machine may share.
    Sqlite(PathBuf),
    /// A PostgreSQL, which several processes may share, wherever they are.
    Postgres(PostgresUrl),
}

/// Where a PostgreSQL is, and the password for it. It prints without that.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(Url);

/// The text says of no place where it is. What it was is not repeated, since there may be a password in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database is neither `memory` nor `sqlite:FILE` nor `postgres://USER:PASSWORD@HOST/DATABASE`")]
#[non_exhaustive]
pub struct LocationError;

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It cannot be opened, or its tables cannot be brought up to date.
    #[error("the database at {location} cannot be used: {reason}")]
    #[non_exhaustive]
    Database {
        /// Where.
        location: Location,
        /// Why.
        reason: String,
    },
    /// There is none.
    #[error("there is no database at {0}: `directory serve` and `directory create` make one")]
    Missing(Location),
}

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Self, LocationError> {
        if text == "memory" {
            return Ok(Self::Memory);
        }
        if let Some(file) = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:")) {
            // Parameters would be part of the name, and `:memory:` has a word of its own.
            let is_file = !file.is_empty() && file != ":memory:" && !file.contains(['?', '\0']);
            return if is_file { Ok(Self::Sqlite(PathBuf::from(file))) } else { Err(LocationError) };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Url::parse(text).map(|url| Self::Postgres(PostgresUrl(url))).map_err(|_| LocationError);
        }
        Err(LocationError)
    }
}

impl Location {
    /// Opens the database, whose tables are made or brought up to date; nothing for memory.
    ///
    /// # Errors
    /// [`OpenError::Database`].
    pub async fn open(&self) -> Result<Option<Database>, OpenError> {
        let database = match self {
            Self::Memory => return Ok(None),
            Self::Sqlite(file) => sqlite(file).await,
            Self::Postgres(PostgresUrl(url)) => Database::postgres(url).await,
        };
        let migrated = async {
            let database = database?;
            database.migrate().await.map(|()| database)
        };
        let failed = |error: StoreError| {
            // Why, and not what became of it.
            let reason = match error {
                StoreError::Unavailable { source, .. } | StoreError::Internal(source) => source.to_string(),
                error => error.to_string(),
            };
            OpenError::Database { location: self.clone(), reason }
        };
        migrated.await.map(Some).map_err(failed)
    }

    /// As [`open`](Self::open), but makes no file.
    ///
    /// # Errors
    /// [`OpenError::Missing`] where there is none, and in memory, which nobody else has; [`OpenError::Database`].
    pub async fn open_existing(&self) -> Result<Database, OpenError> {
        let missing = || OpenError::Missing(self.clone());
        if let Self::Sqlite(file) = self
            && !file.exists()
        {
            return Err(missing());
        }
        self.open().await?.ok_or_else(missing)
    }
}

async fn sqlite(file: &Path) -> Result<Database, StoreError> {
    make_private(file);
    // Else a name such as `sqlite:a` would be taken for a URL.
    let path = std::path::absolute(file)?;
    let path =
        path.to_str().ok_or_else(|| StoreError::Internal("the name of the file is not UTF-8".into()))?;
    Database::sqlite(path).await
}

/// What is in it is the business of one user of the machine. Where the file cannot be made, the database says why.
#[cfg(unix)]
fn make_private(file: &Path) {
    use std::os::unix::fs::OpenOptionsExt;
    let _ = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(file);
}

#[cfg(not(unix))]
fn make_private(_: &Path) {}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory"),
            Self::Sqlite(file) => {
                let absolute = std::path::absolute(file);
                write!(f, "sqlite:{}", absolute.as_ref().unwrap_or(file).display())
            }
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.0.clone();
        // A parameter may be a password, too. Where none can be set, there is none.
        url.set_query(None);
        url.set_fragment(None);
        let _ = url.set_password(None);
        url.fmt(f)
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read() {
        assert_eq!("memory".parse(), Ok(Location::Memory));
        for text in ["sqlite:people.db", "sqlite://people.db"] {
            assert_eq!(text.parse(), Ok(Location::Sqlite("people.db".into())));
        }
        let shown = "sqlite:people.db".parse::<Location>().unwrap().to_string();
        assert!(shown.starts_with("sqlite:/") && shown.ends_with("/people.db"), "{shown}");
        for text in [
            "",
            "people.db",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:a?mode=ro",
            "mysql://root:secret@db/x",
            "postgres:x",
            "Memory",
            "postgres://[",
        ] {
            assert_eq!(text.parse::<Location>(), Err(LocationError), "{text}");
        }
    }

    #[test]
    fn passwords_do_not_print() {
        let text =
            "postgresql://scim:t1meMa%24heen@db.example:5433/people?password=t1meMa&sslmode=require#t1me";
        let location: Location = text.parse().unwrap();
        assert_eq!(location.to_string(), "postgresql://scim@db.example:5433/people");
        let error = OpenError::Missing(location.clone());
        assert!(!format!("{location:?} {error:?} {error} {LocationError}").contains("t1me"));
    }
}
