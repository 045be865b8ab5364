//! Bringing the tables up to date: forward only, one version after another.

use scim_server::CursorKey;
use scim_server::store::StoreError;

use super::db::{Fault, Pool, Row, Sql, Tx, transaction};

/// The migrations for SQLite, of version 1, 2, ...
#[cfg(feature = "sqlite")]
const SQLITE: &[&str] = &[
    include_str!("../../migrations/sqlite/0001_documents.sql"),
    include_str!("../../migrations/sqlite/0002_emails.sql"),
];
/// The same for PostgreSQL.
#[cfg(feature = "postgres")]
const POSTGRES: &[&str] = &[include_str!("../../migrations/postgres/0001_documents.sql")];

/// What several servers that migrate at once wait for; any number that nobody else uses.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7643764400)";

pub(super) async fn migrate(pool: &Pool) -> Result<(), StoreError> {
    let all: &[&'static str] = match pool {
        #[cfg(feature = "sqlite")]
        Pool::Sqlite { .. } => SQLITE,
        #[cfg(feature = "postgres")]
        Pool::Postgres(_) => POSTGRES,
    };
    for (before, script) in (0_i64..).zip(all) {
        transaction!(pool, tx => step(&mut tx, before, script, all.len()))?;
    }
    Ok(())
}

/// Brings the tables from one version to the next, unless they are there already. What is interrupted leaves nothing.
async fn step(tx: &mut Tx, before: i64, script: &'static str, known: usize) -> Result<(), Fault> {
    if tx.dialect().is_postgres() {
        tx.rows(Sql::new(LOCK)).await.map(drop)?;
    }
    tx.script("CREATE TABLE IF NOT EXISTS scim_schema (version BIGINT NOT NULL)").await?;
    let current = tx.rows(Sql::new("SELECT MAX(version) FROM scim_schema HAVING COUNT(*) > 0")).await?;
    let current = current.first().map(|row| row.int(0)).transpose()?.unwrap_or(0);
    if usize::try_from(current).is_ok_and(|current| current > known) {
        let words = format!(
            "the tables are of version {current}, and this program knows versions up to {known}: it is too old for them"
        );
        return Err(StoreError::Internal(words.into()).into());
    }
    if current > before {
        return Ok(());
    }
    tx.script(script).await?;
    if before == 0 {
        let key = random()?.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let sql = Sql::new("INSERT INTO scim_settings (name, value) VALUES ('cursor_key', $1)");
        tx.run(sql.with(key)).await?;
    }
    tx.run(Sql::new("INSERT INTO scim_schema (version) VALUES ($1)").with(before + 1)).await?;
    Ok(())
}

fn random() -> Result<[u8; 32], Fault> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Internal(error.to_string().into()))?;
    Ok(bytes)
}

/// The key that all processes on this database share.
pub(super) async fn cursor_key(pool: &Pool) -> Result<CursorKey, Fault> {
    let rows = pool.rows(Sql::new("SELECT value FROM scim_settings WHERE name = 'cursor_key'")).await?;
    let text = rows.first().map(|row: &Row| row.text(0)).transpose()?.unwrap_or_default();
    match super::key::unhex(&text) {
        Some(key) => Ok(CursorKey::new(key)),
        None => Err(StoreError::Internal("there is no cursor key, or it is damaged".into()).into()),
    }
}
