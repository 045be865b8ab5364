//! What is read of a directory.

use std::collections::HashMap;
#[cfg(test)]
use std::sync::atomic::Ordering;

use serde_json::Value;

use super::{Entry, Store};
use crate::object::{Assignment, Change, Kind, Members, SourceId, SourceObject};

impl Store {
    pub(in crate::source) fn last(&self) -> u64 {
        self.last
    }

    /// Whether nothing that came after this change is forgotten.
    pub(in crate::source) fn remembers(&self, since: u64) -> bool {
        self.floor <= since && since <= self.last
    }

    pub(in crate::source) fn contains(&self, kind: Kind, id: &SourceId) -> bool {
        self.entry(kind, id).is_some()
    }

    pub(in crate::source) fn len(&self, kind: Kind) -> usize {
        self.entries(kind).len()
    }

    pub(in crate::source) fn ids(&self, kind: Kind) -> Vec<SourceId> {
        let mut ids: Vec<_> = self.entries(kind).keys().cloned().collect();
        ids.sort_unstable();
        ids
    }

    /// An object as it is now; of its members only what is new for a reader who knows all up to `since`.
    pub(in crate::source) fn object(
        &self,
        kind: Kind,
        id: &SourceId,
        since: Option<u64>,
    ) -> Option<SourceObject> {
        let entry = self.entry(kind, id)?;
        #[cfg(test)]
        self.visited.fetch_add(1, Ordering::Relaxed);
        Some(SourceObject {
            kind,
            id: id.clone(),
            attributes: entry.attributes.clone(),
            soft_deleted: entry.deleted.is_some(),
            assignments: self.assignments(kind, id),
            manager: entry.manager.clone(),
            members: match kind {
                Kind::User => Members::Unchanged,
                Kind::Group => entry.roster.since(since),
            },
        })
    }

    /// What comes after `done` and not after `end`, up to a limit, and where to go on if that is not all: what changed after
    /// `since`, or else everything.
    pub(in crate::source) fn walk(
        &self,
        since: Option<u64>,
        done: u64,
        end: u64,
        limit: usize,
    ) -> (Vec<Change>, Option<u64>) {
        let index = if since.is_some() { &self.journal } else { &self.created };
        if done >= end {
            return (Vec::new(), None);
        }
        let mut rest = index.range(done.saturating_add(1)..=end).peekable();
        let mut changes = Vec::new();
        while let Some((at, (kind, id))) = rest.next() {
            changes.push(match self.object(*kind, id, since) {
                Some(object) => Change::Present(object),
                None => Change::Deleted { kind: *kind, id: id.clone() },
            });
            if changes.len() == limit && rest.peek().is_some() {
                return (changes, Some(*at));
            }
        }
        (changes, None)
    }

    fn assignments(&self, kind: Kind, id: &SourceId) -> Vec<Assignment> {
        let key = (kind, id.clone());
        let own = self.roles.get(&key).filter(|_| kind == Kind::User || self.is_entitled(id));
        let direct = own.into_iter().flatten().map(|role| Assignment { role: role.clone(), through: None });
        if kind == Kind::Group {
            // A group that is a member of an assigned group has nothing of it.
            return direct.collect();
        }
        let groups = self.member_of.get(id).into_iter().flatten().filter(|group| self.grants(group));
        let through = groups.flat_map(|group| {
            let roles = self.roles.get(&(Kind::Group, group.clone())).into_iter().flatten();
            roles.map(|role| Assignment { role: role.clone(), through: Some(group.clone()) })
        });
        direct.chain(through).collect()
    }

    /// Whether assignments of this group count.
    pub(super) fn is_entitled(&self, group: &SourceId) -> bool {
        self.groups.get(group).is_some_and(|entry| {
            entry.deleted.is_none() && entry.attributes.get("securityEnabled") != Some(&Value::Bool(false))
        })
    }

    pub(super) fn has_roles(&self, group: &SourceId) -> bool {
        self.roles.contains_key(&(Kind::Group, group.clone()))
    }

    /// Whether members of this group have roles through it.
    pub(super) fn grants(&self, group: &SourceId) -> bool {
        self.has_roles(group) && self.is_entitled(group)
    }

    pub(super) fn entries(&self, kind: Kind) -> &HashMap<SourceId, Entry> {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }

    pub(super) fn entry(&self, kind: Kind, id: &SourceId) -> Option<&Entry> {
        self.entries(kind).get(id)
    }
}
