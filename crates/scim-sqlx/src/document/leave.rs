//! Who leaves, and who comes back.

use scim_core::{ResourceId, ScimResource, attr};
use scim_server::Context;
use scim_server::rules::RecreatePolicy;
use scim_server::store::{Stored, Write, Written};
use serde_json::Value;

use super::db::{Fault, Sql, Tx};
use super::entry::{COLUMNS, Entry};
use super::store::DocumentStore;
use super::write::Sent;
use super::{key, search, unique};
use crate::members::{self, From};
use crate::outbox::Kind;

impl<R: ScimResource> DocumentStore<R> {
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

    /// The resource that a new one brings back: an inactive one, or else the youngest of those that are out of sight. Says
    /// whether it is out of sight.
    pub(super) async fn returning(
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
    pub(super) async fn bring_back(
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
        self.write_rows(tx, cx, &entry.id, &new.members).await?;
        self.note(tx, cx, &entry.id, Kind::Created, &[]).await?;
        Ok(Written::updated(before, stored))
    }
}
