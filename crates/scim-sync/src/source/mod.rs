//! Where users and groups come from.

mod csv;
mod directory;
#[cfg(test)]
mod folder;
mod graph;
mod table;
mod text;
mod whole;

use std::future::Future;

use serde::{Deserialize, Serialize};

pub use self::csv::CsvSource;
pub use self::directory::Directory;
pub use self::graph::GraphExport;
use crate::object::{Change, Kind, SourceId, SourceObject};

/// A position in the history of a source, as the source wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Watermark(pub String);

/// A directory that users and groups are read from.
///
/// Whatever the source hands over is complete in itself: an object comes with all of its attributes, and with all roles that
/// count for it. When a role comes or goes, also through a group, the user that it concerns has changed.
pub trait Source: Send + Sync + 'static {
    /// What the source is called in logs.
    fn name(&self) -> &str;

    /// What changed since the watermark, page by page; everything that there is where there is no watermark.
    ///
    /// It may hand over more than what changed, and the same thing twice; not less.
    ///
    /// # Errors
    /// [`SourceError`]; the cycle ends, and the next one begins at the same watermark.
    fn changes(
        &self,
        since: Option<&Watermark>,
        page: Option<&str>,
    ) -> impl Future<Output = Result<Batch, SourceError>> + Send;

    /// One object as it is now, a group with [`Members::All`](crate::Members::All); none where it is gone for good.
    ///
    /// # Errors
    /// [`SourceError`].
    fn get(
        &self,
        kind: Kind,
        id: &SourceId,
    ) -> impl Future<Output = Result<Option<SourceObject>, SourceError>> + Send;
}

/// A page of changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The changes, in no order.
    pub changes: Vec<Change>,
    /// What comes after them.
    pub next: Next,
}

/// What comes after a page of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another page.
    Page(String),
    /// Nothing more.
    Done {
        /// Where to go on in the next cycle.
        watermark: Watermark,
        /// Whether the pages held everything that there is, so that what was not among them is gone for good.
        complete: bool,
    },
}

/// Why a source could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// What was read is not as it has to be.
    #[error("{file}, line {line}: {problem}")]
    Malformed {
        /// The name of the file.
        file: String,
        /// The line, from 1 on.
        line: usize,
        /// What is wrong, with the field's name.
        problem: String,
    },
    /// The source knows this watermark no longer: everything has to be read again.
    #[error("the source no longer knows the watermark")]
    WatermarkLost,
    /// It cannot be read now.
    #[error("the source cannot be read: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What was in an export, or in changes to one.
///
/// References to what is not there are kept, in case that it comes later; they are counted here, each id once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportReport {
    /// How many users there were, those in the bin or deleted too.
    pub users: usize,
    /// How many groups, likewise.
    pub groups: usize,
    /// How many of these are in the bin.
    pub in_bin: usize,
    /// How many of these are gone for good.
    pub deleted: usize,
    /// How many memberships there were.
    pub memberships: usize,
    /// How many users had a manager.
    pub managers: usize,
    /// How many roles were given or taken.
    pub assignments: usize,
    /// Members that are neither users nor groups of the directory.
    pub unknown_members: usize,
    /// Managers that are no users of the directory.
    pub unknown_managers: usize,
    /// Users and groups that have a role and are not in the directory.
    pub unknown_principals: usize,
    /// Memberships of groups that are not in the directory. They are left out.
    pub unknown_groups: usize,
    /// Roles of what is neither user nor group. They are left out.
    pub other_principals: usize,
}
