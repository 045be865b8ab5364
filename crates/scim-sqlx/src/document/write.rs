//! Creating and replacing: each in one transaction, with its rules, its unique values and its line in the feed.

use std::collections::BTreeSet;
use std::sync::Arc;

use scim_core::schema::Attribute;
use scim_core::{AttrPath, Resource, ResourceId, ScimError, ScimResource};
use scim_server::Context;
use scim_server::rules::ListChange;
use scim_server::store::{Ownership, StoreError, Write, Written};
use serde_json::{Map, Value};

use super::db::{Fault, Sql, Tx};
use super::entry::{Entry, Keys, same_content};
use super::store::DocumentStore;
use super::{key, search, unique};
use crate::members::{self, Change, From};
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
        if let Some(attribute) = self.attribute()
            && let Some(Value::Array(elements)) = doc.remove("members")
        {
            members = members::distinct(attribute, elements);
        }
        doc.values().chain(&members).try_for_each(search::refuse_nul)?;
        Ok(Sent { doc, members })
    }

    pub(super) fn owner<'a>(&'a self, cx: &'a Context, id: &'a ResourceId) -> unique::Owner<'a> {
        unique::Owner { tenant: cx.tenant(), kind: &self.kind, id }
    }

    /// The list whose elements are rows.
    pub(super) fn attribute(&self) -> Option<&Attribute> {
        self.facets.list.as_ref().and_then(|list| list.attribute()).map(|attribute| &**attribute)
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
        self.write_rows(tx, cx, &entry.id, &new.members).await?;
        self.note(tx, cx, &entry.id, Kind::Created, &[]).await?;
        Ok(Written::created(stored))
    }

    /// Writes the rows of a group that has none.
    pub(super) async fn write_rows(
        &self,
        tx: &mut Tx,
        cx: &Context,
        id: &ResourceId,
        new: &[Value],
    ) -> Result<(), Fault> {
        let Some(attribute) = self.attribute() else {
            return Ok(());
        };
        let change = members::by_difference(attribute, &[], new);
        members::write(tx, &self.of(cx, id), attribute, &change).await
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
    pub(super) async fn put(
        &self,
        tx: &mut Tx,
        cx: &Context,
        old: Entry,
        new: &Sent,
        write: &Write<'_>,
    ) -> Result<Written<R>, Fault> {
        let mut rows = Members::default();
        if let Some(attribute) = self.attribute() {
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
        if let Some(attribute) = self.attribute() {
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

    /// The row after a write.
    pub(super) fn next(&self, cx: &Context, old: &Entry, doc: Map<String, Value>, members: u64) -> Entry {
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

    pub(super) async fn update(
        &self,
        tx: &mut Tx,
        cx: &Context,
        entry: &Entry,
        retired: bool,
    ) -> Result<(), Fault> {
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

    pub(super) async fn note(
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
