//! The feed of changes: each write leaves a line in the same transaction, for who must not miss one after a crash.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use scim_core::{ResourceId, ScimError, TenantId};
use scim_server::store::StoreError;

use crate::Database;
use crate::document::db::{Fault, Row, Sql, Tx, transaction};
use crate::document::key;

/// What became of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// It is new, or has come back.
    Created,
    /// It changed.
    Changed,
    /// It is gone, or out of sight.
    Deleted,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
        }
    }
}

/// A place in the feed. It prints as a text that can be kept and read again.
///
/// ```
/// use scim_sqlx::Position;
///
/// let position: Position = "731-12".parse()?;
/// assert!(position > Position::START && position.to_string() == "731-12");
/// # Ok::<(), scim_core::ScimError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    xact: i64,
    seq: i64,
}

impl Position {
    /// Before everything.
    pub const START: Self = Self { xact: 0, seq: 0 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.xact, self.seq)
    }
}

impl FromStr for Position {
    type Err = ScimError;

    fn from_str(text: &str) -> Result<Self, ScimError> {
        let parts =
            text.split_once('-').and_then(|(xact, seq)| Some((xact.parse().ok()?, seq.parse().ok()?)));
        let (xact, seq) =
            parts.ok_or_else(|| ScimError::invalid_value("not a position in the feed of changes"))?;
        Ok(Self { xact, seq })
    }
}

/// A line of the feed: which resource changed, and where, and no value of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// Where the line stands.
    pub position: Position,
    /// Whose resource.
    pub tenant: TenantId,
    /// Of which type.
    pub resource_type: String,
    /// Which one.
    pub id: ResourceId,
    /// What became of it.
    pub kind: Kind,
    /// The paths of what changed, where it changed.
    pub changed: Vec<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Reads the feed of changes.
///
/// Every committed write is in it once, in an order that does not change: a line that commits late comes late, and is never
/// skipped. On PostgreSQL a line is seen once every transaction that began before its own has ended; one that stays open for
/// long holds the feed up.
///
/// ```no_run
/// # async fn run(database: scim_sqlx::Database) -> Result<(), scim_server::store::StoreError> {
/// use scim_sqlx::{Feed, Position};
///
/// let feed = Feed::new(&database);
/// let mut after = Position::START; // kept by the reader, in the transaction of what it does
/// for line in feed.read(None, after, 100).await? {
///     println!("{} {} {:?}", line.tenant, line.id, line.kind);
///     after = line.position;
/// }
/// feed.trim(after).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Feed {
    database: Database,
}

impl Feed {
    /// The feed of a database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self { database: database.clone() }
    }

    /// The lines after a place, of one tenant or of all, at most so many.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] and the like.
    pub async fn read(
        &self,
        tenant: Option<&TenantId>,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Line>, StoreError> {
        self.read_now(tenant, after, limit).await.map_err(Fault::into_error)
    }

    async fn read_now(
        &self,
        tenant: Option<&TenantId>,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Line>, Fault> {
        let mut sql = Sql::new(
            "SELECT xact, seq, tenant, type, id, kind, changed, at FROM scim_outbox \
            WHERE (xact > $1 OR (xact = $1 AND seq > $2))",
        )
        .with(after.xact)
        .with(after.seq);
        if self.database.pool.dialect().is_postgres() {
            sql.push(" AND xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint");
        }
        if let Some(tenant) = tenant {
            sql.push(" AND tenant = ").bind(tenant.as_str());
        }
        sql.push(" ORDER BY xact, seq LIMIT ").bind(i64::try_from(limit).unwrap_or(i64::MAX));
        self.database.pool.rows(sql).await?.iter().map(read_line).collect()
    }

    /// Forgets the lines up to a place, this one included, and says how many.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] and the like.
    pub async fn trim(&self, up_to: Position) -> Result<u64, StoreError> {
        let text = "DELETE FROM scim_outbox WHERE xact < $1 OR (xact = $1 AND seq <= $2)";
        transaction!(self.database.pool, tx => tx.run(Sql::new(text).with(up_to.xact).with(up_to.seq)))
    }
}

fn read_line(row: &Row) -> Result<Line, Fault> {
    let damaged = || StoreError::Internal("a line of the feed is damaged".into());
    Ok(Line {
        position: Position { xact: row.int(0)?, seq: row.int(1)? },
        tenant: TenantId::new(row.text(2)?)?,
        resource_type: row.text(3)?,
        id: ResourceId::new(row.text(4)?)?,
        kind: match row.text(5)?.as_str() {
            "created" => Kind::Created,
            "deleted" => Kind::Deleted,
            _ => Kind::Changed,
        },
        changed: serde_json::from_str(&row.text(6)?)?,
        at: key::read_instant(&row.text(7)?).ok_or_else(damaged)?,
    })
}

/// What a line is about.
pub(crate) struct Entry<'a> {
    pub(crate) tenant: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) id: &'a str,
    pub(crate) what: Kind,
}

/// Adds a line, in the transaction of the write.
pub(crate) async fn append(
    tx: &mut Tx,
    entry: &Entry<'_>,
    changed: &[String],
    at: DateTime<Utc>,
) -> Result<(), Fault> {
    let text =
        "INSERT INTO scim_outbox (tenant, type, id, kind, changed, at) VALUES ($1, $2, $3, $4, $5, $6)";
    let sql = Sql::new(text).with(entry.tenant).with(entry.kind).with(entry.id).with(entry.what.as_str());
    tx.run(sql.with(serde_json::to_string(changed)?).with(key::instant(at))).await.map(drop)
}
