//! Exports in the shape of Microsoft Graph.

mod document;
mod files;
mod import;
mod record;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::Utc;

use self::files::Files;
pub(super) use self::import::Delta;
use super::whole::Whole;
use super::{Batch, Directory, ImportReport, Source, SourceError, Watermark};
use crate::object::{Kind, SourceId, SourceObject};

/// An export in the shape of Microsoft Graph, as a source that is read as a whole in every cycle.
///
/// It is a folder with `users.json` and, where there are any, these, each as `.json` or `.jsonl` with one object a line:
///
/// | file | holds |
/// |---|---|
/// | `users`, `groups` | objects; a user may hold its `manager`, a group its `members` |
/// | `memberships` (or `members.csv`), `managers` | `groupId` and `memberId`, `userId` and `managerId`; or as `.csv` with these columns |
/// | `appRoleAssignments` | `principalId`, `principalType`, `appRoleId`, where all zeros are Default Access |
/// | `deletedItems`, `deletedUsers`, `deletedGroups` | what is in the bin, with `deletedDateTime` |
///
/// A `.json` file is a list or an object with the list as `value`. In place of a folder it can be one `.json` file, an object
/// with such lists by the names above.
///
/// All attributes are kept by the names that they have there, and those without a value are left out. Three are derived, as
/// Entra does: the `userPrincipalName` of a guest (`ann_partner.example#EXT#@company.example`) becomes the address that it
/// was made of (`ann@partner.example`), `originalUserPrincipalName` has it in full, of every user, and `extensionAttribute1`
/// to `15` come out of `onPremisesExtensionAttributes`.
///
/// ```no_run
/// use scim_sync::{GraphExport, Kind};
///
/// let (directory, report) = GraphExport::new("company").read()?;
/// assert_eq!(directory.len(Kind::User), report.users);
/// # Ok::<(), scim_sync::SourceError>(())
/// ```
#[derive(Clone, Debug)]
pub struct GraphExport {
    name: String,
    page_size: usize,
    files: Files,
    whole: Arc<Whole>,
}

impl GraphExport {
    /// A folder, or one file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let files = Files::new(path.into());
        Self { name: files.name(), page_size: 1_000, files, whole: Arc::default() }
    }

    /// Under another name, for logs; the folder's is the default.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// With another number of objects a page, at least one.
    #[must_use]
    pub fn with_page_size(self, page_size: usize) -> Self {
        Self { page_size: page_size.max(1), ..self }
    }

    /// With changes on top, in a file as for [`Directory::apply_delta`].
    #[must_use]
    pub fn with_changes(mut self, file: impl Into<PathBuf>) -> Self {
        self.files.add_changes(file.into());
        self
    }

    /// With another limit for the length of a file, 4 GiB by default.
    #[must_use]
    pub fn with_max_file_bytes(mut self, bytes: u64) -> Self {
        self.files.set_max_bytes(bytes);
        self
    }

    /// Reads it into a directory, and says what there was. It blocks while it reads.
    ///
    /// # Errors
    /// [`SourceError::Malformed`] with file, line and field; [`SourceError::Unavailable`] when a file cannot be read.
    pub fn read(&self) -> Result<(Directory, ImportReport), SourceError> {
        let (directory, report) = self.files.read(Utc::now())?;
        Ok((directory.named(self.name.as_str()).with_page_size(self.page_size), report))
    }
}

impl Source for GraphExport {
    fn name(&self) -> &str {
        &self.name
    }

    async fn changes(&self, _: Option<&Watermark>, page: Option<&str>) -> Result<Batch, SourceError> {
        let this = self.clone();
        self.whole.changes(page, move || Ok((this.files.stamp(), this.read()?.0))).await
    }

    async fn get(&self, kind: Kind, id: &SourceId) -> Result<Option<SourceObject>, SourceError> {
        let (this, id) = (self.clone(), id.clone());
        let stamp = self.files.stamp();
        self.whole.get(kind, id, stamp, move || Ok(this.read()?.0)).await
    }
}
