//! What goes wrong in a database, and what is worth another try.

use std::time::{Duration, Instant};

use scim_core::{ScimError, quote};
use scim_patch::PatchError;
use scim_server::store::StoreError;

/// Why something did not work out.
#[derive(Debug)]
pub(crate) enum Fault {
    Store(StoreError),
    /// Somebody else was faster: it is worth another try.
    Again(sqlx::Error),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ScimError> for Fault {
    fn from(error: ScimError) -> Self {
        Self::Store(StoreError::Rejected(error))
    }
}

impl From<PatchError> for Fault {
    fn from(error: PatchError) -> Self {
        Self::Store(error.into())
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::Store(StoreError::Internal(Box::new(error)))
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(database) = &error else {
            return match error {
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => StoreError::unavailable(error).into(),
                error => StoreError::Internal(Box::new(error)).into(),
            };
        };
        let code = database.code().unwrap_or_default().into_owned();
        let is_sqlite = code.bytes().all(|byte| byte.is_ascii_digit()) && code.len() != 5;
        if is_sqlite {
            // The low byte is the error; what is above it says more.
            return match code.parse::<u32>().map_or(0, |code| code & 0xff) {
                5 | 6 => Self::Again(error),
                // Read-only, input or output, full, cannot be opened.
                8 | 10 | 13 | 14 => StoreError::unavailable(error).into(),
                _ => StoreError::Internal(Box::new(error)).into(),
            };
        }
        match (code.get(..2).unwrap_or_default(), code.as_str()) {
            (_, "40001" | "40P01") => Self::Again(error),
            // Connection, resources, operator, system.
            ("08" | "53" | "57" | "58", _) => StoreError::unavailable(error).into(),
            (_, "22021" | "22P05") => nul().into(),
            _ => StoreError::Internal(Box::new(error)).into(),
        }
    }
}

/// Refuses what neither database can hold in a text.
pub(crate) fn nul() -> ScimError {
    ScimError::invalid_value(format!("{} cannot be stored", quote("\0")))
}

impl Fault {
    /// For what is not tried again.
    pub(crate) fn into_error(self) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Again(error) => StoreError::unavailable(error),
        }
    }
}

/// How often a transaction was tried, and for how long.
#[derive(Debug)]
pub(crate) struct Tries {
    count: u32,
    since: Instant,
}

impl Default for Tries {
    fn default() -> Self {
        Self { count: 0, since: Instant::now() }
    }
}

impl Tries {
    const MOST: u32 = 12;
    const LONGEST: Duration = Duration::from_secs(10);

    /// Waits for a moment if it is worth another try.
    pub(crate) async fn after(&mut self, fault: Fault) -> Result<(), StoreError> {
        match fault {
            Fault::Again(_) if self.count < Self::MOST && self.since.elapsed() < Self::LONGEST => {
                self.count += 1;
                tokio::time::sleep(Duration::from_millis(2 << self.count.min(7))).await;
                Ok(())
            }
            fault => Err(fault.into_error()),
        }
    }
}

/// Runs something in a transaction, and again where somebody else was faster.
macro_rules! transaction {
    ($pool:expr, $tx:ident => $body:expr) => {{
        let mut tries = $crate::document::fault::Tries::default();
        loop {
            let outcome: Result<_, $crate::document::db::Fault> = async {
                let mut $tx = $pool.begin().await?;
                let done = $body.await?;
                $tx.commit().await?;
                Ok(done)
            }
            .await;
            match outcome {
                Ok(done) => break Ok(done),
                Err(fault) => match tries.after(fault).await {
                    Ok(()) => {}
                    Err(error) => break Err(error),
                },
            }
        }
    }};
}
pub(crate) use transaction;
