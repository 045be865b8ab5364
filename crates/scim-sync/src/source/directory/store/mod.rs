//! What a directory holds, with the indexes that keep every change as cheap as what it changes.

mod view;

use std::collections::{BTreeMap, BTreeSet, HashMap};
#[cfg(test)]
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::roster::Roster;
use crate::object::{Kind, Members, Role, SourceId, SourceObject};

/// Objects, references both ways, and a journal with the last change of each object.
#[derive(Debug)]
pub(in crate::source) struct Store {
    /// The number of the last change; the first is 1.
    last: u64,
    /// Deletions up to this number may have been forgotten.
    floor: u64,
    keep: usize,
    users: HashMap<SourceId, Entry>,
    groups: HashMap<SourceId, Entry>,
    /// Objects, deleted ones too, by the number of their last change.
    journal: BTreeMap<u64, Key>,
    /// Objects by the number of the change that they came with: an order that does not move while it is read.
    created: BTreeMap<u64, Key>,
    deletions: HashMap<Key, u64>,
    deletions_in_order: BTreeSet<u64>,
    /// Direct assignments, also of those who are not known yet.
    roles: HashMap<Key, Vec<Role>>,
    /// Who has this manager.
    reports: HashMap<SourceId, BTreeSet<SourceId>>,
    /// Which groups have this member.
    member_of: HashMap<SourceId, BTreeSet<SourceId>>,
    bin: BTreeSet<(DateTime<Utc>, Key)>,
    #[cfg(test)]
    pub(in crate::source) visited: AtomicU64,
}

type Key = (Kind, SourceId);

#[derive(Debug)]
struct Entry {
    created: u64,
    changed: u64,
    attributes: Map<String, Value>,
    deleted: Option<DateTime<Utc>>,
    manager: Option<SourceId>,
    roster: Roster,
}

impl Store {
    pub(in crate::source) fn keep_deletions(&mut self, count: usize) {
        self.keep = count;
        self.forget_deletions();
    }

    /// See [`Directory::put`](super::Directory::put), as all of these.
    pub(in crate::source) fn put(&mut self, object: SourceObject) -> bool {
        let SourceObject { kind, id, attributes, manager, members, .. } = object;
        if !self.contains(kind, &id) {
            let members = match members {
                Members::All(members) => members,
                Members::Delta { added, .. } => added,
                Members::Unchanged => Vec::new(),
            };
            self.create(kind, &id, attributes, members);
            if kind == Kind::User {
                self.set_manager(&id, manager);
            }
            return true;
        }
        let changed = self.replace_attributes(kind, &id, attributes);
        let references = match (kind, members) {
            (Kind::User, _) => self.set_manager(&id, manager),
            (Kind::Group, Members::Unchanged) => false,
            (Kind::Group, Members::All(members)) => self.set_members(&id, members.into_iter().collect()),
            (Kind::Group, Members::Delta { added, removed }) => self.change_members(&id, added, removed),
        };
        changed || references
    }

    /// Makes an object that was not there, in one change; a group with its members.
    pub(in crate::source) fn create(
        &mut self,
        kind: Kind,
        id: &SourceId,
        attributes: Map<String, Value>,
        members: Vec<SourceId>,
    ) {
        let key = (kind, id.clone());
        if let Some(at) = self.deletions.remove(&key) {
            self.deletions_in_order.remove(&at);
            self.journal.remove(&at);
        }
        self.last += 1;
        let at = self.last;
        let mut roster = Roster::begin(at);
        if kind == Kind::Group {
            for member in members {
                self.member_of.entry(member.clone()).or_default().insert(id.clone());
                roster.add(member, at);
            }
        }
        let entry = Entry { created: at, changed: at, attributes, deleted: None, manager: None, roster };
        self.created.insert(at, key.clone());
        self.journal.insert(at, key);
        self.entries_mut(kind).insert(id.clone(), entry);
        if kind == Kind::Group && self.grants(id) {
            self.touch_members(id);
        }
    }

    pub(in crate::source) fn update(
        &mut self,
        kind: Kind,
        id: &SourceId,
        attributes: Map<String, Value>,
    ) -> bool {
        let Some(entry) = self.entry(kind, id) else { return false };
        let differs = |(name, value): (&String, &Value)| match value {
            Value::Null => entry.attributes.contains_key(name),
            value => entry.attributes.get(name) != Some(value),
        };
        if !attributes.iter().any(differs) {
            return false;
        }
        let mut merged = entry.attributes.clone();
        for (name, value) in attributes {
            match value {
                Value::Null => merged.remove(&name),
                value => merged.insert(name, value),
            };
        }
        self.replace_attributes(kind, id, merged)
    }

    pub(in crate::source) fn soft_delete(&mut self, kind: Kind, id: &SourceId, at: DateTime<Utc>) -> bool {
        match self.entry_mut(kind, id) {
            Some(entry) if entry.deleted.is_none() => entry.deleted = Some(at),
            _ => return false,
        }
        self.bin.insert((at, (kind, id.clone())));
        self.touch_with_members(kind, id);
        true
    }

    pub(in crate::source) fn restore(&mut self, kind: Kind, id: &SourceId) -> bool {
        let Some(at) = self.entry_mut(kind, id).and_then(|entry| entry.deleted.take()) else { return false };
        self.bin.remove(&(at, (kind, id.clone())));
        self.touch_with_members(kind, id);
        true
    }

    pub(in crate::source) fn delete(&mut self, kind: Kind, id: &SourceId) -> bool {
        let key = (kind, id.clone());
        // Nobody has a role through it any more; the number of this change is that of the deletion or earlier.
        if kind == Kind::Group && self.grants(id) {
            self.touch_members(id);
        }
        self.roles.remove(&key);
        let Some(entry) = self.entries_mut(kind).remove(id) else { return false };
        self.journal.remove(&entry.changed);
        self.created.remove(&entry.created);
        if let Some(at) = entry.deleted {
            self.bin.remove(&(at, key.clone()));
        }
        if let Some(manager) = &entry.manager {
            unlink(&mut self.reports, manager, id);
        }
        for member in entry.roster.iter() {
            unlink(&mut self.member_of, member, id);
        }
        // A member is an id: it stays as long as there is an object with it.
        let other = if kind == Kind::User { Kind::Group } else { Kind::User };
        if !self.contains(other, id) {
            for group in self.member_of.get(id).cloned().unwrap_or_default() {
                self.change_members(&group, [], [id.clone()]);
            }
        }
        if kind == Kind::User {
            for report in self.reports.get(id).cloned().unwrap_or_default() {
                self.set_manager(&report, None);
            }
        }
        self.last += 1;
        self.journal.insert(self.last, key.clone());
        self.deletions.insert(key, self.last);
        self.deletions_in_order.insert(self.last);
        self.forget_deletions();
        true
    }

    pub(in crate::source) fn purge(&mut self, now: DateTime<Utc>, after: TimeDelta) -> usize {
        let Some(until) = now.checked_sub_signed(after) else { return 0 };
        let mut count = 0;
        while let Some((at, (kind, id))) = self.bin.first().cloned() {
            if at > until || !self.delete(kind, &id) {
                break;
            }
            count += 1;
        }
        count
    }

    pub(in crate::source) fn set_manager(&mut self, user: &SourceId, manager: Option<SourceId>) -> bool {
        let Some(entry) = self.users.get_mut(user) else { return false };
        if entry.manager == manager {
            return false;
        }
        let before = std::mem::replace(&mut entry.manager, manager.clone());
        if let Some(before) = before {
            unlink(&mut self.reports, &before, user);
        }
        if let Some(manager) = manager {
            self.reports.entry(manager).or_default().insert(user.clone());
        }
        self.touch(Kind::User, user);
        true
    }

    pub(in crate::source) fn set_members(&mut self, group: &SourceId, members: BTreeSet<SourceId>) -> bool {
        let Some(entry) = self.groups.get(group) else { return false };
        let gone: Vec<_> = entry.roster.iter().filter(|id| !members.contains(*id)).cloned().collect();
        self.change_members(group, members, gone)
    }

    pub(in crate::source) fn change_members(
        &mut self,
        group: &SourceId,
        added: impl IntoIterator<Item = SourceId>,
        removed: impl IntoIterator<Item = SourceId>,
    ) -> bool {
        let Some(entry) = self.groups.get_mut(group) else { return false };
        let at = self.last + 1;
        let mut concerned = Vec::new();
        for id in added {
            if !entry.roster.contains(&id) {
                entry.roster.add(id.clone(), at);
                self.member_of.entry(id.clone()).or_default().insert(group.clone());
                concerned.push(id);
            }
        }
        for id in removed {
            if entry.roster.contains(&id) {
                entry.roster.remove(&id, at);
                unlink(&mut self.member_of, &id, group);
                concerned.push(id);
            }
        }
        if concerned.is_empty() {
            return false;
        }
        self.touch(Kind::Group, group);
        if self.grants(group) {
            for id in concerned {
                self.touch(Kind::User, &id);
            }
        }
        true
    }

    pub(in crate::source) fn assign(&mut self, kind: Kind, principal: &SourceId, role: Role) -> bool {
        let roles = self.roles.entry((kind, principal.clone())).or_default();
        if roles.contains(&role) {
            return false;
        }
        roles.push(role);
        self.touch_with_members(kind, principal);
        true
    }

    /// Takes one role, or all.
    pub(in crate::source) fn unassign(
        &mut self,
        kind: Kind,
        principal: &SourceId,
        role: Option<&Role>,
    ) -> bool {
        let key = (kind, principal.clone());
        let Some(roles) = self.roles.get_mut(&key) else { return false };
        let before = roles.len();
        roles.retain(|one| role.is_some_and(|role| one != role));
        if roles.len() == before {
            return false;
        }
        self.touch(kind, principal);
        // While what is left of its roles still says whether they count for members.
        if kind == Kind::Group && self.is_entitled(principal) {
            self.touch_members(principal);
        }
        if self.roles.get(&key).is_some_and(Vec::is_empty) {
            self.roles.remove(&key);
        }
        true
    }

    fn replace_attributes(&mut self, kind: Kind, id: &SourceId, attributes: Map<String, Value>) -> bool {
        let entitled = self.is_entitled(id);
        match self.entry_mut(kind, id) {
            Some(entry) if entry.attributes != attributes => entry.attributes = attributes,
            _ => return false,
        }
        self.touch(kind, id);
        if kind == Kind::Group && entitled != self.is_entitled(id) && self.has_roles(id) {
            self.touch_members(id);
        }
        true
    }

    /// Marks the object as changed, and with a group that has roles its members.
    fn touch_with_members(&mut self, kind: Kind, id: &SourceId) {
        self.touch(kind, id);
        if kind == Kind::Group && self.has_roles(id) {
            self.touch_members(id);
        }
    }

    fn touch_members(&mut self, group: &SourceId) {
        let Some(entry) = self.groups.get(group) else { return };
        let members: Vec<_> = entry.roster.iter().cloned().collect();
        for member in members {
            self.touch(Kind::User, &member);
        }
    }

    fn touch(&mut self, kind: Kind, id: &SourceId) {
        let at = self.last + 1;
        let Some(entry) = self.entry_mut(kind, id) else { return };
        let before = std::mem::replace(&mut entry.changed, at);
        self.last = at;
        self.journal.remove(&before);
        self.journal.insert(at, (kind, id.clone()));
        #[cfg(test)]
        self.visited.fetch_add(1, Ordering::Relaxed);
    }

    fn forget_deletions(&mut self) {
        while self.deletions_in_order.len() > self.keep {
            let Some(at) = self.deletions_in_order.pop_first() else { break };
            if let Some(key) = self.journal.remove(&at) {
                self.deletions.remove(&key);
            }
            self.floor = self.floor.max(at);
        }
    }

    fn entries_mut(&mut self, kind: Kind) -> &mut HashMap<SourceId, Entry> {
        match kind {
            Kind::User => &mut self.users,
            Kind::Group => &mut self.groups,
        }
    }

    fn entry_mut(&mut self, kind: Kind, id: &SourceId) -> Option<&mut Entry> {
        self.entries_mut(kind).get_mut(id)
    }
}

impl Default for Store {
    fn default() -> Self {
        Self {
            last: 0,
            floor: 0,
            keep: 100_000,
            users: HashMap::new(),
            groups: HashMap::new(),
            journal: BTreeMap::new(),
            created: BTreeMap::new(),
            deletions: HashMap::new(),
            deletions_in_order: BTreeSet::new(),
            roles: HashMap::new(),
            reports: HashMap::new(),
            member_of: HashMap::new(),
            bin: BTreeSet::new(),
            #[cfg(test)]
            visited: AtomicU64::new(0),
        }
    }
}

/// Takes one reference out of an index.
fn unlink(index: &mut HashMap<SourceId, BTreeSet<SourceId>>, key: &SourceId, id: &SourceId) {
    if let Some(ids) = index.get_mut(key) {
        ids.remove(id);
        if ids.is_empty() {
            index.remove(key);
        }
    }
}
