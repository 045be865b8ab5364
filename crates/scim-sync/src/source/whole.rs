//! What sources have in common that are read as a whole.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::{Batch, Directory, SourceError};
use crate::object::{Kind, SourceId, SourceObject};

/// Which files there were, of what time and length: if that is the same, so is what is in them.
pub(super) type Stamp = Vec<(PathBuf, Option<SystemTime>, u64)>;

/// What was read last.
#[derive(Debug, Default)]
pub(super) struct Whole {
    last: Mutex<Option<(Stamp, Directory)>>,
}

impl Whole {
    /// Reads everything anew with the first page, and hands over what was read with it and with those that follow.
    pub(super) async fn changes(
        &self,
        page: Option<&str>,
        read: impl FnOnce() -> Result<(Stamp, Directory), SourceError> + Send + 'static,
    ) -> Result<Batch, SourceError> {
        let directory = match (page, self.last()) {
            (Some(_), Some((_, directory))) => directory,
            // Whoever goes on after a restart of the process has to begin anew.
            (Some(_), None) => return Err(SourceError::WatermarkLost),
            (None, _) => {
                let (stamp, directory) = blocking(read).await?;
                self.keep(stamp, directory.clone());
                directory
            }
        };
        directory.page(None, page)
    }

    /// One object as it is in the files now.
    pub(super) async fn get(
        &self,
        kind: Kind,
        id: SourceId,
        stamp: Stamp,
        read: impl FnOnce() -> Result<Directory, SourceError> + Send + 'static,
    ) -> Result<Option<SourceObject>, SourceError> {
        match self.last() {
            Some((of, directory)) if of == stamp => Ok(directory.object(kind, &id)),
            // What was read for a walk over pages stays there for it.
            Some(_) => Ok(blocking(read).await?.object(kind, &id)),
            None => {
                let directory = blocking(read).await?;
                self.keep(stamp, directory.clone());
                Ok(directory.object(kind, &id))
            }
        }
    }

    fn last(&self) -> Option<(Stamp, Directory)> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, stamp: Stamp, directory: Directory) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((stamp, directory));
    }
}

/// What is there of these files.
pub(super) fn stamp_of(paths: impl IntoIterator<Item = PathBuf>) -> Stamp {
    let stat = |path: PathBuf| {
        let data = std::fs::metadata(&path).ok()?;
        Some((path, data.modified().ok(), data.len()))
    };
    paths.into_iter().filter_map(stat).collect()
}

async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    match tokio::task::spawn_blocking(read).await {
        Ok(result) => result,
        Err(error) => Err(SourceError::Unavailable(error.into())),
    }
}
