//! A directory in memory that knows what changed since when.

mod read;
mod roster;
mod store;
#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

pub(super) use self::store::Store;
use super::{SourceError, Watermark};
use crate::object::{Kind, Role, SourceId, SourceObject};

/// A directory in memory: a [`Source`](crate::Source) whose changes since a watermark cost what changed, not what exists.
///
/// A clone is another handle to the same directory. Every change is one step: a reader sees all of it or nothing.
///
/// What counts as a change follows the references. When somebody comes into an assigned group, that user has changed too,
/// and when an object is gone for good, so have the groups that had it as a member and the users whose manager it was.
///
/// Roles that come through a group are for its direct members, as long as the group is not in the bin and its
/// `securityEnabled` is not `false`.
///
/// ```
/// use scim_sync::{Directory, Kind, Role, SourceObject};
///
/// let directory = Directory::new();
/// directory.put(SourceObject::user("u1").with("userPrincipalName", "ann@example.com"));
/// directory.put(SourceObject::group("g1").with("displayName", "Staff"));
/// directory.assign(Kind::Group, &"g1".into(), Role::DefaultAccess);
/// directory.add_members(&"g1".into(), ["u1".into()]);
///
/// let ann = directory.object(Kind::User, &"u1".into()).unwrap();
/// assert_eq!(ann.assignments[0].through, Some("g1".into()));
/// ```
#[derive(Clone, Debug)]
pub struct Directory {
    name: Arc<str>,
    page_size: usize,
    shared: Arc<Shared>,
}

struct Shared {
    /// What its watermarks begin with, so that those of another directory are known as such.
    instance: String,
    store: RwLock<Store>,
}

#[expect(clippy::must_use_candidate, reason = "whether something changed is seldom asked")]
impl Directory {
    /// An empty one, called `directory`, that hands over 1,000 objects a page.
    #[must_use]
    pub fn new() -> Self {
        Self {
            name: "directory".into(),
            page_size: 1_000,
            shared: Arc::new(Shared {
                instance: Uuid::new_v4().simple().to_string(),
                store: RwLock::new(Store::default()),
            }),
        }
    }

    /// This handle under another name, for logs.
    #[must_use]
    pub fn named(self, name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// This handle with another number of objects a page, at least one.
    #[must_use]
    pub fn with_page_size(self, page_size: usize) -> Self {
        Self { page_size: page_size.max(1), ..self }
    }

    /// Remembers this many deletions for those who come later, 100,000 by default. A watermark older than the oldest of them is
    /// lost.
    pub fn keep_deletions(&self, count: usize) {
        self.write().keep_deletions(count);
    }

    /// Puts an object in the place of what was there: its attributes, its manager, and its members, which stay as they are
    /// when they are [`Members::Unchanged`](crate::Members::Unchanged).
    ///
    /// Its roles and whether it lies in the bin stay as they are.
    ///
    /// Like every method that changes something, it says whether it did.
    pub fn put(&self, object: SourceObject) -> bool {
        self.write().put(object)
    }

    /// Sets some attributes of an object; `null` takes one away.
    pub fn update(&self, kind: Kind, id: &SourceId, attributes: Map<String, Value>) -> bool {
        self.write().update(kind, id, attributes)
    }

    /// Switches a user's account on or off (`accountEnabled`).
    pub fn set_enabled(&self, user: &SourceId, enabled: bool) -> bool {
        let attributes = [("accountEnabled".to_owned(), Value::Bool(enabled))];
        self.update(Kind::User, user, attributes.into_iter().collect())
    }

    /// Puts an object into the bin. Its memberships and roles are kept for when it comes back.
    pub fn soft_delete(&self, kind: Kind, id: &SourceId, at: DateTime<Utc>) -> bool {
        self.write().soft_delete(kind, id, at)
    }

    /// Takes an object out of the bin.
    pub fn restore(&self, kind: Kind, id: &SourceId) -> bool {
        self.write().restore(kind, id)
    }

    /// Deletes an object for good, and with it its roles and every reference to it.
    pub fn delete(&self, kind: Kind, id: &SourceId) -> bool {
        self.write().delete(kind, id)
    }

    /// Deletes for good what has been in the bin for this long, 30 days in Entra; says how many objects.
    pub fn purge(&self, now: DateTime<Utc>, after: TimeDelta) -> usize {
        self.write().purge(now, after)
    }

    /// Sets a user's manager, who need not be known.
    pub fn set_manager(&self, user: &SourceId, manager: Option<SourceId>) -> bool {
        self.write().set_manager(user, manager)
    }

    /// Gives a group these members and no others. They need not be known.
    pub fn set_members(&self, group: &SourceId, members: impl IntoIterator<Item = SourceId>) -> bool {
        self.write().set_members(group, members.into_iter().collect())
    }

    /// Adds members to a group. They need not be known.
    pub fn add_members(&self, group: &SourceId, members: impl IntoIterator<Item = SourceId>) -> bool {
        self.write().change_members(group, members, [])
    }

    /// Takes members out of a group.
    pub fn remove_members(&self, group: &SourceId, members: impl IntoIterator<Item = SourceId>) -> bool {
        self.write().change_members(group, [], members)
    }

    /// Gives a user or a group, which need not be known yet, a role of the application.
    pub fn assign(&self, kind: Kind, principal: &SourceId, role: Role) -> bool {
        self.write().assign(kind, principal, role)
    }

    /// Takes a role of the application from a user or a group.
    pub fn unassign(&self, kind: Kind, principal: &SourceId, role: &Role) -> bool {
        self.write().unassign(kind, principal, Some(role))
    }

    /// Takes all roles of the application from a user or a group.
    pub fn unassign_all(&self, kind: Kind, principal: &SourceId) -> bool {
        self.write().unassign(kind, principal, None)
    }

    /// One object as it is now, with all members.
    #[must_use]
    pub fn object(&self, kind: Kind, id: &SourceId) -> Option<SourceObject> {
        self.read().object(kind, id, None)
    }

    /// The ids of this kind, in their order; those in the bin too.
    #[must_use]
    pub fn ids(&self, kind: Kind) -> Vec<SourceId> {
        self.read().ids(kind)
    }

    /// Whether there is such an object, be it in the bin.
    #[must_use]
    pub fn contains(&self, kind: Kind, id: &SourceId) -> bool {
        self.read().contains(kind, id)
    }

    /// How many objects of this kind there are, those in the bin too.
    #[must_use]
    pub fn len(&self, kind: Kind) -> usize {
        self.read().len(kind)
    }

    /// Whether there is nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len(Kind::User) == 0 && self.len(Kind::Group) == 0
    }

    /// Where its history is now.
    #[must_use]
    pub fn watermark(&self) -> Watermark {
        self.mark(self.read().last())
    }

    /// Takes in changes as Microsoft Graph's delta queries write them, all of them or none.
    ///
    /// The text is an array, an object with the array as `value`, or an object with such lists by the names `users`, `groups`
    /// and `appRoleAssignments`. An attribute that is not mentioned stays, `null` takes it away; `members@delta` comes and
    /// goes; `@removed` with the reason `changed` puts an object into the bin, at `at` if nothing else is said, and with the
    /// reason `deleted` it is gone for good; an object in the bin that is mentioned without either comes back.
    ///
    /// `file` is what errors call the text.
    ///
    /// ```
    /// use chrono::DateTime;
    /// use scim_sync::{Directory, Kind};
    ///
    /// let directory = Directory::new();
    /// let changes = r##"{"value": [
    ///     {"@odata.type": "#microsoft.graph.user", "id": "u1", "displayName": "Ann"},
    ///     {"@odata.type": "#microsoft.graph.user", "id": "u2", "@removed": {"reason": "deleted"}}
    /// ]}"##;
    /// let report = directory.apply_delta("changes.json", changes, DateTime::UNIX_EPOCH)?;
    /// assert_eq!(report.users, 2);
    /// assert!(directory.contains(Kind::User, &"u1".into()));
    /// # Ok::<(), scim_sync::SourceError>(())
    /// ```
    ///
    /// # Errors
    /// [`SourceError::Malformed`] with the line and the field.
    pub fn apply_delta(
        &self,
        file: &str,
        text: &str,
        at: DateTime<Utc>,
    ) -> Result<super::ImportReport, SourceError> {
        let delta = super::graph::Delta::read(file, text)?;
        Ok(delta.apply(&mut self.write(), at))
    }

    pub(in crate::source) fn write(&self) -> RwLockWriteGuard<'_, Store> {
        self.shared.store.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, Store> {
        self.shared.store.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Directory {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("instance", &self.instance).finish_non_exhaustive()
    }
}
