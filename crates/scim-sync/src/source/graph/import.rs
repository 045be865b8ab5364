//! What was read, into a directory.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::document::each_item;
use super::record::{Assignment, Object, Record, Removed, twice};
use crate::object::{Kind, Role, SourceId};
use crate::source::directory::Store;
use crate::source::text::malformed;
use crate::source::{ImportReport, SourceError};

/// Changes that have been read and not applied.
#[derive(Debug)]
pub(in crate::source) struct Delta {
    records: Vec<Record>,
}

impl Delta {
    pub(in crate::source) fn read(file: &str, text: &str) -> Result<Self, SourceError> {
        let mut records = Vec::new();
        each_item(file, text, None, &mut |section, item| {
            records.push(Record::read(section, item)?);
            Ok(())
        })?;
        Ok(Self { records })
    }

    pub(in crate::source) fn apply(self, store: &mut Store, at: DateTime<Utc>) -> ImportReport {
        let mut import = Import::new(store, at);
        let mut later = Vec::new();
        for record in self.records {
            match record {
                Record::Object(object) => import.change(*object),
                record => later.push(record),
            }
        }
        later.into_iter().for_each(|record| import.refer(record));
        import.finish()
    }
}

/// An import in progress.
pub(super) struct Import<'a> {
    store: &'a mut Store,
    at: DateTime<Utc>,
    report: ImportReport,
    later: Vec<Record>,
    members: HashSet<SourceId>,
    managers: HashSet<SourceId>,
    principals: HashSet<(Kind, SourceId)>,
}

impl<'a> Import<'a> {
    pub(super) fn new(store: &'a mut Store, at: DateTime<Utc>) -> Self {
        Self {
            store,
            at,
            report: ImportReport::default(),
            later: Vec::new(),
            members: HashSet::new(),
            managers: HashSet::new(),
            principals: HashSet::new(),
        }
    }

    /// One record of an export, in which every object stands once.
    pub(super) fn take(&mut self, file: &str, record: Record) -> Result<(), SourceError> {
        let object = match record {
            Record::Object(object) => *object,
            record => {
                self.later.push(record);
                return Ok(());
            }
        };
        if [Kind::User, Kind::Group].iter().any(|kind| self.store.contains(*kind, &object.id)) {
            return Err(malformed(file, object.line, twice(&object.id).to_string()));
        }
        // The last page of a delta query may end an export.
        if object.removed.is_none() {
            self.change(object);
        }
        Ok(())
    }

    /// An object as it is now, or that it is gone.
    fn change(&mut self, object: Object) {
        let Object { kind, id, mut attributes, manager, members, deleted, removed, .. } = object;
        self.count(kind);
        if removed == Some(Removed::Deleted) {
            self.store.delete(kind, &id);
            self.report.deleted += 1;
            return;
        }
        if self.store.contains(kind, &id) {
            self.store.update(kind, &id, attributes);
            if let Some(all) = members.all.filter(|_| kind == Kind::Group) {
                self.mention(&all);
                self.store.set_members(&id, all.into_iter().collect());
            }
        } else if removed.is_none() {
            attributes.retain(|_, value| !value.is_null());
            let all = members.all.filter(|_| kind == Kind::Group).unwrap_or_default();
            self.mention(&all);
            self.store.create(kind, &id, attributes, all);
        } else {
            // In the bin, and never seen: nothing is known of it that could be kept.
            return;
        }
        match deleted.or((removed.is_some()).then_some(self.at)) {
            Some(at) => {
                self.store.soft_delete(kind, &id, at);
                self.report.in_bin += 1;
            }
            None => {
                self.store.restore(kind, &id);
            }
        }
        match (kind, manager) {
            (Kind::User, Some(manager)) => self.set_manager(&id, manager),
            (Kind::User, None) => {}
            (Kind::Group, _) => {
                self.mention(&members.added);
                self.store.change_members(&id, members.added, members.removed);
            }
        }
    }

    fn refer(&mut self, record: Record) {
        match record {
            Record::Object(object) => self.change(*object),
            Record::Manager { user, manager } => self.set_manager(&user, manager),
            Record::Membership { group, member, removed } => {
                if !self.store.contains(Kind::Group, &group) {
                    self.report.unknown_groups += 1;
                } else if removed {
                    self.store.change_members(&group, [], [member]);
                } else {
                    self.mention(std::slice::from_ref(&member));
                    self.store.change_members(&group, [member], []);
                }
            }
            Record::Assignment(assignment) => self.assign(assignment),
        }
    }

    fn assign(&mut self, assignment: Assignment) {
        let Assignment { kind, other, principal, role, removed } = assignment;
        self.report.assignments += 1;
        if other {
            self.report.other_principals += 1;
            return;
        }
        let kind = kind.unwrap_or_else(|| {
            let is_group = self.store.contains(Kind::Group, &principal);
            if is_group { Kind::Group } else { Kind::User }
        });
        match role {
            role if removed => self.store.unassign(kind, &principal, role.as_ref()),
            Some(role) => self.store.assign(kind, &principal, role),
            None => self.store.assign(kind, &principal, Role::DefaultAccess),
        };
        if !removed {
            self.principals.insert((kind, principal));
        }
    }

    fn set_manager(&mut self, user: &SourceId, manager: Option<SourceId>) {
        self.store.set_manager(user, manager.clone());
        if let Some(manager) = manager {
            self.report.managers += 1;
            self.managers.insert(manager);
        }
    }

    fn mention(&mut self, members: &[SourceId]) {
        self.report.memberships += members.len();
        self.members.extend(members.iter().cloned());
    }

    fn count(&mut self, kind: Kind) {
        match kind {
            Kind::User => self.report.users += 1,
            Kind::Group => self.report.groups += 1,
        }
    }

    /// What refers to others comes when all are there; then it is known who is not.
    pub(super) fn finish(mut self) -> ImportReport {
        let later = std::mem::take(&mut self.later);
        later.into_iter().for_each(|record| self.refer(record));
        let Self { store, mut report, members, managers, principals, .. } = self;
        let is_user = |id: &SourceId| store.contains(Kind::User, id);
        report.unknown_members =
            members.iter().filter(|id| !is_user(id) && !store.contains(Kind::Group, id)).count();
        report.unknown_managers = managers.iter().filter(|id| !is_user(id)).count();
        report.unknown_principals = principals.iter().filter(|(kind, id)| !store.contains(*kind, id)).count();
        report
    }
}
