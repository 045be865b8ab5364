//! Creating, replacing and deleting: each in one transaction, with its rules, its unique values and its line in the feed.

use std::collections::BTreeSet;
use std::sync::Arc;

use scim_core::{AttrPath, Resource, ResourceId, ScimError, ScimResource, attr};
use scim_server::Context;
use scim_server::rules::{ListChange, RecreatePolicy};
use scim_server::store::{Ownership, StoreError, Stored, Write, Written};
use serde_json::{Map, Value};

use super::db::{Fault, Sql, Tx};
use super::entry::{COLUMNS, Entry, Keys, same_content};
use super::store::DocumentStore;
use super::{key, search, unique};
use crate::members::{self, Change, From, Member};
use crate::outbox::{self, Kind};

/// A resource as it was sent: the document to keep, and the elements that become rows.
pub(super) struct Sent {
    pub(super) doc: Map<String, Value>,
    pub(super) members: Vec<Value>,
}

/// What becomes of the members of a resource that is written.
#[derive(Default)]
pub(super) struct Members {
    pub(super) change: Change,
    /// All of them before and after, where somebody asks.
    pub(super) all: Option<(Vec<Value>, Vec<Value>)>,
}

impl<R: ScimResource> DocumentStore<R> {
    /// What is kept of a resource.
    pub(super) fn sent(&self, cx: &Context, new: R) -> Result<Sent, StoreError> {
        let resource = R::to_resource(&Arc::new(new))?;
        let resource = Resource::clone(&resource).with_schema_set(cx.schemas());
        Ok(self.kept(cx, resource.into_map())?)
    }

    pub(super) fn kept(&self, cx: &Context, mut doc: Map<String, Value>) -> Result<Sent, ScimError> {
        search::clean(&mut doc, cx.schemas());
        if self.facets.groups {
            doc.remove("groups");
        }
        let mut members = Vec::new();
        if self.facets.list.is_some() {
            if let Some(Value::Array(elements)) = doc.remove("members") {
                members = elements;
            }
        }
        doc.values().chain(&members).try_for_each(search::refuse_nul)?;
        Ok(Sent { doc, members })
    }

    fn owner<'a>(&'a self, cx: &'a Context, id: &'a ResourceId) -> unique::Owner<'a> {
        unique::Owner { tenant: cx.tenant(), kind: &self.kind, id }
    }

    /// Whether the resources before and after a write have to hold their members.
    pub(super) fn wants_members(&self, write: &Write<'_>) -> bool {
        self.facets.list.as_ref().is_some_and(|list| write.wants(list))
    }

    pub(super) async fn create_in(
        &self,
        tx: &mut Tx,
        cx: &Context,
        new: &Sent,
        write: &Write<'_>,
        ownership: Ownership,
    ) -> Result<Written<R>, Fault> {
        if let Some((old, retired)) = self.returning(tx, cx, new, write.recreate()).await? {
            return if retired {
                self.bring_back(tx, cx, old, new, write).await
            } else {
                self.put(tx, cx, old, new, write).await
            };
        }
        let entry = Entry {
            seq: 0,
            id: ResourceId::new(uuid::Uuid::new_v4().to_string())?,
            number: 1,
            created: cx.now(),
            modified: cx.now(),
            ownership,
            members: new.members.len() as u64,
            doc: new.doc.clone(),
        };
        unique::change(tx, &self.owner(cx, &entry.id), &self.facets.unique, None, Some(&new.doc)).await?;
        let stored = self.stored(cx, &entry, Vec::new(), Some(new.members.clone()))?;
        write.check(cx, None, Some(&stored.resource))?;
        let keys = Keys::of(&entry.doc, cx.schemas(), &self.kind);
        let mut sql = Sql::new(
            "INSERT INTO scim_resources (tenant, type, id, version, created, modified, ownership, retired, \
            external_id, user_name, display_name, label, members, doc, search) VALUES (",
        );
        sql.bind(cx.tenant().as_str())
            .push(", ")
            .bind(&*self.kind)
            .push(", ")
            .bind(entry.id.as_str())
            .push(", ");
        sql.bind_all([entry.number])
            .push(", ")
            .bind_all([key::instant(entry.created), key::instant(entry.modified)]);
        sql.push(", ").bind(entry.ownership()).push(", 0, ");
        sql.bind_all([keys.external_id, keys.user_name, keys.display_name, keys.label]).push(", ");
        sql.bind(count(entry.members)).push(", ").bind(Value::Object(entry.doc.clone()).to_string());
        sql.push(", ").bind(keys.search).push(tx.dialect().json()).push(")");
        tx.run(sql).await?;
        self.write_rows(tx, cx, &entry.id, &[], &new.members).await?;
        self.note(tx, cx, &entry.id, Kind::Created, &[]).await?;
        Ok(Written::created(stored))
    }

    /// Makes the rows of a group what they are to be.
    async fn write_rows(
        &self,
        tx: &mut Tx,
        cx: &Context,
        id: &ResourceId,
        old: &[Member],
        new: &[Value],
    ) -> Result<(), Fault> {
        let Some(attribute) = self.facets.list.as_ref().and_then(|list| list.attribute()) else {
            return Ok(());
        };
        let change = members::by_difference(attribute, old, new);
        members::write(tx, &self.of(cx, id), attribute, &change).await
    }

    /// The resource that a new one brings back: an inactive one, or else the youngest of those that are out of sight. Says
    /// whether it is out of sight.
    async fn returning(
        &self,
        tx: &mut Tx,
        cx: &Context,
        new: &Sent,
        policy: RecreatePolicy,
    ) -> Result<Option<(Entry, bool)>, Fault> {
        let (path, column) = match policy {
            RecreatePolicy::Conflict => return Ok(None),
            RecreatePolicy::ReactivateSameExternalId => (attr::EXTERNAL_ID, "r.external_id"),
            RecreatePolicy::ReactivateSameUserName => (attr::USER_NAME, "r.user_name"),
        };
        let Ok(target) = cx.schemas().resolve(&path) else { return Ok(None) };
        let keys = search::keys(&target, &new.doc);
        let Some(found) = keys.first() else { return Ok(None) };
        for retired in [0, 1] {
            let mut sql = Sql::new("SELECT ").with(cx.tenant().as_str()).with(&*self.kind);
            sql.push(COLUMNS)
                .push(" FROM scim_resources r WHERE r.tenant = $1 AND r.type = $2 AND r.retired = ");
            sql.bind(retired).push(" AND ").push(column).push(" = ").bind(key::indexed(found));
            sql.push(if retired == 0 { " ORDER BY r.seq" } else { " ORDER BY r.seq DESC" });
            sql.push(tx.dialect().for_update());
            for row in tx.rows(sql).await? {
                let entry = Entry::read(&row)?;
                if retired == 1 || entry.doc.get("active") == Some(&Value::Bool(false)) {
                    return Ok(Some((entry, retired == 1)));
                }
            }
        }
        Ok(None)
    }

    /// Brings a resource back that was out of sight. Its rows are gone, and its values free for others.
    async fn bring_back(
        &self,
        tx: &mut Tx,
        cx: &Context,
        old: Entry,
        new: &Sent,
        write: &Write<'_>,
    ) -> Result<Written<R>, Fault> {
        unique::change(tx, &self.owner(cx, &old.id), &self.facets.unique, None, Some(&new.doc)).await?;
        let entry = self.next(cx, &old, new.doc.clone(), new.members.len() as u64);
        let before = self.stored(cx, &old, Vec::new(), Some(Vec::new()))?;
        let stored = self.stored(cx, &entry, Vec::new(), Some(new.members.clone()))?;
        write.check(cx, Some(&before), Some(&stored.resource))?;
        self.update(tx, cx, &entry, false).await?;
        self.write_rows(tx, cx, &entry.id, &[], &new.members).await?;
        self.note(tx, cx, &entry.id, Kind::Created, &[]).await?;
        Ok(Written::updated(before, stored))
    }

    pub(super) async fn replace_in(
        &self,
        tx: &mut Tx,
        cx: &Context,
        id: &ResourceId,
        new: &Sent,
        write: &Write<'_>,
    ) -> Result<Written<R>, Fault> {
        let old = self.row(tx, cx, id).await?;
        write.check_version(&old.version()?)?;
        self.put(tx, cx, old, new, write).await
    }

    /// Puts a resource in the place of one that is there. The version was compared.
    async fn put(
        &self,
        tx: &mut Tx,
        cx: &Context,
        old: Entry,
        new: &Sent,
        write: &Write<'_>,
    ) -> Result<Written<R>, Fault> {
        let mut rows = Members::default();
        if let Some(attribute) = self.facets.list.as_ref().and_then(|list| list.attribute()) {
            let there = members::all(From::Tx(tx), &self.of(cx, &old.id)).await?;
            rows.change = members::by_difference(attribute, &there, &new.members);
            if self.wants_members(write) {
                let there = there.into_iter().map(|member| member.element).collect();
                rows.all = Some((there, new.members.clone()));
            }
        }
        self.commit(tx, cx, old, new.doc.clone(), rows, write, None).await
    }

    /// Writes what differs, if anything does and the rules let it.
    #[expect(clippy::too_many_arguments, reason = "it is the end of every change")]
    pub(super) async fn commit(
        &self,
        tx: &mut Tx,
        cx: &Context,
        old: Entry,
        new: Map<String, Value>,
        rows: Members,
        write: &Write<'_>,
        changed: Option<Vec<AttrPath>>,
    ) -> Result<Written<R>, Fault> {
        let groups = if self.facets.groups {
            members::groups_of_one(From::Tx(tx), cx.tenant(), &old.id).await?
        } else {
            Vec::new()
        };
        let (there, then) = rows.all.map_or((None, None), |(before, after)| (Some(before), Some(after)));
        let before = self.stored(cx, &old, groups.clone(), there)?;
        if same_content(&old.doc, &new) && rows.change.is_empty() {
            return Ok(Written::unchanged(before));
        }
        unique::change(tx, &self.owner(cx, &old.id), &self.facets.unique, Some(&old.doc), Some(&new)).await?;
        let entry = self.next(cx, &old, new, rows.change.count(old.members));
        let stored = self.stored(cx, &entry, groups, then)?;
        let list = self.facets.list.as_ref().map(|list| ListChange {
            attribute: list.path().clone(),
            delta: rows.change.delta.clone(),
            count: entry.members,
        });
        let lists: Vec<ListChange> = list.into_iter().collect();
        write.check_lists(cx, Some(&before), Some(&stored.resource), &lists)?;
        self.update(tx, cx, &entry, false).await?;
        if let Some(attribute) = self.facets.list.as_ref().and_then(|list| list.attribute()) {
            members::write(tx, &self.of(cx, &entry.id), attribute, &rows.change).await?;
        }
        let mut paths = differences(&old.doc, &entry.doc);
        if !rows.change.is_empty() {
            paths.insert("members".to_owned());
        }
        self.note(tx, cx, &entry.id, Kind::Changed, &paths.into_iter().collect::<Vec<_>>()).await?;
        let written = Written::updated(before, stored).with_lists(lists);
        Ok(match changed {
            Some(changed) => written.with_changed(changed),
            None => written,
        })
    }

    pub(super) async fn delete_in(
        &self,
        tx: &mut Tx,
        cx: &Context,
        id: &ResourceId,
        write: &Write<'_>,
    ) -> Result<Stored<R>, Fault> {
        let old = self.row(tx, cx, id).await?;
        write.check_version(&old.version()?)?;
        let of = self.of(cx, id);
        let mut all = None;
        if self.wants_members(write) {
            let members = members::all(From::Tx(tx), &of).await?;
            all = Some(members.into_iter().map(|member| member.element).collect());
        } else if self.facets.list.is_some() {
            // Nobody could read them when they are gone.
            all = Some(Vec::new());
        }
        let groups = if self.facets.groups {
            members::groups_of_one(From::Tx(tx), cx.tenant(), id).await?
        } else {
            Vec::new()
        };
        let before = self.stored(cx, &old, groups, all)?;
        write.check(cx, Some(&before), None)?;
        unique::change(tx, &self.owner(cx, id), &self.facets.unique, Some(&old.doc), None).await?;
        members::forget(tx, cx.tenant(), id, cx.now()).await?;
        if self.facets.list.is_some() {
            members::clear(tx, &of).await?;
        }
        if write.retires() {
            let mut doc = old.doc.clone();
            if cx.schemas().resolve(&attr::ACTIVE).is_ok() {
                doc.insert("active".to_owned(), Value::Bool(false));
            }
            let entry = Entry { ownership: old.ownership, ..self.next(cx, &old, doc, 0) };
            self.update(tx, cx, &entry, true).await?;
        } else {
            let text = "DELETE FROM scim_resources WHERE tenant = $1 AND id = $2";
            tx.run(Sql::new(text).with(cx.tenant().as_str()).with(id.as_str())).await?;
        }
        self.note(tx, cx, id, Kind::Deleted, &[]).await?;
        Ok(before)
    }

    /// The row after a write.
    fn next(&self, cx: &Context, old: &Entry, doc: Map<String, Value>, members: u64) -> Entry {
        Entry {
            seq: old.seq,
            id: old.id.clone(),
            number: old.number.saturating_add(1),
            created: old.created,
            modified: cx.now(),
            ownership: old.ownership.after_write(),
            members,
            doc,
        }
    }

    async fn update(&self, tx: &mut Tx, cx: &Context, entry: &Entry, retired: bool) -> Result<(), Fault> {
        let keys = Keys::of(&entry.doc, cx.schemas(), &self.kind);
        let mut sql = Sql::new("UPDATE scim_resources SET version = ");
        sql.bind(entry.number).push(", modified = ").bind(key::instant(entry.modified));
        sql.push(", ownership = ").bind(entry.ownership()).push(", retired = ").bind(i64::from(retired));
        sql.push(", external_id = ").bind(keys.external_id).push(", user_name = ").bind(keys.user_name);
        sql.push(", display_name = ").bind(keys.display_name).push(", label = ").bind(keys.label);
        sql.push(", members = ").bind(count(entry.members));
        sql.push(", doc = ").bind(Value::Object(entry.doc.clone()).to_string());
        sql.push(", search = ").bind(keys.search).push(tx.dialect().json());
        sql.push(" WHERE tenant = ").bind(cx.tenant().as_str()).push(" AND id = ").bind(entry.id.as_str());
        match tx.run(sql).await? {
            1 => Ok(()),
            _ => Err(StoreError::NotFound.into()),
        }
    }

    async fn note(
        &self,
        tx: &mut Tx,
        cx: &Context,
        id: &ResourceId,
        what: Kind,
        changed: &[String],
    ) -> Result<(), Fault> {
        let entry = outbox::Entry { tenant: cx.tenant().as_str(), kind: &self.kind, id: id.as_str(), what };
        outbox::append(tx, &entry, changed, cx.now()).await
    }
}

fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The paths of what differs: attributes, and those of extensions by their URN.
fn differences(old: &Map<String, Value>, new: &Map<String, Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for name in old.keys().chain(new.keys()) {
        let (old, new) = (old.get(name), new.get(name));
        if old == new {
            continue;
        }
        if !name.contains(':') {
            found.insert(name.clone());
            continue;
        }
        let inside = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
        let (old, new) = (inside(old), inside(new));
        let keys = old.keys().chain(new.keys()).filter(|key| old.get(*key) != new.get(*key));
        found.extend(keys.map(|key| format!("{name}:{key}")));
    }
    found
}
